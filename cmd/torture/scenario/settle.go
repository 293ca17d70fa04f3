package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// Limits of coming to rest, in real time.
const (
	drainWithin  = 60 * time.Second      // webhooks still under way
	doubtWithin  = 40 * time.Second      // beyond the product's own patience: a call's limit, two looks, room
	agreeWithin  = 20 * time.Second      // for the last statuses to be worked off
	collectLimit = 60 * time.Second      // and
	collectEach  = 20 * time.Millisecond // for every enrollment, whose timeline is read
)

// Settle brings everything back to life and waits until nothing is under way:
// every enrollment has ended (or none has for so long, which the oracle will say),
// every webhook is answered, no message is in the air: a doubt that no status
// ever cleared has become a message shown to a person.
func (s *Stage) Settle(ctx context.Context, limit time.Duration) error {
	s.Say("everything comes back")
	if err := s.Product.Revive(ctx); err != nil {
		return err
	}
	var left driver.MissingError // the oracle will say
	if err := s.ended(ctx, limit); err != nil && !errors.As(err, &left) {
		return err
	}
	s.Say("waiting for the last webhooks")
	drain, cancel := context.WithTimeout(ctx, drainWithin)
	defer cancel()
	if err := s.World.Drain(drain); err != nil {
		return fmt.Errorf("waiting for the product to answer every webhook: %w", err)
	}
	return s.closeDoubt(ctx)
}

func (s *Stage) running(ctx context.Context) (int, error) {
	n := 0
	for _, status := range []string{"active", "paused"} {
		list, err := s.Product.Client.Enrollments(ctx, url.Values{"status": {status}})
		if err != nil {
			return 0, err
		}
		n += len(list)
	}
	return n, nil
}

// closeDoubt waits until the product has said what it thinks of messages whose
// outcome it does not know. Whoever is not told in time is for the oracle to say.
func (s *Stage) closeDoubt(ctx context.Context) error {
	said := false
	var failed error
	_ = driver.Until(ctx, s.Product.DoubtAfter+doubtWithin, "no message is in doubt", func(ctx context.Context) error {
		list, err := s.Product.Client.Messages(ctx, url.Values{"status": {"sending"}})
		if failed = err; err != nil || len(list) == 0 {
			return err
		}
		if !said {
			said = true
			s.Say(fmt.Sprintf("%d messages are in doubt", len(list)))
		}
		return driver.MissingError{N: len(list), What: "still are"}
	})
	return failed
}

// Judge asks the oracle, again while the product still works off statuses that it
// has taken. rules is called anew each time, because the world's record grows.
func (s *Stage) Judge(ctx context.Context, rules func() oracle.Rules) (oracle.Line, error) {
	s.Say("comparing the records")
	s.watch.stop()
	var line oracle.Line
	for began := time.Now(); ; {
		c, err := s.collect(ctx)
		if err != nil {
			return line, err
		}
		c.Rules = and(rules(), s.ownNames)
		line = oracle.Judge(c)
		late := line.StatusRegress - len(c.Regress) // what may only be late, not wrong
		if late <= 0 && line.LedgerMismatch == 0 && line.Lost == 0 || time.Since(began) > agreeWithin || !driver.Pause(ctx, 250*time.Millisecond) {
			break
		}
	}
	if n := s.Product.Ledger.Facts().Foreign; n > 0 {
		s.Notef("Temporal's processes gave up %d times and were started again", n)
	}
	if n := s.Product.Client.Retries(); n > 0 {
		s.Notef("%d API calls were made again", n)
	}
	line.Notes = append(line.Notes, s.notes...)
	line.Notes = append(line.Notes, slices.Sorted(maps.Values(s.latest))...)
	return line, nil
}

// collect reads both records.
func (s *Stage) collect(ctx context.Context) (oracle.Case, error) {
	ctx, cancel := context.WithTimeout(ctx, collectLimit+time.Duration(len(s.requests))*collectEach)
	defer cancel()
	c := oracle.Case{Requests: s.requests, Endings: map[string]int{}, Facts: s.Product.Ledger.Facts(), Address: s.address}
	c.Regress, c.Looks = s.watch.regressions()
	var err error
	client := s.Product.Client
	if c.Enrollments, err = client.Enrollments(ctx, nil); err != nil {
		return c, err
	}
	if c.Messages, err = client.Messages(ctx, nil); err != nil {
		return c, err
	}
	if c.Unconfirmed, err = client.Unconfirmed(ctx); err != nil {
		return c, err
	}
	if c.Endings, err = s.endings(ctx, c.Enrollments); err != nil {
		return c, err
	}
	// The world last: what it accepted after the product was read would look lost.
	c.Accepts, c.Webhooks = s.World.Accepts(), s.World.Webhooks()
	return c, nil
}
