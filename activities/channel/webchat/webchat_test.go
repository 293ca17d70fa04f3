package webchat_test

import (
	"errors"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/webchat"
	"jornada/engine"
)

func settings() channel.Settings {
	return channel.Settings{
		IntegrationID: "chat", Channel: engine.WebChat,
		Values:  map[string]string{"origins": "https://clinica.example, http://localhost:3000/", "page_url": "https://clinica.example/contato"},
		Secrets: map[string]string{"session_key": strings.Repeat("k", 32)},
	}
}

func TestSettingsNameTheirRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*channel.Settings)
		field  string
	}{
		"no site":     {func(s *channel.Settings) { delete(s.Values, "origins") }, "settings.origins"},
		"a path":      {func(s *channel.Settings) { s.Values["origins"] = "https://clinica.example/contato" }, "settings.origins"},
		"any site":    {func(s *channel.Settings) { s.Values["origins"] = "*" }, "settings.origins"},
		"odd page":    {func(s *channel.Settings) { s.Values["page_url"] = "/contato" }, "settings.page_url"},
		"no key":      {func(s *channel.Settings) { delete(s.Secrets, "session_key") }, "secrets.session_key"},
		"a short key": {func(s *channel.Settings) { s.Secrets["session_key"] = "123" }, "secrets.session_key"},
		"channel":     {func(s *channel.Settings) { s.Channel = engine.SMS }, "channel"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings()
			c.change(&s)
			_, err := webchat.NewBell().Open(s)
			var refused *engine.Error
			if !errors.As(err, &refused) || refused.Field != c.field {
				t.Errorf("got %v, want %s", err, c.field)
			}
		})
	}
}

func TestSend(t *testing.T) {
	bell := webchat.NewBell()
	provider, err := bell.Open(settings())
	if err != nil {
		t.Fatal(err)
	}
	rung, stop, ok := bell.Wait("ana", 1)
	if !ok {
		t.Fatal("nobody waits yet")
	}
	if _, _, ok := bell.Wait("ana", 1); ok {
		t.Error("two wait where one may")
	}
	ana := engine.Address{Kind: engine.VisitorID, Value: "ana"}
	receipt, err := provider.Send(t.Context(), channel.Outbound{Ref: "msg_1", To: ana, Content: engine.Content{Text: "Oi"}})
	if err != nil || receipt.ProviderID != "msg_1" || len(rung) != 1 {
		t.Error(receipt, err, len(rung))
	}
	stop()
	if _, _, ok := bell.Wait("ana", 1); !ok {
		t.Error("who left still takes a place")
	}
	held := errors.New("held back")
	for name, out := range map[string]channel.Outbound{
		"phone":    {Ref: "m", To: engine.Address{Kind: engine.Phone, Value: "+55"}, Content: engine.Content{Text: "Oi"}},
		"no id":    {To: ana, Content: engine.Content{Text: "Oi"}},
		"nothing":  {Ref: "m", To: ana},
		"template": {Ref: "m", To: ana, Content: engine.Content{Template: "t"}},
		"too long": {Ref: "m", To: ana, Content: engine.Content{Text: strings.Repeat("é", 4001)}},
		"a script": {Ref: "m", To: ana, Content: engine.Content{Media: &engine.MediaLink{Kind: "image", URL: "javascript:alert(1)"}}},
		"held":     {Ref: "m", To: ana, Content: engine.Content{Text: "Oi"}, Depart: func() error { return held }},
	} {
		_, err := provider.Send(t.Context(), out)
		var failure *channel.SendError
		if !errors.As(err, &failure) || failure.Message == "" || failure.Doubt != channel.Certain || (name == "held") != errors.Is(err, held) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if limits := provider.Capabilities(); limits.Idempotency != channel.HonorsKey || !limits.ReportsStatus || limits.ServiceWindow {
		t.Errorf("%+v", limits)
	}
	if _, response, err := provider.Receive(channel.Request{}); err == nil || response.Status != 404 {
		t.Error(response, err)
	}
}
