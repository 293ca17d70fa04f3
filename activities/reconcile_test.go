package activities_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

// lost is a call whose answer never came.
func lost(context.Context, channel.Outbound) (channel.Receipt, error) {
	return channel.Receipt{}, &channel.SendError{Class: channel.RetryLater, Doubt: channel.Unclear, Message: "connection reset"}
}

// asking makes the SMS provider one that can be asked.
func (w *world) asking(find func(s channel.Sought) (channel.Receipt, bool, error)) {
	w.sms.find, w.sms.channel.Idempotency = find, channel.EchoesRef
}

func (w *world) sweep() {
	w.t.Helper()
	_, err := w.Sweep(w.ctx)
	w.must(err)
}

// grace is when the sweeper begins to ask.
const grace = 2*time.Minute + 11*time.Second

func TestADoubtIsSettledByAskingTheProvider(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var asked []channel.Sought
		w.asking(func(s channel.Sought) (channel.Receipt, bool, error) {
			asked = append(asked, s)
			if known, err := s.Known("SM9"); known || err != nil {
				t.Errorf("an unknown id is known: %v %v", known, err)
			}
			return channel.Receipt{ProviderID: "SM1"}, true, nil
		})
		w.sms.send = lost
		began := w.clock.Now()
		r := w.expect(w.input("plain"), activities.SendUnconfirmed, "")
		w.sweep()
		if len(asked) != 0 {
			t.Fatal("asked before the grace time")
		}
		w.clock.Advance(grace)
		w.sweep()
		if len(asked) != 1 || asked[0].Ref != string(r.MessageID) || asked[0].To.Value != "+5511987654321" || asked[0].Content.Text == "" || asked[0].Since.After(began) {
			t.Fatalf("asked %s", pretty(asked))
		}
		if m := w.message(r.MessageID); m.Status != engine.Accepted || m.ProviderID != "SM1" {
			t.Errorf("found, and now %s %q", m.Status, m.ProviderID)
		}
		if n := len(w.sms.sent()); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestAMessageThatNeverLeftIsSentOnceMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.asking(func(channel.Sought) (channel.Receipt, bool, error) { return channel.Receipt{}, false, nil })
		w.sms.send = lost
		r := w.expect(w.input("plain"), activities.SendUnconfirmed, "")
		w.sms.send = nil
		w.clock.Advance(grace)
		w.sweep()
		m := w.message(r.MessageID)
		if calls := w.sms.sent(); m.Status != engine.Accepted || m.SentAgain != 1 || len(calls) != 2 || calls[1].Ref != calls[0].Ref || calls[1].Content.Text != calls[0].Content.Text {
			t.Fatalf("%s, calls %s", m.Status, pretty(calls))
		}
		log, _, err := w.store.AuditLog(w.ctx, 5, "")
		w.must(err)
		if len(log) != 1 || log[0].Action != "message.sent_again" || log[0].Target != string(m.ID) {
			t.Errorf("audit %s", pretty(log))
		}
		w.clock.Advance(time.Hour)
		w.sweep()
		if n := len(w.sms.sent()); n != 2 {
			t.Errorf("%d calls", n)
		}
	})
}

// Lost twice and absent twice: it has failed, as certainly, and is not tried for
// ever. Its enrollment is told when it waits for it.
func TestAMessageThatNeverLeavesFails(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	var told []engine.MessageStatus
	w.config.Raise = func(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) (bool, error) {
		told = append(told, u.Status)
		return w.store.RaiseStatus(ctx, id, u)
	}
	w.restart()
	w.asking(func(channel.Sought) (channel.Receipt, bool, error) { return channel.Receipt{}, false, nil })
	w.sms.send = lost
	r := w.expect(w.input("plain"), activities.SendUnconfirmed, "")
	for range 4 {
		w.clock.Advance(grace)
		w.sweep()
	}
	m := w.message(r.MessageID)
	if m.Status != engine.Failed || m.ErrorDetail == "" || len(w.sms.sent()) != 2 || fmt.Sprint(told) != "[failed]" {
		t.Errorf("%s after %d calls, told %v", m.Status, len(w.sms.sent()), told)
	}
}

