package dsl

import (
	"encoding/json"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// TestSameEntry edits a journey and asks whether the same people enter both.
func TestSameEntry(t *testing.T) {
	const workspace = `workspace: demo
timezone: America/Sao_Paulo
contact: {first_name: string, visits: int}
events:
  visit.booked: {starts_at: time, doctor: string}
schedules: {open: {days: mon-fri, from: "08:00", to: "18:00"}}
`
	const journey = `dsl: 1
journey: visit
category: utility
timezone: America/Sao_Paulo
inputs: {starts_at: time}
triggers: [{event: visit.booked, where: 'event.doctor != "" and in_schedule(now, "open")', with: {starts_at: "{{ event.starts_at }}"}}]
audience: contact.visits > 0
steps:
  - {id: hello, send: {sms: {text: Bom dia}}}
`
	plan := func(t *testing.T, workspace, text string) *Plan {
		t.Helper()
		folder, list := Load([]File{{Path: "workspace.yaml", Content: []byte(workspace)}, {Path: "visit.journey.yaml", Content: []byte(text)}})
		if list.HasErrors() {
			t.Fatal(list)
		}
		return folder.Plans["visit"]
	}
	live := plan(t, workspace, journey)
	for name, c := range map[string]struct{ from, to, why string }{
		"unchanged":              {"", "", ""},
		"another step":           {"text: Bom dia", "text: Boa tarde", ""},
		"lines further down":     {"journey: visit\n", "# Why\n# it is so\njourney: visit\n", ""},
		"a name and a variable":  {"category:", "name: Visita\nvars: {tries: 0}\ncategory:", ""},
		"a field more":           {"doctor: string}", "doctor: string, room: string?}", ""},
		"a contact's field more": {"visits: int}", "visits: int, city: string?}", ""},

		"another event's condition": {`event.doctor != ""`, `event.doctor != "Demo"`, "the triggers (`triggers:`) differ"},
		"a trigger more":            {"triggers: [{", "triggers: [{api: true}, {", "the triggers (`triggers:`) differ"},
		"an input more":             {"{starts_at: time}\ntriggers", "{starts_at: time, note: string?}\ntriggers", "the inputs (`inputs:`) differ"},
		"another audience":          {"visits > 0", "visits > 1", "the audience (`audience:`) differs"},
		"no audience":               {"audience: contact.visits > 0\n", "", "the audience (`audience:`) differs"},
		"another key":               {"audience:", "entry: {key: inputs.starts_at}\naudience:", "the entry key (`entry: {key: …}`) differs"},
		"once in a life":            {"audience:", "entry: {reentry: once}\naudience:", "who may enter again (`entry: {overlap: …, reentry: …}`) differs"},
		"another zone":              {"timezone: America/Sao_Paulo\ninputs", "timezone: America/Manaus\ninputs", "the time zone (`timezone:`) differs"},
		"another event":             {"doctor: string}", "doctor: string?}", "the field `doctor` of event `visit.booked` differs"},
		"other contacts":            {"visits: int}", "visits: number}", "the field `visits` of contacts differs"},
		"other hours":               {`from: "08:00"`, `from: "07:00"`, "the opening hours (`schedules:` of the workspace) differ"},
	} {
		t.Run(name, func(t *testing.T) {
			w, text := strings.Replace(workspace, c.from, c.to, 1), strings.Replace(journey, c.from, c.to, 1)
			if c.from != "" && w == workspace && text == journey {
				t.Fatalf("%q is nowhere", c.from)
			}
			if c.from == "" {
				w, text = workspace, journey
			}
			why, same := live.SameEntry(plan(t, w, text))
			if same != (c.why == "") || why.In(diag.English) != c.why || why.IsZero() != same {
				t.Errorf("%v %q, want %q", same, why.In(diag.English), c.why)
			}
		})
	}
	stored, err := json.Marshal(live)
	if err != nil {
		t.Fatal(err)
	}
	var loaded Plan
	if err := json.Unmarshal(stored, &loaded); err != nil {
		t.Fatal(err)
	}
	if why, same := loaded.SameEntry(plan(t, workspace, journey)); !same {
		t.Errorf("a stored version differs from its own text: %s", why.En)
	}
	without := strings.NewReplacer("audience: contact.visits > 0\n", "entry: {key: inputs.starts_at}\n", "send: {sms: {text: Bom dia}}", "wait: {for: 1h}").Replace(journey)
	withOne := strings.Replace(without, "steps:\n", "steps:\n  - {id: first, send: {sms: {text: Oi}}}\n", 1)
	if why, same := plan(t, workspace, without).SameEntry(plan(t, workspace, withOne)); same || why.En != "only one of them needs a contact" {
		t.Errorf("without a contact and with one: %v %q", same, why.En)
	}
}
