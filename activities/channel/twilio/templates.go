package twilio

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// companyName is Twilio, as people know it.
const companyName = "Twilio"

// unsubmitted is a Content that WhatsApp was never asked about: no template.
const unsubmitted = "unsubmitted"

// Templates implements channel.TemplateLister: one page of the account's Contents
// with WhatsApp's judgment of them. A Content that the setting templates names is
// listed by the name and language that journeys call it by; of the others those
// that were submitted to WhatsApp, by their names there.
func (d *Driver) Templates(ctx context.Context, after string) ([]engine.Template, string, error) {
	if d.channel != engine.WhatsApp {
		return nil, "", channel.ErrNoTemplates
	}
	address := d.contentURL + "/v1/ContentAndApprovals?PageSize=100"
	if after != "" {
		address = after
	}
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, address, d.header, nil)
	if failure != nil {
		return nil, "", channel.Unlisted(companyName, failure, "look again later")
	}
	if answer.Status != http.StatusOK {
		return nil, "", channel.Unlisted(companyName, d.refusal(answer), "copy account_sid and auth_token again from Twilio Console > Account info")
	}
	var page contentPage
	switch {
	case len(answer.Body) >= channel.AnswerMax:
		return nil, "", channel.TooLong(companyName)
	case json.Unmarshal(answer.Body, &page) != nil || page.Contents == nil:
		return nil, "", channel.Unreadable(companyName)
	}
	next := ""
	if page.Meta.Next != "" {
		var err error
		if next, err = follow(d.contentURL, page.Meta.Next); err != nil {
			return nil, "", engine.Errorf(engine.Invalid, "%s", err.Error())
		}
	}
	return d.called(page.Contents), next, nil
}

// called are Contents by the names that journeys call them by.
func (d *Driver) called(contents []content) []engine.Template {
	names := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(d.templates)) {
		names[d.templates[key]] = append(names[d.templates[key]], key)
	}
	list := []engine.Template{}
	for _, c := range contents {
		t := c.template()
		if keys := names[c.SID]; len(keys) > 0 {
			for _, key := range keys {
				t.Name, t.Language, _ = strings.Cut(key, "/")
				list = append(list, t)
			}
			continue
		}
		if c.Approval.Name != "" && c.Approval.Status != unsubmitted {
			t.Name, t.Language = c.Approval.Name, strings.ReplaceAll(c.Language, "-", "_")
			list = append(list, t)
		}
	}
	return list
}

// template is a Content in our words, without a name.
func (c content) template() engine.Template {
	t := engine.Template{ProviderID: c.SID, Category: strings.ToLower(c.Approval.Category)}
	t.Status, _ = engine.ReadTemplateState(c.Approval.Status)
	if t.Status != engine.TemplateApproved {
		t.Reason = c.Approval.Reason
	}
	for _, kind := range slices.Sorted(maps.Keys(c.Types)) {
		var look struct {
			Body    string `json:"body"`
			Footer  string `json:"footer"`
			Actions []struct {
				Type  string `json:"type"`
				Title string `json:"title"`
				URL   string `json:"url"`
			} `json:"actions"`
		}
		if json.Unmarshal(c.Types[kind], &look) != nil || look.Body == "" {
			continue
		}
		t.Components = append(whatsapp.Text("body", look.Body), whatsapp.Text("footer", look.Footer)...)
		var buttons []engine.TemplateButton
		for _, a := range look.Actions {
			b := engine.TemplateButton{Type: strings.ToLower(a.Type), Text: a.Title, URL: a.URL}
			if kind == "twilio/quick-reply" && b.Type == "" {
				b.Type = "quick_reply"
			}
			buttons = append(buttons, b)
		}
		if buttons != nil {
			t.Components = append(t.Components, engine.TemplateComponent{Type: "buttons", Buttons: buttons})
		}
		break
	}
	return t
}
