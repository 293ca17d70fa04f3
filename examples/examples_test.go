// Package examples_test proves that every workspace in this folder can be used
// as it stands.
package examples_test

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// workspaces are the folders that hold a workspace.yaml, save the one of mistakes.
func workspaces(t *testing.T) []string {
	t.Helper()
	var list []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Base(name) == "workspace.yaml" && path.Dir(name) != invalid {
			list = append(list, path.Dir(name))
		}
		return err
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("looking for examples: %v, %d found", err, len(list))
	}
	return list
}

func load(t *testing.T, dir string) (*dsl.Folder, diag.List) {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" && path.Ext(name) != ".md" {
			return err
		}
		b, err := os.ReadFile(path.Join(dir, name))
		files[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []dsl.File
	for name, f := range files {
		list = append(list, dsl.File{Path: name, Content: f.Data})
	}
	return dsl.Load(list)
}

func TestExamplesCheckClean(t *testing.T) {
	for _, dir := range workspaces(t) {
		folder, problems := load(t, dir)
		if len(problems) > 0 {
			var out bytes.Buffer
			_ = problems.Render(&out, folder.Contents(), diag.English, false)
			t.Errorf("%s:\n%s", dir, out.String())
		}
		if len(folder.Plans) == 0 || len(folder.Plans) != len(folder.Journeys) {
			t.Errorf("%s: %d journeys, %d plans", dir, len(folder.Journeys), len(folder.Plans))
		}
		b, err := os.ReadFile(path.Join(dir, "README.md"))
		if err != nil {
			t.Errorf("%s has no README.md: %v", dir, err)
		}
		for _, j := range folder.Journeys {
			if !strings.Contains(string(b), "`"+j.Path+"`") {
				t.Errorf("%s/README.md does not say what %s does", dir, j.Path)
			}
		}
	}
}

// TestSampleFileFitsItsEvent: the columns of the sample are the ones that the
// clinic's page exports, and fill every field of the event.
func TestSampleFileFitsItsEvent(t *testing.T) {
	f, err := os.Open("clinic/appointments.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("reading the sample: %v, %d rows", err, len(rows))
	}
	source, err := os.ReadFile("clinic/system.go")
	if err != nil {
		t.Fatal(err)
	}
	if header := `"` + strings.Join(rows[0], `", "`) + `"`; !strings.Contains(string(source), header) {
		t.Errorf("the demo clinic's page exports other columns than %s", header)
	}
	folder, _ := load(t, "clinic")
	for name, field := range folder.Workspace.Events["appointment.scheduled"] {
		if field.Optional {
			continue
		}
		if len(field.Fields) == 0 && !slices.Contains(rows[0], name) {
			t.Errorf("the sample has no column %q", name)
		}
		for inner := range field.Fields {
			if !slices.Contains(rows[0], name+"."+inner) {
				t.Errorf("the sample has no column %q", name+"."+inner)
			}
		}
	}
	for i, row := range rows[1:] {
		if !strings.Contains(row[1], "demo") || !strings.HasSuffix(row[4], ".example") {
			t.Errorf("line %d does not look like demo data: %v", i+2, row)
		}
	}
}

// The examples are laid out as `jornada fmt` lays out: who copies one gets small
// differences from the first change on.
func TestExamplesAreFormatted(t *testing.T) {
	for _, dir := range workspaces(t) {
		files, err := fs.Glob(os.DirFS("."), dir+"/*.yaml")
		if err != nil || len(files) == 0 {
			t.Fatalf("looking for the files of %s: %v, %d found", dir, err, len(files))
		}
		for _, name := range files {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out, err := dsl.Format(dsl.File{Path: path.Base(name), Content: content})
			if err != nil || !bytes.Equal(out, content) {
				t.Errorf("%s is not as `jornada fmt -w %s` would leave it (%v)", name, path.Join("examples", dir), err)
			}
		}
	}
}
