package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/dsl/diag"
)

// A small shop: one journey that greets, one that reminds before a date that
// may be missing.
var shop = map[string]string{
	"workspace.yaml": `workspace: shop
timezone: America/Sao_Paulo
contact: {first_name: string, age: int?}
events:
  visit.booked: {visit_id: string, starts_at: time, rooms: int?}
  visit.maybe: {visit_id: string, starts_at: time?}
`,
	"templates.lock.yaml": `lock: 1
synced_at: "2026-11-20T12:00:00Z"
templates:
  - {name: hello, channel: whatsapp, language: pt_BR, category: utility, status: approved, params: [], body: "Bom dia!"}
  - {name: reminder, channel: whatsapp, language: pt_BR, category: utility, status: approved, params: [], body: "Amanhã é o dia!"}
`,
	"greet.journey.yaml": `dsl: 1
journey: greet
category: utility
timezone: America/Sao_Paulo
triggers: [{api: true}]
steps:
  - {id: hello, send: {whatsapp: {template: hello}}}
`,
	"remind.journey.yaml": `dsl: 1
journey: remind
category: utility
timezone: America/Sao_Paulo
inputs: {visit_id: string, starts_at: time}
triggers: [{event: visit.booked}, {api: true}]
entry: {key: inputs.visit_id}
steps:
  - id: eve
    wait: {until: inputs.starts_at, offset: -24h}
    branches: {past: [{id: late, exit: too_late}]}
  - {id: remind, send: {whatsapp: {template: reminder}}}
`,
	"maybe.journey.yaml": `dsl: 1
journey: maybe
category: utility
timezone: America/Sao_Paulo
inputs: {visit_id: string, starts_at: time?}
triggers: [{event: visit.maybe}, {api: true}]
entry: {key: inputs.visit_id}
steps:
  - {id: undated, if: not has(inputs.starts_at), exit: no_date}
  - id: eve
    wait: {until: inputs.starts_at ?? now, offset: -24h}
    branches: {past: [{id: late, exit: too_late}]}
  - {id: remind, send: {whatsapp: {template: reminder}}}
`,
}

func newShop(t testing.TB, on backend) *rig {
	t.Helper()
	r := newRig(t, on, rigOptions{})
	r.publishFiles(shop)
	r.ok("PUT", "/api/v1/contacts/bia", `{"attributes":{"first_name":"Bia"},"addresses":{"phone":"+5511900000055"},"opt_in":{"whatsapp":true}}`)
	return r
}

// with is the shop with one file written anew.
func with(path, content string) map[string]string {
	files := map[string]string{path: content}
	for p, c := range shop {
		if p != path {
			files[p] = c
		}
	}
	return files
}

// refused makes a call and compares the whole refusal.
func (r *rig) refused(status int, want, method, path, body string, contentType ...string) {
	r.t.Helper()
	got, answer := r.call(method, path, body, contentType...)
	require.Equal(r.t, status, got, answer)
	require.JSONEq(r.t, want, answer)
}

// careless asks nobody whether the date is there.
var careless = strings.NewReplacer(
	"  - {id: undated, if: not has(inputs.starts_at), exit: no_date}\n", "", "inputs.starts_at ?? now", "inputs.starts_at", "past: [{id: late, exit: too_late}]", "past: []",
).Replace(shop["maybe.journey.yaml"])

var brokenGreeting = strings.Replace(shop["greet.journey.yaml"], "template: hello", "template: hallo", 1)

