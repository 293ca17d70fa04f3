package scenario

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// doubtful is a provider whose answers cannot be relied on: of a hundred calls
// six are accepted without a word (three hang, three are reset), two are refused
// for going too fast, and one message's statuses never come.
var doubtful = provsim.Plan{
	HangAfterAccept: 0.03, ResetAfterAccept: 0.03, Rate429: 0.02, RefuseConnect: 0.02, RetryAfter: time.Second,
	StatusLost: 0.01, StatusDuplicate: 0.10, StatusReorder: 0.10, StatusLate: 3 * time.Second,
}

// worker kill -9 every 0.7–2.5 s. On SQLite the worker lives in the one process,
// which dies as a whole.
func t01(ctx context.Context, r *Run) (oracle.Line, error) {
	plan := doubtful
	if r.Mutant {
		plan.ResetAfterAccept = 0.10 // a small run must have one
	}
	s, err := r.Stage(ctx, Setup{Plan: plan})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	victims := s.Product.Workers
	if len(victims) == 0 {
		victims = s.Product.APIs
	}
	if err := s.During(ctx, func(ctx context.Context) error {
		return s.killing(ctx, victims, 700*time.Millisecond, 2500*time.Millisecond)
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
		return rules
	})
}

// mayDoubt allows what the promise allows: at most half a percent of the messages
// is unconfirmed. In a small run one message is nearly a percent, and a kill in the
// moment between the claim and the call leaves one; there it is one for every
// second kill.
func (s *Stage) mayDoubt(rules *oracle.Rules) {
	rules.UnconfirmedShare, rules.UnconfirmedFew = 0.005, 2
	if !s.Full {
		rules.UnconfirmedFew = max(2, (s.Faults+1)/2)
	}
}

// During enrolls everybody over the size's spread while harm is done beside it,
// and returns when both are over.
func (s *Stage) During(ctx context.Context, harm func(ctx context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Enroll(ctx, visit, s.People, s.Spread) })
	g.Go(func() error { return harm(ctx) })
	return g.Wait()
}

// killing kills one of the processes at a time, the size's number of times, each
// time after it was ready for a while.
func (s *Stage) killing(ctx context.Context, victims []*driver.Unit, least, most time.Duration) error {
	rng := s.Random("kills")
	for range s.Faults {
		if !driver.Pause(ctx, Between(rng, least, most)) {
			return ctx.Err()
		}
		if err := pick(rng, victims).Kill(ctx); err != nil {
			return err
		}
		s.progress(int(s.enrolled.Load()))
	}
	return nil
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// patience is how long the last enrollments may take after the harm is over: the
// question's timeout, the two looks at a message whose sender died, a hanging
// call, and room.
func (s *Stage) patience() time.Duration { return s.Timeout + 90*time.Second }
