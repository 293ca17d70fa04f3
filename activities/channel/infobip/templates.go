package infobip

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// listed is a template as Infobip lists one
// (infobip.com/docs/api/channels/whatsapp/whatsapp-service-management/get-whatsapp-templates).
type listed struct {
	ID        webhook.Text `json:"id"`
	Name      webhook.Text `json:"name"`
	Language  webhook.Text `json:"language"`
	Status    webhook.Text `json:"status"`
	Category  webhook.Text `json:"category"`
	Quality   webhook.Text `json:"quality"` // HIGH, MEDIUM, LOW, UNKNOWN
	Structure struct {
		Header *struct {
			Format webhook.Text `json:"format"`
			Text   webhook.Text `json:"text"`
		} `json:"header"`
		Body    words                   `json:"body"`
		Footer  words                   `json:"footer"`
		Buttons []whatsapp.ListedButton `json:"buttons"`
	} `json:"structure"`
}

// words is {"text": …}, or the bare text of the API's first version.
type words string

// UnmarshalJSON implements json.Unmarshaler.
func (w *words) UnmarshalJSON(raw []byte) error {
	var object struct {
		Text webhook.Text `json:"text"`
	}
	var bare webhook.Text
	switch {
	case json.Unmarshal(raw, &object) == nil:
		*w = words(object.Text)
	case json.Unmarshal(raw, &bare) == nil:
		*w = words(bare)
	}
	return nil
}

// Templates implements channel.TemplateLister: all of the sender's templates, which
// come in one answer.
func (d *Driver) Templates(ctx context.Context, _ string) ([]engine.Template, string, error) {
	if d.settings.Channel != engine.WhatsApp {
		return nil, "", channel.ErrNoTemplates
	}
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.base+"/whatsapp/2/senders/"+url.PathEscape(d.sender)+"/templates", d.header, nil)
	if failure != nil {
		return nil, "", channel.Unlisted(company.Name, failure, "look again later")
	}
	if !answer.Succeeded() {
		return nil, "", channel.Unlisted(company.Name, explain(answer), "check sender, and give the API key the scope whatsapp:manage in Infobip Portal > Developers > API keys")
	}
	var body struct {
		Templates []listed `json:"templates"`
	}
	switch {
	case len(answer.Body) >= channel.AnswerMax:
		return nil, "", channel.TooLong(company.Name)
	case json.Unmarshal(answer.Body, &body) != nil || body.Templates == nil:
		return nil, "", channel.Unreadable(company.Name)
	}
	list := []engine.Template{}
	for _, l := range body.Templates {
		list = append(list, l.template())
	}
	return list, "", nil
}

func (l listed) template() engine.Template {
	t := engine.Template{
		Name: string(l.Name), Language: string(l.Language), ProviderID: string(l.ID),
		Category: strings.ToLower(string(l.Category)), Quality: channel.Quality(string(l.Quality)),
	}
	t.Status, _ = engine.ReadTemplateState(string(l.Status))
	if h := l.Structure.Header; h != nil {
		t.Components = append(t.Components, engine.TemplateComponent{Type: "header", Format: strings.ToLower(string(h.Format)), Text: string(h.Text)})
	}
	t.Components = append(t.Components, whatsapp.Text("body", string(l.Structure.Body))...)
	t.Components = append(t.Components, whatsapp.Text("footer", string(l.Structure.Footer))...)
	t.Components = append(t.Components, whatsapp.ButtonsOf(l.Structure.Buttons)...)
	return t
}
