package dsl

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"github.com/stretchr/testify/require"
)

// The schemas are compared with what an independent validator makes of them, as
// editors do: with the values that the YAML 1.2 core schema sees.

var coreNumber = regexp.MustCompile(`^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$`)

func asEditorsRead(n *node) any {
	switch {
	case n.kind == listNode:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = asEditorsRead(item)
		}
		return list
	case n.kind == mappingNode:
		object := make(map[string]any, len(n.keys))
		for i, key := range n.keys {
			object[key.value] = asEditorsRead(n.items[i])
		}
		return object
	case n.null():
		return nil
	case n.style != plainStyle:
		return n.value
	case n.value == "true" || n.value == "false":
		return n.value == "true"
	case coreNumber.MatchString(n.value):
		var f float64
		_, _ = fmt.Sscan(n.value, &f)
		return f
	}
	return n.value
}

func compiledSchema(t testing.TB, source []byte) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(source)))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("schema.json", document))
	schema, err := c.Compile("schema.json")
	require.NoError(t, err)
	return schema
}

// schemaErrors are the lines that an editor would show: the place, as a path of
// keys, of every rule that is broken.
func schemaErrors(t testing.TB, schema *jsonschema.Schema, source string) []string {
	t.Helper()
	r := &reporter{}
	root := readYAML(File{"x.yaml", []byte(source)}, r)
	require.Empty(t, r.list, source)
	err := schema.Validate(asEditorsRead(root))
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	require.ErrorAs(t, err, &invalid)
	var places []string
	var visit func(e *jsonschema.ValidationError)
	visit = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			visit(cause)
		}
		if len(e.Causes) > 0 {
			return
		}
		at := "/" + strings.Join(e.InstanceLocation, "/")
		switch k := e.ErrorKind.(type) {
		case *kind.AdditionalProperties: // shown at the key
			for _, key := range k.Properties {
				places = append(places, path.Join(at, key)+" unknown")
			}
		case *kind.Required:
			for _, key := range k.Missing {
				places = append(places, at+" needs "+key)
			}
		default:
			places = append(places, at)
		}
	}
	visit(invalid)
	return places
}

// Every file of the good examples and of the specification is valid.
func TestExamplesFitTheirSchemas(t *testing.T) {
	schemas := map[string]*jsonschema.Schema{
		journeySuffix: compiledSchema(t, Schema()), workspaceFile: compiledSchema(t, WorkspaceSchema()), lockFile: compiledSchema(t, LockSchema()),
		scenarioSuffix: compiledSchema(t, ScenarioSchema()),
	}
	seen := map[string]int{}
	for _, root := range []string{"testdata/ok", "../examples", "graph/testdata/workspace"} {
		for _, f := range readFolder(t, root) {
			if strings.HasPrefix(f.Path, "invalid/") {
				continue // wrong on purpose
			}
			for suffix, schema := range schemas {
				if strings.HasSuffix(f.Path, suffix) {
					seen[suffix]++
					require.Empty(t, schemaErrors(t, schema, string(f.Content)), "%s/%s", root, f.Path)
				}
			}
		}
	}
	require.GreaterOrEqual(t, seen[journeySuffix], 13)
	require.GreaterOrEqual(t, seen[workspaceFile], 3)
	require.GreaterOrEqual(t, seen[lockFile], 2)
	require.GreaterOrEqual(t, seen[scenarioSuffix], 5)
}

