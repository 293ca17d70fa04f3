package metachat_test

import (
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/metachat"
	"jornada/engine"
)

const (
	account  = "1906385232743451"
	accepted = `{"recipient_id":"1254477777772919","message_id":"m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM"}`
)

var (
	ana = engine.Address{Kind: engine.PSID, Value: "1254477777772919"}
	bia = engine.Address{Kind: engine.IGSID, Value: "1254459154682919"}
)

func instagram(s *channel.Settings) { s.IntegrationID, s.Channel = "ig", engine.Instagram }

// stage is where these tests play.
var stage = channeltest.Stage{New: metachat.New, Settings: channel.Settings{
	IntegrationID: "fb", Channel: engine.Messenger,
	Values:  map[string]string{"account_id": account, "username": "clinicacentro"},
	Secrets: map[string]string{"token": "demo-token", "app_secret": "old-secret, app-secret-1", "verify_token": "abracadabra"},
}}

func TestSettingsNameTheirRemedy(t *testing.T) {
	stage.Refuses(t, map[string]channeltest.SettingCase{
		"account":   {Change: func(s *channel.Settings) { delete(s.Values, "account_id") }, Field: "settings.account_id", Want: "App dashboard > Messenger > API settings"},
		"name":      {Change: func(s *channel.Settings) { s.Values["account_id"] = "clinica" }, Field: "settings.account_id", Want: "must be the account's id (digits), not its name"},
		"token":     {Change: func(s *channel.Settings) { delete(s.Secrets, "token") }, Field: "secrets.token", Want: "Generate token"},
		"two lines": {Change: func(s *channel.Settings) { s.Secrets["token"] = "a\nb" }, Field: "secrets.token", Want: "must be one line"},
		"version":   {Change: func(s *channel.Settings) { s.Values["version"] = "23" }, Field: "settings.version", Want: "must look like v23.0"},
		"username":  {Change: func(s *channel.Settings) { s.Values["username"] = "https://m.me/x" }, Field: "settings.username", Want: "without https://"},
		"base_url":  {Change: func(s *channel.Settings) { s.Values["base_url"] = "graph.facebook.com" }, Field: "settings.base_url", Want: "such as https://graph.facebook.com"},
		"channel":   {Change: func(s *channel.Settings) { s.Channel = engine.WhatsApp }, Field: "channel", Want: "must be messenger or instagram"},
		"where":     {Change: func(s *channel.Settings) { instagram(s); delete(s.Values, "account_id") }, Field: "settings.account_id", Want: "Instagram > API setup"},
	})
}

func choices(n int) []engine.Choice {
	all := make([]engine.Choice, n)
	for i := range all {
		all[i] = engine.Choice{ID: "o", Title: "Sim", Payload: "jr1|e|s|0|o"}
	}
	return all
}

