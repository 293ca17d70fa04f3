package simulator

import (
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/workflows"
)

// advance walks the script as far as it goes now.
func (p *play) advance() {
	for !p.b.stage.stopped {
		if p.unexpected(); p.diff != nil {
			p.halt()
			return
		}
		if p.free {
			p.deliverFresh()
		}
		if p.cursor == len(p.script) {
			switch {
			case p.free && !p.until.IsZero() && p.until.Add(lateness).After(p.b.clock.Now()):
				p.wakeAt(p.until.Add(lateness))
			case p.free && p.observe():
				p.halt()
			case p.free:
				p.look()
			case p.scenario.Stop:
				p.halt()
			}
			return
		}
		a := &p.script[p.cursor]
		switch a.Kind {
		case dsl.Expect:
			if !p.fulfilled(a, false) && p.diff == nil {
				return
			}
		case dsl.Skipped:
			if p.wasSkipped(a, false); p.diff == nil && p.scanned(a.Step) == "" {
				return
			}
		default:
			if due := p.due(a); due.After(p.b.clock.Now()) {
				p.wakeAt(due)
				return
			}
			p.perform(a)
			p.next(p.b.clock.Now())
			p.look()
			if p.diff == nil {
				return // the journey first
			}
		}
	}
}

func (p *play) next(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cursor++
	p.lastAt = at
}

func (p *play) due(a *dsl.Act) time.Time {
	switch {
	case !a.At.IsZero():
		if a.At.Before(p.b.clock.Now().Add(-time.Minute)) {
			p.differ(a, diag.T("this is to happen at %s, which is over: it is %s", "isto deveria acontecer em %s, que já passou: são %s", p.local(a.At), p.local(p.b.clock.Now()))).Span = a.Clock
		}
		return a.At
	case a.After > 0:
		return p.lastAt.Add(a.After)
	}
	return p.b.clock.Now()
}

// wakeAt looks around again at a moment.
func (p *play) wakeAt(at time.Time) {
	if p.awaited == p.cursor {
		return
	}
	p.awaited = p.cursor
	p.b.stage.env.RegisterDelayedCallback(func() {
		if !p.b.stage.env.IsWorkflowCompleted() {
			p.look()
		}
	}, at.Sub(p.b.clock.Now()))
}

// fulfilled compares a line with the deed that came for it, and goes on. ended
// says that no more will come.
func (p *play) fulfilled(a *dsl.Act, ended bool) bool {
	p.mu.Lock()
	d := p.done[p.cursor]
	var early *deed
	for i := p.cursor + 1; i < len(p.script) && early == nil; i++ {
		early = p.done[i]
	}
	p.mu.Unlock()
	switch {
	case d == nil && early != nil:
		p.differ(a, diag.T("`%s` comes after `%s`, not before it", "`%s` vem depois de `%s`, não antes", a.Step, early.step))
		return false
	case d == nil && ended:
		p.differ(a, p.never(a))
		return false
	case d == nil:
		return false
	}
	if wrong := p.compare(a, d); wrong != nil {
		wrong.Line = d.line + 1
	}
	p.deliverLater(d)
	p.next(d.at)
	return true
}

// scanned is how a step last ended, by the trail; "begun" while it is under way,
// "" when it was never reached.
func (p *play) scanned(step string) string {
	p.askTrail()
	state := ""
	for _, e := range p.b.store.entries() {
		switch {
		case e.StepID != step:
		case e.Kind == "step" && e.Result == "skipped", e.Kind == "outcome":
			state = e.Result
		case e.Kind == "step":
			state = "begun"
		}
	}
	return state
}

// askTrail fetches what the workflow has not stored yet.
func (p *play) askTrail() {
	if p.b.stage.env.IsWorkflowCompleted() {
		return
	}
	v, err := p.b.stage.env.QueryWorkflow(workflows.QueryExplain)
	if err != nil {
		return // it has not begun
	}
	var e workflows.Explanation
	if v.Get(&e) == nil {
		p.b.store.keep(e.Trail)
	}
}

// wasSkipped checks a `skipped` line, once the journey has passed the step.
func (p *play) wasSkipped(a *dsl.Act, ended bool) {
	switch state := p.scanned(a.Step); {
	case state == "skipped":
		p.mu.Lock()
		p.cursor++ // no time passes
		p.mu.Unlock()
	case state != "":
		p.differ(a, diag.T("`%s` was not skipped", "`%s` não foi pulado", a.Step))
	case ended:
		p.differ(a, diag.T("`%s` was never reached", "`%s` nunca foi alcançado", a.Step))
	}
}

// local is a moment as the journey's people read it.
func (p *play) local(at time.Time) string { return at.In(p.zone()).Format("2006-01-02 15:04") }

func (p *play) zone() *time.Location { return engine.ZoneOr(p.plan.Timezone) }
