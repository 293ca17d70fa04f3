package activities

import (
	"context"
	"fmt"
	"log/slog"

	"jornada/engine"
)

// sweepBatch is how many rows one round looks at.
const sweepBatch = 200

// ReasonCanceled marks a queued message whose enrollment ended.
const ReasonCanceled = "canceled"

// Sweep looks after messages whose outcome nobody learned: claimed long ago, no
// answer and no status since. A provider that can be asked is asked: a message it
// has is accepted, one it surely never took is sent once more. Whatever stays in
// doubt is flagged `unconfirmed`, shown to people, and a late status or a reply
// still lifts it. The runtime calls it on a timer; n is how many were settled.
func (a *Activities) Sweep(ctx context.Context) (n int, err error) {
	before := a.Clock.Ago(a.DoubtAfter + a.SendTimeout)
	for {
		stuck, err := a.Store.StuckSending(ctx, before, sweepBatch)
		if err != nil {
			return n, fmt.Errorf("looking for stuck messages: %w", err)
		}
		settled := 0
		for i := range stuck {
			done, err := a.settle(ctx, &stuck[i])
			if err != nil {
				return n, err
			}
			if done {
				settled++
			}
		}
		n += settled
		if len(stuck) < sweepBatch || settled == 0 {
			break
		}
	}
	return n, a.sendDue(ctx)
}

// settle ends the doubt about one message, or puts it off: then done is false.
func (a *Activities) settle(ctx context.Context, m *engine.Message) (done bool, err error) {
	if a.Calls.NeverCalled(m.AttemptToken, string(m.ID)) {
		return a.requeue(ctx, m, engine.MessageUpdate{Uncounted: true, ErrorDetail: diedBefore}, "its process died before the call")
	}
	switch v, receipt := a.seek(ctx, m); v {
	case later:
		return false, nil
	case taken:
		a.logAbout(ctx, slog.LevelInfo, "message found at its provider", m)
		return true, a.found(ctx, m, receipt)
	case absent:
		return a.again(ctx, m)
	}
	raised, err := a.Store.RaiseStatus(ctx, m.ID, engine.MessageUpdate{
		Status: engine.Unconfirmed, At: a.Clock.Now(),
		ErrorDetail: "the outcome of the call is unknown and no status came",
	})
	if err != nil {
		return false, fmt.Errorf("flagging message %q: %w", m.ID, err)
	}
	if raised {
		a.logAbout(ctx, slog.LevelWarn, "message unconfirmed", m)
	}
	return raised, nil
}

func (a *Activities) logAbout(ctx context.Context, level slog.Level, what string, m *engine.Message) {
	a.log.Log(ctx, level, what, "message_id", m.ID, "enrollment_id", m.EnrollmentID, "step_id", m.StepID, "channel", m.Channel, "provider", m.Provider)
}

// cancelQueued ends the messages of an enrollment that have not left: nobody
// wants them any more, but, with spare, what is to be sent once more.
func (a *Activities) cancelQueued(ctx context.Context, id engine.EnrollmentID, reason string, spare bool) error {
	return a.Store.CancelQueued(ctx, id, engine.MessageUpdate{Status: engine.Skipped, At: a.Clock.Now(), Reason: reason}, spare)
}
