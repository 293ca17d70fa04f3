package meta_test

import (
	"net/url"
	"testing"

	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/meta"
	"jornada/engine"
)

// The entries are of Meta's own pages about templates and their webhooks; names and
// texts are the demo clinic's.
func TestTemplates(t *testing.T) {
	s := settings()
	s.Values["waba_id"] = "102290129340398"
	first := channeltest.Request{
		Method: "GET", Path: "/v23.0/102290129340398/message_templates", Header: map[string]string{"Authorization": "Bearer demo-token"},
		Query: url.Values{"fields": {"id,name,language,status,category,correct_category,rejected_reason,quality_score,parameter_format,components"}, "limit": {"100"}},
	}
	second := first
	second.Query = url.Values{"fields": first.Query["fields"], "limit": {"100"}, "after": {"MjQZD"}}
	channeltest.Templates(t, meta.New, s, []channeltest.TemplatesCase{
		{
			Name: "two pages", Want: []channeltest.Request{first, second},
			Answers: []channeltest.Answer{
				{Body: `{"data":[
					{"name":"appointment_confirm","parameter_format":"POSITIONAL","components":[{"type":"HEADER","format":"IMAGE","example":{"header_handle":["https://scontent.whatsapp.net/x"]}},{"type":"BODY","text":"Olá {{1}}, sua consulta é {{2}}.","example":{"body_text":[["Ana","amanhã"]]}},{"type":"FOOTER","text":"Clínica demo"},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Confirmar"},{"type":"URL","text":"Mapa","url":"https://example.com/{{1}}"}]}],"language":"pt_BR","status":"APPROVED","category":"UTILITY","quality_score":{"score":"GREEN","date":1751247548},"id":"1689556908129832"},
					{"name":"promo","language":"pt_BR","status":"PAUSED","category":"UTILITY","correct_category":"MARKETING","rejected_reason":"NONE","quality_score":{"score":"RED"},"components":[{"type":"BODY","text":"Oi {{nome}}"}],"parameter_format":"NAMED","id":"278077987957091"}],
					"paging":{"cursors":{"before":"MAZDZD","after":"MjQZD"},"next":"https://graph.facebook.com/v23.0/102290129340398/message_templates?after=MjQZD"}}`},
				{Body: `{"data":[{"name":"survey","language":"en_US","status":"REJECTED","category":"MARKETING","rejected_reason":"INVALID_FORMAT","id":"3"},{"name":"odd","language":"en_US","status":"DANCING","id":4}],"paging":{"cursors":{"before":"x","after":"y"}}}`},
			},
			List: []engine.Template{
				{Name: "appointment_confirm", Language: "pt_BR", ProviderID: "1689556908129832", Status: "approved", Category: "utility", Quality: "green", Components: []engine.TemplateComponent{
					{Type: "header", Format: "image"}, channeltest.Body("Olá {{1}}, sua consulta é {{2}}."), channeltest.Footer("Clínica demo"),
					{Type: "buttons", Buttons: []engine.TemplateButton{{Type: "quick_reply", Text: "Confirmar"}, {Type: "url", Text: "Mapa", URL: "https://example.com/{{1}}"}}},
				}},
				{Name: "promo", Language: "pt_BR", ProviderID: "278077987957091", Status: "paused", Category: "utility", Quality: "red", Change: &engine.CategoryChange{To: "marketing"}, Components: []engine.TemplateComponent{channeltest.Body("Oi {{nome}}")}},
				{Name: "survey", Language: "en_US", ProviderID: "3", Status: "rejected", Reason: "INVALID_FORMAT", Category: "marketing"},
				{Name: "odd", Language: "en_US", ProviderID: "4"},
			},
		},
		{Name: "a list that leads in circles", Answers: []channeltest.Answer{{Body: `{"data":[],"paging":{"cursors":{"after":"MjQZD"},"next":"https://x"}}`}}, Want: []channeltest.Request{first, second}, Problem: "leads back to a page that was read before"},
		{Name: "the second page fails: no list at all", Answers: []channeltest.Answer{{Body: `{"data":[{"name":"a","language":"pt_BR","status":"APPROVED"}],"paging":{"cursors":{"after":"MjQZD"},"next":"https://x"}}`}, {Status: 500, Body: `{}`}}, Want: []channeltest.Request{first, second}, Problem: "did not show its templates"},
		{Name: "a token without the permission", Answers: []channeltest.Answer{{Status: 403, Body: `{"error":{"message":"(#200) You do not have the necessary permissions","type":"OAuthException","code":200,"fbtrace_id":"A"}}`}}, Want: []channeltest.Request{first}, Problem: "give the token the permission whatsapp_business_management"},
		{Name: "another server", Answers: []channeltest.Answer{{Body: `<html>`}}, Want: []channeltest.Request{first}, Problem: "cannot be read; check base_url"},
		{Name: "an account that nobody named", Values: map[string]string{"waba_id": ""}, Problem: "settings.waba_id is missing, so its templates cannot be listed"},
	})
}
