package gupshup_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

var webhook = &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/wa-gs"}

func post(body string) channel.Request {
	return channel.Request{Method: "POST", URL: webhook, Body: []byte(body), Header: http.Header{
		"Content-Type": {"application/json"}, "X-Jornada-Secret": {"a secret of our own"},
	}}
}

type vector struct {
	ID      string
	Payload json.RawMessage
	Expect  map[string]any
}

// vectors are published calls; the app they name differs.
func vectors(t testing.TB) []vector {
	t.Helper()
	var shared, own struct{ Cases []vector }
	channeltest.Load(t, "bsp-payloads.json", &shared)
	channeltest.Load(t, "published.json", &own)
	if len(shared.Cases) != 3 || len(own.Cases) != 15 {
		t.Fatalf("%d and %d cases", len(shared.Cases), len(own.Cases))
	}
	return append(shared.Cases, own.Cases...)
}

func TestPublishedWebhooks(t *testing.T) {
	for _, v := range vectors(t) {
		var e struct{ App string }
		if err := json.Unmarshal(v.Payload, &e); err != nil {
			t.Fatal(err)
		}
		provider := stage.With(func(s *channel.Settings) { s.Values["app"] = e.App }).Open(t)
		if class, judged := v.Expect["class"]; judged {
			code := strconv.Itoa(int(v.Expect["error_codes"].([]any)[0].(float64)))
			if got := provider.(channel.Classifier).Classify(code); string(got) != class {
				t.Errorf("%s: code %s is %s, want %s", v.ID, code, got, class)
			}
			delete(v.Expect, "class")
		}
		if ours, there := v.Expect["our_id"]; there {
			v.Expect["provider_message_id"] = ours
			delete(v.Expect, "our_id")
		}
		channeltest.Incoming(t, provider, []channeltest.IncomingCase{{Name: v.ID, Request: post(string(v.Payload)), Want: []map[string]any{v.Expect}}})
	}
}

func call(kind, payload string) channel.Request {
	return post(`{"app":"DemoApp","timestamp":1580227766370,"version":2,"type":"` + kind + `","payload":` + payload + `}`)
}

func TestOddities(t *testing.T) {
	said := func(rest string) channel.Request {
		return call("message", `{"id":"m1","source":"5511987654321",`+rest+`}`)
	}
	one := func(kind string, more ...any) []map[string]any {
		e := map[string]any{"kind": kind}
		for i := 0; i+1 < len(more); i += 2 {
			e[more[i].(string)] = more[i+1]
		}
		return []map[string]any{e}
	}
	channeltest.Incoming(t, stage.Open(t), []channeltest.IncomingCase{
		{Name: "a location", Request: said(`"type":"location","payload":{"longitude":"-46.6","latitude":"-23.5"}`),
			Want: one("message", "type", "location", "location", map[string]any{"longitude": "-46.6", "latitude": "-23.5"}, "opens_customer_service_window", true)},
		{Name: "contact cards", Request: said(`"type":"contact","payload":{"contacts":[{"name":{"formatted_name":"Ana"}},{"name":{"formatted_name":"Bia"}}]}`),
			Want: one("message", "type", "contacts", "text", "Ana, Bia")},
		{Name: "contact cards of another shape", Request: said(`"type":"contact","payload":{"contacts":"Ana"}`), Want: one("message", "type", "contacts", "text", nil)},
		{Name: "a voice message", Request: said(`"type":"audio","payload":{"url":"https://filemanager.gupshup.io/x","contentType":"audio/ogg; codecs=opus"}`),
			Want: one("message", "media", map[string]any{"kind": "audio", "mime_type": "audio/ogg; codecs=opus"})},
		{Name: "a type nobody knows yet", Request: said(`"type":"hologram","payload":[1]`), Want: one("message", "type", "hologram", "opens_customer_service_window", false)},
		{Name: "a reaction answers nothing", Request: said(`"type":"reaction","payload":{"emoji":"👍"}`), Want: one("message", "type", "reaction", "opens_customer_service_window", false)},
		{Name: "a person without a phone", Request: call("message", `{"id":"m1","type":"text","payload":{"text":"oi"},"sender":{"name":"Ana","userId":"BR.1"}}`), Want: one("message", "from_phone", nil, "from_bsuid", "BR.1")},
		{Name: "a user id where the phone should be", Request: call("message", `{"id":"m1","source":"BR.1","type":"text","payload":{"text":"oi"}}`), Want: one("message", "from_phone", nil, "from_bsuid", "BR.1")},
		{Name: "a message without id", Request: call("message", `{"source":"5511987654321","type":"text"}`), Want: one("other")},
		{Name: "read", Request: call("message-event", `{"id":"wa","gsId":"gs","type":"read","payload":{"ts":"1585344475"}}`), Want: one("status", "status", "read", "provider_message_id", "gs", "whatsapp_id", "wa", "timestamp", 1585344475)},
		{Name: "a week later only WhatsApp's id is left", Request: call("message-event", `{"id":"wa","type":"read","payload":{"ts":1585344475}}`), Want: one("status", "status", "read", "provider_message_id", "wa", "whatsapp_id", nil)},
		{Name: "deleted", Request: call("message-event", `{"id":"wa","gsId":"gs","type":"deleted","payload":{"ts":1}}`), Want: one("other", "field", "message-event")},
		{Name: "a status without ids", Request: call("message-event", `{"type":"sent"}`), Want: one("other")},
		{Name: "a status of another shape", Request: call("message-event", `"sent"`), Want: one("other")},
		{Name: "somebody opted out", Request: call("user-event", `{"phone":"x","type":"opted-out"}`), Want: one("other")},
		{Name: "a template's category", Request: call("template-event", `{"type":"category-update","elementName":"t","status":"x"}`), Want: one("other")},
		{Name: "another app of the account", Request: post(`{"app":"Other","type":"message","payload":{"id":"m1","type":"text","payload":{"text":"oi"}}}`), Want: one("other")},
		{Name: "the app in other letters", Request: post(`{"app":"demoapp","type":"message","payload":{"id":"m1","type":"text","payload":{"text":"oi"}}}`), Want: one("message", "timestamp", nil)},
		{Name: "version 3", Request: post(`{"entry":[],"gs_app_id":"x","object":"whatsapp_business_account"}`), Want: one("other")},
		{Name: "not an object", Request: post(`[1]`), Want: one("other")},
		{Name: "not JSON", Request: post(`{"app":`), Status: 400, Err: engine.Invalid},
		{Name: "a tower of brackets", Request: post(strings.Repeat("[", 100_000)), Status: 400, Err: engine.Invalid},
		{Name: "GET", Request: channel.Request{Method: "GET", URL: webhook}, Status: 405, Err: engine.Invalid},
	})
}

