package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// Bounds of trying again after a certain refusal.
const (
	backoffFirst  = 2 * time.Second
	backoffMax    = 15 * time.Minute
	triesOnRoute  = 6 // with another route left: 2+6+18+54+162 s, about four minutes
	triesInDoubt  = 6 // with a provider that drops repeats
	throttleFirst = 5 * time.Second
	deferFor      = 24 * time.Hour // 131049: trying earlier only repeats the error
)

// refusal is a failed call, and what sorting it depends on.
type refusal struct {
	err         *channel.SendError
	now         time.Time
	notAfter    time.Time
	attempts    int // this one included
	id          engine.MessageID
	channel     engine.Channel
	idempotency channel.Idempotency
	free        bool // our own text, not a template
	hasClosed   bool
	lastRoute   bool
	scale       func(time.Duration) time.Duration // machine time to the clock's
}

// outcome is what a refusal means for the message, the contact and the channel.
type outcome struct {
	status    engine.MessageStatus // to write; Sending: leave the row as it is
	report    SendStatus
	reason    string
	retryAt   time.Time
	park      bool
	uncounted bool // the attempt does not count
	useClosed bool // requeue with the template, now
	again     bool // requeue as it is, now: only the mutant does

	suppress bool
	purpose  string // of the suppression
	listed   string // its reason
}

// sortRefusal decides what a failed call means. It is a pure function.
func sortRefusal(r refusal) outcome {
	if r.err.Doubt == channel.Unclear {
		return r.doubt()
	}
	undelivered := func(reason string) outcome {
		return outcome{status: engine.Failed, report: SendUndelivered, reason: reason}
	}
	switch r.err.Class {
	case channel.RetryLater:
		if !r.lastRoute && r.attempts >= triesOnRoute {
			return undelivered(ReasonFailed)
		}
		return r.later(max(r.scale(r.backoff()), r.scale(r.err.RetryAfter)), ReasonExpired)
	case channel.Throttle:
		wait := r.err.RetryAfter
		if wait <= 0 {
			wait = throttleFirst
		}
		o := r.later(r.scale(wait+r.jitter(wait)), ReasonExpired)
		o.uncounted = true
		return o
	case channel.DeferMarketing:
		return r.later(max(deferFor, r.err.RetryAfter), ReasonCapped)
	case channel.StopSender:
		return r.parked()
	case channel.Reauth:
		return r.parked()
	case channel.UseTemplate:
		if r.free && r.hasClosed {
			return outcome{status: engine.Queued, report: SendRetry, retryAt: r.now, useClosed: true, uncounted: true}
		}
		return undelivered(ReasonWindowClosed)
	case channel.OutOfReach:
		if r.attempts > 1 {
			return undelivered(ReasonUnreachable)
		}
		return r.later(reachableAfter, ReasonUnreachable)
	case channel.SwitchChannel:
		o := undelivered(ReasonUnreachable)
		if r.channel == engine.WhatsApp {
			o.suppress, o.listed = true, engine.SuppressedUnreachable
		}
		return o
	case channel.SuppressMarketing:
		o := undelivered(ReasonOptedOut)
		o.suppress, o.purpose, o.listed = true, "marketing", "opted_out"
		return o
	case channel.Suppress:
		if r.channel == engine.Email { // a mailbox that does not exist, which is no wish of the person
			o := undelivered(ReasonUnreachable)
			o.suppress, o.listed = true, "hard_bounce"
			return o
		}
		o := undelivered(ReasonOptedOut)
		o.suppress, o.listed = true, "opted_out"
		return o
	}
	return undelivered(ReasonFailed) // FixTemplate, FixRequest, InboundOnly: our mistake
}

// doubt: the provider may have taken it. With a provider that drops repeats the
// same key goes again; with one that echoes our reference a status may tell; with
// neither nothing ever will.
func (r refusal) doubt() outcome {
	unconfirmed := outcome{status: engine.Unconfirmed, report: SendUnconfirmed}
	if resendOnDoubt { // never, but in the torture suite's mutant
		return outcome{status: engine.Queued, report: SendRetry, retryAt: r.now, again: true}
	}
	switch r.idempotency {
	case channel.HonorsKey:
		if r.attempts >= triesInDoubt {
			return unconfirmed
		}
		at := r.now.Add(max(r.scale(r.backoff()), r.scale(r.err.RetryAfter)))
		if !r.notAfter.IsZero() && at.After(r.notAfter) {
			return unconfirmed // not expired: it may have gone out
		}
		return outcome{status: engine.Queued, report: SendRetry, retryAt: at}
	case channel.EchoesRef:
		return outcome{status: engine.Sending, report: SendUnconfirmed}
	}
	return unconfirmed
}

// later requeues, unless it would be too late then.
func (r refusal) later(wait time.Duration, tooLate string) outcome {
	at := r.now.Add(wait)
	if !r.notAfter.IsZero() && at.After(r.notAfter) {
		return outcome{status: engine.Failed, report: SendUndelivered, reason: tooLate}
	}
	return outcome{status: engine.Queued, report: SendRetry, retryAt: at}
}

// parked requeues until the channel works again, or it is too late.
func (r refusal) parked() outcome {
	return parkedFrom(outcome{}, r.notAfter)
}

// backoff is 2 s × 3^(attempts-1), at most 15 minutes, and up to a fifth more:
// messages refused together do not come back together.
func (r refusal) backoff() time.Duration {
	d := backoffFirst
	for i := 1; i < r.attempts && d < backoffMax; i++ {
		d *= 3
	}
	d = min(d, backoffMax)
	return d + r.jitter(d)
}

