package provsim

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHangAfterAcceptance(t *testing.T) {
	w := start(t, Config{Plan: Plan{HangAfterAccept: 1}})
	p := newProduct(t, w)
	begun := time.Now()
	_, err := postWithin(t, w, 300*time.Millisecond, text("5511988880001", "r"))
	require.Error(t, err)
	require.GreaterOrEqual(t, time.Since(begun), 300*time.Millisecond)
	accepts := w.Accepts()
	require.Len(t, accepts, 1, "it was taken all the same")
	require.False(t, accepts[0].Answered)
	drain(t, w)
	require.Len(t, p.all(), 3, "and its statuses come")
}

func postWithin(t *testing.T, w *World, patience time.Duration, body string) (int, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, messagesURL(w), strings.NewReader(body))
	require.NoError(t, err)
	request.Header = bearer(w)
	response, err := (&http.Client{Timeout: patience}).Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// A fault may be one template's only.
func TestFaultsOfOneTemplate(t *testing.T) {
	w := start(t, Config{Plan: Plan{Rate429: 1, Only: "question"}})
	template := `{"messaging_product":"whatsapp","to":"1","type":"template","template":{"name":"%s","language":{"code":"pt_BR"}}}`
	for name, want := range map[string]int{"question": http.StatusTooManyRequests, "greeting": http.StatusOK} {
		status, _, err := post(t, messagesURL(w), bearer(w), fmt.Sprintf(template, name))
		require.NoError(t, err)
		require.Equal(t, want, status)
	}
	status, _, err := sendText(t, w, "1", "r")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
}

// A reset is a TCP RST, and Go's client, on a connection that it has used before,
// reports it instead of sending the POST again.
func TestResetAfterAcceptance(t *testing.T) {
	w := start(t, Config{})
	newProduct(t, w)
	status, _, err := sendText(t, w, "5511988880001", "warm")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)

	w.SetPlan(Plan{ResetAfterAccept: 1})
	_, _, err = sendText(t, w, "5511988880001", "r")
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.Len(t, w.Accepts(), 2)
	require.False(t, w.Accepts()[1].Answered)
	require.Equal(t, 2, w.Calls())

	w.SetPlan(Plan{ResetBeforeAccept: 1})
	_, _, err = sendText(t, w, "5511988880001", "r")
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.Len(t, w.Accepts(), 2, "nothing was taken")
	require.Equal(t, 3, w.Calls())
}

func TestDownRefusesConnections(t *testing.T) {
	w := start(t, Config{})
	status, _, err := sendText(t, w, "1", "r")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	refusing := func() bool {
		_, _, err := sendText(t, w, "1", "r")
		return errors.Is(err, syscall.ECONNREFUSED)
	}
	address := w.URL()
	w.SetPlan(Plan{Down: true})
	require.Eventually(t, refusing, time.Minute, 10*time.Millisecond, "connections are refused, kept ones included")
	_, err = net.Dial("tcp", w.SMTPAddr())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	w.SetPlan(Plan{})
	require.Eventually(t, func() bool {
		status, _, err := sendText(t, w, "1", "r")
		return err == nil && status == http.StatusOK
	}, time.Minute, 10*time.Millisecond)
	require.Equal(t, address, w.URL(), "on the same port")

	w.SetPlan(Plan{RefuseConnect: 1})
	require.Eventually(t, refusing, time.Minute, 10*time.Millisecond)
}

// Same seed, same fates, whatever the order and the time.
func TestFaultsRepeatWithTheSeed(t *testing.T) {
	plan := Plan{Rate429: 0.1, Rate5xx: 0.1, ResetBeforeAccept: 0.1, ResetAfterAccept: 0.1}
	fates := func(seed uint64, backwards bool) map[string]int {
		w := start(t, Config{Seed: seed, Plan: plan})
		all := map[string]int{}
		for i := range 100 {
			if backwards {
				i = 99 - i
			}
			ref := fmt.Sprint("ref-", i)
			all[ref], _, _ = sendText(t, w, "1", ref)
		}
		return all
	}
	first := fates(7, false)
	require.Equal(t, first, fates(7, true))
	require.NotEqual(t, first, fates(8, false))

	seen := map[int]int{}
	for _, status := range first {
		seen[status]++
	}
	require.Len(t, seen, 4, "accepted, 429, 500 and reset all happened: %v", seen)
}