func TestErrorDetailHidesPhones(t *testing.T) {
	events, response, err := stage.Open(t).Receive(call("message-event", `{"id":"gs","type":"failed","payload":{"code":1002,"reason":"5511987654321 is unknown"}}`))
	if err != nil || response.Body != "" || events[0].Status.ErrorDetail != "••• is unknown" {
		t.Errorf("got %+v, %+v, %v", events, response, err)
	}
}

func TestForgeries(t *testing.T) {
	for name, change := range map[string]func(*channel.Request){
		"no secret":      func(r *channel.Request) { r.Header.Del("X-Jornada-Secret") },
		"a wrong secret": func(r *channel.Request) { r.Header.Set("X-Jornada-Secret", "a secret of yours!!") },
		"the API key":    func(r *channel.Request) { r.Header.Set("X-Jornada-Secret", "demo-key") },
	} {
		t.Run(name, func(t *testing.T) {
			r := call("message", `{"id":"m1","type":"text"}`)
			change(&r)
			events, response, err := stage.Open(t).Receive(r)
			if !errors.Is(err, channel.ErrSignature) || response.Status != 401 || len(events) != 0 {
				t.Errorf("taken: %v %+v %v", events, response, err)
			}
		})
	}
	t.Run("a form", func(t *testing.T) {
		r := call("message", `{"id":"m1","type":"text"}`)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		var kind *channel.MediaTypeError
		if _, response, err := stage.Open(t).Receive(r); !errors.As(err, &kind) || response.Status != 415 {
			t.Errorf("got %v %v", response, err)
		}
	})
	t.Run("the secret in the address", func(t *testing.T) {
		r := call("message", `{"id":"m1","type":"text"}`)
		r.Header.Del("X-Jornada-Secret")
		r.URL = &url.URL{RawQuery: "secret=a+secret+of+our+own"}
		if events, _, err := stage.Open(t).Receive(r); err != nil || len(events) != 1 {
			t.Errorf("refused: %v", err)
		}
	})
}

// TestKeys: the same call gives the same key; opting out twice does not.
func TestKeys(t *testing.T) {
	key := func(r channel.Request) string {
		events, _, err := stage.Open(t).Receive(r)
		if err != nil || len(events) != 1 {
			t.Fatal(events, err)
		}
		return events[0].Key
	}
	out := call("user-event", `{"phone":"5511987654321","type":"opted-out"}`)
	later := out
	later.Body = []byte(strings.Replace(string(out.Body), "1580227766370", "1580227766371", 1))
	if first, second := key(out), key(out); first != second || first == key(later) {
		t.Error("opting out has the wrong keys")
	}
	sent := call("message-event", `{"id":"wa","gsId":"gs","type":"sent","payload":{"ts":1}}`)
	again := call("message-event", `{"id":"wa","gsId":"gs","type":"sent","payload":{"ts":2}}`)
	if key(sent) != key(again) {
		t.Error("a repeated status changes its key")
	}
}

// TestVirtualTime maps the provider's clock to ours.
func TestVirtualTime(t *testing.T) {
	stage.VirtualTime(t, call("message", `{"id":"m1","type":"text"}`), time.UnixMilli(1_580_227_766_370))
}

// FuzzReceive throws properly proved nonsense at the driver: it never panics, and
// what it makes of it is sound.
func FuzzReceive(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(strings.Replace(string(v.Payload), "DemoAPI", "DemoApp", 1))
	}
	f.Add(string(call("message", `{"id":"m1","type":"location","payload":[]}`).Body))
	provider := stage.Open(f)
	f.Fuzz(func(t *testing.T, body string) {
		events, response, err := provider.Receive(post(body))
		if (err == nil) != (response.Status == 200) || (err == nil && len(events) != 1) {
			t.Fatalf("answered %d with %v", response.Status, err)
		}
		channeltest.Sound(t, events)
	})
}
