package scenario

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// offGrace is how long a call may still be under way when a channel has been
// switched off.
const offGrace = time.Second

// An administrator switches the channel off and on. Meanwhile nothing leaves, what
// people answer is kept, and afterwards everything goes on.
func t21(ctx context.Context, r *Run) (oracle.Line, error) {
	rng := r.Random("thinking")
	s, err := r.Stage(ctx, Setup{Files: published(r.Timeout, "visit"), Each: func(_ int, p *Person) {
		p.After = Between(rng, 50*time.Millisecond, r.For) // so that many answer while it is off
	}})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	var off, on time.Time
	g, all := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Enroll(all, visit, s.People, s.Spread) })
	g.Go(func() error {
		driver.Pause(all, Between(s.Random("switch"), r.Spread/3, r.Spread*2/3))
		if err := s.Product.Client.Switch(all, integrations["whatsapp"], "disable"); err != nil {
			return fmt.Errorf("switching the channel off: %w", err)
		}
		off = time.Now()
		driver.Pause(all, r.For)
		on = time.Now()
		if err := s.Product.Client.Switch(all, integrations["whatsapp"], "enable"); err != nil {
			return fmt.Errorf("switching the channel on: %w", err)
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules {
		return and(s.visitRules(), func(breach func(rule, example string)) {
			s.whileOff(breach, off, on)
		})
	})
}

// whileOff: nothing left, and everything that people wrote was taken at once.
// That it was also acted on follows from how their visits ended.
func (s *Stage) whileOff(breach func(rule, example string), off, on time.Time) {
	for _, a := range s.World.Accepts() {
		if a.Channel == "whatsapp" && a.RealAt.After(off.Add(offGrace)) && a.RealAt.Before(on) {
			breach("nothing leaves by a channel that is off", fmt.Sprintf("%s (%s%s) to %s, %s after it was switched off", a.Ref, a.Template, a.Text, a.To, a.RealAt.Sub(off)))
		}
	}
	wrote := 0
	for _, h := range s.World.Webhooks() {
		if h.Kind != "inbound" || h.Channel != "whatsapp" || h.RealAt.Before(off) || h.RealAt.After(on) {
			continue
		}
		wrote++
		if h.Answer < 200 || h.Answer > 299 {
			breach("what people write is kept", fmt.Sprintf("what %s wrote was answered %d while the channel was off", h.From, h.Answer))
		}
	}
	if wrote == 0 {
		breach("the scenario tests something", "nobody wrote while the channel was off")
	}
	s.noteOncef("%d people wrote while the channel was off for %s", wrote, on.Sub(off).Round(time.Second))
}
