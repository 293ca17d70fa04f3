package workflows

import (
	"fmt"
	"time"

	"jornada/dsl"
)

// Phases of a repeat, besides "round": a round of the body has ended.
const (
	phaseRound = "round"
	phaseEvery = "every" // wait until the next round is due
	phaseAgain = "again"
)

// stepRepeat runs its body, looks at `until` after each round, and goes on when
// the next round is due: `every` counts from the beginning of the last one.
func (t *thread) stepRepeat(n *dsl.Node, s *StepState) (StepResult, bool) {
	r, f := t.r, &t.st.Frame
	for {
		switch s.Phase {
		case "":
			if n.Repeat.Max <= 0 {
				return StepResult{Outcome: "exhausted"}, true
			}
			f.Loops = append(f.Loops, Loop{ID: n.ID, Visit: s.Visit, RoundAt: r.now()})
			return StepResult{Outcome: outcomeBody}, true
		case phaseRound:
			loop := f.loop(n.ID)
			count := loop.Index + 1
			over, ok := t.repeatUntil(n)
			if !ok {
				return StepResult{}, false
			}
			if over {
				return StepResult{Outcome: "done", Count: count}, true
			}
			if count >= n.Repeat.Max {
				outcome := "exhausted"
				if n.Repeat.Until == nil {
					outcome = "done" // so many rounds were all that was asked for
				}
				return StepResult{Outcome: outcome, Count: count}, true
			}
			s.Phase = phaseAgain
			if due := loop.RoundAt.Add(n.Repeat.Every.Std()); r.now().Before(due) {
				s.Until, s.Waiting, s.Phase = due, "time", phaseEvery
				t.noteWait(s)
				if !t.record() {
					return StepResult{}, false
				}
			}
		case phaseEvery:
			if t.park(s.Until, nil) == halted {
				return StepResult{}, false
			}
			f.AnsweredAt, f.Due, f.Before = time.Time{}, r.lateness(s.Until), time.Time{}
			over, ok := t.repeatUntil(n) // much may have happened meanwhile
			if !ok {
				return StepResult{}, false
			}
			if over {
				return StepResult{Outcome: "done", Count: f.loop(n.ID).Index + 1}, true
			}
			s.Phase = phaseAgain
		case phaseAgain:
			loop := f.loop(n.ID)
			loop.Index++
			loop.RoundAt = r.now()
			if r.spend(r.now()) {
				return StepResult{}, false
			}
			return StepResult{Outcome: outcomeBody}, true
		}
	}
}

// repeatUntil evaluates `until` at the present.
func (t *thread) repeatUntil(n *dsl.Node) (over, ok bool) {
	e := n.Repeat.Until
	if e == nil {
		return false, true
	}
	vals, ok := t.evaluate([]item{{source: e.Source}}, t.r.now(), nil)
	if !ok {
		return false, false
	}
	v := vals[0]
	over, isBool := v.v.(bool)
	if v.problem == "" && !isBool {
		v.problem = t.r.problem(e.Source, fmt.Errorf("it is not a yes or no"))
	}
	t.r.noteCondition(n.ID, e.Source, v)
	if v.problem != "" {
		t.failStep(n, v.problem)
		return false, false
	}
	return over, true
}
