package engine

import "github.com/google/uuid"

// Ids are types, so that an enrollment is never looked up by a message's id.
// ContactID, JourneyID and IntegrationID are chosen by people and other
// systems; the rest are made by NewID.
type (
	// WorkspaceID names a tenant.
	WorkspaceID   string
	ContactID     string
	JourneyID     string
	VersionHash   string // dsl.Plan.Hash
	EnrollmentID  string
	MessageID     string
	EventID       string
	IntegrationID string
	WaitID        string
	HandoffID     string
)

// NewID makes an id that sorts by time of making: prefix, underscore, UUIDv7.
func NewID(prefix string) string { return prefix + "_" + uuid.Must(uuid.NewV7()).String() }
