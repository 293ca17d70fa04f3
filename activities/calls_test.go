package activities_test

import (
	"context"
	"strings"
	"testing"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/activities/journal"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

// killed runs a process that notes its calls and dies at a moment of a send.
func (w *world) killed(dir string, in activities.SendInput, prepare func(c *activities.Config)) {
	w.t.Helper()
	calls, err := journal.Open(dir)
	w.must(err)
	c := w.config
	c.Calls = calls
	prepare(&c)
	process, err := activities.New(c)
	w.must(err)
	func() {
		defer func() { _ = recover() }()
		_, _ = process.SendMessage(w.ctx, in)
	}()
	w.must(calls.Close())
}

// next is the process that comes after it.
func (w *world) next(dir string) *activities.Activities {
	w.t.Helper()
	calls, err := journal.Open(dir)
	w.must(err)
	w.t.Cleanup(func() { _ = calls.Close() })
	c := w.config
	c.Calls = calls
	process, err := activities.New(c)
	w.must(err)
	return process
}

const die = "killed"

// A process is killed between the claim of a message and the call. The next one
// knows that nothing was called, and sends it at once: no doubt, no wait.
func TestKilledBetweenClaimAndCall(t *testing.T) {
	for name, c := range map[string]struct {
		step  string
		sweep bool // the step is over: nobody but the sweeper finds it
	}{"its step runs again": {"plain", false}, "a question's step runs again": {"nps", false}, "the sweeper finds it": {"plain", true}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				dir := t.TempDir()
				in := w.input(c.step)
				w.killed(dir, in, func(c *activities.Config) { c.Store = &freezing{Store: w.store, after: func() { panic(die) }} })
				m := w.only()
				if m.Status != engine.Sending || len(w.sms.sent()) != 0 {
					t.Fatalf("%s after %d calls", m.Status, len(w.sms.sent()))
				}
				process := w.next(dir)
				if c.sweep {
					w.clock.Advance(grace)
					w.must2(process.Sweep(w.ctx))
				} else {
					r, err := process.SendMessage(w.ctx, in)
					w.must(err)
					if r.Status != activities.SendAccepted {
						t.Fatalf("%s %s", r.Status, r.Reason)
					}
				}
				m = w.only()
				if m.Status != engine.Accepted || m.Attempts != 1 || m.SentAgain != 0 || len(w.sms.sent()) != 1 {
					t.Fatalf("%s, %d attempts, %d again, %d calls", m.Status, m.Attempts, m.SentAgain, len(w.sms.sent()))
				}
			})
		})
	}
}

// Killed while the provider is called, or found by somebody who cannot know: that
// stays a doubt.
func TestKilledWhileCalling(t *testing.T) {
	for name, next := range map[string]func(w *world, dir string) *activities.Activities{
		"on the same machine":  func(w *world, dir string) *activities.Activities { return w.next(dir) },
		"on another machine":   func(w *world, _ string) *activities.Activities { return w.next(w.t.TempDir()) },
		"without noting calls": func(w *world, _ string) *activities.Activities { return w.Activities },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t))
			dir := t.TempDir()
			in := w.input("plain")
			w.sms.channel.Idempotency = channel.EchoesRef
			w.sms.send = func(context.Context, channel.Outbound) (channel.Receipt, error) { panic(die) }
			w.killed(dir, in, func(*activities.Config) {})
			process := next(w, dir)
			w.must2(process.SendMessage(w.ctx, in))
			w.clock.Advance(grace)
			w.must2(process.SendMessage(w.ctx, in))
			w.must2(process.Sweep(w.ctx))
			if m := w.only(); m.Status != engine.Unconfirmed || len(w.sms.sent()) != 1 {
				t.Fatalf("%s after %d calls", m.Status, len(w.sms.sent()))
			}
		})
	}
}

// A call that cannot be noted is not made: the message waits, and the next one
// goes out without a note.
func TestACallThatCannotBeNotedIsNotMade(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	calls, err := journal.Open(t.TempDir())
	w.must(err)
	c := w.config
	c.Calls = calls
	// The claim is made, and then the folder's disk is gone.
	c.Store = &freezing{Store: w.store, after: func() { w.must(calls.Close()) }}
	process, err := activities.New(c)
	w.must(err)
	in := w.input("plain")
	r, err := process.SendMessage(w.ctx, in)
	w.must(err)
	if m := w.only(); r.Status != activities.SendRetry || m.Status != engine.Queued || m.Attempts != 0 || len(w.sms.sent()) != 0 {
		t.Fatalf("%s, %s after %d attempts and %d calls", r.Status, m.Status, m.Attempts, len(w.sms.sent()))
	}
	w.clock.Advance(r.RetryAt.Sub(w.clock.Now()))
	w.must2(process.SendMessage(w.ctx, in))
	if m := w.only(); m.Status != engine.Accepted || strings.Contains(m.AttemptToken, ".") {
		t.Fatalf("%s with token %q", m.Status, m.AttemptToken)
	}
}
