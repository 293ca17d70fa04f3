package bird_test

import (
	"net/url"
	"testing"

	"jornada/activities/channel/bird"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// The answers have the form of the published ones
// (docs.bird.com/api/touchpoints-api/api-reference/projects and …/message-templates),
// their contents that of the guide to WhatsApp's templates.
func TestTemplates(t *testing.T) {
	const (
		projects = "/workspaces/" + workspace + "/projects"
		active   = "20f8c457-1d96-4d45-99de-1ab7948b1599"
		fixed    = "e0e9190c-c3e7-4026-8fc3-d28a77aa1a52" // the version that the setting project_preparo names
		waiting  = "e562d41e-444f-431e-867b-55f1c27a9a91"
		other    = "0a1fbc4e-0000-4000-8000-000000000001"
	)
	get := func(path string, query url.Values) channeltest.Request {
		return channeltest.Request{Method: "GET", Path: path, Query: query, Header: map[string]string{"Authorization": "AccessKey k-1"}}
	}
	first := get(projects, url.Values{"type": {"channelTemplate"}, "limit": {"25"}})
	none := url.Values{}
	channeltest.Templates(t, bird.New, stage.On(engine.WhatsApp).Fresh(), []channeltest.TemplatesCase{
		{
			Name: "projects in the versions that are sent",
			Want: []channeltest.Request{
				first, get(projects+"/"+studio+"/channel-templates/"+active, none), get(projects+"/"+studio+"/channel-templates/"+fixed, none),
				get(projects, url.Values{"type": {"channelTemplate"}, "limit": {"25"}, "pageToken": {"t=2"}}),
				get(projects+"/"+waiting+"/channel-templates", url.Values{"limit": {"100"}}),
			},
			Answers: []channeltest.Answer{
				{Body: `{"results":[
					{"id":"` + studio + `","workspaceId":"` + workspace + `","name":"Lembrete de consulta","type":"channelTemplate","scope":0,"supportedPlatforms":["whatsapp"],"locales":["pt-BR","en"],"activeResourceId":"` + active + `","draftCount":1,"pendingCount":0,"activeCount":1,"inactiveCount":3,"approvedTemplateChannelsId":["` + channelID + `"],"approvedTemplateChannelGroupIds":["123e4567-e89b-12d3-a456-426614174000"]},
					{"id":"` + other + `","name":"of another number","type":"channelTemplate","supportedPlatforms":["whatsapp"],"activeResourceId":"` + active + `","approvedTemplateChannelsId":["123e4567-e89b-12d3-a456-426614174000"]},
					{"id":"` + other + `","name":"an SMS","type":"channelTemplate","supportedPlatforms":["sms-messagebird"],"activeResourceId":"` + active + `"},
					{"id":"` + other + `","name":"a chat widget","type":"chatwidget","supportedPlatforms":["all"],"activeResourceId":"` + active + `"},
					{"id":"../` + other + `","name":"no id","type":"channelTemplate","activeResourceId":"` + active + `"},
					{"id":"` + other + `","name":"never submitted","type":"channelTemplate","supportedPlatforms":["whatsapp"],"activeResourceId":null,"draftCount":2,"approvedTemplateChannelsId":null}],"nextPageToken":"t=2"}`},
				{Body: `{"id":"` + active + `","projectId":"` + studio + `","status":"active","localeStatuses":{"pt-BR":"active","en":"pending"},"defaultLocale":"pt-BR",
					"deployments":[{"key":"whatsappTemplateName","platform":"whatsapp","value":"lembrete_de_consulta"},{"key":"whatsappCategory","platform":"whatsapp","value":"MARKETING"}],
					"platformInfo":{"a":{"status":"active","category":"UTILITY","qualityRating":"GREEN"},"b":{"status":"active","category":"UTILITY","qualityRating":"YELLOW"}},
					"platformContent":[
						{"platform":"whatsapp","locale":"pt-BR","type":"text","channelGroupIds":["123e4567-e89b-12d3-a456-426614174000"],"approvals":[{"status":"approved","platformStatus":"APPROVED","reason":null}],"blocks":[
							{"type":"image","role":"header","image":{"mediaUrl":"https://example.com/image.jpg","altText":"Image Alt Text"},"id":"7vY1pgyRZ7ETflSK46d5qL"},
							{"type":"text","role":"body","text":{"text":"Olá {{name}}, até {{hour}}."},"id":"tY5sE17ZbfU8LmH0qRkOpN"},
							{"type":"text","role":"footer","text":{"text":"Clínica"}},
							{"type":"link-action","linkAction":{"text":"Mapa","url":"https://example.com/{{place}}"}},
							{"type":"call-phone-number-action","callPhoneNumberAction":{"text":"Ligar","phoneNumber":"+551130001000"}},
							{"type":"reply-action","replyAction":{"text":"Confirmar","payload":"Confirmar"}},
							{"type":"carousel","carousel":{}}]},
						{"platform":"whatsapp","locale":"en","blocks":[{"type":"file","role":"header","file":{"mediaUrl":"https://example.com/v.mp4","contentType":"video/mp4"}},{"type":"text","role":"body","text":{"text":"Hello {{name}}"}}]},
						{"platform":"rcs-google","locale":"pt-BR","blocks":[]}]}`},
				{Body: `{"id":"` + fixed + `","projectId":"` + studio + `","status":"inactive","platformContent":[{"platform":"whatsapp","locale":"pt-BR","blocks":[{"type":"text","role":"header","text":{"text":"Preparo"}},{"type":"text","role":"body","text":{"text":"Jejum"}}]}]}`},
				{Body: `{"results":[{"id":"` + waiting + `","name":"Oferta","type":"channelTemplate","supportedPlatforms":["whatsapp"],"activeResourceId":null,"draftCount":1,"pendingCount":0,"activeCount":0,"inactiveCount":2}]}`},
				{Body: `{"results":[
					{"id":"v3","status":"draft","updatedAt":"2026-03-03T10:00:00Z","platformContent":[{"platform":"whatsapp","locale":"pt-BR"}]},
					{"id":"v1","status":"inactive","updatedAt":"2026-03-01T10:00:00Z","platformContent":[{"platform":"whatsapp","locale":"pt-BR"}]},
					{"id":"v2","status":"inactive","updatedAt":"2026-03-02T10:00:00Z",
					 "deployments":[{"key":"whatsappTemplateName","value":"oferta"},{"key":"whatsappTemplateName","locale":"en","value":"offer"},{"key":"whatsappCategory","value":"MARKETING"}],
					 "platformContent":[
						{"platform":"whatsapp","locale":"pt-BR","approvals":[{"platformStatus":"REJECTED","reason":"INVALID_FORMAT"}],"blocks":[{"type":"text","role":"body","text":{"text":"Só hoje"}}]},
						{"platform":"whatsapp","locale":"en","blocks":[{"type":"text","role":"body","text":{"text":"Only today"}}]}]}]}`},
			},
			List: []engine.Template{
				{Name: "lembrete", Language: "pt_BR", ProviderID: active, Status: "approved", Category: "utility", Components: []engine.TemplateComponent{
					{Type: "header", Format: "image"}, channeltest.Body("Olá {{name}}, até {{hour}}."), channeltest.Footer("Clínica"),
					{Type: "buttons", Buttons: []engine.TemplateButton{{Type: "url", Text: "Mapa", URL: "https://example.com/{{place}}"}, {Type: "phone_number", Text: "Ligar"}, {Type: "quick_reply", Text: "Confirmar"}}},
				}},
				{Name: "lembrete", Language: "en", ProviderID: active, Status: "pending", Category: "utility", Components: []engine.TemplateComponent{{Type: "header", Format: "video"}, channeltest.Body("Hello {{name}}")}},
				{Name: "preparo", Language: "pt_BR", ProviderID: fixed, Components: []engine.TemplateComponent{channeltest.Header("Preparo"), channeltest.Body("Jejum")}},
				{Name: "oferta", Language: "pt_BR", ProviderID: "v2", Status: "rejected", Reason: "INVALID_FORMAT", Category: "marketing", Components: []engine.TemplateComponent{channeltest.Body("Só hoje")}},
				{Name: "offer", Language: "en", ProviderID: "v2", Status: "disabled", Reason: "inactive in Bird", Category: "marketing", Components: []engine.TemplateComponent{channeltest.Body("Only today")}},
			},
		},
		{Name: "no project at all", Answers: []channeltest.Answer{{Body: `{"results":[]}`}}, Want: []channeltest.Request{first}},
		{Name: "a key that may not look", Answers: []channeltest.Answer{{Status: 403, Body: `{"code":"Forbidden","message":"You are not allowed to perform this action"}`}}, Want: []channeltest.Request{first}, Problem: "a policy that may view /workspaces/*/projects"},
		{
			Name:    "a version that cannot be read spoils the whole list",
			Answers: []channeltest.Answer{{Body: `{"results":[{"id":"` + studio + `","type":"channelTemplate","activeResourceId":"` + active + `"}]}`}, {Status: 500, Body: `{}`}},
			Want:    []channeltest.Request{first, get(projects+"/"+studio+"/channel-templates/"+active, none)}, Problem: "HTTP 500",
		},
		{Name: "another server", Answers: []channeltest.Answer{{Body: `{}`}}, Want: []channeltest.Request{first}, Problem: "cannot be read"},
		{Name: "down", Answers: []channeltest.Answer{{Reset: true}}, Want: []channeltest.Request{first}, Problem: "look again later"},
	})
}
