package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// Bounds of poison: how much slower its neighbors may be served, and how soon
// what cannot go on must be out of the way.
const (
	neighborsFactor  = 1.5
	quarantineWithin = time.Minute
)

// noiseFloor is what a small run, of a few people on a machine with other things
// to do, cannot tell from noise: there the rule catches starving only.
const noiseFloor = 2 * time.Second

// People pass through a healthy journey, first alone and then beside enrollments
// that do what no journey should: run in circles, hoard, call a server that answers
// with megabytes, meet a mistake in the program, get hundreds of events at once,
// while somebody publishes bombs. The neighbors must not notice.
func t33(ctx context.Context, r *Run) (oracle.Line, error) {
	poisoned := max(len(poisons), r.N/6)
	s, err := r.Stage(ctx, Setup{
		Shape: driver.Shape{Build: driver.Poisoned},
		Files: published(r.Timeout, append([]string{visit}, poisonJourneys()...)...), People: 2*r.N + poisoned,
		Each: func(i int, p *Person) {
			if i >= 2*r.N {
				p.ID = fmt.Sprintf("poison-%04d", i-2*r.N+1)
			}
		},
	})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	p := &poison{Stage: s, alone: s.People[:r.N], beside: s.People[r.N : 2*r.N], victims: s.People[2*r.N:]}
	if err := p.serve(ctx); err != nil {
		return oracle.Line{}, err
	}
	defer p.server.Close()
	s.Say("healthy people, alone")
	if err := s.Enroll(ctx, visit, p.alone, r.Spread); err != nil {
		return oracle.Line{}, err
	}
	if err := s.ended(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	s.Say("the same beside poison")
	g, all := errgroup.WithContext(ctx)
	g.Go(func() error {
		return s.EnrollWith(all, Round{Journey: visit, Name: "-beside", Over: r.Spread}, p.beside)
	})
	g.Go(func() error { return p.pour(all) })
	g.Go(func() error { return p.bombs(all) })
	if err := g.Wait(); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()+quarantineWithin); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules { return p.rules(ctx) })
}

// rules: everybody healthy ends as their visit says, no slower than without the
// poison, and every poisoned enrollment ends as its kind says, soon.
func (p *poison) rules(ctx context.Context) oracle.Rules {
	rules := p.visitRules()
	healthy := rules.Passage
	rules.Passage = func(e driver.Enrollment) oracle.Passage {
		if i := slices.IndexFunc(poisons, func(k poisonKind) bool { return k.journey == e.Journey }); i >= 0 {
			return oracle.Passage{Due: map[string][]string{poisons[i].outcome: nil}}
		}
		return healthy(e)
	}
	rules.MayGiveUp = func(m driver.Message) bool { return strings.HasPrefix(m.ContactID, "poison-") }
	list, err := p.Product.Client.Enrollments(ctx, nil)
	return and(rules, func(breach func(rule, example string)) {
		if err != nil {
			breach("the product can be asked", err.Error())
		}
		for _, e := range list {
			if e.Journey == visit || e.EndedAt == nil {
				continue
			}
			i := slices.IndexFunc(poisons, func(k poisonKind) bool { return k.journey == e.Journey })
			if want := poisons[i].status; e.Status != want {
				breach("poison is told apart", fmt.Sprintf("%s of %s is %s (%s) and should be %s", e.ID, e.Journey, e.Status, e.Outcome, want))
			}
			if took := e.EndedAt.Sub(e.StartedAt); took > p.onThisMachine(quarantineWithin) {
				breach("poison is out of the way within a minute", fmt.Sprintf("%s of %s took %s", e.ID, e.Journey, took.Round(time.Second)))
			}
		}
		for _, problem := range p.admitted {
			breach("a bomb is refused in words", problem)
		}
		p.neighbors(breach, list)
	})
}

// neighbors compares how long the product took with healthy people: from being
// enrolled to the first message, and from an answer to what follows it.
func (p *poison) neighbors(breach func(rule, example string), list []driver.Enrollment) {
	started := map[string]time.Time{}
	for _, e := range list {
		if e.Journey == visit {
			started[e.ContactID] = e.StartedAt
		}
	}
	answered := map[string]time.Time{}
	for _, h := range p.World.Webhooks() {
		if who := p.crowd.who(h.From); who != nil && h.Kind == "inbound" && answered[who.ID].IsZero() && h.Answer >= 200 && h.Answer <= 299 {
			answered[who.ID] = h.At
		}
	}
	first, next := map[string]time.Duration{}, map[string]time.Duration{}
	for _, a := range p.World.Accepts() {
		who := p.crowd.who(a.To)
		switch {
		case who == nil || strings.HasPrefix(who.ID, "poison-"):
		case a.Template == "visit_hello":
			first[who.ID] = a.At.Sub(started[who.ID])
		case a.Template == "" && !answered[who.ID].IsZero():
			next[who.ID] = a.At.Sub(answered[who.ID])
		}
	}
	for _, measure := range []struct {
		what string
		took map[string]time.Duration
	}{{"from being enrolled to the first message", first}, {"from an answer to the next message", next}} {
		if n, m := measured(measure.took, p.alone), measured(measure.took, p.beside); n < p.N/2 || m < p.N/2 {
			breach("the scenario tests something", fmt.Sprintf("%s: only %d of %d alone and %d of %d beside poison were measured", measure.what, n, p.N, m, p.N))
			continue
		}
		alone, beside := p95(measure.took, p.alone), p95(measure.took, p.beside)
		p.noteOncef(measure.what+": p95 %d ms alone, %d ms beside poison", alone.Milliseconds(), beside.Milliseconds())
		most := time.Duration(neighborsFactor * float64(alone))
		if !p.Full {
			most = max(most, p.onThisMachine(noiseFloor))
		}
		if beside > most {
			breach("neighbors do not notice", fmt.Sprintf("%s: p95 %s alone, %s beside poison", measure.what, alone.Round(time.Millisecond), beside.Round(time.Millisecond)))
		}
	}
}

// measured counts those people who have a value.
func measured(took map[string]time.Duration, people []*Person) (n int) {
	for _, p := range people {
		if _, has := took[p.ID]; has {
			n++
		}
	}
	return n
}

// p95 is of those people who have a value.
func p95(took map[string]time.Duration, people []*Person) time.Duration {
	var list []time.Duration
	for _, p := range people {
		if d, has := took[p.ID]; has {
			list = append(list, d)
		}
	}
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[(len(list)*95+99)/100-1]
}
