package runtime

import (
	"context"
	"time"

	"jornada/engine"
)

// Store is what the runtime needs of the database. Every method joins the
// transaction that InTx put into its context.
type Store interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	InTransaction(ctx context.Context) bool
	// Hurry lets what is done with a context go first.
	Hurry(ctx context.Context) context.Context
	LockContact(ctx context.Context, id engine.ContactID) error

	Contact(ctx context.Context, id engine.ContactID) (*engine.Contact, error)
	PutContact(ctx context.Context, c *engine.Contact) (created bool, err error)
	ContactByAddress(ctx context.Context, addrs []engine.Address) (*engine.Contact, error)
	Contacts(ctx context.Context, f engine.ContactFilter) (list []engine.Contact, next string, err error)
	EraseContact(ctx context.Context, id engine.ContactID) error
	MergeContacts(ctx context.Context, from, into engine.ContactID) (merged bool, err error)
	DataKey(ctx context.Context, keyID string) ([]byte, error)

	RecordConsent(ctx context.Context, c engine.Consent) error
	Consents(ctx context.Context, id engine.ContactID) ([]engine.Consent, error)
	Suppress(ctx context.Context, s engine.Suppression) error
	Suppressions(ctx context.Context, ch engine.Channel, addrs []engine.Address) ([]engine.Suppression, error)
	SenderRecord(ctx context.Context, contact engine.ContactID, ch engine.Channel, addrs []engine.Address) (engine.SenderRecord, error)
	Reached(ctx context.Context, ch engine.Channel, addrs []engine.Address) error
	LiftSuppression(ctx context.Context, ch engine.Channel, addr engine.Address, reason string) error
	TouchEntry(ctx context.Context, contact engine.ContactID, integration engine.IntegrationID, ch engine.Channel, at time.Time) error
	TouchWindow(ctx context.Context, contact engine.ContactID, integration engine.IntegrationID, ch engine.Channel, at time.Time) error
	Windows(ctx context.Context, contact engine.ContactID) (map[engine.Channel]engine.WindowState, error)

	Integrations(ctx context.Context) ([]engine.Integration, error)
	Integration(ctx context.Context, id engine.IntegrationID) (*engine.Integration, error)
	SetIntegrationState(ctx context.Context, id engine.IntegrationID, c engine.IntegrationChange) (changed bool, err error)
	LearnPace(ctx context.Context, id engine.IntegrationID, declared float64, now time.Time) (rate float64, err error)
	SetTier(ctx context.Context, id engine.IntegrationID, tier string) (changed bool, err error)
	SetQuality(ctx context.Context, id engine.IntegrationID, quality string) (changed bool, err error)
	SetThroughput(ctx context.Context, id engine.IntegrationID, perSecond float64) (changed bool, err error)

	SyncTemplates(ctx context.Context, of engine.IntegrationID, list []engine.Template) (engine.TemplateSync, error)
	TemplatesMended(ctx context.Context, id engine.IntegrationID) error
	HearTemplate(ctx context.Context, n *engine.TemplateNews) ([]engine.TemplateChange, error)
	Tell(ctx context.Context, n *engine.Notice) error

	Journeys(ctx context.Context) ([]engine.Journey, error)
	Journey(ctx context.Context, id engine.JourneyID) (*engine.Journey, error)
	Version(ctx context.Context, hash engine.VersionHash) (*engine.Version, error)
	SetJourneyPaused(ctx context.Context, id engine.JourneyID, paused bool) error
	WorkspaceFiles(ctx context.Context) (map[string]string, error)

	Enrollments(ctx context.Context, f engine.EnrollmentFilter) (list []engine.Enrollment, next string, err error)
	InsertEnrollment(ctx context.Context, e *engine.Enrollment) error
	Enrollment(ctx context.Context, id engine.EnrollmentID) (*engine.Enrollment, error)
	ActiveByKey(ctx context.Context, journey engine.JourneyID, key string) ([]engine.Enrollment, error)
	LastEnrollment(ctx context.Context, journey engine.JourneyID, contact engine.ContactID, key string) (*engine.Enrollment, error)
	ActiveListening(ctx context.Context, contact engine.ContactID, event string) ([]engine.Enrollment, error)
	ActiveOfContact(ctx context.Context, contact engine.ContactID) ([]engine.Enrollment, error)
	ActiveOfJourney(ctx context.Context, journey engine.JourneyID, afterID engine.EnrollmentID, limit int) ([]engine.Enrollment, error)
	EndEnrollment(ctx context.Context, id engine.EnrollmentID, st engine.EnrollmentStatus, outcome, reason string) (won bool, err error)

	NoteEnding(ctx context.Context, id engine.EnrollmentID, e engine.TimelineEntry) error

	Message(ctx context.Context, id engine.MessageID) (*engine.Message, error)
	MessageByProviderID(ctx context.Context, integration engine.IntegrationID, providerID string) (*engine.Message, error)
	TakeParked(ctx context.Context, ch engine.Channel, through []engine.IntegrationID, limit int) ([]engine.Message, error)
	SentUpTo(ctx context.Context, contact engine.ContactID, through engine.IntegrationID, then time.Time) ([]engine.Message, error)
	RaiseStatus(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) (raised bool, err error)
	Messages(ctx context.Context, f engine.MessageFilter) (list []engine.Message, next string, err error)
	FoldMessageCosts(ctx context.Context, limit int) (n int, err error)
	CancelQueued(ctx context.Context, id engine.EnrollmentID, u engine.MessageUpdate, spare bool) error

	InsertEvent(ctx context.Context, ev *engine.InboundEvent) (inserted bool, err error)
	InsertEvents(ctx context.Context, events []engine.InboundEvent) (inserted []bool, err error)
	PartyOf(ctx context.Context, ev *engine.InboundEvent) (string, error)
	ClaimEvents(ctx context.Context, limit int, lease time.Duration, except ...string) ([]engine.InboundEvent, error)
	FinishEvent(ctx context.Context, id engine.EventID, result string) (won bool, err error)
	RetryEvent(ctx context.Context, id engine.EventID, at time.Time, cause string) error

	OpenWaits(ctx context.Context, contact engine.ContactID, ch engine.Channel) ([]engine.Wait, error)
	Wait(ctx context.Context, id engine.WaitID) (*engine.Wait, error)
	CloseWait(ctx context.Context, id engine.WaitID, st engine.WaitState) (won bool, err error)
	CancelWaits(ctx context.Context, enrollment engine.EnrollmentID) error

	Enqueue(ctx context.Context, it *engine.OutboxItem) error
	ClaimOutbox(ctx context.Context, limit int, lease time.Duration) ([]engine.OutboxItem, error)
	FinishOutbox(ctx context.Context, ids ...int64) error
	OutboxHolds(ctx context.Context, id engine.EnrollmentID, kinds ...string) (bool, error)
	RetryOutbox(ctx context.Context, id int64, at time.Time, cause string) error
	HastenOutbox(ctx context.Context) error

	Handoff(ctx context.Context, id engine.HandoffID) (*engine.Handoff, error)
	Handoffs(ctx context.Context, f engine.HandoffFilter) ([]engine.Handoff, string, error)
	CloseHandoff(ctx context.Context, id engine.HandoffID, state, resolution string) (won bool, err error)
	CancelHandoffs(ctx context.Context, enrollment engine.EnrollmentID) error

	EnterSegment(ctx context.Context, segment string, contact engine.ContactID, in bool) (entered bool, err error)
	MarkFired(ctx context.Context, journey engine.JourneyID, trigger string, at time.Time) (first bool, err error)
	AdvanceEpoch(ctx context.Context, atLeast int64) (engine.Epoch, error)
	Epoch(ctx context.Context) (engine.Epoch, error)
	Halt(ctx context.Context) (*engine.Halt, error)
	SetHalt(ctx context.Context, h *engine.Halt) (changed bool, err error)
	InsertMessage(ctx context.Context, m *engine.Message) (existing *engine.Message, err error)
	Setting(ctx context.Context, key string) (string, error)
	PutSetting(ctx context.Context, key, value string) error
	Audit(ctx context.Context, e engine.AuditEntry) error
	Counts(ctx context.Context) (engine.Counts, error)
	Ping(ctx context.Context) error
}
