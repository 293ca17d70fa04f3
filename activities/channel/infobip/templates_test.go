package infobip_test

import (
	"testing"

	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/infobip"
	"jornada/engine"
)

// The first entry is the sample of
// infobip.com/docs/api/channels/whatsapp/whatsapp-service-management/get-whatsapp-templates.
func TestTemplates(t *testing.T) {
	want := []channeltest.Request{{Method: "GET", Path: "/whatsapp/2/senders/" + sender + "/templates", Header: map[string]string{"Authorization": "App k-1"}}}
	channeltest.Templates(t, infobip.New, served.On(engine.WhatsApp).Fresh(), []channeltest.TemplatesCase{
		{
			Name: "one answer", Want: want,
			Answers: []channeltest.Answer{{Body: `{"templates":[
				{"id":"111","businessAccountId":222,"name":"media_template","language":"en","status":"APPROVED","category":"MARKETING","structure":{"header":{"format":"IMAGE"},"body":{"text":"example {{1}} body"},"footer":{"text":"exampleFooter"},"type":"MEDIA"},"quality":"HIGH","createdAt":"2024-01-01T00:00"},
				{"id":"112","name":"confirm","language":"pt_BR","status":"IN_APPEAL","category":"UTILITY","structure":{"body":"Olá","buttons":[{"type":"QUICK_REPLY","text":"Sim"},{"type":"QUICK_REPLY","text":"Não"}]},"quality":"LOW"}]}`}},
			List: []engine.Template{
				{Name: "media_template", Language: "en", ProviderID: "111", Status: "approved", Category: "marketing", Quality: "green", Components: []engine.TemplateComponent{
					{Type: "header", Format: "image"}, channeltest.Body("example {{1}} body"), channeltest.Footer("exampleFooter"),
				}},
				{Name: "confirm", Language: "pt_BR", ProviderID: "112", Status: "in_appeal", Category: "utility", Quality: "red", Components: []engine.TemplateComponent{channeltest.Body("Olá"), channeltest.Replies("Sim", "Não")}},
			},
		},
		{Name: "a key without the scope", Answers: []channeltest.Answer{{Status: 403, Body: `{"requestError":{"serviceException":{"messageId":"UNAUTHORIZED","text":"Invalid login details"}}}`}}, Want: want, Problem: "scope whatsapp:manage"},
		{Name: "another server", Answers: []channeltest.Answer{{Body: `[]`}}, Want: want, Problem: "cannot be read"},
	})
}
