package scenario

import (
	"context"
	"fmt"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// The outage: from six in the evening to midnight, on clocks of São Paulo.
var (
	outageBegins = time.Date(2027, 3, 8, 21, 0, 0, 0, time.UTC)
	outageEnds   = outageBegins.Add(6 * time.Hour)
	morning      = outageBegins.Add(15 * time.Hour) // nine on the next day
)

// shortHold is the hold_max of messages that make no sense after the outage.
const shortHold = 3 * time.Hour

// outageSlack is how near to the end of the outage, in real time of working off
// what is due, a question's deadline may lie so that asking and not asking are
// both right.
const outageSlack = 5 * time.Minute

// dueJourneys are what is due in the outage, in turns: a reminder at a moment, a
// question with a deadline, a message held for the evening that is worthless
// afterwards, one that is not, and one that falls into quiet hours meanwhile.
var dueJourneys = []string{"due_reminder", "due_question", "due_tonight", "due_evening", "due_daytime"}

// Six hours of outage, and everything that was due meanwhile is due at once. What
// makes no sense any more is not sent, and says so; the rest goes out at the rate
// that the provider takes; quiet hours are kept.
func t28(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{
		Files: published(0, dueJourneys...), Shape: driver.Shape{Begin: outageBegins.Add(-time.Hour)},
		Plan: provsim.Plan{RatePerSecond: r.Rate, RetryAfter: time.Second},
	})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	s.watchMail(nil) // nobody answers
	o := newBacklog(s)
	patience := time.Minute + time.Duration(r.N/r.Rate)*2*time.Second
	for _, journey := range dueJourneys {
		err := s.EnrollWith(ctx, Round{Journey: journey, Inputs: func(p *Person) map[string]any { return o.inputs[p.ID] }}, o.lots[journey])
		if err != nil {
			return oracle.Line{}, err
		}
	}
	if err := o.parked(ctx, patience); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Product.JumpTo(ctx, outageBegins); err != nil {
		return oracle.Line{}, err
	}
	if err := o.happens(ctx); err != nil {
		return oracle.Line{}, err
	}
	// What is to go out at night has gone when only the questions and the morning's
	// messages are left.
	if err := o.drained(ctx, patience); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Product.JumpTo(ctx, morning.Add(-2*time.Second)); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, patience); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules { return o.rules(ctx) })
}

// backlog is what piles up in an outage.
type backlog struct {
	*Stage

	lots   map[string][]*Person
	inputs map[string]map[string]any // by person
	until  map[string]time.Time      // deadline of a person's question

	up   time.Time // real time at which the product was started again
	took time.Duration
}

func newBacklog(s *Stage) *backlog {
	o := &backlog{Stage: s, lots: map[string][]*Person{}, inputs: map[string]map[string]any{}, until: map[string]time.Time{}}
	rng := s.Random("due")
	for i, p := range s.People {
		journey := dueJourneys[i%len(dueJourneys)]
		o.lots[journey] = append(o.lots[journey], p)
		at := outageBegins.Add(Between(rng, time.Minute, 6*time.Hour-time.Minute))
		switch journey {
		case "due_daytime":
			at = outageBegins.Add(Between(rng, time.Minute, 110*time.Minute)) // before eight in the evening
		case "due_question":
			o.until[p.ID] = at.Add(Between(rng, 10*time.Minute, 4*time.Hour))
		}
		o.inputs[p.ID] = map[string]any{"at": at.Format(time.RFC3339)}
		if until, asked := o.until[p.ID]; asked {
			o.inputs[p.ID]["until"] = until.Format(time.RFC3339)
		}
	}
	return o
}

// parked waits until everybody is where the outage is to find them: before a
// moment, or with a message that is held.
func (o *backlog) parked(ctx context.Context, within time.Duration) error {
	return driver.Until(ctx, within, "everybody waits for the evening", func(ctx context.Context) error {
		enrollments, err := o.Product.Client.Enrollments(ctx, nil)
		if err != nil {
			return err
		}
		messages, err := o.Product.Client.Messages(ctx, nil)
		if err != nil {
			return err
		}
		there := map[string]bool{}
		for _, e := range enrollments {
			there[e.ContactID] = e.CurrentStep == "due"
		}
		for _, m := range messages {
			there[m.ContactID] = m.Status == "queued"
		}
		open := 0
		for _, p := range o.People {
			if !there[p.ID] {
				open++
			}
		}
		if open > 0 {
			return driver.MissingError{N: open, What: "do not yet"}
		}
		return nil
	})
}

// happens takes everything down for six hours of the clock.
func (o *backlog) happens(ctx context.Context) error {
	o.Say("everything is down for six hours")
	if n := len(o.World.Accepts()); n > 0 {
		return fmt.Errorf("waiting for the outage: %d messages have gone out already", n)
	}
	for _, u := range o.Product.Units() {
		u.Down()
	}
	if err := o.Product.Clock.JumpTo(outageEnds); err != nil {
		return err
	}
	o.up = time.Now()
	return o.Product.Revive(ctx)
}

