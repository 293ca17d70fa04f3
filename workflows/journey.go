package workflows

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// PlanSource fetches published plans by their hash. A plan never changes, so
// fetching one inside a workflow is deterministic. It is called on the
// workflow's own goroutine: answer from memory, and on a miss wait well under a
// second; an error makes Temporal try the workflow task again later.
type PlanSource interface {
	Plan(hash engine.VersionHash) (*dsl.Plan, error)
}

// Journeys is the interpreter with what it needs from outside.
type Journeys struct {
	Plans PlanSource

	// cutEvery cuts the history after so many steps and signals of one run, for
	// tests; 0 cuts it when Temporal suggests it.
	cutEvery int
}

// Registry is what Register needs of a Temporal worker.
type Registry interface {
	RegisterWorkflowWithOptions(w any, o workflow.RegisterOptions)
}

// Register registers the interpreter under its literal name.
func (j *Journeys) Register(r Registry) {
	r.RegisterWorkflowWithOptions(j.Journey, workflow.RegisterOptions{Name: WorkflowName})
}

// run is one execution of the workflow: the state, which survives it, and what
// is derived from the plan.
type run struct {
	ctx      workflow.Context // disconnected: only the pump looks at cancellation
	in       JourneyInput
	plans    PlanSource
	plan     *dsl.Plan
	zone     *time.Location
	language diag.Language
	inputs   map[string]any // typed
	vars     map[string]any // typed
	st       *State
	signals  workflow.ReceiveChannel

	running  int                    // threads that have not returned
	walkers  []string               // their ids
	resting  map[string]func() bool // threads that wait in park, and whether what they wait for is there
	busy     int                    // 1 while the pump runs
	freezing bool                   // the history is being cut: everybody halts
	canceled bool                   // Temporal was asked to cancel this workflow
	clocks   int                    // counts re-anchorings; timers are set anew
	counted  int                    // steps and signals of this run
	cutEvery int
}

// Journey walks one contact through one version of a journey. It ends without
// an error however the enrollment ends; only a Temporal cancellation is passed on.
func (j *Journeys) Journey(ctx workflow.Context, in JourneyInput) error {
	plan, err := j.Plans.Plan(in.VersionHash)
	if err != nil {
		// Nothing of the enrollment is lost: the workflow task is tried again.
		panic(fmt.Sprintf(NotNow+"fetching plan %s of journey %q: %v", in.VersionHash, in.JourneyID, err))
	}
	r, err := newRun(ctx, in, plan)
	if err != nil {
		panic(fmt.Sprintf("starting enrollment %s: %v", in.EnrollmentID, err))
	}
	r.plans, r.cutEvery = j.Plans, j.cutEvery
	if err := workflow.SetQueryHandler(ctx, QueryExplain, r.explain); err != nil {
		return fmt.Errorf("registering query %q: %w", QueryExplain, err)
	}
	return r.walk(ctx)
}

func newRun(ctx workflow.Context, in JourneyInput, plan *dsl.Plan) (*run, error) {
	zone, err := engine.Zone(plan.Timezone)
	if err != nil {
		return nil, fmt.Errorf("loading time zone %q of the plan: %w", plan.Timezone, err)
	}
	own, _ := workflow.NewDisconnectedContext(ctx)
	r := &run{
		ctx: own, in: in, plan: plan, zone: zone, language: diag.English,
		signals: workflow.GetSignalChannel(own, SignalName), resting: map[string]func() bool{},
	}
	if strings.HasPrefix(plan.Locale, "pt") {
		r.language = diag.Portuguese
	}
	if in.State != nil {
		r.st = in.State
		r.st.init()
		r.retype()
		return r, nil
	}
	r.st = &State{Anchor: in.Anchor, Paused: in.Paused}
	r.st.init()
	r.st.StartedAt = r.now()
	r.st.BurstFrom = r.st.StartedAt
	r.st.Threads = []*Thread{{Frame: Frame{Cursor: plan.Start}}}
	r.retype()
	r.note(engine.TimelineEntry{Kind: "enrolled", Result: in.Trigger.Kind, Detail: in.Trigger.Event, EventID: in.Trigger.EventID})
	return r, nil
}

// walk runs pump and threads until the enrollment ends or its history is cut.
func (r *run) walk(ctx workflow.Context) error {
	first := r.shadow(r.ctx, r.st.Threads[0])
	pending := r.st.Pending
	r.st.Pending = nil
	for _, s := range pending {
		r.take(first, s)
	}
	r.drain(func(s Signal) { r.take(first, s) })
	r.busy++
	workflow.Go(r.ctx, func(own workflow.Context) { r.pump(own, ctx) })

	for r.st.Ending == nil {
		if !r.settleMove() || !r.releaseLeftovers() {
			return r.cut()
		}
		for _, t := range r.st.Threads {
			if !t.Done {
				r.spawn(t)
			}
		}
		r.await(func() bool { return r.running == 0 })
		switch {
		case r.st.Ending != nil:
		case r.freezing:
			return r.cut()
		case r.st.Failure != "" && !r.st.Failing:
			r.st.Failing = true
			r.st.Inbox = nil
			r.st.Leftovers = r.st.Threads
			r.st.Threads = []*Thread{{Frame: Frame{Cursor: r.plan.OnFailure}}}
		default:
			panic("the threads of the journey returned without an ending")
		}
	}
	// No thread may act any more; one may still be inside an activity.
	r.await(func() bool { return r.running == 0 })
	if !r.finish() {
		return r.cut()
	}
	if r.canceled {
		return ctx.Err()
	}
	return nil
}

