package workflows

import (
	"jornada/dsl"
	"jornada/engine"
)

// stepExit ends the enrollment with the outcome the author named.
func (t *thread) stepExit(n *dsl.Node, _ *StepState) (StepResult, bool) {
	t.r.leave(engine.Exited, n.Exit)
	return StepResult{}, false
}
