package scenario

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

const (
	floodRate     = 300                    // webhooks per second
	floodAtOnce   = 512                    // of them under way
	floodDown     = 2 * time.Second        // how long the database is away
	floodP99      = 250 * time.Millisecond // of answers, outside the restart, on a machine that has a processor for each task
	floodBehind   = 100 * time.Millisecond // of its turn, a call is late
	floodRecovers = 10 * time.Second       // until all that was refused is taken
)

// 300 webhooks a second, with the database restarted in the middle. Every 200 is
// durable, which telling everything again shows: nothing of it may be new. No
// webhook is answered 429, and answers are quick outside the restart.
func t17(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Files: published(0, "announce"), Shape: driver.Shape{OwnCluster: true}})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	mail := s.watchMail(func(provsim.Accept, *Person) []provsim.Reaction { return []provsim.Reaction{unseen} })
	if err := s.Enroll(ctx, "announce", s.People, 0); err != nil {
		return oracle.Line{}, err
	}
	if err := mail.arrived(ctx, arrivesWithin, "visit_hello", s.People...); err != nil {
		return oracle.Line{}, err
	}
	calls := s.flood(mail)
	s.Say(fmt.Sprintf("telling %d webhooks, %d a second", len(calls), floodRate))
	down, err := s.pour(ctx, calls)
	if err != nil {
		return oracle.Line{}, err
	}
	first := s.World.Webhooks()
	if err := s.Product.Revive(ctx); err != nil {
		return oracle.Line{}, err
	}
	if err := s.digested(ctx, digestsWithin); err != nil {
		return oracle.Line{}, err
	}
	s.Say("telling everything again")
	fresh, repeated, err := s.again(ctx, calls)
	if err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, time.Minute); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules {
		return oracle.Rules{
			Once:  func(provsim.Accept) bool { return true },
			Kills: 1,
			Passage: func(driver.Enrollment) oracle.Passage {
				return oracle.Passage{Due: map[string][]string{"told": {"announce"}}}
			},
			Extra: func(breach func(rule, example string)) {
				if fresh != 0 || repeated < len(calls) {
					breach("every 200 is durable", fmt.Sprintf("of %d webhooks told again, %d were new and %d known", len(calls), fresh, repeated))
				}
				s.floodAnswers(first, down, breach)
			},
		}
	})
}

// flood is what is told: three statuses of every message, and things that people
// write, each a webhook of its own, shuffled.
func (s *Stage) flood(mail *mailbox) []func() int {
	rng := s.Random("flood")
	total := floodRate * int(s.Spread.Seconds())
	var calls []func() int
	for _, p := range s.People {
		a, _ := mail.message(p, "visit_hello")
		for i, word := range []string{"sent", "delivered", "read"} {
			status := provsim.Status{ProviderID: a.ProviderID, Status: word, At: a.At.Add(time.Duration(i) * time.Second)}
			calls = append(calls, func() int { return s.World.Status(status) })
		}
	}
	written := s.Product.Clock.Now()
	for i := len(calls); i < total; i++ {
		in := provsim.Inbound{
			From: pick(rng, s.People).Phone, Text: "mensagem " + strconv.Itoa(i), At: written,
			ID: fmt.Sprintf("wamid.%s-%d-%d", s.ID, s.Seed, i),
		}
		calls = append(calls, func() int { return s.World.Inbound(in) })
	}
	shuffle(rng, calls)
	return calls
}

// outage is when the database was away, by the machine's clock.
type outage struct {
	began, ended time.Time
	caughtUp     time.Time // the last call that was made later than its turn, because too many others waited
}

