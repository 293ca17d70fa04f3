package engine

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
)

// TemplateState is what a provider says of a template, in small letters, in the
// words of templates.lock.yaml; "" when nobody has said anything.
type TemplateState string

// The states of a template. Only an approved one may be sent.
const (
	TemplateApproved     TemplateState = "approved"
	TemplatePending      TemplateState = "pending"
	TemplateRejected     TemplateState = "rejected"
	TemplatePaused       TemplateState = "paused"   // by the platform, for hours
	TemplateDisabled     TemplateState = "disabled" // by the platform, for good
	TemplateFlagged      TemplateState = "flagged"
	TemplateInAppeal     TemplateState = "in_appeal"
	TemplateLimited      TemplateState = "limit_exceeded"
	TemplateLocked       TemplateState = "locked"
	TemplateArchived     TemplateState = "archived"
	TemplateGoing        TemplateState = "pending_deletion"
	TemplateGone         TemplateState = "deleted" // or no longer in the provider's list
	templateStateUnknown TemplateState = ""
)

// templateStates are the providers' words for a state. WhatsApp's own are those of
// message_template_status_update and of the list of templates
// (developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/message_template_status_update);
// the others are its partners'.
var templateStates = map[string]TemplateState{
	"approved": TemplateApproved, "reinstated": TemplateApproved, "unpaused": TemplateApproved, "unarchived": TemplateApproved, "unlocked": TemplateApproved,
	"pending": TemplatePending, "submitted": TemplatePending, "received": TemplatePending, "unsubmitted": TemplatePending, "waiting_review": TemplatePending, "waiting_approval": TemplatePending, "in_review": TemplatePending,
	"rejected": TemplateRejected, "failed": TemplateRejected,
	"paused": TemplatePaused, "disabled": TemplateDisabled, "flagged": TemplateFlagged,
	"in_appeal": TemplateInAppeal, "appeal_requested": TemplateInAppeal,
	"limit_exceeded": TemplateLimited, "locked": TemplateLocked, "archived": TemplateArchived,
	"pending_deletion": TemplateGoing, "deleted": TemplateGone,
}

// ReadTemplateState reads a provider's word for a state, in any case; ok is false
// for one that nobody here knows, which then changes nothing.
func ReadTemplateState(word string) (state TemplateState, ok bool) {
	state, ok = templateStates[strings.ReplaceAll(strings.ToLower(strings.TrimSpace(word)), " ", "_")]
	return state, ok
}

// Sendable reports whether the provider sends such a template now. What nobody has
// said anything about is for the provider to refuse.
func (s TemplateState) Sendable() bool { return s == TemplateApproved || s == templateStateUnknown }

// Troubled reports whether somebody has to act: the template was sent, or could
// have been, and is not any more.
func (s TemplateState) Troubled() bool {
	switch s {
	case TemplateApproved, TemplatePending, TemplateInAppeal, templateStateUnknown:
		return false
	}
	return true
}

// words are the state as a person reads it.
func (s TemplateState) words() diag.Text {
	pt := map[TemplateState]string{
		TemplateApproved: "aprovado", TemplatePending: "em análise", TemplateRejected: "rejeitado", TemplatePaused: "pausado", TemplateDisabled: "desativado",
		TemplateFlagged: "sinalizado por qualidade", TemplateInAppeal: "em recurso", TemplateLimited: "acima do limite", TemplateLocked: "bloqueado",
		TemplateArchived: "arquivado", TemplateGoing: "para ser apagado", TemplateGone: "apagado",
	}[s]
	return diag.Text{En: strings.ReplaceAll(string(s), "_", " "), Pt: pt}
}

// Template is what a provider says of one of its templates, as it was last heard.
type Template struct {
	IntegrationID IntegrationID `json:"integration"`
	Channel       Channel       `json:"channel"`
	Name          string        `json:"name"`     // by which journeys call it
	Language      string        `json:"language"` // the provider's code, pt_BR
	ProviderID    string        `json:"provider_id,omitempty"`

	Status   TemplateState `json:"status"`
	Reason   string        `json:"reason,omitempty"`   // of a rejection, a pause, in the provider's words
	Category string        `json:"category,omitempty"` // utility | marketing | authentication
	// Change is a category the provider has announced.
	Change  *CategoryChange `json:"category_change,omitempty"`
	Quality string          `json:"quality,omitempty"` // green | yellow | red | unknown

	Components []TemplateComponent `json:"components"`

	SyncedAt  time.Time `json:"synced_at"`  // when the provider said it last
	ChangedAt time.Time `json:"changed_at"` // when something of it changed last
}

// TemplateNameMax bounds a template's name, in bytes: WhatsApp's own limit.
const TemplateNameMax = 512

// CategoryChange is a category that will be a template's.
type CategoryChange struct {
	To string     `json:"to"`
	At *time.Time `json:"at,omitempty"`
}

// TemplateComponent is a part of a template, as WhatsApp divides one, whichever
// company was asked.
type TemplateComponent struct {
	Type    string           `json:"type"`             // header | body | footer | buttons
	Format  string           `json:"format,omitempty"` // of a header: text | image | video | document | location
	Text    string           `json:"text,omitempty"`   // with {{1}} or {{name}}
	Buttons []TemplateButton `json:"buttons,omitempty"`
}

