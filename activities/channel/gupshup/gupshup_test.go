package gupshup_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/gupshup"
	"jornada/engine"
)

const (
	id       = "c6aecef6-bcb0-4fb1-8100-28c094e3bc6b" // of the vendor's example of a template
	accepted = `{"status":"submitted","messageId":"ee4a68a0-1203-4c85-8dc3-49d0b3226a35"}`
)

var receipt = channel.Receipt{ProviderID: "ee4a68a0-1203-4c85-8dc3-49d0b3226a35"}

// stage is where these tests play.
var stage = channeltest.Stage{New: gupshup.New, Settings: channel.Settings{
	IntegrationID: "wa-gs", Channel: engine.WhatsApp,
	Values: map[string]string{"app": "DemoApp", "app_id": "82ed52f4-30c0-4f12-81b4-e7ad07bd41de", "source": "+917834811114",
		"templates": "appointment_confirm/pt-BR=" + id + ",\n hello/en_US=4dacef15-6c04-12db-b393-6190ac567eff"},
	Secrets: map[string]string{"api_key": "demo-key", "webhook_secret": "a secret of our own"},
}}

func TestSettingsNameTheirRemedy(t *testing.T) {
	stage.Refuses(t, map[string]channeltest.SettingCase{
		"app":         {Change: func(s *channel.Settings) { delete(s.Values, "app") }, Field: "settings.app", Want: "is missing; you find it in Gupshup > WhatsApp > your app"},
		"app id":      {Change: func(s *channel.Settings) { delete(s.Values, "app_id") }, Field: "settings.app_id", Want: "is missing; you find it in Gupshup > WhatsApp > your app > Settings"},
		"source":      {Change: func(s *channel.Settings) { delete(s.Values, "source") }, Field: "settings.source", Want: "is missing; you find it in Gupshup"},
		"no number":   {Change: func(s *channel.Settings) { s.Values["source"] = "DemoApp" }, Field: "settings.source", Want: "digits only, such as 5511987654321"},
		"templates":   {Change: func(s *channel.Settings) { s.Values["templates"] = "hello=" + id }, Field: "settings.templates", Want: "This one is not: hello=" + id},
		"template id": {Change: func(s *channel.Settings) { s.Values["templates"] = "hello/en=17" }, Field: "settings.templates", Want: "This one is not: hello/en=17"},
		"key":         {Change: func(s *channel.Settings) { delete(s.Secrets, "api_key") }, Field: "secrets.api_key", Want: "is missing; you find it in Gupshup > your account"},
		"two lines":   {Change: func(s *channel.Settings) { s.Secrets["api_key"] = "a\nb" }, Field: "secrets.api_key", Want: "must be one line"},
		"base_url":    {Change: func(s *channel.Settings) { s.Values["base_url"] = "api.gupshup.io" }, Field: "settings.base_url", Want: "such as https://api.gupshup.io"},
		"no secret":   {Change: func(s *channel.Settings) { delete(s.Secrets, "webhook_secret") }, Field: "secrets.webhook_secret", Want: "Webhooks, as the header X-Jornada-Secret"},
		"channel":     {Change: func(s *channel.Settings) { s.Channel = engine.SMS }, Field: "channel", Want: "must be whatsapp"},
	})
}

func TestCapabilities(t *testing.T) {
	if got := stage.Open(t).Capabilities(); got.Idempotency != channel.None || !got.Departs || !got.ServiceWindow || !got.ReportsStatus || got.Buttons != 3 {
		t.Errorf("got %+v", got)
	}
}

