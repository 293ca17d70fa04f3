package dsl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
	"jornada/dsl/flow"
	"jornada/dsl/medium"
)

// What is true of a service window whatever a journey does: it is open for a time
// (see package medium) from the contact's last message, and we treat it as closed
// five minutes early, for queues and clocks. A message takes a minute to go.
const (
	windowMargin = 5 * time.Minute
	sendTakes    = time.Minute
	longestPause = time.Hour // between two tries of a call: no server can ask for more
)

func windowOpen(channel string) string     { return "window." + channel + ".open" }
func windowClosesAt(channel string) string { return "window." + channel + ".closes_at" }

// credit is what is proved of the service window at a point: it stays usable
// for at least so long. There is no "surely closed", because a contact may write
// at any moment.
type credit struct {
	left time.Duration
	why  lost // of a credit of 0
}

// lost says which step took the last of a credit, and how.
type lost struct {
	how     loss
	step    string
	outcome string
	had     time.Duration // before the step
	took    time.Duration
}

type loss uint8

const (
	neverOpened loss = iota
	otherChannel
	tookTime
	unknownTime
	otherJourney
	sawClosed
	tooLate
	rounds
)

// take spends credit in a step.
func (c credit) take(d time.Duration, step, outcome string) credit {
	if d <= 0 || c.left == 0 {
		return c
	}
	if d >= c.left {
		return credit{0, lost{tookTime, step, outcome, c.left, d}}
	}
	return credit{c.left - d, c.why}
}

// atLeast is what is known once the window was seen open.
func (c credit) atLeast(d time.Duration) credit { return credit{max(c.left, d), c.why} }

// gone is a credit that a step took away.
func (c credit) gone(how loss, step, outcome string) credit {
	if c.left == 0 && how != otherChannel {
		return c // it was gone before
	}
	return credit{0, lost{how: how, step: step, outcome: outcome}}
}

// least is what is proved where two ways meet.
func (c credit) least(o credit) credit {
	if o.left < c.left {
		return o
	}
	return c
}

// windowProof follows the credit through a journey.
type windowProof struct {
	g       *planGraph
	medium  medium.Medium
	looks   func(g *planGraph, e flow.Edge) (seenOpen bool) // whether a condition on the edge saw the window open
	hold    time.Duration                                   // how long quiet hours may hold a message
	capOnly bool                                            // it is the frequency cap that holds it, not quiet hours
}

// fresh is what a message of the contact is worth.
func (w *windowProof) fresh() credit { return credit{left: w.medium.Window - windowMargin} }

// solve gives the credit at every point.
func (w *windowProof) solve() ([]credit, []bool) {
	roots := map[int]credit{}
	for i, root := range w.g.roots {
		roots[root] = credit{}
		if i == 0 && w.g.plan.startsByWriting(w.medium.Name) {
			roots[root] = w.fresh()
		}
	}
	return flow.Solve(&w.g.Graph, flow.Problem[credit]{
		Roots: roots, Along: w.along, Join: credit.least,
		Meet: func(_ credit, lanes []credit) credit {
			out := lanes[0]
			for _, lane := range lanes[1:] {
				out = out.least(lane) // the last lane to end knows; any may be it
			}
			return out
		},
		Equal: func(a, b credit) bool { return a.left == b.left },
		Widen: func(credit, credit) credit { return credit{why: lost{how: rounds}} },
	})
}

// startsByWriting reports whether whoever enters has just written on a channel.
func (p *Plan) startsByWriting(channel string) bool {
	return len(p.Triggers) > 0 && !slices.ContainsFunc(p.Triggers, func(t Trigger) bool { return t.Inbound != channel })
}

// along is the credit at the end of an edge.
func (w *windowProof) along(e flow.Edge, c credit) credit {
	from := w.g.steps[e.From]
	if from.node == nil || from.role == laneOver || from.role == lanesMet {
		return c
	}
	if from.role == afterRound {
		n := from.node
		if e.Kind == flow.Round || e.Label == "done" && n.Repeat.Until != nil && n.Repeat.Max > 1 {
			c = c.take(n.Repeat.Every.Std(), n.ID, "") // `until` is looked at again after the pause
		}
	}
	if w.looks(w.g, e) {
		c = c.atLeast(windowMargin)
	}
	if from.role == afterRound || e.Kind != flow.Flow {
		return c
	}
	return w.step(from.node, e.Label, c)
}

// step is the credit after a step that ended with an outcome.
func (w *windowProof) step(n *Node, outcome string, c credit) credit {
	switch {
	case n.Send != nil:
		return c.take(w.sending(n.Send.Routes, n.Send.Urgent), n.ID, outcome)
	case n.Ask != nil:
		return w.ask(n, outcome, c)
	case n.Wait != nil:
		return w.waited(n, outcome, c)
	case n.Handoff != nil:
		return c.take(n.Handoff.Timeout.Std(), n.ID, outcome)
	case n.Enroll != nil:
		return c.gone(otherJourney, n.ID, outcome)
	case n.Call != nil:
		again := n.Call.Retries
		return c.take(time.Duration(again+1)*n.Call.Timeout.Std()+time.Duration(again)*longestPause, n.ID, outcome)
	}
	return c
}