// The rates are what they say.
func TestFateIsFair(t *testing.T) {
	plan := Plan{Rate429: 0.02, Rate5xx: 0.05, ResetBeforeAccept: 0.01, HangAfterAccept: 0.03, ResetAfterAccept: 0.03}
	counts := map[fate]int{}
	const n = 100_000
	for i := range n {
		counts[plan.fate(dice(3), fmt.Sprint("tenant/enrollment-", i, "/step/1"), 1+i%3)]++
	}
	for fate, rate := range map[fate]float64{throttled: 0.02, broken: 0.05, resetUnaccepted: 0.01, hanging: 0.03, resetAccepted: 0.03, answered: 0.86} {
		require.InDelta(t, rate, float64(counts[fate])/n, 0.003, "%s", fate)
	}
}

func TestStatusBeforeAnswer(t *testing.T) {
	w := start(t, Config{Plan: Plan{StatusBeforeAnswer: true}})
	p := newProduct(t, w)
	for i := range 20 {
		_, _, err := sendText(t, w, "1", fmt.Sprint("r", i))
		require.NoError(t, err)
		require.Len(t, p.all(), 3*(i+1), "all statuses are there when the answer is")
	}
	p.answerWith(func(received) int { return http.StatusServiceUnavailable })
	status, _, err := sendText(t, w, "1", "later")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	p.answerWith(nil)
	drain(t, w)
	require.Len(t, p.all(), 3*20+6, "what was refused came again")
}

func TestStatusesLostDoubledAndTurnedAround(t *testing.T) {
	told := func(plan Plan) []string {
		w := start(t, Config{Plan: plan})
		p := newProduct(t, w)
		_, _, err := sendText(t, w, "1", "r")
		require.NoError(t, err)
		drain(t, w)
		words := []string{}
		for _, r := range p.all() {
			words = append(words, update(t, r, "statuses")["status"].(string))
		}
		return words
	}
	require.Empty(t, told(Plan{StatusLost: 1}))
	require.Equal(t, []string{"read", "delivered", "sent"}, told(Plan{StatusReorder: 1}))
	require.ElementsMatch(t, []string{"sent", "sent", "delivered", "delivered", "read", "read"}, told(Plan{StatusDuplicate: 1}))
	begun := time.Now()
	require.ElementsMatch(t, []string{"sent", "delivered", "read"}, told(Plan{StatusLate: time.Second}))
	require.Greater(t, time.Since(begun), 200*time.Millisecond)
	require.Equal(t, []Reaction{{Kind: "status", Status: "sent", After: 20 * time.Millisecond}}, usual["whatsapp"][:1], "the usual is not touched")
}

// A webhook is repeated until 2xx, also across a time in which nobody listens.
func TestWebhooksAreRepeatedUntilAnswered(t *testing.T) {
	w := start(t, Config{})
	p := newProduct(t, w)
	var refusals atomic.Int32
	p.answerWith(func(received) int {
		if refusals.Add(1) <= 4 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	_, _, err := sendText(t, w, "1", "r")
	require.NoError(t, err)
	drain(t, w)
	require.Len(t, p.all(), 7)
	hooks := w.Webhooks()
	require.Len(t, hooks, 7)
	byKey := map[string][]Hook{}
	for _, h := range hooks {
		byKey[h.Key] = append(byKey[h.Key], h)
		require.Equal(t, "status", h.Kind)
		require.Equal(t, "r", h.Ref)
	}
	require.Len(t, byKey, 3)
	for _, attempts := range byKey {
		require.Equal(t, attempts[0].BodyHash, attempts[len(attempts)-1].BodyHash, "a repetition says the same")
		require.Equal(t, http.StatusOK, attempts[len(attempts)-1].Answer)
	}

	address := p.server.Listener.Addr().String()
	p.server.Close()
	_, _, err = sendText(t, w, "1", "while down")
	require.NoError(t, err)
	short, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, w.Drain(short), "3 are still without a 2xx answer")
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	var heard atomic.Int32
	again := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) })}
	go func() { _ = again.Serve(listener) }()
	defer func() { _ = again.Close() }()
	drain(t, w)
	require.EqualValues(t, 3, heard.Load())
}

