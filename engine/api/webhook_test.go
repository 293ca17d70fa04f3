package api

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/meta"
	"jornada/activities/channel/twilio"
	"jornada/engine"
)

// doors are the real drivers behind the door, two of a kind, so that the proof of
// one is tried at the other.
func (f *fixture) doors() {
	f.t.Helper()
	for _, i := range []engine.Integration{
		{ID: "wa", Provider: "meta", Channel: engine.WhatsApp, Settings: map[string]string{"phone_number_id": "111"}, Secrets: map[string]string{"token": "t", "app_secret": "secret of wa", "verify_token": "v"}},
		{ID: "wa2", Provider: "meta", Channel: engine.WhatsApp, Settings: map[string]string{"phone_number_id": "222"}, Secrets: map[string]string{"token": "t", "app_secret": "secret of wa2", "verify_token": "v"}},
		{ID: "sms", Provider: "twilio", Channel: engine.SMS, Settings: map[string]string{"account_sid": "AC" + strings.Repeat("0", 32), "from": "+5511900000000"}, Secrets: map[string]string{"auth_token": "token of sms"}},
		{ID: "sms2", Provider: "twilio", Channel: engine.SMS, Settings: map[string]string{"account_sid": "AC" + strings.Repeat("1", 32), "from": "+5511900000001"}, Secrets: map[string]string{"auth_token": "token of sms2"}},
	} {
		if _, err := f.store.PutIntegration(context.Background(), &i); err != nil {
			f.t.Fatal(err)
		}
	}
	f.server.Providers = channel.NewRegistry(map[string]channel.Constructor{"meta": meta.New, "twilio": twilio.New}, f.store, stopped(),
		func(id engine.IntegrationID) string { return "https://jornada.example/webhooks/" + string(id) })
}

// call is one webhook call as a provider makes it.
type call struct {
	label, path, body string
	header            map[string]string
}

func (f *fixture) hook(c call) *httptest.ResponseRecorder {
	f.t.Helper()
	h := http.Header{}
	for name, value := range c.header {
		h.Set(name, value)
	}
	return f.do("POST", c.path, h, strings.NewReader(c.body))
}

func metaBody(number, id, text string) string {
	return fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",`+
		`"metadata":{"display_phone_number":"15550000000","phone_number_id":%q},"contacts":[{"profile":{"name":"Ana"},"wa_id":"5511987654321"}],`+
		`"messages":[{"from":"5511987654321","id":%q,"timestamp":"1764072000","type":"text","text":{"body":%q}}]}}]}]}`, number, id, text)
}

func metaCall(integration, secret, body string) call {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return call{path: "/webhooks/" + integration, body: body, header: map[string]string{
		"Content-Type": "application/json", "X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	}}
}

func twilioCall(integration, token string, form url.Values) call {
	path := "/webhooks/" + integration
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte("https://jornada.example" + path))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		mac.Write([]byte(name + form.Get(name)))
	}
	return call{path: path, body: form.Encode(), header: map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}}
}

func sms(sid, text string) url.Values {
	return url.Values{"MessageSid": {sid}, "From": {"+5511987654321"}, "To": {"+5511900000000"}, "Body": {text}, "SmsStatus": {"received"}}
}