// A journey with errors is not published, and the last good version stays.
func TestAJourneyWithErrorsIsNotPublished(t *testing.T) {
	r := newShop(t, onSQLite)
	before := r.ok("GET", "/api/v1/journeys/greet", "")
	r.refused(422, `{"error":{"code":"invalid","message":"nothing was published, because the files have 1 error(s); what was live stays live","details":{"diagnostics":[
		{"code":"J0404","severity":"error","message":"there is no whatsapp template `+"`hallo`"+`","suggestion":"did you mean `+"`hello`"+`?","hint":"known: hello, reminder","note":"",
		"file":"greet.journey.yaml","line":7,"column":45,"end_line":7,"end_column":50,"step_id":"hello","fix":[{"line":7,"column":45,"end_line":7,"end_column":50,"text":"hello"}]}]}}}`,
		"POST", "/api/v1/publish", jsonOf(t, map[string]any{"files": with("greet.journey.yaml", brokenGreeting)}))
	require.JSONEq(t, before, r.ok("GET", "/api/v1/journeys/greet", ""))
	r.ok("POST", "/api/v1/journeys/greet/enrollments", `{"contact_id":"bia"}`)
	require.Equal(t, "Bom dia!", r.sent("bia", 1).Text)
}

// The watched folder says the same on the terminal, publishes what is clean,
// and takes the mended file at its next save.
func TestTheWatchedFolderKeepsTheLastGoodVersion(t *testing.T) {
	r := newShop(t, onSQLite)
	dir := t.TempDir()
	for path, content := range shop {
		require.NoError(t, os.WriteFile(filepath.Join(dir, path), []byte(content), 0o600))
	}
	said := &logBuffer{}
	changes, err := noticing(dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	w := &watcher{publish: r.folder, changed: r.process.runtime.Wake, term: &terminal{out: io.Discard, err: said, language: diag.English}}
	n, err := w.load(r.ctx, os.DirFS(dir))
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Empty(t, said.String(), "nothing changed")
	ctx, cancel := context.WithCancel(r.ctx)
	var done sync.WaitGroup
	done.Go(func() { w.watch(ctx, changes, dir, slog.New(slog.DiscardHandler)) })
	defer done.Wait()
	defer cancel()

	before := r.ok("GET", "/api/v1/journeys/greet", "")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "greet.journey.yaml"), []byte(brokenGreeting), 0o600))
	until(t, "the mistake is said", func() bool { return strings.Contains(said.String(), "last good version") })
	require.Equal(t, `error[J0404] greet.journey.yaml:7:45: there is no whatsapp template `+"`hallo`"+`
7 | - {id: hello, send: {whatsapp: {template: hallo}}}
  |                                           ^^^^^ did you mean `+"`hello`"+`?
  = help: known: hello, reminder
Files with errors were not published; their last good version stays.
`, said.String())
	require.JSONEq(t, before, r.ok("GET", "/api/v1/journeys/greet", ""))
	mended := strings.Replace(shop["greet.journey.yaml"], "id: hello,", "id: hi,", 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "greet.journey.yaml"), []byte(mended), 0o600))
	until(t, "the mended file is live", func() bool { return strings.Contains(said.String(), "published greet, version 2\n") })
}

// An event whose data does not fit its type is 422 and names the field.
func TestAnEventThatDoesNotFitNamesTheField(t *testing.T) {
	r := newShop(t, onSQLite)
	r.refused(422, `{"error":{"code":"invalid","message":"`+"`"+`data.starts_at`+"`"+` must be a date and time such as 2026-11-27T08:00 or 2026-11-27T08:00:00-03:00, not the text \"amanhã\"","details":{"field":"data.starts_at","fields":[{"field":"data.starts_at","message":"`+"`"+`data.starts_at`+"`"+` must be a date and time such as 2026-11-27T08:00 or 2026-11-27T08:00:00-03:00, not the text \"amanhã\""}]}}}`,
		"POST", "/api/v1/events", `{"event":"visit.booked","contact_id":"bia","data":{"visit_id":"V1","starts_at":"amanhã"}}`)
	r.refused(422, `{"error":{"code":"invalid","message":"`+"`"+`data.rooms`+"`"+` must be a whole number, not the text \"two\"","details":{"field":"data.rooms","fields":[{"field":"data.rooms","message":"`+"`"+`data.rooms`+"`"+` must be a whole number, not the text \"two\""},{"field":"data.starts_at","message":"`+"`"+`data.starts_at`+"`"+` is required and missing"}]}}}`,
		"POST", "/api/v1/events", `{"event":"visit.booked","contact_id":"bia","data":{"visit_id":7,"rooms":"two"}}`)
	r.refused(422, `{"error":{"code":"invalid","message":"the workspace declares no event \"visit.boked\": add it under events in workspace.yaml (did you mean `+"`"+`visit.booked`+"`"+`?)","details":{"field":"event","known":["visit.booked","visit.maybe"]}}}`,
		"POST", "/api/v1/events", `{"event":"visit.boked","contact_id":"bia","data":{}}`)
	r.refused(400, `{"error":{"code":"bad_request","message":"the JSON is broken at line 1, column 25: the JSON ends too early","details":{"column":25,"line":1}}}`,
		"POST", "/api/v1/events", `{"event":"visit.booked",`)
}