func TestAnswers(t *testing.T) {
	out := channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: "Oi"}}
	want := &channeltest.Request{Method: "POST"}
	says := func(status int, message string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: `{"status":"error","message":"` + message + `"}`}
	}
	is := func(class channel.Class) *channeltest.Failure { return &channeltest.Failure{Class: class} }
	unclear := &channeltest.Failure{Class: channel.RetryLater, Doubt: channel.Unclear}
	stage.Outgoing(t, []channeltest.OutgoingCase{
		{Name: "wrong key", Out: out, Want: want, Answer: says(401, "Authentication Failed"), Failure: &channeltest.Failure{Class: channel.Reauth,
			Message: "Gupshup does not accept the API key; copy it again from Gupshup > your account and save it as the secret api_key: Authentication Failed"}},
		{Name: "key of nobody", Out: out, Want: want, Answer: says(400, "Portal User Not Found With APIKey"), Failure: is(channel.Reauth)},
		{Name: "401 without a body", Out: out, Want: want, Answer: channeltest.Answer{Status: 401}, Failure: is(channel.Reauth)},
		{Name: "wrong number", Out: out, Want: want, Answer: says(400, "Invalid Destination"), Failure: is(channel.SwitchChannel)},
		{Name: "wrong app", Out: out, Want: want, Answer: says(400, "Invalid App Details"), Failure: is(channel.StopSender)},
		{Name: "empty wallet", Out: out, Want: want, Answer: says(400, "Unable To Send Message / Check your wallet balance."), Failure: is(channel.StopSender)},
		{Name: "throttled", Out: out, Want: want, Answer: channeltest.Answer{Status: 429, Header: map[string]string{"Retry-After": "5"}, Body: `{"status":"error","message":"Too Many Requests"}`},
			Failure: &channeltest.Failure{Class: channel.Throttle, RetryAfter: 5 * time.Second}},
		{Name: "template", Out: out, Want: want, Answer: says(400, "Template not found"), Failure: is(channel.FixTemplate)},
		{Name: "another complaint", Out: out, Want: want, Answer: says(400, "odd 5511987654321"), Failure: &channeltest.Failure{Class: channel.FixRequest,
			Message: "Gupshup refused the message as wrong: odd •••"}},
		{Name: "an error under 200", Out: out, Want: want, Answer: says(200, "Invalid Destination"), Failure: is(channel.SwitchChannel)},
		{Name: "404", Out: out, Want: want, Answer: channeltest.Answer{Status: 404, Body: `<html>`}, Failure: &channeltest.Failure{Class: channel.FixRequest,
			Message: "Gupshup refused the message as wrong (HTTP 404 without an explanation)"}},
		{Name: "redirect", Out: out, Want: want, Answer: channeltest.Answer{Status: 301, Header: map[string]string{"Location": "/x"}}, Failure: is(channel.FixRequest)},
		{Name: "500", Out: out, Want: want, Answer: says(500, "Internal server error. Please try again later."), Failure: unclear},
		{Name: "502", Out: out, Want: want, Answer: channeltest.Answer{Status: 502, Body: `<html>`}, Failure: unclear},
		{Name: "202 without an id", Out: out, Want: want, Answer: channeltest.Answer{Status: 202, Body: `{"status":"submitted"}`}, Failure: &channeltest.Failure{Class: channel.FixRequest, Doubt: channel.Unclear}},
		{Name: "not JSON", Out: out, Want: want, Answer: channeltest.Answer{Body: `<html>`}, Failure: &channeltest.Failure{Class: channel.FixRequest, Doubt: channel.Unclear}},
		{Name: "reset", Out: out, Want: want, Answer: channeltest.Answer{Reset: true}, Failure: unclear},
		{Name: "no answer", Out: out, Want: want, Answer: channeltest.Answer{Hang: true}, Failure: unclear},
	})
}

func TestClassify(t *testing.T) {
	channeltest.Classes(t, stage.Open(t), map[string]channel.Class{
		"500": channel.RetryLater, "1001": channel.StopSender, "1002": channel.SwitchChannel, "1003": channel.StopSender,
		"1004": channel.UseTemplate, "1005": channel.UseTemplate, "1006": channel.SwitchChannel, "1007": channel.SwitchChannel, "1008": channel.SwitchChannel,
		"1010": channel.FixRequest, "1011": channel.FixRequest, "1012": channel.Suppress,
		"4001": channel.Throttle, "4002": channel.RetryLater, "4003": channel.FixTemplate, "4004": channel.FixRequest, "4005": channel.FixTemplate,
		"470": channel.UseTemplate, "131049": channel.DeferMarketing, "131026": channel.SwitchChannel, "230": channel.Reauth,
		"999999": channel.FixRequest, "x": channel.FixRequest, "": channel.FixRequest,
	})
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	all := `{"status":"success","templates":[{"id":"` + id + `","elementName":"appointment_confirm","languageCode":"pt_BR","status":"APPROVED"},{"id":"4dacef15-6c04-12db-b393-6190ac567eff","elementName":"hello","languageCode":"en_US"}]}`
	stage.Trials(t, channeltest.Request{Path: "/wa/app/82ed52f4-30c0-4f12-81b4-e7ad07bd41de/template", Header: map[string]string{"Apikey": "demo-key"}}, map[string]channeltest.TrialCase{
		"works":            {Answer: channeltest.Answer{Body: all}, Want: ""},
		"unknown id":       {Answer: channeltest.Answer{Body: strings.Replace(all, id, "0", 1)}, Want: "appointment_confirm/pt_BR (no template of the app has the id " + id + ")"},
		"another template": {Answer: channeltest.Answer{Body: strings.Replace(all, `"hello"`, `"bye"`, 1)}, Want: "hello/en_US (the id 4dacef15-6c04-12db-b393-6190ac567eff belongs to bye/en_US)"},
		"wrong key":        {Answer: channeltest.Answer{Status: 401, Body: `{"status":"error","message":"Authentication Failed"}`}, Want: "does not accept the API key"},
		"wrong app":        {Answer: channeltest.Answer{Body: `{"status":"error","message":"Invalid App Details"}`}, Want: "check app_id"},
		"other server":     {Answer: channeltest.Answer{Body: `<html>`}, Want: "not like Gupshup's API"},
		"other JSON":       {Answer: channeltest.Answer{Body: `{}`}, Want: "not like Gupshup's API"},
		"very many":        {Answer: channeltest.Answer{Body: all + strings.Repeat(" ", channel.AnswerMax)}, Want: ""},
	})
}

