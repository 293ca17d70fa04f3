package workflows

import (
	"maps"

	"jornada/dsl"
)

// stepSet gives variables new values; all of them are computed before the first
// is changed.
func (t *thread) stepSet(n *dsl.Node, s *StepState) (StepResult, bool) {
	r := t.r
	names := sorted(n.Set)
	items := make([]item, len(names))
	for i, name := range names {
		items[i] = item{source: n.Set[name].Source, text: true}
	}
	vals, ok := t.evaluate(items, s.StartedAt, nil)
	if !ok {
		return StepResult{}, false
	}
	vars, set := maps.Clone(r.vars), maps.Clone(r.st.Vars)
	for i, name := range names {
		v := vals[i]
		if v.problem == "" {
			typed, err := r.plan.Vars[name].Type.CoerceIn(v.v, r.zone)
			if err != nil {
				v.problem = r.say("`%s`: %s", "`%s`: %s", name, err.Text.In(r.language))
			}
			vars[name], set[name] = typed, typed
		}
		if v.problem == "" {
			v.problem = t.tooLarge(name, set[name])
		}
		if v.problem != "" {
			t.failStep(n, v.problem)
			return StepResult{}, false
		}
	}
	r.vars, r.st.Vars = vars, set
	return StepResult{Outcome: "ok"}, true
}
