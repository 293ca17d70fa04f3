package activities

import (
	"time"

	"jornada/engine"
)

// Base travels with every activity's input. Because Jornada's activities run as
// Temporal local activities, their inputs are never written to history: the
// scope may be as large as it needs, and the trail reaches our own tables
// without an event of its own.
type Base struct {
	EnrollmentID engine.EnrollmentID
	JourneyID    engine.JourneyID
	VersionHash  engine.VersionHash
	ContactID    engine.ContactID
	Scope        Scope
	Trail        []engine.TimelineEntry // not yet stored; storing is idempotent by Seq
	Cursor       Cursor
}

// Cursor is where the enrollment stands, for lists and "who is where".
type Cursor struct {
	StepID string
	WakeAt *time.Time
}

// Scope is what expressions read, except contact and window, which activities
// read themselves so that they never stand in history.
type Scope struct {
	Now     time.Time
	Inputs  map[string]any
	Vars    map[string]any
	Steps   map[string]any // id -> {outcome, at, …}
	Trigger map[string]any
	Event   map[string]any
	Loop    map[string]any
}

// EvaluateInput asks for expressions and texts that read the contact or window.
type EvaluateInput struct {
	Base
	Items []Item
}

// Item is one expression (or, with Text, one text with {{ }}).
type Item struct {
	Source string
	Text   bool
}

// EvaluateResult holds one value per item, in order.
type EvaluateResult struct{ Values []Value }

// Value is a result or, in words, why there is none.
type Value struct {
	Value any    `json:"value"`
	Error string `json:"error,omitempty"`
}

// SendInput asks for one message: route Route of step StepID, on its Visit-th
// run; Try counts reprompts of an ask (0 = the question itself).
type SendInput struct {
	Base
	StepID    string
	Visit     int
	Route     int
	Try       int
	FirstAt   time.Time  // when the step first wanted to send: hold_max counts from here
	Deadline  *time.Time // of an ask: later it makes no sense (not_after)
	AnswersTo time.Time  // the reply this directly follows, zero if none
}

// SendStatus is what became of a message.
type SendStatus string

// What a send can report. Retry means: call again at RetryAt, nothing is lost
// (held by quiet hours or cap, throttled, channel down, provider away).
const (
	SendAccepted    SendStatus = "accepted"
	SendRetry       SendStatus = "retry"
	SendUndelivered SendStatus = "undelivered"
	SendUnconfirmed SendStatus = "unconfirmed" // may have gone out; never sent again blind
	SendInactive    SendStatus = "inactive"    // the enrollment ended meanwhile
)

// SendResult reports one message. It carries no personal data.
type SendResult struct {
	Status    SendStatus       `json:"status"`
	MessageID engine.MessageID `json:"message_id,omitempty"`
	Channel   engine.Channel   `json:"channel,omitempty"`
	Reason    string           `json:"reason,omitempty"` // one of the Reason constants: expired, capped, opted_out, …
	RetryAt   time.Time        `json:"retry_at,omitzero"`
	At        time.Time        `json:"at,omitzero"`
	Park      bool             `json:"park,omitempty"` // with Retry: wait for a `resume` signal too (channel down)
}

// OpenWaitInput opens a wait row for a `wait` step that listens to replies.
type OpenWaitInput struct {
	Base
	StepID   string
	Visit    int
	Channels []engine.Channel
	Deadline *time.Time
}

// CloseWaitInput closes a wait row by compare-and-set.
type CloseWaitInput struct {
	Base
	StepID string
	Visit  int
	State  engine.WaitState
}

// CloseWaitResult says who won: Closed is false when a reply was already
// committed; its signal is on the way.
type CloseWaitResult struct {
	Closed bool `json:"closed"`
}

// CallInput asks for one attempt of an outbound HTTP request. The idempotency
// key (enrollment, step, visit) is the same for every attempt.
type CallInput struct {
	Base
	StepID  string
	Visit   int
	Attempt int
}

// CallResult is the answer. Retry is true for failures worth another attempt.
type CallResult struct {
	OK     bool           `json:"ok"`
	Status int            `json:"status,omitempty"`
	Body   map[string]any `json:"body,omitempty"` // only the fields declared in returns
	Reason string         `json:"reason,omitempty"`
	Retry  bool           `json:"retry,omitempty"`
	After  time.Duration  `json:"after,omitempty"` // the server's Retry-After
}

// StepInput is the input of update, emit, handoff, enroll and split.
type StepInput struct {
	Base
	StepID string
	Visit  int
}

// StepResult answers a StepInput.
type StepResult struct {
	Outcome      string              `json:"outcome,omitempty"`
	Reason       string              `json:"reason,omitempty"`
	HandoffID    engine.HandoffID    `json:"handoff_id,omitempty"`
	EnrollmentID engine.EnrollmentID `json:"enrollment_id,omitempty"` // of the sub-journey
}

// CancelHandoffInput closes a hand-off nobody took, or whose enrollment ended.
type CancelHandoffInput struct {
	Base
	HandoffID engine.HandoffID
	State     string // timed_out | canceled
}

// EndInput records the enrollment's one ending, closes its waits and hand-offs,
// and tells its parent, in one transaction.
type EndInput struct {
	Base
	Status  engine.EnrollmentStatus
	Outcome string
	Reason  string
	// Of a sub-journey that ends by itself: the enrollment and the step to tell.
	ParentID   engine.EnrollmentID
	ParentStep string
}
