package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// catchUpWithin is how soon after Temporal is back everybody who was enrolled
// without it must have their first message.
const catchUpWithin = 60 * time.Second

// Temporal is killed, one of its processes or all of them, while people enroll;
// then the network between it and the product swallows everything for a minute.
func t04(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Plan: doubtful, Shape: driver.Shape{Proxied: true}})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	var catchUp time.Duration
	if err := s.During(ctx, func(ctx context.Context) (err error) {
		if err := s.killingTemporal(ctx); err != nil {
			return err
		}
		catchUp, err = s.partition(ctx)
		return err
	}); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	s.Notef("caught up %.1f s after a partition of %s", catchUp.Seconds(), s.For)
	return s.Judge(ctx, func() oracle.Rules {
		rules := s.visitRules()
		s.mayDoubt(&rules)
		rules.Kills = r.Faults + 1 // and the partition
		rules.RecoverWithin = s.onThisMachine(catchUpWithin)
		rules.Extra = func(breach func(rule, example string)) {
			if catchUp > catchUpWithin {
				breach("everybody is caught up with in time", fmt.Sprintf("it took %s after the partition, more than %s", catchUp.Round(time.Millisecond), catchUpWithin))
			}
		}
		return rules
	})
}

// killingTemporal kills one of its processes at a time, or all four at once.
func (s *Stage) killingTemporal(ctx context.Context) error {
	rng := s.Random("temporal")
	t := s.Product.Temporal
	parts := []string{"frontend", "history", "matching", "all"}
	for range s.Faults {
		if !driver.Pause(ctx, Between(rng, 700*time.Millisecond, 2500*time.Millisecond)) {
			return ctx.Err()
		}
		began := time.Now()
		if part := pick(rng, parts); part == "all" {
			t.Down()
		} else {
			t.Units[part].Down()
		}
		if err := t.Start(ctx); err != nil {
			return err
		}
		if err := s.Product.Ready(ctx, 60*time.Second); err != nil {
			return err
		}
		s.Product.Ledger.Recovered(time.Since(began))
		s.progress(int(s.enrolled.Load()))
	}
	return nil
}

// partition lets nothing through for a while, and returns how long it took
// afterwards until everybody enrolled by then had their first message.
func (s *Stage) partition(ctx context.Context) (time.Duration, error) {
	s.Say(fmt.Sprintf("the network swallows what goes to Temporal for %s", s.For))
	if err := s.Product.TemporalNet.Partition(); err != nil {
		return 0, err
	}
	s.Product.Ledger.Killed()
	driver.Pause(ctx, s.For)
	s.Product.TemporalNet.Heal()
	began := time.Now()
	s.mu.Lock()
	waiting := map[string]bool{}
	for _, request := range s.requests {
		waiting[request.Contact] = true
	}
	s.mu.Unlock()
	n := len(waiting)
	if n == 0 {
		return 0, errors.New("nobody was enrolled before the partition: there is nothing to catch up with")
	}
	err := driver.Until(ctx, 2*catchUpWithin, "everybody has their first message", func(context.Context) error {
		for _, a := range s.World.Accepts() {
			if p := s.crowd.who(a.To); p != nil {
				delete(waiting, p.ID)
			}
		}
		if len(waiting) > 0 {
			return driver.MissingError{N: len(waiting), What: fmt.Sprintf("of %d people have none", n)}
		}
		return nil
	})
	return time.Since(began), err
}
