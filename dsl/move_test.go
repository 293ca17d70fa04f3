package dsl

import (
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// TestAccepts edits a journey in which somebody waits for an answer to `confirm`
// and asks whether they may go on in the edited one.
func TestAccepts(t *testing.T) {
	const journey = `dsl: 1
journey: visit
category: utility
timezone: America/Sao_Paulo
inputs: {starts_at: time}
vars: {tries: 0}
triggers: [{api: true}]
steps:
  - {id: hello, send: {sms: {text: Bom dia}}}
  - id: confirm
    ask: {sms: {text: "Vem?"}, options: [{id: come, title: Sim}, {id: stay, title: Não}], timeout: 1d}
    branches: {come: [{id: thanks, send: {sms: {text: Obrigado}}}], stay: [], timeout: [], other: []}
  - {id: end, exit: done}
`
	plan := func(t *testing.T, text string) *Plan {
		t.Helper()
		folder, list := Load([]File{{Path: "workspace.yaml", Content: []byte("workspace: demo\ntimezone: America/Sao_Paulo\ncontact: {}\n")}, {Path: "visit.journey.yaml", Content: []byte(text)}})
		if list.HasErrors() {
			t.Fatal(list)
		}
		return folder.Plans["visit"]
	}
	old := plan(t, journey)
	for name, c := range map[string]struct{ from, to, why string }{
		"unchanged":              {"", "", ""},
		"another text":           {"Obrigado", "Obrigada", ""},
		"a step after it":        {"  - {id: end,", "  - {id: more, send: {sms: {text: Até}}}\n  - {id: end,", ""},
		"one option more":        {"{id: stay, title: Não}], timeout: 1d}\n    branches: {", "{id: stay, title: Não}, {id: also, title: Também}], timeout: 1d}\n    branches: {also: [], ", ""},
		"a shorter wait":         {"timeout: 1d", "timeout: 2h", ""},
		"an optional input more": {"{starts_at: time}", "{starts_at: time, note: string?}", ""},
		"a variable more":        {"{tries: 0}", "{tries: 0, seen: 0}", ""},
		"reads what is ahead":    {"  - {id: end,", "  - {id: more, if: steps.confirm.outcome == \"come\", send: {sms: {text: Até}}}\n  - {id: end,", ""},
		"reads what has run":     {"  - {id: end,", "  - {id: more, if: steps.hello.outcome == \"sent\", send: {sms: {text: Até}}}\n  - {id: end,", ""},

		"a step before it":       {"  - {id: hello,", "  - {id: early, send: {sms: {text: Oi}}}\n  - {id: hello,", ""},
		"an input more":          {"{starts_at: time}", "{starts_at: time, doctor: string}", "the new input `doctor` is required"},
		"an input of a new type": {"{starts_at: time}", "{starts_at: string}", "the input `starts_at` changed its type"},
		"a variable's type":      {"{tries: 0}", "{tries: none}", "the variable `tries` changed its type"},
		"another category":       {"category: utility", "category: service", "the category changed from utility to service"},
		"another key":            {"triggers:", "entry: {key: inputs.starts_at}\ntriggers:", "`entry.key` changed"},
		"an option less":         {", {id: stay, title: Não}], timeout: 1d}\n    branches: {come: [{id: thanks, send: {sms: {text: Obrigado}}}], stay: [], timeout: [], other: []}", "], timeout: 1d}\n    branches: {come: [{id: thanks, send: {sms: {text: Obrigado}}}], timeout: [], other: []}", "step `confirm`, where it waits, has no outcome `stay` any more"},
		"renamed":                {"id: confirm\n", "id: question\n    was: [confirm]\n", "step `confirm`, where it waits, is called `question` now"},
		"removed":                {"id: confirm\n", "id: question\n", "step `confirm`, where it waits, was removed"},
	} {
		t.Run(name, func(t *testing.T) {
			text := journey
			if c.from != "" {
				text = strings.Replace(journey, c.from, c.to, 1)
				if text == journey {
					t.Fatalf("%q is not in the journey", c.from)
				}
			}
			ran := func(step string) bool { return step == "hello" }
			why, ok := plan(t, text).Accepts(old, "confirm", ran)
			if ok != (c.why == "") || !ok && why.In(diag.English) != c.why {
				t.Errorf("%v %q, want %q", ok, why.In(diag.English), c.why)
			}
		})
	}
	skipped := func(string) bool { return false }
	more := plan(t, strings.Replace(journey, "  - {id: end,", "  - {id: more, if: steps.hello.outcome == \"sent\", send: {sms: {text: Até}}}\n  - {id: end,", 1))
	if why, ok := more.Accepts(old, "confirm", skipped); ok {
		t.Error("a step is read that the enrollment has not been through")
	} else if want := "step `more` reads the result of `hello`, which this enrollment has not been through"; why.In(diag.English) != want {
		t.Errorf("%q, want %q", why.In(diag.English), want)
	}
}

// TestJudge asks the newer version about one enrollment, which waits at `confirm`.
func TestJudge(t *testing.T) {
	const journey = `dsl: 1
journey: visit
category: utility
timezone: America/Sao_Paulo
triggers: [{api: true}]
steps:
  - id: lot
    split: {a: 50, b: 50}
    branches: {a: [{id: hello, send: {sms: {text: Bom dia}}}], b: []}
  - id: confirm
    ask: {sms: {text: "Vem?"}, options: [{id: come, title: Sim}, {id: stay, title: Não}], timeout: 1d}
    branches: {come: [{id: thanks, send: {sms: {text: Obrigado}}}], stay: [], timeout: [], other: []}
  - id: again
    repeat:
      max: 2
      every: 1d
      steps: [{id: nudge, ask: {sms: {text: "E agora?"}, accept: text, timeout: 2h}, branches: {answered: [], timeout: []}}]
  - {id: end, exit: done}
`
	plan := func(t *testing.T, text string) *Plan {
		t.Helper()
		folder, list := Load([]File{{Path: "workspace.yaml", Content: []byte("workspace: demo\ntimezone: America/Sao_Paulo\ncontact: {}\n")}, {Path: "visit.journey.yaml", Content: []byte(text)}})
		if list.HasErrors() {
			t.Fatal(list)
		}
		return folder.Plans["visit"]
	}
	without := strings.Replace(strings.Replace(journey, "id: confirm\n", "id: question\n", 1), "come: [{id: thanks,", "come: [{id: thanks, ", 1)
	greeted := strings.Replace(journey, "  - id: confirm\n", "  - {id: greet, send: {sms: {text: Oi}}}\n  - id: confirm\n", 1)
	reads := strings.Replace(greeted, "text: Obrigado", "text: \"{{ steps.greet.outcome }}\"", 1)
	answers := strings.Replace(journey, "  - {id: end,", "  - {id: bye, if: steps.confirm.outcome == \"come\", send: {sms: {text: \"{{ steps.confirm.text ?? '' }}\"}}}\n  - {id: end,", 1)
	never := func(string) (string, bool) { return "", false }
	past := func(outcomes map[string]string) func(string) (string, bool) {
		return func(step string) (string, bool) { o, ok := outcomes[step]; return o, ok }
	}
	for name, c := range map[string]struct {
		now  string
		w    Passage
		want string // "OK sure step", "may", "exit" or why not
	}{
		"unchanged":                      {journey, Passage{At: "confirm", Ran: never}, "confirm"},
		"before the first step":          {without, Passage{}, "lot"},
		"renamed":                        {strings.Replace(journey, "id: confirm\n", "id: question\n    was: [confirm]\n", 1), Passage{At: "confirm"}, "question"},
		"reads what is ahead":            {answers, Passage{At: "confirm", Ran: never}, "confirm"},
		"removed":                        {without, Passage{At: "confirm"}, "step `confirm`, where it waits, was removed"},
		"removed, moved to another step": {without, Passage{At: "confirm", Moves: map[string]string{"confirm": "question"}}, "fresh question"},
		"removed, moved to nowhere":      {without, Passage{At: "confirm", Moves: map[string]string{"confirm": "nowhere"}}, "the new version has no step `nowhere`"},
		"removed, moved into a loop":     {without, Passage{At: "confirm", Moves: map[string]string{"confirm": "nudge"}}, "step `nudge` is inside a `repeat` or `parallel` that `confirm` is not in"},
		"out of a loop":                  {without, Passage{At: "nudge", Moves: map[string]string{"nudge": "end"}}, "fresh end"},
		"moved out":                      {without, Passage{At: "confirm", Moves: map[string]string{"confirm": MoveExit}}, "exit"},
		"moves of other steps":           {journey, Passage{At: "confirm", Moves: map[string]string{"again": MoveExit}, Ran: never}, "confirm"},
		"reads what it lacks":            {reads, Passage{At: "confirm", Ran: never}, "step `thanks` reads the result of `greet`, which this enrollment has not been through"},
		"reads what it may lack":         {reads, Passage{At: "confirm"}, "may: step `thanks` reads the result of `greet`, which this enrollment has not been through"},
		"reads what it has":              {reads, Passage{At: "confirm", Ran: past(map[string]string{"lot": "a", "greet": "sent"})}, "step `thanks` reads the result of `greet`, which this enrollment has not been through"},
		"moved to before what is read":   {reads, Passage{At: "confirm", Moves: map[string]string{"confirm": "greet"}, Ran: never}, "fresh greet"},
		"moved behind what is read":      {reads, Passage{At: "confirm", Moves: map[string]string{"confirm": "thanks"}, Ran: never}, "step `thanks` reads the result of `greet`, which this enrollment has not been through"},
		"not at a rest":                  {without, Passage{At: "hello"}, "may: decided at the next step where it waits: `hello` is not one"},
		"another category":               {strings.Replace(journey, "utility", "service", 1), Passage{At: "confirm"}, "the category changed from utility to service"},
		"another category, moved out":    {strings.Replace(journey, "utility", "service", 1), Passage{At: "confirm", Moves: map[string]string{"confirm": MoveExit}}, "exit"},
	} {
		t.Run(name, func(t *testing.T) {
			v := plan(t, c.now).Judge(plan(t, journey), c.w)
			got := v.Why.En
			switch {
			case v.OK && v.Exit:
				got = "exit"
			case v.OK && !v.Sure:
				got = "may: " + got
			case v.OK:
				got = v.Step
				if v.Fresh && c.w.At != "" {
					got = "fresh " + got
				}
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	// What has run under its old name counts, and so does what surely had.
	old := plan(t, greeted)
	renamed := plan(t, strings.Replace(strings.Replace(reads, "id: greet,", "id: welcome, was: [greet],", 1), "steps.greet.", "steps.welcome.", 1))
	if v := renamed.Judge(old, Passage{At: "confirm"}); !v.OK || !v.Sure {
		t.Errorf("what runs on every way to where it waits is not known: %+v", v)
	}
	if v := renamed.Judge(old, Passage{At: "confirm", Ran: past(map[string]string{"greet": "sent"})}); !v.OK {
		t.Errorf("a result under an old name is not known: %+v", v)
	}
	if v := renamed.Judge(old, Passage{At: "confirm", Ran: never}); v.OK {
		t.Error("an enrollment that skipped a step reads its result")
	}
}
