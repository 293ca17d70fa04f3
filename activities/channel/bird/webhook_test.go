package bird_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// call is a properly signed call.
func call(body string) channel.Request {
	u := &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/bi"}
	digest := sha256.Sum256([]byte(body))
	mac := hmac.New(sha256.New, []byte("outbound-key"))
	mac.Write(append([]byte("1719823259\n"+u.String()+"\n"), digest[:]...))
	return channel.Request{Method: "POST", URL: u, Body: []byte(body), Header: http.Header{
		"Content-Type": {"application/json"}, "Messagebird-Request-Timestamp": {"1719823259"},
		"Messagebird-Signature": {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}}
}

// event is a call of one kind, about our channel.
func event(name, fields string) channel.Request {
	return call(`{"service":"channels","event":"` + name + `","payload":{"id":"m1","channelId":"` + channelID + `",` + fields + `}}`)
}

// TestSignatures plays the published cases.
func TestSignatures(t *testing.T) {
	var table struct {
		Cases []struct {
			ID         string
			SigningKey string `json:"signing_key"`
			Headers    map[string]string
			URL, Body  string
			Valid      bool
		}
	}
	channeltest.Load(t, "bird-signature.json", &table)
	for _, c := range table.Cases {
		t.Run(c.ID, func(t *testing.T) {
			provider := stage.On(engine.WhatsApp).With(func(s *channel.Settings) { s.Secrets["signing_key"] = c.SigningKey }).Open(t)
			address, err := url.Parse(c.URL)
			if err != nil {
				t.Fatal(err)
			}
			r := channel.Request{Method: "POST", URL: address, Body: []byte(c.Body), Header: http.Header{}}
			for name, value := range c.Headers {
				r.Header.Set(name, value)
			}
			events, response, err := provider.Receive(r)
			want := map[bool]int{true: 200, false: 401}[c.Valid]
			if (err == nil) != c.Valid || err != nil && !errors.Is(err, channel.ErrSignature) || response.Status != want || (len(events) > 0) != c.Valid {
				t.Errorf("got %v %+v %v", events, response, err)
			}
		})
	}
}

func TestForgeries(t *testing.T) {
	for name, change := range map[string]func(r *channel.Request){
		"another body":       func(r *channel.Request) { r.Body = []byte(`{}`) },
		"another address":    func(r *channel.Request) { r.URL.RawQuery = "x=1" },
		"another time":       func(r *channel.Request) { r.Header.Set("Messagebird-Request-Timestamp", "1719823260") },
		"no time":            func(r *channel.Request) { r.Header.Del("Messagebird-Request-Timestamp") },
		"no signature":       func(r *channel.Request) { r.Header.Del("Messagebird-Signature") },
		"an empty signature": func(r *channel.Request) { r.Header.Set("Messagebird-Signature", "") },
		"not base64":         func(r *channel.Request) { r.Header.Set("Messagebird-Signature", "%%%") },
		"half a signature": func(r *channel.Request) {
			r.Header.Set("Messagebird-Signature", base64.StdEncoding.EncodeToString([]byte("half")))
		},
		"no address": func(r *channel.Request) { r.URL = nil },
	} {
		t.Run(name, func(t *testing.T) {
			r := event("whatsapp.outbound", `"status":"sent"`)
			change(&r)
			events, response, err := stage.On(engine.WhatsApp).Open(t).Receive(r)
			if !errors.Is(err, channel.ErrSignature) || response.Status != 401 || len(events) != 0 {
				t.Errorf("taken: %v %+v %v", events, response, err)
			}
		})
	}
	provider := stage.On(engine.WhatsApp).With(func(s *channel.Settings) { delete(s.Secrets, "signing_key") }).Open(t)
	if _, _, err := provider.Receive(event("whatsapp.outbound", `"status":"sent"`)); !errors.Is(err, channel.ErrSignature) {
		t.Errorf("without a signing key everything is taken: %v", err)
	}
}

// tap is a button that was tapped, as Bird sends it.
const tap = `"sender":{"contact":{"id":"c1","identifierKey":"phonenumber","identifierValue":"+5541988887777","platformAddressSelector":"identifiers.phonenumber","platformAddress":"+5541988887777","annotations":{"name":"Ana"}}},
	"receiver":{"connector":{"id":"4128432e-797f-4d1e-a240-98a6866890c3","identifierValue":"+551133334444"}},
	"body":{"type":"text","text":{"text":"Confirmar","actions":[{"type":"postback","postback":{"text":"Confirmar","payload":"p1"}}]}},
	"meta":{"extraInformation":{"timestamp":"1761257282","user_locale":"pt-BR"}},"reference":"","replyTo":{"id":"a011ebc1-b12d-44ff-84b3-cc01d19239f1","order":0,"type":"click"},
	"parts":[{"platformReference":"wamid.1"}],"status":"delivered","reason":"","direction":"incoming","context":{},"chargeableUnits":1,"createdAt":"2025-10-23T22:08:05.154Z","batchId":null`

func TestWebhooks(t *testing.T) {
	var table struct {
		Cases []struct {
			ID      string
			Payload json.RawMessage
			Expect  map[string]any
		}
	}
	channeltest.Load(t, "vectors.json", &table)
	message := func(body string) channel.Request {
		return event("whatsapp.inbound", `"sender":{"contact":{"identifierKey":"phonenumber","identifierValue":"+55"}},"createdAt":"2026-03-02T13:04:45.5Z","body":`+body)
	}
	said := func(pairs ...any) []map[string]any {
		e := map[string]any{"kind": "message", "provider_message_id": "m1", "account": channelID}
		for i := 0; i < len(pairs); i += 2 {
			e[pairs[i].(string)] = pairs[i+1]
		}
		return []map[string]any{e}
	}
	status := func(word string, codes ...any) []map[string]any {
		if codes == nil {
			codes = []any{}
		}
		return []map[string]any{{"kind": "status", "provider_message_id": "m1", "status": word, "error_codes": codes}}
	}
	failed := func(failure string) channel.Request {
		return event("whatsapp.outbound", `"status":"delivery_failed","direction":"outgoing","failure":`+failure)
	}
	other := []map[string]any{{"kind": "other"}}
	cases := []channeltest.IncomingCase{
		{Name: "a form's answers", Request: event("whatsapp.inbound", `"sender":{"contact":{"identifierKey":"phonenumber","identifierValue":"+55"}},"body":{"type":"text","text":{"text":"The customer has completed a WhatsApp flow"}},
			"meta":{"extraInformation":{"timestamp":"1721065205"},"formResponse":{"id":"00000000-0000-0000-0000-000000000000","jsonResponse":{"flow_token":"12345","exampletext":"usefultext"}}}`),
			Want: said("type", "interactive", "interactive_type", "nfm_reply", "text", nil, "reply_data", map[string]any{"flow_token": "12345", "exampletext": "usefultext"}, "opens_customer_service_window", true)},
		{Name: "a tapped button", Request: event("whatsapp.inbound", tap),
			Want: said("type", "interactive", "interactive_type", "button_reply", "text", "Confirmar", "reply_payload", "p1", "from_phone", "+5541988887777", "profile_name", "Ana",
				"context_message_id", "a011ebc1-b12d-44ff-84b3-cc01d19239f1", "timestamp", 1761257282, "opens_customer_service_window", true)},
		{Name: "a tapped reply", Request: message(`{"type":"text","text":{"text":"Sim","actions":[{"type":"reply","reply":{"text":"Sim"}}]}}`), Want: said("type", "interactive", "text", "Sim", "reply_payload", nil, "timestamp", 1772456685)},
		{Name: "an action nobody knows yet", Request: message(`{"type":"text","text":{"text":"Sim","actions":[{"type":"dance"}]}}`), Want: said("type", "text", "text", "Sim", "interactive_type", nil)},
		{Name: "a picture", Request: message(`{"type":"image","image":{"text":"olha","images":[{"mediaUrl":"https://media.example.com/1"}]}}`), Want: said("type", "image", "text", "olha", "media", map[string]any{"kind": "image", "url": "https://media.example.com/1"})},
		{Name: "a recording", Request: message(`{"type":"file","file":{"files":[{"contentType":"audio/ogg","mediaUrl":"https://media.example.com/2"}]}}`), Want: said("type", "audio", "media", map[string]any{"kind": "audio", "mime_type": "audio/ogg"})},
		{Name: "a document", Request: message(`{"type":"file","file":{"text":"exame","files":[{"contentType":"application/pdf","mediaUrl":"https://media.example.com/3"}]}}`), Want: said("type", "document", "text", "exame", "opens_customer_service_window", true)},
		{Name: "a file without one", Request: message(`{"type":"file","file":{"files":[]}}`), Want: said("type", "document", "media", nil)},
		{Name: "a place", Request: message(`{"type":"location","location":{"coordinates":{"latitude":-25.4,"longitude":-49.2},"location":{"address":"Rua 1","label":"Casa"}}}`),
			Want: said("type", "location", "location", map[string]any{"latitude": -25.4, "longitude": -49.2, "address": "Rua 1", "name": "Casa"})},
		{Name: "a type nobody knows yet", Request: message(`{"type":"hologram"}`), Want: said("type", "hologram", "opens_customer_service_window", false)},
		{Name: "a body that is none", Request: message(`17`), Want: said("type", "unsupported")},
		{Name: "an order", Request: event("whatsapp.inbound", `"body":{"type":"text","text":{"text":""}},"meta":{"order":{"products":[]}}`), Want: said("type", "order")},
		{Name: "from an advertisement", Request: event("whatsapp.inbound", `"body":{"type":"text","text":{"text":"oi"}},"replyTo":{"id":"x","type":"referrals"},"meta":{"referral":{"source":"ad"}}`),
			Want: said("referral", map[string]any{"source": "ad"}, "context_message_id", nil)},
		{Name: "somebody without a number", Request: event("whatsapp.inbound", `"sender":{"contact":{"identifierKey":"whatsappusername","identifierValue":"ana","identifiers":[{"identifierKey":"whatsappbsuid","identifierValue":"BR.9"}]}},"body":{"type":"text","text":{"text":"oi"}}`),
			Want: said("from_phone", nil, "from_bsuid", "BR.9")},
		{Name: "with both", Request: event("whatsapp.inbound", `"sender":{"contact":{"identifierKey":"phonenumber","identifierValue":"+5541"}},"meta":{"extraInformation":{"whatsappbsuid":"BR.9","timestamp":"x"}},"body":{"type":"text","text":{"text":"oi"}}`),
			Want: said("from_phone", "+5541", "from_bsuid", "BR.9", "timestamp", nil)},
		{Name: "of another channel", Request: call(`{"service":"channels","event":"whatsapp.inbound","payload":{"id":"m1","channelId":"0","body":{"type":"text"}}}`), Want: other},
		{Name: "of another platform", Request: event("sms.inbound", `"body":{"type":"text","text":{"text":"oi"}}`), Want: other},

		{Name: "sent, with our reference", Request: event("whatsapp.outbound", `"status":"sent","direction":"outgoing","reference":"msg_1","receiver":{"contacts":[{"identifierKey":"phonenumber","identifierValue":"+5541988887777"}]},"lastStatusAt":"2026-03-02T13:04:45.5Z","createdAt":"2026-03-02T13:00:00Z"`),
			Want: []map[string]any{{"kind": "status", "status": "sent", "provider_message_id": "m1", "opaque": "msg_1", "recipient_phone": "+5541988887777", "timestamp": 1772456685}}},
		{Name: "processing says no more than accepted", Request: event("whatsapp.outbound", `"status":"processing"`), Want: status("accepted")},
		{Name: "delivered", Request: event("whatsapp.outbound", `"status":"delivered"`), Want: status("delivered")},
		{Name: "skipped", Request: event("whatsapp.outbound", `"status":"skipped"`), Want: status("failed")},
		{Name: "refused by WhatsApp", Request: failed(`{"code":15010,"description":"window of +5541988887777 closed","source":{"name":"whatsapp","code":"131047"}}`), Want: status("failed", 131047, 15010)},
		{Name: "refused by Bird itself", Request: failed(`{"code":12002,"source":{"name":"pre-processing","code":"3"}}`), Want: status("failed", 12002)},
		{Name: "a code in words", Request: failed(`{"code":14003,"source":{"name":"whatsapp","code":"paused"}}`), Want: status("failed", 14003)},
		{Name: "failed without a reason", Request: failed(`null`), Want: status("failed")},
		{Name: "a status nobody knows yet", Request: event("whatsapp.outbound", `"status":"teleported"`), Want: other},
		{Name: "an incoming one among the outgoing", Request: event("whatsapp.outbound", `"status":"delivered","direction":"incoming"`), Want: other},

		{Name: "read", Request: call(`{"service":"channels","event":"whatsapp.interaction","payload":{"id":"i1","messageId":"m1","channelId":"` + channelID + `","type":"read","createdAt":"2026-03-02T13:04:45Z"}}`),
			Want: []map[string]any{{"kind": "status", "status": "read", "provider_message_id": "m1", "opaque": nil, "timestamp": 1772456685}}},
		{Name: "another interaction", Request: call(`{"service":"channels","event":"whatsapp.interaction","payload":{"messageId":"m1","channelId":"` + channelID + `","type":"clicked"}}`), Want: other},
		{Name: "another service", Request: call(`{"service":"conversations","event":"conversation.created","payload":{}}`), Want: other},
		{Name: "an event nobody knows yet", Request: event("whatsapp.teleported", `"status":"sent"`), Want: other},
		{Name: "no payload", Request: call(`{"service":"channels","event":"whatsapp.inbound","payload":null}`), Want: other},
		{Name: "not an object", Request: call(`[1]`), Want: other},
		{Name: "not JSON", Request: call(`{"service":`), Status: 400, Err: engine.Invalid},
		{Name: "a tower of brackets", Request: call(strings.Repeat("[", 100_000)), Status: 400, Err: engine.Invalid},
		{Name: "GET", Request: channel.Request{Method: "GET"}, Status: 405, Err: engine.Invalid},
	}
	for _, c := range table.Cases {
		cases = append(cases, channeltest.IncomingCase{Name: c.ID, Request: call(string(c.Payload)), Want: []map[string]any{c.Expect}})
	}
	channeltest.Incoming(t, stage.On(engine.WhatsApp).Open(t), cases)
}

func TestSMSWebhooks(t *testing.T) {
	channeltest.Incoming(t, stage.On(engine.SMS).Open(t), []channeltest.IncomingCase{
		{Name: "a message", Request: event("sms.inbound", `"sender":{"contact":{"identifierKey":"phonenumber","identifierValue":"+5541988887777"}},"body":{"type":"text","text":{"text":"SIM"}},"createdAt":"2026-03-02T13:04:45Z"`),
			Want: []map[string]any{{"kind": "message", "type": "text", "text": "SIM", "from_phone": "+5541988887777", "timestamp": 1772456685, "opens_customer_service_window": false}}},
		{Name: "an opt-out is the person's own word", Request: event("sms.inbound", `"sender":{"contact":{"identifierKey":"phonenumber","identifierValue":"+5541988887777"}},"body":{"type":"text","text":{"text":"SAIR"}}`),
			Want: []map[string]any{{"kind": "message", "type": "text", "text": "SAIR", "from_phone": "+5541988887777"}}},
		{Name: "from nobody", Request: event("sms.inbound", `"body":{"type":"text","text":{"text":"SIM"}}`), Want: []map[string]any{{"kind": "message", "from_phone": nil}}},
		{Name: "unknown subscriber, as published", Request: event("sms.outbound", `"status":"delivery_failed","reason":"details: unknown subscriber; reason: unknown_subscriber; code: 1","direction":"outgoing","details":"unknown_subscriber","failure":{"code":15005,"source":{"name":"sms-messagebird","code":"1"}}`),
			Want: []map[string]any{{"kind": "status", "status": "failed", "error_codes": []any{1, 15005}}}},
		{Name: "a carrier's code nobody knows", Request: event("sms.outbound", `"status":"delivery_failed","failure":{"code":15001,"source":{"name":"sms-messagebird","code":"777"}}`),
			Want: []map[string]any{{"kind": "status", "status": "failed", "error_codes": []any{15001}}}},
		{Name: "WhatsApp", Request: event("whatsapp.outbound", `"status":"sent"`), Want: []map[string]any{{"kind": "other"}}},
	})
}

// TestRepeatsShareTheirKey: Bird repeats a call with the first one's time; the
// same status told at another time is the same news.
func TestRepeatsShareTheirKey(t *testing.T) {
	key := func(fields string) string {
		events, _, err := stage.On(engine.WhatsApp).Open(t).Receive(event("whatsapp.outbound", fields))
		if err != nil || len(events) != 1 {
			t.Fatal(err, events)
		}
		return events[0].Key
	}
	first := key(`"status":"sent"`)
	if key(`"status":"sent","lastStatusAt":"2026-03-02T13:04:45Z"`) != first || key(`"status":"delivered"`) == first {
		t.Error("keys of statuses")
	}
}

// TestVirtualTime maps Bird's clock to ours.
func TestVirtualTime(t *testing.T) {
	stage.On(engine.WhatsApp).VirtualTime(t, event("whatsapp.inbound", tap), time.Unix(1_761_257_282, 0))
}

// FuzzReceive throws properly signed nonsense at the driver: it never panics, and
// what it makes of it is sound.
func FuzzReceive(f *testing.F) {
	var table struct {
		Cases []struct{ Payload json.RawMessage }
	}
	channeltest.Load(f, "vectors.json", &table)
	for _, c := range table.Cases {
		f.Add(string(c.Payload))
	}
	for _, r := range []channel.Request{
		event("whatsapp.inbound", tap), event("sms.outbound", `"status":"delivery_failed","failure":{"code":15005,"source":{"name":"sms-messagebird","code":"1"}}`),
		event("whatsapp.inbound", `"body":{"type":"location","location":{"coordinates":{"latitude":1}}},"meta":{"extraInformation":{"timestamp":[]}}`),
		call(`{"service":"channels","event":"whatsapp.interaction","payload":{"messageId":"m1","channelId":"` + channelID + `","type":"read"}}`),
	} {
		f.Add(string(r.Body))
	}
	providers := []channel.Provider{stage.On(engine.WhatsApp).Open(f), stage.On(engine.SMS).Open(f)}
	f.Fuzz(func(t *testing.T, body string) {
		for _, provider := range providers {
			events, response, err := provider.Receive(call(body))
			if (err == nil) != (response.Status == http.StatusOK) {
				t.Fatalf("answered %d with %v", response.Status, err)
			}
			channeltest.Sound(t, events)
			r := call(body)
			r.Body = append(r.Body, ' ')
			if events, _, err := provider.Receive(r); err == nil || len(events) > 0 {
				t.Fatalf("an unproved call became %d events", len(events))
			}
		}
	})
}