// TestForms compares the JSON inside the form as JSON.
func TestForms(t *testing.T) {
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	choices := func(n int) []engine.Choice {
		all := []engine.Choice{}
		for i := range n {
			letter := string(rune('a' + i))
			all = append(all, engine.Choice{ID: letter, Title: "Opção " + letter, Payload: "jr1|" + letter})
		}
		return all
	}
	option := func(letter string) string {
		return `{"type":"text","title":"Opção ` + letter + `","postbackText":"jr1|` + letter + `"}`
	}
	picture := &engine.MediaLink{Kind: "image", URL: "https://example.com/a.png"}
	document := &engine.MediaLink{Kind: "document", URL: "https://example.com/f/exame.pdf?x=1"}
	const message, template = "/wa/api/v1/msg", "/wa/api/v1/template/msg"
	for name, c := range map[string]struct {
		out  channel.Outbound
		path string
		want map[string]string // the form's fields beside the usual four
	}{
		"template with parameters everywhere, as they stand": {channel.Outbound{To: phone, Content: engine.Content{Template: "appointment_confirm", Language: "pt_BR",
			Params: map[string]string{"code": "x1", "name": "Ana", "doctor": "Dra. Bia"}, Order: []string{"name", "code", "doctor"},
			Places: &engine.TemplatePlaces{Header: []string{"doctor"}, Body: []string{"name"}, Links: []engine.TemplateLink{{Index: 0}, {Index: 1, Param: "code"}}}}}, template,
			map[string]string{"template": `{"id":"` + id + `","params":["Dra. Bia","Ana","x1"]}`}},
		"text, quoting": {channel.Outbound{To: phone, ReplyTo: "wamid.X", Content: engine.Content{Text: "Oi", Footer: "Clínica"}}, message,
			map[string]string{"message": `{"type":"text","text":"Oi\n\nClínica","context":{"msgId":"wamid.X"}}`}},
		"to a wa_id": {channel.Outbound{To: engine.Address{Kind: engine.WAID, Value: "5511987654321"}, Content: engine.Content{Text: "Oi"}}, message,
			map[string]string{"message": `{"type":"text","text":"Oi"}`}},
		"buttons": {channel.Outbound{Ref: "msg_1", To: phone, Content: engine.Content{Text: "Podemos?", Footer: "Clínica", Choices: choices(2)}}, message,
			map[string]string{"message": `{"type":"quick_reply","msgid":"msg_1","content":{"type":"text","text":"Podemos?","caption":"Clínica"},"options":[` + option("a") + `,` + option("b") + `]}`}},
		"buttons under a picture": {channel.Outbound{Ref: "r", To: phone, Content: engine.Content{Text: "?", Media: picture, Choices: choices(1)}}, message,
			map[string]string{"message": `{"type":"quick_reply","msgid":"r","content":{"type":"image","text":"?","url":"https://example.com/a.png"},"options":[` + option("a") + `]}`}},
		"buttons under a document": {channel.Outbound{Ref: "r", To: phone, Content: engine.Content{Text: "?", Media: document, Choices: choices(1)}}, message,
			map[string]string{"message": `{"type":"quick_reply","msgid":"r","content":{"type":"file","text":"?","url":"https://example.com/f/exame.pdf?x=1","filename":"exame.pdf"},"options":[` + option("a") + `]}`}},
		"list": {channel.Outbound{Ref: "r", To: phone, Locale: "pt-BR", Content: engine.Content{Text: "Qual?", Footer: "Clínica", Media: picture, Choices: choices(4)}}, message,
			map[string]string{"message": `{"type":"list","title":"Opções","body":"Qual?\nhttps://example.com/a.png\n\nClínica","msgid":"r","globalButtons":[{"type":"text","title":"Opções"}],"items":[{"options":[` +
				option("a") + `,` + option("b") + `,` + option("c") + `,` + option("d") + `]}]}`}},
		"list with an emoji and a long title": {channel.Outbound{Ref: "r", To: phone, Locale: "en", Content: engine.Content{Text: "?🙂", Choices: []engine.Choice{{ID: "x", Title: "Prefiro falar com uma pessoa", Payload: "p"}}}}, message,
			map[string]string{"encode": "true", "message": `{"type":"list","title":"Options","body":"?🙂","msgid":"r","globalButtons":[{"type":"text","title":"Options"}],"items":[{"options":[
				{"type":"text","title":"Prefiro falar com uma p…","description":"Prefiro falar com uma pessoa","postbackText":"p"}]}]}`}},
		"list in sections": {channel.Outbound{Ref: "r", To: phone, Content: engine.Content{Text: "Qual?", Choices: []engine.Choice{{ID: "m", Title: "8h", Payload: "p1", Section: "Manhã"}, {ID: "n", Title: "9h", Payload: "p2", Section: "Manhã"}, {ID: "t", Title: "14h", Payload: "p3", Section: "Tarde, com a doutora Exemplo"}}}}, message,
			map[string]string{"message": `{"type":"list","title":"Opções","body":"Qual?","msgid":"r","globalButtons":[{"type":"text","title":"Opções"}],"items":[
				{"title":"Manhã","options":[{"type":"text","title":"8h","postbackText":"p1"},{"type":"text","title":"9h","postbackText":"p2"}]},
				{"title":"Tarde, com a doutora Ex…","options":[{"type":"text","title":"14h","postbackText":"p3"}]}]}`}},
		"reaction": {channel.Outbound{To: phone, ReplyTo: "wamid.X", Content: engine.Content{Reaction: &engine.Reaction{Emoji: "👍", To: "wamid.HBgN"}}}, message,
			map[string]string{"message": `{"type":"reaction","msgId":"wamid.HBgN","emoji":"👍"}`}},
		"eleven choices are typed": {channel.Outbound{To: phone, Content: engine.Content{Text: "Nota?", Choices: choices(11)}}, message,
			map[string]string{"message": `{"type":"text","text":"Nota?\n1. Opção a\n2. Opção b\n3. Opção c\n4. Opção d\n5. Opção e\n6. Opção f\n7. Opção g\n8. Opção h\n9. Opção i\n10. Opção j\n11. Opção k"}`}},
		"picture": {channel.Outbound{To: phone, Content: engine.Content{Text: "Mapa", Media: picture}}, message,
			map[string]string{"message": `{"type":"image","originalUrl":"https://example.com/a.png","previewUrl":"https://example.com/a.png","caption":"Mapa"}`}},
		"document": {channel.Outbound{To: phone, Content: engine.Content{Media: document}}, message,
			map[string]string{"message": `{"type":"file","url":"https://example.com/f/exame.pdf?x=1","filename":"exame.pdf"}`}},
		"document without a name": {channel.Outbound{To: phone, Content: engine.Content{Media: &engine.MediaLink{Kind: "document", URL: "https://example.com/"}}}, message,
			map[string]string{"message": `{"type":"file","url":"https://example.com/","filename":"document"}`}},
		"audio": {channel.Outbound{To: phone, Content: engine.Content{Media: &engine.MediaLink{Kind: "audio", URL: "https://example.com/a.ogg"}}}, message,
			map[string]string{"message": `{"type":"audio","url":"https://example.com/a.ogg"}`}},
		"template": {channel.Outbound{Ref: "r", To: phone, Content: engine.Content{Template: "appointment_confirm", Language: "pt_BR", Named: true, Order: []string{"name", "when"},
			Params: map[string]string{"when": "terça,\n10h", "name": "Ana"}, Choices: choices(2)}}, template,
			map[string]string{"template": `{"id":"` + id + `","params":["Ana","terça, 10h"]}`, "postbackTexts": `[{"index":0,"text":"jr1|a"},{"index":1,"text":"jr1|b"}]`}},
		"template with a document, by its id": {channel.Outbound{To: phone, Content: engine.Content{Template: "9ff51097-48c9-47c7-a4e4-a9bb5801d8ea", Media: document}}, template,
			map[string]string{"template": `{"id":"9ff51097-48c9-47c7-a4e4-a9bb5801d8ea","params":[]}`, "message": `{"type":"document","document":{"link":"https://example.com/f/exame.pdf?x=1"}}`}},
	} {
		t.Run(name, func(t *testing.T) {
			server, provider := stage.Serve(t, channeltest.Answer{Status: 202, Body: accepted})
			got, err := provider.Send(t.Context(), c.out)
			if err != nil || got.ProviderID != receipt.ProviderID {
				t.Fatalf("got %+v, %v", got, err)
			}
			r := server.Requests()[0]
			if r.URL.Path != c.path || r.Header.Get("Apikey") != "demo-key" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
				t.Errorf("asked %s %v", r.URL, r.Header)
			}
			form, err := url.ParseQuery(string(r.Body))
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{"channel": "whatsapp", "source": "917834811114", "src.name": "DemoApp", "destination": "5511987654321"} {
				if form.Get(name) != want {
					t.Errorf("%s is %q, want %q", name, form.Get(name), want)
				}
			}
			if len(form) != 4+len(c.want) {
				t.Errorf("the form is %v", form)
			}
			for name, want := range c.want {
				channeltest.EqualJSON(t, []byte(form.Get(name)), []byte(want))
			}
		})
	}
}

