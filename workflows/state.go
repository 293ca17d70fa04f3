package workflows

import (
	"time"

	"jornada/engine"
)

// State is everything an enrollment must remember when its history is cut
// (continue-as-new): the threads with their program counters, what the steps
// found out, the signals nobody took yet and the trail that is not stored yet.
// It is plain JSON. Fields are only ever added, because running enrollments
// carry old States into new binaries.
type State struct {
	StartedAt time.Time              `json:"started_at"`          // virtual
	Anchor    engine.Anchor          `json:"anchor,omitzero"`     // the latest one, of SignalClock
	Inputs    map[string]any         `json:"inputs,omitempty"`    // after InputsChanged; nil = as started
	Vars      map[string]any         `json:"vars,omitempty"`      // only those that were set
	Steps     map[string]*StepResult `json:"steps,omitempty"`     // newest result of every step that ended
	Visits    map[string]int         `json:"visits,omitempty"`    // how often a step has begun
	Jumps     map[string]int         `json:"jumps,omitempty"`     // how often a goto has jumped
	Reached   map[string]bool        `json:"reached,omitempty"`   // goals reached
	Whens     map[string]string      `json:"whens,omitempty"`     // last result of every goal's and exit's `when`
	Threads   []*Thread              `json:"threads,omitempty"`   // the root first, then lanes in the order they started
	Inbox     []Signal               `json:"inbox,omitempty"`     // replies, hand-offs and children for steps that run but have not taken them
	Statuses  []MessageNote          `json:"statuses,omitempty"`  // newest news of our messages
	Pending   []Signal               `json:"pending,omitempty"`   // arrived while the history was being cut, not handled yet
	Seen      []string               `json:"seen,omitempty"`      // ids of the last signals, oldest first
	Trail     []engine.TimelineEntry `json:"trail,omitempty"`     // not stored yet
	Seq       int                    `json:"seq,omitempty"`       // of the newest trail entry
	Paused    bool                   `json:"paused,omitempty"`    // the journey is paused
	Changes   int                    `json:"changes,omitempty"`   // counts contact and input changes
	Resumes   int                    `json:"resumes,omitempty"`   // counts SignalResume
	Executed  int                    `json:"executed,omitempty"`  // steps begun
	Burst     int                    `json:"burst,omitempty"`     // steps begun since BurstFrom without waiting
	BurstFrom time.Time              `json:"burst_from,omitzero"` // virtual
	Hour      int                    `json:"hour,omitempty"`      // steps begun since HourFrom
	HourFrom  time.Time              `json:"hour_from,omitzero"`  // virtual
	Failure   string                 `json:"failure,omitempty"`   // why the enrollment failed, while its failure steps run
	Failing   bool                   `json:"failing,omitempty"`   // the failure steps run
	Ending    *Ending                `json:"ending,omitempty"`    // decided, not stored yet
	Noted     bool                   `json:"noted,omitempty"`     // the ending stands in the trail
	Leftovers []*Thread              `json:"leftovers,omitempty"` // threads of before the failure, holding things
	Runs      int                    `json:"runs,omitempty"`      // how often the history was cut
	MoveTo    engine.VersionHash     `json:"move_to,omitempty"`   // version to go on in at the next rest
	Moves     map[string]string      `json:"moves,omitempty"`     // …and the steps to leave for another one, or for the way out
	Moved     bool                   `json:"moved,omitempty"`     // this run is the first of another version: the tables are not told yet
}

// Ending is how an enrollment ends. Quiet means that the enrollment's row says
// so already (unenrolled, replaced, erased), so nothing is written but the trail.
type Ending struct {
	Status  engine.EnrollmentStatus `json:"status"`
	Outcome string                  `json:"outcome"`
	Reason  string                  `json:"reason,omitempty"`
	Quiet   bool                    `json:"quiet,omitempty"`
}

// Thread is one program counter: the journey's own, or one lane of a parallel.
type Thread struct {
	ID       string `json:"id"`                 // "" for the journey; lanes: parent id + "/" + step + "." + lane
	Parent   string `json:"parent,omitempty"`   // thread that waits for this lane
	Parallel string `json:"parallel,omitempty"` // its step
	Lane     string `json:"lane,omitempty"`
	Frame    Frame  `json:"frame"`
	Done     bool   `json:"done,omitempty"`     // the lane ended
	Escape   string `json:"escape,omitempty"`   // …by a goto to this step outside the parallel
	Canceled bool   `json:"canceled,omitempty"` // another lane was first
}

// Frame is where a thread stands. Step is nil between two steps.
type Frame struct {
	Cursor     string     `json:"cursor"`
	Step       *StepState `json:"step,omitempty"`
	Loops      []Loop     `json:"loops,omitempty"`      // enclosing repeats, outermost first
	Fresh      []Signal   `json:"fresh,omitempty"`      // events since the thread last rested: a wait that begins may catch them
	AnsweredAt time.Time  `json:"answered_at,omitzero"` // the reply that led here, while nothing was waited for since
	Due        time.Time  `json:"due,omitzero"`         // when what runs now should have run, when we are late
	Before     time.Time  `json:"before,omitzero"`      // what runs now was to run before this moment
}

