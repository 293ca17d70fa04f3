package whatsapp

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// Listed is a template as WhatsApp's Business Management API lists it, and those
// who pass its JSON on
// (developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-account/template-api).
// 360dialog writes status in small letters and quality_score as a word or an object.
type Listed struct {
	ID       webhook.Text `json:"id"`
	Name     webhook.Text `json:"name"`
	Language webhook.Text `json:"language"`
	Status   webhook.Text `json:"status"`
	Category webhook.Text `json:"category"`
	Correct  webhook.Text `json:"correct_category"` // what the platform holds for right
	Reason   webhook.Text `json:"rejected_reason"`
	Quality  score        `json:"quality_score"`
	Parts    []Part       `json:"components"`
}

// score is {"score": "GREEN", "date": …}, or the bare word.
type score string

// UnmarshalJSON implements json.Unmarshaler.
func (s *score) UnmarshalJSON(raw []byte) error {
	var object struct {
		Score webhook.Text `json:"score"`
	}
	var word webhook.Text
	switch {
	case json.Unmarshal(raw, &object) == nil:
		*s = score(object.Score)
	case json.Unmarshal(raw, &word) == nil:
		*s = score(word)
	}
	return nil
}

// Part is one component of a listed template.
type Part struct {
	Type    webhook.Text   `json:"type"`
	Format  webhook.Text   `json:"format"`
	Text    webhook.Text   `json:"text"`
	Buttons []ListedButton `json:"buttons"`
}

// Component is the part in our words.
func (p Part) Component() engine.TemplateComponent {
	return engine.TemplateComponent{
		Type: strings.ToLower(string(p.Type)), Format: strings.ToLower(string(p.Format)), Text: string(p.Text), Buttons: Shown(p.Buttons),
	}
}

// ListedButton is one button of a listed template.
type ListedButton struct {
	Type webhook.Text `json:"type"`
	Text webhook.Text `json:"text"`
	URL  webhook.Text `json:"url"`
}

// Template is the entry in our words. A state that we do not know is left empty,
// so that what was known before stays.
func (l Listed) Template() engine.Template {
	t := engine.Template{
		Name: string(l.Name), Language: string(l.Language), ProviderID: string(l.ID),
		Category: strings.ToLower(string(l.Category)), Quality: channel.Quality(string(l.Quality)),
	}
	t.Status, _ = engine.ReadTemplateState(string(l.Status))
	if t.Status == engine.TemplateRejected && l.Reason != "NONE" {
		t.Reason = string(l.Reason)
	}
	if correct := strings.ToLower(string(l.Correct)); correct != "" && correct != t.Category {
		t.Change = &engine.CategoryChange{To: correct}
	}
	for _, p := range l.Parts {
		t.Components = append(t.Components, p.Component())
	}
	return t
}

// Shown are buttons in our words.
func Shown(list []ListedButton) []engine.TemplateButton {
	var out []engine.TemplateButton
	for _, b := range list {
		out = append(out, engine.TemplateButton{Type: strings.ToLower(string(b.Type)), Text: string(b.Text), URL: string(b.URL)})
	}
	return out
}

// Listing turns listed templates into ours.
func Listing(list []Listed) []engine.Template {
	var out []engine.Template
	for _, l := range list {
		out = append(out, l.Template())
	}
	return out
}

// Text is a component of plain text, nil for none.
func Text(kind, text string) []engine.TemplateComponent {
	if text == "" {
		return nil
	}
	c := engine.TemplateComponent{Type: kind, Text: text}
	if kind == "header" {
		c.Format = "text"
	}
	return []engine.TemplateComponent{c}
}

// ButtonsOf is a component of buttons, nil for none.
func ButtonsOf(list []ListedButton) []engine.TemplateComponent {
	if len(list) == 0 {
		return nil
	}
	return []engine.TemplateComponent{{Type: "buttons", Buttons: Shown(list)}}
}
