package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"jornada/engine"
)

// EnrollChild starts the sub-journey of an `enroll` step, once. Its id follows
// from the step, so a second attempt finds the first one's. Outcome is empty
// when the child runs; `failed` with a reason when it did not start.
func (a *Activities) EnrollChild(ctx context.Context, in StepInput) (StepResult, error) {
	plan, node, err := a.step(in.VersionHash, in.StepID)
	if err != nil {
		return StepResult{}, err
	}
	if node.Enroll == nil {
		return StepResult{}, engine.Errorf(engine.Invalid, "step %q enrolls nobody: it is a %s", in.StepID, node.Verb)
	}
	if a.Enroller == nil {
		return StepResult{}, engine.Errorf(engine.Unavailable, "this worker cannot start sub-journeys: Config.Enroller is not set")
	}
	contact, windows, err := a.readContact(ctx, in.ContactID)
	if err != nil {
		return StepResult{}, err
	}
	s := a.scope(plan, in.Base, contact, windows)
	req := ChildRequest{
		EnrollmentID: engine.EnrollmentID(stableID("enr", stepKey(in))), Journey: engine.JourneyID(node.Enroll.Journey),
		ContactID: in.ContactID, ParentID: in.EnrollmentID, ParentStep: in.StepID,
		Inputs: make(map[string]any, len(node.Enroll.Inputs)),
	}
	for name, text := range node.Enroll.Inputs {
		if req.Inputs[name], err = renderValue(text, s); err != nil {
			return a.childFailed(ctx, in, fmt.Sprintf("inputs.%s: %s", name, err))
		}
	}
	if node.Enroll.Contact != nil {
		id, err := renderText(node.Enroll.Contact, node.Enroll.Contact.Source, s)
		if err != nil {
			return a.childFailed(ctx, in, "contact: "+err.Error())
		}
		req.ContactID = engine.ContactID(id)
	}
	child, err := a.Enroller.EnrollChild(ctx, req)
	switch {
	case isRefusal(err):
		return a.childFailed(ctx, in, err.Error())
	case err != nil:
		return StepResult{}, fmt.Errorf("starting journey %q in step %q: %w", req.Journey, in.StepID, err)
	case child.Skipped != "":
		return a.childFailed(ctx, in, child.Skipped)
	}
	if err := a.saveProgress(ctx, in.Base); err != nil {
		return StepResult{}, err
	}
	a.wake()
	return StepResult{EnrollmentID: child.EnrollmentID}, nil
}

func (a *Activities) childFailed(ctx context.Context, in StepInput, reason string) (StepResult, error) {
	return StepResult{Outcome: "failed", Reason: reason}, a.saveProgress(ctx, in.Base)
}

// stableID makes an id that is the same for every attempt of a step.
func stableID(prefix, key string) string {
	sum := sha256.Sum256([]byte(prefix + "\x00" + key))
	return prefix + "_" + hex.EncodeToString(sum[:16])
}
