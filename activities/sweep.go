package activities

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"jornada/engine"
)

// How long a `sending` row waits for a status before a person is told, on the
// machine's clock, and how many rows one round looks at.
const (
	sweepGrace = 2 * time.Minute
	sweepBatch = 200
)

// ReasonCanceled marks a queued message whose enrollment ended.
const ReasonCanceled = "canceled"

// Sweep flags messages whose outcome nobody learned: claimed long ago, no answer
// and no status since. It never sends and never guesses; `unconfirmed` is shown
// to people, and a late status still lifts it. The runtime calls it on a timer;
// n is how many were flagged.
func (a *Activities) Sweep(ctx context.Context) (n int, err error) {
	now := a.Clock.Now()
	before := now.Add(-a.virtual(sweepGrace + a.SendTimeout))
	for {
		stuck, err := a.Store.StuckSending(ctx, before, sweepBatch)
		if err != nil {
			return n, fmt.Errorf("looking for stuck messages: %w", err)
		}
		flagged := 0
		for i := range stuck {
			m := &stuck[i]
			raised, err := a.Store.RaiseStatus(ctx, m.ID, engine.MessageUpdate{
				Status: engine.Unconfirmed, At: now,
				ErrorDetail: "the outcome of the call is unknown and no status came",
			})
			if err != nil {
				return n, fmt.Errorf("flagging message %q: %w", m.ID, err)
			}
			if raised {
				flagged++
				a.log.Log(ctx, slog.LevelWarn, "message unconfirmed",
					"message_id", m.ID, "enrollment_id", m.EnrollmentID, "step_id", m.StepID, "channel", m.Channel, "provider", m.Provider)
			}
		}
		n += flagged
		if len(stuck) < sweepBatch || flagged == 0 {
			return n, nil
		}
	}
}

// cancelQueued ends the messages of an enrollment that have not left: nobody
// wants them any more.
func (a *Activities) cancelQueued(ctx context.Context, id engine.EnrollmentID) error {
	f := engine.MessageFilter{EnrollmentID: id, Status: engine.Queued, Limit: 100}
	for {
		list, next, err := a.Store.Messages(ctx, f)
		if err != nil {
			return fmt.Errorf("listing queued messages of enrollment %q: %w", id, err)
		}
		for i := range list {
			_, err := a.Store.RaiseStatus(ctx, list[i].ID, engine.MessageUpdate{Status: engine.Skipped, At: a.Clock.Now(), Reason: ReasonCanceled})
			if err != nil {
				return fmt.Errorf("canceling message %q: %w", list[i].ID, err)
			}
		}
		if next == "" {
			return nil
		}
		f.Cursor = next
	}
}
