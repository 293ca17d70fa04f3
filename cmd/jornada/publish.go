package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"jornada/dsl"
)

func newPublish(t *terminal) *cobra.Command {
	p := &publishing{t: t}
	c := &cobra.Command{
		Use:   "publish DIR",
		Short: "Check a folder and publish its journeys to a server",
		Long: `Checks the folder, then publishes every journey that changed. With errors nothing
is published, and what was live stays live. People inside a journey finish the
version they started, unless --migrate at_next_wait moves those whom the new
version is proved to accept where they wait. Those whom it does not accept stay, or
go where --move says: to a step that begins anew, or out. --copy live lets new texts
and translations reach the people in other versions that run the same flow.

The scenario tests (*.test.yaml) of each journey go along, one file of each, and stand
in the editor. A draft that somebody changed there stays, and so do tests; it is said,
and the editor offers to join them with what was published. A journey that was published in the editor since, and whose text here is an older one,
is left alone too: bring the newer one with jornada pull. In a git work tree the
server is told branch and commit, or what --source says.

--rollback makes an older version live again, without a folder: the one before, or
the one of a hash. It runs as it was published then.

--share N puts what changed on trial: N of 100 people who enter get it, always the same
ones, and the others what is live. Publish the folder again with a larger share for
more people, or without --share for everybody; --end-trial JOURNEY gives everybody who
enters the live version again. Nobody who is inside changes versions. A journey has one
trial at a time, and its triggers, inputs, audience and entry must be those of the live
version. Its tests go along when it is published for everybody.`,
		Example: `  jornada publish journeys/ --server https://jornada.example
  jornada publish journeys/ --migrate at_next_wait --move old_question=exit
  jornada publish journeys/ --copy live
  jornada publish journeys/ --source "$BRANCH@$COMMIT"
  jornada publish --rollback confirm_appointment@3f9a1c2
  jornada publish journeys/ --share 10
  jornada publish --end-trial confirm_appointment`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.run(c, args) },
	}
	f := c.Flags()
	f.Var(choice{&p.migrate, []string{"at_next_wait"}}, "migrate", "move people inside whom the new version accepts: at_next_wait (default: all finish the version they started)")
	p.moves.register(f)
	f.Var(choice{&p.copy, []string{"live", "pinned"}}, "copy", "whom new texts reach: live (also the people in other versions of the same flow) or pinned (default: only who enters from now on)")
	f.BoolVar(&p.force, "force", false, "publish the folder's text also where a newer one was published in the editor")
	f.StringVar(&p.source, "source", "", "the state of the folder, as `BRANCH@COMMIT` (default: what git says of it)")
	f.StringVar(&p.rollback, "rollback", "", "make an older version live again: `JOURNEY[@HASH]`")
	f.IntVar(&p.share, "share", 0, "publish for so many `PERCENT` of those who enter, 1 to 99 (default: for everybody)")
	f.StringVar(&p.end, "end-trial", "", "end the trial of a `JOURNEY`")
	p.at.register(f)
	formatVar(f, &p.format, "how the result is printed", "text", "json")
	return c
}

// publishing is one run of the command.
type publishing struct {
	t                               *terminal
	at                              remoteFlags
	moves                           moveFlags
	format, migrate, copy, rollback string
	source, end                     string
	share                           int
	force                           bool
}

// published is what the server made live.
type published struct {
	Published []publishedJourney `json:"published"`
}

type publishedJourney struct {
	Journey string `json:"journey"`
	Version int    `json:"version"`
	New     bool   `json:"new"`
	Again   bool   `json:"again,omitempty"`
	Text    bool   `json:"text,omitempty"`
	Newer   bool   `json:"newer,omitempty"`
	Copy    *struct {
		Versions int `json:"versions"`
		People   int `json:"people"`
	} `json:"copy,omitempty"`

	Trial      *trial `json:"trial,omitempty"`
	EndedTrial *trial `json:"ended_trial,omitempty"`

	DraftBehind bool     `json:"draft_behind,omitempty"`
	TestsBehind bool     `json:"tests_behind,omitempty"`
	OtherTests  []string `json:"other_tests,omitempty"`

	Migration *migrated `json:"migration,omitempty"`
}

// trial is a version that a share of those who enter get.
type trial struct {
	Version int    `json:"version"`
	Hash    string `json:"hash"`
	Share   int    `json:"share"`
	Since   string `json:"since"`
}

