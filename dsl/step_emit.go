package dsl

import (
	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// EmitStep is the verb emit: an event of our own.
type EmitStep struct {
	Event *Scalar
	Data  []Pair
}

var emitFields = []field[EmitStep]{
	labelField("event", doc("An event of workspace.yaml.", "Um evento de workspace.yaml."), func(e *EmitStep) **Scalar { return &e.Event }).must(),
	pairsField("data", doc("The event's fields.", "Os campos do evento."), func(e *EmitStep) *[]Pair { return &e.Data }),
}

var emitVerb = verb{
	name: "emit", doc: doc("Publish an event, for other journeys to start on.", "Publica um evento, para outras jornadas começarem."), shape: objectShape(emitFields),
	keys: keysWith(emitFields),
	read: func(p *parser, n *node, _ *Step) Body {
		e := &EmitStep{}
		if !readFields(p, n, quoted("emit"), emitFields, e) {
			return nil
		}
		return e
	},
}

func (e *EmitStep) outcomes(*Workspace) outcomes { return outcomes{Normal: "ok"} }

func (e *EmitStep) result() expression.Fields { return nil }

func (e *EmitStep) check(c *checker, step *Step) {
	if c.event(e.Event) {
		c.record(e.Event, e.Data, c.ws.Events[e.Event.Value], c.env(step), diag.T("the event `%s`", "o evento `%s`", e.Event.Value), diag.Text{En: "field", Pt: "campo"})
	}
}

func (e *EmitStep) lower(l *lowering, _ *Step, n *Node) {
	l.event(e.Event)
	n.Emit = &Emit{Event: e.Event.Value, Data: l.texts(e.Data)}
}
