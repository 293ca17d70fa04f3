package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/spf13/cobra"

	"jornada/dsl"
	"jornada/dsl/diag"
)

func newValidate(t *terminal) *cobra.Command {
	var format string
	var strict bool
	c := &cobra.Command{
		Use:   "validate PATH...",
		Short: "Check journeys, their tests, workspaces and lock files",
		Long: `Checks files or whole folders and prints every mistake with its place and its
remedy, and for every journey without errors how many messages one contact gets
and how long the longest stay is. A file is checked against the workspace.yaml of its folder.
Of a folder that holds no workspace.yaml itself, every workspace below it is checked, save
those in folders called "invalid", which are wrong on purpose: name them to see their mistakes.

Exit code: 0 clean (warnings are allowed unless --strict), 1 errors, 2 usage.`,
		Example: "  jornada validate examples/clinic\n  jornada validate --format github journeys/",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			checked, err := check(args)
			if err != nil {
				return err
			}
			if err := checked.print(t, format); err != nil {
				return err
			}
			if checked.list.HasErrors() || (strict && len(checked.list) > 0) {
				return &failure{code: exitFailed}
			}
			return nil
		},
	}
	formatVar(c.Flags(), &format, "how diagnostics are printed", "text", "json", "sarif", "github")
	c.Flags().BoolVar(&strict, "strict", false, "fail on warnings too")
	return c
}

// checked is the outcome of checking a command line's paths. Paths in
// diagnostics are as the user would type them.
type checked struct {
	list     diag.List
	sources  map[string][]byte
	files    int
	journeys []summary
}

// summary is what a journey without errors costs at best and at worst.
type summary struct {
	journey string
	text    diag.Text
}

func check(paths []string) (*checked, error) {
	all := &checked{sources: map[string][]byte{}}
	for _, p := range paths {
		targets, err := findTargets(p)
		if err != nil {
			return nil, err
		}
		for _, at := range targets {
			if err := all.add(p, at); err != nil {
				return nil, err
			}
		}
	}
	sort.SliceStable(all.list, func(i, j int) bool { return all.list[i].Span.File < all.list[j].Span.File })
	return all, nil
}

// add checks one workspace, or one file within it.
func (c *checked) add(p string, at target) error {
	files, err := readFiles(os.DirFS(at.root), isWorkspaceOrTest)
	if err != nil {
		return err
	}
	if at.only != "" && !contains(files, at.only) {
		return usage("%s is not a journey (*.journey.yaml), a test (*.test.yaml), workspace.yaml, templates.lock.yaml or a template (templates/*.md)", p)
	}
	if len(files) == 0 {
		return usage("%s holds no *.journey.yaml and no workspace.yaml", p)
	}
	folder, list := dsl.Load(files)
	_, mistaken := dsl.LoadScenarios(files, folder)
	for _, f := range files {
		if at.only == "" || at.only == f.Path {
			c.files++
			c.sources[filepath.Join(at.root, f.Path)] = f.Content
		}
	}
	for _, j := range folder.Journeys {
		if plan := folder.Plans[j.ID.String()]; plan != nil && (at.only == "" || at.only == j.Path) {
			bounds := plan.Bounds()
			c.journeys = append(c.journeys, summary{plan.Journey, bounds.Summary(plan.Cost(bounds, folder.Workspace, time.Now()))})
		}
	}
	for _, d := range append(list, mistaken...) {
		if at.only != "" && d.Span.File != at.only {
			continue
		}
		d.Span.File = filepath.Join(at.root, d.Span.File)
		c.list = append(c.list, d)
	}
	return nil
}

func contains(files []dsl.File, path string) bool {
	for _, f := range files {
		if f.Path == path {
			return true
		}
	}
	return false
}

func (c *checked) print(t *terminal, format string) error {
	switch format {
	case "json":
		_, err := fmt.Fprintf(t.out, "%s\n", bytes.TrimSpace(c.list.JSON(t.language)))
		return err
	case "sarif":
		_, err := fmt.Fprintf(t.out, "%s\n", bytes.TrimSpace(c.list.SARIF(t.language)))
		return err
	case "github":
		return c.list.GitHub(t.out, t.language)
	}
	if err := c.list.Render(t.out, c.sources, t.language, isTerminal(t.out)); err != nil {
		return err
	}
	for _, s := range c.journeys {
		if _, err := fmt.Fprintf(t.out, "%s: %s\n", s.journey, s.text.In(t.language)); err != nil {
			return err
		}
	}
	errors, warnings := 0, 0
	for _, d := range c.list {
		if d.Severity == diag.Error {
			errors++
		} else {
			warnings++
		}
	}
	count := func(n int, one, many diag.Text) string {
		if n != 1 {
			one = many
		}
		return fmt.Sprintf("%d %s", n, one.In(t.language))
	}
	_, err := fmt.Fprintf(t.out, "%s: %s, %s\n",
		count(c.files, diag.T("file checked", "arquivo conferido"), diag.T("files checked", "arquivos conferidos")),
		count(errors, diag.T("error", "erro"), diag.T("errors", "erros")),
		count(warnings, diag.T("warning", "aviso"), diag.T("warnings", "avisos")))
	return err
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
