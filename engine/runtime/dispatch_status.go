package runtime

import (
	"context"
	"fmt"

	"jornada/activities/channel"
	"jornada/engine"
	"jornada/workflows"
)

// handleStatus applies news about a message of ours. Statuses come repeated, in
// any order and sometimes before our own call returned: the message's row and
// reference exist before the call, and a status only ever raises its rank.
func (r *Runtime) handleStatus(ctx context.Context, ev *engine.InboundEvent) (string, error) {
	s := ev.Status
	if s == nil {
		return resultIgnored + " (a status event without a status)", nil
	}
	if s.UpToThen {
		return r.raiseUpTo(ctx, ev)
	}
	m, err := r.reportedMessage(ctx, ev)
	if err != nil {
		return "", err
	}
	if m == nil {
		return r.bury(ctx, ev)
	}
	if m.ContactID != "" {
		if err := r.Store.LockContact(ctx, m.ContactID); err != nil && !isCode(err, engine.NotFound) {
			return "", fmt.Errorf("locking contact %q: %w", m.ContactID, err)
		}
		if m, err = r.Store.Message(ctx, m.ID); err != nil {
			return "", fmt.Errorf("reading message %s again: %w", m.ID, err)
		}
	}
	u := engine.MessageUpdate{
		Status: s.Status, At: ev.OccurredAt, ProviderID: s.ProviderID,
		ErrorDetail: s.ErrorDetail, Pricing: s.Pricing,
	}
	var class channel.Class
	if len(s.ErrorCodes) > 0 {
		u.ErrorCode = s.ErrorCodes[0]
	}
	if s.Status == engine.Failed {
		for _, code := range s.ErrorCodes {
			if class = r.Classify(ctx, ev.IntegrationID, code); class != "" {
				u.ErrorCode = code
				break
			}
		}
		u.Reason = reasonOf(class)
	}
	was := m.Status
	raised, err := r.apply(ctx, m, u)
	if err != nil {
		return "", err
	}
	replaced := false
	if raised {
		if replaced, err = r.inPlace(ctx, m, u, class); err != nil {
			return "", err
		}
		if !replaced {
			err = r.pass(ctx, m, was, u)
		}
		if err != nil {
			return "", err
		}
	}
	if s.Status == engine.Failed {
		if err := r.heedRefusal(ctx, ev, m, class, raised); err != nil {
			return "", err
		}
	}
	switch {
	case !raised:
		return resultStale, nil
	case replaced:
		return resultApplied + " (another message takes its place)", nil
	}
	return resultApplied, nil
}

// inPlace has another message take the place of one that was refused late.
func (r *Runtime) inPlace(ctx context.Context, m *engine.Message, u engine.MessageUpdate, class channel.Class) (bool, error) {
	if u.Status != engine.Failed || r.InPlace == nil {
		return false, nil
	}
	return r.InPlace(ctx, m, class)
}

// raiseUpTo applies news of all that was sent to somebody until a moment: Messenger and
// Instagram say no more of what was read.
func (r *Runtime) raiseUpTo(ctx context.Context, ev *engine.InboundEvent) (string, error) {
	known := *ev
	known.From = ev.Status.Recipient
	contact, err := r.knownContact(ctx, &known)
	if err != nil {
		return "", err
	}
	if contact == nil {
		return resultUnknown, nil
	}
	list, err := r.Store.SentUpTo(ctx, contact.ID, ev.IntegrationID, ev.OccurredAt)
	if err != nil {
		return "", fmt.Errorf("listing what was sent to contact %q: %w", contact.ID, err)
	}
	raised := 0
	for i := range list {
		news, err := r.raise(ctx, &list[i], engine.MessageUpdate{Status: ev.Status.Status, At: ev.OccurredAt})
		if err != nil {
			return "", err
		}
		if news {
			raised++
		}
	}
	if raised == 0 {
		return resultStale, nil
	}
	return fmt.Sprintf("%s to %d messages", resultApplied, raised), nil
}

