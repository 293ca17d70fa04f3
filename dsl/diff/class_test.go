package diff_test

import (
	"strings"
	"testing"

	"jornada/dsl"
	"jornada/dsl/diff"
)

const visit = `dsl: 1
journey: visit
category: utility
timezone: America/Sao_Paulo
inputs: {starts_at: time, unit: string?}
vars: {tries: 0}
triggers: [{api: true}]
steps:
  - id: lot
    split: {a: 50, b: 50}
    branches: {a: [{id: hello, send: {sms: {text: Bom dia}}}], b: []}
  - id: confirm
    ask: {sms: {text: "Vem?"}, options: [{id: come, title: Sim}, {id: stay, title: Não}], retries: 1, timeout: 1d}
    branches: {come: [{id: thanks, send: {sms: {text: Obrigado}}}], stay: [], timeout: [], other: []}
  - id: tell
    call: {method: POST, url: "https://clinic.example/visits"}
  - id: rest
    wait: {until: inputs.starts_at, offset: -1h}
    branches: {past: []}
  - {id: end, exit: done}
`

// What each sort of edit means for the people inside, as the language says.
func TestClasses(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		class    diff.Class
		words    string
	}{
		"a text":                        {"Obrigado", "Obrigada", diff.Safe, "text by sms of `thanks`: “Obrigado” → “Obrigada”"},
		"retries":                       {"retries: 1", "retries: 2", diff.Safe, "reprompts of `confirm`: 1 → 2"},
		"how long a message is held":    {"triggers:", "delivery: {hold_max: 2h}\ntriggers:", diff.Safe, "longest hold: 1 d → 2 h"},
		"a trigger more":                {"[{api: true}]", "[{api: true}, {called: true}]", diff.Safe, "trigger called added: `called: true`"},
		"a step more":                   {"  - {id: end,", "  - {id: bye, send: {sms: {text: Até}}}\n  - {id: end,", diff.AtNextWait, "new step `bye` (send) after `rest`"},
		"an option more":                {"{id: stay, title: Não}], retries: 1, timeout: 1d}\n    branches: {", "{id: stay, title: Não}, {id: later, title: Depois}], retries: 1, timeout: 1d}\n    branches: {later: [], ", diff.AtNextWait, "option later of `confirm` added: “Depois”"},
		"a wider timeout":               {"timeout: 1d", "timeout: 2d", diff.AtNextWait, "timeout of `confirm`: 1 d → 2 d"},
		"a new name":                    {"id: confirm\n", "id: question\n    was: [confirm]\n", diff.AtNextWait, "step `confirm` is called `question` now"},
		"a step where nobody waits":     {"  - {id: end, exit: done}\n", "", diff.AtNextWait, "step `end` (exit) removed"},
		"where an outcome leads":        {"stay: [], timeout: []", "stay: [], timeout: [{id: lost, exit: lost}]", diff.AtNextWait, "new step `lost` (exit) after `confirm` = timeout, undelivered"},
		"an unhandled failure":          {"/visits\"}\n", "/visits\"}\n    branches: {failed: []}\n", diff.AtNextWait, "`tell` = failed: fails → goes on below"},
		"other shares":                  {"{a: 50, b: 50}", "{a: 30, b: 70}", diff.AtNextWait, "shares of `lot`: a 50, b 50 → a 30, b 70"},
		"an optional input":             {"unit: string?", "unit: string?, note: string?", diff.AtNextWait, "input note added: `string?`"},
		"an input less":                 {", unit: string?", "", diff.AtNextWait, "input unit removed: `string?`"},
		"a variable more":               {"{tries: 0}", "{tries: 0, seen: 0}", diff.AtNextWait, "variable seen added: `int`"},
		"a shorter timeout":             {"timeout: 1d", "timeout: 4h", diff.Timers, "timeout of `confirm`: 1 d → 4 h"},
		"a send window":                 {"triggers:", "delivery: {send_window: {days: mon-fri, from: \"08:00\", to: \"18:00\"}}\ntriggers:", diff.Timers, "send window added: mon tue wed thu fri 08:00–18:00"},
		"a date":                        {"until: inputs.starts_at", "until: inputs.starts_at + days(1)", diff.Timers, "date waited for of `rest`: `inputs.starts_at` → `inputs.starts_at + days(1)`"},
		"a required input":              {"unit: string?", "unit: string?, note: string", diff.Unsafe, "input note added: `string`"},
		"a read of what may be skipped": {"  - id: rest\n", "  - id: rest\n    if: steps.lot.outcome == \"b\" or steps.hello?.outcome == \"sent\"\n", diff.AtNextWait, "guard of `rest` added: `steps.lot.outcome == \"b\" or steps.hello?.outcome == \"sent\"`"},
		"a step that others wait at":    {"  - id: rest\n    wait: {until: inputs.starts_at, offset: -1h}\n    branches: {past: []}\n", "", diff.Refused, "step `rest` (wait) removed"},
		"an option less":                {", {id: stay, title: Não}], retries: 1, timeout: 1d}\n    branches: {come: [{id: thanks, send: {sms: {text: Obrigado}}}], stay: [],", "], retries: 1, timeout: 1d}\n    branches: {come: [{id: thanks, send: {sms: {text: Obrigado}}}],", diff.Refused, "option stay of `confirm` removed: “Não”"},
		"another verb":                  {"    wait: {until: inputs.starts_at, offset: -1h}\n    branches: {past: []}\n", "    send: {sms: {text: Oi}}\n", diff.Refused, "step `rest` is `send` now and was `wait: until`"},
		"another kind of wait":          {"    wait: {until: inputs.starts_at, offset: -1h}\n    branches: {past: []}\n", "    wait: {for: 2h}\n", diff.Refused, "step `rest` is `wait: for` now and was `wait: until`"},
		"a variable's type":             {"{tries: 0}", "{tries: none}", diff.Refused, ""},
		"the category":                  {"category: utility", "category: service", diff.Refused, "category: utility → service"},
		"the entry key":                 {"triggers:", "entry: {key: inputs.starts_at}\ntriggers:", diff.Refused, "entry key: `contact.id` → `inputs.starts_at`"},
		"an input's type":               {"unit: string?", "unit: number?", diff.Refused, "input unit: `string?` → `number?`"},
	} {
		t.Run(name, func(t *testing.T) {
			list := diff.Compare(compile(t, visit), compile(t, edit1(t, c.from, c.to)))
			if list.Worst() != c.class {
				t.Errorf("the class is %s, want %s\n%s", list.Worst(), c.class, report(list))
			}
			if c.words != "" && (len(list) != 1 || list[0].Words.En != c.words) {
				t.Errorf("want %q, got\n%s", c.words, report(list))
			}
			if !c.class.Proved() && list[0].Why.IsZero() && list[len(list)-1].Why.IsZero() {
				t.Error("nobody says why")
			}
		})
	}
}

