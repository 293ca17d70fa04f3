// Package channeltest is the table harness every HTTP provider is proven with:
// OutgoingCase says which request a message must become and what its answer
// means, IncomingCase which events a webhook call must become, and Stage is where
// one driver's tables play.
//
// The payloads in the tables are the vendors' published ones, so a table is
// also the provider's documentation. Nothing here can reach a real provider:
// Client refuses every address that is not loopback.
package channeltest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"jornada/activities/channel"
)

// Client is an HTTP client like the drivers' own that dials loopback only.
func Client() *http.Client {
	client := channel.NewClient()
	transport := client.Transport.(*http.Transport)
	transport.Proxy = nil
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			return nil, fmt.Errorf("channeltest: tests may only dial loopback, not %s", address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return client
}

// Answer is what the provider does with one request.
type Answer struct {
	Status int // 0 = 200
	Header map[string]string
	Body   string

	Reset    bool // take the request, then reset the connection
	Hang     bool // take the request and never answer; the caller gives up
	Truncate bool // announce more body than is sent
}

// Request is what must arrive. Empty fields are not compared.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header map[string]string
	JSON   string     // equal as JSON values
	Form   url.Values // equal as a whole
}

// Failure is what must be known of a failed send; Code and RetryAfter are
// always compared, Message only when set.
type Failure struct {
	Class      channel.Class
	Doubt      channel.Doubt
	Code       string
	RetryAfter time.Duration
	Message    string
}

// OutgoingCase is one message and what becomes of it.
type OutgoingCase struct {
	Name    string
	Values  map[string]string // settings on top of the table's
	Out     channel.Outbound
	Answer  Answer
	Want    *Request // nil: nothing may be called
	Receipt channel.Receipt
	Failure *Failure // nil: the message is accepted
}

// Outgoing runs a table. settings need no base_url and no client. Every case
// makes at most one call, whatever happens to it.
func Outgoing(t *testing.T, construct channel.Constructor, settings channel.Settings, cases []OutgoingCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			server := NewServer(t, c.Answer)
			server.Hung = cancel
			provider := server.Open(t, construct, settings, c.Values)
			departed := 0
			c.Out.Depart = func() error { departed++; return nil }
			receipt, err := provider.Send(ctx, c.Out)
			check(t, c, server.Requests(), receipt, err)
			if departs := provider.Capabilities().Departs; departs && departed != len(server.Requests()) {
				t.Errorf("%d calls were made and %d announced", len(server.Requests()), departed)
			}
		})
		t.Run(c.Name+", held back", func(t *testing.T) {
			server := NewServer(t, c.Answer)
			provider := server.Open(t, construct, settings, c.Values)
			if !provider.Capabilities().Departs {
				return
			}
			c.Out.Depart = func() error { return errHeld }
			_, err := provider.Send(t.Context(), c.Out)
			var failure *channel.SendError
			if n := len(server.Requests()); n != 0 || !errors.As(err, &failure) || failure.Doubt != channel.Certain || c.Want != nil && !errors.Is(err, errHeld) {
				t.Errorf("%d calls were made of a message that must not leave: %v", n, err)
			}
		})
	}
}

var errHeld = errors.New("held back")

func check(t *testing.T, c OutgoingCase, got []Received, receipt channel.Receipt, err error) {
	t.Helper()
	if c.Want == nil && len(got) != 0 {
		t.Fatalf("nothing may be called, got %s %s", got[0].Method, got[0].URL)
	}
	if c.Want != nil {
		if len(got) != 1 {
			t.Fatalf("exactly one call expected, got %d (error: %v)", len(got), err)
		}
		c.Want.compare(t, got[0])
	}
	if c.Failure == nil {
		if err != nil {
			t.Fatalf("the message must be accepted: %v", err)
		}
		if !reflect.DeepEqual(receipt, c.Receipt) {
			t.Errorf("receipt\n got %+v\nwant %+v", receipt, c.Receipt)
		}
		return
	}
	var failure *channel.SendError
	if !errors.As(err, &failure) {
		t.Fatalf("a *channel.SendError expected, got %T: %v", err, err)
	}
	compareFailure(t, failure, c.Failure)
}

func compareFailure(t *testing.T, got *channel.SendError, want *Failure) {
	t.Helper()
	seen := Failure{got.Class, got.Doubt, got.Code, got.RetryAfter, got.Message}
	if want.Message == "" {
		seen.Message = ""
	}
	if seen != *want {
		t.Errorf("failure\n got %+v (%s)\nwant %+v", seen, got.Message, *want)
	}
	if got.Message == "" {
		t.Error("the failure has no message for people")
	}
}

