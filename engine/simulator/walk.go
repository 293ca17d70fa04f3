package simulator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"jornada/dsl"
	"jornada/engine"
	"jornada/workflows"
)

// walk is a world that does as it likes: people answer or do not, networks fail,
// events come. What it does follows from its seed alone.
type walk struct {
	dice    *rand.Rand
	number  uint64 // of this run, from the dice
	seen    int    // deeds that were reacted to
	decided map[string]time.Time
	begun   bool
	listens bool // the journey has waits that something may end; else where it stands is not asked
}

// Walk plays one journey in a world of chance.
func (b *Bench) Walk(ctx context.Context, journey string, seed uint64, run int) (*Transcript, error) {
	plan := b.folder.Plans[journey]
	if plan == nil {
		return nil, fmt.Errorf("there is no journey %q without errors in this folder", journey)
	}
	w := &walk{dice: rand.New(rand.NewPCG(seed, uint64(run))), decided: map[string]time.Time{}} //nolint:gosec // chance that can be repeated is the point; runs are counted from 1
	w.number = w.dice.Uint64()
	for _, n := range plan.Nodes {
		w.listens = w.listens || n.Wait != nil && len(n.Wait.Events) > 0
	}
	return b.start(ctx, w.scenario(plan, run), plan, &play{walk: w})
}

// Chances, in percent, of what people and networks do.
const (
	notDelivered = 10
	interrupted  = 15 // an event of a goal or exit comes
	callFails    = 5
	noOptIn      = 5
)

func (w *walk) chance(percent int) bool { return w.dice.IntN(100) < percent }

// moment is a length of time within a limit: soon more often than late.
func (w *walk) moment(limit time.Duration) time.Duration {
	if limit <= 0 {
		limit = 24 * time.Hour
	}
	x := w.dice.Float64()
	return time.Second + time.Duration(x*x*x*float64(limit-2*time.Second))
}

// rest is called whenever the journey rests: it decides what the world does next.
func (w *walk) rest(p *play) {
	if !w.begun {
		w.begun = true
		w.interrupt(p)
	}
	p.mu.Lock()
	fresh := slices.Clone(p.all[w.seen:])
	w.seen = len(p.all)
	p.mu.Unlock()
	for _, d := range fresh {
		w.react(p, d)
	}
	if !w.listens {
		return
	}
	v, err := p.b.stage.env.QueryWorkflow(workflows.QueryExplain)
	if err != nil {
		return // it has not begun
	}
	var e workflows.Explanation
	if v.Get(&e) != nil {
		return
	}
	for _, s := range e.CurrentSteps {
		n := p.plan.Nodes[s.StepID]
		if n == nil || n.Wait == nil || len(n.Wait.Events) == 0 || w.decided[s.StepID].Equal(s.Since) {
			continue
		}
		w.decided[s.StepID] = s.Since
		w.happen(p, n.Wait)
	}
}

// later does something after a length of virtual time, if the enrollment still is.
func (w *walk) later(p *play, d time.Duration, do func() error) {
	p.b.stage.env.RegisterDelayedCallback(func() {
		if p.b.stage.env.IsWorkflowCompleted() {
			return
		}
		p.must(do())
		p.look()
	}, d)
}

// interrupt lets, at times, an event of a goal or exit come.
func (w *walk) interrupt(p *play) {
	var events []string
	for _, i := range slices.Concat(p.plan.Goals, p.plan.Exits) {
		if i.Event != "" {
			events = append(events, i.Event)
		}
	}
	if len(events) == 0 || !w.chance(interrupted) {
		return
	}
	name := events[w.dice.IntN(len(events))]
	w.later(p, w.moment(7*24*time.Hour), func() error { return w.emit(p, name) })
}

func (w *walk) emit(p *play, name string) error {
	data := w.record(p.plan.Events[name], p.b.clock.Now())
	for field, value := range p.scenario.Inputs { // the event is about this enrollment
		if _, has := data[field]; has {
			data[field] = value
		}
	}
	p.tell(&dsl.Act{Kind: dsl.Event}, name, "")
	_, err := p.b.runtime.Emit(p.ctx, engine.InboundEvent{Kind: engine.BusinessEvent, Name: name, Data: data, ContactID: p.contact})
	return err
}

