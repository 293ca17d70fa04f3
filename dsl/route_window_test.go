package dsl

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What an author is told beside a message is what the rule proves.
func TestWindows(t *testing.T) {
	const journey = `dsl: 1
journey: sample
category: utility
timezone: America/Sao_Paulo
triggers: [{event: appointment.scheduled}]
steps:
  - id: confirm
    ask: {whatsapp: {template: appointment_confirm, params: {name: a, when: b, doctor: c}}, options: [{id: yes_please, title: Confirmar}, {id: later, title: Remarcar}, {id: never, title: Cancelar}], timeout: 2h}
    branches:
      yes_please: [{id: thanks, send: {whatsapp: {text: Obrigado}}}]
      otherwise: []
  - {id: tell, send: {sms: {text: Oi}, fallback: [{whatsapp: {text: Oi, closed: {template: review_invite, params: {name: a}}}}]}}
  - {id: last, send: {whatsapp: {text: Tchau}}}
`
	for name, c := range map[string]struct {
		edit []string // pairs for strings.NewReplacer
		want []string
	}{
		"beside an error of the window itself": {nil, []string{
			"confirm 0 whatsapp closed template=true instead= nothing makes the contact write before `confirm`",
			"last 0 whatsapp closed template=false instead= the contact may not have written before, for example: confirm=timeout → last",
			"tell 1 whatsapp closed template=false instead=review_invite the contact may not have written before, for example: confirm=timeout → tell",
			"thanks 0 whatsapp open for 23h55m0s template=false instead=",
		}},
		"beside another error": {[]string{"{id: last, send: {whatsapp: {text: Tchau}}}", "{id: last, send: {sms: {text: \"{{ nobody }}\"}}}"}, []string{
			"confirm 0 whatsapp closed template=true instead= nothing makes the contact write before `confirm`",
			"tell 1 whatsapp closed template=false instead=review_invite the contact may not have written before, for example: confirm=timeout → tell",
			"thanks 0 whatsapp open for 23h55m0s template=false instead=",
		}},
		"a step that does nothing": {[]string{"send: {whatsapp: {text: Tchau}}", "name: Nada"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			files := slices.DeleteFunc(readFolder(t, "testdata/ok"), func(f File) bool { return strings.HasSuffix(f.Path, journeySuffix) })
			folder, _ := Load(append(files, File{"sample.journey.yaml", []byte(strings.NewReplacer(c.edit...).Replace(journey))}))
			var got []string
			for _, w := range folder.Windows("sample") {
				state := "closed"
				if w.Open {
					state = "open for " + w.Left.String()
				}
				got = append(got, strings.TrimSuffix(fmt.Sprintf("%s %d %s %s template=%t instead=%s %s", w.StepID, w.Route, w.Channel, state, w.Template, w.Closed, w.Why.En), " "))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("windows:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
	if folder, _ := Load(nil); folder.Windows("nobody") != nil {
		t.Error("an unknown journey has no windows")
	}
}

// Where the workspace may send own text at any time, no window is in doubt.
func TestWindowsNobodyNeeds(t *testing.T) {
	files := readFolder(t, "testdata/ok")
	for i, f := range files {
		files[i].Content = []byte(strings.Replace(string(f.Content), "free_form: window", "free_form: always", 1))
	}
	folder, _ := Load(files)
	for _, w := range folder.Windows("nps_recovery") {
		if !w.Open || !w.Why.IsZero() {
			t.Errorf("%s: %+v", w.StepID, w)
		}
	}
}
