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
	g := c.flowGraph()
	if g == nil {
		return
	}
	seen := windowOpen(m.Name)
	w := &windowProof{g: g, medium: m, looks: func(g *planGraph, e flow.Edge) bool { return c.seesOpen(g, e, seen) }}
	w.hold, w.capOnly = g.plan.Delivery.longestHold()
	var states []credit
	var reached []bool
	c.journey.all(func(s *Step) {
		point, ok := g.at[s.ID.Value]
		if !ok || c.full() {
			return
		}
		var outgoing *Outgoing
		switch body := s.Body.(type) {
		case *SendStep:
			outgoing = &body.Outgoing
		case *AskStep:
			outgoing = &body.Outgoing
		default:
			return
		}
		urgent := outgoing.Urgent.or(false)
		for i, r := range outgoing.routes() {
			at := r.Message.freeForm()
			if r.Channel.Value != m.Name || at == nil {
				continue
			}
			if states == nil {
				states, reached = w.solve()
			}
			if !reached[point] {
				return
			}
			have := states[point]
			if s.If != nil && c.implies(s.If, true, seen) {
				have = have.atLeast(windowMargin)
			}
			earlier := before(g.plan.Nodes[s.ID.Value].routes(), i)
			if have.left > w.held(urgent)+earlier {
				continue
			}
			c.step = s.ID.Value
			c.outsideWindow(w, point, at, have, urgent, earlier)
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
	return len(h.Days) == len(weekdays) && h.From == "00:00" && h.To == "24:00" && h.Holidays == ""
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
	case m.Closed != nil:
		return nil
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

func (c *checker) outsideWindow(w *windowProof, point int, at *Scalar, have credit, urgent bool, earlier time.Duration) {
	place := at.Span()
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
	switch {
	case have.left == 0 && have.why.how == neverOpened:
		path := w.g.Path(w.g.roots, point, func(e flow.Edge, yes bool) bool {
			if yes {
				return true
			}
			return w.along(e, credit{}).left > 0
		}, w.g.lanesTo(point, point))
		way := w.g.example(path, c.step)
		d.Note = diag.T("the contact may not have written before, for example: %s", "o contato pode não ter escrito antes, por exemplo: %s", way.En)
		d.Note.Pt = "o contato pode não ter escrito antes, por exemplo: " + way.Pt
		if way.En == c.step {
			d.Note = diag.T("nothing makes the contact write before `%s`", "nada faz o contato escrever antes de `%s`", c.step)
		}
	case have.left == 0:
		d.Note = have.why.reason(title)
	case w.held(urgent) > 0 && w.capOnly:
		d.Note = diag.T("the window is open for at least %s here, but the frequency cap may hold this message up to %s",
			"a janela fica aberta por pelo menos %s aqui, mas o limite de frequência pode segurar esta mensagem por até %s", length(have.left), length(w.held(urgent)))
	case w.held(urgent) > 0:
		d.Note = diag.T("the window is open for at least %s here, but quiet hours may hold this message up to %s",
			"a janela fica aberta por pelo menos %s aqui, mas o horário de silêncio pode segurar esta mensagem por até %s", length(have.left), length(w.held(urgent)))
	default:
		d.Note = diag.T("the window is open for at least %s here, but the routes before this one may take up to %s",
			"a janela fica aberta por pelo menos %s aqui, mas as rotas anteriores podem levar até %s", length(have.left), length(earlier))
	}
}
