package simulator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/engine/runtime"
	"jornada/workflows"
)

// Lengths of virtual time around what a script says.
const (
	rest        = time.Microsecond         // fires when the journey has come to rest, not before
	deliveredIn = 2 * time.Second          // how long the network takes to deliver
	longest     = 2 * 365 * 24 * time.Hour // nothing waits longer than its author meant it to
)

// play is one scenario under way. The script moves on only while the journey
// rests; what the journey does is recorded from activities, in their goroutines.
type play struct {
	b          *Bench
	ctx        context.Context //nolint:containedctx // a play is one call of Bench.Play, told to callbacks of the environment
	scenario   *dsl.Scenario
	plan       *dsl.Plan
	script     []dsl.Act
	contact    engine.ContactID
	addresses  []engine.Address
	enrollment engine.EnrollmentID
	secrets    map[string]any
	walk       *walk                 // instead of a script; nil: none
	free       bool                  // nothing need be expected: somebody explores
	until      time.Time             // of an exploration: when to stop, zero for at the end of its script
	rested     *Rest                 // where an exploration stopped
	watched    int                   // deeds of an exploration whose delivery was seen to
	happened   []engine.InboundEvent // what the network reported, not yet delivered
	looking    bool
	cursor     int
	lastAt     time.Time // when the line before happened
	steps      int       // that the journey has taken
	awaited    int       // the line whose moment has a timer; -1: none

	mu       sync.Mutex
	done     []*deed // by line: what fulfilled it
	loose    []*deed // what no line expects
	all      []*deed
	lines    []Line
	answers  map[string]dsl.Respond
	diff     *Difference
	problem  error
	finished map[*deed]bool
}

// Play enrolls the scenario's contact and plays its script. The error is about
// the simulator; what differs from the script is in the transcript.
func (b *Bench) Play(ctx context.Context, s *dsl.Scenario) (*Transcript, error) {
	plan := b.folder.Plans[s.Journey]
	if plan == nil {
		return nil, fmt.Errorf("playing %q: there is no journey %q without errors in this folder", s.Name, s.Journey)
	}
	return b.start(ctx, s, plan, &play{})
}

// Explore plays what the world does by the scenario's script, and tells what the
// journey does about it: nothing need be expected. It stops where the journey rests
// after the script, or at a later moment, and says what it waits for there.
func (b *Bench) Explore(ctx context.Context, s *dsl.Scenario, until time.Time) (*Transcript, error) {
	plan := b.folder.Plans[s.Journey]
	if plan == nil {
		return nil, fmt.Errorf("exploring %q: there is no such journey without errors in this folder", s.Journey)
	}
	return b.start(ctx, s, plan, &play{free: true, until: until})
}

// start plays a scenario in the way that p asks for: by its script, freely, or in a
// world of chance.
func (b *Bench) start(ctx context.Context, s *dsl.Scenario, plan *dsl.Plan, p *play) (*Transcript, error) {
	p.b, p.ctx, p.scenario, p.plan, p.script, p.secrets = b, ctx, s, plan, spread(s.Script), secretsOf(plan)
	p.lastAt, p.awaited, p.answers, p.finished = s.Now, -1, map[string]dsl.Respond{}, map[*deed]bool{}
	p.done = make([]*deed, len(p.script))
	b.play = p
	b.begin(s.Now)
	b.store.reset(p)
	if err := p.enroll(); err != nil {
		return nil, fmt.Errorf("playing %q: %w", s.Name, err)
	}
	if p.diff == nil {
		if err := p.run(); err != nil {
			return nil, fmt.Errorf("playing %q: %w", s.Name, err)
		}
	}
	return p.transcript()
}

// spread makes `expect` with `finish` two lines.
func spread(script []dsl.Act) []dsl.Act {
	out := make([]dsl.Act, 0, len(script))
	for _, a := range script {
		outcome := a.Outcome
		if a.Kind == dsl.Expect {
			a.Outcome = ""
		}
		out = append(out, a)
		if a.Kind == dsl.Expect && outcome != "" {
			out = append(out, dsl.Act{Kind: dsl.Finish, Span: a.Span, Step: a.Step, Outcome: outcome})
		}
	}
	return out
}

// run plays the workflow to its end. The environment panics when nothing happens
// any more, and when the interpreter does; here that is this scenario's error.
func (p *play) run() (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the interpreter did not come to an end: %.300v", cause)
		}
	}()
	env := p.b.stage.env
	p.b.register()
	p.look()
	env.RegisterDelayedCallback(func() {
		p.differ(nil, diag.T("nothing happens any more: the journey waits for ever", "nada mais acontece: a jornada espera para sempre"))
		env.CancelWorkflow()
	}, longest)
	env.ExecuteWorkflow(workflows.WorkflowName, *p.b.stage.first)
	if p.problem != nil {
		return p.problem
	}
	if err := env.GetWorkflowError(); err != nil && p.diff == nil {
		return fmt.Errorf("the interpreter stopped: %w", err)
	}
	if p.walk == nil {
		p.conclude()
	}
	if p.b.stage.stopped { // its row is nobody's business any more
		if _, err := p.b.store.EndEnrollment(p.ctx, p.enrollment, engine.Unenrolled, stopped, ""); err != nil {
			return fmt.Errorf("ending the enrollment: %w", err)
		}
	}
	return p.problem
}

