package engine

import "time"

// EventKind is what came in.
type EventKind string

// The kinds of inbound event. The first two come from channels, the third from
// the clinic's systems and from `emit`; the rest are news about the account.
const (
	InboundMessage      EventKind = "message"
	StatusUpdate        EventKind = "status"
	BusinessEvent       EventKind = "event"
	MarketingPreference EventKind = "marketing_preference"
	TemplateStatus      EventKind = "template_status"
	TemplateCategory    EventKind = "template_category"
	TemplateQuality     EventKind = "template_quality"
	NumberChanged       EventKind = "number_changed"
	IdentityChanged     EventKind = "identity_changed"
	Capability          EventKind = "capability"
	ChannelError        EventKind = "channel_error"
	Bounce              EventKind = "bounce"
	Complaint           EventKind = "complaint"
	Unsubscribe         EventKind = "unsubscribe"
	OtherEvent          EventKind = "other"
)

// InboundEvent is one thing that happened outside, in our words. Key makes it
// unique per integration (or per workspace for business events): the same key
// twice has no second effect. Raw keeps what we did not understand.
type InboundEvent struct {
	ID            EventID
	Key           string
	Kind          EventKind
	IntegrationID IntegrationID
	Channel       Channel
	OccurredAt    time.Time // zero: now
	ReceivedAt    time.Time
	From          []Address // of a message: every address the provider told us
	ProfileName   string
	ContactID     ContactID // when known beforehand (API, simulated phone)

	Message *IncomingMessage
	Status  *IncomingStatus
	Name    string         // of a business event: "appointment.scheduled"
	Data    map[string]any // of a business event, coerced to its type; of news about the account, its facts as text (template "name", "event", "old_phone", …); of a ChannelError, "state" is the IntegrationState it puts the channel into, and "title" says why
	Raw     []byte         // of the other kinds, JSON

	// Party is whose event it is, where that is known from the event alone: what
	// one party sends may not keep everybody else's waiting. The store fills it.
	Party string `json:"-"`

	// LeaseUntil, set before the event is stored, keeps others from claiming it:
	// the process that took it in works it off itself after the commit.
	LeaseUntil *time.Time `json:"-"`
}

// Withdraws says whether the event may be a person's wish to be left alone: from the
// moment it is stored nothing goes to them until it is worked off, which decides
// whether it was one.
func (ev *InboundEvent) Withdraws() bool {
	switch ev.Kind {
	case InboundMessage:
		return ev.Message != nil && OptOutKeyword(ev.Message.Text) == KeywordStop
	case MarketingPreference, Unsubscribe, Complaint:
		return true
	}
	return false
}

// IncomingMessage is what a person sent.
type IncomingMessage struct {
	ProviderID      string
	Account         string // the provider's id of our number
	Type            string // text, button, interactive, image, …
	InteractiveType string
	Text            string         // what a human reads
	ReplyPayload    string         // the machine id of a tapped button or row
	ReplyData       map[string]any // of a form
	ContextID       string         // provider id of the message it answers
	Media           *MediaLink
	MediaID         string
	MediaType       string // MIME type the provider names, "image/jpeg"
	OriginalID      string // of an edit or a deletion: provider id of the message it changes
	Location        map[string]any
	ReactionEmoji   *string
	ReactionTo      string
	Referral        map[string]any
	GroupID         string
	ErrorCodes      []string
	OpensWindow     bool
}

// CanAnswer says whether the message is something a person said, which may
// answer a question. A reaction, an edit, a deletion or a notice of the
// platform says nothing new.
func (m *IncomingMessage) CanAnswer() bool {
	switch m.Type {
	case "reaction", "edit", "revoke", "system", "unsupported", "request_welcome", "call":
		return false
	}
	return true
}

// IncomingStatus is news about a message of ours.
type IncomingStatus struct {
	ProviderID     string
	UpToThen       bool   // of every message to Recipient that had left when this occurred, and of no single one
	Ref            string // our reference, echoed by the provider
	Status         MessageStatus
	Played         bool
	ErrorCodes     []string
	ErrorDetail    string
	Recipient      []Address
	Pricing        map[string]any
	ConversationID string
}
