package twilio

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"os"
	"testing"

	"encoding/json"

	"github.com/twilio/twilio-go/client"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

func driver(t testing.TB) *Driver {
	t.Helper()
	provider, err := New(channel.Settings{
		IntegrationID: "sms-demo", Values: map[string]string{"account_sid": "AC1", "from": "+12025550143"},
		Secrets: map[string]string{"auth_token": "12345"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return provider.(*Driver)
}

// call is a properly signed call with a form.
func call(t testing.TB, query, form string) channel.Request {
	t.Helper()
	u := &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/sms-demo", RawQuery: query}
	values, err := url.ParseQuery(form)
	if err != nil {
		values = url.Values{}
	}
	return channel.Request{Method: "POST", URL: u, Body: []byte(form), Header: http.Header{
		"Content-Type":       {"application/x-www-form-urlencoded; charset=UTF-8"},
		"X-Twilio-Signature": {signature("12345", u.String(), values)},
	}}
}

func TestWebhooks(t *testing.T) {
	var published struct {
		Cases []struct {
			ID, Form string
			Expect   map[string]any
		}
	}
	raw, err := os.ReadFile("testdata/webhooks.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &published); err != nil {
		t.Fatal(err)
	}
	cases := []channeltest.IncomingCase{
		{Name: "delivered, with our reference", Request: call(t, "ref=msg_1", "MessageSid=SM1&MessageStatus=delivered&To=%2B5511987654321&From=%2B1&AccountSid=AC1&RawDlrDoneDate=2611221200"),
			Want: []map[string]any{{"kind": "status", "provider_message_id": "SM1", "status": "delivered", "opaque": "msg_1", "recipient_phone": "+5511987654321", "error_codes": []any{}}}},
		{Name: "undelivered", Request: call(t, "", "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30005"),
			Want: []map[string]any{{"kind": "status", "status": "failed", "error_codes": []any{30005}}}},
		{Name: "queued and sending say no more than accepted", Request: call(t, "", "MessageSid=SM1&MessageStatus=sending"), Want: []map[string]any{{"kind": "status", "status": "accepted"}}},
		{Name: "partially delivered claims no more than sent", Request: call(t, "", "MessageSid=SM1&MessageStatus=partially_delivered"), Want: []map[string]any{{"kind": "status", "status": "sent"}}},
		{Name: "an opt-out comes before its message", Request: call(t, "", "MessageSid=SM2&SmsStatus=received&From=%2B5511987654321&To=%2B12025550143&Body=SAIR&OptOutType=STOP"),
			Want: []map[string]any{{"kind": "unsubscribe", "from_phone": "+5511987654321", "source": "twilio"}, {"kind": "message", "text": "SAIR", "to": "+12025550143"}}},
		{Name: "START reopens nothing by itself", Request: call(t, "", "MessageSid=SM2&SmsStatus=received&From=%2B1&Body=START&OptOutType=START"), Want: []map[string]any{{"kind": "message", "text": "START"}}},
		{Name: "a picture", Request: call(t, "", "MessageSid=MM1&SmsStatus=received&From=%2B1&Body=&NumMedia=1&MediaUrl0=https%3A%2F%2Fapi.example.com%2Fm&MediaContentType0=image%2Fjpeg"),
			Want: []map[string]any{{"kind": "message", "type": "image", "text": nil, "media": map[string]any{"kind": "image", "mime_type": "image/jpeg", "url": "https://api.example.com/m"}}}},
		{Name: "parameters nobody knows yet", Request: call(t, "", "MessageSid=SM3&SmsStatus=received&From=%2B1&Body=oi&Novelty=1&Novelty=2"), Want: []map[string]any{{"kind": "message", "text": "oi"}}},
		{Name: "a status nobody knows yet", Request: call(t, "", "MessageSid=SM3&MessageStatus=teleported"), Want: []map[string]any{{"kind": "other"}}},
		{Name: "something else altogether", Request: call(t, "", "CallSid=CA1"), Want: []map[string]any{{"kind": "other"}}},
		{Name: "GET", Request: channel.Request{Method: "GET"}, Status: 405, Err: engine.Invalid},
	}
	for _, c := range published.Cases {
		cases = append(cases, channeltest.IncomingCase{Name: c.ID, Request: call(t, "", c.Form), Want: []map[string]any{c.Expect}})
	}
	channeltest.Incoming(t, driver(t), cases)
}

func TestAnswerSaysNothing(t *testing.T) {
	_, response, err := driver(t).Receive(call(t, "", "MessageSid=SM1&SmsStatus=received&From=%2B1&Body=oi"))
	if err != nil || response.ContentType != "text/xml; charset=utf-8" || response.Body != `<?xml version="1.0" encoding="UTF-8"?><Response></Response>` {
		t.Errorf("got %+v, %v", response, err)
	}
}

func TestForgeries(t *testing.T) {
	sum := sha256.Sum256([]byte(`{"a":1}`))
	hash := "bodySHA256=" + hex.EncodeToString(sum[:])
	for name, change := range map[string]func() channel.Request{
		"another body": func() channel.Request {
			r := call(t, "", "MessageSid=SM1&Body=sim")
			r.Body = []byte("MessageSid=SM1&Body=nao")
			return r
		},
		"another reference": func() channel.Request {
			r := call(t, "ref=msg_1", "MessageSid=SM1&MessageStatus=delivered")
			r.URL.RawQuery = "ref=msg_2"
			return r
		},
		"no signature": func() channel.Request {
			r := call(t, "", "MessageSid=SM1")
			r.Header.Del("X-Twilio-Signature")
			return r
		},
		"JSON nobody signed": func() channel.Request {
			r := call(t, "", "")
			r.Body = []byte(`{"a":1}`)
			r.Header.Set("Content-Type", "application/json")
			return r
		},
		"JSON of another hash": func() channel.Request {
			r := call(t, hash, "")
			r.Body = []byte(`{"a":2}`)
			r.Header.Set("Content-Type", "application/json")
			return r
		},
		"a form in the clothes of JSON": func() channel.Request {
			r := call(t, hash, "")
			r.Body = []byte("MessageSid=SM1&Body=sim")
			return r
		},
		"a form that is none": func() channel.Request { return call(t, "", "%zz") },
	} {
		t.Run(name, func(t *testing.T) {
			events, response, err := driver(t).Receive(change())
			if !errors.Is(err, channel.ErrSignature) || response.Status != 401 || len(events) != 0 {
				t.Errorf("taken: %v %+v %v", events, response, err)
			}
		})
	}
}

// TestPorts: Twilio signs the standard port now and then leaves it out.
func TestPorts(t *testing.T) {
	for _, signed := range []string{"https://example.com/x?y=1", "https://example.com:443/x?y=1"} {
		for _, called := range []string{"https://example.com/x?y=1", "https://example.com:443/x?y=1"} {
			form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"sent"}}
			u, _ := url.Parse(called)
			r := channel.Request{Method: "POST", URL: u, Body: []byte(form.Encode()), Header: http.Header{
				"Content-Type": {"application/x-www-form-urlencoded"}, "X-Twilio-Signature": {signature("12345", signed, form)}}}
			if _, _, err := driver(t).Receive(r); err != nil {
				t.Errorf("signed %s, called %s: %v", signed, called, err)
			}
		}
	}
}

// FuzzSignature compares our signature with the judgment of Twilio's own
// library, and throws signed nonsense at the driver.
func FuzzSignature(f *testing.F) {
	f.Add("foo=1&bar=2", "Reason", "Participant", "ReasonConferenceEnded", "olá ✅")
	f.Add("", "Body", "STOP", "MessageSid", "SM1")
	d := driver(f)
	validator := client.NewRequestValidator("12345")
	f.Fuzz(func(t *testing.T, query, name, value, name2, value2 string) {
		u := &url.URL{Scheme: "https", Host: "example.com", Path: "/x", RawQuery: query}
		parsed, err := url.Parse(u.String())
		if err != nil || parsed.String() != u.String() || parsed.Query().Has("bodySHA256") {
			t.Skip("no request comes with such an address: net/url does not read back what it wrote")
		}
		form := url.Values{name: {value}, name2: {value2}}
		proof := signature("12345", u.String(), form)
		params := map[string]string{name: value, name2: value2}
		if !validator.Validate(u.String(), params, proof) {
			t.Errorf("Twilio's own library refuses our signature of %s %v", u, params)
		}
		events, _, err := d.Receive(channel.Request{Method: "POST", URL: parsed, Body: []byte(form.Encode()), Header: http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"}, "X-Twilio-Signature": {proof}}})
		if err != nil {
			t.Errorf("our own proof is refused: %v", err)
		}
		channeltest.Sound(t, events)
	})
}

// FuzzReceive: whatever Twilio may send, proved to be from it, becomes sound
// events or a refusal; what is not proved becomes nothing.
func FuzzReceive(f *testing.F) {
	for _, form := range []string{
		"MessageSid=SM1&From=%2B5511987654321&To=%2B12025550143&Body=Ol%C3%A1+%F0%9F%91%8B&NumMedia=0&SmsStatus=received",
		"MessageSid=SM2&MessageStatus=delivered&To=%2B5511987654321", "MessageSid=SM3&MessageStatus=undelivered&ErrorCode=30003", "SmsSid=SM4&SmsStatus=sent",
		"MessageSid=SM5&From=%2B1&Body=STOP&OptOutType=STOP", "MessageSid=SM6&From=%2B1&Body=&NumMedia=1&MediaContentType0=image%2Fjpeg&MediaUrl0=https%3A%2F%2Fx.example%2F1", "Something=else", "a=%zz", "",
	} {
		f.Add("ref=msg_1", form)
	}
	d := driver(f)
	f.Fuzz(func(t *testing.T, query, form string) {
		r := call(t, query, form)
		if parsed, err := url.Parse(r.URL.String()); err != nil || parsed.String() != r.URL.String() {
			return // no server makes such an address of a request
		}
		events, response, err := d.Receive(r)
		if (err == nil) != (response.Status == http.StatusOK) {
			t.Fatalf("answered %d with %v", response.Status, err)
		}
		channeltest.Sound(t, events)
		r.Header.Set("X-Twilio-Signature", r.Header.Get("X-Twilio-Signature")+"A")
		if events, _, err := d.Receive(r); err == nil || len(events) > 0 {
			t.Fatalf("an unproved call became %d events", len(events))
		}
	})
}
