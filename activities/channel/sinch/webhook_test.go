package sinch

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

const webhookSecret = "0123456789abcdef-demo"

func driver(t testing.TB, ch engine.Channel, clock engine.Clock) *Driver {
	t.Helper()
	provider, err := New(channel.Settings{
		IntegrationID: "si-demo", Channel: ch, Clock: clock,
		Values:  map[string]string{"project_id": "p", "app_id": "01E8RCZPK7HFV70FFDWFFK0EXK", "region": "us", "key_id": "k"},
		Secrets: map[string]string{"key_secret": "s", "webhook_secret": "an-older-secret-16+, " + webhookSecret},
	})
	if err != nil {
		t.Fatal(err)
	}
	return provider.(*Driver)
}

// post is a properly signed callback.
func post(body string) channel.Request {
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	mac.Write([]byte(body + ".01FJA8B4A7BM43YGWSG9GBV067.1634579353"))
	return channel.Request{Method: "POST", URL: &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/si-demo"}, Body: []byte(body), Header: http.Header{
		"Content-Type": {"application/json"}, algorithmHeader: {algorithm}, nonceHeader: {"01FJA8B4A7BM43YGWSG9GBV067"}, timeHeader: {"1634579353"},
		signatureHeader: {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}}
}

// published are the vendor's own callbacks.
func published(t testing.TB) []channeltest.IncomingCase {
	t.Helper()
	var table struct {
		Cases []struct {
			ID      string
			Payload json.RawMessage
			Expect  map[string]any
		}
	}
	channeltest.Load(t, "callbacks.json", &table)
	var cases []channeltest.IncomingCase
	for _, c := range table.Cases {
		cases = append(cases, channeltest.IncomingCase{Name: c.ID, Request: post(string(c.Payload)), Want: []map[string]any{c.Expect}})
	}
	return cases
}

// report is a delivery report of a message of ours.
func report(rest string) channel.Request {
	return post(`{"app_id":"01E8RCZPK7HFV70FFDWFFK0EXK","accepted_time":"2020-11-17T16:05:51.724083Z","event_time":"2020-11-17T16:05:45Z","message_delivery_report":{"message_id":"m1","metadata":"msg_1","channel_identity":{"channel":"WHATSAPP","identity":"5511987654321"},` + rest + `}}`)
}

