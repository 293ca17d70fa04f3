package dialog360_test

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/dialog360"
	"jornada/engine"
)

// Fields as on docs.360dialog.com/api/whatsapp-api/message-templates-api; the list's
// name and its paging as its clients use them.
func TestTemplates(t *testing.T) {
	page := func(offset int) channeltest.Request {
		return channeltest.Request{
			Method: "GET", Path: "/v1/configs/templates", Header: map[string]string{"D360-API-KEY": "demo-key"},
			Query: url.Values{"limit": {"100"}, "offset": {strconv.Itoa(offset)}, "sort": {"id"}},
		}
	}
	var full strings.Builder
	var all []engine.Template
	for i := range 100 {
		name := fmt.Sprintf("demo_%03d", i)
		fmt.Fprintf(&full, `,{"name":%q,"language":"pt_BR","status":"approved","category":"UTILITY"}`, name)
		all = append(all, engine.Template{Name: name, Language: "pt_BR", Status: "approved", Category: "utility"})
	}
	last := engine.Template{
		Name: "appointment_confirm", Language: "pt_BR", ProviderID: "abc", Status: "rejected", Reason: "PROMOTIONAL", Category: "marketing", Quality: "yellow",
		Components: []engine.TemplateComponent{channeltest.Body("Olá {{1}}"), channeltest.Replies("Confirmar", "Remarcar")},
	}
	channeltest.Templates(t, dialog360.New, stage.Fresh(), []channeltest.TemplatesCase{
		{
			Name: "two pages", Want: []channeltest.Request{page(0), page(100)}, List: append(all, last),
			Answers: []channeltest.Answer{
				{Body: `{"count":100,"filters":{},"limit":100,"offset":0,"total":101,"waba_templates":[` + full.String()[1:] + `]}`},
				{Body: `{"count":1,"waba_templates":[{"id":"abc","name":"appointment_confirm","language":"pt_BR","namespace":"d8bcb6bd_2ab2","status":"rejected","rejected_reason":"PROMOTIONAL","category":"MARKETING","quality_score":"YELLOW","components":[{"type":"BODY","text":"Olá {{1}}"},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Confirmar"},{"type":"QUICK_REPLY","text":"Remarcar"}]}]}]}`},
			},
		},
		{Name: "a wrong key", Answers: []channeltest.Answer{{Status: 401, Body: `{"meta":{"developer_message":"Invalid api token"}}`}}, Want: []channeltest.Request{page(0)}, Problem: "check api_key in 360dialog Hub"},
		{Name: "a refusal of Meta's", Answers: []channeltest.Answer{{Status: 400, Body: `{"error":{"message":"x","code":100}}`}}, Want: []channeltest.Request{page(0)}, Problem: "WhatsApp did not show the templates to 360dialog"},
		{Name: "another server", Answers: []channeltest.Answer{{Body: `{}`}}, Want: []channeltest.Request{page(0)}, Problem: "cannot be read"},
	})
}
