package simulator_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/dsl"
	"jornada/engine/simulator"
)

// explored parses a script of what the world does, and explores with it.
func explored(t *testing.T, b *simulator.Bench, folder *dsl.Folder, sample simulator.Sample, until time.Time, script ...map[string]any) *simulator.Transcript {
	t.Helper()
	return exploredOf(t, "confirm_appointment", b, folder, sample, until, script...)
}

func exploredOf(t *testing.T, journey string, b *simulator.Bench, folder *dsl.Folder, sample simulator.Sample, until time.Time, script ...map[string]any) *simulator.Transcript {
	t.Helper()
	text, err := json.Marshal(map[string]any{"test": journey, "cases": []any{map[string]any{
		"name": "exploration", "now": sample.Now, "contact": sample.Contact, "inputs": sample.Inputs, "script": append([]map[string]any{}, script...), "stop": true,
	}}})
	require.NoError(t, err)
	file, problems := dsl.ParseScenarios(dsl.File{Path: "x.test.yaml", Content: text}, folder)
	require.Empty(t, problems, string(text))
	got, err := b.Explore(t.Context(), file.Scenarios[0], until)
	require.NoError(t, err)
	require.Nil(t, got.Difference)
	return got
}

// A person plays the clinic's journey by hand: nothing is expected, every answer
// shows what the journey does next and what it waits for.
func TestExploring(t *testing.T) {
	b, folder, _ := bench(t, clinic)
	sample := simulator.SampleOf(folder.Plans["confirm_appointment"], time.Date(2026, 3, 9, 22, 15, 0, 0, time.UTC))
	require.Equal(t, "2026-03-09T10:00", sample.Now, "the same at any time of the day")
	sample.Inputs["starts_at"] = "2026-03-11T14:00"

	first := explored(t, b, folder, sample, time.Time{})
	require.Empty(t, first.Lines)
	require.Equal(t, "eve", first.Rest.Steps[0].Step)
	require.Equal(t, "2026-03-10T17:00:00Z", first.Rest.NextWakeAt.UTC().Format(time.RFC3339), "a day before the appointment")

	asked := explored(t, b, folder, sample, *first.Rest.NextWakeAt)
	require.Len(t, asked.Lines, 1)
	question := asked.Lines[0]
	require.Equal(t, "confirm", question.Step)
	require.Contains(t, question.Content.Text, "Podemos confirmar?", "the template's text, as its reader sees it")
	require.Equal(t, "Confirmar", question.Content.Choices[0].Title)
	require.Equal(t, "confirm", asked.Rest.Steps[0].Step)
	require.Empty(t, asked.Rest.Windows)

	tap := map[string]any{"at": "2026-03-10T14:12", "reply": map[string]any{"option": "confirmed"}}
	answered := explored(t, b, folder, sample, time.Time{}, tap)
	var steps []string
	for _, l := range answered.Lines {
		steps = append(steps, l.Step)
	}
	require.Equal(t, []string{"confirm", "", "save_confirmed", "directions"}, steps)
	require.Equal(t, "visit", answered.Rest.Steps[0].Step)
	require.Len(t, answered.Rest.Windows, 1, "the answer opened the service window")

	lost := explored(t, b, folder, sample, time.Time{}, map[string]any{"at": "2026-03-10T14:00", "status": "undeliverable"})
	require.Equal(t, "confirm", lost.Lines[len(lost.Lines)-1].Step)
	require.Equal(t, "sms", string(lost.Lines[len(lost.Lines)-1].Channel), "the next channel takes over at once")

	deadline := time.Date(2026, 3, 11, 13, 0, 0, 0, time.UTC) // four hours before
	silent := explored(t, b, folder, sample, deadline)
	require.Equal(t, "front_desk", silent.Rest.Steps[0].Step, "to stop at a timer's time is to see what it did")
	require.True(t, silent.Rest.At.Equal(deadline), silent.Rest.At)

	over := explored(t, b, folder, sample, time.Time{}, map[string]any{"at": "2026-03-09T11:00", "event": "appointment.cancelled", "data": map[string]any{"appointment_id": sample.Inputs["appointment_id"]}})
	require.Nil(t, over.Rest, "it has ended")
	require.Equal(t, "called_off", over.Ending)
}

// What the journey has set by then is shown as it is kept.
func TestExploringShowsValues(t *testing.T) {
	const counting = `dsl: 1
journey: counting
category: utility
locale: pt-BR
timezone: America/Sao_Paulo
vars: {tries: 0, from: ""}
triggers: [{event: appointment.scheduled}]
steps:
  - {id: pause, wait: {for: 1h}}
  - {id: note, set: {tries: "{{ vars.tries + 1 }}", from: clinic}}
  - {id: longer, wait: {for: 2d}}
`
	b, folder, _ := bench(t, clinic, dsl.File{Path: "counting.journey.yaml", Content: []byte(counting)})
	sample := simulator.SampleOf(folder.Plans["counting"], time.Date(2026, 3, 9, 22, 15, 0, 0, time.UTC))
	first := exploredOf(t, "counting", b, folder, sample, time.Time{})
	require.Equal(t, map[string]any{"tries": 0.0, "from": ""}, first.Rest.Vars)
	then := exploredOf(t, "counting", b, folder, sample, *first.Rest.NextWakeAt)
	require.Equal(t, map[string]any{"tries": 1.0, "from": "clinic"}, then.Rest.Vars)
}
