package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"jornada/engine"
)

// End records the enrollment's one ending by compare-and-set, and in the same
// transaction closes its waits and hand-offs, cancels what was not sent yet, and
// tells the parent. When the enrollment ended otherwise meanwhile (unenrolled,
// replaced, erased) that ending stands; the cleaning up is done all the same.
func (a *Activities) End(ctx context.Context, in EndInput) error {
	told := false
	err := a.Store.InTx(ctx, func(ctx context.Context) error {
		told = false
		if err := a.saveProgress(ctx, in.Base); err != nil {
			return err
		}
		won, err := a.Store.EndEnrollment(ctx, in.EnrollmentID, in.Status, in.Outcome, in.Reason)
		if err != nil {
			return fmt.Errorf("recording the ending: %w", err)
		}
		if err := a.Store.CancelWaits(ctx, in.EnrollmentID); err != nil {
			return fmt.Errorf("canceling waits: %w", err)
		}
		if err := a.Store.CancelHandoffs(ctx, in.EnrollmentID); err != nil {
			return fmt.Errorf("canceling hand-offs: %w", err)
		}
		reason := ReasonCanceled
		if in.Outcome == ReasonOptedOut { // whose queued messages were kept back by just that
			reason = ReasonOptedOut
		}
		if err := a.cancelQueued(ctx, in.EnrollmentID, reason, in.Status == engine.Completed); err != nil {
			return err
		}
		if !won || in.ParentID == "" {
			return nil // who ended it told the parent, or it is our own second run
		}
		told = true
		return a.tellParent(ctx, in)
	})
	if err != nil {
		return fmt.Errorf("ending enrollment %q: %w", in.EnrollmentID, err)
	}
	if told {
		a.wake()
	}
	return nil
}

func (a *Activities) tellParent(ctx context.Context, in EndInput) error {
	parent, err := a.Store.Enrollment(ctx, in.ParentID)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the parent of enrollment %q: %w", in.EnrollmentID, err)
	}
	now := a.Clock.Now()
	news := ChildEnded{
		ID: "child/" + string(in.EnrollmentID), At: now, Parent: parent.ID, StepID: in.ParentStep,
		Child: in.EnrollmentID, Status: in.Status, Outcome: in.Outcome,
	}
	encode := a.EncodeChildEnded
	if encode == nil {
		encode = encodeChildEnded
	}
	payload, err := encode(news)
	if err != nil {
		return fmt.Errorf("writing the news for enrollment %q: %w", parent.ID, err)
	}
	err = a.Store.Enqueue(ctx, &engine.OutboxItem{
		Kind: "signal", EnrollmentID: parent.ID, ContactID: parent.ContactID, Payload: payload,
	})
	return wrap(err, "telling enrollment %q", parent.ID)
}

// encodeChildEnded is the JSON of a workflow signal of kind `child`, for a
// Config that brings no encoder. Its keys are those of workflows.Signal; a test
// of the runtime holds the two together.
func encodeChildEnded(c ChildEnded) ([]byte, error) {
	return json.Marshal(struct {
		ID      string    `json:"id"`
		Kind    string    `json:"kind"`
		At      time.Time `json:"at"`
		StepID  string    `json:"step_id"`
		Status  string    `json:"status"`
		Child   string    `json:"child"`
		Outcome string    `json:"outcome"`
	}{c.ID, "child", c.At, c.StepID, string(c.Status), string(c.Child), c.Outcome})
}
