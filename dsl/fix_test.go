package dsl

import (
	"slices"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// Texts of SMS lose their accents and nothing else of the file changes; then the
// checker has no more to say about them.
func TestPlainSMS(t *testing.T) {
	const journey = "\ufeffdsl: 1 # olá\r\njourney: plain\r\nname: Ação\r\ncategory: utility\r\ntimezone: UTC\r\ntriggers: [{api: true}]\r\n" +
		"translations: {en: {a.sms.text: \"It’s “now” – {{ contact.city ?? 'x' }}\"}}\r\nsteps:\r\n" +
		"  - {id: a, send: {sms: {text: 'Olá, {{ contact.city ?? \"São\" }}: é já’ …'}}} # não\r\n" +
		"  - {id: b, send: {sms: {text: \"a\\u00e7\\u00e3o\"}}}\r\n" +
		"  - id: c\r\n    send:\r\n      sms:\r\n        text: >\r\n          Até\r\n          amanhã 😀\r\n" +
		"  - {id: d, send: {whatsapp: {template: nps_question, params: {name: Olá}}}}\r\n"
	want := strings.NewReplacer(
		"It’s “now” –", `It's \"now\" -`, "'Olá, {{", "'Ola, {{", "é já’ …'", "é ja'' ...'", `a\u00e7\u00e3o`, "acao", "amanhã 😀", "amanha 😀",
	).Replace(journey)
	fixed, changed := PlainSMS(File{"plain" + journeySuffix, []byte(journey)})
	if string(fixed.Content) != want || changed != 11 {
		t.Errorf("%d changes\n%q\n%q", changed, fixed.Content, want)
	}
	again, more := PlainSMS(fixed)
	if more != 0 || string(again.Content) != want {
		t.Errorf("a second time changes %d more", more)
	}
	_, list := Load(append(readFolder(t, "testdata/ok"), fixed))
	list = slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.StepID == "c" }) // the emoji stays
	if len(list) > 0 {
		t.Error(list)
	}
	for _, broken := range []string{"", "[", "\x00", "dsl: 1\nsteps: [{id: a, send: {sms: {text: \"á {{ \"}}}]\n"} {
		if same, n := PlainSMS(File{"x" + journeySuffix, []byte(broken)}); n != 0 || string(same.Content) != broken {
			t.Errorf("%q became %q", broken, same.Content)
		}
	}
}
