package activities

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/engine"
)

// decide runs inside the transaction: facts, content, gate, row, claim.
func (s *sending) decide(ctx context.Context) (SendResult, *claimed, error) {
	contact, err := s.lockContact(ctx)
	if err != nil {
		return SendResult{}, nil, err
	}
	record, err := s.gateRecord(ctx, contact)
	if err != nil {
		return SendResult{}, nil, err
	}
	sender, err := s.sender(ctx, contact, record)
	if err != nil {
		return SendResult{}, nil, err
	}
	facts, err := s.facts(ctx, contact, record, sender)
	if err != nil {
		return SendResult{}, nil, err
	}
	row := s.row(contact, sender, facts)
	content, problem := s.content(contact, sender)
	if err := s.templateFacts(ctx, sender, &content, &facts); err != nil {
		return SendResult{}, nil, err
	}
	if facts.Pointless, err = s.aim(ctx, contact, sender, &content.main); err != nil {
		return SendResult{}, nil, err
	}
	row.Content = content.main
	if content.closed != nil {
		facts.marketingIf(content.closed.Category, facts.FreeForm && facts.NeedsWindow && !facts.WindowOpen)
	}
	facts.marketingIf(content.main.Category, content.main.Template != "")
	row.Category = facts.Category // what the frequency cap counts
	if err := s.consent(ctx, contact, &facts); err != nil {
		return SendResult{}, nil, err
	}

	d := Decide(facts)
	if d.Verdict == VerdictSend && !facts.mayProbe() && problem == nil {
		if d, err = s.paced(ctx, d, facts, sender, row); err != nil {
			return SendResult{}, nil, err
		}
	}
	s.held = d.Held
	probe := false
	if d.Verdict == VerdictSend && facts.mayProbe() && problem == nil {
		if probe, err = s.probe(ctx, facts); err != nil {
			return SendResult{}, nil, err
		}
		if !probe { // another message tries it
			d = facts.wait(VerdictPark, facts.NotAfter, ReasonExpired, "the channel is limited by the platform")
		}
	}
	if problem != nil && (d.Verdict == VerdictSend || d.Verdict == VerdictHold) {
		d = skip(ReasonFailed, problem.Error())
	}
	if arrived, err := s.arrived(ctx); err != nil {
		return SendResult{}, nil, err
	} else if arrived && d.Verdict != VerdictInactive {
		d = skip(ReasonCanceled, "the message that it stands in for has arrived after all")
	}
	switch {
	case d.Verdict == VerdictSend && d.UseClosed:
		row.Content = *content.closed
	case row.Content.Template == "":
		row.Closed = content.closed
	}
	switch d.Verdict {
	case VerdictSkip:
		row.Status, row.Reason, row.ErrorDetail = engine.Skipped, d.Reason, d.Detail
	case VerdictHold:
		row.HoldUntil = &d.RetryAt
	case VerdictPark:
		if d.Held != "" {
			row.HoldUntil = &d.RetryAt
		}
		if facts.waitsForChannel(d) {
			row.ParkedAt = &facts.Now
		}
	case VerdictInactive:
		return s.inactive(ctx)
	case VerdictSend:
		row.Status, row.AttemptToken, row.Attempts = engine.Sending, s.a.Calls.Token(engine.NewID("try")), 1
	}
	if d.Held != "" {
		row.Reason, row.ErrorDetail = d.Held, d.Detail
	}
	existing, err := s.a.Store.InsertMessage(ctx, row)
	if err != nil {
		return SendResult{}, nil, fmt.Errorf("recording the intent: %w", err)
	}
	if existing != nil {
		if result, done, err := s.found(ctx, existing, d, facts, sender); done || err != nil {
			return result, nil, err
		}
		if existing.Content.Template != "" && row.Content.Template == "" && content.closed != nil {
			// It was called with the template before: the provider may know better
			// than we that the window is closed.
			row.Content, row.Closed = *content.closed, nil
		}
		row = merge(existing, row)
	}
	if facts.waitsForChannel(d) || d.Held == engine.HeldByTier {
		// The channel is down, or may reach nobody else today. With another route left it gets as long as a message
		// that is not delivered; the last route waits until it is too late.
		if until := s.routeEnds(row); !until.IsZero() && !facts.Now.Before(until) {
			d = skip(ReasonFailed, d.Detail+", and the step has another route")
		} else if !until.IsZero() && d.RetryAt.After(until) {
			d.RetryAt = until
		}
	}
	link, err := s.unsubscribeURL(ctx, row)
	if err != nil {
		return SendResult{}, nil, err
	}
	token, err := s.returnToken(ctx, row)
	if err != nil {
		return SendResult{}, nil, err
	}
	return s.apply(ctx, row, existing != nil, d, claimed{
		provider: sender.provider, integration: sender.integration, probe: probe, perSecond: sender.pacing.PerSecond, closed: content.closed, notAfter: facts.NotAfter,
		wroteAt: record.Window.LastInboundAt, returnToken: token, name: contactName(contact), locale: localeOf(s.plan, contact), phone: row.To.Kind == engine.Phone, unsubscribe: link,
	})
}