// held is how long a message may be held before it goes.
func (w *windowProof) held(urgent bool) time.Duration {
	if urgent {
		return 0
	}
	return w.hold
}

// sending is how long it may take until one of the routes has the message: a
// hold, the wait for delivery on every route but the last, and the sending.
func (w *windowProof) sending(routes []Route, urgent bool) time.Duration {
	return w.held(urgent) + before(routes, len(routes)-1) + sendTakes
}

// before is how long the routes before one may take.
func before(routes []Route, nth int) time.Duration {
	var sum time.Duration
	for _, r := range routes[:max(nth, 0)] {
		sum += r.Within.Std() + sendTakes
	}
	return sum
}

func (w *windowProof) ask(n *Node, outcome string, c credit) credit {
	answered := outcome != "timeout" && outcome != "undelivered"
	other := slices.ContainsFunc(n.Ask.Routes, func(r Route) bool { return r.Channel != w.medium.Name })
	if answered && !other {
		return w.fresh() // they just wrote
	}
	switch {
	case n.Ask.Timeout > 0: // anew for every route that turns out to have failed
		c = c.take(w.sending(n.Ask.Routes, n.Ask.Urgent)+time.Duration(len(n.Ask.Routes))*n.Ask.Timeout.Std(), n.ID, outcome)
	default:
		c = c.gone(unknownTime, n.ID, outcome)
	}
	if answered && c.left == 0 {
		return c.gone(otherChannel, n.ID, outcome)
	}
	return c
}

func (w *windowProof) waited(n *Node, outcome string, c credit) credit {
	wait := n.Wait
	switch {
	case wait.Until != nil && strings.TrimSpace(wait.Until.Source) == windowClosesAt(w.medium.Name):
		if outcome == "reached" {
			if left := -wait.Offset.Std() - windowMargin; left > 0 {
				return credit{left: left} // so long before it closes
			}
		}
		return credit{why: lost{how: tooLate, step: n.ID, outcome: outcome}}
	case len(wait.Events) > 0:
		for _, e := range wait.Events {
			switch {
			case e.Outcome != outcome:
			case e.Reply == w.medium.Name:
				return w.fresh()
			case e.Window == "closed" && e.WindowOf() == w.medium.Name:
				return credit{why: lost{how: sawClosed, step: n.ID, outcome: outcome}}
			}
		}
		if wait.Timeout > 0 {
			c = c.take(wait.Timeout.Std(), n.ID, outcome)
		} else {
			c = c.gone(unknownTime, n.ID, outcome)
		}
		if slices.ContainsFunc(wait.Events, func(e WaitEvent) bool {
			return e.Outcome == outcome && e.Window == "opened" && e.WindowOf() == w.medium.Name
		}) {
			return c.atLeast(windowMargin) // at once when it was open already, so no more than that is sure
		}
		return c
	case wait.For > 0:
		return c.take(wait.For.Std(), n.ID, outcome)
	}
	return c.gone(unknownTime, n.ID, outcome) // a moment, or opening hours
}

// reason says in words why nothing is proved.
func (l lost) reason(channel diag.Text) diag.Text {
	switch l.how {
	case otherChannel:
		return diag.Text{
			En: fmt.Sprintf("after `%s` = %s the answer may have come by another channel, which does not open the %s window", l.step, l.outcome, channel.En),
			Pt: fmt.Sprintf("depois de `%s` = %s a resposta pode ter vindo por outro canal, o que não abre a janela do %s", l.step, l.outcome, channel.Pt),
		}
	case tookTime:
		return diag.T("`%s` may take up to %s, and the window was sure to be open for %s only",
			"`%s` pode levar até %s, e a janela só era certa por mais %s", l.step, length(l.took), length(l.had))
	case unknownTime:
		return diag.T("nobody knows how long `%s` waits, so the window may have closed", "não se sabe quanto `%s` espera, então a janela pode ter fechado", l.step)
	case otherJourney:
		return diag.T("`%s` runs another journey, and the window may close meanwhile", "`%s` executa outra jornada, e a janela pode fechar enquanto isso", l.step)
	case sawClosed:
		return diag.T("after `%s` = %s the window is closed", "depois de `%s` = %s a janela está fechada", l.step, l.outcome)
	case tooLate:
		return diag.T("after `%s` = %s the window may be closed, or about to close", "depois de `%s` = %s a janela pode estar fechada, ou prestes a fechar", l.step, l.outcome)
	case rounds:
		return diag.T("every round uses up some of the window, and none makes the contact write", "cada volta gasta um pouco da janela, e nenhuma faz o contato escrever")
	}
	return diag.Text{}
}

// length writes a length of time as Go does, without seconds that are none.
func length(d time.Duration) string {
	s := d.String()
	if d%time.Minute == 0 && d >= time.Minute {
		s = s[:len(s)-len("0s")]
	}
	return s
}