func TestSend(t *testing.T) {
	request := func(rest string) *channeltest.Request {
		return &channeltest.Request{
			Method: "POST", Path: "/v23.0/me/messages", Header: map[string]string{"Authorization": "Bearer demo-token"},
			JSON: `{"recipient":{"id":"1254477777772919"},"messaging_type":"RESPONSE",` + rest + `}`,
		}
	}
	ok, receipt := channeltest.Answer{Body: accepted}, channel.Receipt{ProviderID: "m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM"}
	wrong := func(message string) *channeltest.Failure {
		return &channeltest.Failure{Class: channel.FixRequest, Message: message}
	}
	picture := &engine.MediaLink{Kind: "image", URL: "https://example.com/m.png"}
	stage.Outgoing(t, []channeltest.OutgoingCase{
		{Name: "text", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "hello, world!"}}, Answer: ok, Receipt: receipt, Want: request(`"message":{"text":"hello, world!"}`)},
		{Name: "a reply", Out: channel.Outbound{To: ana, ReplyTo: "m_1", Content: engine.Content{Text: "Oi"}}, Answer: ok, Receipt: receipt, Want: request(`"message":{"text":"Oi"},"reply_to":{"mid":"m_1"}`)},
		{Name: "quick replies", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "Pick a color:", Choices: choices(2)}}, Answer: ok, Receipt: receipt,
			Want: request(`"message":{"text":"Pick a color:","quick_replies":[{"content_type":"text","title":"Sim","payload":"jr1|e|s|0|o"},{"content_type":"text","title":"Sim","payload":"jr1|e|s|0|o"}]}`)},
		{Name: "more choices than that", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "?", Choices: choices(14)}}, Answer: ok, Receipt: receipt,
			Want: request(`"message":{"text":"?\n1. Sim\n2. Sim\n3. Sim\n4. Sim\n5. Sim\n6. Sim\n7. Sim\n8. Sim\n9. Sim\n10. Sim\n11. Sim\n12. Sim\n13. Sim\n14. Sim"}`)},
		{Name: "a picture", Out: channel.Outbound{To: ana, Content: engine.Content{Media: picture}}, Answer: ok, Receipt: receipt,
			Want: request(`"message":{"attachment":{"type":"image","payload":{"url":"https://example.com/m.png"}}}`)},
		{Name: "a picture with words", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "O mapa", Media: picture}}, Answer: ok, Receipt: receipt,
			Want: request(`"message":{"text":"O mapa\nhttps://example.com/m.png"}`)},
		{Name: "nobody", Out: channel.Outbound{Content: engine.Content{Text: "Oi"}}, Answer: ok, Failure: wrong("the message has no recipient")},
		{Name: "somebody of Instagram's", Out: channel.Outbound{To: bia, Content: engine.Content{Text: "Oi"}}, Answer: ok, Failure: wrong(`Messenger cannot send to an address of the kind "igsid"; it needs psid`)},
		{Name: "nothing", Out: channel.Outbound{To: ana}, Answer: ok, Failure: wrong("the message has no text")},
		{Name: "a template", Out: channel.Outbound{To: ana, Content: engine.Content{Template: "t"}}, Answer: ok, Failure: wrong("Messenger has no templates here; write the text into the step")},
		{Name: "too long", Out: channel.Outbound{To: ana, Content: engine.Content{Text: strings.Repeat("é", 2001)}}, Answer: ok, Failure: wrong("the text has 2001 characters; Messenger allows 2000")},
		{Name: "a hologram", Out: channel.Outbound{To: ana, Content: engine.Content{Media: &engine.MediaLink{Kind: "hologram", URL: "https://example.com/m"}}}, Answer: ok,
			Failure: wrong(`Messenger has no media of the kind "hologram"; use image, document, video or audio`)},
		{Name: "a choice without a payload", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "?", Choices: []engine.Choice{{Title: "Sim"}}}}, Answer: ok,
			Failure: &channeltest.Failure{Class: channel.FixRequest}},
	})
	stage.With(instagram).Outgoing(t, []channeltest.OutgoingCase{
		{Name: "Instagram", Out: channel.Outbound{To: bia, Content: engine.Content{Text: "Olá"}}, Answer: ok, Receipt: receipt,
			Want: &channeltest.Request{Method: "POST", Path: "/v23.0/me/messages", JSON: `{"recipient":{"id":"1254459154682919"},"messaging_type":"RESPONSE","message":{"text":"Olá"}}`}},
		{Name: "Instagram counts bytes", Out: channel.Outbound{To: bia, Content: engine.Content{Text: strings.Repeat("é", 501)}}, Answer: ok,
			Failure: wrong("the text has 1002 bytes; Instagram allows 1000")},
	})
}