// arrived reports whether the message that this one stands in for was delivered, whatever
// its provider had said before.
func (s *sending) arrived(ctx context.Context) (bool, error) {
	if s.before == "" {
		return false, nil
	}
	m, err := s.a.Store.Message(ctx, s.before)
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading message %q: %w", s.before, err)
	}
	return m.Status.Rank() >= engine.Delivered.Rank(), nil
}

// unsubscribeURL is the page on which the contact takes the permission for
// marketing e-mail back; "" for everything else.
func (s *sending) unsubscribeURL(ctx context.Context, m *engine.Message) (string, error) {
	if m.Channel != engine.Email || !strings.EqualFold(m.Content.Category, purposeMarketing) || s.a.PublicURL == "" || s.a.UnsubscribeKeys == nil {
		return "", nil
	}
	keys, err := s.a.UnsubscribeKeys(ctx)
	if err != nil {
		return "", fmt.Errorf("reading the key of unsubscribe links: %w", err)
	}
	token := keys.Token(engine.Withdrawal{ContactID: m.ContactID, Channel: m.Channel, Purpose: purposeMarketing})
	if token == "" {
		return "", nil
	}
	return strings.TrimRight(s.a.PublicURL, "/") + "/u/" + token, nil
}

// returnToken names an e-mail in the addresses that it comes back to; "" for
// every other channel.
func (s *sending) returnToken(ctx context.Context, m *engine.Message) (string, error) {
	if m.Channel != engine.Email || s.a.MailKeys == nil {
		return "", nil
	}
	keys, err := s.a.MailKeys(ctx)
	if err != nil {
		return "", fmt.Errorf("reading the key of e-mail addresses: %w", err)
	}
	return keys.Token(m.ID), nil
}

// apply does what the gate decided to the row.
func (s *sending) apply(ctx context.Context, m *engine.Message, known bool, d Decision, c claimed) (SendResult, *claimed, error) {
	result := SendResult{MessageID: m.ID, Channel: m.Channel, At: s.a.Clock.Now()}
	if d.Verdict == VerdictSkip {
		result.Status, result.Reason = SendUndelivered, d.Reason
		if !known {
			return result, nil, nil
		}
		_, err := s.a.Store.RaiseStatus(ctx, m.ID, engine.MessageUpdate{
			Status: engine.Skipped, At: result.At, Reason: d.Reason, ErrorDetail: d.Detail,
		})
		return result, nil, wrap(err, "skipping message %q", m.ID)
	}
	if known {
		if err := s.a.Store.UpdateQueued(ctx, m); err != nil {
			return result, nil, fmt.Errorf("updating message %q: %w", m.ID, err)
		}
	}
	if d.Verdict != VerdictSend {
		result.Status, result.Reason, result.RetryAt, result.Park = SendRetry, d.Reason, d.RetryAt, d.Verdict == VerdictPark
		return result, nil, nil
	}
	if s.ask != nil {
		// A reply cannot come too early: the wait is there before the call. Nor can
		// an old message answer a question that was never asked: not before the claim.
		err := s.a.openWait(ctx, OpenWaitInput{
			Base: s.in.Base, StepID: s.in.StepID, Visit: s.in.Visit, Channels: s.channels(), Deadline: s.in.Deadline,
		}, m.ContactID)
		if err != nil {
			return result, nil, err
		}
	}
	c.message, c.token = m, m.AttemptToken
	if !known {
		return result, &c, nil // claimed as it was inserted
	}
	c.token = s.a.Calls.Token(engine.NewID("try"))
	won, err := s.a.Store.ClaimMessage(ctx, m.ID, c.token)
	if err != nil {
		return result, nil, fmt.Errorf("claiming message %q: %w", m.ID, err)
	}
	if !won {
		result.Status, result.RetryAt = SendRetry, result.At.Add(s.a.virtual(firstLook))
		return result, nil, nil
	}
	m.Attempts++
	return result, &c, nil
}

