package dsl

import (
	"regexp"
	"sort"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
	"jornada/dsl/medium"
)

// WaitStep is the verb wait: for a time, until a moment, for hours of work, or
// for something to happen.
type WaitStep struct {
	For      *Placed[Duration]
	Until    *Scalar
	Offset   *Placed[Duration]
	Schedule *Scalar
	Events   []*WaitEventDecl
	Timeout  *Placed[Duration]
	Deadline *Scalar

	node *node
}

// WaitEventDecl is one thing a wait listens for.
type WaitEventDecl struct {
	Outcome *Scalar
	Event   *Scalar
	Where   *Scalar
	Reply   *Scalar
	Window  *Scalar
	Channel *Scalar // of the window
}

var waitEventFields = []field[WaitEventDecl]{
	labelField("event", doc("A business event of workspace.yaml.", "Um evento de negócio de workspace.yaml."), func(w *WaitEventDecl) **Scalar { return &w.Event }),
	exprField("where", doc("Only events for which this holds.", "Só eventos para os quais isto vale."), func(w *WaitEventDecl) **Scalar { return &w.Where }),
	enumField("reply", doc("The contact writes on this channel.", "O contato escreve neste canal."), func(w *WaitEventDecl) **Scalar { return &w.Reply }, channelNames()...),
	enumField("window", doc("The service window opens or closes.", "A janela de atendimento abre ou fecha."), func(w *WaitEventDecl) **Scalar { return &w.Window }, "opened", "closed"),
	enumField("channel", doc("Whose service window ("+defaultWindow+").", "De quem é a janela de atendimento ("+defaultWindow+")."), func(w *WaitEventDecl) **Scalar { return &w.Channel }, medium.Windowed()...),
}

var waitFields = []field[WaitStep]{
	durationField("for", doc("A length of time: 2h, 3d.", "Uma duração: 2h, 3d."), func(w *WaitStep) **Placed[Duration] { return &w.For }),
	exprField("until", doc("A moment.", "Um momento."), func(w *WaitStep) **Scalar { return &w.Until }),
	{key: "offset", doc: doc("Before (-24h) or after (2h) that moment.", "Antes (-24h) ou depois (2h) desse momento."), shape: durationShape, read: func(p *parser, n *node, w *WaitStep) {
		w.Offset = p.duration(n, quoted("offset"), true)
	}},
	labelField("schedule", doc("The next time the named hours are open.", "A próxima vez em que o horário nomeado está aberto."), func(w *WaitStep) **Scalar { return &w.Schedule }),
	{key: "events", doc: doc("Whatever happens first; each name is an outcome.", "O que acontecer primeiro; cada nome é um resultado."), shape: mapShape(func() any { return describe(waitEventFields).oneKey("event", "reply", "window") }), read: readWaitEvents},
	durationField("timeout", doc("How long to wait for the events.", "Quanto esperar pelos eventos."), func(w *WaitStep) **Placed[Duration] { return &w.Timeout }),
	exprField("deadline", doc("Wait for the events until this moment.", "Esperar pelos eventos até este momento."), func(w *WaitStep) **Scalar { return &w.Deadline }),
}

var waitVerb = verb{
	name: "wait", doc: doc("Wait for a time, a moment, or something to happen.", "Espera um tempo, um momento ou algo acontecer."), shape: func() any { return describe(waitFields).oneKey("for", "until", "schedule", "events") },
	keys: keysWith(waitFields),
	read: func(p *parser, n *node, _ *Step) Body {
		w := &WaitStep{node: n}
		if !readFields(p, n, quoted("wait"), waitFields, w) {
			return nil
		}
		p.exactlyOne(n, quoted("wait"), "for", "until", "schedule", "events")
		p.goesWith(n, "offset", "until")
		p.goesWith(n, "timeout", "events")
		p.goesWith(n, "deadline", "events")
		return w
	},
}

func readWaitEvents(p *parser, n *node, w *WaitStep) {
	if !p.isMapping(n, quoted("events")) {
		return
	}
	if len(n.keys) == 0 {
		p.report("J0102", n.span(), diag.T("`events` is empty", "`events` está vazio"))
	}
	for i, key := range n.keys {
		e := &WaitEventDecl{Outcome: &Scalar{key.value, key}}
		if !p.checkID(e.Outcome) || !readFields(p, n.items[i], quoted(key.value), waitEventFields, e) {
			continue
		}
		p.exactlyOne(n.items[i], quoted(key.value), "event", "reply", "window")
		p.goesWith(n.items[i], "where", "event")
		p.goesWith(n.items[i], "channel", "window")
		w.Events = append(w.Events, e)
	}
}

func (w *WaitStep) outcomes(*Workspace) outcomes {
	switch {
	case w.node.get("until") != nil:
		return outcomes{Normal: "reached", Must: []string{"past"}}
	case w.node.get("schedule") != nil:
		return outcomes{Normal: "reached"}
	case w.node.get("events") != nil:
		var o outcomes
		for _, e := range w.Events {
			o.Must = append(o.Must, e.Outcome.Value)
		}
		o.Must = append(o.Must, "timeout")
		return o
	}
	return outcomes{Normal: "elapsed"}
}

func (w *WaitStep) result() expression.Fields {
	if len(w.Events) == 0 {
		return nil
	}
	return expression.Fields{"event": {Kind: expression.Any}, "channel": optional(expression.String)}
}

func (w *WaitStep) check(c *checker, step *Step) {
	// A date that may be missing is an error, as anywhere. closes_at alone may be
	// empty: the window is closed then, which is the outcome `past`.
	c.expression(w.Until, c.env(step), expression.Type{Kind: expression.Time, Optional: closesAt(w.Until)})
	c.expression(w.Deadline, c.env(step), expression.Type{Kind: expression.Time})
	c.schedule(w.Schedule)
	for _, e := range w.Events {
		if c.event(e.Event) {
			c.expression(e.Where, c.eventEnv(c.env(step), e.Event.Value), condition)
		}
	}
	if w.node.get("events") != nil && w.node.get("timeout") == nil && w.node.get("deadline") == nil {
		c.unbounded(step, diag.Text{
			En: "these events may never come: this `wait` has no `timeout` or `deadline`",
			Pt: "estes eventos podem nunca chegar: este `wait` não tem `timeout` nem `deadline`",
		})
	}
}

// closesAt reports whether an expression is the end of a service window.
func closesAt(e *Scalar) bool {
	return e != nil && closesAtSource.MatchString(e.Value)
}

var closesAtSource = regexp.MustCompile(`^\s*window\.\w+\.closes_at\s*$`)

func (w *WaitStep) lower(l *lowering, _ *Step, n *Node) {
	n.Wait = &Wait{
		For: w.For.or(0), Until: l.expr(w.Until), Offset: w.Offset.or(0), Schedule: w.Schedule.String(),
		Timeout: w.Timeout.or(0), Deadline: l.expr(w.Deadline),
	}
	for _, e := range w.Events {
		l.event(e.Event)
		event := WaitEvent{Outcome: e.Outcome.Value, Event: e.Event.String(), Where: l.expr(e.Where), Reply: e.Reply.String(), Window: e.Window.String()}
		if e.Channel != nil && e.Channel.Value != defaultWindow {
			event.Channel = e.Channel.Value
		}
		n.Wait.Events = append(n.Wait.Events, event)
	}
	sort.Slice(n.Wait.Events, func(i, k int) bool { return n.Wait.Events[i].Outcome < n.Wait.Events[k].Outcome })
	l.useSchedule(w.Schedule)
}
