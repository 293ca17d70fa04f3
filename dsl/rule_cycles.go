package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// ruleCycles: journeys that start each other in a circle wait somewhere in it
// (J0450); without a wait they would start each other for ever.
func ruleCycles(c *checker) {
	if c.journey.ID == nil {
		return
	}
	g := &startGraph{ws: c.ws, known: map[*Journey]*started{}}
	for _, one := range g.of(c.journey).starts {
		way := g.back(one.to, c.journey, map[*Journey]bool{})
		if way == nil {
			continue
		}
		names := []string{c.journey.ID.Value}
		for _, j := range way {
			names = append(names, j.ID.Value)
		}
		c.step = one.step.ID.String()
		d := c.report("J0450", one.at.Span(), diag.T("these journeys may start each other for ever: nothing in the circle waits", "estas jornadas podem iniciar umas às outras para sempre: nada no círculo espera"))
		d.Note = diag.Text{En: strings.Join(names, " → "), Pt: strings.Join(names, " → ")}
		d.Hint = diag.T("put a `wait` before it, or repeat the steps with `repeat: {max: …}` instead", "ponha um `wait` antes, ou repita os passos com `repeat: {max: …}`")
	}
}

// startGraph knows which journeys a journey can start before anything waits.
type startGraph struct {
	ws    *Workspace
	known map[*Journey]*started
}

// started is what a journey does without waiting.
type started struct {
	starts []start
	ends   bool // it can come to its end

	targets map[string]bool // steps that a goto jumps to
	seen    map[*Step]bool
}

// start is one journey that another starts.
type start struct {
	to   *Journey
	step *Step
	at   *Scalar
}

// back is a way from one journey to another, both included, or nil.
func (g *startGraph) back(from, to *Journey, seen map[*Journey]bool) []*Journey {
	if from == to {
		return []*Journey{to}
	}
	if seen[from] {
		return nil
	}
	seen[from] = true
	for _, one := range g.of(from).starts {
		if way := g.back(one.to, to, seen); way != nil {
			return append([]*Journey{from}, way...)
		}
	}
	return nil
}

func (g *startGraph) of(j *Journey) *started {
	if s, ok := g.known[j]; ok {
		return s // also while it is being found out: then nothing is known yet
	}
	s := &started{targets: map[string]bool{}, seen: map[*Step]bool{}}
	g.known[j] = s
	for grown := true; grown; {
		before := len(s.targets)
		s.ends = g.list(s, j.Steps) || s.ends
		grown = len(s.targets) > before
	}
	return s
}

// list follows a list of steps and reports whether its end can be reached
// without a wait.
func (g *startGraph) list(s *started, steps []*Step) bool {
	alive := true
	for _, step := range steps {
		if !alive && !s.targets[step.label()] {
			continue
		}
		alive = g.step(s, step)
	}
	return alive
}

func (g *startGraph) step(s *started, step *Step) bool {
	first := !s.seen[step]
	s.seen[step] = true
	skipped := step.If != nil
	branch := func(outcomes ...string) bool { // any of these may come at once
		on := slices.Contains(outcomes, "")
		for _, b := range step.Branches {
			if slices.Contains(outcomes, b.Outcome.Value) || on || b.Outcome.Value == otherwise {
				on = g.list(s, b.Steps) || on
			}
		}
		return on
	}
	switch body := step.Body.(type) {
	case *ExitStep:
		s.ends = true
		return skipped
	case *GotoStep:
		s.targets[body.Step.String()] = true
	case *AskStep, *HandoffStep:
		return skipped
	case *WaitStep:
		switch {
		case body.Until != nil: // a moment that is past does not wait
			past := step.branch("past") == nil && step.branch(otherwise) == nil
			return branch("past") || past || skipped
		case body.Schedule == nil: // hours that are open do not wait
			return skipped
		}
	case *RepeatStep:
		g.list(s, body.Steps)
	case *EnrollStep:
		if child := g.ws.Journeys[body.Journey.String()].journey; child != nil {
			if first {
				s.starts = append(s.starts, start{child, step, body.Journey})
			}
			if !g.of(child).ends {
				return skipped
			}
		}
	case *EmitStep:
		if first {
			g.listeners(s, step, body.Event)
		}
	}
	return branch("")
}

// listeners are the journeys that an event starts whatever it says.
func (g *startGraph) listeners(s *started, step *Step, event *Scalar) {
	for _, id := range sortedKeys(g.ws.Journeys) {
		other := g.ws.Journeys[id].journey
		if other == nil {
			continue
		}
		for _, t := range other.Triggers {
			if t.Event != nil && event != nil && t.Event.Value == event.Value && t.Where == nil {
				s.starts = append(s.starts, start{other, step, event})
				break
			}
		}
	}
}