// happen lets one of the things come that a wait listens for, or none.
func (w *walk) happen(p *play, wait *dsl.Wait) {
	i := w.dice.IntN(len(wait.Events) + 1)
	if i == len(wait.Events) {
		return // nothing comes
	}
	e, in := wait.Events[i], w.moment(wait.Timeout.Std())
	switch {
	case e.Event != "":
		w.later(p, in, func() error { return w.emit(p, e.Event) })
	case e.Reply != "" || e.Window == "opened":
		via := e.Reply
		if via == "" {
			via = e.WindowOf()
		}
		w.later(p, in, func() error { return p.reply(&dsl.Act{Kind: dsl.Reply, Text: "oi", Via: via}) })
	}
}

// react answers a deed.
func (w *walk) react(p *play, d *deed) {
	n := p.plan.Nodes[d.step]
	switch {
	case d.message != "":
		if d.more && w.chance(notDelivered) {
			w.later(p, deliveredIn, func() error {
				return p.b.network.Status(string(d.message), engine.Failed, undelivered["undeliverable"][d.channel])
			})
			return
		}
		if d.more {
			w.later(p, deliveredIn, func() error { return p.b.network.Status(string(d.message), engine.Delivered, "") })
		}
		if n != nil && n.Ask != nil {
			w.answer(p, d, n)
		}
	case d.handoff != "" && w.chance(70):
		w.later(p, w.moment(n.Handoff.Timeout.Std()), func() error { return p.finish(&dsl.Act{Kind: dsl.Finish, Step: d.step, Outcome: "resolved"}) })
	case d.child != "":
		outcomes := sortedKeys(n.Edges)
		outcome := outcomes[w.dice.IntN(len(outcomes))]
		w.later(p, w.moment(n.Enroll.Timeout.Std()), func() error { return p.finish(&dsl.Act{Kind: dsl.Finish, Step: d.step, Outcome: outcome}) })
	}
}

// answer lets the person answer a question in one of the ways that lead somewhere.
func (w *walk) answer(p *play, d *deed, n *dsl.Node) {
	outcomes := slices.DeleteFunc(sortedKeys(n.Edges), func(o string) bool { return o == "undelivered" })
	outcome := outcomes[w.dice.IntN(len(outcomes))]
	reply := &dsl.Act{Kind: dsl.Reply, Via: string(d.channel)}
	switch {
	case outcome == "timeout":
		return
	case outcome == "other":
		reply.Text = "não sei dizer"
	case len(n.Ask.Options) > 0:
		reply.Option = outcome
	case n.Ask.Scale != nil:
		low, high := n.Ask.Scale.Min, n.Ask.Scale.Max
		for _, b := range n.Ask.Scale.Bands {
			if b.Outcome == outcome {
				low, high = b.Min, b.Max
			}
		}
		reply.Text = strconv.Itoa(low + w.dice.IntN(high-low+1))
	default:
		reply.Text = map[string]string{"text": "está bem", "number": "42", "date": "10/03/2026", "email": "ana@example.com"}[n.Ask.Accept]
		switch n.Ask.Accept {
		case "image":
			reply.Media = "https://example.com/picture.jpg"
		case "form":
			reply.Form = map[string]any{"answer": "está bem"}
		}
	}
	w.later(p, w.moment(n.Ask.Timeout.Std()), func() error { return p.reply(reply) })
}

// respond answers a call. Calls of several lanes go out side by side, so each has
// dice of its own.
func (w *walk) respond(p *play, d *deed) dsl.Respond {
	own := &walk{dice: rand.New(rand.NewPCG(w.number, seed(fmt.Sprint(d.step, d.visit))))} //nolint:gosec // as in Walk
	n := p.plan.Nodes[d.step]
	if n == nil || n.Call == nil || own.chance(callFails) {
		return dsl.Respond{Status: 500}
	}
	return dsl.Respond{Status: 200, Body: own.record(n.Call.Returns, p.b.clock.Now())}
}
