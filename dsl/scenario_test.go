package dsl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"jornada/dsl/diag"
)

// Every mistake in a test file reads as its golden file says, in both languages.
func TestScenarioMistakes(t *testing.T) {
	folder, _ := Load(readFolder(t, "testdata/ok"))
	names, err := filepath.Glob("testdata/scenario/*.test.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			file := File{filepath.Base(name), content}
			got, list := ParseScenarios(file, folder)
			if !list.HasErrors() || len(got.Scenarios) > 0 {
				t.Errorf("no error, or scenarios in spite of it: %d", len(got.Scenarios))
			}
			sources := map[string][]byte{file.Path: content}
			golden(t, strings.TrimSuffix(name, ".test.yaml")+".out", render(t, list, sources, diag.English)+"\n"+render(t, list, sources, diag.Portuguese))
		})
	}
}

// The test file of the language's specification reads as it means.
func TestScenarioReads(t *testing.T) {
	files := append(readFolder(t, "testdata/ok"), File{"confirm.test.yaml", []byte(`test: confirm_appointment
defaults:
  now: "2026-03-09T10:00"
  contact: {first_name: Ana, opt_in: {whatsapp: true}}
  inputs: {appointment_id: A1, starts_at: "2026-03-11T14:00", doctor: Dra. Lima, unit: {name: Centro, map_url: x}}
cases:
  - name: one
    inputs: {doctor: Dr. Reis}
    script:
      - {expect: confirm, at: "2026-03-10T14:00", via: whatsapp, params: {when: 11/03 14:00}}
      - {after: 12m, reply: {option: confirmed}}
      - {expect: save_confirmed, respond: {status: 200, body: {ok: true, list: [1, two]}}}
      - {at: "2026-03-11T15:00", event: appointment.completed, data: {appointment_id: A1}}
      - {expect: front_desk, finish: resolved}
    end: done
    sent: []
    stop: true
`)})
	folder, _ := Load(files)
	tests, list := LoadScenarios(files, folder)
	if len(list) > 0 || len(tests) != 1 {
		t.Fatalf("%d files, %v", len(tests), list)
	}
	s := tests[0].Scenarios[0]
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 3, 9, 10, 0, 0, 0, zone); !s.Now.Equal(want) {
		t.Errorf("now is %v, want %v", s.Now, want)
	}
	if s.Inputs["doctor"] != "Dr. Reis" || s.Inputs["appointment_id"] != "A1" {
		t.Errorf("a case's inputs stand over the defaults': %v", s.Inputs)
	}
	if s.End.Name != "done" || s.Sent == nil || len(s.Sent) != 0 || !s.Stop {
		t.Errorf("end %v, sent %v, stop %v", s.End, s.Sent, s.Stop)
	}
	var kinds []ActKind
	for _, a := range s.Script {
		kinds = append(kinds, a.Kind)
	}
	if want := []ActKind{Expect, Reply, Expect, Event, Expect}; !slices.Equal(kinds, want) {
		t.Fatalf("acts %v, want %v", kinds, want)
	}
	if a := s.Script[0]; len(a.Match) != 2 || a.Match[1].Key != "params.when" || a.Match[1].Pattern != "11/03 14:00" || a.At.IsZero() {
		t.Errorf("expect: %+v", a)
	}
	if r := s.Script[2].Respond; r.Status != 200 || r.Body.(map[string]any)["ok"] != true {
		t.Errorf("respond: %+v", r)
	}
	if s.Script[1].After != 12*time.Minute || s.Script[1].Option != "confirmed" || s.Script[4].Outcome != "resolved" {
		t.Errorf("reply %+v, finish %+v", s.Script[1], s.Script[4])
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"*", "a\nb", true},
		{"a*", "abc", true}, {"*c", "abc", true}, {"a*c", "abc", true}, {"a*b*c", "a1b2c", true}, {"a*b*c", "acb", false},
		{"ab*ba", "aba", false}, {"*aa*", "a", false}, {"*a*a*", "aa", true}, {"Olá *!", "Olá Ana!", true},
	} {
		if got := glob(c.pattern, c.text); got != c.want {
			t.Errorf("glob(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}

// FuzzParseScenarios: no input makes the reader of test files panic, what is
// located lies inside the file, and a file with errors has no scenarios.
func FuzzParseScenarios(f *testing.F) {
	seeds(f, "testdata/scenario/*.test.yaml", "testdata/ok/*.journey.yaml")
	folder, _ := Load(readFolder(f, "testdata/ok"))
	f.Fuzz(func(t *testing.T, content []byte) {
		file := File{"fuzz.test.yaml", content}
		got, list := ParseScenarios(file, folder)
		if list.HasErrors() && len(got.Scenarios) > 0 {
			t.Error("a file with errors has scenarios")
		}
		lines := strings.Count(string(content), "\n") + 1
		for _, s := range got.Scenarios {
			for _, a := range s.Script {
				if a.Kind == "" || a.Span.Line < 1 || a.Span.Line > lines {
					t.Errorf("an act without a kind or a place: %+v", a)
				}
			}
		}
		render(t, list, map[string][]byte{file.Path: content}, diag.Portuguese)
	})
}
