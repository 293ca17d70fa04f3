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

// limitCodes are WhatsApp's ways to stop a sender for a while: a spam limit, a
// rate limit that does not end, and a block for a policy.
var limitCodes = []int{131048, rateLimit, 368}

// rateLimit alone is no reason to alarm anybody; for longer than patience it is.
const (
	rateLimit = 130429
	patience  = time.Minute
)

// The platform limits the number, and lifts the limit after a while. Administrators
// are told once, the number is tried now and then by one message, and everything
// goes out by itself. The clock jumps, because a limited number rests for longer
// and longer.
func t23(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Files: published(0, "bulletin")})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	limited := provsim.Plan{Limited: true, LimitCode: limitCodes[(r.Seed+2)%uint64(len(limitCodes))]}
	early := Between(s.Random("limit"), r.Spread/5, r.Spread*3/5)
	g, all := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Enroll(all, "bulletin", s.People, s.Spread) })
	g.Go(func() error {
		driver.Pause(all, early)
		s.World.SetPlan(limited)
		return nil
	})
	if err := g.Wait(); err != nil {
		return oracle.Line{}, err
	}
	if limited.LimitCode == rateLimit {
		if err := s.Product.Clock.Jump(patience); err != nil {
			return oracle.Line{}, err
		}
	}
	if err := s.state(ctx, integrations["whatsapp"], "limited", 20*time.Second); err != nil {
		return oracle.Line{}, err
	}
	if err := s.waiting(ctx, len(s.People)); err != nil {
		return oracle.Line{}, err
	}
	tries, rested, err := s.rests(ctx)
	if err != nil {
		return oracle.Line{}, err
	}
	s.Say("the limit is lifted")
	s.World.SetPlan(provsim.Plan{})
	began := time.Now()
	if err := s.Product.Clock.Jump(time.Hour); err != nil { // no rest is longer
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, time.Minute+r.Spread); err != nil {
		return oracle.Line{}, err
	}
	s.Notef("limited by %d for %s, tried %d times meanwhile; all had gone out %.1f s after it", limited.LimitCode, rested.Round(time.Second), tries, time.Since(began).Seconds())
	return s.Judge(ctx, func() oracle.Rules {
		return and(and(s.campaignRules(ctx), s.oneNotice(ctx, "channel.limited")), func(breach func(rule, example string)) {
			if tries == 0 {
				breach("a limited channel is tried now and then", fmt.Sprintf("nobody tried for %s", rested))
			}
			if most := 2*s.Faults + int(s.For/(10*time.Second)) + 1; tries > most {
				breach("a limited channel is left alone", fmt.Sprintf("%d calls ran into the limit within %s", tries, rested))
			}
		})
	})
}

// rests lets the limit go on, in jumps of the clock and then in real time, and
// says how often somebody tried meanwhile.
func (s *Stage) rests(ctx context.Context) (tries int, rested time.Duration, err error) {
	rng, before, began := s.Random("jumps"), s.World.Calls(), s.Product.Clock.Now()
	for range s.Faults {
		if err := s.Product.Clock.Jump(Between(rng, time.Minute, 20*time.Minute)); err != nil {
			return 0, 0, err
		}
		now := s.World.Calls()
		for looked := time.Now(); s.World.Calls() == now && time.Since(looked) < 3*time.Second; {
			driver.Pause(ctx, 50*time.Millisecond)
		}
	}
	driver.Pause(ctx, s.For)
	return s.World.Calls() - before, s.Product.Clock.Now().Sub(began), nil
}