// Whoever cannot say is asked again, not at every tick, and not for ever: then a
// person decides. A status that comes meanwhile ends it.
func TestAProviderThatCannotSay(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	asked := 0
	w.asking(func(channel.Sought) (channel.Receipt, bool, error) {
		asked++
		return channel.Receipt{}, false, &channel.SendError{Class: channel.RetryLater, Message: "a problem of its own"}
	})
	w.sms.send = lost
	r := w.expect(w.input("plain"), activities.SendUnconfirmed, "")
	other := w.input("plain")
	other.Visit = 1
	late := w.expect(other, activities.SendUnconfirmed, "")
	w.clock.Advance(grace)
	for range 10 {
		w.sweep()
	}
	if asked != 2 {
		t.Errorf("asked %d times about two messages in one moment", asked)
	}
	w.must2(w.store.RaiseStatus(w.ctx, late.MessageID, engine.MessageUpdate{Status: engine.Delivered, At: w.clock.Now()}))
	for range 14 * 60 / 5 {
		w.clock.Advance(5 * time.Second)
		w.sweep()
	}
	if m := w.message(r.MessageID); m.Status != engine.Unconfirmed || asked < 6 || asked > 14 {
		t.Errorf("%s after %d questions", m.Status, asked)
	}
	if m := w.message(late.MessageID); m.Status != engine.Delivered {
		t.Errorf("the other is %s", m.Status)
	}
	w.must2(w.store.RaiseStatus(w.ctx, r.MessageID, engine.MessageUpdate{Status: engine.Delivered, At: w.clock.Now()}))
	if m := w.message(r.MessageID); m.Status != engine.Delivered {
		t.Errorf("a late status leaves it %s", m.Status)
	}
	if len(w.sms.sent()) != 2 {
		t.Error("a message in doubt was sent again")
	}
}

// One that never will say is not asked again.
func TestAProviderThatWillNotSay(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	asked := 0
	w.asking(func(channel.Sought) (channel.Receipt, bool, error) {
		asked++
		return channel.Receipt{}, false, &channel.SendError{Class: channel.FixRequest, Message: "the list is too long"}
	})
	w.sms.send = lost
	r := w.expect(w.input("plain"), activities.SendUnconfirmed, "")
	w.clock.Advance(grace)
	w.sweep()
	w.sweep()
	if m := w.message(r.MessageID); m.Status != engine.Unconfirmed || asked != 1 {
		t.Errorf("%s after %d questions", m.Status, asked)
	}
}

// What was true when the message was due may not be true any more.
func TestSendingOnceMoreAsksTheGate(t *testing.T) {
	for name, c := range map[string]struct {
		step   string
		change func(w *world)
		status engine.MessageStatus
		reason string
		calls  int
	}{
		"the contact opted out":       {"plain", func(w *world) { w.change(func(c *engine.Contact) { c.OptIn[engine.SMS] = false }) }, engine.Skipped, "opted_out", 1},
		"the enrollment was ended":    {"plain", func(w *world) { w.must2(w.store.EndEnrollment(w.ctx, "enr_1", engine.Unenrolled, "unenrolled", "")) }, engine.Skipped, "canceled", 1},
		"the journey came to its end": {"plain", func(w *world) { w.must2(w.store.EndEnrollment(w.ctx, "enr_1", engine.Completed, "completed", "")) }, engine.Accepted, "", 2},
		"it is too late":              {"plain", func(w *world) { w.clock.Advance(25 * time.Hour) }, engine.Skipped, "expired", 1},
		"the question was answered": {"nps", func(w *world) {
			w.must2(w.store.CloseWait(w.ctx, engine.WaitIDFor("enr_1", "nps", 0), engine.WaitAnswered))
		}, engine.Skipped, "canceled", 1},
		"the question is open": {"nps", func(*world) {}, engine.Accepted, "", 2},
		"the channel is off": {"plain", func(w *world) {
			w.must2(w.store.SetIntegrationState(w.ctx, "sms", engine.IntegrationChange{State: engine.Disabled, By: "maria"}))
		}, engine.Queued, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t))
			w.asking(func(channel.Sought) (channel.Receipt, bool, error) { return channel.Receipt{}, false, nil })
			w.sms.send = lost
			r := w.expect(w.input(c.step), activities.SendUnconfirmed, "")
			w.sms.send = nil
			c.change(w)
			w.clock.Advance(grace)
			w.sweep()
			m := w.message(r.MessageID)
			if m.Status != c.status || m.Reason != c.reason || len(w.sms.sent()) != c.calls {
				t.Fatalf("%s %q after %d calls", m.Status, m.Reason, len(w.sms.sent()))
			}
			if c.status != engine.Queued {
				return
			}
			w.must2(w.store.SetIntegrationState(w.ctx, "sms", engine.IntegrationChange{State: engine.Enabled, By: "maria"}))
			w.clock.Advance(time.Minute)
			w.sweep()
			if m := w.message(r.MessageID); m.Status != engine.Accepted {
				t.Errorf("switched on again: %s", m.Status)
			}
		})
	}
}

