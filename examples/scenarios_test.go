package examples_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/engine/simulator"
	"jornada/engine/store"
)

func openStore(ctx context.Context, clock engine.Clock) (simulator.Store, error) {
	return store.InMemory(ctx, clock)
}

// TestScenarios plays the scenario tests of every example. Every journey has
// some, and they reach every outcome.
func TestScenarios(t *testing.T) {
	for _, dir := range workspaces(t) {
		folder, _ := load(t, dir)
		tests, problems := dsl.LoadScenarios(sources(t, folder, dir), folder)
		if len(problems) > 0 {
			_ = problems.Render(os.Stderr, folder.Contents(), diag.English, false)
			t.Fatalf("%s: the tests have mistakes", dir)
		}
		bench, err := simulator.NewBench(t.Context(), simulator.Config{Open: openStore, Folder: folder})
		if err != nil {
			t.Fatal(err)
		}
		coverage := map[string]*simulator.Coverage{}
		for id, plan := range folder.Plans {
			coverage[id] = simulator.NewCoverage(plan)
		}
		for _, file := range tests {
			for _, s := range file.Scenarios {
				t.Run(dir+"/"+file.Journey+"/"+s.Name, func(t *testing.T) {
					transcript, err := bench.Play(t.Context(), s)
					if err != nil {
						t.Fatal(err)
					}
					coverage[file.Journey].Add(transcript)
					if transcript.Difference != nil {
						var b strings.Builder
						_ = transcript.Render(&b, folder.Contents(), diag.English)
						t.Error("\n" + b.String())
					}
				})
			}
		}
		for _, c := range coverage {
			if untested := c.Untested(); len(untested) > 0 {
				t.Errorf("%s/%s: no scenario reaches\n  %s", dir, c.Journey, strings.Join(untested, "\n  "))
			}
		}
		if err := bench.Close(); err != nil {
			t.Error(err)
		}
	}
}

// sources are the files of a workspace, the tests among them.
func sources(t *testing.T, folder *dsl.Folder, dir string) []dsl.File {
	t.Helper()
	var files []dsl.File
	for _, f := range folder.Sources {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b dsl.File) int { return strings.Compare(a.Path, b.Path) })
	if !slices.ContainsFunc(files, func(f dsl.File) bool { return dsl.IsScenarioFile(f.Path) }) {
		t.Errorf("%s has no scenario tests", filepath.Join("examples", dir))
	}
	return files
}
