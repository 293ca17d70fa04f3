package sms_test

import (
	"strings"
	"testing"

	"jornada/activities/channel/sms"
	"jornada/engine"
)

func TestText(t *testing.T) {
	for name, c := range map[string]struct {
		content engine.Content
		want    string
	}{
		"all of it": {engine.Content{
			Text: "Posso marcar?", Footer: "Clínica", Media: &engine.MediaLink{Kind: "image", URL: "https://example.com/a.png"},
			Choices: []engine.Choice{{Title: "Sim"}, {Title: "Não"}},
		}, "Posso marcar?\nhttps://example.com/a.png\nClínica\n1. Sim\n2. Não"},
		"at the limit": {engine.Content{Text: strings.Repeat("ã", 160)}, strings.Repeat("ã", 160)},
		"too long":     {engine.Content{Text: strings.Repeat("ã", 161)}, ""},
		"nothing":      {engine.Content{Text: " \n"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sms.Text(c.content, 160)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestPhone(t *testing.T) {
	for in, want := range map[string]string{"5511987654321": "+5511987654321", "+5511987654321": "+5511987654321", "28000": "28000", "Clinica": "Clinica"} {
		if got := sms.Phone(in); got != (engine.Address{Kind: engine.Phone, Value: want}) {
			t.Errorf("%q is %+v", in, got)
		}
	}
}
