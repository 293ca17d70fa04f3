package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
	"jornada/engine/store"
	"jornada/workflows"
)

func business(name, contact string, data map[string]any) engine.InboundEvent {
	return engine.InboundEvent{Key: nextKey(), Kind: engine.BusinessEvent, Name: name, ContactID: engine.ContactID(contact), Data: data}
}

func scheduledJourney() *dsl.Plan {
	fields := expression.Fields{"appointment_id": {Kind: expression.String}, "starts_at": {Kind: expression.Time}}
	p := askJourney("confirm", dsl.Trigger{Event: "appointment.scheduled", Where: &dsl.Expr{Source: `event.appointment_id != "skip"`, Reads: []string{"event"}}})
	p.Inputs = fields
	p.Events = map[string]expression.Fields{"appointment.scheduled": fields, "appointment.cancelled": fields}
	p.Entry = dsl.Entry{Key: &dsl.Expr{Source: "inputs.appointment_id", Reads: []string{"inputs"}}, Overlap: "replace", Reentry: "always"}
	p.Exits = []dsl.Interrupt{{ID: "off", Event: "appointment.cancelled", Exit: true}}
	return p
}

func TestABusinessEventTellsTheRunningAndStartsTheNew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.contact("bia", "+5511912345678")
		w.publish(scheduledJourney())
		at := map[string]any{"appointment_id": "A1", "starts_at": "2026-03-11T14:00:00-03:00"}
		require.Contains(t, w.deliver(business("appointment.scheduled", "ana", at)), "started confirm: enr_")
		active, err := w.db.ActiveOfContact(w.ctx, "ana")
		require.NoError(t, err)
		require.Len(t, active, 1)
		e := active[0].ID
		in := w.server.started[workflows.WorkflowID(e)]
		require.Equal(t, "2026-03-11T17:00:00Z", in.Inputs["starts_at"], "times travel as text")
		require.Equal(t, "A1", in.Inputs["appointment_id"])
		ana, err := w.db.Contact(w.ctx, "ana")
		require.NoError(t, err)
		require.Equal(t, ana.KeyID, w.server.keys[workflows.WorkflowID(e)], "the contact's key encrypts the history")

		require.Contains(t, w.deliver(business("appointment.cancelled", "bia", at)), "ignored", "somebody else's event")
		require.Contains(t, w.deliver(business("appointment.cancelled", "ana", at)), "signaled told 1")
		heard := w.server.signals(e)
		require.Len(t, heard, 1)
		require.Equal(t, "appointment.cancelled", heard[0].Event)
		require.Equal(t, "A1", heard[0].Data["appointment_id"])

		require.Contains(t, w.deliver(business("appointment.scheduled", "ana", map[string]any{"appointment_id": "skip", "starts_at": "2026-03-11T14:00:00Z"})), "skipped (where)")
		// A missing date never starts anything.
		require.Contains(t, w.deliver(business("appointment.scheduled", "ana", map[string]any{"appointment_id": "A2"})), "refused (event.starts_at")
		require.Contains(t, w.deliver(business("appointment.scheduled", "nobody", at)), "unknown_contact")
		require.Contains(t, w.deliver(business("appointment.scheduled", "", at)), "refused (the event names no contact")

		// The same appointment again replaces: one ending, and the old one hears it.
		require.Contains(t, w.deliver(business("appointment.scheduled", "ana", at)), "started")
		require.Equal(t, []string{"event", "end"}, w.server.kinds(e))
		old, err := w.db.Enrollment(w.ctx, e)
		require.NoError(t, err)
		require.Equal(t, engine.Replaced, old.Status)
	})
}

// Statuses come in any order, doubled, and before anybody knows the message.
func TestStatusesOnlyRise(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		m := w.ask(e, "q")
		status := func(st engine.MessageStatus, ref, providerID string, codes ...string) engine.InboundEvent {
			return engine.InboundEvent{Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: "wa", Channel: engine.WhatsApp,
				Status: &engine.IncomingStatus{Status: st, Ref: ref, ProviderID: providerID, ErrorCodes: codes}}
		}
		require.Equal(t, "unknown_message", w.deliver(status(engine.Delivered, "msg_unknown", "wamid.unknown")))
		require.Equal(t, "applied", w.deliver(status(engine.Read, "", m.ProviderID)))
		require.Equal(t, "stale", w.deliver(status(engine.Delivered, string(m.ID), "")))
		require.Equal(t, "stale", w.deliver(status(engine.Sent, string(m.ID), m.ProviderID)))
		require.Equal(t, "stale", w.deliver(status(engine.Failed, string(m.ID), m.ProviderID, "131026")))
		got, err := w.db.Message(w.ctx, m.ID)
		require.NoError(t, err)
		require.Equal(t, engine.Read, got.Status)
		require.Equal(t, []string{"status"}, w.server.kinds(e))
		require.Equal(t, "delivered", w.server.signals(e)[0].Status, "read proves delivered; the journey hears it once")

		other := status(engine.Delivered, string(m.ID), "")
		other.IntegrationID = "another"
		require.Equal(t, "unknown_message", w.deliver(other), "one integration does not report on another's messages")
	})
}

