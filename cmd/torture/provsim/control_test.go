package provsim

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A developer plays a patient with curl.
func TestControl(t *testing.T) {
	w := start(t, Config{Seed: 9})
	p := newProduct(t, nil)
	call := func(method, path, body string) (int, map[string]any) {
		request, err := http.NewRequestWithContext(t.Context(), method, w.URL()+path, strings.NewReader(body))
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		raw, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		var answer map[string]any
		require.NoError(t, json.Unmarshal(raw, &answer), "%s", raw)
		return response.StatusCode, answer
	}
	status, answer := call("POST", "/control/inbound", `{"from":"+5511988880001","text":"oi"}`)
	require.Equal(t, http.StatusBadGateway, status)
	require.Contains(t, answer["error"], "/control/target")

	status, answer = call("POST", "/control/target", `{"base":"`+p.server.URL+`","integrations":{"whatsapp":"zap"}}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, true, answer["whatsapp_verified"])
	status, _ = call("POST", "/control/target", `{"base":"nonsense"}`)
	require.Equal(t, http.StatusBadRequest, status)
	_, _ = call("POST", "/control/target", `{"base":"`+p.server.URL+`","integrations":{"whatsapp":"zap"}}`)

	_, _, err := post(t, messagesURL(w), bearer(w), `{"messaging_product":"whatsapp","to":"5511988880001","type":"interactive","interactive":{"type":"button","body":{"text":"Vem?"},"action":{"buttons":[{"type":"reply","reply":{"id":"b1","title":"Sim"}},{"type":"reply","reply":{"id":"b2","title":"Não"}}]}}}`)
	require.NoError(t, err)
	drain(t, w)
	status, answer = call("GET", "/control/accepts?to=%2B5511988880001&channel=whatsapp", "")
	require.Equal(t, http.StatusOK, status)
	require.Len(t, answer["accepts"], 1)
	require.Equal(t, "Vem?", at(answer, "accepts", 0, "text"))
	id, _ := at(answer, "accepts", 0, "provider_id").(string)

	status, answer = call("POST", "/control/inbound", `{"to_message":1,"button":1}`)
	require.Equal(t, http.StatusOK, status, "%v", answer)
	require.InDelta(t, http.StatusOK, answer["product_answered"], 0)
	all := p.all()
	require.Equal(t, "b2", at(update(t, all[len(all)-1], "messages"), "interactive", "button_reply", "id"))
	require.Equal(t, id, at(update(t, all[len(all)-1], "messages"), "context", "id"))

	status, answer = call("POST", "/control/inbound", `{"from":"+5511988880001","button":0}`)
	require.Equal(t, http.StatusOK, status, "%v", answer)
	all = p.all()
	require.Equal(t, "b1", at(update(t, all[len(all)-1], "messages"), "interactive", "button_reply", "id"))
	status, answer = call("POST", "/control/inbound", `{"from":"+5511900000000","button":0}`)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, answer["error"], "+5511900000000")

	status, _ = call("POST", "/control/status", `{"provider_id":"`+id+`","status":"failed","error_code":131026}`)
	require.Equal(t, http.StatusOK, status)
	all = p.all()
	require.InDelta(t, 131026, at(update(t, all[len(all)-1], "statuses"), "errors", 0, "code"), 0)

	status, answer = call("POST", "/control/plan", `{"rate_429":0.5,"hang":"2s","error_for":{"1":131026}}`)
	require.Equal(t, http.StatusOK, status)
	require.InDelta(t, 0.5, answer["rate_429"], 0)
	_, answer = call("POST", "/control/plan", `{"status_late":"1s"}`)
	require.InDelta(t, 0.5, answer["rate_429"], 0, "what is not named stays")
	require.Equal(t, Plan{Rate429: 0.5, Hang: 2 * time.Second, StatusLate: time.Second, ErrorFor: map[string]int{"1": 131026}}, w.Plan())
	_, _ = call("POST", "/control/plan", `{"reset":true}`)
	require.Equal(t, Plan{Hang: 30 * time.Second}, w.Plan())
	for _, body := range []string{`{"hang":"soon"}`, `{"hangs":0.1}`, `{"down":true}`, `[`} {
		status, answer = call("POST", "/control/plan", body)
		require.Equal(t, http.StatusBadRequest, status)
		require.NotEmpty(t, answer["error"])
	}
	for path, body := range map[string]string{
		"/control/inbound": `{"to_message":7,"text":"x"}`, "/control/status": `{"status":"read"}`, "/control/target": `{"bse":"x"}`,
	} {
		status, answer = call("POST", path, body)
		require.Equal(t, http.StatusBadRequest, status)
		require.NotEmpty(t, answer["error"])
	}
	status, answer = call("GET", "/control", "")
	require.Equal(t, http.StatusOK, status)
	require.InDelta(t, 1, at(answer, "counts", "accepted"), 0)
	status, answer = call("GET", "/control/webhooks?since=1", "")
	require.Equal(t, http.StatusOK, status)
	require.Len(t, answer["webhooks"], len(w.Webhooks())-1)
}
