package channeltest

import (
	"errors"
	"net/http"
	"testing"

	"jornada/activities/channel"
	"jornada/engine"
)

// MediaVia is a provider whose addresses of files lead on to a store of somebody else's.
type MediaVia struct {
	New      channel.Constructor
	Settings channel.Settings
	Path     string // of a file at the provider
	Store    string // an address of the store's own, which is never asked directly
	Foreign  string // one that only looks like the store's
	Status   int    // with which the provider leads on
	// Authorization is what the provider is asked with, and the store is not.
	Authorization string
}

// Run plays what may come of an address: the provider is asked with its credentials,
// the store that it leads to without them, and nobody else.
func (m MediaVia) Run(t *testing.T) {
	t.Helper()
	const store = "/store"
	picture := Answer{Header: map[string]string{"Content-Type": "image/jpeg"}, Body: "file"}
	leads := func(to string) Answer {
		return Answer{Status: m.Status, Header: map[string]string{"Location": to}}
	}
	for name, c := range map[string]struct {
		answers []Answer
		url     string // "" = the provider's own
		calls   int
		want    string
		code    engine.ErrorCode
	}{
		"behind a redirect":      {[]Answer{leads(store), picture}, "", 2, "file", ""},
		"at once":                {[]Answer{picture}, "", 1, "file", ""},
		"deleted":                {[]Answer{{Status: http.StatusNotFound}}, "", 1, "", engine.NotFound},
		"led to somebody":        {[]Answer{leads(m.Foreign)}, "", 1, "", engine.Unavailable},
		"led to the inside":      {[]Answer{leads("http://169.254.169.254/latest")}, "", 1, "", engine.Unavailable},
		"led nowhere":            {[]Answer{{Status: m.Status}}, "", 1, "", engine.Unavailable},
		"led on and on":          {[]Answer{leads(store), leads(store)}, "", 2, "", engine.Unavailable},
		"a page":                 {[]Answer{leads(store), {Header: map[string]string{"Content-Type": "text/html"}, Body: "x"}}, "", 2, "", engine.Invalid},
		"an address of somebody": {[]Answer{picture}, "https://example.com/x", 0, "", engine.Unavailable},
		"the store's own":        {[]Answer{picture}, m.Store, 0, "", engine.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			server := NewServer(t, c.answers...)
			source := server.Open(t, m.New, m.Settings, nil).(channel.MediaSource)
			url := c.url
			if url == "" {
				url = server.URL + m.Path
			}
			got, err := source.Media(t.Context(), &engine.IncomingMessage{Type: "image", Media: &engine.MediaLink{Kind: "image", URL: url}})
			var refusal *engine.Error
			if errors.As(err, &refusal) != (c.code != "") || refusal != nil && refusal.Code != c.code || string(got.Body) != c.want {
				t.Errorf("got %s %q, %v", got.Type, got.Body, err)
			}
			calls := server.Requests()
			if len(calls) != c.calls {
				t.Fatalf("%d calls, want %d", len(calls), c.calls)
			}
			for i, r := range calls {
				path, proof := []string{m.Path, store}[i], []string{m.Authorization, ""}[i]
				if r.URL.Path != path || r.Header.Get("Authorization") != proof {
					t.Errorf("call %d: %s, as %q", i, r.URL, r.Header.Get("Authorization"))
				}
			}
		})
	}
	source := NewServer(t, picture).Open(t, m.New, m.Settings, nil).(channel.MediaSource)
	if _, err := source.Media(t.Context(), &engine.IncomingMessage{Type: "text"}); !errors.Is(err, channel.ErrNoMedia) {
		t.Errorf("of a text: %v", err)
	}
}
