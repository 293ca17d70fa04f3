package dsl

import (
	"os"
	"slices"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// A file with twelve different mistakes tells all twelve and nothing else, and
// none is the consequence of another: mending any one of them takes away its
// message and no other. (What they say is in testdata/err/twelve.out.)
func TestTwelveMistakesAreTwelveMessages(t *testing.T) {
	text, err := os.ReadFile("testdata/err/twelve.yaml")
	if err != nil {
		t.Fatal(err)
	}
	base := readFolder(t, "testdata/ok")
	codes := func(text string) []string {
		_, list := Load(append(slices.Clone(base), File{"twelve" + journeySuffix, []byte(text)}))
		var codes []string
		for _, d := range list {
			codes = append(codes, d.Code)
		}
		slices.Sort(codes)
		return codes
	}
	mended := string(text)
	all := codes(mended)
	if distinct := slices.Compact(slices.Clone(all)); len(all) != 12 || len(distinct) != 12 {
		t.Fatalf("%d messages of %d kinds: %v", len(all), len(distinct), all)
	}
	for _, fix := range []struct{ code, old, new string }{
		{"J0401", "{event: apointment.scheduled}", "{event: appointment.scheduled}"},
		{"J0301", "contact.citi", "contact.city"},
		{"J0601", "key: contact.cpf", "key: contact.id"},
		{"J0202", "2 hours", "2h"},
		{"J0302", `> "3"`, "> 3"},
		{"J0405", "wen: x", "when: x"},
		{"J0530", "timeuot", "timeout"},
		{"J0420", "confirmd", "confirmed"},
		{"J0531", "satisfied: [], dissatisfied", "satisfied: [], neutral: [], dissatisfied"},
		{"J0403", "atempts", "attempts"},
		{"J0404", "recepton", "reception"},
		{"J0502", "goto: {step: confirm}", "goto: {step: confirm, max: 1}"},
	} {
		one := strings.Replace(string(text), fix.old, fix.new, 1)
		if one == string(text) {
			t.Fatalf("%q is not in the file", fix.old)
		}
		want := slices.DeleteFunc(slices.Clone(all), func(c string) bool { return c == fix.code })
		if got := codes(one); !slices.Equal(got, want) {
			t.Errorf("mending %s leaves %v, want %v", fix.code, got, want)
		}
		mended = strings.Replace(mended, fix.old, fix.new, 1)
	}
	if left := codes(mended); len(left) > 0 {
		t.Errorf("when all are mended there is still %v", left)
	}
}

// Whatever name is unknown, the one that was probably meant is offered.
func TestUnknownNamesComeWithASuggestion(t *testing.T) {
	base := readFolder(t, "testdata/ok")
	const head = "dsl: 1\njourney: names\ncategory: utility\ntimezone: America/Sao_Paulo\nvars: {attempts: 0}\ninputs: {doctor: string?}\n"
	step := func(s string) string {
		return head + "triggers: [{api: true}]\nsteps:\n  - {id: first, wait: {for: 1h}}\n  - " + s + "\n  - {id: done_now, exit: done}\n"
	}
	for want, text := range map[string]string{
		"journey":               strings.Replace(step("{id: a, wait: {for: 2h}}"), "journey:", "jurney:", 1),
		"utility":               strings.Replace(step("{id: a, wait: {for: 2h}}"), "utility", "utilty", 1),
		"America/Manaus":        strings.Replace(step("{id: a, wait: {for: 2h}}"), "America/Sao_Paulo", "America/Manau", 1),
		"send":                  step("{id: a, sned: {sms: {text: Oi}}}"),
		"whatsapp":              step("{id: a, send: {whatsap: {text: Oi}}}"),
		"template":              step("{id: a, send: {whatsapp: {templat: nps_question}}}"),
		"nps_question":          step("{id: a, send: {whatsapp: {template: nps_qestion, params: {name: x}}}}"),
		"name":                  step("{id: a, send: {whatsapp: {template: nps_question, params: {nome: x}}}}"),
		"first_name":            step(`{id: a, send: {sms: {text: "{{ contact.frist_name }}"}}}`),
		"contact":               step(`{id: a, send: {sms: {text: "{{ contat.first_name }}"}}}`),
		"upper":                 step(`{id: a, send: {sms: {text: "{{ uper(contact.first_name) }}"}}}`),
		"doctor":                step(`{id: a, if: inputs.docter == "x", wait: {for: 1h}}`),
		"first":                 step("{id: a, if: steps.frist.outcome == \"elapsed\", wait: {for: 1h}}"),
		"elapsed":               step("{id: a, if: steps.first.outcome == \"elapsd\", wait: {for: 1h}}"),
		"attempts":              step("{id: a, set: {atempts: \"{{ 1 }}\"}}"),
		"reception":             step("{id: a, handoff: {queue: recption, timeout: 1h}, branches: {timeout: []}}"),
		"timeout":               step("{id: a, handoff: {queue: reception, timeout: 1h}, branches: {timeuot: []}}"),
		"business_hours":        step("{id: a, wait: {schedule: busines_hours}}"),
		"offer_slot":            step("{id: a, enroll: {journey: ofer_slot}}"),
		"slot.freed":            step("{id: a, emit: {event: slot.fred}}"),
		"starts_at":             step("{id: a, emit: {event: slot.freed, data: {start_at: \"{{ now }}\", doctor: x}}}"),
		"city":                  step("{id: a, update: {fields: {citty: x}}}"),
		"string":                strings.Replace(step("{id: a, wait: {for: 2h}}"), "string?", "strin", 1),
		"appointment.scheduled": head + "triggers: [{event: appointment.schedule}]\nsteps: [{id: a, exit: b}]\n",
		"inactive":              head + "triggers: [{segment: inactiv}]\nsteps: [{id: a, exit: b}]\n",
		"a.sms.text":            step("{id: a, send: {sms: {text: Oi}}}") + "translations: {en: {a.sms.txt: Hi}}\n",
	} {
		_, list := Load(append(slices.Clone(base), File{"names" + journeySuffix, []byte(text)}))
		if !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return strings.Contains(d.Suggestion.En, "`"+want+"`") }) {
			t.Errorf("nothing suggests `%s`: %v", want, list)
		}
		if len(list) != 1 {
			t.Errorf("`%s`: %d messages, want one: %v", want, len(list), list)
		}
	}
}
