package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// A journey can be changed while people are inside it. They stay pinned to the
// version they began, until somebody asks to move them and the plan of the other
// version accepts them where they wait (dsl.Plan.Accepts). The move itself is a
// continue-as-new at a rest: the state goes on, under another plan.

// asked notes that the enrollment shall go on in another version.
func (r *run) asked(s Signal) {
	r.st.MoveTo, r.st.Moves = s.Version, s.Moves
	if s.Version == r.in.VersionHash {
		r.stay() // it is there
	}
}

// stay forgets the wish to move.
func (r *run) stay() { r.st.MoveTo, r.st.Moves = "", nil }

// restful verbs rest where another version may take over: nothing is on its way
// to a provider, and what is waited for stands in the tables or in the state.
func restful(n *dsl.Node, s *StepState) bool {
	if n == nil || s == nil || s.Backoff > 0 {
		return false
	}
	switch n.Verb {
	case "ask", "handoff":
		return s.Phase == phaseWaiting
	case "wait":
		return s.Phase == phaseParked
	case "repeat":
		return s.Phase == phaseEvery
	}
	return false
}

// mayMove reports whether the thread rests where a move can be decided.
func (t *thread) mayMove() bool {
	r, f := t.r, &t.st.Frame
	return r.st.MoveTo != "" && !t.pump && !t.cleanup && !r.st.Failing && r.st.Ending == nil && restful(r.plan.Nodes[f.Cursor], f.Step)
}

// moves decides a move at a rest. One that is not accepted is given up, with the
// reason in the trail.
func (t *thread) moves() bool {
	r := t.r
	if !t.mayMove() {
		return false
	}
	if workflow.GetVersion(t.ctx, changeMove, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return t.movesAsBefore()
	}
	if at := r.wayOut(); at != "" {
		r.note(engine.TimelineEntry{Kind: "signal", StepID: at, Result: "move", Detail: "moved out"})
		r.end(Ending{Status: engine.Exited, Outcome: OutcomeMovedOut, Reason: r.say("moved out at `%s`, as was asked when the journey changed", "retirada em `%s`, como foi pedido quando a jornada mudou", at)})
		r.stay()
		return false
	}
	v := t.judged()
	if !v.OK {
		r.refuse(t.st.Frame.Cursor, v.Why.In(r.language))
	}
	return v.OK
}

// OutcomeMovedOut is the outcome of an enrollment that `--move step=exit` ended.
const OutcomeMovedOut = "moved_out"

// wayOut is a step where some thread rests that the wish to move leads out of.
func (r *run) wayOut() string {
	for _, w := range r.st.Threads {
		f := &w.Frame
		if !w.Done && !w.Canceled && r.st.Moves[f.Cursor] == dsl.MoveExit && restful(r.plan.Nodes[f.Cursor], f.Step) {
			return f.Cursor
		}
	}
	return ""
}

// judged asks the other version about this enrollment.
func (t *thread) judged() dsl.Verdict {
	r := t.r
	if len(r.st.Threads) > 1 {
		return dsl.Verdict{Why: diag.Text{En: "it is inside a `parallel`", Pt: "está dentro de um `parallel`"}}
	}
	return r.planOf(r.st.MoveTo).Judge(r.plan, dsl.Passage{At: t.st.Frame.Cursor, Moves: r.st.Moves, Ran: r.ended})
}

// refuse gives a move up.
func (r *run) refuse(at, reason string) {
	r.note(engine.TimelineEntry{Kind: "signal", StepID: at, Result: "move", Detail: "stays: " + reason})
	r.stay()
}

// movesAsBefore is moves as it was before changeMove.
func (t *thread) movesAsBefore() bool {
	r, f := t.r, &t.st.Frame
	reason := ""
	if len(r.st.Threads) > 1 {
		reason = r.say("it is inside a `parallel`", "está dentro de um `parallel`")
	} else if why, ok := r.planOf(r.st.MoveTo).Accepts(r.plan, f.Cursor, r.ran); !ok {
		reason = why.In(r.language)
	}
	if reason == "" {
		r.st.Moves = nil
		return true
	}
	r.refuse(f.Cursor, reason)
	return false
}

// ended tells how a step ended, and whether it has.
func (r *run) ended(step string) (outcome string, ok bool) {
	if res := r.st.Steps[step]; res != nil {
		return res.Outcome, true
	}
	return "", false
}

// ran reports whether a step has a result.
func (r *run) ran(step string) bool { return r.st.Steps[step] != nil }

