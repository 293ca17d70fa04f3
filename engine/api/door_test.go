package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"jornada/engine"
)

func (f *fixture) connect() {
	f.t.Helper()
	if w := f.admin("POST", "/api/v1/integrations", `{"id":"main","provider":"echo","channel":"whatsapp","secrets":{"key":"k"}}`); w.Code != 201 {
		f.t.Fatal(w.Body)
	}
}

func (f *fixture) pending() int64 {
	f.t.Helper()
	counts, err := f.store.Counts(f.t.(*testing.T).Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return counts.PendingEvents
}

// Nothing unproved is stored; what is proved is stored once, before the 200.
func TestWebhooks(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.connect()
		hook := func(method, path, key, body string) *httptest.ResponseRecorder {
			return f.do(method, path, http.Header{"X-Key": {key}, "Content-Type": {"application/json"}}, strings.NewReader(body))
		}
		for _, c := range []struct {
			label, method, path, key, body string
			status                         int
			pending                        int64
		}{
			{"unsigned", "POST", "/webhooks/main", "", "e1", 401, 0},
			{"another secret", "POST", "/webhooks/main", "K", "e1", 401, 0},
			{"an integration we do not have", "POST", "/webhooks/other", "k", "e1", 404, 0},
			{"too large", "POST", "/webhooks/main", "k", strings.Repeat("x", maxWebhook+1), 413, 0},
			{"signed", "POST", "/webhooks/main", "k", "e1", 200, 1},
			{"the same again", "POST", "/webhooks/main", "k", "e1", 200, 1},
			{"another", "POST", "/webhooks/main", "k", "e2 🙂", 200, 2},
			{"the challenge", "GET", "/webhooks/main?challenge=42", "k", "", 200, 2},
			{"a forged challenge", "GET", "/webhooks/main?challenge=42", "x", "", 403, 2},
		} {
			w := hook(c.method, c.path, c.key, c.body)
			if w.Code != c.status {
				t.Errorf("%s answers %d, want %d: %s", c.label, w.Code, c.status, w.Body)
			}
			if got := f.pending(); got != c.pending {
				t.Errorf("%s: %d events are stored, want %d", c.label, got, c.pending)
			}
			if c.method == "POST" && c.status == 200 && w.Body.String() != "jornada.example" {
				t.Errorf("%s: the driver saw the host %q, want the public one", c.label, w.Body)
			}
		}
		f.runtime.away = true
		if w := hook("POST", "/webhooks/main", "k", "e3"); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("with the store away a webhook answers %d, want 503 with Retry-After", w.Code)
		}
		f.runtime.away = false
		for range 1000 {
			if w := hook("POST", "/webhooks/main", "k", "e1"); w.Code != 200 {
				t.Fatalf("a webhook answers %d: they are never throttled", w.Code)
			}
		}
		text := f.do("GET", "/metrics", nil, http.NoBody).Body.String()
		if !strings.Contains(text, `jornada_webhook_rejected_total{reason="signature"} 3`) {
			t.Error("refused signatures are not counted")
		}
	})
}