// TemplateButton is one button of a template.
type TemplateButton struct {
	Type string `json:"type"` // quick_reply | url | phone_number | copy_code | flow | …
	Text string `json:"text"`
	URL  string `json:"url,omitempty"`
}

// Key is the template's identity at its integration.
func (t *Template) Key() string { return t.Name + "/" + t.Language }

// Body is the text of a template, "" when the provider does not show it.
func (t *Template) Body() string {
	for _, c := range t.Components {
		if c.Type == "body" {
			return c.Text
		}
	}
	return ""
}

// Replies are the words of the quick-reply buttons, in order.
func (t *Template) Replies() []string {
	var list []string
	for _, c := range t.Components {
		for _, b := range c.Buttons {
			if b.Type == "quick_reply" {
				list = append(list, b.Text)
			}
		}
	}
	return list
}

var templatePlace = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// Places are the distinct placeholders of the text, in order: 1, 2 or names.
func (t *Template) Places() []string {
	var places []string
	for _, m := range templatePlace.FindAllStringSubmatch(t.Body(), -1) {
		if !slices.Contains(places, m[1]) {
			places = append(places, m[1])
		}
	}
	return places
}

// Named reports whether the provider calls the parameters by name instead of
// numbering them.
func (t *Template) Named() bool {
	return slices.ContainsFunc(t.Places(), func(p string) bool { return strings.Trim(p, "0123456789") != "" })
}

// Problem says in a sentence why the provider does not send the template now; ""
// when it does.
func (t *Template) Problem() string {
	if t.Status.Sendable() {
		return ""
	}
	problem := "the template \"" + t.Name + "\" is " + t.Status.words().En + ", not approved"
	if t.Reason != "" {
		problem += " (" + t.Reason + ")"
	}
	return problem
}

// TemplateNews is what changed of a template, as a webhook or a list told it. Empty
// fields say nothing.
type TemplateNews struct {
	IntegrationID  IntegrationID
	Channel        Channel
	Name, Language string
	ProviderID     string
	Status         TemplateState
	Reason         string
	Category       string
	Quality        string
	Change         *CategoryChange
	At             time.Time // when it happened; older news than what is known changes nothing
}

// Apply puts news into a template and reports whether anything changed.
func (n *TemplateNews) Apply(t *Template) bool {
	changed := false
	put := func(to *string, value string) {
		if value != "" && *to != value {
			*to, changed = value, true
		}
	}
	if n.Status != "" && (t.Status != n.Status || t.Reason != n.Reason) {
		t.Status, t.Reason, changed = n.Status, n.Reason, true
	}
	put(&t.Category, n.Category)
	put(&t.Quality, n.Quality)
	if n.ProviderID != "" {
		t.ProviderID = n.ProviderID
	}
	switch {
	case n.Change != nil:
		if t.Change == nil || t.Change.To != n.Change.To || !sameMoment(t.Change.At, n.Change.At) {
			t.Change, changed = n.Change, true
		}
	case n.Category != "" && t.Change != nil && t.Change.To == n.Category: // it has come
		t.Change, changed = nil, true
	}
	return changed
}

func sameMoment(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

// TemplateChange is one template before and after; Before is nil for a new one.
type TemplateChange struct{ Before, After *Template }

// TemplateSync is what a comparison with a provider's list found.
type TemplateSync struct {
	Integration IntegrationID
	Provider    string
	New         int
	Changed     int
	Gone        int
	Same        int
	Changes     []TemplateChange
	// Problem says why nothing was compared; the table then stays as it was.
	Problem string
}

// NoticeOf is what administrators are told about the change; nil when there is
// nothing that anybody has to know. used are the journeys that send the template.
func (c TemplateChange) NoticeOf(used []string) *Notice {
	after := c.After
	n := &Notice{IntegrationID: after.IntegrationID, Channel: after.Channel, Cause: after.Reason, Template: &NoticeTemplate{
		Name: after.Name, Language: after.Language, Status: after.Status, Category: after.Category, Quality: after.Quality, Journeys: used,
	}}
	before := Template{}
	if c.Before != nil {
		before = *c.Before
	}
	switch {
	case after.Status.Troubled() && after.Status != before.Status && (c.Before != nil || len(used) > 0):
		n.Kind = NoticeTemplateStopped
	case after.Status == TemplateApproved && before.Status.Troubled():
		n.Kind, n.Cause = NoticeTemplateBack, ""
	case after.Change != nil && (before.Change == nil || before.Change.To != after.Change.To):
		n.Kind, n.Template.Category, n.Cause = NoticeTemplateCategory, after.Change.To, ""
		n.Template.Previous, n.ResumeAt = after.Category, after.Change.At
	case c.Before != nil && before.Category != "" && after.Category != before.Category:
		n.Kind, n.Template.Previous, n.Cause = NoticeTemplateCategory, before.Category, ""
	case after.Quality != before.Quality && (after.Quality == "red" || after.Quality == "yellow") && (c.Before != nil || len(used) > 0):
		n.Kind, n.Template.Previous, n.Cause = NoticeTemplateQuality, before.Quality, ""
	default:
		return nil
	}
	return n
}
