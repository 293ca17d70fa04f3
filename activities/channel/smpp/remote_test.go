package smpp

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	wire "github.com/linxGnu/gosmpp/pdu"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

func clock() engine.Clock { return engine.NewClock(engine.Anchor{}, time.Now) }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// elsewhere is a driver in a process that holds no binds.
func elsewhere(t *testing.T, w *world, address, token string) channel.Provider {
	t.Helper()
	driver, err := New(NewRemote(address, token))(w.smsc.settings(nil))
	if err != nil {
		t.Fatal(err)
	}
	return driver
}

// TestHandedOver: a worker elsewhere has its message sent by one call, and learns
// all that the process with the bind knows.
func TestHandedOver(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	token := Token([]byte("key"))
	server := httptest.NewServer(Handler(w, token))
	t.Cleanup(server.Close)
	driver := elsewhere(t, w, server.Listener.Addr().String(), token)

	answer := send(t.Context(), driver, textTo("Olá"))
	p.accept(next[*wire.SubmitSM](p), "42")
	if got := <-answer; got.err != nil || got.receipt.ProviderID != "42" || got.departed != 1 {
		t.Errorf("handed over: %+v", got)
	}
	p.deliver("5511987654321", "id:42 stat:DELIVRD", asReceipt())
	if e := w.event(t); e.Status.Ref != "msg_1" {
		t.Errorf("the receipt knows %+v", e.Status)
	}
	next[*wire.DeliverSMResp](p)

	answer = send(t.Context(), driver, textTo("a"))
	p.refuse(next[*wire.SubmitSM](p), 0x58)
	if e := failure(t, (<-answer).err); e.Class != channel.Throttle || e.Doubt != channel.Certain || e.Code != "0x58" || e.RetryAfter != throttledFor {
		t.Errorf("throttled: %+v", e)
	}
	if err := driver.(channel.Tester).Test(t.Context()); err != nil {
		t.Error(err)
	}

	answer = send(t.Context(), driver, textTo("a"))
	next[*wire.SubmitSM](p)
	_ = p.conn.Close()
	if e := failure(t, (<-answer).err); e.Doubt != channel.Unclear {
		t.Errorf("the bind broke: %+v", e)
	}
	w.hears(t, "not bound")
	if e := failure(t, (<-send(t.Context(), driver, textTo("a"))).err); e.Doubt != channel.Certain || e.Class != channel.RetryLater {
		t.Errorf("not bound: %+v", e)
	}
	if err := driver.(channel.Tester).Test(t.Context()); err == nil {
		t.Error("the test finds nothing wrong")
	}
}

// TestHandoverBroken: the process with the bind dies, or the caller's patience
// ends, while the SMSC has the message.
func TestHandoverBroken(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	token := Token([]byte("key"))
	server := httptest.NewServer(Handler(w, token))
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	driver := elsewhere(t, w, address, token)

	ctx, cancel := context.WithCancel(t.Context())
	answer := send(ctx, driver, textTo("a"))
	m := next[*wire.SubmitSM](p)
	cancel()
	if e := failure(t, (<-answer).err); e.Doubt != channel.Unclear {
		t.Errorf("the caller gave up: %+v", e)
	}
	waitGone(t, w)
	p.accept(m, "5")
	if e := w.event(t); e.Status == nil || e.Status.Ref != "msg_1" || e.Status.ProviderID != "5" || e.Status.Status != engine.Accepted {
		t.Errorf("the late answer became %+v", e)
	}

	answer = send(t.Context(), driver, textTo("a"))
	next[*wire.SubmitSM](p)
	server.CloseClientConnections()
	if e := failure(t, (<-answer).err); e.Doubt != channel.Unclear {
		t.Errorf("the other process died: %+v", e)
	}
	server.Close()
	got := <-send(t.Context(), driver, textTo("a"))
	if e := failure(t, got.err); e.Doubt != channel.Certain || got.departed != 0 || !strings.Contains(e.Message, "--smpp-at") {
		t.Errorf("the other process is away: %+v", e)
	}
}

