package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"jornada/dsl"
	"jornada/engine"
)

// interrupt is a goal or an exit, in the order they are looked at: goals first,
// so that an event that is both counts as success.
type interrupt struct {
	*dsl.Interrupt
	goal bool
}

// interrupts lists the goals and exits that may still act.
func (r *run) interrupts() []interrupt {
	if r.st.Failing {
		return nil // the enrollment has failed; only its failure steps are left
	}
	var out []interrupt
	for i := range r.plan.Goals {
		if !r.st.Reached[r.plan.Goals[i].ID] {
			out = append(out, interrupt{&r.plan.Goals[i], true})
		}
	}
	for i := range r.plan.Exits {
		out = append(out, interrupt{&r.plan.Exits[i], false})
	}
	return out
}

// fire lets an interrupt act. It reports true when the enrollment ends by it.
func (r *run) fire(i interrupt) bool {
	if i.goal {
		r.st.Reached[i.ID] = true
		r.note(engine.GoalReached(i.ID))
		if !i.Exit {
			return false
		}
	}
	r.end(Ending{Status: engine.Exited, Outcome: i.ID})
	return true
}

// checks evaluates every goal's and exit's `when`, and the guard of the step
// about to begin, in one go. goOn is false when the thread must halt.
func (t *thread) checks(guard *dsl.Expr, now time.Time) (pass, goOn bool) {
	r := t.r
	var list []interrupt
	var items []item
	for _, i := range r.interrupts() {
		if i.When != nil {
			list = append(list, i)
			items = append(items, item{source: i.When.Source})
		}
	}
	if guard != nil {
		items = append(items, item{source: guard.Source})
	}
	if len(items) == 0 {
		return true, true
	}
	vals, ok := t.evaluate(items, now, nil)
	if !ok {
		return false, false
	}
	for k, i := range list {
		if r.noteWhen(i, vals[k]) && r.fire(i) {
			return false, false
		}
	}
	if guard == nil {
		return true, true
	}
	v := vals[len(list)]
	pass, isBool := v.v.(bool)
	if v.problem == "" && !isBool {
		v.problem = r.problem(guard.Source, fmt.Errorf("it is not a yes or no"))
	}
	r.noteCondition(t.st.Frame.Cursor, guard.Source, v)
	if v.problem != "" {
		r.fail(r.say("The guard of step `%s`: %s", "A guarda do passo `%s`: %s", t.st.Frame.Cursor, v.problem))
		return false, false
	}
	return pass, true
}

// noteWhen records a `when` whose result changed and reports whether it holds. A
// `when` that cannot be computed does not hold; the trail says why.
func (r *run) noteWhen(i interrupt, v value) bool {
	holds, _ := v.v.(bool)
	seen := fmt.Sprintf("%t %s", holds, v.problem)
	if r.st.Whens[i.ID] != seen {
		r.st.Whens[i.ID] = seen
		r.note(engine.TimelineEntry{Kind: "condition", Source: i.When.Source, Result: fmt.Sprint(holds), Detail: describe(i.ID, v.problem)})
	}
	return holds
}

// noteCondition records a condition of a step with its result. Only a yes, a no
// or a problem is written: other values could be the contact's.
func (r *run) noteCondition(step, source string, v value) {
	e := engine.TimelineEntry{Kind: "condition", StepID: step, Source: source, Detail: v.problem}
	if b, ok := v.v.(bool); ok {
		e.Result = fmt.Sprint(b)
	}
	r.note(e)
}

func describe(id, problem string) string {
	if problem == "" {
		return id
	}
	return id + ": " + problem
}

// interruptsByEvent looks for goals and exits a business event fires. ok is
// false when the pump must halt before it knows.
func (r *run) interruptsByEvent(t *thread, s Signal) (ended, ok bool) {
	data := r.eventData(s)
	for _, i := range r.interrupts() {
		if i.Event == "" || i.Event != s.Event {
			continue
		}
		holds, ok := r.where(t, i.ID, i.Where, data)
		if !ok {
			return false, false
		}
		if holds && r.fire(i) {
			return true, true
		}
	}
	return false, true
}

// where evaluates the condition on an event's data. One that cannot be computed
// does not hold; the trail says why.
func (r *run) where(t *thread, id string, e *dsl.Expr, data map[string]any) (holds, ok bool) {
	if e == nil {
		return true, true
	}
	vals, ok := t.evaluate([]item{{source: e.Source}}, r.now(), data)
	if !ok {
		return false, false
	}
	holds, _ = vals[0].v.(bool)
	r.note(engine.TimelineEntry{Kind: "condition", Source: e.Source, Result: fmt.Sprint(holds), Detail: describe(id, vals[0].problem)})
	return holds, true
}

// eventData is a business event's data, typed by the plan.
func (r *run) eventData(s Signal) map[string]any {
	data := s.Data
	if fields, ok := r.plan.Events[s.Event]; ok {
		data = coerced(fields, data, r.zone)
	}
	if data == nil {
		data = map[string]any{}
	}
	return data
}

// interruptsByChange looks again at every `when` after the contact or the inputs
// changed.
func (r *run) interruptsByChange(t *thread) (ok bool) {
	_, goOn := t.checks(nil, r.now())
	return goOn || r.st.Ending != nil
}

// canceledBy ends the enrollment as unenrolled when an operator canceled its
// workflow in Temporal.
func (r *run) canceledBy(ctx workflow.Context) bool {
	if ctx.Err() == nil {
		return false
	}
	r.canceled = true
	r.end(Ending{Status: engine.Unenrolled, Outcome: "unenrolled", Reason: "canceled in Temporal"})
	return true
}
