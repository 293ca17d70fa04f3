package dsl_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
)

var syncedAt = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

const lockBefore = `# What the provider has approved.
lock: 1
synced_at: "2026-11-20T12:00:00Z"
templates:
  # The question of the day before.
  - name: appointment_confirm
    channel: whatsapp
    language: pt_BR
    category: utility
    status: approved
    params: [name, when, doctor]
    buttons: [Confirmar, Remarcar, Cancelar] # in the order of the provider
    body: "Olá {{name}}, sua consulta com {{doctor}} é {{ when }}. Podemos confirmar?"
  - {name: promo, channel: whatsapp, language: pt_BR, category: utility, status: approved, params: [name], body: "{{name}}, 20%"} # to be dropped in March
  - {name: hello_email, channel: email, category: utility, params: [name], file: templates/hello_email.md}
`

func heardConfirm() dsl.HeardTemplate {
	return dsl.HeardTemplate{
		Channel: "whatsapp", Name: "appointment_confirm", Language: "pt-BR", Category: "utility", Status: "approved",
		Buttons: []string{"Confirmar", "Remarcar", "Cancelar"}, Body: "Olá {{1}}, sua consulta com {{3}} é {{2}}. Podemos confirmar?",
	}
}

func update(t *testing.T, text string, heard ...dsl.HeardTemplate) (string, []dsl.LockChange) {
	t.Helper()
	out, changes, err := dsl.UpdateLock(dsl.File{Path: "templates.lock.yaml", Content: []byte(text)}, heard, syncedAt)
	if err != nil {
		t.Fatal(err)
	}
	if _, list := dsl.ParseWorkspace([]dsl.File{{Path: "templates.lock.yaml", Content: out}, {Path: "templates/hello_email.md", Content: []byte("---\nsubject: x\n---\nOi {{name}}\n")}}); list.HasErrors() {
		t.Fatalf("the checker refuses what was written:\n%s\n%v", out, list)
	}
	return string(out), changes
}

// What says the same keeps its bytes.
func TestUpdateLockKeepsWhatIsRight(t *testing.T) {
	out, changes := update(t, lockBefore, heardConfirm(), dsl.HeardTemplate{Channel: "whatsapp", Name: "gone", Language: "pt_BR", Status: "deleted"})
	if out != lockBefore || len(changes) != 0 {
		t.Errorf("%v\n%s", changes, out)
	}
	out, changes = update(t, "")
	if len(changes) != 0 || out == "" {
		t.Errorf("%v\n%s", changes, out)
	}
}

// Only what changed is written anew, with the names that parameters have here; the
// rest keeps its place and its comments.
func TestUpdateLockChangesEntries(t *testing.T) {
	confirm := heardConfirm()
	confirm.Status, confirm.ChangeTo, confirm.ChangeAt = "paused", "marketing", "2026-11-28T12:00:00Z"
	confirm.Body = "Oi {{1}}, sua consulta com {{3}} é {{2}}, na sala {{4}}."
	confirm.Buttons = []string{"Sim", "Não: depois"}
	out, changes := update(t, lockBefore, confirm,
		dsl.HeardTemplate{Channel: "whatsapp", Name: "promo", Language: "pt_BR", Category: "marketing", Status: "approved", Body: "{{1}}, 20%"},
		dsl.HeardTemplate{Channel: "whatsapp", Name: "nps", Language: "pt_BR", Category: "utility", Status: "pending", Body: "{{nome}}, de 0 a 10?\nObrigado \"{{nome}}\""},
		dsl.HeardTemplate{Channel: "whatsapp", Name: "bye", Language: "pt_BR", Category: "utility", Status: "approved", Body: "Tchau {{1}} {{2}}", Buttons: []string{"Ok"}},
		dsl.HeardTemplate{Channel: "whatsapp", Name: "bye", Language: "pt_BR", Category: "utility", Status: "paused"},
	)
	want := `# What the provider has approved.
lock: 1
synced_at: "2026-11-26T12:00:00Z"
templates:
  # The question of the day before.
  - name: appointment_confirm
    channel: whatsapp
    language: pt_BR
    category: utility
    category_change: {to: marketing, at: "2026-11-28T12:00:00Z"}
    status: paused
    params: [name, when, doctor, "4"]
    buttons: [Sim, "Não: depois"]
    body: "Oi {{name}}, sua consulta com {{doctor}} é {{when}}, na sala {{4}}."
  - {name: promo, channel: whatsapp, language: pt_BR, category: marketing, status: approved, params: [name], body: "{{name}}, 20%"}  # to be dropped in March
  - {name: hello_email, channel: email, category: utility, params: [name], file: templates/hello_email.md}
  - name: bye
    channel: whatsapp
    language: pt_BR
    category: utility
    status: approved
    params: ["1", "2"]
    buttons: [Ok]
    body: "Tchau {{1}} {{2}}"
  - name: nps
    channel: whatsapp
    language: pt_BR
    category: utility
    status: pending
    params: [nome]
    named: true
    body: "{{nome}}, de 0 a 10?\nObrigado \"{{nome}}\""
`
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
	wantChanges := []dsl.LockChange{
		{Name: "appointment_confirm", Language: "pt-BR", Was: "approved", Status: "paused"}, {Name: "promo", Language: "pt_BR", Was: "approved", Status: "approved"},
		{Name: "nps", Language: "pt_BR", New: true, Status: "pending"}, {Name: "bye", Language: "pt_BR", New: true, Status: "approved"},
	}
	if !slices.Equal(changes, wantChanges) {
		t.Errorf("%+v", changes)
	}
	if again, changes := update(t, out, confirm); again != out || len(changes) != 0 {
		t.Errorf("a second time changes %+v", changes)
	}
}

