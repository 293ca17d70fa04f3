package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

const (
	raceWithin = 50 * time.Millisecond // how near to the end of the question's patience people answer
	raceProbes = 20                    // people who never answer, to see when the product closes a question
)

// The reply races the timeout: a third of the people answer from 50 ms before the
// deadline to 50 ms after it; a third as near to the moment at which this product,
// on this machine, closes a question; a third within some seconds after the deadline.
// Exactly one branch is taken, and no reply is dropped: it answers, or it is kept
// as late. A reply that the product had stored before the deadline answers.
func t14(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Files: published(r.Timeout, "gap"), People: r.N + raceProbes})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	probes, racers := s.People[:raceProbes], s.People[raceProbes:]
	var closes atomic.Int64 // how long after its deadline a question is closed
	offsets := map[string]time.Duration{}
	around := map[string]bool{}   // the moment at which it closes, not the deadline
	later := map[string]float64{} // what share of some seconds
	rng := s.Random("offsets")
	for i, p := range racers {
		offsets[p.ID] = Between(rng, -raceWithin, raceWithin)
		around[p.ID] = i%3 == 1
		if i%3 == 2 {
			later[p.ID] = rng.Float64()
		}
	}
	s.watchMail(func(a provsim.Accept, p *Person) []provsim.Reaction {
		offset, races := offsets[p.ID]
		if a.Template != questionTemplate || !races {
			return nil
		}
		lag := time.Duration(closes.Load())
		if around[p.ID] {
			offset += lag
		}
		offset += time.Duration(later[p.ID] * float64(time.Second+4*lag))
		return []provsim.Reaction{{Kind: "button", Button: map[string]int{Cancels: 1}[p.answer()], Quote: true, After: s.Timeout + offset}}
	})
	if err := s.Enroll(ctx, "gap", probes, time.Second); err != nil {
		return oracle.Line{}, err
	}
	if err := s.ended(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	late, err := s.closesAfter(ctx)
	if err != nil {
		return oracle.Line{}, err
	}
	closes.Store(int64(late))
	s.Notef("a question was closed %s after its deadline (median of %d)", late.Round(time.Millisecond), raceProbes)
	if err := s.Enroll(ctx, "gap", racers, s.Spread); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	if err := s.digested(ctx, digestsWithin); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules { return s.raceRules(ctx, len(racers)) })
}

// closesAfter is how long after its deadline the product closed a question that
// nobody answered: the median.
func (s *Stage) closesAfter(ctx context.Context) (time.Duration, error) {
	messages, err := s.Product.Client.Messages(ctx, nil)
	if err != nil {
		return 0, err
	}
	var all []time.Duration
	for _, m := range messages {
		if m.StepID != "confirm" || m.AcceptedAt == nil {
			continue
		}
		raw, err := s.Product.Client.Enrollment(ctx, m.EnrollmentID)
		if err != nil {
			return 0, err
		}
		var view struct {
			Timeline []struct {
				Kind   string    `json:"kind"`
				StepID string    `json:"step_id"`
				At     time.Time `json:"at"`
			} `json:"timeline"`
		}
		if err := json.Unmarshal(raw, &view); err != nil {
			return 0, fmt.Errorf("reading the timeline of %s: %w", m.EnrollmentID, err)
		}
		for _, entry := range view.Timeline {
			if entry.Kind == "outcome" && entry.StepID == "confirm" {
				all = append(all, entry.At.Sub(m.AcceptedAt.Add(s.Timeout)))
			}
		}
	}
	if len(all) == 0 {
		return 0, errors.New("looking when the product closes a question: no question was closed")
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

func (s *Stage) raceRules(ctx context.Context, racers int) oracle.Rules {
	messages, asking := s.Product.Client.Messages(ctx, nil)
	deadline := map[string]time.Time{} // enrollment: no earlier than this is the question closed
	for _, m := range messages {
		if m.StepID == "confirm" && m.AcceptedAt != nil {
			deadline[m.EnrollmentID] = m.AcceptedAt.Add(s.Timeout)
		}
	}
	answers := s.answers()
	return oracle.Rules{
		Answered: map[string]bool{"confirm": true},
		Once:     func(provsim.Accept) bool { return true },
		Passage: func(e driver.Enrollment) oracle.Passage {
			p := s.byID[e.ContactID]
			if p == nil {
				return oracle.Passage{Due: map[string][]string{}}
			}
			h, answered := answers[p.ID]
			if !answered {
				return oracle.Passage{Due: map[string][]string{Silent: gapDue[Silent]}}
			}
			due := map[string][]string{p.answer(): gapDue[p.answer()]}
			stored := h.At.Add(h.Latency) // no later than this
			if !stored.Before(deadline[e.ID]) {
				due[Silent] = gapDue[Silent]
			}
			return oracle.Passage{Due: due}
		},
		Extra: func(breach func(rule, example string)) {
			if asking != nil {
				breach("the product can be asked", asking.Error())
			}
			s.nothingDropped(ctx, racers, len(answers), breach)
		},
	}
}

// nothingDropped: every reply answered its question, or is kept as late, and the
// race was one.
func (s *Stage) nothingDropped(ctx context.Context, racers, replies int, breach func(rule, example string)) {
	answered, err := s.counter(ctx, "jornada_events_processed_total", `kind="message"`, `result="answered"`)
	if err != nil {
		breach("the product can be asked", err.Error())
		return
	}
	late, err := s.counter(ctx, "jornada_events_processed_total", `kind="message"`, `result="late_reply"`)
	if err != nil {
		breach("the product can be asked", err.Error())
		return
	}
	s.noteOncef("the reply won %d times, the timeout %d times", answered, late)
	if replies != racers {
		breach("everybody answers", fmt.Sprintf("%d of %d did: the harness is at fault", replies, racers))
	}
	if answered+late != replies {
		breach("no reply is dropped", fmt.Sprintf("%d replies were stored; %d answered and %d were late", replies, answered, late))
	}
	if few := max(1, racers/100); answered < few || late < few {
		breach("the race is one", fmt.Sprintf("the reply won %d times and the timeout %d times; neither may win always", answered, late))
	}
}

// drawn is one of a list.
func drawn[T any](rng *rand.Rand, list ...T) T { return pick(rng, list) }
