package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"jornada/engine"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
)

type consentsAnswer struct {
	OptIn    map[string]bool            `json:"opt_in"`
	Purposes map[string]map[string]bool `json:"opt_in_purposes"`
	Items    []struct {
		Channel, Purpose, Source, Evidence string
		Granted                            bool
		By                                 string `json:"recorded_by"`
		At                                 string
	} `json:"items"`
	Suppressions []struct{ ID, Channel, Purpose, Reason, List string } `json:"suppressions"`
}

func (f *fixture) consents(id string) (out consentsAnswer) {
	f.t.Helper()
	w := f.admin("GET", "/api/v1/contacts/"+id+"/consents", "")
	if w.Code != http.StatusOK {
		f.t.Fatalf("consents: %d %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		f.t.Fatal(err)
	}
	return out
}

// Permission by purpose, with its evidence, through every door that writes it.
func TestConsentByPurpose(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open storetest.Open) {
		f := newFixture(t, open(t, store.Options{}))
		put := func(method, body string, want int) string {
			t.Helper()
			w := f.admin(method, "/api/v1/contacts/ana", body)
			if w.Code != want {
				t.Fatalf("%s %s: %d %s", method, body, w.Code, w.Body)
			}
			return w.Body.String()
		}
		put("PUT", `{"attributes": {"first_name": "Ana", "visits": 1, "tags": []}, "addresses": {"phone": "+55 11 98765-4321"}, "opt_in": {"whatsapp": true}}`, 201)
		answer := put("PATCH", `{"opt_in": {"whatsapp": {"marketing": false, "source": "front desk", "evidence": "said so on the phone"}}}`, 200)
		if !strings.Contains(answer, `"opt_in":{"whatsapp":true}`) || !strings.Contains(answer, `"opt_in_purposes":{"whatsapp":{"marketing":false}}`) {
			t.Errorf("the contact shows both: %s", answer)
		}
		c := f.consents("ana")
		if got := c.Items[0]; got.Purpose != "marketing" || got.Granted || got.Source != "front desk" || got.Evidence != "said so on the phone" || !strings.HasPrefix(got.By, "tests (") {
			t.Errorf("evidence: %+v", got)
		}
		// Replacing the contact, as another system does every night, takes nothing back.
		put("PUT", `{"attributes": {"first_name": "Ana", "visits": 2, "tags": []}, "addresses": {"phone": "+5511987654321"}, "opt_in": {"whatsapp": true}}`, 200)
		if c = f.consents("ana"); c.Purposes["whatsapp"]["marketing"] || len(c.Purposes) != 1 {
			t.Errorf("after replacing: %v", c.Purposes)
		}

		// The resource of its own: a signed form of last year is evidence, and changes nothing.
		post := func(body string, want int) string {
			t.Helper()
			w := f.admin("POST", "/api/v1/contacts/ana/consents", body)
			if w.Code != want {
				t.Fatalf("POST %s: %d %s", body, w.Code, w.Body)
			}
			return w.Body.String()
		}
		post(`{"channel": "whatsapp", "purpose": "marketing", "granted": true, "source": "form", "at": "2025-11-20T14:00:00-03:00"}`, 201)
		if c = f.consents("ana"); c.Purposes["whatsapp"]["marketing"] || len(c.Purposes["whatsapp"]) != 1 {
			t.Errorf("an old yes undid a newer no: %v", c.Purposes)
		}
		post(`{"channel": "sms", "purpose": "utility", "granted": true}`, 201)
		if c = f.consents("ana"); !c.OptIn["sms"] || !c.Purposes["sms"]["utility"] {
			t.Errorf("opened for one purpose: %+v", c)
		}
		for body, says := range map[string]string{
			`{"channel": "fax", "granted": true}`:                                               "there is no channel",
			`{"channel": "sms", "purpose": "fun", "granted": true}`:                             "there is no purpose",
			`{"channel": "sms"}`:                                                                "granted is missing",
			`{"channel": "sms", "granted": true, "why": "x"}`:                                   "there is no field",
			`{"channel": "sms", "granted": true, "source": "` + strings.Repeat("x", 101) + `"}`: "source has more than",
		} {
			if answer := post(body, 422); !strings.Contains(answer, says) {
				t.Errorf("%s: %s", body, answer)
			}
		}
		for _, body := range []string{`{"opt_in": {"whatsapp": "sim"}}`, `{"opt_in": {"whatsapp": {"fun": true}}}`} {
			if answer := put("PATCH", body, 422); !strings.Contains(answer, "marketing, utility, authentication, service") {
				t.Errorf("%s: %s", body, answer)
			}
		}

		// A table says it in columns.
		w := f.do("POST", "/api/v1/contacts/import", http.Header{"Authorization": {"Bearer " + testSecret}, "Content-Type": {"text/csv"}},
			strings.NewReader("id,opt_in.whatsapp.marketing,opt_in.whatsapp.source,opt_in.whatsapp.evidence,opt_in.whatsapp.fun\nana,sim,fair,signed,x\nana,talvez,,,\n"))
		if w.Code != 200 || !strings.Contains(w.Body.String(), `"imported":1`) || !strings.Contains(w.Body.String(), `"column":"opt_in.whatsapp.marketing"`) ||
			!strings.Contains(w.Body.String(), `"ignored_columns":["opt_in.whatsapp.fun"]`) {
			t.Fatalf("import: %d %s", w.Code, w.Body)
		}
		if c = f.consents("ana"); len(c.Purposes["whatsapp"]) != 0 || c.Items[0].Source != "fair" || c.Items[0].Evidence != "signed" {
			t.Errorf("after the import: %v, %+v", c.Purposes, c.Items[0])
		}
	})
}

