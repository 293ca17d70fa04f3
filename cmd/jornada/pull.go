package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"jornada/dsl"
	"jornada/engine"
)

func newPull(t *terminal) *cobra.Command {
	p := &pulling{t: t}
	c := &cobra.Command{
		Use:   "pull DIR",
		Short: "Bring a server's published journeys and approved templates into a folder",
		Long: `Writes what is published on a server into a folder, for git: the journeys whose text
differs and their scenario tests beside them, workspace.yaml, the e-mail templates, and templates.lock.yaml with what the
providers say of their templates now. The lock file keeps its order, its comments and
the names it has for parameters; only entries that changed are written anew.

A file that was edited here and never published is not overwritten: pull names it and
writes nothing at all, unless --force takes the server's text. A file that is an older
published version is simply brought up to date. Files that the server does not have
stay.`,
		Example: `  jornada pull --server https://jornada.example journeys/
  jornada pull --dry-run journeys/
  jornada pull --force journeys/ && git diff`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.run(c, args) },
	}
	f := c.Flags()
	f.BoolVar(&p.force, "force", false, "overwrite files that were edited here with the server's text")
	f.BoolVar(&p.dry, "dry-run", false, "say what would be written, and write nothing")
	p.at.register(f)
	formatVar(f, &p.format, "how the result is printed", "text", "json")
	return c
}

// pulling is one run of the command.
type pulling struct {
	t          *terminal
	at         remoteFlags
	format     string
	force, dry bool
}

// What became of a file.
const (
	pullNew         = "new"
	pullUpdated     = "updated" // it was an older published version, or is the lock file
	pullSame        = "unchanged"
	pullDiffers     = "differs"     // edited here: not written
	pullOverwritten = "overwritten" // edited here, with --force
)

// pulled is one file of the answer.
type pulled struct {
	Path    string `json:"path"`
	State   string `json:"state"`
	Journey string `json:"journey,omitempty"`

	text []byte
}

// pullReport is what a pull did.
type pullReport struct {
	Written   bool             `json:"written"`
	Files     []pulled         `json:"files"`
	Templates []dsl.LockChange `json:"templates"`
	// OnlyThere are entries of the server's lock file that the local one lacks.
	OnlyThere []string `json:"only_on_server"`
}

func (p *pulling) run(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage("DIR is missing; for example: jornada pull --server https://jornada.example journeys/")
	}
	dir := args[0]
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usage("%s is a file; name the folder to write into", dir)
	}
	server, err := p.at.open(p.t.language, c.Flags().Changed)
	if err != nil {
		return err
	}
	local := map[string]dsl.File{}
	files, err := readFiles(os.DirFS(dir), isWorkspaceOrTest)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range files {
		local[f.Path] = f
	}
	report, err := p.compare(c.Context(), server, local)
	if err != nil {
		return err
	}
	differ := report.in(pullDiffers)
	if len(differ) == 0 && !p.dry {
		if err := write(dir, report.Files); err != nil {
			return err
		}
		report.Written = true
	}
	if err := p.print(report); err != nil {
		return err
	}
	if len(differ) > 0 && !p.dry {
		return &failure{exitFailed, fmt.Errorf("nothing was written: edited here, and not what the server has: %s; publish them, or take the server's text with --force", strings.Join(differ, ", "))}
	}
	return nil
}

