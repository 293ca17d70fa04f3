package zenvia_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// post is a call that carries our secret as a header.
func post(body string) channel.Request {
	return channel.Request{Method: "POST", URL: &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/zv-demo"}, Body: []byte(body),
		Header: http.Header{"Content-Type": {"application/json"}, "X-Jornada-Secret": {secret}}}
}

// vectors are the project's shared cases, copied.
func vectors(t testing.TB) []channeltest.IncomingCase {
	t.Helper()
	var table struct {
		Cases []struct {
			ID      string
			Payload json.RawMessage
			Expect  map[string]any
		}
	}
	raw, err := os.ReadFile("testdata/bsp-payloads.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &table); err != nil || len(table.Cases) != 2 {
		t.Fatalf("%d cases, %v", len(table.Cases), err)
	}
	var cases []channeltest.IncomingCase
	for _, c := range table.Cases {
		if id, ok := c.Expect["our_id"]; ok { // the id that Zenvia's answer named
			c.Expect["provider_message_id"] = id
			delete(c.Expect, "our_id")
		}
		cases = append(cases, channeltest.IncomingCase{Name: c.ID, Request: post(string(c.Payload)), Want: []map[string]any{c.Expect}})
	}
	return cases
}

// incoming is a MESSAGE event with these contents.
func incoming(contents string) channel.Request {
	return post(`{"id":"e1","timestamp":"2026-03-02T13:04:45Z","type":"MESSAGE","channel":"whatsapp","direction":"IN","message":{"id":"zin-1","from":"5541988887777","to":"5511900001111","direction":"IN","idRef":"zout-1","timestamp":"2026-03-02T13:04:40Z","visitor":{"firstName":"Ana","lastName":"Lima"},"contents":` + contents + `}}`)
}

// news is a MESSAGE_STATUS event as the reference shows it today.
func news(rest, status string) channel.Request {
	return post(`{"id":"e2","timestamp":"2026-03-02T13:05:00Z","type":"MESSAGE_STATUS","channel":"whatsapp","messageId":"zout-1","contentIndex":0,"message":{"id":"zout-1","externalId":"msg_1","contentIndex":0,"direction":"OUT","from":"5510999999999","to":"5541988887777"` + rest + `},"messageStatus":{"timestamp":"2026-03-02T13:04:59Z",` + status + `}}`)
}

