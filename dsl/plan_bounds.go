package dsl

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
	"jornada/dsl/flow"
	"jornada/dsl/medium"
	"jornada/dsl/price"
)

// Range is a least and a most.
type Range struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// Sends is how many messages of one kind a contact gets. A kind is what a price
// depends on: the channel, and the category of the template; own text on
// WhatsApp, which answers inside the service window, is `service`.
type Sends struct {
	Channel  string `json:"channel"`
	Category string `json:"category"`
	Range
}

// Bounds are the best and the worst case of a journey for one contact.
//
// The most counts every route of a message, because one that was given up may
// still arrive, every reprompt, every round and every jump. The least is that of
// a contact whom every message reaches and whom no goal or exit takes out early.
// Sub-journeys are not counted: they have bounds of their own.
type Bounds struct {
	Messages  Range    `json:"messages"`
	Marketing Range    `json:"marketing"` // of them
	Sends     []Sends  `json:"sends"`     // sorted by channel, then category
	Stay      Duration `json:"stay"`      // the longest, without the steps in Dates
	Dates     []string `json:"dates"`     // steps that wait for a date, for opening hours or for another journey: nobody knows how long
}

// Bounds works out the best and the worst case. It is as quick as a check.
func (p *Plan) Bounds() Bounds {
	g := p.graph()
	root := g.roots[0]
	count := func(wanted func(Sends) bool) Range {
		return Range{
			Min: int(g.Shortest(root, flow.Cost{Of: func(e flow.Edge) int64 { return g.fewest(e, wanted) }, Not: unlucky})),
			Max: int(g.Longest(root, flow.Cost{Of: func(e flow.Edge) int64 { return g.most(e, wanted) }})),
		}
	}
	b := Bounds{Messages: count(anyKind), Marketing: count(Sends.isMarketing)}
	for _, kind := range g.kinds() {
		kind.Range = count(func(s Sends) bool { return s == kind })
		b.Sends = append(b.Sends, kind)
	}
	b.Stay = Duration(g.Longest(root, flow.Cost{Of: func(e flow.Edge) int64 { return int64(g.lasts(e)) }, Beside: true}))
	for _, s := range g.steps {
		if s.role == beforeStep && s.node != nil && s.node.waitsForDate() {
			b.Dates = append(b.Dates, s.node.ID)
		}
	}
	return b
}

// Summary is one line for people:
// "messages per contact: 1-4 · cost R$ 0,05-0,31 · longest stay 12 d".
func (b Bounds) Summary(cost price.Cost) diag.Text {
	en, pt := "messages per contact: "+b.Messages.String(), "mensagens por contato: "+b.Messages.String()
	if b.Marketing.Max > 0 {
		en, pt = en+" (marketing: "+b.Marketing.String()+")", pt+" (marketing: "+b.Marketing.String()+")"
	}
	if b.Messages.Max > 0 {
		text := cost.Text()
		en, pt = en+" · "+text.En, pt+" · "+text.Pt
	}
	stay := inDays(b.Stay.Std())
	en, pt = en+" · longest stay "+stay, pt+" · permanência máxima "+stay
	if len(b.Dates) > 0 {
		dates := strings.Join(b.Dates[:min(len(b.Dates), 3)], ", ")
		if len(b.Dates) > 3 {
			dates += ", …"
		}
		en, pt = en+" + the waits of "+dates, pt+" + as esperas de "+dates
	}
	return diag.Text{En: en, Pt: pt}
}

// String writes "1-4", or "1" when it cannot be otherwise.
func (r Range) String() string {
	if r.Min == r.Max {
		return fmt.Sprint(r.Min)
	}
	return fmt.Sprintf("%d-%d", r.Min, r.Max)
}

// inDays writes a length of time for people: 12 d, 2 d 4 h, 45 min.
func inDays(d time.Duration) string {
	const day = 24 * time.Hour
	var parts []string
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "min"}} {
		if n := int(d / unit.size); n > 0 && len(parts) < 2 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			d -= time.Duration(n) * unit.size
		}
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, " ")
	case d > 0:
		return "1 min"
	}
	return "0 min"
}

// unlucky are the ways of those whom a message does not reach, or whose call
// breaks.
func unlucky(e flow.Edge) bool { return e.Label == "undelivered" || e.Label == "failed" }

