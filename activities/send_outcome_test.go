package activities

import (
	"errors"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

func TestSortRefusal(t *testing.T) {
	same := func(d time.Duration) time.Duration { return d }
	base := refusal{
		now: noon, notAfter: noon.Add(24 * time.Hour), attempts: 1, id: "msg_1", channel: engine.WhatsApp,
		idempotency: channel.EchoesRef, lastRoute: true, scale: same,
	}
	certain := func(c channel.Class) *channel.SendError { return &channel.SendError{Class: c} }
	unclear := &channel.SendError{Class: channel.RetryLater, Doubt: channel.Unclear}
	type want struct {
		status   engine.MessageStatus
		report   SendStatus
		reason   string
		from, to time.Duration // of RetryAt, from now
		park     bool
		free     bool // uncounted
		closed   bool
		listed   string
		purpose  string
	}
	cases := []struct {
		name string
		err  *channel.SendError
		with func(*refusal)
		want want
	}{
		{"later, first", certain(channel.RetryLater), nil, want{status: engine.Queued, report: SendRetry, from: 2 * time.Second, to: 2400 * time.Millisecond}},
		{"later, third", certain(channel.RetryLater), func(r *refusal) { r.attempts = 3 }, want{status: engine.Queued, report: SendRetry, from: 18 * time.Second, to: 22 * time.Second}},
		{"later, hundredth", certain(channel.RetryLater), func(r *refusal) { r.attempts = 100 }, want{status: engine.Queued, report: SendRetry, from: 15 * time.Minute, to: 18 * time.Minute}},
		{"later, as the provider says", &channel.SendError{Class: channel.RetryLater, RetryAfter: time.Minute}, nil, want{status: engine.Queued, report: SendRetry, from: time.Minute, to: time.Minute}},
		{"later, another route waits", certain(channel.RetryLater), func(r *refusal) { r.attempts, r.lastRoute = 6, false }, want{status: engine.Failed, report: SendUndelivered, reason: ReasonFailed}},
		{"later, but then too late", certain(channel.RetryLater), func(r *refusal) { r.notAfter = noon.Add(time.Second) }, want{status: engine.Failed, report: SendUndelivered, reason: ReasonExpired}},
		{"throttled", &channel.SendError{Class: channel.Throttle, RetryAfter: 10 * time.Second}, nil, want{status: engine.Queued, report: SendRetry, from: 10 * time.Second, to: 12 * time.Second, free: true}},
		{"throttled without a number, ninth time", certain(channel.Throttle), func(r *refusal) { r.attempts = 9 }, want{status: engine.Queued, report: SendRetry, from: 5 * time.Second, to: 6 * time.Second, free: true}},
		{"marketing tomorrow", certain(channel.DeferMarketing), func(r *refusal) { r.notAfter = noon.Add(48 * time.Hour) }, want{status: engine.Queued, report: SendRetry, from: 24 * time.Hour, to: 24 * time.Hour}},
		{"marketing tomorrow is too late", certain(channel.DeferMarketing), func(r *refusal) { r.notAfter = noon.Add(12 * time.Hour) }, want{status: engine.Failed, report: SendUndelivered, reason: ReasonCapped}},
		{"stop the sender", certain(channel.StopSender), nil, want{status: engine.Queued, report: SendRetry, from: 24 * time.Hour, to: 24 * time.Hour, park: true, free: true}},
		{"credentials", certain(channel.Reauth), nil, want{status: engine.Queued, report: SendRetry, from: 24 * time.Hour, to: 24 * time.Hour, park: true, free: true}},
		{"window closed, template at hand", certain(channel.UseTemplate), func(r *refusal) { r.free, r.hasClosed = true, true }, want{status: engine.Queued, report: SendRetry, free: true, closed: true}},
		{"window closed, no template", certain(channel.UseTemplate), func(r *refusal) { r.free = true }, want{status: engine.Failed, report: SendUndelivered, reason: ReasonWindowClosed}},
		{"window closed for a template: once only", certain(channel.UseTemplate), func(r *refusal) { r.hasClosed = true }, want{status: engine.Failed, report: SendUndelivered, reason: ReasonWindowClosed}},
		{"not on WhatsApp", certain(channel.SwitchChannel), nil, want{status: engine.Failed, report: SendUndelivered, reason: ReasonUnreachable, listed: "unreachable"}},
		{"a phone that is off", certain(channel.OutOfReach), func(r *refusal) { r.attempts = 1 }, want{status: engine.Queued, report: SendRetry, from: 10 * time.Minute, to: 10 * time.Minute}},
		{"and is off still", certain(channel.OutOfReach), func(r *refusal) { r.attempts = 2 }, want{status: engine.Failed, report: SendUndelivered, reason: ReasonUnreachable}},
		{"not a mobile", certain(channel.SwitchChannel), func(r *refusal) { r.channel = engine.SMS }, want{status: engine.Failed, report: SendUndelivered, reason: ReasonUnreachable}},
		{"a mailbox that is full, or a policy", certain(channel.SwitchChannel), func(r *refusal) { r.channel = engine.Email }, want{status: engine.Failed, report: SendUndelivered, reason: ReasonUnreachable}},
		{"no such mailbox", certain(channel.Suppress), func(r *refusal) { r.channel = engine.Email }, want{status: engine.Failed, report: SendUndelivered, reason: ReasonUnreachable, listed: "hard_bounce"}},
		{"stopped marketing there", certain(channel.SuppressMarketing), nil, want{status: engine.Failed, report: SendUndelivered, reason: ReasonOptedOut, listed: "opted_out", purpose: "marketing"}},
		{"stopped everything there", certain(channel.Suppress), nil, want{status: engine.Failed, report: SendUndelivered, reason: ReasonOptedOut, listed: "opted_out"}},
		{"template paused", certain(channel.FixTemplate), nil, want{status: engine.Failed, report: SendUndelivered, reason: ReasonFailed}},
		{"our request is wrong", certain(channel.FixRequest), nil, want{status: engine.Failed, report: SendUndelivered, reason: ReasonFailed}},
		{"a class nobody knows", certain("novel"), nil, want{status: engine.Failed, report: SendUndelivered, reason: ReasonFailed}},

		{"doubt, statuses may tell", unclear, nil, want{status: engine.Sending, report: SendUnconfirmed}},
		{"doubt, whatever the class says", &channel.SendError{Class: channel.Throttle, Doubt: channel.Unclear}, nil, want{status: engine.Sending, report: SendUnconfirmed}},
		{"doubt, nothing will ever tell", unclear, func(r *refusal) { r.idempotency = channel.None }, want{status: engine.Unconfirmed, report: SendUnconfirmed}},
		{"doubt, repeats are dropped", unclear, func(r *refusal) { r.idempotency = channel.HonorsKey }, want{status: engine.Queued, report: SendRetry, from: 2 * time.Second, to: 2400 * time.Millisecond}},
		{"doubt, repeats are dropped, but enough is enough", unclear, func(r *refusal) { r.idempotency, r.attempts = channel.HonorsKey, 6 }, want{status: engine.Unconfirmed, report: SendUnconfirmed}},
		{"doubt, repeats are dropped, too late", unclear, func(r *refusal) { r.idempotency, r.notAfter = channel.HonorsKey, noon }, want{status: engine.Unconfirmed, report: SendUnconfirmed}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := base
			r.err = c.err
			if c.with != nil {
				c.with(&r)
			}
			o := sortRefusal(r)
			got := want{o.status, o.report, o.reason, c.want.from, c.want.to, o.park, o.uncounted, o.useClosed, o.listed, o.purpose}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if o.suppress != (o.listed != "") {
				t.Errorf("suppress %v, listed %q", o.suppress, o.listed)
			}
			if o.report == SendRetry {
				if wait := o.retryAt.Sub(noon); wait < c.want.from || wait > c.want.to {
					t.Errorf("tries again in %s, want %s to %s", wait, c.want.from, c.want.to)
				}
			}
			if o != sortRefusal(r) {
				t.Error("sorting the same refusal twice differs")
			}
		})
	}
}

func TestCauseHidesWhatProvidersSay(t *testing.T) {
	err := error(&channel.SendError{Class: channel.SwitchChannel, Code: "131026", Message: "+5511987654321 is not on WhatsApp"})
	if got := cause(err); got != "switch_channel 131026" {
		t.Errorf("cause %q", got)
	}
	if got := cause(errors.New("dial tcp: ana@example.com")); got != "*errors.errorString" {
		t.Errorf("cause %q", got)
	}
}
