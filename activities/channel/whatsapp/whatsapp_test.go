package whatsapp_test

import (
	"reflect"
	"strings"
	"testing"

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
	title := strings.Repeat("ã", 100)
	rows, err := whatsapp.Rows([]engine.Choice{{ID: "1", Title: title}, {ID: "2", Payload: "p", Title: "Sim"}}, 1)
	if err != nil || len([]rune(rows[0].Title)) != 24 || len([]rune(rows[0].Description)) != 72 || rows[1] != (whatsapp.ListRow{Payload: "p", Title: "Sim"}) {
		t.Errorf("rows %+v, %v", rows, err)
	}
	if _, err := whatsapp.Buttons([]engine.Choice{{ID: "12", Title: "Sim"}}, 1); err == nil {
		t.Error("a payload of two bytes fits into one")
	}
}

func TestTemplates(t *testing.T) {
	got, err := whatsapp.Parameters(engine.Content{Params: map[string]string{"10": "c", "2": "b", "1": " a\r\n\tz "}})
	if want := []whatsapp.Parameter{{Name: "1", Value: "a z"}, {Name: "2", Value: "b"}, {Name: "10", Value: "c"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if language, err := whatsapp.Language(engine.Content{Language: "pt-BR"}); err != nil || language != "pt_BR" {
		t.Errorf("got %q, %v", language, err)
	}
	if _, err := whatsapp.Language(engine.Content{Template: "hello"}); err == nil {
		t.Error("a template without a language is none")
	}
}

func TestMedia(t *testing.T) {
	if got := whatsapp.Filename("https://example.com/a/pedido%20m%C3%A9dico.pdf?x=/y"); got != "pedido médico.pdf" {
		t.Errorf("filename %q", got)
	}
	for _, address := range []string{"https://example.com", "https://example.com/", "%zz", ""} {
		if got := whatsapp.Filename(address); got != "" {
			t.Errorf("%s has the name %q", address, got)
		}
	}
	for address, want := range map[string]bool{"https://example.com/a.png": true, "ftp://a.png": false, "see https://example.com/a.png": false, "": false} {
		if err := whatsapp.CheckHeader(engine.MediaLink{Kind: "image", URL: address}); (err == nil) != want {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestPeople(t *testing.T) {
	for id, want := range map[string]bool{"BR.13491208655302741918": true, "BR.ENT.9": true, "5511987654321": false, "br.1": false, "": false} {
		if whatsapp.IsBSUID(id) != want {
			t.Errorf("%q", id)
		}
	}
	both := []engine.Address{{Kind: engine.WAID, Value: "5541988887777"}, {Kind: engine.BSUID, Value: "BR.1"}}
	for given, want := range map[[2]string][]engine.Address{
		{"5541988887777", "BR.1"}: both, {"5541988887777", ""}: both[:1], {"BR.1", ""}: both[1:], {"BR.2", "BR.1"}: both[1:], {"", ""}: nil,
	} {
		if got := whatsapp.Addresses(given[0], given[1]); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v", given, got)
		}
	}
}
