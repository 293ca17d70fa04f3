package gupshup_test

import (
	"errors"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/gupshup"
	"jornada/engine"
)

// TestMedia: the store is asked without our key, and nobody else is asked.
func TestMedia(t *testing.T) {
	picture := channeltest.Answer{Header: map[string]string{"Content-Type": "image/jpeg"}, Body: "file"}
	for name, c := range map[string]struct {
		answer channeltest.Answer
		url    string // "" = the server's
		want   string
		code   engine.ErrorCode
	}{
		"a picture":              {picture, "", "file", ""},
		"older than seven days":  {channeltest.Answer{Status: 404, Body: `{"status":"error","message":"Invalid Media Id"}`}, "", "", engine.NotFound},
		"a page":                 {channeltest.Answer{Header: map[string]string{"Content-Type": "text/html"}}, "", "", engine.Invalid},
		"an address of somebody": {picture, "https://filemanager.gupshup.io.example.com/x", "", engine.Unavailable},
		"in the clear":           {picture, "http://filemanager.gupshup.io/x", "", engine.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			server := channeltest.NewServer(t, c.answer)
			source := server.Open(t, gupshup.New, stage.Fresh(), nil).(channel.MediaSource)
			url := c.url
			if url == "" {
				url = server.URL + "/wa/2303/wa/media/2f99?download=false"
			}
			got, err := source.Media(t.Context(), &engine.IncomingMessage{Type: "image", Media: &engine.MediaLink{Kind: "image", URL: url}})
			var refusal *engine.Error
			if errors.As(err, &refusal) != (c.code != "") || refusal != nil && refusal.Code != c.code || string(got.Body) != c.want {
				t.Errorf("got %s %q, %v", got.Type, got.Body, err)
			}
			for _, r := range server.Requests() {
				if r.Header.Get("Apikey") != "" || r.URL.RawQuery != "download=false" {
					t.Errorf("asked %s with the key %q", r.URL, r.Header.Get("Apikey"))
				}
			}
		})
	}
}
