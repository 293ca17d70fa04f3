package runtime

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
	"jornada/workflows"
)

// The kinds of outbox item.
const (
	outboxStart     = "start"
	outboxSignal    = "signal"
	outboxTerminate = "terminate" // of an erased contact, whose key is gone, or of one that cannot hear us
)

// tell records that an enrollment's workflow must hear of something; the outbox
// brings it there after the commit.
func (r *Runtime) tell(ctx context.Context, keyID string, to engine.EnrollmentID, contact engine.ContactID, s workflows.Signal) error {
	if s.At.IsZero() {
		s.At = r.Clock.Now()
	}
	s.Data = plainMap(s.Data)
	return r.enqueue(ctx, outboxSignal, keyID, to, contact, s)
}

func (r *Runtime) enqueue(ctx context.Context, kind, keyID string, to engine.EnrollmentID, contact engine.ContactID, payload any) error {
	body, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("writing the %s of enrollment %s: %w", kind, to, err)
	}
	sealed, err := seal(ctx, r.Store, keyID, body)
	if err != nil {
		return fmt.Errorf("sealing the %s of enrollment %s: %w", kind, to, err)
	}
	it := engine.OutboxItem{Kind: kind, EnrollmentID: to, ContactID: contact, Payload: sealed, DueAt: r.Clock.Real()}
	mine, _ := ctx.Value(freshKey{}).(*fresh)
	if mine != nil && r.outbox.room() > 0 {
		// Only the first thing an enrollment must hear may skip the queue.
		holds, err := r.Store.OutboxHolds(ctx, to)
		if err != nil {
			return fmt.Errorf("recording the %s of enrollment %s: %w", kind, to, err)
		}
		if !holds {
			until := it.DueAt.Add(outboxLease)
			it.LeaseUntil, it.Attempts = &until, 1
		}
	}
	if err := r.Store.Enqueue(ctx, &it); err != nil {
		return fmt.Errorf("recording the %s of enrollment %s: %w", kind, to, err)
	}
	switch {
	case mine == nil:
	case it.LeaseUntil != nil:
		mine.items = append(mine.items, it)
	default:
		mine.rest = true
		r.behind.Store(to, true)
	}
	return nil
}

// keyOf is the id of a contact's data key; without a contact, or with one that
// is gone, the workspace's.
func (r *Runtime) keyOf(ctx context.Context, id engine.ContactID) (string, error) {
	if id == "" {
		return WorkspaceKey, nil
	}
	c, err := r.Store.Contact(ctx, id)
	switch {
	case isCode(err, engine.NotFound):
		return WorkspaceKey, nil
	case err != nil:
		return "", fmt.Errorf("reading contact %q: %w", id, err)
	case c.KeyID == "" || c.ErasedAt != nil:
		return WorkspaceKey, nil
	}
	return c.KeyID, nil
}

// tellEnrollment is tell for an enrollment whose contact was not read yet.
func (r *Runtime) tellEnrollment(ctx context.Context, e *engine.Enrollment, s workflows.Signal) error {
	keyID, err := r.keyOf(ctx, e.ContactID)
	if err != nil {
		return err
	}
	return r.tell(ctx, keyID, e.ID, e.ContactID, s)
}

// finish ends an enrollment from outside: by compare-and-set, with everything
// it still had open, with the news to its workflow and to the journey that
// waits for it. won is false when it had ended before.
func (r *Runtime) finish(ctx context.Context, e *engine.Enrollment, st engine.EnrollmentStatus, outcome, reason string) (won bool, err error) {
	if won, err = r.Store.EndEnrollment(ctx, e.ID, st, outcome, reason); err != nil || !won {
		return false, err
	}
	if err := r.Store.CancelWaits(ctx, e.ID); err != nil {
		return false, fmt.Errorf("canceling the waits of enrollment %s: %w", e.ID, err)
	}
	if err := r.Store.CancelHandoffs(ctx, e.ID); err != nil {
		return false, fmt.Errorf("canceling the hand-offs of enrollment %s: %w", e.ID, err)
	}
	if err := r.cancelQueued(ctx, e.ID); err != nil {
		return false, err
	}
	err = r.tellEnrollment(ctx, e, workflows.Signal{
		ID: "end/" + string(e.ID), Kind: workflows.SignalEnd, Status: string(st), Outcome: outcome, Reason: reason,
	})
	if err != nil || e.ParentID == "" {
		return true, err
	}
	parent, err := r.Store.Enrollment(ctx, e.ParentID)
	if isCode(err, engine.NotFound) {
		return true, nil
	}
	if err != nil {
		return true, fmt.Errorf("reading enrollment %s: %w", e.ParentID, err)
	}
	return true, r.tellEnrollment(ctx, parent, childSignal(activities.ChildEnded{
		ID: "child/" + string(e.ID), At: r.Clock.Now(), Parent: e.ParentID, StepID: e.ParentStep,
		Child: e.ID, Status: st, Outcome: outcome,
	}))
}

// cancelQueued ends the messages of an enrollment that have not left.
func (r *Runtime) cancelQueued(ctx context.Context, id engine.EnrollmentID) error {
	return r.Store.CancelQueued(ctx, id, engine.MessageUpdate{Status: engine.Skipped, At: r.Clock.Now(), Reason: activities.ReasonCanceled}, false)
}

func childSignal(c activities.ChildEnded) workflows.Signal {
	return workflows.Signal{
		ID: c.ID, Kind: workflows.SignalChild, At: c.At, StepID: c.StepID,
		Child: c.Child, Status: string(c.Status), Outcome: c.Outcome,
	}
}

// EncodeChildEnded writes the news of a sub-journey's ending as the outbox
// carries it: pass it to activities.Config.
func EncodeChildEnded(c activities.ChildEnded) ([]byte, error) {
	b, err := json.Marshal(childSignal(c))
	if err != nil {
		return nil, fmt.Errorf("writing the ending of enrollment %s: %w", c.Child, err)
	}
	return b, nil
}

// readsContact reports whether a running enrollment of a plan must hear that its
// contact, or the contact's service window, changed: because a goal, an exit or
// a date depends on it, or because it waits for the window.
func readsContact(plan *dsl.Plan) bool {
	dated := func(e *dsl.Expr) bool { return reads(e, "contact") || reads(e, "window") }
	for _, i := range slices.Concat(plan.Goals, plan.Exits) {
		if i.When != nil {
			return true
		}
	}
	for _, n := range plan.Nodes {
		if n.Ask != nil && dated(n.Ask.Deadline) {
			return true
		}
		if n.Wait != nil && (dated(n.Wait.Until) || dated(n.Wait.Deadline) ||
			slices.ContainsFunc(n.Wait.Events, func(e dsl.WaitEvent) bool { return e.Window != "" })) {
			return true
		}
	}
	return false
}
