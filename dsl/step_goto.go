package dsl

import (
	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// GotoStep is the verb goto: a bounded jump in this list of steps or an
// enclosing one.
type GotoStep struct {
	Step *Scalar
	Max  *Placed[int]

	node *node
}

var gotoFields = []field[GotoStep]{
	labelField("step", doc("The step to go on with.", "O passo em que continuar."), func(g *GotoStep) **Scalar { return &g.Step }).must(),
	intField("max", 1, maxRounds, doc("How often one enrollment may jump here.", "Quantas vezes uma inscrição pode saltar aqui."), func(g *GotoStep) **Placed[int] { return &g.Max }),
}

var gotoVerb = verb{
	name: "goto", doc: doc("Go on with another step, a bounded number of times.", "Continua em outro passo, um número limitado de vezes."), shape: objectShape(gotoFields),
	keys: keysWith(gotoFields),
	read: func(p *parser, n *node, _ *Step) Body {
		g := &GotoStep{node: n}
		if !readFields(p, n, quoted("goto"), gotoFields, g) {
			return nil
		}
		return g
	},
}

func (g *GotoStep) outcomes(*Workspace) outcomes { return outcomes{May: []string{"exhausted"}} }

func (g *GotoStep) result() expression.Fields { return nil }

func (g *GotoStep) check(c *checker, step *Step) {
	if g.node.get("max") == nil {
		c.report("J0502", step.at(), diag.T("this `goto` has no `max`: it might go round for ever", "este `goto` não tem `max`: poderia rodar para sempre")).
			Hint = diag.T("add `max: 1`; when it is used up, the journey continues below", "acrescente `max: 1`; quando acabar, a jornada continua abaixo")
	}
	if g.Step == nil {
		return
	}
	target, ok := c.steps[g.Step.Value]
	if !ok {
		c.unknown("J0522", g.Step, diag.Text{En: "step", Pt: "passo"}, sortedKeys(c.steps))
		return
	}
	c.gotoScope(step, g.Step, target)
}

func (g *GotoStep) lower(_ *lowering, _ *Step, n *Node) {
	n.Goto = &Goto{Step: g.Step.Value, Max: g.Max.or(1)}
}