// A process that stood still between the claim and the call does not call: its
// message may have been sent by another meanwhile.
func TestAFrozenProcessDoesNotCall(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.asking(func(channel.Sought) (channel.Receipt, bool, error) { return channel.Receipt{}, false, nil })
	frozen := w.config
	frozen.Store = &freezing{Store: w.store, after: func() { w.clock.Advance(grace) }}
	zombie, err := activities.New(frozen)
	w.must(err)
	r, err := zombie.SendMessage(w.ctx, w.input("plain"))
	w.must(err)
	if n := len(w.sms.sent()); n != 0 || r.Status != activities.SendRetry {
		t.Fatalf("%d calls, %s", n, r.Status)
	}
	if m := w.message(r.MessageID); m.Status != engine.Queued || m.Attempts != 0 {
		t.Errorf("%s after %d attempts", m.Status, m.Attempts)
	}
	w.clock.Advance(r.RetryAt.Sub(w.clock.Now()))
	w.expect(w.input("plain"), activities.SendAccepted, "")

	// And when another has sent it meanwhile, it is theirs.
	in := w.input("plain")
	in.Visit = 1
	frozen.Store = &freezing{Store: w.store, after: func() {
		w.clock.Advance(grace)
		w.sweep()
	}}
	zombie, err = activities.New(frozen)
	w.must(err)
	r, err = zombie.SendMessage(w.ctx, in)
	w.must(err)
	if m := w.message(r.MessageID); m.Status != engine.Accepted || len(w.sms.sent()) != 2 {
		t.Errorf("%s after %d calls", m.Status, len(w.sms.sent()))
	}
}

// A stop that comes while a process stands still between the claim and the call is
// obeyed: after a second nobody goes by what the gate saw.
func TestAStopMeetsAFrozenProcess(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	frozen := w.config
	frozen.Store = &freezing{Store: w.store, after: func() {
		w.clock.Advance(time.Second)
		w.must(w.store.Suppress(w.ctx, engine.Suppression{Channel: engine.SMS, Address: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Reason: "opted_out", At: w.clock.Now()}))
	}}
	zombie, err := activities.New(frozen)
	w.must(err)
	r, err := zombie.SendMessage(w.ctx, w.input("plain"))
	w.must(err)
	if n := len(w.sms.sent()); n != 0 || r.Status != activities.SendRetry {
		t.Fatalf("%d calls, %s", n, r.Status)
	}
	w.clock.Advance(r.RetryAt.Sub(w.clock.Now()))
	w.expect(w.input("plain"), activities.SendUndelivered, activities.ReasonOptedOut)
	if n := len(w.sms.sent()); n != 0 {
		t.Errorf("%d calls after the stop", n)
	}
}

// freezing is a store whose process stands still right after the claim.
type freezing struct {
	activities.Store
	after func()
}

func (f *freezing) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	err := f.Store.InTx(ctx, fn)
	if after := f.after; after != nil {
		f.after = nil
		after()
	}
	return err
}

// While nothing may be sent after a restore, messages park, calls wait, and a
// person's button is refused; a message that its provider still knows is not sent.
func TestNothingLeavesARestoredDatabase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must2(w.store.SetHalt(w.ctx, &engine.Halt{At: w.clock.Now(), Have: 1, Known: 2}))
		r := w.expect(w.input("plain"), activities.SendRetry, activities.ReasonExpired)
		if m := w.message(r.MessageID); !r.Park || m.ParkedAt == nil {
			t.Errorf("not parked: %+v", r)
		}
		forgotten := w.input("thanks")
		ref := engine.MessageIDFor("enr_1", "thanks", forgotten.Visit, 0, 0)
		w.must2(w.store.InsertMessage(w.ctx, &engine.Message{ID: ref, IntegrationID: "wa", Channel: engine.WhatsApp, Status: engine.Delivered, Reason: engine.ReasonForgotten, CreatedAt: w.clock.Now()}))
		w.expect(forgotten, activities.SendAccepted, "")
		w.must2(w.store.SetHalt(w.ctx, nil))
		w.expect(w.input("plain"), activities.SendAccepted, "")
		w.expect(forgotten, activities.SendAccepted, "")
		if n, m := len(w.sms.sent()), len(w.wa.sent()); n != 1 || m != 0 {
			t.Errorf("%d SMS and %d WhatsApp calls", n, m)
		}
	})
}
