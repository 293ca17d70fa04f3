package activities_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

func (w *world) state() *engine.Integration {
	w.t.Helper()
	i, err := w.store.Integration(w.ctx, "wa")
	w.must(err)
	return i
}

// notices are the kinds told, oldest first.
func (w *world) notices() (kinds []engine.NoticeKind) {
	w.t.Helper()
	list, _, err := w.store.Notices(w.ctx, time.Time{}, 500, "")
	w.must(err)
	for i := len(list) - 1; i >= 0; i-- {
		kinds = append(kinds, list[i].Kind)
	}
	return kinds
}

// visit is the input of another message of the same step.
func (w *world) visit(n int) activities.SendInput {
	in := w.input("promo")
	in.Visit = n
	return in
}

// One message tries a limited channel after its rest; a refusal makes the rest
// longer, and the first accepted message ends it, with one notice each way.
func TestALimitedChannelIsTriedByOneMessage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		limited := true
		w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
			if limited {
				return channel.Receipt{}, &channel.SendError{Class: channel.StopSender, Code: "131048", Message: "spam rate limit"}
			}
			return channel.Receipt{ProviderID: fmt.Sprint("ok", len(w.wa.sent()))}, nil
		}
		w.expect(w.visit(0), activities.SendRetry, "")
		i := w.state()
		if i.State != engine.Limited || i.ResumeAt.Sub(w.clock.Now()) != 15*time.Second {
			t.Fatalf("after the refusal: %s until %v", i.State, i.ResumeAt)
		}
		for n := range 5 { // the others park without a call
			if r := w.expect(w.visit(n), activities.SendRetry, activities.ReasonExpired); !r.Park || w.message(r.MessageID).ParkedAt == nil {
				t.Errorf("not parked: %+v", r)
			}
		}
		var rests []time.Duration
		for range 8 {
			w.clock.Advance(w.state().ResumeAt.Sub(w.clock.Now()))
			before := len(w.wa.sent())
			for n := range 5 {
				w.expect(w.visit(n), activities.SendRetry, map[bool]string{true: "", false: activities.ReasonExpired}[len(w.wa.sent()) == before])
			}
			if calls := len(w.wa.sent()) - before; calls != 1 {
				t.Fatalf("%d messages tried", calls)
			}
			rests = append(rests, w.state().ResumeAt.Sub(w.clock.Now()))
		}
		if rests[0] != 15*time.Second || rests[7] < 2*rests[3] || rests[7] > 30*time.Minute {
			t.Errorf("rests %v", rests)
		}
		limited = false
		w.clock.Advance(w.state().ResumeAt.Sub(w.clock.Now()))
		w.expect(w.visit(3), activities.SendAccepted, "")
		if st := w.state(); st.State != engine.Enabled || st.ResumeAt != nil {
			t.Errorf("after the limit: %s", st.State)
		}
		if got := fmt.Sprint(w.notices()); got != "[channel.limited channel.enabled]" {
			t.Errorf("notices %s", got)
		}
		for n := range 5 {
			w.expect(w.visit(n), activities.SendAccepted, "")
		}
		if m := w.message(w.expect(w.visit(4), activities.SendAccepted, "").MessageID); m.Attempts != 1 || m.ParkedAt != nil {
			t.Errorf("waiting cost attempts: %d", m.Attempts)
		}
	})
}

// A certain refusal of another kind shows that the provider looks at messages
// again; a doubt, or trouble of its own, shows nothing.
func TestWhatAProbeShows(t *testing.T) {
	for name, c := range map[string]struct {
		err  *channel.SendError
		want engine.IntegrationState
	}{
		"not on WhatsApp":      {&channel.SendError{Class: channel.SwitchChannel}, engine.Enabled},
		"a wrong template":     {&channel.SendError{Class: channel.FixTemplate}, engine.Enabled},
		"trouble of its own":   {&channel.SendError{Class: channel.RetryLater}, engine.Limited},
		"no answer":            {&channel.SendError{Class: channel.RetryLater, Doubt: channel.Unclear}, engine.Limited},
		"slower":               {&channel.SendError{Class: channel.Throttle, RetryAfter: time.Second}, engine.Limited},
		"slower to this one":   {&channel.SendError{Class: channel.Throttle, OneRecipient: true, RetryAfter: time.Second}, engine.Limited},
		"the token is refused": {&channel.SendError{Class: channel.Reauth}, engine.NeedsReconnect},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t))
			at := w.clock.Now()
			w.must2(w.store.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.Limited, ResumeAt: &at}))
			w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) { return channel.Receipt{}, c.err }
			w.must2(w.SendMessage(w.ctx, w.visit(0)))
			if got := w.state().State; got != c.want {
				t.Errorf("the channel is %s, want %s", got, c.want)
			}
		})
	}
}

