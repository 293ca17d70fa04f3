package letter

import (
	"testing"

	"jornada/activities/channel"
	"jornada/engine"
)

func TestWays(t *testing.T) {
	for address, want := range map[string][3]string{
		"bounce+t0k@volta.example.com":      {"bounce", "t0k", "volta.example.com"},
		"<R+T0K@Volta.Example.com>":         {"r", "T0K", "volta.example.com"},
		"unsubscribe+t0k@volta.example.com": {"unsubscribe", "t0k", "volta.example.com"},
		"bounce+j1.c42@send.example.com":    {"bounce", "j1.c42", "send.example.com"},
		"bounce@volta.example.com":          {"", "", "volta.example.com"},
		"bounce+@volta.example.com":         {"", "", "volta.example.com"},
		"news+t0k@volta.example.com":        {"", "", "volta.example.com"},
		"bounce+t0k":                        {"bounce", "t0k", ""},
		"":                                  {"", "", ""},
	} {
		way, token, domain := WayOf(address)
		if got := [3]string{string(way), token, domain}; got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
}

// Marketing letters can be left by mail, also where there is no page to press on;
// one-click is promised only where there is one (RFC 8058 §3.1).
func TestLeavingByMail(t *testing.T) {
	s, err := SenderOf(channel.Settings{Values: map[string]string{"from": "clinica@example.com", "inbound_domain": "volta.example.com"}}, "anyone")
	if err != nil {
		t.Fatal(err)
	}
	for category, want := range map[string]string{"marketing": "<mailto:unsubscribe+t0k@volta.example.com?subject=unsubscribe>", "utility": ""} {
		l, err := s.Write(channel.Outbound{
			To: engine.Address{Kind: engine.EmailAddress, Value: "ana@dest.example"}, ReturnToken: "t0k",
			Content: engine.Content{Subject: "Oi", Text: "Olá", Category: category},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, f := range l.Header {
			got[f.Name] = f.Value
		}
		if got["List-Unsubscribe"] != want || got["List-Unsubscribe-Post"] != "" {
			t.Errorf("%s: %v", category, got)
		}
		if l.ReturnPath != "bounce+t0k@volta.example.com" || l.ReplyTo.Address != "r+t0k@volta.example.com" {
			t.Errorf("%s: %s, %s", category, l.ReturnPath, l.ReplyTo)
		}
	}
}
