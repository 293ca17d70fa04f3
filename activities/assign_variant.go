package activities

import (
	"context"
	"fmt"

	"jornada/engine"
)

// AssignVariant draws a split's variant for the contact. The first draw is kept
// for the journey and step, so changed shares never move a person; a recorded
// variant that the split no longer has is drawn anew for this run only.
func (a *Activities) AssignVariant(ctx context.Context, in StepInput) (StepResult, error) {
	_, node, err := a.step(in.VersionHash, in.StepID)
	if err != nil {
		return StepResult{}, err
	}
	if node.Split == nil {
		return StepResult{}, engine.Errorf(engine.Invalid, "step %q splits nothing: it is a %s", in.StepID, node.Verb)
	}
	seed := node.Split.Seed
	if seed == "" {
		seed = string(in.JourneyID) + "/" + in.StepID
	}
	id := string(in.ContactID)
	if id == "" {
		id = string(in.EnrollmentID)
	}
	drawn := engine.SplitVariant(seed, id, node.Split.Variants)
	variant := drawn
	err = a.Store.InTx(ctx, func(ctx context.Context) error {
		variant = drawn
		if in.ContactID != "" {
			recorded, err := a.Store.AssignVariant(ctx, in.JourneyID, in.StepID, in.ContactID, drawn)
			if err != nil {
				return fmt.Errorf("recording the variant of step %q: %w", in.StepID, err)
			}
			for _, v := range node.Split.Variants {
				if v.ID == recorded {
					variant = recorded
				}
			}
		}
		return a.saveProgress(ctx, in.Base)
	})
	return StepResult{Outcome: variant}, err
}
