package api

import (
	"context"
	"time"

	"jornada/engine"
)

type contactStore interface {
	Contact(ctx context.Context, id engine.ContactID) (*engine.Contact, error)
	PutContact(ctx context.Context, c *engine.Contact) (created bool, err error)
	ContactByAddress(ctx context.Context, addrs []engine.Address) (*engine.Contact, error)
	Contacts(ctx context.Context, f engine.ContactFilter) ([]engine.Contact, string, error)
	RecordConsent(ctx context.Context, c engine.Consent) error
	Consents(ctx context.Context, id engine.ContactID) ([]engine.Consent, error)
	Window(ctx context.Context, contact engine.ContactID, ch engine.Channel) (engine.WindowState, error)
}

type journeyStore interface {
	Journeys(ctx context.Context) ([]engine.Journey, error)
	Journey(ctx context.Context, id engine.JourneyID) (*engine.Journey, error)
	SaveDraft(ctx context.Context, id engine.JourneyID, name, source, ifMatch string) (etag string, err error)
	Publish(ctx context.Context, v *engine.Version) (number int, created bool, err error)
	Versions(ctx context.Context, id engine.JourneyID) ([]engine.Version, error)
	Version(ctx context.Context, hash engine.VersionHash) (*engine.Version, error)
	LiveVersions(ctx context.Context) ([]engine.Version, error)
	SetJourneyArchived(ctx context.Context, id engine.JourneyID, archived bool) error
	WorkspaceFiles(ctx context.Context) (map[string]string, error)
	PutWorkspaceFiles(ctx context.Context, files map[string]string) error
}

type enrollmentStore interface {
	Enrollment(ctx context.Context, id engine.EnrollmentID) (*engine.Enrollment, error)
	Enrollments(ctx context.Context, f engine.EnrollmentFilter) ([]engine.Enrollment, string, error)
	Trail(ctx context.Context, id engine.EnrollmentID) ([]engine.TimelineEntry, error)
}

type messageStore interface {
	Message(ctx context.Context, id engine.MessageID) (*engine.Message, error)
	Messages(ctx context.Context, f engine.MessageFilter) ([]engine.Message, string, error)
}

type handoffStore interface {
	Handoff(ctx context.Context, id engine.HandoffID) (*engine.Handoff, error)
	Handoffs(ctx context.Context, f engine.HandoffFilter) ([]engine.Handoff, string, error)
}

type integrationStore interface {
	Integrations(ctx context.Context) ([]engine.Integration, error)
	Integration(ctx context.Context, id engine.IntegrationID) (*engine.Integration, error)
	PutIntegration(ctx context.Context, i *engine.Integration) (created bool, err error)
	SetIntegrationState(ctx context.Context, id engine.IntegrationID, st engine.IntegrationState, note string, resumeAt *time.Time) (changed bool, err error)
}

type auditStore interface {
	Audit(ctx context.Context, e engine.AuditEntry) error
	AuditLog(ctx context.Context, limit int, cursor string) ([]engine.AuditEntry, string, error)
}

type idempotencyStore interface {
	Idempotent(ctx context.Context, key, bodyHash string) (saved *engine.SavedAnswer, err error)
	SaveAnswer(ctx context.Context, key string, a engine.SavedAnswer) error
	DropAnswer(ctx context.Context, key string) error
}

type healthStore interface {
	Ping(ctx context.Context) error
	Counts(ctx context.Context) (engine.Counts, error)
}

// DevPhone is the simulated phone behind /phone.
type DevPhone interface {
	// Outbox is everything one contact sent and received, oldest first.
	Outbox(ctx context.Context, contact engine.ContactID) ([]PhoneItem, error)
	// Inbound makes the contact write, tap or send a picture.
	Inbound(ctx context.Context, in PhoneInput) error
	// Status reports a provider's status for one of our messages.
	Status(ctx context.Context, id engine.MessageID, status engine.MessageStatus, errorCode string) error
}

// PhoneItem is one bubble on the simulated phone. Text is what the customer
// reads, templates rendered.
type PhoneItem struct {
	ID           string               `json:"id"`        // message id of ours; a unique id of theirs
	Direction    string               `json:"direction"` // outbound: from the clinic; inbound: from the contact
	ContactID    engine.ContactID     `json:"contact_id"`
	Channel      engine.Channel       `json:"channel"`
	Content      engine.Content       `json:"content"`
	Status       engine.MessageStatus `json:"status,omitempty"` // of outbound ones
	Reason       string               `json:"reason,omitempty"`
	ErrorCode    string               `json:"error_code,omitempty"`
	ReplyTo      string               `json:"reply_to,omitempty"` // of inbound ones: the message whose button was tapped
	JourneyID    engine.JourneyID     `json:"journey_id,omitempty"`
	EnrollmentID engine.EnrollmentID  `json:"enrollment_id,omitempty"`
	StepID       string               `json:"step_id,omitempty"`
	At           time.Time            `json:"at"`
}

// PhoneInput is what the contact does. Exactly one of Text, Choice and Media is set.
type PhoneInput struct {
	ContactID engine.ContactID
	Channel   engine.Channel
	Text      string
	Choice    *engine.Choice // a tapped button or row of message ReplyTo
	ReplyTo   engine.MessageID
	Media     *engine.MediaLink
}
