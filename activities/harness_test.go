package activities_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
)

// provider answers sends as a test says and counts the calls.
type provider struct {
	channel channel.Capabilities
	send    func(ctx context.Context, out channel.Outbound) (channel.Receipt, error)

	mu    sync.Mutex
	calls []channel.Outbound
	find  func(s channel.Sought) (channel.Receipt, bool, error) // nil: it cannot be asked
}

// finding is a provider that can be asked what became of a message.
type finding struct{ *provider }

func (f finding) Find(_ context.Context, s channel.Sought) (channel.Receipt, bool, error) {
	return f.find(s)
}

func (p *provider) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	p.mu.Lock()
	p.calls = append(p.calls, out)
	n := len(p.calls)
	p.mu.Unlock()
	if p.send != nil {
		return p.send(ctx, out)
	}
	return channel.Receipt{ProviderID: fmt.Sprintf("provider-%s-%d", out.Ref, n)}, nil
}

func (p *provider) Capabilities() channel.Capabilities { return p.channel }

func (p *provider) Receive(channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	return nil, channel.Response{}, channel.ErrSignature
}

func (p *provider) sent() []channel.Outbound {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]channel.Outbound(nil), p.calls...)
}

// channels serves one provider per integration.
type channels struct {
	store *store.Store
	by    map[engine.IntegrationID]*provider
}

func (c channels) Driver(i *engine.Integration) (channel.Provider, error) {
	if p := c.by[i.ID]; p != nil && p.find != nil {
		return finding{p}, nil
	} else if p != nil {
		return p, nil
	}
	return nil, engine.Errorf(engine.Invalid, "no driver for %q", i.ID)
}

type plans map[engine.VersionHash]*dsl.Plan

func (p plans) Plan(hash engine.VersionHash) (*dsl.Plan, error) {
	if plan := p[hash]; plan != nil {
		return plan, nil
	}
	return nil, engine.Errorf(engine.NotFound, "there is no version %q", hash)
}

// world is a small clinic: a contact, a journey, an enrollment in it and three
// channels.
type world struct {
	t     testing.TB
	ctx   context.Context
	clock *storetest.Clock
	store *store.Store
	plan  *dsl.Plan
	wa    *provider
	sms   *provider
	email *provider
	logs  *bytes.Buffer
	*activities.Activities
	config activities.Config
	base   activities.Base
}

const version = "v1"

func text(s string) *dsl.Text { return &dsl.Text{Source: s} }

