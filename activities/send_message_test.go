package activities_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

func TestSendAccepted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.wa.send = func(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
			// The row and the wait stand before the provider hears of it.
			m := w.message(engine.MessageID(out.Ref))
			if m.Status != engine.Sending || m.AttemptToken == "" {
				t.Errorf("row is %s while the provider is called", m.Status)
			}
			wait, err := w.store.Wait(ctx, engine.WaitIDFor("enr_1", "confirm", 0))
			if err != nil || wait.State != engine.WaitOpen || len(wait.Channels) != 3 {
				t.Errorf("wait %+v, %v", wait, err)
			}
			if _, ok := ctx.Deadline(); !ok {
				t.Error("the call has no timeout")
			}
			return channel.Receipt{ProviderID: "wamid.1", Recipient: []engine.Address{{Kind: engine.WAID, Value: "551187654321"}}}, nil
		}
		r := w.expect(w.input("confirm"), activities.SendAccepted, "")
		m := w.message(r.MessageID)
		if m.Status != engine.Accepted || m.ProviderID != "wamid.1" || !m.Notify || m.To.Value != "+5511987654321" || r.Channel != engine.WhatsApp {
			t.Errorf("message %s", pretty(m))
		}
		if c, _ := w.store.Contact(w.ctx, "ana"); c.Address(engine.WAID) != "551187654321" {
			t.Error("the wa_id in the answer was not learnt")
		}
		if trail, _ := w.store.Trail(w.ctx, "enr_1"); len(trail) != 1 {
			t.Errorf("trail %v", trail)
		}
		// Again, also in a new process: reported, not sent.
		w.restart()
		w.expect(w.input("confirm"), activities.SendAccepted, "")
		w.must2(w.store.RaiseStatus(w.ctx, m.ID, engine.MessageUpdate{Status: engine.Delivered, At: w.clock.Now()}))
		w.expect(w.input("confirm"), activities.SendAccepted, "")
		if n := len(w.wa.sent()); n != 1 {
			t.Errorf("%d calls", n)
		}
		// The learnt id is used from now on, as the provider wrote it.
		again := w.input("confirm")
		again.Visit = 1
		w.expect(again, activities.SendAccepted, "")
		if to := w.wa.sent()[1].To; to != (engine.Address{Kind: engine.WAID, Value: "551187654321"}) {
			t.Errorf("sent to %v", to)
		}
		for _, secret := range []string{"987654321", "Ana", "Olá", "ana@"} {
			if strings.Contains(w.logs.String(), secret) {
				t.Errorf("the log says %q:\n%s", secret, w.logs)
			}
		}
	})
}