func (p *publishing) run(c *cobra.Command, args []string) error {
	if p.end != "" {
		return p.endTrial(c, args)
	}
	switch {
	case c.Flags().Changed("share") && (p.share < 1 || p.share > 99):
		return usage("--share: %d is not a percentage from 1 to 99; leave it out to publish for everybody", p.share)
	case p.share > 0 && p.migrate != "":
		return usage("--migrate: moves people inside, and --share is of those who enter; publish for everybody to move them")
	case p.share > 0 && p.copy == "live":
		return usage("--copy live: reaches people inside, and --share is of those who enter; publish for everybody for that")
	case p.rollback != "" && len(args) > 0:
		return usage("--rollback: takes no folder, but %q was given too", args[0])
	case p.rollback != "" && p.source != "":
		return usage("--source: is of a folder, and --rollback takes none")
	case p.rollback == "" && len(args) == 0:
		return usage("DIR is missing; for example: jornada publish journeys/ --server https://jornada.example")
	case len(p.moves.wish) > 0 && p.migrate == "":
		return usage("--move: goes with --migrate at_next_wait, which asks people to move")
	}
	var files []dsl.File
	if p.rollback == "" {
		if err := folderExists(args[0]); err != nil {
			return &failure{exitUsage, err}
		}
	}
	server, err := p.at.open(p.t.language, c.Flags().Changed)
	if err != nil {
		return err
	}
	var answer published
	if p.rollback != "" {
		id, hash, named := strings.Cut(p.rollback, "@")
		body := map[string]any{"rollback": true}
		if named {
			body = map[string]any{"hash": hash}
		}
		if p.copy != "" {
			body["copy"] = p.copy
		}
		if p.share > 0 {
			body["share"] = p.share
		}
		err = server.post(c.Context(), "/api/v1/journeys/"+url.PathEscape(id)+"/publish", body, &answer)
	} else {
		if files, err = p.clean(args[0]); err != nil {
			return err
		}
		if p.source == "" {
			p.source = stateOf(c.Context(), args[0])
		}
		body := map[string]any{"files": texts(files), "origin": p.source, "force": p.force}
		if p.copy != "" {
			body["copy"] = p.copy
		}
		if p.share > 0 {
			body["share"] = p.share
		}
		err = server.post(c.Context(), "/api/v1/publish", body, &answer)
	}
	if err != nil {
		return err
	}
	if p.migrate != "" {
		if err := p.move(c, server, &answer); err != nil {
			return err
		}
	}
	return p.print(&answer)
}

// endTrial gives everybody who enters a journey its live version again.
func (p *publishing) endTrial(c *cobra.Command, args []string) error {
	var also string
	for _, name := range []string{"share", "rollback", "migrate", "move", "copy", "source", "force"} {
		if c.Flags().Changed(name) {
			also = "--" + name
		}
	}
	switch {
	case len(args) > 0:
		return usage("--end-trial: takes no folder, but %q was given too", args[0])
	case also != "":
		return usage("--end-trial: publishes nothing, and %s is about what is published", also)
	}
	server, err := p.at.open(p.t.language, c.Flags().Changed)
	if err != nil {
		return err
	}
	var now struct {
		Journey string `json:"id"`
		Version int    `json:"live_version"`
	}
	if err := server.post(c.Context(), "/api/v1/journeys/"+url.PathEscape(p.end)+"/end-trial", map[string]any{}, &now); err != nil {
		return err
	}
	if p.format == "json" {
		return json.NewEncoder(p.t.out).Encode(map[string]any{"journey": now.Journey, "version": now.Version})
	}
	_, err = fmt.Fprintf(p.t.out, "%-30s version %-4d for everybody who enters: the trial has ended\n", now.Journey, now.Version)
	return err
}