// planOf fetches another plan, as Journey fetches its own: a plan never changes,
// and one that cannot be had makes Temporal try the task again.
func (r *run) planOf(hash engine.VersionHash) *dsl.Plan {
	plan, err := r.plans.Plan(hash)
	if err != nil {
		panic(fmt.Sprintf(NotNow+"fetching plan %s of journey %q: %v", hash, r.in.JourneyID, err))
	}
	return plan
}

// move rewrites the state for the other version, when the history is cut at a
// rest that it accepts. Steps keep their results under their new names.
func (r *run) move() (engine.VersionHash, bool) {
	if r.st.MoveTo == "" || r.st.Ending != nil || r.st.Failing || len(r.st.Threads) != 1 {
		return "", false
	}
	t := &thread{r: r, ctx: r.ctx, st: r.st.Threads[0]}
	if !t.moves() {
		return "", false
	}
	to := r.st.MoveTo
	plan := r.planOf(to)
	f := &t.st.Frame
	target, begins := plan.Renamed(f.Cursor), false
	if step := r.st.Moves[f.Cursor]; step != "" {
		target, begins = step, true
	}
	if begins {
		r.leaveBehind(t.st)
	}
	r.st.Steps = renamed(plan, r.st.Steps)
	r.st.Visits = renamed(plan, r.st.Visits)
	r.st.Jumps = renamed(plan, r.st.Jumps)
	for i := range f.Loops {
		f.Loops[i].ID = plan.Renamed(f.Loops[i].ID)
	}
	for i := range r.st.Inbox {
		r.st.Inbox[i].StepID = plan.Renamed(r.st.Inbox[i].StepID)
	}
	r.stay()
	r.st.Moved = true
	r.st.Changes++ // dates that are computed are computed anew
	if begins {
		t.st.Frame = Frame{Cursor: target, Loops: f.Loops[:min(len(f.Loops), len(plan.Nodes[target].Inside))]}
		return to, true
	}
	if target != f.Cursor {
		f.Step.As, f.Cursor = f.Step.rowOf(f.Cursor), target
	}
	rebase(plan.Nodes[f.Cursor], f)
	return to, true
}

// leaveBehind gives up the step that a thread waits in. The next run lets go of
// what it holds open: who answers now is late.
func (r *run) leaveBehind(th *Thread) {
	step := th.Frame.Step
	r.discard(th.Frame.Cursor, step)
	r.st.Leftovers = append(r.st.Leftovers, &Thread{ID: th.ID, Frame: Frame{Cursor: th.Frame.Cursor, Step: step}})
}

func renamed[V any](plan *dsl.Plan, m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	for _, id := range sorted(m) {
		out[plan.Renamed(id)] = m[id]
	}
	return out
}

// rebase gives the step that waits the other version's lengths of time. They
// count from where the old ones did; a shorter one may be over at once.
func rebase(n *dsl.Node, f *Frame) {
	s := f.Step
	switch {
	case n.Ask != nil:
		if n.Ask.Deadline == nil {
			s.Deadline = time.Time{}
		}
		s.Until = s.Deadline
		if n.Ask.Timeout > 0 {
			s.Until = earliest(s.AcceptedAt.Add(n.Ask.Timeout.Std()), s.Deadline)
		}
	case n.Handoff != nil:
		s.Until = time.Time{}
		if n.Handoff.Timeout > 0 {
			s.Until = s.StartedAt.Add(n.Handoff.Timeout.Std())
		}
	case n.Repeat != nil:
		if loop := f.loop(n.ID); loop != nil {
			s.Until = loop.RoundAt.Add(n.Repeat.Every.Std())
		}
	case n.Wait != nil && len(n.Wait.Events) > 0:
		if n.Wait.Deadline == nil && n.Wait.Timeout > 0 {
			s.Until = s.StartedAt.Add(n.Wait.Timeout.Std())
		}
	case n.Wait != nil && n.Wait.Schedule != "":
		s.Phase = "" // look anew when it opens
	case n.Wait != nil && n.Wait.For > 0:
		s.Until = s.StartedAt.Add(n.Wait.For.Std())
	}
}

// settleMove tells the tables, before anything else, which version the
// enrollment is in now. It reports false when the history must be cut first.
func (r *run) settleMove() bool {
	if !r.st.Moved {
		return true
	}
	r.note(engine.TimelineEntry{Kind: "signal", StepID: r.st.Threads[0].Frame.Cursor, Result: "move", Detail: "moved"})
	r.st.Moved = false
	j := r.janitor()
	j.st.Frame = Frame{Cursor: r.st.Threads[0].Frame.Cursor, Step: &StepState{}}
	if s := r.st.Threads[0].Frame.Step; s != nil {
		step := *s
		j.st.Frame.Step = &step
	}
	if !j.record() {
		r.st.Moved = true
		return false
	}
	return true
}
