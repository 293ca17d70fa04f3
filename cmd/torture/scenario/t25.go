package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// Bounds of the simulated year.
const (
	perZone     = 2                // people in CI; ten times as many in full
	atTheClose  = 2 * time.Second  // a message that was let go may arrive that much later
	soonClosed  = time.Minute      // of the clock: nobody is waited for whose hours end so soon
	sentWithin  = 30 * time.Second // of real time, when the hours are open
	chanceEdge  = 0.25             // that the clock lands right before somebody's hours
	beforeEdge  = 700 * time.Millisecond
	chanceShift = 0.5 // that a batch begins near a change of somebody's clocks
)

// offers are the journeys with their hours, and how many tenths of the batches
// pass through each.
var offers = []struct {
	journey string
	tenths  int
	hours   hours
}{
	{"offer_day", 7, hours{weekdays: func(d time.Weekday) bool { return d != time.Sunday }, from: 9 * 60, to: 20 * 60}},
	{"offer_night", 2, hours{from: 22 * 60, to: 2 * 60}},
	{"offer_dawn", 1, hours{from: 0, to: 3 * 60}},
}

// years begin before the summer times of both halves of the earth: the one in
// which Apia skipped a day and the clocks of São Paulo were put forward at
// midnight, the last one in which they were, and one without either.
var years = []time.Time{
	time.Date(2011, 6, 15, 0, 0, 0, 0, time.UTC), time.Date(2018, 6, 15, 0, 0, 0, 0, time.UTC), time.Date(2027, 6, 15, 0, 0, 0, 0, time.UTC),
}

// A year in forty zones. Batches of people are enrolled at random moments of it,
// and near changes of their clocks; the clock jumps until every message has gone
// out. None may reach anybody outside the hours on their own wall clock, and every
// one must go out while they are open.
func t25(ctx context.Context, r *Run) (oracle.Line, error) {
	year := years[(r.Seed-1)%uint64(len(years))]
	n := perZone * len(zones)
	if r.Full {
		n *= 10
	}
	s, err := r.Stage(ctx, Setup{
		Files: published(0, "offer_day", "offer_night", "offer_dawn"), People: n, Each: livesSomewhere, Shape: driver.Shape{Begin: year},
	})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	y := &simulatedYear{Stage: s, rng: s.Random("year"), hours: map[string]hours{}}
	for i, at := range y.moments(year, r.N/n) {
		if at.After(s.Product.Clock.Now()) {
			if err := s.Product.JumpTo(ctx, at); err != nil {
				return oracle.Line{}, err
			}
		}
		if err := y.batch(ctx, fmt.Sprintf("N%03d", i+1)); err != nil {
			return oracle.Line{}, err
		}
	}
	if err := s.Settle(ctx, time.Minute); err != nil {
		return oracle.Line{}, err
	}
	s.Notef("%d batches from %s on, %d jumps of the clock, until %s", r.N/n, year.Format(time.DateOnly), y.jumps, s.Product.Clock.Now().Format(time.DateOnly))
	return s.Judge(ctx, y.rules)
}

// livesSomewhere gives everybody a zone.
func livesSomewhere(i int, p *Person) {
	p.Zone = zones[i%len(zones)]
	if i < len(strangers) {
		p.Zone = unknownZone
		p.Phone = fmt.Sprintf("%s%06d", strangers[i].prefix, 100_000+i)
	}
}

// where somebody lives, as the harness knows.
func (p *Person) where() *time.Location {
	name := p.Zone
	if name == "" {
		name = "America/Sao_Paulo"
	}
	for _, stranger := range strangers {
		if name == unknownZone && strings.HasPrefix(p.Phone, stranger.prefix) {
			name = stranger.zone
		}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic("loading a zone of the list: " + err.Error()) // it is embedded
	}
	return zone
}

// simulatedYear is one in the making.
type simulatedYear struct {
	*Stage

	rng   *rand.Rand
	hours map[string]hours // by the code of a batch
	jumps int
}

