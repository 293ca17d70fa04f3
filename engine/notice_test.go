package engine_test

import (
	"strings"
	"testing"

	"jornada/engine"
)

// Every notice names the integration and says what to do, in both languages.
func TestNoticeTexts(t *testing.T) {
	for state, remedy := range map[engine.IntegrationState]string{
		engine.NeedsReconnect: "PATCH /api/v1/integrations/main", engine.Limited: "wait",
		engine.Disabled: "POST /api/v1/integrations/main/enable", engine.Enabled: "works again",
	} {
		n := engine.NoticeOf(&engine.Integration{ID: "main", Channel: engine.WhatsApp, State: state, StateNote: "so they said"})
		text := n.Text()
		for _, s := range []string{text.En, text.Pt} {
			if !strings.Contains(s, `"main" (whatsapp)`) || !strings.HasSuffix(s, ": so they said") {
				t.Errorf("%s: %s", state, s)
			}
		}
		if !strings.Contains(text.En, remedy) || text.En == text.Pt {
			t.Errorf("%s: %s", state, text.En)
		}
	}
}

func TestNoticeOfAQuality(t *testing.T) {
	text := (&engine.Notice{Kind: engine.NoticeQuality, IntegrationID: "main", Channel: engine.WhatsApp}).Text()
	for s, word := range map[string]string{text.En: "low (red)", text.Pt: "baixa (vermelha)"} {
		if !strings.Contains(s, `"main" (whatsapp)`) || !strings.Contains(s, word) {
			t.Error(s)
		}
	}
}

func TestNoticeOfATier(t *testing.T) {
	text := (&engine.Notice{Kind: engine.NoticeTier, IntegrationID: "main", Channel: engine.WhatsApp}).Text()
	for _, s := range []string{text.En, text.Pt} {
		if !strings.Contains(s, `"main" (whatsapp)`) || !strings.Contains(s, "PATCH /api/v1/integrations/main") {
			t.Error(s)
		}
	}
}
