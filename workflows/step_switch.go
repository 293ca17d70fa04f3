package workflows

import (
	"fmt"

	"jornada/dsl"
)

// stepSwitch takes the first case that holds.
func (t *thread) stepSwitch(n *dsl.Node, s *StepState) (StepResult, bool) {
	var items []item
	for _, c := range n.Switch {
		if c.When != nil {
			items = append(items, item{source: c.When.Source})
		}
	}
	vals, ok := t.evaluate(items, s.StartedAt, nil)
	if !ok {
		return StepResult{}, false
	}
	k := 0
	for _, c := range n.Switch {
		if c.When == nil {
			return StepResult{Outcome: c.ID}, true
		}
		v := vals[k]
		k++
		holds, isBool := v.v.(bool)
		if v.problem == "" && !isBool {
			v.problem = t.r.problem(c.When.Source, fmt.Errorf("it is not a yes or no"))
		}
		t.r.noteCondition(n.ID, c.When.Source, v)
		if v.problem != "" {
			t.failStep(n, v.problem)
			return StepResult{}, false
		}
		if holds {
			return StepResult{Outcome: c.ID}, true
		}
	}
	return StepResult{Outcome: "otherwise"}, true
}
