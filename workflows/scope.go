package workflows

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

// retype gives inputs and variables the types the plan declares: in history and
// in State they travel as JSON, where a time is text and every number a float.
func (r *run) retype() {
	inputs := r.in.Inputs
	if r.st.Inputs != nil {
		inputs = r.st.Inputs
	}
	r.inputs = coerced(r.plan.Inputs, inputs, r.zone)
	r.vars = map[string]any{}
	for _, name := range sorted(r.plan.Vars) {
		v := r.plan.Vars[name]
		value := v.Default
		if set, ok := r.st.Vars[name]; ok {
			value = set
		}
		r.vars[name] = value
		if typed, err := v.Type.CoerceIn(value, r.zone); err == nil {
			r.vars[name] = typed
		}
	}
}

// coerced types the fields that fit and keeps the others as they came: they
// were checked before the enrollment began, so this only restores types.
func coerced(fields expression.Fields, values map[string]any, zone *time.Location) map[string]any {
	out := map[string]any{}
	maps.Copy(out, values)
	for _, name := range sorted(fields) {
		if v, ok := values[name]; ok {
			if typed, err := fields[name].CoerceIn(v, zone); err == nil {
				out[name] = typed
			}
		}
	}
	return out
}

// scope is what activities need for the expressions of the thread's step. Its
// maps are copies: a local activity runs beside the workflow's other threads.
func (t *thread) scope() activities.Scope {
	r := t.r
	s := activities.Scope{
		Now: r.now(), Inputs: maps.Clone(r.inputs), Vars: maps.Clone(r.vars),
		Steps: r.results(), Trigger: r.trigger(), Loop: t.loop(),
	}
	if step := t.st.Frame.Step; step != nil && !step.StartedAt.IsZero() {
		s.Now = step.StartedAt
	}
	return s
}

// loop is the root `loop` inside a repeat.
func (t *thread) loop() map[string]any {
	if n := len(t.st.Frame.Loops); n > 0 {
		return map[string]any{"index": t.st.Frame.Loops[n-1].Index}
	}
	return nil
}

// trigger is the root `trigger`.
func (r *run) trigger() map[string]any {
	in := r.in.Trigger
	data := in.Data
	if fields, ok := r.plan.Events[in.Event]; ok {
		data = coerced(fields, data, r.zone)
	}
	return map[string]any{
		"kind": in.Kind, "event": in.Event, "channel": string(in.Channel), "text": in.Text, "data": data,
	}
}

// results is the root `steps`.
func (r *run) results() map[string]any {
	out := make(map[string]any, len(r.st.Steps))
	for _, id := range sorted(r.st.Steps) {
		out[id] = r.result(id, r.st.Steps[id])
	}
	return out
}

// result is what `steps.<id>` offers, by the step's verb.
func (r *run) result(id string, res *StepResult) map[string]any {
	out := map[string]any{"outcome": res.Outcome, "at": res.At}
	n := r.plan.Nodes[id]
	if n == nil {
		return out
	}
	if res.Reason != "" {
		out["reason"] = res.Reason
	}
	switch n.Verb {
	case "send":
		out["channel"] = string(res.Channel)
	case "ask":
		out["channel"] = string(res.Channel)
		r.answer(n.Ask, res.Answer, out)
	case "wait":
		event := res.Data
		if fields, ok := r.plan.Events[res.Event]; ok {
			event = coerced(fields, event, r.zone)
		}
		if event != nil {
			out["event"] = event
		}
		if res.Channel != "" {
			out["channel"] = string(res.Channel)
		}
	case "repeat":
		out["count"] = res.Count
	case "enroll":
		out["result"] = res.Result
	case "call":
		out["status"] = res.Status
		body := res.Data
		if n.Call != nil {
			body = coerced(n.Call.Returns, body, r.zone)
		}
		out["body"] = body
	case "handoff":
		out["note"] = res.Note
	}
	return out
}

// answer adds what an ask learnt, typed by what it accepts.
func (r *run) answer(ask *dsl.Ask, a *engine.Answer, out map[string]any) {
	if a == nil {
		return
	}
	out["text"] = a.Text
	if a.Option != "" {
		out["answer"] = a.Option
	} else {
		out["answer"] = a.Text
	}
	if a.Score != nil {
		out["score"] = number(*a.Score)
	}
	if a.Value == nil {
		return
	}
	out["value"] = a.Value
	switch ask.Accept {
	case "date":
		if v, err := (expression.Type{Kind: expression.Time}).CoerceIn(a.Value, r.zone); err == nil {
			out["value"] = v
		}
	case "number":
		if f, ok := a.Value.(float64); ok {
			out["value"] = number(f)
		}
	}
	out["answer"] = out["value"]
}

// number is a whole number as int, since that is what an author means by 4.
func number(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int(f)
	}
	return f
}