// What is too large for a history is refused at the door, with its size.
func TestWhatIsTooLargeIsRefused(t *testing.T) {
	r := newShop(t, onSQLite)
	large := strings.Repeat("x", 70<<10)
	for field, c := range map[string]struct{ method, path, body string }{
		"data":       {"POST", "/api/v1/events", `{"event":"visit.booked","contact_id":"bia","data":{"visit_id":"` + large + `","starts_at":"2026-12-01T10:00:00-03:00"}}`},
		"inputs":     {"POST", "/api/v1/journeys/remind/enrollments", `{"contact_id":"bia","inputs":{"visit_id":"` + large + `","starts_at":"2026-12-01T10:00:00-03:00"}}`},
		"attributes": {"PUT", "/api/v1/contacts/bia", `{"attributes":{"first_name":"` + large + `"}}`},
	} {
		status, answer := r.call(c.method, c.path, c.body)
		require.Equal(t, 422, status, answer)
		require.Contains(t, answer, field+" ")
		require.Contains(t, answer, "KB and may be 64 KB")
		require.Contains(t, answer, `"field":"`+field+`"`)
	}
}

// What is not there is 404, in words.
func TestUnknownThingsAreSaidInWords(t *testing.T) {
	r := newShop(t, onSQLite)
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", "/api/v1/contacts/nobody", "", `there is no contact "nobody"`},
		{"GET", "/api/v1/journeys/gret", "", `there is no journey "gret"`},
		{"GET", "/api/v1/enrollments?journey=remind&step=evee", "", `journey "remind" has no step "evee" (did you mean ` + "`" + `eve` + "`" + `?)`},
		{"GET", "/api/v1/enrollments/enr_none", "", `there is no enrollment "enr_none"`},
		{"GET", "/api/v1/nothing", "", `there is no such address: /api/v1/openapi.json lists them all`},
		{"POST", "/api/v1/journeys/greet/enrollments", `{"contact_id":"nobody"}`, `there is no contact "nobody"`},
		{"POST", "/api/v1/journeys/gret/enrollments", `{"contact_id":"bia"}`, `there is no journey "gret"`},
		{"POST", "/api/v1/events", `{"event":"visit.booked","contact_id":"nobody","data":{"visit_id":"V1","starts_at":"2026-12-01T10:00:00-03:00"}}`, `there is no contact "nobody"`},
	} {
		r.refused(404, jsonOf(t, map[string]any{"error": map[string]any{"code": "not_found", "message": c.want, "details": map[string]any{}}}), c.method, c.path, c.body)
	}
}

// A CSV with bad rows imports the good ones and returns the bad ones with line
// and reason.
func TestACSVWithBadRowsImportsTheGoodOnes(t *testing.T) {
	r := newShop(t, onSQLite)
	csv := strings.Join([]string{
		"id,first_name,age,phone,opt_in.whatsapp,shoe",
		"c1,Caio,30,+5511900000061,sim,40",
		"c2,Duda,thirty,+5511900000062,sim,41",
		"c3,Edu,31,12,sim,42",
		`c4,"Fabi,32,+5511900000064,talvez,43`,
		"c5,Gil,33,+5511900000065,talvez,44",
		"",
	}, "\n")
	status, answer := r.call("POST", "/api/v1/contacts/import", csv, "text/csv")
	require.Equal(t, 200, status, answer)
	require.JSONEq(t, `{"rows":4,"imported":1,"created":1,"updated":0,"repeated":0,"failed":3,"errors_omitted":0,"ignored_columns":["shoe"],"errors":[
		{"line":3,"column":"age","message":"`+"`"+`age`+"`"+` must be a whole number, not the text \"thirty\""},
		{"line":4,"column":"phone","message":"\"12\" is no phone number: write it with country and area code, like +55 11 98765-4321"},
		{"line":5,"column":"","message":"the quotes of this line do not match: put double quotes around a cell and write a quote inside it twice"}]}`, answer)
	r.ok("GET", "/api/v1/contacts/c1", "")
	status, _ = r.call("GET", "/api/v1/contacts/c2", "")
	require.Equal(t, 404, status, "a bad row leaves nothing behind")
}

