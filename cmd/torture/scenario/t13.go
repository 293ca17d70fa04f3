package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// gapBatch is how many people are asked at once: their calls hang together when
// the worker is killed.
const gapBatch = 20

// The reply comes before the send is recorded: the provider takes the question
// and does not answer, the person does, and the worker is killed in between. No
// status ever tells that the question went out; the reply does, and it is routed.
func t13(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{
		Files: published(r.Timeout, "gap"),
		Plan:  provsim.Plan{HangAfterAccept: 1, Hang: time.Minute, Only: questionTemplate},
	})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	mail := s.gapMail()
	victims := s.Product.Workers
	if len(victims) == 0 {
		victims = s.Product.APIs
	}
	rng := s.Random("kills")
	for batch := range slices.Chunk(s.People, gapBatch) {
		victim, pause := pick(rng, victims), Between(rng, 0, 250*time.Millisecond)
		g, all := errgroup.WithContext(ctx)
		g.Go(func() error { return s.Enroll(all, "gap", batch, 0) })
		g.Go(func() error {
			if err := mail.arrived(all, arrivesWithin, questionTemplate, batch...); err != nil {
				return err
			}
			driver.Pause(all, pause)
			return victim.Kill(all)
		})
		if err := g.Wait(); err != nil {
			return oracle.Line{}, err
		}
	}
	if err := s.Settle(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules { return s.gapRules(ctx) })
}

// gapMail lets people answer at once, in turns by a button that quotes, by one
// that does not (which happens), and in words.
func (s *Stage) gapMail() *mailbox {
	return s.watchMail(func(a provsim.Accept, p *Person) []provsim.Reaction {
		if a.Template != questionTemplate {
			return nil
		}
		button, words := 0, "confirmar"
		if p.answer() == Cancels {
			button, words = 1, "Cancelar."
		}
		reply := provsim.Reaction{Kind: "button", Button: button, Quote: true, After: p.After / 4}
		switch a.Seq % 3 {
		case 1:
			reply.Quote = false
		case 2:
			reply.Kind, reply.Text = "text", words
		}
		return []provsim.Reaction{unseen, reply}
	})
}

// answer is what a person of a scenario in which nobody is silent says.
func (p *Person) answer() string {
	if p.Answer == Cancels {
		return Cancels
	}
	return Confirms
}

var gapDue = map[string][]string{
	Confirms: {"confirm", "thanks"},
	Cancels:  {"confirm", "sorry"},
	Silent:   {"confirm", "nudge"},
}

func (s *Stage) gapRules(ctx context.Context) oracle.Rules {
	return oracle.Rules{
		Answered: map[string]bool{"confirm": true},
		Once:     func(provsim.Accept) bool { return true },
		Kills:    (s.N + gapBatch - 1) / gapBatch,
		Passage: func(e driver.Enrollment) oracle.Passage {
			p := s.byID[e.ContactID]
			if p == nil {
				return oracle.Passage{Due: map[string][]string{}}
			}
			outcome := p.answer()
			return oracle.Passage{Due: map[string][]string{outcome: gapDue[outcome]}}
		},
		Extra: func(breach func(rule, example string)) {
			messages, err := s.Product.Client.Messages(ctx, nil)
			if err != nil {
				breach("the product can be asked", err.Error())
			}
			for _, m := range messages {
				if m.StepID == "confirm" && m.Status != "delivered" {
					breach("a reply proves delivery", fmt.Sprintf("%s of %s was answered and is %s", m.ID, m.ContactID, m.Status))
				}
			}
		},
	}
}
