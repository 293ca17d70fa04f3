package infobip_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/infobip"
	"jornada/engine"
)

const (
	sender = "441134960000" // of Infobip's published examples
	phone  = "5541988887777"
)

// stage is where these tests play.
var stage = channeltest.Stage{New: infobip.New, Settings: channel.Settings{
	IntegrationID: "ib", PublicURL: "https://example.com/webhooks/ib",
	Values:  map[string]string{"base_url": "https://abc.api.infobip.com", "sender": "+" + sender},
	Secrets: map[string]string{"api_key": "k-1", "webhook_secret": "a-secret-of-ours, the older secret"},
}}

// served is the stage for a test server, which says its own address.
var served = stage.With(func(s *channel.Settings) { delete(s.Values, "base_url") })

func TestSettingsNameTheirRemedy(t *testing.T) {
	stage.On(engine.SMS).Refuses(t, map[string]channeltest.SettingCase{
		"base_url":          {Change: func(s *channel.Settings) { delete(s.Values, "base_url") }, Field: "settings.base_url", Want: "ib: settings.base_url is missing; you find it in Infobip Portal > home page > API base URL (xxxxx.api.infobip.com)"},
		"a user in it":      {Change: func(s *channel.Settings) { s.Values["base_url"] = "https://u:p@abc.api.infobip.com" }, Field: "settings.base_url", Want: "ib: settings.base_url must be an address such as https://xxxxx.api.infobip.com, without a user and without anything after ? or #"},
		"sender":            {Change: func(s *channel.Settings) { s.Values["sender"] = " " }, Field: "settings.sender", Want: "ib: settings.sender is missing; you find it in Infobip Portal > Channels and Numbers: the WhatsApp sender, or the SMS number or sender name"},
		"key":               {Change: func(s *channel.Settings) { s.Secrets = nil }, Field: "secrets.api_key", Want: "ib: secrets.api_key is missing; you find it in Infobip Portal > Developers > API keys, with the scope message:send"},
		"no secret of ours": {Change: func(s *channel.Settings) { delete(s.Secrets, "webhook_secret") }, Field: "secrets.webhook_secret", Want: "ib: secrets.webhook_secret is missing; make one (openssl rand -hex 32) and enter it in Infobip Portal > Channels and Numbers > your sender > inbound configuration, as the header X-Jornada-Secret or at the end of the webhook's address as ?secret=…"},
		"key of two lines":  {Change: func(s *channel.Settings) { s.Secrets["api_key"] = "a\nb" }, Field: "secrets.api_key", Want: "ib: secrets.api_key must be one line; copy it again"},
		"channel":           {Change: func(s *channel.Settings) { s.Channel = engine.Email }, Field: "channel", Want: "ib: channel must be whatsapp or sms: this provider carries nothing else"},
	})

	stage.On(engine.SMS).With(func(s *channel.Settings) { s.Values["base_url"] = "abc.api.infobip.com" }).Open(t) // as the portal shows it
}

