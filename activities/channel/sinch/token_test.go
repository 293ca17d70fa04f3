package sinch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// desk plays Sinch with its desk of access tokens.
type desk struct {
	*httptest.Server

	mu      sync.Mutex
	refuse  *channeltest.Answer // of the next tokens
	life    string              // of a token, as JSON
	revoked map[string]bool
	tokens  int      // given out
	calls   []string // of the API, by their Authorization
	hold    chan struct{}
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{life: "3599", revoked: map[string]bool{}}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/oauth2/token" {
			if d.hold != nil {
				<-d.hold
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			if r.Method != http.MethodPost || r.Header.Get("Authorization") != "Basic a2V5LTE6c2ho" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || string(body) != "grant_type=client_credentials" {
				t.Errorf("a token was asked for as %s %v %q", r.Method, r.Header, body)
			}
			d.tokens++
			if d.refuse != nil {
				w.WriteHeader(d.refuse.Status)
				_, _ = io.WriteString(w, d.refuse.Body)
				return
			}
			_, _ = fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"bearer","expires_in":%s,"scope":""}`, d.tokens, d.life)
			return
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		proof := r.Header.Get("Authorization")
		d.calls = append(d.calls, proof)
		switch {
		case d.revoked[proof]:
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":{"status":"UNAUTHENTICATED"}}`)
		case strings.HasSuffix(r.URL.Path, "/whatsapp/templates"):
			_, _ = io.WriteString(w, `{"templates":[]}`)
		case r.Method == http.MethodGet:
			_, _ = io.WriteString(w, `{"id":"`+app+`","channel_credentials":[{"channel":"SMS"}]}`)
		default:
			_, _ = io.WriteString(w, answer.Body)
		}
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *desk) open(t *testing.T, clock engine.Clock, values map[string]string, changes ...func(*channel.Settings)) channel.Provider {
	t.Helper()
	at := stage.On(engine.SMS).With(func(s *channel.Settings) {
		s.Values["auth"], s.Values["base_url"], s.Clock = "", d.URL, clock
		maps.Copy(s.Values, values)
	})
	for _, change := range changes {
		at = at.With(change)
	}
	return at.Open(t)
}

var hello = channel.Outbound{To: phone, Content: engine.Content{Text: "Oi"}}

// TestATokenServesUntilItEnds: calls share one, and a new one is fetched shortly
// before it ends, in real time.
func TestATokenServesUntilItEnds(t *testing.T) {
	d := newDesk(t)
	start := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	now := start
	clock := engine.NewClock(engine.Anchor{Real: start, Virtual: start, Speed: 3600}, func() time.Time { return now })
	provider := d.open(t, clock, nil)
	for _, step := range []struct {
		after time.Duration
		proof string
	}{{0, "Bearer token-1"}, {time.Second, "Bearer token-1"}, {3568 * time.Second, "Bearer token-1"}, {3569 * time.Second, "Bearer token-2"}, {3570 * time.Second, "Bearer token-2"}} {
		now = start.Add(step.after)
		if receipt, err := provider.Send(t.Context(), hello); err != nil || receipt.ProviderID != accepted.ProviderID {
			t.Fatalf("after %s: %+v, %v", step.after, receipt, err)
		}
		if got := d.calls[len(d.calls)-1]; got != step.proof {
			t.Errorf("after %s the call was signed with %q, want %q", step.after, got, step.proof)
		}
	}
	d.life = `"soon"`
	now = start.Add(2 * time.Hour)
	for range 2 { // a life that cannot be read is none
		_, err := provider.Send(t.Context(), hello)
		var failure *channel.SendError
		if !errors.As(err, &failure) || failure.Class != channel.FixRequest || failure.Doubt != channel.Certain {
			t.Errorf("%v", err)
		}
	}
}

// TestOneFetchesTheToken: a hundred messages that leave at once ask for one token.
func TestOneFetchesTheToken(t *testing.T) {
	d := newDesk(t)
	d.hold = make(chan struct{})
	provider := d.open(t, nil, nil)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := provider.Send(t.Context(), hello); err != nil {
				t.Error(err)
			}
		})
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := provider.Send(canceled, hello)
	var failure *channel.SendError
	if !errors.As(err, &failure) || failure.Class != channel.RetryLater || failure.Doubt != channel.Certain {
		t.Errorf("who gives up waiting got %v", err)
	}
	close(d.hold)
	all.Wait()
	if d.tokens != 1 || len(d.calls) != 100 {
		t.Errorf("%d tokens were fetched for %d calls", d.tokens, len(d.calls))
	}
}

