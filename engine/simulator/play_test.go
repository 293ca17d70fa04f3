package simulator_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/engine/simulator"
	"jornada/engine/store"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const clinic = "../../examples/clinic"

func readFolder(t testing.TB, dir string) []dsl.File {
	t.Helper()
	var files []dsl.File
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files = append(files, dsl.File{Path: filepath.ToSlash(rel), Content: content})
		return err
	})
	require.NoError(t, err)
	return files
}

func open(ctx context.Context, clock engine.Clock) (simulator.Store, error) {
	return store.InMemory(ctx, clock)
}

// bench makes a bench on a folder, with its tests and those of other files.
func bench(t testing.TB, dir string, more ...dsl.File) (*simulator.Bench, *dsl.Folder, []*dsl.ScenarioFile) {
	t.Helper()
	files := append(readFolder(t, dir), more...)
	folder, list := dsl.Load(files)
	tests, problems := dsl.LoadScenarios(files, folder)
	if list = append(list, problems...); list.HasErrors() {
		var out bytes.Buffer
		_ = list.Render(&out, folder.Contents(), diag.English, false)
		t.Fatalf("%s has errors:\n%s", dir, out.String())
	}
	b, err := simulator.NewBench(t.Context(), simulator.Config{Open: open, Folder: folder})
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.Close() })
	return b, folder, tests
}

func rendered(t testing.TB, tr *simulator.Transcript, folder *dsl.Folder, language diag.Language) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, tr.Render(&out, folder.Contents(), language))
	return out.String()
}

// The scenarios of the workspace in testdata pass: lanes, holds, caps, goals,
// opt-outs, services that fail, contacts that change.
func TestScenariosPass(t *testing.T) {
	b, folder, tests := bench(t, "testdata/workspace")
	for _, f := range tests {
		for _, s := range f.Scenarios {
			t.Run(s.Name, func(t *testing.T) {
				tr, err := b.Play(t.Context(), s)
				require.NoError(t, err)
				if tr.Difference != nil {
					t.Fatal("\n" + rendered(t, tr, folder, diag.English))
				}
			})
		}
	}
}

// Every kind of difference reads as its golden file says, in both languages.
func TestDifferences(t *testing.T) {
	var more []dsl.File
	for _, f := range readFolder(t, "testdata/differences") {
		if dsl.IsScenarioFile(f.Path) {
			more = append(more, f)
		}
	}
	b, folder, tests := bench(t, clinic, more...)
	seen := 0
	for _, f := range tests {
		golden := filepath.Join("testdata/differences", strings.TrimSuffix(f.Path, ".test.yaml")+".out")
		if _, err := os.Stat(strings.TrimSuffix(golden, ".out") + ".test.yaml"); err != nil {
			continue // the clinic's own
		}
		seen++
		t.Run(f.Path, func(t *testing.T) {
			tr, err := b.Play(t.Context(), f.Scenarios[0])
			require.NoError(t, err)
			require.NotNil(t, tr.Difference, "it passed:\n%s", rendered(t, tr, folder, diag.English))
			got := rendered(t, tr, folder, diag.English) + "\n" + rendered(t, tr, folder, diag.Portuguese)
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
	require.Len(t, more, seen)
}

// A scenario plays the same however often, and whatever was played before it.
func TestPlaysTheSameEveryTime(t *testing.T) {
	b, folder, tests := bench(t, clinic)
	var first []string
	for round := range 3 {
		for i, f := range tests {
			for j, s := range f.Scenarios {
				tr, err := b.Play(t.Context(), s)
				require.NoError(t, err)
				if round == 0 {
					first = append(first, rendered(t, tr, folder, diag.English))
				}
				require.Nil(t, tr.Difference, s.Name)
				_ = i + j
			}
		}
	}
	again, _, _ := bench(t, clinic)
	n := 0
	for _, f := range tests {
		for _, s := range f.Scenarios {
			tr, err := again.Play(t.Context(), s)
			require.NoError(t, err)
			require.Equal(t, first[n], rendered(t, tr, folder, diag.English))
			n++
		}
	}
}

// A scenario that takes too long, or that nobody waits for any more, is given up;
// the next one plays.
func TestGivingUp(t *testing.T) {
	_, folder, tests := bench(t, "testdata/workspace")
	var month *dsl.Scenario
	for _, f := range tests {
		if f.Journey == "month" {
			month = f.Scenarios[0]
		}
	}
	b, err := simulator.NewBench(t.Context(), simulator.Config{Open: open, Folder: folder, MostSteps: 5})
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close()) }()
	for range 2 {
		_, err = b.Play(t.Context(), month)
		require.ErrorIs(t, err, simulator.ErrTooLong)
	}
	b, err = simulator.NewBench(t.Context(), simulator.Config{Open: open, Folder: folder, MostSteps: 1000})
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close()) }()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Play(gone, month)
	require.ErrorIs(t, err, context.Canceled)
	transcript, err := b.Play(t.Context(), month)
	require.NoError(t, err)
	require.Nil(t, transcript.Difference)
}
