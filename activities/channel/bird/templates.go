package bird

import (
	"cmp"
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

// Sizes of the answers that are asked for.
const (
	projectPage = 25  // projects; each costs a call of its own
	versionPage = 100 // versions of one project, of which there are few; Bird's most
)

// project is one of Bird Studio's, which holds the versions of one template.
type project struct {
	ID        webhook.Text   `json:"id"`
	Type      webhook.Text   `json:"type"`
	Platforms []webhook.Text `json:"supportedPlatforms"`
	Active    webhook.Text   `json:"activeResourceId"` // the version that is sent
	Pending   int            `json:"pendingCount"`
	Inactive  int            `json:"inactiveCount"`
	Channels  []webhook.Text `json:"approvedTemplateChannelsId"` // that may send it
}

// version is one version of a project's template: a channel template, in Bird's words.
type version struct {
	ID          webhook.Text                  `json:"id"`
	Status      webhook.Text                  `json:"status"` // draft, pending, active, inactive
	Locales     map[string]webhook.Text       `json:"localeStatuses"`
	UpdatedAt   webhook.Text                  `json:"updatedAt"`
	Deployments []deployment                  `json:"deployments"`
	Contents    []platformContent             `json:"platformContent"`
	Infos       map[webhook.Text]platformInfo `json:"platformInfo"`
}

// deployment is what WhatsApp is told of a template.
type deployment struct {
	Key      webhook.Text `json:"key"` // whatsappTemplateName, whatsappCategory
	Value    webhook.Text `json:"value"`
	Locale   webhook.Text `json:"locale"`
	Platform webhook.Text `json:"platform"`
}

// platformInfo is what WhatsApp says of a template.
type platformInfo struct {
	Category webhook.Text `json:"category"`
	Quality  webhook.Text `json:"qualityRating"`
}

// platformContent is a template in one language.
type platformContent struct {
	Platform  webhook.Text `json:"platform"`
	Locale    webhook.Text `json:"locale"` // pt-BR
	Blocks    []block      `json:"blocks"`
	Approvals []struct {
		Status webhook.Text `json:"platformStatus"`
		Reason webhook.Text `json:"reason"`
	} `json:"approvals"`
}

// block is a piece of a template: a text, a picture, a file or a video with its role,
// or a button.
type block struct {
	Type webhook.Text `json:"type"`
	Role webhook.Text `json:"role"`
	Text struct {
		Text webhook.Text `json:"text"`
	} `json:"text"`
	File struct {
		ContentType webhook.Text `json:"contentType"`
	} `json:"file"`
	Reply struct {
		Text webhook.Text `json:"text"`
	} `json:"replyAction"`
	Link struct {
		Text webhook.Text `json:"text"`
		URL  webhook.Text `json:"url"`
	} `json:"linkAction"`
	Phone struct {
		Text webhook.Text `json:"text"`
	} `json:"callPhoneNumberAction"`
}

// Templates implements channel.TemplateLister: one page of the workspace's projects
// that are templates, each in the version that is sent, or in its newest one while
// none was approved. A project that a setting names is listed by the name that
// journeys call it by; another by its name at WhatsApp. What only other channels may
// send is left out, and so are drafts, which WhatsApp was never shown.
//
// Sources, under docs.bird.com/api/touchpoints-api/: api-reference/projects and
// api-reference/message-templates (the calls and their answers),
// supported-projects/whatsapp-approved-message-templates/creating-whatsapp-message-templates
// (deployments, platformContent) and its whatsapp-template-blocks-reference,
// …/whatsapp-template-webhooks (draft, pending, active, inactive; what platformInfo
// says). Bird does not publish by what platformInfo is keyed, so where its entries
// disagree nothing is taken from it.
func (d *Driver) Templates(ctx context.Context, after string) ([]engine.Template, string, error) {
	if d.settings.Channel != engine.WhatsApp {
		return nil, "", channel.ErrNoTemplates
	}
	query := url.Values{"type": {"channelTemplate"}, "limit": {strconv.Itoa(projectPage)}}
	if after != "" {
		query.Set("pageToken", after)
	}
	var page struct {
		Next     webhook.Text `json:"nextPageToken"`
		Projects []project    `json:"results"`
	}
	if err := d.list(ctx, d.projectsURL+"?"+query.Encode(), &page); err != nil {
		return nil, "", err
	}
	if page.Projects == nil {
		return nil, "", channel.Unreadable(company.Name)
	}
	names := d.names()
	list := []engine.Template{}
	for _, p := range page.Projects {
		for _, named := range p.wanted(names, d.channelID) {
			found, err := d.versionOf(ctx, p, named)
			if err != nil {
				return nil, "", err
			}
			list = append(list, found.templates(named)...)
		}
	}
	return list, string(page.Next), nil
}

// naming is a project as journeys call it: by a name of the settings, or "" for its
// own; in one version, or "" for the one that is sent.
type naming struct{ name, version string }

// names are the settings project_<name>, by their projects.
func (d *Driver) names() map[string][]naming {
	all := map[string][]naming{}
	for _, name := range slices.Sorted(maps.Keys(d.projects)) {
		id, version, _ := strings.Cut(d.projects[name], "/")
		if version == latest {
			version = ""
		}
		id = strings.ToLower(id)
		all[id] = append(all[id], naming{name, version})
	}
	return all
}

// wanted says as what a project is listed; nothing for one that is no template of
// this channel.
func (p project) wanted(names map[string][]naming, channelID string) []naming {
	if p.Type != "" && p.Type != "channelTemplate" || !idPattern.MatchString(string(p.ID)) {
		return nil
	}
	if len(p.Platforms) > 0 && !slices.Contains(p.Platforms, "whatsapp") && !slices.Contains(p.Platforms, "all") {
		return nil
	}
	ours := func(id webhook.Text) bool { return strings.EqualFold(string(id), channelID) }
	if len(p.Channels) > 0 && !slices.ContainsFunc(p.Channels, ours) {
		return nil
	}
	if named := names[strings.ToLower(string(p.ID))]; named != nil {
		return named
	}
	return []naming{{}}
}

// versionOf reads the version of a project that a message would name; one without
// content when there is none but drafts.
func (d *Driver) versionOf(ctx context.Context, p project, named naming) (version, error) {
	all := d.projectsURL + "/" + url.PathEscape(string(p.ID)) + "/channel-templates"
	if id := cmp.Or(named.version, string(p.Active)); id != "" {
		var one version
		err := d.list(ctx, all+"/"+url.PathEscape(id), &one)
		return one, err
	}
	if p.Pending+p.Inactive == 0 {
		return version{}, nil
	}
	var page struct {
		Versions []version `json:"results"`
	}
	if err := d.list(ctx, all+"?limit="+strconv.Itoa(versionPage), &page); err != nil {
		return version{}, err
	}
	newest := version{}
	for _, v := range page.Versions {
		if v.Status != "draft" && !webhook.Moment(v.UpdatedAt).Before(webhook.Moment(newest.UpdatedAt)) {
			newest = v
		}
	}
	return newest, nil
}

// list reads one answer of the Touchpoints API into what is expected of it.
func (d *Driver) list(ctx context.Context, from string, into any) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, from, d.header, nil)
	if failure != nil {
		return channel.Unlisted(company.Name, failure, "look again later")
	}
	switch {
	case answer.Status != http.StatusOK:
		return channel.Unlisted(company.Name, explain(answer), "give the access key's role a policy that may view /workspaces/*/projects and /workspaces/*/projects/* in Bird > Settings > Security")
	case len(answer.Body) >= channel.AnswerMax:
		return channel.TooLong(company.Name)
	case json.Unmarshal(answer.Body, into) != nil:
		return channel.Unreadable(company.Name)
	}
	return nil
}