// What the database says wins, at every moment the gate may look.
func TestSendGateReadsTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := 0
		fresh := func(step string) activities.SendInput {
			n++
			in := w.input(step)
			in.Visit = n
			return in
		}
		w.wrote()
		w.expect(fresh("thanks"), activities.SendAccepted, "")
		w.clock.Advance(24*time.Hour - 6*time.Minute)
		w.expect(fresh("thanks"), activities.SendAccepted, "")
		w.clock.Advance(time.Minute)
		w.expect(fresh("thanks"), activities.SendUndelivered, activities.ReasonWindowClosed)
		r := w.expect(fresh("free"), activities.SendAccepted, "")
		if m := w.message(r.MessageID); m.Content.Template != "appointment_confirm" {
			t.Errorf("outside the window went %s", pretty(m.Content))
		}
		w.expect(fresh("paused"), activities.SendUndelivered, activities.ReasonFailed)
		r = w.expect(fresh("broken"), activities.SendUndelivered, activities.ReasonFailed)
		if m := w.message(r.MessageID); m.Status != engine.Skipped || !strings.Contains(m.ErrorDetail, "line 7, column 9") {
			t.Errorf("a text that cannot be written: %s %q", m.Status, m.ErrorDetail)
		}

		w.must2(w.store.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.Disabled, Note: "by hand", By: "maria"}))
		parked := fresh("confirm")
		if r := w.expect(parked, activities.SendRetry, activities.ReasonExpired); !r.Park || !r.RetryAt.Equal(parked.FirstAt.Add(15*time.Minute)) {
			t.Errorf("parked: %+v", r)
		}
		if _, err := w.store.Wait(w.ctx, engine.WaitIDFor("enr_1", "confirm", parked.Visit)); err == nil {
			t.Error("a question that was not asked waits for an answer")
		}
		w.must2(w.store.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.Enabled, By: "maria"}))
		w.expect(parked, activities.SendAccepted, "")

		w.must(w.store.SetJourneyPaused(w.ctx, "confirm_appointment", true))
		if r := w.expect(fresh("confirm"), activities.SendRetry, activities.ReasonExpired); !r.Park {
			t.Error("a paused journey does not park")
		}
		w.must(w.store.SetJourneyPaused(w.ctx, "confirm_appointment", false))

		w.must2(w.store.OpenHandoff(w.ctx, &engine.Handoff{ID: "hnd_x", EnrollmentID: w.enroll("enr_other").EnrollmentID, StepID: "handoff", ContactID: "ana", Queue: "reception", State: "open", OpenedAt: w.clock.Now()}))
		w.expect(fresh("confirm"), activities.SendRetry, activities.ReasonBusy)
		w.must2(w.store.CloseHandoff(w.ctx, "hnd_x", "resolved", "done"))
		w.expect(fresh("confirm"), activities.SendAccepted, "")

		w.must(w.store.RecordConsent(w.ctx, engine.Consent{ContactID: "ana", Channel: engine.WhatsApp, Purpose: "marketing", Source: "api", At: w.clock.Now()}))
		w.expect(fresh("promo"), activities.SendUndelivered, activities.ReasonOptedOut)
		w.expect(fresh("confirm"), activities.SendAccepted, "")

		w.change(func(c *engine.Contact) { c.OptIn[engine.SMS] = false })
		w.expect(fresh("plain"), activities.SendUndelivered, activities.ReasonOptedOut)
		w.must(w.store.Suppress(w.ctx, engine.Suppression{Channel: engine.WhatsApp, Address: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Reason: "complaint", At: w.clock.Now()}))
		w.expect(fresh("confirm"), activities.SendUndelivered, activities.ReasonOptedOut)

		w.must2(w.store.EndEnrollment(w.ctx, "enr_1", engine.Exited, "called_off", ""))
		w.expect(fresh("mail"), activities.SendInactive, "")
	})
}

func TestSendHolds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.plan.Delivery = dsl.Delivery{SendWindow: &dsl.Hours{From: "09:00", To: "20:00"}, HoldMax: dsl.Duration(12 * time.Hour), FrequencyCap: &dsl.Cap{Max: 2, Per: dsl.Duration(48 * time.Hour)}}
		w.clock.Advance(8 * time.Hour) // 23:00
		in := w.input("plain")
		r := w.expect(in, activities.SendRetry, activities.ReasonExpired)
		nine := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		if !r.RetryAt.Equal(nine) || r.Park {
			t.Fatalf("held: %+v", r)
		}
		if m := w.message(r.MessageID); m.Status != engine.Queued || m.HoldUntil == nil || !m.HoldUntil.Equal(nine) {
			t.Errorf("held row: %s", pretty(m))
		}
		// Woken too early (a signal): nothing happens.
		w.expect(in, activities.SendRetry, activities.ReasonExpired)
		w.clock.Advance(nine.Sub(w.clock.Now()))
		w.expect(in, activities.SendAccepted, "")
		second := w.input("plain")
		second.Visit = 1
		w.expect(second, activities.SendAccepted, "")
		third := w.input("plain")
		third.Visit = 2
		r = w.expect(third, activities.SendRetry, activities.ReasonCapped)
		if !r.RetryAt.Equal(nine.Add(12 * time.Hour)) {
			t.Errorf("capped until %s", r.RetryAt)
		}
		w.clock.Advance(12 * time.Hour)
		w.expect(third, activities.SendUndelivered, activities.ReasonCapped)
		w.expect(third, activities.SendUndelivered, activities.ReasonCapped)
		late := w.input("confirm")
		deadline := w.clock.Now().Add(-time.Hour)
		late.Deadline = &deadline
		w.plan.Delivery = dsl.Delivery{}
		w.expect(late, activities.SendUndelivered, activities.ReasonExpired)
		if len(w.sms.sent()) != 2 || len(w.wa.sent()) != 0 {
			t.Errorf("%d and %d calls", len(w.sms.sent()), len(w.wa.sent()))
		}
	})
}

func TestSendRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		answers := []error{
			&channel.SendError{Class: channel.Throttle, RetryAfter: 10 * time.Second},
			&channel.SendError{Class: channel.RetryLater, Code: "131000"},
			&channel.SendError{Class: channel.Reauth, Code: "190", Message: "the token expired"},
			nil,
		}
		w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
			err := answers[0]
			answers = answers[1:]
			return channel.Receipt{ProviderID: "ok"}, err
		}
		in := w.input("confirm")
		r := w.expect(in, activities.SendRetry, "")
		if m := w.message(r.MessageID); m.Attempts != 0 || m.Status != engine.Queued {
			t.Errorf("throttled: %d attempts, %s", m.Attempts, m.Status)
		}
		// Looking again before the provider's time costs no call.
		if again := w.expect(in, activities.SendRetry, activities.ReasonExpired); again.RetryAt.After(r.RetryAt) {
			t.Errorf("patience grew from %s to %s", r.RetryAt, again.RetryAt)
		}
		w.clock.Advance(r.RetryAt.Sub(w.clock.Now()))
		r = w.expect(in, activities.SendRetry, "")
		if m := w.message(r.MessageID); m.Attempts != 1 || m.ErrorCode != "131000" {
			t.Errorf("refused: %d attempts, code %q", m.Attempts, m.ErrorCode)
		}
		w.clock.Advance(r.RetryAt.Sub(w.clock.Now()))
		if r = w.expect(in, activities.SendRetry, ""); !r.Park {
			t.Error("an expired token does not park")
		}
		if i, _ := w.store.Integration(w.ctx, "wa"); i.State != engine.NeedsReconnect || !strings.Contains(i.StateNote, "token expired") {
			t.Errorf("integration %s %q", i.State, i.StateNote)
		}
		// Others of the channel park without a call; one notice only.
		other := w.input("confirm")
		other.Visit = 1
		w.expect(other, activities.SendRetry, activities.ReasonExpired)
		if n := strings.Count(w.logs.String(), "are no longer accepted"); n != 1 {
			t.Errorf("%d lines in the log", n)
		}
		if told, _, _ := w.store.Notices(w.ctx, time.Time{}, 0, ""); len(told) != 1 || told[0].Kind != engine.NoticeReconnect || told[0].ResolvedAt != nil {
			t.Errorf("notices: %s", pretty(told))
		}
		w.must2(w.store.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.Enabled, By: "maria"}))
		w.expect(in, activities.SendAccepted, "")
		if n := len(w.wa.sent()); n != 4 {
			t.Errorf("%d calls", n)
		}
	})
}

// A channel that is down gets as long as the route; then the next one is taken.
// The last route waits for the administrator.
func TestSendChannelDown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must2(w.store.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.Disabled, By: "maria"}))
		in := w.input("confirm")
		r := w.expect(in, activities.SendRetry, activities.ReasonExpired)
		w.clock.Advance(r.RetryAt.Sub(w.clock.Now()))
		w.expect(in, activities.SendUndelivered, activities.ReasonFailed)
		in.Route = 1
		w.expect(in, activities.SendAccepted, "")
		last := w.input("promo")
		r = w.expect(last, activities.SendRetry, activities.ReasonExpired)
		if !r.Park || r.RetryAt.Sub(w.clock.Now()) != 24*time.Hour {
			t.Errorf("the last route: %+v", r)
		}
		// With another route left, expired credentials found by a call end it too.
		w.must2(w.store.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.Enabled, By: "maria"}))
		w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
			return channel.Receipt{}, &channel.SendError{Class: channel.Reauth, Code: "190"}
		}
		other := w.input("confirm")
		other.Visit = 1
		if r := w.expect(other, activities.SendRetry, ""); !r.Park || r.RetryAt.Sub(w.clock.Now()) != 15*time.Minute {
			t.Errorf("expired credentials: %+v", r)
		}
	})
}

func TestSendUsesTheTemplateOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.wrote()
		w.wa.send = func(_ context.Context, out channel.Outbound) (channel.Receipt, error) {
			if out.Content.Template == "" {
				return channel.Receipt{}, &channel.SendError{Class: channel.UseTemplate, Code: "131047"}
			}
			return channel.Receipt{ProviderID: "ok"}, nil
		}
		r := w.expect(w.input("free"), activities.SendAccepted, "")
		calls := w.wa.sent()
		if len(calls) != 2 || calls[0].Ref != calls[1].Ref || calls[1].Content.Template != "appointment_confirm" {
			t.Errorf("calls: %s", pretty(calls))
		}
		if m := w.message(r.MessageID); m.Content.Template != "appointment_confirm" {
			t.Errorf("the row says %s", pretty(m.Content))
		}
		// Both refused: over, not a loop.
		w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
			return channel.Receipt{}, &channel.SendError{Class: channel.UseTemplate, Code: "131047"}
		}
		again := w.input("free")
		again.Visit = 1
		w.expect(again, activities.SendUndelivered, activities.ReasonWindowClosed)
		if n := len(w.wa.sent()); n != 4 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestSendSuppressesWhoTheProviderRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.change(func(c *engine.Contact) {
			c.Addresses = append(c.Addresses, engine.Address{Kind: engine.WAID, Value: "551187654321"})
		})
		w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
			return channel.Receipt{}, &channel.SendError{Class: channel.SuppressMarketing, Code: "131050"}
		}
		w.expect(w.input("promo"), activities.SendUndelivered, activities.ReasonOptedOut)
		again := w.input("promo")
		again.Visit = 1
		w.expect(again, activities.SendUndelivered, activities.ReasonOptedOut)
		if n := len(w.wa.sent()); n != 1 {
			t.Errorf("%d calls", n)
		}
		for _, a := range []engine.Address{{Kind: engine.Phone, Value: "+5511987654321"}, {Kind: engine.WAID, Value: "551187654321"}} {
			if list, err := w.store.Suppressions(w.ctx, engine.WhatsApp, []engine.Address{a}); err != nil || len(list) == 0 {
				t.Errorf("%s is not suppressed (%v)", a.Kind, err)
			}
		}
	})
}

