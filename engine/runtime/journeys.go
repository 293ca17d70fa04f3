package runtime

import (
	"context"
	"fmt"

	"jornada/engine"
	"jornada/workflows"
)

// tellPage is how many enrollments are told in one transaction.
const tellPage = 500

// PauseJourney stops a journey where it stands: nobody new comes in, and
// running enrollments hold before their next step. Pausing twice is harmless.
func (r *Runtime) PauseJourney(ctx context.Context, id engine.JourneyID) error {
	return r.setPaused(ctx, id, true, workflows.SignalPause)
}

// ResumeJourney lets a paused journey go on.
func (r *Runtime) ResumeJourney(ctx context.Context, id engine.JourneyID) error {
	return r.setPaused(ctx, id, false, workflows.SignalUnpause)
}

func (r *Runtime) setPaused(ctx context.Context, id engine.JourneyID, paused bool, kind workflows.SignalKind) error {
	// The flag is committed before anybody is told: an enrollment that begins in
	// between reads it when its workflow starts.
	if err := r.Store.SetJourneyPaused(ctx, id, paused); err != nil {
		return err
	}
	change := engine.NewID(string(kind))
	if err := r.tellJourney(ctx, id, workflows.Signal{ID: change, Kind: kind}); err != nil {
		return fmt.Errorf("telling the enrollments of journey %q: %w", id, err)
	}
	return nil
}

// tellJourney signals every active enrollment of a journey, page by page.
func (r *Runtime) tellJourney(ctx context.Context, id engine.JourneyID, s workflows.Signal) error {
	after := engine.EnrollmentID("")
	for {
		var page []engine.Enrollment
		err := r.inTx(ctx, func(ctx context.Context) error {
			var err error
			if page, err = r.Store.ActiveOfJourney(ctx, id, after, tellPage); err != nil {
				return err
			}
			for i := range page {
				// What concerns a whole journey holds nothing personal.
				if err := r.tell(ctx, WorkspaceKey, page[i].ID, page[i].ContactID, s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(page) < tellPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

// Unenroll ends an enrollment because a person or the API wants it. Ending one
// that has ended is an engine.Conflict.
func (r *Runtime) Unenroll(ctx context.Context, id engine.EnrollmentID, reason, actor string) error {
	return r.inTx(ctx, func(ctx context.Context) error {
		e, err := r.Store.Enrollment(ctx, id)
		if err != nil {
			return err
		}
		if e.ContactID != "" {
			if err := r.Store.LockContact(ctx, e.ContactID); err != nil && !isCode(err, engine.NotFound) {
				return fmt.Errorf("locking contact %q: %w", e.ContactID, err)
			}
		}
		won, err := r.finish(ctx, e, engine.Unenrolled, "unenrolled", reason)
		if err != nil {
			return fmt.Errorf("ending enrollment %s: %w", id, err)
		}
		if !won {
			return engine.Errorf(engine.Conflict, "enrollment %q has ended already", id)
		}
		return r.auditBy(ctx, actor, "enrollment.unenrolled", string(id), map[string]any{"reason": reason})
	})
}

// EraseContact ends everything that runs for a contact and destroys what is
// known about them, with the key of their histories. Their workflows cannot be
// told any more, so they are terminated. Erasing twice is harmless.
func (r *Runtime) EraseContact(ctx context.Context, id engine.ContactID) error {
	return r.inTx(ctx, func(ctx context.Context) error {
		if err := r.Store.LockContact(ctx, id); err != nil {
			return err
		}
		c, err := r.Store.Contact(ctx, id)
		if err != nil {
			return err
		}
		id := c.ID // they may have been merged into another
		active, err := r.Store.ActiveOfContact(ctx, id)
		if err != nil {
			return fmt.Errorf("listing the enrollments of contact %q: %w", id, err)
		}
		for i := range active {
			if _, err := r.finish(ctx, &active[i], engine.Unenrolled, "erased", "the contact was erased"); err != nil {
				return fmt.Errorf("ending enrollment %s: %w", active[i].ID, err)
			}
		}
		if err := r.Store.EraseContact(ctx, id); err != nil {
			return err
		}
		for i := range active {
			err := r.Store.Enqueue(ctx, &engine.OutboxItem{Kind: outboxTerminate, EnrollmentID: active[i].ID})
			if err != nil {
				return fmt.Errorf("recording the end of enrollment %s: %w", active[i].ID, err)
			}
		}
		return r.audit(ctx, "contact.erased", string(id), nil)
	})
}
