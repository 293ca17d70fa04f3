package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	saysHi  = "dsl: 1\njourney: hi\ncategory: utility\ntimezone: America/Sao_Paulo\ntriggers: [{api: true}]\nsteps:\n  - {id: hi, send: {sms: {text: Oi}}}\n"
	hiPlays = "test: hi\ndefaults: {now: \"2026-03-09T10:00\"}\ncases:\n  - {name: one, script: [{expect: hi}], end: completed}\n"
)

func (f *fixture) simulate(files map[string]string, scenario string, pairs ...string) (int, simulationView, string) {
	f.t.Helper()
	body, err := json.Marshal(map[string]any{"files": files, "scenario": scenario})
	require.NoError(f.t, err)
	w := f.admin("POST", "/api/v1/journeys/simulate", string(body), pairs...)
	var view simulationView
	require.NoError(f.t, json.Unmarshal(w.Body.Bytes(), &view))
	return w.Code, view, w.Body.String()
}

// A scenario is checked, then played against files that nobody has published.
func TestSimulate(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		files := map[string]string{"hi.journey.yaml": saysHi}
		status, view, body := f.simulate(files, hiPlays)
		require.Equal(t, 200, status, body)
		require.True(t, view.OK, body)
		require.Equal(t, "one", view.Cases[0].Name)
		require.Equal(t, "hi", view.Coverage[0].Step)

		status, view, body = f.simulate(files, strings.Replace(hiPlays, "expect: hi", "expect: hy", 1))
		require.Equal(t, 200, status, body)
		require.False(t, view.OK)
		require.Empty(t, view.Cases)
		require.Equal(t, "scenario.test.yaml", view.Diagnostics[0]["file"])

		status, view, body = f.simulate(map[string]string{"hi.journey.yaml": strings.Replace(saysHi, "send", "sned", 1)}, hiPlays)
		require.Equal(t, 200, status, body)
		require.False(t, view.OK)
		require.Equal(t, "hi.journey.yaml", view.Diagnostics[0]["file"])

		w := f.admin("GET", "/api/v1/journeys", "")
		require.NotContains(t, w.Body.String(), `"hi"`, "nothing is stored")
	})
}

// An exploration makes a person up, and stops where it is told to.
func TestExplore(t *testing.T) {
	f := inMemory(t)
	ask := func(explore, scenario string) (int, simulationView, string) {
		t.Helper()
		body := `{"files": {"hi.journey.yaml": ` + quoted(saysHi) + `}, "explore": ` + explore
		if scenario != "" {
			body += `, "scenario": ` + quoted(scenario)
		}
		w := f.admin("POST", "/api/v1/journeys/simulate", body+"}")
		var view simulationView
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &view))
		return w.Code, view, w.Body.String()
	}
	status, view, body := ask(`{"journey": "hi"}`, "")
	require.Equal(t, 200, status, body)
	require.NotNil(t, view.Sample, body)
	require.NotEmpty(t, view.Sample.Now)

	status, view, body = ask(`{"until": "2026-03-09T18:00:00Z"}`, hiPlays)
	require.Equal(t, 200, status, body)
	require.Nil(t, view.Sample)
	require.Equal(t, "2026-03-09T18:00:00Z", view.Cases[0].Rest.At.Format(time.RFC3339), "it goes on until then")

	status, _, body = ask(`{}`, "")
	require.Equal(t, 422, status, body)
	require.Contains(t, body, "scenario is missing")
	status, _, body = ask(`{}`, hiPlays+"  - {name: two, script: [{expect: hi}]}\n")
	require.Equal(t, 422, status, body)
	require.Contains(t, body, "one is explored at a time")
}

// Each message of a play says what it costs, and the play what all do: in the currency of
// the workspace, and of what has no known price that it has none.
func TestSimulateSaysWhatItCosts(t *testing.T) {
	f := inMemory(t)
	for _, c := range []struct {
		prices string
		want   costView
	}{
		{"{currency: BRL, sms: 0.09}", costView{Currency: "BRL", Low: 0.18, High: 0.18, Unknown: []string{}, Money: "R$ 0,18", Text: "custo R$ 0,18"}},
		{"{currency: BRL, country: PT}", costView{Currency: "BRL", Unknown: []string{"sms utility PT"}, Text: "custo desconhecido: sem preço conhecido de sms utility (PT)"}},
	} {
		files := map[string]string{"hi.journey.yaml": saysHi, "workspace.yaml": "workspace: x\ntimezone: America/Sao_Paulo\nprices: " + c.prices + "\n"}
		status, view, body := f.simulate(files, hiPlays, "Accept-Language", "pt-BR")
		require.Equal(t, 200, status, body)
		require.Len(t, view.Cases, 1, body)
		require.Equal(t, c.want, view.Cases[0].Cost, body)
		require.Equal(t, &c.want, view.Cases[0].Lines[0].Cost, body)
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// A call is bounded: by size, cases, lines and steps, and to one at a time.
func TestSimulateIsBounded(t *testing.T) {
	f := inMemory(t)
	files := map[string]string{"hi.journey.yaml": saysHi}
	refused := func(status int, word, scenario string) {
		t.Helper()
		got, _, body := f.simulate(files, scenario)
		require.Equal(t, status, got, body)
		require.Contains(t, body, word)
	}
	refused(422, "scenario is missing", "")
	refused(422, "128 KB", hiPlays+strings.Repeat("#", maxScenario))
	var many strings.Builder
	many.WriteString(hiPlays)
	for i := range mostCases {
		fmt.Fprintf(&many, "  - {name: more %d, script: [{expect: hi}]}\n", i)
	}
	refused(422, "21 cases", many.String())
	refused(422, "201 lines", strings.Replace(hiPlays, "{expect: hi}", strings.Repeat("{expect: hi}, ", 200)+"{expect: hi}", 1))
	f.simulator.err = ErrTooLong
	refused(422, "more steps", hiPlays)

	f.simulator.err, f.simulator.hold, f.simulator.in = nil, make(chan struct{}), make(chan struct{})
	first := make(chan int)
	go func() {
		w := f.admin("POST", "/api/v1/journeys/simulate", fmt.Sprintf(`{"files":{"hi.journey.yaml":%q},"scenario":%q}`, saysHi, hiPlays))
		first <- w.Code
	}()
	<-f.simulator.in
	refused(429, "one at a time", hiPlays)
	close(f.simulator.hold)
	require.Equal(t, 200, <-first)
	f.simulator.hold = nil
	status, _, body := f.simulate(files, hiPlays)
	require.Equal(t, 200, status, body)
}
