package provsim

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatsAppAcceptsAndTells(t *testing.T) {
	now := time.Date(2030, 5, 6, 7, 8, 9, 0, time.UTC)
	w := start(t, Config{Seed: 1, Now: func() time.Time { return now }})
	p := newProduct(t, w)
	require.True(t, w.Verify(t.Context()), "the challenge comes back")

	status, answer, err := sendText(t, w, "+5511988880001", "ref-1")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "whatsapp", answer["messaging_product"])
	require.Equal(t, "+5511988880001", at(answer, "contacts", 0, "input"))
	require.Equal(t, "5511988880001", at(answer, "contacts", 0, "wa_id"))

	drain(t, w)
	accepts := w.Accepts()
	require.Len(t, accepts, 1)
	a := accepts[0]
	require.Equal(t, at(answer, "messages", 0, "id"), a.ProviderID)
	require.True(t, strings.HasPrefix(a.ProviderID, "wamid."))
	require.Equal(t, Accept{
		Seq: 1, At: now, RealAt: a.RealAt, Channel: "whatsapp", Provider: "whatsapp", To: "+5511988880001", Ref: "ref-1",
		ProviderID: a.ProviderID, Kind: "text", Category: "service", Text: "Olá 👋", BodyHash: hash([]byte(text("+5511988880001", "ref-1"))),
		Attempt: 1, Answered: true,
	}, a)

	var told []string
	for _, r := range p.all() {
		require.True(t, strings.HasSuffix(r.url, "/webhooks/zap"))
		mac := hmac.New(sha256.New, []byte(w.Secrets().WhatsAppAppSecret))
		mac.Write(r.body)
		require.Equal(t, "sha256="+hex.EncodeToString(mac.Sum(nil)), r.header.Get("X-Hub-Signature-256"))
		s := update(t, r, "statuses")
		require.Equal(t, a.ProviderID, s["id"])
		require.Equal(t, "ref-1", s["biz_opaque_callback_data"])
		require.Equal(t, "5511988880001", s["recipient_id"])
		stamp, err := strconv.ParseInt(s["timestamp"].(string), 10, 64)
		require.NoError(t, err)
		require.WithinDuration(t, a.RealAt, time.Unix(stamp, 0), 1200*time.Millisecond, "the machine's clock: no provider knows of a drill")
		told = append(told, s["status"].(string))
	}
	require.Equal(t, []string{"sent", "delivered", "read"}, told)
	require.Equal(t, 1, w.Calls())
}

// The same reference twice is two messages: Meta honors no key.
func TestWhatsAppNeverDeduplicates(t *testing.T) {
	w := start(t, Config{})
	for range 2 {
		status, _, err := sendText(t, w, "5511988880001", "ref-1")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
	}
	accepts := w.Accepts()
	require.Len(t, accepts, 2)
	require.Equal(t, []int{1, 2}, []int{accepts[0].Attempt, accepts[1].Attempt})
	require.NotEqual(t, accepts[0].ProviderID, accepts[1].ProviderID)
}

