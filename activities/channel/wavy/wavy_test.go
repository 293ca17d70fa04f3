package wavy_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/wavy"
	"jornada/engine"
)

const secret = "0123456789abcdef-demo"

var webhook = &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/wavy"}

// stage is where these tests play.
var stage = channeltest.Stage{New: wavy.New, Settings: channel.Settings{
	IntegrationID: "wavy", Channel: engine.WhatsApp, PublicURL: webhook.String(),
	Values: map[string]string{
		"username":               "clinica_demo",
		"template.confirm.pt_BR": `{"template":{"namespace":"whatsapp:hsm:demo","elementName":"confirm","languageCode":"pt_BR","bodyParams":[{"type":"TEXT","text":"{{1}}"},{"type":"TEXT","text":"às {{ 2 }} ({{3}})"}]}}`,
	},
	Secrets: map[string]string{"token": "demo-token", "webhook_secret": secret},
}}

func post(body string) channel.Request {
	u := *webhook
	u.RawQuery = "secret=" + secret
	return channel.Request{Method: http.MethodPost, URL: &u, Body: []byte(body), Header: http.Header{"Content-Type": {"application/json"}}}
}

func TestSettingsNameTheirRemedy(t *testing.T) {
	stage.Refuses(t, map[string]channeltest.SettingCase{
		"channel":  {Change: func(s *channel.Settings) { s.Channel = engine.Email }, Field: "channel", Want: "wavy: channel must be whatsapp or sms: one integration is one account of one of them"},
		"user":     {Change: func(s *channel.Settings) { delete(s.Values, "username") }, Field: "settings.username", Want: "the letter in which Sinch (Wavy) gave the account"},
		"lines":    {Change: func(s *channel.Settings) { s.Values["username"] = "a\r\nb" }, Field: "settings.username", Want: "one line"},
		"token":    {Change: func(s *channel.Settings) { delete(s.Secrets, "token") }, Field: "secrets.token", Want: "AuthenticationToken"},
		"secret":   {Change: func(s *channel.Settings) { delete(s.Secrets, "webhook_secret") }, Field: "secrets.webhook_secret", Want: "?secret=…"},
		"template": {Change: func(s *channel.Settings) { s.Values["template.x"] = "{" }, Field: "settings.template.x", Want: "must be the template's JSON"},
	})
}