// templates are the version's languages on WhatsApp, under the name of the settings
// or their own; without either they cannot be sent by name.
func (v version) templates(named naming) []engine.Template {
	var list []engine.Template
	for _, c := range v.Contents {
		t := engine.Template{
			Name: cmp.Or(named.name, v.deployed("whatsappTemplateName", c.Locale)), Language: strings.ReplaceAll(string(c.Locale), "-", "_"), ProviderID: string(v.ID),
			Category: strings.ToLower(cmp.Or(v.agreed(func(i platformInfo) webhook.Text { return i.Category }), v.deployed("whatsappCategory", c.Locale))),
			Quality:  channel.Quality(v.agreed(func(i platformInfo) webhook.Text { return i.Quality })),
		}
		status := v.Locales[string(c.Locale)]
		if status == "" {
			status = v.Status
		}
		if c.Platform != "whatsapp" || c.Locale == "" || t.Name == "" || status == "draft" {
			continue
		}
		t.Status, t.Reason = c.state(status, named.version != "")
		t.Components = componentsOf(c.Blocks)
		list = append(list, t)
	}
	return list
}

// deployed is what WhatsApp was told, for this language or for all.
func (v version) deployed(key, locale webhook.Text) string {
	value := webhook.Text("")
	for _, d := range v.Deployments {
		if d.Key == key && (d.Platform == "" || d.Platform == "whatsapp") && (d.Locale == locale || d.Locale == "" && value == "") {
			value = d.Value
		}
	}
	return string(value)
}