func TestWhatsAppReadsWhatIsSent(t *testing.T) {
	w := start(t, Config{Templates: map[string]Template{"visit_v1": {Category: "utility", Buttons: []string{"Confirmo", "Remarcar"}}}})
	send := func(body string) (int, map[string]any) {
		status, answer, err := post(t, messagesURL(w), bearer(w), body)
		require.NoError(t, err)
		return status, answer
	}
	status, _ := send(`{"messaging_product":"whatsapp","to":"5511988880001","type":"template","biz_opaque_callback_data":"r1","template":{"name":"visit_v1","language":{"code":"pt_BR"},"components":[
		{"type":"body","parameters":[{"type":"text","text":"Ana"},{"type":"text","text":"terça"}]},
		{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"p-yes"}]},
		{"type":"button","sub_type":"quick_reply","index":"1","parameters":[{"type":"payload","payload":"p-no"}]}]}}`)
	require.Equal(t, http.StatusOK, status)
	status, _ = send(`{"messaging_product":"whatsapp","to":"5511988880001","type":"interactive","interactive":{"type":"button","body":{"text":"Vem?"},"action":{"buttons":[{"type":"reply","reply":{"id":"b1","title":"Sim"}}]}}}`)
	require.Equal(t, http.StatusOK, status)
	status, _ = send(`{"messaging_product":"whatsapp","to":"5511988880001","type":"interactive","interactive":{"type":"list","body":{"text":"Qual?"},"action":{"button":"Opções","sections":[{"rows":[{"id":"l1","title":"Manhã"},{"id":"l2","title":"Tarde"}]}]}}}`)
	require.Equal(t, http.StatusOK, status)
	status, answer := send(`{"messaging_product":"whatsapp","status":"read","message_id":"wamid.X"}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, map[string]any{"success": true}, answer)

	accepts := w.Accepts()
	require.Len(t, accepts, 3, "a read receipt is no message")
	require.Equal(t, "visit_v1", accepts[0].Template)
	require.Equal(t, "utility", accepts[0].Category)
	require.Equal(t, "Ana | terça", accepts[0].Text)
	require.Equal(t, []Button{{"p-yes", "Confirmo"}, {"p-no", "Remarcar"}}, accepts[0].Buttons)
	require.Equal(t, "buttons", accepts[1].Kind)
	require.Equal(t, []Button{{"b1", "Sim"}}, accepts[1].Buttons)
	require.Equal(t, "list", accepts[2].Kind)
	require.Equal(t, []Button{{"l1", "Manhã"}, {"l2", "Tarde"}}, accepts[2].Buttons)

	for name, c := range map[string]struct {
		body string
		http int
		code float64
	}{
		"not JSON":                    {`{`, 400, 100},
		"no product":                  {`{"to":"1","type":"text","text":{"body":"x"}}`, 400, 100},
		"no recipient":                {`{"messaging_product":"whatsapp","type":"text","text":{"body":"x"}}`, 400, 131008},
		"no text":                     {`{"messaging_product":"whatsapp","to":"1","type":"text"}`, 400, 131008},
		"a text too long":             {`{"messaging_product":"whatsapp","to":"1","type":"text","text":{"body":"` + strings.Repeat("x", 4097) + `"}}`, 400, 100},
		"an unknown type":             {`{"messaging_product":"whatsapp","to":"1","type":"hologram"}`, 400, 131009},
		"an unknown template":         {`{"messaging_product":"whatsapp","to":"1","type":"template","template":{"name":"other","language":{"code":"pt_BR"}}}`, 404, 132001},
		"a parameter of two lines":    {`{"messaging_product":"whatsapp","to":"1","type":"template","template":{"name":"visit_v1","language":{"code":"pt_BR"},"components":[{"type":"body","parameters":[{"type":"text","text":"a\nb"}]}]}}`, 400, 132012},
		"a title of 21 characters":    {`{"messaging_product":"whatsapp","to":"1","type":"interactive","interactive":{"type":"button","body":{"text":"x"},"action":{"buttons":[{"type":"reply","reply":{"id":"b","title":"123456789012345678901"}}]}}}`, 400, 131009},
		"a reference of 513 letters":  {`{"messaging_product":"whatsapp","to":"1","type":"text","text":{"body":"x"},"biz_opaque_callback_data":"` + strings.Repeat("r", 513) + `"}`, 400, 131009},
		"buttons without any buttons": {`{"messaging_product":"whatsapp","to":"1","type":"interactive","interactive":{"type":"button","body":{"text":"x"},"action":{"buttons":[]}}}`, 400, 131009},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := send(c.body)
			require.Equal(t, c.http, status)
			require.InDelta(t, c.code, at(answer, "error", "code"), 0)
			require.NotEmpty(t, at(answer, "error", "fbtrace_id"))
		})
	}
	require.Len(t, w.Accepts(), 3)
}

func TestWhatsAppRefusesInMetasWords(t *testing.T) {
	w := start(t, Config{})
	for name, c := range map[string]struct {
		plan       Plan
		to         string
		http       int
		code       float64
		message    string
		retryAfter string
	}{
		"throughput": {Plan{Rate429: 1, RetryAfter: 1500 * time.Millisecond}, "1", 429, 130429, "(#130429) Rate limit hit", "2"},
		"broken":     {Plan{Rate5xx: 1}, "1", 500, 131000, "(#131000) Something went wrong", ""},
		"token":      {Plan{TokenExpired: true}, "1", 401, 190, "Error validating access token: Session has expired.", ""},
		"limited":    {Plan{Limited: true}, "1", 400, 130429, "(#130429) Rate limit hit", ""},
		"spam":       {Plan{Limited: true, LimitCode: 131048}, "1", 400, 131048, "(#131048) Spam rate limit hit", ""},
		"pair rate":  {Plan{ErrorFor: map[string]int{"5511988880001": 131056}}, "+5511988880001", 400, 131056, "(#131056) (Business Account, Consumer Account) pair rate limit hit", ""},
		"recipient":  {Plan{ErrorFor: map[string]int{"+5511988880001": 131026}}, "5511988880001", 400, 131026, "(#131026) Message undeliverable", ""},
		"window":     {Plan{EnforceWindow: true}, "5511988880002", 400, 131047, "(#131047) Re-engagement message", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w.SetPlan(c.plan)
			header := bearer(w)
			status, answer, err := post(t, messagesURL(w), header, text(c.to, "ref-"+name))
			require.NoError(t, err)
			require.Equal(t, c.http, status)
			require.Equal(t, c.message, at(answer, "error", "message"))
			require.Equal(t, "OAuthException", at(answer, "error", "type"))
			require.InDelta(t, c.code, at(answer, "error", "code"), 0)
			require.Equal(t, c.retryAfter, header.Get("Test-Retry-After"))
		})
	}
	require.Empty(t, w.Accepts())

	w.SetPlan(Plan{})
	old := bearer(w)
	w.SetSecrets(Secrets{WhatsAppToken: "another"})
	status, _, err := post(t, messagesURL(w), old, text("1", "r"))
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, status, "the old token")
	status, _, err = sendText(t, w, "1", "r")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status, "the new one")
}

func TestWhatsAppReportsFailureLater(t *testing.T) {
	w := start(t, Config{Plan: Plan{FailFor: map[string]int{"5511988880001": 131049}}})
	p := newProduct(t, w)
	status, _, err := sendText(t, w, "+5511988880001", "r")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	drain(t, w)
	all := p.all()
	require.Len(t, all, 2)
	failed := update(t, all[1], "statuses")
	require.Equal(t, "failed", failed["status"])
	require.InDelta(t, 131049, at(failed, "errors", 0, "code"), 0)
}

func TestPeopleAnswer(t *testing.T) {
	w := start(t, Config{Templates: map[string]Template{"visit_v1": {Category: "utility", Buttons: []string{"Confirmo"}}}})
	p := newProduct(t, w)
	var reactions []Reaction
	w.React(func(Accept) []Reaction { return reactions })
	template := `{"messaging_product":"whatsapp","to":"5511988880001","type":"template","template":{"name":"visit_v1","language":{"code":"pt_BR"},"components":[{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"p-yes"}]}]}}`
	interactive := `{"messaging_product":"whatsapp","to":"5511988880001","type":"interactive","interactive":{"type":"button","body":{"text":"Vem?"},"action":{"buttons":[{"type":"reply","reply":{"id":"b1","title":"Sim"}}]}}}`
	silent := Reaction{Kind: "status", Lost: true}
	answered := func(body string, r ...Reaction) []map[string]any {
		before := len(p.all())
		reactions = r
		status, _, err := post(t, messagesURL(w), bearer(w), body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		drain(t, w)
		var all []map[string]any
		for _, one := range p.all()[before:] {
			if m := update(t, one, "messages"); m != nil {
				all = append(all, m)
			}
		}
		return all
	}

	got := answered(template, silent, Reaction{Kind: "button", Quote: true})
	require.Len(t, got, 1)
	require.Equal(t, "button", got[0]["type"])
	require.Equal(t, map[string]any{"payload": "p-yes", "text": "Confirmo"}, got[0]["button"])
	require.Equal(t, w.Accepts()[0].ProviderID, at(got[0], "context", "id"))
	require.Len(t, p.all(), 1, "a lost status is no webhook")

	got = answered(interactive, Reaction{Kind: "button", Copies: 3})
	require.Len(t, got, 3, "three copies of the same message")
	require.Equal(t, got[0]["id"], got[2]["id"])
	require.Equal(t, map[string]any{"type": "button_reply", "button_reply": map[string]any{"id": "b1", "title": "Sim"}}, got[0]["interactive"])
	require.Nil(t, got[0]["context"])
	require.Len(t, p.all(), 1+3+3, "people's answers come on top of the usual statuses")

	got = answered(text("5511988880001", "r"), silent, Reaction{Kind: "text", Text: "não posso"})
	require.Equal(t, map[string]any{"body": "não posso"}, got[0]["text"])

	require.Equal(t, http.StatusOK, w.Inbound(Inbound{From: "+55 11 98888-0001", Kind: "list_reply", Payload: "l1", Text: "Manhã", Quote: "wamid.q", Name: "Ana"}))
	last := update(t, p.all()[len(p.all())-1], "messages")
	require.Equal(t, "5511988880001", last["from"])
	require.Equal(t, map[string]any{"type": "list_reply", "list_reply": map[string]any{"id": "l1", "title": "Manhã"}}, last["interactive"])
	require.Equal(t, "wamid.q", at(last, "context", "id"))

	p.answerWith(func(received) int { return http.StatusServiceUnavailable })
	require.Equal(t, http.StatusServiceUnavailable, w.Status(Status{ProviderID: w.Accepts()[0].ProviderID, Status: "read"}))
	p.server.Close()
	require.Equal(t, 0, w.Inbound(Inbound{From: "1", Text: "x"}), "nobody answers")
}

// What a person writes opens the service window, by the product's clock.
func TestWhatsAppKnowsTheServiceWindow(t *testing.T) {
	clock := &watch{now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	w := start(t, Config{Plan: Plan{EnforceWindow: true}, Now: clock.Now})
	newProduct(t, w)
	require.Equal(t, http.StatusOK, w.Inbound(Inbound{From: "5511988880001", Text: "oi"}))
	send := func() int {
		status, _, err := sendText(t, w, "+5511988880001", "r")
		require.NoError(t, err)
		return status
	}
	clock.turn(24*time.Hour - time.Second)
	require.Equal(t, http.StatusOK, send())
	require.True(t, w.Accepts()[0].WindowOpen)
	clock.turn(time.Second)
	require.Equal(t, http.StatusBadRequest, send())
}

func TestWhatsAppShowsTheNumber(t *testing.T) {
	w := start(t, Config{})
	for phone, want := range map[string]int{w.Secrets().PhoneNumberID: http.StatusOK, "999": http.StatusBadRequest} {
		request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, w.URL()+"/v23.0/"+phone+"?fields=display_phone_number", nil)
		require.NoError(t, err)
		request.Header = bearer(w)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, want, response.StatusCode)
	}
}
