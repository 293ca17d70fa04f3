package activities

import (
	"context"
	"fmt"

	"jornada/engine"
)

// OpenWait opens the row by which a reply finds a `wait` step. An `ask` opens
// its own together with its message.
func (a *Activities) OpenWait(ctx context.Context, in OpenWaitInput) error {
	return a.Store.InTx(ctx, func(ctx context.Context) error {
		if err := a.openWait(ctx, in, in.ContactID); err != nil {
			return err
		}
		return a.saveProgress(ctx, in.Base)
	})
}

func (a *Activities) openWait(ctx context.Context, in OpenWaitInput, contact engine.ContactID) error {
	w := &engine.Wait{
		ID: engine.WaitIDFor(in.EnrollmentID, in.StepID, in.Visit), EnrollmentID: in.EnrollmentID, VersionHash: in.VersionHash,
		ContactID: contact, StepID: in.StepID, Visit: in.Visit, Channels: in.Channels,
		State: engine.WaitOpen, OpenedAt: a.Clock.Now(), Deadline: in.Deadline,
	}
	if err := a.Store.OpenWait(ctx, w); err != nil {
		return fmt.Errorf("opening the wait of step %q: %w", in.StepID, err)
	}
	return nil
}

// CloseWait closes a step's wait by compare-and-set. Closed is false only when a
// reply won: its signal is on the way and counts, although the time is over. A
// wait that was never opened, or that an earlier attempt of ours closed, is closed.
func (a *Activities) CloseWait(ctx context.Context, in CloseWaitInput) (CloseWaitResult, error) {
	var closed bool
	err := a.Store.InTx(ctx, func(ctx context.Context) error {
		id := engine.WaitIDFor(in.EnrollmentID, in.StepID, in.Visit)
		var err error
		if closed, err = a.Store.CloseWait(ctx, id, in.State); err != nil && !isNotFound(err) {
			return fmt.Errorf("closing the wait of step %q: %w", in.StepID, err)
		}
		if !closed {
			w, err := a.Store.Wait(ctx, id)
			if err != nil && !isNotFound(err) {
				return fmt.Errorf("reading the wait of step %q: %w", in.StepID, err)
			}
			closed = err != nil || w.State != engine.WaitAnswered
		}
		return a.saveProgress(ctx, in.Base)
	})
	return CloseWaitResult{Closed: closed}, err
}
