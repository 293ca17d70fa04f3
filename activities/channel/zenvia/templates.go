package zenvia

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// templatePage is how many templates one answer has.
const templatePage = 100

// listed is a template as Zenvia lists one (spec/components/schemas/templates).
type listed struct {
	ID         webhook.Text `json:"id"`
	Name       webhook.Text `json:"name"`
	Locale     webhook.Text `json:"locale"`
	Channel    webhook.Text `json:"channel"`
	Status     webhook.Text `json:"status"`
	Category   webhook.Text `json:"category"`
	Quality    webhook.Text `json:"qualityScore"`
	Components struct {
		Header *struct {
			Type webhook.Text `json:"type"` // MEDIA_IMAGE, TEXT_TEMPLATE, …
			Text webhook.Text `json:"text"`
		} `json:"header"`
		Body struct {
			Text webhook.Text `json:"text"`
		} `json:"body"`
		Footer struct {
			Text webhook.Text `json:"text"`
		} `json:"footer"`
		Buttons struct {
			Items []whatsapp.ListedButton `json:"items"`
		} `json:"buttons"`
	} `json:"components"`
}

// Templates implements channel.TemplateLister: one page of the sender's templates
// (GET /v2/templates, spec/paths/templates), whose mark is its number. A template
// that a setting names is listed by the name and language that journeys call it by.
func (d *Driver) Templates(ctx context.Context, after string) ([]engine.Template, string, error) {
	if d.settings.Channel != engine.WhatsApp {
		return nil, "", channel.ErrNoTemplates
	}
	number := 1
	if after != "" {
		var err error
		if number, err = strconv.Atoi(after); err != nil {
			return nil, "", channel.Unreadable(company.Name)
		}
	}
	query := url.Values{"channel": {"WHATSAPP"}, "senderId": {d.from}, "page": {strconv.Itoa(number)}, "size": {strconv.Itoa(templatePage)}}
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.base+"/templates?"+query.Encode(), d.header, nil)
	if failure != nil {
		return nil, "", channel.Unlisted(company.Name, failure, "look again later")
	}
	if answer.Status != http.StatusOK {
		return nil, "", channel.Unlisted(company.Name, explain(answer), "copy the token again from app.zenvia.com > API > Tokens")
	}
	var all []listed
	switch {
	case len(answer.Body) >= channel.AnswerMax:
		return nil, "", channel.TooLong(company.Name)
	case json.Unmarshal(answer.Body, &all) != nil || all == nil:
		return nil, "", channel.Unreadable(company.Name)
	}
	next := ""
	if len(all) >= templatePage {
		next = strconv.Itoa(number + 1)
	}
	return d.called(all), next, nil
}

// called are templates by the names that journeys call them by.
func (d *Driver) called(all []listed) []engine.Template {
	names := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(d.templates)) {
		names[d.templates[key]] = append(names[d.templates[key]], key)
	}
	list := []engine.Template{}
	for _, l := range all {
		if l.Channel != "WHATSAPP" {
			continue
		}
		t := l.template()
		if len(names[string(l.ID)]) == 0 {
			list = append(list, t)
			continue
		}
		for _, key := range names[string(l.ID)] {
			name, language, named := strings.Cut(key, ".")
			if t.Name = name; named {
				t.Language = language
			} else {
				t.Language = string(l.Locale)
			}
			list = append(list, t)
		}
	}
	return list
}

func (l listed) template() engine.Template {
	t := engine.Template{
		Name: string(l.Name), Language: string(l.Locale), ProviderID: string(l.ID),
		Category: strings.ToLower(string(l.Category)), Quality: channel.Quality(string(l.Quality)),
	}
	t.Status, _ = engine.ReadTemplateState(string(l.Status))
	if h := l.Components.Header; h != nil {
		format := strings.TrimPrefix(strings.ToLower(string(h.Type)), "media_")
		if strings.HasPrefix(format, "text") {
			format = "text"
		}
		t.Components = append(t.Components, engine.TemplateComponent{Type: "header", Format: format, Text: string(h.Text)})
	}
	t.Components = append(t.Components, whatsapp.Text("body", string(l.Components.Body.Text))...)
	t.Components = append(t.Components, whatsapp.Text("footer", string(l.Components.Footer.Text))...)
	t.Components = append(t.Components, whatsapp.ButtonsOf(l.Components.Buttons.Items)...)
	return t
}
