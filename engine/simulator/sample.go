package simulator

import (
	"fmt"
	"maps"
	"time"

	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/dsl/medium"
)

// scenario makes up who is enrolled, when and with what.
func (w *walk) scenario(plan *dsl.Plan, run int) *dsl.Scenario {
	monday := time.Date(2026, time.March, 9, 0, 0, 0, 0, time.UTC)
	s := &dsl.Scenario{
		Name: fmt.Sprintf("run %d", run), Journey: plan.Journey,
		Now: monday.Add(time.Duration(w.dice.IntN(7*24*60)) * time.Minute),
	}
	s.Inputs = w.record(plan.Inputs, s.Now)
	s.Contact = w.record(withoutChats(plan.Contact), s.Now)
	optIn := map[string]any{}
	for _, m := range medium.Table { // who writes first needs none, and a new channel moves no seed
		optIn[m.Name] = m.WritesFirst || !w.chance(noOptIn)
	}
	s.Contact["opt_in"] = optIn
	for _, own := range []string{"id", "phone", "email", "timezone", "locale"} { // made up as in every scenario
		delete(s.Contact, own)
	}
	return s
}

// withoutChats are a contact's fields without the opt-ins of channels where people
// write first: those are not left to chance, so that a new one moves no seed.
func withoutChats(contact expression.Fields) expression.Fields {
	out, optIn := maps.Clone(contact), expression.Fields{}
	for name, t := range contact["opt_in"].Fields {
		if !medium.Of(name).WritesFirst {
			optIn[name] = t
		}
	}
	if t, has := out["opt_in"]; has {
		t.Fields = optIn
		out["opt_in"] = t
	}
	return out
}

// record makes up the fields of a record; optional ones are there every other time.
func (w *walk) record(fields expression.Fields, now time.Time) map[string]any {
	out := make(map[string]any, len(fields))
	for _, name := range sortedKeys(fields) {
		if t := fields[name]; !t.Optional || w.chance(50) {
			out[name] = w.sample(name, t, now)
		}
	}
	return out
}

// sample makes up a value that fits a type: dates within days, amounts as in a
// shop, texts that say whose they are.
func (w *walk) sample(name string, t expression.Type, now time.Time) any {
	switch t.Kind {
	case expression.Number:
		return float64(1+w.dice.IntN(1000)) / 2
	case expression.Int:
		return w.dice.IntN(20)
	case expression.Bool:
		return w.chance(50)
	case expression.Time:
		return now.Add(time.Duration(1+w.dice.IntN(7*24)) * time.Hour)
	case expression.Duration:
		return time.Duration(1+w.dice.IntN(48)) * time.Hour
	case expression.List:
		elem := expression.Type{Kind: expression.String}
		if t.Elem != nil {
			elem = *t.Elem
		}
		list := make([]any, 1+w.dice.IntN(3))
		for i := range list {
			list[i] = w.sample(name, elem, now)
		}
		return list
	case expression.Object:
		return w.record(t.Fields, now)
	}
	return fmt.Sprintf("%s %d", name, 1+w.dice.IntN(100))
}