func (r *pullReport) in(state string) (paths []string) {
	for _, f := range r.Files {
		if f.State == state {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// compare reads the server and decides what becomes of every file.
func (p *pulling) compare(ctx context.Context, server *remote, local map[string]dsl.File) (*pullReport, error) {
	report := &pullReport{Files: []pulled{}, Templates: []dsl.LockChange{}, OnlyThere: []string{}}
	if err := p.journeys(ctx, server, local, report); err != nil {
		return nil, err
	}
	var shared struct {
		Files map[string]string `json:"files"`
	}
	if err := server.get(ctx, "/api/v1/workspace/files", &shared); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(shared.Files)) {
		if !filepath.IsLocal(filepath.FromSlash(name)) || !isWorkspaceFile(name) {
			return nil, fmt.Errorf("the server has a file %q, which belongs in no workspace folder; nothing was written", name)
		}
		if name == lockName {
			continue
		}
		p.judge(report, pulled{Path: name, text: []byte(shared.Files[name])}, local, nil)
	}
	if err := p.lock(ctx, server, local, shared.Files[lockName], report); err != nil {
		return nil, err
	}
	slices.SortFunc(report.Files, func(a, b pulled) int { return strings.Compare(a.Path, b.Path) })
	return report, nil
}

const lockName = "templates.lock.yaml"

// judge decides about one file; known are the fingerprints of texts that were
// published: one of them that stands here is no edit.
func (p *pulling) judge(report *pullReport, f pulled, local map[string]dsl.File, known []string) {
	here, there := local[f.Path]
	switch {
	case !there:
		f.State = pullNew
	case string(here.Content) == string(f.text):
		f.State = pullSame
	case p.force:
		f.State = pullOverwritten
	case slices.Contains(known, engine.Fingerprint(string(here.Content))):
		f.State = pullUpdated
	default:
		f.State = pullDiffers
	}
	report.Files = append(report.Files, f)
}

// journeys compares the published journeys and their tests with those of the folder,
// whatever their files are called.
func (p *pulling) journeys(ctx context.Context, server *remote, local map[string]dsl.File, report *pullReport) error {
	files, tests := map[string]string{}, map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(local)) {
		if dsl.IsScenarioFile(name) {
			of, _ := dsl.ScenarioNames(local[name])
			tests[of] = append(tests[of], name)
		} else if j, _ := dsl.Parse(local[name]); strings.HasSuffix(name, ".journey.yaml") && j != nil && j.ID != nil {
			files[j.ID.Value] = name
		}
	}
	var list struct {
		Items []struct {
			ID     string `json:"id"`
			Status string `json:"status"`
			Live   int    `json:"live_version"`
		} `json:"items"`
	}
	if err := server.get(ctx, "/api/v1/journeys", &list); err != nil {
		return err
	}
	for _, j := range list.Items {
		if j.Live == 0 || j.Status == "archived" {
			continue
		}
		var live struct {
			Source string   `json:"source"`
			Tests  string   `json:"tests"`
			Known  []string `json:"known"`
		}
		if err := server.get(ctx, "/api/v1/journeys/"+url.PathEscape(j.ID)+"/published", &live); err != nil {
			return err
		}
		name := files[j.ID]
		if name == "" {
			if name = j.ID + ".journey.yaml"; filepath.Base(name) != name || !filepath.IsLocal(name) {
				return fmt.Errorf("the server has a journey %q, whose id can be no file's name; nothing was written", j.ID)
			}
		}
		p.judge(report, pulled{Path: name, Journey: j.ID, text: []byte(live.Source)}, local, live.Known)
		if live.Tests != "" {
			p.judge(report, pulled{Path: testsFileOf(name, tests[j.ID]), Journey: j.ID, text: []byte(live.Tests)}, local, live.Known)
		}
	}
	return nil
}

// testsFileOf is the file of a journey's tests: the one that publish sends.
func testsFileOf(journey string, tests []string) string {
	beside := dsl.ScenarioFileOf(journey)
	if len(tests) == 0 || slices.Contains(tests, beside) {
		return beside
	}
	return tests[0]
}

// lock brings the lock file up to date with what the providers say. It is the local
// one that is brought up to date, so that nothing of it is lost.
func (p *pulling) lock(ctx context.Context, server *remote, local map[string]dsl.File, published string, report *pullReport) error {
	var list struct {
		Items []remoteTemplate `json:"items"`
	}
	if err := server.get(ctx, "/api/v1/templates", &list); err != nil {
		return err
	}
	var heard []dsl.HeardTemplate
	var at time.Time // when the providers said so last
	for _, t := range list.Items {
		if t.Integration == "" || t.SyncedAt == nil {
			continue
		}
		heard = append(heard, t.heard())
		if t.SyncedAt.After(at) {
			at = *t.SyncedAt
		}
	}
	here, there := local[lockName]
	text := here.Content
	if !there || p.force && published != "" {
		text = []byte(published)
	}
	if len(text) == 0 && len(heard) == 0 {
		return nil
	}
	out, changes, err := dsl.UpdateLock(dsl.File{Path: lockName, Content: text}, heard, at)
	if err != nil {
		return fmt.Errorf("bringing %s up to date: %w", lockName, err)
	}
	if there && !p.force {
		report.OnlyThere = onlyIn(published, string(text))
	}
	report.Templates = append(report.Templates, changes...)
	f := pulled{Path: lockName, State: pullUpdated, text: out}
	switch {
	case !there:
		f.State = pullNew
	case string(here.Content) == string(out):
		f.State = pullSame
	case p.force && string(here.Content) != string(text):
		f.State = pullOverwritten
	}
	report.Files = append(report.Files, f)
	return nil
}

// remoteTemplate is a line of GET /api/v1/templates.
type remoteTemplate struct {
	Name        string     `json:"name"`
	Channel     string     `json:"channel"`
	Language    string     `json:"language"`
	Category    string     `json:"category"`
	Status      string     `json:"status"`
	Integration string     `json:"integration"`
	SyncedAt    *time.Time `json:"synced_at"`
	Change      *struct {
		To string     `json:"to"`
		At *time.Time `json:"at"`
	} `json:"category_change"`
	Components []struct {
		Type    string `json:"type"`
		Text    string `json:"text"`
		Buttons []struct {
			Type string `json:"type"`
			Text string `json:"text"`
		} `json:"buttons"`
	} `json:"components"`
}

func (t remoteTemplate) heard() dsl.HeardTemplate {
	h := dsl.HeardTemplate{Channel: t.Channel, Name: t.Name, Language: t.Language, Category: t.Category, Status: t.Status}
	if t.Change != nil {
		h.ChangeTo = t.Change.To
		if t.Change.At != nil {
			h.ChangeAt = t.Change.At.UTC().Format(time.RFC3339)
		}
	}
	for _, c := range t.Components {
		if c.Type == "body" {
			h.Body = c.Text
		}
		for _, b := range c.Buttons {
			if b.Type == "quick_reply" {
				h.Buttons = append(h.Buttons, b.Text)
			}
		}
	}
	return h
}

// onlyIn names the templates of one lock file that another lacks.
func onlyIn(one, other string) []string {
	names := func(text string) map[string]bool {
		set := map[string]bool{}
		ws, _ := dsl.ParseWorkspace([]dsl.File{{Path: lockName, Content: []byte(text)}})
		if ws == nil || text == "" {
			return set
		}
		for _, t := range ws.AllTemplates() {
			set[strings.TrimSpace(t.Name+" "+t.Language)] = true
		}
		return set
	}
	have := names(other)
	only := []string{}
	for _, name := range slices.Sorted(maps.Keys(names(one))) {
		if !have[name] {
			only = append(only, name)
		}
	}
	return only
}

// write puts the files that changed into the folder, and nothing outside of it,
// wherever links there may lead.
func write(dir string, files []pulled) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a folder for people to work in
		return fmt.Errorf("making the folder %s: %w", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the folder %s: %w", dir, err)
	}
	defer func() { _ = root.Close() }()
	for _, f := range files {
		switch f.State {
		case pullNew, pullUpdated, pullOverwritten:
		default:
			continue
		}
		name := filepath.FromSlash(f.Path)
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("making the folder of %s: %w", f.Path, err)
		}
		if err := root.WriteFile(name, f.text, 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", f.Path, err)
		}
	}
	return nil
}

