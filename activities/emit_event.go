package activities

import (
	"context"
	"fmt"
	"strconv"

	"jornada/engine"
)

// EmitEvent publishes a business event of an `emit` step, once: its key is the
// enrollment, step and visit. The event belongs to the contact, and starts or
// informs other journeys as one from outside would.
func (a *Activities) EmitEvent(ctx context.Context, in StepInput) (StepResult, error) {
	plan, node, err := a.step(in.VersionHash, in.StepID)
	if err != nil {
		return StepResult{}, err
	}
	if node.Emit == nil {
		return StepResult{}, engine.Errorf(engine.Invalid, "step %q emits nothing: it is a %s", in.StepID, node.Verb)
	}
	var result StepResult
	err = a.Store.InTx(ctx, func(ctx context.Context) error {
		result = StepResult{Outcome: "ok"}
		contact, windows, err := a.readContact(ctx, in.ContactID)
		if err != nil {
			return err
		}
		s := a.scope(plan, in.Base, contact, windows)
		data := make(map[string]any, len(node.Emit.Data))
		for name, text := range node.Emit.Data {
			if data[name], err = renderValue(text, s); err != nil {
				result = StepResult{Outcome: "failed", Reason: fmt.Sprintf("data.%s: %s", name, err)}
				return a.saveProgress(ctx, in.Base)
			}
		}
		if fields, ok := plan.Events[node.Emit.Event]; ok {
			typed, problems := fields.Coerce(data, s.Zone)
			for _, p := range problems {
				if !p.Unknown {
					result = StepResult{Outcome: "failed", Reason: fmt.Sprintf("data.%s: %s", p.Path, p.Text.En)}
					return a.saveProgress(ctx, in.Base)
				}
			}
			data = typed
		}
		if err := engine.TooLarge("data", data); err != nil {
			result = StepResult{Outcome: "failed", Reason: err.Message}
			return a.saveProgress(ctx, in.Base)
		}
		now := a.Clock.Now()
		_, err = a.Store.InsertEvent(ctx, &engine.InboundEvent{
			ID: engine.EventID(engine.NewID("evt")), Key: stepKey(in), Kind: engine.BusinessEvent,
			OccurredAt: now, ReceivedAt: now, ContactID: in.ContactID, Name: node.Emit.Event, Data: data,
		})
		if err != nil {
			return fmt.Errorf("storing the event: %w", err)
		}
		return a.saveProgress(ctx, in.Base)
	})
	if err != nil {
		return StepResult{}, fmt.Errorf("emitting %q in step %q: %w", node.Emit.Event, in.StepID, err)
	}
	a.wake()
	return result, nil
}

// stepKey names one execution of one step of one enrollment.
func stepKey(in StepInput) string {
	return string(in.EnrollmentID) + "/" + in.StepID + "/" + strconv.Itoa(in.Visit)
}
