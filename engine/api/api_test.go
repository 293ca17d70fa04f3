package api

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
	"jornada/engine/auth"
)

var update = flag.Bool("update", false, "write the golden files")

// apiCase is one call of the table. Cases of a group run in order on one
// database: what an earlier one stored, a later one finds.
type apiCase struct {
	label, method, path, body string
	header                    []string // name, value, …
	status                    int
}

const csvType = "text/csv"

var cases = []apiCase{
	{"a contact is made", "PUT", "/api/v1/contacts/ana", `{"attributes":{"first_name":"Ana","visits":3,"tags":["vip"]},"addresses":{"phone":"(11) 98765-4321","email":"Ana@Exemplo.example"},"opt_in":{"whatsapp":true},"timezone":"America/Sao_Paulo","locale":"pt-BR"}`, nil, 201},
	{"and replaced", "PUT", "/api/v1/contacts/ana", `{"attributes":{"first_name":"Ana","visits":4},"addresses":{"phone":"+5511987654321"},"opt_in":{"whatsapp":true,"sms":false}}`, nil, 200},
	{"and changed where named", "PATCH", "/api/v1/contacts/ana", `{"attributes":{"visits":"5"},"opt_in":{"sms":null},"addresses":{"email":["ana@exemplo.example"]}}`, nil, 200},
	{"a contact is read", "GET", "/api/v1/contacts/ana", "", nil, 200},
	{"contacts are listed", "GET", "/api/v1/contacts?limit=1", "", nil, 200},
	{"an unknown contact is a sentence", "GET", "/api/v1/contacts/bia", "", []string{"Accept-Language", "pt-BR,pt;q=0.9"}, 404},
	{"an attribute of the wrong type is named", "PUT", "/api/v1/contacts/bia", `{"attributes":{"visits":"many"}}`, nil, 422},
	{"an unknown attribute is named with its neighbor", "PUT", "/api/v1/contacts/bia", `{"attributes":{"frist_name":"Bia"}}`, nil, 422},
	{"a phone that is none", "PUT", "/api/v1/contacts/bia", `{"addresses":{"phone":"123"}}`, []string{"Accept-Language", "pt-BR"}, 422},
	{"an e-mail with a second line", "PUT", "/api/v1/contacts/bia", `{"addresses":{"email":"a@b.example\nBcc: x@y.example"}}`, nil, 422},
	{"another contact's address", "PUT", "/api/v1/contacts/bia", `{"addresses":{"phone":"+5511987654321"}}`, nil, 409},
	{"a time zone that is none", "PUT", "/api/v1/contacts/bia", `{"timezone":"Mars/Olympus"}`, nil, 422},
	{"an unknown field of ours", "PUT", "/api/v1/contacts/bia", `{"optin":{}}`, nil, 422},
	{"broken JSON has a place", "PUT", "/api/v1/contacts/bia", "{\n  \"attributes\": {,}\n}", nil, 400},
	{"JSON after JSON", "PUT", "/api/v1/contacts/bia", `{} {}`, nil, 400},
	{"a text where an object belongs", "PUT", "/api/v1/contacts/bia", `{"attributes":"x"}`, nil, 422},
	{"an empty body", "PUT", "/api/v1/contacts/bia", "", nil, 400},
	{"the wrong content type", "PUT", "/api/v1/contacts/bia", `{}`, []string{"Content-Type", "text/plain"}, 415},
	{"a limit out of range", "GET", "/api/v1/contacts?limit=9999", "", nil, 422},
	{"an address that does not exist", "GET", "/api/v1/nothing", "", nil, 404},
	{"a method it does not take", "DELETE", "/api/v1/contacts", "", nil, 405},

	{"contacts from a spreadsheet, good rows and bad", "POST", "/api/v1/contacts/import", "\ufeffid;first_name;phone;opt_in_whatsapp;visits;shoe_size\nrui;Rui;(11) 91234-5678;sim;2;43\nlia;Lia;12;sim;;\nteo;Teo;+5511922223333;talvez;1;\nivo;Ivo;+5511933334444;não;muitas;\n", []string{"Content-Type", csvType}, 200},
	{"the same, in Portuguese", "POST", "/api/v1/contacts/import", "id,first_name,visits\nrui,Rui,x\n", []string{"Content-Type", csvType, "Accept-Language", "pt-BR"}, 200},
	{"a sheet that says of nobody", "POST", "/api/v1/contacts/import", "first_name\nRui\n", []string{"Content-Type", csvType}, 422},
	{"an empty sheet", "POST", "/api/v1/contacts/import", "", []string{"Content-Type", csvType}, 422},
	{"a sheet as JSON", "POST", "/api/v1/contacts/import", "[]", nil, 415},

	{"an event", "POST", "/api/v1/events", `{"event":"appointment.scheduled","id":"a-1","contact_id":"ana","data":{"appointment_id":"1","starts_at":"2026-11-27T14:30:00-03:00","doctor":"Dra. Demo","unit":{"name":"Centro"},"room":"3"}}`, nil, 202},
	{"its repetition has no second effect", "POST", "/api/v1/events", `{"event":"appointment.scheduled","id":"a-1","contact_id":"ana","data":{"appointment_id":"1","starts_at":"2026-11-27T14:30:00-03:00","doctor":"Dra. Demo","unit":{"name":"Centro"}}}`, nil, 202},
	{"an event that brings its contact", "POST", "/api/v1/events", `{"event":"appointment.scheduled","id":"a-2","contact":{"id":"gil","attributes":{"first_name":"Gil"},"addresses":{"phone":"+5511955556666"}},"data":{"appointment_id":"2","starts_at":"2026-11-28T09:00:00-03:00","doctor":"Dr. Demo","unit":{"name":"Centro"}}}`, nil, 202},
	{"data that does not fit names every field", "POST", "/api/v1/events", `{"event":"appointment.scheduled","id":"a-3","contact_id":"ana","data":{"starts_at":"tomorrow","doctor":"Dra. Demo","unit":{}}}`, nil, 422},
	{"the same in Portuguese", "POST", "/api/v1/events", `{"event":"appointment.scheduled","contact_id":"ana","data":{"appointment_id":"1","starts_at":"amanhã","doctor":"x","unit":{"name":"y"}}}`, []string{"Accept-Language", "pt"}, 422},
	{"an event nobody declared", "POST", "/api/v1/events", `{"event":"appointment.schedule","contact_id":"ana","data":{}}`, nil, 422},
	{"an event about nobody we know", "POST", "/api/v1/events", `{"event":"appointment.scheduled","contact_id":"zoe","data":{"appointment_id":"1","starts_at":"2026-11-27T14:30:00-03:00","doctor":"x","unit":{"name":"y"}}}`, nil, 404},

	{"a clinic's appointments from a spreadsheet", "POST", "/api/v1/events/import?event=appointment.scheduled", "appointment_id,starts_at,doctor,unit.name,contact.id,contact.first_name,contact.phone,contact.opt_in_whatsapp,obs\n10,27/11/2026 14:30,Dra. Demo,Centro,eva,Eva,11977778888,sim,primeira vez\n11,amanhã,Dra. Demo,Centro,eva,Eva,11977778888,sim,\n12,2026-11-28 10:00,Dr. Demo,,eva,Eva,11977778888,sim,\n13,2026-11-28 10:00,Dr. Demo,Centro,,,99,sim,\n", []string{"Content-Type", csvType}, 200},
	{"the same file again has no second effect", "POST", "/api/v1/events/import?event=appointment.scheduled", "appointment_id,starts_at,doctor,unit.name,contact.id,contact.first_name,contact.phone,contact.opt_in_whatsapp,obs\n10,27/11/2026 14:30,Dra. Demo,Centro,eva,Eva,11977778888,sim,primeira vez\n", []string{"Content-Type", csvType}, 200},
	{"many events as JSON", "POST", "/api/v1/events/import", `[{"event":"appointment.scheduled","id":"a-20","contact_id":"ana","data":{"appointment_id":"20","starts_at":"2026-11-27T14:30:00-03:00","doctor":"x","unit":{"name":"y"}}},{"event":"nothing.happened"}]`, nil, 200},

	{"journeys", "GET", "/api/v1/journeys", "", nil, 200},
	{"a journey", "GET", "/api/v1/journeys/hello", "", nil, 200},
	{"a journey that does not exist", "GET", "/api/v1/journeys/nope", "", nil, 404},
	{"a draft is saved", "PUT", "/api/v1/journeys/draft_one/draft", `{"source":"dsl: 1\njourney: draft_one\n","name":"Um rascunho"}`, nil, 200},
	{"a draft that changed meanwhile", "PUT", "/api/v1/journeys/draft_one/draft", `{"source":"dsl: 1\n"}`, []string{"If-Match", `"old"`}, 412},
	{"a draft with an impossible id", "PUT", "/api/v1/journeys/Draft%20One/draft", `{"source":"dsl: 1\n"}`, nil, 422},
	{"publishing what is not there", "POST", "/api/v1/journeys/hello/publish", "", nil, 409},
	{"publishing under another name", "POST", "/api/v1/journeys/hello/publish", `{"source":"journey: goodbye\n"}`, nil, 422},
	{"versions", "GET", "/api/v1/journeys/hello/versions", "", nil, 200},
	{"a journey is paused", "POST", "/api/v1/journeys/hello/pause", "", nil, 200},
	{"and resumed", "POST", "/api/v1/journeys/hello/resume", "", nil, 200},
	{"people inside move", "POST", "/api/v1/journeys/hello/migrate", `{"limit":3}`, nil, 200},
	{"fewer than nobody", "POST", "/api/v1/journeys/hello/migrate", `{"limit":-1}`, nil, 422},
	{"of a journey that does not exist", "POST", "/api/v1/journeys/nothing/migrate", "", nil, 404},
	{"a file outside the folder", "POST", "/api/v1/journeys/check", `{"files":{"../etc/passwd":"x"}}`, nil, 422},
	{"templates", "GET", "/api/v1/templates", "", nil, 200},
	{"templates are compared", "POST", "/api/v1/templates/sync", "", nil, 200},
	{"templates of an integration that does not exist", "POST", "/api/v1/templates/sync", `{"integration":"nothing"}`, nil, 404},

	{"a contact is enrolled", "POST", "/api/v1/journeys/hello/enrollments", `{"contact_id":"ana","inputs":{"starts_at":"2026-11-27T14:30:00-03:00"}}`, nil, 201},
	{"twice inside is once", "POST", "/api/v1/journeys/hello/enrollments", `{"contact_id":"ana","inputs":{"starts_at":"2026-11-27T14:30:00-03:00"}}`, nil, 200},
	{"an input that does not fit", "POST", "/api/v1/journeys/hello/enrollments", `{"contact_id":"ana","inputs":{"starts_at":5,"start":1}}`, nil, 422},
	{"a contact that does not exist", "POST", "/api/v1/journeys/hello/enrollments", `{"contact_id":"zoe","inputs":{}}`, nil, 404},
	{"a step that does not exist", "GET", "/api/v1/enrollments?journey=hello&step=confrim", "", nil, 404},
	{"who is inside", "GET", "/api/v1/enrollments?journey=hello&status=active", "", nil, 200},
	{"why is this contact here", "GET", "/api/v1/enrollments/enr_ana", "", nil, 200},
	{"what it heard", "GET", "/api/v1/enrollments/enr_ana/events", "", nil, 200},
	{"what nobody heard", "GET", "/api/v1/enrollments/enr_x/events", "", nil, 404},
	{"a page that no page named", "GET", "/api/v1/enrollments/enr_ana/events?cursor=x", "", nil, 422},
	{"an enrollment is ended", "POST", "/api/v1/enrollments/enr_ana/unenroll", `{"reason":"asked by phone"}`, nil, 200},
	{"once", "POST", "/api/v1/enrollments/enr_ana/unenroll", "", nil, 409},
	{"an enrollment that does not exist", "GET", "/api/v1/enrollments/enr_x", "", nil, 404},

	{"messages", "GET", "/api/v1/messages?contact_id=ana", "", nil, 200},
	{"messages of a status that does not exist", "GET", "/api/v1/messages?status=lost", "", nil, 422},
	{"messages in doubt", "GET", "/api/v1/messages/unconfirmed", "", nil, 200},
	{"a message nobody doubts", "POST", "/api/v1/messages/msg_1/resolve", `{"action":"sent"}`, nil, 409},
	{"a decision that is none", "POST", "/api/v1/messages/msg_1/resolve", `{"action":"maybe"}`, nil, 422},
	{"what was sent and what it cost", "GET", "/api/v1/analytics/messages", "", nil, 200},
	{"on some days", "GET", "/api/v1/analytics/messages?from=2026-11-24&to=2026-11-24", "", nil, 200},
	{"through one journey and number", "GET", "/api/v1/analytics/messages?from=2026-11-01&journey=hello&integration=main", "", nil, 200},
	{"through another journey", "GET", "/api/v1/analytics/messages?journey=goodbye", "", nil, 200},
	{"four hundred days", "GET", "/api/v1/analytics/messages?from=2025-10-22", "", nil, 200},
	{"and one too many", "GET", "/api/v1/analytics/messages?from=2025-10-21", "", []string{"Accept-Language", "pt-BR"}, 422},
	{"days that end before they begin", "GET", "/api/v1/analytics/messages?from=2026-11-25&to=2026-11-24", "", nil, 422},
	{"a day that is none", "GET", "/api/v1/analytics/messages?to=25/11/2026", "", nil, 422},
	{"the front desk's queue", "GET", "/api/v1/handoffs", "", nil, 200},
	{"a hand-off is finished", "POST", "/api/v1/handoffs/hnd_1/resolve", `{"resolution":"rescheduled","note":"quarta às 9"}`, nil, 200},
	{"once only", "POST", "/api/v1/handoffs/hnd_1/resolve", `{}`, nil, 409},

	{"an integration is connected", "POST", "/api/v1/integrations", `{"id":"main","provider":"echo","channel":"whatsapp","settings":{"base_url":"http://127.0.0.1:9"},"secrets":{"key":"canary-secret"},"default":true}`, nil, 201},
	{"twice", "POST", "/api/v1/integrations", `{"id":"main","provider":"echo","channel":"whatsapp"}`, nil, 409},
	{"with a provider we do not know", "POST", "/api/v1/integrations", `{"id":"two","provider":"pigeon","channel":"sms"}`, nil, 422},
	{"without its secret", "POST", "/api/v1/integrations", `{"id":"two","provider":"echo","channel":"sms"}`, nil, 422},
	{"integrations, without secrets", "GET", "/api/v1/integrations", "", nil, 200},
	{"an integration is renamed", "PATCH", "/api/v1/integrations/main", `{"name":"Recepção","secrets":{"key":"canary-secret-2"}}`, nil, 200},
	{"an integration is tried", "POST", "/api/v1/integrations/main/test", "", nil, 200},
	{"and switched off", "POST", "/api/v1/integrations/main/disable", "", nil, 200},
	{"and on", "POST", "/api/v1/integrations/main/enable", "", nil, 200},

	{"a token of too wide a scope", "POST", "/api/v1/tokens", `{"name":"x","scopes":["everything"]}`, nil, 422},
	{"the audit trail", "GET", "/api/v1/audit?limit=3", "", nil, 200},

	{"the phone's clock", "GET", "/dev/clock", "", nil, 200},
	{"what is on the phone", "GET", "/dev/outbox?contact_id=ana", "", nil, 200},
	{"a tap on an option", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","option":"confirmar"}`, nil, 202},
	{"an option nobody offered", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","option":"voar"}`, nil, 404},
	{"the phone's apps", "GET", "/dev/channels?contact_id=ana", "", nil, 200},
	{"the apps of nobody", "GET", "/dev/channels?contact_id=nobody", "", nil, 404},
	{"a picture", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","media":{"kind":"image","url":"https://example.com/a.png"}}`, nil, 202},
	{"a picture by SMS", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"sms","media":{"kind":"image","url":"https://example.com/a.png"}}`, nil, 422},
	{"a hologram", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","media":{"kind":"hologram","url":"https://example.com/a"}}`, nil, 422},
	{"a picture of nothing", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","media":{"kind":"image","url":"javascript:alert(1)"}}`, nil, 422},
	{"a place", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"telegram","location":{"latitude":-23.5,"longitude":-46.6}}`, nil, 202},
	{"a place beyond the earth", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","location":{"latitude":91,"longitude":0}}`, nil, 422},
	{"a form", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","form":{"day":"2026-12-01"}}`, nil, 202},
	{"a form by e-mail", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"email","form":{"day":"2026-12-01"}}`, nil, 422},
	{"a picture and words", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","text":"oi","media":{"kind":"image","url":"https://example.com/a.png"}}`, nil, 422},
	{"nothing said", "POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","text":" "}`, nil, 422},
	{"a status", "POST", "/dev/status", `{"message_id":"msg_1","status":"failed","error_code":"131026"}`, nil, 202},
	{"a status no provider reports", "POST", "/dev/status", `{"message_id":"msg_1","status":"queued"}`, nil, 422},

	{"everything about a person", "GET", "/api/v1/contacts/ana/export", "", nil, 200},
	{"a person is erased", "DELETE", "/api/v1/contacts/ana", "", nil, 204},
	{"and gone", "GET", "/api/v1/contacts/ana", "", nil, 404},
	{"ready", "GET", "/readyz", "", nil, 200},
	{"alive", "GET", "/healthz", "", nil, 200},
}

// seed stores what other parts of the engine would have: a live journey, a
// message with buttons, a hand-off.
func (f *fixture) seed() {
	f.t.Helper()
	ctx := context.Background()
	must := func(err error) {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	plan := &dsl.Plan{Journey: "hello", Timezone: "America/Sao_Paulo", Hash: "h1", Start: "confirm", Inputs: expression.Fields{"starts_at": {Kind: expression.Time}},
		Nodes: map[string]*dsl.Node{"confirm": {ID: "confirm", Verb: "ask", Next: dsl.End}}}
	_, _, err := f.store.Publish(ctx, &engine.Version{Journey: "hello", Hash: "h1", Source: "dsl: 1\njourney: hello\n", Plan: plan, PublishedBy: "tests", PublishedAt: noon})
	must(err)
}

func (f *fixture) seedConversation() {
	f.t.Helper()
	ctx := context.Background()
	m := &engine.Message{ID: "msg_1", EnrollmentID: "enr_ana", JourneyID: "hello", StepID: "confirm", ContactID: "ana", IntegrationID: "main", Provider: "echo", Channel: engine.WhatsApp,
		To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: "Podemos confirmar?", Template: "appointment_confirm", Choices: []engine.Choice{{ID: "confirmed", Title: "Confirmar", Payload: "p1"}}}, Category: "utility", Status: engine.Queued, CreatedAt: noon, UpdatedAt: noon}
	if _, err := f.store.InsertMessage(ctx, m); err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.store.RaiseStatus(ctx, "msg_1", engine.MessageUpdate{Status: engine.Delivered, At: noon}); err != nil {
		f.t.Fatal(err)
	}
	for id, cost := range map[engine.MessageID]engine.Cost{ // of another contact, so that its list stays as it is
		"msg_2": {Micros: 6800, Currency: "USD", Source: engine.CostListed, Category: "utility", Day: "2026-11-24"},
		"msg_3": {Micros: 45000, Currency: "BRL", Source: engine.CostReported, Category: "utility", Day: "2026-11-24"},
		"msg_4": {Currency: "USD", Source: engine.CostFree, Category: "service", Day: "2026-11-25"},
	} {
		sent := &engine.Message{ID: id, JourneyID: "hello", IntegrationID: "main", ContactID: "rui", Provider: "echo", Channel: engine.WhatsApp, Category: "utility", CreatedAt: noon}
		if _, err := f.store.InsertMessage(ctx, sent); err != nil {
			f.t.Fatal(err)
		}
		if _, err := f.store.RaiseStatus(ctx, id, engine.MessageUpdate{Status: engine.Delivered, At: noon, Cost: &cost}); err != nil {
			f.t.Fatal(err)
		}
	}
	if _, err := f.store.OpenHandoff(ctx, &engine.Handoff{ID: "hnd_1", EnrollmentID: "enr_ana", StepID: "pass", ContactID: "ana", Queue: "reception", Note: "quer remarcar", Priority: "high", State: "open", OpenedAt: noon}); err != nil {
		f.t.Fatal(err)
	}
}

var madeIDs = regexp.MustCompile(`(evt|con|tok|req|enr)_[0-9a-f]{8}-[0-9a-f-]{27}`)

// Every call's whole answer, in order, on both databases, against one golden file.
func TestEveryAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.seed()
		var got bytes.Buffer
		for _, c := range cases {
			if c.label == "messages" {
				f.seedConversation()
			}
			w := f.admin(c.method, c.path, c.body, c.header...)
			if w.Code != c.status {
				t.Errorf("%s: %s %s answers %d, want %d: %s", c.label, c.method, c.path, w.Code, c.status, w.Body)
			}
			fmt.Fprintf(&got, "# %s\n%s %s → %d\n%s\n", c.label, c.method, c.path, w.Code, madeIDs.ReplaceAllString(w.Body.String(), "${1}_…"))
		}
		if strings.Contains(got.String(), "canary-secret") {
			t.Error("an answer shows a secret of an integration")
		}
		const golden = "testdata/answers.golden"
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		a, b := strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")
		for i := range max(len(a), len(b)) {
			if i >= len(a) || i >= len(b) || a[i] != b[i] {
				t.Fatalf("line %d of %s differs (run with -update when this is meant)\nwant %s\ngot  %s", i+1, golden, at(a, i), at(b, i))
			}
		}
		said := randomInLogs.ReplaceAllString(f.logs.String(), "$1=…")
		for _, canary := range []string{"98765", "987654321", "exemplo.example", "canary", "Podemos", testSecret} {
			if strings.Contains(said, canary) {
				t.Errorf("the log contains %q", canary)
			}
		}
	})
}

// randomInLogs are the fields in which any five digits may stand by chance.
var randomInLogs = regexp.MustCompile(`\b(request_id|token|took|time)=\S+`)

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// Deny by default: every route names who may call it, and the whole matrix of
// routes and scopes answers as the table says.
func TestEveryRouteHasAScopeAndKeepsIt(t *testing.T) {
	f := inMemory(t)
	ctx := context.Background()
	secrets := map[auth.Scope]string{}
	for _, scope := range auth.Scopes() {
		secret, _, err := f.auth.Create(ctx, auth.Request{Name: string(scope), Scopes: []auth.Scope{scope}})
		if err != nil {
			t.Fatal(err)
		}
		secrets[scope] = secret
	}
	checked := 0
	for _, r := range f.server.routes() {
		if len(r.allow) == 0 && r.open == openToNobody {
			t.Errorf("%s %s names no scope", r.method, r.path)
		}
		if len(r.allow) > 0 && r.open != openToNobody {
			t.Errorf("%s %s is open and names scopes", r.method, r.path)
		}
		if r.open != openToNobody {
			continue
		}
		path := strings.NewReplacer(":id", "x", ":integration_id", "x").Replace(r.path)
		for _, bad := range []string{"", "Bearer ", "Bearer nonsense", "Basic " + secrets[auth.Admin], secrets[auth.Admin]} {
			if w := f.do(r.method, path, http.Header{"Authorization": {bad}}, http.NoBody); w.Code != 401 {
				t.Errorf("%s with Authorization %q answers %d, want 401", r.operation, bad, w.Code)
			}
		}
		for _, scope := range auth.Scopes() {
			principal := &auth.Principal{Scopes: []auth.Scope{scope}}
			w := f.do(r.method, path, http.Header{"Authorization": {"Bearer " + secrets[scope]}}, http.NoBody)
			if denied := w.Code == 403; denied == principal.May(r.allow...) || w.Code == 401 {
				t.Errorf("%s with scope %s answers %d", r.operation, scope, w.Code)
			}
			checked++
		}
	}
	if checked < 200 {
		t.Errorf("only %d combinations were checked", checked)
	}
}
