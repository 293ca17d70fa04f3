package activities_test

import (
	"context"
	"testing"
	"time"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

// refusedLate is a provider's news that a message it had accepted came to nothing, and
// whether another one takes its place.
func (w *world) refusedLate(id engine.MessageID, class channel.Class) (next engine.MessageID, replaced bool) {
	w.t.Helper()
	w.must2(w.store.RaiseStatus(w.ctx, id, engine.MessageUpdate{Status: engine.Failed, At: w.clock.Now(), Reason: "failed"}))
	m := w.message(id)
	replaced, err := w.InPlace(w.ctx, m, class)
	w.must(err)
	return engine.MessageIDFor(m.EnrollmentID, m.StepID, m.Visit, m.Route, m.InPlace()), replaced
}

func TestAMessageRefusedLateIsTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		step     string
		class    channel.Class
		change   func(w *world) // before it is sent
		first    time.Duration  // when the second message leaves, at the latest; 0: there is none
		template string         // that it says
		second   time.Duration  // the same of the third
	}{
		"the provider's trouble":                   {step: "thanks", class: channel.RetryLater, first: 72 * time.Second, second: 6 * time.Minute},
		"too fast":                                 {step: "thanks", class: channel.Throttle, first: 72 * time.Second, second: 6 * time.Minute},
		"an SMS costs each time":                   {step: "plain", class: channel.RetryLater, first: 72 * time.Second},
		"a phone that is off":                      {step: "plain", class: channel.OutOfReach, first: 10 * time.Minute},
		"the window was closed":                    {step: "free", class: channel.UseTemplate, first: time.Second, template: "appointment_confirm"},
		"the window was closed, without another":   {step: "thanks", class: channel.UseTemplate},
		"a template needs no window":               {step: "confirm", class: channel.UseTemplate},
		"with another route, as long as it lasts":  {step: "confirm", class: channel.OutOfReach, first: 10 * time.Minute, template: "appointment_confirm"},
		"marketing is held back a day":             {step: "plain", class: channel.DeferMarketing, change: func(w *world) { w.plan.Delivery.HoldMax = 48 * 3600e9 }, first: 24 * time.Hour},
		"marketing is held back for too long":      {step: "thanks", class: channel.DeferMarketing},
		"marketing, and another route is sooner":   {step: "confirm", class: channel.DeferMarketing},
		"the account was stopped":                  {step: "plain", class: channel.StopSender, first: time.Second},
		"an e-mail's servers have tried":           {step: "mail", class: channel.RetryLater},
		"the person is not there":                  {step: "thanks", class: channel.SwitchChannel},
		"the person opted out":                     {step: "thanks", class: channel.Suppress},
		"the template is wrong":                    {step: "confirm", class: channel.FixTemplate},
		"nobody knows what the provider means":     {step: "thanks", class: ""},
		"the enrollment was ended":                 {step: "plain", class: channel.RetryLater, change: func(w *world) { w.must2(w.store.EndEnrollment(w.ctx, "enr_1", engine.Unenrolled, "x", "")) }},
		"the journey came to its end, as it would": {step: "plain", class: channel.RetryLater, change: func(w *world) { w.must2(w.store.EndEnrollment(w.ctx, "enr_1", engine.Completed, "x", "")) }, first: 72 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t))
			w.wrote()
			if c.change != nil && c.class == channel.DeferMarketing {
				c.change(w)
			}
			r := w.expect(w.input(c.step), activities.SendAccepted, "")
			said := w.message(r.MessageID).Content
			if c.change != nil {
				c.change(w)
			}
			next, replaced := w.refusedLate(r.MessageID, c.class)
			if replaced != (c.first > 0) {
				t.Fatalf("replaced: %v", replaced)
			}
			if !replaced {
				if list, _, _ := w.store.Messages(w.ctx, engine.MessageFilter{EnrollmentID: "enr_1"}); len(list) != 1 {
					t.Errorf("%d messages", len(list))
				}
				return
			}
			if c.first > 2*time.Second {
				w.clock.Advance(c.first * 3 / 4)
				w.sweep()
				if m := w.message(next); m.Status != engine.Queued {
					t.Fatalf("too early: %s", m.Status)
				}
				w.clock.Advance(c.first / 4)
			}
			w.sweep()
			m := w.message(next)
			if m.Status != engine.Accepted || m.Content.Template != c.template || c.template == "" && m.Content.Text != said.Text || m.Round() != 1 || m.Before() != r.MessageID || m.Awaited() != r.MessageID {
				t.Fatalf("%s, says %s", m.Status, pretty(m.Content))
			}
			third, replaced := w.refusedLate(next, c.class)
			if replaced != (c.second > 0) {
				t.Fatalf("and a third: %v", replaced)
			}
			if replaced {
				w.clock.Advance(c.second)
				w.sweep()
				if m := w.message(third); m.Status != engine.Accepted || m.Round() != 2 || m.Awaited() != r.MessageID {
					t.Errorf("third: %s", pretty(m))
				}
				if _, replaced := w.refusedLate(third, c.class); replaced {
					t.Error("and for ever")
				}
			}
		})
	}
}