func TestIdempotencyKey(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		body := `{"event":"appointment.scheduled","contact":{"id":"ana"},"data":{"appointment_id":"1","starts_at":"2026-11-27T14:30:00-03:00","doctor":"x","unit":{"name":"y"}}}`
		first := f.admin("POST", "/api/v1/events", body, "Idempotency-Key", "k1")
		again := f.admin("POST", "/api/v1/events", body, "Idempotency-Key", "k1")
		if first.Code != 202 || again.Code != 202 || first.Body.String() != again.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("the repetition answers %d %s, the first %d %s", again.Code, again.Body, first.Code, first.Body)
		}
		if got := f.pending(); got != 1 {
			t.Errorf("%d events are stored, want 1", got)
		}
		if w := f.admin("POST", "/api/v1/events", strings.Replace(body, `"1"`, `"2"`, 1), "Idempotency-Key", "k1"); w.Code != 409 {
			t.Errorf("another body answers %d, want 409", w.Code)
		}
		if w := f.admin("POST", "/api/v1/events", `{"event":"x"}`, "Idempotency-Key", "k2"); w.Code != 422 {
			t.Errorf("a refusal answers %d", w.Code)
		}
		if w := f.admin("POST", "/api/v1/events", body, "Idempotency-Key", "k2"); w.Code != 202 {
			t.Errorf("a mended body under the key of a refusal answers %d, want 202", w.Code)
		}
		sheet := "id,first_name\nrui,Rui\n"
		one := f.admin("POST", "/api/v1/contacts/import", sheet, "Content-Type", csvType, "Idempotency-Key", "k3")
		two := f.admin("POST", "/api/v1/contacts/import", sheet, "Content-Type", csvType, "Idempotency-Key", "k3")
		if one.Code != 200 || one.Body.String() != two.Body.String() {
			t.Errorf("an import answers %s, its repetition %s", one.Body, two.Body)
		}

		made := f.admin("POST", "/api/v1/tokens", `{"name":"CI","scopes":["journeys"]}`, "Idempotency-Key", "k4")
		var token struct{ ID, Token string }
		if err := json.Unmarshal(made.Body.Bytes(), &token); err != nil || !strings.HasPrefix(token.Token, "jrn_") || len(token.Token) != 47 {
			t.Fatalf("a token is made: %v %s", err, made.Body)
		}
		repeat := f.admin("POST", "/api/v1/tokens", `{"name":"CI","scopes":["journeys"]}`, "Idempotency-Key", "k4").Body.String()
		if strings.Contains(repeat, token.Token) || !strings.Contains(repeat, token.ID) {
			t.Errorf("a repeated call names the token without its secret; it says %s", repeat)
		}
		use := func() int {
			return f.do("GET", "/api/v1/journeys", http.Header{"Authorization": {"Bearer " + token.Token}}, http.NoBody).Code
		}
		if got := use(); got != 200 {
			t.Errorf("the token answers %d", got)
		}
		if w := f.admin("DELETE", "/api/v1/tokens/"+token.ID, ""); w.Code != 204 || use() != 401 {
			t.Errorf("revoking answers %d, and using it afterwards %d", w.Code, use())
		}
	})
}

// A day later the same key is a new request, and means a new enrollment.
func TestAKeyIsRememberedForADay(t *testing.T) {
	f := inMemory(t)
	f.seed()
	f.forgetAnswers()
	f.admin("PUT", "/api/v1/contacts/ana", `{"addresses":{"phone":"+5511987654321"}}`)
	enroll := func() {
		w := f.admin("POST", "/api/v1/journeys/hello/enrollments", `{"contact_id":"ana","inputs":{"starts_at":"2026-11-27T14:30:00-03:00"}}`, "Idempotency-Key", "k1")
		if w.Code > 201 {
			t.Fatalf("enrolling answers %d %s", w.Code, w.Body)
		}
	}
	enroll()
	enroll()
	f.server.Clock = engine.NewClock(engine.Anchor{}, func() time.Time { return noon.Add(25 * time.Hour) })
	enroll()
	if asked := f.runtime.asked; asked[0].ID != asked[1].ID || asked[2].ID == asked[1].ID {
		t.Errorf("enrollments are asked for under %v", asked)
	}
}

// outage is a store whose database is away for a while.
type outage struct {
	Store

	away *atomic.Bool
}

func (o outage) Version(ctx context.Context, hash engine.VersionHash) (*engine.Version, error) {
	if o.away.Load() {
		return nil, engine.Errorf(engine.Unavailable, "the database is away")
	}
	return o.Store.Version(ctx, hash)
}

func (o outage) DropAnswer(ctx context.Context, key string) error {
	if o.away.Load() {
		return engine.Errorf(engine.Unavailable, "the database is away")
	}
	return o.Store.DropAnswer(ctx, key)
}

