package sinch_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/sinch"
	"jornada/engine"
)

const (
	app    = "01E8RCZPK7HFV70FFDWFFK0EXK" // the app of Sinch's published examples
	secret = "0123456789abcdef-demo"
)

func settings(ch engine.Channel) channel.Settings {
	return channel.Settings{
		IntegrationID: "si-demo", Channel: ch, PublicURL: "https://example.com/webhooks/si-demo",
		Values:  map[string]string{"project_id": "c36f3d3d-1513", "app_id": app, "region": "br", "key_id": "key-1"},
		Secrets: map[string]string{"key_secret": "shh", "webhook_secret": "an-older-secret-16+, " + secret},
	}
}

func open(t testing.TB, ch engine.Channel) channel.Provider {
	t.Helper()
	provider, err := sinch.New(settings(ch))
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

func TestSettingsNameTheirRemedy(t *testing.T) {
	without := func(name string) func(*channel.Settings) {
		return func(s *channel.Settings) { delete(s.Values, name); delete(s.Secrets, name) }
	}
	for name, c := range map[string]struct {
		change      func(*channel.Settings)
		field, want string
	}{
		"channel":               {func(s *channel.Settings) { s.Channel = engine.Email }, "channel", "si-demo: channel must be whatsapp or sms: one integration is one channel of an app"},
		"project":               {without("project_id"), "settings.project_id", "si-demo: settings.project_id is missing; you find it in Sinch Build Dashboard > Settings > Access keys"},
		"app":                   {without("app_id"), "settings.app_id", "si-demo: settings.app_id is missing; you find it in Sinch Build Dashboard > Conversation API > Apps"},
		"region":                {without("region"), "settings.region", "si-demo: settings.region is missing; you find it in Sinch Build Dashboard > Conversation API > Apps: us, eu or br"},
		"a region that is none": {func(s *channel.Settings) { s.Values["region"] = "evil.example/" }, "settings.region", "si-demo: settings.region must be us, eu or br: an app answers only where it was made"},
		"key":                   {without("key_id"), "settings.key_id", "si-demo: settings.key_id is missing; you find it in Sinch Build Dashboard > Settings > Access keys"},
		"key secret":            {without("key_secret"), "secrets.key_secret", "si-demo: secrets.key_secret is missing; you find it in Sinch Build Dashboard > Settings > Access keys, shown once when the key is made"},
		"webhook secret":        {without("webhook_secret"), "secrets.webhook_secret", "si-demo: secrets.webhook_secret is missing; make one (openssl rand -hex 32) and enter it in Sinch Build Dashboard > Conversation API > Apps > Webhooks, at the webhook's secret"},
		"base_url":              {func(s *channel.Settings) { s.Values["base_url"] = "ftp://x" }, "settings.base_url", "si-demo: settings.base_url must be an http or https address such as https://br.conversation.api.sinch.com"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(engine.SMS)
			c.change(&s)
			_, err := sinch.New(s)
			var refusal *engine.Error
			if !errors.As(err, &refusal) || refusal.Field != c.field || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		answer channeltest.Answer
		want   string
	}{
		"works":         {channeltest.Answer{Body: `{"id":"` + app + `","channel_credentials":[{"channel":"SMS"},{"channel":"WHATSAPP"}]}`}, ""},
		"other channel": {channeltest.Answer{Body: `{"id":"` + app + `","channel_credentials":[{"channel":"SMS"}]}`}, "the app has no channel WHATSAPP"},
		"bad key":       {channeltest.Answer{Status: 401, Body: `{"error":{"code":401,"message":"Request had invalid credentials.","status":"UNAUTHENTICATED"}}`}, "copy key_id and key_secret again"},
		"other region":  {channeltest.Answer{Status: 404, Body: `{"error":{"code":404,"message":"App not found","status":"NOT_FOUND"}}`}, "check app_id, project_id and region"},
		"billing":       {channeltest.Answer{Status: 403, Body: `{"error":{"status":"PERMISSION_DENIED"}}`}, "refused to show the app"},
		"a web page":    {channeltest.Answer{Body: `<html>`}, "not like Sinch's Conversation API"},
		"down":          {channeltest.Answer{Reset: true}, "could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			server := channeltest.NewServer(t, c.answer)
			err := server.Open(t, sinch.New, settings(engine.WhatsApp), nil).(channel.Tester).Test(context.Background())
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if got := server.Requests(); len(got) != 1 || got[0].Method != http.MethodGet || got[0].URL.Path != "/v1/projects/c36f3d3d-1513/apps/"+app {
				t.Errorf("asked %+v", got)
			}
		})
	}
}

func TestClassify(t *testing.T) {
	for code, want := range map[string]channel.Class{
		"OUTSIDE_ALLOWED_SENDING_WINDOW": channel.UseTemplate, "RECIPIENT_NOT_REACHABLE": channel.SwitchChannel, "RATE_LIMITED": channel.Throttle,
		"CHANNEL_FAILURE": channel.RetryLater, "TEMPLATE_NOT_FOUND": channel.FixTemplate, "INACTIVE_SENDER": channel.StopSender, "INACTIVE_CREDENTIAL": channel.Reauth,
		"131049": channel.DeferMarketing, "131050": channel.SuppressMarketing, "unheard of": channel.FixRequest, "": channel.FixRequest,
	} {
		if got := open(t, engine.WhatsApp).(channel.Classifier).Classify(code); got != want {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
	}
	if got := open(t, engine.SMS).(channel.Classifier).Classify("131049"); got != channel.FixRequest {
		t.Errorf("a code of WhatsApp means %s for SMS", got)
	}
	if c := open(t, engine.SMS).Capabilities(); c.Idempotency != channel.EchoesRef || c.Buttons != 0 || !c.Departs || !c.ReportsStatus {
		t.Errorf("capabilities %+v", c)
	}
}