// waitGone waits until the one request under way was given up.
func waitGone(t *testing.T, w *world) {
	t.Helper()
	w.Exchange.mu.Lock()
	l := w.links["sms_main"]
	w.Exchange.mu.Unlock()
	s, failure := l.bound(t.Context())
	if failure != nil {
		t.Fatal(failure)
	}
	for range cap(s.window) { // the asker holds one slot until it has given up
		select {
		case s.window <- struct{}{}:
		case <-time.After(patience):
			t.Fatal("the request was not given up")
		}
	}
	for range cap(s.window) {
		<-s.window
	}
}

// TestStrangers: a wrong token, another server, a server that says nonsense.
func TestStrangers(t *testing.T) {
	w := newWorld(t, nil)
	w.smsc.bound()
	server := httptest.NewServer(Handler(w, Token([]byte("key"))))
	t.Cleanup(server.Close)
	e := failure(t, (<-send(t.Context(), elsewhere(t, w, server.Listener.Addr().String(), Token([]byte("other"))), textTo("a"))).err)
	if e.Doubt != channel.Certain || !strings.Contains(e.Message, "JORNADA_MASTER_KEY") {
		t.Errorf("another key: %+v", e)
	}
	for _, c := range []struct {
		status int
		body   string
		doubt  channel.Doubt
	}{{404, "no", channel.Certain}, {500, "no", channel.Unclear}, {200, "no", channel.Unclear}, {200, `{"error":{"class":"throttle","unclear":true,"message":"m"}}`, channel.Unclear}} {
		s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(c.status)
			_, _ = rw.Write([]byte(c.body))
		}))
		if e := failure(t, (<-send(t.Context(), elsewhere(t, w, s.Listener.Addr().String(), "t"), textTo("a"))).err); e.Doubt != c.doubt {
			t.Errorf("%d %s: %+v", c.status, c.body, e)
		}
		s.Close()
	}
	for body, want := range map[string]int{"": 400, `{"integration":"sms_main"}`: 200, `{"integration":"x","message":{"to":"+5511987654321","text":"a"}}`: 200} {
		r := httptest.NewRequest(http.MethodPost, pathSubmit, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+Token([]byte("key")))
		rec := httptest.NewRecorder()
		Handler(w, Token([]byte("key"))).ServeHTTP(rec, r)
		if rec.Code != want || want == 200 && !strings.Contains(rec.Body.String(), `"error"`) {
			t.Errorf("%s: %d %s", body, rec.Code, rec.Body)
		}
	}
	if Token([]byte("key")) == Token([]byte("other")) || len(Token(nil)) != 64 {
		t.Error("tokens do not follow the key")
	}
}

// TestRemoteCall is the call as any other driver's.
func TestRemoteCall(t *testing.T) {
	token := Token([]byte("key"))
	construct := func(s channel.Settings) (channel.Provider, error) {
		address := strings.TrimPrefix(s.Values["base_url"], "http://")
		delete(s.Values, "base_url") // of the harness
		return New(NewRemote(address, token))(s)
	}
	host, port, _ := net.SplitHostPort("127.0.0.1:2775")
	settings := channel.Settings{IntegrationID: "sms_main", Channel: engine.SMS, Values: map[string]string{"host": host, "port": port, "from": "27182"},
		Secrets: map[string]string{"system_id": "clinica", "password": "segredo1"}}
	channeltest.Outgoing(t, construct, settings, []channeltest.OutgoingCase{
		{
			Name: "taken", Out: textTo("Olá"), Answer: channeltest.Answer{Body: `{"provider_id":"42"}`},
			Want: &channeltest.Request{Method: "POST", Path: pathSubmit, Header: map[string]string{"Authorization": "Bearer " + token},
				JSON: `{"integration":"sms_main","mark":"` + markOf(settings.Values, settings.Secrets) + `","message":{"ref":"msg_1","to":"+5511987654321","text":"Olá"}}`},
			Receipt: channel.Receipt{ProviderID: "42"},
		},
		{Name: "reset", Out: textTo("a"), Answer: channeltest.Answer{Reset: true}, Want: &channeltest.Request{}, Failure: &channeltest.Failure{Class: channel.RetryLater, Doubt: channel.Unclear}},
		{Name: "silent", Out: textTo("a"), Answer: channeltest.Answer{Hang: true}, Want: &channeltest.Request{}, Failure: &channeltest.Failure{Class: channel.RetryLater, Doubt: channel.Unclear}},
		{Name: "nothing to send", Out: textTo(""), Failure: &channeltest.Failure{Class: channel.FixRequest}},
	})
}
