package workflows

import (
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// Phases of an ask after its question is out.
const (
	phaseWaiting   = "waiting"     // for the answer
	phaseReprompt  = "reprompt"    // the answer fitted nothing: ask again
	phaseRepromptH = "reprompt_on" // …held
	phaseClosing   = "closing"     // time is up; who was first, the reply or we?
	phaseOwed      = "owed"        // the reply was; its signal is on the way
	phaseGivingUp  = "giving_up"   // no tries left for answers that fit nothing
	phaseUnheard   = "undelivered" // no route reached the person
)

// A committed reply's signal follows within seconds. These bounds (real time)
// only keep an enrollment from waiting for ever for one that was lost; after
// them the step ends as it would have without the reply.
const (
	owedAfterTimeout = time.Hour
	owedUndelivered  = time.Minute
)

// stepAsk sends a question and waits for its answer.
func (t *thread) stepAsk(n *dsl.Node, s *StepState) (StepResult, bool) {
	r, ask := t.r, n.Ask
	mine := replyTo(n.ID, s.Visit)
	answered := func() bool { return r.has(mine) }
	for {
		switch s.Phase {
		case "":
			if ask.Deadline != nil {
				at, ok := t.when(n, ask.Deadline, s.StartedAt)
				if !ok {
					return StepResult{}, false
				}
				if !r.now().Before(at) {
					return StepResult{Outcome: "timeout", Reason: "expired"}, true // never ask what is too late to answer
				}
				s.Deadline = at
			}
			fallthrough
		case phaseSending, phaseHeld, phaseConfirming:
			got, done := t.deliver(n, ask.Routes, s, answered)
			if !done {
				return StepResult{}, false
			}
			if !got {
				s.Phase = phaseUnheard
				continue
			}
			t.await(s, ask)
		case phaseWaiting:
			if ask.Deadline != nil && s.Changes != r.st.Changes {
				at, ok := t.when(n, ask.Deadline, s.StartedAt)
				if !ok {
					return StepResult{}, false
				}
				s.Deadline = at
				t.await(s, ask)
			}
			lost := func() bool {
				st := r.status(s.Message).Status
				return st == engine.Failed || st == engine.Skipped
			}
			moved := func() bool { return ask.Deadline != nil && s.Changes != r.st.Changes }
			switch t.park(s.Until, func() bool { return answered() || lost() || moved() }) {
			case halted:
				return StepResult{}, false
			case elapsed:
				s.Phase, s.Woke = phaseClosing, s.Until
			case ready:
				if sig, ok := r.fetch(mine); ok {
					if res, ok := t.understood(s, sig); ok {
						return res, true
					}
					s.Phase = phaseGivingUp
					if s.Try < ask.Retries {
						s.Try++
						s.Phase = phaseReprompt
					}
				} else if lost() {
					s.Until = time.Time{}
					s.nextRoute(r.status(s.Message).Reason)
				}
			}
		case phaseReprompt:
			if s.As != "" { // asked again, it is asked under its new name
				if _, ok := t.closeWait(s.As, s.Visit, engine.WaitCancelled); !ok {
					return StepResult{}, false
				}
				s.As = ""
			}
			res, ok := t.sendMessage(n, s)
			if !ok {
				return StepResult{}, false
			}
			s.Phase = phaseWaiting
			switch res.Status {
			case activities.SendAccepted, activities.SendUnconfirmed:
				s.Message = res.MessageID
				r.note(engine.TimelineEntry{Kind: "message", StepID: n.ID, Result: string(res.Status), Detail: "reprompt", Message: res.MessageID})
			case activities.SendRetry:
				t.hold(s, res)
				s.Phase = phaseRepromptH
			}
		case phaseRepromptH:
			late := func() bool { return !r.now().Before(s.Until) }
			s.Held = earliest(s.Held, s.Until)
			if t.held(s, func() bool { return answered() || late() }) == halted {
				return StepResult{}, false
			}
			s.Phase = phaseReprompt
			if answered() || late() {
				s.Phase = phaseWaiting
			}
		case phaseClosing:
			if res, done, ok := t.settle(n, s, engine.WaitTimedOut, "timeout", owedAfterTimeout); done || !ok {
				return res, ok
			}
		case phaseUnheard:
			if res, done, ok := t.settle(n, s, engine.WaitCancelled, "undelivered", owedUndelivered); done || !ok {
				return res, ok
			}
		case phaseGivingUp:
			if _, ok := t.closeWait(s.rowOf(n.ID), s.Visit, engine.WaitAnswered); !ok {
				return StepResult{}, false
			}
			s.WaitOpen = false
			if res, ok := t.answerTo(s, mine); ok {
				return res, true // a second answer, which fits, had overtaken us
			}
			return s.other(), true
		case phaseOwed:
			woke := t.park(s.Held, answered)
			if woke == halted {
				return StepResult{}, false
			}
			if woke == elapsed && r.now().Before(s.Held) {
				continue // the clock was moved, and the moment with it
			}
			s.WaitOpen = false
			if res, ok := t.answerTo(s, mine); ok {
				return res, true
			}
			if woke == ready {
				return s.other(), true
			}
			t.st.Frame.AnsweredAt = time.Time{}
			return StepResult{Outcome: s.Caught.Outcome, Channel: s.Channel, Reason: s.Reason}, true
		}
	}
}

// await begins, or begins anew, to wait for the answer: the clock starts when
// the question was accepted.
func (t *thread) await(s *StepState, ask *dsl.Ask) {
	if s.AcceptedAt.IsZero() {
		s.AcceptedAt = t.r.now()
	}
	s.Until, s.Held = s.Deadline, time.Time{}
	if ask.Timeout > 0 {
		s.Until = earliest(s.AcceptedAt.Add(ask.Timeout.Std()), s.Deadline)
	}
	s.Phase, s.Waiting, s.Changes = phaseWaiting, "reply", t.r.st.Changes
	t.noteWait(s)
}

// settle closes the wait row and so learns whether a reply was first. When one
// was, the step goes on to wait for its signal; outcome is what it ends with
// should the signal never come.
func (t *thread) settle(n *dsl.Node, s *StepState, state engine.WaitState, outcome string, owed time.Duration) (res StepResult, done, ok bool) {
	if !t.r.has(replyTo(n.ID, s.Visit)) {
		closed, ok := t.closeWait(s.rowOf(n.ID), s.Visit, state)
		if !ok {
			return StepResult{}, false, false
		}
		if closed {
			s.WaitOpen = false
			t.st.Frame.AnsweredAt = time.Time{}
			return StepResult{Outcome: outcome, Channel: s.Channel, Reason: s.Reason}, true, true
		}
	}
	s.Caught = &Caught{Outcome: outcome, At: t.r.now()}
	s.Phase, s.Waiting, s.Until, s.Deadline, s.Held = phaseOwed, "reply", time.Time{}, time.Time{}, t.r.later(owed)
	return StepResult{}, false, true
}

// answerTo takes the kept replies until one fits the question.
func (t *thread) answerTo(s *StepState, mine func(Signal) bool) (StepResult, bool) {
	for {
		sig, ok := t.r.fetch(mine)
		if !ok {
			return StepResult{}, false
		}
		if res, ok := t.understood(s, sig); ok {
			return res, true
		}
	}
}

// understood turns a reply into the step's outcome. One that fits nothing is
// remembered for `other`.
func (t *thread) understood(s *StepState, sig Signal) (StepResult, bool) {
	t.st.Frame.AnsweredAt = sig.At
	s.Channel, s.Woke = sig.Channel, time.Time{}
	if sig.Answer == nil || sig.Answer.Outcome == "" || sig.Answer.Outcome == "other" {
		s.Text = sig.Text
		return StepResult{}, false
	}
	s.WaitOpen = false
	answer := *sig.Answer
	if answer.Text == "" {
		answer.Text = sig.Text
	}
	return StepResult{Outcome: answer.Outcome, Channel: sig.Channel, Answer: &answer}, true
}

// other is the outcome of answers that fit nothing.
func (s *StepState) other() StepResult {
	return StepResult{Outcome: "other", Channel: s.Channel, Answer: &engine.Answer{Outcome: "other", Text: s.Text}}
}
