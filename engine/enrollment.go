package engine

import "time"

// EnrollmentStatus is where a contact's passage stands.
type EnrollmentStatus string

// The states of an enrollment. Everything but Active and Paused is an ending,
// and an enrollment has exactly one.
const (
	Active     EnrollmentStatus = "active"
	Paused     EnrollmentStatus = "paused"      // the journey is paused: it goes on when resumed
	Completed  EnrollmentStatus = "completed"   // fell off the end
	Exited     EnrollmentStatus = "exited"      // an exit step, exit rule or goal; Outcome names it
	FailedRun  EnrollmentStatus = "failed"      // a call or sub-journey failed and no branch took it
	Unenrolled EnrollmentStatus = "unenrolled"  // by a person or the API
	Replaced   EnrollmentStatus = "replaced"    // overlap: replace
	Quarantine EnrollmentStatus = "quarantined" // stopped by us: out of its budget, or a mistake of ours kept it from going on
)

// Enrollment is one contact's passage through one version of a journey.
type Enrollment struct {
	ID          EnrollmentID
	JourneyID   JourneyID
	VersionHash VersionHash
	ContactID   ContactID // "" when the journey needs none
	Key         string    // entry key, hashed
	Status      EnrollmentStatus
	Outcome     string // the exit's or goal's id, "completed", "failed"
	Reason      string // in words, of one that failed, was quarantined or was ended by hand
	CurrentStep string
	WakeAt      *time.Time
	Trigger     TriggerRecord
	Inputs      map[string]any
	ParentID    EnrollmentID // of a sub-journey
	ParentStep  string
	StartedAt   time.Time
	EndedAt     *time.Time
}

// TriggerRecord says what started an enrollment.
type TriggerRecord struct {
	Kind    string         `json:"kind"` // event | inbound | segment | schedule | api | called
	Event   string         `json:"event,omitempty"`
	EventID EventID        `json:"event_id,omitempty"`
	Channel Channel        `json:"channel,omitempty"`
	Text    string         `json:"text,omitempty"`
	Data    map[string]any `json:"data,omitempty"`
}

// TimelineEntry is one line of an enrollment's explanation: a step that began or
// ended, a condition with its result, a message, a wait with its wake-up.
type TimelineEntry struct {
	Seq     int        `json:"seq"` // per enrollment, from 1, without gaps
	At      time.Time  `json:"at"`
	Kind    string     `json:"kind"` // enrolled|step|condition|message|reply|wait|call|signal|outcome|ended
	StepID  string     `json:"step_id,omitempty"`
	Verb    string     `json:"verb,omitempty"`
	Source  string     `json:"source,omitempty"` // expression text of a condition
	Result  string     `json:"result,omitempty"` // its value, or an outcome
	WakeAt  *time.Time `json:"wake_at,omitempty"`
	Detail  string     `json:"detail,omitempty"`
	EventID EventID    `json:"event_id,omitempty"`
	Message MessageID  `json:"message_id,omitempty"`
}

// GoalReached is the line that says a goal was reached.
func GoalReached(goal string) TimelineEntry {
	return TimelineEntry{Kind: "outcome", Result: goal, Detail: "goal"}
}

// IsGoal reports whether the line says that a goal was reached.
func (e *TimelineEntry) IsGoal() bool {
	return e.Kind == "outcome" && e.StepID == "" && e.Detail == "goal"
}
