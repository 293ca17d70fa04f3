package zenvia_test

import (
	"net/url"
	"testing"

	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/zenvia"
	"jornada/engine"
)

// The entries are of Zenvia's own contract tests (test/contract/cases/templates/).
func TestTemplates(t *testing.T) {
	want := []channeltest.Request{{
		Method: "GET", Path: "/v2/templates", Header: map[string]string{"X-API-TOKEN": "hKp94crjv9OF3UGrCpSXUJw1-demo"},
		Query: url.Values{"channel": {"WHATSAPP"}, "senderId": {"5510999999999"}, "page": {"1"}, "size": {"100"}},
	}}
	channeltest.Templates(t, zenvia.New, stage.On(engine.WhatsApp).Fresh(), []channeltest.TemplatesCase{
		{
			Name: "by the names of the settings", Want: want,
			Answers: []channeltest.Answer{{Body: `[
				{"id":"c2c3e42d-6fb7-4ad6-897a-dd7613469f58","name":"template name","locale":"pt_BR","qualityScore":"GREEN","channel":"WHATSAPP","senderId":"5510999999999","category":"UTILITY","components":{"header":{"type":"TEXT_TEMPLATE","text":"header with {{variable}}"},"body":{"type":"TEXT_TEMPLATE","text":"some text with {{variable}}"},"buttons":{"type":"QUICK_REPLIES","items":[{"type":"QUICK_REPLY","text":"Some Button","payload":"quick-reply-payload"},{"type":"QUICK_REPLY","text":"Other Button","payload":"other-quick-reply-payload"}]}},"text":"header with {{variable}} some text with {{variable}}","fields":["variable"],"status":"APPROVED"},
				{"id":"template_id","name":"t2","locale":"pt_BR","channel":"WHATSAPP","category":"MARKETING","components":{"header":{"type":"MEDIA_IMAGE"},"body":{"type":"TEXT_FIXED","text":"some text"}},"status":"WAITING_APPROVAL"},
				{"id":"other","name":"unnamed","locale":"en","channel":"WHATSAPP","category":"UTILITY","components":{"body":{"type":"TEXT_FIXED","text":"some text"}},"status":"PAUSED"},
				{"id":"rcs","name":"template name","locale":"pt_BR","channel":"RCS","category":"ALERT_UPDATE","components":{"body":{"type":"TEXT_FIXED","text":"some text"}},"status":"APPROVED"}]`}},
			List: []engine.Template{
				{Name: "confirm", Language: "pt_BR", ProviderID: "c2c3e42d-6fb7-4ad6-897a-dd7613469f58", Status: "approved", Category: "utility", Quality: "green", Components: []engine.TemplateComponent{
					channeltest.Header("header with {{variable}}"), channeltest.Body("some text with {{variable}}"), channeltest.Replies("Some Button", "Other Button"),
				}},
				{Name: "survey", Language: "pt_BR", ProviderID: "template_id", Status: "pending", Category: "marketing", Components: []engine.TemplateComponent{{Type: "header", Format: "image"}, channeltest.Body("some text")}},
				{Name: "unnamed", Language: "en", ProviderID: "other", Status: "paused", Category: "utility", Components: []engine.TemplateComponent{channeltest.Body("some text")}},
			},
		},
		{Name: "a wrong token", Answers: []channeltest.Answer{{Status: 401, Body: `{"code":"AUTHENTICATION_ERROR","message":"No authorization token was found"}`}}, Want: want, Problem: "copy the token again"},
		{Name: "another server", Answers: []channeltest.Answer{{Body: `{}`}}, Want: want, Problem: "cannot be read"},
	})
}