// A 429 makes everybody wait as long as the provider said, without a change of
// state; only when it asks for patience without a break is the channel limited.
func TestAStormOfThrottles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		storm := true
		w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
			if storm {
				return channel.Receipt{}, &channel.SendError{Class: channel.Throttle, Code: "130429", RetryAfter: 5 * time.Second}
			}
			return channel.Receipt{ProviderID: fmt.Sprint("ok", len(w.wa.sent()))}, nil
		}
		r := w.expect(w.visit(0), activities.SendRetry, "")
		for n := 1; n < 20; n++ {
			if r := w.expect(w.visit(n), activities.SendRetry, activities.ReasonExpired); r.Park || r.RetryAt.Sub(w.clock.Now()) > 10*time.Second {
				t.Errorf("a throttle parks or holds for long: %+v", r)
			}
		}
		if n := len(w.wa.sent()); n != 1 || len(w.notices()) != 0 {
			t.Fatalf("%d calls, notices %v", n, w.notices())
		}
		// A message in between that gets through ends it.
		w.clock.Advance(r.RetryAt.Sub(w.clock.Now()))
		storm = false
		w.expect(w.visit(0), activities.SendAccepted, "")
		if i := w.state(); i.ThrottledSince != nil || i.ThrottledUntil != nil {
			t.Error("the throttle outlives an accepted message")
		}
		storm = true
		began := w.clock.Now()
		for w.state().State == engine.Enabled {
			r, err := w.SendMessage(w.ctx, w.visit(1))
			w.must(err)
			if r.Park {
				break
			}
			w.clock.Advance(r.RetryAt.Sub(w.clock.Now()))
		}
		if took := w.clock.Now().Sub(began); w.state().State != engine.Limited || took < time.Minute || took > 80*time.Second {
			t.Errorf("%s after %v", w.state().State, took)
		}
		if got := fmt.Sprint(w.notices()); got != "[channel.limited]" {
			t.Errorf("notices %s", got)
		}
		if m := w.message(w.expect(w.visit(1), activities.SendRetry, activities.ReasonExpired).MessageID); m.Attempts != 0 {
			t.Errorf("%d attempts burnt", m.Attempts)
		}
	})
}

// The limit of one pair of numbers is no limit of the channel.
func TestAThrottleOfOneRecipient(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
		return channel.Receipt{}, &channel.SendError{Class: channel.Throttle, OneRecipient: true, RetryAfter: 6 * time.Second}
	}
	w.expect(w.visit(0), activities.SendRetry, "")
	if i := w.state(); i.ThrottledUntil != nil {
		t.Error("the whole channel waits for one recipient")
	}
}

// News of a call that was made with the old credentials does not undo new ones.
func TestARefusalOfOldCredentials(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
			if len(w.wa.sent()) == 1 { // the administrator reconnects while the call is out
				i := w.state()
				i.Secrets = map[string]string{"token": "new"}
				w.must2(w.store.PutIntegration(w.ctx, i))
				return channel.Receipt{}, &channel.SendError{Class: channel.Reauth, Code: "190"}
			}
			return channel.Receipt{ProviderID: "ok"}, nil
		}
		r := w.expect(w.visit(0), activities.SendRetry, "")
		if !r.Park || w.message(r.MessageID).ParkedAt == nil {
			t.Errorf("not parked: the next tick would not find it: %+v", r)
		}
		if st := w.state().State; st != engine.Enabled || len(w.notices()) != 0 {
			t.Errorf("the channel is %s, notices %v", st, w.notices())
		}
		w.expect(w.visit(0), activities.SendAccepted, "")
	})
}

// Settings that make no driver stop the channel as expired credentials do.
func TestUnusableSettingsAreToldOnce(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.must2(w.store.PutIntegration(w.ctx, &engine.Integration{ID: "other", Provider: "none", Channel: engine.WhatsApp, Settings: map[string]string{}, Default: true}))
	for n := range 3 {
		if r := w.expect(w.visit(n), activities.SendRetry, activities.ReasonExpired); !r.Park {
			t.Errorf("%+v", r)
		}
	}
	if got := fmt.Sprint(w.notices()); got != "[channel.needs_reconnect]" {
		t.Errorf("notices %s", got)
	}
}

// A thousand messages that run into the same wall at once: one change, one
// notice.
func TestAThousandRefusalsMakeOneNotice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const messages = 1000
		w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
			return channel.Receipt{}, &channel.SendError{Class: channel.Reauth, Code: "190", Message: "the token expired"}
		}
		var g sync.WaitGroup
		next := make(chan int)
		for range 32 {
			g.Go(func() {
				for n := range next {
					if _, err := w.SendMessage(w.ctx, w.visit(n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for n := range messages {
			next <- n
		}
		close(next)
		g.Wait()
		if got := fmt.Sprint(w.notices()); got != "[channel.needs_reconnect]" {
			t.Errorf("notices %s", got)
		}
		parked := 0
		for {
			list, err := w.store.TakeParked(w.ctx, engine.WhatsApp, nil, 500)
			w.must(err)
			if len(list) == 0 {
				break
			}
			parked += len(list)
		}
		if parked != messages {
			t.Errorf("%d of %d messages wait for the channel", parked, messages)
		}
	})
}