func TestSendWhatsApp(t *testing.T) {
	to := engine.Address{Kind: engine.Phone, Value: "+" + phone}
	reports := "https://example.com/webhooks/ib?secret=a-secret-of-ours"
	ok := channeltest.Answer{Body: `{"to":"` + phone + `","messageCount":1,"messageId":"msg_1","status":{"groupId":1,"groupName":"PENDING","id":7,"name":"PENDING_ENROUTE","description":"Message sent to next instance"}}`}
	bulk := channeltest.Answer{Body: `{"messages":[{"to":"` + phone + `","messageCount":1,"messageId":"msg_1","status":{"groupId":1,"groupName":"PENDING","id":7,"name":"PENDING_ENROUTE","description":"Message sent to next instance"}}],"bulkId":"b-1"}`}
	accepted := channel.Receipt{ProviderID: "msg_1"}
	frame := func(content string) string {
		return `{"from":"` + sender + `","to":"` + phone + `","messageId":"msg_1","callbackData":"msg_1","notifyUrl":"` + reports + `","content":` + content + `}`
	}
	request := func(kind, content string) *channeltest.Request {
		return &channeltest.Request{Method: "POST", Path: "/whatsapp/1/message/" + kind, JSON: frame(content),
			Header: map[string]string{"Authorization": "App k-1", "Content-Type": "application/json"}}
	}
	out := func(c engine.Content) channel.Outbound { return channel.Outbound{Ref: "msg_1", To: to, Content: c} }
	two := []engine.Choice{{ID: "yes", Title: "Confirmar", Payload: "p1"}, {ID: "no", Title: "Cancelar"}}
	long := append([]engine.Choice{{ID: "r", Title: "Quero remarcar para outro dia", Payload: "p3"}}, two...)
	picture := &engine.MediaLink{Kind: "image", URL: "https://example.com/a.png"}
	paper := &engine.MediaLink{Kind: "document", URL: "https://example.com/x/preparo.pdf?v=1"}
	fix := &channeltest.Failure{Class: channel.FixRequest}
	cases := []channeltest.OutgoingCase{
		{Name: "text", Out: out(engine.Content{Text: "Olá, Ana ✅"}), Answer: ok, Receipt: accepted, Want: request("text", `{"text":"Olá, Ana ✅"}`)},
		{Name: "text with a link and a footer", Out: out(engine.Content{Text: "Veja https://example.com", Footer: "Clínica"}), Answer: ok, Receipt: accepted,
			Want: request("text", `{"text":"Veja https://example.com\n\nClínica","previewUrl":true}`)},
		{Name: "another place for reports", Out: channel.Outbound{To: engine.Address{Kind: engine.BSUID, Value: "BR.123"}, StatusURL: "https://example.com/s?x=1", ReplyTo: "wamid.1", Content: engine.Content{Text: "x"}},
			Answer: ok, Receipt: accepted,
			Want: &channeltest.Request{JSON: `{"from":"` + sender + `","to":"BR.123","notifyUrl":"https://example.com/s?secret=a-secret-of-ours&x=1","context":{"replyToMessageId":"wamid.1"},"content":{"text":"x"}}`}},
		{Name: "template", Out: out(engine.Content{Template: "lembrete", Language: "pt-BR", Params: map[string]string{"1": "Ana", "2": "10\nh", "10": "z"}, Media: picture, Choices: two}), Answer: bulk, Receipt: accepted,
			Want: &channeltest.Request{Method: "POST", Path: "/whatsapp/1/message/template", JSON: `{"messages":[` + frame(`{"templateName":"lembrete","language":"pt_BR","templateData":{
				"body":{"placeholders":["Ana","10 h","z"]},"header":{"type":"IMAGE","mediaUrl":"https://example.com/a.png"},
				"buttons":[{"type":"QUICK_REPLY","parameter":"p1"},{"type":"QUICK_REPLY","parameter":"no"}]}}`) + `]}`}},
		{Name: "template with parameters above the text and in a button", Out: out(engine.Content{Template: "visita", Language: "pt_BR", Params: map[string]string{"doctor": "Dra. Bia", "name": "Ana", "code": "x1"}, Choices: two,
			Places: &engine.TemplatePlaces{Header: []string{"doctor"}, Body: []string{"name"}, Links: []engine.TemplateLink{{Index: 0, Param: "code"}}}}), Answer: bulk, Receipt: accepted,
			Want: &channeltest.Request{JSON: `{"messages":[` + frame(`{"templateName":"visita","language":"pt_BR","templateData":{"body":{"placeholders":["Ana"]},"header":{"type":"TEXT","placeholder":"Dra. Bia"},
				"buttons":[{"type":"URL","parameter":"x1"},{"type":"QUICK_REPLY","parameter":"p1"},{"type":"QUICK_REPLY","parameter":"no"}]}}`) + `]}`}},
		{Name: "template with a document", Out: out(engine.Content{Template: "preparo", Language: "pt_BR", Media: paper}), Answer: bulk, Receipt: accepted,
			Want: &channeltest.Request{JSON: `{"messages":[` + frame(`{"templateName":"preparo","language":"pt_BR","templateData":{"body":{"placeholders":[]},
				"header":{"type":"DOCUMENT","mediaUrl":"https://example.com/x/preparo.pdf?v=1","filename":"preparo.pdf"}}}`) + `]}`}},
		{Name: "buttons", Out: out(engine.Content{Text: "Confirma?", Footer: "Clínica", Choices: two, Media: picture}), Answer: ok, Receipt: accepted,
			Want: request("interactive/buttons", `{"body":{"text":"Confirma?"},"footer":{"text":"Clínica"},"header":{"type":"IMAGE","mediaUrl":"https://example.com/a.png"},
				"action":{"buttons":[{"type":"REPLY","id":"p1","title":"Confirmar"},{"type":"REPLY","id":"no","title":"Cancelar"}]}}`)},
		{Name: "list", Out: out(engine.Content{Text: "Confirma?", Choices: long, Media: picture}), Answer: ok, Receipt: accepted,
			Want: request("interactive/list", `{"body":{"text":"Confirma?\nhttps://example.com/a.png"},"action":{"title":"Opções","sections":[{"rows":[
				{"id":"p3","title":"Quero remarcar para out…","description":"Quero remarcar para outro dia"},{"id":"p1","title":"Confirmar"},{"id":"no","title":"Cancelar"}]}]}}`)},
		{Name: "list in sections", Out: out(engine.Content{Text: "Qual?", Choices: []engine.Choice{{ID: "m", Title: "8h", Payload: "p1", Section: "Manhã"}, {ID: "n", Title: "9h", Payload: "p2", Section: "Manhã"}, {ID: "t", Title: "14h", Payload: "p3", Section: "Tarde, com a doutora Exemplo"}}}), Answer: ok, Receipt: accepted,
			Want: request("interactive/list", `{"body":{"text":"Qual?"},"action":{"title":"Opções","sections":[
				{"title":"Manhã","rows":[{"id":"p1","title":"8h"},{"id":"p2","title":"9h"}]},{"title":"Tarde, com a doutora Ex…","rows":[{"id":"p3","title":"14h"}]}]}}`)},
		{Name: "more than a list holds", Out: out(engine.Content{Text: "Dia?", Choices: slots(11)}), Answer: ok, Receipt: accepted,
			Want: request("text", `{"text":"Dia?\n1. D\n2. D\n3. D\n4. D\n5. D\n6. D\n7. D\n8. D\n9. D\n10. D\n11. D"}`)},
		{Name: "picture", Out: out(engine.Content{Text: "Mapa", Media: picture}), Answer: ok, Receipt: accepted, Want: request("image", `{"mediaUrl":"https://example.com/a.png","caption":"Mapa"}`)},
		{Name: "document", Out: out(engine.Content{Media: paper}), Answer: ok, Receipt: accepted, Want: request("document", `{"mediaUrl":"https://example.com/x/preparo.pdf?v=1","filename":"preparo.pdf"}`)},
		{Name: "audio", Out: out(engine.Content{Media: &engine.MediaLink{Kind: "audio", URL: "https://example.com/a.ogg"}}), Answer: ok, Receipt: accepted, Want: request("audio", `{"mediaUrl":"https://example.com/a.ogg"}`)},

		{Name: "audio with text", Out: out(engine.Content{Text: "x", Media: &engine.MediaLink{Kind: "audio", URL: "https://example.com/a.ogg"}}), Failure: fix},
		{Name: "hologram", Out: out(engine.Content{Media: &engine.MediaLink{Kind: "hologram", URL: "https://example.com"}}), Failure: fix},
		{Name: "a sticker above buttons", Out: out(engine.Content{Text: "x", Choices: two, Media: &engine.MediaLink{Kind: "sticker", URL: "https://example.com"}}), Failure: fix},
		{Name: "no link", Out: out(engine.Content{Media: &engine.MediaLink{Kind: "image", URL: "ftp://x"}}), Failure: fix},
		{Name: "no text", Out: out(engine.Content{Text: " "}), Failure: fix},
		{Name: "too long", Out: out(engine.Content{Text: strings.Repeat("á", 4097)}), Failure: fix},
		{Name: "too long above options", Out: out(engine.Content{Text: strings.Repeat("á", 1025), Choices: two}), Failure: fix},
		{Name: "no language", Out: out(engine.Content{Template: "t"}), Failure: fix},
		{Name: "an empty parameter", Out: out(engine.Content{Template: "t", Language: "pt_BR", Order: []string{"1"}}), Failure: fix},
		{Name: "a payload too long", Out: out(engine.Content{Template: "t", Language: "pt_BR", Choices: []engine.Choice{{ID: "x", Payload: strings.Repeat("p", 129)}}}), Failure: fix},
		{Name: "no recipient", Out: channel.Outbound{Content: engine.Content{Text: "x"}}, Failure: fix},
		{Name: "an e-mail address", Out: channel.Outbound{To: engine.Address{Kind: engine.EmailAddress, Value: "a@example.com"}, Content: engine.Content{Text: "x"}}, Failure: fix},
		{Name: "a reference too long", Out: channel.Outbound{To: to, Ref: strings.Repeat("r", 201), Content: engine.Content{Text: "x"}}, Failure: fix},
	}
	served.On(engine.WhatsApp).Outgoing(t, cases)
}