// drained waits until what is due at night has gone out.
func (o *backlog) drained(ctx context.Context, within time.Duration) error {
	o.Say("the product is back and works off what is due")
	defer func() { o.took = time.Since(o.up) }()
	return driver.Until(ctx, within, "what is due at night has gone out", func(ctx context.Context) error {
		messages, err := o.Product.Client.Messages(ctx, nil)
		if err != nil {
			return err
		}
		settled := map[string]bool{}
		for _, m := range messages {
			settled[m.ContactID] = settled[m.ContactID] || m.Status != "queued" && m.Status != "sending"
		}
		now, open := o.Product.Clock.Now(), 0
		for _, p := range o.People {
			until, asked := o.until[p.ID]
			if !settled[p.ID] && !(asked && until.Before(now)) {
				open++
			}
		}
		if open -= len(o.lots["due_daytime"]); open > 0 {
			return driver.MissingError{N: open, What: "messages are left"}
		}
		return nil
	})
}

func (o *backlog) rules(ctx context.Context) oracle.Rules {
	asked := map[string]bool{}
	journeys := map[string]string{}
	for journey, people := range o.lots {
		for _, p := range people {
			journeys[p.ID] = journey
		}
	}
	for _, a := range o.World.Accepts() {
		if p := o.crowd.who(a.To); p != nil {
			asked[p.ID] = true
		}
	}
	began := map[string]time.Time{}
	for _, request := range o.requests {
		began[request.Contact] = request.At
	}
	rules := oracle.Rules{
		Once:      func(provsim.Accept) bool { return true },
		MayGiveUp: func(m driver.Message) bool { return m.Reason == "expired" },
		Kills:     len(o.Product.Units()),
		Passage: func(e driver.Enrollment) oracle.Passage {
			return oracle.Passage{Due: o.due(e, asked[e.ContactID])}
		},
		NotAfter: func(a provsim.Accept) (time.Time, bool) {
			p := o.crowd.who(a.To)
			if p == nil {
				return time.Time{}, false
			}
			if until, has := o.until[p.ID]; has {
				return until, true
			}
			return began[p.ID].Add(shortHold), journeys[p.ID] == "due_tonight"
		},
		Quiet: func(a provsim.Accept) bool {
			p := o.crowd.who(a.To)
			return p != nil && journeys[p.ID] == "due_daytime" && !daytime.open(a.At, p.where())
		},
	}
	return and(rules, func(breach func(rule, example string)) {
		o.spoken(ctx, breach)
		o.rate(breach)
	})
}

var daytime = hours{from: 9 * 60, to: 20 * 60}

// due is what somebody's enrollment may end with.
func (o *backlog) due(e driver.Enrollment, asked bool) map[string][]string {
	switch e.Journey {
	case "due_tonight": // worthless afterwards
		return map[string][]string{"untold": {"say"}}
	case "due_question":
		until := o.until[e.ContactID]
		late := until.Before(outageEnds)
		if either := !late && until.Before(outageEnds.Add(outageSlack)); late || either && !asked {
			return map[string][]string{"silent": {}}
		}
		return map[string][]string{"silent": {"say"}}
	}
	return map[string][]string{"told": {"say"}}
}

// spoken: what was not sent says why.
func (o *backlog) spoken(ctx context.Context, breach func(rule, example string)) {
	messages, err := o.Product.Client.Messages(ctx, nil)
	if err != nil {
		breach("the product can be asked", err.Error())
	}
	for _, m := range messages {
		if (m.Status == "skipped" || m.Status == "failed") && m.Reason != "expired" {
			breach("what is not sent says why", fmt.Sprintf("%s of %s (%s) is %s (%s): %s", m.ID, m.ContactID, m.Journey, m.Status, m.Reason, m.ErrorDetail))
		}
	}
}

// rate: the provider was not run over.
func (o *backlog) rate(breach func(rule, example string)) {
	accepts := o.World.Accepts()
	perSecond, most := map[int64]int{}, 0
	for _, a := range accepts {
		perSecond[a.RealAt.Unix()]++
		most = max(most, perSecond[a.RealAt.Unix()])
	}
	refused := o.World.Calls() - len(accepts)
	o.noteOncef("%d messages went out, at most %d within a second where %d are allowed; %d calls were refused for going faster; the night's were out %.1f s after the product was back",
		len(accepts), most, o.Rate, refused, o.took.Seconds())
	if refused > len(accepts)/4 {
		breach("the provider is not run over", fmt.Sprintf("%d of %d calls went faster than the %d a second that it takes", refused, o.World.Calls(), o.Rate))
	}
}
