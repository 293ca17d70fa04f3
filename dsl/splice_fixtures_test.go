package dsl_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jornada/dsl"
)

// The editor changes a journey by splices of its text. What it writes must stay what
// `jornada fmt` understands: the same comments on the same steps, and laid out once,
// laid out for good.
func TestFormatUnderstandsWhatTheEditorWrites(t *testing.T) {
	files, err := filepath.Glob("../ui/src/document/fixtures/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, rest, _ := strings.Cut(string(text), "# --- before\n")
			before, after, found := strings.Cut(rest, "# --- after\n")
			if !found {
				t.Fatalf("%s has no part `# --- after`", file)
			}
			laidOut(t, before)
			once := laidOut(t, after)
			if twice := laidOut(t, once); twice != once {
				t.Errorf("laid out again it changes:\n%s", twice)
			}
			if got, want := owners(once), owners(after); !slices.Equal(got, want) {
				t.Errorf("comments stand on other lines:\ngot  %q\nwant %q", got, want)
			}
		})
	}
}

func laidOut(t *testing.T, text string) string {
	t.Helper()
	out, err := dsl.Format(dsl.File{Path: "demo.journey.yaml", Content: []byte(text)})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return string(out)
}

// owners is every comment with the key it stands behind, or above.
func owners(text string) []string {
	var found, above []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			above = append(above, line)
			continue
		}
		key, _, _ := strings.Cut(strings.TrimLeft(line, "- {["), ":")
		for _, words := range above {
			found = append(found, key+" "+words)
		}
		above = nil
		if _, words, behind := strings.Cut(line, " # "); behind {
			found = append(found, key+" # "+words)
		}
	}
	return append(found, above...)
}