// That everything until a moment was read raises what had left by then, to that person,
// by that number.
func TestReadUpToAMoment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		w.publish(askJourney("survey"))
		e := w.enroll("confirm", "ana")
		before := w.ask(e, "q")
		then := w.clock.Now()
		after := w.ask(w.enroll("survey", "ana"), "q")
		read := func(through engine.IntegrationID, phone string, at time.Time) string {
			return w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: through, Channel: engine.WhatsApp, OccurredAt: at,
				Status: &engine.IncomingStatus{UpToThen: true, Status: engine.Read, Recipient: []engine.Address{{Kind: engine.WAID, Value: phone}}}})
		}
		require.Equal(t, "unknown_contact", read("wa", "5521900000000", then))
		require.Equal(t, "stale", read("another", anaWAID, then))
		require.Equal(t, "stale", read("wa", anaWAID, then.Add(-time.Hour)))
		require.Equal(t, "applied to 1 messages", read("wa", anaWAID, then.Add(-time.Millisecond)))
		require.Equal(t, "stale", read("wa", anaWAID, then.Add(-time.Millisecond)), "once")
		for m, want := range map[engine.MessageID]engine.MessageStatus{before.ID: engine.Read, after.ID: engine.Accepted} {
			got, err := w.db.Message(w.ctx, m)
			require.NoError(t, err)
			require.Equal(t, want, got.Status)
		}
		require.Equal(t, []string{"status"}, w.server.kinds(e))
	})
}

// A status brings what the provider says of the price, also when it comes late.
func TestStatusesTellWhatAMessageCost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.rt.Costs = activities.NewPrices(w.db, w.rt.Clock, nil)
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		m := w.ask(w.enroll("confirm", "ana"), "q")
		status := func(st engine.MessageStatus, pricing map[string]any) string {
			return w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: "wa", Channel: engine.WhatsApp,
				Status: &engine.IncomingStatus{Status: st, Ref: string(m.ID), Pricing: pricing}})
		}
		cost := func() string {
			got, err := w.db.Message(w.ctx, m.ID)
			require.NoError(t, err)
			return fmt.Sprint(got.Cost.Micros, " ", got.Cost.Currency, " ", got.Cost.Source, " ", got.Cost.Category)
		}
		require.Equal(t, "applied", status(engine.Delivered, map[string]any{"type": "free_entry_point", "category": "utility"}))
		require.Equal(t, "0 USD free utility", cost())
		require.Equal(t, "stale", status(engine.Sent, map[string]any{"price": "-0.0450", "price_unit": "BRL"}))
		require.Equal(t, "45000 BRL reported utility", cost(), "late news bring their price")
		require.Equal(t, "stale", status(engine.Failed, nil))
		require.Equal(t, "applied", status(engine.Read, nil))
		require.Equal(t, "45000 BRL reported utility", cost())
		n, err := w.db.FoldMessageCosts(w.ctx, 100)
		require.NoError(t, err)
		require.Positive(t, n)
		lines, err := w.db.MessageCosts(w.ctx, engine.CostFilter{From: "2000-01-01", To: "2100-01-01"})
		require.NoError(t, err)
		sum := int64(0)
		for _, l := range lines {
			sum += l.Micros
		}
		require.EqualValues(t, 45000, sum)
	})
}

// The last route is done when it was accepted: only its failure is news.
func TestOnlyARouteWithAFallbackHearsOfDelivery(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(withAsk(askJourney("confirm"), &dsl.Ask{Accept: "text"}))
	e := w.enroll("confirm", "ana")
	m := w.ask(e, "q")
	for _, st := range []engine.MessageStatus{engine.Sent, engine.Delivered, engine.Read} {
		require.Equal(t, "applied", w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: "wa", Channel: engine.WhatsApp,
			Status: &engine.IncomingStatus{Status: st, Ref: string(m.ID)}}))
	}
	require.Empty(t, w.server.signals(e))
}

