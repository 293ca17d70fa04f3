package whatsapp_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// What bodies become of this is proved by the tests of the drivers.

func TestChoices(t *testing.T) {
	choices := func(titles ...string) []engine.Choice {
		all := []engine.Choice{}
		for _, title := range titles {
			all = append(all, engine.Choice{Title: title})
		}
		return all
	}
	for name, c := range map[string]struct {
		choices       []engine.Choice
		buttons, list bool
	}{
		"none":     {nil, false, false},
		"three":    {choices("a", "b", "c"), true, true},
		"four":     {choices("a", "b", "c", "d"), false, true},
		"too long": {choices(strings.Repeat("ã", 21)), false, true},
		"fits":     {choices(strings.Repeat("ã", 20)), true, true},
		"eleven":   {choices("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"), false, false},
	} {
		if b, l := whatsapp.AsButtons(c.choices), whatsapp.AsList(c.choices); b != c.buttons || l != c.list {
			t.Errorf("%s: buttons %v, list %v", name, b, l)
		}
	}
}

func TestWords(t *testing.T) {
	for locale, want := range map[string]string{"": "Opções", "pt-BR": "Opções", "en_US": "Options", "EN": "Options", "es-AR": "Opciones"} {
		if got := whatsapp.OptionsLabel(locale); got != want {
			t.Errorf("%q: %s", locale, got)
		}
	}
	if got := whatsapp.Cut("às três horas", 9); got != "às três…" {
		t.Errorf("cut to %q", got)
	}
	if got := whatsapp.Scrub("to +5511987654321 at 10:30"); got != "to ••• at 10:30" {
		t.Errorf("scrubbed to %q", got)
	}
}

func TestReading(t *testing.T) {
	var text struct{ A, B, C, D, E whatsapp.Text }
	if err := json.Unmarshal([]byte(`{"A":"x","B":17,"C":true,"D":[1],"E":null}`), &text); err != nil || text.A != "x" || text.B != "17" || text.C != "true" || text.D+text.E != "" {
		t.Errorf("read %+v, %v", text, err)
	}
	at := time.Date(2025, 6, 8, 20, 59, 43, 0, time.UTC)
	for given, want := range map[whatsapp.Text]time.Time{"1749416383": at, "1749416383123": at.Add(123 * time.Millisecond), "": {}, "-1": {}, "yesterday": {}, "99999999999999999": {}} {
		if got := whatsapp.Moment(given); !got.Equal(want) {
			t.Errorf("%q is %v", given, got)
		}
	}
	for id, want := range map[string]bool{"BR.13491208655302741918": true, "BR.ENT.9": true, "5511987654321": false, "br.1": false, "": false} {
		if whatsapp.IsBSUID(id) != want {
			t.Errorf("%q", id)
		}
	}
}
