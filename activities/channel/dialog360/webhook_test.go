package dialog360_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

var webhook = &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/wa-360"}

func post(body string) channel.Request {
	return channel.Request{Method: "POST", URL: webhook, Body: []byte(body), Header: http.Header{
		"Content-Type": {"application/json"}, "X-Jornada-Secret": {"a secret of our own"},
	}}
}

// published are webhook calls of Meta's, which 360dialog hands on unchanged.
type published struct {
	ID      string
	Payload json.RawMessage
	Expect  struct{ Events []map[string]any }
}

func calls(t testing.TB) []published {
	t.Helper()
	files, err := filepath.Glob("testdata/webhooks/*.json")
	if err != nil || len(files) != 8 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	all := make([]published, len(files))
	for i, file := range files {
		channeltest.Load(t, strings.TrimPrefix(file, "testdata/"), &all[i])
	}
	return all
}

func TestWebhooks(t *testing.T) {
	cases := []channeltest.IncomingCase{
		{Name: "an attachment opens with our key at 360dialog's host", Request: post(message(number, `"type":"audio","audio":{"id":"987","url":"https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&hash=a%2Fb"}`)),
			Want: []map[string]any{{"kind": "message", "media": map[string]any{"id": "987", "url": "https://waba-v2.360dialog.io/whatsapp_business/attachments/?mid=1&hash=a%2Fb"}}}},
		{Name: "an attachment elsewhere stays", Request: post(message(number, `"type":"image","image":{"id":"1","url":"https://example.com/x"}`)),
			Want: []map[string]any{{"kind": "message", "media": map[string]any{"url": "https://example.com/x"}}}},
		{Name: "another number of the account", Request: post(message("999", `"type":"text","text":{"body":"oi"}`)), Want: []map[string]any{{"kind": "other"}}},
		{Name: "nothing in it", Request: post(`{}`), Want: []map[string]any{}},
		{Name: "not JSON", Request: post(`{"entry":[`), Status: 400, Err: engine.Invalid},
		{Name: "a tower of brackets", Request: post(strings.Repeat("[", 100_000)), Status: 400, Err: engine.Invalid},
		{Name: "GET", Request: channel.Request{Method: "GET", URL: webhook}, Status: 405, Err: engine.Invalid},
	}
	for _, c := range calls(t) {
		cases = append(cases, channeltest.IncomingCase{Name: c.ID, Request: post(string(c.Payload)), Want: c.Expect.Events})
	}
	channeltest.Incoming(t, stage.Open(t), cases)
}

func message(number, rest string) string {
	return `{"object":"whatsapp_business_account","entry":[{"id":"WABA","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"` + number +
		`"},"messages":[{"id":"m1","from":"5511987654321",` + rest + `}]}}]}]}`
}

func TestForgeries(t *testing.T) {
	for name, change := range map[string]func(*channel.Request){
		"no secret":       func(r *channel.Request) { r.Header.Del("X-Jornada-Secret") },
		"a wrong secret":  func(r *channel.Request) { r.Header.Set("X-Jornada-Secret", "a secret of yours!!") },
		"the API key":     func(r *channel.Request) { r.Header.Set("X-Jornada-Secret", "demo-key") },
		"a wrong address": func(r *channel.Request) { r.Header.Del("X-Jornada-Secret"); r.URL = &url.URL{RawQuery: "secret=x"} },
	} {
		t.Run(name, func(t *testing.T) {
			r := post(message(number, `"type":"text","text":{"body":"oi"}`))
			change(&r)
			events, response, err := stage.Open(t).Receive(r)
			if !errors.Is(err, channel.ErrSignature) || response.Status != 401 || len(events) != 0 {
				t.Errorf("taken: %v %+v %v", events, response, err)
			}
		})
	}
	t.Run("a form", func(t *testing.T) {
		r := post(`{}`)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		var kind *channel.MediaTypeError
		if _, response, err := stage.Open(t).Receive(r); !errors.As(err, &kind) || response.Status != 415 {
			t.Errorf("got %v %v", response, err)
		}
	})
	t.Run("the secret in the address", func(t *testing.T) {
		r := post(message(number, `"type":"text","text":{"body":"oi"}`))
		r.Header.Del("X-Jornada-Secret")
		r.URL = &url.URL{RawQuery: "secret=a+secret+of+our+own"}
		if events, _, err := stage.Open(t).Receive(r); err != nil || len(events) != 1 {
			t.Errorf("refused: %v", err)
		}
	})
}

// TestPartnersSignature: with a partner's platform secret nothing else proves a call.
func TestPartnersSignature(t *testing.T) {
	body := message(number, `"type":"text","text":{"body":"Olá ✅"}`)
	mac := hmac.New(sha256.New, []byte("platform-secret"))
	mac.Write([]byte(body))
	sum := mac.Sum(nil)
	partner := stage.With(func(s *channel.Settings) {
		s.Secrets["platform_secret"] = "an-older-one, platform-secret"
		delete(s.Secrets, "webhook_secret")
	}).Open(t)
	for given, valid := range map[string]bool{
		hex.EncodeToString(sum): true, "sha256=" + hex.EncodeToString(sum): true, base64.StdEncoding.EncodeToString(sum): true, strings.ToUpper(hex.EncodeToString(sum)): true,
		"": false, hex.EncodeToString(sum[1:]): false, strings.Repeat("0", 64): false, "sha256=": false,
	} {
		r := post(body)
		r.Header.Set("X-360dialog-Signature", given)
		events, response, err := partner.Receive(r)
		if valid && (err != nil || len(events) != 1) || !valid && (!errors.Is(err, channel.ErrSignature) || response.Status != 401 || len(events) != 0) {
			t.Errorf("%q: %v %+v %v", given, events, response, err)
		}
	}
	r := post(body)
	r.Body = []byte(strings.Replace(body, "Olá", "Ola", 1))
	r.Header.Set("X-360dialog-Signature", hex.EncodeToString(sum))
	if _, _, err := partner.Receive(r); !errors.Is(err, channel.ErrSignature) {
		t.Errorf("other words were taken: %v", err)
	}
}

// FuzzReceive throws properly proved nonsense at the driver.
func FuzzReceive(f *testing.F) {
	for _, c := range calls(f) {
		f.Add(string(c.Payload))
	}
	f.Add(message(number, `"type":"image","image":{"url":"https://lookaside.fbsbx.com"}`))
	provider := stage.Open(f)
	f.Fuzz(func(t *testing.T, body string) {
		events, response, err := provider.Receive(post(body))
		if (err == nil) != (response.Status == 200) {
			t.Fatalf("answered %d with %v", response.Status, err)
		}
		channeltest.Sound(t, events)
	})
}