func TestWhatsAppWebhooks(t *testing.T) {
	one := func(pairs ...any) []map[string]any {
		m := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return []map[string]any{m}
	}
	said := func(pairs ...any) []map[string]any {
		return one(append([]any{"kind", "message", "from_phone", "5541988887777", "account", "5511900001111", "provider_message_id", "zin-1", "context_message_id", "zout-1", "profile_name", "Ana Lima", "timestamp", 1772456680}, pairs...)...)
	}
	status := func(pairs ...any) []map[string]any {
		return one(append([]any{"kind", "status", "provider_message_id", "zout-1", "opaque", "msg_1", "recipient_phone", "5541988887777", "timestamp", 1772456699}, pairs...)...)
	}
	other := one("kind", "other")
	channeltest.Incoming(t, stage.On(engine.WhatsApp).Open(t), append(vectors(t), []channeltest.IncomingCase{
		{Name: "text", Request: incoming(`[{"type":"text","text":"oi"}]`), Want: said("type", "text", "text", "oi", "opens_customer_service_window", true)},
		{Name: "a tapped button", Request: incoming(`[{"type":"text","text":"Sim","payload":"p1"}]`), Want: said("text", "Sim", "reply_payload", "p1")},
		{Name: "a picture", Request: incoming(`[{"type":"file","fileUrl":"https://x/f","fileMimeType":"image/jpeg","fileCaption":"olha","status":"ACCEPTED"}]`),
			Want: said("type", "image", "text", "olha", "media", map[string]any{"kind": "image", "mime_type": "image/jpeg", "url": "https://x/f"}, "opens_customer_service_window", true)},
		{Name: "a document", Request: incoming(`[{"type":"file","fileUrl":"https://x/f","fileMimeType":"application/pdf"}]`), Want: said("type", "document")},
		{Name: "a place", Request: incoming(`[{"type":"location","longitude":-122.4,"latitude":37.7,"name":"Home"}]`), Want: said("type", "location", "location", map[string]any{"latitude": 37.7, "longitude": -122.4, "name": "Home"})},
		{Name: "contacts", Request: incoming(`[{"type":"contacts","contacts":[{"name":{"formattedName":"John Megan Smith"}},{"name":{}}]}]`), Want: said("type", "contacts", "text", "John Megan Smith, ")},
		{Name: "a form", Request: incoming(`[{"type":"flow_response","token":"T","body":"Enviado","data":{"cpf":"1","n":10}}]`), Want: said("type", "interactive", "interactive_type", "nfm_reply", "text", "Enviado", "reply_data", map[string]any{"cpf": "1", "n": 10})},
		{Name: "an order", Request: incoming(`[{"type":"product_list_order"}]`), Want: said("type", "order")},
		{Name: "what Meta does not support", Request: incoming(`[{"type":"unsupported"}]`), Want: said("type", "unsupported", "opens_customer_service_window", false)},
		{Name: "a content that is none", Request: incoming(`[7]`), Want: said("type", "unsupported")},
		{Name: "two contents", Request: incoming(`[{"type":"text","text":"um"},{"type":"text","text":"dois"}]`), Want: append(said("text", "um"), said("text", "dois")...)},
		{Name: "no content", Request: incoming(`[]`), Want: other},
		{Name: "an ad", Request: post(`{"type":"MESSAGE","message":{"id":"zin-2","from":"55","referral":{"headline":"H","source":{"id":"1"}},"contents":[{"type":"text","text":"oi"}]}}`),
			Want: one("kind", "message", "referral", map[string]any{"headline": "H", "source": map[string]any{"id": "1"}}, "timestamp", nil)},
		{Name: "what we sent ourselves", Request: post(`{"id":"e","type":"MESSAGE","channel":"whatsapp","direction":"OUT","message":{"id":"zout-1","from":"1","to":"2","contents":[{"type":"text","text":"x"}]}}`), Want: other},
		{Name: "another channel's", Request: post(`{"id":"e","type":"MESSAGE","channel":"sms","direction":"IN","message":{"id":"s","from":"1","contents":[{"type":"text","text":"x"}]}}`), Want: other},

		{Name: "delivered", Request: news("", `"code":"DELIVERED"`), Want: status("status", "delivered", "error_codes", []any{})},
		{Name: "read", Request: news("", `"code":"READ"`), Want: status("status", "read")},
		{Name: "verified", Request: news("", `"code":"VERIFIED"`), Want: status("status", "delivered")},
		{Name: "accepted", Request: news("", `"code":"ACCEPTED"`), Want: status("status", "accepted")},
		{Name: "not delivered, and we know why", Request: news("", `"code":"NOT_DELIVERED","causes":[{"channelErrorCode":"131047","reason":"re-engagement","details":"to +5541988887777"}]`), Want: status("status", "failed", "error_codes", []any{131047, "NOT_DELIVERED"})},
		{Name: "not delivered, and nobody knows why", Request: news("", `"code":"NOT_DELIVERED","causes":[{"channelErrorCode":77,"reason":"?"}]`), Want: status("status", "failed", "error_codes", []any{"NOT_DELIVERED", 77})},
		{Name: "rejected", Request: news("", `"code":"REJECTED","description":"The message was rejected by the provider"`), Want: status("status", "failed", "error_codes", []any{"REJECTED"})},
		{Name: "a click is no status", Request: news("", `"code":"CLICKED"`), Want: other},
		{Name: "a person took a message back", Request: news(`,"direction":"IN"`, `"code":"DELETED"`), Want: other},
		{Name: "a status nobody knows yet", Request: news("", `"code":"TELEPORTED"`), Want: other},
		{Name: "a status of nothing", Request: post(`{"type":"MESSAGE_STATUS","messageStatus":{"code":"SENT"}}`), Want: other},
		{Name: "Zenvia's inbox", Request: post(`{"id":"e9","type":"CONVERSATION_STATUS","conversation":{}}`), Want: other},
		{Name: "not even an object", Request: post(`[1]`), Want: other},
		{Name: "not JSON", Request: post(`{`), Status: 400, Err: engine.Invalid},
		{Name: "GET", Request: channel.Request{Method: "GET"}, Status: 405, Err: engine.Invalid},
	}...))
}

func TestSMSWebhooks(t *testing.T) {
	channeltest.Incoming(t, stage.On(engine.SMS).Open(t), []channeltest.IncomingCase{
		{Name: "a reply", Request: post(`{"id":"e","timestamp":"2026-03-02T13:04:45Z","type":"MESSAGE","channel":"sms","direction":"IN","message":{"id":"s1","from":"5541988887777","to":"sms-account","contents":[{"type":"text","text":"SIM"}]}}`),
			Want: []map[string]any{{"kind": "message", "from_phone": "+5541988887777", "account": "sms-account", "text": "SIM", "opens_customer_service_window": false}}},
		{Name: "an opt-out is the person's own word", Request: post(`{"id":"e","type":"MESSAGE","channel":"sms","direction":"IN","message":{"id":"s3","from":"5541988887777","to":"sms-account","contents":[{"type":"text","text":"SAIR"}]}}`),
			Want: []map[string]any{{"kind": "message", "type": "text", "from_phone": "+5541988887777", "text": "SAIR"}}},
		{Name: "a failure", Request: post(`{"type":"MESSAGE_STATUS","channel":"sms","messageId":"s2","messageStatus":{"code":"NOT_DELIVERED","causes":[{"channelErrorCode":"131047"}]}}`),
			Want: []map[string]any{{"kind": "status", "provider_message_id": "s2", "error_codes": []any{"NOT_DELIVERED", 131047}}}},
	})
}