// agreed is a fact of platformInfo on which all of its entries agree.
func (v version) agreed(of func(platformInfo) webhook.Text) string {
	said := webhook.Text("")
	for _, info := range v.Infos {
		switch fact := of(info); {
		case fact == "" || fact == said:
		case said != "":
			return ""
		default:
			said = fact
		}
	}
	return string(said)
}

// state is Bird's status in our words. inactive is what WhatsApp rejected or stopped,
// and what somebody or a newer version took out of use: WhatsApp's own word decides,
// where it is there. Without one a project that has nothing better is out of use; of a
// version that the settings name (fixed) Bird does not publish whether it is still sent.
func (c platformContent) state(status webhook.Text, fixed bool) (engine.TemplateState, string) {
	switch status {
	case "active":
		return engine.TemplateApproved, ""
	case "inactive":
	default:
		state, _ := engine.ReadTemplateState(string(status))
		return state, ""
	}
	for _, a := range c.Approvals {
		if state, known := engine.ReadTemplateState(string(a.Status)); known && !state.Sendable() {
			return state, string(a.Reason)
		}
	}
	if fixed {
		return "", ""
	}
	return engine.TemplateDisabled, "inactive in Bird"
}

// componentsOf are blocks in our words; of what is unknown, nothing.
func componentsOf(blocks []block) []engine.TemplateComponent {
	var list []engine.TemplateComponent
	var buttons []engine.TemplateButton
	for _, b := range blocks {
		switch b.Type {
		case "text":
			list = append(list, whatsapp.Text(string(b.Role), string(b.Text.Text))...)
		case "image", "video":
			list = append(list, engine.TemplateComponent{Type: "header", Format: string(b.Type)})
		case "file":
			format := "document"
			if strings.HasPrefix(string(b.File.ContentType), "video/") {
				format = "video"
			}
			list = append(list, engine.TemplateComponent{Type: "header", Format: format})
		case "reply-action":
			buttons = append(buttons, engine.TemplateButton{Type: "quick_reply", Text: string(b.Reply.Text)})
		case "link-action":
			buttons = append(buttons, engine.TemplateButton{Type: "url", Text: string(b.Link.Text), URL: string(b.Link.URL)})
		case "call-phone-number-action":
			buttons = append(buttons, engine.TemplateButton{Type: "phone_number", Text: string(b.Phone.Text)})
		}
	}
	if buttons != nil {
		list = append(list, engine.TemplateComponent{Type: "buttons", Buttons: buttons})
	}
	return list
}
