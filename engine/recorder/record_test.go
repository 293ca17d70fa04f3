package recorder_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/engine/recorder"
	"jornada/engine/simulator"
	"jornada/engine/store"
)

const workspace = `workspace: demo
timezone: America/Sao_Paulo
contact: {first_name: string, cpf: string?, birth_date: time?, plan: string?, phone: string}
events: {order.paid: {order_id: string, total: number}}
`

// A journey with what the clinic's does not have: a split, a service that answers
// with data, a sub-journey, a goal, a free answer, a score.
const journey = `dsl: 1
journey: order
category: utility
timezone: America/Sao_Paulo
inputs: {order_id: string}
triggers: [{api: true}]
goals: [{id: paid, event: order.paid, where: event.order_id == inputs.order_id, exit: true}]
steps:
  - {id: look, call: {method: GET, url: "https://orders.example/{{ inputs.order_id }}", returns: {open: bool}}, branches: {failed: [{id: gone, exit: unknown}]}}
  - id: draw
    split: {a: 50, b: 50}
  - id: ask_score
    ask: {sms: {text: "Oi {{ contact.first_name }}, de 0 a 10?"}, scale: nps, timeout: 2d}
    branches: {otherwise: []}
  - id: why
    if: contact.plan == "gold"
    ask: {sms: {text: "Por que?"}, accept: text, timeout: 2d}
    branches: {answered: [], timeout: []}
  - {id: tell, enroll: {journey: pitch, timeout: 3d}, branches: {failed: []}}
  - {id: end_done, exit: done}
`

const other = "dsl: 1\njourney: pitch\ncategory: utility\ntimezone: America/Sao_Paulo\ntriggers: [{called: true}]\nsteps:\n  - {id: end, exit: bought}\n"

func files(more ...dsl.File) []dsl.File {
	return append([]dsl.File{{Path: "workspace.yaml", Content: []byte(workspace)}, {Path: "order.journey.yaml", Content: []byte(journey)},
		{Path: "other.journey.yaml", Content: []byte(other)}}, more...)
}

func load(t *testing.T) *dsl.Folder {
	t.Helper()
	folder, list := dsl.Load(files())
	var text strings.Builder
	_ = list.Render(&text, folder.Contents(), diag.English, false)
	require.False(t, list.HasErrors(), text.String())
	return folder
}

var began = time.Date(2026, time.March, 9, 13, 0, 0, 0, time.UTC)

// person is somebody real, with a passage that begins as every one does.
func person(folder *dsl.Folder) recorder.Passage {
	return recorder.Passage{
		Plan: folder.Plans["order"], Source: journey, ID: "enr_canary", StartedAt: began,
		Inputs: map[string]any{"order_id": "ZORA-90007531"},
		Contact: recorder.Contact{Attributes: map[string]any{
			"first_name": "Zoraide", "cpf": "111.444.777-35", "birth_date": "1971-03-09T00:00:00Z", "plan": "gold", "phone": "+5511900007531",
		}, OptIn: map[string]bool{"sms": true}},
	}
}

// timeline makes entries a minute apart.
func timeline(entries ...engine.TimelineEntry) []engine.TimelineEntry {
	for i := range entries {
		entries[i].Seq, entries[i].At = i+1, began.Add(time.Duration(i)*time.Minute)
	}
	return entries
}

// play plays a recorded file, and says where it differs.
func play(t *testing.T, text []byte) {
	t.Helper()
	all := files(dsl.File{Path: "recorded.test.yaml", Content: text})
	folder, _ := dsl.Load(all)
	tests, problems := dsl.LoadScenarios(all, folder)
	var out strings.Builder
	_ = problems.Render(&out, folder.Contents(), diag.English, false)
	require.Empty(t, out.String(), "%s", text)
	bench, err := simulator.NewBench(t.Context(), simulator.Config{Folder: folder, Open: func(ctx context.Context, clock engine.Clock) (simulator.Store, error) {
		return store.InMemory(ctx, clock)
	}})
	require.NoError(t, err)
	defer func() { require.NoError(t, bench.Close()) }()
	transcript, err := bench.Play(t.Context(), tests[0].Scenarios[0])
	require.NoError(t, err)
	require.NoError(t, transcript.Render(&out, folder.Contents(), diag.English))
	require.Nil(t, transcript.Difference, "%s\n%s", text, out.String())
}

