package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// ruleTriggers: the events and segments exist (J0401, J0404), and every
// trigger fills the inputs (J0410).
func ruleTriggers(c *checker) {
	for _, t := range c.journey.Triggers {
		env := c.triggerEnv
		var fields expression.Fields
		switch {
		case t.Event != nil:
			if !c.event(t.Event) {
				continue
			}
			fields = c.ws.Events[t.Event.Value]
			env = c.eventEnv(env, t.Event.Value)
			if where := c.expression(t.Where, env, condition); where != nil {
				env = env.Assuming(where.Proves()...)
			}
		case t.API != nil || t.Called != nil:
			continue // whoever starts it gives the inputs
		}
		if t.Segment != nil {
			if _, ok := c.ws.Segments[t.Segment.Value]; !ok {
				c.unknown("J0404", t.Segment, diag.Text{En: "segment", Pt: "o segmento"}, sortedKeys(c.ws.Segments))
			}
		}
		c.triggerInputs(t, fields, env)
	}
}

func (c *checker) triggerInputs(t *TriggerDecl, fields expression.Fields, env *expression.Env) {
	inputs := c.journey.Inputs
	given := map[string]bool{}
	for _, pair := range t.With {
		want, ok := inputs[pair.Key.Value]
		if !ok {
			d := c.report("J0410", pair.Key.Span(), diag.T("this journey has no input `%s`", "esta jornada não tem a entrada `%s`", pair.Key.Value))
			d.Suggestion = didYouMean(pair.Key.Value, sortedKeys(inputs))
			given[diag.Near(pair.Key.Value, sortedKeys(inputs))] = true // one mistake, one message
			continue
		}
		given[pair.Key.Value] = true
		c.text(pair.Value, env, want)
	}
	at := t.node.headSpan()
	source := diag.Text{En: "this trigger", Pt: "este gatilho"}
	if t.Event != nil {
		at = t.Event.Span()
		source = diag.T("the event `%s`", "o evento `%s`", t.Event.Value)
	}
	for _, name := range sortedKeys(inputs) {
		want := inputs[name]
		has, ok := fields[name]
		switch {
		case given[name]:
		case !ok && !want.Optional:
			d := c.report("J0410", at, diag.Text{
				En: source.En + " does not fill the input `" + name + "` (" + want.String() + ")",
				Pt: source.Pt + " não preenche a entrada `" + name + "` (" + want.String() + ")",
			})
			d.Hint = diag.T("add `with: {%s: …}`, or make the input optional: `%s`", "acrescente `with: {%s: …}`, ou torne a entrada opcional: `%s`", name, optionalName(name, want))
			if len(fields) > 0 {
				d.Note = listHint(diag.Text{En: "fields of the event", Pt: "campos do evento"}, sortedKeys(fields))
			}
		case ok && !assignable(has, want):
			c.report("J0410", at, diag.Text{
				En: source.En + " has `" + name + "` as " + has.String() + ", but the input is " + want.String(),
				Pt: source.Pt + " tem `" + name + "` como " + has.String() + ", mas a entrada é " + want.String(),
			}).Hint = diag.T("change one of the two types, or convert in `with:`", "mude um dos dois tipos, ou converta em `with:`")
		}
	}
}

func optionalName(name string, t expression.Type) string {
	return name + ": " + strings.TrimSuffix(t.String(), "?") + "?"
}

// assignable reports whether a value of one type always fits another: an int is
// a number, a present value may stand for an optional one, and an object may
// have more fields than are asked for.
func assignable(from, to expression.Type) bool {
	switch {
	case to.Kind == expression.Any || from.Kind == expression.Any:
		return true
	case from.Optional && !to.Optional:
		return false
	case from.Kind == expression.Int && to.Kind == expression.Number:
		return true
	case from.Kind != to.Kind:
		return false
	case to.Kind == expression.List:
		return from.Elem == nil || to.Elem == nil || assignable(*from.Elem, *to.Elem)
	case to.Kind == expression.Object:
		for name, want := range to.Fields {
			has, ok := from.Fields[name]
			if !ok && !want.Optional || ok && !assignable(has, want) {
				return false
			}
		}
	}
	return true
}

// kinds are the trigger kinds of a journey, sorted.
func (j *Journey) kinds() []string {
	var kinds []string
	for _, t := range j.Triggers {
		switch {
		case t.Event != nil:
			kinds = append(kinds, "event")
		case t.Inbound != nil:
			kinds = append(kinds, "inbound")
		case t.Schedule != nil:
			kinds = append(kinds, "schedule")
		case t.Segment != nil:
			kinds = append(kinds, "segment")
		case t.API.or(false):
			kinds = append(kinds, "api")
		case t.Called.or(false):
			kinds = append(kinds, "called")
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}