// Whatever is not proved to come from the provider, for this integration, word
// for word, is refused and leaves nothing behind.
func TestForgedWebhooks(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.doors()
		whatsapp := metaCall("wa", "secret of wa", metaBody("111", "wamid.1", "Olá 👋🏽 você"))
		text := twilioCall("sms", "token of sms", sms("SM1", "Olá 👋🏽 você"))
		with := func(c call, label string, change func(*call)) call {
			c.label, c.header = label, maps.Clone(c.header)
			change(&c)
			return c
		}
		flip := func(s string, at int) string {
			b := []byte(s)
			b[at] ^= 1
			return string(b)
		}
		var forged []call
		for _, signature := range []struct {
			of     call
			header string
			other  string
		}{{whatsapp, "X-Hub-Signature-256", "/webhooks/wa2"}, {text, "X-Twilio-Signature", "/webhooks/sms2"}} {
			of, name := signature.of, signature.header
			forged = append(
				forged,
				with(of, "unsigned", func(c *call) { delete(c.header, name) }),
				with(of, "empty signature", func(c *call) { c.header[name] = "" }),
				with(of, "another integration's address", func(c *call) { c.path = signature.other }),
				with(of, "a longer body", func(c *call) { c.body += " " }),
				with(of, "an empty body", func(c *call) { c.body = "" }),
				with(of, "the signature in capitals", func(c *call) { c.header[name] = strings.ToUpper(flip(c.header[name], len(c.header[name])-2)) }),
				with(of, "unsigned, of a type nobody reads", func(c *call) { delete(c.header, name); c.header["Content-Type"] = "text/plain" }),
				with(of, "unsigned, as curl sends it", func(c *call) { delete(c.header, name); c.header["Content-Type"] = formType }),
				with(of, "unsigned, of no type", func(c *call) { delete(c.header, name); delete(c.header, "Content-Type") }),
				with(of, "the signature in another header", func(c *call) { c.header["X-Signature"] = c.header[name]; delete(c.header, name) }),
			)
			for i := range 40 { // bit flips all over the body and the signature
				at := i * (len(of.body) - 1) / 39
				forged = append(forged, with(of, fmt.Sprintf("bit flip at byte %d", at), func(c *call) { c.body = flip(c.body, at) }))
			}
			for i := range 10 {
				at := len(of.header[name]) - 1 - 2*i
				forged = append(forged, with(of, fmt.Sprintf("signature flipped at %d", at), func(c *call) { c.header[name] = flip(c.header[name], at) }))
			}
		}
		forged = append(
			forged,
			with(metaCall("wa", "secret of wa2", whatsapp.body), "another integration's secret", func(*call) {}),
			with(metaCall("wa", "", whatsapp.body), "no secret at all", func(*call) {}),
			with(twilioCall("sms", "token of sms2", sms("SM1", "x")), "another account's token", func(*call) {}),
			with(text, "an address with a query", func(c *call) { c.path += "?ref=msg_1" }),
			with(text, "the other provider's signature", func(c *call) {
				c.header["X-Hub-Signature-256"] = whatsapp.header["X-Hub-Signature-256"]
				delete(c.header, "X-Twilio-Signature")
			}),
			with(whatsapp, "SHA-1, as Meta once signed", func(c *call) { c.header["X-Hub-Signature"] = "sha1=00"; delete(c.header, "X-Hub-Signature-256") }),
		)
		for _, c := range forged {
			if w := f.hook(c); w.Code != 401 {
				t.Errorf("%s %s answers %d: %s", c.path, c.label, w.Code, w.Body)
			}
		}
		if got := f.pending(); got != 0 {
			t.Fatalf("%d forged events are stored", got)
		}
		metrics := f.do("GET", "/metrics", nil, http.NoBody).Body.String()
		if !strings.Contains(metrics, `jornada_webhook_rejected_total{reason="signature"}`) {
			t.Error("forged calls are not counted")
		}
		for _, c := range []call{whatsapp, text} {
			if w := f.hook(c); w.Code != 200 {
				t.Errorf("the true call to %s answers %d: %s", c.path, w.Code, w.Body)
			}
		}
		if got := f.pending(); got != 2 {
			t.Errorf("%d events are stored after two true calls", got)
		}
	})
}

const formType = "application/x-www-form-urlencoded"

// The same call a thousand times is one event: Meta signs no time, so the event's
// own id is what stops a replay, for ever.
func TestReplayedWebhooks(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.doors()
		calls := []call{metaCall("wa", "secret of wa", metaBody("111", "wamid.1", "Sim")), twilioCall("sms", "token of sms", sms("SM1", "Sim"))}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range 125 {
					for _, c := range calls {
						if w := f.hook(c); w.Code != 200 {
							t.Errorf("a repetition answers %d: %s", w.Code, w.Body)
							return
						}
					}
				}
			})
		}
		group.Wait()
		if got := f.pending(); got != 2 {
			t.Errorf("%d events after 1,000 calls that say two things", got)
		}
	})
}

