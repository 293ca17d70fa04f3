package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/medium"
)

// Forms are built from the schema: it names what a journey may name, flat, and has
// every channel with its limits.
func TestNames(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.publishes(testJourney)
		got := read[namesView](t, f.admin("GET", "/api/v1/names", "", "Accept-Language", "pt-BR"))
		find := func(list []fieldView, path string) fieldView {
			for _, v := range list {
				if v.Path == path {
					return v
				}
			}
			return fieldView{}
		}
		if v := find(got.Contact, "opt_in.whatsapp"); v.Type != "bool" {
			t.Errorf("consent is not among the fields: %+v", got.Contact)
		}
		if len(got.Channels) != len(medium.Table) || got.Channels[0].Buttons != 3 || got.Channels[0].TemplateButton != 25 {
			t.Errorf("channels: %+v", got.Channels)
		}
		for _, c := range got.Channels {
			if want := map[string][]string{"whatsapp": {"meta", "dialog360", "gupshup"}}[c.Channel]; !slices.Equal(c.Reactions, want) || c.Reactions == nil {
				t.Errorf("%s sends reactions by %v", c.Channel, c.Reactions)
			}
		}
		if got.SMS.Single != 160 || got.SMS.WidePart != 67 || !strings.Contains(got.SMS.Basic, "é") || strings.Contains(got.SMS.Basic, "ã") {
			t.Errorf("the rules of SMS: %+v", got.SMS)
		}
		if got.Segments == nil || got.Queues == nil || got.Journeys == nil || len(got.Accept) == 0 {
			t.Errorf("a list is missing: %+v", got)
		}
	})
}

// A reaction goes by who carries the channel, and by nobody else.
func TestNamesSayWhoSendsReactions(t *testing.T) {
	for provider, want := range map[string][]string{"meta": {"meta"}, "zenvia": {}} {
		ws := &dsl.Workspace{Channels: map[string]dsl.ChannelDefaults{"whatsapp": {Provider: provider}}}
		if got := namesOf(ws, diag.English).Channels[0].Reactions; !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v", provider, got, want)
		}
	}
}

// A check says what is proved of every message's window, in the caller's language,
// also of a journey that cannot be published yet.
func TestCheckTellsWindows(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		text := "dsl: 1\njourney: cold\ncategory: utility\ntimezone: UTC\ntriggers: [{api: true}]\nsteps:\n  - {id: hi, send: {whatsapp: {text: Oi}}}\n"
		got := read[checkView](t, f.admin("POST", "/api/v1/journeys/check", body(t, map[string]any{"files": map[string]string{"cold.journey.yaml": text}}), "Accept-Language", "pt-BR"))
		if got.OK || len(got.Windows["cold"]) != 1 {
			t.Fatalf("%+v", got)
		}
		if w := got.Windows["cold"][0]; w.StepID != "hi" || w.Open || w.Why != "nada faz o contato escrever antes de `hi`" {
			t.Errorf("%+v", w)
		}
	})
}

// What the checker is as good as sure of can be mended with one press, and every
// code has its page.
func TestCheckTellsFixesAndCodes(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		text := "dsl: 1\njourney: cold\ncategory: utility\ntimezone: UTC\ntriggers: [{api: true}]\nsteps:\n  - {id: hi, sms_it: 1, send: {sms: {text: \"Oi {{ contact.locael }}\"}}}\n"
		got := read[map[string]any](t, f.admin("POST", "/api/v1/journeys/check", body(t, map[string]any{"files": map[string]string{"cold.journey.yaml": text}})))
		fixes := map[string]any{}
		for _, d := range got["diagnostics"].([]any) {
			d := d.(map[string]any)
			fixes[d["code"].(string)] = d["fix"]
		}
		edits, _ := fixes["J0301"].([]any)
		if len(edits) != 1 || edits[0].(map[string]any)["text"] != "locale" || edits[0].(map[string]any)["column"] != 59.0 {
			t.Errorf("the fix of a misspelled field: %v", fixes)
		}
		page := read[codeView](t, f.admin("GET", "/api/v1/codes/j0505", "", "Accept-Language", "pt-BR"))
		if page.Code != "J0505" || page.Title == "" || !strings.Contains(page.Text, "janela") {
			t.Errorf("the page of a code: %+v", page)
		}
		if w := f.admin("GET", "/api/v1/codes/J9999", ""); w.Code != 404 {
			t.Errorf("an unknown code answers %d", w.Code)
		}
	})
}

// Every verb has its page in the caller's language; a word that is none is refused with
// the one that was meant.
func TestVerbsHavePages(t *testing.T) {
	f := inMemory(t)
	for _, v := range dsl.Verbs() {
		page := read[verbView](t, f.admin("GET", "/api/v1/verbs/"+v.Name, "", "Accept-Language", "pt-BR"))
		if want, _ := dsl.ExplainVerb(v.Name, diag.Portuguese); page != (verbView{v.Name, v.Title.Pt, want}) {
			t.Errorf("the page of %s: %+v", v.Name, page)
		}
	}
	for word, want := range map[string]string{
		"sned":   `não existe o verbo "sned": você quis dizer ` + "`send`?",
		"banana": `não existe o verbo "banana": existem send, ask, wait, switch, split, parallel, repeat, enroll, call, handoff, set, update, emit, goto, exit`,
	} {
		w := f.admin("GET", "/api/v1/verbs/"+word, "", "Accept-Language", "pt-BR")
		var got errorBody
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 404 || got.Error.Message != want {
			t.Errorf("%s answers %d %s", word, w.Code, w.Body)
		}
	}
}