// The database goes away under a call with a key. As soon as it is back the call
// can be made again: the key is not reserved for somebody who gave up.
func TestAnOutageFreesTheKey(t *testing.T) {
	f := inMemory(t)
	f.seed()
	away := &atomic.Bool{}
	f.server.Store = outage{f.server.Store, away}
	f.admin("PUT", "/api/v1/contacts/ana", `{"addresses":{"phone":"+5511987654321"}}`)
	enroll := func() int {
		return f.admin("POST", "/api/v1/journeys/hello/enrollments", `{"contact_id":"ana","inputs":{"starts_at":"2026-11-27T14:30:00-03:00"}}`, "Idempotency-Key", "k1").Code
	}
	away.Store(true)
	if got := enroll(); got != 503 {
		t.Fatalf("with the database away enrolling answers %d, want 503", got)
	}
	away.Store(false)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	got := 0
	for deadline := time.Now().Add(10 * time.Second); got != 201 && time.Now().Before(deadline); <-tick.C {
		got = enroll()
	}
	if got != 201 {
		t.Errorf("after the outage enrolling answers %d, want 201", got)
	}
}

// A page of the internet reaches neither the phone nor what is behind it.
func TestThePhoneAnswersOnlyThisMachine(t *testing.T) {
	f := inMemory(t)
	for _, c := range []struct {
		host, origin, site string
		status             int
	}{
		{"127.0.0.1:8080", "", "", 200}, {"localhost:8080", "http://localhost:8080", "same-origin", 200}, {"[::1]:8080", "", "none", 200},
		{"rebind.example:8080", "", "", 403}, {"127.0.0.1.rebind.example", "", "", 403}, {"10.0.0.1:8080", "", "", 403},
		{"127.0.0.1:8080", "https://evil.example", "", 403}, {"127.0.0.1:8080", "null", "", 403}, {"127.0.0.1:8080", "http://127.0.0.1:9999", "", 403},
		{"127.0.0.1:8080", "", "cross-site", 403}, {"", "", "", 403},
	} {
		for _, r := range f.server.phoneRoutes() {
			q := httptest.NewRequest(r.method, strings.Replace(r.path, ":id", "x", 1), http.NoBody)
			q.Host = c.host
			if c.origin != "" {
				q.Header.Set("Origin", c.origin)
			}
			if c.site != "" {
				q.Header.Set("Sec-Fetch-Site", c.site)
			}
			w := httptest.NewRecorder()
			f.handler.ServeHTTP(w, q)
			if (w.Code == 403) != (c.status == 403) {
				t.Errorf("%s from %+v answers %d", r.operation, c, w.Code)
			}
		}
	}
	without := newServer(Deps{Store: f.store, Auth: f.auth, People: f.server.People, Runtime: f.runtime, Providers: &fakeProviders{f.store}, Simulator: &fakeSimulator{}, Clock: stopped()}).handler()
	w := httptest.NewRecorder()
	without.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/phone", http.NoBody))
	if w.Code != 404 {
		t.Errorf("without `jornada dev` the phone answers %d, want 404", w.Code)
	}
}

func TestHeadersAndPage(t *testing.T) {
	f := inMemory(t)
	page := f.do("GET", "/phone", nil, http.NoBody)
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains", "Content-Security-Policy": cspPage} {
		if got := page.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if strings.Contains(cspPage, "unsafe") || f.do("GET", "/healthz", nil, http.NoBody).Header().Get("Content-Security-Policy") != cspAPI {
		t.Error("a content security policy is too wide")
	}
	html := page.Body.String()
	for _, inline := range []string{"<script>", " style=", "<style", " onclick", "javascript:"} {
		if strings.Contains(html, inline) {
			t.Errorf("the page contains %q, which its own policy forbids", inline)
		}
	}
	for _, word := range wordKeys(html) {
		raw, err := phoneFiles.ReadFile("phone/words.js")
		if err != nil || bytes.Count(raw, []byte(word+":")) < 2 {
			t.Errorf("the word %q is not there in both languages (%v)", word, err)
		}
	}
}