// A door reads one kind of body, of a bounded size and depth.
func TestWebhookBodies(t *testing.T) {
	f := inMemory(t)
	f.doors()
	typed := func(c call, kind string) call {
		c.header["Content-Type"] = kind
		return c
	}
	form := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"/etc/passwd\"\r\n\r\n{}\r\n--x--\r\n"
	for _, c := range []struct {
		label  string
		call   call
		status int
		reason string
	}{
		{"a form at WhatsApp's door", typed(metaCall("wa", "secret of wa", "a=1"), formType), 415, "media_type"},
		{"text at WhatsApp's door", typed(metaCall("wa", "secret of wa", metaBody("111", "x", "y")), "text/plain"), 415, "media_type"},
		{"an upload at WhatsApp's door", typed(metaCall("wa", "secret of wa", form), "multipart/form-data; boundary=x"), 415, "media_type"},
		{"JSON that says it is an upload", typed(metaCall("wa", "secret of wa", metaBody("111", "x", "y")), "multipart/form-data; boundary=x"), 415, "media_type"},
		{"a type nobody can read", typed(metaCall("wa", "secret of wa", "{}"), "application/json; ;"), 415, "media_type"},
		{"an upload at Twilio's door", typed(twilioCall("sms", "token of sms", sms("SM9", "x")), "multipart/form-data; boundary=x"), 415, "media_type"},
		{"XML at Twilio's door", typed(twilioCall("sms", "token of sms", sms("SM9", "x")), "text/xml"), 415, "media_type"},
		{"JSON at Twilio's door, covered by nothing", typed(twilioCall("sms", "token of sms", sms("SM9", "x")), "application/json"), 401, "signature"},
		{"too deep", metaCall("wa", "secret of wa", strings.Repeat(`{"entry":`, 65)+"1"+strings.Repeat("}", 65)), 422, "unreadable"},
		{"deep and endless", metaCall("wa", "secret of wa", strings.Repeat("[", maxWebhook)), 422, "unreadable"},
		{"no JSON", metaCall("wa", "secret of wa", "hello"), 422, "unreadable"},
		{"too large", metaCall("wa", "secret of wa", strings.Repeat(" ", maxWebhook)+"{}"), 413, "too_large"},
	} {
		before := f.metric(c.reason)
		w := f.hook(c.call)
		if w.Code != c.status {
			t.Errorf("%s answers %d, want %d: %s", c.label, w.Code, c.status, w.Body)
		}
		if f.metric(c.reason) != before+1 {
			t.Errorf("%s is not counted as %s", c.label, c.reason)
		}
	}
	c := metaCall("wa", "secret of wa", strings.Repeat(" ", maxWebhook)+"{}")
	r := httptest.NewRequest(http.MethodPost, c.path, struct{ *strings.Reader }{strings.NewReader(c.body)}) // a stream without Content-Length
	r.ContentLength = -1
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	if w.Code != 413 {
		t.Errorf("a large stream answers %d", w.Code)
	}
	if got := f.pending(); got != 0 {
		t.Errorf("%d events are stored", got)
	}
	for label, c := range map[string]call{
		"JSON with a charset": typed(metaCall("wa", "secret of wa", metaBody("111", "wamid.2", "y")), "application/json; charset=utf-8"),
		"JSON without a type": typed(metaCall("wa", "secret of wa", metaBody("111", "wamid.3", "y")), ""),
	} {
		if w := f.hook(c); w.Code != 200 {
			t.Errorf("%s answers %d: %s", label, w.Code, w.Body)
		}
	}
}

// metric reads one reason of the refused calls.
func (f *fixture) metric(reason string) (n float64) {
	f.t.Helper()
	for line := range strings.Lines(f.do("GET", "/metrics", nil, http.NoBody).Body.String()) {
		if rest, found := strings.CutPrefix(line, `jornada_webhook_rejected_total{reason="`+reason+`"} `); found {
			if _, err := fmt.Sscan(rest, &n); err != nil {
				f.t.Fatal(err)
			}
		}
	}
	return n
}

// slowRuntime stores nothing before it is let go.
type slowRuntime struct {
	*fakeRuntime

	started chan struct{}
	release chan struct{}
}

func (r *slowRuntime) Deliver(ctx context.Context, events []engine.InboundEvent) error {
	r.started <- struct{}{}
	<-r.release
	return r.fakeRuntime.Deliver(ctx, events)
}

// With the database slow, a few calls are stored, some wait, and the next is told
// 503, to come again: never 429, which Twilio takes for a broken webhook, and
// never 200 before the commit.
func TestTheLineOfWebhooksIsBounded(t *testing.T) {
	f := inMemory(t)
	f.connect()
	slow := &slowRuntime{f.runtime, make(chan struct{}, 100), make(chan struct{})}
	f.server.Runtime, f.server.intake = slow, newIntake(2, 3)
	hook := func(key string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/main", strings.NewReader(key))
		r.Header.Set("X-Key", "k")
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w
	}
	answers := make(chan int, 5)
	var group sync.WaitGroup
	for i := range 5 { // two at work, three in line
		group.Go(func() { answers <- hook(fmt.Sprint("e", i)).Code })
	}
	<-slow.started
	<-slow.started
	for deadline := time.Now().Add(10 * time.Second); len(f.server.intake.inside) < 5; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("the calls do not come in")
		}
	}
	for i := range 20 {
		w := hook(fmt.Sprint("over", i))
		if w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Fatalf("a call beyond the line answers %d, want 503 with Retry-After", w.Code)
		}
	}
	if got := f.metric("busy"); got != 20 {
		t.Errorf("%v calls are counted as busy, want 20", got)
	}
	if len(answers) > 0 || f.pending() != 0 {
		t.Fatal("a call was answered before it was stored")
	}
	close(slow.release)
	group.Wait()
	close(answers)
	for code := range answers {
		if code != 200 {
			t.Errorf("a call in line answers %d, want 200", code)
		}
	}
	if got := f.pending(); got != 5 {
		t.Errorf("%d events are stored, want the five that were told 200", got)
	}
}

