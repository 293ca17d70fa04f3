package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
)

// hostile texts are no ids, cursors or filters, and are sent as if they were.
var hostile = []string{
	"\x00", "a\x00b", "\xff\xfe", "%", "_", "%00", "'", "' OR 1=1 --", "\"; DROP TABLE contacts; --", "../../etc/passwd", "..", ".", "{{7*7}}", "${jndi:ldap://x}", "<script>", "\u202e", "\ufeff",
	"👋🏽", "a\r\nX-Injected: 1", strings.Repeat("a", 5000), "-1", "0", "9223372036854775808", "1e9", "NaN", "null", "true", "[]", "2026-11-25T12:00:00Z|x", "MjAyNi0xMS0yNVQxMjowMDowMC4wMDAwMDBafGEAYg",
}

// Whatever stands where an id, a cursor, a limit or a filter belongs, every call
// answers, on both databases, and none of it is our fault.
func TestHostileParameters(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.seed()
		f.connect()
		f.admin("PUT", "/api/v1/contacts/ana", `{"attributes":{"first_name":"Ana"}}`)
		h := http.Header{"Authorization": {"Bearer " + testSecret}, "Content-Type": {"application/json"}}
		names := []string{"limit", "cursor", "query", "tag", "journey", "contact_id", "status", "step", "enrollment_id", "channel", "queue", "state", "event"}
		calls := 0
		for _, r := range f.server.routes() {
			for _, evil := range hostile {
				path := r.path
				for _, name := range []string{":id", ":integration_id", ":token"} {
					path = strings.ReplaceAll(path, name, url.PathEscape(evil))
				}
				if r.path == path {
					for _, name := range names { // each alone: a refusal of one must not hide the next
						query := url.Values{name: {evil}}
						f.unharmed(r, path+"?"+query.Encode(), h)
						calls++
					}
					continue
				}
				f.unharmed(r, path, h)
				calls++
			}
		}
		if calls < 1000 {
			t.Errorf("only %d calls were made", calls)
		}
	})
}

func (f *fixture) unharmed(r route, path string, h http.Header) {
	f.t.Helper()
	var body string
	if r.takes == takesJSON {
		body = "{}"
	}
	w := f.do(r.method, path, h, strings.NewReader(body))
	if w.Code >= 500 && r.operation != "getReadiness" {
		f.t.Errorf("%s %s answers %d: %s", r.method, path, w.Code, w.Body)
	}
	if w.Header().Get("X-Injected") != "" {
		f.t.Errorf("%s %s lets a header in", r.method, path)
	}
}

