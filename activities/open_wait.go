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
		contact, err := a.whoNow(ctx, in.ContactID)
		if err != nil {
			return err
		}
		if err := a.openWait(ctx, in, contact); err != nil {
			return err
		}
		return a.saveProgress(ctx, in.Base)
	})
}

// whoNow locks an enrollment's contact and says who they are: the workflow knows
// them by the id with which it began, and they may be one with another since.
func (a *Activities) whoNow(ctx context.Context, id engine.ContactID) (engine.ContactID, error) {
	if id == "" {
		return "", nil
	}
	if err := a.Store.LockContact(ctx, id); err != nil && !isNotFound(err) {
		return "", fmt.Errorf("locking contact %q: %w", id, err)
	}
	c, err := a.Store.Contact(ctx, id)
	if isNotFound(err) {
		return id, nil
	}
	if err != nil {
		return "", fmt.Errorf("reading contact %q: %w", id, err)
	}
	return c.ID, nil
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
//
// A reply that is stored counts, also one that is not worked off yet: while there
// is one, the time is not over, and CloseWait says so with an error that its caller
// answers by trying again.
func (a *Activities) CloseWait(ctx context.Context, in CloseWaitInput) (CloseWaitResult, error) {
	var closed bool
	err := a.Store.InTx(ctx, func(ctx context.Context) error {
		id := engine.WaitIDFor(in.EnrollmentID, in.StepID, in.Visit)
		err := a.hearFirst(ctx, in, id)
		if err != nil {
			return err
		}
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

// hearFirst refuses a timeout while a message of the contact waits to be worked
// off, which may be the answer.
func (a *Activities) hearFirst(ctx context.Context, in CloseWaitInput, id engine.WaitID) error {
	if in.State != engine.WaitTimedOut {
		return nil
	}
	w, err := a.Store.Wait(ctx, id)
	if isNotFound(err) || (err == nil && w.State != engine.WaitOpen) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the wait of step %q: %w", in.StepID, err)
	}
	unheard, err := a.Store.Unheard(ctx, w.ContactID, w.Channels)
	switch {
	case isNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("closing the wait of step %q: %w", in.StepID, err)
	case unheard:
		return engine.Errorf(engine.Unavailable, "the question of step %q stays open: a message of its contact is still to be worked off and may be the answer", in.StepID)
	}
	return nil
}
