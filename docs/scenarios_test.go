package docs_test

import (
	"context"
	"fmt"
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

// TestScenariosShownPlay plays every test file that a page shows against the
// journeys that it shows, and every failure shown against the test before it,
// with the edit that the comment above it names.
func TestScenariosShownPlay(t *testing.T) {
	tests, failures := 0, 0
	for _, name := range pages(t) {
		list := blocks(read(t, name))
		files := workspaceOf(t, list)
		for _, b := range list {
			if b.kind() == "journey" {
				files = append(files, dsl.File{Path: fmt.Sprintf("line_%d.journey.yaml", b.line), Content: []byte(b.text)})
			}
		}
		source := ""
		for _, b := range list {
			switch {
			case b.language == "yaml" && strings.HasPrefix(b.text, "test:"):
				tests++
				source = b.text
				if got := play(t, files, source); got != "" {
					t.Errorf("%s:%d: the test fails:\n%s", name, b.line, got)
				}
			case b.language == "text" && strings.HasPrefix(b.text, "FAILED "):
				failures++
				text, err := edited(source, b.comment)
				if err != nil {
					t.Errorf("%s:%d: %v", name, b.line, err)
				} else if got := play(t, files, text); got != b.text {
					t.Errorf("%s:%d: playing it prints\n%s\nthe page shows\n%s", name, b.line, got, b.text)
				}
			}
		}
	}
	if tests < 1 || failures < 1 {
		t.Errorf("%d tests and %d failures found, want those of docs/language.md", tests, failures)
	}
}

// play is what the command line prints of the failures.
func play(t *testing.T, files []dsl.File, text string) string {
	t.Helper()
	// The demo's own tests are played with the examples.
	files = slices.DeleteFunc(slices.Clone(files), func(f dsl.File) bool { return dsl.IsScenarioFile(f.Path) })
	files = append(files, dsl.File{Path: "remind.test.yaml", Content: []byte(text)})
	folder, _ := dsl.Load(files)
	found, problems := dsl.LoadScenarios(files, folder)
	if len(problems) > 0 {
		return render(t, problems, folder)
	}
	bench, err := simulator.NewBench(t.Context(), simulator.Config{Open: openStore, Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bench.Close() }()
	var out strings.Builder
	for _, s := range found[0].Scenarios {
		transcript, err := bench.Play(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if transcript.Difference == nil {
			continue
		}
		fmt.Fprintf(&out, "FAILED %s:%d  %s\n", found[0].Path, s.Span.Line, s.Name)
		if err := transcript.Render(&out, folder.Contents(), diag.English); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}