// A caller who leaves while it waits in line gives its place back.
func TestALineIsLeft(t *testing.T) {
	line := newIntake(1, 1)
	busy, done := make(chan struct{}), make(chan struct{})
	go func() {
		_ = line.do(context.Background(), func() error { close(busy); <-done; return nil })
	}()
	<-busy
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 10 {
		if err := line.do(ctx, func() error { return nil }); !errors.Is(err, context.Canceled) {
			t.Fatalf("a caller who has left: %v", err)
		}
	}
	close(done)
}

// A client that writes its whole body before it listens, as many do, hears that it
// is too large, and does not find its connection reset.
func TestWhoWritesFirstHears413(t *testing.T) {
	f := inMemory(t)
	f.connect()
	server := httptest.NewUnstartedServer(nil)
	server.Config = NewServer("", f.handler)
	server.Start()
	defer server.Close()
	const large = 10 << 20
	block := strings.Repeat(" ", 64<<10)
	for label, c := range map[string]struct {
		head  string
		write func(w *bufio.Writer)
	}{
		"with its length": {fmt.Sprintf("POST /webhooks/main HTTP/1.1\r\nHost: x\r\nX-Key: k\r\nContent-Length: %d\r\n\r\n", large), func(w *bufio.Writer) {
			for range large / len(block) {
				_, _ = w.WriteString(block)
			}
		}},
		"in chunks": {"POST /webhooks/main HTTP/1.1\r\nHost: x\r\nX-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n", func(w *bufio.Writer) {
			for range large / len(block) {
				_, _ = fmt.Fprintf(w, "%x\r\n%s\r\n", len(block), block)
			}
			_, _ = w.WriteString("0\r\n\r\n")
		}},
		"JSON of ours": {fmt.Sprintf("POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", testSecret, large), func(w *bufio.Writer) {
			for range large / len(block) {
				_, _ = w.WriteString(block)
			}
		}},
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(conn)
		_, _ = w.WriteString(c.head)
		c.write(w)
		if err := w.Flush(); err != nil {
			t.Errorf("%s: writing: %v", label, err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", label, err)
		} else {
			if answer.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: answered %d, want 413", label, answer.StatusCode)
			}
			_ = answer.Body.Close()
		}
		_ = conn.Close()
	}
	if f.metric("too_large") != 2 || f.pending() != 0 {
		t.Error("the large calls are not counted, or were stored")
	}
}

// Slow clients are cut off: while they write the header by the server's limit,
// while they write the body by the call's own.
func TestSlowlorises(t *testing.T) {
	f := inMemory(t)
	f.connect()
	f.server.patience = func(route) time.Duration { return 300 * time.Millisecond }
	limits := NewServer("", f.handler)
	if limits.ReadHeaderTimeout != 10*time.Second || limits.MaxHeaderBytes > 64<<10 || limits.ReadTimeout == 0 || limits.WriteTimeout == 0 || limits.IdleTimeout == 0 {
		t.Errorf("the server has no limits: %+v", limits)
	}
	limits.ReadHeaderTimeout = 300 * time.Millisecond
	server := httptest.NewUnstartedServer(nil)
	server.Config = limits
	server.Start()
	defer server.Close()
	dial := func(text string) *bufio.Reader {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return bufio.NewReader(conn)
	}
	if _, err := dial("POST /webhooks/main HTTP/1.1\r\nHost: x\r\nX-Slow: ").ReadByte(); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a header that never ends: %v, want a closed connection", err)
	}
	answer, err := http.ReadResponse(dial("POST /webhooks/main HTTP/1.1\r\nHost: x\r\nX-Key: k\r\nContent-Length: 100\r\n\r\nsome"), nil)
	if err != nil {
		t.Fatalf("a body that never ends: %v", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusRequestTimeout {
		t.Errorf("a body that never ends answers %d, want 408", answer.StatusCode)
	}
	if f.metric("broken_off") != 1 || f.pending() != 0 {
		t.Error("the slow call is not counted, or was stored")
	}
	many := strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 100)
	if line, err := dial("POST /webhooks/main HTTP/1.1\r\nHost: x\r\n" + many + "\r\n").ReadString('\n'); err == nil && !strings.Contains(line, "431") {
		t.Errorf("100 KB of headers answer %q", line)
	}
}