// TestPartsOfAMessage: a second content's status is not taken for a repetition.
func TestPartsOfAMessage(t *testing.T) {
	key := func(body string) string {
		events, _, err := stage.On(engine.WhatsApp).Open(t).Receive(post(body))
		if err != nil || len(events) != 1 {
			t.Fatal(events, err)
		}
		return events[0].Key
	}
	first, second := `{"type":"MESSAGE_STATUS","messageId":"z","contentIndex":0,"messageStatus":{"code":"SENT"}}`, `{"type":"MESSAGE_STATUS","messageId":"z","contentIndex":1,"messageStatus":{"code":"SENT","timestamp":"2026-03-02T13:05:00Z"}}`
	if key(first) != "status:z:SENT" || key(second) != "status:z:SENT:1" {
		t.Errorf("keys %q and %q", key(first), key(second))
	}
}

func TestForgeries(t *testing.T) {
	body := `{"id":"e","type":"MESSAGE_STATUS","messageId":"z","messageStatus":{"code":"SENT"}}`
	for name, c := range map[string]struct {
		change func(*channel.Request)
		status int
	}{
		"the header":                         {func(*channel.Request) {}, 200},
		"the older secret":                   {func(r *channel.Request) { r.Header.Set("X-Jornada-Secret", "an-older-secret-16+") }, 200},
		"the query":                          {func(r *channel.Request) { r.Header.Del("X-Jornada-Secret"); r.URL.RawQuery = "secret=" + secret }, 200},
		"none":                               {func(r *channel.Request) { r.Header.Del("X-Jornada-Secret") }, 401},
		"another":                            {func(r *channel.Request) { r.Header.Set("X-Jornada-Secret", secret+"x") }, 401},
		"both in one":                        {func(r *channel.Request) { r.Header.Set("X-Jornada-Secret", "an-older-secret-16+, "+secret) }, 401},
		"a wrong header and the right query": {func(r *channel.Request) { r.Header.Set("X-Jornada-Secret", "x"); r.URL.RawQuery = "secret=" + secret }, 200},
		"a form":                             {func(r *channel.Request) { r.Header.Set("Content-Type", "text/plain") }, 415},
	} {
		t.Run(name, func(t *testing.T) {
			r := post(body)
			c.change(&r)
			events, response, err := stage.On(engine.WhatsApp).Open(t).Receive(r)
			if response.Status != c.status || (len(events) > 0) != (c.status == 200) || errors.Is(err, channel.ErrSignature) != (c.status == 401) {
				t.Errorf("answered %d with %d events, %v", response.Status, len(events), err)
			}
		})
	}
}

// TestVirtualTime maps the provider's clock to ours.
func TestVirtualTime(t *testing.T) {
	stage.On(engine.WhatsApp).VirtualTime(t, incoming(`[{"type":"text","text":"oi"}]`), time.Date(2026, 3, 2, 13, 4, 40, 0, time.UTC))
}

// FuzzReceive: whatever comes with our secret becomes sound events or a refusal;
// without it, nothing.
func FuzzReceive(f *testing.F) {
	for _, c := range vectors(f) {
		f.Add(string(c.Request.Body))
	}
	for _, r := range []channel.Request{
		incoming(`[{"type":"file","fileUrl":"https://x/f","fileMimeType":"image/jpeg"},{"type":"location","latitude":1},{"type":"contacts","contacts":[{}]}]`),
		news(`,"contentIndex":1`, `"code":"NOT_DELIVERED","causes":[{"channelErrorCode":"131047"}]`), post(`{"message":{"id":null}}`), post(`{"type":"MESSAGE","message":[]}`),
	} {
		f.Add(string(r.Body))
	}
	whatsApp, sms := stage.On(engine.WhatsApp).Open(f), stage.On(engine.SMS).Open(f)
	f.Fuzz(func(t *testing.T, body string) {
		for _, provider := range []channel.Provider{whatsApp, sms} {
			events, response, err := provider.Receive(post(body))
			if (err == nil) != (response.Status == http.StatusOK) {
				t.Fatalf("answered %d with %v", response.Status, err)
			}
			channeltest.Sound(t, events)
			for _, e := range events {
				if m := e.Message; m != nil && m.ProviderID == "" || e.Status != nil && e.Status.ProviderID == "" && e.Status.Ref == "" {
					t.Fatalf("an event of no message: %+v", e)
				}
			}
			forged := post(body)
			forged.Header.Set("X-Jornada-Secret", "guessed")
			if events, _, err := provider.Receive(forged); err == nil || len(events) > 0 {
				t.Fatalf("an unproved call became %d events", len(events))
			}
		}
	})
}