func wordKeys(html string) (keys []string) {
	for _, part := range strings.Split(html, "data-")[1:] {
		for _, kind := range []string{`word="`, `label="`} {
			if rest, is := strings.CutPrefix(part, kind); is {
				keys = append(keys, rest[:strings.IndexByte(rest, '"')])
			}
		}
	}
	return keys
}

func TestRateLimitSaysWhenToComeBack(t *testing.T) {
	f := inMemory(t)
	f.server.Rate, f.server.Burst = 1, 2
	for i, want := range []int{200, 200, 429} {
		w := f.admin("GET", "/api/v1/journeys", "")
		if w.Code != want {
			t.Errorf("call %d answers %d, want %d", i+1, w.Code, want)
		}
		if seconds, err := strconv.Atoi(w.Header().Get("Retry-After")); want == 429 && (err != nil || seconds < 1) {
			t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
		}
	}
}

func TestBodiesHaveLimits(t *testing.T) {
	f := inMemory(t)
	large := `{"attributes":{"first_name":"` + strings.Repeat("x", maxJSON) + `"}}`
	if w := f.admin("PUT", "/api/v1/contacts/a", large); w.Code != 413 {
		t.Errorf("a large body answers %d", w.Code)
	}
	h := http.Header{"Authorization": {"Bearer " + testSecret}, "Content-Type": {"application/json"}}
	if w := f.do("PUT", "/api/v1/contacts/a", h, io.MultiReader(strings.NewReader(large))); w.Code != 413 { // without Content-Length
		t.Errorf("a large stream answers %d", w.Code)
	}
	deep := `{"attributes":` + strings.Repeat(`{"a":`, 70) + `1` + strings.Repeat(`}`, 71)
	if w := f.admin("PUT", "/api/v1/contacts/a", deep); w.Code != 400 || !strings.Contains(w.Body.String(), "64") {
		t.Errorf("a deep body answers %d %s", w.Code, w.Body)
	}
}

func TestNotReadyIsSaidInWords(t *testing.T) {
	f := inMemory(t)
	f.runtime.away = true
	w := f.do("GET", "/readyz", nil, http.NoBody)
	if w.Code != 503 || !strings.Contains(w.Body.String(), `{"name":"temporal","ok":false,"message":"does not answer; events are kept and delivered later"}`) {
		t.Errorf("with Temporal away /readyz answers %d %s", w.Code, w.Body)
	}
	f.runtime.away = false
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	if w := f.do("GET", "/readyz", nil, http.NoBody); w.Code != 503 || !strings.Contains(w.Body.String(), `"database","ok":false`) {
		t.Errorf("with the database away /readyz answers %d %s", w.Code, w.Body)
	}
	if w := f.admin("GET", "/api/v1/journeys", ""); w.Code != 503 {
		t.Errorf("with the database away a call answers %d, want 503", w.Code)
	}
	if w := f.do("GET", "/healthz", nil, http.NoBody); w.Code != 200 {
		t.Errorf("with the database away /healthz answers %d: nobody should kill us for it", w.Code)
	}
}

// A server may die after the enrollment and before its answer is kept. The caller
// tries again with its key, and the enrollment is asked for under the same id.
func TestRepeatedEnrollmentIsTheSame(t *testing.T) {
	f := inMemory(t)
	f.seed()
	f.admin("PUT", "/api/v1/contacts/ana", `{"addresses":{"phone":"+5511987654321"}}`)
	body := `{"contact_id":"ana","inputs":{"starts_at":"2026-11-27T14:30:00-03:00"}}`
	for _, key := range []string{"k1", "k2"} {
		if w := f.admin("POST", "/api/v1/journeys/hello/enrollments", body, "Idempotency-Key", key); w.Code > 201 {
			t.Fatalf("enrolling answers %d %s", w.Code, w.Body)
		}
	}
	f.forgetAnswers()
	f.admin("POST", "/api/v1/journeys/hello/enrollments", body, "Idempotency-Key", "k1")
	f.admin("POST", "/api/v1/journeys/hello/enrollments", body)
	asked := f.runtime.asked
	if len(asked) != 4 || asked[0].ID == "" || asked[0].ID != asked[2].ID || asked[0].ID == asked[1].ID || asked[3].ID != "" {
		t.Errorf("enrollments are asked for under %v", asked)
	}
}