// jitter is up to a fifth of a length, always the same for one attempt of one
// message.
func (r refusal) jitter(d time.Duration) time.Duration {
	return spread(fmt.Sprintf("%s\x00%d", r.id, r.attempts), d/5)
}

// refused records a failed call.
func (s *sending) refused(ctx context.Context, c *claimed, err error) (SendResult, error) {
	var sendError *channel.SendError
	if !errors.As(err, &sendError) {
		// A driver that breaks its contract proves nothing: doubt.
		sendError = &channel.SendError{Class: channel.RetryLater, Doubt: channel.Unclear, Message: "the driver failed without saying whether the message went out", Err: err}
	}
	m := c.message
	now := s.a.Clock.Now()
	o := sortRefusal(refusal{
		err: sendError, now: now, notAfter: c.notAfter, attempts: m.Attempts, id: m.ID, channel: m.Channel,
		idempotency: c.provider.Capabilities().Idempotency, free: m.Content.Template == "", hasClosed: c.closed != nil,
		lastRoute: s.in.Route == len(s.routes)-1, scale: s.a.virtual,
	})
	if c.integration != nil {
		c.tooFast = s.a.pacer.hear(c.integration.ID, sendError.Class == channel.Throttle && !sendError.OneRecipient)
	}
	sorted := o
	err = s.a.persist(ctx, func(ctx context.Context) error {
		return s.a.Store.InTx(ctx, func(ctx context.Context) error {
			o = sorted // a transaction may run again
			return s.record(ctx, c, sendError, &o, now)
		})
	})
	if err != nil { // it may still be written later, so what it means is not looked at here
		s.log(slog.LevelWarn, "what came of a message could not be written down yet", SendResult{MessageID: m.ID, Channel: m.Channel}, sendError)
		return SendResult{}, fmt.Errorf("recording the refusal of message %q: %w", m.ID, err)
	}
	if until := s.routeEnds(m); o.park && !until.IsZero() && o.retryAt.After(until) {
		o.retryAt = until
	}
	result := SendResult{Status: o.report, MessageID: m.ID, Channel: m.Channel, Reason: o.reason, RetryAt: o.retryAt, Park: o.park, At: now}
	what := "message refused"
	if sendError.Doubt != channel.Certain {
		what = "nobody knows whether the message went out"
	}
	s.log(slog.LevelWarn, what, result, sendError)
	s.again = o.useClosed || o.again
	if sendError.Class == channel.FixTemplate && sendError.Doubt == channel.Certain && s.a.TemplateRefused != nil {
		if err := s.a.TemplateRefused(ctx, m, sendError.Code, sendError.Message); err != nil { // the next refusal tells
			s.a.log.Error("a refused template could not be told of", "message_id", m.ID, "cause", cause(err))
		}
	}
	return result, nil
}

func (s *sending) record(ctx context.Context, c *claimed, e *channel.SendError, o *outcome, now time.Time) error {
	m := c.message
	if e.Doubt == channel.Certain {
		if err := s.stopped(ctx, c, e, o, now); err != nil {
			return err
		}
	}
	if o.status != engine.Sending {
		u := engine.MessageUpdate{Status: o.status, At: now, Reason: o.reason, ErrorCode: e.Code, ErrorDetail: e.Message, Uncounted: o.uncounted, Parked: o.park}
		if o.status == engine.Queued && !o.park && !o.useClosed {
			u.HoldUntil = &o.retryAt
		}
		if o.status == engine.Queued {
			u.AgainAt = s.againAt(SendResult{RetryAt: o.retryAt, Park: o.park})
		}
		won, err := s.a.Store.FinishMessage(ctx, m.ID, c.token, u)
		if err != nil {
			return fmt.Errorf("finishing message %q: %w", m.ID, err)
		}
		if won && o.useClosed {
			again := *m
			again.Content, again.Closed, again.HoldUntil = *c.closed, nil, nil
			if err := s.a.Store.UpdateQueued(ctx, &again); err != nil {
				return fmt.Errorf("replacing the content of message %q: %w", m.ID, err)
			}
		}
	}
	if o.suppress {
		if err := s.suppress(ctx, m, *o, now); err != nil {
			return err
		}
	}
	return nil
}

// suppress lists every address of the contact on this channel: the provider
// refused the person, not the spelling of their number.
func (s *sending) suppress(ctx context.Context, m *engine.Message, o outcome, now time.Time) error {
	addresses := []engine.Address{m.To}
	contact, err := s.a.Store.Contact(ctx, m.ContactID)
	switch {
	case err == nil && m.Channel != engine.Email && o.listed != engine.SuppressedUnreachable: // every mailbox, and every number out of reach, stands for itself
		for _, a := range addressesOn(contact, m.Channel) {
			if a != m.To {
				addresses = append(addresses, a)
			}
		}
	case err != nil && !isNotFound(err):
		return fmt.Errorf("reading contact %q: %w", m.ContactID, err)
	}
	for _, a := range addresses {
		err := s.a.Store.Suppress(ctx, engine.Suppression{Channel: m.Channel, Address: a, Purpose: o.purpose, Reason: o.listed, At: now})
		if err != nil {
			return fmt.Errorf("suppressing an address of contact %q: %w", m.ContactID, err)
		}
	}
	return nil
}
