package graph_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/graph"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// folder reads a workspace and proves that every journey of it is clean.
func folder(t testing.TB, dir string) *dsl.Folder {
	t.Helper()
	var files []dsl.File
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".test.yaml") {
			return err
		}
		content, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files = append(files, dsl.File{Path: filepath.ToSlash(rel), Content: content})
		return err
	})
	require.NoError(t, err)
	f, list := dsl.Load(files)
	require.False(t, list.HasErrors(), "%s: %v", dir, list)
	require.NotEmpty(t, f.Journeys)
	return f
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// The journeys of the specification, and one with everything they lack, in both
// languages.
func TestPicturesGolden(t *testing.T) {
	for _, dir := range []string{"../testdata/ok", "testdata/workspace"} {
		f := folder(t, dir)
		for _, j := range f.Journeys {
			plan := f.Plans[j.ID.Value]
			golden(t, "testdata/"+plan.Journey+".en.mmd", graph.Of(j, plan, diag.English).Mermaid())
			golden(t, "testdata/"+plan.Journey+".pt.mmd", graph.Of(j, plan, diag.Portuguese).Mermaid())
			golden(t, "testdata/"+plan.Journey+".svg", string(graph.Of(j, plan, diag.Portuguese).SVG()))
		}
	}
}

// A picture is well-formed XML that asks for nothing from elsewhere, and what an
// author writes is text in it, not markup.
func TestSVGStandsAlone(t *testing.T) {
	for _, dir := range []string{"../testdata/ok", "testdata/workspace", "../../examples/clinic"} {
		f := folder(t, dir)
		for _, j := range f.Journeys {
			svg := graph.Of(j, f.Plans[j.ID.Value], diag.English).SVG()
			reader := xml.NewDecoder(bytes.NewReader(svg))
			var texts strings.Builder
			for {
				token, err := reader.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err)
				switch token := token.(type) {
				case xml.StartElement:
					require.Contains(t, []string{"svg", "title", "defs", "marker", "path", "rect", "text", "g"}, token.Name.Local)
					for _, a := range token.Attr {
						require.False(t, strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Name.Local, "href"), a.Name.Local)
						if a.Name.Local != "xmlns" {
							require.NotContains(t, a.Value, "//")
						}
					}
				case xml.CharData:
					texts.WriteString(string(token) + "\n")
				}
			}
			if j.Name != nil {
				require.Contains(t, texts.String(), j.Name.Value)
			}
		}
	}
}
