package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine/store/storetest"
)

type secrets map[string]any

func (s secrets) Secrets(context.Context) (map[string]any, error) { return s, nil }

// caller is a world whose journey may call loopback.
func caller(t *testing.T) *world {
	w := newWorld(t, storetest.SQLite(t))
	w.config.AllowEgress = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	w.config.Secrets = secrets{"clinic": map[string]any{"token": "s3cret"}}
	w.restart()
	return w
}

func (w *world) call(c *dsl.Call) activities.CallResult {
	w.t.Helper()
	if c.Timeout == 0 {
		c.Timeout = dsl.Duration(2 * time.Second)
	}
	w.plan.Nodes["call"] = &dsl.Node{ID: "call", Verb: "call", Call: c}
	r, err := w.Call(w.ctx, activities.CallInput{Base: w.base, StepID: "call"})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func TestCallSendsWhatTheAuthorWrote(t *testing.T) {
	w := caller(t)
	var got struct {
		method, path, query, body string
		header                    http.Header
	}
	keys := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got.method, got.path, got.query, got.body, got.header = r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Header
		keys[r.Header.Get("Idempotency-Key")] = true
		_, _ = io.WriteString(rw, `{"slot": "14:00", "free": 3, "secret": "not asked for"}`)
	}))
	defer server.Close()
	call := &dsl.Call{
		Method: "POST", URL: text(server.URL + "/appointments/{{ contact.id }}/confirm"),
		Headers: map[string]*dsl.Text{"Authorization": text("Bearer {{ secrets.clinic.token }}")},
		Query:   map[string]*dsl.Text{"doctor": text("{{ inputs.doctor }}")},
		Body: map[string]any{
			"name": map[string]any{"$text": map[string]any{"source": "{{ contact.first_name }}"}},
			"at":   map[string]any{"$text": map[string]any{"source": "{{ inputs.starts_at }}"}},
			"list": []any{1, text("{{ contact.visits }}"), true, nil},
		},
		Returns: expression.Fields{"slot": {Kind: expression.String}, "free": {Kind: expression.Int}, "note": {Kind: expression.String, Optional: true}},
	}
	r := w.call(call)
	if !r.OK || r.Status != 200 || r.Body["slot"] != "14:00" || fmt.Sprint(r.Body["free"]) != "3" || r.Body["secret"] != nil {
		t.Errorf("result %s", pretty(r))
	}
	if got.method != "POST" || got.path != "/appointments/ana/confirm" || got.query != "doctor=Dra.+Lima" {
		t.Errorf("request %s %s?%s", got.method, got.path, got.query)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || body["name"] != "Ana" || fmt.Sprint(body["list"]) != "[1 2 true <nil>]" {
		t.Errorf("body %s (%v)", got.body, err)
	}
	if got.header.Get("Authorization") != "Bearer s3cret" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", got.header)
	}
	w.call(call)
	if len(keys) != 1 {
		t.Errorf("two attempts had %d keys", len(keys))
	}
	if logs := w.logs.String(); strings.Contains(logs, "s3cret") || strings.Contains(logs, "Ana") || strings.Contains(logs, "/appointments") {
		t.Errorf("the log says too much:\n%s", logs)
	}
}