func (want *Request) compare(t *testing.T, got Received) {
	t.Helper()
	if want.Method != "" && got.Method != want.Method {
		t.Errorf("method %s, want %s", got.Method, want.Method)
	}
	if want.Path != "" && got.URL.Path != want.Path {
		t.Errorf("path %s, want %s", got.URL.Path, want.Path)
	}
	if want.Query != nil && !reflect.DeepEqual(got.URL.Query(), want.Query) {
		t.Errorf("query %v, want %v", got.URL.Query(), want.Query)
	}
	for name, value := range want.Header {
		if got.Header.Get(name) != value {
			t.Errorf("header %s is %q, want %q", name, got.Header.Get(name), value)
		}
	}
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if _, there := got.Header[name]; there {
			t.Errorf("the header %s makes Go's HTTP client resend a POST by itself; it must never be sent", name)
		}
	}
	if want.JSON != "" {
		EqualJSON(t, got.Body, []byte(want.JSON))
	}
	if want.Form != nil {
		form, err := url.ParseQuery(string(got.Body))
		if err != nil || !reflect.DeepEqual(form, want.Form) {
			t.Errorf("form\n got %v\nwant %v", form, want.Form)
		}
	}
}

// EqualJSON fails the test unless two texts are the same JSON value.
func EqualJSON(t *testing.T, got, want []byte) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, got)
	}
	if err := json.Unmarshal(want, &b); err != nil {
		t.Fatalf("the expectation is not JSON: %v\n%s", err, want)
	}
	if !reflect.DeepEqual(a, b) {
		pretty := func(v any) []byte { s, _ := json.MarshalIndent(v, "", "  "); return s }
		t.Errorf("JSON differs\n got %s\nwant %s", pretty(a), pretty(b))
	}
}

// Received is a request as the provider saw it.
type Received struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte
}

// Server plays a provider.
type Server struct {
	*httptest.Server
	Hung func() // called when a request hangs

	mu       sync.Mutex
	received []Received
}

// NewServer starts a provider that answers the first request with the first
// answer and so on; the last answer repeats. It closes with the test.
func NewServer(t *testing.T, answers ...Answer) *Server {
	t.Helper()
	s := &Server{}
	done := make(chan struct{})
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // a request that breaks off says nothing
		}
		s.mu.Lock()
		n := len(s.received)
		s.received = append(s.received, Received{r.Method, r.URL, r.Header.Clone(), body})
		hung := s.Hung
		s.mu.Unlock()
		answers[min(n, len(answers)-1)].write(w, hung, done)
	}))
	t.Cleanup(func() {
		close(done)
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (a Answer) write(w http.ResponseWriter, hung func(), done chan struct{}) {
	switch {
	case a.Reset:
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // RST, not FIN
		}
		_ = conn.Close()
		return
	case a.Hang:
		if hung != nil {
			hung()
		}
		<-done
		return
	}
	for name, value := range a.Header {
		w.Header().Set(name, value)
	}
	if a.Truncate {
		w.Header().Set("Content-Length", fmt.Sprint(len(a.Body)+100))
	}
	w.WriteHeader(max(a.Status, 0) + map[bool]int{true: http.StatusOK}[a.Status == 0])
	_, _ = io.Copy(w, bytes.NewReader([]byte(a.Body)))
}

// Requests are what has arrived so far.
func (s *Server) Requests() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Received(nil), s.received...)
}

// Open makes a driver that talks to this server, with values on top of the
// settings.
func (s *Server) Open(t *testing.T, construct channel.Constructor, settings channel.Settings, values map[string]string) channel.Provider {
	t.Helper()
	merged := map[string]string{}
	maps.Copy(merged, settings.Values)
	maps.Copy(merged, values)
	if merged["base_url"] == "" {
		merged["base_url"] = s.URL
	}
	settings.Values = merged
	settings.Client = Client()
	provider, err := construct(settings)
	if err != nil {
		t.Fatalf("the settings are refused: %v", err)
	}
	return provider
}

// NewSelfServer is NewServer whose answers may name the server's own address: SELF
// in a body.
func NewSelfServer(t *testing.T, answers ...Answer) *Server {
	t.Helper()
	mine := append([]Answer(nil), answers...)
	s := NewServer(t, mine...)
	for i := range mine {
		mine[i].Body = strings.ReplaceAll(mine[i].Body, "SELF", s.URL)
	}
	return s
}