// pour makes the calls at their rate, whatever the answers, each again until it is
// answered 2xx, and restarts the database in the middle.
func (s *Stage) pour(ctx context.Context, calls []func() int) (outage, error) {
	var down outage
	var late time.Time
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if !driver.Pause(ctx, s.Spread/2) {
			return ctx.Err()
		}
		down.began = time.Now()
		defer func() { down.ended = time.Now() }()
		return s.restartDatabase(ctx)
	})
	g.Go(func() error {
		began := time.Now()
		var wg sync.WaitGroup
		defer wg.Wait()
		slots := make(chan struct{}, floodAtOnce)
		for i, call := range calls {
			if !driver.Pause(ctx, time.Until(began.Add(time.Duration(i)*time.Second/floodRate))) {
				return ctx.Err()
			}
			slots <- struct{}{}
			if time.Since(began.Add(time.Duration(i)*time.Second/floodRate)) > floodBehind {
				late = time.Now() // until its turn is reached again, calls come faster than their rate
			}
			wg.Go(func() {
				defer func() { <-slots }()
				_ = insist(ctx, call) // it ends early only with ctx, which the other side reports
			})
		}
		return nil
	})
	err := g.Wait()
	down.caughtUp = late
	return down, err
}

// restartDatabase crashes Postgres and starts it again. SQLite lives in the
// product's one process, which is killed.
func (s *Stage) restartDatabase(ctx context.Context) error {
	if s.Product.Cluster != nil {
		s.Product.Ledger.Killed()
		return s.Product.Cluster.Restart(ctx, floodDown)
	}
	s.Product.APIs[0].Down()
	driver.Pause(ctx, floodDown)
	return s.Product.APIs[0].Start(ctx)
}

// again tells everything once more and says how much of it was new to the product.
func (s *Stage) again(ctx context.Context, calls []func() int) (fresh, repeated int, err error) {
	counts := func() (stored, known int, err error) {
		if stored, err = s.counter(ctx, "jornada_events_received_total"); err != nil {
			return 0, 0, err
		}
		known, err = s.counter(ctx, "jornada_events_duplicate_total")
		return stored, known, err
	}
	storedBefore, knownBefore, err := counts()
	if err != nil {
		return 0, 0, err
	}
	if err := s.tell(ctx, calls); err != nil {
		return 0, 0, err
	}
	storedAfter, knownAfter, err := counts()
	return storedAfter - storedBefore, knownAfter - knownBefore, err
}

// floodAnswers: how the product answered, outside the restart. That is over when
// everything is taken that was refused meanwhile and came again all at once, and
// those who had waited for their turn have had it: until then more than the rate
// comes in.
func (s *Stage) floodAnswers(hooks []provsim.Hook, down outage, breach func(rule, example string)) {
	refused, back := map[string]bool{}, down.ended
	if down.caughtUp.After(back) {
		back = down.caughtUp
	}
	for _, h := range hooks {
		if h.Answer != http.StatusOK {
			refused[h.Key] = true
		}
	}
	for _, h := range hooks {
		if end := h.RealAt.Add(h.Latency); h.Answer == http.StatusOK && refused[h.Key] && end.After(back) {
			back = end
		}
	}
	var calm []time.Duration
	for _, h := range hooks {
		if h.Answer == http.StatusTooManyRequests {
			breach("no webhook is answered 429", h.Key)
		}
		if h.RealAt.Add(h.Latency).After(down.began) && !h.RealAt.After(back) {
			continue
		}
		calm = append(calm, h.Latency)
		if h.Answer != http.StatusOK {
			breach("webhooks are taken outside the restart", fmt.Sprintf("%s was answered %d", h.Key, h.Answer))
		}
	}
	slices.Sort(calm)
	if len(calm) < len(s.People) {
		breach("webhooks are quick", fmt.Sprintf("only %d were told outside the restart", len(calm)))
		return
	}
	load := loadPerProcessor()
	p50, p99 := calm[len(calm)/2], calm[len(calm)*99/100]
	s.noteOncef("%d webhooks outside the restart: p50 %s, p99 %s, with %.1f tasks for each processor; %d were refused during it, and taken %s after the database was back", len(calm),
		p50.Round(time.Millisecond/10), p99.Round(time.Millisecond/10), load, len(refused), back.Sub(down.ended).Round(time.Millisecond))
	// A small run only tells how quick they were; the full one is judged by it.
	// Machines that build are too noisy for a bound of milliseconds.
	if s.Full && p99 > floodP99 {
		breach("webhooks are quick", fmt.Sprintf("p99 is %s, more than %s", p99, floodP99))
	}
	if late := back.Sub(down.ended); late > floodRecovers {
		breach("what was refused is taken soon", fmt.Sprintf("the last of %d was %s after the database was back", len(refused), late))
	}
}
