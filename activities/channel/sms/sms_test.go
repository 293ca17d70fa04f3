package sms_test

import (
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/engine"
)

func TestText(t *testing.T) {
	for name, c := range map[string]struct {
		content engine.Content
		want    string
		smart   bool
	}{
		"all of it": {engine.Content{
			Text: "Posso marcar?", Footer: "Clínica", Media: &engine.MediaLink{Kind: "image", URL: "https://example.com/a.png"},
			Choices: []engine.Choice{{Title: "Sim"}, {Title: "Não"}},
		}, "Posso marcar?\nhttps://example.com/a.png\nClínica\n1. Sim\n2. Não", false},
		"at the limit":                  {engine.Content{Text: strings.Repeat("ã", 160)}, strings.Repeat("ã", 160), false},
		"too long":                      {engine.Content{Text: strings.Repeat("ã", 161)}, "", false},
		"nothing":                       {engine.Content{Text: " \n"}, "", false},
		"a segment saved":               {engine.Content{Text: strings.Repeat("ã", 71)}, strings.Repeat("a", 71), true},
		"a segment saved by the footer": {engine.Content{Text: strings.Repeat("ã", 65), Footer: "Clínica"}, strings.Repeat("a", 65) + "\nClinica", true},
		"nothing to save":               {engine.Content{Text: strings.Repeat("ã", 70)}, strings.Repeat("ã", 70), true},
		"an emoji keeps it":             {engine.Content{Text: strings.Repeat("ã", 70) + "🙂"}, strings.Repeat("ã", 70) + "🙂", true},
		"longer without the ellipsis":   {engine.Content{Text: strings.Repeat("a", 158) + "…b"}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sms.Writer{Max: 160, Smart: c.smart}.Text(c.content)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestSmartEncoding(t *testing.T) {
	for value, want := range map[string]string{"": "", "true": "", "false": "", "yes": `sms: settings.smart_encoding must be "true" (accents are left out where that saves a segment) or "false"`} {
		w, err := sms.WriterOf(channel.Settings{IntegrationID: "sms", Values: map[string]string{"smart_encoding": value}}, 9)
		if w.Max != 9 || w.Smart != (value == "true") || (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q: %+v, %v", value, w, err)
		}
	}
}

func TestPhone(t *testing.T) {
	for in, want := range map[string]string{"5511987654321": "+5511987654321", "+5511987654321": "+5511987654321", "28000": "28000", "Clinica": "Clinica"} {
		if got := sms.Phone(in); got != (engine.Address{Kind: engine.Phone, Value: want}) {
			t.Errorf("%q is %+v", in, got)
		}
	}
}
