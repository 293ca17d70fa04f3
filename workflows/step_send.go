package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// Phases of getting a message out, shared by send and ask.
const (
	phaseSending    = "sending"    // ask the activity for this route's message
	phaseHeld       = "held"       // not now: quiet hours, cap, channel down, provider away
	phaseConfirming = "confirming" // accepted; wait for `delivered` before the next route
)

// defaultWithin is how long a route waits for `delivered` when the author does
// not say.
const defaultWithin = 15 * time.Minute

// shortestHold keeps an activity that asks to be called again at once from
// spinning.
const shortestHold = time.Second

// stepSend gets one message out by the first route that works.
func (t *thread) stepSend(n *dsl.Node, s *StepState) (StepResult, bool) {
	got, done := t.deliver(n, n.Send.Routes, s, nil)
	if !done {
		return StepResult{}, false
	}
	if !got {
		return StepResult{Outcome: "undelivered", Channel: s.Channel, Reason: s.Reason}, true
	}
	return StepResult{Outcome: "sent", Channel: s.Channel, Reason: s.Reason}, true
}

// deliver walks the routes until one is accepted (the last) or delivered (the
// others). answered, of an ask, ends it early: who answers has got the question.
func (t *thread) deliver(n *dsl.Node, routes []dsl.Route, s *StepState, answered func() bool) (got, done bool) {
	r := t.r
	heard := func() bool { return answered != nil && answered() }
	for {
		switch s.Phase {
		case "":
			s.FirstAt, s.Phase = t.firstAt(), phaseSending
		case phaseSending:
			if s.Route >= len(routes) {
				return false, true
			}
			res, ok := t.sendMessage(n, s)
			if !ok {
				return false, false
			}
			switch res.Status {
			case activities.SendAccepted, activities.SendUnconfirmed:
				t.accepted(s, res, routes[s.Route])
				if s.Route == len(routes)-1 {
					return true, true
				}
				within := routes[s.Route].Within.Std()
				if within <= 0 {
					within = defaultWithin
				}
				s.Held, s.Waiting, s.Phase = s.AcceptedAt.Add(within), "delivery", phaseConfirming
			case activities.SendRetry:
				t.hold(s, res)
			default:
				s.nextRoute(res.Reason)
			}
		case phaseHeld:
			if t.held(s, heard) == halted {
				return false, false
			}
			if n.Send != nil {
				s.Woke = r.now()
			}
			s.Phase = phaseSending
			if heard() {
				return true, true
			}
		case phaseConfirming:
			news := func() bool { return settled(r.status(s.Message).Status) }
			switch t.park(s.Held, func() bool { return heard() || news() }) {
			case halted:
				return false, false
			case elapsed:
				s.nextRoute("unreachable")
			case ready:
				m := r.status(s.Message)
				if !heard() && m.Status.Rank() < engine.Delivered.Rank() {
					s.nextRoute(m.Reason)
					break
				}
				s.Held, s.Waiting = time.Time{}, ""
				return true, true
			}
		default:
			return true, true // an ask that is past this
		}
	}
}

// settled reports whether a status decides about a route: the message arrived,
// or never will.
func settled(st engine.MessageStatus) bool {
	return st == engine.Failed || st == engine.Skipped || st == engine.Delivered || st == engine.Read
}

// accepted notes that the provider took the message, or may have.
func (t *thread) accepted(s *StepState, res activities.SendResult, route dsl.Route) {
	s.Message, s.Channel, s.AcceptedAt, s.Reason = res.MessageID, res.Channel, res.At, ""
	if s.Channel == "" {
		s.Channel = engine.Channel(route.Channel)
	}
	if s.AcceptedAt.IsZero() {
		s.AcceptedAt = t.r.now()
	}
	if res.Status == activities.SendUnconfirmed {
		s.Reason = string(activities.SendUnconfirmed)
	}
	t.r.note(engine.TimelineEntry{Kind: "message", StepID: t.st.Frame.Cursor, Result: string(res.Status), Detail: string(s.Channel), Message: res.MessageID})
}

// nextRoute gives the current route up.
func (s *StepState) nextRoute(reason string) {
	if reason == "" {
		reason = "failed"
	}
	s.Route++
	s.Reason, s.Message, s.Channel = reason, "", ""
	s.Held, s.Waiting, s.Phase = time.Time{}, "", phaseSending
}

// hold waits because the activity said: not now.
func (t *thread) hold(s *StepState, res activities.SendResult) {
	s.Held, s.Parked, s.Resumes, s.Phase, s.Waiting = res.RetryAt, res.Park, t.resumesSeen(res), phaseHeld, "time"
	if s.Parked {
		s.Waiting = "channel"
	}
	soonest := t.r.later(shortestHold)
	if s.Held.IsZero() && !s.Parked || !s.Held.IsZero() && s.Held.Before(soonest) {
		s.Held = soonest
	}
	t.noteWait(s)
}

// resumesSeen is how many resumes the activity that parked can have known of.
// One that came while it was looking is not lost: the step tries again at once.
func (t *thread) resumesSeen(res activities.SendResult) int {
	now := t.r.st.Resumes
	if !res.Park || t.asked == now || workflow.GetVersion(t.ctx, changeResume, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return now
	}
	return t.asked
}

// held waits out a hold, and a pause of the journey after it.
func (t *thread) held(s *StepState, heard func() bool) woken {
	if t.park(s.Held, func() bool { return heard() || (s.Parked && t.r.st.Resumes != s.Resumes) }) == halted {
		return halted
	}
	if t.r.st.Paused && !heard() && !t.pause() {
		return halted
	}
	s.Held, s.Parked, s.Waiting = time.Time{}, false, ""
	return ready
}

// sendMessage asks for the message of the step's route and try.
func (t *thread) sendMessage(n *dsl.Node, s *StepState) (activities.SendResult, bool) {
	if n.Ask != nil {
		s.WaitOpen = true // the activity opens the wait row with the message's intent
	}
	var res activities.SendResult
	ok := t.persist(ActivitySendMessage, func(b activities.Base) any {
		t.asked = t.r.st.Resumes
		if n.Ask != nil && n.Ask.Timeout > 0 && s.Until.IsZero() {
			b.Cursor.WakeAt = moment(earliest(t.r.now().Add(n.Ask.Timeout.Std()), s.Deadline))
		}
		return activities.SendInput{
			Base: b, StepID: n.ID, Visit: s.Visit, Route: s.Route, Try: s.Try,
			FirstAt: s.FirstAt, Deadline: moment(t.notAfter(s)), AnswersTo: t.st.Frame.AnsweredAt,
		}
	}, &res)
	if ok && res.Status == activities.SendInactive {
		// The row ended meanwhile; the signal that says so is on its way.
		t.r.end(Ending{Status: engine.Unenrolled, Outcome: "inactive", Quiet: true})
		return res, false
	}
	return res, ok
}
