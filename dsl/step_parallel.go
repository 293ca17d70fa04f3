package dsl

import (
	"sort"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// ParallelStep is the verb parallel: its branches are lanes that run beside
// each other.
type ParallelStep struct{ Join *Scalar }

var parallelFields = []field[ParallelStep]{
	enumField("join", doc("all: wait for every lane; first: the first to end cancels the others.", "all: espera todas as raias; first: a primeira a terminar cancela as outras."),
		func(s *ParallelStep) **Scalar { return &s.Join }, "all", "first").must(),
}

var parallelVerb = verb{
	name: "parallel", doc: doc("Run the branches beside each other.", "Executa os ramos lado a lado."), shape: objectShape(parallelFields),
	keys: keysWith(parallelFields),
	read: func(p *parser, n *node, s *Step) Body {
		body := &ParallelStep{}
		if !readFields(p, n, quoted("parallel"), parallelFields, body) {
			return nil
		}
		if s.node.get("branches") == nil {
			p.missing(s.node, quoted("parallel"), "branches").Hint = diag.T("each branch is a lane", "cada ramo é uma raia")
		}
		return body
	},
}

func (s *ParallelStep) outcomes(*Workspace) outcomes { return outcomes{Normal: "done"} }

func (s *ParallelStep) result() expression.Fields { return nil }

func (s *ParallelStep) check(c *checker, step *Step) {
	for _, b := range step.Branches {
		if b.Outcome.Value == "done" {
			c.report("J0106", b.Outcome.Span(), diag.T("a lane cannot be called `done`: that is how a `parallel` ends", "uma raia não pode se chamar `done`: é assim que um `parallel` termina"))
			continue
		}
		c.laneID(b.Outcome)
	}
}

func (s *ParallelStep) lower(l *lowering, step *Step, n *Node) {
	n.Parallel = &Parallel{Join: s.Join.Value}
	l.enter(step, func() {
		for _, b := range step.Branches {
			n.Parallel.Lanes = append(n.Parallel.Lanes, Lane{b.Outcome.Value, l.steps(b.Steps, step.ID.Value)})
		}
	})
	sort.Slice(n.Parallel.Lanes, func(i, k int) bool { return n.Parallel.Lanes[i].ID < n.Parallel.Lanes[k].ID })
}