// A missing date never sends a reminder at once.
func TestAMissingDateSendsNothing(t *testing.T) {
	r := newShop(t, onSQLite)
	// A required date that is missing is refused at the door.
	r.refused(422, `{"error":{"code":"invalid","message":"`+"`"+`data.starts_at`+"`"+` is required and missing","details":{"field":"data.starts_at","fields":[{"field":"data.starts_at","message":"`+"`"+`data.starts_at`+"`"+` is required and missing"}]}}}`,
		"POST", "/api/v1/events", `{"event":"visit.booked","contact_id":"bia","data":{"visit_id":"V1"}}`)
	r.refused(422, `{"error":{"code":"invalid","message":"`+"`"+`inputs.starts_at`+"`"+` is required and missing","details":{"field":"inputs.starts_at","fields":[{"field":"inputs.starts_at","message":"`+"`"+`inputs.starts_at`+"`"+` is required and missing"}]}}}`,
		"POST", "/api/v1/journeys/remind/enrollments", `{"contact_id":"bia","inputs":{"visit_id":"V1","starts_at":null}}`)
	r.refused(422, `{"error":{"code":"invalid","message":"`+"`inputs.starts_at`"+` is required and missing","details":{"field":"inputs.starts_at","fields":[{"field":"inputs.starts_at","message":"`+"`inputs.starts_at`"+` is required and missing"}]}}}`,
		"POST", "/api/v1/journeys/remind/enrollments", `{"contact_id":"bia","inputs":{"visit_id":"V1","starts_at":""}}`)
	// An optional one that is missing ends the journey where the author said.
	r.ok("POST", "/api/v1/events", `{"event":"visit.maybe","contact_id":"bia","data":{"visit_id":"V2"}}`)
	r.eventually("the journey ends", func() bool { e := r.enrollments("bia", "maybe"); return len(e) == 1 && e[0].Status == "exited" })
	require.Equal(t, "no_date", r.enrollments("bia", "maybe")[0].Outcome)
	// A past one takes its branch.
	r.ok("POST", "/api/v1/events", `{"event":"visit.booked","contact_id":"bia","data":{"visit_id":"V3","starts_at":"2020-01-01T10:00:00-03:00"}}`)
	r.eventually("the journey ends", func() bool { e := r.enrollments("bia", "remind"); return len(e) == 1 && e[0].Status == "exited" })
	require.Equal(t, "too_late", r.enrollments("bia", "remind")[0].Outcome)
	// An author who forgot it is told before anything is published.
	body, err := json.Marshal(map[string]any{"files": with("maybe.journey.yaml", careless)})
	require.NoError(t, err)
	status, answer := r.call("POST", "/api/v1/publish", string(body))
	require.Equal(t, 422, status, answer)
	require.Contains(t, answer, `"code":"J0311"`)
	require.Contains(t, answer, "`inputs.starts_at` may be missing")
	require.Empty(t, r.phone("bia"), "nothing was sent")
}

