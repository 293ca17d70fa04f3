package activities

import (
	"context"
	"fmt"

	"jornada/engine"
)

// OpenHandoff passes the conversation to people. A queue that is closed or
// unknown is outcome `unavailable`; else the workflow waits for people, and the
// result carries the hand-off's id without an outcome.
func (a *Activities) OpenHandoff(ctx context.Context, in StepInput) (StepResult, error) {
	plan, node, err := a.spoken(ctx, in.VersionHash, in.StepID)
	if err != nil {
		return StepResult{}, err
	}
	if node.Handoff == nil {
		return StepResult{}, engine.Errorf(engine.Invalid, "step %q hands nothing over: it is a %s", in.StepID, node.Verb)
	}
	var result StepResult
	err = a.Store.InTx(ctx, func(ctx context.Context) error {
		result = StepResult{}
		now := a.Clock.Now()
		if a.Queues != nil {
			open, err := a.Queues.QueueOpen(ctx, node.Handoff.Queue, now)
			if err != nil && !isNotFound(err) {
				return fmt.Errorf("asking whether queue %q is open: %w", node.Handoff.Queue, err)
			}
			if err != nil || !open {
				result = StepResult{Outcome: "unavailable", Reason: fmt.Sprintf("queue %q is closed", node.Handoff.Queue)}
				return a.saveProgress(ctx, in.Base)
			}
		}
		who, err := a.whoNow(ctx, in.ContactID)
		if err != nil {
			return err
		}
		contact, windows, err := a.readContact(ctx, who)
		if err != nil {
			return err
		}
		note := ""
		if node.Handoff.Note != nil {
			// A note that cannot be written must not keep a person waiting.
			if note, err = renderText(node.Handoff.Note, node.Handoff.Note.Source, a.scope(plan, in.Base, contact, windows)); err != nil {
				note = "(the note could not be written: " + err.Error() + ")"
			}
		}
		h := &engine.Handoff{
			ID: engine.HandoffID(stableID("hnd", stepKey(in))), EnrollmentID: in.EnrollmentID, StepID: in.StepID, Visit: in.Visit,
			ContactID: who, Queue: node.Handoff.Queue, Note: note, Priority: node.Handoff.Priority,
			State: "open", OpenedAt: now,
		}
		existing, err := a.Store.OpenHandoff(ctx, h)
		if err != nil {
			return fmt.Errorf("opening the hand-off: %w", err)
		}
		result.HandoffID = h.ID
		if existing != nil {
			result.HandoffID = existing.ID
			if existing.State == "resolved" {
				result.Outcome = existing.State
			}
		}
		return a.saveProgress(ctx, in.Base)
	})
	if err != nil {
		return StepResult{}, fmt.Errorf("handing over in step %q: %w", in.StepID, err)
	}
	return result, nil
}

// CancelHandoff closes a hand-off that nobody took in time, or that nobody needs
// any more. One that people resolved meanwhile stays resolved.
func (a *Activities) CancelHandoff(ctx context.Context, in CancelHandoffInput) error {
	return a.Store.InTx(ctx, func(ctx context.Context) error {
		if _, err := a.Store.CloseHandoff(ctx, in.HandoffID, in.State, ""); err != nil && !isNotFound(err) {
			return fmt.Errorf("closing hand-off %q: %w", in.HandoffID, err)
		}
		return a.saveProgress(ctx, in.Base)
	})
}