// janitor is a thread that only cleans up: it works on while the others halt.
func (r *run) janitor() *thread {
	return &thread{r: r, ctx: r.ctx, cleanup: true, st: &Thread{Frame: Frame{Step: &StepState{}}}}
}

// releaseLeftovers lets go of what the threads of a failed enrollment held. It
// reports false when the history must be cut first.
func (r *run) releaseLeftovers() bool {
	j := r.janitor()
	for len(r.st.Leftovers) > 0 {
		if !j.release(r.st.Leftovers[0]) {
			return false
		}
		r.st.Leftovers = r.st.Leftovers[1:]
	}
	return true
}

// finish stores the ending. It reports false when the history must be cut first.
func (r *run) finish() bool {
	j := r.janitor()
	for _, t := range append(r.st.Leftovers, r.st.Threads...) { // children do not outlive the journey that called them
		if !j.endChild(t) {
			return false
		}
	}
	end := r.st.Ending
	if !r.st.Noted {
		r.drain(r.late)
		if !end.Quiet {
			r.note(engine.TimelineEntry{Kind: "ended", Result: end.Outcome, Detail: end.Reason})
		}
		r.st.Noted = true
	}
	if end.Quiet {
		return j.record()
	}
	return j.persist(ActivityEnd, func(b activities.Base) any {
		return activities.EndInput{
			Base: b, Status: end.Status, Outcome: end.Outcome, Reason: end.Reason, ParentID: r.in.ParentID, ParentStep: r.in.ParentStep,
		}
	}, nil)
}

// cut ends this history and goes on in a new one, with every signal that came.
func (r *run) cut() error {
	r.freezing = true
	r.await(func() bool { return r.busy == 0 }) // the pump may hold a signal
	r.drain(func(s Signal) { r.st.Pending = append(r.st.Pending, s) })
	r.st.Runs++
	next := r.in
	if to, ok := r.move(); ok {
		next.VersionHash = to
	}
	next.State = r.st
	return workflow.NewContinueAsNewError(r.ctx, WorkflowName, next)
}

// end decides the ending; the first decision stands.
func (r *run) end(e Ending) {
	if r.st.Ending == nil {
		r.st.Ending = &e
	}
}

// fail ends the enrollment as failed, after the plan's failure steps.
func (r *run) fail(reason string) {
	if r.st.Ending != nil || (r.st.Failure != "" && !r.st.Failing) {
		return
	}
	r.note(engine.TimelineEntry{Kind: "outcome", Result: "failed", Detail: reason})
	if r.st.Failing || r.plan.OnFailure == "" {
		if r.st.Failure == "" {
			r.st.Failure = reason
		}
		r.end(Ending{Status: engine.FailedRun, Outcome: "failed", Reason: r.st.Failure})
		return
	}
	r.st.Failure = reason
}

// leave ends the enrollment at an exit, or at the end of the steps.
func (r *run) leave(status engine.EnrollmentStatus, outcome string) {
	if r.st.Failing {
		if outcome == "completed" {
			outcome = "failed"
		}
		r.end(Ending{Status: engine.FailedRun, Outcome: outcome, Reason: r.st.Failure})
		return
	}
	r.end(Ending{Status: status, Outcome: outcome})
}

// halting reports whether every thread must come to rest.
func (r *run) halting() bool {
	return r.freezing || r.st.Ending != nil || (r.st.Failure != "" && !r.st.Failing)
}

// suggested reports whether the history should be cut.
func (r *run) suggested() bool {
	if r.cutEvery > 0 {
		return r.counted >= r.cutEvery
	}
	return workflow.GetInfo(r.ctx).GetContinueAsNewSuggested()
}

// now is the present in virtual time.
func (r *run) now() time.Time { return r.st.Anchor.At(workflow.Now(r.ctx)).UTC() }

// later is the virtual time after a length of real time: for backing off from
// machines, which do not live in virtual time.
func (r *run) later(real time.Duration) time.Time {
	return r.st.Anchor.At(workflow.Now(r.ctx).Add(real)).UTC()
}

// await blocks until ok. The context is never canceled, so there is no error.
func (r *run) await(ok func() bool) {
	if err := workflow.Await(r.ctx, ok); err != nil {
		panic(err)
	}
}

// say picks the sentence in the journey's language.
func (r *run) say(en, pt string, args ...any) string { return diag.T(en, pt, args...).In(r.language) }

// sorted returns a map's keys in order: maps are never walked otherwise here.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
