package dsl

import (
	"slices"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// HandoffStep is the verb handoff: people take over.
type HandoffStep struct {
	Queue    *Scalar
	Note     *Scalar
	Priority *Scalar
	Timeout  *Placed[Duration]

	node *node
}

var handoffFields = []field[HandoffStep]{
	labelField("queue", doc("The queue of workspace.yaml.", "A fila de workspace.yaml."), func(h *HandoffStep) **Scalar { return &h.Queue }).must(),
	textField("note", doc("What the people need to know.", "O que as pessoas precisam saber."), func(h *HandoffStep) **Scalar { return &h.Note }),
	enumField("priority", doc("low, normal or high.", "low, normal ou high."), func(h *HandoffStep) **Scalar { return &h.Priority }, "low", "normal", "high"),
	durationField("timeout", doc("How long to wait for people to finish.", "Quanto esperar as pessoas terminarem."), func(h *HandoffStep) **Placed[Duration] { return &h.Timeout }),
}

var handoffVerb = verb{
	name: "handoff", doc: doc("Pass the conversation to people.", "Passa a conversa para pessoas."), shape: objectShape(handoffFields),
	keys: keysWith(handoffFields),
	read: func(p *parser, n *node, _ *Step) Body {
		h := &HandoffStep{node: n}
		if !readFields(p, n, quoted("handoff"), handoffFields, h) {
			return nil
		}
		return h
	},
}

func (h *HandoffStep) outcomes(*Workspace) outcomes {
	return outcomes{Normal: "resolved", Must: []string{"timeout"}, May: []string{"unavailable"}}
}

func (h *HandoffStep) result() expression.Fields {
	return expression.Fields{"note": {Kind: expression.String}}
}

func (h *HandoffStep) check(c *checker, step *Step) {
	if h.Queue != nil && !slices.Contains(c.ws.Queues, h.Queue.Value) {
		c.unknown("J0404", h.Queue, diag.Text{En: "queue", Pt: "fila"}, c.ws.Queues)
	}
	c.text(h.Note, c.env(step), shownText)
	if h.node.get("timeout") == nil {
		c.unbounded(step, diag.Text{
			En: "nobody may ever pick this up: this `handoff` has no `timeout`",
			Pt: "pode ser que ninguém atenda: este `handoff` não tem `timeout`",
		})
	}
}

func (h *HandoffStep) lower(l *lowering, step *Step, n *Node) {
	n.Handoff = &Handoff{Queue: h.Queue.Value, Note: l.copyText(h.Note, step.ID.Value+".note"), Priority: "normal", Timeout: h.Timeout.or(0)}
	if h.Priority != nil {
		n.Handoff.Priority = h.Priority.Value
	}
}