// enroll makes the contact and puts it into the journey, as its first trigger would.
func (p *play) enroll() error {
	if err := p.makeContact(); err != nil {
		return err
	}
	if err := p.b.publish(p.ctx, p.plan); err != nil {
		return err
	}
	for step, variant := range p.scenario.Draw {
		if _, err := p.b.store.AssignVariant(p.ctx, engine.JourneyID(p.plan.Journey), step, p.contact, variant); err != nil {
			return fmt.Errorf("drawing the variant of step %q: %w", step, err)
		}
	}
	record := engine.TriggerRecord{Kind: "api", Data: p.scenario.Inputs}
	if len(p.plan.Triggers) > 0 {
		switch t := p.plan.Triggers[0]; {
		case t.Event != "":
			record.Kind, record.Event = "event", t.Event
		case t.Inbound != "":
			record.Kind, record.Channel, record.Text = "inbound", engine.Channel(t.Inbound), slices.Concat(t.Keywords, []string{""})[0]
			if err := p.b.store.TouchWindow(p.ctx, p.contact, engine.IntegrationID(t.Inbound), record.Channel, p.scenario.Now); err != nil {
				return fmt.Errorf("opening the service window: %w", err)
			}
		case t.Schedule != nil:
			record.Kind = "schedule"
		case t.Segment != "":
			record.Kind = "segment"
		case t.Called:
			record.Kind = "called"
		}
	}
	res, err := p.b.runtime.Enroll(p.ctx, runtime.EnrollRequest{
		JourneyID: engine.JourneyID(p.plan.Journey), ContactID: p.contact, Inputs: p.scenario.Inputs, Trigger: record,
	})
	if err != nil {
		return err
	}
	if res.Skipped != "" {
		p.differ(nil, diag.T("the contact is not let in: %s", "o contato não entra: %s", res.Skipped))
		return nil
	}
	p.enrollment = res.EnrollmentID
	p.settle()
	if p.b.stage.first == nil {
		return errors.New("the enrollment did not start")
	}
	return nil
}

// count counts what the journey does, and gives a scenario up that nobody waits for
// any more or that takes too long.
func (p *play) count() {
	p.steps++
	if p.problem != nil {
		return
	}
	if err := p.ctx.Err(); err != nil {
		p.must(err)
	}
	if p.b.most > 0 && p.steps > p.b.most {
		p.must(ErrTooLong)
	}
}

// look lets the play look around as soon as the journey rests.
func (p *play) look() {
	if p.looking {
		return
	}
	p.looking = true
	p.b.stage.env.RegisterDelayedCallback(func() {
		p.looking = false
		if p.b.stage.env.IsWorkflowCompleted() || !p.b.stage.busy.resting() {
			return // the end of an activity looks again
		}
		if p.settle() {
			p.look() // the journey first
			return
		}
		if p.walk != nil {
			p.walk.rest(p)
			return
		}
		p.advance()
	}, rest)
}

// settle works off what happened in the tables; it reports whether there was
// anything.
func (p *play) settle() bool {
	worked := false
	for p.problem == nil {
		if events := p.happened; len(events) > 0 {
			p.happened = nil
			p.must(p.b.runtime.Deliver(p.ctx, events))
		}
		events, outbox := p.b.store.takeNews()
		if !events && !outbox {
			return worked
		}
		worked = true
		if events {
			p.exhaust(p.b.runtime.DispatchOnce)
			_, more := p.b.store.takeNews()
			outbox = outbox || more
		}
		if outbox {
			p.exhaust(p.b.runtime.FlushOnce)
		}
	}
	return worked
}

func (p *play) exhaust(work func(context.Context) (int, error)) {
	for p.problem == nil {
		n, err := work(p.ctx)
		p.must(err)
		if n == 0 {
			return
		}
	}
}

// must keeps the first mistake of the simulator's own.
func (p *play) must(err error) {
	if err == nil {
		return
	}
	p.mu.Lock()
	if p.problem == nil {
		p.problem = err
	}
	p.mu.Unlock()
	p.halt()
}

// fault is an event that the product cannot work off.
func (p *play) fault(cause string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.problem == nil {
		p.problem = errors.New(cause)
	}
}

// halt ends the enrollment: nothing more is to be learned from it.
func (p *play) halt() {
	p.b.stage.stopped = true
	if p.enrollment == "" {
		return
	}
	p.b.stage.env.SignalWorkflow(workflows.SignalName, workflows.Signal{
		ID: "end", Kind: workflows.SignalEnd, At: p.b.clock.Now(), Status: string(engine.Unenrolled), Outcome: stopped,
	})
}

// stopped is the outcome of enrollments that are not played to their end.
const stopped = "stopped"

// record notes a deed and finds the line that expects it; nil: none.
func (p *play) record(d *deed) *dsl.Act {
	p.mu.Lock()
	defer p.mu.Unlock()
	d.at = p.b.clock.Now()
	p.all, d.line = append(p.all, d), len(p.lines)
	p.lines = append(p.lines, Line{At: d.at, Step: d.step, Verb: d.verb, Text: d.title(), Channel: d.channel, Content: d.content})
	for i := p.cursor; i < len(p.script); i++ {
		a := &p.script[i]
		if a.Kind == dsl.Skipped || p.done[i] != nil || (a.Kind == dsl.Expect && a.Step != d.step) {
			continue
		}
		if a.Kind == dsl.Expect {
			p.done[i] = d
			return a
		}
		break
	}
	if d.mustBeExpected() && p.walk == nil && !p.free {
		p.loose = append(p.loose, d)
	}
	return nil
}

// refuse notes that the network did not take a message.
func (p *play) refuse(d *deed, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d.refused = true
	p.lines[d.line].Refused = why
	p.lines[d.line].Text += "  ✗ " + why
}

// differ keeps the first difference.
func (p *play) differ(a *dsl.Act, what diag.Text) *Difference {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.differLocked(a, what)
}

func (p *play) differLocked(a *dsl.Act, what diag.Text) *Difference {
	if p.diff == nil {
		p.diff = &Difference{Act: a, Message: what, Line: len(p.lines)}
		if a != nil {
			p.diff.Span = a.Span
		}
	}
	return p.diff
}
