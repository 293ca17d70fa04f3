package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// phaseEnding: the child took too long and is being ended.
const phaseEnding = "ending"

// stepEnroll starts another journey and waits for its ending.
func (t *thread) stepEnroll(n *dsl.Node, s *StepState) (StepResult, bool) {
	r := t.r
	mine := func(x Signal) bool { return x.Kind == SignalChild && x.Child == s.Child }
	for {
		switch s.Phase {
		case "":
			if n.Enroll.Timeout > 0 {
				s.Until = s.StartedAt.Add(n.Enroll.Timeout.Std())
			}
			res, ok := t.act(ActivityEnrollChild, n, s)
			if !ok {
				return StepResult{}, false
			}
			t.st.Frame.AnsweredAt = time.Time{}
			if res.EnrollmentID == "" {
				return StepResult{Outcome: "failed", Reason: reasonOr(res.Reason, res.Outcome), Result: "failed"}, true
			}
			s.Child, s.Waiting, s.Phase = res.EnrollmentID, "child", phaseWaiting
			t.noteWait(s)
		case phaseWaiting:
			switch t.park(s.Until, func() bool { return r.has(mine) }) {
			case halted:
				return StepResult{}, false
			case elapsed:
				s.Phase, s.Woke = phaseEnding, s.Until
			case ready:
				sig, _ := r.fetch(mine)
				s.Woke = time.Time{}
				s.Child = ""
				return childResult(sig), true
			}
		case phaseEnding:
			if !t.endChild(t.st) {
				return StepResult{}, false
			}
			return StepResult{Outcome: "failed", Reason: "timeout", Result: "failed"}, true
		}
	}
}

// childResult is how a child's ending reads in its parent.
func childResult(s Signal) StepResult {
	switch engine.EnrollmentStatus(s.Status) {
	case engine.Completed:
		return StepResult{Outcome: "completed", Result: "completed"}
	case engine.Exited:
		return StepResult{Outcome: s.Outcome, Result: s.Outcome}
	}
	return StepResult{Outcome: "failed", Reason: reasonOr(s.Reason, s.Status), Result: s.Outcome}
}

func reasonOr(reason, otherwise string) string {
	if reason == "" {
		return otherwise
	}
	return reason
}

// endChild ends the sub-journey a step waits for: nobody does any more. Its row
// is ended first, then its workflow is told.
func (t *thread) endChild(of *Thread) bool {
	r, s := t.r, of.Frame.Step
	if s == nil || s.Child == "" {
		return true
	}
	child := s.Child
	for _, x := range r.st.Inbox {
		if x.Kind == SignalChild && x.Child == child {
			return true // it has ended by itself
		}
	}
	end := Signal{
		ID: string(r.in.EnrollmentID) + "/" + of.Frame.Cursor + "/end/" + string(child), Kind: SignalEnd, At: r.now(),
		Status: string(engine.Unenrolled), Outcome: "unenrolled", Reason: "parent",
	}
	ok := t.insist(ActivityEnd, func(b activities.Base) any {
		b.EnrollmentID, b.VersionHash, b.ContactID = child, "", ""
		b.JourneyID = ""
		if n := r.plan.Nodes[of.Frame.Cursor]; n != nil && n.Enroll != nil {
			b.JourneyID = engine.JourneyID(n.Enroll.Journey)
		}
		b.Cursor, b.Scope = activities.Cursor{}, activities.Scope{Now: r.now()}
		return activities.EndInput{Base: b, Status: engine.Unenrolled, Outcome: "unenrolled", Reason: "parent"}
	}, nil, false)
	if !ok {
		return false
	}
	s.Child = ""
	// A child whose workflow has just ended cannot be told, and need not be.
	if err := workflow.SignalExternalWorkflow(t.ctx, WorkflowID(child), "", SignalName, end).Get(t.ctx, nil); err != nil {
		workflow.GetLogger(t.ctx).Info("a sub-journey had ended before it was told to", "child", child, "error", err)
	}
	return true
}
