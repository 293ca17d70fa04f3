package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// StandingSource asks for the limits of an integration's sender; channel.ErrNoStanding
// when its provider tells none. *channel.Registry is one.
type StandingSource interface {
	Standing(ctx context.Context, i *engine.Integration) (channel.Standing, error)
}

// Platforms tell a new messaging limit by webhook, which an account may not have
// subscribed to, and a sender's quality by none
// (developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/phone_number_quality_update
// tells throughput, whatever its name). So they are asked as well: every day, and every hour for as long as a
// tier is auto, on the machine's clock.
const (
	standingsEvery = 24 * time.Hour
	standingsFirst = time.Hour
	standingsLook  = time.Minute // how often to see whether one is due
	standingsTime  = 30 * time.Second
)

// standingTrigger is the name under which a question is remembered to be asked.
const standingTrigger = "standing of "

// heedQuality keeps how a platform rates a sender, where it says so in words that are
// known.
func (r *Runtime) heedQuality(ctx context.Context, id engine.IntegrationID, word string) error {
	quality := channel.Quality(word)
	if quality == "" {
		return nil
	}
	if _, err := r.Store.SetQuality(ctx, id, quality); err != nil {
		return fmt.Errorf("storing the quality of integration %q: %w", id, err)
	}
	return nil
}

// askStandingsDue asks for the limits of integrations that count people, each once in all
// processes when it is due. Who gets no answer keeps the limit of before; the log says why.
func (r *Runtime) askStandingsDue(ctx context.Context) error {
	all, err := r.Store.Integrations(ctx)
	if err != nil {
		return fmt.Errorf("listing integrations: %w", err)
	}
	for i := range all {
		in := &all[i]
		tier := in.Settings[channel.SettingTier]
		if tier == "" || in.State == engine.Disabled || in.State == engine.NeedsReconnect {
			continue
		}
		trigger, every := standingTrigger+string(in.ID), standingsEvery
		if tier == channel.TierAuto {
			trigger, every = trigger+" (first)", standingsFirst
		}
		first, err := r.Store.MarkFired(ctx, "", trigger, r.Clock.Real().UTC().Truncate(every))
		if err != nil {
			return fmt.Errorf("marking the limits of integration %q: %w", in.ID, err)
		}
		if !first {
			continue
		}
		asking, cancel := context.WithTimeout(ctx, standingsTime)
		said, err := r.Standings.Standing(asking, in)
		cancel()
		switch {
		case errors.Is(err, channel.ErrNoStanding):
			continue
		case err != nil:
			r.Logger.WarnContext(ctx, "the limits of a sender could not be asked; what was known of them stays", "integration", in.ID, "cause", inWords(err))
			continue
		}
		r.Logger.InfoContext(ctx, "the platform tells the limits of a sender", "integration", in.ID, "tier", said.Tier, "quality", said.Quality, "messages_per_second", said.PerSecond)
		if err := r.heedQuality(ctx, in.ID, said.Quality); err != nil {
			return err
		}
		if said.Tier == "" {
			continue
		}
		changed, err := r.Store.SetTier(ctx, in.ID, said.Tier)
		if err != nil {
			return fmt.Errorf("storing the messaging limit of integration %q: %w", in.ID, err)
		}
		if changed {
			wake(r.wakeResume)
		}
	}
	return nil
}
