package dsl

import (
	"time"

	"jornada/dsl/diag"
	"jornada/dsl/flow"
)

// ruleMarketingCap warns when the worst case sends a contact more marketing in
// the time of the frequency cap than the cap allows (J0620).
func ruleMarketingCap(c *checker) {
	g := c.flowGraph()
	if g == nil || g.plan.Delivery.FrequencyCap == nil {
		return
	}
	limit := g.plan.Delivery.FrequencyCap
	most := g.Longest(g.roots[0], flow.Cost{
		Of:    func(e flow.Edge) int64 { return g.most(e, Sends.isMarketing) },
		Apart: func(e flow.Edge) bool { return g.pause(e) >= limit.Per.Std() },
	})
	if most <= int64(limit.Max) {
		return
	}
	at := c.journey.Category.Span()
	if d := c.journey.Delivery; d != nil && d.FrequencyCap != nil && d.FrequencyCap.Max != nil {
		at = d.FrequencyCap.Max.At.Span()
	}
	d := c.report("J0620", at, diag.T("one contact may get %d marketing messages in %s, and the frequency cap allows %d",
		"um contato pode receber %d mensagens de marketing em %s, e o limite de frequência permite %d", most, inDays(limit.Per.Std()), limit.Max))
	d.Severity = diag.Warning
	d.Note = diag.T("what is above the cap is held up to %s, then it is undelivered (reason: capped)",
		"o que passa do limite fica retido por até %s, depois não é entregue (motivo: capped)", inDays(g.plan.Delivery.HoldMax.Std()))
	d.Hint = diag.T("send fewer, wait longer between them, or raise `frequency_cap`", "envie menos, espere mais entre elas, ou aumente `frequency_cap`")
}

// pause is how much time surely passes along an edge.
func (g *planGraph) pause(e flow.Edge) time.Duration {
	s := g.steps[e.From]
	n := s.node
	switch {
	case n == nil || s.role == laneOver || s.role == lanesMet:
		return 0
	case e.Kind == flow.Round:
		return n.Repeat.Every.Std()
	case s.role == afterRound || e.Kind != flow.Flow:
		return 0
	case n.Wait != nil && len(n.Wait.Events) == 0:
		return n.Wait.For.Std()
	case e.Label != "timeout":
		return 0
	case n.Wait != nil:
		return n.Wait.Timeout.Std()
	case n.Ask != nil && n.Ask.Deadline == nil:
		return n.Ask.Timeout.Std()
	case n.Handoff != nil:
		return n.Handoff.Timeout.Std()
	}
	return 0
}
