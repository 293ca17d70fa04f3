package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"jornada/dsl"
	"jornada/engine"
)

const (
	flushTrailAt = 256 // entries of the trail before they are stored for their own sake
	rootThread   = ""
)

// thread walks the plan: the journey's own program counter, or one lane's.
type thread struct {
	r     *run
	ctx   workflow.Context
	st    *Thread
	timer *timer

	asked int // State.Resumes when a message was last asked for

	cleanup bool // tidies up after others: halts only when the history is cut
	pump    bool // computes conditions for the pump: a failing enrollment does not halt it
}

// timer is the one timer a thread may have set. It is kept while the thread
// works, so that parking again for the same moment costs nothing, and is only
// canceled when the thread parks for another: a timer that is set when the
// journey ends needs no cancellation.
type timer struct {
	at     time.Time
	clocks int
	future workflow.Future
	cancel workflow.CancelFunc
}

// spawn starts a coroutine for a thread.
func (r *run) spawn(st *Thread) {
	r.running++
	r.walkers = append(r.walkers, st.ID)
	workflow.Go(r.ctx, func(ctx workflow.Context) {
		t := &thread{r: r, ctx: ctx, st: st}
		t.walk()
		if t.timer != nil && r.st.Ending == nil {
			t.timer.cancel()
		}
		r.running--
		r.walkers = slices.DeleteFunc(r.walkers, func(id string) bool { return id == st.ID })
	})
}

// halted reports whether the thread must come to rest where it is.
func (t *thread) halted() bool {
	if t.cleanup {
		return t.r.freezing
	}
	if t.pump {
		return t.r.freezing || t.r.st.Ending != nil
	}
	if t.r.halting() {
		return true
	}
	for st := t.st; ; {
		if st.Canceled {
			return true
		}
		if st.ID == rootThread {
			return false
		}
		if st = t.r.thread(st.Parent); st == nil {
			return true
		}
	}
}