// Texts that a database refuses, inside well-formed bodies: refused in words or
// stored without them, never a fault of ours.
func TestHostileBodies(t *testing.T) {
	const nul, half = `a\u0000b`, `\ud800`
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.seed()
		f.connect()
		f.admin("PUT", "/api/v1/contacts/ana", `{"attributes":{"first_name":"Ana"},"addresses":{"phone":"+5511987654321"}}`)
		f.admin("POST", "/api/v1/journeys/hello/enrollments", `{"contact_id":"ana","inputs":{"starts_at":"2026-11-27T14:30:00-03:00"}}`)
		f.seedConversation()
		for _, c := range []struct{ method, path, body string }{
			{"PUT", "/api/v1/contacts/ana", `{"attributes":{"first_name":"%s","tags":["%s"]}}`},
			{"PUT", "/api/v1/contacts/ana", `{"attributes":{"%s":"x"}}`},
			{"PUT", "/api/v1/contacts/ana", `{"timezone":"%s"}`},
			{"PUT", "/api/v1/contacts/ana", `{"locale":"%s"}`},
			{"PUT", "/api/v1/contacts/ana", `{"addresses":{"phone":"%s"}}`},
			{"PUT", "/api/v1/contacts/ana", `{"addresses":{"email":"%s@x.example"}}`},
			{"PUT", "/api/v1/contacts/ana", `{"addresses":{"bsuid":"%s"}}`},
			{"PUT", "/api/v1/contacts/ana", `{"opt_in":{"%s":true}}`},
			{"PUT", "/api/v1/contacts/ana", `{"%s":1}`},
			{"POST", "/api/v1/events", `{"event":"%s","contact_id":"ana","data":{}}`},
			{"POST", "/api/v1/events", `{"event":"appointment.scheduled","id":"%s","contact_id":"ana","data":{"appointment_id":"1","starts_at":"2026-11-27T14:30:00-03:00","doctor":"%s","unit":{"name":"%s"}}}`},
			{"POST", "/api/v1/events", `{"event":"appointment.scheduled","contact_id":"%s","data":{}}`},
			{"POST", "/api/v1/events", `{"event":"appointment.scheduled","contact":{"id":"%s"},"data":{}}`},
			{"POST", "/api/v1/events", `{"event":"appointment.scheduled","occurred_at":"%s","contact_id":"ana"}`},
			{"POST", "/api/v1/events/import", `[{"event":"%s","id":"%s","contact_id":"%s","data":{}},{"event":"appointment.scheduled","id":"%s","contact_id":"%s","data":{"doctor":"%s"}}]`},
			{"POST", "/api/v1/journeys/hello/enrollments", `{"contact_id":"%s"}`},
			{"POST", "/api/v1/journeys/hello/enrollments", `{"contact_id":"ana","inputs":{"starts_at":"%s"}}`},
			{"POST", "/api/v1/enrollments/enr_ana/unenroll", `{"reason":"%s"}`},
			{"PUT", "/api/v1/journeys/draft_one/draft", `{"source":"%s","name":"%s"}`},
			{"POST", "/api/v1/journeys/hello/publish", `{"source":"journey: hello\nname: %s\n"}`},
			{"POST", "/api/v1/journeys/check", `{"files":{"%s.journey.yaml":"x"}}`},
			{"POST", "/api/v1/journeys/check", `{"files":{"x.journey.yaml":"%s"}}`},
			{"PUT", "/api/v1/workspace/files", `{"files":{"x.journey.yaml":"%s"}}`},
			{"POST", "/api/v1/publish", `{"files":{"x.journey.yaml":"%s"}}`},
			{"POST", "/api/v1/integrations", `{"id":"%s","provider":"echo","channel":"sms","secrets":{"key":"k"}}`},
			{"POST", "/api/v1/integrations", `{"id":"two","provider":"echo","channel":"%s","secrets":{"key":"k"}}`},
			{"POST", "/api/v1/integrations", `{"id":"three","provider":"echo","channel":"sms","name":"%s","settings":{"%s":"%s"},"secrets":{"key":"%s"}}`},
			{"PATCH", "/api/v1/integrations/main", `{"name":"%s","secrets":{"%s":"%s"}}`},
			{"POST", "/api/v1/tokens", `{"name":"%s","scopes":["read"]}`},
			{"POST", "/api/v1/tokens", `{"name":"x","scopes":["%s"]}`},
			{"POST", "/api/v1/messages/msg_1/resolve", `{"action":"%s"}`},
			{"POST", "/api/v1/handoffs/hnd_1/resolve", `{"resolution":"%s","note":"%s"}`},
			{"POST", "/dev/inbound", `{"contact_id":"ana","channel":"whatsapp","text":"%s"}`},
			{"POST", "/dev/inbound", `{"contact_id":"%s","channel":"whatsapp","text":"x"}`},
			{"POST", "/dev/inbound", `{"contact_id":"ana","channel":"%s","option":"%s"}`},
			{"POST", "/dev/status", `{"message_id":"%s","status":"delivered"}`},
			{"POST", "/dev/status", `{"message_id":"msg_1","status":"failed","error_code":"%s"}`},
		} {
			for _, evil := range []string{nul, half} {
				body := strings.ReplaceAll(c.body, "%s", evil)
				for _, key := range []string{"", "k\x00" + evil} {
					h := []string{}
					if key != "" {
						h = append(h, "Idempotency-Key", key)
					}
					if w := f.admin(c.method, c.path, body, h...); w.Code >= 500 {
						t.Errorf("%s %s with %s answers %d: %s", c.method, c.path, body, w.Code, w.Body)
					}
				}
			}
		}
		sheet := "id,first_name,phone\n\x00,a,+5511987650000\nx,a\x00b,\ny,\xff,\n"
		if w := f.admin("POST", "/api/v1/contacts/import", sheet, "Content-Type", csvType); w.Code >= 500 {
			t.Errorf("a sheet answers %d: %s", w.Code, w.Body)
		}
		// What a provider proves to be its own is stored, whatever it says: a refusal
		// would come back for days.
		f.doors()
		for _, body := range []string{metaBody("111", "wamid.nul", "PLACE"), strings.Replace(metaBody("111", "wamid.PLACE", "x"), `"name":"Ana"`, `"name":"PLACE"`, 1), strings.Replace(metaBody("111", "wamid.odd", "x"), `"type":"text"`, `"type":"PLACE"`, 1)} {
			for _, evil := range []string{nul, half} {
				if w := f.hook(metaCall("wa", "secret of wa", strings.ReplaceAll(body, "PLACE", evil))); w.Code != 200 {
					t.Errorf("a provider's %s answers %d: %s", body, w.Code, w.Body)
				}
			}
		}
		for _, evil := range []string{"a\x00b", "\xff"} {
			form := sms("SM"+evil, evil)
			form.Set("From", evil)
			if w := f.hook(twilioCall("sms", "token of sms", form)); w.Code != 200 {
				t.Errorf("a text message %q answers %d: %s", evil, w.Code, w.Body)
			}
		}
	})
}

