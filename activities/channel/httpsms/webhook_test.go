package httpsms_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/httpsms"
	"jornada/engine"
)

// call is a webhook call that carries our secret as a header.
func call(method, query, contentType, body string) channel.Request {
	return channel.Request{Method: method, URL: &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/torpedo", RawQuery: query}, Body: []byte(body),
		Header: http.Header{"Content-Type": {contentType}, "X-Jornada-Secret": {secret}}}
}

func post(body string) channel.Request { return call("POST", "", "application/json", body) }

func TestExampleWebhooks(t *testing.T) {
	other := []map[string]any{{"kind": "other"}}
	form := func(query, body string) channel.Request {
		return call("POST", query, "application/x-www-form-urlencoded; charset=UTF-8", body)
	}
	channeltest.Incoming(t, open(t, example(t)), []channeltest.IncomingCase{
		{Name: "delivered", Request: post(`{"id": 123456, "referencia": "msg_1", "situacao": "Entregue", "quando": "26/11/2026 10:15:00", "novidade": [1]}`),
			Want: []map[string]any{{"kind": "status", "status": "delivered", "provider_message_id": "123456", "opaque": "msg_1", "timestamp": 1795698900, "error_codes": []any{}}}},
		{Name: "not delivered", Request: post(`{"id": 1, "situacao": "NAO_ENTREGUE", "erro": "77"}`), Want: []map[string]any{{"status": "failed", "error_codes": []any{"nao_entregue", 77}}}},
		{Name: "an error that is known", Request: post(`{"id": 1, "situacao": "REJEITADO", "erro": 411}`), Want: []map[string]any{{"status": "failed", "error_codes": []any{411, "rejeitado"}}}},
		{Name: "by our reference alone", Request: post(`{"referencia": "msg_1", "situacao": "ENVIADO", "quando": "2026-11-26T13:15:00Z"}`), Want: []map[string]any{{"kind": "status", "status": "sent", "provider_message_id": "", "opaque": "msg_1", "timestamp": 1795698900}}},
		{Name: "a word nobody knows", Request: post(`{"id": 1, "situacao": "VOANDO"}`), Want: other},
		{Name: "a status of nothing", Request: post(`{"situacao": "ENTREGUE"}`), Want: other},
		{Name: "a list of statuses, one twice", Request: post(`[{"id": 1, "situacao": "ENVIADO"}, {"id": 1, "situacao": "ENVIADO"}, {"id": 2, "situacao": "ENVIADO"}, 7]`),
			Want: []map[string]any{{"provider_message_id": "1"}, {"provider_message_id": "2"}, {"kind": "other"}}},
		{Name: "replies", Request: post(`{"respostas": [{"idResposta": 77, "celular": "11987654321", "texto": "SIM", "quando": "1795698900"}, {"idResposta": 78, "celular": "+55 11 98765-4321", "texto": "", "quando": "?"}]}`),
			Want: []map[string]any{{"kind": "message", "type": "text", "text": "SIM", "from_phone": "+5511987654321", "provider_message_id": "77", "timestamp": 1795698900}, {"kind": "message", "text": nil, "from_phone": "+5511987654321", "timestamp": nil}}},
		{Name: "an opt-out is the person's own word", Request: post(`{"idResposta": 79, "celular": "5511987654321", "texto": "SAIR"}`), Want: []map[string]any{{"kind": "message", "type": "text", "text": "SAIR", "from_phone": "+5511987654321"}}},
		{Name: "from a short code", Request: post(`{"idResposta": 1, "celular": "28000", "texto": "x", "quando": "1795698900000"}`), Want: []map[string]any{{"from_phone": "28000", "timestamp": 1795698900}}},
		{Name: "without an id", Request: post(`{"celular": "5511987654321", "texto": "SIM", "quando": "a"}`), Want: []map[string]any{{"kind": "message", "text": "SIM"}}},
		{Name: "nobody wrote", Request: post(`{"texto": "SIM"}`), Want: other},
		{Name: "a form", Request: form("", "id=5&situacao=ENTREGUE"), Want: []map[string]any{{"kind": "status", "provider_message_id": "5"}}},
		{Name: "a query", Request: call("GET", "idResposta=9&celular=5511987654321&texto=N%C3%83O", "", ""), Want: []map[string]any{{"kind": "message", "text": "NÃO"}}},
		{Name: "our reference in the address", Request: form("referencia=msg_9", "id=5&situacao=ENTREGUE"), Want: []map[string]any{{"opaque": "msg_9"}}},
		{Name: "a reply that looks like a status", Request: post(`{"id": 1, "situacao": "ENTREGUE", "idResposta": 3, "celular": "5511987654321", "texto": "oi"}`), Want: []map[string]any{{"kind": "status"}}},
		{Name: "and says that it is none", Request: call("POST", "kind=message", "application/json", `{"id": 1, "situacao": "ENTREGUE", "idResposta": 3, "celular": "5511987654321", "texto": "oi"}`), Want: []map[string]any{{"kind": "message"}}},
		{Name: "a reply where only statuses come", Request: call("POST", "kind=status", "application/json", `{"idResposta": 3, "celular": "5511987654321", "texto": "oi"}`), Want: other},
		{Name: "nothing", Request: post(`[]`)},
		{Name: "null", Request: post(`null`), Want: other},
		{Name: "not JSON", Request: post(`{`), Status: 400, Err: engine.Invalid},
		{Name: "no form", Request: form("", "a=%zz"), Status: 400, Err: engine.Invalid},
		{Name: "PUT", Request: call("PUT", "", "application/json", "{}"), Status: 405, Err: engine.Invalid},
	})
}

