package meta_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/meta"
	"jornada/engine"
)

// TestMarkAsRead: the vendor's own request, once, and none when the setting says so.
func TestMarkAsRead(t *testing.T) {
	var golden struct {
		Bodies map[string]any `json:"bodies"`
	}
	channeltest.Load(t, "wa-send-bodies.json", &golden)
	want := golden.Bodies["Mark as read"].(map[string]any)
	channeltest.MarksRead(t, meta.New, settings(), channeltest.ReadCase{
		ProviderID: want["message_id"].(string),
		Want: channeltest.Request{Method: "POST", Path: "/v23.0/" + number + "/messages",
			Header: map[string]string{"Authorization": "Bearer demo-token"},
			JSON:   `{"messaging_product":"whatsapp","status":"read","message_id":"` + want["message_id"].(string) + `"}`},
		Answer: channeltest.Answer{Body: `{"success":true}`},
		Refuse: channeltest.Answer{Status: 400, Body: `{"error":{"code":131009,"message":"no such message"}}`},
	})
}

// TestMedia: the record of a file, then the file, with the token for Meta's hosts only.
func TestMedia(t *testing.T) {
	record := func(address, rest string) channeltest.Answer {
		return channeltest.Answer{Body: `{"url":"` + address + `","mime_type":"image/jpeg","file_size":4` + rest + `,"id":"987"}`}
	}
	file := func(kind string) channeltest.Answer {
		return channeltest.Answer{Header: map[string]string{"Content-Type": kind}, Body: "file"}
	}
	for name, c := range map[string]struct {
		id      string
		answers []channeltest.Answer
		calls   int
		want    channel.File
		code    engine.ErrorCode
	}{
		"a picture":                {"987", []channeltest.Answer{record("SELF/file", ""), file("image/jpeg")}, 2, channel.File{Type: "image/jpeg", Body: []byte("file")}, ""},
		"a voice message":          {"987", []channeltest.Answer{record("SELF/file", ""), file("audio/ogg; codecs=opus")}, 2, channel.File{Type: "audio/ogg", Body: []byte("file")}, ""},
		"a page":                   {"987", []channeltest.Answer{record("SELF/file", ""), file("text/html")}, 2, channel.File{}, engine.Invalid},
		"a drawing":                {"987", []channeltest.Answer{record("SELF/file", ""), file("image/svg+xml")}, 2, channel.File{}, engine.Invalid},
		"no kind":                  {"987", []channeltest.Answer{record("SELF/file", ""), file("")}, 2, channel.File{}, engine.Invalid},
		"too large, as it says":    {"987", []channeltest.Answer{record("SELF/file", "000000000")}, 1, channel.File{}, engine.Invalid},
		"too large, as it is":      {"987", []channeltest.Answer{record("SELF/file", ""), {Header: map[string]string{"Content-Type": "image/png"}, Body: strings.Repeat("x", channel.MediaMax+1)}}, 2, channel.File{}, engine.Invalid},
		"gone":                     {"987", []channeltest.Answer{record("SELF/file", ""), {Status: 404}}, 2, channel.File{}, engine.NotFound},
		"an id nobody knows":       {"987", []channeltest.Answer{{Status: 400, Body: `{"error":{"code":100,"message":"Unsupported get request"}}`}}, 1, channel.File{}, engine.NotFound},
		"a token that ended":       {"987", []channeltest.Answer{{Status: 401, Body: `{"error":{"code":190}}`}}, 1, channel.File{}, engine.Unavailable},
		"no address":               {"987", []channeltest.Answer{{Body: `{}`}}, 1, channel.File{}, engine.Unavailable},
		"somebody else's host":     {"987", []channeltest.Answer{record("https://lookaside.fbsbx.com.example.com/x", "")}, 1, channel.File{}, engine.Unavailable},
		"a host of the inside":     {"987", []channeltest.Answer{record("http://169.254.169.254/latest", "")}, 1, channel.File{}, engine.Unavailable},
		"another port":             {"987", []channeltest.Answer{record("https://lookaside.fbsbx.com:8443/x", "")}, 1, channel.File{}, engine.Unavailable},
		"Meta's, but in the clear": {"987", []channeltest.Answer{record("http://lookaside.fbsbx.com/x", "")}, 1, channel.File{}, engine.Unavailable},
		"with a user":              {"987", []channeltest.Answer{record("https://x@lookaside.fbsbx.com/x", "")}, 1, channel.File{}, engine.Unavailable},
		"sent elsewhere":           {"987", []channeltest.Answer{record("SELF/file", ""), {Status: http.StatusFound, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}}, 2, channel.File{}, engine.Unavailable},
		"breaks off":               {"987", []channeltest.Answer{record("SELF/file", ""), {Header: map[string]string{"Content-Type": "image/png"}, Body: "x", Truncate: true}}, 2, channel.File{}, engine.Unavailable},
		"no id":                    {"", nil, 0, channel.File{}, engine.NotFound},
		"an id that is a path":     {"../me", nil, 0, channel.File{}, engine.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			answers := c.answers
			if len(answers) == 0 {
				answers = []channeltest.Answer{{Status: 500}}
			}
			server := channeltest.NewSelfServer(t, answers...)
			source := server.Open(t, meta.New, settings(), nil).(channel.MediaSource)
			got, err := source.Media(t.Context(), &engine.IncomingMessage{Type: "image", MediaID: c.id})
			var refusal *engine.Error
			if errors.As(err, &refusal) != (c.code != "") || refusal != nil && refusal.Code != c.code || got.Type != c.want.Type || string(got.Body) != string(c.want.Body) {
				t.Errorf("got %s %q, %v", got.Type, got.Body, err)
			}
			calls := server.Requests()
			if len(calls) != c.calls {
				t.Fatalf("%d calls, want %d", len(calls), c.calls)
			}
			for i, path := range []string{"/v23.0/987", "/file"}[:len(calls)] {
				if r := calls[i]; r.Method != http.MethodGet || r.URL.Path != path || r.Header.Get("Authorization") != "Bearer demo-token" {
					t.Errorf("call %d: %s %s, %s", i, r.Method, r.URL, r.Header.Get("Authorization"))
				}
			}
		})
	}
}
