package dsl

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// readFolder reads a folder of testdata as Load wants it.
func readFolder(t testing.TB, dir string) []File {
	t.Helper()
	var files []File
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files = append(files, File{filepath.ToSlash(rel), content})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func render(t testing.TB, list diag.List, sources map[string][]byte, lang diag.Language) string {
	t.Helper()
	var out bytes.Buffer
	if err := list.Render(&out, sources, lang, false); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs.\n--- got\n%s\n--- want\n%s", name, got, want)
	}
}

// The seven journeys of the language's specification check clean.
func TestExamplesAreClean(t *testing.T) {
	folder, list := Load(readFolder(t, "testdata/ok"))
	if len(list) > 0 {
		t.Fatal(render(t, list, folder.Contents(), diag.English))
	}
	if len(folder.Plans) != 7 {
		t.Fatalf("%d plans, want 7", len(folder.Plans))
	}
	_ = strings.TrimSpace
}
