package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/flow"
)

// spoilt are mistakes after which the graph is not the one its author means:
// what it seems to show would be said twice.
var spoilt = []string{"J0501", "J0502", "J0522", "J0523"}

// flowGraph is the journey's graph for the rules about paths, or nil when there
// is none to trust.
func (c *checker) flowGraph() *planGraph {
	if c.graph == nil && !slices.ContainsFunc(c.list, func(d *diag.Diagnostic) bool { return slices.Contains(spoilt, d.Code) }) {
		if p := c.plan(); p != nil {
			c.graph = p.graph()
		}
	}
	return c.graph
}

// facts are what a condition proves: paths that have a value.
func (c *checker) facts(s *Scalar, holds bool) []string {
	program := c.reads[s].program
	switch {
	case s == nil || program == nil:
		return nil
	case holds:
		return program.Proves()
	}
	return program.ProvesNot()
}

// implies reports whether a condition that holds, or does not, surely makes a
// yes-or-no field true.
func (c *checker) implies(s *Scalar, holds bool, path string) bool {
	program := c.reads[s].program
	switch {
	case s == nil || program == nil:
		return false
	case holds:
		return slices.Contains(program.Implies(), path)
	}
	return slices.Contains(program.ImpliesNot(), path)
}

// lookedAt is a condition that was looked at on the way along an edge, and how it
// came out.
type lookedAt struct {
	at    *Scalar
	holds bool
}

// conditions are those that decide whether an edge is taken.
func (c *checker) conditions(g *planGraph, e flow.Edge) []lookedAt {
	from := g.steps[e.From]
	if from.node == nil {
		return nil
	}
	s := c.steps[from.node.ID]
	var list []lookedAt
	if from.role == beforeStep && s.If != nil {
		list = append(list, lookedAt{s.If, e.Kind != flow.Skip})
	}
	if e.Kind == flow.Skip {
		return list
	}
	switch body := s.Body.(type) {
	case *SwitchStep:
		for _, one := range body.Cases {
			chosen := one.ID.Value == e.Label
			if one.When != nil {
				list = append(list, lookedAt{one.When, chosen})
			}
			if chosen {
				break
			}
		}
	case *RepeatStep:
		if from.role == afterRound && body.Until != nil {
			list = append(list, lookedAt{body.Until, e.Label == "done"})
		}
	}
	return list
}

// example writes the way to a step: the steps on it where something was decided,
// with what: an outcome other than the normal one, a skip, a jump.
func (g *planGraph) example(path []int, to string) diag.Text {
	var en, pt []string
	for _, i := range path {
		e := g.Edges[i]
		from := g.steps[e.From]
		switch {
		case from.node == nil:
		case e.Kind == flow.Skip:
			en, pt = append(en, from.node.ID+" skipped"), append(pt, from.node.ID+" pulado")
		case e.Kind == flow.Lane || len(from.node.Edges) > 1 && e.Label != "" && e.Label != from.node.Normal:
			en, pt = append(en, from.node.ID+"="+e.Label), append(pt, from.node.ID+"="+e.Label)
		case e.Kind == flow.Jump:
			en, pt = append(en, from.node.ID), append(pt, from.node.ID)
		}
	}
	join := func(list []string) string {
		const most = 8
		if len(list) > most {
			list = slices.Concat(list[:most/2], []string{"…"}, list[len(list)-most/2:])
		}
		return strings.Join(append(slices.Clip(list), to), " → ")
	}
	return diag.Text{En: join(en), Pt: join(pt)}
}

// lanesTo tells which lanes a path to a point may take, if it is to show what
// happens to a step: where all lanes meet, the one that leads to the point, or
// the one with the step in it.
func (g *planGraph) lanesTo(point, step int) func(flow.Edge) bool {
	return func(e flow.Edge) bool {
		if e.Kind != flow.Lane {
			return true
		}
		n := g.steps[e.From].node
		ends := g.ends[n.ID]
		within := func(p int) (lane int, ok bool) {
			first := e.From + 1
			for i, end := range ends {
				if p >= first && p <= end {
					return i, true
				}
				first = end + 1
			}
			return 0, false
		}
		here, _ := within(e.To)
		if lane, inside := within(point); inside {
			return lane == here
		}
		if lane, inside := within(step); inside && n.Parallel.Join == "all" {
			return lane == here
		}
		return true
	}
}
