package activities

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// What a channel does when its provider says stop, in real time.
//
// A provider that asks for patience (429) makes all messages of the integration
// wait for as long as it said. When it has asked without a break for longer than
// patience, and when the platform stops the sender outright, the integration is
// `limited`: administrators are told once, messages park, and after a rest one of
// them tries. Each rest is as long as half the time of trouble so far, so a short
// limit is left soon after it is lifted and a long one is not hammered.
const (
	patience       = time.Minute
	comeBackWithin = 3 * time.Second // messages told to wait do not come back at once
	shortestRest   = 15 * time.Second
	longestRest    = 30 * time.Minute
	probeLease     = time.Minute // a probe that says nothing for so long has died
)

// rest is how long a limited integration is left alone, in virtual time.
func (a *Activities) rest(i *engine.Integration, now time.Time, asked time.Duration) time.Duration {
	rest := a.virtual(shortestRest)
	if i.State == engine.Limited && i.StateSince != nil {
		rest = max(rest, now.Sub(*i.StateSince)/2)
	}
	return max(min(rest, a.virtual(longestRest)), a.virtual(asked))
}

// probe asks for the right to be the one message that tries a limited
// integration again.
func (s *sending) probe(ctx context.Context, f GateFacts) (bool, error) {
	won, err := s.a.Store.TakeProbe(ctx, f.Integration.ID, f.Now.Add(s.a.virtual(probeLease)))
	if err != nil {
		return false, fmt.Errorf("trying integration %q: %w", f.Integration.ID, err)
	}
	return won, nil
}

// worked tells the table that the provider took a message: a limit is over, or a
// throttle. What it knew when the message was claimed says whether there is
// anything to tell.
func (s *sending) worked(ctx context.Context, c *claimed) {
	i := c.integration
	var err error
	if i != nil {
		s.a.pacer.hear(i.ID, false)
	}
	switch {
	case i == nil:
	case c.probe:
		var changed bool
		changed, err = s.a.Store.SetIntegrationState(ctx, i.ID, engine.IntegrationChange{State: engine.Enabled, From: engine.Limited})
		s.a.told(changed, i, engine.Enabled, "")
		s.a.wake()
	case i.ThrottledSince != nil:
		_, err = s.a.Store.Throttle(ctx, i.ID, time.Time{})
	}
	if err != nil {
		s.a.log.Warn("the end of a limit could not be recorded; the next message does it", "integration_id", i.ID, "cause", cause(err))
	}
}

// stopped records, in the transaction of a refusal, what it means for the
// channel, and changes the message's outcome accordingly.
func (s *sending) stopped(ctx context.Context, c *claimed, e *channel.SendError, o *outcome, now time.Time) error {
	i := c.integration
	if i == nil {
		return nil
	}
	switch e.Class {
	case channel.Reauth:
		return s.changeState(ctx, i, engine.IntegrationChange{State: engine.NeedsReconnect, Note: e.Error(), AsOf: i.UpdatedAt})
	case channel.StopSender:
		return s.limit(ctx, i, e, now)
	case channel.Throttle:
		if e.OneRecipient {
			return nil
		}
		if c.probe { // the limit goes on
			*o = parkedFrom(*o, c.notAfter)
			return s.limit(ctx, i, e, now)
		}
		if !c.tooFast && e.RetryAfter <= 0 {
			return nil // this message's alone
		}
		since, err := s.a.Store.Throttle(ctx, i.ID, o.retryAt)
		if err != nil {
			return fmt.Errorf("slowing integration %q down: %w", i.ID, err)
		}
		if c.tooFast {
			if err := s.slower(ctx, c, i); err != nil {
				return err
			}
		}
		o.retryAt = o.retryAt.Add(s.spread()) // as the gate tells everybody else
		if now.Sub(since) < s.a.virtual(patience) {
			return nil
		}
		*o = parkedFrom(*o, c.notAfter)
		return s.limit(ctx, i, e, now)
	case channel.RetryLater:
		return nil // says nothing about a limit
	}
	if c.probe { // it looked at the message, so it takes messages again
		return s.changeState(ctx, i, engine.IntegrationChange{State: engine.Enabled, From: engine.Limited})
	}
	return nil
}

// limit makes an integration rest.
func (s *sending) limit(ctx context.Context, i *engine.Integration, e *channel.SendError, now time.Time) error {
	at := now.Add(s.a.rest(i, now, e.RetryAfter))
	return s.changeState(ctx, i, engine.IntegrationChange{State: engine.Limited, Note: e.Error(), ResumeAt: &at, AsOf: i.UpdatedAt})
}

func (s *sending) changeState(ctx context.Context, i *engine.Integration, c engine.IntegrationChange) error {
	changed, err := s.a.Store.SetIntegrationState(ctx, i.ID, c)
	if err != nil {
		return fmt.Errorf("marking integration %q as %s: %w", i.ID, c.State, err)
	}
	s.a.told(changed, i, c.State, c.Note)
	return nil
}

// broken is an integration whose settings make no driver: administrators are
// told once, as of credentials that expired.
func (a *Activities) broken(ctx context.Context, i *engine.Integration, why error) (*engine.Integration, error) {
	out := *i
	if out.State != engine.Enabled && out.State != engine.Limited {
		return &out, nil
	}
	out.State = engine.NeedsReconnect
	changed, err := a.Store.SetIntegrationState(ctx, i.ID, engine.IntegrationChange{State: out.State, Note: why.Error(), AsOf: i.UpdatedAt})
	if err != nil {
		return nil, fmt.Errorf("marking integration %q as %s: %w", i.ID, out.State, err)
	}
	a.told(changed, &out, out.State, why.Error())
	return &out, nil
}

// told writes the notice into the log too, once per change, however many
// messages ran into it.
func (a *Activities) told(changed bool, i *engine.Integration, st engine.IntegrationState, note string) {
	if !changed {
		return
	}
	level := slog.LevelError
	if st == engine.Enabled {
		level = slog.LevelInfo
	}
	n := engine.NoticeOf(&engine.Integration{ID: i.ID, Channel: i.Channel, Name: i.Name, State: st, StateNote: note})
	a.log.Log(context.Background(), level, n.Text().En, "integration_id", i.ID, "state", st)
}

// parkedFrom turns a message that would be tried again soon into one that waits
// for its channel.
func parkedFrom(o outcome, notAfter time.Time) outcome {
	o.status, o.report, o.reason = engine.Queued, SendRetry, ""
	o.retryAt, o.park, o.uncounted = notAfter, true, true
	return o
}

// spread is how long after the others this message comes back.
func (s *sending) spread() time.Duration {
	return s.a.virtual(spread(string(s.in.EnrollmentID)+s.in.StepID, comeBackWithin))
}

// spread is a length below a bound, always the same for one key.
func spread(key string, within time.Duration) time.Duration {
	sum := sha256.Sum256([]byte(key))
	return time.Duration(float64(binary.BigEndian.Uint32(sum[:4])) / (1 << 32) * float64(within))
}