// kinds are the kinds of messages that a plan may send.
func (g *planGraph) kinds() []Sends {
	var all []Sends
	for _, s := range g.steps {
		if s.node == nil || s.role != beforeStep {
			continue
		}
		for _, r := range s.node.routes() {
			all = append(all, g.plan.kindsOf(r)...)
		}
		if s.node.Ask != nil && s.node.Ask.Retries > 0 {
			for _, r := range s.node.Ask.Routes {
				all = append(all, g.plan.reprompt(r))
			}
		}
	}
	slices.SortFunc(all, func(a, b Sends) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Category, b.Category))
	})
	return slices.Compact(all)
}

// kindsOf are the kinds that a route's message may be: two when a template
// stands in for a closed window.
func (p *Plan) kindsOf(r Route) []Sends {
	of := func(m *Message) Sends {
		category := p.Category
		switch t, ok := p.Template(r.Channel, m.Template); {
		case ok && t.Category != "":
			category = t.Category
		case m.Template == "" && medium.Of(r.Channel).Window > 0:
			category = "service"
		}
		return Sends{Channel: r.Channel, Category: category}
	}
	kinds := []Sends{of(&r.Message)}
	if r.Message.Closed != nil {
		kinds = append(kinds, of(r.Message.Closed))
	}
	return kinds
}

// reprompt is the kind of asking again: an answer to what they just wrote.
func (p *Plan) reprompt(r Route) Sends {
	return p.kindsOf(Route{Channel: r.Channel, Message: Message{Text: &Text{}}})[0]
}

func anyKind(Sends) bool { return true }

func (s Sends) isMarketing() bool { return s.Category == "marketing" }

// sender is the step that sends on the way along an edge.
func (g *planGraph) sender(e flow.Edge) *Node {
	s := g.steps[e.From]
	if s.node == nil || s.role != beforeStep || e.Kind != flow.Flow || len(s.node.routes()) == 0 {
		return nil
	}
	return s.node
}

// most is how many messages of some kinds may go on the way along an edge.
func (g *planGraph) most(e flow.Edge, wanted func(Sends) bool) int64 {
	n := g.sender(e)
	if n == nil {
		return 0
	}
	routes, retries := n.routes(), 0
	if n.Ask != nil {
		retries = n.Ask.Retries
	}
	sum := int64(0)
	for i, r := range routes {
		if e.Label == "undelivered" && retries == 0 && i == len(routes)-1 {
			break // the last route failed, or there would be no such outcome
		}
		if slices.ContainsFunc(g.plan.kindsOf(r), wanted) {
			sum++
		}
	}
	if retries > 0 && slices.ContainsFunc(routes, func(r Route) bool { return wanted(g.plan.reprompt(r)) }) {
		sum += int64(retries)
	}
	return sum
}

// fewest is how many messages of some kinds surely go on the way along an edge.
func (g *planGraph) fewest(e flow.Edge, wanted func(Sends) bool) int64 {
	n := g.sender(e)
	if n == nil || e.Label == "undelivered" || e.Label == "timeout" && n.Ask.Deadline != nil {
		return 0
	}
	for _, r := range n.routes() {
		if slices.ContainsFunc(g.plan.kindsOf(r), func(s Sends) bool { return !wanted(s) }) {
			return 0
		}
	}
	return 1
}

// lasts is how long a step may take on the way along an edge.
func (g *planGraph) lasts(e flow.Edge) time.Duration {
	s := g.steps[e.From]
	n := s.node
	switch {
	case n == nil || s.role == laneOver || s.role == lanesMet || e.Kind == flow.Skip:
		return 0
	case s.role == afterRound:
		if e.Kind == flow.Round || n.Repeat.Until != nil && n.Repeat.Max > 1 {
			return n.Repeat.Every.Std()
		}
		return 0
	case n.Send != nil || n.Ask != nil:
		hold, _ := g.plan.Delivery.longestHold()
		d := before(n.routes(), len(n.routes())-1)
		if n.Ask != nil {
			d += n.Ask.Timeout.Std()
		}
		if n.Send != nil && !n.Send.Urgent || n.Ask != nil && !n.Ask.Urgent {
			d += hold
		}
		return d
	case n.Wait != nil:
		return n.Wait.For.Std() + n.Wait.Timeout.Std()
	case n.Handoff != nil:
		return n.Handoff.Timeout.Std()
	case n.Enroll != nil:
		return n.Enroll.Timeout.Std()
	}
	return 0
}

// waitsForDate reports whether nobody knows how long a step may take.
func (n *Node) waitsForDate() bool {
	switch {
	case n.Ask != nil:
		return n.Ask.Timeout == 0
	case n.Wait != nil:
		return n.Wait.For == 0 && n.Wait.Timeout == 0
	case n.Enroll != nil:
		return n.Enroll.Timeout == 0
	}
	return false
}