// A new read of a step that who waits may have skipped is unsafe, and says which;
// one that may be missing is not.
func TestANewReadIsUnsafe(t *testing.T) {
	before := strings.Replace(visit, "  - id: confirm\n", "  - {id: greet, send: {sms: {text: Oi}}}\n  - id: confirm\n", 1)
	read := strings.Replace(before, "text: Obrigado", "text: \"{{ steps.greet.outcome }}\"", 1)
	for name, c := range map[string]struct {
		old, now string
		class    diff.Class
	}{
		"a step that is new, before the wait": {visit, read, diff.Unsafe},
		"a step that has run":                 {before, read, diff.Safe},
		"that may be missing":                 {visit, strings.Replace(read, "steps.greet.outcome", "steps.greet?.outcome ?? 'none'", 1), diff.AtNextWait},
	} {
		t.Run(name, func(t *testing.T) {
			list := diff.Compare(compile(t, c.old), compile(t, c.now))
			if list.Worst() != c.class {
				t.Errorf("%s, want %s\n%s", list.Worst(), c.class, report(list))
			}
			if c.class == diff.Unsafe && !strings.Contains(report(list), "who waits at `confirm` may not have been through `greet`, whose result `thanks` reads") {
				t.Error(report(list))
			}
		})
	}
}

func edit1(t *testing.T, from, to string) string {
	t.Helper()
	text := strings.Replace(visit, from, to, 1)
	if text == visit {
		t.Fatalf("%q is not in the journey", from)
	}
	return text
}

func compile(t *testing.T, text string) *dsl.Plan {
	t.Helper()
	folder, list := dsl.Load([]dsl.File{
		{Path: "workspace.yaml", Content: []byte("workspace: demo\ntimezone: America/Sao_Paulo\ncontact: {}\n")},
		{Path: "visit.journey.yaml", Content: []byte(text)},
	})
	if list.HasErrors() {
		t.Fatal(list)
	}
	return folder.Plans["visit"]
}