// moments are when batches begin, in order.
func (y *simulatedYear) moments(year time.Time, n int) []time.Time {
	list := make([]time.Time, n)
	for i := range list {
		list[i] = year.Add(Between(y.rng, 0, 360*24*time.Hour))
		zone, err := time.LoadLocation(pick(y.rng, zones))
		if err != nil || y.rng.Float64() >= chanceShift {
			continue
		}
		if shifts := changes(year, zone); len(shifts) > 0 {
			list[i] = pick(y.rng, shifts).Add(-Between(y.rng, 0, 30*time.Hour))
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

// batch enrolls everybody in one of the journeys, and jumps until all have got
// their message.
func (y *simulatedYear) batch(ctx context.Context, code string) error {
	draw, which := y.rng.IntN(10), 0
	for draw -= offers[which].tenths; draw >= 0; draw -= offers[which].tenths {
		which++
	}
	offer := offers[which]
	y.hours[code] = offer.hours
	seen := len(y.World.Accepts())
	err := y.EnrollWith(ctx, Round{Journey: offer.journey, Name: code, Inputs: func(*Person) map[string]any {
		return map[string]any{"code": code}
	}}, y.People)
	if err != nil {
		return err
	}
	for {
		waiting, err := y.sent(ctx, offer.hours, seen)
		if err != nil || len(waiting) == 0 {
			return err
		}
		if err := y.jump(ctx, offer.hours, waiting); err != nil {
			return err
		}
	}
}

// sent waits until everybody whose hours are open has got the message of this
// batch, and returns the others.
func (y *simulatedYear) sent(ctx context.Context, h hours, seen int) (waiting []*Person, err error) {
	err = driver.Until(ctx, sentWithin, "everybody whose hours are open has their message", func(context.Context) error {
		got := map[*Person]bool{}
		for _, a := range y.World.AcceptsSince(seen) {
			got[y.crowd.who(a.To)] = true
		}
		waiting = nil
		now := y.Product.Clock.Now()
		var late []string
		for _, p := range y.People {
			if got[p] {
				continue
			}
			waiting = append(waiting, p)
			if h.open(now.Add(-time.Second), p.where()) && h.open(now, p.where()) && h.open(now.Add(soonClosed), p.where()) {
				late = append(late, fmt.Sprintf("%s in %s, where it is %s", p.ID, p.where(), now.In(p.where()).Format("Mon 15:04:05")))
			}
		}
		if len(late) > 0 {
			return driver.MissingError{N: len(late), What: "have not: " + strings.Join(late[:min(len(late), 5)], "; ")}
		}
		return nil
	})
	return waiting, err
}

// jump moves the clock to a moment at which somebody's hours are open, or right
// before it, and never past hours that nobody could have used.
func (y *simulatedYear) jump(ctx context.Context, h hours, waiting []*Person) error {
	now := y.Product.Clock.Now()
	var opens, closes time.Time // the first of any zone
	for _, zone := range places(waiting) {
		o, c := h.next(now, zone)
		if opens.IsZero() || o.Before(opens) {
			opens = o
		}
		if closes.IsZero() || c.Before(closes) {
			closes = c
		}
	}
	to := opens.Add(-beforeEdge)
	if room := closes.Add(-2 * soonClosed).Sub(opens); room > 0 && y.rng.Float64() >= chanceEdge {
		to = opens.Add(Between(y.rng, 0, room))
	}
	if !to.After(now) {
		driver.Pause(ctx, 100*time.Millisecond) // somebody's hours open this very moment
		return ctx.Err()
	}
	y.jumps++
	return y.Product.JumpTo(ctx, to)
}

func places(people []*Person) map[string]*time.Location {
	all := map[string]*time.Location{}
	for _, p := range people {
		zone := p.where()
		all[zone.String()] = zone
	}
	return all
}

func (y *simulatedYear) rules() oracle.Rules {
	return oracle.Rules{
		Once: func(provsim.Accept) bool { return true },
		Passage: func(driver.Enrollment) oracle.Passage {
			return oracle.Passage{Due: map[string][]string{"told": {"offer"}}}
		},
		Quiet: func(a provsim.Accept) bool {
			_, code, _ := strings.Cut(a.Text, " | ")
			p := y.crowd.who(a.To)
			h, known := y.hours[code]
			return p == nil || !known || !h.open(a.At, p.where()) && !h.open(a.At.Add(-atTheClose), p.where())
		},
	}
}
