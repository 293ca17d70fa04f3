package sendgrid

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// notary signs as SendGrid does.
type notary struct{ key *ecdsa.PrivateKey }

func newNotary(t testing.TB) notary {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return notary{key}
}

func (n notary) driver(t testing.TB) *Driver {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(n.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return open(t, base64.StdEncoding.EncodeToString(der))
}

func open(t testing.TB, key string) *Driver {
	t.Helper()
	provider, err := New(channel.Settings{
		IntegrationID: "mail-demo", Channel: engine.Email, Values: map[string]string{"from": "clinica@example.com", "verification_key": key},
		Secrets: map[string]string{"api_key": "SG.demo"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return provider.(*Driver)
}

// call is a properly signed call.
func (n notary) call(t testing.TB, body string) channel.Request {
	t.Helper()
	sum := sha256.Sum256([]byte("1600112502" + body))
	proof, err := ecdsa.SignASN1(rand.Reader, n.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return received(body, map[string]string{signatureHeader: base64.StdEncoding.EncodeToString(proof), timestampHeader: "1600112502"})
}

func received(body string, headers map[string]string) channel.Request {
	r := channel.Request{Method: http.MethodPost, Body: []byte(body), Header: http.Header{"Content-Type": {"application/json"}}}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	return r
}

// TestPublishedSignature: SendGrid's own example, and what becomes of it.
func TestPublishedSignature(t *testing.T) {
	var published struct {
		Cases []struct {
			ID, Body  string
			PublicKey string `json:"public_key"`
			Headers   map[string]string
			Valid     bool
			Expect    map[string]any
		}
	}
	raw, err := os.ReadFile("testdata/email-provider-webhooks.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &published); err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, c := range published.Cases {
		if c.PublicKey == "" {
			continue // the one-click headers: a test of the package letter
		}
		count++
		d := open(t, c.PublicKey)
		events, response, err := d.Receive(received(c.Body, c.Headers))
		if (err == nil) != c.Valid || response.Status != 200 {
			t.Fatalf("%s: %v %v", c.ID, response, err)
		}
		channeltest.Events(t, events, []map[string]any{{
			"kind": "bounce", "bounce": "hard", "suppress": true, "reason": c.Expect["reason"], "status": "failed", "timestamp": 1600112492,
			"provider_message_id": "LRzXl_NHStOGhQ4kofSm_A", "error_codes": []any{"Bounced Address"},
		}})
		if events[0].From[0] != (engine.Address{Kind: engine.EmailAddress, Value: c.Expect["recipient"].(string)}) || events[0].IntegrationID != "mail-demo" ||
			events[0].Key != "event:ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA" {
			t.Errorf("%s: %+v", c.ID, events[0])
		}
		// The final line break counts, and so does the key.
		if _, _, err := d.Receive(received(strings.TrimSpace(c.Body), c.Headers)); !errors.Is(err, channel.ErrSignature) {
			t.Errorf("%s: taken without its line break: %v", c.ID, err)
		}
		if _, _, err := newNotary(t).driver(t).Receive(received(c.Body, c.Headers)); !errors.Is(err, channel.ErrSignature) {
			t.Errorf("%s: taken with another's key: %v", c.ID, err)
		}
	}
	if count == 0 {
		t.Fatal("no signature is published")
	}
}

func TestForgeries(t *testing.T) {
	n := newNotary(t)
	d := n.driver(t)
	for name, change := range map[string]func(r *channel.Request){
		"another body":   func(r *channel.Request) { r.Body = []byte(`[{"event":"bounce"}]`) },
		"another time":   func(r *channel.Request) { r.Header.Set(timestampHeader, "1600112503") },
		"no time":        func(r *channel.Request) { r.Header.Del(timestampHeader) },
		"no signature":   func(r *channel.Request) { r.Header.Del(signatureHeader) },
		"not Base64":     func(r *channel.Request) { r.Header.Set(signatureHeader, "!") },
		"not a sequence": func(r *channel.Request) { r.Header.Set(signatureHeader, "AAAA") },
	} {
		t.Run(name, func(t *testing.T) {
			r := n.call(t, `[{"event":"delivered","sg_event_id":"e1","sg_message_id":"m1.recvd-1"}]`)
			change(&r)
			events, response, err := d.Receive(r)
			if !errors.Is(err, channel.ErrSignature) || response.Status != 401 || len(events) != 0 {
				t.Errorf("taken: %v %+v %v", events, response, err)
			}
		})
	}
}

func TestOnlyCurveP256(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := publicKey(base64.StdEncoding.EncodeToString(der)); ok {
		t.Error("a key of another curve is taken")
	}
	good, err := x509.MarshalPKIXPublicKey(newNotary(t).key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := publicKey("-----BEGIN PUBLIC KEY-----\r\n" + base64.StdEncoding.EncodeToString(good) + "\r\n-----END PUBLIC KEY-----\r\n"); !ok {
		t.Error("a key in PEM is refused")
	}
}

// one is an event as SendGrid's reference shows it, with its own fields changed.
func one(fields string) string {
	return `[{"email":"Ana@dest.example","timestamp":1513299569,"smtp-id":"<msg_1@example.com>","category":["cat facts"],"jornada_ref":"msg_1",` +
		`"sg_event_id":"6g4ZI7SA-xmRDv57GoPIPw==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",` + fields + `}]`
}

func TestWebhooks(t *testing.T) {
	n := newNotary(t)
	status := func(word string, more ...any) []map[string]any {
		fields := map[string]any{"kind": "status", "status": word, "opaque": "msg_1", "provider_message_id": "14c5d75ce93.dfd.64b469", "timestamp": 1513299569, "error_codes": []any{}}
		for i := 0; i < len(more); i += 2 {
			fields[more[i].(string)] = more[i+1]
		}
		return []map[string]any{fields}
	}
	hard := func(code string) []map[string]any {
		return []map[string]any{{"kind": "bounce", "bounce": "hard", "suppress": true, "status": "failed", "opaque": "msg_1", "error_codes": []any{code}}}
	}
	cases := []channeltest.IncomingCase{
		{Name: "processed", Request: n.call(t, one(`"event":"processed","pool":{"name":"new_MY_test","id":210}`)), Want: status("accepted")},
		{Name: "deferred is not a bounce", Request: n.call(t, one(`"event":"deferred","response":"400 try again later","attempt":"5"`)), Want: status("accepted", "event", "deferred")},
		{Name: "delivered", Request: n.call(t, one(`"event":"delivered","response":"250 OK"`)), Want: status("delivered")},
		{Name: "open", Request: n.call(t, one(`"event":"open","sg_machine_open":false,"ip":"255.255.255.255"`)), Want: status("read")},
		{Name: "a machine's open", Request: n.call(t, one(`"event":"open","sg_machine_open":true`)), Want: []map[string]any{{"kind": "other"}}},
		{Name: "click", Request: n.call(t, one(`"event":"click","url":"http://www.sendgrid.com/"`)), Want: status("read")},
		{Name: "hard", Request: n.call(t, one(`"event":"bounce","type":"bounce","status":"5.1.1","reason":"550 5.1.1 <ana@dest.example> unknown","bounce_classification":"Invalid Address"`)),
			Want: []map[string]any{{"kind": "bounce", "bounce": "hard", "suppress": true, "status": "failed", "classification": "Invalid Address", "error_codes": []any{"5.1.1"}, "reason": "550 5.1.1 <•••> unknown"}}},
		{Name: "hard, as the reference has it", Request: n.call(t, one(`"event":"bounce","type":"bounce","status":"5.0.0","reason":"500 unknown recipient"`)), Want: hard("bounce")},
		{Name: "hard, without a type", Request: n.call(t, one(`"event":"bounce","status":"5.0.0","reason":"500 unknown recipient"`)), Want: hard("bounce")},
		{Name: "full", Request: n.call(t, one(`"event":"bounce","type":"bounce","status":"5.2.2","reason":"552 5.2.2 full"`)), Want: status("failed", "bounce", "soft", "error_codes", []any{"5.2.2"})},
		{Name: "policy", Request: n.call(t, one(`"event":"bounce","type":"bounce","status":"5.7.1","reason":"550 5.7.1 no"`)), Want: status("failed", "bounce", "block", "error_codes", []any{"5.7.1"})},
		{Name: "blocked", Request: n.call(t, one(`"event":"bounce","type":"blocked","status":"5.0.0","reason":"500 unknown recipient"`)), Want: status("failed", "bounce", "block", "error_codes", []any{"blocked"})},
		{Name: "blocked, whatever the server calls it", Request: n.call(t, one(`"event":"bounce","type":"blocked","status":"5.1.1"`)), Want: status("failed", "bounce", "block", "error_codes", []any{"blocked"})},
		{Name: "blocked because the server was away", Request: n.call(t, one(`"event":"bounce","type":"blocked","status":"4.4.7"`)), Want: status("failed", "bounce", "soft", "error_codes", []any{"4.4.7"})},
		{Name: "dropped: bounced", Request: n.call(t, one(`"event":"dropped","reason":"Bounced Address","status":"5.0.0"`)), Want: hard("Bounced Address")},
		{Name: "dropped: invalid", Request: n.call(t, one(`"event":"dropped","reason":"Invalid"`)), Want: hard("Invalid")},
		{Name: "dropped: complained", Request: n.call(t, one(`"event":"dropped","reason":"Spam Reporting Address"`)),
			Want: append([]map[string]any{{"kind": "complaint"}}, status("failed", "error_codes", []any{"Spam Reporting Address"})...)},
		{Name: "dropped: left", Request: n.call(t, one(`"event":"dropped","reason":"Unsubscribed Address"`)),
			Want: append([]map[string]any{{"kind": "unsubscribe"}}, status("failed", "error_codes", []any{"Unsubscribed Address"})...)},
		{Name: "dropped: plan", Request: n.call(t, one(`"event":"dropped","reason":"Recipient List over Package Quota"`)), Want: status("failed", "error_codes", []any{"Recipient List over Package Quota"})},
		{Name: "dropped without a reason", Request: n.call(t, one(`"event":"dropped"`)), Want: status("failed", "error_codes", []any{"dropped"})},
		{Name: "complaint", Request: n.call(t, one(`"event":"spamreport"`)), Want: []map[string]any{{"kind": "complaint", "provider_message_id": "14c5d75ce93.dfd.64b469"}}},
		{Name: "left everything", Request: n.call(t, one(`"event":"unsubscribe"`)), Want: []map[string]any{{"kind": "unsubscribe"}}},
		{Name: "left a group", Request: n.call(t, one(`"event":"group_unsubscribe","asm_group_id":10`)), Want: []map[string]any{{"kind": "unsubscribe", "group": "10"}}},
		{Name: "coming back reopens nothing by itself", Request: n.call(t, one(`"event":"group_resubscribe","asm_group_id":10`)), Want: []map[string]any{{"kind": "other"}}},
		{Name: "the account", Request: n.call(t, `[{"event":"account_status_change","sg_event_id":"a1","timestamp":1709142428,"type":"compliance_suspend"}]`),
			Want: []map[string]any{{"kind": "channel_error", "event": "account_status_change", "title": "SendGrid changed the state of the account: compliance_suspend", "state": "limited", "timestamp": 1709142428}}},
		{Name: "the account is gone", Request: n.call(t, `[{"event":"account_status_change","sg_event_id":"a2","type":"compliance_deactivate"}]`), Want: []map[string]any{{"kind": "channel_error", "state": "needs_reconnect"}}},
		{Name: "the account is banned", Request: n.call(t, `[{"event":"account_status_change","sg_event_id":"a3","type":"banned"}]`), Want: []map[string]any{{"kind": "channel_error", "state": "needs_reconnect"}}},
		{Name: "the account is back", Request: n.call(t, `[{"event":"account_status_change","sg_event_id":"a4","type":"activated"}]`), Want: []map[string]any{{"kind": "channel_error", "state": "enabled"}}},
		{Name: "the account is nobody knows what", Request: n.call(t, `[{"event":"account_status_change","sg_event_id":"a5","type":"novelty"}]`), Want: []map[string]any{{"kind": "channel_error", "state": nil}}},
		{Name: "an event nobody knows yet", Request: n.call(t, one(`"event":"teleported"`)), Want: []map[string]any{{"kind": "other"}}},
		{Name: "a newer id, numbers as text", Request: n.call(t, `[{"event":"delivered","sg_event_id":"x","sg_message_id":"yW5utel5TYuIBREiXJi7aA.recvd-5f9ffdf494-9kc6l-1-673C6EB0-B.0","timestamp":"1513299569"}]`),
			Want: []map[string]any{{"kind": "status", "status": "delivered", "provider_message_id": "yW5utel5TYuIBREiXJi7aA", "opaque": nil, "timestamp": 1513299569}}},
		{Name: "an event without an id", Request: n.call(t, `[{"event":"delivered","sg_message_id":"m.x"}]`), Want: []map[string]any{{"kind": "status", "provider_message_id": "m"}}},
		{Name: "about nobody", Request: n.call(t, `[{"event":"spamreport","sg_event_id":"x"}]`), Want: []map[string]any{{"kind": "other"}}},
		{Name: "odd neighbors spoil nothing", Request: n.call(t, `[7,"x",null,[],{"event":{},"email":[]},`+one(`"event":"delivered"`)[1:]),
			Want: []map[string]any{{"kind": "other"}, {"kind": "other"}, {"kind": "other"}, {"kind": "other"}, {"kind": "other"}, {"kind": "status", "status": "delivered"}}},
		{Name: "the same twice in a batch", Request: n.call(t, strings.TrimSuffix(one(`"event":"delivered"`), "]")+","+one(`"event":"delivered"`)[1:]), Want: status("delivered")},
		{Name: "no list", Request: n.call(t, `{"event":"novelty"}`), Want: []map[string]any{{"kind": "other"}}},
		{Name: "an empty list", Request: n.call(t, `[]`), Want: nil},
		{Name: "not JSON", Request: n.call(t, `[{`), Status: 400, Err: engine.Invalid},
		{Name: "GET", Request: channel.Request{Method: http.MethodGet}, Status: 405, Err: engine.Invalid},
	}
	channeltest.Incoming(t, n.driver(t), cases)
}

func TestMediaType(t *testing.T) {
	n := newNotary(t)
	r := n.call(t, `[]`)
	r.Header.Set("Content-Type", "text/plain")
	var refusal *channel.MediaTypeError
	if _, response, err := n.driver(t).Receive(r); !errors.As(err, &refusal) || response.Status != 415 {
		t.Errorf("got %+v, %v", response, err)
	}
}

// TestVirtualTime: what SendGrid stamps is real, what we keep is virtual.
func TestVirtualTime(t *testing.T) {
	n := newNotary(t)
	d := n.driver(t)
	real := time.Unix(1513299569, 0).UTC()
	d.settings.Clock = engine.NewClock(engine.Anchor{Real: real, Virtual: real.Add(24 * time.Hour), Speed: 1}, func() time.Time { return real })
	events, _, err := d.Receive(n.call(t, one(`"event":"delivered"`)))
	if err != nil || !events[0].OccurredAt.Equal(real.Add(24*time.Hour)) {
		t.Errorf("got %v, %v", events, err)
	}
}

// FuzzReceive: whatever SendGrid may send, proved to be from it, becomes sound
// events or a refusal; what is not proved becomes nothing.
func FuzzReceive(f *testing.F) {
	for _, body := range []string{
		one(`"event":"processed"`), one(`"event":"bounce","type":"blocked","status":"5.7.1"`), one(`"event":"dropped","reason":"Spam Reporting Address"`),
		one(`"event":"spamreport"`), one(`"event":"group_unsubscribe","asm_group_id":10`), one(`"event":"account_status_change","type":"compliance_suspend"`),
		`[{"email":"\u0000","event":"dropped","sg_event_id":"\ud800","timestamp":1e99}]`, `[{}]`, `{}`, `[`, ``,
	} {
		f.Add(body)
	}
	n := newNotary(f)
	d := n.driver(f)
	f.Fuzz(func(t *testing.T, body string) {
		r := n.call(t, body)
		events, response, err := d.Receive(r)
		if (err == nil) != (response.Status == http.StatusOK) {
			t.Fatalf("answered %d with %v", response.Status, err)
		}
		channeltest.Sound(t, events)
		r.Body = append(r.Body, ' ')
		if events, _, err := d.Receive(r); err == nil || len(events) > 0 {
			t.Fatalf("an unproved call became %d events", len(events))
		}
	})
}