func slots(n int) []engine.Choice {
	var all []engine.Choice
	for range n {
		all = append(all, engine.Choice{ID: "d", Title: "D"})
	}
	return all
}

func TestSendSMS(t *testing.T) {
	to := engine.Address{Kind: engine.Phone, Value: "+" + phone}
	hello := channel.Outbound{Ref: "msg_1", To: to, Content: engine.Content{Text: "Podemos confirmar?", Footer: "Clínica", Choices: []engine.Choice{{ID: "y", Title: "Sim"}, {ID: "n", Title: "Não"}}}}
	want := &channeltest.Request{Method: "POST", Path: "/sms/3/messages", Header: map[string]string{"Authorization": "App k-1"},
		JSON: `{"messages":[{"sender":"` + sender + `","destinations":[{"to":"` + phone + `","messageId":"msg_1"}],"content":{"text":"Podemos confirmar?\nClínica\n1. Sim\n2. Não"},
			"webhooks":{"delivery":{"url":"https://example.com/webhooks/ib?secret=a-secret-of-ours"},"contentType":"application/json","callbackData":"msg_1"}}]}`}
	said := func(group, name string) channeltest.Answer {
		return channeltest.Answer{Body: `{"bulkId":"2034072219640523072","messages":[{"messageId":"msg_1","status":{"groupId":1,"groupName":"` + group + `","id":26,"name":"` + name + `","description":"about +5541988887777"},"destination":"` + phone + `"}]}`}
	}
	answer := func(status int, body string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: body}
	}
	fail := func(class channel.Class, doubt channel.Doubt, code string) *channeltest.Failure {
		return &channeltest.Failure{Class: class, Doubt: doubt, Code: code}
	}
	exception := func(code string) string {
		return `{"requestError":{"serviceException":{"messageId":"` + code + `","text":"Something"}}}`
	}
	cases := []channeltest.OutgoingCase{
		{Name: "accepted", Out: hello, Want: want, Answer: said("PENDING", "PENDING_ACCEPTED"), Receipt: channel.Receipt{ProviderID: "msg_1"}},
		{Name: "no reference", Out: channel.Outbound{To: to, Content: engine.Content{Text: "x"}}, Answer: said("PENDING", "PENDING_ACCEPTED"), Receipt: channel.Receipt{ProviderID: "msg_1"},
			Want: &channeltest.Request{JSON: `{"messages":[{"sender":"` + sender + `","destinations":[{"to":"` + phone + `"}],"content":{"text":"x"},"webhooks":{"delivery":{"url":"https://example.com/webhooks/ib?secret=a-secret-of-ours"},"contentType":"application/json"}}]}`}},
		{Name: "blocked", Out: hello, Want: want, Answer: said("REJECTED", "REJECTED_DESTINATION_BLOCKLISTED"),
			Failure: &channeltest.Failure{Class: channel.Suppress, Code: "REJECTED_DESTINATION_BLOCKLISTED", Message: "the person opted out of messages from this sender, or stands on its block list: about •••"}},
		{Name: "no credit", Out: hello, Want: want, Answer: said("REJECTED", "REJECTED_NOT_ENOUGH_CREDITS"), Failure: fail(channel.StopSender, channel.Certain, "REJECTED_NOT_ENOUGH_CREDITS")},
		{Name: "flooded", Out: hello, Want: want, Answer: said("REJECTED", "REJECTED_FLOODING_FILTER"), Failure: &channeltest.Failure{Class: channel.Throttle, Code: "REJECTED_FLOODING_FILTER", RetryAfter: 3600e9}},
		{Name: "a repeated reference leaves a doubt", Out: hello, Want: want, Answer: said("REJECTED", "REJECTED_DUPLICATE_MESSAGE_ID"), Failure: fail(channel.FixRequest, channel.Unclear, "REJECTED_DUPLICATE_MESSAGE_ID")},
		{Name: "refused for an unknown reason", Out: hello, Want: want, Answer: said("REJECTED", ""), Failure: fail(channel.FixRequest, channel.Certain, "REJECTED")},
		{Name: "validation", Out: hello, Want: want, Answer: answer(400, `{"errorCode":"E400","description":"Request cannot be processed.","action":"Check the syntax","violations":[{"property":"messages[0].sender","violation":"must not be blank"}],"resources":[]}`),
			Failure: &channeltest.Failure{Class: channel.FixRequest, Code: "E400", Message: "Infobip refused the message as wrong: Request cannot be processed. (messages[0].sender)"}},
		{Name: "credentials", Out: hello, Want: want, Answer: answer(401, exception("UNAUTHORIZED")), Failure: fail(channel.Reauth, channel.Certain, "UNAUTHORIZED")},
		{Name: "scope", Out: hello, Want: want, Answer: answer(403, exception("FORBIDDEN")), Failure: fail(channel.Reauth, channel.Certain, "FORBIDDEN")},
		{Name: "too fast", Out: hello, Want: want, Answer: channeltest.Answer{Status: 429, Body: exception("TOO_MANY_REQUESTS"), Header: map[string]string{"Retry-After": "7"}},
			Failure: &channeltest.Failure{Class: channel.Throttle, Code: "TOO_MANY_REQUESTS", RetryAfter: 7e9}},
		{Name: "their trouble", Out: hello, Want: want, Answer: answer(500, exception("GENERAL_ERROR")), Failure: fail(channel.RetryLater, channel.Unclear, "GENERAL_ERROR")},
		{Name: "trouble between", Out: hello, Want: want, Answer: answer(503, "upstream"), Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "redirect", Out: hello, Want: want, Answer: answer(302, ""), Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "200 without an id", Out: hello, Want: want, Answer: answer(200, `{}`), Failure: fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "200 from another server", Out: hello, Want: want, Answer: answer(200, `<html>`), Failure: fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "reset", Out: hello, Want: want, Answer: channeltest.Answer{Reset: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "no answer", Out: hello, Want: want, Answer: channeltest.Answer{Hang: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "no phone", Out: channel.Outbound{To: engine.Address{Kind: engine.BSUID, Value: "BR.1"}, Content: engine.Content{Text: "x"}}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "too long", Out: channel.Outbound{To: to, Content: engine.Content{Text: strings.Repeat("á", 1601)}}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "no text", Out: channel.Outbound{To: to}, Failure: fail(channel.FixRequest, channel.Certain, "")},
	}
	served.On(engine.SMS).Outgoing(t, cases)

	bare := served.On(engine.SMS).With(func(s *channel.Settings) { s.Secrets["api_key"], s.PublicURL = "App k-1", "" })
	bare.Outgoing(t, []channeltest.OutgoingCase{{
		Name: "without an address of ours no reports are asked for", Out: channel.Outbound{To: to, Content: engine.Content{Text: "x"}}, Answer: said("PENDING", "PENDING_ACCEPTED"), Receipt: channel.Receipt{ProviderID: "msg_1"},
		Want: &channeltest.Request{Header: map[string]string{"Authorization": "App k-1"}, JSON: `{"messages":[{"sender":"` + sender + `","destinations":[{"to":"` + phone + `"}],"content":{"text":"x"}}]}`},
	}})
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

func TestClasses(t *testing.T) {
	classifier := stage.On(engine.SMS).Open(t).(channel.Classifier)
	for class, codes := range map[channel.Class]string{
		channel.Suppress:          "EC_CONTENT_BLOCKED EC_SC_BLOCKED_BY_END_USER",
		channel.SuppressMarketing: "EC_MARKETING_OPT_OUT",
		channel.DeferMarketing:    "EC_FREQUENCY_CAPPING",
		channel.UseTemplate:       "EC_NO_SESSION",
		channel.SwitchChannel:     "EC_UNKNOWN_SUBSCRIBER EC_ABSENT_SUBSCRIBER EXPIRED_EXPIRED EC_UNKNOWN_USER REJECTED_DND",
		channel.RetryLater:        "EC_NNR_NETWORKCONGESTION EC_PA_MAINTENANCEACTIVITY EC_SYSTEM_FAILURE EXPIRED_DLR_UNKNOWN",
		channel.Throttle:          "REJECTED_FLOODING_FILTER EC_TOO_MANY_REQUESTS",
		channel.StopSender:        "REJECTED_NOT_ENOUGH_CREDITS EC_SPAM_RATE EC_SENDER_NOT_REGISTERED",
		channel.Reauth:            "UNAUTHORIZED EC_UNAUTHORIZED_ACCESS",
		channel.FixTemplate:       "EC_INVALID_TEMPLATE EC_INVALID_TEMPLATE_ARGS",
		channel.FixRequest:        "EC_BAD_REQUEST REJECTED_MESSAGE_TOO_LONG EC_NOBODY_KNOWS 17",
	} {
		for code := range strings.FieldsSeq(codes) {
			if got := classifier.Classify(code); got != class {
				t.Errorf("%s is %s, want %s", code, got, class)
			}
		}
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	quality := func(sender, status string) channeltest.Answer {
		return channeltest.Answer{Body: `{"results":[{"sender":"441134960001","qualityRating":"LOW","status":"BANNED"},{"sender":"` + sender + `","qualityRating":"MEDIUM","status":"` + status + `","currentLimit":"LIMIT_100K"}]}`}
	}
	asked := channeltest.Request{Path: "/whatsapp/1/senders/quality", Query: url.Values{"senders": {sender}}}
	served.Trials(t, channeltest.Request{Method: http.MethodPost, Path: "/sms/1/preview"}, map[string]channeltest.TrialCase{
		"WhatsApp works": {Change: channeltest.On(engine.WhatsApp), Answer: quality(sender, "CONNECTED"), Want: "", Asked: &asked},
		"banned":         {Change: channeltest.On(engine.WhatsApp), Answer: quality(sender, "BANNED"), Want: "the WhatsApp sender 441134960000 is BANNED", Asked: &asked},
		"not ours":       {Change: channeltest.On(engine.WhatsApp), Answer: quality("1", "CONNECTED"), Want: "has no WhatsApp sender 441134960000", Asked: &asked},
		"SMS works":      {Change: channeltest.On(engine.SMS), Answer: channeltest.Answer{Body: `{"originalText":"Jornada","previews":[{"textPreview":"Jornada","messageCount":1,"charactersRemaining":153}]}`}, Want: ""},
		"key":            {Change: channeltest.On(engine.SMS), Answer: channeltest.Answer{Status: 401, Body: `{}`}, Want: "copy it again"},
		"scope":          {Change: channeltest.On(engine.SMS), Answer: channeltest.Answer{Status: 403, Body: `{}`}, Want: "scope sms:manage"},
		"their trouble":  {Change: channeltest.On(engine.SMS), Answer: channeltest.Answer{Status: 500, Body: `{}`}, Want: "does not answer well just now (HTTP 500); try again later"},
		"other server":   {Change: channeltest.On(engine.SMS), Answer: channeltest.Answer{Body: `<html>`}, Want: "not like Infobip's API"},
		"other API":      {Change: channeltest.On(engine.WhatsApp), Answer: channeltest.Answer{Body: `{}`}, Want: "not like Infobip's API", Asked: &asked},
		"gone":           {Change: channeltest.On(engine.SMS), Answer: channeltest.Answer{Reset: true}, Want: "could not be reached"},
	})
}
