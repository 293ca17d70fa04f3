package workflows

import "jornada/dsl"

// stepEmit publishes an event into Jornada itself.
func (t *thread) stepEmit(n *dsl.Node, s *StepState) (StepResult, bool) {
	return t.effect(ActivityEmitEvent, n, s)
}
