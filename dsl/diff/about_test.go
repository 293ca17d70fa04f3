package diff_test

import (
	"strings"
	"testing"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/diff"
)

// What people are shown is told in words, and safe for everybody inside.
func TestCards(t *testing.T) {
	old := dsl.CardOf("dsl: 1\njourney: demo\nname: Confirmar\nowner: recepção\ntags: [clínica]\nsteps:\n  - {id: hi, name: Oi, exit: done}\n  - {id: gone, name: Fim, exit: done}\n")
	now := dsl.CardOf("dsl: 1\njourney: demo\nname: Confirmar consulta\ndescription: Um dia antes.\ntags: [clínica, agenda]\nsteps:\n  - {id: hi, name: Olá, exit: done}\n  - {id: fresh, name: Novo, exit: done}\n")
	var said []string
	for _, one := range diff.Cards(old, now) {
		if one.Class != diff.Safe || one.Kind != diff.About {
			t.Errorf("%+v", one)
		}
		said = append(said, one.Step+"|"+one.Words.In(diag.Portuguese), one.Words.In(diag.English))
	}
	want := `|nome da jornada: “Confirmar” → “Confirmar consulta”
name of the journey: “Confirmar” → “Confirmar consulta”
|descrição: incluído: “Um dia antes.”
description added: “Um dia antes.”
|responsável: retirado: “recepção”
owner removed: “recepção”
|etiquetas: “clínica” → “clínica, agenda”
tags: “clínica” → “clínica, agenda”
hi|nome do passo ` + "`hi`" + `: “Oi” → “Olá”
name of step ` + "`hi`" + `: “Oi” → “Olá”`
	if got := strings.Join(said, "\n"); got != want {
		t.Errorf("%s\n\nwanted:\n%s", got, want)
	}
	if again := diff.Cards(now, now); len(again) > 0 {
		t.Errorf("a card differs from itself: %v", again)
	}
}
