package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jornada/engine/devserver/devservertest"
	"jornada/engine/store/storetest"
	"jornada/examples/clinic"
)

// production is Jornada as an operator runs it: Temporal, the API and two
// workers in processes of their own, on Postgres, with real vendors' wire
// formats outside.
type production struct {
	t        testing.TB
	vendors  *vendors
	system   *httptest.Server // the clinic's
	dsn      string
	base     string // URL of the API
	token    string
	env      []string
	temporal func() *program
	api      *program
	workers  []*program
	all      []*program
}

func newProduction(t testing.TB, v *vendors) *production {
	t.Helper()
	p := &production{t: t, vendors: v, dsn: storetest.Postgres(t), token: "jrn_production_demo_0123456789"}
	if p.dsn == "" {
		t.Fatal("this test is about Postgres, and none can be had")
	}
	postgres := postgresBase(t, p.dsn)
	temporalPort, apiPort := freePort(t), freePort(t)
	p.base = "http://" + loopback(apiPort)
	v.webhooks = p.base

	var handler http.Handler
	p.system = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(p.system.Close)
	var err error
	handler, err = clinic.NewSystem(clinic.Options{Now: time.Now, Emit: func(_ context.Context, event, id, contact string, data map[string]any) error {
		body, err := json.Marshal(map[string]any{"event": event, "id": id, "contact_id": contact, "data": data})
		if err != nil {
			return err
		}
		p.ok("POST", "/api/v1/events", string(body))
		return nil
	}})
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			p.dump()
		}
	})

	p.env = []string{
		"JORNADA_CALLS=" + t.TempDir(),
		"JORNADA_MASTER_KEY=" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)),
		"JORNADA_DATABASE=" + p.dsn, "JORNADA_TEMPORAL=" + loopback(temporalPort), "JORNADA_ALLOW_EGRESS=127.0.0.0/8",
		"JORNADA_SECRET_CLINIC_SYSTEM=" + p.system.URL,
		"JORNADA_ADDR=" + loopback(apiPort), "JORNADA_PUBLIC_URL=" + p.base, "JORNADA_TOKEN=" + p.token, "JORNADA_SERVER=" + p.base,
		"JORNADA_LOG_LEVEL=debug", "JORNADA_DATABASE_CONNECTIONS=5",
	}
	temporalEnv := []string{
		envTemporalPostgres + "=" + postgres, envTemporalDatabase + "=" + devservertest.Database(t, postgres),
		fmt.Sprintf("%s=%d", envTemporalPort, temporalPort),
	}
	p.temporal = func() *program { return p.start("temporal", temporalEnv, "jornada-temporal") }
	return p
}

// dump prints what the tables say, to understand a failure.
func (p *production) dump() {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, p.dsn)
	if err != nil {
		p.t.Logf("reading the tables: %v", err)
		return
	}
	defer func() { _ = c.Close(ctx) }()
	for _, table := range []string{"inbound_events", "outbox", "enrollments", "messages"} {
		rows, err := c.Query(ctx, "select row_to_json(t)::text from "+table+" t")
		if err != nil {
			p.t.Logf("reading %s: %v", table, err)
			continue
		}
		lines, _ := pgx.CollectRows(rows, pgx.RowTo[string])
		p.t.Logf("--- %s\n%s", table, strings.Join(lines, "\n"))
	}
}

func (p *production) start(name string, env []string, command string, args ...string) *program {
	p.t.Helper()
	s := start(p.t, name, env, command, args...)
	p.all = append(p.all, s)
	return s
}

func (p *production) startAPI() {
	p.t.Helper()
	p.api = p.start("api", p.env, "jornada", "serve", "--no-worker")
	p.api.prints("serving")
}

func (p *production) startWorker() {
	p.t.Helper()
	w := p.start(fmt.Sprintf("worker %d", len(p.workers)+1), p.env, "jornada", "worker")
	w.prints("running journeys")
	p.workers = append(p.workers, w)
}