func TestWebhooks(t *testing.T) {
	other := []map[string]any{{"kind": "other"}}
	said := func(rest string) channel.Request {
		return post(`{"app_id":"01E8RCZPK7HFV70FFDWFFK0EXK","message":{"id":"m","sender_id":"551130001000","channel_identity":{"channel":"WHATSAPP","identity":"5511987654321"},` + rest + `}}`)
	}
	status := func(word string, codes ...any) []map[string]any {
		return []map[string]any{{"kind": "status", "status": word, "provider_message_id": "m1", "opaque": "msg_1", "recipient_phone": "5511987654321", "timestamp": 1605629145, "error_codes": codes}}
	}
	channeltest.Incoming(t, driver(t, engine.WhatsApp, nil), append(published(t), []channeltest.IncomingCase{
		{Name: "on its way", Request: report(`"status":"QUEUED_ON_CHANNEL"`), Want: status("sent", []any{}...)},
		{Name: "delivered", Request: report(`"status":"DELIVERED"`), Want: status("delivered", []any{}...)},
		{Name: "window closed", Request: report(`"status":"FAILED","reason":{"code":"OUTSIDE_ALLOWED_SENDING_WINDOW","description":"to +5511987654321","sub_code":"UNSPECIFIED_SUB_CODE"}`), Want: status("failed", "OUTSIDE_ALLOWED_SENDING_WINDOW")},
		{Name: "the channel says more", Request: report(`"status":"FAILED","reason":{"code":"RECIPIENT_NOT_REACHABLE","channel_code":"131049"}`), Want: status("failed", 131049, "RECIPIENT_NOT_REACHABLE")},
		{Name: "the channel says nothing we know", Request: report(`"status":"FAILED","reason":{"code":"CHANNEL_FAILURE","channel_code":"a channel code"}`), Want: status("failed", "CHANNEL_FAILURE", "a channel code")},
		{Name: "the sub code says more", Request: report(`"status":"FAILED","reason":{"code":"CHANNEL_REJECT","sub_code":"INACTIVE_SENDER"}`), Want: status("failed", "INACTIVE_SENDER", "CHANNEL_REJECT")},
		{Name: "no reason", Request: report(`"status":"FAILED"`), Want: status("failed", "UNKNOWN")},
		{Name: "switching", Request: report(`"status":"SWITCHING_CHANNEL"`), Want: other},
		{Name: "a status nobody knows yet", Request: report(`"status":"TELEPORTED"`), Want: other},
		{Name: "a status of nothing", Request: post(`{"message_delivery_report":{"status":"DELIVERED"}}`), Want: other},
		{Name: "submitted", Request: post(`{"message_submit_notification":{"message_id":"m1","metadata":"msg_1","channel_identity":{"channel":"WHATSAPP","identity":"5511987654321"}},"event_time":"2020-11-17T16:05:45Z"}`), Want: status("sent", []any{}...)},
		{Name: "another app's", Request: post(`{"app_id":"OTHER","message_delivery_report":{"message_id":"m1","status":"DELIVERED"}}`), Want: other},
		{Name: "what they wrote to", Request: said(`"contact_message":{"text_message":{"text":"oi"}}`), Want: []map[string]any{{"kind": "message", "account": "551130001000", "text": "oi", "timestamp": nil}}},
		{Name: "a recording", Request: said(`"contact_message":{"media_message":{"url":"https://x/v.OGG?sig=1"}}`), Want: []map[string]any{{"type": "audio"}}},
		{Name: "a file", Request: said(`"contact_message":{"media_message":{"url":"https://x/a%zz"}}`), Want: []map[string]any{{"type": "document"}}},
		{Name: "an order", Request: said(`"contact_message":{"product_response_message":{"products":[]}}`), Want: []map[string]any{{"type": "order"}}},
		{Name: "what Sinch could not read", Request: said(`"contact_message":{"fallback_message":{"raw_message":"raw"}}`), Want: []map[string]any{{"kind": "message", "type": "unsupported", "opens_customer_service_window": false}}},
		{Name: "a form that is none", Request: said(`"contact_message":{"channel_specific_message":{"message_type":"nfm_reply","message":{"nfm_reply":{"response_json":"["}}}}`), Want: []map[string]any{{"type": "interactive", "reply_data": nil}}},
		{Name: "injected by no person", Request: said(`"injected":true,"contact_message":{"text_message":{"text":"oi"}}`), Want: other},
		{Name: "our own", Request: said(`"direction":"TO_CONTACT","app_message":{}`), Want: other},
		{Name: "a reaction taken back", Request: post(`{"event":{"id":"e","channel_identity":{"channel":"WHATSAPP","identity":"55"},"contact_message_event":{"reaction_event":{"emoji":"🔥","action":"REACTION_ACTION_UNREACT","message_id":"m1"}}}}`), Want: []map[string]any{{"type": "reaction", "reaction": map[string]any{"message_id": "m1", "emoji": nil}}}},
		{Name: "typing", Request: post(`{"event":{"id":"e","channel_identity":{"channel":"WHATSAPP","identity":"55"},"contact_event":{"composing_event":{}}}}`), Want: other},
		{Name: "not even an object", Request: post(`[1]`), Want: other},
		{Name: "not JSON", Request: post(`{`), Status: 400, Err: engine.Invalid},
		{Name: "GET", Request: channel.Request{Method: "GET"}, Status: 405, Err: engine.Invalid},
	}...))
}

func TestSMSWebhooks(t *testing.T) {
	channeltest.Incoming(t, driver(t, engine.SMS, nil), []channeltest.IncomingCase{
		{Name: "a reply", Request: post(`{"message":{"id":"m","sender_id":"28000","channel_identity":{"channel":"SMS","identity":"5511987654321"},"contact_message":{"text_message":{"text":"SAIR"}}}}`),
			Want: []map[string]any{{"kind": "message", "from_phone": "+5511987654321", "text": "SAIR", "account": "28000", "opens_customer_service_window": false}}},
		{Name: "WhatsApp's news", Request: report(`"status":"DELIVERED"`), Want: []map[string]any{{"kind": "other"}}},
	})
}

