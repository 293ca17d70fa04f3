package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
	"jornada/examples/clinic"
)

// demoClinic is a rig with the demo clinic's journeys and its system.
type demoClinic struct {
	*rig
	system *httptest.Server
}

func newDemoClinic(t testing.TB, on backend, o rigOptions) *demoClinic {
	t.Helper()
	d := &demoClinic{}
	var handler http.Handler
	d.system = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(d.system.Close)
	o.secrets = map[string]string{"clinic_system": d.system.URL}
	d.rig = newRig(t, on, o)
	system, err := clinic.NewSystem(clinic.Options{
		Now: d.clock.Now,
		Emit: func(ctx context.Context, event, id, contact string, data map[string]any) error {
			body, err := json.Marshal(map[string]any{"event": event, "id": id, "contact_id": contact, "data": data})
			require.NoError(t, err)
			d.ok("POST", "/api/v1/events", string(body))
			return nil
		},
	})
	require.NoError(t, err)
	handler = system
	d.publishFiles(demoFiles(t))
	return d
}

func demoFiles(t testing.TB) map[string]string {
	t.Helper()
	files, err := readFolder(clinic.Files())
	require.NoError(t, err)
	m := map[string]string{}
	for _, f := range files {
		m[f.Path] = string(f.Content)
	}
	return m
}

// bubble is a line of the phone.
type bubble struct {
	ID, Direction, Channel, Text, Status string
	StepID                               string `json:"step_id"`
	Content                              engine.Content
}

func (r *rig) phone(contact string) []bubble {
	r.t.Helper()
	var view struct{ Items []bubble }
	require.NoError(r.t, json.Unmarshal([]byte(r.ok("GET", "/dev/outbox?contact_id="+url.QueryEscape(contact), "")), &view))
	return view.Items
}

// sent waits for the n-th message to a contact and returns it.
func (r *rig) sent(contact string, n int) bubble {
	r.t.Helper()
	var got bubble
	r.eventually(fmt.Sprintf("message %d to %s", n, contact), func() bool {
		seen := 0
		for _, b := range r.phone(contact) {
			if b.Direction == "outbound" {
				if seen++; seen == n {
					got = b
					return true
				}
			}
		}
		return false
	})
	return got
}

func (r *rig) says(contact, channel, field, value string) {
	r.t.Helper()
	r.ok("POST", "/dev/inbound", fmt.Sprintf(`{"contact_id":%q,"channel":%q,%q:%q}`, contact, channel, field, value))
}

type enrollmentView struct {
	ID, Status, Outcome, Journey string
	CurrentStep                  string `json:"current_step"`
	Timeline                     []engine.TimelineEntry
}

func (r *rig) enrollments(contact, journey string) []enrollmentView {
	r.t.Helper()
	var view struct{ Items []enrollmentView }
	require.NoError(r.t, json.Unmarshal([]byte(r.ok("GET", "/api/v1/enrollments?contact_id="+contact+"&journey="+journey, "")), &view))
	return view.Items
}

type handoffView struct{ ID, Queue, Note, State string }

func (r *rig) handoffs(queue string) []handoffView {
	r.t.Helper()
	var view struct{ Items []handoffView }
	require.NoError(r.t, json.Unmarshal([]byte(r.ok("GET", "/api/v1/handoffs?state=open&queue="+queue, "")), &view))
	return view.Items
}

func get(t testing.TB, address string) string {
	t.Helper()
	resp, err := http.Get(address)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	b := new(strings.Builder)
	_, err = fmt.Fprint(b, readAll(t, resp))
	require.NoError(t, err)
	return b.String()
}

func readAll(t testing.TB, resp *http.Response) string {
	t.Helper()
	b := make([]byte, 0, 4096)
	buf := make([]byte, 4096)
	for {
		n, err := resp.Body.Read(buf)
		b = append(b, buf[:n]...)
		if err != nil {
			return string(b)
		}
	}
}

func eachBackend(t *testing.T, test func(t *testing.T, on backend)) {
	for _, on := range []backend{onSQLite, onPostgres} {
		t.Run(string(on), func(t *testing.T) { test(t, on) })
	}
}