// The moments at which a process can die, each with what the provider saw and
// what the next process does about it.
func TestSendKillPoints(t *testing.T) {
	type kill struct{}
	unclear := &channel.SendError{Class: channel.RetryLater, Doubt: channel.Unclear, Message: "connection reset"}
	cases := []struct {
		name  string
		step  string
		send  func(context.Context, channel.Outbound) (channel.Receipt, error)
		dies  bool
		first activities.SendStatus // when it does not die
		calls int                   // in the end
		end   activities.SendStatus
	}{
		{"killed before anything was written", "confirm", func(context.Context, channel.Outbound) (channel.Receipt, error) { panic(kill{}) }, true, "", 1, activities.SendUnconfirmed},
		{"killed, no idempotency at all", "mail", func(context.Context, channel.Outbound) (channel.Receipt, error) { panic(kill{}) }, true, "", 1, activities.SendUnconfirmed},
		{"killed, but the provider drops repeats", "plain", func(context.Context, channel.Outbound) (channel.Receipt, error) { panic(kill{}) }, true, "", 2, activities.SendAccepted},
		{"reset after it was accepted", "confirm", func(context.Context, channel.Outbound) (channel.Receipt, error) { return channel.Receipt{}, unclear }, false, activities.SendUnconfirmed, 1, activities.SendUnconfirmed},
		{"reset, no idempotency at all", "mail", func(context.Context, channel.Outbound) (channel.Receipt, error) { return channel.Receipt{}, unclear }, false, activities.SendUnconfirmed, 1, activities.SendUnconfirmed},
		{"reset, but the provider drops repeats", "plain", func(context.Context, channel.Outbound) (channel.Receipt, error) { return channel.Receipt{}, unclear }, false, activities.SendRetry, 2, activities.SendAccepted},
		{"an error that says nothing is doubt", "confirm", func(context.Context, channel.Outbound) (channel.Receipt, error) {
			return channel.Receipt{}, fmt.Errorf("EOF")
		}, false, activities.SendUnconfirmed, 1, activities.SendUnconfirmed},
		{"the provider hangs", "confirm", func(ctx context.Context, _ channel.Outbound) (channel.Receipt, error) {
			<-ctx.Done()
			return channel.Receipt{}, &channel.SendError{Doubt: channel.Unclear, Err: ctx.Err()}
		}, false, activities.SendUnconfirmed, 1, activities.SendUnconfirmed},
		{"nothing was written to the wire", "confirm", func(context.Context, channel.Outbound) (channel.Receipt, error) {
			return channel.Receipt{}, &channel.SendError{Class: channel.RetryLater, Doubt: channel.Certain}
		}, false, activities.SendRetry, 2, activities.SendAccepted},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				w.config.SendTimeout = 50 * time.Millisecond
				w.restart()
				for _, p := range []*provider{w.wa, w.sms, w.email} {
					p.send = c.send
				}
				in := w.input(c.step)
				func() {
					defer func() {
						if _, killed := recover().(kill); killed != c.dies {
							t.Errorf("killed: %v", killed)
						}
					}()
					if r := w.send(in); r.Status != c.first {
						t.Errorf("first reported %s, want %s", r.Status, c.first)
					}
				}()
				for _, p := range []*provider{w.wa, w.sms, w.email} {
					p.send = nil
				}
				w.restart()
				var last activities.SendResult
				for range 6 {
					if last = w.send(in); last.Status != activities.SendRetry {
						break
					}
					w.clock.Advance(last.RetryAt.Sub(w.clock.Now()))
				}
				if last.Status != c.end {
					t.Errorf("in the end %s, want %s", last.Status, c.end)
				}
				if n := len(w.wa.sent()) + len(w.sms.sent()) + len(w.email.sent()); n != c.calls {
					t.Errorf("%d calls, want %d", n, c.calls)
				}
				if c.end != activities.SendUnconfirmed {
					return
				}
				// Nobody is forgotten: the sweeper flags it, a late status clears it.
				w.clock.Advance(time.Hour)
				if _, err := w.Sweep(w.ctx); err != nil {
					t.Error(err)
				}
				if m := w.only(); m.Status != engine.Unconfirmed {
					t.Errorf("after the sweep it is %s", m.Status)
				}
				w.must2(w.store.RaiseStatus(w.ctx, last.MessageID, engine.MessageUpdate{Status: engine.Delivered, At: w.clock.Now()}))
				w.expect(in, activities.SendAccepted, "")
			})
		})
	}
}