// TestSignatureOfSinchsOwnSDK takes the vendor's own signed callback. Its secret
// is shorter than we let anybody choose, so it goes past New.
func TestSignatureOfSinchsOwnSDK(t *testing.T) {
	var v struct{ Secret, Nonce, Timestamp, Signature, Body string }
	channeltest.Load(t, "signature.json", &v)
	r := channel.Request{Body: []byte(v.Body), Header: http.Header{signatureHeader: {v.Signature}, nonceHeader: {v.Nonce}, timeHeader: {v.Timestamp}, algorithmHeader: {algorithm}}}
	if !(&Driver{secrets: []string{v.Secret}}).signed(r) {
		t.Error("Sinch's own signature is refused")
	}
	if (&Driver{secrets: []string{v.Secret + "5"}}).signed(r) || (&Driver{}).signed(r) {
		t.Error("another secret, or none, proves it")
	}
}

func TestForgeries(t *testing.T) {
	for name, change := range map[string]func(*channel.Request){
		"another body":      func(r *channel.Request) { r.Body = append(r.Body, ' ') },
		"another nonce":     func(r *channel.Request) { r.Header.Set(nonceHeader, "x") },
		"another time":      func(r *channel.Request) { r.Header.Set(timeHeader, "1634579354") },
		"another algorithm": func(r *channel.Request) { r.Header.Set(algorithmHeader, "HmacSHA1") },
		"no padding":        func(r *channel.Request) { r.Header.Set(signatureHeader, r.Header.Get(signatureHeader)[:43]) },
		"no signature":      func(r *channel.Request) { r.Header.Del(signatureHeader) },
		"our secret itself": func(r *channel.Request) {
			r.Header.Set(signatureHeader, webhookSecret)
			r.Header.Set("X-Jornada-Secret", webhookSecret)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := post(`{"message_delivery_report":{"message_id":"m1","status":"DELIVERED"}}`)
			change(&r)
			events, response, err := driver(t, engine.WhatsApp, nil).Receive(r)
			if !errors.Is(err, channel.ErrSignature) || response.Status != 401 || len(events) != 0 {
				t.Errorf("taken: %v %+v %v", events, response, err)
			}
		})
	}
	r := post(`{}`)
	r.Header.Set("Content-Type", "text/plain")
	if _, response, err := driver(t, engine.WhatsApp, nil).Receive(r); err == nil || response.Status != 415 {
		t.Errorf("text is answered %d, %v", response.Status, err)
	}
}

// TestVirtualTime maps the provider's clock to ours.
func TestVirtualTime(t *testing.T) {
	start := time.Date(2020, 11, 17, 16, 5, 35, 0, time.UTC)
	clock := engine.NewClock(engine.Anchor{Real: start, Virtual: start, Speed: 60}, func() time.Time { return start })
	events, _, err := driver(t, engine.WhatsApp, clock).Receive(report(`"status":"READ"`))
	if err != nil || len(events) != 1 || !events[0].OccurredAt.Equal(start.Add(10*time.Minute)) {
		t.Errorf("got %+v, %v", events, err)
	}
}

// FuzzReceive: whatever Sinch may send, proved to be from it, becomes a sound
// event or a refusal; what is not proved becomes nothing.
func FuzzReceive(f *testing.F) {
	for _, c := range published(f) {
		f.Add(string(c.Request.Body))
	}
	f.Add(string(report(`"status":"FAILED","reason":{"code":"CHANNEL_FAILURE","channel_code":131049}`).Body))
	f.Add(`{"message":{"id":7,"channel_identity":null,"contact_message":[]}}`)
	whatsApp, sms := driver(f, engine.WhatsApp, nil), driver(f, engine.SMS, nil)
	f.Fuzz(func(t *testing.T, body string) {
		for _, d := range []*Driver{whatsApp, sms} {
			events, response, err := d.Receive(post(body))
			if (err == nil) != (response.Status == http.StatusOK) {
				t.Fatalf("answered %d with %v", response.Status, err)
			}
			channeltest.Sound(t, events)
			for _, e := range events {
				if m := e.Message; m != nil && m.ProviderID == "" || e.Status != nil && e.Status.ProviderID == "" {
					t.Fatalf("an event of no message: %+v", e)
				}
			}
			forged := post(body)
			forged.Header.Set(timeHeader, "1")
			if events, _, err := d.Receive(forged); err == nil || len(events) > 0 {
				t.Fatalf("an unproved call became %d events", len(events))
			}
		}
	})
}