// An administrator makes one person of two; both ids lead to the one that stays.
func TestMergingByAnAdministrator(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open storetest.Open) {
		f := newFixture(t, open(t, store.Options{}))
		for _, id := range []string{"ana", "ana2"} {
			if w := f.admin("PUT", "/api/v1/contacts/"+id, `{"addresses": {"email": "`+id+`@example.com"}, "attributes": {"first_name": "`+id+`"}}`); w.Code != 201 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		if err := f.store.InsertEnrollment(t.Context(), &engine.Enrollment{ID: "e1", JourneyID: "j", VersionHash: "v", ContactID: "ana2", Key: "k"}); err != nil {
			t.Fatal(err)
		}
		merge := func(from, body string, want int, says string) {
			t.Helper()
			if w := f.admin("POST", "/api/v1/contacts/"+from+"/merge", body); w.Code != want || !strings.Contains(w.Body.String(), says) {
				t.Errorf("%s %s: %d %s", from, body, w.Code, w.Body)
			}
		}
		merge("ana2", `{}`, 422, "into is missing")
		merge("ana2", `{"into": "ana2"}`, 422, "into itself")
		merge("ana2", `{"into": "nobody"}`, 404, "nobody")
		merge("nobody", `{"into": "ana"}`, 404, "nobody")
		merge("ana2", `{"into": "ana"}`, 200, `"id":"ana"`)
		merge("ana2", `{"into": "ana"}`, 200, `"email":["ana@example.com","ana2@example.com"]`)
		for path, says := range map[string]string{
			"/api/v1/contacts/ana2":               `"id":"ana"`,
			"/api/v1/enrollments?contact_id=ana2": `"contact_id":"ana"`,
			"/api/v1/messages?contact_id=ana2":    `"items":[]`,
			"/api/v1/handoffs?contact_id=ana2":    `"items":[]`,
		} {
			if w := f.admin("GET", path, ""); w.Code != 200 || !strings.Contains(w.Body.String(), says) {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
		// Another system goes on with the id it knows.
		if w := f.admin("PATCH", "/api/v1/contacts/ana2", `{"attributes": {"first_name": "Ana Maria"}}`); w.Code != 200 || !strings.Contains(w.Body.String(), `"id":"ana"`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