func TestMessages(t *testing.T) {
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	ok := channeltest.Answer{Body: `{"id":"bulk-1","destinations":[{"id":"m-1","correlationId":"msg_1","destination":"5511987654321"}]}`}
	credentials := map[string]string{"Username": "clinica_demo", "Authenticationtoken": "demo-token"}
	request := func(message string) *channeltest.Request {
		return &channeltest.Request{Method: "POST", Path: "/v1/whatsapp/send", Header: credentials,
			JSON: `{"destinations":[{"correlationId":"msg_1","destination":"5511987654321"}],"message":` + message + `}`}
	}
	out := func(c engine.Content) channel.Outbound { return channel.Outbound{Ref: "msg_1", To: phone, Content: c} }
	taken := channel.Receipt{ProviderID: "m-1"}
	hello := out(engine.Content{Text: "Olá"})
	refuse := func(status int, body string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: body}
	}
	stage.Outgoing(t, []channeltest.OutgoingCase{
		{Name: "text", Out: hello, Want: request(`{"messageText":"Olá"}`), Answer: ok, Receipt: taken},
		{Name: "choices are numbered", Out: out(engine.Content{Text: "Vem?", Choices: []engine.Choice{{ID: "y", Title: "Sim", Payload: "p"}, {ID: "n", Title: "Não", Payload: "q"}}}),
			Want: request(`{"messageText":"Vem?\n1. Sim\n2. Não"}`), Answer: ok, Receipt: taken},
		{Name: "picture", Out: out(engine.Content{Text: "Mapa", Media: &engine.MediaLink{Kind: "image", URL: "https://example.com/a.png"}}),
			Want: request(`{"image":{"type":"PNG","url":"https://example.com/a.png","caption":"Mapa"}}`), Answer: ok, Receipt: taken},
		{Name: "another file is its address", Out: out(engine.Content{Text: "Preparo", Media: &engine.MediaLink{Kind: "document", URL: "https://example.com/a.pdf"}}),
			Want: request(`{"messageText":"Preparo\nhttps://example.com/a.pdf"}`), Answer: ok, Receipt: taken},
		{Name: "template", Out: out(engine.Content{Template: "confirm", Language: "pt-BR", Order: []string{"name", "when"}, Params: map[string]string{"name": `Ana "{{2}}"`, "when": "10h"}}),
			Want:   request(`{"template":{"namespace":"whatsapp:hsm:demo","elementName":"confirm","languageCode":"pt_BR","bodyParams":[{"type":"TEXT","text":"Ana \"{{2}}\""},{"type":"TEXT","text":"às 10h ({{3}})"}]}}`),
			Answer: ok, Receipt: taken},
		{Name: "a template nobody described", Out: out(engine.Content{Template: "promo", Language: "pt_BR"}), Failure: &channeltest.Failure{Class: channel.FixTemplate}},
		{Name: "a person without a number", Out: channel.Outbound{To: engine.Address{Kind: engine.BSUID, Value: "BR.1"}, Content: engine.Content{Text: "Oi"}}, Failure: &channeltest.Failure{Class: channel.FixRequest}},
		{Name: "credentials", Out: hello, Want: request(`{"messageText":"Olá"}`), Answer: refuse(401, `{"errorMessage":"no"}`), Failure: &channeltest.Failure{Class: channel.Reauth}},
		{Name: "too fast", Out: hello, Want: request(`{"messageText":"Olá"}`), Answer: refuse(429, ``), Failure: &channeltest.Failure{Class: channel.Throttle}},
		{Name: "their trouble", Out: hello, Want: request(`{"messageText":"Olá"}`), Answer: refuse(503, ``), Failure: &channeltest.Failure{Class: channel.RetryLater, Doubt: channel.Unclear}},
		{Name: "success without an id", Out: hello, Want: request(`{"messageText":"Olá"}`), Answer: refuse(200, `{}`), Failure: &channeltest.Failure{Class: channel.FixRequest, Doubt: channel.Unclear}},
	})
	stage.On(engine.SMS).Outgoing(t, []channeltest.OutgoingCase{{
		Name: "SMS", Out: hello, Answer: channeltest.Answer{Body: `{"id":"9cb87d36-79af-11e5-89f3-1b0591cdf807"}`}, Receipt: channel.Receipt{ProviderID: "9cb87d36-79af-11e5-89f3-1b0591cdf807"},
		Want: &channeltest.Request{Method: "POST", Path: "/v1/send-sms", Header: credentials, JSON: `{"destination":"5511987654321","messageText":"Olá","correlationId":"msg_1"}`},
	}})
}