// clinicPlan is a journey with one step of every kind these tests need.
func clinicPlan() *dsl.Plan {
	str := expression.Type{Kind: expression.String}
	maybe := func(k expression.Kind) expression.Type { return expression.Type{Kind: k, Optional: true} }
	options := []dsl.Option{
		{ID: "confirmed", Title: &dsl.Text{Source: "Confirmar", Path: "confirm.options.confirmed"}, Match: []string{"sim"}},
		{ID: "reschedule", Title: text("Remarcar")},
		{ID: "cancelled", Title: text("Cancelar")},
	}
	return &dsl.Plan{
		Format: dsl.PlanFormat, Journey: "confirm_appointment", Name: "Confirmação", Category: "utility", Locale: "pt-BR",
		Timezone: "America/Sao_Paulo", Clock: "journey", Hash: version, Start: "confirm",
		Inputs: expression.Fields{"doctor": str, "starts_at": {Kind: expression.Time}},
		Vars:   map[string]dsl.Var{"attempts": {Type: expression.Type{Kind: expression.Int}, Default: 0}},
		Contact: expression.Fields{"first_name": str, "city": maybe(expression.String), "visits": maybe(expression.Int),
			"tags": {Kind: expression.List, Elem: &str, Optional: true}},
		Events:       map[string]expression.Fields{"slot.freed": {"starts_at": {Kind: expression.Time}, "doctor": str}},
		Translations: map[string]map[string]string{"en": {"confirm.text": "Hi {{ contact.first_name }}, can you come?", "confirm.options.confirmed": "Confirm"}},
		Templates: map[string]dsl.Template{
			"whatsapp/appointment_confirm": {Name: "appointment_confirm", Channel: "whatsapp", Language: "pt_BR", Category: "utility", Status: "approved",
				Params: []string{"name", "when"}, Buttons: []string{"Cancelar", "Confirmar", "Remarcar"}, Body: "Olá {{name}}, sua consulta é {{when}}."},
			"whatsapp/promo":  {Name: "promo", Channel: "whatsapp", Category: "marketing", Status: "approved", Params: []string{"name"}, Body: "{{name}}, 20%"},
			"whatsapp/paused": {Name: "paused", Channel: "whatsapp", Category: "utility", Status: "paused"},
			"email/hello":     {Name: "hello", Channel: "email", Params: []string{"name"}, Subject: "Oi {{name}}", Markdown: "# Olá {{ name }}"},
		},
		Schedules: map[string]dsl.Hours{"business_hours": {Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "08:00", To: "18:00"}},
		Nodes: map[string]*dsl.Node{
			"confirm": {ID: "confirm", Verb: "ask", Ask: &dsl.Ask{Options: options, Retries: 1, Reprompt: text("Toque em um botão, {{ contact.first_name }}."), Routes: []dsl.Route{
				{Channel: "whatsapp", Message: dsl.Message{Template: "appointment_confirm", Params: map[string]*dsl.Text{
					"name": text("{{ contact.first_name }}"), "when": text("{{ format(inputs.starts_at, 'dd/MM HH:mm') }}")}}},
				{Channel: "sms", Message: dsl.Message{Text: text("Consulta com {{ inputs.doctor }}.")}},
				{Channel: "email", Message: dsl.Message{Subject: text("Consulta"), Markdown: text("Podemos confirmar?")}},
			}}},
			"free": {ID: "free", Verb: "ask", Ask: &dsl.Ask{Options: options, Routes: []dsl.Route{
				{Channel: "whatsapp", Message: dsl.Message{Text: &dsl.Text{Source: "Oi {{ contact.first_name }}, você vem?", Path: "confirm.text"},
					Closed: &dsl.Message{Template: "appointment_confirm", Params: map[string]*dsl.Text{"name": text("{{ contact.first_name }}"), "when": text("amanhã")}}}},
			}}},
			"thanks":  {ID: "thanks", Verb: "send", Send: &dsl.Send{Routes: []dsl.Route{{Channel: "whatsapp", Message: dsl.Message{Text: text("Obrigado, {{ contact.first_name }}!")}}}}},
			"plain":   {ID: "plain", Verb: "send", Send: &dsl.Send{Routes: []dsl.Route{{Channel: "sms", Message: dsl.Message{Text: text("Oi {{ contact.first_name }}")}}}}},
			"mail":    {ID: "mail", Verb: "send", Send: &dsl.Send{Routes: []dsl.Route{{Channel: "email", Message: dsl.Message{Template: "hello", Params: map[string]*dsl.Text{"name": text("{{ contact.first_name }}")}}}}}},
			"promo":   {ID: "promo", Verb: "send", Send: &dsl.Send{Routes: []dsl.Route{{Channel: "whatsapp", Message: dsl.Message{Template: "promo", Params: map[string]*dsl.Text{"name": text("x")}}}}}},
			"paused":  {ID: "paused", Verb: "send", Send: &dsl.Send{Routes: []dsl.Route{{Channel: "whatsapp", Message: dsl.Message{Template: "paused"}}}}},
			"broken":  {ID: "broken", Verb: "send", Send: &dsl.Send{Routes: []dsl.Route{{Channel: "sms", Message: dsl.Message{Text: &dsl.Text{Source: "{{ format(inputs.nothing, 'dd') }}", Line: 7, Column: 9}}}}}},
			"nps":     {ID: "nps", Verb: "ask", Ask: &dsl.Ask{Scale: &dsl.Scale{Kind: "nps", Max: 10, Low: text("nunca"), High: text("com certeza")}, Routes: []dsl.Route{{Channel: "sms", Message: dsl.Message{Text: text("De 0 a 10?")}}}}},
			"update":  {ID: "update", Verb: "update", Update: &dsl.Update{Fields: map[string]*dsl.Text{"city": text("Campinas"), "visits": text("{{ contact.visits + 1 }}")}, AddTags: []*dsl.Text{text("vip"), text("new")}, RemoveTags: []*dsl.Text{text("old")}, OptOut: []string{"sms"}}},
			"misfit":  {ID: "misfit", Verb: "update", Update: &dsl.Update{Fields: map[string]*dsl.Text{"visits": text("many")}}},
			"emit":    {ID: "emit", Verb: "emit", Emit: &dsl.Emit{Event: "slot.freed", Data: map[string]*dsl.Text{"starts_at": text("{{ inputs.starts_at }}"), "doctor": text("{{ inputs.doctor }}")}}},
			"handoff": {ID: "handoff", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "reception", Note: text("{{ contact.first_name }}: {{ steps.confirm.outcome }}"), Priority: "normal"}},
			"child":   {ID: "child", Verb: "enroll", Enroll: &dsl.Enroll{Journey: "waitlist", Inputs: map[string]*dsl.Text{"doctor": text("{{ inputs.doctor }}")}}},
			"split":   {ID: "split", Verb: "split", Split: &dsl.Split{Seed: "s", Variants: []dsl.Variant{{ID: "a", Share: 50}, {ID: "b", Share: 50}}}},
		},
	}
}

// each runs a test in a fresh world on both databases.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, open storetest.Open) { test(t, newWorld(t, open)) })
}

