package workflows

import (
	"time"

	"jornada/engine"
)

// SignalName is the one signal of a journey workflow: one channel keeps
// everything that happens to an enrollment in order.
const SignalName = "event"

// QueryExplain is the query behind "why is this contact here": it returns an
// Explanation.
const QueryExplain = "explain"

// SignalKind is what a signal is about.
type SignalKind string

// The kinds of signal.
const (
	SignalReply          SignalKind = "reply"           // a person answered
	SignalEvent          SignalKind = "event"           // a business event
	SignalStatus         SignalKind = "status"          // news of a message of ours
	SignalContactChanged SignalKind = "contact_changed" // attributes, consent or window changed
	SignalInputsChanged  SignalKind = "inputs_changed"
	SignalHandoff        SignalKind = "handoff" // people finished, or the queue is closed
	SignalChild          SignalKind = "child"   // a sub-journey ended
	SignalResume         SignalKind = "resume"  // a channel works again: parked sends try now
	SignalPause          SignalKind = "pause"   // the journey is paused
	SignalUnpause        SignalKind = "unpause"
	SignalEnd            SignalKind = "end"   // unenrolled, replaced, erased: the row already says so
	SignalClock          SignalKind = "clock" // `jornada dev` was restarted at another speed
)

// Signal is one thing that happened to an enrollment. Its payload is encrypted
// with the contact's key. ID is unique: the workflow drops repeats.
type Signal struct {
	ID   string     `json:"id"`
	Kind SignalKind `json:"kind"`
	At   time.Time  `json:"at"` // when it happened, virtual time

	StepID string `json:"step_id,omitempty"` // reply: whose wait took it
	Visit  int    `json:"visit,omitempty"`

	Channel engine.Channel      `json:"channel,omitempty"` // reply
	Answer  *engine.Answer      `json:"answer,omitempty"`  // reply, matched by the dispatcher; nil when it fits nothing
	Text    string              `json:"text,omitempty"`    // reply
	EventID engine.EventID      `json:"event_id,omitempty"`
	Event   string              `json:"event,omitempty"` // business event's name; or window_opened | window_closed
	Data    map[string]any      `json:"data,omitempty"`  // event's data, changed inputs
	Message engine.MessageID    `json:"message,omitempty"`
	Status  string              `json:"status,omitempty"` // message status, enrollment status of a child
	Reason  string              `json:"reason,omitempty"`
	Handoff engine.HandoffID    `json:"handoff,omitempty"`
	Note    string              `json:"note,omitempty"`
	Child   engine.EnrollmentID `json:"child,omitempty"`
	Outcome string              `json:"outcome,omitempty"` // child's ending, hand-off's outcome
	Anchor  *engine.Anchor      `json:"anchor,omitempty"`
}

// JourneyInput starts (or, with State, continues) an enrollment.
type JourneyInput struct {
	EnrollmentID engine.EnrollmentID  `json:"enrollment_id"`
	JourneyID    engine.JourneyID     `json:"journey_id"`
	VersionHash  engine.VersionHash   `json:"version_hash"`
	ContactID    engine.ContactID     `json:"contact_id,omitempty"`
	Inputs       map[string]any       `json:"inputs,omitempty"` // coerced; times are RFC 3339 text
	Trigger      engine.TriggerRecord `json:"trigger"`
	ParentID     engine.EnrollmentID  `json:"parent_id,omitempty"`
	ParentStep   string               `json:"parent_step,omitempty"`
	Anchor       engine.Anchor        `json:"anchor,omitzero"`
	Paused       bool                 `json:"paused,omitempty"`
	State        *State               `json:"state,omitempty"` // after continue-as-new
}

// WorkflowID is the Temporal id of an enrollment's workflow. It carries no
// personal data and is never reused.
func WorkflowID(id engine.EnrollmentID) string { return "enrollment/" + string(id) }

// WorkflowName and TaskQueue are literal, because histories remember them.
const (
	WorkflowName = "Journey"
	TaskQueue    = "jornada"
)
