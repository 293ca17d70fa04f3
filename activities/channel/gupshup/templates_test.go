package gupshup_test

import (
	"testing"

	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/gupshup"
	"jornada/engine"
)

// The entry is of docs.gupshup.io/reference/get_partner-app-appid-templates-1.
func TestTemplates(t *testing.T) {
	want := []channeltest.Request{{Method: "GET", Path: "/wa/app/82ed52f4-30c0-4f12-81b4-e7ad07bd41de/template", Header: map[string]string{"Apikey": "demo-key"}}}
	channeltest.Templates(t, gupshup.New, stage.Fresh(), []channeltest.TemplatesCase{
		{
			Name: "one answer", Want: want,
			Answers: []channeltest.Answer{{Body: `{"status":"success","templates":[
				{"appId":"3cb92fbd-0bac-41d7-818e-4e4326d90335","buttonSupported":"PN,URL","category":"UTILITY","containerMeta":"{\"data\":\"Exclusive deals for {{1}}. Book now..!!\",\"buttons\":[{\"type\":\"PHONE_NUMBER\",\"text\":\"Contact\",\"phone_number\":\"+919139472766\"},{\"type\":\"URL\",\"text\":\"Gupshup\",\"url\":\"https://www.google.com/\"}],\"header\":\"Dear {{1}}\",\"footer\":\"Thank you\",\"enableSample\":true,\"correctCategory\":\"MARKETING\"}","data":"Dear {{1}}\nExclusive deals","elementName":"deals","id":"00b20000-0000-4788-9b66-b00000000ccd","languageCode":"en","quality":"UNKNOWN","status":"APPROVED","templateType":"TEXT"},
				{"category":"MARKETING","data":"Oi","elementName":"promo","id":"x","languageCode":"pt_BR","quality":"HIGH","reason":"Scam","status":"REJECTED"}]}`}},
			List: []engine.Template{
				{
					Name: "deals", Language: "en", ProviderID: "00b20000-0000-4788-9b66-b00000000ccd", Status: "approved", Category: "utility", Quality: "unknown", Change: &engine.CategoryChange{To: "marketing"},
					Components: []engine.TemplateComponent{
						channeltest.Header("Dear {{1}}"), channeltest.Body("Exclusive deals for {{1}}. Book now..!!"), channeltest.Footer("Thank you"),
						{Type: "buttons", Buttons: []engine.TemplateButton{{Type: "phone_number", Text: "Contact"}, {Type: "url", Text: "Gupshup", URL: "https://www.google.com/"}}},
					},
				},
				{Name: "promo", Language: "pt_BR", ProviderID: "x", Status: "rejected", Reason: "Scam", Category: "marketing", Quality: "green", Components: []engine.TemplateComponent{channeltest.Body("Oi")}},
			},
		},
		{Name: "a wrong key", Answers: []channeltest.Answer{{Status: 401, Body: `{"status":"error","message":"Authentication Failed"}`}}, Want: want, Problem: "check app_id, api_key and base_url"},
		{Name: "another server", Answers: []channeltest.Answer{{Body: `{}`}}, Want: want, Problem: "cannot be read"},
	})
}
