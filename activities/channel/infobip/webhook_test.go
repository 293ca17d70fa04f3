package infobip_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// call is a proved call.
func call(body string) channel.Request {
	return channel.Request{Method: "POST", Body: []byte(body), Header: http.Header{"Content-Type": {"application/json;charset=UTF-8"}},
		URL: &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/ib", RawQuery: "secret=a-secret-of-ours"}}
}

func result(fields string) channel.Request { return call(`{"results":[{` + fields + `}]}`) }

func report(group, name, fault, more string) channel.Request {
	return result(`"bulkId":"b","messageId":"msg_1","to":"5541988887777","doneAt":"2019-04-09T16:01:56.494-0300","status":{"groupName":"` + group + `","id":1,"name":"` + name +
		`"},"error":{"id":1,"name":"` + fault + `","description":"about 5541988887777","permanent":true}` + more)
}

// TestVectors plays the shared cases.
func TestVectors(t *testing.T) {
	var table struct {
		Cases []struct {
			ID      string
			Payload json.RawMessage
			Expect  map[string]any
		}
	}
	channeltest.Load(t, "vectors.json", &table)
	for _, ch := range []engine.Channel{engine.WhatsApp, engine.SMS} {
		var cases []channeltest.IncomingCase
		for _, c := range table.Cases {
			expect := map[string]any{"kind": c.Expect["kind"], "status": c.Expect["status"], "provider_message_id": c.Expect["our_id"], "opaque": "j1.c42"}
			cases = append(cases, channeltest.IncomingCase{Name: c.ID + " " + string(ch), Request: call(string(c.Payload)), Want: []map[string]any{expect}})
		}
		channeltest.Incoming(t, stage.On(ch).Open(t), cases)
	}
}

// TestPublishedMessages plays Infobip's own samples, one of each type.
func TestPublishedMessages(t *testing.T) {
	interactive := func(kind, text, payload string) map[string]any {
		return map[string]any{"type": "interactive", "interactive_type": kind, "text": text, "reply_payload": payload, "opens_customer_service_window": true}
	}
	file := func(kind string, text any) map[string]any {
		return map[string]any{"type": kind, "text": text, "media": map[string]any{"kind": kind, "url": "https://{base_url}/whatsapp/1/senders/447796344125/media/f1b96d31-9ab9-4513-808b-50ab37360fbe"}}
	}
	silent := func(kind string) map[string]any {
		return map[string]any{"type": kind, "text": nil, "opens_customer_service_window": false}
	}
	want := map[string]map[string]any{
		"TEXT":                                {"type": "text", "text": "Hello, World!", "opens_customer_service_window": true},
		"TEXT with Identity notification":     {"type": "text", "text": "Hello, World!"},
		"TEXT with ad referral":               {"type": "text", "referral": map[string]any{"sourceType": "AD", "ctwaClickId": "ctwa-click-id"}},
		"LOCATION":                            {"type": "location", "location": map[string]any{"latitude": 40.748433333333, "name": "Empire State Building"}},
		"IMAGE":                               file("image", "Image Caption"),
		"DOCUMENT":                            file("document", "Document Title"),
		"AUDIO":                               file("audio", nil),
		"VIDEO":                               file("video", "Look at this!"),
		"VOICE":                               file("audio", "Voice Note"),
		"STICKER":                             file("sticker", nil),
		"CONTACT":                             {"type": "contacts", "text": "Frank Bipper"},
		"INFECTED_CONTENT":                    silent("infected_content"),
		"BUTTON":                              {"type": "button", "text": "Button text", "reply_payload": "Payload", "opens_customer_service_window": true},
		"INTERACTIVE_BUTTON_REPLY":            interactive("button_reply", "Button reply title", "button-reply-id"),
		"INTERACTIVE_LIST_REPLY":              interactive("list_reply", "List reply title", "list-reply-id"),
		"INTERACTIVE_FLOW_REPLY":              {"type": "interactive", "interactive_type": "nfm_reply", "text": "flow-reply-id", "reply_data": map[string]any{"flow-data": "flow-input-response"}},
		"INTERACTIVE_PAYMENT_CONFIRMATION":    silent("interactive_payment_confirmation"),
		"INTERACTIVE_PAYMENT_ACKNOWLEDGEMENT": silent("interactive_payment_acknowledgement"),
		"INTERACTIVE_CALL_PERMISSION_REPLY":   silent("interactive_call_permission_reply"),
		"INTERACTIVE_IN_THREAD_AUTHENTICATION_REPLY": silent("interactive_in_thread_authentication_reply"),
		"ORDER":    {"type": "order", "text": "I like you store!"},
		"REACTION": {"type": "reaction", "reaction": map[string]any{"message_id": "abcdef_ghij124567890klmnopr", "emoji": "🤓"}, "opens_customer_service_window": false, "context_message_id": nil},
	}
	provider := stage.On(engine.WhatsApp).With(func(s *channel.Settings) { s.Values["sender"] = "41793026731" }).Open(t) // of the samples
	var cases []channeltest.IncomingCase
	for _, sample := range samples(t) {
		expect := want[sample.Name]
		if expect == nil {
			t.Errorf("nothing is expected of the sample %q", sample.Name)
			continue
		}
		maps.Copy(expect, map[string]any{
			"kind": "message", "account": "41793026731", "from_phone": "385919998888", "from_bsuid": "HR.123123123", "profile_name": "Frank", "timestamp": 1735726200,
			"provider_message_id": "wamid.HBgLMjc4MTMzMjE0ODIVAgAonoIAUsydhfskYyRDdEMjE4Njg3MzlBMDU2NzI4NgA=",
		})
		cases = append(cases, channeltest.IncomingCase{Name: sample.Name, Request: call(`{"results":[` + string(sample.Result) + `],"messageCount":1,"pendingMessageCount":0}`), Want: []map[string]any{expect}})
	}
	if len(cases) != len(want) {
		t.Errorf("%d samples, %d expectations", len(cases), len(want))
	}
	channeltest.Incoming(t, provider, cases)
}

type sample struct {
	Name   string
	Result json.RawMessage
}

func samples(t testing.TB) []sample {
	t.Helper()
	var table struct{ Samples []sample }
	channeltest.Load(t, "whatsapp-inbound.json", &table)
	return table.Samples
}

func TestWhatsAppWebhooks(t *testing.T) {
	message := func(message string) channel.Request {
		return result(`"messageId":"w1","from":"5541988887777","to":"` + sender + `","integrationType":"WHATSAPP","receivedAt":"2026-03-02T13:04:45Z","message":` + message)
	}
	failed := func(code ...any) []map[string]any {
		return []map[string]any{{"kind": "status", "status": "failed", "provider_message_id": "msg_1", "opaque": "msg_1", "error_codes": code}}
	}
	status := func(word string) []map[string]any {
		return []map[string]any{{"kind": "status", "status": word, "error_codes": []any{}}}
	}
	other := []map[string]any{{"kind": "other"}}
	channeltest.Incoming(t, stage.On(engine.WhatsApp).Open(t), []channeltest.IncomingCase{
		{Name: "delivered to the operator is only sent", Request: report("DELIVERED", "DELIVERED_TO_OPERATOR", "NO_ERROR", ""), Want: status("sent")},
		{Name: "on its way", Request: report("PENDING", "PENDING_ENROUTE", "NO_ERROR", ""), Want: status("sent")},
		{Name: "still with Infobip", Request: report("PENDING", "PENDING_ACCEPTED", "NO_ERROR", ""), Want: status("accepted")},
		{Name: "delivered, by someone's reference", Request: report("DELIVERED", "DELIVERED_TO_HANDSET", "NO_ERROR", `,"callbackData":"msg_9","price":{"pricePerMessage":0.21,"currency":"BRL"},"contact":{"name":"Ana","userId":"BR.1"}`),
			Want: []map[string]any{{"kind": "status", "status": "delivered", "opaque": "msg_9", "recipient_phone": "5541988887777", "recipient_bsuid": "BR.1", "timestamp": 1554836516, "pricing": map[string]any{"pricePerMessage": 0.21, "currency": "BRL"}}}},
		{Name: "undeliverable, the error says why", Request: report("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_NO_SESSION", ""), Want: failed("EC_NO_SESSION", "UNDELIVERABLE_NOT_DELIVERED")},
		{Name: "an error nobody knows comes second", Request: report("EXPIRED", "EXPIRED_EXPIRED", "EC_NEW", ""), Want: failed("EXPIRED_EXPIRED", "EC_NEW")},
		{Name: "rejected without an error", Request: report("REJECTED", "REJECTED_NETWORK", "NO_ERROR", ""), Want: failed("REJECTED_NETWORK")},
		{Name: "a group by its number", Request: result(`"messageId":"msg_1","status":{"groupId":5,"id":6}`), Want: failed("REJECTED")},
		{Name: "a group nobody knows", Request: report("TELEPORTED", "X", "NO_ERROR", ""), Want: other},
		{Name: "seen", Request: result(`"messageId":"msg_1","from":"385919998888","to":"41793026731","sentAt":"2018-12-12T11:21:57.793+0000","seenAt":"2018-12-12T11:21:58.251+0000","contact":{"phoneNumber":"41793026731"}`),
			Want: []map[string]any{{"kind": "status", "status": "read", "provider_message_id": "msg_1", "opaque": "msg_1", "recipient_phone": "41793026731", "timestamp": 1544613718}}},
		{Name: "an answer that quotes", Request: message(`{"type":"TEXT","text":"Sim","context":{"from":"1","id":"msg_1"}}`),
			Want: []map[string]any{{"kind": "message", "text": "Sim", "context_message_id": "msg_1", "timestamp": 1772456685}}},
		{Name: "a reaction taken back", Request: message(`{"type":"REACTION","emoji":"👍","action":"REMOVED","context":{"id":"msg_1"}}`), Want: []map[string]any{{"kind": "message", "type": "reaction", "reaction": map[string]any{"message_id": "msg_1", "emoji": nil}}}},
		{Name: "somebody without a number", Request: result(`"messageId":"w1","from":"BR.77","to":"` + sender + `","message":{"type":"TEXT","text":"oi"},"contact":{"userId":"BR.77","name":"ana"}`),
			Want: []map[string]any{{"kind": "message", "from_phone": nil, "from_bsuid": "BR.77"}}},
		{Name: "a type nobody knows yet", Request: message(`{"type":"HOLOGRAM"}`), Want: []map[string]any{{"kind": "message", "type": "hologram", "opens_customer_service_window": false}}},
		{Name: "to another number of the account", Request: result(`"messageId":"w1","from":"1","to":"999","message":{"type":"TEXT","text":"oi"}`), Want: other},
		{Name: "an SMS", Request: result(`"messageId":"w1","from":"1","to":"` + sender + `","text":"oi"`), Want: other},
		{Name: "an odd one does not spoil its neighbors", Request: call(`{"results":[17,{"messageId":"x"},{"messageId":"msg_1","status":{"groupId":3}}]}`), Want: []map[string]any{{"kind": "other"}, {"kind": "other"}, {"kind": "status", "status": "delivered"}}},
		{Name: "the same twice", Request: call(`{"results":[{"messageId":"msg_1","status":{"groupId":3}},{"messageId":"msg_1","status":{"groupId":3},"doneAt":"2026-03-02T13:04:45Z"}]}`), Want: status("delivered")},
		{Name: "nothing in it", Request: call(`{"results":[]}`), Want: []map[string]any{}},
		{Name: "marketing stopped", Request: call(`{"from":"41793026731","content":{"sender":"41793026731","from":"385919998888","notificationMessagesStatus":"stop","description":"User requested to stop marketing messages"},"createdAt":"2024-01-01T01:00:00.000+0000"}`),
			Want: []map[string]any{{"kind": "marketing_preference", "phone": "385919998888", "value": "stop", "timestamp": 1704070800}}},
		{Name: "a new identity", Request: call(`{"from":"41793026731","content":{"description":"Security code changed.","hash":"eU2Fdi4EMUw=","type":"user_identity_changed","userNumber":"385919998888","userId":"HR.123123123"},"createdAt":"2022-01-18T23:23:09.206+0000"}`),
			Want: []map[string]any{{"kind": "identity_changed", "phone": "385919998888", "bsuid": "HR.123123123"}}},
		{Name: "a template refused", Request: call(`{"messageTemplateId":"111","messageTemplateName":"template_name","messageTemplateLanguage":"en","timestamp":"2019-11-09T16:00:00.000+0000","change":{"type":"TEMPLATE_STATUS_UPDATE","newStatus":"REJECTED","reason":"SCAM"},"entityId":123456}`),
			Want: []map[string]any{{"kind": "template_status", "name": "template_name", "language": "en", "event": "REJECTED", "reason": "SCAM"}}},
		{Name: "a template's category", Request: call(`{"messageTemplateName":"t","change":{"type":"TEMPLATE_CATEGORY_UPDATE","previousCategory":"MARKETING","newCategory":"UTILITY"}}`),
			Want: []map[string]any{{"kind": "template_category", "previous": "MARKETING", "current": "UTILITY"}}},
		{Name: "a template's quality", Request: call(`{"messageTemplateName":"t","change":{"type":"TEMPLATE_QUALITY_UPDATE","previousQualityScore":"LOW","newQualityScore":"HIGH"}}`),
			Want: []map[string]any{{"kind": "template_quality", "previous": "LOW", "current": "HIGH"}}},
		{Name: "news of a template nobody knows yet", Request: call(`{"messageTemplateName":"t","change":{"type":"TEMPLATE_DANCED"}}`), Want: other},
		{Name: "something else", Request: call(`{"notificationType":"CLICKED","recipient":"41793026727","messageId":"x"}`), Want: other},
		{Name: "not an object", Request: call(`[1]`), Want: other},
		{Name: "results that are none", Request: call(`{"results":"x"}`), Want: other},
		{Name: "not JSON", Request: call(`{"results":[`), Status: 400, Err: engine.Invalid},
		{Name: "a tower of brackets", Request: call(strings.Repeat("[", 100_000)), Status: 400, Err: engine.Invalid},
		{Name: "GET", Request: channel.Request{Method: "GET"}, Status: 405, Err: engine.Invalid},
	})
}

func TestSMSWebhooks(t *testing.T) {
	channeltest.Incoming(t, stage.On(engine.SMS).Open(t), []channeltest.IncomingCase{
		{Name: "published", Request: call(`{"results":[{"messageId":"817790313235066447","from":"385916242493","to":"385921004026","text":"QUIZ Correct answer is Paris","cleanText":"Correct answer is Paris","keyword":"QUIZ","receivedAt":"2019-11-09T16:00:00.000+0000","smsCount":1,"price":{"pricePerMessage":0,"currency":"EUR"},"callbackData":"callbackData"}],"messageCount":1,"pendingMessageCount":1}`),
			Want: []map[string]any{{"kind": "message", "type": "text", "text": "QUIZ Correct answer is Paris", "from_phone": "+385916242493", "account": "385921004026", "provider_message_id": "817790313235066447", "timestamp": 1573315200, "opens_customer_service_window": false}}},
		{Name: "an opt-out is the person's own word", Request: result(`"messageId":"m2","from":"5541988887777","to":"28000","text":"SAIR","cleanText":"","keyword":"SAIR"`),
			Want: []map[string]any{{"kind": "message", "type": "text", "text": "SAIR", "from_phone": "+5541988887777"}}},
		{Name: "a report", Request: report("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_ABSENT_SUBSCRIBER", ""),
			Want: []map[string]any{{"kind": "status", "status": "failed", "recipient_phone": "+5541988887777", "error_codes": []any{"EC_ABSENT_SUBSCRIBER", "UNDELIVERABLE_NOT_DELIVERED"}}}},
		{Name: "WhatsApp", Request: result(`"messageId":"w1","from":"1","to":"` + sender + `","integrationType":"WHATSAPP","message":{"type":"TEXT","text":"oi"}`), Want: []map[string]any{{"kind": "other"}}},
	})
}

// TestProofs: the secret is taken from three places, and nothing else is.
func TestProofs(t *testing.T) {
	with := func(query string, header ...string) channel.Request {
		r := call(`{"results":[{"messageId":"m","status":{"groupId":3}}]}`)
		r.URL.RawQuery = query
		if len(header) == 2 {
			r.Header.Set(header[0], header[1])
		}
		return r
	}
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	for name, c := range map[string]struct {
		r     channel.Request
		valid bool
	}{
		"query":             {with("secret=a-secret-of-ours"), true},
		"while rotating":    {with("secret=the+older+secret"), true},
		"header":            {with("", "X-Jornada-Secret", "a-secret-of-ours"), true},
		"basic":             {with("", "Authorization", basic("infobip", "a-secret-of-ours")), true},
		"nothing":           {with(""), false},
		"wrong":             {with("secret=a-secret-of-ourS"), false},
		"longer":            {with("secret=a-secret-of-ours2"), false},
		"both at once":      {with("secret=a-secret-of-ours,%20the%20older%20secret"), false},
		"wrong header":      {with("", "X-Jornada-Secret", "x"), false},
		"header and query":  {with("secret=a-secret-of-ours", "X-Jornada-Secret", "x"), true},
		"wrong basic":       {with("", "Authorization", basic("a-secret-of-ours", "x")), false},
		"basic of nonsense": {with("", "Authorization", "Basic %%%"), false},
		"another scheme":    {with("", "Authorization", "Bearer a-secret-of-ours"), false},
		"no address":        {channel.Request{Method: "POST", Header: http.Header{}, Body: []byte(`{}`)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			events, response, err := stage.On(engine.SMS).Open(t).Receive(c.r)
			if c.valid && (err != nil || response.Status != 200 || len(events) != 1) || !c.valid && (!errors.Is(err, channel.ErrSignature) || response.Status != 401 || len(events) != 0) {
				t.Errorf("got %v %+v %v", events, response, err)
			}
		})
	}
	form := with("secret=a-secret-of-ours", "Content-Type", "application/x-www-form-urlencoded")
	var kind *channel.MediaTypeError
	if _, response, err := stage.On(engine.SMS).Open(t).Receive(form); !errors.As(err, &kind) || response.Status != 415 {
		t.Errorf("a form is taken: %v", err)
	}
}

// TestVirtualTime maps Infobip's clock to ours.
func TestVirtualTime(t *testing.T) {
	stage.On(engine.SMS).VirtualTime(t, result(`"messageId":"m","from":"1","to":"2","text":"x","receivedAt":"2026-03-02T13:00:10.000+0000"`), time.Date(2026, 3, 2, 13, 0, 10, 0, time.UTC))
}

// FuzzReceive throws proved nonsense at the driver: it never panics, and what it
// makes of it is sound.
func FuzzReceive(f *testing.F) {
	var table struct {
		Cases []struct{ Payload json.RawMessage }
	}
	channeltest.Load(f, "vectors.json", &table)
	for _, c := range table.Cases {
		f.Add(string(c.Payload))
	}
	for _, s := range samples(f) {
		f.Add(fmt.Sprintf(`{"results":[%s]}`, s.Result))
	}
	f.Add(`{"results":[null,{"seenAt":null},{"message":null},{"message":{"response":[]},"messageId":1,"to":"` + sender + `"}]}`)
	f.Add(`{"from":1,"content":{"notificationMessagesStatus":"stop","from":{}},"messageTemplateName":null}`)
	f.Add(`{"results":[{"messageId":"1","from":"1","text":"oi"}]}`)
	providers := []channel.Provider{stage.On(engine.WhatsApp).Open(f), stage.On(engine.SMS).Open(f)}
	f.Fuzz(func(t *testing.T, body string) {
		for _, provider := range providers {
			events, response, err := provider.Receive(call(body))
			if (err == nil) != (response.Status == http.StatusOK) {
				t.Fatalf("answered %d with %v", response.Status, err)
			}
			channeltest.Sound(t, events)
			r := call(body)
			r.URL.RawQuery = "secret=x"
			if events, _, err := provider.Receive(r); err == nil || len(events) > 0 {
				t.Fatalf("an unproved call became %d events", len(events))
			}
		}
	})
}
