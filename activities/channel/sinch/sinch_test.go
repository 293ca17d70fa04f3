package sinch_test

import (
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

// stage is where these tests play.
var stage = channeltest.Stage{New: sinch.New, Settings: channel.Settings{
	IntegrationID: "si-demo", PublicURL: "https://example.com/webhooks/si-demo",
	Values:  map[string]string{"project_id": "c36f3d3d-1513", "app_id": app, "region": "br", "key_id": "key-1", "auth": "basic"},
	Secrets: map[string]string{"key_secret": "shh", "webhook_secret": "an-older-secret-16+, " + secret},
}}

func TestSettingsNameTheirRemedy(t *testing.T) {
	without := func(name string) func(*channel.Settings) {
		return func(s *channel.Settings) { delete(s.Values, name); delete(s.Secrets, name) }
	}
	stage.On(engine.SMS).Refuses(t, map[string]channeltest.SettingCase{
		"channel":               {Change: func(s *channel.Settings) { s.Channel = engine.Email }, Field: "channel", Want: "si-demo: channel must be whatsapp or sms: one integration is one channel of an app"},
		"project":               {Change: without("project_id"), Field: "settings.project_id", Want: "si-demo: settings.project_id is missing; you find it in Sinch Build Dashboard > Settings > Access keys"},
		"app":                   {Change: without("app_id"), Field: "settings.app_id", Want: "si-demo: settings.app_id is missing; you find it in Sinch Build Dashboard > Conversation API > Apps"},
		"region":                {Change: without("region"), Field: "settings.region", Want: "si-demo: settings.region is missing; you find it in Sinch Build Dashboard > Conversation API > Apps: us, eu or br"},
		"a region that is none": {Change: func(s *channel.Settings) { s.Values["region"] = "evil.example/" }, Field: "settings.region", Want: "si-demo: settings.region must be us, eu or br: an app answers only where it was made"},
		"key":                   {Change: without("key_id"), Field: "settings.key_id", Want: "si-demo: settings.key_id is missing; you find it in Sinch Build Dashboard > Settings > Access keys"},
		"key secret":            {Change: without("key_secret"), Field: "secrets.key_secret", Want: "si-demo: secrets.key_secret is missing; you find it in Sinch Build Dashboard > Settings > Access keys, shown once when the key is made"},
		"webhook secret":        {Change: without("webhook_secret"), Field: "secrets.webhook_secret", Want: "si-demo: secrets.webhook_secret is missing; make one (openssl rand -hex 32) and enter it in Sinch Build Dashboard > Conversation API > Apps > Webhooks, at the webhook's secret"},
		"auth":                  {Change: func(s *channel.Settings) { s.Values["auth"] = "token" }, Field: "settings.auth", Want: "si-demo: settings.auth must be oauth2 (an access token, as Sinch advises) or basic (the key itself)"},
		"auth_url":              {Change: func(s *channel.Settings) { s.Values["auth"], s.Values["auth_url"] = "oauth2", "x" }, Field: "settings.auth_url", Want: "si-demo: settings.auth_url must be an http or https address such as https://auth.sinch.com"},
		"smart_encoding":        {Change: func(s *channel.Settings) { s.Values["smart_encoding"] = "yes" }, Field: "settings.smart_encoding", Want: `si-demo: settings.smart_encoding must be "true" (accents are left out where that saves a segment) or "false"`},
		"base_url":              {Change: func(s *channel.Settings) { s.Values["base_url"] = "ftp://x" }, Field: "settings.base_url", Want: "si-demo: settings.base_url must be an http or https address such as https://br.conversation.api.sinch.com"},
	})
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	stage.On(engine.WhatsApp).Trials(t, channeltest.Request{Path: "/v1/projects/c36f3d3d-1513/apps/" + app}, map[string]channeltest.TrialCase{
		"works":         {Answer: channeltest.Answer{Body: `{"id":"` + app + `","channel_credentials":[{"channel":"SMS"},{"channel":"WHATSAPP"}]}`}, Want: ""},
		"other channel": {Answer: channeltest.Answer{Body: `{"id":"` + app + `","channel_credentials":[{"channel":"SMS"}]}`}, Want: "the app has no channel WHATSAPP"},
		"bad key":       {Answer: channeltest.Answer{Status: 401, Body: `{"error":{"code":401,"message":"Request had invalid credentials.","status":"UNAUTHENTICATED"}}`}, Want: "copy key_id and key_secret again"},
		"other region":  {Answer: channeltest.Answer{Status: 404, Body: `{"error":{"code":404,"message":"App not found","status":"NOT_FOUND"}}`}, Want: "check app_id, project_id and region"},
		"billing":       {Answer: channeltest.Answer{Status: 403, Body: `{"error":{"status":"PERMISSION_DENIED"}}`}, Want: "refused to show the app"},
		"a web page":    {Answer: channeltest.Answer{Body: `<html>`}, Want: "not like Sinch's Conversation API"},
		"down":          {Answer: channeltest.Answer{Reset: true}, Want: "could not be reached"},
	})
}

func TestClassify(t *testing.T) {
	channeltest.Classes(t, stage.On(engine.WhatsApp).Open(t), map[string]channel.Class{
		"OUTSIDE_ALLOWED_SENDING_WINDOW": channel.UseTemplate, "RECIPIENT_NOT_REACHABLE": channel.SwitchChannel, "RATE_LIMITED": channel.Throttle,
		"CHANNEL_FAILURE": channel.RetryLater, "TEMPLATE_NOT_FOUND": channel.FixTemplate, "INACTIVE_SENDER": channel.StopSender, "INACTIVE_CREDENTIAL": channel.Reauth,
		"131049": channel.DeferMarketing, "131050": channel.SuppressMarketing, "unheard of": channel.FixRequest, "": channel.FixRequest,
	})
	if got := stage.On(engine.SMS).Open(t).(channel.Classifier).Classify("131049"); got != channel.FixRequest {
		t.Errorf("a code of WhatsApp means %s for SMS", got)
	}
	if c := stage.On(engine.SMS).Open(t).Capabilities(); c.Idempotency != channel.EchoesRef || c.Buttons != 0 || !c.Departs || !c.ReportsStatus {
		t.Errorf("capabilities %+v", c)
	}
}
