package engine

import "github.com/google/uuid"

// Ids are types, so that an enrollment is never looked up by a message's id.
type (
	// WorkspaceID names a tenant.
	WorkspaceID string
	// ContactID is chosen by the clinic's own system.
	ContactID string
	// JourneyID is what an author wrote after `journey:`.
	JourneyID string
	// VersionHash is a plan's dsl.Plan.Hash.
	VersionHash string
	// EnrollmentID is made by NewID.
	EnrollmentID string
	// MessageID is made by NewID; providers carry it as our reference.
	MessageID string
	// EventID is made by NewID.
	EventID string
	// IntegrationID is chosen by an administrator; it stands in the webhook's address.
	IntegrationID string
	// WaitID follows from enrollment, step and visit.
	WaitID string
	// HandoffID is made by NewID.
	HandoffID string
)

// NewID makes an id that sorts by time of making: prefix, underscore, UUIDv7.
func NewID(prefix string) string { return prefix + "_" + uuid.Must(uuid.NewV7()).String() }
