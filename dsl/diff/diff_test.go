package diff_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/diff"
	"jornada/examples/clinic"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// examples are the language's own examples and the demo clinic, by folder.
func examples(t testing.TB) map[string][]dsl.File {
	t.Helper()
	folders := map[string][]dsl.File{}
	for name, folder := range map[string]fs.FS{"language": os.DirFS("../testdata/ok"), "clinic": clinic.Files()} {
		err := fs.WalkDir(folder, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !(strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".md")) {
				return err
			}
			content, err := fs.ReadFile(folder, path)
			folders[name] = append(folders[name], dsl.File{Path: path, Content: content})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return folders
}

// load compiles a folder, with one file edited.
func load(files []dsl.File, path, text string) (map[string]*dsl.Plan, diag.List) {
	edited := append([]dsl.File{}, files...)
	for i := range edited {
		if edited[i].Path == path {
			edited[i].Content = []byte(text)
		}
	}
	folder, list := dsl.Load(edited)
	return folder.Plans, list
}

// stored is a plan as it comes back from the database.
func stored(t testing.TB, p *dsl.Plan) *dsl.Plan {
	t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var out dsl.Plan
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

// report is a list as a person reads it, in both languages.
func report(l diff.List) string {
	var b strings.Builder
	for _, lang := range []diag.Language{diag.English, diag.Portuguese} {
		fmt.Fprintf(&b, "# %s\n", lang)
		for _, c := range l {
			fmt.Fprintf(&b, "%s | %s\n", c.Class.Words().In(lang), c.Words.In(lang))
			if !c.Why.IsZero() {
				fmt.Fprintf(&b, "    %s\n", c.Why.In(lang))
			}
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs.\n--- got\n%s\n--- want\n%s", name, got, want)
	}
}

// Nothing differs between a journey and itself, nor when only comments, labels,
// the order of keys or the layout do.
func TestNothing(t *testing.T) {
	for _, files := range examples(t) {
		for _, f := range files {
			if !strings.HasSuffix(f.Path, ".journey.yaml") {
				continue
			}
			text := string(f.Content)
			plans, _ := load(files, "", "")
			relabeled, list := load(files, f.Path, "# another comment\n"+strings.ReplaceAll(strings.ReplaceAll(text, "\n  - id: ", "\n\n  - name: Rótulo\n    id: "), "\nname:", "\ndescription: outra coisa\nname: Outra\n#"))
			if list.HasErrors() {
				t.Fatal(list)
			}
			for id, p := range plans {
				for _, now := range []*dsl.Plan{p, stored(t, p), relabeled[id]} {
					if got := diff.Compare(stored(t, p), now); len(got) > 0 {
						t.Errorf("%s: %s", id, report(got))
					}
				}
			}
		}
	}
}

// edited is a journey of the language's examples after some replacements.
func edited(t *testing.T, path string, pairs ...string) (old, now *dsl.Plan) {
	t.Helper()
	files := examples(t)["language"]
	for _, f := range files {
		if f.Path != path {
			continue
		}
		text := string(f.Content)
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(text, pairs[i]) {
				t.Fatalf("%q is not in %s", pairs[i], path)
			}
			text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
		}
		_, id, _ := strings.Cut(text, "journey: ")
		id, _, _ = strings.Cut(id, "\n")
		id, _, _ = strings.Cut(id, " ")
		before, _ := load(files, "", "")
		after, list := load(files, path, text)
		if list.HasErrors() {
			t.Fatal(list)
		}
		return before[id], after[id]
	}
	t.Fatalf("there is no %s", path)
	return nil, nil
}

// Whole outputs, as people read them.
func TestReports(t *testing.T) {
	for name, c := range map[string]struct {
		path  string
		edits []string
	}{
		"confirm": {"1_confirm_appointment.journey.yaml", []string{
			"offset: -24h", "offset: -48h",
			"within: 2h ", "within: 1h ",
			"Toque em um dos botões", "Escolha um dos botões",
			"{id: confirmed, title: Confirmar, match: [sim, ok]}", "{id: confirmed, title: Confirmar, match: [sim, ok, certo]}",
			"hours(4)", "hours(6)",
			"        - id: directions\n", "        - {id: address, send: {sms: {text: Rua das Flores}}}\n        - id: directions\n",
			"timeout: 4h", "timeout: 30m",
			"id: rate\n", "id: score\n    was: [rate]\n",
			"steps.rate.", "steps.score.",
			"timeout: 6h}\n          branches:\n            answered:\n              - id: quality_team\n                handoff: {queue: quality, note: \"CSAT {{ steps.score.score }}: {{ steps.what_went_wrong.text }}\", timeout: 1d}\n                branches: {timeout: []}\n            timeout: []", "timeout: 6h}\n          branches: {answered: [], timeout: []}",
			"missed: [{id: end_missed, exit: no_show}]", "missed: []",
		}},
		"journey": {"3_abandoned_cart.journey.yaml", []string{
			"timezone: America/Sao_Paulo", "timezone: America/Manaus",
			"clock: contact ", "clock: journey ",
			"inputs: {", "inputs: {store: string?, coupon: string, ",
			"vars: {nudges: 0}", "vars: {nudges: 0, seen: no}",
			"overlap: replace, reentry: always", "overlap: skip, reentry: 7d",
			`from: "09:00"`, `from: "08:00"`,
			"hold_max: 12h", "hold_max: 10h",
			"max: 3, per: 7d", "max: 2, per: 7d",
			"exit: true}]", "exit: true}, {id: clicked, event: link.clicked, exit: false}]\ntranslations: {en: {first_nudge.options.stop: Stop it}}",
			"event.total > 50}", "event.total > 80, with: {coupon: A}}",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			old, now := edited(t, c.path, c.edits...)
			list := diff.Compare(old, now)
			machine, err := json.MarshalIndent(list, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", report(list))
			golden(t, name+".json", string(machine)+"\n")
		})
	}
}
