//go:build e2e

package e2e

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

const ana = "paciente-demo-1"

// The day of a patient, by hand on the two pages: once with the mouse, once with
// the keyboard alone.
func TestTheWholeStoryOnThePages(t *testing.T) {
	for _, with := range []hand{mouse, keyboard} {
		t.Run(string(with), func(t *testing.T) {
			t.Parallel()
			p := startDev(t, t.TempDir())
			chromium := openBrowser(t)
			clinic := openTab(t, chromium, p.base+"/dev/clinic/", desktop)
			phone := openTab(t, chromium, p.base+"/phone", desktop)

			// The agenda goes from the clinic's system to the phone's page.
			clinic.sees("#appointments", "Ana")
			agenda := clinic.download(with, "main", "Exportar CSV")
			b, err := os.ReadFile(agenda)
			require.NoError(t, err)
			require.Contains(t, string(b), "Dra. Demo Lima")
			phone.sees("#no-people", "Ninguém por aqui ainda")
			phone.chooseFile(with, "#import", "Importar consultas", agenda)
			phone.sees("#import-result", "4 de 4 linhas importadas")
			phone.sees("#people", "Ana")

			// The question arrives, in the template that WhatsApp approved.
			phone.press(with, "#people", "Ana")
			phone.sees("#bubbles .outbound", "Podemos confirmar?")
			phone.sees("#bubbles .outbound .tag", "appointment_confirm")
			require.Equal(t, []string{"Confirmar", "Remarcar", "Cancelar"},
				eval[[]string](phone, `[...document.querySelectorAll("#bubbles .choices button")].map((b) => b.innerText)`))
			phone.sees("#window", "Janela fechada")

			// The answer opens the window; the directions come as free text.
			phone.press(with, "#bubbles", "Confirmar")
			phone.sees("#bubbles .inbound", "Confirmar")
			phone.sees("#bubbles .outbound", "Combinado! Estamos em Unidade Demo Centro")
			phone.sees("#window", "Janela aberta até")
			require.Equal(t, 1, phone.count("#bubbles .tag"), "the directions are free text, not a template")
			require.Equal(t, "https://maps.example/clinica-demo", eval[string](phone, `document.querySelector("#bubbles a").href`))

			// The clinic's system was told.
			clinic.sees("#calls", "POST /appointments/A001/confirm")
			clinic.sees("#appointments tr:first-child", "confirmada")

			// She came. How was it?
			clinic.press(with, "#appointments", "Compareceu: Ana, A001")
			clinic.sees("#appointments tr:first-child", "compareceu")
			phone.sees("#bubbles .outbound .tag", "post_visit_csat")
			phone.write(with, "#text", "2")
			phone.sees("#bubbles .outbound", "O que faltou no seu atendimento?")
			phone.write(with, "#text", "demorou muito")

			// A low score reaches a person, who deals with it.
			phone.sees("#desk", "CSAT 2: demorou muito")
			phone.sees("#desk-count", "1")
			if with == mouse {
				takePictures(phone, clinic)
			}
			phone.write(with, "#desk .note", "ligamos e pedimos desculpas")
			phone.sees("#no-desk", "Ninguém esperando")

			require.Len(t, p.sent(ana), 4)
			require.Equal(t, []int{4, 3}, []int{phone.count("#bubbles .outbound"), phone.count("#bubbles .inbound")}, "four messages, three answers, and nothing twice")
		})
	}
}

// takePictures takes the two pictures of the README, when asked to: the phone tall
// enough to hold the whole conversation.
func takePictures(phone, clinic *tab) {
	if os.Getenv("JORNADA_SCREENSHOTS") == "" {
		return
	}
	phone.await("everything is delivered", `[...document.querySelectorAll("#bubbles .ticks")].every((tick) => tick.innerText === "✓✓")`)
	for _, p := range []*tab{phone, clinic} {
		eval[bool](p, `document.activeElement.blur(); true`)
	}
	phone.show(look{width: 1280, height: 1130})
	eval[bool](phone, `document.getElementById("conversation").scrollTo(0, 0); true`)
	takePicture(phone.t, phone, "phone.png")
	phone.show(desktop)
	clinic.show(look{width: 1280, height: 660})
	takePicture(clinic.t, clinic, "clinic.png")
	clinic.show(desktop)
}
