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

// Bounds of sending messages whose step has gone on.
const (
	againSoonest  = 5 * time.Second // between two looks, of the machine's clock
	againParked   = time.Minute     // the same, while the channel is down
	againPerSweep = 20

	// In place of a message that was refused late, at most so many are sent. Of an SMS
	// only one: each costs, whatever comes of it.
	roundsMost = 2
	roundsSMS  = 1

	roundFirst     = time.Minute      // the provider's trouble, of the machine's clock; the second time five of them
	reachableAfter = 10 * time.Minute // a phone that is off is given time to come back, of our clock
)

// InPlace queues a message in place of one that its provider refused after it had
// accepted it, as SendMessage tries again when it is refused at once: later when the
// trouble is the provider's or the phone is off, with the step's `closed` template when
// the service window turned out to be closed, after a day when marketing was held back,
// and when its channel works again when that is what stopped it. The new message is the
// old one's twin in every other way; Sweep sends it, when the send gate says yes.
//
// False: nothing more comes of the message, and its step is to be told. So it is of
// e-mail, whose servers have tried for long before they say so, when it would be too late
// for the message or for the route, and when there were several already. It runs in the
// caller's transaction, beside the news.
func (a *Activities) InPlace(ctx context.Context, m *engine.Message, class channel.Class) (bool, error) {
	wait, content, ok := a.inPlace(m, class)
	if !ok {
		return false, nil
	}
	e, err := a.Store.Enrollment(ctx, m.EnrollmentID)
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading enrollment %q: %w", m.EnrollmentID, err)
	}
	if e.Status != engine.Active && e.Status != engine.Completed {
		return false, nil
	}
	s, err := a.meant(e, m)
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	notAfter := m.NotAfter
	if ends := s.routeEnds(m); !ends.IsZero() && (notAfter == nil || ends.Before(*notAfter)) {
		notAfter = &ends
	}
	now := a.Clock.Now()
	at := now.Add(wait)
	if notAfter != nil && !at.Before(*notAfter) {
		return false, nil
	}
	next := &engine.Message{
		ID:           engine.MessageIDFor(m.EnrollmentID, m.StepID, m.Visit, m.Route, m.InPlace()),
		EnrollmentID: m.EnrollmentID, JourneyID: m.JourneyID, StepID: m.StepID, Visit: m.Visit, Route: m.Route, Try: m.InPlace(),
		ContactID: m.ContactID, IntegrationID: m.IntegrationID, Provider: m.Provider, Channel: m.Channel, To: m.To,
		Content: content, Category: m.Category, Status: engine.Queued, Notify: m.Notify, AgainAt: &at, NotAfter: notAfter,
		CreatedAt: now, UpdatedAt: now,
	}
	if content.Template == "" {
		next.Closed = m.Closed
	}
	if _, err := a.Store.InsertMessage(ctx, next); err != nil {
		return false, fmt.Errorf("queuing a message in place of %q: %w", m.ID, err)
	}
	err = a.Store.Audit(ctx, engine.AuditEntry{
		At: now, Actor: "system", Action: "message.replaced", Target: string(m.ID),
		Detail: map[string]any{"provider": m.Provider, "channel": string(m.Channel), "by": string(next.ID), "because": string(class)},
	})
	if err != nil {
		return false, fmt.Errorf("noting what stands in for message %q: %w", m.ID, err)
	}
	a.logAbout(ctx, slog.LevelInfo, "message refused after it had been accepted; another one is sent in its place", m)
	return true, nil
}

// inPlace says how long to wait before another message takes the place of one that was
// refused late, and what it says; false when none does.
func (a *Activities) inPlace(m *engine.Message, class channel.Class) (wait time.Duration, content engine.Content, ok bool) {
	most := roundsMost
	if m.Channel == engine.SMS {
		most = roundsSMS
	}
	if m.EnrollmentID == "" || m.Channel == engine.Email || m.Try >= engine.TryResend || m.Round() >= most {
		return 0, engine.Content{}, false
	}
	switch class {
	case channel.RetryLater, channel.Throttle:
		wait = roundFirst
		for range m.Round() {
			wait *= 5
		}
		return a.virtual(wait + spread(string(m.ID), wait/5)), m.Content, true
	case channel.OutOfReach:
		return reachableAfter, m.Content, m.Round() == 0
	case channel.DeferMarketing:
		return deferFor, m.Content, true
	case channel.StopSender, channel.Reauth: // the gate keeps it until the channel works
		return 0, m.Content, true
	case channel.UseTemplate:
		if m.Content.Template == "" && m.Closed != nil {
			return 0, *m.Closed, true
		}
	default: // the person or the message is at fault
	}
	return 0, engine.Content{}, false
}