// A database that is away: nothing is accepted, /readyz says why, and what was
// accepted before is worked off when it is back.
func TestADatabaseThatIsAway(t *testing.T) {
	gate := &gate{t: t}
	r := newRig(t, onPostgres, rigOptions{throughGate: gate})
	r.publishFiles(shop)
	r.ok("PUT", "/api/v1/contacts/bia", `{"attributes":{"first_name":"Bia"},"addresses":{"phone":"+5511900000055"},"opt_in":{"whatsapp":true}}`)
	r.ok("POST", "/api/v1/integrations", `{"id":"wa","provider":"meta","channel":"whatsapp","settings":{"phone_number_id":"`+waNumber+`","base_url":"http://127.0.0.1:1"},"secrets":{"token":"`+waToken+`","app_secret":"`+waAppSecret+`","verify_token":"x"}}`)
	v := &vendors{t: t, webhooks: r.server.URL}
	text := func(id string) int { return v.whatsApp(waAppSecret, waText("+5511900000077", id, "oi")) }
	require.Equal(t, 200, text("wamid.BEFORE"))
	starts := time.Now().Add(48 * time.Hour).Format(time.RFC3339)
	r.ok("POST", "/api/v1/events", `{"event":"visit.booked","id":"before","contact_id":"bia","data":{"visit_id":"V1","starts_at":"`+starts+`"}}`)

	gate.close()
	require.Equal(t, 503, text("wamid.DURING"), "Meta calls again later")
	status, answer := r.call("POST", "/api/v1/events", `{"event":"visit.booked","id":"during","contact_id":"bia","data":{"visit_id":"V2","starts_at":"`+starts+`"}}`)
	require.Equal(t, 503, status, answer)
	require.JSONEq(t, `{"error":{"code":"unavailable","message":"the database is away, so the token cannot be checked; try again","details":{}}}`, answer)
	status, answer = r.call("GET", "/readyz", "")
	require.Equal(t, 503, status, answer)
	require.JSONEq(t, `{"status":"not_ready","checks":[
		{"name":"database","ok":false,"message":"the database does not answer; nothing new is accepted until it does"},
		{"name":"temporal","ok":true,"message":"answers"},
		{"name":"worker","ok":true,"message":"runs journeys"},
		{"name":"dispatcher","ok":false,"message":"cannot see what waits, because the database does not answer"}]}`, answer)
	status, _ = r.call("GET", "/healthz", "")
	require.Equal(t, http.StatusOK, status, "restarting us would not bring the database back")

	gate.open()
	until(t, "it is ready again", func() bool { status, _ := r.call("GET", "/readyz", ""); return status == 200 })
	require.Equal(t, 200, text("wamid.DURING"))
	r.ok("POST", "/api/v1/events", `{"event":"visit.booked","id":"during","contact_id":"bia","data":{"visit_id":"V2","starts_at":"`+starts+`"}}`)
	r.eventually("both visits wait for their eve", func() bool {
		n := 0
		for _, e := range r.enrollments("bia", "remind") {
			if e.CurrentStep == "eve" {
				n++
			}
		}
		return n == 2
	})
}

// gate is a TCP proxy before Postgres that can be closed.
type gate struct {
	t      testing.TB
	target string
	addr   string
	mu     sync.Mutex
	shut   bool
	conns  map[net.Conn]bool
}

// before starts the proxy and returns its address.
func (g *gate) before(target string) string {
	g.t.Helper()
	g.target, g.conns = target, map[net.Conn]bool{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(g.t, err)
	g.t.Cleanup(func() { _ = l.Close() })
	g.addr = l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go g.carry(c)
		}
	}()
	return g.addr
}

func (g *gate) carry(c net.Conn) {
	defer func() { _ = c.Close() }()
	up, err := net.Dial("tcp", g.target)
	if err != nil {
		return
	}
	defer func() { _ = up.Close() }()
	g.mu.Lock()
	if g.shut {
		g.mu.Unlock()
		return
	}
	g.conns[c], g.conns[up] = true, true
	g.mu.Unlock()
	go func() {
		_, _ = io.Copy(up, c)
		_ = up.Close()
	}()
	_, _ = io.Copy(c, up)
	g.mu.Lock()
	delete(g.conns, c)
	delete(g.conns, up)
	g.mu.Unlock()
}

// close cuts every connection and refuses new ones.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	for c := range g.conns {
		_ = c.Close()
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = false
}
