package engine

import (
	"strings"
	"testing"

	"jornada/dsl"
)

var confirm = &dsl.Ask{Options: []dsl.Option{
	{ID: "confirmed", Title: &dsl.Text{Source: "Confirmar"}, Match: []string{"sim", "ok"}},
	{ID: "reschedule", Title: &dsl.Text{Source: "Remarcar"}},
	{ID: "cancelled", Title: &dsl.Text{Source: "Cancelar"}, Match: []string{"não"}},
}}

func TestMatchOptions(t *testing.T) {
	cases := []struct {
		name  string
		reply Reply
		want  string // "" = fits nothing
	}{
		{"button", Reply{OptionID: "reschedule", Text: "Remarcar"}, "reschedule"},
		{"a button of another question is exact too: no", Reply{OptionID: "take", Text: "sim"}, ""},
		{"title", Reply{Text: "confirmar"}, "confirmed"},
		{"title, shouted", Reply{Text: " CONFIRMAR!! "}, "confirmed"},
		{"match word", Reply{Text: "Sim"}, "confirmed"},
		{"accent missing", Reply{Text: "nao"}, "cancelled"},
		{"accent and emoji", Reply{Text: "Não 👎"}, "cancelled"},
		{"number", Reply{Text: "2"}, "reschedule"},
		{"number with a dot", Reply{Text: "3."}, "cancelled"},
		{"number in brackets", Reply{Text: "(1)"}, "confirmed"},
		{"keycap", Reply{Text: "2️⃣"}, "reschedule"},
		{"out of the list", Reply{Text: "4"}, ""},
		{"zero", Reply{Text: "0"}, ""},
		{"id", Reply{Text: "cancelled"}, "cancelled"},
		{"only part of a sentence", Reply{Text: "não sei se posso confirmar"}, ""},
		{"empty", Reply{}, ""},
		{"only an emoji", Reply{Text: "🙂"}, ""},
		{"translated title", Reply{Text: "confirm", Choices: []Choice{{ID: "confirmed", Title: "Confirm"}}}, "confirmed"},
		{"form", Reply{Data: map[string]any{"text": "Remarcar"}}, "reschedule"},
	}
	for _, c := range cases {
		got, ok := MatchAnswer(confirm, c.reply)
		if ok != (c.want != "") || got.Outcome != c.want || got.Option != c.want {
			t.Errorf("%s: %+v, %v", c.name, got, ok)
		}
	}
	titled := &dsl.Ask{Options: []dsl.Option{{ID: "two", Title: &dsl.Text{Source: "2"}}, {ID: "one", Title: &dsl.Text{Source: "1"}}}}
	if got, _ := MatchAnswer(titled, Reply{Text: "1"}); got.Outcome != "one" {
		t.Errorf("a title that is a number loses against its place: %+v", got)
	}
}