func (p *pulling) print(r *pullReport) error {
	if p.format == "json" {
		return json.NewEncoder(p.t.out).Encode(r)
	}
	var b strings.Builder
	same := 0
	for _, f := range r.Files {
		if f.State == pullSame {
			same++
			continue
		}
		fmt.Fprintf(&b, "%-12s %s\n", f.State, f.Path)
		if f.Path == lockName {
			for _, c := range r.Templates {
				fmt.Fprintf(&b, "  %s\n", changeLine(c))
			}
		}
	}
	if len(r.OnlyThere) > 0 {
		fmt.Fprintf(&b, "the server's %s also has: %s\n", lockName, strings.Join(r.OnlyThere, ", "))
	}
	word := "written"
	if !r.Written {
		word = "to write"
	}
	fmt.Fprintf(&b, "%d %s, %d unchanged\n", len(r.Files)-same-len(r.in(pullDiffers)), word, same)
	_, err := fmt.Fprint(p.t.out, b.String())
	return err
}

func changeLine(c dsl.LockChange) string {
	name := c.Name
	if c.Language != "" {
		name += " (" + c.Language + ")"
	}
	switch {
	case c.New:
		return name + ": new, " + c.Status
	case c.Was != c.Status:
		return name + ": " + c.Was + " -> " + c.Status
	}
	return name + ": changed"
}
