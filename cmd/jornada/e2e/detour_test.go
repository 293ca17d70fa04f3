//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A sheet with bad rows: the good ones are taken, the bad ones come back with
// their line and the reason; a sheet of something else is refused in words; and
// the corrected sheet takes the rest.
func TestABadSheetIsExplainedOnThePage(t *testing.T) {
	t.Parallel()
	p := startDev(t, inMemory)
	phone := openTab(t, openBrowser(t), p.base+"/phone", desktop)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	agenda := p.get("/dev/clinic/appointments.csv")
	lines := strings.Split(agenda, "\n")
	cells := strings.Split(lines[2], ",") // Bruno's
	cells[9] = "amanhã cedo"
	lines[2] = strings.Join(cells, ",")

	phone.chooseFile(mouse, "#import", "Importar consultas", file("ruim.csv", strings.Join(lines, "\n")))
	phone.sees("#import-result", "3 de 4 linhas importadas")
	phone.sees("#import-result .bad", "Linha 3, coluna starts_at: ")
	phone.sees("#people", "Ana")
	require.Zero(t, phone.count(`#people [data-contact="paciente-demo-2"]`), "a bad row makes no contact")

	phone.chooseFile(mouse, "#import", "Importar consultas", file("corrigida.csv", agenda))
	phone.sees("#import-result", "4 de 4 linhas importadas, 3 já conhecidas")
	phone.sees("#people", "Bruno")

	phone.expects("422") // the browser logs every refusal
	phone.chooseFile(mouse, "#import", "Importar consultas", file("outra.csv", "produto;preço\nmaçã;2\n"))
	phone.sees("#import-result .bad", "produto")
}

// The provider, played on the phone: a message that was delivered can be read,
// and can no longer fail.
func TestTheProviderIsPlayedOnThePhone(t *testing.T) {
	t.Parallel()
	p := startDev(t, inMemory)
	p.importAgenda()
	phone := openTab(t, openBrowser(t), p.base+"/phone#"+ana, desktop)
	phone.await("the question is delivered", `document.querySelector("#bubbles .ticks")?.getAttribute("aria-label") === "entregue"`)
	phone.press(keyboard, "#bubbles", "passo confirm · simular o provedor")
	require.Zero(t, eval[int](phone, `[...document.querySelectorAll(".provider button")].filter((b) => b.innerText === "Falhar esta mensagem").length`))
	phone.press(keyboard, "#bubbles", "Marcar como lida")
	phone.await("it is read", `document.querySelector("#bubbles .ticks")?.getAttribute("aria-label") === "lida"`)
	phone.press(mouse, ".tabs", "SMS")
	phone.sees("#bubbles", "Nenhum SMS.")
	phone.sees("#window", "Este canal não tem janela")
}

// Who cannot come is passed to the front desk, and who cancels is asked nothing
// more.
func TestOtherAnswers(t *testing.T) {
	t.Parallel()
	p := startDev(t, inMemory)
	p.importAgenda()
	p.awaitSent("paciente-demo-2", 1)
	p.awaitSent("paciente-demo-3", 1)
	chromium := openBrowser(t)
	phone := openTab(t, chromium, p.base+"/phone#paciente-demo-2", desktop)
	phone.press(mouse, "#bubbles", "Remarcar")
	phone.sees("#desk", "Consulta A002: reschedule")
	phone.sees("#desk .chip", "reception")
	phone.press(keyboard, "#desk", "Concluir")
	phone.sees("#no-desk", "Ninguém esperando")

	clinic := openTab(t, chromium, p.base+"/dev/clinic/", desktop)
	clinic.press(mouse, "#appointments", "Cancelar: Carla, A003")
	clinic.sees("#appointments", "cancelada")
	phone.press(mouse, "#people", "Carla")
	phone.press(mouse, "#bubbles", "Confirmar")
	phone.sees("#bubbles .inbound", "Confirmar")
	require.NotContains(t, p.get("/dev/clinic/state"), "/appointments/A003/confirm")
	require.Len(t, p.sent("paciente-demo-3"), 1)
}
