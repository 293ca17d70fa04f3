package dsl

import (
	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// SwitchStep is the verb switch: the first case whose condition holds.
type SwitchStep struct{ Cases []*CaseDecl }

// CaseDecl is one case; the last may have no When.
type CaseDecl struct {
	ID   *Scalar
	When *Scalar

	node *node
}

var caseFields = []field[CaseDecl]{
	idField("case", doc("The outcome when this case applies.", "O resultado quando este caso vale."), func(c *CaseDecl) **Scalar { return &c.ID }).must(),
	exprField("when", doc("The condition; the last case may have none.", "A condição; o último caso pode não ter."), func(c *CaseDecl) **Scalar { return &c.When }),
}

var switchVerb = verb{
	name: "switch", doc: doc("Choose the first case that applies.", "Escolhe o primeiro caso que vale."), shape: listShape(objectShape(caseFields)),
	keys: keysWith(caseFields),
	read: func(p *parser, n *node, _ *Step) Body {
		if !p.isList(n, quoted("switch")) {
			return nil
		}
		s := &SwitchStep{}
		var ids []*Scalar
		for _, item := range n.items {
			c := &CaseDecl{node: item}
			if readFields(p, item, diag.Text{En: "a case", Pt: "um caso"}, caseFields, c) {
				s.Cases = append(s.Cases, c)
				ids = append(ids, c.ID)
			}
		}
		if len(n.items) == 0 {
			p.report("J0102", n.span(), diag.T("`switch` has no cases", "`switch` não tem casos"))
		}
		p.unique(ids)
		return s
	},
}

func (c *CaseDecl) isDefault() bool { return c.node.get("when") == nil }

func (s *SwitchStep) outcomes(*Workspace) outcomes {
	var o outcomes
	complete := false
	for _, c := range s.Cases {
		if c.ID != nil {
			o.May = append(o.May, c.ID.Value)
		}
		complete = complete || c.isDefault()
	}
	if !complete {
		o.May = append(o.May, otherwise)
	}
	return o
}

func (s *SwitchStep) result() expression.Fields { return nil }

func (s *SwitchStep) check(c *checker, step *Step) {
	for i, one := range s.Cases {
		c.expression(one.When, c.env(step), condition)
		if one.isDefault() && i < len(s.Cases)-1 {
			c.report("J0520", one.ID.spanOr(step.at()), diag.T("the case without `when` must be the last: the ones below can never apply", "o caso sem `when` deve ser o último: os de baixo nunca valeriam")).
				Hint = diag.T("move it to the end, or give it a `when`", "mova-o para o fim, ou dê-lhe um `when`")
			return
		}
	}
}

func (s *SwitchStep) lower(l *lowering, _ *Step, n *Node) {
	for _, c := range s.Cases {
		n.Switch = append(n.Switch, Case{ID: c.ID.Value, When: l.expr(c.When)})
	}
}
