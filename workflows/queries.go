package workflows

import (
	"time"

	"jornada/engine"
)

// Explanation answers "why is this contact here, and what happens next". It
// carries no text a person wrote: those stand in the conversation.
type Explanation struct {
	Status       engine.EnrollmentStatus `json:"status"`
	CurrentSteps []StepView              `json:"current_steps"` // one per lane, the journey's own first
	Vars         map[string]any          `json:"vars"`
	Steps        map[string]any          `json:"steps"`        // id -> {outcome, at, channel, reason, score, …}
	Trail        []engine.TimelineEntry  `json:"trail"`        // what is not in the tables yet, oldest first
	NextWakeAt   *time.Time              `json:"next_wake_at"` // the earliest WakeAt; nil = only an event goes on
}

// StepView is one step the enrollment stands in.
type StepView struct {
	StepID  string     `json:"step_id"`
	Verb    string     `json:"verb"`
	Since   time.Time  `json:"since"`
	Waiting string     `json:"waiting,omitempty"` // reply | delivery | time | event | handoff | child | channel | storage | lanes | paused
	WakeAt  *time.Time `json:"wake_at,omitempty"`
}
