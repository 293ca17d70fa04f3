package dsl

import "jornada/dsl/expression"

// SendStep is the verb send: one message, over the first route that delivers.
type SendStep struct{ Outgoing }

var sendFields = outgoingFields(func(s *SendStep) *Outgoing { return &s.Outgoing })

var sendVerb = verb{
	name: "send", doc: doc("Send a message.", "Envia uma mensagem."), shape: func() any { return describe(sendFields).oneKey(channelNames()...) },
	keys: keysWith(sendFields),
	read: func(p *parser, n *node, _ *Step) Body {
		s := &SendStep{}
		if !readFields(p, n, quoted("send"), sendFields, s) {
			return nil
		}
		p.needsChannel(n, quoted("send"), &s.RouteDecl)
		return s
	},
}

func (s *SendStep) outcomes(*Workspace) outcomes {
	return outcomes{Normal: "sent", May: []string{"undelivered"}}
}

func (s *SendStep) result() expression.Fields {
	return expression.Fields{"channel": {Kind: expression.String}, "reason": optional(expression.String)}
}

func (s *SendStep) check(c *checker, step *Step) { c.outgoing(step, &s.Outgoing, nil) }

func (s *SendStep) lower(l *lowering, step *Step, n *Node) {
	n.Send = &Send{Routes: l.routes(step, &s.Outgoing), Urgent: s.Urgent.or(false)}
}
