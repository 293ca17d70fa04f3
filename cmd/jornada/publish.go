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

--rollback makes an older version live again, without a folder: the one before, or
the one of a hash. It runs as it was published then.`,
		Example: `  jornada publish journeys/ --server https://jornada.example
  jornada publish journeys/ --migrate at_next_wait --move old_question=exit
  jornada publish journeys/ --copy live
  jornada publish --rollback confirm_appointment@3f9a1c2`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.run(c, args) },
	}
	f := c.Flags()
	f.Var(choice{&p.migrate, []string{"at_next_wait"}}, "migrate", "move people inside whom the new version accepts: at_next_wait (default: all finish the version they started)")
	p.moves.register(f)
	f.Var(choice{&p.copy, []string{"live", "pinned"}}, "copy", "whom new texts reach: live (also the people in other versions of the same flow) or pinned (default: only who enters from now on)")
	f.StringVar(&p.rollback, "rollback", "", "make an older version live again: `JOURNEY[@HASH]`")
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
	Copy    *struct {
		Versions int `json:"versions"`
		People   int `json:"people"`
	} `json:"copy,omitempty"`

	Migration *migrated `json:"migration,omitempty"`
}

func (p *publishing) run(c *cobra.Command, args []string) error {
	switch {
	case p.rollback != "" && len(args) > 0:
		return usage("--rollback: takes no folder, but %q was given too", args[0])
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
		err = server.post(c.Context(), "/api/v1/journeys/"+url.PathEscape(id)+"/publish", body, &answer)
	} else {
		if files, err = p.clean(args[0]); err != nil {
			return err
		}
		body := map[string]any{"files": texts(files)}
		if p.copy != "" {
			body["copy"] = p.copy
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

// clean reads a folder in which nothing is wrong.
func (p *publishing) clean(dir string) ([]dsl.File, error) {
	files, err := readFolder(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	folder, list := dsl.Load(files)
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
		case j.New:
			what = "published"
		case j.Again:
			what = "live again"
		}
		if _, err := fmt.Fprintf(p.t.out, "%-30s version %-4d %s\n", j.Journey, j.Version, what); err != nil {
			return err
		}
		if j.Copy != nil {
			if _, err := fmt.Fprintf(p.t.out, "  its texts reach who is inside other versions of the same flow, too: people %d, versions %d\n", j.Copy.People, j.Copy.Versions); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprint(p.t.out, j.Migration.lines()); err != nil {
			return err
		}
	}
	return nil
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