// The day of a patient: the agenda is imported, the question arrives with its
// three buttons, the answer reaches the clinic's system, the directions follow
// inside the window, the survey after the visit, the low score at the desk.
func TestAnAppointmentIsConfirmed(t *testing.T) {
	eachBackend(t, func(t *testing.T, on backend) {
		d := newDemoClinic(t, on, rigOptions{})
		const ana = "paciente-demo-1"
		answer := d.ok("POST", "/api/v1/events/import?event=appointment.scheduled", get(t, d.system.URL+"/appointments.csv"), "text/csv")
		require.Contains(t, answer, `"imported":4`)

		question := d.sent(ana, 1)
		require.Equal(t, "whatsapp", question.Channel)
		require.Equal(t, "appointment_confirm", question.Content.Template)
		require.Equal(t, []string{"Confirmar", "Remarcar", "Cancelar"}, titles(question))
		require.Regexp(t, `^Olá Ana, sua consulta com Dra\. Demo Lima é \d\d/\d\d \d\d:\d\d\. Podemos confirmar\?$`, question.Text)

		d.says(ana, "whatsapp", "option", "confirmed")
		directions := d.sent(ana, 2)
		require.Equal(t, "Combinado! Estamos em Unidade Demo Centro: https://maps.example/clinica-demo", directions.Text)
		require.Empty(t, directions.Content.Template)
		state := get(t, d.system.URL+"/state")
		require.Contains(t, state, `"path":"/appointments/A001/confirm"`)
		require.Contains(t, state, `"status":"confirmed"`)

		post(t, d.system.URL+"/appointments/A001/completed")
		survey := d.sent(ana, 3)
		require.Equal(t, "post_visit_csat", survey.Content.Template)
		d.says(ana, "whatsapp", "text", "2")
		require.Equal(t, "Sentimos muito. O que faltou no seu atendimento?", d.sent(ana, 4).Text)
		d.says(ana, "whatsapp", "text", "demorou muito")
		d.eventually("the desk hears of it", func() bool { return len(d.handoffs("quality")) == 1 })
		desk := d.handoffs("quality")[0]
		require.Equal(t, "CSAT 2: demorou muito", desk.Note)
		d.ok("POST", "/api/v1/handoffs/"+desk.ID+"/resolve", `{"resolution":"resolved","note":"ligamos"}`)
		d.eventually("the journey ends", func() bool { return d.enrollments(ana, "confirm_appointment")[0].Status == "exited" })
		e := d.enrollments(ana, "confirm_appointment")[0]
		require.Equal(t, "done", e.Outcome)

		count := 0
		for _, b := range d.phone(ana) {
			if b.Direction == "outbound" {
				count++
			}
		}
		require.Equal(t, 4, count, "nothing is sent twice")
	})
}

// A patient known twice: the clinic has her number, and she wrote to it by her
// account before. The answer comes by the account and the number together, which
// proves that they are one; her branch is taken once, her running journey goes on,
// and both ids lead to her.
func TestAPatientKnownTwice(t *testing.T) {
	eachBackend(t, func(t *testing.T, on backend) {
		d := newDemoClinic(t, on, rigOptions{})
		const ana = "paciente-demo-1"
		wa, err := d.store.DefaultIntegration(d.ctx, engine.WhatsApp)
		require.NoError(t, err)
		account := engine.Address{Kind: engine.BSUID, Value: "BR.DEMO1"}
		writes := func(key, text string, from ...engine.Address) {
			t.Helper()
			require.NoError(t, d.runtime.Deliver(d.ctx, []engine.InboundEvent{{
				Key: key, Kind: engine.InboundMessage, IntegrationID: wa.ID, Channel: engine.WhatsApp, From: from,
				Message: &engine.IncomingMessage{ProviderID: key, Type: "text", Text: text, OpensWindow: true},
			}}))
		}
		writes("wamid.TWIN1", "bom dia", account)
		var twin *engine.Contact
		d.eventually("she is known by her account", func() bool {
			c, err := d.store.ContactByAddress(d.ctx, []engine.Address{account})
			twin = c
			return err == nil
		})
		d.ok("POST", "/api/v1/events/import?event=appointment.scheduled", get(t, d.system.URL+"/appointments.csv"), "text/csv")
		require.Equal(t, "appointment_confirm", d.sent(ana, 1).Content.Template)

		number := engine.Address{Kind: engine.WAID, Value: "5511900000011"}
		writes("wamid.TWIN2", "Confirmar", number, account)
		writes("wamid.TWIN2", "Confirmar", number, account)
		require.Equal(t, "Combinado! Estamos em Unidade Demo Centro: https://maps.example/clinica-demo", d.sent(ana, 2).Text)
		require.Equal(t, 1, strings.Count(get(t, d.system.URL+"/state"), `"path":"/appointments/A001/confirm"`))
		require.Contains(t, d.ok("GET", "/api/v1/contacts/"+string(twin.ID), ""), `"id":"`+ana+`"`)

		// The journey goes on: what it asks next is answered by the account alone.
		post(t, d.system.URL+"/appointments/A001/completed")
		require.Equal(t, "post_visit_csat", d.sent(ana, 3).Content.Template)
		writes("wamid.TWIN3", "5", account)
		d.eventually("the journey ends", func() bool { return d.enrollments(string(twin.ID), "confirm_appointment")[0].Status == "exited" })
		require.Equal(t, "done", d.enrollments(ana, "confirm_appointment")[0].Outcome)
	})
}

