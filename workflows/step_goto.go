package workflows

import "jornada/dsl"

// stepGoto jumps, so many times in one enrollment; then it continues below.
func (t *thread) stepGoto(n *dsl.Node, _ *StepState) (StepResult, bool) {
	r := t.r
	if r.st.Jumps[n.ID] >= n.Goto.Max {
		return StepResult{Outcome: "exhausted"}, true
	}
	r.st.Jumps[n.ID]++
	return StepResult{Outcome: outcomeJump, Result: n.Goto.Step}, true
}
