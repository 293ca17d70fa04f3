package scenario

import (
	"context"
	"fmt"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// One of two workers is frozen (SIGSTOP) again and again, in the middle of whatever
// it does, for so long that the other one takes its work over, and then wakes up
// (SIGCONT) and believes that no time has passed. What it had claimed it must not
// send, or not send again.
func t06(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Plan: doubtful, Shape: driver.Shape{Workers: 2}})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	if err := s.During(ctx, s.freezing); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()+r.For); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules {
		rules := s.visitRules()
		s.mayDoubt(&rules)
		rules.Kills = r.Faults
		return rules
	})
}

// freezing stops one worker at a time, the size's number of times.
func (s *Stage) freezing(ctx context.Context) error {
	rng := s.Random("freezes")
	for i := range s.Faults {
		if !driver.Pause(ctx, Between(rng, 300*time.Millisecond, 1500*time.Millisecond)) {
			return ctx.Err()
		}
		victim, length := pick(rng, s.Product.Workers), Between(rng, s.For/4, s.For)
		if i%2 == 0 {
			length = s.For // longer than the other worker has patience with a claim
		}
		s.Say(fmt.Sprintf("%s is frozen for %s", victim.Name(), length.Round(time.Millisecond)))
		if err := victim.Freeze(); err != nil {
			return fmt.Errorf("freezing %s: %w", victim.Name(), err)
		}
		s.Product.Ledger.Killed()
		driver.Pause(ctx, length)
		if err := victim.Thaw(); err != nil {
			return fmt.Errorf("waking %s: %w", victim.Name(), err)
		}
		s.progress(int(s.enrolled.Load()))
	}
	return nil
}
