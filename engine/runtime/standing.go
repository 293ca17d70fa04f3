package runtime

import (
	"context"
	"fmt"
	"sync"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// StandingSource asks for the limits of an integration's sender; channel.ErrNoStanding
// when its provider tells none. *channel.Registry is one.
type StandingSource interface {
	TellsStanding(i *engine.Integration) bool
	Standing(ctx context.Context, i *engine.Integration) (channel.Standing, error)
}

// Platforms tell a new messaging limit and a new throughput by webhooks, which an account
// may not have subscribed to and which do not say whose they are but by a number as it is
// displayed, and a sender's quality by none
// (developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/phone_number_quality_update
// tells throughput, whatever its name). So they are asked as well: every day, every hour for
// as long as a tier is auto or no throughput is known, on the machine's clock, and as soon as
// there is news.
const (
	standingsEvery = 24 * time.Hour
	standingsFirst = time.Hour
	standingsLook  = time.Minute // how often to see whether one is due
	standingsTime  = 30 * time.Second
)

// standingTrigger is the name under which a question is remembered to be asked.
const standingTrigger = "standing of "

// standingNews are the integrations whose platform has news of a limit, until they are
// asked. It is only of this process: one that stops forgets what the next day asks.
type standingNews struct {
	mu sync.Mutex
	of map[engine.IntegrationID]bool
}

// askStandingSoon has the limits of an integration asked at once.
func (r *Runtime) askStandingSoon(id engine.IntegrationID) {
	r.standingNews.mu.Lock()
	defer r.standingNews.mu.Unlock()
	if r.standingNews.of == nil {
		r.standingNews.of = map[engine.IntegrationID]bool{}
	}
	r.standingNews.of[id] = true
	wake(r.wakeStandings)
}

// take empties the news.
func (n *standingNews) take() map[engine.IntegrationID]bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	taken := n.of
	n.of = nil
	return taken
}

// heedStanding keeps what a platform says of a sender, where it says it in words that
// are known. What it does not say stays as it is.
func (r *Runtime) heedStanding(ctx context.Context, id engine.IntegrationID, said channel.Standing) error {
	if quality := channel.Quality(said.Quality); quality != "" {
		if _, err := r.Store.SetQuality(ctx, id, quality); err != nil {
			return fmt.Errorf("storing the quality of integration %q: %w", id, err)
		}
	}
	if said.PerSecond > 0 {
		changed, err := r.Store.SetThroughput(ctx, id, said.PerSecond)
		if err != nil {
			return fmt.Errorf("storing the throughput of integration %q: %w", id, err)
		}
		if changed {
			r.Logger.InfoContext(ctx, "the platform takes messages of a sender at another rate than was known", "integration", id, "messages_per_second", said.PerSecond)
		}
	}
	if said.Tier == "" {
		return nil
	}
	changed, err := r.Store.SetTier(ctx, id, said.Tier)
	if err != nil {
		return fmt.Errorf("storing the messaging limit of integration %q: %w", id, err)
	}
	if changed {
		wake(r.wakeResume)
	}
	return nil
}

// askStandingsDue asks for the limits of senders whose provider tells them, each once in
// all processes when it is due, and at once of those that there is news of. Who gets no
// answer keeps the limits of before; the log says why.
func (r *Runtime) askStandingsDue(ctx context.Context) error {
	all, err := r.Store.Integrations(ctx)
	if err != nil {
		return fmt.Errorf("listing integrations: %w", err)
	}
	news := r.standingNews.take()
	for i := range all {
		in := &all[i]
		if in.State == engine.Disabled || in.State == engine.NeedsReconnect || !r.Standings.TellsStanding(in) {
			continue
		}
		due, err := r.standingDue(ctx, in)
		if err != nil {
			return err
		}
		if !due && !news[in.ID] {
			continue
		}
		asking, cancel := context.WithTimeout(ctx, standingsTime)
		said, err := r.Standings.Standing(asking, in)
		cancel()
		if err != nil {
			r.Logger.WarnContext(ctx, "the limits of a sender could not be asked; what was known of them stays", "integration", in.ID, "cause", inWords(err))
			continue
		}
		r.Logger.InfoContext(ctx, "the platform tells the limits of a sender", "integration", in.ID, "tier", said.Tier, "quality", said.Quality, "messages_per_second", said.PerSecond)
		if err := r.heedStanding(ctx, in.ID, said); err != nil {
			return err
		}
	}
	return nil
}

// standingDue reports whether this process is the one to ask now.
func (r *Runtime) standingDue(ctx context.Context, in *engine.Integration) (bool, error) {
	trigger, every := standingTrigger+string(in.ID), standingsEvery
	if in.Settings[channel.SettingTier] == channel.TierAuto || in.Throughput == 0 {
		trigger, every = trigger+" (first)", standingsFirst
	}
	first, err := r.Store.MarkFired(ctx, "", trigger, r.Clock.Real().UTC().Truncate(every))
	if err != nil {
		return false, fmt.Errorf("marking the limits of integration %q: %w", in.ID, err)
	}
	return first, nil
}