// found acts on a row that was there before. done is false for a queued row that
// may go on.
func (s *sending) found(ctx context.Context, m *engine.Message, d Decision, f GateFacts, sender sender) (SendResult, bool, error) {
	result := SendResult{MessageID: m.ID, Channel: m.Channel, At: f.Now}
	switch m.Status {
	case engine.Accepted, engine.Sent, engine.Delivered, engine.Read:
		result.Status = SendAccepted
		if m.AcceptedAt != nil {
			result.At = *m.AcceptedAt
		}
		return result, true, nil
	case engine.Failed, engine.Skipped:
		result.Status, result.Reason = SendUndelivered, m.Reason
		if m.Reason == ReasonCanceled {
			result.Status = SendInactive
		}
		return result, true, nil
	case engine.Unconfirmed:
		result.Status = SendUnconfirmed
		return result, true, nil
	case engine.Sending:
		return s.inDoubt(ctx, m, f, sender, result)
	}
	if d.Verdict == VerdictSend && m.HoldUntil != nil && m.HoldUntil.After(f.Now) && !isHold(m.Reason) {
		// The provider asked for patience, or we decided on it: time ends that, not
		// another look.
		result.Status, result.RetryAt = SendRetry, *m.HoldUntil
		return result, true, nil
	}
	return result, false, nil
}

// How long a `sending` row is taken for a live attempt: two looks, then doubt.
const (
	firstLook    = 3 * time.Second
	attemptGrace = 15 * time.Second // beyond SendTimeout
)

// inDoubt is a row claimed by another attempt, alive or dead.
func (s *sending) inDoubt(ctx context.Context, m *engine.Message, f GateFacts, sender sender, result SendResult) (SendResult, bool, error) {
	claimedAt := m.UpdatedAt
	if claimedAt.IsZero() {
		claimedAt = m.CreatedAt
	}
	if resendOnDoubt { // never, but in the torture suite's mutant
		result.Status, result.RetryAt = SendRetry, f.Now
		won, err := s.a.Store.FinishMessage(ctx, m.ID, m.AttemptToken, engine.MessageUpdate{Status: engine.Queued, At: f.Now})
		return result, !won, wrap(err, "requeuing message %q", m.ID)
	}
	if s.a.Calls.NeverCalled(m.AttemptToken, string(m.ID)) {
		won, err := s.a.Store.FinishMessage(ctx, m.ID, m.AttemptToken, engine.MessageUpdate{Status: engine.Queued, At: f.Now, Uncounted: true, ErrorDetail: diedBefore})
		if err != nil || won {
			return result, err != nil, wrap(err, "giving back message %q", m.ID)
		}
	}
	for _, look := range []time.Duration{firstLook, s.a.SendTimeout + attemptGrace} {
		if claimedAt.After(s.a.Clock.Ago(look)) {
			at := claimedAt.Add(s.a.virtual(look))
			if !at.After(f.Now) || at.After(f.Now.Add(s.a.virtual(look))) {
				at = f.Now.Add(s.a.virtual(firstLook)) // the clock was moved while the call was out
			}
			result.Status, result.RetryAt = SendRetry, at
			return result, true, nil
		}
	}
	if _, ok := sender.provider.(channel.Finder); ok && m.IntegrationID == sender.id() {
		result.Status = SendUnconfirmed // the sweeper asks the provider
		return result, true, nil
	}
	if sender.provider != nil && sender.limits.Idempotency == channel.HonorsKey && m.IntegrationID == sender.id() {
		// The same key again is no second message: back in the queue, once.
		won, err := s.a.Store.FinishMessage(ctx, m.ID, m.AttemptToken, engine.MessageUpdate{Status: engine.Queued, At: f.Now})
		if err != nil {
			return result, true, fmt.Errorf("requeuing message %q: %w", m.ID, err)
		}
		if won {
			return result, false, nil
		}
	}
	_, err := s.a.Store.FinishMessage(ctx, m.ID, m.AttemptToken, engine.MessageUpdate{
		Status: engine.Unconfirmed, At: f.Now, ErrorDetail: "the attempt ended before its outcome was known",
	})
	result.Status = SendUnconfirmed
	s.log(slog.LevelWarn, "message unconfirmed", result, nil)
	return result, true, wrap(err, "flagging message %q", m.ID)
}

// inactive ends a message nobody wants any more.
func (s *sending) inactive(ctx context.Context) (SendResult, *claimed, error) {
	result := SendResult{Status: SendInactive, At: s.a.Clock.Now()}
	return result, nil, s.a.cancelQueued(ctx, s.in.EnrollmentID, ReasonCanceled, false)
}

func (s *sending) channels() []engine.Channel {
	var list []engine.Channel
	seen := map[string]bool{}
	for _, r := range s.routes {
		if !seen[r.Channel] {
			seen[r.Channel] = true
			list = append(list, engine.Channel(r.Channel))
		}
	}
	return list
}