func TestAFailureHasAReasonAndIsHeeded(t *testing.T) {
	for code, want := range map[string]struct{ reason, purpose, listed string }{
		"131026": {reason: "unreachable", listed: "unreachable"}, "131049": {reason: "capped"}, "999": {reason: "failed"},
		"131050": {reason: "opted_out", purpose: "marketing", listed: "opted_out"}, "21610": {reason: "opted_out", purpose: "", listed: "opted_out"},
	} {
		t.Run(code, func(t *testing.T) {
			w := onFile(t)
			w.contact("ana", anaPhone)
			w.publish(askJourney("confirm"))
			e := w.enroll("confirm", "ana")
			m := w.ask(e, "q")
			require.Equal(t, "applied", w.deliver(engine.InboundEvent{
				Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: "wa", Channel: engine.WhatsApp,
				Status: &engine.IncomingStatus{Status: engine.Failed, Ref: string(m.ID), ErrorCodes: []string{code}},
			}))
			heard := w.server.signals(e)
			require.NotEmpty(t, heard)
			require.Equal(t, workflows.SignalStatus, heard[0].Kind)
			require.Equal(t, "failed", heard[0].Status)
			require.Equal(t, want.reason, heard[0].Reason)
			blocked, err := w.db.Suppressions(w.ctx, engine.WhatsApp, []engine.Address{m.To})
			require.NoError(t, err)
			if want.listed == "" {
				require.Empty(t, blocked)
				return
			}
			require.NotEmpty(t, blocked)
			require.Equal(t, want.purpose, blocked[0].Purpose)
			require.Equal(t, want.listed, blocked[0].Reason)
		})
	}
}

func TestPreferencesOfAProvider(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	say := func(kind engine.EventKind, ch engine.Channel, from engine.Address, data map[string]any) string {
		return w.deliver(engine.InboundEvent{Key: nextKey(), Kind: kind, IntegrationID: "wa", Channel: ch, From: []engine.Address{from}, Data: data})
	}
	blocked := func(ch engine.Channel, a engine.Address) []string {
		list, err := w.db.Suppressions(w.ctx, ch, []engine.Address{a})
		require.NoError(t, err)
		var out []string
		for _, s := range list {
			out = append(out, s.Purpose+"/"+s.Reason)
		}
		return out
	}
	wa := engine.Address{Kind: engine.WAID, Value: anaWAID}
	require.Equal(t, "opted_out", say(engine.MarketingPreference, engine.WhatsApp, wa, map[string]any{"value": "stop"}))
	require.Contains(t, blocked(engine.WhatsApp, wa), "marketing/opted_out")
	require.Equal(t, "opted_in", say(engine.MarketingPreference, engine.WhatsApp, wa, map[string]any{"value": "resume"}))
	require.Empty(t, blocked(engine.WhatsApp, wa))
	stranger := engine.Address{Kind: engine.EmailAddress, Value: "desconhecida@exemplo.example"}
	require.Equal(t, "unknown_contact", say(engine.Complaint, engine.Email, stranger, nil))
	require.Equal(t, []string{"/complaint"}, blocked(engine.Email, stranger), "it holds when the address is imported later")
	require.Contains(t, say(engine.Bounce, engine.Email, stranger, map[string]any{"bounce": "soft"}), "ignored")
	require.Equal(t, "applied", say(engine.NumberChanged, engine.WhatsApp, wa, map[string]any{"new_phone": "5521988887777"}))
	c, err := w.db.ContactByAddress(w.ctx, []engine.Address{{Kind: engine.Phone, Value: "+5521988887777"}})
	require.NoError(t, err)
	require.Equal(t, engine.ContactID("ana"), c.ID)
	require.Equal(t, "applied", say(engine.TemplateStatus, engine.WhatsApp, engine.Address{}, map[string]any{"name": "promo", "event": "PAUSED"}))
	log, _, err := w.db.AuditLog(w.ctx, 10, "")
	require.NoError(t, err)
	require.Equal(t, "template.status_changed", log[0].Action)
	require.Equal(t, "PAUSED", log[0].Detail["news"])
}