// A file that does not exist yet, an empty list, and texts over several lines.
func TestUpdateLockOfOtherShapes(t *testing.T) {
	bye := dsl.HeardTemplate{Channel: "whatsapp", Name: "bye", Language: "pt_BR", Category: "utility", Status: "approved", Body: "Tchau"}
	for _, text := range []string{"", "lock: 1\n", "lock: 1\ntemplates: []\n", "lock: 1\r\ntemplates:\r\n- {name: a, channel: sms}\r\n"} {
		out, changes := update(t, text, bye)
		if !strings.Contains(out, "  - name: bye\n    channel: whatsapp\n    language: pt_BR\n    category: utility\n    status: approved\n    params: []\n    body: \"Tchau\"\n") || len(changes) != 1 {
			t.Errorf("%q becomes\n%s", text, out)
		}
	}
	block := "lock: 1\ntemplates:\n  - name: bye\n    channel: whatsapp\n    language: pt_BR\n    category: utility\n    status: paused\n    body: |\n      Tchau,\n      Ana\n  # the last one\n  - {name: a, channel: sms}\n"
	out, _ := update(t, block, bye)
	if !strings.Contains(out, "status: approved\n") || !strings.Contains(out, "  # the last one\n  - {name: a, channel: sms}\n") {
		t.Errorf("%s", out)
	}
}

// Whatever a provider's text has in it, the file stays one that the checker reads,
// and a second time changes nothing.
func TestUpdateLockOfOddTexts(t *testing.T) {
	for _, body := range []string{
		`He said "no" \ {{1}}`, "a: b # c {{2}}\n- d\n\n  e", "{{1}}{{99999999999999}}{{0}}", "'{{ 1 }}' ? {{?}}", "\t{{1}}\t", "é 😀 \u2028 {{1}}", "| > & * ! % @ `", "{{nome}} {{1}}",
		strings.Repeat("x", 1024), "bell \x07", "\uFDD0", "null", "yes", "0123", "2026-03-10",
	} {
		heard := dsl.HeardTemplate{Channel: "whatsapp", Name: "odd", Language: "pt_BR", Category: "utility", Status: "approved", Body: body, Buttons: []string{"yes", "no: 1", "#1", "null", "12"}}
		out, changes := update(t, lockBefore, heard)
		if len(changes) != 1 || !strings.HasPrefix(out, "# What the provider has approved.\nlock: 1\n") {
			t.Errorf("%q: %+v\n%s", body, changes, out)
		}
		if again, changes := update(t, out, heard); again != out || len(changes) != 0 {
			t.Errorf("%q changes a second time: %+v\n%s\n%s", body, changes, out, again)
		}
	}
}

func TestUpdateLockRefuses(t *testing.T) {
	bye := dsl.HeardTemplate{Channel: "whatsapp", Name: "bye", Language: "pt_BR", Category: "utility", Status: "approved", Body: "Tchau"}
	_, _, err := dsl.UpdateLock(dsl.File{Path: "templates.lock.yaml", Content: []byte("lock: [")}, []dsl.HeardTemplate{bye}, syncedAt)
	var list diag.List
	if !errors.As(err, &list) {
		t.Errorf("%v", err)
	}
	_, _, err = dsl.UpdateLock(dsl.File{Path: "templates.lock.yaml", Content: []byte("lock: 1\ntemplates: [{name: a, channel: sms}]\n")}, []dsl.HeardTemplate{bye}, syncedAt)
	if err == nil || !strings.Contains(err.Error(), "write its entries on lines of their own") {
		t.Errorf("%v", err)
	}
}