func TestForgeries(t *testing.T) {
	for name, c := range map[string]struct {
		request channel.Request
		change  func(*channel.Request)
		status  int
	}{
		"the header":  {post(`{}`), func(*channel.Request) {}, 200},
		"the query":   {call("GET", "secret="+secret, "", ""), func(r *channel.Request) { r.Header.Del("X-Jornada-Secret") }, 200},
		"none":        {post(`{}`), func(r *channel.Request) { r.Header.Del("X-Jornada-Secret") }, 401},
		"another":     {call("GET", "secret=x", "", ""), func(r *channel.Request) { r.Header.Del("X-Jornada-Secret") }, 401},
		"in the body": {call("POST", "", "application/x-www-form-urlencoded", "secret="+secret), func(r *channel.Request) { r.Header.Del("X-Jornada-Secret") }, 401},
		"XML":         {call("POST", "", "application/xml", "<a/>"), func(*channel.Request) {}, 415},
	} {
		t.Run(name, func(t *testing.T) {
			c.change(&c.request)
			events, response, err := open(t, example(t)).Receive(c.request)
			if response.Status != c.status || (len(events) > 0) != (c.status == 200) || errors.Is(err, channel.ErrSignature) != (c.status == 401) {
				t.Errorf("answered %d with %+v, %v", response.Status, events, err)
			}
			for _, e := range events {
				if string(e.Raw) != "{}" {
					t.Errorf("the secret is kept: %s", e.Raw)
				}
			}
		})
	}
}

// TestAHeaderOfTheirs: a gateway that can only send its own header, and wants a
// certain answer.
func TestAHeaderOfTheirs(t *testing.T) {
	s := example(t)
	s.Values["webhook_header"], s.Values["reply"] = "Authorization", "OK"
	r := post(`{"id": 1, "situacao": "ENTREGUE"}`)
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Del("X-Jornada-Secret")
	events, response, err := open(t, s).Receive(r)
	if err != nil || len(events) != 1 || response.Status != 200 || response.Body != "OK" {
		t.Errorf("got %+v %+v %v", events, response, err)
	}
}

func TestWithoutWebhooks(t *testing.T) {
	_, response, err := open(t, small()).Receive(post(`{}`))
	var refusal *engine.Error
	if !errors.As(err, &refusal) || refusal.Code != engine.NotFound || response.Status != 404 {
		t.Errorf("answered %d, %v", response.Status, err)
	}
}

// TestRepliesWithoutAnID are told apart by their time, and a repetition is not.
func TestRepliesWithoutAnID(t *testing.T) {
	key := func(body string) string {
		events, _, err := open(t, example(t)).Receive(post(body))
		if err != nil || len(events) != 1 {
			t.Fatal(events, err)
		}
		return events[0].Key
	}
	first := `{"celular": "5511987654321", "texto": "SIM", "quando": "26/11/2026 10:15:00"}`
	second := `{"celular": "5511987654321", "texto": "SIM", "quando": "26/11/2026 10:16:00"}`
	if once, again, later := key(first), key(first), key(second); once != again || once == later {
		t.Errorf("keys %q, %q, %q", once, again, later)
	}
}

// TestVirtualTime maps the gateway's clock to ours.
func TestVirtualTime(t *testing.T) {
	start := time.Date(2026, 11, 26, 13, 14, 50, 0, time.UTC)
	s := example(t)
	s.Clock = engine.NewClock(engine.Anchor{Real: start, Virtual: start, Speed: 60}, func() time.Time { return start })
	events, _, err := open(t, s).Receive(post(`{"id": 1, "situacao": "ENTREGUE", "quando": "26/11/2026 10:15:00"}`))
	if err != nil || len(events) != 1 || !events[0].OccurredAt.Equal(start.Add(10*time.Minute)) {
		t.Errorf("got %+v, %v", events, err)
	}
}

// FuzzReceive: whatever comes with our secret becomes sound events or a refusal;
// without it, nothing.
func FuzzReceive(f *testing.F) {
	f.Add("", `{"id": 123456, "referencia": "msg_1", "situacao": "ENTREGUE", "erro": "411", "quando": "26/11/2026 10:15:00"}`)
	f.Add("kind=message", `{"respostas": [{"idResposta": 77, "celular": "11987654321", "texto": "SIM", "quando": "1795698900"}]}`)
	f.Add("id=5&situacao=ENTREGUE", `[{}, {"celular": "x", "texto": 1}, [], null, 1e400]`)
	f.Add("%zz", "id=5&situacao=ENTREGUE")
	provider := open(f, example(f))
	f.Fuzz(func(t *testing.T, query, body string) {
		for _, r := range []channel.Request{call("POST", query, "application/json", body), call("POST", query, "application/x-www-form-urlencoded", body), call("GET", query, "", "")} {
			events, response, err := provider.Receive(r)
			if (err == nil) != (response.Status == http.StatusOK) {
				t.Fatalf("answered %d with %v", response.Status, err)
			}
			channeltest.Sound(t, events)
			for _, e := range events {
				if m := e.Message; m != nil && m.ProviderID == "" || e.Status != nil && e.Status.ProviderID == "" && e.Status.Ref == "" {
					t.Fatalf("an event of no message: %+v", e)
				}
			}
			r.Header.Set("X-Jornada-Secret", "guessed")
			if events, _, err := provider.Receive(r); err == nil || len(events) > 0 {
				t.Fatalf("an unproved call became %d events", len(events))
			}
		}
	})
}

var _ channel.Constructor = httpsms.New
