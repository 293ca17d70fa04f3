package provsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// watch is a clock that a test turns by hand.
type watch struct {
	mu  sync.Mutex
	now time.Time
}

func (c *watch) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *watch) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// start brings a world up for one test.
func start(t testing.TB, config Config) *World {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w, err := Start(ctx, config)
	require.NoError(t, err)
	t.Cleanup(func() {
		w.Close()
		cancel()
	})
	return w
}

// product is the receiving side: it keeps what is called and answers as told.
type product struct {
	server *httptest.Server

	mu     sync.Mutex
	got    []received
	answer func(received) int
}

type received struct {
	at     time.Time
	url    string
	header http.Header
	body   []byte
}

func newProduct(t testing.TB, w *World) *product {
	t.Helper()
	p := &product{}
	p.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(rw, r.URL.Query().Get("hub.challenge"))
			return
		}
		body, _ := io.ReadAll(r.Body)
		one := received{at: time.Now(), url: "http://" + r.Host + r.RequestURI, header: r.Header, body: body}
		p.mu.Lock()
		p.got = append(p.got, one)
		answer := p.answer
		p.mu.Unlock()
		if answer != nil {
			rw.WriteHeader(answer(one))
		}
	}))
	t.Cleanup(p.server.Close)
	if w != nil {
		w.Target(p.server.URL, map[string]string{"whatsapp": "zap", "sms": "sms", "email": "mail"})
	}
	return p
}

func (p *product) answerWith(answer func(received) int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

func (p *product) all() []received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]received(nil), p.got...)
}

func drain(t testing.TB, w *World) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(t, w.Drain(ctx))
}

// post sends a request as a product would; nil when no answer came.
func post(t testing.TB, address string, header http.Header, body string) (int, map[string]any, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	require.NoError(t, err)
	request.Header = header
	client := &http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	var answer map[string]any
	require.NoError(t, json.Unmarshal(raw, &answer), "the answer is JSON: %s", raw)
	header.Set("Test-Retry-After", response.Header.Get("Retry-After"))
	return response.StatusCode, answer, nil
}

func bearer(w *World) http.Header {
	return http.Header{"Authorization": {"Bearer " + w.Secrets().WhatsAppToken}, "Content-Type": {"application/json"}}
}

func messagesURL(w *World) string {
	return w.URL() + "/v23.0/" + w.Secrets().PhoneNumberID + "/messages"
}

// text is a WhatsApp text with a reference.
func text(to, ref string) string {
	return fmt.Sprintf(`{"messaging_product":"whatsapp","recipient_type":"individual","to":%q,"type":"text","text":{"body":"Olá 👋"},"biz_opaque_callback_data":%q}`, to, ref)
}

// sendText sends one and returns the HTTP status, 0 when no answer came.
func sendText(t testing.TB, w *World, to, ref string) (int, map[string]any, error) {
	t.Helper()
	return post(t, messagesURL(w), bearer(w), text(to, ref))
}

// at follows a path of keys and indices into decoded JSON.
func at(v any, path ...any) any {
	for _, step := range path {
		switch key := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[key]
		case int:
			l, _ := v.([]any)
			if key >= len(l) {
				return nil
			}
			v = l[key]
		}
	}
	return v
}

// update is the one status or message of a WhatsApp webhook.
func update(t testing.TB, r received, field string) map[string]any {
	t.Helper()
	var body any
	require.NoError(t, json.NewDecoder(bytes.NewReader(r.body)).Decode(&body))
	one, _ := at(body, "entry", 0, "changes", 0, "value", field, 0).(map[string]any)
	return one
}

func sendSMS(t testing.TB, w *World, form url.Values) (int, map[string]any, error) {
	t.Helper()
	request := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {basic(w.Secrets())}}
	return post(t, w.URL()+"/2010-04-01/Accounts/"+w.Secrets().TwilioSID+"/Messages.json", request, form.Encode())
}

func basic(s Secrets) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(s.TwilioSID, s.TwilioToken)
	return r.Header.Get("Authorization")
}
