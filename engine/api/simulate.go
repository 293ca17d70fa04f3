package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/price"
	"jornada/engine"
)

// What one call may ask to be played: enough for the tests of a journey while its
// author looks on. A whole folder is for `jornada test`.
const (
	mostCases      = 20
	mostLines      = 200 // of one script
	maxScenario    = 128 << 10
	playsAtOnce    = 2 // by all tokens together; each token plays one at a time
	playingTimeout = 15 * time.Second
)

// Simulator plays scenarios on a virtual clock. Nothing that it plays touches the
// store or the channels of this server.
type Simulator interface {
	// Simulate plays scenarios of one journey, in order. It stops when ctx ends, and
	// refuses with ErrTooLong what takes too many steps.
	Simulate(ctx context.Context, folder *dsl.Folder, scenarios []*dsl.Scenario, lang diag.Language) (*Simulation, error)
	// Explore plays one scenario in which nothing need be expected, up to where the
	// journey rests after its script, or at a later moment.
	Explore(ctx context.Context, folder *dsl.Folder, s *dsl.Scenario, until time.Time, lang diag.Language) (*Simulation, error)
	// Sample makes up a person for a journey, and the data with which it begins.
	Sample(plan *dsl.Plan, now time.Time) Sample
}

// Sample is a made-up person, as a scenario writes one.
type Sample struct {
	Now     string         `json:"now"` // the journey's own time
	Contact map[string]any `json:"contact"`
	Inputs  map[string]any `json:"inputs"`
}

// ErrTooLong is the refusal of a scenario that takes too many steps.
var ErrTooLong = errors.New("the scenario takes too many steps")

// Simulation is what came of scenarios.
type Simulation struct {
	Cases    []PlayedCase    `json:"transcript"`
	Coverage []StepSimulated `json:"coverage"` // by step, in the order of the file
}

// PlayedCase is one scenario: what happened, and where that is not what the script
// says.
type PlayedCase struct {
	Name       string          `json:"name"`
	Passed     bool            `json:"passed"`
	Ending     string          `json:"ending"` // an exit, a goal, completed, failed …; stopped: not played to the end
	Reason     string          `json:"reason,omitempty"`
	StartedAt  time.Time       `json:"started_at"`
	EndedAt    time.Time       `json:"ended_at"`
	Lines      []PlayedLine    `json:"lines"`
	Difference *SimulatedFault `json:"difference,omitempty"`
	Cost       costView        `json:"cost"` // of its messages until then
	Text       string          `json:"text"` // all of it, for people
	Rest       *PlayedRest     `json:"rest,omitempty"`
}

// PlayedRest is where an exploration stopped; nil when the journey has ended.
type PlayedRest struct {
	At         time.Time      `json:"at"`
	Steps      []PlayedStand  `json:"steps"`
	NextWakeAt *time.Time     `json:"next_wake_at"` // nil: only an event goes on
	Windows    []PlayedWindow `json:"windows"`
	Vars       map[string]any `json:"vars"` // the journey's own values by then
}

// PlayedStand is a step that waits.
type PlayedStand struct {
	Step    string     `json:"step_id"`
	Verb    string     `json:"verb"`
	Waiting string     `json:"waiting"` // reply | delivery | time | event | handoff | child | channel | lanes …
	WakeAt  *time.Time `json:"wake_at,omitempty"`
}

// PlayedWindow is a service window that stands open, or did.
type PlayedWindow struct {
	Channel engine.Channel `json:"channel"`
	Until   time.Time      `json:"until"`
}

// PlayedLine is one thing that the journey or the world did.
type PlayedLine struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"` // journey | world
	Step string    `json:"step_id"`
	Verb string    `json:"verb"`
	Text string    `json:"text"`

	Channel engine.Channel  `json:"channel,omitempty"` // of a message
	Content *engine.Content `json:"content,omitempty"` // of a message: what its reader sees
	Refused string          `json:"refused,omitempty"` // of a message that the network did not take
	Price   *price.Count    `json:"-"`                 // of a message that the network took: what its price depends on
	Cost    *costView       `json:"cost,omitempty"`    // of such a message
}

// SimulatedFault is where journey and script part.
type SimulatedFault struct {
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Line    int    `json:"line"` // of the scenario's text
	Column  int    `json:"column"`
}

// StepSimulated are the outcomes of a step, and how often scenarios reached each.
type StepSimulated struct {
	Step     string           `json:"step_id"`
	Outcomes []OutcomeReached `json:"outcomes"`
}

// OutcomeReached is one outcome.
type OutcomeReached struct {
	Outcome string `json:"outcome"`
	Count   int    `json:"count"`
}

type simulationView struct {
	OK          bool             `json:"ok"` // without errors, and every case passed
	Diagnostics []diagnosticView `json:"diagnostics"`
	Sample      *Sample          `json:"sample,omitempty"` // of an exploration without a scenario: who was made up

	Simulation
}

// scenario is a scenario in which this person is enrolled and nothing else happens.
func (m Sample) scenario(journey string) (string, error) {
	text, err := json.Marshal(map[string]any{
		"test": journey, "cases": []any{map[string]any{"name": "exploration", "now": m.Now, "contact": m.Contact, "inputs": m.Inputs, "script": []any{}, "stop": true}},
	})
	if err != nil {
		return "", fmt.Errorf("writing a sample of journey %q: %w", journey, err)
	}
	return string(text), nil
}

