package sinch

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// templatePage is how many templates one answer has; Sinch allows 100.
const templatePage = 100

// unrecognized stands where Sinch does not know what WhatsApp said.
const unrecognized = "UNRECOGNIZED"

// listed is a template as Sinch's Provisioning API lists one. Its state is that of
// what WhatsApp approved; changes is an edit, or a template that WhatsApp has not
// judged yet, which has no state.
type listed struct {
	ID        webhook.Text `json:"whatsappId"`
	Name      webhook.Text `json:"name"`
	Language  webhook.Text `json:"language"` // PT_BR
	State     webhook.Text `json:"state"`    // APPROVED, PAUSED, DISABLED, REJECTED, PENDING
	Category  webhook.Text `json:"category"`
	Rejection webhook.Text `json:"rejectionCode"`
	Quality   webhook.Text `json:"qualityScore"` // QUALITY_SCORE_GREEN
	Details   details      `json:"details"`
	Changes   struct {
		Status  webhook.Text    `json:"status"` // DRAFT, IN_PROGRESS, REJECTED
		Details json.RawMessage `json:"details"`
	} `json:"changes"`
}

type details struct {
	Parts []whatsapp.Part `json:"components"`
}

// Templates implements channel.TemplateLister: one page of the project's templates,
// which all of its senders share. A draft, which WhatsApp was never shown, is left out.
//
// Sources: developers.sinch.com/docs/provisioning-api/api-reference/provisioning-api/whatsapp-templates
// ("List all templates in project"), and its schema WhatsappPartialTemplateDto
// (github.com/api-evangelist/sinch, json-schema/); that an access token of the
// Conversation API opens it: github.com/sinch/skills, skills/provisioning-api.
func (d *Driver) Templates(ctx context.Context, after string) ([]engine.Template, string, error) {
	if d.settings.Channel != engine.WhatsApp {
		return nil, "", channel.ErrNoTemplates
	}
	query := url.Values{"pageSize": {strconv.Itoa(templatePage)}}
	if after != "" {
		query.Set("pageToken", after)
	}
	answer, failure := d.look(ctx, d.shelfURL+"?"+query.Encode())
	if failure != nil {
		return nil, "", channel.Unlisted(company.Name, failure, "look again later")
	}
	if answer.Status != http.StatusOK {
		return nil, "", channel.Unlisted(company.Name, unlisted(answer), "check project_id, key_id and key_secret, and that the project has WhatsApp in Sinch Build Dashboard")
	}
	var page struct {
		Next      webhook.Text `json:"nextPageToken"`
		Templates []listed     `json:"templates"`
	}
	switch {
	case len(answer.Body) >= channel.AnswerMax:
		return nil, "", channel.TooLong(company.Name)
	case json.Unmarshal(answer.Body, &page) != nil || page.Templates == nil:
		return nil, "", channel.Unreadable(company.Name)
	}
	list := []engine.Template{}
	for _, l := range page.Templates {
		if t, judged := l.template(); judged {
			list = append(list, t)
		}
	}
	return list, string(page.Next), nil
}

// look is one GET; a kept access token that Sinch took back is replaced once.
func (d *Driver) look(ctx context.Context, address string) (*channel.Answer, *channel.SendError) {
	for {
		header, fresh, failure := d.signIn.call(ctx)
		if failure != nil {
			return nil, failure
		}
		answer, failure := channel.Call(ctx, d.client, http.MethodGet, address, header, nil)
		if failure != nil || !d.signIn.refused(header, fresh, answer) {
			return answer, failure
		}
	}
}

// unlisted explains a refusal of the Provisioning API, whose errors have a form of
// their own.
func unlisted(answer *channel.Answer) *channel.SendError {
	var body struct {
		Code    webhook.Text `json:"errorCode"`
		Message webhook.Text `json:"message"`
	}
	if json.Unmarshal(answer.Body, &body) != nil {
		return company.Explain(answer, refusal.Said{})
	}
	return company.Explain(answer, refusal.Said{Code: string(body.Code), Message: string(body.Message)})
}

// template is the entry in our words; judged is false for one that WhatsApp was
// never shown, or whose language Sinch does not know.
func (l listed) template() (t engine.Template, judged bool) {
	state := l.State
	if state == "" {
		switch l.Changes.Status {
		case "IN_PROGRESS":
			state = "PENDING"
		case "REJECTED":
			state = "REJECTED"
		default:
			return t, false
		}
	}
	if l.Language == unrecognized || l.Name == "" {
		return t, false
	}
	t = engine.Template{Name: string(l.Name), Language: languageOf(string(l.Language)), ProviderID: string(l.ID)}
	t.Quality = channel.Quality(strings.TrimPrefix(string(l.Quality), "QUALITY_SCORE_"))
	if l.Category != unrecognized {
		t.Category = strings.ToLower(string(l.Category))
	}
	t.Status, _ = engine.ReadTemplateState(string(state))
	if t.Status == engine.TemplateRejected && l.Rejection != "NONE" && l.Rejection != unrecognized {
		t.Reason = string(l.Rejection)
	}
	for _, p := range l.parts() {
		t.Components = append(t.Components, p.Component())
	}
	return t, true
}

// parts are what the template is made of: as approved, else as it was submitted.
func (l listed) parts() []whatsapp.Part {
	if l.Details.Parts != nil {
		return l.Details.Parts
	}
	var submitted details
	if json.Unmarshal(l.Changes.Details, &submitted) != nil {
		return nil
	}
	return submitted.Parts
}

// languageOf is WhatsApp's own form of a language that Sinch writes in capitals:
// PT_BR is pt_BR.
func languageOf(code string) string {
	language, region, regional := strings.Cut(code, "_")
	if language = strings.ToLower(language); regional {
		return language + "_" + region
	}
	return language
}