// A message that bounced has failed, whoever its address belongs to now, and with
// the code that says why.
func TestBounces(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mail := func(value string) engine.Address { return engine.Address{Kind: engine.EmailAddress, Value: value} }
		w.contact("ana", anaPhone)
		plan := askJourney("confirm")
		plan.Entry.Overlap = "allow"
		w.publish(plan)
		bounce := func(why, code string, from ...engine.Address) (*engine.Message, string) {
			m := w.ask(w.enroll("confirm", "ana"), "q")
			data := map[string]any{"bounce": why}
			result := w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.Bounce, IntegrationID: "wa", Channel: engine.Email, From: from, Data: data,
				Status: &engine.IncomingStatus{Ref: string(m.ID), Status: engine.Failed, ErrorCodes: []string{code}, ErrorDetail: "said so"}})
			got, err := w.db.Message(w.ctx, m.ID)
			require.NoError(t, err)
			return got, result
		}
		blocked := func(a engine.Address) []engine.Suppression {
			list, err := w.db.Suppressions(w.ctx, engine.Email, []engine.Address{a})
			require.NoError(t, err)
			return list
		}

		nobodys := mail("velha@exemplo.example")
		m, result := bounce("hard", "5.1.1", nobodys)
		require.Equal(t, "applied", result, "the address is no contact's any more")
		require.Equal(t, []any{engine.Failed, "unreachable", "5.1.1", "said so"}, []any{m.Status, m.Reason, m.ErrorCode, m.ErrorDetail})
		require.Equal(t, "hard_bounce", blocked(nobodys)[0].Reason)
		heard := w.server.signals(m.EnrollmentID)
		require.Equal(t, "failed", heard[len(heard)-1].Status)

		anas := mail("ana@exemplo.example")
		ana, err := w.db.Contact(w.ctx, "ana")
		require.NoError(t, err)
		ana.Addresses = append(ana.Addresses, anas)
		_, err = w.db.PutContact(w.ctx, ana)
		require.NoError(t, err)

		for why, code := range map[string]string{"soft": "131026", "block": "131049"} {
			m, result = bounce(why, code, anas)
			require.Equal(t, "applied", result, why)
			require.Equal(t, engine.Failed, m.Status, why)
			require.Equal(t, code, m.ErrorCode, why)
			require.Equal(t, map[string]string{"soft": "unreachable", "block": "capped"}[why], m.Reason)
			require.Empty(t, blocked(anas), "a %s bounce says nothing against the address", why)
		}

		m, result = bounce("hard", "5.1.1", anas)
		require.Equal(t, "applied", result)
		require.Equal(t, []any{engine.Failed, "unreachable", "5.1.1"}, []any{m.Status, m.Reason, m.ErrorCode})
		require.NotEmpty(t, blocked(anas))

		// One that this database has forgotten is kept, so that it is not sent again.
		lost := engine.MessageIDFor("enr_lost", "q", 0, 0, 0)
		require.Contains(t, w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.Bounce, IntegrationID: "wa", Channel: engine.Email, From: []engine.Address{nobodys},
			Data: map[string]any{"bounce": "hard"}, Status: &engine.IncomingStatus{Ref: string(lost), Status: engine.Failed}}), "unknown_contact")
		m, err = w.db.Message(w.ctx, lost)
		require.NoError(t, err)
		require.Equal(t, engine.ReasonForgotten, m.Reason)
	})
}

// An unsubscribe by e-mail means marketing, unless it says that it means everything.
func TestUnsubscribesSayHowMuch(t *testing.T) {
	w := onFile(t)
	for i, c := range []struct {
		ch            engine.Channel
		purpose, want string
	}{
		{engine.Email, "", "marketing"}, {engine.Email, "marketing", "marketing"}, {engine.Email, "everything", ""}, {engine.Email, "Everything", ""},
		{engine.SMS, "", ""}, {engine.SMS, "marketing", "marketing"},
	} {
		a := engine.Address{Kind: engine.EmailAddress, Value: fmt.Sprintf("p%d@exemplo.example", i)}
		w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.Unsubscribe, IntegrationID: "wa", Channel: c.ch, From: []engine.Address{a}, Data: map[string]any{"purpose": c.purpose}})
		list, err := w.db.Suppressions(w.ctx, c.ch, []engine.Address{a})
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, c.want, list[0].Purpose, "%s %q", c.ch, c.purpose)
	}
}

// broken fails, or panics, while it handles events of one contact.
type broken struct {
	Store
	contact engine.ContactID
	mode    string
}

