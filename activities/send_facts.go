package activities

import (
	"context"
	"fmt"
	"slices"

	"jornada/activities/channel"
	"jornada/engine"
)

// sender is the integration a message would leave by, its driver and the
// contact's service window there.
type sender struct {
	integration *engine.Integration // nil: none on this channel
	provider    channel.Provider    // nil: its settings make no driver
	limits      channel.Capabilities
	pacing      channel.Pacing
	window      engine.WindowState
	windowOpen  bool
}

func (s sender) id() engine.IntegrationID {
	if s.integration == nil {
		return ""
	}
	return s.integration.ID
}

// lockContact reads the contact under its lock, following a merge; nil when it
// was erased or there never was one.
func (s *sending) lockContact(ctx context.Context) (*engine.Contact, error) {
	if s.in.ContactID == "" {
		return nil, nil
	}
	if err := s.a.Store.LockContact(ctx, s.in.ContactID); err != nil && !isNotFound(err) {
		return nil, fmt.Errorf("locking contact %q: %w", s.in.ContactID, err)
	}
	contact, err := s.a.Store.Contact(ctx, s.in.ContactID)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading contact %q: %w", s.in.ContactID, err)
	}
	if contact.ErasedAt != nil {
		return nil, nil
	}
	if contact.ID != s.in.ContactID {
		if err := s.a.Store.LockContact(ctx, contact.ID); err != nil {
			return nil, fmt.Errorf("locking contact %q: %w", contact.ID, err)
		}
	}
	return contact, nil
}

// gateRecord is read once for the sender and the facts.
func (s *sending) gateRecord(ctx context.Context, contact *engine.Contact) (engine.GateRecord, error) {
	id, ch := s.in.ContactID, engine.Channel(s.route.Channel)
	var addrs []engine.Address
	if contact != nil {
		id, addrs = contact.ID, addressesOn(contact, ch)
	}
	r, err := s.a.Store.GateRecord(ctx, s.in.EnrollmentID, id, ch, addrs, s.a.burst(ch))
	if err != nil {
		return r, fmt.Errorf("reading what the send gate must know: %w", err)
	}
	switch {
	case s.repeat: // the step is over, and the journey may be
		if r.Status == engine.Completed {
			r.Status = engine.Active
		}
	case s.said != nil: // a person's decision outlives the journey
		r.Status, r.JourneyPaused = engine.Active, false
	}
	return r, nil
}

// sender chooses the integration. Where the service window is open on another
// number of ours than the default one, the conversation stays on that number.
func (s *sending) sender(ctx context.Context, contact *engine.Contact, record engine.GateRecord) (sender, error) {
	ch := engine.Channel(s.route.Channel)
	var out sender
	from, err := s.a.Store.DefaultIntegration(ctx, ch)
	if err != nil && !isNotFound(err) {
		return out, fmt.Errorf("reading the %s integration: %w", ch, err)
	}
	if contact != nil && channel.Limits(ch).ServiceWindow {
		w := record.Window
		out.window = w
		out.windowOpen = engine.ServiceWindow{LastInboundAt: w.LastInboundAt}.OpenAt(s.a.Clock.Now())
		if out.windowOpen && w.IntegrationID != "" && (from == nil || w.IntegrationID != from.ID) {
			other, err := s.a.Store.Integration(ctx, w.IntegrationID)
			switch {
			case err == nil && other.State == engine.Enabled && other.Channel == ch:
				from = other
			case err == nil || isNotFound(err): // per number, and that one cannot send
				out.window, out.windowOpen = engine.WindowState{}, false
				if from == nil {
					break
				}
				if out.window, err = s.a.Store.WindowOf(ctx, contact.ID, from.ID, ch); err != nil {
					return out, fmt.Errorf("reading the window of integration %q: %w", from.ID, err)
				}
				out.windowOpen = engine.ServiceWindow{LastInboundAt: out.window.LastInboundAt}.OpenAt(s.a.Clock.Now())
			default:
				return out, fmt.Errorf("reading integration %q: %w", w.IntegrationID, err)
			}
		}
	}
	out.limits = channel.Limits(ch)
	if from == nil {
		return out, nil
	}
	out.integration = from
	provider, err := s.a.Channels.Driver(from)
	if err != nil {
		s.a.log.Error("integration has unusable settings", "integration_id", from.ID, "cause", cause(err))
		out.integration, err = s.a.broken(ctx, from, err)
		return out, err
	}
	out.provider, out.limits = provider, provider.Capabilities()
	out.pacing, err = channel.PacingOf(from, out.limits.Pace)
	return out, err
}