// The largest files that the door lets in, made to keep a YAML reader busy for
// minutes: every call that looks at files refuses them by their size, before any
// reader sees them. (A reader that did would end this test by its time limit.)
func TestLargeFilesReachNoReader(t *testing.T) {
	keys, tags := &strings.Builder{}, &strings.Builder{}
	for i := 0; tags.Len() < 6<<20; i++ {
		fmt.Fprintf(keys, "k%d: 1\n", i)
		fmt.Fprintf(tags, "%%TAG !a%d! x\n", i)
	}
	f := inMemory(t)
	f.seed()
	for name, text := range map[string]string{"keys": keys.String(), "tag directives": tags.String(), "brackets": strings.Repeat("[", 5<<20)} {
		files := body(t, map[string]any{"files": map[string]string{"hello.journey.yaml": text}})
		source := body(t, map[string]any{"source": text})
		for _, call := range []struct {
			method, path, body string
			want               int
		}{
			{"POST", "/api/v1/journeys/check", files, http.StatusOK},
			{"POST", "/api/v1/publish", files, http.StatusUnprocessableEntity},
			{"PUT", "/api/v1/journeys/hello/draft", source, http.StatusRequestEntityTooLarge},
		} {
			h := http.Header{"Authorization": {"Bearer " + testSecret}, "Content-Type": {"application/json"}}
			w := f.do(call.method, call.path, h, strings.NewReader(call.body))
			if w.Code != call.want || w.Code != http.StatusRequestEntityTooLarge && !strings.Contains(w.Body.String(), `"J0001"`) {
				t.Errorf("%s: %s %s answers %d: %.300s", name, call.method, call.path, w.Code, w.Body)
			}
		}
	}
}

// A row takes memory for each of its cells, so one that never ends is cut off; the
// rows before it are imported, and the report says from where on nothing was read.
func TestARowThatNeverEnds(t *testing.T) {
	const start = "id,first_name,phone\nana,Ana,+5511987654321\n"
	long := `bia,"` + strings.Repeat("Bia\n", maxRow/8) + `",+5511987654322` + "\n" // in one cell, which is too long in itself
	for name, c := range map[string]struct {
		file string
		line int
		want string
		all  int // rows, the last included
	}{
		"commas":              {start + strings.Repeat(",", 40<<20) + "\ncia,Cia,+5511987654323\n", 3, "longer than 256 KB", 2},
		"quoted line ends":    {start + strings.Repeat("\"\n\",", 8<<20), 3, "longer than 256 KB", 2},
		"a quote left open":   {start + "bia,\"Bia\n" + strings.Repeat("cia,Cia,+5511987654323\n", 100_000), 3, "a quote is never closed", 2},
		"a cell of its limit": {start + long + "cia,Cia,+5511987654323\n", 3, "longer than 64 KB", 3},
	} {
		f := inMemory(t)
		f.seed()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		w := f.importing(c.file)
		runtime.ReadMemStats(&after)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: answered %d: %.300s", name, w.Code, w.Body)
		}
		report := read[importReport](t, w)
		if report.Rows != c.all || report.Imported != c.all-1 || len(report.Errors) != 1 || report.Errors[0].Line != c.line || !strings.Contains(report.Errors[0].Message, c.want) {
			t.Errorf("%s: %+v", name, report)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 128<<20 {
			t.Errorf("%s: %d MB of memory for one row", name, used>>20)
		}
	}
	w := inMemory(t).importing(strings.Repeat("id,", 1<<20))
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "longer than 256 KB") {
		t.Errorf("an endless header is answered %d: %.300s", w.Code, w.Body)
	}
}

// importing calls the door alone, without the checks of [fixture.do] that cost
// memory, too.
func (f *fixture) importing(file string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/contacts/import", strings.NewReader(file))
	r.Header.Set("Authorization", "Bearer "+testSecret)
	r.Header.Set("Content-Type", "text/csv")
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

// A folder has a bounded number of files: each may name every other.
func TestAFolderOfTooManyFiles(t *testing.T) {
	files := map[string]string{}
	for i := range maxFiles + 1 {
		files[fmt.Sprintf("a%d.journey.yaml", i)] = "x"
	}
	f := inMemory(t)
	h := http.Header{"Authorization": {"Bearer " + testSecret}, "Content-Type": {"application/json"}}
	for _, path := range []string{"/api/v1/journeys/check", "/api/v1/publish"} {
		w := f.do("POST", path, h, strings.NewReader(body(t, map[string]any{"files": files})))
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "these are 2001 files; a folder has at most 2000") {
			t.Errorf("%s answers %d: %.200s", path, w.Code, w.Body)
		}
	}
}
