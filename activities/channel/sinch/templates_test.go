package sinch_test

import (
	"net/url"
	"slices"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/sinch"
	"jornada/engine"
)

// The entries have the form of the published answer
// (developers.sinch.com/docs/provisioning-api, "List all templates in project").
func TestTemplates(t *testing.T) {
	page := func(query url.Values) channeltest.Request {
		return channeltest.Request{
			Method: "GET", Path: "/v1/projects/c36f3d3d-1513/whatsapp/templates", Query: query,
			Header: map[string]string{"Authorization": "Basic a2V5LTE6c2ho"},
		}
	}
	first := page(url.Values{"pageSize": {"100"}})
	channeltest.Templates(t, sinch.New, stage.On(engine.WhatsApp).Fresh(), []channeltest.TemplatesCase{
		{
			Name: "two pages", Want: []channeltest.Request{first, page(url.Values{"pageSize": {"100"}, "pageToken": {"p/2+"}})},
			Answers: []channeltest.Answer{
				{Body: `{"totalSize":6,"pageSize":100,"nextPageToken":"p/2+","templates":[
					{"whatsappId":"594425479261596","state":"APPROVED","name":"lembrete","language":"PT_BR","category":"UTILITY","rejectionCode":"NONE","qualityScore":"QUALITY_SCORE_GREEN","isMetaGenerated":false,
					 "changes":{"status":"DRAFT","allowCategoryChange":true,"details":{"components":[{"type":"BODY","text":"outro texto"}],"messageSendTtlSeconds":0}},
					 "details":{"components":[{"type":"HEADER","format":"TEXT","text":"Consulta"},{"type":"BODY","text":"Olá {{1}}, até {{2}}."},{"type":"FOOTER","text":"Clínica"},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Confirmar"},{"type":"URL","text":"Mapa","url":"https://example.com/{{1}}"}]}],"messageSendTtlSeconds":0},"analytics":[]},
					{"state":"REJECTED","name":"oferta","language":"EN","category":"MARKETING","rejectionCode":"INVALID_FORMAT","qualityScore":"QUALITY_SCORE_UNKNOWN","details":{"components":[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Only today"}]},"analytics":[]}]}`},
				{Body: `{"totalSize":6,"pageSize":100,"previousPageToken":"","nextPageToken":"","templates":[
					{"state":"PAUSED","name":"retorno","language":"ZH_HK","category":"UNRECOGNIZED","qualityScore":"UNRECOGNIZED","details":{"components":[{"type":"BODY","text":"x"}]}},
					{"name":"novo","language":"FIL","category":"UTILITY","changes":{"status":"IN_PROGRESS","details":{"components":[{"type":"BODY","text":"em análise"}]}}},
					{"name":"rascunho","language":"PT_BR","category":"UTILITY","changes":{"status":"DRAFT"}},
					{"state":"APPROVED","name":"sem_lingua","language":"UNRECOGNIZED","category":"UTILITY"}]}`},
			},
			List: []engine.Template{
				{Name: "lembrete", Language: "pt_BR", ProviderID: "594425479261596", Status: "approved", Category: "utility", Quality: "green", Components: []engine.TemplateComponent{
					channeltest.Header("Consulta"), channeltest.Body("Olá {{1}}, até {{2}}."), channeltest.Footer("Clínica"),
					{Type: "buttons", Buttons: []engine.TemplateButton{{Type: "quick_reply", Text: "Confirmar"}, {Type: "url", Text: "Mapa", URL: "https://example.com/{{1}}"}}},
				}},
				{Name: "oferta", Language: "en", Status: "rejected", Reason: "INVALID_FORMAT", Category: "marketing", Quality: "unknown", Components: []engine.TemplateComponent{{Type: "header", Format: "image"}, channeltest.Body("Only today")}},
				{Name: "retorno", Language: "zh_HK", Status: "paused", Components: []engine.TemplateComponent{channeltest.Body("x")}},
				{Name: "novo", Language: "fil", Status: "pending", Category: "utility", Components: []engine.TemplateComponent{channeltest.Body("em análise")}},
			},
		},
		{Name: "no template at all", Answers: []channeltest.Answer{{Body: `{"totalSize":0,"pageSize":100,"templates":[]}`}}, Want: []channeltest.Request{first}},
		{Name: "a wrong key", Answers: []channeltest.Answer{{Status: 401, Body: `{"errorCode":"unauthorized_error","message":"Unauthorized error.","resolution":"Verify that projectId is correct."}`}}, Want: []channeltest.Request{first}, Problem: "Unauthorized error. (code unauthorized_error); check project_id, key_id and key_secret"},
		{Name: "a project without WhatsApp", Answers: []channeltest.Answer{{Status: 400, Body: `{"errorCode":"project_not_initialized","message":"Project not initialized for WhatsApp.","resolution":"Verify that the project ID is correct and that it has been onboarded for WhatsApp."}`}}, Want: []channeltest.Request{first}, Problem: "Project not initialized for WhatsApp."},
		{Name: "too fast", Answers: []channeltest.Answer{{Status: 429, Body: `{"errorCode":"too_many_requests","message":"Too many requests."}`}}, Want: []channeltest.Request{first}, Problem: "slower pace"},
		{Name: "another server", Answers: []channeltest.Answer{{Body: `{}`}}, Want: []channeltest.Request{first}, Problem: "cannot be read"},
		{Name: "down", Answers: []channeltest.Answer{{Reset: true}}, Want: []channeltest.Request{first}, Problem: "look again later"},
	})
}

// TestTemplatesWithANewToken: a token that Sinch took back meanwhile is replaced, and
// the list asked for again.
func TestTemplatesWithANewToken(t *testing.T) {
	d := newDesk(t)
	provider := d.open(t, nil, nil, channeltest.On(engine.WhatsApp))
	list := func() {
		t.Helper()
		if _, _, err := provider.(channel.TemplateLister).Templates(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	list()
	d.mu.Lock()
	d.revoked["Bearer token-1"] = true
	d.mu.Unlock()
	list()
	if want := []string{"Bearer token-1", "Bearer token-1", "Bearer token-2"}; d.tokens != 2 || !slices.Equal(d.calls, want) {
		t.Errorf("tokens %d, calls %q", d.tokens, d.calls)
	}
}
