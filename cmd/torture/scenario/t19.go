package scenario

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// Bounds of a storm: how soon after it the old rate must be back, and over how
// long a rate is measured.
const (
	paceWithin = 60 * time.Second
	paceShare  = 0.8
	paceOver   = 4 * time.Second
)

// A storm of 429 with Retry-After on every channel, in the middle of a campaign.
// Everybody waits, nobody is given up, and the pace is soon back.
func t19(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Files: published(0, "campaign")})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	rng := s.Random("storm")
	calm, began := r.Spread/4, time.Now()
	var from, to time.Time
	g, all := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Enroll(all, "campaign", s.People, s.Spread) })
	g.Go(func() error {
		driver.Pause(all, calm)
		from = time.Now()
		s.World.SetPlan(provsim.Plan{Rate429: 1, RetryAfter: time.Duration(1+rng.IntN(3)) * time.Second})
		driver.Pause(all, r.For)
		s.World.SetPlan(provsim.Plan{})
		to = time.Now()
		return nil
	})
	if err := g.Wait(); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, time.Minute+r.For); err != nil {
		return oracle.Line{}, err
	}
	settled := time.Now()
	return s.Judge(ctx, func() oracle.Rules {
		return and(s.campaignRules(ctx), func(breach func(rule, example string)) {
			s.pace(breach, began, from, to, settled)
		})
	})
}

// pace: nothing was accepted in the storm, and after it the rate of before was
// back in time.
func (s *Stage) pace(breach func(rule, example string), began, from, to, settled time.Time) {
	accepts := s.World.Accepts()
	// What was on its way when the storm began or ended is neither.
	if n := between(accepts, "", from.Add(time.Second), to); n > 0 {
		breach("a storm lets nothing through", fmt.Sprintf("%d messages were accepted: the harness is wrong", n))
	}
	// The first second before is that of the first enrollment.
	before := float64(between(accepts, "", began.Add(time.Second), from)) / from.Sub(began.Add(time.Second)).Seconds()
	if before <= 0 {
		breach("the scenario tests something", "no message was accepted before the storm, so there is no pace that could be back")
	}
	for at := to; at.Before(to.Add(paceWithin)); at = at.Add(paceOver / 8) {
		rate := float64(between(accepts, "", at, at.Add(paceOver))) / paceOver.Seconds()
		if rate < paceShare*before {
			continue
		}
		s.noteOncef("%.1f messages a second before the storm of %s, %.1f again %.1f s after it", before, to.Sub(from).Round(time.Second), rate, at.Add(paceOver).Sub(to).Seconds())
		return
	}
	breach("the pace is back", fmt.Sprintf("%.1f messages a second before the storm, and never %.0f %% of that within %s after it (all was over %.0f s after it)", before, 100*paceShare, paceWithin, settled.Sub(to).Seconds()))
}
