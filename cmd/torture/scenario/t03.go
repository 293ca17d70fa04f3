package scenario

import (
	"context"
	"fmt"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// Postgres, which holds the product's tables and Temporal's, crashes again and
// again; some of the times it stays away for long. What the product answered 2xx
// before a crash must be there after it: the oracle looks for every enrollment
// and every status that was answered.
func t03(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Plan: doubtful, Shape: driver.Shape{OwnCluster: true}})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	if err := s.During(ctx, s.crashingPostgres); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()+temporalAgain); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules {
		rules := s.visitRules()
		s.mayDoubt(&rules)
		rules.Kills = r.Faults
		return rules
	})
}

// temporalAgain is how long Temporal itself may let a task rest that failed while
// Postgres was away: its history service tries such a task again after a second,
// then ever later, up to three minutes (its common/util.go, taskReschedule…).
const temporalAgain = 3 * time.Minute

// crashingPostgres restarts it the size's number of times; the long ones are
// spread evenly among them.
func (s *Stage) crashingPostgres(ctx context.Context) error {
	rng := s.Random("crashes")
	for i := range s.Faults {
		if !driver.Pause(ctx, Between(rng, time.Second, 4*time.Second)) {
			return ctx.Err()
		}
		down := time.Duration(0)
		if s.Long > 0 && i%(s.Faults/s.Long) == s.Faults/s.Long-1 {
			down = s.For
			s.Say(fmt.Sprintf("Postgres is away for %s", down))
		}
		from := time.Now()
		if err := s.Product.Cluster.Restart(ctx, down); err != nil {
			return err
		}
		began := time.Now()
		s.Product.Ledger.Killed()
		if err := s.Product.Ready(ctx, 60*time.Second); err != nil {
			return err
		}
		s.Product.Ledger.Recovered(time.Since(began))
		s.away = append(s.away, span{from, time.Now()})
		s.progress(int(s.enrolled.Load()))
	}
	return nil
}
