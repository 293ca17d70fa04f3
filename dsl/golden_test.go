package dsl

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
}

// Every file of testdata/err, checked inside the example workspace, gives
// exactly the messages of its .out file, in both languages.
func TestMessages(t *testing.T) {
	base := readFolder(t, "testdata/ok")
	names, _ := filepath.Glob("testdata/err/*.yaml")
	folders, _ := filepath.Glob("testdata/err/*/workspace.yaml")
	for _, name := range folders {
		testFolder(t, base, filepath.Dir(name))
	}
	for _, name := range names {
		short := strings.TrimSuffix(filepath.Base(name), ".yaml")
		t.Run(short, func(t *testing.T) {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := slices.Clone(base)
			path := short + journeySuffix
			switch {
			case strings.HasSuffix(short, ".workspace"):
				path = workspaceFile
			case strings.HasSuffix(short, ".lock"):
				path = lockFile
			}
			files = slices.DeleteFunc(files, func(f File) bool {
				return f.Path == path || path != short+journeySuffix && strings.HasSuffix(f.Path, journeySuffix)
			})
			files = append(files, File{path, content})
			folder, list := Load(files)
			if strings.HasPrefix(short, "J0541") { // only publishing asks what time it is
				list = append(list, folder.Past(time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC))...)
			}
			if len(list) == 0 {
				t.Fatal("no messages")
			}
			if code := short[:5]; strings.HasPrefix(short, "J") && !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == code }) {
				t.Errorf("no %s among the messages", code)
			}
			golden(t, strings.TrimSuffix(name, ".yaml")+".out", render(t, list, folder.Contents(), diag.English)+"\n"+render(t, list, folder.Contents(), diag.Portuguese))
		})
	}
}

// testFolder checks a folder of testdata/err, for messages that need several
// files: its .out file holds all of them. The templates are the examples', unless
// the folder has a lock file of its own.
func testFolder(t *testing.T, base []File, dir string) {
	t.Run(filepath.Base(dir), func(t *testing.T) {
		files := readFolder(t, dir)
		for _, f := range base {
			own := slices.ContainsFunc(files, func(o File) bool { return o.Path == f.Path })
			if !own && !strings.HasSuffix(f.Path, journeySuffix) {
				files = append(files, f)
			}
		}
		folder, list := Load(files)
		if code := filepath.Base(dir)[:5]; !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == code }) {
			t.Errorf("no %s among the messages", code)
		}
		golden(t, dir+".out", render(t, list, folder.Contents(), diag.English)+"\n"+render(t, list, folder.Contents(), diag.Portuguese))
	})
}
