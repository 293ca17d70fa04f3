package dsl

import (
	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// RepeatStep is the verb repeat: a bounded loop.
type RepeatStep struct {
	Max   *Placed[int]
	Every *Placed[Duration]
	Until *Scalar
	Steps []*Step

	node *node
}

const maxRounds = 1000

var repeatFields = []field[RepeatStep]{
	intField("max", 1, maxRounds, doc("At most so many rounds.", "No máximo tantas voltas."), func(r *RepeatStep) **Placed[int] { return &r.Max }),
	durationField("every", doc("The pause between two rounds.", "A pausa entre duas voltas."), func(r *RepeatStep) **Placed[Duration] { return &r.Every }),
	exprField("until", doc("Stop when this holds, looked at after each round.", "Para quando isto valer, verificado depois de cada volta."), func(r *RepeatStep) **Scalar { return &r.Until }),
	field[RepeatStep]{key: "steps", doc: doc("The steps of one round.", "Os passos de uma volta."), shape: stepsShape, read: func(p *parser, n *node, r *RepeatStep) {
		p.loops++
		r.Steps = p.readSteps(n, quoted("steps"))
		p.loops--
	}}.must(),
}

var repeatVerb = verb{
	name: "repeat", doc: doc("Do some steps again, a bounded number of times.", "Repete alguns passos, um número limitado de vezes."),
	shape: func() any { return objectShape(repeatFields)() },
	keys:  keysWith(repeatFields),
	read: func(p *parser, n *node, _ *Step) Body {
		r := &RepeatStep{node: n}
		if !readFields(p, n, quoted("repeat"), repeatFields, r) {
			return nil
		}
		return r
	},
}

// A repeat without `until` is done after its rounds; only one that waited for
// `until` in vain is exhausted.
func (r *RepeatStep) outcomes(*Workspace) outcomes {
	o := outcomes{Normal: "done"}
	if r.node.get("until") != nil {
		o.May = []string{"exhausted"}
	}
	return o
}

func (r *RepeatStep) result() expression.Fields {
	return expression.Fields{"count": {Kind: expression.Int}}
}

func (r *RepeatStep) check(c *checker, step *Step) {
	c.expression(r.Until, c.loop, condition)
	if r.node.get("max") == nil {
		c.report("J0502", step.at(), diag.T("this `repeat` has no `max`: it might never end", "este `repeat` não tem `max`: poderia nunca terminar")).
			Hint = diag.T("add `max: 3`, or as many rounds as a person would stand", "acrescente `max: 3`, ou quantas voltas uma pessoa aguentaria")
	}
}

func (r *RepeatStep) lower(l *lowering, step *Step, n *Node) {
	n.Repeat = &Repeat{Max: r.Max.or(1), Every: r.Every.or(0), Until: l.expr(r.Until)}
	l.enter(step, func() { n.Repeat.Body = l.steps(r.Steps, step.ID.Value) })
}