// TestATokenTakenBack: the message it was meant for surely did not leave and is
// tried again with a new one; a new one that is refused too is about the key.
func TestATokenTakenBack(t *testing.T) {
	d := newDesk(t)
	provider := d.open(t, nil, nil)
	if _, err := provider.Send(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	d.revoked = map[string]bool{"Bearer token-1": true, "Bearer token-2": true}
	for _, want := range []channel.Class{channel.RetryLater, channel.Reauth} {
		_, err := provider.Send(t.Context(), hello)
		var failure *channel.SendError
		if !errors.As(err, &failure) || failure.Class != want || failure.Doubt != channel.Certain {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if got := strings.Join(d.calls, ", "); got != "Bearer token-1, Bearer token-1, Bearer token-2" {
		t.Errorf("called with %s", got)
	}
}

// TestNoToken: without one nothing leaves, for certain, and the secret stays inside.
func TestNoToken(t *testing.T) {
	for name, c := range map[string]struct {
		answer channeltest.Answer
		class  channel.Class
		code   string
	}{
		"another key":     {channeltest.Answer{Status: 401, Body: `{"error":"invalid_client","error_description":"Client authentication failed"}`}, channel.Reauth, "invalid_client"},
		"no word":         {channeltest.Answer{Status: 401}, channel.Reauth, ""},
		"a wrong request": {channeltest.Answer{Status: 400, Body: `{"error":"invalid_client"}`}, channel.Reauth, "invalid_client"},
		"too fast":        {channeltest.Answer{Status: 429, Body: `{}`}, channel.Throttle, ""},
		"their trouble":   {channeltest.Answer{Status: 503, Body: `<html>`}, channel.RetryLater, ""},
		"a web page":      {channeltest.Answer{Status: 200, Body: `<html>`}, channel.FixRequest, ""},
		"no token":        {channeltest.Answer{Status: 200, Body: `{"expires_in":3599}`}, channel.FixRequest, ""},
		"a broken header": {channeltest.Answer{Status: 200, Body: `{"access_token":"a\r\nX: y","expires_in":3599}`}, channel.FixRequest, ""},
		"an endless one":  {channeltest.Answer{Status: 200, Body: `{"access_token":"` + strings.Repeat("a", 20_000) + `","expires_in":3599}`}, channel.FixRequest, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.refuse = &c.answer
			departed := false
			out := hello
			out.Depart = func() error { departed = true; return nil }
			_, err := d.open(t, nil, nil).Send(t.Context(), out)
			var failure *channel.SendError
			if !errors.As(err, &failure) || failure.Class != c.class || failure.Doubt != channel.Certain || failure.Code != c.code || len(d.calls) > 0 || departed {
				t.Fatalf("got %+v", failure)
			}
			if said := failure.Message + failure.Detail; strings.Contains(said, "shh") || strings.Contains(said, "a2V5LTE6c2ho") {
				t.Errorf("the secret came out: %s", said)
			}
		})
	}
	_, err := newDesk(t).open(t, nil, map[string]string{"auth_url": "http://127.0.0.1:1"}).Send(t.Context(), hello)
	var failure *channel.SendError
	if !errors.As(err, &failure) || failure.Class != channel.RetryLater || failure.Doubt != channel.Certain || !strings.Contains(failure.Message, "check auth_url") {
		t.Errorf("a desk that is away: %v", err)
	}
}

// TestTheTestFetchesAToken: what was exchanged before proves nothing about the key.
func TestTheTestFetchesAToken(t *testing.T) {
	d := newDesk(t)
	provider := d.open(t, nil, nil)
	for range 2 {
		if err := provider.(channel.Tester).Test(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	d.refuse = &channeltest.Answer{Status: 401, Body: `{"error":"invalid_client"}`}
	err := provider.(channel.Tester).Test(t.Context())
	if err == nil || !strings.Contains(err.Error(), "copy key_id and key_secret again") {
		t.Errorf("got %v", err)
	}
	if got := strings.Join(d.calls, ", "); got != "Bearer token-1, Bearer token-2" {
		t.Errorf("called with %s", got)
	}
	err = d.open(t, nil, map[string]string{"auth_url": "http://127.0.0.1:1"}).(channel.Tester).Test(t.Context())
	if err == nil || err.Error() != "Sinch could not be reached: nobody answers at that address; check auth_url and the network" {
		t.Errorf("got %v", err)
	}
}
