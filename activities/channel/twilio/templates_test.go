package twilio_test

import (
	"net/url"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/twilio"
	"jornada/engine"
)

// Contents as on twilio.com/docs/content/content-api-resources, approvals as in the
// changelog of 2024-08-12.
func TestTemplates(t *testing.T) {
	const confirm = "HXb5b62575e6e4ff6129ad7c8efe1f983e"
	s := channel.Settings{
		IntegrationID: "wa-demo", Channel: engine.WhatsApp, Secrets: map[string]string{"auth_token": "12345"},
		Values: map[string]string{"account_sid": "AC1", "from": "+14155238886", "templates": "appointment_confirm/pt-BR=" + confirm},
	}
	first := channeltest.Request{Method: "GET", Path: "/v1/ContentAndApprovals", Query: url.Values{"PageSize": {"100"}}, Header: map[string]string{"Authorization": "Basic QUMxOjEyMzQ1"}}
	second := channeltest.Request{Method: "GET", Path: "/v1/ContentAndApprovals", Query: url.Values{"PageSize": {"100"}, "Page": {"1"}, "PageToken": {"DNHX"}}}
	channeltest.Templates(t, twilio.New, s, []channeltest.TemplatesCase{
		{
			Name: "two pages", Want: []channeltest.Request{first, second},
			Answers: []channeltest.Answer{
				{Body: `{"meta":{"page":0,"page_size":100,"next_page_url":"{base}/v1/ContentAndApprovals?PageSize=100&Page=1&PageToken=DNHX","key":"contents"},"contents":[
					{"sid":"` + confirm + `","friendly_name":"confirm","language":"pt_BR","variables":{"1":"Ana"},"types":{"twilio/quick-reply":{"body":"Olá {{1}}","actions":[{"type":"QUICK_REPLY","title":"Confirmar","id":"yes"},{"title":"Remarcar","id":"no"}]}},"approval_requests":{"name":"confirm_v2","category":"UTILITY","content_type":"twilio/quick-reply","status":"approved","rejection_reason":"","allow_category_change":true}},
					{"sid":"HX00000000000000000000000000000001","friendly_name":"jornada_buttons_2","language":"pt_BR","types":{"twilio/quick-reply":{"body":"{{text}}","actions":[]}},"approval_requests":{"status":"unsubmitted"}}]}`},
				{Body: `{"meta":{"next_page_url":null},"contents":[{"sid":"HX00000000000000000000000000000002","language":"en","types":{"twilio/card":{"title":"x","body":"Hi","actions":[{"type":"URL","title":"Go","url":"https://example.com"}]}},"approval_requests":{"name":"promo","category":"MARKETING","status":"rejected","rejection_reason":"PROMOTIONAL"}}]}`},
			},
			List: []engine.Template{
				{Name: "appointment_confirm", Language: "pt_BR", ProviderID: confirm, Status: "approved", Category: "utility", Components: []engine.TemplateComponent{channeltest.Body("Olá {{1}}"), channeltest.Replies("Confirmar", "Remarcar")}},
				{Name: "promo", Language: "en", ProviderID: "HX00000000000000000000000000000002", Status: "rejected", Reason: "PROMOTIONAL", Category: "marketing", Components: []engine.TemplateComponent{
					channeltest.Body("Hi"), {Type: "buttons", Buttons: []engine.TemplateButton{{Type: "url", Text: "Go", URL: "https://example.com"}}},
				}},
			},
		},
		{Name: "a list that goes on elsewhere", Answers: []channeltest.Answer{{Body: `{"meta":{"next_page_url":"https://elsewhere.example/x"},"contents":[]}`}}, Want: []channeltest.Request{first}, Problem: "goes on at an address that is not Twilio's"},
		{Name: "a wrong token", Answers: []channeltest.Answer{{Status: 401, Body: `{"code":20003,"message":"Authenticate","status":401}`}}, Want: []channeltest.Request{first}, Problem: "copy account_sid and auth_token again"},
		{Name: "another server", Answers: []channeltest.Answer{{Body: `{}`}}, Want: []channeltest.Request{first}, Problem: "cannot be read"},
	})
}
