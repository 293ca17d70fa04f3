package activities

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// sender is the integration a message would leave by, its driver and the
// contact's service window there.
type sender struct {
	integration *engine.Integration // nil: none on this channel
	provider    channel.Provider    // nil: its settings make no driver
	limits      channel.Capabilities
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

// sender chooses the integration. Where the service window is open on another
// number of ours than the default one, the conversation stays on that number.
func (s *sending) sender(ctx context.Context, contact *engine.Contact) (sender, error) {
	ch := engine.Channel(s.route.Channel)
	var out sender
	id := engine.IntegrationID("")
	def, err := s.a.Store.DefaultIntegration(ctx, ch)
	switch {
	case isNotFound(err):
	case err != nil:
		return out, fmt.Errorf("reading the %s integration: %w", ch, err)
	default:
		id = def.ID
	}
	if contact != nil && channel.Limits(ch).ServiceWindow {
		w, err := s.a.Store.Window(ctx, contact.ID, ch)
		if err != nil {
			return out, fmt.Errorf("reading the service window: %w", err)
		}
		out.window = w
		out.windowOpen = engine.ServiceWindow{LastInboundAt: w.LastInboundAt}.OpenAt(s.a.Clock.Now())
		if out.windowOpen && w.IntegrationID != "" && w.IntegrationID != id {
			other, err := s.a.Store.Integration(ctx, w.IntegrationID)
			switch {
			case err == nil && other.State == engine.Enabled && other.Channel == ch:
				id = other.ID
			case err == nil || isNotFound(err):
				out.windowOpen = false // per number, and that one cannot send
			default:
				return out, fmt.Errorf("reading integration %q: %w", w.IntegrationID, err)
			}
		}
	}
	out.limits = channel.Limits(ch)
	if id == "" {
		return out, nil
	}
	provider, integration, err := s.a.Channels.For(ctx, id)
	if integration == nil && err != nil {
		return out, fmt.Errorf("opening integration %q: %w", id, err)
	}
	out.integration = integration
	if err != nil {
		s.a.log.Error("integration has unusable settings", "integration_id", id, "cause", cause(err))
		broken := *integration
		if broken.State == engine.Enabled {
			broken.State = engine.NeedsReconnect
		}
		out.integration = &broken
		return out, nil
	}
	out.provider, out.limits = provider, provider.Capabilities()
	return out, nil
}

// facts reads everything the gate looks at, except what depends on the content.
func (s *sending) facts(ctx context.Context, contact *engine.Contact, from sender) (GateFacts, error) {
	now := s.a.Clock.Now()
	f := GateFacts{
		Now: now, FirstAt: s.in.FirstAt, Integration: from.integration, ContactGone: contact == nil,
		Category: s.plan.Category, Urgent: s.urgent, AnswersReply: !s.in.AnswersTo.IsZero(),
		Lists: s.plan.Delivery.Suppress, SendWindow: s.plan.Delivery.SendWindow, Cap: s.plan.Delivery.FrequencyCap, Zones: zones(s.plan, contact),
		NeedsWindow: from.limits.ServiceWindow, WindowOpen: from.windowOpen,
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
	enrollment, err := s.a.Store.Enrollment(ctx, s.in.EnrollmentID)
	if err != nil && !isNotFound(err) {
		return f, fmt.Errorf("reading enrollment %q: %w", s.in.EnrollmentID, err)
	}
	if enrollment != nil && err == nil {
		f.Enrollment = enrollment.Status
	}
	journey, err := s.a.Store.Journey(ctx, s.in.JourneyID)
	if err != nil && !isNotFound(err) {
		return f, fmt.Errorf("reading journey %q: %w", s.in.JourneyID, err)
	}
	f.JourneyPaused = err == nil && journey.Paused
	if s.fixed != nil { // a person's decision outlives the journey
		f.Enrollment, f.JourneyPaused = engine.Active, false
	}
	if contact == nil {
		return f, nil
	}
	return f, s.contactFacts(ctx, contact, &f)
}

func (s *sending) contactFacts(ctx context.Context, contact *engine.Contact, f *GateFacts) error {
	ch := engine.Channel(s.route.Channel)
	f.To = addressFor(contact, ch)
	f.OptIn, f.OptInKnown = contact.OptIn[ch], false
	_, f.OptInKnown = contact.OptIn[ch]
	var err error
	if f.Suppressed, err = s.a.Store.Suppressions(ctx, ch, addressesOn(contact, ch)); err != nil {
		return fmt.Errorf("reading suppressions: %w", err)
	}
	if f.Integration != nil && f.Integration.State == engine.Limited && f.Integration.ResumeAt != nil && !f.Now.Before(*f.Integration.ResumeAt) {
		// The platform's limit has passed: the first message afterwards says so.
		if _, err := s.a.Store.SetIntegrationState(ctx, f.Integration.ID, engine.Enabled, "", nil); err != nil {
			return fmt.Errorf("enabling integration %q: %w", f.Integration.ID, err)
		}
	}
	handoffs, _, err := s.a.Store.Handoffs(ctx, engine.HandoffFilter{ContactID: contact.ID, State: "open", Limit: 10})
	if err != nil {
		return fmt.Errorf("reading hand-offs: %w", err)
	}
	f.WithPeople = slices.ContainsFunc(handoffs, func(h engine.Handoff) bool { return h.EnrollmentID != s.in.EnrollmentID })
	return nil
}

// marketingIf makes a message marketing when its template is: the platform goes
// by the template's category, whatever the journey calls itself.
func (f *GateFacts) marketingIf(category string, used bool) {
	if used && category == "marketing" {
		f.Category = "marketing"
	}
}

// consent reads what depends on the message's category: refused marketing and
// the latest messages of that category.
func (s *sending) consent(ctx context.Context, contact *engine.Contact, f *GateFacts) error {
	if contact == nil {
		return nil
	}
	if f.Category == "marketing" {
		consents, err := s.a.Store.Consents(ctx, contact.ID)
		if err != nil {
			return fmt.Errorf("reading consents: %w", err)
		}
		for _, c := range consents { // newest first: the latest word counts
			if (c.Channel == engine.Channel(s.route.Channel) || c.Channel == "") && (c.Purpose == "marketing" || c.Purpose == "") {
				f.MarketingRefused = !c.Granted
				break
			}
		}
	}
	if f.Cap == nil {
		return nil
	}
	since := f.Now.Add(-f.Cap.Per.Std())
	sends, err := s.a.Store.RecentSends(ctx, contact.ID, s.plan.Category, since)
	if err != nil {
		return fmt.Errorf("reading recent messages: %w", err)
	}
	f.Sends = sends
	return nil
}

// addressKinds are the addresses usable on a channel, best first: WhatsApp's own
// id of the person as the provider wrote it, then the number, then the
// business-scoped id of people without one.
func addressKinds(ch engine.Channel) []engine.AddressKind {
	switch ch {
	case engine.WhatsApp:
		return []engine.AddressKind{engine.WAID, engine.Phone, engine.BSUID}
	case engine.Email:
		return []engine.AddressKind{engine.EmailAddress}
	}
	return []engine.AddressKind{engine.Phone}
}

func addressFor(c *engine.Contact, ch engine.Channel) engine.Address {
	for _, kind := range addressKinds(ch) {
		if v := c.Address(kind); v != "" {
			return engine.Address{Kind: kind, Value: v}
		}
	}
	return engine.Address{}
}

func addressesOn(c *engine.Contact, ch engine.Channel) []engine.Address {
	var list []engine.Address
	for _, a := range c.Addresses {
		if slices.Contains(addressKinds(ch), a.Kind) {
			list = append(list, a)
		}
	}
	return list
}

// limitedFor is how long a sender rests when the platform says stop without
// saying how long.
const limitedFor = time.Hour

func (s *sending) notice(changed bool, id engine.IntegrationID, st engine.IntegrationState) {
	if changed { // once per change, however many messages ran into it
		s.a.log.Log(context.Background(), slog.LevelError, "channel stopped", "integration_id", id, "state", st)
	}
}
