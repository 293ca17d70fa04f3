package runtime

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"

	"jornada/engine"
	"jornada/workflows"
)

// ResolveHandoff says that people finished with a conversation: the journey
// goes on with `resolved`, or, when the resolution is "unavailable" because
// nobody could take it, with `unavailable`.
func (r *Runtime) ResolveHandoff(ctx context.Context, id engine.HandoffID, resolution, note string) error {
	if resolution == "" {
		resolution = "resolved"
	}
	if resolution != "resolved" && resolution != "unavailable" {
		return &engine.Error{Code: engine.Invalid, Field: "resolution",
			Message: fmt.Sprintf("resolution is %q and must be resolved or unavailable", resolution)}
	}
	return r.inTx(ctx, func(ctx context.Context) error {
		h, err := r.Store.Handoff(ctx, id)
		if err != nil {
			return err
		}
		won, err := r.Store.CloseHandoff(ctx, id, "resolved", resolution)
		if err != nil {
			return fmt.Errorf("closing hand-off %s: %w", id, err)
		}
		if !won {
			return engine.Errorf(engine.Conflict, "hand-off %q is closed already (%s)", id, h.State)
		}
		if h.EnrollmentID == "" {
			return nil // people passed it to people
		}
		keyID, err := r.keyOf(ctx, h.ContactID)
		if err != nil {
			return err
		}
		return r.tell(ctx, keyID, h.EnrollmentID, h.ContactID, workflows.Signal{
			ID: "handoff/" + string(id), Kind: workflows.SignalHandoff, StepID: h.StepID, Visit: h.Visit,
			Handoff: id, Outcome: resolution, Note: note,
		})
	})
}

// Ways to resolve a message that may or may not have gone out.
const (
	ResolveSent   = "sent"   // it went out, somebody knows
	ResolveFailed = "failed" // it did not
	ResolveResend = "resend" // send it again, knowing that it may come twice
)

// ResolveMessage settles an unconfirmed message by a person's decision, which
// is written to the audit log.
func (r *Runtime) ResolveMessage(ctx context.Context, id engine.MessageID, action, actor string) error {
	if action == ResolveResend && r.Resend == nil {
		return engine.Errorf(engine.Unavailable, "this process cannot send; ask one that runs a worker, or resolve the message as sent or failed")
	}
	var again *engine.Message
	err := r.inTx(ctx, func(ctx context.Context) error {
		again = nil
		m, err := r.Store.Message(ctx, id)
		if err != nil {
			return err
		}
		if m.Status != engine.Unconfirmed {
			return engine.Errorf(engine.Conflict, "message %q is %s; only an unconfirmed message needs a decision", id, m.Status)
		}
		u := engine.MessageUpdate{At: r.Clock.Now()}
		switch action {
		case ResolveSent:
			u.Status = engine.Sent
		case ResolveFailed:
			u.Status, u.Reason, u.ErrorDetail = engine.Failed, "failed", "a person decided that it did not go out"
		case ResolveResend:
			u.Status, u.Reason, u.ErrorDetail = engine.Failed, "failed", "a person had it sent again"
			// The enrollment waits for the new one, not for this.
			again, m.Notify = m, false
		default:
			return &engine.Error{Code: engine.Invalid, Field: "action",
				Message: fmt.Sprintf("action is %q and must be sent, failed or resend", action)}
		}
		raised, err := r.raise(ctx, m, u)
		if err != nil {
			return err
		}
		if !raised {
			return engine.Errorf(engine.Conflict, "message %q was resolved by its provider in this moment", id)
		}
		return r.auditBy(ctx, actor, "message.resolved", string(id), map[string]any{"action": action})
	})
	if err != nil || again == nil {
		return err
	}
	if err := r.Resend(ctx, again); err != nil {
		return fmt.Errorf("sending message %s again: %w", id, err)
	}
	return nil
}

// Explain asks the running workflow why an enrollment stands where it does.
// With Temporal away it is engine.Unavailable; the stored trail is still there.
func (r *Runtime) Explain(ctx context.Context, id engine.EnrollmentID) (*workflows.Explanation, error) {
	e, err := r.Store.Enrollment(ctx, id)
	if err != nil {
		return nil, err
	}
	keyID, err := r.keyOf(ctx, e.ContactID)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(WithKeyID(ctx, keyID), tellTimeout)
	defer cancel()
	answer, err := r.Client.QueryWorkflow(ctx, workflows.WorkflowID(id), "", workflows.QueryExplain)
	var notFound *serviceerror.NotFound
	switch {
	case errors.As(err, &notFound):
		return nil, &engine.Error{Code: engine.NotFound, Err: err,
			Message: fmt.Sprintf("enrollment %q has no running workflow: it has not started yet, or ended so long ago that its history was removed", id)}
	case err != nil:
		return nil, &engine.Error{Code: engine.Unavailable, Err: err,
			Message: fmt.Sprintf("the live state of enrollment %q cannot be read now: no worker or Temporal server answered; the stored timeline is complete up to its last step", id)}
	}
	var out workflows.Explanation
	if err := answer.Get(&out); err != nil {
		return nil, fmt.Errorf("reading the state of enrollment %s: %w", id, err)
	}
	return &out, nil
}
