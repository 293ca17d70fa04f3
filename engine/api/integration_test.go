package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// TestATestSpeaksTheCallersLanguage: what is wrong with an integration is said in
// the language that was asked for.
func TestATestSpeaksTheCallersLanguage(t *testing.T) {
	f := inMemory(t)
	f.admin("POST", "/api/v1/integrations", `{"id":"main","provider":"echo","channel":"whatsapp","secrets":{"key":"canary-secret"}}`)
	for lang, want := range map[string]string{"en": "the token expired: make a new one", "pt-BR": "o token expirou: gere outro"} {
		w := f.admin("POST", "/api/v1/integrations/main/test", "", "Accept-Language", lang)
		var said testView
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != 200 || said.OK || said.Message != want {
			t.Errorf("%s: %d %s, want %q", lang, w.Code, w.Body, want)
		}
	}
}

// TestThePaceOfAnIntegration: what a refusal taught, and how much of a tier is used up,
// stand in the API and in the metrics.
func TestThePaceOfAnIntegration(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.admin("POST", "/api/v1/integrations", `{"id":"main","provider":"echo","channel":"whatsapp","settings":{"messages_per_second":"80","tier":"250","portfolio":"clinic"},"secrets":{"key":"k"}}`)
		f.admin("POST", "/api/v1/integrations", `{"id":"free","provider":"echo","channel":"sms","secrets":{"key":"k"}}`)
		if _, err := f.store.LearnPace(t.Context(), "main", 80, noon); err != nil {
			t.Fatal(err)
		}
		if _, err := f.store.CountPerson(t.Context(), engine.Opening{Portfolio: "portfolio:clinic", IntegrationID: "main", ContactID: "ana", Limit: 250}); err != nil {
			t.Fatal(err)
		}
		for id, quality := range map[engine.IntegrationID]string{"main": "red", "free": "unknown"} {
			if _, err := f.store.SetQuality(t.Context(), id, quality); err != nil {
				t.Fatal(err)
			}
		}
		f.admin("POST", "/api/v1/integrations", `{"id":"told","provider":"echo","channel":"whatsapp","secrets":{"key":"k"}}`)
		for _, id := range []engine.IntegrationID{"main", "told"} { // a setting goes before what the platform says
			if _, err := f.store.SetThroughput(t.Context(), id, 1000); err != nil {
				t.Fatal(err)
			}
		}
		var list struct {
			Items []integrationView `json:"items"`
		}
		w := f.admin("GET", "/api/v1/integrations", "")
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list.Items) != 3 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for _, i := range list.Items {
			want := pace{By: channel.RateDeclared}
			switch i.ID {
			case "told":
				want = pace{PerSecond: 1000, Declared: 1000, By: channel.RateTold}
			case "main":
				want = pace{PerSecond: 40, Declared: 80, By: channel.RateSet, LoweredAt: i.Pace.LoweredAt, Tier: 250, Portfolio: "clinic", People: 1, Quality: "red"}
				if i.Pace.LoweredAt == nil || !i.Pace.LoweredAt.Equal(noon.Truncate(time.Microsecond)) {
					t.Errorf("lowered at %v", i.Pace.LoweredAt)
				}
			}
			if i.Pace == nil || *i.Pace != want {
				t.Errorf("%s: %+v, want %+v", i.ID, i.Pace, want)
			}
		}
		metrics := f.do("GET", "/metrics", nil, http.NoBody).Body.String()
		for _, line := range []string{
			`jornada_integration_messages_per_second{integration="main"} 40`, `jornada_integration_messages_per_second{integration="told"} 1000`, `jornada_integration_declared_messages_per_second{integration="main"} 80`,
			`jornada_integration_tier_people{integration="main"} 250`, `jornada_integration_tier_used_people{integration="main"} 1`,
		} {
			if !strings.Contains(metrics, line+"\n") {
				t.Errorf("no %q among the metrics", line)
			}
		}
		if strings.Contains(metrics, `{integration="free"}`) {
			t.Error("what has no limit has a gauge")
		}
	})
}
