package dsl

import (
	"fmt"
	"time"

	"jornada/dsl/diag"
	"jornada/dsl/flow"
	"jornada/dsl/medium"
)

// ruleServiceWindow: own text on a channel with a service window, without a
// template for a closed one, is sent where the window is proved to be open, also
// when quiet hours hold it (J0505).
func ruleServiceWindow(c *checker) {
	for _, m := range medium.Table {
		if m.Window > 0 && !c.needsNoWindow(m.Name) {
			c.provesWindow(m)
		}
	}
}

func (c *checker) provesWindow(m medium.Medium) {
	ownText := func(r *RouteDecl) bool { return r.Message.freeForm() != nil }
	c.lookThrough(m, ownText, func(w *windowProof, s *sending) {
		if !s.proved() {
			c.step = s.step.ID.Value
			c.outsideWindow(w, s)
		}
	})
}

// sending is one route of one step on a channel with a service window, and what is
// proved of that window when the route's turn comes.
type sending struct {
	step    *Step
	route   *RouteDecl
	nth     int // among the step's routes, from 0
	point   int // in the graph
	have    credit
	hold    time.Duration // how long quiet hours may hold the message
	earlier time.Duration // how long the routes before may take
}

// proved reports whether the window is open until the message has gone.
func (s *sending) proved() bool { return s.have.left > s.hold+s.earlier }

// lookThrough visits the wanted routes of a channel that any enrollment can reach.
func (c *checker) lookThrough(m medium.Medium, wanted func(*RouteDecl) bool, visit func(*windowProof, *sending)) {
	g := c.flowGraph()
	if g == nil {
		return
	}
	seen := windowOpen(m.Name)
	w := &windowProof{g: g, medium: m, looks: func(g *planGraph, e flow.Edge) bool { return c.seesOpen(g, e, seen) }}
	w.hold, w.capOnly = g.plan.Delivery.longestHold()
	var states []credit
	var reached []bool
	c.journey.all(func(step *Step) {
		point, ok := g.at[step.ID.Value]
		if !ok || c.full() {
			return
		}
		var outgoing *Outgoing
		switch body := step.Body.(type) {
		case *SendStep:
			outgoing = &body.Outgoing
		case *AskStep:
			outgoing = &body.Outgoing
		default:
			return
		}
		for i, r := range outgoing.routes() {
			if r.Channel.Value != m.Name || !wanted(r) {
				continue
			}
			if states == nil {
				states, reached = w.solve()
			}
			if !reached[point] {
				return
			}
			have := states[point]
			if step.If != nil && c.implies(step.If, true, seen) {
				have = have.atLeast(windowMargin)
			}
			visit(w, &sending{
				step: step, route: r, nth: i, point: point, have: have,
				hold: w.held(outgoing.Urgent.or(false)), earlier: before(g.plan.Nodes[step.ID.Value].routes(), i),
			})
		}
	})
}

// needsNoWindow reports whether the workspace may send own text at any time.
func (c *checker) needsNoWindow(name string) bool {
	channel := c.ws.Channels[name]
	return channel.FreeForm == "always" || channel.DirectSend && c.journey.Category.String() == "utility"
}

// longestHold is how long a message may be held, and whether only the frequency
// cap does it.
func (d Delivery) longestHold() (hold time.Duration, capOnly bool) {
	quiet := d.SendWindow != nil && !d.SendWindow.always()
	if !quiet && d.FrequencyCap == nil {
		return 0, false
	}
	return d.HoldMax.Std(), !quiet
}

// always reports whether hours have no end.
func (h *Hours) always() bool {
	return len(h.Days) == len(weekdays) && h.From == "00:00" && h.To == "24:00" && h.Holidays == "" && len(h.Closed) == 0
}

// routes are those of a send or ask.
func (n *Node) routes() []Route {
	switch {
	case n.Send != nil:
		return n.Send.Routes
	case n.Ask != nil:
		return n.Ask.Routes
	}
	return nil
}

// freeForm is what a message says in own words, with nothing to say instead when
// the window is closed.
func (m *MessageDecl) freeForm() *Scalar {
	switch {
	case m.Closed != nil, m.Template != nil:
		return nil
	case m.Location != nil:
		return m.Location.Latitude
	case m.Reaction != nil:
		return m.Reaction
	case m.Text != nil:
		return m.Text
	case m.Media != nil:
		return m.Media.URL
	}
	return nil
}

// seesOpen reports whether a condition on an edge saw the window open.
func (c *checker) seesOpen(g *planGraph, e flow.Edge, seen string) bool {
	for _, look := range c.conditions(g, e) {
		if c.implies(look.at, look.holds, seen) {
			return true
		}
	}
	return false
}

// caretMost is how much of a text the caret stands under.
const caretMost = 40

func (c *checker) outsideWindow(w *windowProof, s *sending) {
	place := s.route.Message.freeForm().Span()
	if place.EndLine == place.Line && place.EndColumn > place.Column+caretMost {
		place.EndColumn = place.Column + caretMost
	}
	title, hours, open := w.medium.Title, int(w.medium.Window.Hours()), windowOpen(w.medium.Name)
	d := c.report("J0505", place, diag.Text{
		En: fmt.Sprintf("free-form %s text here is not provably inside the %d-hour window", title.En, hours),
		Pt: fmt.Sprintf("não está provado que este texto livre de %s sai dentro da janela de %d horas", title.Pt, hours),
	})
	d.Hint = diag.T("guard with `if: %s`, or use another channel where the contact may not have written", "proteja com `if: %s`, ou use outro canal onde o contato pode não ter escrito", open)
	if w.medium.Approved {
		d.Hint = diag.T("add `closed: {template: …}`, guard with `if: %s`, or send a template",
			"acrescente `closed: {template: …}`, proteja com `if: %s`, ou envie um modelo", open)
	}
	d.Note = w.doubt(s)
}

// doubt says why a window may not be open.
func (w *windowProof) doubt(s *sending) diag.Text {
	left := length(s.have.left)
	switch {
	case s.have.left == 0 && s.have.why.how == neverOpened:
		path := w.g.Path(w.g.roots, s.point, func(e flow.Edge, yes bool) bool {
			if yes {
				return true
			}
			return w.along(e, credit{}).left > 0
		}, w.g.lanesTo(s.point, s.point))
		way := w.g.example(path, s.step.ID.Value)
		if way.En == s.step.ID.Value {
			return diag.T("nothing makes the contact write before `%s`", "nada faz o contato escrever antes de `%s`", s.step.ID.Value)
		}
		return diag.Text{
			En: "the contact may not have written before, for example: " + way.En,
			Pt: "o contato pode não ter escrito antes, por exemplo: " + way.Pt,
		}
	case s.have.left == 0:
		return s.have.why.reason(w.medium.Title)
	case s.hold > 0 && w.capOnly:
		return diag.T("the window is open for at least %s here, but the frequency cap may hold this message up to %s",
			"a janela fica aberta por pelo menos %s aqui, mas o limite de frequência pode segurar esta mensagem por até %s", left, length(s.hold))
	case s.hold > 0:
		return diag.T("the window is open for at least %s here, but quiet hours may hold this message up to %s",
			"a janela fica aberta por pelo menos %s aqui, mas o horário de silêncio pode segurar esta mensagem por até %s", left, length(s.hold))
	}
	return diag.T("the window is open for at least %s here, but the routes before this one may take up to %s",
		"a janela fica aberta por pelo menos %s aqui, mas as rotas anteriores podem levar até %s", left, length(s.earlier))
}