// thread finds a thread's state.
func (r *run) thread(id string) *Thread {
	for _, t := range r.st.Threads {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// woken is why a parked thread goes on.
type woken int

const (
	halted  woken = iota // come to rest
	ready                // what it waited for has happened
	elapsed              // the moment has come
)

// park waits for ok or for a moment of virtual time (zero: no moment). What
// happened wins over the moment when both are true.
func (t *thread) park(until time.Time, ok func() bool) woken {
	r := t.r
	for {
		if t.halted() {
			return halted
		}
		if ok != nil && ok() {
			return ready
		}
		if !until.IsZero() && !r.now().Before(until) {
			return elapsed
		}
		if r.suggested() || t.moves() {
			r.freezing = true
			return halted
		}
		if t.halted() { // it was moved out
			return halted
		}
		t.set(until)
		clocks := r.clocks
		r.st.Burst = 0
		t.st.Frame.Fresh = nil
		set := t.timer
		if !t.pump && !t.cleanup {
			r.resting[t.st.ID] = func() bool { return (ok != nil && ok()) || (set != nil && set.future.IsReady()) }
		}
		if err := workflow.Await(t.ctx, func() bool {
			return t.halted() || (ok != nil && ok()) || clocks != r.clocks || (set != nil && set.future.IsReady()) || t.mayMove()
		}); err != nil {
			panic(err) // the context is never canceled
		}
		if !t.pump && !t.cleanup {
			delete(r.resting, t.st.ID)
		}
		if set != nil && set.future.IsReady() {
			t.timer = nil
		}
	}
}

// set makes the thread's timer go off at a moment, or not at all.
func (t *thread) set(until time.Time) {
	r := t.r
	if t.timer != nil {
		if t.timer.at.Equal(until) && t.timer.clocks == r.clocks {
			return
		}
		t.timer.cancel()
		t.timer = nil
	}
	if until.IsZero() {
		return
	}
	real := r.st.Anchor.Wait(until.Sub(r.now()))
	if rest := real % time.Millisecond; rest != 0 {
		real += time.Millisecond - rest // never early
	}
	ctx, cancel := workflow.WithCancel(t.ctx)
	t.timer = &timer{at: until, clocks: r.clocks, cancel: cancel, future: workflow.NewTimer(ctx, max(real, time.Millisecond))}
}

// walk goes from step to step until the thread ends or must halt.
func (t *thread) walk() {
	r := t.r
	for !t.halted() {
		f := &t.st.Frame
		if f.Step == nil {
			if t.st.ID != rootThread && f.Cursor == t.st.Parallel {
				t.st.Done = true
				return
			}
			if f.Cursor == dsl.End {
				r.leave(engine.Completed, "completed")
				return
			}
			if r.st.Paused && !t.pause() {
				return
			}
		}
		n := r.plan.Nodes[f.Cursor]
		if n == nil {
			r.fail(r.say("The plan has no step `%s`; publish the journey again.", "O plano não tem o passo `%s`; publique a jornada de novo.", f.Cursor))
			return
		}
		if f.Step == nil && !t.begin(n) {
			return
		}
		if f.Step == nil { // the guard said no
			t.follow(n.Next)
			continue
		}
		res, done := t.step(n, f.Step)
		if !done {
			return
		}
		if !t.conclude(n, res) {
			return
		}
	}
}

// pause waits, between two steps, until the journey goes on.
func (t *thread) pause() bool {
	return t.park(time.Time{}, func() bool { return !t.r.st.Paused }) == ready
}

// begin opens the step the cursor stands on: interrupts, step budget, guard.
// Frame.Step stays nil when the guard is false; false means the thread halts.
func (t *thread) begin(n *dsl.Node) bool {
	r, f := t.r, &t.st.Frame
	if len(r.st.Trail) >= flushTrailAt && !t.record() {
		return false
	}
	if n.Verb == "repeat" && f.loop(n.ID) != nil { // came back from the body
		f.Step = &StepState{Visit: f.loop(n.ID).Visit, Phase: "round", StartedAt: r.now()}
		return true
	}
	now := r.now()
	guard, goOn := t.checks(n.If, now)
	if !goOn {
		return false
	}
	if !guard {
		r.note(engine.TimelineEntry{Kind: "step", StepID: n.ID, Verb: n.Verb, Result: "skipped"})
	}
	if r.spend(now) {
		return false
	}
	if !guard {
		return true
	}
	f.Step = &StepState{Visit: r.st.Visits[n.ID], StartedAt: now, Changes: r.st.Changes}
	r.st.Visits[n.ID]++
	r.note(engine.TimelineEntry{Kind: "step", StepID: n.ID, Verb: n.Verb})
	return true
}

// step runs the step's verb from where it got to.
func (t *thread) step(n *dsl.Node, s *StepState) (StepResult, bool) {
	switch n.Verb {
	case "send":
		return t.stepSend(n, s)
	case "ask":
		return t.stepAsk(n, s)
	case "wait":
		return t.stepWait(n, s)
	case "switch":
		return t.stepSwitch(n, s)
	case "split":
		return t.stepSplit(n, s)
	case "parallel":
		return t.stepParallel(n, s)
	case "repeat":
		return t.stepRepeat(n, s)
	case "enroll":
		return t.stepEnroll(n, s)
	case "call":
		return t.stepCall(n, s)
	case "handoff":
		return t.stepHandoff(n, s)
	case "set":
		return t.stepSet(n, s)
	case "update":
		return t.stepUpdate(n, s)
	case "emit":
		return t.stepEmit(n, s)
	case "goto":
		return t.stepGoto(n, s)
	case "exit":
		return t.stepExit(n, s)
	}
	t.r.fail(t.r.say("Step `%s` uses `%s`, which this version of Jornada does not know; update Jornada.",
		"O passo `%s` usa `%s`, que esta versão da Jornada não conhece; atualize a Jornada.", n.ID, n.Verb))
	return StepResult{}, false
}

// Outcomes the interpreter itself gives to `steps` that move the cursor.
const (
	outcomeBody = "$body" // repeat: go into the body
	outcomeJump = "$jump" // goto, or a lane's goto out of its parallel
)

// conclude records a step's outcome and moves the cursor.
func (t *thread) conclude(n *dsl.Node, res StepResult) bool {
	r, f := t.r, &t.st.Frame
	res.At = r.now()
	switch res.Outcome {
	case outcomeBody:
		f.Cursor, f.Step = n.Repeat.Body, nil
		return true
	case outcomeJump:
		f.Step = nil
		t.jump(res.Result)
		return true
	}
	r.st.Steps[n.ID] = &res
	r.note(engine.TimelineEntry{Kind: "outcome", StepID: n.ID, Verb: n.Verb, Result: res.Outcome, Detail: res.Reason})
	r.discard(n.ID, f.Step)
	t.carry(n, f.Step)
	f.Step = nil
	if r.overloaded(&res) {
		return false
	}
	target, ok := n.Edges[res.Outcome]
	if !ok && res.Outcome == "undelivered" {
		target, ok = n.Edges["timeout"] // an ask nobody got joins the silence
	}
	if !ok && res.Outcome == "failed" && (n.Verb == "call" || n.Verb == "enroll") {
		r.fail(r.say("Step `%s` failed (%s) and has no `failed` branch.", "O passo `%s` falhou (%s) e não tem ramo `failed`.", n.ID, res.Reason))
		return false
	}
	if !ok {
		target = n.Next
	}
	t.follow(target)
	return true
}

// follow moves the cursor along an edge, leaving repeats the edge leads out of.
func (t *thread) follow(target string) {
	f := &t.st.Frame
	for len(f.Loops) > 0 {
		last := f.Loops[len(f.Loops)-1].ID
		if target == last || t.r.inside(target, last) {
			break
		}
		f.Loops = f.Loops[:len(f.Loops)-1]
	}
	f.Cursor = target
}

// jump moves the cursor by a goto: like follow, but a repeat that is jumped to
// begins anew, and a jump out of a lane ends its parallel.
func (t *thread) jump(target string) {
	f := &t.st.Frame
	if p := t.st.Parallel; t.st.ID != rootThread && !t.r.inside(target, p) {
		t.st.Escape = target
		f.Cursor = p
		return
	}
	for len(f.Loops) > 0 && !t.r.inside(target, f.Loops[len(f.Loops)-1].ID) {
		f.Loops = f.Loops[:len(f.Loops)-1]
	}
	f.Cursor = target
}

// inside reports whether a node stands in a repeat's or parallel's body.
func (r *run) inside(id, enclosing string) bool {
	n := r.plan.Nodes[id]
	return n != nil && slices.Contains(n.Inside, enclosing)
}

// loop finds a running repeat.
func (f *Frame) loop(id string) *Loop {
	for i := range f.Loops {
		if f.Loops[i].ID == id {
			return &f.Loops[i]
		}
	}
	return nil
}

// note adds a line to the trail.
func (r *run) note(e engine.TimelineEntry) {
	r.st.Seq++
	e.Seq, e.At = r.st.Seq, r.now()
	r.st.Trail = append(r.st.Trail, e)
}

// stored forgets the trail up to a number: it is in the tables.
func (r *run) stored(seq int) {
	i := 0
	for i < len(r.st.Trail) && r.st.Trail[i].Seq <= seq {
		i++
	}
	r.st.Trail = append([]engine.TimelineEntry(nil), r.st.Trail[i:]...)
}