// reportedMessage finds the message by our reference, else by the provider's
// id. A reference of another integration's message is not believed.
func (r *Runtime) reportedMessage(ctx context.Context, ev *engine.InboundEvent) (*engine.Message, error) {
	mine := func(m *engine.Message, err error) (*engine.Message, error) {
		switch {
		case isCode(err, engine.NotFound):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("finding the message of a status: %w", err)
		case m == nil || m.IntegrationID != "" && ev.IntegrationID != "" && m.IntegrationID != ev.IntegrationID:
			return nil, nil
		}
		return m, nil
	}
	if ev.Status.Ref != "" {
		if m, err := mine(r.Store.Message(ctx, engine.MessageID(ev.Status.Ref))); m != nil || err != nil {
			return m, err
		}
	}
	if ev.Status.ProviderID == "" {
		return nil, nil
	}
	return mine(r.Store.MessageByProviderID(ctx, ev.IntegrationID, ev.Status.ProviderID))
}

// raise applies an update by rank and tells the enrollment when it waits for
// this message.
func (r *Runtime) raise(ctx context.Context, m *engine.Message, u engine.MessageUpdate) (bool, error) {
	was := m.Status
	raised, err := r.apply(ctx, m, u)
	if err != nil || !raised {
		return false, err
	}
	return true, r.pass(ctx, m, was, u)
}

// apply applies an update by rank.
func (r *Runtime) apply(ctx context.Context, m *engine.Message, u engine.MessageUpdate) (bool, error) {
	if u.Status.Rank() < 0 {
		return false, nil
	}
	if m.ProviderID != "" { // the first one stays, so there is none to look for or store
		u.ProviderID = ""
	}
	if r.Costs != nil {
		u.Cost = r.Costs.Cost(ctx, m, u)
	}
	raised, err := r.Store.RaiseStatus(ctx, m.ID, u)
	if err != nil {
		return false, fmt.Errorf("raising message %s to %s: %w", m.ID, u.Status, err)
	}
	if !raised {
		return false, nil
	}
	r.Metrics.statuses.WithLabelValues(string(u.Status)).Inc()
	m.Status = u.Status
	return true, nil
}

// pass tells the enrollment news of a message that it waits for, or of one that stands in
// for that.
func (r *Runtime) pass(ctx context.Context, m *engine.Message, was engine.MessageStatus, u engine.MessageUpdate) error {
	if !m.Notify || m.EnrollmentID == "" {
		return nil
	}
	news := u.Status
	switch news {
	case engine.Read, engine.Delivered:
		if was.Rank() >= engine.Delivered.Rank() {
			return nil // delivered was told already
		}
		news = engine.Delivered
		if waits, err := r.waitsForDelivery(ctx, m); err != nil || !waits {
			return err
		}
	case engine.Failed:
	default:
		return nil
	}
	keyID, err := r.keyOf(ctx, m.ContactID)
	if err != nil {
		return err
	}
	return r.tell(ctx, keyID, m.EnrollmentID, m.ContactID, workflows.Signal{
		ID: fmt.Sprintf("status/%s/%s", m.ID, news), Kind: workflows.SignalStatus, At: u.At,
		StepID: m.StepID, Visit: m.Visit, Channel: m.Channel, Message: m.Awaited(), Status: string(news), Reason: u.Reason,
	})
}

// Settled tells an enrollment of a message that the activities gave up after its step had
// gone on: to the step that is a failure, whoever said no.
func (r *Runtime) Settled(ctx context.Context, id engine.MessageID) error {
	return r.inTx(ctx, func(ctx context.Context) error {
		m, err := r.Store.Message(ctx, id)
		if err != nil {
			return fmt.Errorf("reading message %s: %w", id, err)
		}
		if m.Status != engine.Failed && m.Status != engine.Skipped {
			return nil
		}
		return r.pass(ctx, m, engine.Queued, engine.MessageUpdate{Status: engine.Failed, At: m.UpdatedAt, Reason: m.Reason})
	})
}

