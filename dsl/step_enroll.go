package dsl

import (
	"slices"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// EnrollStep is the verb enroll: another journey, awaited.
type EnrollStep struct {
	Journey *Scalar
	Contact *Scalar
	Inputs  []Pair
	Timeout *Placed[Duration]

	node *node
}

var enrollFields = []field[EnrollStep]{
	labelField("journey", doc("The journey to start.", "A jornada a iniciar."), func(e *EnrollStep) **Scalar { return &e.Journey }).must(),
	textField("contact", doc("Another contact's id; else the same contact.", "O id de outro contato; senão o mesmo contato."), func(e *EnrollStep) **Scalar { return &e.Contact }),
	pairsField("inputs", doc("What the journey needs to know.", "O que a jornada precisa saber."), func(e *EnrollStep) *[]Pair { return &e.Inputs }),
	durationField("timeout", doc("How long to wait for its ending; later is `failed`.", "Quanto esperar pelo fim dela; depois disso é `failed`."), func(e *EnrollStep) **Placed[Duration] { return &e.Timeout }),
}

var enrollVerb = verb{
	name: "enroll", doc: doc("Start another journey and wait for its ending.", "Inicia outra jornada e espera seu fim."), shape: objectShape(enrollFields),
	keys: keysWith(enrollFields),
	read: func(p *parser, n *node, _ *Step) Body {
		e := &EnrollStep{node: n}
		if !readFields(p, n, quoted("enroll"), enrollFields, e) {
			return nil
		}
		return e
	},
}

// The endings are the other journey's own; one that takes longer than timeout,
// or breaks, has failed.
func (e *EnrollStep) outcomes(ws *Workspace) outcomes {
	o := outcomes{Normal: completed}
	if child, ok := ws.Journeys[e.Journey.String()]; ok {
		o.May = slices.Clone(child.Exits)
	}
	o.May = append(o.May, "failed")
	return o
}

func (e *EnrollStep) result() expression.Fields {
	return expression.Fields{"result": {Kind: expression.String}}
}

func (e *EnrollStep) check(c *checker, step *Step) {
	c.text(e.Contact, c.env(step), expression.Type{Kind: expression.String})
	if e.Journey == nil {
		return
	}
	child, ok := c.ws.Journeys[e.Journey.Value]
	if !ok {
		c.unknown("J0402", e.Journey, diag.Text{En: "journey", Pt: "jornada"}, sortedKeys(c.ws.Journeys))
		return
	}
	if !slices.Contains(child.Triggers, "called") {
		c.report("J0402", e.Journey.Span(), diag.T("the journey `%s` cannot be enrolled by another one", "a jornada `%s` não pode ser chamada por outra", child.ID)).
			Hint = diag.T("add `- {called: true}` to its `triggers`", "acrescente `- {called: true}` aos `triggers` dela")
	}
	c.record(e.Journey, e.Inputs, child.Inputs, c.env(step), diag.T("the journey `%s`", "a jornada `%s`", child.ID), diag.Text{En: "input", Pt: "entrada"})
}

func (e *EnrollStep) lower(l *lowering, _ *Step, n *Node) {
	n.Enroll = &Enroll{Journey: e.Journey.Value, Contact: l.text(e.Contact), Inputs: l.texts(e.Inputs), Timeout: e.Timeout.or(0)}
}
