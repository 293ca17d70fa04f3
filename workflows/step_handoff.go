package workflows

import (
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// stepHandoff passes the conversation to people and waits for them.
func (t *thread) stepHandoff(n *dsl.Node, s *StepState) (StepResult, bool) {
	r := t.r
	mine := func(x Signal) bool { return x.Kind == SignalHandoff && x.Handoff == s.Handoff }
	for {
		switch s.Phase {
		case "":
			if n.Handoff.Timeout > 0 {
				s.Until = s.StartedAt.Add(n.Handoff.Timeout.Std())
			}
			res, ok := t.act(ActivityOpenHandoff, n, s)
			if !ok {
				return StepResult{}, false
			}
			t.st.Frame.AnsweredAt = time.Time{}
			if res.HandoffID == "" || res.Outcome == "unavailable" {
				return StepResult{Outcome: "unavailable", Reason: res.Reason}, true
			}
			s.Handoff, s.Waiting, s.Phase = res.HandoffID, "handoff", phaseWaiting
			t.noteWait(s)
		case phaseWaiting:
			switch t.park(s.Until, func() bool { return r.has(mine) }) {
			case halted:
				return StepResult{}, false
			case elapsed:
				s.Phase, s.Woke = phaseClosing, s.Until
			case ready:
				sig, _ := r.fetch(mine)
				s.Woke = time.Time{}
				s.Handoff = ""
				outcome := sig.Outcome
				if outcome == "" {
					outcome = "resolved"
				}
				if outcome != "unavailable" && outcome != "timeout" {
					outcome = "resolved"
				}
				return StepResult{Outcome: outcome, Note: sig.Note, Reason: sig.Reason}, true
			}
		case phaseClosing:
			if !t.cancelHandoff(s.Handoff, "timed_out") {
				return StepResult{}, false
			}
			if r.has(mine) { // people were first
				s.Phase = phaseWaiting
				continue
			}
			return StepResult{Outcome: "timeout"}, true
		}
	}
}

// cancelHandoff closes a hand-off nobody finished.
func (t *thread) cancelHandoff(id engine.HandoffID, state string) bool {
	return t.persist(ActivityCancelHandoff, func(b activities.Base) any {
		return activities.CancelHandoffInput{Base: b, HandoffID: id, State: state}
	}, nil)
}