// item is one expression or text to evaluate.
type item struct {
	source string
	text   bool
}

// value is what became of an item; problem says in words why there is none.
type value struct {
	v       any
	problem string
}

// outside names the roots that only activities may read.
func outside(reads []string) bool {
	return slices.Contains(reads, "contact") || slices.Contains(reads, "window")
}

// evaluate computes items for a moment. Those that read the contact or a window
// go to one Evaluate activity, the others are computed here. False means that
// the thread must halt.
func (t *thread) evaluate(items []item, now time.Time, event map[string]any) ([]value, bool) {
	out := make([]value, len(items))
	var away []activities.Item
	var where []int
	var scope *expression.Scope
	for i, it := range items {
		reads, eval, err := load(it)
		if err != nil {
			out[i].problem = t.r.problem(it.source, err)
			continue
		}
		if outside(reads) {
			away = append(away, activities.Item{Source: it.source, Text: it.text})
			where = append(where, i)
			continue
		}
		if scope == nil {
			scope = t.here(now, event)
		}
		v, err := eval(scope)
		if err != nil {
			out[i].problem = t.r.problem(it.source, err)
			continue
		}
		out[i].v = v
	}
	if len(away) == 0 {
		return out, true
	}
	var res activities.EvaluateResult
	ok := t.persist(ActivityEvaluate, func(b activities.Base) any {
		b.Scope.Now, b.Scope.Event = now, event
		return activities.EvaluateInput{Base: b, Items: away}
	}, &res)
	if !ok {
		return nil, false
	}
	for k, i := range where {
		switch {
		case k >= len(res.Values):
			out[i].problem = t.r.problem(items[i].source, fmt.Errorf("no value came back"))
		case res.Values[k].Error != "":
			out[i].problem = res.Values[k].Error
		default:
			out[i].v = res.Values[k].Value
		}
	}
	return out, true
}

// load compiles an item; programs are cached by their source.
func load(it item) (reads []string, eval func(*expression.Scope) (any, error), err error) {
	if it.text {
		tpl, err := expression.LoadText(it.source)
		if err != nil {
			return nil, nil, err
		}
		return tpl.Reads(), tpl.Render, nil
	}
	p, err := expression.Load(it.source)
	if err != nil {
		return nil, nil, err
	}
	return p.Reads(), p.Eval, nil
}

// here is the scope of expressions computed in the workflow.
func (t *thread) here(now time.Time, event map[string]any) *expression.Scope {
	r := t.r
	roots := map[string]any{
		"inputs": r.inputs, "vars": r.vars, "steps": r.results(), "trigger": r.trigger(),
		"journey": map[string]any{"id": r.plan.Journey, "name": r.plan.Name, "version": string(r.in.VersionHash)},
	}
	if event != nil {
		roots["event"] = event
	}
	if loop := t.loop(); loop != nil {
		roots["loop"] = loop
	}
	return &expression.Scope{Roots: roots, Now: now, Zone: r.zone, Locale: r.plan.Locale, InSchedule: r.inSchedule}
}

// inSchedule answers in_schedule(t, name).
func (r *run) inSchedule(at time.Time, name string) (bool, error) {
	hours, ok := r.plan.Schedules[name]
	if !ok {
		return false, fmt.Errorf("there is no schedule %q", name)
	}
	return engine.InHours(hours, at, r.zone), nil
}

// problem is the sentence about an expression that has no value.
func (r *run) problem(source string, err error) string {
	return r.say("`%s` has no value: %v", "`%s` não tem valor: %v", source, err)
}

// when computes one expression of the thread's step as a moment. Problems fail
// the enrollment.
func (t *thread) when(n *dsl.Node, e *dsl.Expr, now time.Time) (time.Time, bool) {
	vals, ok := t.evaluate([]item{{source: e.Source}}, now, nil)
	if !ok {
		return time.Time{}, false
	}
	if vals[0].problem != "" {
		t.failStep(n, vals[0].problem)
		return time.Time{}, false
	}
	at, ok := t.r.moment(vals[0].v)
	if !ok {
		t.failStep(n, t.r.say("`%s` gives no date and time.", "`%s` não dá uma data e hora.", e.Source))
		return time.Time{}, false
	}
	return at, true
}

// moment reads a time that may have traveled as text.
func (r *run) moment(v any) (time.Time, bool) {
	typed, err := expression.Type{Kind: expression.Time}.CoerceIn(v, r.zone)
	if err != nil {
		return time.Time{}, false
	}
	at, ok := typed.(time.Time)
	return at.UTC(), ok && !at.IsZero()
}

// failStep fails the enrollment with a sentence that names the step.
func (t *thread) failStep(n *dsl.Node, problem string) {
	t.r.fail(t.r.say("Step `%s`: %s", "Passo `%s`: %s", n.ID, problem))
}
