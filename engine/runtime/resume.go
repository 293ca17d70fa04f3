package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"jornada/engine"
	"jornada/workflows"
)

// Messages that wait for a channel are rows with the moment since when they
// wait. When the channel works again they are let go, the longest waiting first
// and so many a second, each by emptying that column in the transaction that
// records the news for its enrollment. So there is no list to get through and no
// place in it to lose: whatever process dies, what still waits is still marked,
// and a message that parks while others are let go is found by the next look.
const (
	// resumePace is how many messages one process lets go in one tick, so that a
	// channel that comes back is not run over by what has piled up.
	resumePace = 100
	// probes is how many messages are asked, each tick, to be the one that tries a
	// limited integration: most of them may be held for other reasons.
	probes = 5
	// probeGrace is how long nobody need have tried a limited integration, after
	// its rest, for the limit to count as over.
	probeGrace = time.Minute
)

// ChannelChanged is called after an integration was connected or enabled: the
// messages that wait for it are looked at now.
func (r *Runtime) ChannelChanged(context.Context, engine.IntegrationID) error {
	wake(r.wakeResume)
	return nil
}

// resumeParked lets one tick's worth of parked messages go, on every channel
// that can send.
func (r *Runtime) resumeParked(ctx context.Context) error {
	if halt, err := r.Store.Halt(ctx); err != nil || halt != nil {
		return err
	}
	all, err := r.Store.Integrations(ctx)
	if err != nil {
		return fmt.Errorf("listing integrations: %w", err)
	}
	byChannel := map[engine.Channel][]engine.Integration{}
	var channels []engine.Channel
	for _, i := range all {
		if _, known := byChannel[i.Channel]; !known {
			channels = append(channels, i.Channel)
		}
		byChannel[i.Channel] = append(byChannel[i.Channel], i)
	}
	var errs []error
	for _, ch := range channels {
		if err := r.resumeChannel(ctx, ch, byChannel[ch]); err != nil {
			errs = append(errs, fmt.Errorf("letting messages go by %s: %w", ch, err))
		}
	}
	return errors.Join(errs...)
}

func (r *Runtime) resumeChannel(ctx context.Context, ch engine.Channel, list []engine.Integration) error {
	now := r.Clock.Now()
	var open []engine.IntegrationID
	for k := range list {
		i := &list[k]
		switch {
		case i.State == engine.Enabled && (i.ThrottledUntil == nil || !now.Before(*i.ThrottledUntil)):
			open = append(open, i.ID)
		case i.State == engine.Limited && i.ResumeAt != nil && !now.Before(*i.ResumeAt):
			if err := r.resumeLimited(ctx, i, now); err != nil {
				return err
			}
		}
	}
	if len(open) == 0 {
		return nil
	}
	through := open
	if def := defaultOf(list); def != "" && slices.Contains(open, def) {
		through = nil // what cannot leave by its own integration leaves by the default one
	}
	_, err := r.letGo(ctx, ch, through, resumePace)
	return err
}

// defaultOf is the channel's default sender, else its only one.
func defaultOf(list []engine.Integration) engine.IntegrationID {
	for _, i := range list {
		if i.Default {
			return i.ID
		}
	}
	if len(list) == 1 {
		return list[0].ID
	}
	return ""
}

// resumeLimited asks a few messages to try an integration that has rested. When
// nobody wants to send by it, its limit is over by itself.
func (r *Runtime) resumeLimited(ctx context.Context, i *engine.Integration, now time.Time) error {
	n, err := r.letGo(ctx, i.Channel, []engine.IntegrationID{i.ID}, probes)
	if err != nil || n > 0 || now.Before(i.ResumeAt.Add(r.virtual(probeGrace))) {
		return err
	}
	changed, err := r.Store.SetIntegrationState(ctx, i.ID, engine.IntegrationChange{State: engine.Enabled, From: engine.Limited, AsOf: i.UpdatedAt})
	if err != nil {
		return fmt.Errorf("enabling integration %q: %w", i.ID, err)
	}
	if changed {
		i.State, i.StateNote = engine.Enabled, ""
		r.Logger.InfoContext(ctx, engine.NoticeOf(i).Text().En, "integration", i.ID)
	}
	return nil
}

// letGo tells the enrollments of parked messages to try now.
func (r *Runtime) letGo(ctx context.Context, ch engine.Channel, through []engine.IntegrationID, limit int) (n int, err error) {
	err = r.inTx(ctx, func(ctx context.Context) error {
		n = 0
		parked, err := r.Store.TakeParked(ctx, ch, through, limit)
		if err != nil {
			return err
		}
		for i := range parked {
			m := &parked[i]
			if m.EnrollmentID == "" {
				continue
			}
			n++
			// What concerns a whole channel holds nothing personal.
			err := r.tell(ctx, WorkspaceKey, m.EnrollmentID, m.ContactID, workflows.Signal{
				ID: engine.NewID("res"), Kind: workflows.SignalResume, Channel: m.Channel, Reason: "the channel works again",
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