func TestMatchScale(t *testing.T) {
	nps := &dsl.Ask{Scale: &dsl.Scale{Kind: "nps", Min: 0, Max: 10, Bands: []dsl.Band{
		{Outcome: "detractor", Min: 0, Max: 6}, {Outcome: "passive", Min: 7, Max: 8}, {Outcome: "promoter", Min: 9, Max: 10}}}}
	for text, want := range map[string]struct {
		outcome string
		score   float64
	}{
		"9": {"promoter", 9}, "10": {"promoter", 10}, "0": {"detractor", 0}, " 7 ": {"passive", 7}, "Nota 8": {"passive", 8},
		"nove": {"promoter", 9}, "Dez!": {"promoter", 10}, "9/10": {"promoter", 9}, "9 de 10": {"promoter", 9},
		"9, adorei o atendimento": {"promoter", 9}, "6 - demorou": {"detractor", 6}, "9️⃣": {"promoter", 9}, "três": {"detractor", 3},
	} {
		got, ok := MatchAnswer(nps, Reply{Text: text})
		if !ok || got.Outcome != want.outcome || got.Score == nil || *got.Score != want.score {
			t.Errorf("%q: %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"11", "-1", "9,5", "9.5", "esperei 5 minutos", "5 minutos de espera", "bom", "", "10 de julho", "100"} {
		if got, ok := MatchAnswer(nps, Reply{Text: text}); ok {
			t.Errorf("%q was taken for %+v", text, got)
		}
	}
	if got, ok := MatchAnswer(nps, Reply{OptionID: "4", Text: "quatro"}); !ok || got.Outcome != "detractor" {
		t.Errorf("a tapped score: %+v, %v", got, ok)
	}
	plain := &dsl.Ask{Scale: &dsl.Scale{Kind: "custom", Min: 1, Max: 3}}
	if got, ok := MatchAnswer(plain, Reply{Text: "2"}); !ok || got.Outcome != OutcomeAnswered {
		t.Errorf("without bands: %+v, %v", got, ok)
	}
	gap := &dsl.Ask{Scale: &dsl.Scale{Min: 1, Max: 5, Bands: []dsl.Band{{Outcome: "low", Min: 1, Max: 2}}}}
	if got, ok := MatchAnswer(gap, Reply{Text: "4"}); ok {
		t.Errorf("a score in no band: %+v", got)
	}
}

func TestMatchForms(t *testing.T) {
	ask := &dsl.Ask{Accept: "form"}
	got, ok := MatchAnswer(ask, Reply{Text: "Sent", OptionID: "form", Data: map[string]any{"day": "2026-12-01"}})
	if value, _ := got.Value.(map[string]any); !ok || got.Outcome != OutcomeAnswered || got.Text != "Sent" || value["day"] != "2026-12-01" {
		t.Errorf("got %+v, %v", got, ok)
	}
	for name, r := range map[string]Reply{
		"words":         {Text: "dia 1"},
		"a whole novel": {Data: map[string]any{"a": strings.Repeat("x", MaxPayload)}},
	} {
		if _, ok := MatchAnswer(ask, r); ok {
			t.Errorf("%s is a form's answer", name)
		}
	}
}

func TestMatchKinds(t *testing.T) {
	cases := []struct {
		accept string
		reply  Reply
		want   any
		ok     bool
	}{
		{"text", Reply{Text: "Foi tudo bem"}, nil, true},
		{"text", Reply{Text: "  "}, nil, false},
		{"number", Reply{Text: "R$ 1.234,50"}, 1234.5, true},
		{"number", Reply{Text: "12"}, 12.0, true},
		{"number", Reply{Text: "3,5"}, 3.5, true},
		{"number", Reply{Text: "-2.5"}, -2.5, true},
		{"number", Reply{Text: "1.000"}, 1000.0, true},
		{"number", Reply{Text: "doze"}, nil, false},
		{"number", Reply{Text: "NaN"}, nil, false},
		{"number", Reply{Text: "0x10"}, nil, false},
		{"date", Reply{Text: "25/12/2026"}, "2026-12-25", true},
		{"date", Reply{Text: "1/2/2026"}, "2026-02-01", true},
		{"date", Reply{Text: "2026-12-25"}, "2026-12-25", true},
		{"date", Reply{Text: "31/02/2026"}, nil, false},
		{"date", Reply{Text: "amanhã"}, nil, false},
		{"email", Reply{Text: " Ana@Example.com "}, "ana@example.com", true},
		{"email", Reply{Text: "Ana <ana@example.com>"}, nil, false},
		{"email", Reply{Text: "ana at example"}, nil, false},
		{"image", Reply{MediaURL: "https://example.com/a.jpg"}, "https://example.com/a.jpg", true},
		{"image", Reply{Text: "foto"}, nil, false},
		{"hologram", Reply{Text: "x"}, nil, false},
	}
	for _, c := range cases {
		got, ok := MatchAnswer(&dsl.Ask{Accept: c.accept}, c.reply)
		if ok != c.ok || ok && (got.Value != c.want || got.Outcome != OutcomeAnswered) {
			t.Errorf("%s %q: %+v, %v", c.accept, c.reply.Text, got, ok)
		}
	}
}

func FuzzMatchAnswer(f *testing.F) {
	for _, s := range []string{"9", "nota 10", "2️⃣", "não!!", "25/12/2026", "\x00\xff"} {
		f.Add(s)
	}
	asks := []*dsl.Ask{confirm, {Accept: "text"}, {Accept: "number"}, {Accept: "date"}, {Accept: "email"},
		{Scale: &dsl.Scale{Min: 0, Max: 10}}}
	f.Fuzz(func(t *testing.T, s string) {
		for _, ask := range asks {
			got, ok := MatchAnswer(ask, Reply{Text: s})
			if ok && got.Outcome == "" {
				t.Errorf("%q matched without an outcome", s)
			}
			if got.Score != nil && (*got.Score < 0 || *got.Score > 10) {
				t.Errorf("%q gives the score %v", s, *got.Score)
			}
		}
		OptOutKeyword(s)
	})
}
