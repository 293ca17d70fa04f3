package simulator

import (
	"slices"
	"strings"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/workflows"
)

// deliverLater lets the network deliver a message, unless the script says what
// becomes of it. Nobody waits for the delivery of a last route.
func (p *play) deliverLater(d *deed) {
	if !d.wentOut() || !d.more {
		return
	}
	for _, a := range p.script[p.cursor+1:] {
		if a.Kind == dsl.Status && (a.Step == "" || a.Step == d.step) {
			return
		}
		if a.Kind == dsl.Expect && p.plan.Nodes[a.Step].Routes() != nil {
			break
		}
	}
	p.deliver(d)
}

// deliver lets the network report a message as delivered, in a moment.
func (p *play) deliver(d *deed) {
	p.b.stage.env.RegisterDelayedCallback(func() {
		if p.b.stage.env.IsWorkflowCompleted() {
			return
		}
		p.must(p.b.network.Status(string(d.message), engine.Delivered, ""))
		p.look()
	}, deliveredIn)
}

// perform does what the world does on a line.
func (p *play) perform(a *dsl.Act) {
	if p.diff != nil {
		return
	}
	var err error
	switch a.Kind {
	case dsl.Reply:
		err = p.reply(a)
	case dsl.Status:
		err = p.status(a)
	case dsl.Event:
		p.tell(a, a.Event, "")
		_, err = p.b.runtime.Emit(p.ctx, engine.InboundEvent{Kind: engine.BusinessEvent, Name: a.Event, Data: a.Data, ContactID: p.contact})
	case dsl.Finish:
		err = p.finish(a)
	}
	p.must(err)
}

// tell notes what the world did.
func (p *play) tell(a *dsl.Act, text, step string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, Line{At: p.b.clock.Now(), World: true, Verb: string(a.Kind), Step: step, Text: short(text)})
}

func (p *play) reply(a *dsl.Act) error {
	via := engine.Channel(a.Via)
	if via == "" {
		via = engine.WhatsApp
		if d := p.newest("", (*deed).wentOut); d != nil {
			via = d.channel
		}
	}
	in := simulatedReply(a, via)
	in.ContactID = p.contact
	for _, address := range p.addresses {
		if via.Reaches(address) {
			in.From = append(in.From, address)
		}
	}
	p.tell(a, string(via)+"  "+strings.TrimSpace(a.Text+a.Option+a.Media), "")
	if _, err := p.b.network.Inbound(in); err != nil {
		p.differ(a, diag.T("%s", "%s", err))
		return nil // it is the script's mistake, and told as one
	}
	last := &p.happened[len(p.happened)-1]
	last.OccurredAt = last.OccurredAt.Add(-a.Delayed) // the service window counts from when it was written
	return nil
}

// undelivered are the codes that networks report, by channel and word; other chats
// say it as WhatsApp does.
var undelivered = map[string]map[engine.Channel]string{
	"undeliverable": {engine.WhatsApp: "131026", engine.SMS: "30005", engine.Email: "550"},
	"opted_out":     {engine.WhatsApp: "131050", engine.SMS: "21610", engine.Email: "131050"},
	"failed":        {engine.WhatsApp: "131000", engine.SMS: "30008", engine.Email: "554"},
}

func (p *play) status(a *dsl.Act) error {
	d := p.newest(a.Step, (*deed).wentOut)
	if d == nil {
		p.differ(a, diag.T("no message has gone out yet", "nenhuma mensagem saiu ainda"))
		return nil
	}
	p.tell(a, a.Status, d.step)
	codes := undelivered[a.Status]
	code, own := codes[d.channel]
	if !own {
		code = codes[engine.WhatsApp]
	}
	if code != "" {
		return p.b.network.Status(string(d.message), engine.Failed, code)
	}
	return p.b.network.Status(string(d.message), engine.MessageStatus(a.Status), "")
}

// newest is the last deed of a kind, of a step if one is named.
func (p *play) newest(step string, is func(*deed) bool) *deed {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range slices.Backward(p.all) {
		if is(d) && (step == "" || d.step == step) {
			return d
		}
	}
	return nil
}

// finish lets people, or a sub-journey, be done.
func (p *play) finish(a *dsl.Act) error {
	d := p.newest(a.Step, func(d *deed) bool { return (d.handoff != "" || d.child != "") && !p.finished[d] })
	if d == nil {
		p.differ(a, diag.T("no hand-off or sub-journey is under way", "não há atendimento nem subjornada em andamento"))
		return nil
	}
	p.finished[d] = true
	p.tell(a, a.Outcome, d.step)
	if d.handoff != "" {
		if err := p.b.runtime.ResolveHandoff(p.ctx, d.handoff, a.Outcome, ""); err != nil {
			p.differ(a, diag.T("%s", "%s", err))
		}
		return nil
	}
	status := engine.Exited
	switch a.Outcome {
	case "completed":
		status = engine.Completed
	case "failed":
		status = engine.FailedRun
	}
	p.b.stage.env.SignalWorkflow(workflows.SignalName, workflows.Signal{
		ID: "child/" + string(d.child), Kind: workflows.SignalChild, At: p.b.clock.Now(), StepID: d.step,
		Child: d.child, Status: string(status), Outcome: a.Outcome,
	})
	return nil
}
