package zenvia_test

import (
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/zenvia"
	"jornada/engine"
)

const secret = "0123456789abcdef-demo"

// stage is where these tests play.
var stage = channeltest.Stage{New: zenvia.New, Settings: channel.Settings{
	IntegrationID: "zv-demo", PublicURL: "https://example.com/webhooks/zv-demo",
	Values: map[string]string{
		"from": "5510999999999", "template.confirm.pt_BR": "c2c3e42d-6fb7-4ad6-897a-dd7613469f58", "template.survey": "template_id",
	},
	Secrets: map[string]string{"token": "hKp94crjv9OF3UGrCpSXUJw1-demo", "webhook_secret": "an-older-secret-16+, " + secret},
}}

func TestSettingsNameTheirRemedy(t *testing.T) {
	stage.On(engine.SMS).Refuses(t, map[string]channeltest.SettingCase{
		"channel":        {Change: func(s *channel.Settings) { s.Channel = engine.Email }, Field: "channel", Want: "zv-demo: channel must be whatsapp or sms: one integration is one sender of one of them"},
		"from":           {Change: func(s *channel.Settings) { s.Values = nil }, Field: "settings.from", Want: "zv-demo: settings.from is missing; you find it in app.zenvia.com > Credentials: the WhatsApp sender's id, or the alias of the SMS account"},
		"long from":      {Change: func(s *channel.Settings) { s.Values["from"] = strings.Repeat("1", 65) }, Field: "settings.from", Want: "zv-demo: settings.from has more than 64 characters; copy the sender's id from app.zenvia.com > Credentials"},
		"token":          {Change: func(s *channel.Settings) { s.Secrets["token"] = " " }, Field: "secrets.token", Want: "zv-demo: secrets.token is missing; you find it in app.zenvia.com > API > Tokens; make one without signature"},
		"two lines":      {Change: func(s *channel.Settings) { s.Secrets["token"] = "a\nb" }, Field: "secrets.token", Want: "zv-demo: secrets.token must be one line; copy it again"},
		"webhook secret": {Change: func(s *channel.Settings) { delete(s.Secrets, "webhook_secret") }, Field: "secrets.webhook_secret", Want: "zv-demo: secrets.webhook_secret is missing; make one (openssl rand -hex 32) and enter it in app.zenvia.com > API > Webhooks, as the header X-Jornada-Secret or at the end of the webhook's address as ?secret=…"},
		"short secret":   {Change: func(s *channel.Settings) { s.Secrets["webhook_secret"] = "abc" }, Field: "secrets.webhook_secret", Want: "zv-demo: secrets.webhook_secret has fewer than 16 characters, which can be guessed; make one with: openssl rand -hex 32"},
		"base_url":       {Change: func(s *channel.Settings) { s.Values["base_url"] = "api.zenvia.com" }, Field: "settings.base_url", Want: "zv-demo: settings.base_url must be an http or https address such as https://api.zenvia.com"},
	})
}

func TestCapabilities(t *testing.T) {
	whatsApp, sms := stage.On(engine.WhatsApp).Open(t).Capabilities(), stage.On(engine.SMS).Open(t).Capabilities()
	if !whatsApp.ServiceWindow || whatsApp.Buttons != 3 || whatsApp.Idempotency != channel.EchoesRef || !whatsApp.Departs {
		t.Errorf("WhatsApp: %+v", whatsApp)
	}
	if sms.ServiceWindow || sms.TextMax != 1520 || sms.Idempotency != channel.EchoesRef {
		t.Errorf("SMS: %+v", sms)
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	stage.On(engine.WhatsApp).Trials(t, channeltest.Request{Path: "/v2/subscriptions", Header: map[string]string{"X-Api-Token": "hKp94crjv9OF3UGrCpSXUJw1-demo"}}, map[string]channeltest.TrialCase{
		"works":       {Answer: channeltest.Answer{Body: `[{"eventType":"MESSAGE_STATUS","webhook":{"url":"https://example.com/webhooks/zv-demo"},"status":"ACTIVE"}]`}, Want: ""},
		"no statuses": {Answer: channeltest.Answer{Body: `[{"eventType":"MESSAGE","webhook":{"url":"https://example.com/webhooks/zv-demo"}}]`}, Want: "no webhook of the kind MESSAGE_STATUS calls https://example.com/webhooks/zv-demo"},
		"bad token":   {Answer: channeltest.Answer{Status: 401, Body: `{"code":"AUTHENTICATION_ERROR","message":"No authorization token was found"}`}, Want: "copy it again from app.zenvia.com > API > Tokens"},
		"elsewhere":   {Answer: channeltest.Answer{Status: 404, Body: `{"code":"NOT_FOUND","message":"Not found"}`}, Want: "check base_url"},
		"a web page":  {Answer: channeltest.Answer{Body: `<html>`}, Want: "not like Zenvia's API"},
		"redirect":    {Answer: channeltest.Answer{Status: 302, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}, Want: "redirect"},
		"down":        {Answer: channeltest.Answer{Reset: true}, Want: "could not be reached"},
	})
}

func TestClassify(t *testing.T) {
	channeltest.Classes(t, stage.On(engine.WhatsApp).Open(t), map[string]channel.Class{
		"131047": channel.UseTemplate, "470": channel.UseTemplate, "131050": channel.SuppressMarketing, "NOT_DELIVERED": channel.SwitchChannel,
		"REJECTED": channel.FixRequest, "AUTHENTICATION_ERROR": channel.Reauth, "unheard of": channel.FixRequest,
	})
	if got := stage.On(engine.SMS).Open(t).(channel.Classifier).Classify("131047"); got != channel.FixRequest {
		t.Errorf("a code of WhatsApp means %s for SMS", got)
	}
}
