package scenario

import (
	"context"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// Three workers and two API processes work on the same tables and queues, and
// everything comes at once: whoever is not exclusive by design shows it here.
func t09(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Plan: doubtful, Shape: driver.Shape{APIs: 2, Workers: 3}})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	if err := s.Enroll(ctx, visit, s.People, s.Spread); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules {
		rules := s.visitRules()
		s.mayDoubt(&rules)
		return rules
	})
}
