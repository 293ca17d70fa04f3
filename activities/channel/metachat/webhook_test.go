package metachat_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

var webhook = &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/fb"}

func post(body string) channel.Request {
	mac := hmac.New(sha256.New, []byte("app-secret-1"))
	mac.Write([]byte(body))
	return channel.Request{Method: "POST", URL: webhook, Body: []byte(body),
		Header: http.Header{"Content-Type": {"application/json"}, "X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}}
}

// item is one of a conversation, laid out as
// …/messenger-platform/webhooks/webhook-events and …/instagram-platform/webhooks/examples.
func item(object, rest string) string {
	return `{"object":"` + object + `","entry":[{"id":"` + account + `","time":1764160000123,"messaging":[{"sender":{"id":"1254477777772919"},"recipient":{"id":"` + account + `"},"timestamp":1764160000123,` + rest + `}]}]}`
}

func page(rest string) channel.Request { return post(item("page", rest)) }

var samples = []channeltest.IncomingCase{
	{Name: "text", Request: page(`"message":{"mid":"m_1","text":"sim"}`), Want: []map[string]any{{"kind": "message", "type": "text", "text": "sim", "provider_message_id": "m_1", "account": account,
		"timestamp": 1764160000, "opens_customer_service_window": true, "reply_payload": nil}}},
	{Name: "an answer to a message", Request: page(`"message":{"mid":"m_1","text":"sim","reply_to":{"mid":"m_0"}}`), Want: []map[string]any{{"kind": "message", "context_message_id": "m_0"}}},
	{Name: "a quick reply", Request: page(`"message":{"mid":"m_2","text":"Confirmar","quick_reply":{"payload":"jr1|e|s|0|y"}}`),
		Want: []map[string]any{{"kind": "message", "type": "interactive", "interactive_type": "button_reply", "text": "Confirmar", "reply_payload": "jr1|e|s|0|y", "opens_customer_service_window": true}}},
	{Name: "a postback", Request: page(`"postback":{"mid":"m_3","title":"Começar","payload":"GET_STARTED"}`),
		Want: []map[string]any{{"kind": "message", "type": "button", "text": "Começar", "reply_payload": "GET_STARTED", "provider_message_id": "m_3"}}},
	{Name: "a postback without an id", Request: page(`"postback":{"title":"Começar","payload":"GET_STARTED","referral":{"ref":"flyer","source":"SHORTLINK","type":"OPEN_THREAD"}}`),
		Want: []map[string]any{{"kind": "message", "text": "Começar", "referral": map[string]any{"ref": "flyer", "source": "SHORTLINK"}}}},
	{Name: "a link followed", Request: page(`"referral":{"ref":"flyer","source":"SHORTLINK","type":"OPEN_THREAD"}`),
		Want: []map[string]any{{"kind": "message", "type": "request_welcome", "opens_customer_service_window": false, "referral": map[string]any{"ref": "flyer"}}}},
	{Name: "a picture", Request: page(`"message":{"mid":"m_4","attachments":[{"type":"image","payload":{"url":"https://scontent.example.com/a.jpg"}}]}`),
		Want: []map[string]any{{"kind": "message", "type": "image", "media": map[string]any{"kind": "image", "url": "https://scontent.example.com/a.jpg"}}}},
	{Name: "a file", Request: page(`"message":{"mid":"m_4","attachments":[{"type":"file","payload":{"url":"https://cdn.example.com/a.pdf"}}]}`), Want: []map[string]any{{"kind": "message", "type": "document"}}},
	{Name: "a like", Request: page(`"message":{"mid":"m_4","attachments":[{"type":"image","payload":{"url":"https://cdn.example.com/l.png","sticker_id":369239263222822}}]}`), Want: []map[string]any{{"kind": "message", "type": "sticker"}}},
	{Name: "a shared post", Request: page(`"message":{"mid":"m_4","attachments":[{"type":"share","payload":{"url":"https://example.com"}}]}`), Want: []map[string]any{{"kind": "message", "type": "unsupported", "media": nil}}},
	{Name: "taken back", Request: page(`"message":{"mid":"m_4","is_deleted":true}`), Want: []map[string]any{{"kind": "message", "type": "unsupported", "original_id": "m_4", "opens_customer_service_window": false}}},
	{Name: "a reaction", Request: page(`"reaction":{"reaction":"love","emoji":"❤","action":"react","mid":"m_0"}`),
		Want: []map[string]any{{"kind": "message", "type": "reaction", "reaction": map[string]any{"message_id": "m_0", "emoji": "❤"}, "opens_customer_service_window": false}}},
	{Name: "our own echo", Request: page(`"message":{"mid":"m_5","is_echo":true,"app_id":1,"text":"Oi"}`), Want: []map[string]any{}},
	{Name: "our own, unmarked", Request: post(strings.Replace(item("page", `"message":{"mid":"m_5","text":"Oi"}`), `"sender":{"id":"1254477777772919"}`, `"sender":{"id":"`+account+`"}`, 1)), Want: []map[string]any{}},
	{Name: "delivered", Request: page(`"delivery":{"mids":["m_6","m_7"],"watermark":1764160000000}`),
		Want: []map[string]any{{"kind": "status", "status": "delivered", "provider_message_id": "m_6"}, {"kind": "status", "status": "delivered", "provider_message_id": "m_7"}}},
	{Name: "read, with an id", Request: page(`"read":{"mid":"m_6"}`), Want: []map[string]any{{"kind": "status", "status": "read", "provider_message_id": "m_6"}}},
	{Name: "read up to a moment", Request: page(`"read":{"watermark":1764160000000}`), Want: []map[string]any{{"kind": "status", "status": "read", "up_to_then": true, "timestamp": 1764160000}}},
	{Name: "delivered up to a moment", Request: page(`"delivery":{"watermark":1764160000123}`), Want: []map[string]any{{"kind": "status", "status": "delivered", "up_to_then": true, "timestamp": 1764160000}}},
	{Name: "read up to no moment", Request: page(`"read":{"watermark":"soon"}`), Want: []map[string]any{{"kind": "other"}}},
	{Name: "another page", Request: post(strings.ReplaceAll(item("page", `"message":{"mid":"m_1","text":"oi"}`), account, "2")), Want: []map[string]any{{"kind": "other"}}},
	{Name: "another app's", Request: post(item("instagram", `"message":{"mid":"m_1","text":"oi"}`)), Want: []map[string]any{{"kind": "other"}}},
	{Name: "a comment", Request: post(`{"object":"page","entry":[{"id":"` + account + `","changes":[{"field":"feed","value":{}}]}]}`), Want: []map[string]any{{"kind": "other"}}},
	{Name: "odd neighbors", Request: post(`{"object":"page","entry":[7,{"id":"` + account + `","messaging":[7,{"sender":{"id":"1"},"message":{"mid":"m_1","text":"oi"}}]}]}`),
		Want: []map[string]any{{"kind": "other"}, {"kind": "message", "text": "oi"}}},
	{Name: "nothing in it", Request: post(`{}`), Want: []map[string]any{{"kind": "other"}}},
	{Name: "not JSON", Request: post(`{"entry":[`), Status: 400, Err: engine.Invalid},
	{Name: "a tower of brackets", Request: post(strings.Repeat("[", 100_000)), Status: 400, Err: engine.Invalid},
	{Name: "PUT", Request: channel.Request{Method: "PUT", URL: webhook}, Status: 405, Err: engine.Invalid},
	{Name: "unsigned", Request: channel.Request{Method: "POST", URL: webhook, Body: []byte(`{}`)}, Status: 401, Err: engine.Forbidden},
	{Name: "signed for other bytes", Request: channel.Request{Method: "POST", URL: webhook, Body: []byte(`{ }`), Header: post(`{}`).Header}, Status: 401, Err: engine.Forbidden},
}

func TestWebhooks(t *testing.T) { channeltest.Incoming(t, stage.Open(t), samples) }

func TestInstagram(t *testing.T) {
	provider := stage.With(instagram).Open(t)
	events, _, err := provider.Receive(post(item("instagram", `"message":{"mid":"aWdf","text":"oi"}`)))
	if err != nil || len(events) != 1 || events[0].Channel != engine.Instagram || events[0].From[0] != (engine.Address{Kind: engine.IGSID, Value: "1254477777772919"}) {
		t.Errorf("%+v %v", events, err)
	}
	if limits := provider.Capabilities(); !limits.ServiceWindow || limits.ReportsStatus || limits.Buttons != 13 {
		t.Errorf("%+v", limits)
	}
}

func TestVerification(t *testing.T) {
	address := *webhook
	address.RawQuery = "hub.mode=subscribe&hub.verify_token=abracadabra&hub.challenge=1158201444"
	_, response, err := stage.Open(t).Receive(channel.Request{Method: "GET", URL: &address})
	if err != nil || response.Status != 200 || response.Body != "1158201444" {
		t.Error(response, err)
	}
	address.RawQuery = strings.Replace(address.RawQuery, "abracadabra", "abracadabrA", 1)
	if _, response, err := stage.Open(t).Receive(channel.Request{Method: "GET", URL: &address}); err == nil || response.Status != 403 {
		t.Error(response, err)
	}
}

// TestALinkBringsItsContact: who follows it is known from the first message on, and
// its word is kept nowhere.
func TestALinkBringsItsContact(t *testing.T) {
	for want, change := range map[string]func(*channel.Settings){"https://m.me/clinicacentro?ref=": nil, "https://ig.me/m/clinicacentro?ref=": instagram} {
		provider := stage.With(change).Open(t)
		link, _, err := provider.(channel.Inviter).Invite("ana")
		if err != nil || !strings.HasPrefix(link, want) {
			t.Fatal(link, err)
		}
		object := map[bool]string{true: "page", false: "instagram"}[change == nil]
		_, token, _ := strings.Cut(link, "=")
		events, _, err := provider.Receive(post(item(object, `"referral":{"ref":"`+token+`","source":"SHORTLINK"}`)))
		if err != nil || len(events) != 1 || events[0].ContactID != "ana" || events[0].Message.Referral["ref"] != nil {
			t.Errorf("%+v %v", events, err)
		}
	}
}

// FuzzReceive throws properly signed nonsense at the driver.
func FuzzReceive(f *testing.F) {
	for _, c := range samples {
		f.Add(string(c.Request.Body))
	}
	provider := stage.Open(f)
	f.Fuzz(func(t *testing.T, body string) {
		events, response, err := provider.Receive(post(body))
		if (err == nil) != (response.Status == 200) {
			t.Fatalf("answered %d with %v", response.Status, err)
		}
		channeltest.Sound(t, events)
	})
}
