package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"jornada/activities"
	"jornada/engine"
)

// Names of the local activities a worker must register. They are literals,
// because histories remember them.
const (
	ActivityEvaluate      = "Evaluate"      // EvaluateInput -> EvaluateResult
	ActivitySendMessage   = "SendMessage"   // SendInput -> SendResult
	ActivityOpenWait      = "OpenWait"      // OpenWaitInput -> nothing
	ActivityCloseWait     = "CloseWait"     // CloseWaitInput -> CloseWaitResult
	ActivityCall          = "Call"          // CallInput -> CallResult
	ActivityUpdateContact = "UpdateContact" // StepInput -> StepResult
	ActivityEmitEvent     = "EmitEvent"     // StepInput -> StepResult
	ActivityOpenHandoff   = "OpenHandoff"   // StepInput -> StepResult
	ActivityCancelHandoff = "CancelHandoff" // CancelHandoffInput -> nothing
	ActivityEnrollChild   = "EnrollChild"   // StepInput -> StepResult
	ActivityAssignVariant = "AssignVariant" // StepInput -> StepResult
	ActivityRecord        = "Record"        // Base -> nothing
	ActivityEnd           = "End"           // EndInput -> nothing
)

// ActivityNames lists every local activity, for the worker and its tests.
func ActivityNames() []string {
	return []string{
		ActivityEvaluate, ActivitySendMessage, ActivityOpenWait, ActivityCloseWait, ActivityCall,
		ActivityUpdateContact, ActivityEmitEvent, ActivityOpenHandoff, ActivityCancelHandoff,
		ActivityEnrollChild, ActivityAssignVariant, ActivityRecord, ActivityEnd,
	}
}

// A local activity runs inside a workflow task, so its own tries are few and
// short; after them the step sleeps on a durable timer and begins again.
const (
	localTimeout    = 15 * time.Second // one try; above every provider's own timeout
	localTries      = 3
	localFirstRetry = 100 * time.Millisecond
	localLastRetry  = time.Second
	longestBackoff  = time.Minute
)

// local calls a local activity with the trail in its input; the trail is
// forgotten once it is stored.
func (t *thread) local(name string, in any, trail []engine.TimelineEntry, out any) error {
	ctx := workflow.WithLocalActivityOptions(t.ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: localTimeout,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: localFirstRetry, BackoffCoefficient: 3,
			MaximumInterval: localLastRetry, MaximumAttempts: localTries,
		},
	})
	if err := workflow.ExecuteLocalActivity(ctx, name, in).Get(ctx, out); err != nil {
		workflow.GetLogger(t.ctx).Warn("an activity did not come through; the step tries again later",
			"activity", name, "step", t.st.Frame.Cursor, "error", err)
		return err
	}
	if n := len(trail); n > 0 {
		t.r.stored(trail[n-1].Seq)
	}
	return nil
}

// persist calls a local activity until it came through, sleeping on durable
// timers in between. It reports false when the thread must halt meanwhile; then
// the step calls it again when the thread goes on. in is made for every try,
// because the trail grows and the scope's clock does not matter to it.
func (t *thread) persist(name string, in func(base activities.Base) any, out any) bool {
	return t.insist(name, in, out, true)
}

// insist is persist for an activity that may leave the trail where it is,
// because it is about another enrollment.
func (t *thread) insist(name string, in func(base activities.Base) any, out any, trail bool) bool {
	s, tries := t.st.Frame.Step, 0
	if s != nil {
		tries = s.Backoff
	}
	for ; ; tries++ {
		if t.halted() {
			return false
		}
		base := t.base()
		if !trail {
			base.Trail = nil
		}
		if err := t.local(name, in(base), base.Trail, out); err == nil {
			if s != nil && s.Backoff > 0 {
				s.Backoff, s.Waiting = 0, ""
			}
			return true
		}
		if s != nil {
			s.Backoff, s.Waiting = tries+1, "storage"
		}
		if t.park(t.r.later(backoff(tries)), nil) == halted {
			return false
		}
	}
}

// record stores the trail and where the thread stands.
func (t *thread) record() bool {
	return t.persist(ActivityRecord, func(b activities.Base) any { return b }, nil)
}

// closeWait closes the step's wait row. Closed is false when a reply was
// committed before; its signal is on the way.
func (t *thread) closeWait(step string, visit int, state engine.WaitState) (closed, ok bool) {
	var res activities.CloseWaitResult
	ok = t.persist(ActivityCloseWait, func(b activities.Base) any {
		return activities.CloseWaitInput{Base: b, StepID: step, Visit: visit, State: state}
	}, &res)
	return res.Closed, ok
}

// release lets go of what another thread's step held open: it was canceled, and
// nobody will come back to it.
func (t *thread) release(other *Thread) bool {
	s := other.Frame.Step
	if s == nil {
		return true
	}
	if s.WaitOpen {
		if _, ok := t.closeWait(s.rowOf(other.Frame.Cursor), s.Visit, engine.WaitCancelled); !ok {
			return false
		}
		s.WaitOpen = false
	}
	if s.Handoff != "" {
		if !t.cancelHandoff(s.Handoff, "canceled") {
			return false
		}
		s.Handoff = ""
	}
	return t.endChild(other)
}

// backoff is how long to wait after so many failed tries: 1 s, 2 s, … 1 min.
func backoff(tries int) time.Duration {
	if tries > 6 {
		return longestBackoff
	}
	return min(time.Second<<tries, longestBackoff)
}

// base is what every activity gets to know.
func (t *thread) base() activities.Base {
	r := t.r
	b := activities.Base{
		EnrollmentID: r.in.EnrollmentID, JourneyID: r.in.JourneyID, VersionHash: r.in.VersionHash, ContactID: r.in.ContactID,
		Scope: t.scope(), Trail: append([]engine.TimelineEntry(nil), r.st.Trail...),
		Cursor: activities.Cursor{StepID: t.st.Frame.Cursor},
	}
	if s := t.st.Frame.Step; s != nil {
		b.Cursor.WakeAt = moment(s.wake())
	}
	return b
}

// earliest is the earlier of two times, where zero means never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// moment is nil for never.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
