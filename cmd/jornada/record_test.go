package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/dsl/diag"
	"jornada/examples/clinic"
)

// recorded runs `jornada test --record` against the rig.
func (r *rig) recorded(enrollment string) string {
	r.t.Helper()
	var out, problems bytes.Buffer
	root := newRoot(&terminal{in: strings.NewReader(""), out: &out, err: &problems, language: diag.English})
	root.SetArgs([]string{"test", "--record", enrollment, "--server", r.server.URL, "--token", r.token})
	require.NoError(r.t, root.ExecuteContext(r.ctx), "%s\n%s", out.String(), problems.String())
	return out.String()
}

// Real passages through the demo clinic's journey become scenario tests that pass,
// with nothing of the real person in them.
func TestPassagesAreRecordedAsTests(t *testing.T) {
	eachBackend(t, func(t *testing.T, on backend) {
		d := newDemoClinic(t, on, rigOptions{})
		person := func(n int) string {
			id := fmt.Sprintf("paciente-canario-%d", n)
			d.ok("PUT", "/api/v1/contacts/"+id, fmt.Sprintf(`{"attributes":{"first_name":"Zoraide","name":"Zoraide Canário","city":"Demo"},
				"addresses":{"phone":"+551190000753%d","email":"zoraide%d@canario.example"},"opt_in":{"whatsapp":true,"sms":true,"email":true}}`, n, n))
			return id
		}
		event := func(contact, name, appointment string) {
			d.ok("POST", "/api/v1/events", fmt.Sprintf(`{"event":%q,"id":%q,"contact_id":%q,"data":{"appointment_id":%q,"starts_at":%q,
				"doctor":"Dra. Canário Real","specialty":"demo","unit":{"name":"Casa da Zoraide","map_url":"https://m.example/zoraide"}}}`,
				name, name+appointment, contact, appointment, d.clock.Now().Add(20*time.Hour).Format(time.RFC3339)))
		}
		step := func(contact, want string) {
			d.eventually(contact+" is at "+want, func() bool { return d.enrollments(contact, "confirm_appointment")[0].CurrentStep == want })
		}
		ended := func(contact, want string) string {
			d.eventually(contact+" ends", func() bool { return d.enrollments(contact, "confirm_appointment")[0].Status == "exited" })
			e := d.enrollments(contact, "confirm_appointment")[0]
			require.Equal(t, want, e.Outcome)
			return e.ID
		}

		// Confirms on WhatsApp, comes, is not happy, and says why.
		one := person(1)
		event(one, "appointment.scheduled", "A001")
		d.sent(one, 1)
		d.says(one, "whatsapp", "option", "confirmed")
		d.sent(one, 2)
		step(one, "visit")
		d.jump(3 * time.Hour)
		event(one, "appointment.completed", "A001")
		d.sent(one, 3)
		d.says(one, "whatsapp", "text", "2")
		d.sent(one, 4)
		d.jump(11 * time.Minute)
		d.says(one, "whatsapp", "text", "a poltrona azul rangia, meu CPF é 111.444.777-35")
		d.eventually("the desk hears of it", func() bool { return len(d.handoffs("quality")) == 1 })
		d.ok("POST", "/api/v1/handoffs/"+d.handoffs("quality")[0].ID+"/resolve", `{"resolution":"resolved","note":"falamos com Zoraide"}`)
		unhappy := d.recorded(ended(one, "done"))

		// WhatsApp does not reach them; on SMS they are asked twice, and want another day.
		two := person(2)
		event(two, "appointment.scheduled", "A002")
		first := d.sent(two, 1)
		d.ok("POST", "/dev/status", fmt.Sprintf(`{"message_id":%q,"status":"failed","error_code":"131026"}`, first.ID))
		d.sent(two, 2)
		d.says(two, "sms", "text", "quem é? aqui é a Zoraide")
		d.sent(two, 3)
		d.says(two, "sms", "text", "remarcar")
		d.eventually("the front desk has work", func() bool { return len(d.handoffs("reception")) == 1 })
		underWay := d.recorded(d.enrollments(two, "confirm_appointment")[0].ID)
		d.ok("POST", "/api/v1/handoffs/"+d.handoffs("reception")[0].ID+"/resolve", `{"resolution":"resolved"}`)
		step(two, "visit")
		event(two, "appointment.no_show", "A002")
		rebooked := d.recorded(ended(two, "no_show"))

		// Called off while the question is open.
		three := person(3)
		event(three, "appointment.scheduled", "A003")
		d.sent(three, 1)
		event(three, "appointment.cancelled", "A003")
		calledOff := ended(three, "called_off")
		cancelled := d.recorded(calledOff)
		again := d.recorded(calledOff)
		require.Equal(t, cancelled, again, "the same every time")

		dir := filepath.Join(t.TempDir(), "clinic")
		require.NoError(t, os.CopyFS(dir, clinic.Files()))
		for name, text := range map[string]string{"unhappy": unhappy, "under_way": underWay, "rebooked": rebooked, "called_off": cancelled} {
			for _, canary := range append(canaries, "Zoraide", "zoraide", "Canário", "canario", "CANARIO", "A001", "A002", "A003", "55119000075", "Real", "poltrona", "rangia", one, two, three) {
				require.NotContains(t, text, canary, name)
			}
			require.NoError(t, os.WriteFile(filepath.Join(dir, name+".test.yaml"), []byte(text), 0o600))
		}
		for _, want := range []string{"reply: {option: confirmed, via: whatsapp}", "event: appointment.completed", "after: 11m", `text: "2"`, "finish: resolved", "end: done", "respond: {status: 200}"} {
			require.Contains(t, unhappy, want)
		}
		require.Regexp(t, `(?s)via: whatsapp.*status: undeliverable.*via: sms.*reply.*via: sms.*option: reschedule`, rebooked)
		require.Contains(t, underWay, "stop: true")

		tests, err := findTests(&terminal{out: &bytes.Buffer{}, err: &bytes.Buffer{}}, []string{dir})
		require.NoError(t, err)
		report, err := tests.play(t.Context(), regexp.MustCompile("^recorded "))
		require.NoError(t, err)
		require.Equal(t, 4, report.Cases)
		var failures bytes.Buffer
		require.NoError(t, report.print(&failures, "text"))
		require.Zero(t, report.Failed, failures.String())
	})
}