// facts reads everything the gate looks at, except what depends on the content.
func (s *sending) facts(ctx context.Context, contact *engine.Contact, record engine.GateRecord, from sender) (GateFacts, error) {
	now := s.a.Clock.Now()
	f := GateFacts{
		Now: now, FirstAt: s.in.FirstAt, Integration: from.integration, ContactGone: contact == nil,
		Category: s.plan.Category, Urgent: s.urgent, AnswersReply: !s.in.AnswersTo.IsZero(),
		Lists: s.plan.Delivery.Suppress, SendWindow: s.plan.Delivery.SendWindow, Cap: s.plan.Delivery.FrequencyCap, Zones: zones(s.plan, contact),
		NeedsWindow: from.limits.ServiceWindow, WindowOpen: from.windowOpen, WithPeople: contact != nil && record.WithPeople,
		Spread: s.spread(),
	}
	if f.FirstAt.IsZero() {
		f.FirstAt = now
	}
	holdMax := s.plan.Delivery.HoldMax.Std()
	if holdMax <= 0 {
		holdMax = defaultHoldMax
	}
	f.NotAfter = f.FirstAt.Add(holdMax)
	if s.in.Deadline != nil && s.in.Deadline.Before(f.NotAfter) {
		f.NotAfter = *s.in.Deadline
	}
	f.Enrollment, f.JourneyPaused, f.Halted = record.Status, record.JourneyPaused, record.Halted
	if contact == nil {
		return f, nil
	}
	if err := s.pairSends(ctx, contact, record, from, &f); err != nil {
		return f, err
	}
	return f, s.contactFacts(ctx, contact, record, &f)
}

func (s *sending) contactFacts(ctx context.Context, contact *engine.Contact, record engine.GateRecord, f *GateFacts) error {
	ch := engine.Channel(s.route.Channel)
	f.To, f.Leaving = addressFor(contact, ch), record.Leaving
	f.OptIn, f.OptInKnown = contact.OptIn[ch]
	f.WroteFirst = ch.Medium().WritesFirst
	if !record.Suppressed {
		return nil
	}
	var err error
	if f.Suppressed, err = s.a.Store.Suppressions(ctx, ch, addressesOn(contact, ch)); err != nil {
		return fmt.Errorf("reading suppressions: %w", err)
	}
	outOfReach := func(sp engine.Suppression) bool { return sp.Reason == engine.SuppressedUnreachable }
	if !slices.ContainsFunc(f.Suppressed, outOfReach) {
		return nil
	}
	// Of several numbers only the one that would be written to matters.
	here, err := s.a.Store.Suppressions(ctx, ch, []engine.Address{f.To})
	if err != nil {
		return fmt.Errorf("reading suppressions: %w", err)
	}
	f.Suppressed = slices.DeleteFunc(f.Suppressed, outOfReach)
	for _, sp := range here {
		if outOfReach(sp) {
			f.Suppressed = append(f.Suppressed, sp)
		}
	}
	return nil
}

// marketingIf makes a message marketing when its template is: the platform goes
// by the template's category, whatever the journey calls itself.
func (f *GateFacts) marketingIf(category string, used bool) {
	if used && category == "marketing" {
		f.Category = "marketing"
	}
}

// consent reads what depends on the message's category: whether the contact
// excludes it, and the latest messages of that category.
func (s *sending) consent(ctx context.Context, contact *engine.Contact, f *GateFacts) error {
	if contact == nil {
		return nil
	}
	f.Refused = contact.Refuses(engine.Channel(s.route.Channel), f.Category)
	if f.Cap == nil {
		return nil
	}
	since := f.Now.Add(-f.Cap.Per.Std())
	sends, err := s.a.Store.RecentSends(ctx, contact.ID, f.Category, since)
	if err != nil {
		return fmt.Errorf("reading recent messages: %w", err)
	}
	f.Sends = sends
	return nil
}

func addressFor(c *engine.Contact, ch engine.Channel) engine.Address {
	for _, kind := range ch.AddressKinds() {
		if v := c.Address(kind); v != "" {
			return engine.Address{Kind: kind, Value: v}
		}
	}
	return engine.Address{}
}

func addressesOn(c *engine.Contact, ch engine.Channel) []engine.Address {
	var list []engine.Address
	for _, a := range c.Addresses {
		if ch.Reaches(a) {
			list = append(list, a)
		}
	}
	return list
}