// meant is a message's step as the plan of its enrollment has it; an error of NotFound
// when that has no such step or route any more.
func (a *Activities) meant(e *engine.Enrollment, m *engine.Message) (*sending, error) {
	plan, node, err := a.step(e.VersionHash, m.StepID)
	if err != nil {
		return nil, err
	}
	s := &sending{a: a, plan: plan}
	if s.routes, s.ask, s.urgent, err = routesOf(node); err != nil {
		return nil, engine.Errorf(engine.NotFound, "step %q sends nothing any more", m.StepID)
	}
	if m.Route < 0 || m.Route >= len(s.routes) {
		return nil, engine.Errorf(engine.NotFound, "step %q has no route %d", m.StepID, m.Route)
	}
	s.route = s.routes[m.Route]
	s.in = SendInput{
		Base:   Base{EnrollmentID: m.EnrollmentID, JourneyID: m.JourneyID, VersionHash: e.VersionHash, ContactID: m.ContactID},
		StepID: m.StepID, Visit: m.Visit, Route: m.Route, Try: m.Try, FirstAt: m.CreatedAt, Deadline: m.NotAfter,
	}
	return s, nil
}

// sendDue sends the messages that are to be sent once more.
func (a *Activities) sendDue(ctx context.Context) error {
	if a.draining.Load() {
		return nil
	}
	due, err := a.Store.DueAgain(ctx, againPerSweep)
	if err != nil {
		return fmt.Errorf("looking for messages to send once more: %w", err)
	}
	var errs []error
	for i := range due {
		err := a.sendAgain(ctx, &due[i])
		if err == nil {
			continue
		}
		errs = append(errs, err)
		if err := a.Store.PutOffAgain(ctx, due[i].ID, a.Clock.Now().Add(a.virtual(time.Minute))); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// sendAgain sends a message by its own row, when the gate says yes: the contact
// may have opted out meanwhile, the hour may be late, the question answered. Its
// step is over, so nobody else does.
func (a *Activities) sendAgain(ctx context.Context, m *engine.Message) error {
	e, err := a.Store.Enrollment(ctx, m.EnrollmentID)
	if isNotFound(err) {
		return a.cancel(ctx, m, "its enrollment is gone")
	}
	if err != nil {
		return fmt.Errorf("reading enrollment %q: %w", m.EnrollmentID, err)
	}
	s, err := a.meant(e, m)
	if isNotFound(err) {
		return a.cancel(ctx, m, "its step is gone")
	}
	if err != nil {
		return err
	}
	s.said, s.repeat, s.before = m, true, m.Before()
	if open, err := a.stillAsked(ctx, s); err != nil || !open {
		if err != nil {
			return err
		}
		return a.cancel(ctx, m, "its question is over")
	}
	result, err := s.round(ctx)
	if err != nil {
		return fmt.Errorf("sending message %q once more: %w", m.ID, err)
	}
	switch result.Status {
	case SendRetry:
		return a.Store.PutOffAgain(ctx, m.ID, a.nextLook(result))
	case SendInactive:
		return a.cancel(ctx, m, "its enrollment ended")
	case SendUndelivered:
		if a.Settled == nil || result.Reason == ReasonCanceled {
			return nil
		}
		return a.Settled(ctx, m.ID)
	}
	return nil
}

// nextLook is when to look again at a message that could not leave yet.
func (a *Activities) nextLook(held SendResult) time.Time {
	if held.Park {
		return a.Clock.Now().Add(a.virtual(againParked))
	}
	if at := a.Clock.Now().Add(a.virtual(againSoonest)); held.RetryAt.Before(at) {
		return at
	}
	return held.RetryAt
}

func (a *Activities) cancel(ctx context.Context, m *engine.Message, why string) error {
	_, err := a.raise(ctx, m.ID, engine.MessageUpdate{Status: engine.Skipped, At: a.Clock.Now(), Reason: ReasonCanceled, ErrorDetail: why})
	return wrap(err, "canceling message %q", m.ID)
}

// stillAsked reports whether a question still waits for its answer; a message
// that asks nothing always may go.
func (a *Activities) stillAsked(ctx context.Context, s *sending) (bool, error) {
	if s.ask == nil {
		return true, nil
	}
	w, err := a.Store.Wait(ctx, engine.WaitIDFor(s.in.EnrollmentID, s.in.StepID, s.in.Visit))
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the wait of step %q: %w", s.in.StepID, err)
	}
	return w.State == engine.WaitOpen, nil
}
