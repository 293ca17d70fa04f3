package main

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine/api"
	"jornada/engine/simulator"
)

// mostStepsOfACall is how much of a journey one call of the API may play.
const mostStepsOfACall = 2000

// apiSimulator shows the simulator to the API in the API's own words.
type apiSimulator struct{}

// Explore implements api.Simulator.
func (apiSimulator) Explore(ctx context.Context, folder *dsl.Folder, s *dsl.Scenario, until time.Time, lang diag.Language) (*api.Simulation, error) {
	return simulated(ctx, folder, []*dsl.Scenario{s}, lang, func(b *simulator.Bench, s *dsl.Scenario) (*simulator.Transcript, error) {
		return b.Explore(ctx, s, until)
	})
}

// Sample implements api.Simulator.
func (apiSimulator) Sample(plan *dsl.Plan, now time.Time) api.Sample {
	return api.Sample(simulator.SampleOf(plan, now))
}

// Simulate implements api.Simulator.
func (apiSimulator) Simulate(ctx context.Context, folder *dsl.Folder, scenarios []*dsl.Scenario, lang diag.Language) (*api.Simulation, error) {
	return simulated(ctx, folder, scenarios, lang, func(b *simulator.Bench, s *dsl.Scenario) (*simulator.Transcript, error) {
		return b.Play(ctx, s)
	})
}

func simulated(ctx context.Context, folder *dsl.Folder, scenarios []*dsl.Scenario, lang diag.Language, play func(*simulator.Bench, *dsl.Scenario) (*simulator.Transcript, error)) (*api.Simulation, error) {
	bench, err := simulator.NewBench(ctx, simulator.Config{Open: inMemoryStore, Folder: folder, MostSteps: mostStepsOfACall})
	if err != nil {
		return nil, err
	}
	defer func() { _ = bench.Close() }()
	out := &api.Simulation{Cases: []api.PlayedCase{}, Coverage: []api.StepSimulated{}}
	var coverage *simulator.Coverage
	for _, s := range scenarios {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, err := play(bench, s)
		if errors.Is(err, simulator.ErrTooLong) {
			return nil, api.ErrTooLong
		}
		if err != nil {
			return nil, err
		}
		if coverage == nil {
			coverage = simulator.NewCoverage(folder.Plans[s.Journey])
		}
		coverage.Add(t)
		played, err := playedCase(t, folder, lang)
		if err != nil {
			return nil, err
		}
		out.Cases = append(out.Cases, played)
	}
	if coverage == nil {
		return out, nil
	}
	for _, step := range coverage.Steps {
		reached := api.StepSimulated{Step: step.Step, Outcomes: []api.OutcomeReached{}}
		for _, o := range step.Outcomes {
			reached.Outcomes = append(reached.Outcomes, api.OutcomeReached(o))
		}
		out.Coverage = append(out.Coverage, reached)
	}
	return out, nil
}

func playedCase(t *simulator.Transcript, folder *dsl.Folder, lang diag.Language) (api.PlayedCase, error) {
	c := api.PlayedCase{
		Name: t.Scenario.Name, Passed: t.Difference == nil, Ending: t.Ending, Reason: t.Reason, StartedAt: t.StartedAt, EndedAt: t.EndedAt,
		Lines: []api.PlayedLine{},
	}
	for _, l := range t.Lines {
		by := "journey"
		if l.World {
			by = "world"
		}
		c.Lines = append(c.Lines, api.PlayedLine{At: l.At, By: by, Step: l.Step, Verb: l.Verb, Text: l.Text, Channel: l.Channel, Content: l.Content, Refused: l.Refused, Price: l.Price})
	}
	if r := t.Rest; r != nil {
		c.Rest = &api.PlayedRest{At: r.At, NextWakeAt: r.NextWakeAt, Steps: []api.PlayedStand{}, Windows: []api.PlayedWindow{}, Vars: map[string]any{}}
		maps.Copy(c.Rest.Vars, r.Vars)
		for _, s := range r.Steps {
			c.Rest.Steps = append(c.Rest.Steps, api.PlayedStand(s))
		}
		for _, w := range r.Windows {
			c.Rest.Windows = append(c.Rest.Windows, api.PlayedWindow{Channel: w.Channel, Until: w.LastInboundAt.Add(w.Channel.Medium().Window)})
		}
	}
	if d := t.Difference; d != nil {
		c.Difference = &api.SimulatedFault{Message: d.Message.In(lang), Hint: d.Hint.In(lang), Line: d.Span.Line, Column: d.Span.Column}
	}
	var text strings.Builder
	err := t.Render(&text, folder.Contents(), lang)
	c.Text = text.String()
	return c, err
}
