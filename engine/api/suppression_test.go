package api

import (
	"net/http"
	"strings"
	"testing"

	"jornada/engine"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
)

// A block list by hash and in plain: bad rows come back, importing again changes
// nothing, it holds for the contact, and is lifted with a line in the audit trail.
func TestBlockLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open storetest.Open) {
		f := newFixture(t, open(t, store.Options{}))
		load := func(query, csv string) string {
			t.Helper()
			w := f.do("POST", "/api/v1/suppressions/import?"+query, http.Header{"Authorization": {"Bearer " + testSecret}, "Content-Type": {"text/csv"}}, strings.NewReader(csv))
			return http.StatusText(w.Code) + " " + w.Body.String()
		}
		hash := engine.AddressDigest(engine.Address{Kind: engine.Phone, Value: "+5511987654321"})
		csv := "sha256,phone,email,note\n" + strings.ToUpper(hash) + ",,,\n,+55 11 98765-4321,,again\n,,Ana@Example.com,\nabc,,,\n,12,,\n,+5511987654322,x@example.com,\n,,,only a note\n"
		got := load("list=nao_me_ligue", csv)
		for _, part := range []string{
			`"rows":7`, `"imported":3`, `"created":2`, `"repeated":1`, `"failed":4`, `"ignored_columns":["note"]`,
			`{"line":5,"column":"sha256","message":"this is no SHA-256: write its 64 hexadecimal digits"}`,
			`{"line":6,"column":"phone","message":"\"12\" is no phone number`, `{"line":7,"column":"email","message":"the row names two addresses`,
			`{"line":8,"column":"sha256","message":"the row names no address"}`,
		} {
			if !strings.Contains(got, part) {
				t.Errorf("the report lacks %s:\n%s", part, got)
			}
		}
		if got = load("list=nao_me_ligue", csv); !strings.Contains(got, `"created":0`) || !strings.Contains(got, `"repeated":3`) {
			t.Errorf("again: %s", got)
		}
		for query, says := range map[string]string{
			"":                    "list must name",
			"list=N%C3%A3o":       "list must name",
			"list=a&channels=fax": "there is no channel",
			"list=a&purpose=fun":  "there is no purpose",
		} {
			if got := load(query, csv); !strings.Contains(got, says) {
				t.Errorf("%q: %s", query, got)
			}
		}
		if got := load("list=a", "name\nx\n"); !strings.Contains(got, "the file needs a column that names addresses") {
			t.Error(got)
		}

		if w := f.admin("PUT", "/api/v1/contacts/ana", `{"addresses": {"phone": "+5511987654321", "email": "ana@example.com"}, "attributes": {"first_name": "Ana"}}`); w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		c := f.consents("ana")
		if len(c.Suppressions) != 3 || c.Suppressions[0].List != "nao_me_ligue" || c.Suppressions[0].Purpose != "marketing" {
			t.Fatalf("suppressions of the contact: %+v", c.Suppressions)
		}
		if w := f.admin("GET", "/api/v1/suppressions?contact_id=ana", ""); strings.Count(w.Body.String(), `"id"`) != 3 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := f.admin("GET", "/api/v1/suppressions?list=nao_me_ligue&channel=sms", ""); strings.Count(w.Body.String(), `"id"`) != 1 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := f.admin("DELETE", "/api/v1/suppressions/"+c.Suppressions[0].ID, ""); w.Code != 204 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := f.admin("DELETE", "/api/v1/suppressions/"+c.Suppressions[0].ID, ""); w.Code != 404 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := f.admin("DELETE", "/api/v1/suppressions?list=nao_me_ligue", ""); w.Code != 200 || w.Body.String() != "{\"lifted\":2}\n" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := f.admin("DELETE", "/api/v1/suppressions", ""); w.Code != 422 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if c = f.consents("ana"); len(c.Suppressions) != 0 {
			t.Errorf("after lifting: %+v", c.Suppressions)
		}
		trail := f.admin("GET", "/api/v1/audit", "").Body.String()
		for _, action := range []string{"suppressions.imported", "suppression.lifted", "suppressions.lifted"} {
			if !strings.Contains(trail, action) {
				t.Errorf("the audit trail lacks %s", action)
			}
		}
		if strings.Contains(f.logs.String()+trail, "98765") {
			t.Error("an address stands in the log or the trail")
		}
	})
}
