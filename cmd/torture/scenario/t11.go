package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

const statusCopies = 5

// life is what becomes of one message: the statuses that its provider reports, in
// the order in which they happen.
type life struct {
	told   []string
	ends   string // the status that must stand at the end
	rescue [2]int // how often, at least and at most, the person is told by SMS instead
}

var (
	lifeRead      = life{told: []string{"sent", "delivered", "read"}, ends: "read"}
	lifeDelivered = life{told: []string{"sent", "delivered"}, ends: "delivered"}
	lifeFailed    = life{told: []string{"sent", "failed"}, ends: "failed", rescue: [2]int{1, 1}}
	// A provider that reports a failure and then that it was delivered, or the other
	// way around. Delivered is the truth; whether the failure came first is chance.
	lifeBoth = life{told: []string{"sent", "failed", "delivered"}, ends: "delivered", rescue: [2]int{0, 1}}
)

// Statuses come five times each, in any order across all messages, and some a day
// late. Whatever the order, each has its effect once: a message ends where it
// must, and a person whose message failed is told by SMS, once.
func t11(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Files: published(0, "announce")})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	mail := s.watchMail(func(a provsim.Accept, _ *Person) []provsim.Reaction {
		if a.Channel == "whatsapp" {
			return []provsim.Reaction{unseen}
		}
		return nil
	})
	if err := s.Enroll(ctx, "announce", s.People, s.Spread); err != nil {
		return oracle.Line{}, err
	}
	if err := mail.arrived(ctx, arrivesWithin, "visit_hello", s.People...); err != nil {
		return oracle.Line{}, err
	}
	lives := s.lives()
	now, later := s.storm(lives)
	s.Say(fmt.Sprintf("telling %d statuses, and %d a day later", len(now), len(later)))
	if err := s.tell(ctx, now); err != nil {
		return oracle.Line{}, err
	}
	if err := s.digested(ctx, digestsWithin); err != nil {
		return oracle.Line{}, err
	}
	// Who must be told otherwise is told today: tomorrow it would be too late to.
	if err := s.ended(ctx, time.Minute); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Product.Clock.Jump(24 * time.Hour); err != nil {
		return oracle.Line{}, err
	}
	if err := s.tell(ctx, later); err != nil {
		return oracle.Line{}, err
	}
	if err := s.digested(ctx, digestsWithin); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, time.Minute); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules { return s.stormRules(ctx, lives) })
}

// lives draws what becomes of each person's message.
func (s *Stage) lives() map[string]life {
	rng := s.Random("lives")
	all := map[string]life{}
	for _, p := range s.People {
		switch d := rng.IntN(20); {
		case d < 13:
			all[p.ID] = lifeRead
		case d < 15:
			all[p.ID] = lifeDelivered
		case d < 18:
			all[p.ID] = lifeFailed
		default:
			all[p.ID] = lifeBoth
		}
	}
	return all
}

// storm is every status of every message, five times, shuffled: those of now and
// those of a day later. Only what decides nothing comes that late: `sent`, and
// `read` after `delivered`.
func (s *Stage) storm(lives map[string]life) (now, later []func() int) {
	rng := s.Random("storm")
	for _, a := range s.World.Accepts() {
		p := s.crowd.who(a.To)
		if p == nil || a.Template != "visit_hello" {
			continue
		}
		tomorrow := rng.IntN(10) == 0
		for i, word := range lives[p.ID].told {
			status := provsim.Status{ProviderID: a.ProviderID, Status: word, At: a.At.Add(time.Duration(i+1) * time.Second)}
			if word == "failed" {
				status.ErrorCode = 131026
			}
			call := func() int { return s.World.Status(status) }
			list := &now
			if tomorrow && (word == "sent" || word == "read") {
				list = &later
			}
			*list = append(*list, slices.Repeat([]func() int{call}, statusCopies)...)
		}
	}
	shuffle(rng, now)
	shuffle(rng, later)
	return now, later
}

func shuffle[T any](rng *rand.Rand, list []T) {
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func (s *Stage) stormRules(ctx context.Context, lives map[string]life) oracle.Rules {
	return oracle.Rules{
		Once: func(provsim.Accept) bool { return true },
		MayGiveUp: func(m driver.Message) bool {
			return m.Channel == "whatsapp" && m.Status == "failed" && lives[m.ContactID].ends == "failed"
		},
		Passage: func(driver.Enrollment) oracle.Passage {
			return oracle.Passage{Due: map[string][]string{"told": {"announce"}}}
		},
		Extra: func(breach func(rule, example string)) {
			s.stormEnded(ctx, lives, breach)
			s.statusesOnce(ctx, breach)
		},
	}
}

// stormEnded: every message stands where its life ended, and who could not be
// reached was told otherwise, once.
func (s *Stage) stormEnded(ctx context.Context, lives map[string]life, breach func(rule, example string)) {
	messages, err := s.Product.Client.Messages(ctx, nil)
	if err != nil {
		breach("the product can be asked", err.Error())
		return
	}
	looked := 0
	for _, m := range messages {
		l, known := lives[m.ContactID]
		if known && m.Channel == "whatsapp" {
			looked++
		}
		if known && m.Channel == "whatsapp" && m.Status != l.ends {
			breach("a message ends where its statuses say", fmt.Sprintf("%s of %s is %s and was told %v", m.ID, m.ContactID, m.Status, l.told))
		}
	}
	if looked != len(lives) || looked == 0 {
		breach("the scenario tests something", fmt.Sprintf("%d messages of %d people were looked at", looked, len(lives)))
	}
	rescues := map[string]int{}
	for _, a := range s.World.Accepts() {
		if p := s.crowd.who(a.To); p != nil && a.Channel == "sms" {
			rescues[p.ID]++
		}
	}
	for id, l := range lives {
		if n := rescues[id]; n < l.rescue[0] || n > l.rescue[1] {
			breach("a failure has its effect once", fmt.Sprintf("%s got %d messages by SMS after %v", id, n, l.told))
		}
	}
}

// statusesOnce: the product worked off every distinct status once. It holds for a
// scenario in which no API process was restarted, which would begin to count anew.
func (s *Stage) statusesOnce(ctx context.Context, breach func(rule, example string)) {
	distinct, answered := map[string]bool{}, 0
	for _, h := range s.World.Webhooks() {
		if h.Kind == "status" && h.Answer >= 200 && h.Answer < 300 {
			distinct[h.Channel+" "+h.Key] = true
			answered++
		}
	}
	worked, err := s.counter(ctx, "jornada_events_processed_total", `kind="status"`)
	if err != nil {
		breach("the product can be asked", err.Error())
		return
	}
	s.noteOncef("%d status webhooks told %d different statuses", answered, len(distinct))
	if worked != len(distinct) {
		breach("each status is worked off once", fmt.Sprintf("%d different statuses were told, and %d were worked off", len(distinct), worked))
	}
}