// clean reads a folder in which nothing is wrong.
func (p *publishing) clean(dir string) ([]dsl.File, error) {
	files, err := readFiles(os.DirFS(dir), isWorkspaceOrTest)
	if err != nil {
		return nil, err
	}
	folder, list := dsl.Load(files)
	_, wrong := dsl.LoadScenarios(files, folder)
	list = append(list, wrong...).Sort()
	if list.HasErrors() {
		c := &checked{list: list, sources: map[string][]byte{}, files: len(files)}
		for i := range c.list {
			c.list[i].Span.File = filepath.Join(dir, c.list[i].Span.File)
		}
		for _, f := range files {
			c.sources[filepath.Join(dir, f.Path)] = f.Content
		}
		if err := c.print(p.t, "text"); err != nil {
			return nil, err
		}
		return nil, &failure{exitFailed, fmt.Errorf("nothing was published: mend the errors above first")}
	}
	ids := slices.Sorted(maps.Keys(folder.Plans))
	if err := p.moves.check(ids, func(journey, step string) bool { return folder.Plans[journey].Nodes[step] != nil }); err != nil {
		return nil, err
	}
	return files, nil
}

func texts(files []dsl.File) map[string]string {
	m := map[string]string{}
	for _, f := range files {
		m[f.Path] = string(f.Content)
	}
	return m
}

// move asks the people inside to go on in what is live now.
func (p *publishing) move(c *cobra.Command, server *remote, answer *published) error {
	for i := range answer.Published {
		j := &answer.Published[i]
		if j.Newer {
			continue
		}
		body := map[string]any{}
		if mine := p.moves.of(j.Journey, len(answer.Published) == 1); len(mine) > 0 {
			body["move"] = mine
		}
		j.Migration = &migrated{}
		if err := server.post(c.Context(), "/api/v1/journeys/"+j.Journey+"/migrate", body, j.Migration); err != nil {
			return err
		}
	}
	return nil
}

func (p *publishing) print(answer *published) error {
	if p.format == "json" {
		return json.NewEncoder(p.t.out).Encode(answer)
	}
	for _, j := range answer.Published {
		what := "unchanged"
		switch {
		case j.Trial != nil:
			what = fmt.Sprintf("on trial for %d %% of those who enter", j.Trial.Share)
		case j.EndedTrial != nil && j.EndedTrial.Version == j.Version:
			what = "published for everybody: it was on trial"
		case j.New:
			what = "published"
		case j.Again:
			what = "live again"
		case j.Newer:
			what = "newer, from the editor: bring it here with jornada pull, or publish over it with --force"
		case j.Text:
			what = "unchanged but for comments, names or layout"
		}
		if _, err := fmt.Fprintf(p.t.out, "%-30s version %-4d %s\n", j.Journey, j.Version, what); err != nil {
			return err
		}
		if j.EndedTrial != nil && j.EndedTrial.Version != j.Version {
			if _, err := fmt.Fprintf(p.t.out, "  the trial of version %d has ended: who entered it finishes it\n", j.EndedTrial.Version); err != nil {
				return err
			}
		}
		if j.Copy != nil {
			if _, err := fmt.Fprintf(p.t.out, "  its texts reach who is inside other versions of the same flow, too: people %d, versions %d\n", j.Copy.People, j.Copy.Versions); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprint(p.t.out, j.staying()+j.Migration.lines()); err != nil {
			return err
		}
	}
	return nil
}

// staying names what is in the editor and not in the folder.
func (j *publishedJourney) staying() string {
	var b strings.Builder
	if j.DraftBehind {
		fmt.Fprintf(&b, "  somebody's draft of it in the editor stays, without these changes: the editor offers to join them\n")
	}
	if j.TestsBehind {
		fmt.Fprintf(&b, "  tests that were changed in the editor stay there, without these: the editor offers to join them\n")
	}
	if len(j.OtherTests) > 0 {
		fmt.Fprintf(&b, "  one file of tests is kept for each journey; not these: %s\n", strings.Join(j.OtherTests, ", "))
	}
	return b.String()
}

// migrated is what became of the people inside a journey.
type migrated struct {
	Asked   int `json:"asked"`
	Exiting int `json:"exiting"`
	Staying []struct {
		Version string `json:"version"`
		StepID  string `json:"step_id"`
		People  int    `json:"people"`
		Reason  string `json:"reason"`
	} `json:"staying"`
}

func (m *migrated) lines() string {
	if m == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  %d people inside move at their next wait\n", m.Asked-m.Exiting)
	if m.Exiting > 0 {
		fmt.Fprintf(&b, "  %d people inside end there as moved_out\n", m.Exiting)
	}
	for _, s := range m.Staying {
		fmt.Fprintf(&b, "  %d people stay at `%s`: %s\n", s.People, s.StepID, s.Reason)
	}
	return b.String()
}
