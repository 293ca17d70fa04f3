package channel_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

func TestNumbered(t *testing.T) {
	options := []engine.Choice{{ID: "y", Title: "Confirmar"}, {ID: "r", Title: "Remarcar"}}
	const appended = "\n1. Confirmar\n2. Remarcar"
	for text, want := range map[string]string{
		"Podemos confirmar?":              "Podemos confirmar?" + appended,
		"Confirmar ou remarcar?":          "Confirmar ou remarcar?" + appended,
		"Oi \n":                           "Oi" + appended,
		"":                                "1. Confirmar\n2. Remarcar",
		"Responda 1 Confirmar 2 Remarcar": "Responda 1 Confirmar 2 Remarcar",
		"1) confirmar\n2) remarcar":       "1) confirmar\n2) remarcar",
		"CONFIRMAR (1) ou REMARCAR (2)":   "CONFIRMAR (1) ou REMARCAR (2)",
		"confirmar = 1, remarcar = 2":     "confirmar = 1, remarcar = 2",
		"2 Confirmar 1 Remarcar":          "2 Confirmar 1 Remarcar" + appended,
		"às 11 Confirmar, 2 Remarcar":     "às 11 Confirmar, 2 Remarcar" + appended,
		"Para confirmar ligue; 1 - confirmar; 2 Remarcar": "Para confirmar ligue; 1 - confirmar; 2 Remarcar",
	} {
		if got := channel.Numbered(text, options); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if got := channel.Numbered("Oi", nil); got != "Oi" {
		t.Errorf("without choices: %q", got)
	}
}

// TestCallNeverReplays: a header that makes net/http resend a POST is refused,
// and a kept-alive connection that breaks is not tried again.
func TestCallNeverReplays(t *testing.T) {
	server := channeltest.NewServer(t, channeltest.Answer{}, channeltest.Answer{Reset: true}, channeltest.Answer{})
	client := channeltest.Client()
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		_, failure := channel.Call(context.Background(), client, http.MethodPost, server.URL, http.Header{name: {"k"}}, []byte("x"))
		if failure == nil || failure.Class != channel.FixRequest {
			t.Errorf("%s was let through: %v", name, failure)
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Fatalf("%d requests", n)
	}
	if _, failure := channel.Call(context.Background(), client, http.MethodPost, server.URL, nil, []byte("x")); failure != nil {
		t.Fatal(failure)
	}
	_, failure := channel.Call(context.Background(), client, http.MethodPost, server.URL, nil, []byte("x"))
	if failure == nil || failure.Doubt != channel.Unclear || len(server.Requests()) != 2 {
		t.Errorf("%d requests, failure %v", len(server.Requests()), failure)
	}
}

// TestTheTrapIsReal shows what Call protects from: with the header, one reset
// gives two POSTs and no error.
func TestTheTrapIsReal(t *testing.T) {
	server := channeltest.NewServer(t, channeltest.Answer{}, channeltest.Answer{Reset: true}, channeltest.Answer{})
	client := channeltest.Client()
	for range 2 {
		request, err := http.NewRequest(http.MethodPost, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Idempotency-Key", "k")
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	if n := len(server.Requests()); n != 3 {
		t.Errorf("%d POSTs for two calls; if net/http has changed, so may Call's rule", n)
	}
}

func TestCallBounds(t *testing.T) {
	big := make([]byte, channel.AnswerMax+10)
	for i := range big {
		big[i] = 'x'
	}
	server := channeltest.NewServer(t, channeltest.Answer{Body: string(big)})
	answer, failure := channel.Call(context.Background(), channeltest.Client(), http.MethodPost, server.URL, nil, nil)
	if failure != nil || len(answer.Body) != channel.AnswerMax {
		t.Errorf("%v: an answer of %d bytes", failure, len(answer.Body))
	}
	if _, failure := channel.Call(context.Background(), channeltest.Client(), http.MethodPost, "http://bad host/", nil, nil); failure == nil || failure.Class != channel.FixRequest || failure.Doubt != channel.Certain {
		t.Errorf("bad address: %+v", failure)
	}
	if _, failure := channel.Call(context.Background(), channeltest.Client(), http.MethodPost, "http://192.0.2.1/", nil, nil); failure == nil {
		t.Error("the tests' client dialed something that is not loopback")
	}
}

func TestRetryAfter(t *testing.T) {
	date := "Sun, 22 Nov 2026 12:00:00 GMT"
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "99999999999": 24 * time.Hour,
		"Sun, 22 Nov 2026 12:00:30 GMT": 30 * time.Second, "Sun, 22 Nov 2026 11:00:00 GMT": 0, "Mon, 30 Nov 2026 12:00:00 GMT": 24 * time.Hour,
	} {
		server := channeltest.NewServer(t, channeltest.Answer{Status: 429, Header: map[string]string{"Retry-After": value, "Date": date}})
		answer, failure := channel.Call(context.Background(), channeltest.Client(), http.MethodPost, server.URL, nil, nil)
		if failure != nil || answer.RetryAfter != want {
			t.Errorf("%q: %v, want %v (%v)", value, answer.RetryAfter, want, failure)
		}
	}
}