func TestPublishedWebhooks(t *testing.T) {
	var table struct {
		Cases []struct {
			ID      string
			Payload json.RawMessage
			Expect  map[string]any
		}
	}
	channeltest.Load(t, "bsp-payloads.json", &table)
	if len(table.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range table.Cases {
		channeltest.Incoming(t, stage.Open(t), []channeltest.IncomingCase{{Name: c.ID, Request: post(string(c.Payload)), Want: []map[string]any{c.Expect}}})
	}
}

func TestWebhooks(t *testing.T) {
	batch := func(items string) channel.Request { return post(`{"total":1,"data":[` + items + `]}`) }
	status := func(word string, more ...any) map[string]any {
		e := map[string]any{"kind": "status", "status": word, "provider_message_id": "m-1", "opaque": "msg_1"}
		for i := 0; i+1 < len(more); i += 2 {
			e[more[i].(string)] = more[i+1]
		}
		return e
	}
	mt := func(rest string) channel.Request {
		return batch(`{"id":"m-1","correlationId":"msg_1","destination":"5511987654321",` + rest + `}`)
	}
	other := map[string]any{"kind": "other"}
	want := func(events ...map[string]any) []map[string]any { return events }
	channeltest.Incoming(t, stage.Open(t), []channeltest.IncomingCase{
		{Name: "sent", Request: mt(`"sent":true,"sentStatusCode":2,"sentAt":1513616971473,"delivered":false`), Want: want(status("sent", "timestamp", 1513616971))},
		{Name: "at the operator", Request: mt(`"sent":true,"sentStatusCode":104`), Want: want(status("sent"))},
		{Name: "delivered", Request: mt(`"sent":true,"sentStatusCode":2,"delivered":true,"deliveredStatusCode":"4","deliveredAt":1513616972473`), Want: want(status("delivered", "timestamp", 1513616972))},
		{Name: "read", Request: mt(`"sent":true,"delivered":true,"deliveredStatusCode":4,"read":true`), Want: want(status("read"))},
		{Name: "not sent", Request: mt(`"sent":false,"sentStatusCode":101,"sentStatus":"EXPIRED"`), Want: want(status("failed", "error_codes", []any{101}))},
		{Name: "not delivered", Request: mt(`"sent":true,"sentStatusCode":2,"delivered":false,"deliveredStatusCode":301,"deliveredStatus":"REJECTED"`), Want: want(status("failed", "error_codes", []any{301}))},
		{Name: "nothing yet", Request: mt(`"sent":false,"sentStatusCode":0`), Want: want(other)},
		{Name: "a batch, one of it twice, one of it odd", Request: batch(
			`{"id":"i-1","source":"5511987654321","origin":"5511900001111","message":{"type":"TEXT","messageText":"Oi"}},` +
				`{"id":"i-1","source":"5511987654321","origin":"5511900001111","message":{"type":"TEXT","messageText":"Oi"}},"x",` +
				`{"id":"m-1","correlationId":"msg_1","sent":true}`),
			Want: want(map[string]any{"kind": "message", "text": "Oi", "account": "5511900001111", "opens_customer_service_window": true}, other, status("sent"))},
		{Name: "a picture", Request: batch(`{"id":"i-2","source":"5511987654321","message":{"type":"IMAGE","mediaUrl":"https://example.com/a.jpg","mimeType":"image/jpeg","caption":"exame"}}`),
			Want: want(map[string]any{"kind": "message", "type": "image", "text": "exame"})},
		{Name: "an unknown kind is a message, and opens nothing", Request: batch(`{"id":"i-3","source":"5511987654321","message":{"type":"HOLOGRAM"}}`),
			Want: want(map[string]any{"kind": "message", "type": "hologram", "opens_customer_service_window": false})},
		{Name: "no data", Request: post(`{"total":0,"data":[]}`), Want: want()},
		{Name: "nonsense", Request: post(`7`), Want: want(other)},
	})
	channeltest.Incoming(t, stage.With(func(s *channel.Settings) { s.Values["number"] = "+5511900001111" }).Open(t), []channeltest.IncomingCase{
		{Name: "another number of the account", Request: batch(`{"id":"i-1","source":"5511987654321","origin":"5511900002222","message":{"messageText":"Oi"}}`), Want: want(other)},
	})
	channeltest.Incoming(t, stage.On(engine.SMS).Open(t), []channeltest.IncomingCase{
		{Name: "an SMS comes alone", Request: post(`{"id":"i-9","source":"5511987654321","shortCode":"28128","messageText":"SAIR","receivedAt":1513616971473}`),
			Want: want(map[string]any{"kind": "message", "type": "text", "text": "SAIR", "from_phone": "+5511987654321", "account": "28128", "timestamp": 1513616971, "opens_customer_service_window": false})},
	})
	stage.VirtualTime(t, batch(`{"id":"i-1","source":"5511987654321","receivedAt":1513616971000,"message":{"messageText":"Oi"}}`), time.UnixMilli(1513616971000))
	r := post(`{}`)
	r.URL = webhook
	if events, response, err := stage.Open(t).Receive(r); !errors.Is(err, channel.ErrSignature) || response.Status != 401 || len(events) != 0 {
		t.Errorf("a call without the secret: %v %+v %v", events, response, err)
	}
}

func TestClassify(t *testing.T) {
	channeltest.Classes(t, stage.Open(t), map[string]channel.Class{"101": channel.SwitchChannel, "301": channel.SwitchChannel, "131026": channel.SwitchChannel, "131047": channel.UseTemplate, "999": channel.FixRequest})
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	asked := channeltest.Request{Path: "/v1/whatsapp/status/list", Header: map[string]string{"Username": "clinica_demo"}}
	stage.Trials(t, asked, map[string]channeltest.TrialCase{
		"works":     {Answer: channeltest.Answer{Body: `{}`}},
		"bad token": {Answer: channeltest.Answer{Status: 401, Body: `{}`}, Want: "copy both again"},
		"no answer": {Answer: channeltest.Answer{Status: 404}, Want: "send a test message"},
		"down":      {Answer: channeltest.Answer{Reset: true}, Want: "could not be reached"},
	})
}

// FuzzReceive throws properly proved nonsense at the driver.
func FuzzReceive(f *testing.F) {
	f.Add(`{"total":1,"data":[{"id":"i","source":"1","message":{"type":"TEXT","messageText":"x"}},{"id":"m","sentStatusCode":2}]}`)
	f.Add(`[{"id":1,"source":2}]`)
	provider := stage.Open(f)
	f.Fuzz(func(t *testing.T, body string) {
		events, response, err := provider.Receive(post(body))
		if (err == nil) != (response.Status == 200) {
			t.Fatalf("answered %d with %v", response.Status, err)
		}
		channeltest.Sound(t, events)
	})
}