func (p *production) call(method, path, body string) (int, string) {
	p.t.Helper()
	req, err := http.NewRequest(method, p.base+path, strings.NewReader(body))
	require.NoError(p.t, err)
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Content-Type", "application/json")
	if strings.Contains(path, "/import") {
		req.Header.Set("Content-Type", "text/csv")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	return resp.StatusCode, string(b)
}

func (p *production) ok(method, path, body string) string {
	p.t.Helper()
	status, answer := p.call(method, path, body)
	require.Less(p.t, status, 300, "%s %s: %s", method, path, answer)
	require.NotZero(p.t, status, "%s %s: %s", method, path, answer)
	return answer
}

func (p *production) enrollment(contact string) enrollmentView {
	p.t.Helper()
	var view struct{ Items []enrollmentView }
	require.NoError(p.t, json.Unmarshal([]byte(p.ok("GET", "/api/v1/enrollments?contact_id="+contact+"&journey=confirm_appointment", "")), &view))
	require.Len(p.t, view.Items, 1)
	return view.Items[0]
}

func (p *production) messages(contact string) []bubble {
	p.t.Helper()
	var view struct{ Items []bubble }
	require.NoError(p.t, json.Unmarshal([]byte(p.ok("GET", "/api/v1/messages?contact_id="+contact, "")), &view))
	return view.Items
}

// stored counts what came in from outside.
func (p *production) stored() int {
	p.t.Helper()
	c, err := pgx.Connect(context.Background(), p.dsn)
	require.NoError(p.t, err)
	defer func() { _ = c.Close(context.Background()) }()
	var n int
	require.NoError(p.t, c.QueryRow(context.Background(), "select count(*) from inbound_events").Scan(&n))
	return n
}

// connect makes the three senders through the API, as an operator does.
func (p *production) connect() {
	p.t.Helper()
	for _, i := range []string{
		fmt.Sprintf(`{"id":"wa","provider":"meta","channel":"whatsapp","default":true,"settings":{"phone_number_id":%q,"base_url":%q},"secrets":{"token":%q,"app_secret":%q,"verify_token":"palavras-demo"}}`,
			waNumber, p.vendors.server.URL, waToken, waAppSecret),
		fmt.Sprintf(`{"id":"sms","provider":"twilio","channel":"sms","default":true,"settings":{"account_sid":%q,"from":%q,"base_url":%q},"secrets":{"auth_token":%q}}`,
			twilioSID, twilioNumber, p.vendors.server.URL, twilioToken),
		fmt.Sprintf(`{"id":"mail","provider":"smtp","channel":"email","default":true,"settings":{"base_url":"smtp://%s","from":"Clínica Demo <oi@clinica-demo.example>"}}`, p.vendors.mailAddr),
	} {
		p.ok("POST", "/api/v1/integrations", i)
	}
}

const (
	ana, anaPhone     = "paciente-demo-1", "+5511900000011"
	bruno, brunoPhone = "paciente-demo-2", "+5511900000022"
	carla, carlaPhone = "paciente-demo-3", "+5511900000033"
	davi, daviPhone   = "paciente-demo-4", "+5511900000044"
)

// The appointment goes through in production's shape, with the same files as on
// the demo phone, while processes die, Temporal is away, and vendors call back
// in their own formats.
func TestProductionKeepsItsPromises(t *testing.T) {
	v := newVendors(t)
	p := newProduction(t, v)
	began := time.Now()
	lap := func(what string) { t.Logf("%5.1f s  %s", time.Since(began).Seconds(), what) }

	temporal := p.temporal()
	code, out := command(t, p.env, "serve", "--no-worker")
	require.Equal(t, exitFailed, code, out)
	needs := regexp.MustCompile("^jornada: the database has schema version 0 and this binary needs (\\d+): run `jornada migrate --database …` first\n$").FindStringSubmatch(out)
	require.NotNil(t, needs, out)
	code, out = command(t, p.env, "migrate")
	require.Equal(t, exitOK, code, out)
	require.Equal(t, "schema version 0 -> "+needs[1]+"\n", out)
	p.startAPI() // does not wait for Temporal
	p.startWorker()
	p.startWorker()
	temporal.prints("ready")
	until(t, "everything is ready", func() bool { status, _ := p.call("GET", "/readyz", ""); return status == 200 })
	lap("ready")

	p.connect()
	code, out = command(t, p.env, "publish", "../../examples/clinic")
	require.Equal(t, exitOK, code, out)
	require.Contains(t, out, "confirm_appointment            version 1    published\n")
	csv := t.TempDir() + "/consultas.csv"
	require.NoError(t, os.WriteFile(csv, []byte(get(t, p.system.URL+"/appointments.csv")), 0o600))
	code, out = command(t, p.env, "import", "events", "--event", "appointment.scheduled", csv)
	require.Equal(t, exitOK, code, out)
	require.Equal(t, "4 imported, 0 rejected\n", out)

	// The question, in Meta's own words.
	question := v.nth(anaPhone, 1)
	require.Equal(t, "Bearer "+waToken, question.Auth)
	require.Equal(t, "appointment_confirm", question.JSON.Template.Name)
	require.Equal(t, "Ana", question.JSON.Template.Components[0].Parameters[0].Text)
	require.NotEmpty(t, question.JSON.Ref)
	for _, phone := range []string{brunoPhone, carlaPhone, daviPhone} {
		v.nth(phone, 1)
	}
	lap("four questions asked")

	// Nothing unproved is stored.
	before := p.stored()
	press := waPress(question, "wamid.IN1", question.button(0), "Confirmar")
	require.Equal(t, 401, v.whatsApp("another-secret", press))
	require.Equal(t, 401, v.post("/webhooks/wa", "application/json", "{}", "X-Hub-Signature-256", "sha256=00"))
	require.Equal(t, 401, v.post("/webhooks/sms", "application/x-www-form-urlencoded", "MessageSid=SM1&Body=1&From=%2B5511900000022", "X-Twilio-Signature", "AAAA"))
	require.Equal(t, before, p.stored())

	// Delivered, read, delivered again: only the highest stays.
	require.Equal(t, 200, v.whatsApp(waAppSecret, waStatus(question, "read")))
	require.Equal(t, 200, v.whatsApp(waAppSecret, waStatus(question, "delivered")))
	until(t, "the question is read", func() bool { return p.messages(ana)[0].Status == "read" })

	// A worker and the API die; whoever is left goes on.
	p.workers[0].kill()
	p.api.kill()
	lap("a worker and the API are killed")
	p.startAPI()
	require.Equal(t, 200, v.whatsApp(waAppSecret, press))
	require.Equal(t, 200, v.whatsApp(waAppSecret, press), "Meta calls at least once")
	require.Equal(t, "Combinado! Estamos em Unidade Demo Centro: https://maps.example/clinica-demo", v.nth(anaPhone, 2).JSON.Text.Body)
	require.Equal(t, 1, strings.Count(get(t, p.system.URL+"/state"), `"path":"/appointments/A001/confirm"`))
	until(t, "she sees that her answer was read", func() bool { return slices.Equal(v.marked(), []string{"wamid.IN1"}) })
	p.startWorker()
	lap("the answer went through")

	// Bruno's number has no WhatsApp: the question goes on by SMS.
	require.Equal(t, 200, v.whatsApp(waAppSecret, waStatus(v.nth(brunoPhone, 1), "failed", 131026)))
	sms := v.nth(brunoPhone, 2)
	require.Equal(t, twilioSID+":"+twilioToken, sms.Auth)
	require.Regexp(t, `^Consulta \d\d/\d\d \d\d:\d\d\. Responda 1 confirmar, 2 remarcar, 3 cancelar$`, sms.Form.Get("Body"))
	callback := sms.Form.Get("StatusCallback")
	require.True(t, strings.HasPrefix(callback, p.base+"/webhooks/sms?"), callback)
	require.Equal(t, 200, v.twilio(callback, url.Values{"MessageSid": {sms.ID}, "MessageStatus": {"delivered"}, "To": {brunoPhone}}))

	// Temporal is away: what people say is taken, and answered when it is back.
	_, code = temporal.terminate()
	require.Equal(t, exitOK, code)
	lap("Temporal is away")
	require.Equal(t, 200, v.twilio(p.base+"/webhooks/sms", url.Values{
		"MessageSid": {"SM00000000000000000000000000000099"}, "SmsStatus": {"received"}, "Body": {"1"}, "From": {brunoPhone}, "To": {twilioNumber},
	}))
	// Carla's messages fail on both channels meanwhile.
	require.Equal(t, 200, v.whatsApp(waAppSecret, waStatus(v.nth(carlaPhone, 1), "failed", 131026)))
	var ready struct {
		Status string
		Checks []struct {
			Name, Message string
			OK            bool
		}
	}
	status, answer := p.call("GET", "/readyz", "")
	require.Equal(t, 503, status, answer)
	require.NoError(t, json.Unmarshal([]byte(answer), &ready))
	words := map[string]string{}
	for _, c := range ready.Checks {
		words[c.Name] = c.Message
	}
	require.Equal(t, "Temporal does not answer; webhooks and the API keep accepting, and journeys go on when it is back (check --temporal and the server; the log says what it answered)", words["temporal"])
	require.Equal(t, "answers", words["database"])
	status, _ = p.call("GET", "/healthz", "")
	require.Equal(t, 200, status, "nobody should kill the API for it")
	p.ok("PATCH", "/api/v1/contacts/"+davi, `{"attributes":{"city":"Demo"}}`)
	temporal = p.temporal()
	temporal.prints("ready")
	lap("Temporal is back")
	until(t, "the clinic hears from Bruno", func() bool { return strings.Contains(get(t, p.system.URL+"/state"), "/appointments/A002/confirm") })
	until(t, "Bruno's journey waits for the visit", func() bool { return p.enrollment(bruno).CurrentStep == "visit" })
	require.Len(t, v.to(brunoPhone), 2, "an answer by SMS opens no WhatsApp window: no directions")
	lap("Bruno's answer went through")

	// Carla: WhatsApp and SMS fail, the letter arrives.
	carlaSMS := v.nth(carlaPhone, 2)
	require.Equal(t, 200, v.twilio(carlaSMS.Form.Get("StatusCallback"), url.Values{"MessageSid": {carlaSMS.ID}, "MessageStatus": {"undelivered"}, "ErrorCode": {"30005"}, "To": {carlaPhone}}))
	letter := v.mailTo("carla@paciente-demo.example")
	require.Contains(t, letter, "oi@clinica-demo.example")
	require.Contains(t, letter, "Carla")
	lap("Carla's letter arrived")

	// Both workers die while WhatsApp holds a call whose answer nobody will hear:
	// the message is not sent again blindly, and its status clears the doubt.
	lost := v.loseNextAnswer()
	post(t, p.system.URL+"/appointments/A001/completed")
	<-lost
	for _, w := range p.workers {
		w.kill()
	}
	lap("the workers are killed in the middle of a call")
	p.startWorker()
	p.startWorker()
	survey := v.nth(anaPhone, 3)
	require.Equal(t, "post_visit_csat", survey.JSON.Template.Name)
	require.Equal(t, 200, v.whatsApp(waAppSecret, waStatus(survey, "delivered")))
	require.Equal(t, 200, v.whatsApp(waAppSecret, waText(anaPhone, "wamid.IN2", "2")))
	require.Equal(t, "Sentimos muito. O que faltou no seu atendimento?", v.nth(anaPhone, 4).JSON.Text.Body)
	require.Equal(t, 200, v.whatsApp(waAppSecret, waText(anaPhone, "wamid.IN3", "demorou muito")))
	until(t, "the desk hears of it", func() bool {
		return strings.Contains(p.ok("GET", "/api/v1/handoffs?state=open", ""), "CSAT 2: demorou muito")
	})
	lap("the low score reached the desk")

	// One call per message, whatever happened.
	for phone, n := range map[string]int{anaPhone: 4, brunoPhone: 2, carlaPhone: 2, daviPhone: 1} {
		require.Len(t, v.to(phone), n, phone)
	}
	require.Len(t, v.letters, 1)
	for _, c := range append(v.to(anaPhone), v.to(daviPhone)...) {
		require.NotEmpty(t, c.JSON.Ref)
	}

	for _, s := range []*program{p.api, p.workers[len(p.workers)-2], p.workers[len(p.workers)-1]} {
		took, code := s.terminate()
		lap(fmt.Sprintf("%s ended on SIGTERM in %.1f s", s.name, took.Seconds()))
		require.Less(t, took, 20*time.Second, s.name)
		require.Equal(t, exitOK, code, s.log.tail(2000))
	}
	p.keepsSecrets()
}

// keepsSecrets looks for what nobody should find in a log.
func (p *production) keepsSecrets() {
	p.t.Helper()
	for _, s := range p.all {
		for _, secret := range []string{"11900000011", "Ana", "carla@paciente-demo.example", "demorou muito", waToken, waAppSecret, twilioToken, p.token} {
			require.NotContains(p.t, s.log.String(), secret, "%s wrote it into its log", s.name)
		}
	}
}
