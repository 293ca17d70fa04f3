package api

import (
	"encoding/json"
	"strings"
	"testing"

	"jornada/engine"
)

// A template of the lock file says what its provider says of it, and who sends it;
// one that only the provider knows is there, too.
func TestTemplates(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.admin("POST", "/api/v1/integrations", `{"id":"main","provider":"echo","channel":"whatsapp","secrets":{"key":"canary-secret"}}`)
		f.server.workspace = workspaceCache{}
		if w := f.admin("POST", "/api/v1/publish", files(t, "workspace.yaml", testWorkspace, "templates.lock.yaml", testLock, "confirm.journey.yaml", testJourney)); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		var page struct{ Items []templateView }
		list := func(path string) []templateView {
			t.Helper()
			page.Items = nil
			w := f.admin("GET", path, "")
			if err := json.Unmarshal(w.Body.Bytes(), &page); w.Code != 200 || err != nil {
				t.Fatalf("%d %v %s", w.Code, err, w.Body)
			}
			return page.Items
		}
		before := list("/api/v1/templates")
		if len(before) != 1 || !before[0].Locked || before[0].Status != "approved" || before[0].SyncedAt != nil || strings.Join(before[0].Journeys, ",") != "confirm" {
			t.Fatalf("%+v", before)
		}
		f.runtime.templates = []engine.Template{
			{Channel: engine.WhatsApp, Name: "appointment_confirm", Language: before[0].Language, ProviderID: "1", Status: "paused", Reason: "FIRST_PAUSE", Category: "utility", Quality: "red",
				Components: []engine.TemplateComponent{{Type: "body", Text: "Olá {{1}}"}}},
			{Channel: engine.WhatsApp, Name: "promo", Language: "pt_BR", Status: "approved", Category: "marketing",
				Components: []engine.TemplateComponent{{Type: "body", Text: "Oi {{1}}"}, {Type: "buttons", Buttons: []engine.TemplateButton{{Type: "quick_reply", Text: "Sim"}}}}},
		}
		w := f.admin("POST", "/api/v1/templates/sync", `{}`, "Accept-Language", "pt-BR")
		if w.Code != 200 || !strings.Contains(w.Body.String(), `"message":"novos: 2, alterados: 0, apagados: 0"`) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		after := list("/api/v1/templates")
		if len(after) != 2 {
			t.Fatalf("%+v", after)
		}
		confirm, promo := after[0], after[1]
		if confirm.Status != "paused" || confirm.LockStatus != "approved" || confirm.Reason != "FIRST_PAUSE" || confirm.Quality != "red" || confirm.Integration != "main" || confirm.SyncedAt == nil ||
			confirm.Body != before[0].Body || len(confirm.Params) != len(before[0].Params) || strings.Join(confirm.Journeys, ",") != "confirm" {
			t.Errorf("%+v", confirm)
		}
		if promo.Locked || promo.Body != "Oi {{1}}" || strings.Join(promo.Params, ",") != "1" || strings.Join(promo.Buttons, ",") != "Sim" || len(promo.Journeys) != 0 {
			t.Errorf("%+v", promo)
		}
		if got := list("/api/v1/templates?integration=other"); len(got) != 1 || got[0].Integration != "" {
			t.Errorf("of another integration: %+v", got)
		}
		f.runtime.templates = f.runtime.templates[:1]
		if w := f.admin("POST", "/api/v1/templates/sync", `{"integration":"main"}`); !strings.Contains(w.Body.String(), `"message":"0 new, 0 changed, 1 gone"`) || !strings.Contains(w.Body.String(), `"was":"approved","status":"deleted"`) {
			t.Errorf("%s", w.Body)
		}
		if w := f.admin("POST", "/api/v1/templates/sync", ``); !strings.Contains(w.Body.String(), `"message":"nothing has changed"`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		f.runtime.listProblem = "the token expired"
		if w := f.admin("POST", "/api/v1/templates/sync", ``); w.Code != 200 || !strings.Contains(w.Body.String(), `"ok":false,"message":"the token expired"`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := f.admin("POST", "/api/v1/templates/sync", `{"integration":"nobody"}`); w.Code != 404 || !strings.Contains(w.Body.String(), "nobody") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if err := f.store.Tell(t.Context(), &engine.Notice{Kind: engine.NoticeTemplateStopped, IntegrationID: "main", Channel: engine.WhatsApp,
			Template: &engine.NoticeTemplate{Name: "promo", Language: "pt_BR", Status: "deleted", Journeys: []string{"confirm"}}}); err != nil {
			t.Fatal(err)
		}
		if w := f.admin("GET", "/api/v1/notices", ""); !strings.Contains(w.Body.String(), `"template":{"name":"promo"`) || !strings.Contains(w.Body.String(), "Journeys that use it: confirm.") {
			t.Errorf("%s", w.Body)
		}
	})
}
