package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/engine/simulator"
	"jornada/engine/store"
)

func newTest(t *terminal) *cobra.Command {
	var format, run, record string
	var at remoteFlags
	var cover bool
	var least int
	c := &cobra.Command{
		Use:   "test PATH... | --record ENROLLMENT_ID",
		Short: "Play the scenario tests of journeys (*.test.yaml)",
		Long: `Plays scenario tests: each enrolls a made-up contact, and the journey runs through
the real interpreter on a virtual clock, so that thirty days pass in a blink.
Nothing is sent and no network is used; a message that nobody expected fails the
test. A failure shows the timeline, with a caret where journey and test part.

PATH is a *.test.yaml file, a journey with tests beside it, or a folder.

With --record, the passage of a real person through a journey is read from a server
and printed as a test about somebody made up, which passes as it is.

Exit code: 0 all pass, 1 a test failed or the coverage is under --min, 2 usage.`,
		Example: "  jornada test examples/clinic\n  jornada test examples/clinic --cover --min 90\n  jornada test journeys/nps.test.yaml --run promotor --format junit\n  jornada test --record enr_01hx5 > journeys/late_answer.test.yaml",
		Args: func(c *cobra.Command, args []string) error {
			if record == "" {
				return cobra.MinimumNArgs(1)(c, args)
			}
			return cobra.NoArgs(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if record != "" {
				server, err := at.open(t.language, c.Flags().Changed)
				if err != nil {
					return err
				}
				return recordCase(c.Context(), t, server, record)
			}
			only, err := regexp.Compile(run)
			if err != nil {
				return usage("--run: %q is not a regular expression: %w", run, err)
			}
			if least < 0 || least > 100 {
				return usage("--min: %d is not a percentage from 0 to 100", least)
			}
			tests, err := findTests(t, args)
			if err != nil {
				return err
			}
			hurryThrough()
			report, err := tests.play(c.Context(), only)
			if err != nil {
				return err
			}
			report.language, report.least, report.showCoverage = t.language, least, cover
			if report.Cases == 0 {
				return usage("--run: no test's name matches %q", run)
			}
			if err := report.print(t.out, format); err != nil {
				return err
			}
			if report.Failed > 0 || report.tooLittle() {
				return &failure{code: exitFailed}
			}
			return nil
		},
	}
	formatVar(c.Flags(), &format, "how the results are printed", "text", "json", "junit")
	c.Flags().StringVar(&run, "run", "", "play only tests whose name matches this regular `expression`")
	c.Flags().BoolVar(&cover, "cover", false, "say which outcomes of which steps no test reaches")
	c.Flags().IntVar(&least, "min", 0, "fail when fewer outcomes are reached, in `percent`")
	c.Flags().StringVar(&record, "record", "", "write the passage of this enrollment as a test: its `id`")
	at.register(c.Flags())
	return c
}

// testFolder is one workspace with the tests that were asked for.
type testFolder struct {
	root     string
	folder   *dsl.Folder
	tests    []*dsl.ScenarioFile
	sources  map[string][]byte // by the path that people see
	journeys []string          // whose coverage counts, sorted
}

type testFolders []*testFolder

// findTests reads and checks what a command line names. What is wrong with a
// file is printed, and nothing is played.
func findTests(t *terminal, paths []string) (testFolders, error) {
	var all testFolders
	broken := &checked{sources: map[string][]byte{}}
	count := 0
	for _, p := range paths {
		targets, err := findTargets(p)
		if err != nil {
			return nil, err
		}
		for _, at := range targets {
			f, files, list, err := readTests(at)
			if err != nil {
				return nil, err
			}
			if at.only != "" && len(f.tests) == 0 && !list.HasErrors() {
				return nil, usage("%s is not a scenario test (*.test.yaml), nor a journey that has some beside it", p)
			}
			for _, test := range f.tests {
				count += len(test.Scenarios)
			}
			broken.list, broken.files = append(broken.list, list...), broken.files+files
			maps.Copy(broken.sources, f.sources)
			all = append(all, f)
		}
	}
	if broken.list.HasErrors() {
		if err := broken.print(t, "text"); err != nil {
			return nil, err
		}
		return nil, &failure{exitFailed, fmt.Errorf("nothing was played: mend the errors above first")}
	}
	if count == 0 {
		return nil, usage("there are no scenario tests in %s; write some as *.test.yaml beside the journeys", paths[0])
	}
	return all, nil
}

// readTests reads one folder, or one test file within it.
func readTests(at target) (f *testFolder, files int, list diag.List, err error) {
	all, err := readFiles(os.DirFS(at.root), isWorkspaceOrTest)
	if err != nil {
		return nil, 0, nil, err
	}
	f = &testFolder{root: at.root, sources: map[string][]byte{}}
	f.folder, list = dsl.Load(all)
	tests, problems := dsl.LoadScenarios(all, f.folder)
	only := map[string]bool{} // files that were asked for
	journey := f.journeyIn(at.only)
	for _, test := range tests {
		if at.only == "" || test.Path == at.only || (journey != "" && test.Journey == journey) {
			f.tests, only[test.Path] = append(f.tests, test), true
		}
	}
	for _, d := range problems {
		if only[d.Span.File] {
			list = append(list, d)
		}
	}
	for _, file := range all {
		f.sources[filepath.Join(at.root, file.Path)] = file.Content
	}
	for i := range list {
		list[i].Span.File = filepath.Join(at.root, list[i].Span.File)
	}
	seen := map[string]bool{}
	for _, test := range f.tests {
		seen[test.Journey] = true
	}
	for _, j := range f.folder.Journeys {
		if id := j.ID.String(); at.only == "" || seen[id] {
			f.journeys = append(f.journeys, id)
		}
	}
	return f, len(all), list, nil
}

// journeyIn is the journey of a file; "" when it holds none.
func (f *testFolder) journeyIn(file string) string {
	for _, j := range f.folder.Journeys {
		if j.Path == file && file != "" {
			return j.ID.String()
		}
	}
	return ""
}

// inMemoryStore is the database of scenarios.
func inMemoryStore(ctx context.Context, clock engine.Clock) (simulator.Store, error) {
	return store.InMemory(ctx, clock)
}

// play plays every test whose name fits.
func (all testFolders) play(ctx context.Context, only *regexp.Regexp) (*testReport, error) {
	r := &testReport{sources: map[string][]byte{}}
	began := time.Now()
	for _, f := range all {
		if err := f.play(ctx, only, r); err != nil {
			return nil, err
		}
	}
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}

func (f *testFolder) play(ctx context.Context, only *regexp.Regexp, r *testReport) error {
	bench, err := simulator.NewBench(ctx, simulator.Config{Open: inMemoryStore, Folder: f.folder})
	if err != nil {
		return err
	}
	defer func() { _ = bench.Close() }()
	coverage := map[string]*simulator.Coverage{}
	for _, id := range f.journeys {
		coverage[id] = simulator.NewCoverage(f.folder.Plans[id])
		r.Coverage = append(r.Coverage, coverage[id])
	}
	maps.Copy(r.sources, f.sources)
	for _, test := range f.tests {
		for _, s := range test.Scenarios {
			if !only.MatchString(s.Name) {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			began := time.Now()
			transcript, err := bench.Play(ctx, s)
			if err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(f.root, test.Path), err)
			}
			coverage[test.Journey].Add(transcript)
			r.add(filepath.Join(f.root, test.Path), transcript, time.Since(began))
		}
	}
	return nil
}
