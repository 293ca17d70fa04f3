package zenvia_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/zenvia"
	"jornada/engine"
)

const secret = "0123456789abcdef-demo"

func settings(ch engine.Channel) channel.Settings {
	return channel.Settings{
		IntegrationID: "zv-demo", Channel: ch, PublicURL: "https://example.com/webhooks/zv-demo",
		Values: map[string]string{
			"from": "5510999999999", "template.confirm.pt_BR": "c2c3e42d-6fb7-4ad6-897a-dd7613469f58", "template.survey": "template_id",
		},
		Secrets: map[string]string{"token": "hKp94crjv9OF3UGrCpSXUJw1-demo", "webhook_secret": "an-older-secret-16+, " + secret},
	}
}

func open(t testing.TB, ch engine.Channel) channel.Provider {
	t.Helper()
	provider, err := zenvia.New(settings(ch))
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

func TestSettingsNameTheirRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		change      func(*channel.Settings)
		field, want string
	}{
		"channel": {func(s *channel.Settings) { s.Channel = engine.Email }, "channel", "zv-demo: channel must be whatsapp or sms: one integration is one sender of one of them"},
		"from": {func(s *channel.Settings) { s.Values = nil }, "settings.from",
			"zv-demo: settings.from is missing; you find it in app.zenvia.com > Credentials: the WhatsApp sender's id, or the alias of the SMS account"},
		"long from": {func(s *channel.Settings) { s.Values["from"] = strings.Repeat("1", 65) }, "settings.from", "zv-demo: settings.from has more than 64 characters; copy the sender's id from app.zenvia.com > Credentials"},
		"token":     {func(s *channel.Settings) { s.Secrets["token"] = " " }, "secrets.token", "zv-demo: secrets.token is missing; you find it in app.zenvia.com > API > Tokens; make one without signature"},
		"two lines": {func(s *channel.Settings) { s.Secrets["token"] = "a\nb" }, "secrets.token", "zv-demo: secrets.token must be one line; copy it again"},
		"webhook secret": {func(s *channel.Settings) { delete(s.Secrets, "webhook_secret") }, "secrets.webhook_secret",
			"zv-demo: secrets.webhook_secret is missing; make one (openssl rand -hex 32) and enter it in app.zenvia.com > API > Webhooks, as the header X-Jornada-Secret or at the end of the webhook's address as ?secret=…"},
		"short secret": {func(s *channel.Settings) { s.Secrets["webhook_secret"] = "abc" }, "secrets.webhook_secret",
			"zv-demo: secrets.webhook_secret has fewer than 16 characters, which can be guessed; make one with: openssl rand -hex 32"},
		"base_url": {func(s *channel.Settings) { s.Values["base_url"] = "api.zenvia.com" }, "settings.base_url", "zv-demo: settings.base_url must be an http or https address such as https://api.zenvia.com"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(engine.SMS)
			c.change(&s)
			_, err := zenvia.New(s)
			var refusal *engine.Error
			if !errors.As(err, &refusal) || refusal.Field != c.field || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestCapabilities(t *testing.T) {
	whatsApp, sms := open(t, engine.WhatsApp).Capabilities(), open(t, engine.SMS).Capabilities()
	if !whatsApp.ServiceWindow || whatsApp.Buttons != 3 || whatsApp.Idempotency != channel.EchoesRef || !whatsApp.Departs {
		t.Errorf("WhatsApp: %+v", whatsApp)
	}
	if sms.ServiceWindow || sms.TextMax != 1520 || sms.Idempotency != channel.EchoesRef {
		t.Errorf("SMS: %+v", sms)
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		answer channeltest.Answer
		want   string
	}{
		"works":       {channeltest.Answer{Body: `[{"eventType":"MESSAGE_STATUS","webhook":{"url":"https://example.com/webhooks/zv-demo"},"status":"ACTIVE"}]`}, ""},
		"no statuses": {channeltest.Answer{Body: `[{"eventType":"MESSAGE","webhook":{"url":"https://example.com/webhooks/zv-demo"}}]`}, "no webhook of the kind MESSAGE_STATUS calls https://example.com/webhooks/zv-demo"},
		"bad token":   {channeltest.Answer{Status: 401, Body: `{"code":"AUTHENTICATION_ERROR","message":"No authorization token was found"}`}, "copy it again from app.zenvia.com > API > Tokens"},
		"elsewhere":   {channeltest.Answer{Status: 404, Body: `{"code":"NOT_FOUND","message":"Not found"}`}, "check base_url"},
		"a web page":  {channeltest.Answer{Body: `<html>`}, "not like Zenvia's API"},
		"redirect":    {channeltest.Answer{Status: 302, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}, "redirect"},
		"down":        {channeltest.Answer{Reset: true}, "could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			server := channeltest.NewServer(t, c.answer)
			err := server.Open(t, zenvia.New, settings(engine.WhatsApp), nil).(channel.Tester).Test(context.Background())
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if got := server.Requests(); len(got) != 1 || got[0].Method != http.MethodGet || got[0].URL.Path != "/v2/subscriptions" || got[0].Header.Get("X-Api-Token") == "" {
				t.Errorf("asked %+v", got)
			}
		})
	}
}

func TestClassify(t *testing.T) {
	for code, want := range map[string]channel.Class{
		"131047": channel.UseTemplate, "470": channel.UseTemplate, "131050": channel.SuppressMarketing, "NOT_DELIVERED": channel.SwitchChannel,
		"REJECTED": channel.FixRequest, "AUTHENTICATION_ERROR": channel.Reauth, "unheard of": channel.FixRequest,
	} {
		if got := open(t, engine.WhatsApp).(channel.Classifier).Classify(code); got != want {
			t.Errorf("WhatsApp %s is %s, want %s", code, got, want)
		}
	}
	if got := open(t, engine.SMS).(channel.Classifier).Classify("131047"); got != channel.FixRequest {
		t.Errorf("a code of WhatsApp means %s for SMS", got)
	}
}
