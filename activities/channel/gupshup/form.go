package gupshup

import (
	"net/url"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// Where messages go.
const (
	messagePath  = "/wa/api/v1/msg"
	templatePath = "/wa/api/v1/template/msg"
)

// object is a piece of a request.
type object = map[string]any

// form is the request for one message, and where it goes. Its errors are
// *channel.SendError: the message cannot be sent as it is, and nothing was called.
func (d *Driver) form(out channel.Outbound) (string, url.Values, error) {
	to, err := destination(out.To)
	if err != nil {
		return "", nil, err
	}
	form := url.Values{"channel": {"whatsapp"}, "source": {d.source}, "src.name": {d.app}, "destination": {to}}
	if out.Content.Template != "" {
		return templatePath, form, d.template(form, out.Content)
	}
	content, err := message(out)
	if err != nil {
		return "", nil, err
	}
	if out.ReplyTo != "" && out.Content.Reaction == nil {
		content["context"] = object{"msgId": out.ReplyTo}
	}
	if content["type"] == "list" && pictographic(out.Content) {
		form.Set("encode", "true")
	}
	return messagePath, form, put(form, "message", content)
}

// put adds a value that is JSON.
func put(form url.Values, name string, value any) error {
	encoded, err := channel.Encode(value)
	if err != nil {
		return err
	}
	form.Set(name, string(encoded))
	return nil
}

// destination is a phone number, or a wa_id, as digits.
func destination(to engine.Address) (string, error) {
	value := sms.Digits(to.Value)
	switch {
	case to.Kind == engine.BSUID:
		return "", &channel.SendError{Class: channel.SwitchChannel, Message: "this person hides the phone number on WhatsApp, and Gupshup cannot send to a user id yet; use another channel"}
	case to.Kind != engine.Phone && to.Kind != engine.WAID:
		return "", refusal.Wrong("WhatsApp cannot send to an address of the kind %q; Gupshup needs phone or wa_id", to.Kind)
	case value == "":
		return "", refusal.Wrong("the message has no recipient")
	case !digits.MatchString(value):
		return "", refusal.Wrong("the recipient's number must be digits with the country's code")
	}
	return value, nil
}

// template names an approved template by its id and fills it in.
func (d *Driver) template(form url.Values, c engine.Content) error {
	id, known := d.templates[templateKey(c.Template, c.Language)]
	if !known {
		id = c.Template
	}
	if !uuid.MatchString(id) {
		return &channel.SendError{Class: channel.FixTemplate, Message: "the integration does not know the Gupshup id of the template " + templateKey(c.Template, c.Language) +
			"; copy it from Gupshup > WhatsApp > your app > Templates into the setting templates"}
	}
	parameters, err := whatsapp.Places(c)
	if err != nil {
		return err
	}
	values := []string{}
	for _, p := range parameters.InOrder() {
		values = append(values, p.Value) // by place; Gupshup has no names
	}
	if err := put(form, "template", object{"id": id, "params": values}); err != nil {
		return err
	}
	if m := c.Media; m != nil {
		if err := whatsapp.CheckHeader(*m); err != nil {
			return err
		}
		if err := put(form, "message", object{"type": m.Kind, m.Kind: object{"link": m.URL}}); err != nil {
			return err
		}
	}
	if len(c.Choices) == 0 {
		return nil
	}
	choices, err := whatsapp.Buttons(c.Choices, whatsapp.PayloadMax)
	if err != nil {
		return err
	}
	postbacks := []any{}
	for i, b := range choices {
		postbacks = append(postbacks, object{"index": i, "text": b.Payload})
	}
	return put(form, "postbackTexts", postbacks)
}

// message chooses the kind of a free message: a reaction (docs.gupshup.io/docs/outbound-reactions),
// buttons, a list, media or text.
func message(out channel.Outbound) (object, error) {
	c := out.Content
	switch {
	case c.Reaction != nil:
		return object{"type": "reaction", "msgId": c.Reaction.To, "emoji": c.Reaction.Emoji}, nil
	case whatsapp.AsButtons(c.Choices):
		return buttons(out)
	case whatsapp.AsList(c.Choices):
		return list(out)
	}
	body := whatsapp.Body(c)
	if c.Media != nil {
		return media(*c.Media, body)
	}
	if err := whatsapp.CheckText(body); err != nil {
		return nil, err
	}
	return object{"type": "text", "text": body}, nil
}

// buttons are up to three replies. The footer is called caption here.
func buttons(out channel.Outbound) (object, error) {
	c := out.Content
	if err := whatsapp.CheckAbove(c.Text, whatsapp.CaptionMax); err != nil {
		return nil, err
	}
	content := object{"type": "text", "text": c.Text}
	if m := c.Media; m != nil {
		if err := whatsapp.CheckHeader(*m); err != nil {
			return nil, err
		}
		content["type"], content["url"] = words[m.Kind], m.URL
		if m.Kind == "document" {
			content["filename"] = filename(m.URL)
		}
	}
	if c.Footer != "" {
		content["caption"] = whatsapp.Cut(c.Footer, whatsapp.FooterMax)
	}
	choices, err := whatsapp.Buttons(c.Choices, whatsapp.PayloadMax)
	if err != nil {
		return nil, err
	}
	options := []any{}
	for _, b := range choices {
		options = append(options, object{"type": "text", "title": b.Title, "postbackText": b.Payload})
	}
	return object{"type": "quick_reply", "msgid": out.Ref, "content": content, "options": options}, nil
}

// list offers up to ten rows. Gupshup demands a title above the text and knows no
// footer, so the title is the button's word and the footer ends the text; a
// picture goes as a link. How long the text may be is nowhere said, so it may be
// no longer than above buttons.
func list(out channel.Outbound) (object, error) {
	c := out.Content
	if err := whatsapp.CheckAbove(c.Text, whatsapp.CaptionMax); err != nil {
		return nil, err
	}
	body := whatsapp.WithFooter(whatsapp.Linked(c), c.Footer)
	if err := whatsapp.CheckAbove(body, whatsapp.CaptionMax); err != nil {
		return nil, err
	}
	divided, err := whatsapp.Sections(c.Choices, whatsapp.PayloadMax)
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, s := range divided {
		options := []any{}
		for _, choice := range s.Rows {
			row := object{"type": "text", "title": choice.Title, "postbackText": choice.Payload}
			if choice.Description != "" {
				row["description"] = choice.Description
			}
			options = append(options, row)
		}
		item := object{"options": options}
		if s.Title != "" {
			item["title"] = s.Title
		}
		items = append(items, item)
	}
	label := whatsapp.OptionsLabel(out.Locale)
	return object{
		"type": "list", "title": label, "body": body, "msgid": out.Ref,
		"globalButtons": []any{object{"type": "text", "title": label}},
		"items":         items,
	}, nil
}

// pictographic says whether a list has an emoji or the like in it, which Gupshup
// wants to be told (the field encode of docs.gupshup.io/docs/session-messages).
func pictographic(c engine.Content) bool {
	var text strings.Builder
	text.WriteString(c.Text + c.Footer)
	for _, choice := range c.Choices {
		text.WriteString(choice.Title + choice.Section)
	}
	return strings.ContainsFunc(text.String(), func(r rune) bool { return r >= '←' }) // arrows, signs, emoji; not “–…”
}

// words are Gupshup's for kinds of media, where they differ from WhatsApp's.
var words = map[string]string{"image": "image", "video": "video", "document": "file", "audio": "audio", "sticker": "sticker"}

func media(m engine.MediaLink, caption string) (object, error) {
	if err := whatsapp.CheckMedia(m, caption); err != nil {
		return nil, err
	}
	content := object{"type": words[m.Kind], "url": m.URL}
	switch m.Kind {
	case "image":
		content = object{"type": "image", "originalUrl": m.URL, "previewUrl": m.URL}
	case "document":
		content["filename"] = filename(m.URL)
	}
	if caption != "" {
		content["caption"] = caption
	}
	return content, nil
}

// filename is what a document is called on the person's phone.
func filename(address string) string {
	if name := whatsapp.Filename(address); name != "" {
		return name
	}
	return "document"
}
