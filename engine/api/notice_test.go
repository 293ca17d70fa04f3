package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"jornada/engine"
)

func TestNotices(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.admin("POST", "/api/v1/integrations", `{"id":"main","provider":"echo","channel":"whatsapp","secrets":{"key":"canary-secret"}}`)
		change := func(c engine.IntegrationChange) {
			t.Helper()
			if _, err := f.store.SetIntegrationState(t.Context(), "main", c); err != nil {
				t.Fatal(err)
			}
		}
		change(engine.IntegrationChange{State: engine.NeedsReconnect, Note: "the token expired (code 190)"})
		if w := f.admin("GET", "/api/v1/notices", "", "Accept-Language", "pt-BR"); w.Code != 200 ||
			!strings.Contains(w.Body.String(), `A integração \"main\" (whatsapp) precisa ser conectada de novo: as credenciais dela não são mais aceitas`) ||
			!strings.Contains(w.Body.String(), `O motivo informado: the token expired (code 190)`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		// An administrator reconnects: the state changes with the credentials, the
		// notice is settled, and nobody is told what they did themselves.
		if w := f.admin("PATCH", "/api/v1/integrations/main", `{"name":"Recepção"}`); !strings.Contains(w.Body.String(), `"state":"needs_reconnect"`) {
			t.Errorf("a new name reconnects: %s", w.Body)
		}
		if w := f.admin("PATCH", "/api/v1/integrations/main", `{"secrets":{"key":"canary-secret-2"}}`); !strings.Contains(w.Body.String(), `"state":"enabled"`) {
			t.Errorf("new credentials do not reconnect: %s", w.Body)
		}
		f.admin("POST", "/api/v1/integrations/main/disable", "")
		f.admin("POST", "/api/v1/integrations/main/enable", "")
		resume := noon.Add(time.Minute)
		change(engine.IntegrationChange{State: engine.Limited, ResumeAt: &resume})
		change(engine.IntegrationChange{State: engine.Enabled, From: engine.Limited})
		var page struct {
			Items []struct {
				Kind, Text string
				ResolvedAt *time.Time `json:"resolved_at"`
				ResumeAt   *time.Time `json:"resume_at"`
			}
			NextCursor *string `json:"next_cursor"`
		}
		w := f.admin("GET", "/api/v1/notices?limit=2&since=2020-01-01T00:00:00Z", "")
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Items) != 2 || page.NextCursor == nil {
			t.Fatalf("%v %s", err, w.Body)
		}
		if page.Items[0].Kind != "channel.enabled" || page.Items[1].Kind != "channel.limited" || page.Items[1].ResolvedAt == nil || page.Items[1].ResumeAt == nil {
			t.Errorf("%s", w.Body)
		}
		if w := f.admin("GET", "/api/v1/notices?cursor="+*page.NextCursor, ""); strings.Count(w.Body.String(), `"kind"`) != 1 || !strings.Contains(w.Body.String(), "PATCH /api/v1/integrations/main") {
			t.Errorf("%s", w.Body)
		}
		if w := f.admin("GET", "/api/v1/notices?since=yesterday", ""); w.Code != 422 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
