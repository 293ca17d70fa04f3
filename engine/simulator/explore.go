package simulator

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/dsl/medium"
	"jornada/engine"
	"jornada/workflows"
)

// lateness is more than the moments by which a timer of the journey fires after the
// time that it names: to stop at that time is to see what it did.
const lateness = 5 * time.Millisecond

// deliverFresh lets the network deliver what has gone out since it was last asked,
// but for a message whose fate the script tells.
func (p *play) deliverFresh() {
	p.mu.Lock()
	fresh := slices.Clone(p.all[p.watched:])
	p.watched = len(p.all)
	told := func(d *deed) bool {
		return slices.ContainsFunc(p.script[p.cursor:], func(a dsl.Act) bool {
			return a.Kind == dsl.Status && (a.Step == "" || a.Step == d.step)
		})
	}
	fresh = slices.DeleteFunc(fresh, func(d *deed) bool { return !d.wentOut() || !d.more || told(d) })
	p.mu.Unlock()
	for _, d := range fresh {
		p.deliver(d)
	}
}

// observe notes where the journey rests, and what it waits for. It reports whether
// there is something to see: at the very beginning there is not.
func (p *play) observe() bool {
	v, err := p.b.stage.env.QueryWorkflow(workflows.QueryExplain)
	if err != nil {
		return false
	}
	var e workflows.Explanation
	if err := v.Get(&e); err != nil {
		p.must(fmt.Errorf("reading where the journey waits: %w", err))
		return true
	}
	rest := &Rest{At: p.b.clock.Now().Truncate(2 * lateness), Steps: []Standing{}, Vars: e.Vars} // finer is how long it took to see that it rests
	windows, err := p.b.store.Windows(p.ctx, p.contact)
	if err != nil {
		p.must(fmt.Errorf("reading the service windows: %w", err))
		return true
	}
	for _, ch := range engine.Channels() {
		if w, known := windows[ch]; known && ch.HasWindow() {
			rest.Windows = append(rest.Windows, w)
		}
	}
	p.rested = rest
	p.b.store.keep(e.Trail)
	rest.NextWakeAt = e.NextWakeAt
	for _, s := range e.CurrentSteps {
		rest.Steps = append(rest.Steps, Standing{Step: s.StepID, Verb: s.Verb, Waiting: s.Waiting, WakeAt: s.WakeAt})
	}
	return true
}

// Sample is a made-up person, and the data with which a journey begins for them, as
// a scenario writes both: moments and durations as text.
type Sample struct {
	Now     string // in the journey's zone
	Contact map[string]any
	Inputs  map[string]any
}

// SampleOf makes up somebody who may be written to everywhere. The same journey
// gets the same person at any time of a day.
func SampleOf(plan *dsl.Plan, now time.Time) Sample {
	zone := engine.ZoneOr(plan.Timezone)
	local := now.In(zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), 10, 0, 0, 0, zone)
	w := &walk{dice: rand.New(rand.NewPCG(1, 1))} //nolint:gosec // whom it makes up is no secret
	optIn := map[string]any{}
	for _, m := range medium.Table {
		optIn[m.Name] = true
	}
	contact := map[string]any{"first_name": "Ana", "opt_in": optIn}
	if _, has := plan.Contact["first_name"]; !has {
		delete(contact, "first_name")
	}
	return Sample{
		Now: at.Format("2006-01-02T15:04"), Contact: contact,
		Inputs: written(w.record(required(plan.Inputs), at), zone).(map[string]any),
	}
}

// required are fields without their being optional: a sample has them all.
func required(fields expression.Fields) expression.Fields {
	out := make(expression.Fields, len(fields))
	for name, t := range fields {
		t.Optional = false
		if t.Fields != nil {
			t.Fields = required(t.Fields)
		}
		out[name] = t
	}
	return out
}

// written is a value as a scenario's text holds it.
func written(v any, zone *time.Location) any {
	switch v := v.(type) {
	case time.Time:
		return v.In(zone).Format("2006-01-02T15:04")
	case time.Duration:
		return fmt.Sprintf("%dh", int(v.Hours()))
	case map[string]any:
		for name, inner := range v {
			v[name] = written(inner, zone)
		}
	case []any:
		for i, inner := range v {
			v[i] = written(inner, zone)
		}
	}
	return v
}
