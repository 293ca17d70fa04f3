package workflows

import "jornada/dsl"

// stepUpdate changes the contact.
func (t *thread) stepUpdate(n *dsl.Node, s *StepState) (StepResult, bool) {
	return t.effect(ActivityUpdateContact, n, s)
}

// effect runs an activity whose only outcome, apart from a sentence about why
// it cannot be done, is ok.
func (t *thread) effect(activity string, n *dsl.Node, s *StepState) (StepResult, bool) {
	res, ok := t.act(activity, n, s)
	if !ok {
		return StepResult{}, false
	}
	if res.Outcome != "" && res.Outcome != "ok" {
		t.failStep(n, reasonOr(res.Reason, res.Outcome))
		return StepResult{}, false
	}
	return StepResult{Outcome: "ok"}, true
}
