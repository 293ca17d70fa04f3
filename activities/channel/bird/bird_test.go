package bird_test

import (
	"fmt"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/bird"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

const (
	workspace = "a1405560-c8d3-4b1a-877d-3f449ad95352"
	channelID = "52ad151f-f7b4-46f9-a5c6-d3318e650c84" // of Bird's published example
	studio    = "ce6a2fd6-b2fa-4f5a-a2cd-f3bd15883318" // likewise
	phone     = "+5541988887777"
)

// stage is where these tests play.
var stage = channeltest.Stage{New: bird.New, Settings: channel.Settings{
	IntegrationID: "bi", PublicURL: "https://example.com/webhooks/bi",
	Values:  map[string]string{"workspace_id": workspace, "channel_id": channelID, "project_lembrete": studio, "project_preparo": studio + "/e0e9190c-c3e7-4026-8fc3-d28a77aa1a52"},
	Secrets: map[string]string{"access_key": "k-1", "signing_key": "inbound-key, outbound-key"},
}}

func TestSettingsNameTheirRemedy(t *testing.T) {
	stage.On(engine.SMS).Refuses(t, map[string]channeltest.SettingCase{
		"workspace":               {Change: func(s *channel.Settings) { delete(s.Values, "workspace_id") }, Field: "settings.workspace_id", Want: "bi: settings.workspace_id is missing; you find it in Bird > Settings > Workspace (also the first long id in Bird's address bar)"},
		"a name instead of an id": {Change: func(s *channel.Settings) { s.Values["channel_id"] = "../WhatsApp" }, Field: "settings.channel_id", Want: "bi: settings.channel_id must be an id such as 52ad151f-f7b4-46f9-a5c6-d3318e650c84; you find it in Bird > Channels, on the channel's own page"},
		"key":                     {Change: func(s *channel.Settings) { s.Secrets = nil }, Field: "secrets.access_key", Want: "bi: secrets.access_key is missing; you find it in Bird > Settings > Security > Access keys, with the role Application Developer"},
		"key of two lines":        {Change: func(s *channel.Settings) { s.Secrets["access_key"] = "a\nb" }, Field: "secrets.access_key", Want: "bi: secrets.access_key must be one line; copy it again"},
		"base_url":                {Change: func(s *channel.Settings) { s.Values["base_url"] = "api.bird.com" }, Field: "settings.base_url", Want: "bi: settings.base_url must be an http or https address such as https://api.bird.com"},
		"channel":                 {Change: func(s *channel.Settings) { s.Channel = engine.Email }, Field: "channel", Want: "bi: channel must be whatsapp or sms: this provider carries nothing else"},
	})
}

func TestSendWhatsApp(t *testing.T) {
	path := "/workspaces/" + workspace + "/channels/" + channelID + "/messages"
	to := engine.Address{Kind: engine.Phone, Value: phone}
	ok := channeltest.Answer{Status: 202, Body: `{"id":"404544c5-9920-45f1-8990-0855634ab7ac","channelId":"` + channelID + `","reference":"msg_1","status":"accepted","direction":"outgoing"}`}
	accepted := channel.Receipt{ProviderID: "404544c5-9920-45f1-8990-0855634ab7ac"}
	receiver := `"receiver":{"contacts":[{"identifierKey":"phonenumber","identifierValue":"` + phone + `"}]},"reference":"msg_1"`
	request := func(field, content string) *channeltest.Request {
		return &channeltest.Request{Method: "POST", Path: path, JSON: `{` + receiver + `,"` + field + `":` + content + `}`,
			Header: map[string]string{"Authorization": "AccessKey k-1", "Content-Type": "application/json"}}
	}
	out := func(c engine.Content) channel.Outbound { return channel.Outbound{Ref: "msg_1", To: to, Content: c} }
	two := []engine.Choice{{ID: "yes", Title: "Confirmar", Payload: "p1"}, {ID: "no", Title: "Cancelar"}}
	actions := `[{"type":"postback","postback":{"text":"Confirmar","payload":"p1"}},{"type":"postback","postback":{"text":"Cancelar","payload":"no"}}]`
	long := append([]engine.Choice{{ID: "r", Title: "Quero remarcar para outro dia", Payload: "p3"}}, two...)
	picture := &engine.MediaLink{Kind: "image", URL: "https://example.com/a.png"}
	file := func(kind, url string) *engine.MediaLink { return &engine.MediaLink{Kind: kind, URL: url} }
	fix := &channeltest.Failure{Class: channel.FixRequest}
	stage.On(engine.WhatsApp).Outgoing(t, []channeltest.OutgoingCase{
		{Name: "text", Out: out(engine.Content{Text: "Olá, Ana ✅"}), Answer: ok, Receipt: accepted, Want: request("body", `{"type":"text","text":{"text":"Olá, Ana ✅"}}`)},
		{Name: "text with a link and a footer", Out: out(engine.Content{Text: "Veja https://example.com", Footer: "Clínica"}), Answer: ok, Receipt: accepted,
			Want: request("body", `{"type":"text","text":{"text":"Veja https://example.com\n\nClínica","metadata":{"whatsapp":{"previewUrl":true}}}}`)},
		{Name: "a wa_id, answering", Out: channel.Outbound{To: engine.Address{Kind: engine.WAID, Value: "554188887777"}, ReplyTo: "m1", Content: engine.Content{Text: "x"}}, Answer: ok, Receipt: accepted,
			Want: &channeltest.Request{JSON: `{"receiver":{"contacts":[{"identifierKey":"phonenumber","identifierValue":"+554188887777"}]},"replyTo":{"id":"m1","type":"message"},"body":{"type":"text","text":{"text":"x"}}}`}},
		{Name: "a person without a number", Out: channel.Outbound{To: engine.Address{Kind: engine.BSUID, Value: "BR.123"}, Content: engine.Content{Text: "x"}}, Answer: ok, Receipt: accepted,
			Want: &channeltest.Request{JSON: `{"receiver":{"contacts":[{"identifierKey":"whatsappbsuid","identifierValue":"BR.123"}]},"body":{"type":"text","text":{"text":"x"}}}`}},
		{Name: "template of a project", Out: out(engine.Content{Template: "lembrete", Language: "pt_BR", Order: []string{"name", "hour"}, Params: map[string]string{"name": "Ana", "hour": "10\nh"}, Choices: two}), Answer: ok, Receipt: accepted,
			Want: request("template", `{"projectId":"`+studio+`","version":"latest","locale":"pt-BR","parameters":[{"type":"string","key":"name","value":"Ana"},{"type":"string","key":"hour","value":"10 h"}]}`)},
		{Name: "a version of it", Out: out(engine.Content{Template: "preparo", Language: "pt"}), Answer: ok, Receipt: accepted,
			Want: request("template", `{"projectId":"`+studio+`","version":"e0e9190c-c3e7-4026-8fc3-d28a77aa1a52","locale":"pt"}`)},
		{Name: "template by its name", Out: out(engine.Content{Template: "aviso", Language: "pt"}), Answer: ok, Receipt: accepted, Want: request("template", `{"name":"aviso","locale":"pt"}`)},
		{Name: "buttons", Out: out(engine.Content{Text: "Confirma?", Footer: "Clínica", Choices: two}), Answer: ok, Receipt: accepted,
			Want: request("body", `{"type":"text","text":{"text":"Confirma?\n\nClínica","actions":`+actions+`}}`)},
		{Name: "buttons under a picture", Out: out(engine.Content{Text: "Confirma?", Choices: two, Media: picture}), Answer: ok, Receipt: accepted,
			Want: request("body", `{"type":"image","image":{"text":"Confirma?","images":[{"mediaUrl":"https://example.com/a.png"}],"actions":`+actions+`}}`)},
		{Name: "list", Out: out(engine.Content{Text: "Confirma?", Footer: "Clínica", Choices: long, Media: picture}), Answer: ok, Receipt: accepted,
			Want: request("body", `{"type":"list","list":{"text":"Confirma?\nhttps://example.com/a.png\n\nClínica","metadata":{"button":{"label":"Opções"}},"items":[{"actions":[
				{"type":"postback","postback":{"text":"Quero remarcar para out…","payload":"p3","metadata":{"description":{"label":"Quero remarcar para outro dia"}}}},
				{"type":"postback","postback":{"text":"Confirmar","payload":"p1"}},{"type":"postback","postback":{"text":"Cancelar","payload":"no"}}]}]}}`)},
		{Name: "list in sections", Out: out(engine.Content{Text: "Qual?", Choices: []engine.Choice{{ID: "m", Title: "8h", Payload: "p1", Section: "Manhã"}, {ID: "n", Title: "9h", Payload: "p2", Section: "Manhã"}, {ID: "t", Title: "14h", Payload: "p3", Section: "Tarde, com a doutora Exemplo"}}}), Answer: ok, Receipt: accepted,
			Want: request("body", `{"type":"list","list":{"text":"Qual?","metadata":{"button":{"label":"Opções"}},"items":[
				{"title":"Manhã","actions":[{"type":"postback","postback":{"text":"8h","payload":"p1"}},{"type":"postback","postback":{"text":"9h","payload":"p2"}}]},
				{"title":"Tarde, com a doutora Ex…","actions":[{"type":"postback","postback":{"text":"14h","payload":"p3"}}]}]}}`)},
		{Name: "picture", Out: out(engine.Content{Text: "Mapa", Media: picture}), Answer: ok, Receipt: accepted, Want: request("body", `{"type":"image","image":{"text":"Mapa","images":[{"mediaUrl":"https://example.com/a.png"}]}}`)},
		{Name: "document", Out: out(engine.Content{Media: file("document", "https://example.com/x/preparo.DOCX?v=1")}), Answer: ok, Receipt: accepted,
			Want: request("body", `{"type":"file","file":{"files":[{"mediaUrl":"https://example.com/x/preparo.DOCX?v=1","filename":"preparo.DOCX","contentType":"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}]}}`)},
		{Name: "a video without an ending", Out: out(engine.Content{Text: "Veja", Media: file("video", "https://example.com/v")}), Answer: ok, Receipt: accepted,
			Want: request("body", `{"type":"file","file":{"text":"Veja","files":[{"mediaUrl":"https://example.com/v","contentType":"video/mp4"}]}}`)},
		{Name: "audio", Out: out(engine.Content{Media: file("audio", "https://example.com/a.ogg")}), Answer: ok, Receipt: accepted,
			Want: request("body", `{"type":"file","file":{"files":[{"mediaUrl":"https://example.com/a.ogg","contentType":"audio/ogg"}]}}`)},

		{Name: "a template with media", Out: out(engine.Content{Template: "t", Language: "pt", Media: picture}), Failure: fix},
		{Name: "no language", Out: out(engine.Content{Template: "t"}), Failure: fix},
		{Name: "an empty parameter", Out: out(engine.Content{Template: "t", Language: "pt", Order: []string{"1"}}), Failure: fix},
		{Name: "audio with text", Out: out(engine.Content{Text: "x", Media: file("audio", "https://example.com/a.ogg")}), Failure: fix},
		{Name: "audio above buttons", Out: out(engine.Content{Text: "x", Choices: two, Media: file("audio", "https://example.com/a.ogg")}), Failure: fix},
		{Name: "a payload too long", Out: out(engine.Content{Text: "x", Choices: []engine.Choice{{ID: "x", Payload: strings.Repeat("p", 257)}}}), Failure: fix},
		{Name: "no text", Out: out(engine.Content{}), Failure: fix},
		{Name: "no text above buttons", Out: out(engine.Content{Choices: two}), Failure: fix},
		{Name: "too long above buttons", Out: out(engine.Content{Text: strings.Repeat("á", 1025), Choices: two}), Failure: fix},
		{Name: "too long", Out: out(engine.Content{Text: strings.Repeat("á", 4097)}), Failure: fix},
		{Name: "no recipient", Out: channel.Outbound{Content: engine.Content{Text: "x"}}, Failure: fix},
		{Name: "an e-mail address", Out: channel.Outbound{To: engine.Address{Kind: engine.EmailAddress, Value: "a@example.com"}, Content: engine.Content{Text: "x"}}, Failure: fix},
	})
}

func TestSendSMS(t *testing.T) {
	to := engine.Address{Kind: engine.Phone, Value: phone}
	hello := channel.Outbound{Ref: "msg_1", To: to, Content: engine.Content{Text: "Podemos confirmar?", Choices: []engine.Choice{{ID: "y", Title: "Sim"}, {ID: "n", Title: "Não"}}}}
	want := &channeltest.Request{Method: "POST", Path: "/workspaces/" + workspace + "/channels/" + channelID + "/messages",
		JSON: `{"receiver":{"contacts":[{"identifierKey":"phonenumber","identifierValue":"` + phone + `"}]},"reference":"msg_1","body":{"type":"text","text":{"text":"Podemos confirmar?\n1. Sim\n2. Não"}}}`}
	answer := func(status int, body string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: body}
	}
	fail := func(class channel.Class, doubt channel.Doubt, code string) *channeltest.Failure {
		return &channeltest.Failure{Class: class, Doubt: doubt, Code: code}
	}
	stage.On(engine.SMS).Outgoing(t, []channeltest.OutgoingCase{
		{Name: "accepted", Out: hello, Want: want, Answer: answer(202, `{"id":"m1","status":"accepted"}`), Receipt: channel.Receipt{ProviderID: "m1"}},
		{Name: "refused at once", Out: hello, Want: want, Answer: answer(202, `{"id":"m1","status":"rejected","reason":"number +5541988887777","failure":{"code":15005,"source":{"name":"sms-messagebird","code":"1"}}}`),
			Failure: &channeltest.Failure{Class: channel.SwitchChannel, Code: "1", Message: "this person cannot be reached on this channel; use another one: number •••"}},
		{Name: "refused without a reason", Out: hello, Want: want, Answer: answer(202, `{"id":"m1","status":"skipped"}`), Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "validation", Out: hello, Want: want, Answer: answer(422, `{"code":"InvalidPayload","message":"the request did not pass validation","details":{".receiver":["is required"]}}`),
			Failure: &channeltest.Failure{Class: channel.FixRequest, Code: "InvalidPayload", Message: "Bird refused the message as wrong: the request did not pass validation (.receiver)"}},
		{Name: "no such channel", Out: hello, Want: want, Answer: answer(404, `{"code":"ResourceNotFound","message":"The requested resource does not exist: channel not found"}`), Failure: fail(channel.FixRequest, channel.Certain, "ResourceNotFound")},
		{Name: "conflict", Out: hello, Want: want, Answer: answer(409, `{"code":"Conflict","message":"x"}`), Failure: fail(channel.FixRequest, channel.Certain, "Conflict")},
		{Name: "credentials", Out: hello, Want: want, Answer: answer(401, `{"code":"Unauthorized","message":"x"}`), Failure: fail(channel.Reauth, channel.Certain, "Unauthorized")},
		{Name: "permission", Out: hello, Want: want, Answer: answer(403, `{"code":"Forbidden","message":"x"}`), Failure: fail(channel.Reauth, channel.Certain, "Forbidden")},
		{Name: "too fast", Out: hello, Want: want, Answer: channeltest.Answer{Status: 429, Header: map[string]string{"Retry-After": "3"}}, Failure: &channeltest.Failure{Class: channel.Throttle, RetryAfter: 3e9}},
		{Name: "their trouble", Out: hello, Want: want, Answer: answer(500, `{"code":"InternalError","message":"x"}`), Failure: fail(channel.RetryLater, channel.Unclear, "InternalError")},
		{Name: "redirect", Out: hello, Want: want, Answer: answer(308, ""), Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "202 without an id", Out: hello, Want: want, Answer: answer(202, `{"status":"accepted"}`), Failure: fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "202 from another server", Out: hello, Want: want, Answer: answer(202, `<html>`), Failure: fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "reset", Out: hello, Want: want, Answer: channeltest.Answer{Reset: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "no answer", Out: hello, Want: want, Answer: channeltest.Answer{Hang: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "broken off", Out: hello, Want: want, Answer: channeltest.Answer{Status: 202, Body: `{"id":`, Truncate: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "a wa_id", Out: channel.Outbound{To: engine.Address{Kind: engine.WAID, Value: "5541"}, Content: engine.Content{Text: "x"}}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "no text", Out: channel.Outbound{To: to}, Failure: fail(channel.FixRequest, channel.Certain, "")},
	})
}

func TestCapabilities(t *testing.T) {
	for _, ch := range []engine.Channel{engine.WhatsApp, engine.SMS} {
		got, want := stage.On(ch).Open(t).Capabilities(), channel.Limits(ch)
		want.Idempotency, want.Departs = channel.EchoesRef, true
		if got != want {
			t.Errorf("%s: %+v, want %+v", ch, got, want)
		}
	}
}

// TestClasses: Bird's own codes mean the same everywhere, a platform's on its
// channel only.
func TestClasses(t *testing.T) {
	for ch, table := range map[engine.Channel]map[channel.Class]string{
		engine.WhatsApp: {
			channel.UseTemplate: "131047 470", channel.SwitchChannel: "131026 15005 12003", channel.SuppressMarketing: "131050", channel.DeferMarketing: "131049",
			channel.RetryLater: "131000 12001 15001", channel.FixTemplate: "132001", channel.Reauth: "190", channel.StopSender: "131042", channel.FixRequest: "11001 11002 12002 14001 99999 x",
		},
		engine.SMS: {channel.SwitchChannel: "1 27 15005", channel.RetryLater: "34 15001", channel.FixRequest: "131047 14001 999 x"},
	} {
		classifier := stage.On(ch).Open(t).(channel.Classifier)
		for class, codes := range table {
			for code := range strings.FieldsSeq(codes) {
				if got := classifier.Classify(code); got != class {
					t.Errorf("%s: %s is %s, want %s", ch, code, got, class)
				}
			}
		}
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	record := func(platform, status string) channeltest.Answer {
		return channeltest.Answer{Body: fmt.Sprintf(`{"id":"%s","name":"Clínica","platformId":"%s","connectorId":"x","status":"%s"}`, channelID, platform, status)}
	}
	stage.Trials(t, channeltest.Request{Path: "/workspaces/" + workspace + "/channels/" + channelID}, map[string]channeltest.TrialCase{
		"WhatsApp works": {Change: channeltest.On(engine.WhatsApp), Answer: record("whatsapp", "active"), Want: ""},
		"SMS works":      {Change: channeltest.On(engine.SMS), Answer: record("sms-messagebird", "active"), Want: ""},
		"the other one":  {Change: channeltest.On(engine.SMS), Answer: record("whatsapp", "active"), Want: "the Bird channel is one of whatsapp, and this integration is of sms"},
		"asleep":         {Change: channeltest.On(engine.WhatsApp), Answer: record("whatsapp", "pending"), Want: "the Bird channel is pending"},
		"no signing key": {Change: func(s *channel.Settings) { s.Channel = engine.WhatsApp; delete(s.Secrets, "signing_key") }, Answer: record("whatsapp", "active"), Want: "signing_key"},
		"key":            {Change: channeltest.On(engine.WhatsApp), Answer: channeltest.Answer{Status: 401, Body: `{"code":"Unauthorized","message":"x"}`}, Want: "does not accept the access key"},
		"unknown":        {Change: channeltest.On(engine.WhatsApp), Answer: channeltest.Answer{Status: 404, Body: `{"code":"NotFound","message":"x"}`}, Want: "check workspace_id, channel_id"},
		"other server":   {Change: channeltest.On(engine.WhatsApp), Answer: channeltest.Answer{Body: `<html>`}, Want: "not like Bird's API"},
		"gone":           {Change: channeltest.On(engine.WhatsApp), Answer: channeltest.Answer{Reset: true}, Want: "could not be reached"},
	})
}
