package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"

	"github.com/google/uuid"
)

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
	// MessageID follows from what makes a message unique (MessageIDFor), or is made
	// by NewID for one that a person writes; providers carry it as our reference.
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

// MessageIDFor is the id of an enrollment's message. It follows from the message's
// unique key, so a message that a restored database has forgotten has the same id
// again, and what its provider tells about that id keeps it from being sent twice.
func MessageIDFor(enrollment EnrollmentID, step string, visit, route, try int) MessageID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%d\x00%d", enrollment, step, visit, route, try))
	return MessageID(messagePrefix + hex.EncodeToString(sum[:16]))
}

const messagePrefix = "msg_"

var messageID = regexp.MustCompile(`^msg_([0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$`)

// LooksLikeMessage reports whether a provider's echo of a reference may be one of
// ours.
func LooksLikeMessage(ref string) bool { return messageID.MatchString(ref) }