func TestCallAnswers(t *testing.T) {
	w := caller(t)
	var status int
	var body string
	header := http.Header{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for k := range header {
			rw.Header().Set(k, header.Get(k))
		}
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, body)
	}))
	defer server.Close()
	returns := expression.Fields{"n": {Kind: expression.Int}}
	cases := []struct {
		status int
		body   string
		after  string
		want   activities.CallResult
	}{
		{200, `{"n": 3}`, "", activities.CallResult{OK: true}},
		{204, ``, "", activities.CallResult{Reason: `field "n" does not fit`}},
		{201, `{"n": "x"}`, "", activities.CallResult{Reason: `field "n" does not fit`}},
		{200, `<html>`, "", activities.CallResult{Reason: "not a JSON object"}},
		{200, `{"n": 1, "pad": "` + strings.Repeat("x", 1<<20) + `"}`, "", activities.CallResult{Reason: "larger than 1 MB"}},
		{400, `{}`, "", activities.CallResult{Reason: "400 Bad Request"}},
		{404, `{}`, "", activities.CallResult{Reason: "404 Not Found"}},
		{408, `{}`, "", activities.CallResult{Reason: "408", Retry: true}},
		{425, `{}`, "", activities.CallResult{Reason: "425", Retry: true}},
		{429, `{}`, "7", activities.CallResult{Reason: "429", Retry: true, After: 7 * time.Second}},
		{500, `{}`, "-3", activities.CallResult{Reason: "500", Retry: true}},
		{503, `{}`, "86400", activities.CallResult{Reason: "503", Retry: true, After: time.Hour}},
		{307, ``, "", activities.CallResult{Reason: "redirected (307)"}},
	}
	for _, c := range cases {
		status, body = c.status, c.body
		header = http.Header{}
		if c.after != "" {
			header.Set("Retry-After", c.after)
		}
		if c.status == 307 {
			header.Set("Location", "/elsewhere")
		}
		r := w.call(&dsl.Call{Method: "POST", URL: text(server.URL), Body: map[string]any{"a": 1}, Returns: returns})
		if r.OK != c.want.OK || r.Retry != c.want.Retry || r.After != c.want.After || !strings.Contains(r.Reason, c.want.Reason) || r.Status != c.status {
			t.Errorf("%d: %s", c.status, pretty(r))
		}
	}
	status = 429
	header = http.Header{"Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}, "Retry-After": {"Mon, 23 Nov 2026 12:00:30 GMT"}}
	if r := w.call(&dsl.Call{Method: "GET", URL: text(server.URL)}); r.After != 30*time.Second {
		t.Errorf("a moment to try again: %s", r.After)
	}
	server.Close()
	if r := w.call(&dsl.Call{Method: "GET", URL: text(server.URL)}); !r.Retry || r.OK || !strings.Contains(r.Reason, "could not be reached") {
		t.Errorf("a server that is away: %s", pretty(r))
	}
	if r := w.call(&dsl.Call{Method: "GET", URL: text("{{ inputs.nothing.at.all + 1 }}")}); r.OK || r.Retry || !strings.HasPrefix(r.Reason, "url: ") {
		t.Errorf("an address that cannot be written: %s", pretty(r))
	}
}

// One attempt is at most one POST on the wire, although the header that makes
// Go's transport resend is there, the connection is warm and it breaks after the
// request was read.
func TestCallIsAtMostOnePost(t *testing.T) {
	for _, body := range []any{nil, map[string]any{"a": 1}} {
		t.Run(fmt.Sprintf("body %v", body != nil), func(t *testing.T) {
			w := caller(t)
			var posts atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadAll(r.Body)
				if posts.Add(1) == 1 {
					return // warms the connection
				}
				conn, _, err := rw.(http.Hijacker).Hijack()
				if err == nil {
					_ = conn.(*net.TCPConn).SetLinger(0)
					_ = conn.Close()
				}
			}))
			defer server.Close()
			call := &dsl.Call{Method: "POST", URL: text(server.URL), Body: body}
			if r := w.call(call); !r.OK {
				t.Fatalf("first: %s", pretty(r))
			}
			if r := w.call(call); r.OK || !r.Retry {
				t.Errorf("reset: %s", pretty(r))
			}
			if n := posts.Load(); n != 2 {
				t.Errorf("two attempts made %d POSTs", n)
			}
		})
	}
}

func TestCallTimeout(t *testing.T) {
	w := caller(t)
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	r := w.call(&dsl.Call{Method: "GET", URL: text(server.URL), Timeout: dsl.Duration(50 * time.Millisecond)})
	if !r.Retry || !strings.Contains(r.Reason, "did not answer in time") {
		t.Errorf("result %s", pretty(r))
	}
}