// One mistake breaks one rule, at the smallest thing that is wrong.
func TestOneMistakeIsOneLineInEditors(t *testing.T) {
	const journey = `dsl: 1
journey: sample
category: utility
timezone: America/Sao_Paulo
inputs: {starts_at: time}
triggers:
  - {event: appointment.scheduled}
entry: {overlap: replace}
delivery: {send_window: {days: [mon, tue], from: "09:00", to: "20:00"}, frequency_cap: {max: 1, per: 7d}}
goals: [{id: paid, event: order.paid, exit: true}]
exits: [{id: off, event: appointment.cancelled}]
steps:
  - id: hello
    send: {whatsapp: {template: hi}, fallback: [{sms: {text: Oi}}]}
  - id: rest
    wait: {for: 2h}
  - id: like
    ask: {sms: {text: "?"}, scale: csat, timeout: 1d}
    branches: {satisfied: [{id: yes_end, exit: good}], otherwise: []}
  - {id: which, switch: [{case: a, when: true}]}
  - {id: tell, call: {method: POST, url: "https://x.example"}}
  - {id: bye, exit: done}
`
	const workspace = `workspace: sample
timezone: America/Sao_Paulo
contact: {city: string?}
queues: [reception]
channels: {whatsapp: {number: main}, email: {from: oi@clinica.example}}
delivery: {marketing: {hold_max: 2h}}
schedules: {open: {days: all, from: "08:00", to: "18:00"}}
`
	const lock = `lock: 1
templates:
  - {name: hi, channel: whatsapp, category: utility, params: [name]}
`
	schemas := map[string]*jsonschema.Schema{
		journey: compiledSchema(t, Schema()), workspace: compiledSchema(t, WorkspaceSchema()), lock: compiledSchema(t, LockSchema()),
	}
	const scenario = `test: sample
defaults: {now: "2026-03-09T10:00", contact: {first_name: Ana}}
cases:
  - name: answers
    script:
      - {expect: confirm, via: whatsapp, params: {when: 11/03 14:00}}
      - {after: 12m, reply: {option: confirmed}}
      - {expect: save, respond: {status: 200}}
    end: done
    sent: []
`
	schemas[scenario] = compiledSchema(t, ScenarioSchema())
	for _, c := range []struct{ base, old, new, want string }{
		{journey, "journey: sample", "jorney: sample", "/jorney unknown"},
		{journey, "journey: sample\n", "", "/ needs journey"},
		{journey, "dsl: 1", "dsl: 2", "/dsl"},
		{journey, "category: utility", "category: utilty", "/category"},
		{journey, "journey: sample", "journey: Sample!", "/journey"},
		{journey, "journey: sample", "journey: steps", "/journey"},
		{journey, "{event: appointment.scheduled}", "{event: x, api: true}", "/triggers/0/api"},
		{journey, "{event: appointment.scheduled}", "{where: a == b}", "/triggers/0 needs event | inbound | segment | schedule | api | called"},
		{journey, "{event: appointment.scheduled}", "{evnt: x}", "/triggers/0/evnt unknown"},
		{journey, "{event: appointment.scheduled}", "{schedule: {cron: 0 9 * * mon, at: \"2026-11-27T08:00\"}, segment: vip}", "/triggers/0/schedule/at"},
		{journey, "overlap: replace", "overlap: replaced", "/entry/overlap"},
		{journey, "days: [mon, tue]", "days: {mon: 1}", "/delivery/send_window/days"},
		{journey, "from: \"09:00\", ", "", "/delivery/send_window needs from"},
		{journey, "max: 1, per: 7d", "max: none, per: 7d", "/delivery/frequency_cap/max"},
		{journey, "max: 1, per: 7d", "max: 1, per: 7 days", "/delivery/frequency_cap/per"},
		{journey, ", exit: true}", ", exit: maybe}", "/goals/0/exit"},
		{journey, "{id: off, event: appointment.cancelled}", "{id: off, event: x, failure: true}", "/exits/0/failure"},
		{journey, "    send: {whatsapp: {template: hi}, fallback: [{sms: {text: Oi}}]}\n", "", "/steps/0 needs " + strings.Join(verbNames(), " | ")},
		{journey, "    wait: {for: 2h}\n", "    wait: {for: 2h}\n    exit: done\n", "/steps/1/exit"},
		{journey, "    send: {", "    sned: {", "/steps/0/sned unknown"},
		{journey, "  - id: hello\n    send", "  - send", "/steps/0 needs id"},
		{journey, "whatsapp: {template: hi}", "whatsapp: {template: hi, text: Oi}", "/steps/0/send/whatsapp/text"},
		{journey, "whatsapp: {template: hi}", "whatsapp: {params: {}}", "/steps/0/send/whatsapp needs template | location | reaction | text | media"},
		{journey, "whatsapp: {template: hi}", "whatsap: {template: hi}", "/steps/0/send/whatsap unknown"},
		{journey, "whatsapp: {template: hi}, ", "", "/steps/0/send needs " + strings.Join(channelNames(), " | ")},
		{journey, "[{sms: {text: Oi}}]", "[{sms: {txt: Oi}}]", "/steps/0/send/fallback/0/sms/txt unknown"},
		{journey, "[{sms: {text: Oi}}]", "{sms: {text: Oi}}", "/steps/0/send/fallback"},
		{journey, "{for: 2h}", "{for: two hours}", "/steps/1/wait/for"},
		{journey, "{for: 2h}", "{for: 2h, schedule: open}", "/steps/1/wait/schedule"},
		{journey, "{for: 2h}", "{offset: 2h}", "/steps/1/wait needs for | until | schedule | events"},
		{journey, "{for: 2h}", "{events: {a: {event: x, reply: sms}}, timeout: 1d}", "/steps/1/wait/events/a/reply"},
		{journey, "{for: 2h}", "2h", "/steps/1/wait"},
		{journey, "scale: csat", "scale: cast", "/steps/2/ask/scale"},
		{journey, "scale: csat", "scale: {min: 1}", "/steps/2/ask/scale needs max"},
		{journey, "scale: csat", "scale: {min: 1, max: 5, lo: bad}", "/steps/2/ask/scale/lo unknown"},
		{journey, "scale: csat", "scale: csat, accept: text", "/steps/2/ask/accept"},
		{journey, "scale: csat, ", "", "/steps/2/ask needs options | scale | accept"},
		{journey, "scale: csat", "options: [{id: a}]", "/steps/2/ask/options/0 needs title"},
		{journey, "[{id: yes_end, exit: good}]", "[{id: yes_end, exits: good}]", "/steps/2/branches/satisfied/0/exits unknown"},
		{journey, "[{id: yes_end, exit: good}]", "good", "/steps/2/branches/satisfied"},
		{journey, "[{case: a, when: true}]", "[{cas: a, when: true}]", "/steps/3/switch/0/cas unknown"},
		{journey, "method: POST", "method: SEND", "/steps/4/call/method"},
		{workspace, "timezone: America", "time_zone: America", "/time_zone unknown"},
		{workspace, "queues: [reception]", "queues: reception", "/queues"},
		{workspace, "{number: main}", "{from: main}", "/channels/whatsapp/from unknown"},
		{workspace, "email: {", "mail: {", "/channels/mail unknown"},
		{workspace, "marketing: {", "promo: {", "/delivery/promo unknown"},
		{workspace, ", to: \"18:00\"", "", "/schedules/open needs to"},
		{lock, "lock: 1", "lock: 2", "/lock"},
		{lock, "channel: whatsapp", "channel: wapp", "/templates/0/channel"},
		{lock, "name: hi, ", "", "/templates/0 needs name"},
		{lock, "params: [name]", "params: name", "/templates/0/params"},
		{scenario, "test: sample\n", "", "/ needs test"},
		{scenario, "cases:", "case:", "/case unknown"},
		{scenario, "now: ", "when: ", "/defaults/when unknown"},
		{scenario, "after: 12m", "after: soon", "/cases/0/script/1/after"},
		{scenario, "{option: confirmed}", "{button: confirmed}", "/cases/0/script/1/reply/button unknown"},
		{scenario, "{status: 200}", "{status: ok}", "/cases/0/script/2/respond/status"},
		{scenario, "after: 12m, reply: {option: confirmed}", "expect: a, event: b", "/cases/0/script/1/event"},
		{scenario, "after: 12m, reply: {option: confirmed}", "after: 12m", "/cases/0/script/1 needs expect | finish | skipped | reply | status | event"},
		{scenario, "sent: []", "sent: none", "/cases/0/sent"},
	} {
		t.Run(c.want+" "+c.new, func(t *testing.T) {
			schema := schemas[c.base]
			require.Empty(t, schemaErrors(t, schema, c.base))
			require.Contains(t, c.base, c.old)
			require.Equal(t, []string{c.want}, schemaErrors(t, schema, strings.Replace(c.base, c.old, c.new, 1)))
		})
	}
}