// row is the message as it would be queued now.
func (s *sending) row(contact *engine.Contact, sender sender, f GateFacts) *engine.Message {
	m := &engine.Message{
		ID:           engine.MessageIDFor(s.in.EnrollmentID, s.in.StepID, s.in.Visit, s.in.Route, s.in.Try),
		EnrollmentID: s.in.EnrollmentID, JourneyID: s.in.JourneyID,
		StepID: s.in.StepID, Visit: s.in.Visit, Route: s.in.Route, Try: s.in.Try,
		ContactID: s.in.ContactID, Channel: engine.Channel(s.route.Channel), To: f.To,
		Category: s.plan.Category, Status: engine.Queued, CreatedAt: f.Now, UpdatedAt: f.Now,
		// A question is told of a late failure, and a fallback needs `delivered`.
		Notify: s.ask != nil || s.in.Route < len(s.routes)-1,
	}
	if contact != nil {
		m.ContactID = contact.ID
	}
	if sender.integration != nil {
		m.IntegrationID, m.Provider = sender.integration.ID, sender.integration.Provider
	}
	if !f.NotAfter.IsZero() {
		notAfter := f.NotAfter
		m.NotAfter = &notAfter
	}
	return m
}

// defaultWithin is how long a route that is not the last is waited for when the
// author does not say.
const defaultWithin = 15 * time.Minute

// routeEnds is when to give up a route whose channel is down; zero for the last
// one, which only ends when the message makes no sense any more.
func (s *sending) routeEnds(m *engine.Message) time.Time {
	if s.in.Route >= len(s.routes)-1 {
		return time.Time{}
	}
	within := s.route.Within.Std()
	if within <= 0 {
		within = defaultWithin
	}
	return m.CreatedAt.Add(within)
}

// merge keeps the identity and history of a queued row and takes what would be
// sent now.
func merge(old, now *engine.Message) *engine.Message {
	m := *old
	m.ContactID, m.IntegrationID, m.Provider, m.To = now.ContactID, now.IntegrationID, now.Provider, now.To
	m.Content, m.Closed, m.HoldUntil, m.ParkedAt, m.NotAfter = now.Content, now.Closed, now.HoldUntil, now.ParkedAt, now.NotAfter
	if isHold(now.Reason) || isHold(old.Reason) {
		m.Reason, m.ErrorDetail = now.Reason, now.ErrorDetail
	}
	return &m
}

func (s *sending) content(contact *engine.Contact, sender sender) (resolved, error) {
	if s.said != nil {
		return resolved{main: s.said.Content, closed: s.said.Closed}, nil
	}
	r := resolver{
		plan: s.plan, limits: sender.limits, channel: engine.Channel(s.route.Channel),
		enrollment: s.in.EnrollmentID, step: s.in.StepID, visit: s.in.Visit,
		scope: s.a.scope(s.plan, s.in.Base, contact, map[engine.Channel]engine.WindowState{sender.window.Channel: sender.window}),
	}
	if contact != nil {
		r.language = contact.Locale
	}
	var out resolved
	var err error
	if s.in.Try > 0 && s.ask != nil {
		out, err = r.reprompt(s.route.Message, s.ask)
	} else {
		out, err = r.resolve(s.route.Message, s.ask)
	}
	return out, err
}

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// localeOf is the language of what a driver adds: the contact's, else the journey's.
func localeOf(plan *dsl.Plan, contact *engine.Contact) string {
	if contact != nil && contact.Locale != "" {
		return contact.Locale
	}
	return plan.Locale
}

func contactName(c *engine.Contact) string {
	if c == nil {
		return ""
	}
	for _, k := range []string{"name", "first_name"} {
		if v, ok := c.Attributes[k].(string); ok && v != "" {
			return v
		}
	}
	return ""
}

// zones are the zones whose hours hold the message: the journey's, or with
// `clock: contact` the contact's own, else all that its phone number's area may
// mean, else the journey's.
func zones(plan *dsl.Plan, contact *engine.Contact) []*time.Location {
	if plan.Clock == "contact" && contact != nil {
		names := []string{contact.Timezone}
		if contact.Timezone == "" {
			names = nil
			if phone := contact.Address(engine.Phone); phone != "" {
				names = engine.PhoneZones(phone)
			} else if id := contact.Address(engine.WAID); id != "" {
				names = engine.PhoneZones(id)
			}
		}
		var list []*time.Location
		for _, name := range names {
			if z, err := engine.Zone(name); err == nil {
				list = append(list, z)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return []*time.Location{engine.ZoneOr(plan.Timezone)}
}