// The ways people write a private address; none may connect. The listener on
// loopback proves that nothing came.
func TestCallReachesNoPrivateAddress(t *testing.T) {
	var reached atomic.Int32
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	server.Listener = listener
	server.Start()
	defer server.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	w := newWorld(t, storetest.SQLite(t))
	for _, host := range []string{
		"127.0.0.1", "localhost", "LOCALHOST", "127.1", "127.0.0.1.", "0.0.0.0", "0", "2130706433", "0x7f000001", "0177.0.0.1", "127.000.000.001",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
		"10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "224.0.0.1", "255.255.255.255", "[ff02::1]", "user@127.0.0.1",
	} {
		r := w.call(&dsl.Call{Method: "GET", URL: text(fmt.Sprintf("http://%s:%d/", host, port)), Timeout: dsl.Duration(200 * time.Millisecond)})
		if r.OK || r.Status != 0 {
			t.Errorf("%s was reached: %s", host, pretty(r))
		}
	}
	for _, address := range []string{"ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "//127.0.0.1/", "http:///x", ""} {
		if r := w.call(&dsl.Call{Method: "GET", URL: text(address)}); r.OK || r.Retry {
			t.Errorf("%q: %s", address, pretty(r))
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests arrived on loopback", n)
	}
}

func TestEgressPermits(t *testing.T) {
	e := activities.Egress{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	for address, want := range map[string]bool{
		"1.1.1.1": true, "93.184.216.34": true, "2606:4700::1111": true, "::ffff:1.1.1.1": true,
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false,
		"127.0.0.1": false, "127.255.255.254": false, "::1": false, "::": false, "0.0.0.0": false, "0.1.2.3": false,
		"192.168.1.1": false, "172.31.255.255": false, "172.32.0.1": true, "169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false, "100.128.0.1": true,
		"fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fdff::1": false, "fec0::1": false, "ff02::1": false, "ff0e::1": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false, "64:ff9b::a00:1": false, "64:ff9b:1::a00:1": false,
		"2002:a00:1::": false, "2001::1": false, "2001:db8::1": false, "::ffff:0:7f00:1": false,
		"198.18.0.1": false, "192.0.2.1": false, "198.51.100.7": false, "203.0.113.9": false, "240.0.0.1": false, "255.255.255.255": false, "224.0.0.251": false, "192.0.0.170": false,
	} {
		if got := e.Permits(netip.MustParseAddr(address)); got != want {
			t.Errorf("Permits(%s) = %v", address, got)
		}
	}
	if e.Permits(netip.Addr{}) {
		t.Error("no address at all is permitted")
	}
}

// A redirect is another connection: it is checked like the first.
func TestCallRedirects(t *testing.T) {
	w := caller(t)
	w.config.AllowEgress = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	w.restart()
	var reached atomic.Int32
	inside := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	var err error
	if inside.Listener, err = net.Listen("tcp", "127.0.0.2:0"); err != nil {
		t.Fatal(err)
	}
	inside.Start()
	defer inside.Close()
	var leaked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "" || r.Header.Get("Authorization") != "" {
			leaked.Add(1)
		}
	}))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/private":
			http.Redirect(rw, r, inside.URL, http.StatusFound)
		case "/metadata":
			http.Redirect(rw, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		case "/file":
			http.Redirect(rw, r, "file:///etc/passwd", http.StatusFound)
		case "/loop":
			http.Redirect(rw, r, "/loop", http.StatusFound)
		case "/other":
			http.Redirect(rw, r, other.URL, http.StatusSeeOther)
		case "/once":
			http.Redirect(rw, r, "/", http.StatusFound)
		}
	}))
	defer server.Close()
	for path, ok := range map[string]bool{"/private": false, "/metadata": false, "/file": false, "/loop": false, "/other": true, "/once": true, "/": true} {
		r := w.call(&dsl.Call{Method: "GET", URL: text(server.URL + path), Headers: map[string]*dsl.Text{"X-Api-Key": text("k"), "Authorization": text("Bearer x")}})
		if r.OK != ok || r.Retry {
			t.Errorf("%s: %s", path, pretty(r))
		}
	}
	if reached.Load() != 0 || leaked.Load() != 0 {
		t.Errorf("%d reached inside, %d got the author's credentials", reached.Load(), leaked.Load())
	}
}

// A name that answers with a public address first and a private one later (or
// both at once) does not get through: the address that is connected counts.
func TestCallRebinding(t *testing.T) {
	dns, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dns.Close() }()
	var asked atomic.Int32
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := dns.ReadFrom(buf)
			if err != nil {
				return
			}
			asked.Add(1)
			_, _ = dns.WriteTo(loopbackAnswer(buf[:n]), from)
		}
	}()
	var reached atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer server.Close()
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", dns.LocalAddr().String())
	}}
	url := fmt.Sprintf("http://rebind.example.:%d/", server.Listener.Addr().(*net.TCPAddr).Port)
	get := func(allow ...netip.Prefix) error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		resp, err := activities.Egress{Allow: allow, Resolver: resolver}.Client().Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	if err := get(); err == nil || !strings.Contains(err.Error(), "private") {
		t.Errorf("a name that resolves to loopback: %v", err)
	}
	if asked.Load() == 0 || reached.Load() != 0 {
		t.Errorf("asked %d, reached %d", asked.Load(), reached.Load())
	}
	if err := get(netip.MustParsePrefix("127.0.0.0/8")); err != nil || reached.Load() != 1 {
		t.Errorf("listed by the operator: %v, reached %d", err, reached.Load())
	}
}

// loopbackAnswer answers a DNS query (RFC 1035): 127.0.0.1 to a question of type
// A, nothing to any other.
func loopbackAnswer(query []byte) []byte {
	end := 12
	for end < len(query) && query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root label, type and class
	answer := append([]byte(nil), query[:end]...)
	answer[2], answer[3] = 0x81, 0x80           // a response, no error
	copy(answer[6:12], make([]byte, 6))         // no answer, authority or additional record yet
	if query[end-3] == 1 && query[end-4] == 0 { // type A
		answer[7] = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return answer
}
