package scenario

import (
	"context"
	"time"

	"jornada/cmd/torture/oracle"
)

// readyWithin is how soon a killed `jornada dev` must be ready again.
const readyWithin = 10 * time.Second

// The whole single binary is killed: API, worker, embedded Temporal, SQLite.
func t02(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Plan: doubtful})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	if err := s.During(ctx, func(ctx context.Context) error {
		return s.killing(ctx, s.Product.APIs, 500*time.Millisecond, 2500*time.Millisecond)
	}); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules {
		rules := s.visitRules()
		s.mayDoubt(&rules)
		rules.Kills = r.Faults
		rules.RecoverWithin = s.onThisMachine(readyWithin)
		return rules
	})
}
