package docs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/graph"
)

// commented finds the block below a comment of a page.
func commented(t *testing.T, page, comment string) block {
	t.Helper()
	for _, b := range blocks(page) {
		if b.comment == comment {
			return b
		}
	}
	t.Fatalf("no block below <!-- %s -->", comment)
	return block{}
}

// The layout shown is what `jornada fmt` makes of the file shown before it.
func TestLayoutShownIsTrue(t *testing.T) {
	page := read(t, "docs/tools.md")
	got, err := dsl.Format(dsl.File{Path: "hello.journey.yaml", Content: []byte(commented(t, page, "unformatted").text)})
	if err != nil {
		t.Fatal(err)
	}
	if want := commented(t, page, "formatted").text; string(got) != want {
		t.Errorf("fmt prints\n%s\nthe page shows\n%s", got, want)
	}
}

// The picture shown is drawn from the demo clinic; -update writes it.
func TestPictureShownIsTrue(t *testing.T) {
	clinic := folder(t, "examples/clinic", func(name string) bool { return !strings.HasSuffix(name, ".test.yaml") })
	f, _ := dsl.Load(clinic)
	for _, j := range f.Journeys {
		if j.ID.Value == "offer_slot" {
			picture := graph.Of(j, f.Plans["offer_slot"], diag.English).Mermaid()
			generated(t, "tools.md", map[string]string{"offer_slot": "```mermaid\n" + picture + "```\n"})
			return
		}
	}
	t.Fatal("the demo clinic has no journey offer_slot")
}

// The settings and the workflow shown can be read, and run what the page promises.
func TestSettingsShownCanBeRead(t *testing.T) {
	page := read(t, "docs/tools.md")
	for _, b := range blocks(page) {
		if b.language == "json" && !json.Valid([]byte(b.text)) {
			t.Errorf("docs/tools.md:%d: not JSON", b.line)
		}
	}
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Run string `yaml:"run"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
	}
	if err := yaml.Unmarshal([]byte(commented(t, page, "workflow").text), &workflow); err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, step := range workflow.Jobs["check"].Steps {
		if fields := strings.Fields(step.Run); len(fields) > 0 {
			words = append(words, strings.Join(fields[:2], " "))
		}
	}
	if got := fmt.Sprint(words); got != "[jornada validate jornada fmt jornada test]" {
		t.Errorf("the workflow runs %s", got)
	}
}
