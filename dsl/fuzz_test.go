package dsl

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"jornada/dsl/diag"
)

func seeds(f *testing.F, patterns ...string) {
	f.Helper()
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatalf("no seeds for %s: %v", pattern, err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(content)
		}
	}
}

// FuzzParse: no input makes the parser, the checker or the renderer panic, and
// a journey with errors never becomes a plan.
func FuzzParse(f *testing.F) {
	seeds(f, "testdata/ok/*.journey.yaml", "testdata/err/*.yaml")
	workspace, _ := ParseWorkspace(readFolder(f, "testdata/ok"))
	f.Fuzz(func(t *testing.T, content []byte) {
		file := File{"fuzz.journey.yaml", content}
		j, list := Parse(file)
		plan, more := Compile(j, workspace)
		if (list.HasErrors() || more.HasErrors()) && plan != nil {
			t.Error("a journey with errors has a plan")
		}
		all := slices.Concat(list, more)
		render(t, all, map[string][]byte{file.Path: content}, diag.Portuguese)
		all.JSON(diag.English)
	})
}

// FuzzParseWorkspace: the same for workspace.yaml and the lock file.
func FuzzParseWorkspace(f *testing.F) {
	seeds(f, "testdata/ok/workspace.yaml", "testdata/ok/templates.lock.yaml")
	f.Fuzz(func(t *testing.T, content []byte) {
		files := []File{{workspaceFile, content}, {lockFile, content}, {"templates/x.md", content}, {"x.journey.yaml", []byte(tiny)}}
		folder, list := Load(files)
		render(t, list, folder.Contents(), diag.English)
	})
}

// FuzzPositions: whatever is located lies inside the file.
func FuzzPositions(f *testing.F) {
	seeds(f, "testdata/ok/*.yaml", "testdata/err/*.yaml")
	f.Fuzz(func(t *testing.T, content []byte) {
		r := &reporter{}
		root := readYAML(File{"fuzz.yaml", content}, r)
		var look func(n *node)
		look = func(n *node) {
			if n.kind == scalarNode {
				if problem := exact(n); problem != "" && problem != "not replayed" {
					t.Errorf("%s: %q", problem, n.value)
				}
				span := n.Locate(0, 1)
				if span.Line < 1 || span.Line > len(n.src.lines) || span.Column < 1 || span.Column > len(n.src.line(span.Line))+1 {
					t.Errorf("%q is located outside the file: %+v", n.value, span)
				}
			}
			for _, inner := range append(append([]*node{}, n.keys...), n.items...) {
				look(inner)
			}
		}
		if root != nil {
			look(root)
		}
	})
}

// tiny is the smallest journey.
const tiny = "dsl: 1\njourney: tiny\ncategory: utility\ntimezone: UTC\ntriggers: [{api: true}]\nsteps: [{id: end, exit: done}]\n"