// Every kind of line is written, plays, and says nothing of the person.
func TestRecord(t *testing.T) {
	folder := load(t)
	begin := []engine.TimelineEntry{
		{Kind: "enrolled"}, {Kind: "step", StepID: "look"}, {Kind: "call", StepID: "look", Result: "ok", Detail: "200"},
		{Kind: "outcome", StepID: "look", Result: "ok"}, {Kind: "step", StepID: "draw"}, {Kind: "outcome", StepID: "draw", Result: "b"},
		{Kind: "step", StepID: "ask_score"}, {Kind: "message", StepID: "ask_score", Result: "accepted", Message: "m1"},
	}
	messages := []recorder.Message{{ID: "m1", Channel: engine.SMS, Content: engine.Content{Text: "Oi Zoraide, de 0 a 10?"}}, {ID: "m2", Channel: engine.SMS}}
	heard := []recorder.Heard{
		{ID: "e1", Channel: engine.SMS, Text: "nota 9, Zoraide aqui"}, {ID: "e2", Channel: engine.SMS, Text: "a poltrona rangia 11144477735"},
		{ID: "e3", Event: "order.paid", Data: map[string]any{"order_id": "ZORA-90007531", "total": 12.5}},
	}
	cases := map[string]struct {
		ending string
		tail   []engine.TimelineEntry
		want   []string
	}{
		"to the end": {"done", []engine.TimelineEntry{
			{Kind: "reply", StepID: "ask_score", Result: "promoter", EventID: "e1"}, {Kind: "outcome", StepID: "ask_score", Result: "promoter"},
			{Kind: "step", StepID: "why"}, {Kind: "message", StepID: "why", Result: "accepted", Message: "m2"},
			{Kind: "reply", StepID: "why", Result: "answered", EventID: "e2"}, {Kind: "outcome", StepID: "why", Result: "answered"},
			{Kind: "step", StepID: "tell"}, {Kind: "signal", StepID: "tell", Result: "child", Detail: "bought"}, {Kind: "ended"},
		}, []string{"draw: {draw: b}", "respond: {body: {open: true}, status: 200}", `after: 1m, reply: {text: "9", via: sms}`, "finish: bought, of: tell", "end: done", "plan: gold"}},
		"a goal": {"paid", []engine.TimelineEntry{{Kind: "signal", Result: "order.paid", EventID: "e3"}, {Kind: "ended"}}, []string{"event: order.paid", "end: paid"}},
		"an answer that was erased": {"", []engine.TimelineEntry{
			{Kind: "reply", StepID: "ask_score", Detail: "sms", Result: "detractor", EventID: "gone"},
			{Kind: "step", StepID: "why"}, {Kind: "message", StepID: "why", Result: "accepted", Message: "m2"},
			{Kind: "reply", StepID: "why", Detail: "sms", Result: "answered", EventID: "gone, too"}, {Kind: "step", StepID: "tell"},
		}, []string{`text: "0"`, `text: não sei dizer`, "stop: true"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := person(folder)
			p.Ending, p.Messages, p.Heard = c.ending, messages, heard
			p.Timeline = timeline(append(append([]engine.TimelineEntry{}, begin...), c.tail...)...)
			text, err := recorder.Record(p)
			require.NoError(t, err)
			for _, want := range c.want {
				require.Contains(t, string(text), want)
			}
			for _, canary := range []string{"Zoraide", "ZORA", "90007531", "111", "444", "1971-03-09", "poltrona", "rangia", "cpf", "phone", "birth"} {
				require.NotContains(t, string(text), canary)
			}
			again, err := recorder.Record(p)
			require.NoError(t, err)
			require.Equal(t, string(text), string(again))
			play(t, text)

			p.ID = "enr_another"
			different, err := recorder.Record(p)
			require.NoError(t, err)
			require.NotEqual(t, string(text), string(different))
		})
	}
}

// What a service answered is said as far as the timeline says it.
func TestRecordCallsThatFail(t *testing.T) {
	folder := load(t)
	for reason, want := range map[string]string{
		"the server answered 503 Service Unavailable":         "respond: {status: 503}",
		"the server at orders.example did not answer in time": "respond: {error: timeout}",
		"the server at orders.example could not be reached":   "respond: {error: unreachable}",
		"the answer broke off":                                "respond: {status: 500}",
	} {
		p := person(folder)
		p.Ending = "unknown"
		p.Timeline = timeline(engine.TimelineEntry{Kind: "enrolled"}, engine.TimelineEntry{Kind: "step", StepID: "look"},
			engine.TimelineEntry{Kind: "outcome", StepID: "look", Result: "failed", Detail: reason}, engine.TimelineEntry{Kind: "ended"})
		text, err := recorder.Record(p)
		require.NoError(t, err)
		require.Contains(t, string(text), want, reason)
		play(t, text)
	}
}

// Whatever a person is called, the name is not in the file, and the file can be read.
func FuzzNothingPersonalIsLeft(f *testing.F) {
	for _, s := range []string{"Zoraide Canário", "zoraide@canario.example", "+55 11 90000-7531", "https://x.example/zoraide?cpf=11144477735", "Ωmega 日本語", "a\tb\nc"} {
		f.Add(s)
	}
	folder, _ := dsl.Load(files())
	f.Fuzz(func(t *testing.T, name string) {
		p := person(folder)
		p.Contact.Attributes = map[string]any{"first_name": "Qwertz" + name, "plan": []any{map[string]any{"x": "Qwertz" + name}}}
		p.Inputs = map[string]any{"order_id": fmt.Sprintf("Qwertz%s-777%d", name, len(name))}
		text, err := recorder.Record(p)
		require.NoError(t, err)
		require.NotContains(t, strings.ToLower(string(text)), "qwertz")
		all := files(dsl.File{Path: "recorded.test.yaml", Content: text})
		loaded, _ := dsl.Load(all)
		_, problems := dsl.LoadScenarios(all, loaded)
		for _, d := range problems {
			require.NotEqual(t, "J0002", d.Code, "%s", text)
		}
	})
}