// What stands in for a message goes by the gate as any other, and not when the message
// has arrived after all. The step hears of what came to nothing, and only of that.
func TestWhatStandsInForAMessageMayNotLeave(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world, first engine.MessageID)
		status engine.MessageStatus
		reason string
		calls  int
		told   int
	}{
		"it arrived after all": {func(w *world, first engine.MessageID) {
			w.must2(w.store.RaiseStatus(w.ctx, first, engine.MessageUpdate{Status: engine.Delivered, At: w.clock.Now()}))
		}, engine.Skipped, "canceled", 1, 0},
		"the contact opted out": {func(w *world, _ engine.MessageID) {
			w.change(func(c *engine.Contact) { c.OptIn[engine.SMS] = false })
		}, engine.Skipped, "opted_out", 1, 1},
		"the number is wrong": {func(w *world, _ engine.MessageID) {
			w.sms.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
				return channel.Receipt{}, &channel.SendError{Class: channel.SwitchChannel, Code: "21614"}
			}
		}, engine.Failed, "unreachable", 2, 1},
		"it is too late": {func(w *world, _ engine.MessageID) { w.clock.Advance(25 * time.Hour) }, engine.Skipped, "expired", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				told := 0
				w.config.Settled = func(context.Context, engine.MessageID) error { told++; return nil }
				w.restart()
				r := w.expect(w.input("plain"), activities.SendAccepted, "")
				next, _ := w.refusedLate(r.MessageID, channel.OutOfReach)
				c.change(w, r.MessageID)
				w.clock.Advance(11 * time.Minute)
				w.sweep()
				w.clock.Advance(time.Hour)
				w.sweep()
				if m := w.message(next); m.Status != c.status || m.Reason != c.reason || len(w.sms.sent()) != c.calls || told != c.told {
					t.Fatalf("%s %q after %d calls, told %d times", m.Status, m.Reason, len(w.sms.sent()), told)
				}
			})
		})
	}
}

// A message whose step has gone on is the sweeper's until it left: also when it is refused
// for a while, or its channel goes down under it.
func TestWhatTheSweeperSendsIsNotForgotten(t *testing.T) {
	for name, class := range map[string]channel.Class{"the provider's trouble": channel.RetryLater, "too fast": channel.Throttle, "the channel is stopped": channel.StopSender} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				r := w.expect(w.input("plain"), activities.SendAccepted, "")
				next, _ := w.refusedLate(r.MessageID, channel.OutOfReach)
				w.clock.Advance(10 * time.Minute)
				w.sms.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
					return channel.Receipt{}, &channel.SendError{Class: class}
				}
				w.sweep()
				if m := w.message(next); m.Status != engine.Queued || m.AgainAt == nil {
					t.Fatalf("%s, again at %v", m.Status, m.AgainAt)
				}
				w.must(w.End(w.ctx, activities.EndInput{Base: w.base, Status: engine.Completed, Outcome: "completed"}))
				w.sms.send = nil
				w.must2(w.store.SetIntegrationState(w.ctx, "sms", engine.IntegrationChange{State: engine.Enabled, By: "maria"}))
				w.clock.Advance(2 * time.Minute)
				w.sweep()
				if m := w.message(next); m.Status != engine.Accepted || m.SentAgain != 0 {
					t.Errorf("%s", pretty(m))
				}
			})
		})
	}
}
