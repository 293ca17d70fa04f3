package workflows

import (
	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// stepSplit draws a variant. The draw is a pure function of the contact; the
// first one is recorded, so that a later change of shares moves nobody.
func (t *thread) stepSplit(n *dsl.Node, s *StepState) (StepResult, bool) {
	r := t.r
	if r.in.ContactID == "" {
		return StepResult{Outcome: engine.SplitVariant(n.Split.Seed, string(r.in.EnrollmentID), n.Split.Variants)}, true
	}
	res, ok := t.act(ActivityAssignVariant, n, s)
	if !ok {
		return StepResult{}, false
	}
	for _, v := range n.Split.Variants {
		if v.ID == res.Outcome {
			return StepResult{Outcome: v.ID}, true
		}
	}
	// A variant of an earlier version of the journey: draw again.
	return StepResult{Outcome: engine.SplitVariant(n.Split.Seed, string(r.in.ContactID), n.Split.Variants)}, true
}

// act runs an activity that needs no more than the step's name.
func (t *thread) act(activity string, n *dsl.Node, s *StepState) (activities.StepResult, bool) {
	var res activities.StepResult
	ok := t.persist(activity, func(b activities.Base) any {
		return activities.StepInput{Base: b, StepID: n.ID, Visit: s.Visit}
	}, &res)
	return res, ok
}
