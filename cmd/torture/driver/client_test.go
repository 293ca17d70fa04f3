package driver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// api is an API that refuses before it answers.
type api struct {
	mu      sync.Mutex
	refuse  []int // statuses, in order
	refusal string
	keys    []string
	calls   int
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	a.keys = append(a.keys, r.Header.Get("Idempotency-Key"))
	if len(a.refuse) > 0 {
		w.WriteHeader(a.refuse[0])
		_, _ = fmt.Fprint(w, a.refusal)
		a.refuse = a.refuse[1:]
		return
	}
	_, _ = fmt.Fprint(w, `{"enrollment_id":"e1","skipped":""}`)
}

func TestACallIsMadeUntilItIsAnswered(t *testing.T) {
	for _, c := range []struct {
		name    string
		refuse  []int
		refusal string
		calls   int
		fails   bool
	}{
		{"answered", nil, "", 1, false},
		{"away, then busy", []int{503, 502, 429}, "", 4, false},
		{"its first try still runs", []int{409, 409}, "this Idempotency-Key was used …, or its first call is still running", 3, false},
		{"a refusal that stays", []int{409}, "the journey is archived", 1, true},
		{"a mistake", []int{422}, "inputs do not fit", 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &api{refuse: c.refuse, refusal: c.refusal}
			server := httptest.NewServer(a)
			defer server.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			id, _, err := newClient("t", server.URL).Enroll(ctx, "visit", "ana", nil, "k1")
			if a.calls != c.calls || (err != nil) != c.fails || (err == nil && id != "e1") {
				t.Errorf("%d calls, %q, %v", a.calls, id, err)
			}
			for _, key := range a.keys {
				if key != "k1" {
					t.Errorf("a call carried the key %q", key)
				}
			}
			var refusal *RefusalError
			if c.fails && (!errors.As(err, &refusal) || refusal.Body != c.refusal) {
				t.Errorf("the refusal reads %v", err)
			}
		})
	}
}

// A server that is gone costs a try: the next one asks another.
func TestServersTakeTurns(t *testing.T) {
	a := &api{}
	server := httptest.NewServer(a)
	defer server.Close()
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	defer givePorts(ports...)
	c := newClient("t", "http://"+loopback(ports[0]), server.URL)
	for range 3 {
		if _, _, err := c.Enroll(t.Context(), "visit", "ana", nil, "k"); err != nil {
			t.Fatal(err)
		}
	}
	if a.calls != 3 || c.Retries() == 0 {
		t.Errorf("%d calls were answered, %d made again", a.calls, c.Retries())
	}
}

func TestAListIsReadToItsEnd(t *testing.T) {
	const pagesOf = 3
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		next := "null"
		if n+1 < pagesOf {
			next = strconv.Quote(strconv.Itoa(n + 1))
		}
		_, _ = fmt.Fprintf(w, `{"items":[{"id":"m%d","status":%q}],"next_cursor":%s}`, n, r.URL.Query().Get("status"), next)
	}))
	defer server.Close()
	list, err := newClient("t", server.URL).Messages(t.Context(), map[string][]string{"status": {"sending"}})
	if err != nil || len(list) != pagesOf || list[2].ID != "m2" || list[2].Status != "sending" {
		t.Errorf("got %v, %v", list, err)
	}
}