func (b *broken) OpenWaits(ctx context.Context, c engine.ContactID, ch engine.Channel) ([]engine.Wait, error) {
	if c == b.contact {
		switch b.mode {
		case "panic":
			panic("poison")
		case "error":
			return nil, errors.New("the disk is on fire")
		}
	}
	return b.Store.OpenWaits(ctx, c, ch)
}

func TestAPoisonedEventHoldsBackNobodyElse(t *testing.T) {
	for _, mode := range []string{"panic", "error"} {
		t.Run(mode, func(t *testing.T) {
			w := onFile(t)
			bad := &broken{Store: w.db, contact: "ana", mode: mode}
			w.rt = w.process(bad)
			w.contact("ana", anaPhone)
			w.contact("bia", "+5511912345678")
			w.publish(askJourney("confirm"))
			a, b := w.enroll("confirm", "ana"), w.enroll("confirm", "bia")
			w.ask(a, "q")
			w.ask(b, "q")
			first, second := writes(anaWAID, "hein?"), writes(anaWAID, "sim")
			w.deliver(first, second, writes("5511912345678", "sim"))
			require.Equal(t, []string{"yes"}, outcomes(w.server.signals(b)), "bia was not held back")
			require.Empty(t, w.server.signals(a))
			// Never lost: it is tried again, and again, in the order it came.
			for range 4 {
				w.clock.Advance(retryLimit)
				w.settle()
			}
			require.Empty(t, w.server.signals(a))
			bad.mode = ""
			for range 3 {
				w.clock.Advance(retryLimit)
				w.settle()
			}
			require.Equal(t, []string{"-", "yes"}, outcomes(w.server.signals(a)), "nothing lost, in order")
		})
	}
}

// While its first event fails, a contact's later ones wait: an answer must not
// overtake the answer before it.
func TestEventsOfOneContactKeepTheirOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(withAsk(askJourney("confirm"), &dsl.Ask{Accept: "number", Retries: 9}))
		e := w.enroll("confirm", "ana")
		w.ask(e, "q")
		var events []engine.InboundEvent
		for i := range 30 {
			events = append(events, writes(anaWAID, fmt.Sprintf("palavra %d", i)))
		}
		w.deliver(events...)
		heard := w.server.signals(e)
		require.Len(t, heard, 30)
		for i, s := range heard {
			require.Equal(t, fmt.Sprintf("palavra %d", i), s.Text)
		}
	})
}

func TestAThousandEventsExactlyOnceWithTwoDispatchers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const contacts, events = 50, 1000
		p := askJourney("count", dsl.Trigger{Event: "tick"})
		p.Entry = dsl.Entry{Overlap: "allow", Reentry: "always"}
		w.publish(p)
		for i := range contacts {
			w.contact(fmt.Sprintf("c%02d", i), fmt.Sprintf("+55119%08d", 10000000+i))
		}
		var batch []engine.InboundEvent
		for i := range events {
			ev := business("tick", fmt.Sprintf("c%02d", i%contacts), nil)
			batch = append(batch, ev, ev) // every one twice
		}
		began := time.Now()
		require.NoError(t, w.rt.Deliver(w.ctx, batch))
		stored := time.Since(began)
		second := w.process(w.open(t, store.Options{Clock: w.clock}))
		var done sync.WaitGroup
		var busy atomic.Int64
		for _, rt := range []*Runtime{w.rt, second} {
			done.Go(func() {
				for idle := 0; idle < 3; {
					n, err := rt.DispatchOnce(w.ctx)
					m, err2 := rt.FlushOnce(w.ctx)
					if err != nil || err2 != nil {
						// Two processes on one SQLite file may get in each other's way on
						// a slow machine: what was claimed comes back after its lease.
						if busy.Add(1) > 20 {
							t.Error(err, err2)
							return
						}
						continue
					}
					if n+m == 0 {
						idle++
					} else {
						idle = 0
					}
				}
			})
		}
		done.Wait()
		w.clock.Advance(2 * eventLease)
		w.settle()
		t.Logf("stored in %v, worked off by two in %v", stored, time.Since(began)-stored)
		require.Equal(t, events, w.server.startedCount())
		require.LessOrEqual(t, w.server.startCalls, events+int(busy.Load())*outboxBatch)
		if busy.Load() == 0 {
			require.Equal(t, events, w.server.startCalls, "nothing was told twice")
		}
		for id, n := range w.times {
			require.Equal(t, 1, n, "event %s", id)
		}
	})
}