// A frozen worker wakes after its message was flagged: its late answer is the
// truth and is kept, and nothing is sent twice.
func TestSendZombie(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := w.input("confirm")
		w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
			w.wa.send = nil
			w.clock.Advance(time.Minute) // frozen here
			if r := w.send(in); r.Status != activities.SendUnconfirmed {
				t.Errorf("meanwhile: %s", r.Status)
			}
			return channel.Receipt{ProviderID: "late"}, nil
		}
		w.expect(in, activities.SendAccepted, "")
		if m := w.only(); m.Status != engine.Accepted || m.ProviderID != "late" {
			t.Errorf("message %s %q", m.Status, m.ProviderID)
		}
		if n := len(w.wa.sent()); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestSendConcurrentDuplicates(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 10 {
			in := w.input("confirm")
			in.Visit = round
			in.Trail = nil
			var wg sync.WaitGroup
			results := make([]activities.SendStatus, 8)
			for i := range results {
				wg.Go(func() {
					r, err := w.SendMessage(w.ctx, in)
					if err != nil {
						t.Error(err)
					}
					results[i] = r.Status
				})
			}
			wg.Wait()
			if n := len(w.wa.sent()); n != round+1 {
				t.Fatalf("round %d: %d calls, %v", round, n, results)
			}
			for _, r := range results {
				if r != activities.SendAccepted && r != activities.SendRetry {
					t.Errorf("reported %s", r)
				}
			}
		}
	})
}

// An opt-out committed before the claim always wins: 200 races per database.
func TestOptOutRacesTheClaim(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 200 {
			in := w.input("plain")
			in.Visit = round
			in.Trail = nil
			var outAt, calledAt time.Time
			var mu sync.Mutex
			w.sms.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
				mu.Lock()
				calledAt = time.Now()
				mu.Unlock()
				return channel.Receipt{}, nil
			}
			var wg sync.WaitGroup
			wg.Add(2)
			go func() {
				defer wg.Done()
				err := w.store.InTx(w.ctx, func(ctx context.Context) error {
					if err := w.store.LockContact(ctx, "ana"); err != nil {
						return err
					}
					return w.store.Suppress(ctx, engine.Suppression{Channel: engine.SMS, Address: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Reason: "opted_out", At: w.clock.Now()})
				})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				outAt = time.Now()
				mu.Unlock()
			}()
			go func() {
				defer wg.Done()
				if _, err := w.SendMessage(w.ctx, in); err != nil {
					t.Error(err)
				}
			}()
			wg.Wait()
			if !calledAt.IsZero() && calledAt.Sub(outAt) > time.Second {
				t.Fatalf("round %d: called %s after the opt-out was committed", round, calledAt.Sub(outAt))
			}
			after := w.input("plain")
			after.Visit, after.Trail = 1000+round, nil
			w.expect(after, activities.SendUndelivered, activities.ReasonOptedOut)
			w.must(w.store.LiftSuppression(w.ctx, engine.SMS, engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, "next round"))
		}
	})
}

func BenchmarkSendMessage(b *testing.B) {
	w := newWorld(b, storetest.SQLite(b))
	w.base.Trail = nil
	for i := 0; b.Loop(); i++ {
		in := w.input("confirm")
		in.Visit = i
		w.expect(in, activities.SendAccepted, "")
	}
}

// A frequency cap counts what all journeys sent to a contact, also when they send
// in the same moment: of eight at once, one goes.
func TestACapHoldsAcrossJourneysAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.plan.Delivery = dsl.Delivery{HoldMax: dsl.Duration(12 * time.Hour), FrequencyCap: &dsl.Cap{Max: 1, Per: dsl.Duration(24 * time.Hour)}}
		for round := range 3 {
			var wg sync.WaitGroup
			results := make([]activities.SendResult, 8)
			for i := range results {
				in := w.input("plain")
				in.Base = w.enroll(engine.EnrollmentID(fmt.Sprintf("enr_%d_%d", round, i)))
				in.JourneyID = engine.JourneyID(fmt.Sprintf("journey_%d", i))
				wg.Go(func() {
					r, err := w.SendMessage(w.ctx, in)
					if err != nil {
						t.Error(err)
					}
					results[i] = r
				})
			}
			wg.Wait()
			if n := len(w.sms.sent()); n != round+1 {
				t.Fatalf("round %d: %d messages went out", round, n)
			}
			for _, r := range results {
				if r.Status != activities.SendAccepted && r.Reason != activities.ReasonCapped {
					t.Errorf("reported %+v", r)
				}
			}
			w.clock.Advance(25 * time.Hour)
		}
	})
}