// Loop is one running repeat.
type Loop struct {
	ID      string    `json:"id"`
	Visit   int       `json:"visit,omitempty"`
	Index   int       `json:"index"`
	RoundAt time.Time `json:"round_at"` // when this round began
}

// StepState is how far one execution of a step got. A step function reads it
// on entry and goes on from there, so a history may be cut at any wait.
type StepState struct {
	Visit     int       `json:"visit"`
	Phase     string    `json:"phase,omitempty"` // of the verb; "" = just begun
	StartedAt time.Time `json:"started_at"`      // `now` of the step's expressions
	Waiting   string    `json:"waiting,omitempty"`

	Until    time.Time `json:"until,omitzero"`    // when the step stops waiting, absolute virtual time
	Held     time.Time `json:"held,omitzero"`     // when it looks again before that
	Woke     time.Time `json:"woke,omitzero"`     // the moment whose coming ended the wait
	Before   time.Time `json:"before,omitzero"`   // of a wait before a moment: that moment
	Deadline time.Time `json:"deadline,omitzero"` // of the whole step
	Changes  int       `json:"changes,omitempty"` // State.Changes when Until was computed
	Resumes  int       `json:"resumes,omitempty"` // State.Resumes when the step parked
	Backoff  int       `json:"backoff,omitempty"` // failed tries to reach our own tables

	Route      int              `json:"route,omitempty"`
	Try        int              `json:"try,omitempty"`     // reprompts
	Attempt    int              `json:"attempt,omitempty"` // of a call
	FirstAt    time.Time        `json:"first_at,omitzero"`
	AcceptedAt time.Time        `json:"accepted_at,omitzero"`
	Message    engine.MessageID `json:"message,omitempty"`
	Messages   []MessageNote    `json:"messages,omitempty"` // of earlier routes
	Channel    engine.Channel   `json:"channel,omitempty"`
	Reason     string           `json:"reason,omitempty"`
	Parked     bool             `json:"parked,omitempty"` // a SignalResume ends the wait

	As       string              `json:"as,omitempty"`        // what the step was called when its wait row was opened; "" = as now
	WaitOpen bool                `json:"wait_open,omitempty"` // a wait row may be open
	Handoff  engine.HandoffID    `json:"handoff,omitempty"`
	Child    engine.EnrollmentID `json:"child,omitempty"`
	Caught   *Caught             `json:"caught,omitempty"` // of a wait
	Text     string              `json:"text,omitempty"`   // last unmatched answer
}

// rowOf is the step's id in its wait row: a step that was renamed while somebody
// waited keeps the row it has.
func (s *StepState) rowOf(step string) string {
	if s.As != "" {
		return s.As
	}
	return step
}

// wake is when the step goes on by itself; zero when only an event can move it.
func (s *StepState) wake() time.Time { return earliest(s.Held, earliest(s.Until, s.Deadline)) }

// Caught is the event that ended a wait.
type Caught struct {
	Outcome string         `json:"outcome"`
	Event   string         `json:"event,omitempty"`
	Data    map[string]any `json:"data,omitempty"`
	Channel engine.Channel `json:"channel,omitempty"`
	At      time.Time      `json:"at"`
	Reply   bool           `json:"reply,omitempty"`
}

// MessageNote is the newest news of one of our messages.
type MessageNote struct {
	ID     engine.MessageID     `json:"id"`
	Status engine.MessageStatus `json:"status,omitempty"`
	Reason string               `json:"reason,omitempty"`
}

// StepResult is how a step ended: what `steps.<id>.` offers afterwards.
type StepResult struct {
	Outcome string         `json:"outcome"`
	At      time.Time      `json:"at"`
	Channel engine.Channel `json:"channel,omitempty"`
	Reason  string         `json:"reason,omitempty"`
	Answer  *engine.Answer `json:"answer,omitempty"` // ask
	Event   string         `json:"event,omitempty"`  // wait: the event's name
	Data    map[string]any `json:"data,omitempty"`   // wait: its data; call: the body
	Status  int            `json:"status,omitempty"` // call
	Note    string         `json:"note,omitempty"`   // handoff
	Count   int            `json:"count,omitempty"`  // repeat: rounds begun
	Result  string         `json:"result,omitempty"` // enroll: the child's ending
}

// init makes the maps, so that nobody need ask.
func (s *State) init() {
	if s.Vars == nil {
		s.Vars = map[string]any{}
	}
	if s.Steps == nil {
		s.Steps = map[string]*StepResult{}
	}
	if s.Visits == nil {
		s.Visits = map[string]int{}
	}
	if s.Jumps == nil {
		s.Jumps = map[string]int{}
	}
	if s.Reached == nil {
		s.Reached = map[string]bool{}
	}
	if s.Whens == nil {
		s.Whens = map[string]string{}
	}
}
