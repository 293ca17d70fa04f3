package dsl

import (
	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// SetStep is the verb set: new values of variables.
type SetStep struct{ Values []Pair }

var setVerb = verb{
	name: "set", doc: doc("Set variables of the journey.", "Define variáveis da jornada."), shape: mapShape(textShape),
	read: func(p *parser, n *node, _ *Step) Body {
		if !p.isMapping(n, quoted("set")) {
			return nil
		}
		return &SetStep{p.pairs(n, quoted("set"))}
	},
}

func (s *SetStep) outcomes(*Workspace) outcomes { return outcomes{Normal: "ok"} }

func (s *SetStep) result() expression.Fields { return nil }

func (s *SetStep) check(c *checker, step *Step) {
	for _, pair := range s.Values {
		t, ok := c.vars[pair.Key.Value]
		if !ok {
			c.unknown("J0403", pair.Key, diag.Text{En: "variable", Pt: "variável"}, sortedKeys(c.vars))
			continue
		}
		c.text(pair.Value, c.env(step), t)
	}
}

func (s *SetStep) lower(l *lowering, _ *Step, n *Node) { n.Set = l.texts(s.Values) }
