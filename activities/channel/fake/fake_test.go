package fake_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/fake"
	"jornada/engine"
)

// world is a network whose time the test moves.
type world struct {
	*fake.Network
	now    time.Time
	timers []timer
	events []engine.InboundEvent
}

type timer struct {
	at time.Time
	f  func()
}

func begin(t *testing.T) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	w.Network = fake.New(fake.Config{
		Clock:    engine.NewClock(engine.Anchor{}, func() time.Time { return w.now }),
		OnEvents: func(e []engine.InboundEvent) { w.events = append(w.events, e...) },
		After:    func(d time.Duration, f func()) { w.timers = append(w.timers, timer{w.now.Add(d), f}) },
		Limit:    5,
	})
	return w
}

// pass lets time pass and runs what is due, in order.
func (w *world) pass(d time.Duration) {
	w.now = w.now.Add(d)
	slices.SortStableFunc(w.timers, func(a, b timer) int { return a.at.Compare(b.at) })
	for len(w.timers) > 0 && !w.timers[0].at.After(w.now) {
		due := w.timers[0]
		w.timers = w.timers[1:]
		due.f()
	}
}

func (w *world) open(t *testing.T, ch engine.Channel) channel.Provider {
	t.Helper()
	provider, err := w.Open(channel.Settings{IntegrationID: engine.IntegrationID("demo-" + ch), Channel: ch})
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

func phone(number string) engine.Address { return engine.Address{Kind: engine.Phone, Value: number} }

func question(to engine.Address, ref string, n int) channel.Outbound {
	choices := []engine.Choice{}
	for _, title := range []string{"Confirmar", "Remarcar", "Cancelar", "Outro"}[:n] {
		choices = append(choices, engine.Choice{ID: strings.ToLower(title), Title: title, Payload: "jr1|" + ref + "|" + strings.ToLower(title)})
	}
	return channel.Outbound{Ref: ref, To: to, ContactName: "Ana Demo", Content: engine.Content{Text: "Podemos confirmar?", Choices: choices}}
}

func TestASentMessageIsReportedLater(t *testing.T) {
	w := begin(t)
	provider := w.open(t, engine.WhatsApp)
	receipt, err := provider.Send(context.Background(), question(phone("+5511900001111"), "msg_1", 3))
	if err != nil || receipt.ProviderID == "" || !slices.Contains(receipt.Recipient, engine.Address{Kind: engine.WAID, Value: "5511900001111"}) {
		t.Fatal(receipt, err)
	}
	if len(w.events) != 0 {
		t.Fatalf("reported at once: %+v", w.events)
	}
	w.pass(time.Second)
	w.pass(time.Second)
	channeltest.Events(t, w.events, []map[string]any{
		{"kind": "status", "status": "sent", "opaque": "msg_1", "provider_message_id": receipt.ProviderID},
		{"kind": "status", "status": "delivered", "opaque": "msg_1"},
	})
	box := w.Outbox(fake.Filter{Addresses: []engine.Address{{Kind: engine.WAID, Value: "5511900001111"}}})
	if len(box) != 1 || box[0].Status != engine.Delivered || box[0].Content.Text != "Podemos confirmar?" || box[0].IntegrationID != "demo-whatsapp" {
		t.Errorf("outbox %+v", box)
	}
	if limits := provider.Capabilities(); limits.Buttons != 3 || !limits.ServiceWindow || limits.Idempotency != channel.EchoesRef {
		t.Errorf("limits %+v", limits)
	}
}

func TestScripts(t *testing.T) {
	for _, c := range []struct {
		number  string
		channel engine.Channel
		class   channel.Class
		doubt   channel.Doubt
		code    string
		then    []string // statuses that follow
		taken   int
	}{
		{"+5511900000001", engine.WhatsApp, "", 0, "", []string{"sent"}, 1},
		{"+5511900000002", engine.WhatsApp, "", 0, "", []string{"failed 131026"}, 1},
		{"+5511900000002", engine.SMS, "", 0, "", []string{"failed 30005"}, 1},
		{"+5511900000003", engine.WhatsApp, channel.Throttle, channel.Certain, "429", nil, 0},
		{"+5511900000004", engine.WhatsApp, channel.RetryLater, channel.Unclear, "", []string{"sent", "delivered"}, 1},
		{"+5511900000005", engine.WhatsApp, channel.RetryLater, channel.Unclear, "", nil, 0},
		{"+5511900000006", engine.WhatsApp, channel.UseTemplate, channel.Certain, "131047", nil, 0},
		{"+5511900000006", engine.SMS, "", 0, "", []string{"sent", "delivered"}, 1},
		{"+5511900000007", engine.WhatsApp, channel.SuppressMarketing, channel.Certain, "131050", nil, 0},
		{"+5511900000007", engine.SMS, channel.Suppress, channel.Certain, "21610", nil, 0},
		{"+5511900000008", engine.WhatsApp, channel.Reauth, channel.Certain, "190", nil, 0},
		{"+5511900000009", engine.WhatsApp, "", 0, "", []string{"sent", "delivered"}, 1},
		{"ana+0002@example.com", engine.Email, "", 0, "", []string{"failed 550"}, 1},
	} {
		t.Run(string(c.channel)+" "+c.number, func(t *testing.T) {
			w := begin(t)
			provider := w.open(t, c.channel)
			to := phone(c.number)
			if c.channel == engine.Email {
				to.Kind = engine.EmailAddress
			}
			_, err := provider.Send(context.Background(), question(to, "msg_1", 2))
			var failure *channel.SendError
			if errors.As(err, &failure) != (c.class != "") || (failure != nil && (failure.Class != c.class || failure.Doubt != c.doubt || failure.Code != c.code)) {
				t.Errorf("got %#v", err)
			}
			w.pass(time.Minute)
			got := []string{}
			for _, e := range w.events {
				got = append(got, strings.TrimSpace(string(e.Status.Status)+" "+strings.Join(e.Status.ErrorCodes, ",")))
				if e.Status.Ref != "msg_1" {
					t.Errorf("the status lost our reference: %+v", e.Status)
				}
			}
			if !slices.Equal(got, c.then) {
				t.Errorf("reported %v, want %v", got, c.then)
			}
			if n := len(w.Outbox(fake.Filter{})); n != c.taken {
				t.Errorf("%d taken, want %d", n, c.taken)
			}
		})
	}
}

func TestThrottledOnce(t *testing.T) {
	w := begin(t)
	provider := w.open(t, engine.WhatsApp)
	out := question(phone("+5511900000003"), "msg_1", 1)
	if _, err := provider.Send(context.Background(), out); err == nil {
		t.Error("not throttled")
	}
	if _, err := provider.Send(context.Background(), out); err != nil {
		t.Errorf("throttled twice: %v", err)
	}
}

func TestWhatAPersonDoes(t *testing.T) {
	w := begin(t)
	ana := []engine.Address{phone("+5511900001111"), {Kind: engine.EmailAddress, Value: "ana@example.com"}}
	send := func(ch engine.Channel, out channel.Outbound) string {
		receipt, err := w.open(t, ch).Send(context.Background(), out)
		if err != nil {
			t.Fatal(err)
		}
		return receipt.ProviderID
	}
	old := send(engine.WhatsApp, question(ana[0], "msg_1", 3))
	newer := send(engine.WhatsApp, question(ana[0], "msg_2", 3))
	list := send(engine.WhatsApp, question(ana[0], "msg_3", 4))
	send(engine.SMS, question(ana[0], "msg_4", 2))
	mail := send(engine.Email, question(ana[1], "msg_5", 2))
	for _, c := range []struct {
		name string
		in   fake.Inbound
		want map[string]any
	}{
		{"words", fake.Inbound{Channel: engine.WhatsApp, Text: "olá"}, map[string]any{"type": "text", "text": "olá", "opens_customer_service_window": true}},
		{"the newest button of that name", fake.Inbound{Channel: engine.WhatsApp, Option: "Outro"},
			map[string]any{"type": "interactive", "interactive_type": "list_reply", "reply_payload": "jr1|msg_3|outro", "context_message_id": list}},
		{"a button of one message", fake.Inbound{Channel: engine.WhatsApp, Option: "remarcar", ReplyTo: newer},
			map[string]any{"interactive_type": "button_reply", "reply_payload": "jr1|msg_2|remarcar", "text": "Remarcar", "context_message_id": newer}},
		{"an old message's button", fake.Inbound{Channel: engine.WhatsApp, Option: "cancelar", ReplyTo: old}, map[string]any{"reply_payload": "jr1|msg_1|cancelar"}},
		{"a payload as it is", fake.Inbound{Channel: engine.WhatsApp, Payload: "jr1|x", ReplyTo: "gone"}, map[string]any{"reply_payload": "jr1|x", "context_message_id": "gone"}},
		{"an SMS is typed", fake.Inbound{Channel: engine.SMS, Option: "remarcar"}, map[string]any{"type": "text", "text": "2", "reply_payload": nil, "context_message_id": nil, "opens_customer_service_window": false}},
		{"an e-mail is answered", fake.Inbound{Channel: engine.Email, Option: "remarcar"}, map[string]any{"text": "Remarcar", "reply_payload": nil, "context_message_id": mail}},
		{"a picture", fake.Inbound{Channel: engine.WhatsApp, Text: "minha receita", Media: &engine.MediaLink{Kind: "image", URL: "https://example.com/x.png"}},
			map[string]any{"type": "image", "text": "minha receita", "media": map[string]any{"url": "https://example.com/x.png"}}},
		{"a form", fake.Inbound{Channel: engine.WhatsApp, Form: map[string]any{"day": "segunda"}},
			map[string]any{"type": "interactive", "interactive_type": "nfm_reply", "reply_data": map[string]any{"day": "segunda"}, "opens_customer_service_window": true}},
		{"a reaction", fake.Inbound{Channel: engine.WhatsApp, Reaction: "👍", ReplyTo: newer},
			map[string]any{"type": "reaction", "reaction": map[string]any{"message_id": newer, "emoji": "👍"}, "opens_customer_service_window": false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.events = nil
			c.in.From, c.in.ContactID, c.in.IntegrationID = ana, "ana", "demo"
			event, err := w.Inbound(c.in)
			if err != nil {
				t.Fatal(err)
			}
			c.want["kind"] = "message"
			channeltest.Events(t, w.events, []map[string]any{c.want})
			if w.events[0].Key != event.Key || event.ContactID != "ana" || !event.OccurredAt.Equal(w.now) {
				t.Errorf("event %+v", event)
			}
		})
	}
	for want, in := range map[string]fake.Inbound{
		"nothing to say: give one of text, option, payload, media, form or reaction":                 {Channel: engine.WhatsApp, Text: " "},
		`no message on sms to this contact offers the option "voltar"; offered: confirmar, remarcar`: {Channel: engine.SMS, Option: "voltar", From: ana},
		"no message on whatsapp to this contact offers options; there is nothing to tap":             {Channel: engine.WhatsApp, Option: "confirmar", From: []engine.Address{phone("+5511900002222")}},
	} {
		if _, err := w.Inbound(in); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestTyped: without buttons, the options are a matter of the text, and a person
// types.
func TestTyped(t *testing.T) {
	w := begin(t)
	out := question(phone("+5511900001111"), "msg_1", 0)
	out.Content.Text = "Podemos confirmar?\n1. Confirmar\n2. Remarcar"
	if _, err := w.open(t, engine.SMS).Send(context.Background(), out); err != nil {
		t.Fatal(err)
	}
	event, err := w.Inbound(fake.Inbound{IntegrationID: "demo-sms", Channel: engine.SMS, From: []engine.Address{out.To}, Option: "Remarcar"})
	if err != nil || event.Message.Text != "Remarcar" || event.Message.Type != "text" || event.Message.ReplyPayload != "" {
		t.Errorf("got %+v, %v", event.Message, err)
	}
}

func TestTemplateTapsAreButtons(t *testing.T) {
	w := begin(t)
	out := question(phone("+5511900001111"), "msg_1", 2)
	out.Content.Template = "appointment_confirm"
	if _, err := w.open(t, engine.WhatsApp).Send(context.Background(), out); err != nil {
		t.Fatal(err)
	}
	event, err := w.Inbound(fake.Inbound{Channel: engine.WhatsApp, From: []engine.Address{out.To}, Option: "confirmar"})
	if err != nil || event.Message.Type != "button" || event.IntegrationID != "demo-whatsapp" {
		t.Errorf("got %+v, %v", event, err)
	}
}

func TestInjectedStatuses(t *testing.T) {
	w := begin(t)
	receipt, err := w.open(t, engine.WhatsApp).Send(context.Background(), question(phone("+5511900001111"), "msg_1", 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		message string
		status  engine.MessageStatus
	}{{"msg_1", engine.Read}, {receipt.ProviderID, engine.Delivered}} {
		if err := w.Status(step.message, step.status, ""); err != nil {
			t.Fatal(err)
		}
	}
	channeltest.Events(t, w.events, []map[string]any{{"status": "read"}, {"status": "delivered"}})
	if box := w.Outbox(fake.Filter{Ref: "msg_1"}); len(box) != 1 || box[0].Status != engine.Read {
		t.Errorf("the outbox went back: %+v", box)
	}
	for want, err := range map[string]error{
		`the demo network has no message "gone"; it keeps only what was sent since it started`: w.Status("gone", engine.Read, ""),
		`a provider cannot report "queued"; use accepted, sent, delivered, read or failed`:     w.Status("msg_1", engine.Queued, ""),
		`a provider cannot report "skipped"; use accepted, sent, delivered, read or failed`:    w.Status("msg_1", engine.Skipped, ""),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestTheOutboxIsBounded(t *testing.T) {
	w := begin(t)
	provider := w.open(t, engine.SMS)
	for _, ref := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		if _, err := provider.Send(context.Background(), question(phone("+5511900001111"), ref, 1)); err != nil {
			t.Fatal(err)
		}
	}
	refs := ""
	for _, e := range w.Outbox(fake.Filter{Channel: engine.SMS}) {
		refs += e.Ref
	}
	if refs != "34567" {
		t.Errorf("kept %s", refs)
	}
	if newest := w.Outbox(fake.Filter{Limit: 1}); len(newest) != 1 || newest[0].Ref != "7" {
		t.Errorf("the newest is %+v", newest)
	}
	w.pass(time.Minute) // statuses of dropped messages hurt nobody
}

func TestRefusals(t *testing.T) {
	w := begin(t)
	if _, err := w.Open(channel.Settings{IntegrationID: "x", Channel: "telex"}); err == nil || !strings.HasPrefix(err.Error(), "x: channel must be whatsapp, sms, email") {
		t.Errorf("got %v", err)
	}
	provider := w.open(t, engine.SMS)
	var refusal *engine.Error
	if _, response, err := provider.Receive(channel.Request{}); !errors.As(err, &refusal) || refusal.Code != engine.NotFound || response.Status != 404 {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, out := range []channel.Outbound{{}, question(phone("+1"), "r", 1)} {
		_, err := provider.Send(ctx, out)
		var failure *channel.SendError
		if !errors.As(err, &failure) || failure.Doubt != channel.Certain {
			t.Errorf("got %v", err)
		}
	}
	if err := provider.(channel.Tester).Test(context.Background()); err != nil {
		t.Error(err)
	}
}
