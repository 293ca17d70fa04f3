package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/graph"
)

func newGraph(t *terminal) *cobra.Command {
	var format, lang, out string
	c := &cobra.Command{
		Use:   "graph FILE",
		Short: "Draw a journey, as Mermaid text or as an SVG",
		Long: `Draws a journey: every step with what it does, every outcome with where it leads.
Mermaid text can be pasted into Markdown; the SVG stands alone and opens in any browser.
The journey must be free of errors, because the arrows are those of its plan.`,
		Example: "  jornada graph examples/clinic/confirm_appointment.journey.yaml\n  jornada graph --format svg --lang pt-BR -o journey.svg examples/clinic/confirm_appointment.journey.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			language := t.language
			switch lang {
			case "pt-BR":
				language = diag.Portuguese
			case "en":
				language = diag.English
			case "":
			default:
				return usage("--lang: %q is not en or pt-BR; `jornada graph --help` lists the flags", lang)
			}
			picture, err := draw(t, args[0], language)
			if err != nil {
				return err
			}
			content := []byte(picture.Mermaid())
			if format == "svg" {
				content = picture.SVG()
			}
			if out != "" {
				if err := os.WriteFile(out, content, 0o644); err != nil { //nolint:gosec // a picture is for everybody
					return fmt.Errorf("writing the picture: %w", err)
				}
				return nil
			}
			_, err = t.out.Write(content)
			return err
		},
	}
	formatVar(c.Flags(), &format, "what is drawn", "mermaid", "svg")
	c.Flags().StringVar(&lang, "lang", "", "language of the words around the author's own: en or pt-BR (default: that of the machine)")
	c.Flags().StringVarP(&out, "output", "o", "", "file to write (default: standard output)")
	return c
}

// draw checks a journey inside its workspace and makes its picture. Errors are
// printed as validate prints them.
func draw(t *terminal, path string, language diag.Language) (*graph.Picture, error) {
	at, err := findTarget(path)
	if err != nil {
		return nil, err
	}
	if at.only == "" {
		return nil, usage("%s is a folder; name one journey of it", path)
	}
	files, err := readFolder(os.DirFS(at.root))
	if err != nil {
		return nil, err
	}
	folder, list := dsl.Load(files)
	for _, j := range folder.Journeys {
		if j.Path != at.only {
			continue
		}
		if plan := folder.Plans[j.ID.String()]; plan != nil && j.ID != nil {
			return graph.Of(j, plan, language), nil
		}
		return nil, refuse(t, at, list, folder.Contents())
	}
	return nil, usage("%s is not a journey (*.journey.yaml)", path)
}

// refuse prints the mistakes that keep a journey from having a plan: its own, or
// those of the workspace.
func refuse(t *terminal, at target, list diag.List, contents map[string][]byte) error {
	sources, named := map[string][]byte{}, diag.List{}
	for _, d := range list {
		if d.Severity == diag.Error && (d.Span.File == at.only || !strings.HasSuffix(d.Span.File, ".journey.yaml")) {
			content := contents[d.Span.File]
			d.Span.File = filepath.Join(at.root, d.Span.File)
			sources[d.Span.File] = content
			named = append(named, d)
		}
	}
	if err := named.Render(t.err, sources, t.language, isTerminal(t.err)); err != nil {
		return err
	}
	return &failure{code: exitFailed}
}
