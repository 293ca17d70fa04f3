package dsl

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"jornada/dsl/diag"
	"jornada/dsl/flow"
)

// What the workspace says of WhatsApp decides whether own text needs a window.
func TestWindowPolicy(t *testing.T) {
	for _, c := range []struct {
		policy string
		want   []string // the steps that are refused
	}{
		{"free_form: window, direct_send: false", []string{"directions", "last_call"}},
		{"free_form: window, direct_send: true", []string{"last_call"}}, // a marketing journey
		{"free_form: always, direct_send: false", nil},
	} {
		files := readFolder(t, "testdata/ok")
		for i, f := range files {
			text := string(f.Content)
			text = strings.Replace(text, "          if: window.whatsapp.open               # a reply by SMS does not open the WhatsApp window\n", "", 1)
			text = strings.Replace(text, `Precisa de ajuda?"}, urgent: true}`, `Precisa de ajuda?"}}`, 1)
			text = strings.Replace(text, "free_form: window, direct_send: false", c.policy, 1)
			files[i].Content = []byte(text)
		}
		_, list := Load(files)
		var got []string
		for _, d := range list {
			if d.Code == "J0505" {
				got = append(got, d.StepID)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v are refused, want %v", c.policy, got, c.want)
		}
	}
}

// Every walk ends: each way on leads further down the file, but for rounds and
// jumps, and those are counted. And no step but the last is a dead end.
func TestEveryWalkEnds(t *testing.T) {
	plans := []*Plan{}
	for _, p := range edited(t, "").Plans {
		plans = append(plans, p)
	}
	ws := DefaultWorkspace()
	for seed := range int64(300) {
		j, list := Parse(File{"sample.journey.yaml", []byte((&windowAuthor{Rand: rand.New(rand.NewSource(seed))}).journey())})
		if list.HasErrors() {
			t.Fatal(list)
		}
		plans = append(plans, runCheck(j, ws).plan())
	}
	for _, p := range plans {
		g := p.graph()
		for _, e := range g.Edges {
			switch {
			case (e.Kind == flow.Jump || e.Kind == flow.Round) && e.Limit < 1:
				t.Fatalf("%s: the way from %s to %s is taken without end", p.Journey, g.Name(e.From), g.Name(e.To))
			case e.Kind != flow.Jump && e.Kind != flow.Round && e.To <= e.From:
				t.Fatalf("%s: the way from %s to %s leads back", p.Journey, g.Name(e.From), g.Name(e.To))
			}
		}
		for point := range g.Len() {
			if point != g.End && len(g.Out(point)) == 0 {
				t.Fatalf("%s: nothing leads on from %s", p.Journey, g.Name(point))
			}
		}
	}
}

// A mistake elsewhere does not hide what the paths show, and a broken graph
// shows nothing.
func TestPathsBesideOtherMistakes(t *testing.T) {
	const steps = "steps:\n  - {id: a, send: {whatsapp: {text: \"Oi {{ contact.nam }}\"}}}\n  - {id: x, send: {sms: {text: \"{{ steps.b.outcome }}\"}}}\n  - {id: b, GOTO}\n"
	for verb, want := range map[string]string{
		"wait: {for: 1h}":         "J0301 J0504 J0505",
		"goto: {step: a}":         "J0301 J0502",
		"wait: {for: 1 hora}":     "J0202 J0301",
		"goto: {step: c, max: 1}": "J0301 J0522",
	} {
		text := strings.Replace(tiny, "steps: [{id: end, exit: done}]\n", strings.Replace(steps, "GOTO", verb, 1), 1)
		_, list := Load(append(readFolder(t, "testdata/ok"), File{"tiny.journey.yaml", []byte(text)}))
		var codes []string
		for _, d := range list {
			codes = append(codes, d.Code)
		}
		slices.Sort(codes)
		if got := strings.Join(slices.Compact(codes), " "); got != want {
			t.Errorf("%s: %s, want %s\n%s", verb, got, want, render(t, list, nil, diag.English))
		}
	}
}
