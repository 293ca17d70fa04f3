package engine

import "time"

// MessageStatus is how far a message got.
type MessageStatus string

// The states of an outbound message. Progress has a rank and never goes back;
// the side exits end it, except that unconfirmed may still rise when a late
// webhook proves what happened.
const (
	Queued      MessageStatus = "queued"      // intent is recorded, nothing was called
	Sending     MessageStatus = "sending"     // claimed; the provider may be on the line
	Accepted    MessageStatus = "accepted"    // the provider took it
	Sent        MessageStatus = "sent"        // it left the provider
	Delivered   MessageStatus = "delivered"   // it reached the device
	Read        MessageStatus = "read"        // it was seen
	Failed      MessageStatus = "failed"      // refused or undeliverable
	Skipped     MessageStatus = "skipped"     // our gate said no, with a reason
	Unconfirmed MessageStatus = "unconfirmed" // it may or may not have gone out; a person decides
)

// ReasonForgotten is the reason of a message that is known from its provider
// only: the database was restored from a copy of before it went out.
const ReasonForgotten = "forgotten"

// Rank orders states: an update applies only when its rank is higher.
// Failed stands between sent and delivered: a failure after `delivered` is a
// note, a `delivered` after a failure is the truth.
func (s MessageStatus) Rank() int {
	switch s {
	case Queued:
		return 0
	case Sending:
		return 10
	case Unconfirmed:
		return 15
	case Accepted:
		return 20
	case Sent:
		return 30
	case Failed, Skipped:
		return 40
	case Delivered:
		return 50
	case Read:
		return 60
	}
	return -1
}

// Content is what a message says, rendered: what the customer reads.
type Content struct {
	Text     string            `json:"text,omitempty"`
	Template string            `json:"template,omitempty"`
	Language string            `json:"language,omitempty"`
	Params   map[string]string `json:"params,omitempty"`
	Order    []string          `json:"order,omitempty"` // parameter names in the template's order
	Named    bool              `json:"named,omitempty"` // the provider wants parameter names
	Footer   string            `json:"footer,omitempty"`
	Choices  []Choice          `json:"choices,omitempty"` // buttons, list rows, numbered options
	Media    *MediaLink        `json:"media,omitempty"`
	Subject  string            `json:"subject,omitempty"`
	Markdown string            `json:"markdown,omitempty"`
	Category string            `json:"category,omitempty"`
}

// Choice is one answer a person can tap. Payload comes back verbatim.
type Choice struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Payload string `json:"payload"`
}

// MediaLink is a picture, document or video.
type MediaLink struct {
	Kind string `json:"kind"`
	URL  string `json:"url"`
}

// Message is one outbound message: the row is the intent, written before any
// provider is called. (Enrollment, Step, Visit, Route, Try) is unique, which is
// what makes a message impossible to send twice.
type Message struct {
	ID            MessageID
	EnrollmentID  EnrollmentID // "" for a message a person wrote
	JourneyID     JourneyID
	StepID        string
	Visit         int // how many times the step ran before
	Route         int // 0 = first channel, then fallbacks
	Try           int // 0 = the question, then reprompts
	ContactID     ContactID
	IntegrationID IntegrationID
	Provider      string
	Channel       Channel
	To            Address
	Content       Content
	Category      string
	Status        MessageStatus
	Reason        string // of skipped, failed: expired|capped|opted_out|unreachable|blocked|failed|busy|…
	ErrorCode     string // the provider's own code
	ErrorDetail   string
	AttemptToken  string
	Attempts      int
	ProviderID    string // the provider's id of the message
	Notify        bool   // the enrollment waits for this message's statuses
	HoldUntil     *time.Time
	ParkedAt      *time.Time // since when it waits for its channel, nobody having let it go
	AgainAt       *time.Time // when to send it once more: its provider never took it
	SentAgain     int        // how often that was decided
	NotAfter      *time.Time
	AcceptedAt    *time.Time
	Cost          Cost
	CreatedAt     time.Time
	UpdatedAt     time.Time
}