func newWorld(t testing.TB, open storetest.Open) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), clock: storetest.NewClock(), plan: clinicPlan(), logs: &bytes.Buffer{}}
	// A Monday, 15:00 in São Paulo.
	w.clock.Advance(time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC).Sub(w.clock.Now()))
	w.store = open(t, store.Options{Clock: w.clock})
	limits := func(ch engine.Channel, class channel.Idempotency) channel.Capabilities {
		c := channel.Limits(ch)
		c.Idempotency = class
		return c
	}
	w.wa = &provider{channel: limits(engine.WhatsApp, channel.EchoesRef)}
	w.sms = &provider{channel: limits(engine.SMS, channel.HonorsKey)}
	w.email = &provider{channel: limits(engine.Email, channel.None)}
	for _, i := range []engine.Integration{
		{ID: "wa", Provider: "meta", Channel: engine.WhatsApp, State: engine.Enabled, Default: true},
		{ID: "sms", Provider: "gateway", Channel: engine.SMS, State: engine.Enabled, Default: true},
		{ID: "mail", Provider: "smtp", Channel: engine.Email, State: engine.Enabled, Default: true},
	} {
		w.must2(w.store.PutIntegration(w.ctx, &i))
	}
	w.must2(w.store.PutContact(w.ctx, w.contact()))
	w.must3(w.store.Publish(w.ctx, &engine.Version{Journey: "confirm_appointment", Hash: version, Source: "dsl: 1", Plan: w.plan}))
	w.base = w.enroll("enr_1")
	w.config = activities.Config{
		Store: w.store, Plans: plans{version: w.plan}, Clock: w.clock,
		Channels: channels{w.store, map[engine.IntegrationID]*provider{"wa": w.wa, "sms": w.sms, "mail": w.email}},
		Logger:   slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	w.restart()
	return w
}

// restart is a new process on the same database.
func (w *world) restart() {
	w.t.Helper()
	a, err := activities.New(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Activities = a
}

func (w *world) contact() *engine.Contact {
	return &engine.Contact{
		ID: "ana", Attributes: map[string]any{"first_name": "Ana", "visits": 2, "tags": []any{"old", "vip"}},
		Addresses: []engine.Address{{Kind: engine.Phone, Value: "+5511987654321"}, {Kind: engine.EmailAddress, Value: "ana@example.com"}},
		OptIn:     map[engine.Channel]bool{engine.WhatsApp: true, engine.SMS: true, engine.Email: true},
	}
}

func (w *world) enroll(id engine.EnrollmentID) activities.Base {
	w.t.Helper()
	w.must(w.store.InsertEnrollment(w.ctx, &engine.Enrollment{
		ID: id, JourneyID: "confirm_appointment", VersionHash: version, ContactID: "ana", Key: string(id), Status: engine.Active, StartedAt: w.clock.Now(),
	}))
	return activities.Base{
		EnrollmentID: id, JourneyID: "confirm_appointment", VersionHash: version, ContactID: "ana",
		Scope: activities.Scope{Now: w.clock.Now(), Inputs: map[string]any{"doctor": "Dra. Lima", "starts_at": "2026-11-25T17:30:00-03:00"},
			Steps: map[string]any{"confirm": map[string]any{"outcome": "other"}}},
		Trail:  []engine.TimelineEntry{{Seq: 1, At: w.clock.Now(), Kind: "enrolled"}},
		Cursor: activities.Cursor{StepID: "confirm"},
	}
}

func (w *world) input(step string) activities.SendInput {
	return activities.SendInput{Base: w.base, StepID: step, FirstAt: w.clock.Now()}
}

func (w *world) send(in activities.SendInput) activities.SendResult {
	w.t.Helper()
	result, err := w.SendMessage(w.ctx, in)
	if err != nil {
		w.t.Fatalf("sending %q: %v", in.StepID, err)
	}
	return result
}

// expect sends and compares what is reported.
func (w *world) expect(in activities.SendInput, status activities.SendStatus, reason string) activities.SendResult {
	w.t.Helper()
	result := w.send(in)
	if result.Status != status || result.Reason != reason {
		w.t.Fatalf("step %q: %s %q, want %s %q", in.StepID, result.Status, result.Reason, status, reason)
	}
	return result
}

func (w *world) message(id engine.MessageID) *engine.Message {
	w.t.Helper()
	m, err := w.store.Message(w.ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) only() *engine.Message {
	w.t.Helper()
	list, _, err := w.store.Messages(w.ctx, engine.MessageFilter{EnrollmentID: w.base.EnrollmentID})
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%d messages (%v), want one", len(list), err)
	}
	return &list[0]
}

func (w *world) change(f func(*engine.Contact)) {
	w.t.Helper()
	c, err := w.store.Contact(w.ctx, "ana")
	if err != nil {
		w.t.Fatal(err)
	}
	c.OptIn = maps.Clone(c.OptIn)
	f(c)
	w.must2(w.store.PutContact(w.ctx, c))
}

func (w *world) wrote() {
	w.must(w.store.TouchWindow(w.ctx, "ana", "wa", engine.WhatsApp, w.clock.Now()))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) must2(_ any, err error)    { w.t.Helper(); w.must(err) }
func (w *world) must3(_, _ any, err error) { w.t.Helper(); w.must(err) }

func pretty(v any) string {
	b, _ := json.MarshalIndent(v, "", "  ")
	return string(b)
}
