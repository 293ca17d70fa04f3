package dsl

import (
	"os"
	"slices"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// The journey of the package's tutorial is a journey: it checks clean, and the
// mistake the tutorial shows gives the message the tutorial shows.
func TestTutorial(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var journey, message []string
	into := &journey
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "# Reading an error") {
			into = &message
		}
		if code, ok := strings.CutPrefix(line, "//\t"); ok {
			*into = append(*into, code)
		}
	}
	check := func(source string) string {
		files := slices.DeleteFunc(readFolder(t, "testdata/ok"), func(f File) bool { return strings.HasSuffix(f.Path, journeySuffix) })
		folder, list := Load(append(files, File{"remind" + journeySuffix, []byte(source)}))
		return render(t, list, folder.Contents(), diag.English)
	}
	source := strings.Join(journey, "")
	if got := check(source); got != "" {
		t.Errorf("the tutorial's journey:\n%s", got)
	}
	want := strings.Join(message, "")
	if got := check(strings.Replace(source, "      confirmed:\n", "      confirmd:\n", 1)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Cutting any example anywhere, or dropping any line of it, is never a panic
// and never a plan with errors.
func TestTruncatedFiles(t *testing.T) {
	ws, _ := ParseWorkspace(readFolder(t, "testdata/ok"))
	for _, f := range readFolder(t, "testdata/ok") {
		if !strings.HasSuffix(f.Path, journeySuffix) {
			continue
		}
		try := func(content string) {
			j, list := Parse(File{f.Path, []byte(content)})
			plan, more := Compile(j, ws)
			if plan != nil && (list.HasErrors() || more.HasErrors()) {
				t.Fatalf("a plan with errors from\n%s", content)
			}
			for _, d := range append(list, more...) {
				if d.Span.Line < 1 || d.Span.Column < 1 || d.Message.En == "" || d.Message.Pt == "" {
					t.Fatalf("a message without a place or a language: %+v", d)
				}
			}
		}
		text := string(f.Content)
		for i := 0; i < len(text); i += 13 {
			try(text[:i])
		}
		lines := strings.SplitAfter(text, "\n")
		for i := range lines {
			try(strings.Join(slices.Delete(slices.Clone(lines), i, i+1), ""))
		}
	}
}
