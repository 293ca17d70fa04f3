//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A power cut while a patient thinks: the next start goes on where it was, and
// nothing is sent twice.
func TestAKillLosesNothingAndSendsNothingTwice(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	addr := freeAddr(t)
	before := startDevAt(t, addr, data)
	before.importAgenda()
	question := before.awaitSent(ana, 1)
	require.Equal(t, "appointment_confirm", question.Content.Template)
	phone := openTab(t, openBrowser(t), before.base+"/phone#"+ana, desktop)
	phone.expects("net::ERR_CONNECTION_") // while nobody is there
	phone.sees("#bubbles", "Podemos confirmar?")
	before.kill()
	phone.sees("#offline", "Sem contato com o servidor. A página tenta de novo sozinha.")

	after := startDevAt(t, addr, data)
	kept := after.sent(ana)
	require.Len(t, kept, 1)
	require.Equal(t, question.ID, kept[0].ID, "the phone shows what it showed")
	phone.await("the page has found it again", `document.getElementById("offline").hidden`)
	phone.press(mouse, "#bubbles", "Confirmar")
	phone.sees("#bubbles .outbound", "Combinado!")
	after.eventually("the clinic is told", func() bool { return strings.Contains(after.get("/dev/clinic/state"), "/appointments/A001/confirm") })
	after.kill() // and once more, now in the wait for the visit

	last := startDevAt(t, addr, data)
	last.post("/dev/clinic/appointments/A001/completed", struct{}{})
	require.Equal(t, "post_visit_csat", last.awaitSent(ana, 3).Content.Template)
	last.says(ana, "text", "5")
	require.Equal(t, "Obrigado, Ana!", last.awaitSent(ana, 4).Text)
	var texts []string
	for _, i := range last.sent(ana) {
		texts = append(texts, i.StepID)
	}
	require.Equal(t, []string{"confirm", "directions", "rate", "thanks"}, texts)
	require.Equal(t, 1, strings.Count(last.get("/dev/clinic/state"), "/appointments/A001/confirm"), "the clinic was called once")
}

// The same sheet a second time has no second effect.
func TestTheSameSheetTwice(t *testing.T) {
	t.Parallel()
	p := startDev(t, inMemory)
	agenda := p.get("/dev/clinic/appointments.csv")
	path := "/dev/events/import?event=appointment.scheduled"
	require.Contains(t, p.request("POST", path, "text/csv", agenda), `"imported":4`)
	p.awaitSent(ana, 1)
	require.Contains(t, p.request("POST", path, "text/csv", agenda), `"repeated":4`)
	require.Len(t, p.sent(ana), 1)
	require.Equal(t, 0, p.stop(), "Ctrl-C is no failure")
}

const inMemory = ":memory:"

// A second one on the same folder, or on the same address, is told at once.
func TestASecondDevIsToldWhatIsWrong(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := startDev(t, data)
	code, _, stderr := jornada(t, "dev", "--addr", freeAddr(t), "--data", data)
	require.Equal(t, 1, code)
	require.Equal(t, "jornada: --data: another jornada is using "+data+"; stop it, or choose another folder\n", stderr)

	addr := strings.TrimPrefix(p.base, "http://")
	code, _, stderr = jornada(t, "dev", "--addr", addr, "--data", t.TempDir())
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "jornada: --addr "+addr+": ")
	require.Contains(t, stderr, "is another one running? choose another with --addr 127.0.0.1:8081\n")
}

// A wrong command line says which part is wrong and what to write instead, and
// ends with 2.
func TestAWrongCommandLine(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "nothing")
	for _, c := range []struct {
		name  string
		args  []string
		wants []string
	}{
		{"unknown command", []string{"devv"}, []string{`there is no command "devv" (did you mean ` + "`dev`" + `?)`, "`jornada --help` lists them"}},
		{"unknown flag", []string{"dev", "--port", "80"}, []string{"--port", "`jornada dev --help` lists the flags"}},
		{"not a number", []string{"dev", "--speed", "fast"}, []string{"--speed", "fast"}},
		{"too slow", []string{"dev", "--speed", "0"}, []string{"--speed: 0 is not between 0 and 100000; 1440 makes a day pass in a minute"}},
		{"no port", []string{"dev", "--addr", "localhost"}, []string{`--addr: "localhost" is not HOST:PORT; for example 127.0.0.1:8080`}},
		{"the whole world", []string{"dev", "--addr", "0.0.0.0:8080"}, []string{"--addr: ", "listens beyond this machine"}},
		{"no folder", []string{"dev", "--workspace", missing}, []string{"--workspace: ", missing}},
		{"a guessable token", []string{"dev", "--token", "secret"}, []string{"--token: is shorter than 16 characters"}},
		{"two at once", []string{"dev", "--speed", "-1", "--log-format", "xml"}, []string{"--speed: ", `--log-format: "xml" is not text or json`}},
		{"too much", []string{"dev", "clinic"}, []string{"clinic"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := jornada(t, c.args...)
			require.Equal(t, 2, code, stderr)
			require.Empty(t, stdout)
			for _, want := range c.wants {
				require.Contains(t, stderr, want)
			}
			require.NotContains(t, stderr, "goroutine")
		})
	}
}

// A folder with a mistake says where, and what was published stays.
func TestAMistakeOnSaveIsReported(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	source := filepath.Join("..", "..", "..", "examples", "clinic")
	require.NoError(t, os.CopyFS(folder, os.DirFS(source)))
	p := startDev(t, inMemory, "--workspace", folder)
	path := filepath.Join(folder, "confirm_appointment.journey.yaml")
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(good), "otherwise:", "otherwize:", 1)), 0o600))
	p.eventually("the mistake is reported", func() bool {
		return strings.Contains(p.said(), "confirm_appointment.journey.yaml:") && strings.Contains(p.said(), "error[J")
	})
	p.importAgenda() // the last good version goes on, and its system answers
	p.awaitSent(ana, 1)
	p.says(ana, "option", "confirmed")
	p.awaitSent(ana, 2)
}