// A code is its own channel's only.
func TestUnreachableOnOneChannel(t *testing.T) {
	w := start(t, Config{Plan: Plan{ErrorFor: map[string]int{"+5511988880001": 131026}}})
	status, _, err := sendText(t, w, "+5511988880001", "r")
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, status)
	status, _, err = sendSMS(t, w, sms("+5511988880001", "x", ""))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
}

func TestRatePerSecond(t *testing.T) {
	w := start(t, Config{Plan: Plan{RatePerSecond: 10}})
	counts := map[int]int{}
	for i := range 40 {
		status, _, err := sendText(t, w, "1", fmt.Sprint(i))
		require.NoError(t, err)
		counts[status]++
	}
	require.GreaterOrEqual(t, counts[http.StatusOK], 10)
	require.Positive(t, counts[http.StatusTooManyRequests])
}

// The truth file says what memory says.
func TestTruthFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "truth.jsonl")
	w := start(t, Config{TruthFile: path, Plan: Plan{Rate429: 0.3}})
	newProduct(t, w)
	for i := range 20 {
		_, _, err := sendText(t, w, "1", fmt.Sprint(i))
		require.NoError(t, err)
	}
	drain(t, w)
	accepts, hooks := w.Accepts(), w.Webhooks()
	w.Close()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	var written []Accept
	var answered, refused, told int
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var entry line
		require.NoError(t, json.Unmarshal(lines.Bytes(), &entry))
		switch {
		case entry.Accept != nil:
			written = append(written, *entry.Accept)
		case entry.Answered != 0:
			answered++
		case entry.Refused != nil:
			refused++
			require.Equal(t, throttled, entry.Refused.Fate)
		case entry.Hook != nil:
			told++
		}
	}
	require.Len(t, written, len(accepts))
	for i := range written {
		require.Equal(t, accepts[i].ProviderID, written[i].ProviderID)
	}
	require.Equal(t, len(accepts), answered)
	require.Equal(t, 20, len(accepts)+refused)
	require.Equal(t, len(hooks), told)
}

func TestOnlyLoopback(t *testing.T) {
	_, err := Start(t.Context(), Config{HTTPAddr: "0.0.0.0:0"})
	require.ErrorContains(t, err, "loopback only")
	w := start(t, Config{})
	w.Target("http://192.0.2.1:80", map[string]string{"whatsapp": "zap"})
	require.Equal(t, 0, w.Inbound(Inbound{From: "1", Text: "x"}))
}

// Who has a connection when the doors close is answered on it once more, and told
// that it ends: had it been closed, a call on its way would have been left in doubt.
func TestRefusingLeavesKeptConnectionsAlone(t *testing.T) {
	w := start(t, Config{})
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	call := func() (ends bool, err error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, messagesURL(w), strings.NewReader(text("1", "r")))
		require.NoError(t, err)
		request.Header = bearer(w)
		response, err := client.Do(request)
		if err != nil {
			return false, err
		}
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.StatusCode)
		return response.Close, response.Body.Close()
	}
	ends, err := call()
	require.NoError(t, err)
	require.False(t, ends, "it is kept")
	w.SetPlan(Plan{RefuseConnect: 1})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.URL(), "http://"))
		if err == nil {
			_ = conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	}, time.Minute, 10*time.Millisecond)
	ends, err = call()
	require.NoError(t, err)
	require.True(t, ends)
	_, err = call()
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.Len(t, w.Accepts(), 2)
}
