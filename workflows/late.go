package workflows

import (
	"time"

	"jornada/dsl"
)

// An outage makes steps run late: a wait that should have ended at eight ends
// when the machines are back. What follows must not be sent as if nothing had
// happened: `hold_max` counts from when the message was due, and a message that
// belongs before a moment (`wait: {until: inputs.starts_at, offset: -2h}`) is
// never sent after it.

// lateFrom is how late, in real time, a step must be for it to count: machines
// are never quite punctual, and a fast clock makes much of little.
const lateFrom = time.Minute

// lateness is when something was due, zero when we are on time.
func (r *run) lateness(due time.Time) time.Time {
	if due.IsZero() || r.st.Anchor.Wait(r.now().Sub(due)) < lateFrom {
		return time.Time{}
	}
	return due
}

// carry notes, when a step has ended, what it means for the messages after it.
func (t *thread) carry(n *dsl.Node, s *StepState) {
	f := &t.st.Frame
	switch n.Verb {
	case "wait":
		switch {
		case s.Woke.IsZero() && n.Wait.Schedule != "": // it was open already
			return
		case n.Wait.Schedule == "":
			f.Before = t.before(n, s)
		}
		f.Due = t.r.lateness(s.Woke)
	case "ask", "handoff", "enroll", "parallel", "repeat":
		f.Due, f.Before = t.r.lateness(s.Woke), time.Time{}
	case "send":
		if s.Woke.IsZero() {
			return
		}
		f.Due = time.Time{} // it was held itself: what follows is due now
	}
}

// before is the moment that a wait ended ahead of, however close by: on a fast
// clock at least a real minute from when it ended.
func (t *thread) before(n *dsl.Node, s *StepState) time.Time {
	if s.Before.IsZero() || s.Woke.IsZero() || n.Wait.Offset >= 0 {
		return time.Time{}
	}
	soonest := s.Woke.Add(time.Duration(float64(lateFrom) * max(t.r.st.Anchor.Speed, 1)))
	if soonest.After(s.Before) {
		return soonest
	}
	return s.Before
}

// firstAt is when the step's message is due.
func (t *thread) firstAt() time.Time {
	now := t.r.now()
	if due := t.st.Frame.Due; !due.IsZero() && due.Before(now) {
		return due
	}
	return now
}

// notAfter is when the step's message makes no sense any more, apart from
// hold_max. What is asked again was answered in between.
func (t *thread) notAfter(s *StepState) time.Time {
	if s.Try > 0 {
		return s.Deadline
	}
	return earliest(s.Deadline, t.st.Frame.Before)
}