// The phone hands over exactly the option that was tapped.
func TestTapFindsItsMessage(t *testing.T) {
	f := inMemory(t)
	f.seed()
	f.connect()
	f.admin("PUT", "/api/v1/contacts/ana", `{"addresses":{"phone":"+5511987654321"}}`)
	f.admin("POST", "/api/v1/journeys/hello/enrollments", `{"contact_id":"ana","inputs":{"starts_at":"2026-11-27T14:30:00-03:00"}}`)
	f.seedConversation()
	for _, option := range []string{"confirmed", "Confirmar", "p1"} {
		f.phone.inputs = nil
		if w := f.admin("POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","option":"`+option+`"}`); w.Code != 202 {
			t.Fatalf("tapping %s answers %d %s", option, w.Code, w.Body)
		}
		in := f.phone.inputs[0]
		if in.Choice == nil || in.Choice.Payload != "p1" || in.ReplyTo == nil || in.ReplyTo.ID != engine.MessageID("msg_1") {
			t.Errorf("tapping %s hands over %+v", option, in)
		}
	}
}

// A browser's form and a program's body import the same file alike.
func TestImportFromAForm(t *testing.T) {
	f := inMemory(t)
	form := func(field, content string) *httptest.ResponseRecorder {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		part, err := w.CreateFormFile(field, "contatos.csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return f.do("POST", "/api/v1/contacts/import", http.Header{"Authorization": {"Bearer " + testSecret}, "Content-Type": {w.FormDataContentType()}}, &body)
	}
	if w := form("file", "id\tfirst_name\nana\tAna\n"); w.Code != 200 || !strings.Contains(w.Body.String(), `"created":1`) {
		t.Errorf("a form answers %d %s", w.Code, w.Body)
	}
	if w := form("attachment", "id\nana\n"); w.Code != 422 {
		t.Errorf("a form without the field `file` answers %d", w.Code)
	}
	if w := form("file", "id,first_name\nana,Jo\xe3o\n"); w.Code != 200 || !strings.Contains(w.Body.String(), `"line":2,"column":"first_name"`) || !strings.Contains(w.Body.String(), "CSV UTF-8") {
		t.Errorf("a file that is not UTF-8 answers %d %s", w.Code, w.Body)
	}
	for _, path := range []string{"/api/v1/contacts/ana", "/api/v1/events"} {
		if w := f.admin("POST", path, "x=1", "Content-Type", "multipart/form-data; boundary=x"); w.Code != 415 && w.Code != 405 {
			t.Errorf("%s takes a form: %d", path, w.Code)
		}
	}
}

// An imported row never empties what it does not name, nor tells journeys about
// contacts that are new.
func TestImportMerges(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.admin("PUT", "/api/v1/contacts/ana", `{"attributes":{"first_name":"Ana","visits":3},"addresses":{"phone":"+5511987654321"},"opt_in":{"whatsapp":true}}`)
		w := f.admin("POST", "/api/v1/contacts/import", "phone,visits\n(11) 98765-4321,4\n11 91111-2222,1\n", "Content-Type", csvType)
		if w.Code != 200 || !strings.Contains(w.Body.String(), `"created":1,"updated":1`) {
			t.Fatalf("the import answers %d %s", w.Code, w.Body)
		}
		ana := read[contactView](t, f.admin("GET", "/api/v1/contacts/ana", ""))
		if ana.Attributes["first_name"] != "Ana" || ana.Attributes["visits"] != float64(4) || !ana.OptIn[engine.WhatsApp] {
			t.Errorf("after the import Ana is %+v", ana)
		}
		if len(f.runtime.changed) != 1 || f.runtime.changed[0] != "ana" {
			t.Errorf("journeys were told of %v, want ana alone", f.runtime.changed)
		}
	})
}
