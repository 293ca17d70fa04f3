package gupshup

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// listed is a template as Gupshup lists one
// (docs.gupshup.io/reference/get_partner-app-appid-templates). What it looks like
// stands in containerMeta, which is JSON in a text.
type listed struct {
	ID       webhook.Text `json:"id"`
	Name     webhook.Text `json:"elementName"`
	Language webhook.Text `json:"languageCode"`
	Status   webhook.Text `json:"status"`
	Category webhook.Text `json:"category"`
	Quality  webhook.Text `json:"quality"`
	Reason   webhook.Text `json:"reason"`
	Data     webhook.Text `json:"data"` // the text with its buttons, for reading
	Meta     webhook.Text `json:"containerMeta"`
}

// container is what a template looks like.
type container struct {
	Data     webhook.Text            `json:"data"`
	Header   webhook.Text            `json:"header"`
	Footer   webhook.Text            `json:"footer"`
	Buttons  []whatsapp.ListedButton `json:"buttons"`
	Category webhook.Text            `json:"correctCategory"` // what Meta holds for right
}

// list asks for the app's templates, which come in one answer.
func (d *Driver) list(ctx context.Context) (*channel.Answer, *channel.SendError, []listed, error) {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.appURL()+"/template", d.header, nil)
	if failure != nil {
		return nil, failure, nil, nil
	}
	var body struct {
		reply

		Templates []listed `json:"templates"`
	}
	err := json.Unmarshal(answer.Body, &body)
	if !answer.Succeeded() || body.Status == "error" {
		return answer, explain(answer, string(body.Message)), nil, nil
	}
	if err == nil && body.Status == "" {
		err = channel.Unreadable(company.Name)
	}
	return answer, nil, body.Templates, err
}

// Templates implements channel.TemplateLister.
func (d *Driver) Templates(ctx context.Context, _ string) ([]engine.Template, string, error) {
	answer, failure, all, err := d.list(ctx)
	switch {
	case failure != nil:
		return nil, "", channel.Unlisted(company.Name, failure, "check app_id, api_key and base_url")
	case len(answer.Body) >= channel.AnswerMax:
		return nil, "", channel.TooLong(company.Name)
	case err != nil:
		return nil, "", channel.Unreadable(company.Name)
	}
	list := []engine.Template{}
	for _, l := range all {
		list = append(list, l.template())
	}
	return list, "", nil
}

func (l listed) template() engine.Template {
	t := engine.Template{
		Name: string(l.Name), Language: string(l.Language), ProviderID: string(l.ID),
		Category: strings.ToLower(string(l.Category)), Quality: channel.Quality(string(l.Quality)), Reason: string(l.Reason),
	}
	t.Status, _ = engine.ReadTemplateState(string(l.Status))
	var look container
	if json.Unmarshal([]byte(l.Meta), &look) != nil {
		look = container{}
	}
	if correct := strings.ToLower(string(look.Category)); correct != "" && correct != t.Category {
		t.Change = &engine.CategoryChange{To: correct}
	}
	t.Components = append(t.Components, whatsapp.Text("header", string(look.Header))...)
	t.Components = append(t.Components, whatsapp.Text("body", webhook.First(look.Data, l.Data))...)
	t.Components = append(t.Components, whatsapp.Text("footer", string(look.Footer))...)
	t.Components = append(t.Components, whatsapp.ButtonsOf(look.Buttons)...)
	return t
}
