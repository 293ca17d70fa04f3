package simulator

import (
	"fmt"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/price"
	"jornada/engine"
)

// Transcript is what came of a scenario.
type Transcript struct {
	Scenario   *dsl.Scenario
	Lines      []Line
	Outcomes   map[string]map[string]int // step -> outcome (and "taken") -> how often
	Difference *Difference               // nil: it passed
	Ending     string                    // how the enrollment ended; "stopped": not played to the end
	Reason     string                    // of a failed one, in words
	StartedAt  time.Time
	EndedAt    time.Time
	Messages   int
	Channels   []string      // of the messages, in order
	Sent       []price.Count // of the messages, what their price depends on
	Path       string        // the steps with their outcomes: eve=past → confirm=other → front_desk
	Rest       *Rest         // where an exploration stopped; nil: the journey had ended

	zone *time.Location
}

// Line is one line of the timeline: what the journey did, or the world.
type Line struct {
	At    time.Time
	World bool
	Step  string
	Verb  string // send, ask, call, …; of the world: reply, status, event, finish
	Text  string

	Channel engine.Channel  // of a message
	Content *engine.Content // of a message: what the person sees
	Refused string          // of a message that the network did not take: why, in one word
	Price   *price.Count    // of a message that the network took: what its price depends on
}

// Rest is where a journey waits.
type Rest struct {
	At         time.Time
	Steps      []Standing
	NextWakeAt *time.Time // nil: only an event goes on
	Windows    []engine.WindowState
	Vars       map[string]any // the journey's own values, as JSON has them
}

// Standing is a step in which somebody stands.
type Standing struct {
	Step    string
	Verb    string
	Waiting string // reply, delivery, time, event, handoff, child …
	WakeAt  *time.Time
}

// Difference is where the journey and the script part.
type Difference struct {
	Act     *dsl.Act // the line of the script; nil: none in particular
	Span    diag.Span
	Message diag.Text
	Hint    diag.Text
	Line    int // how many lines of the timeline come before it
}

func (p *play) transcript() (*Transcript, error) {
	t := &Transcript{
		Scenario: p.scenario, Lines: p.lines, Outcomes: map[string]map[string]int{}, Difference: p.diff,
		StartedAt: p.scenario.Now, EndedAt: p.b.clock.Now(), zone: p.zone(), Ending: stopped, Rest: p.rested,
	}
	if p.diff != nil && p.diff.Span.Line == 0 {
		p.diff.Span = p.scenario.Span
	}
	for _, d := range p.all {
		if d.wentOut() {
			t.Messages++
			t.Channels = append(t.Channels, string(d.channel))
			n := d.priced(p.plan, p.b.folder.Workspace)
			t.Sent = append(t.Sent, n)
			t.Lines[d.line].Price = &n
		}
	}
	t.Path = path(p.b.store.entries())
	for _, e := range p.b.store.entries() {
		outcome := e.Result
		if e.Kind == "step" && e.Result == "" {
			outcome = taken
		} else if e.Kind != "outcome" {
			continue
		}
		if t.Outcomes[e.StepID] == nil {
			t.Outcomes[e.StepID] = map[string]int{}
		}
		t.Outcomes[e.StepID][outcome]++
	}
	if p.enrollment == "" || p.b.stage.stopped {
		return t, nil
	}
	e, err := p.b.store.Enrollment(p.ctx, p.enrollment)
	if err != nil {
		return nil, fmt.Errorf("reading how it ended: %w", err)
	}
	t.Ending, t.Reason = ending(e), e.Reason
	if e.EndedAt != nil {
		t.EndedAt = *e.EndedAt
	}
	return t, nil
}

// path is the way through the steps; those that only begin a branch and end at once
// are in it, too. The last step may be without an outcome: there it ended.
func path(trail []engine.TimelineEntry) string {
	var steps []string
	for _, e := range trail {
		switch {
		case e.StepID == "":
		case e.Kind == "step" && e.Result == "":
			steps = append(steps, e.StepID)
		case e.Kind == "outcome":
			for i := len(steps) - 1; i >= 0; i-- {
				if steps[i] == e.StepID {
					steps[i] += "=" + e.Result
					break
				}
			}
		}
	}
	return strings.Join(steps, " → ")
}