// Raise applies news of a message that the activities found out for themselves,
// and tells its enrollment when that waits for it.
func (r *Runtime) Raise(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) (raised bool, err error) {
	err = r.inTx(ctx, func(ctx context.Context) error {
		m, err := r.Store.Message(ctx, id)
		if err != nil {
			return err
		}
		raised, err = r.raise(ctx, m, u)
		return err
	})
	return raised && err == nil, err
}

// waitsForDelivery reports whether the step of a message has another route to
// turn to when this one is not delivered. The last route is done when it was
// accepted: telling it more would cost a workflow task and change nothing.
func (r *Runtime) waitsForDelivery(ctx context.Context, m *engine.Message) (bool, error) {
	e, err := r.Store.Enrollment(ctx, m.EnrollmentID)
	if isCode(err, engine.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading enrollment %s: %w", m.EnrollmentID, err)
	}
	plan, err := r.Plans.load(ctx, e.VersionHash)
	if err != nil {
		return false, err
	}
	node := plan.Nodes[m.StepID]
	switch {
	case node == nil:
		return true, nil
	case node.Ask != nil:
		return m.Route < len(node.Ask.Routes)-1, nil
	case node.Send != nil:
		return m.Route < len(node.Send.Routes)-1, nil
	}
	return true, nil
}

// reasonOf is the reason of `undelivered` that authors branch on.
func reasonOf(c channel.Class) string {
	switch c {
	case channel.SwitchChannel, channel.OutOfReach:
		return "unreachable"
	case channel.Suppress, channel.SuppressMarketing:
		return reasonOptedOut
	case channel.DeferMarketing:
		return "capped"
	case channel.UseTemplate:
		return "window_closed"
	}
	return "failed"
}

// heedUnreachable remembers for some weeks that WhatsApp does not reach a person: it
// says so of who has no account, an old app or terms not accepted, and asking again
// only counts against the number.
func (r *Runtime) heedUnreachable(ctx context.Context, ev *engine.InboundEvent, m *engine.Message) error {
	if m.Channel != engine.WhatsApp || m.To.Value == "" {
		return nil
	}
	err := r.Store.Suppress(ctx, engine.Suppression{Channel: m.Channel, Address: m.To, Reason: engine.SuppressedUnreachable, At: ev.OccurredAt})
	if err != nil {
		return fmt.Errorf("remembering who cannot be reached: %w", err)
	}
	return nil
}

// heedRefusal writes down what a refusal says about the person, who opted out at the
// provider and is not asked again by us, about the sender, who was too fast, or about
// the template.
func (r *Runtime) heedRefusal(ctx context.Context, ev *engine.InboundEvent, m *engine.Message, class channel.Class, news bool) error {
	var purpose string
	switch class {
	case channel.Suppress:
	case channel.SuppressMarketing:
		purpose = purposeMarketing
	case channel.Throttle:
		return r.heedPace(ctx, ev, m)
	case channel.FixTemplate:
		return r.TemplateRefused(ctx, m, ev.Status.ErrorCodes[0], ev.Status.ErrorDetail)
	case channel.StopSender:
		return r.heedStop(ctx, m, engine.Limited, fmt.Sprintf("a message was refused after it had been accepted (code %s)", ev.Status.ErrorCodes[0]))
	case channel.Reauth:
		return r.heedStop(ctx, m, engine.NeedsReconnect, fmt.Sprintf("a message was refused for its credentials after it had been accepted (code %s)", ev.Status.ErrorCodes[0]))
	case channel.SwitchChannel:
		if !news { // after a delivery it is a note
			return nil
		}
		return r.heedUnreachable(ctx, ev, m)
	default:
		return nil
	}
	if m.ContactID == "" {
		return nil
	}
	c, err := r.Store.Contact(ctx, m.ContactID)
	if isCode(err, engine.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading contact %q: %w", m.ContactID, err)
	}
	return r.optOut(ctx, c, m.Channel, purpose, permissionChange{
		source: "provider", evidence: fmt.Sprintf("message %s was refused with code %s", m.ID, ev.Status.ErrorCodes[0]),
		reason: reasonOptedOut, id: string(ev.ID), at: ev.OccurredAt,
	}, m.To)
}