func TestAnswers(t *testing.T) {
	out := channel.Outbound{Ref: "r", To: ana, Content: engine.Content{Text: "Oi"}}
	want := &channeltest.Request{Method: "POST"}
	refuse := func(status int, code, subcode string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: `{"error":{"message":"(#` + code + `) said","type":"OAuthException","code":` + code + `,"error_subcode":` + subcode + `,"fbtrace_id":"BLBz/WZt8dN"}}`}
	}
	is := func(class channel.Class, code string) *channeltest.Failure {
		return &channeltest.Failure{Class: class, Code: code}
	}
	unclear := &channeltest.Failure{Class: channel.RetryLater, Doubt: channel.Unclear}
	stage.Outgoing(t, []channeltest.OutgoingCase{
		{Name: "outside the window", Out: out, Want: want, Answer: refuse(400, "10", "2018278"), Failure: &channeltest.Failure{Class: channel.UseTemplate, Code: "10/2018278",
			Message: "more than 24 hours have passed since the person last wrote; Messenger lets nobody but people answer now"}},
		{Name: "outside Instagram's", Out: out, Want: want, Answer: refuse(400, "10", "2534022"), Failure: is(channel.UseTemplate, "10/2534022")},
		{Name: "no permission", Out: out, Want: want, Answer: refuse(403, "10", "0"), Failure: is(channel.Reauth, "10")},
		{Name: "nobody there", Out: out, Want: want, Answer: refuse(400, "551", "1545041"), Failure: is(channel.SwitchChannel, "551/1545041")},
		{Name: "no such person", Out: out, Want: want, Answer: refuse(400, "100", "2018001"), Failure: is(channel.SwitchChannel, "100/2018001")},
		{Name: "wrong parameter", Out: out, Want: want, Answer: refuse(400, "100", "33"), Failure: is(channel.FixRequest, "100/33")},
		{Name: "expired token", Out: out, Want: want, Answer: refuse(401, "190", "463"), Failure: is(channel.Reauth, "190/463")},
		{Name: "too fast", Out: out, Want: want, Answer: refuse(400, "613", "0"), Failure: is(channel.Throttle, "613")},
		{Name: "misbehaved", Out: out, Want: want, Answer: refuse(400, "368", "0"), Failure: is(channel.StopSender, "368")},
		{Name: "their trouble", Out: out, Want: want, Answer: refuse(500, "1200", "0"), Failure: &channeltest.Failure{Class: channel.RetryLater, Code: "1200", Doubt: channel.Unclear}},
		{Name: "unknown", Out: out, Want: want, Answer: refuse(400, "999", "0"), Failure: is(channel.FixRequest, "999")},
		{Name: "429 alone", Out: out, Want: want, Answer: channeltest.Answer{Status: 429, Header: map[string]string{"Retry-After": "3"}}, Failure: &channeltest.Failure{Class: channel.Throttle, RetryAfter: 3 * time.Second}},
		{Name: "502", Out: out, Want: want, Answer: channeltest.Answer{Status: 502, Body: `<html>`}, Failure: unclear},
		{Name: "200 without an id", Out: out, Want: want, Answer: channeltest.Answer{Body: `{}`}, Failure: &channeltest.Failure{Class: channel.FixRequest, Doubt: channel.Unclear}},
		{Name: "reset", Out: out, Want: want, Answer: channeltest.Answer{Reset: true}, Failure: unclear},
		{Name: "no answer", Out: out, Want: want, Answer: channeltest.Answer{Hang: true}, Failure: unclear},
	})
	channeltest.Classes(t, stage.Open(t), map[string]channel.Class{"10/2018278": channel.UseTemplate, "551": channel.SwitchChannel, "230": channel.Reauth, "x": channel.FixRequest})
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	stage.Trials(t, channeltest.Request{Path: "/v23.0/me"}, map[string]channeltest.TrialCase{
		"works":                        {Answer: channeltest.Answer{Body: `{"id":"1906385232743451","name":"Clínica"}`}, Want: ""},
		"another page":                 {Answer: channeltest.Answer{Body: `{"id":"2"}`}, Want: "belongs to the page 2, but account_id is " + account},
		"a page's token for Instagram": {Answer: channeltest.Answer{Body: `{"id":"2"}`}, Want: "", Change: instagram},
		"expired":                      {Answer: channeltest.Answer{Status: 401, Body: `{"error":{"code":190,"message":"Session has expired"}}`}, Want: "generate a new token"},
		"odd version":                  {Answer: channeltest.Answer{Status: 400, Body: `{"error":{"code":2635,"message":"old"}}`}, Want: "check version and base_url"},
		"other server":                 {Answer: channeltest.Answer{Body: `<html>`}, Want: "not like Meta's API"},
		"no secret":                    {Answer: channeltest.Answer{Body: `{"id":"1906385232743451"}`}, Want: "secret app_secret", Change: func(s *channel.Settings) { delete(s.Secrets, "app_secret") }},
		"no verify":                    {Answer: channeltest.Answer{Body: `{"id":"1906385232743451"}`}, Want: "Messenger > API settings", Change: func(s *channel.Settings) { delete(s.Secrets, "verify_token") }},
	})
}
