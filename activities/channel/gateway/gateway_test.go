package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/gateway"
	"jornada/engine"
)

func TestProof(t *testing.T) {
	proof := gateway.Proof{Secrets: []string{"first-secret-of-ours", "second-secret-of-ours"}}
	call := func(header, query string) channel.Request {
		return channel.Request{URL: &url.URL{RawQuery: query}, Header: http.Header{gateway.ProofHeader: {header}}}
	}
	for name, c := range map[string]struct {
		proof   gateway.Proof
		request channel.Request
		want    bool
	}{
		"header":             {proof, call("first-secret-of-ours", ""), true},
		"while rotating":     {proof, call("second-secret-of-ours", ""), true},
		"query":              {proof, call("", "secret=second-secret-of-ours"), true},
		"the header decides": {proof, call("x", "secret=second-secret-of-ours"), false},
		"a beginning":        {proof, call("first-secret-of-our", ""), false},
		"nothing":            {proof, call("", ""), false},
		"no secrets":         {gateway.Proof{}, call("", ""), false},
		"no address":         {proof, channel.Request{}, false},
		"another header":     {gateway.Proof{Header: "X-Key", Secrets: proof.Secrets}, call("first-secret-of-ours", ""), false},
	} {
		if got := c.proof.Holds(c.request); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestScrub(t *testing.T) {
	for in, want := range map[string]string{
		"to +5511987654321\nfailed": "to ••• failed", "code 1234567": "code 1234567", strings.Repeat("a", 600): strings.Repeat("a", 500) + "…",
	} {
		if got := gateway.Scrub(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestReading(t *testing.T) {
	var all struct{ A, B, C, D, E gateway.Text }
	if err := json.Unmarshal([]byte(`{"a": "x", "b": 12345678901234567890, "c": true, "d": {}, "e": null}`), &all); err != nil || all.A != "x" || all.B != "12345678901234567890" || all.C != "true" || all.D != "" || all.E != "" {
		t.Errorf("%+v, %v", all, err)
	}
	if gateway.Readable([]byte(strings.Repeat("[", 1000)+strings.Repeat("]", 1000))) || !gateway.Readable([]byte(`{"a": "[[[\"{{"}`)) || gateway.Readable([]byte(`{`)) {
		t.Error("Readable errs")
	}
	for in, want := range map[string]time.Time{
		"2026-03-02T13:04:45Z": time.Date(2026, 3, 2, 13, 4, 45, 0, time.UTC), "2026-03-02T10:04:45.5-03:00": time.Date(2026, 3, 2, 13, 4, 45, 5e8, time.UTC), "0001-01-01T00:00:00Z": {}, "soon": {}, "": {},
	} {
		if got := gateway.Moment(in); !got.Equal(want) {
			t.Errorf("%q is %v", in, got)
		}
	}
	if gateway.HashKey([]byte("ab"), []byte("c")) == gateway.HashKey([]byte("a"), []byte("bc")) {
		t.Error("two things have one key")
	}
}

func TestPhone(t *testing.T) {
	for in, want := range map[string]string{"5511987654321": "+5511987654321", "+5511987654321": "+5511987654321", "28000": "28000", "Clinica": "Clinica"} {
		if got := gateway.Phone(in); got != (engine.Address{Kind: engine.Phone, Value: want}) {
			t.Errorf("%q is %+v", in, got)
		}
	}
}

// TestRemedies: every class says something of its own.
func TestRemedies(t *testing.T) {
	codes, seen := gateway.Codes{Company: "X", Console: "X's console"}, map[string]channel.Class{}
	for _, class := range []channel.Class{
		channel.RetryLater, channel.Throttle, channel.StopSender, channel.Reauth, channel.UseTemplate, channel.SwitchChannel, channel.SuppressMarketing,
		channel.DeferMarketing, channel.Suppress, channel.FixTemplate, channel.FixRequest, channel.InboundOnly,
	} {
		remedy := codes.Remedy(class)
		if other, taken := seen[remedy]; taken || remedy == "" {
			t.Errorf("%s and %s both say %q", class, other, remedy)
		}
		seen[remedy] = class
	}
}