// priced says what each message of a case costs at the prices of a day, and all of them
// together. The sum is not that of the lines: a free quota is named in it once.
func (c *PlayedCase) priced(ws *dsl.Workspace, locale string, at time.Time, lang diag.Language) {
	var all []price.Count
	for i, l := range c.Lines {
		if l.Price == nil {
			continue
		}
		all = append(all, *l.Price)
		one := costOfSends(ws.Cost([]price.Count{*l.Price}, locale, at), lang)
		c.Lines[i].Cost = &one
	}
	c.Cost = costOfSends(ws.Cost(all, locale, at), lang)
}

// scenarioFile is the name under which a call's scenario is checked.
const scenarioFile = "scenario.test.yaml"

// simulateJourney plays the cases of a scenario against files that nobody has
// published yet.
func (s *server) simulateJourney(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Files    map[string]string `json:"files"`
		Scenario string            `json:"scenario"`
		Explore  *struct {
			Journey string    `json:"journey"` // without a scenario: whose person to make up
			Until   time.Time `json:"until"`
		} `json:"explore"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if in.Scenario == "" && (in.Explore == nil || in.Explore.Journey == "") {
		return nil, invalid("scenario", diag.T("scenario is missing: it is the text of a *.test.yaml file", "falta scenario: é o texto de um arquivo *.test.yaml"))
	}
	if len(in.Scenario) > maxScenario {
		return nil, invalid("scenario", diag.T("scenario is larger than %s; `jornada test` plays larger ones", "scenario passa de %s; `jornada test` executa os maiores", size(maxScenario)))
	}
	files, err := cleanFiles(in.Files)
	if err != nil {
		return nil, err
	}
	done, err := s.plays.begin(ctx, q.principal.TokenID)
	if err != nil {
		return nil, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, playingTimeout)
	defer cancel()
	folder, list, err := s.publisher().load(ctx, files)
	if err != nil {
		return nil, err
	}
	var sample *Sample
	if in.Scenario == "" {
		plan := folder.Plans[in.Explore.Journey]
		if plan == nil {
			return ok(simulationView{Diagnostics: diagnosticsOf(list, q.lang), Simulation: Simulation{Cases: []PlayedCase{}, Coverage: []StepSimulated{}}}), nil
		}
		made := s.Simulator.Sample(plan, s.Clock.Now())
		sample = &made
		if in.Scenario, err = made.scenario(in.Explore.Journey); err != nil {
			return nil, err
		}
	}
	text := dsl.File{Path: scenarioFile, Content: []byte(in.Scenario)}
	test, problems := dsl.ParseScenarios(text, folder)
	folder.Sources[scenarioFile] = text
	list = append(list, problems...).Sort()
	view := simulationView{Diagnostics: diagnosticsOf(list, q.lang), Sample: sample, Simulation: Simulation{Cases: []PlayedCase{}, Coverage: []StepSimulated{}}}
	if list.HasErrors() {
		return ok(view), nil
	}
	if len(test.Scenarios) > mostCases {
		return nil, invalid("scenario", diag.T("scenario has %d cases and may have %d; `jornada test` plays more", "scenario tem %d casos e pode ter %d; `jornada test` executa mais", len(test.Scenarios), mostCases))
	}
	for _, c := range test.Scenarios {
		if len(c.Script) > mostLines {
			return nil, invalid("scenario", diag.T("the script of %q has %d lines and may have %d", "o roteiro de %q tem %d linhas e pode ter %d", c.Name, len(c.Script), mostLines))
		}
	}
	if in.Explore != nil && len(test.Scenarios) != 1 {
		return nil, invalid("scenario", diag.T("scenario has %d cases; one is explored at a time", "scenario tem %d casos; explora-se um de cada vez", len(test.Scenarios)))
	}
	var played *Simulation
	if in.Explore != nil {
		played, err = s.Simulator.Explore(ctx, folder, test.Scenarios[0], in.Explore.Until, q.lang)
	} else {
		played, err = s.Simulator.Simulate(ctx, folder, test.Scenarios, q.lang)
	}
	switch {
	case errors.Is(err, ErrTooLong):
		return nil, invalid("scenario", diag.T("a case takes more steps than can be played here; `jornada test` plays it", "um caso leva mais passos do que se pode executar aqui; `jornada test` o executa"))
	case errors.Is(err, context.DeadlineExceeded):
		return nil, &problem{Status: http.StatusServiceUnavailable, Code: string(engine.Unavailable), Err: err,
			Text: diag.T("playing took longer than %d s: send fewer cases at once", "a execução passou de %d s: envie menos casos de cada vez", int(playingTimeout.Seconds()))}
	case err != nil:
		return nil, wrapUnlessRefused("playing a scenario", err)
	}
	for i := range played.Cases {
		played.Cases[i].priced(folder.Workspace, folder.Plans[test.Scenarios[i].Journey].Locale, s.Clock.Now(), q.lang)
	}
	view.Simulation = *played
	view.OK = !slices.ContainsFunc(played.Cases, func(c PlayedCase) bool { return !c.Passed })
	return ok(view), nil
}