func titles(b bubble) []string {
	var list []string
	for _, c := range b.Content.Choices {
		list = append(list, c.Title)
	}
	return list
}

func post(t testing.TB, address string) {
	t.Helper()
	resp, err := http.Post(address, "application/json", nil)
	require.NoError(t, err)
	body := readAll(t, resp)
	_ = resp.Body.Close()
	require.Less(t, resp.StatusCode, 300, body)
}

// A cancellation at the reception ends the journey wherever it is, and nothing
// more is sent.
func TestACancellationEndsTheJourneyAtOnce(t *testing.T) {
	d := newDemoClinic(t, onSQLite, rigOptions{})
	const ana = "paciente-demo-1"
	d.ok("POST", "/api/v1/events/import?event=appointment.scheduled", get(t, d.system.URL+"/appointments.csv"), "text/csv")
	d.sent(ana, 1)
	post(t, d.system.URL+"/appointments/A001/cancelled")
	d.eventually("the journey ends", func() bool { return d.enrollments(ana, "confirm_appointment")[0].Status == "exited" })
	require.Equal(t, "called_off", d.enrollments(ana, "confirm_appointment")[0].Outcome)
	d.says(ana, "whatsapp", "text", "Confirmar") // too late
	require.NotContains(t, get(t, d.system.URL+"/state"), "/confirm")
}

// An undelivered template goes on by SMS, where the answer is a number; an SMS
// opens no WhatsApp window, so the directions are not sent.
func TestTheNextChannelTakesOver(t *testing.T) {
	d := newDemoClinic(t, onSQLite, rigOptions{})
	const ana = "paciente-demo-1"
	d.ok("POST", "/api/v1/events/import?event=appointment.scheduled", get(t, d.system.URL+"/appointments.csv"), "text/csv")
	first := d.sent(ana, 1)
	d.ok("POST", "/dev/status", fmt.Sprintf(`{"message_id":%q,"status":"failed","error_code":"131026"}`, first.ID))
	second := d.sent(ana, 2)
	require.Equal(t, "sms", second.Channel)
	d.says(ana, "sms", "text", "1")
	d.eventually("the clinic is told", func() bool { return strings.Contains(get(t, d.system.URL+"/state"), "/appointments/A001/confirm") })
	d.eventually("it waits for the visit", func() bool { return d.enrollments(ana, "confirm_appointment")[0].CurrentStep == "visit" })
	require.Len(t, d.phone(ana), 3) // template, SMS, the answer
}

// With a clock that runs fast, a day passes while one watches.
func TestADayPassesFast(t *testing.T) {
	d := newDemoClinic(t, onSQLite, rigOptions{speed: 86_400}) // a day a second
	const ana = "paciente-demo-1"
	d.ok("PUT", "/api/v1/contacts/"+ana, `{"attributes":{"first_name":"Ana"},"addresses":{"phone":"+5511900000011"},"opt_in":{"whatsapp":true}}`)
	starts := d.clock.Now().Add(72 * time.Hour)
	d.ok("POST", "/api/v1/events", fmt.Sprintf(`{"event":"appointment.scheduled","id":"fast","contact_id":%q,"data":{"appointment_id":"A001","starts_at":%q,"doctor":"Dra. Demo","specialty":"demo","unit":{"name":"Centro","map_url":"https://m.example"}}}`, ana, starts.Format(time.RFC3339)))
	d.sent(ana, 1)
	asked := d.clock.Now()
	require.WithinDuration(t, starts.Add(-24*time.Hour), asked, 18*time.Hour, "the eve, within some real milliseconds")
}
