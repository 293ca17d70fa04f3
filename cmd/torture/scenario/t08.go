package scenario

import (
	"context"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// What a rolling restart must keep to: the time operators are told to allow, and
// how long one process may take.
const (
	operatorsWait = 30 * time.Second
	drainWithin20 = 20 * time.Second
)

// Every few seconds one process after the other is asked to end and started
// again, as a deployment does, while a slow provider has calls on the line all the
// time. Nothing is killed, so there is no excuse for a doubt.
func t08(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{
		Plan:  provsim.Plan{StatusDuplicate: 0.10, StatusReorder: 0.10},
		Shape: driver.Shape{APIs: 2, Workers: 2},
		Slow:  300 * time.Millisecond,
	})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	if err := s.During(ctx, s.rolling); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules {
		rules := s.visitRules()
		rules.DrainWithin = s.onThisMachine(drainWithin20)
		return rules
	})
}

// rolling restarts the processes in turn, the size's number of times.
func (s *Stage) rolling(ctx context.Context) error {
	rng := s.Random("rolling")
	units := s.Product.Units()
	first := rng.IntN(len(units))
	for i := range s.Faults {
		if !driver.Pause(ctx, Between(rng, s.For/2, s.For)) {
			return ctx.Err()
		}
		u := units[(first+i)%len(units)]
		s.Say("asking " + u.Name() + " to end")
		if _, err := u.Drain(operatorsWait); err != nil {
			return err
		}
		began := time.Now()
		if err := u.Start(ctx); err != nil {
			return err
		}
		s.Product.Ledger.Recovered(time.Since(began))
	}
	return nil
}