func TestRefusedBeforeCalling(t *testing.T) {
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	one := []engine.Choice{{ID: "a", Title: "A", Payload: "p"}}
	five := []engine.Choice{{ID: "a", Title: "A"}, {ID: "b", Title: "B"}, {ID: "c", Title: "C"}, {ID: "d", Title: "D"}}
	for want, c := range map[string]struct {
		out   channel.Outbound
		class channel.Class
	}{
		"this person hides the phone number on WhatsApp, and Gupshup cannot send to a user id yet; use another channel": {channel.Outbound{To: engine.Address{Kind: engine.BSUID, Value: "BR.1"}}, channel.SwitchChannel},
		"WhatsApp cannot send to an address of the kind \"email\"; Gupshup needs phone or wa_id":                        {channel.Outbound{To: engine.Address{Kind: engine.EmailAddress, Value: "a@example.com"}}, channel.FixRequest},
		"the message has no recipient":                                                      {channel.Outbound{To: engine.Address{Kind: engine.Phone}}, channel.FixRequest},
		"the recipient's number must be digits with the country's code":                     {channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "11 98765"}}, channel.FixRequest},
		"the message has no text":                                                           {channel.Outbound{To: phone}, channel.FixRequest},
		"a message with options needs a text above them":                                    {channel.Outbound{To: phone, Content: engine.Content{Choices: one}}, channel.FixRequest},
		"the text has 1026 characters; WhatsApp allows 1024 above options":                  {channel.Outbound{To: phone, Content: engine.Content{Text: strings.Repeat("x", 1023), Footer: "y", Choices: five}}, channel.FixRequest},
		"the text has 1025 characters; WhatsApp allows 1024 above options":                  {channel.Outbound{To: phone, Content: engine.Content{Text: strings.Repeat("x", 1025), Choices: one}}, channel.FixRequest},
		"the media address must begin with https:// (or http://)":                           {channel.Outbound{To: phone, Content: engine.Content{Media: &engine.MediaLink{Kind: "image", URL: "file:///x"}}}, channel.FixRequest},
		"the template \"hello\" needs the parameter \"1\", which is empty for this contact": {channel.Outbound{To: phone, Content: engine.Content{Template: "hello", Language: "en-US", Order: []string{"1"}}}, channel.FixRequest},
		"the integration does not know the Gupshup id of the template hello/pt_BR; copy it from Gupshup > WhatsApp > your app > Templates into the setting templates": {channel.Outbound{To: phone, Content: engine.Content{Template: "hello", Language: "pt-BR"}}, channel.FixTemplate},
		"media of the kind \"audio\" cannot stand above options or in a template; use image, document or video":                                                       {channel.Outbound{To: phone, Content: engine.Content{Template: id, Media: &engine.MediaLink{Kind: "audio", URL: "https://example.com/a"}}}, channel.FixRequest},
	} {
		stage.Outgoing(t, []channeltest.OutgoingCase{{
			Name: want, Out: c.out, Answer: channeltest.Answer{Body: accepted},
			Failure: &channeltest.Failure{Class: c.class, Message: want},
		}})
	}
}
