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

// explain answers QueryExplain.
func (r *run) explain() (*Explanation, error) {
	e := &Explanation{
		Status: engine.Active, CurrentSteps: []StepView{}, Vars: r.vars, Steps: map[string]any{},
		Trail: append([]engine.TimelineEntry{}, r.st.Trail...),
	}
	if r.st.Paused {
		e.Status = engine.Paused
	}
	if r.st.Ending != nil {
		e.Status = r.st.Ending.Status
	}
	for _, id := range sorted(r.st.Steps) {
		e.Steps[id] = r.outline(r.st.Steps[id])
	}
	for _, t := range r.st.Threads {
		if t.Done || t.Canceled || r.st.Ending != nil {
			continue
		}
		v := r.view(t)
		if v.StepID == "" {
			continue
		}
		if v.WakeAt != nil && (e.NextWakeAt == nil || v.WakeAt.Before(*e.NextWakeAt)) {
			e.NextWakeAt = v.WakeAt
		}
		e.CurrentSteps = append(e.CurrentSteps, v)
	}
	return e, nil
}

// outline is a step's result without anything a person or a system wrote.
func (r *run) outline(res *StepResult) map[string]any {
	out := map[string]any{"outcome": res.Outcome, "at": res.At}
	if res.Channel != "" {
		out["channel"] = string(res.Channel)
	}
	if res.Reason != "" {
		out["reason"] = res.Reason
	}
	if res.Answer != nil && res.Answer.Score != nil {
		out["score"] = number(*res.Answer.Score)
	}
	if res.Status != 0 {
		out["status"] = res.Status
	}
	if res.Count != 0 {
		out["count"] = res.Count
	}
	return out
}

// view is where one thread stands.
func (r *run) view(t *Thread) StepView {
	v := StepView{StepID: t.Frame.Cursor}
	n := r.plan.Nodes[v.StepID]
	if n == nil {
		return StepView{}
	}
	v.Verb = n.Verb
	s := t.Frame.Step
	if s == nil {
		if r.st.Paused {
			v.Waiting = "paused"
		}
		return v
	}
	v.Since, v.Waiting = s.StartedAt, s.Waiting
	v.WakeAt = moment(s.wake())
	return v
}
