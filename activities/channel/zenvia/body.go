package zenvia

import (
	"fmt"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// Limits of one request, beside WhatsApp's own. Sources: tags/sms.md and
// content/whatsapp/list.ts.
const (
	smsMax = 1520 // characters, which Zenvia splits
	rowMax = 200  // bytes of a list row's id
)

// object is a piece of a request.
type object = map[string]any

// body is the request for one message. Its errors are *channel.SendError: the
// message cannot be sent as it is, and nothing was called.
func (d *Driver) body(out channel.Outbound) (object, error) {
	to, err := d.recipient(out.To)
	if err != nil {
		return nil, err
	}
	contents, err := d.contents(out)
	if err != nil {
		return nil, err
	}
	body := object{"from": d.from, "to": to, "contents": contents}
	if out.Ref != "" {
		body["externalId"] = out.Ref
	}
	if out.ReplyTo != "" && d.settings.Channel == engine.WhatsApp {
		body["idRef"] = out.ReplyTo
	}
	return body, nil
}

// recipient is the number with its country code and without a plus, as in all of
// Zenvia's examples; a WhatsApp id exactly as it came.
func (d *Driver) recipient(to engine.Address) (string, error) {
	value := sms.Digits(to.Value)
	switch {
	case value == "":
		return "", refusal.Wrong("the message has no recipient")
	case to.Kind == engine.Phone, to.Kind == engine.WAID && d.settings.Channel == engine.WhatsApp:
		return value, nil
	}
	return "", refusal.Wrong("Zenvia cannot send a %s message to an address of the kind %q; it needs a phone number", d.settings.Channel, to.Kind)
}

// contents chooses the kind of message.
func (d *Driver) contents(out channel.Outbound) ([]any, error) {
	if out.Content.Template != "" {
		content, err := d.template(out.Content)
		return []any{content}, err
	}
	if d.settings.Channel == engine.SMS {
		text, err := d.writer.Text(out.Content)
		return []any{object{"type": "text", "text": text}}, err
	}
	return whatsApp(out)
}

// template names a template by Zenvia's id. A picture goes into the field that
// media templates have for it (content/template.ts); the buttons' payloads were
// fixed when the template was made.
func (d *Driver) template(c engine.Content) (object, error) {
	language := strings.ReplaceAll(c.Language, "-", "_") // may be "": an id of Zenvia's needs none
	id := d.templates[c.Template+"."+language]
	if id == "" {
		id = d.templates[c.Template]
	}
	if id == "" {
		return nil, &channel.SendError{Class: channel.FixTemplate, Message: fmt.Sprintf(
			"Zenvia knows templates by ids of its own; set %s%s.%s (or %s%s) of this integration to the id that app.zenvia.com > Templates shows",
			templatePrefix, c.Template, language, templatePrefix, c.Template)}
	}
	params, err := whatsapp.Parameters(c)
	if err != nil {
		return nil, err
	}
	fields := object{}
	for _, p := range params {
		fields[p.Name] = p.Value
	}
	if m := c.Media; m != nil {
		if err := whatsapp.CheckHeader(*m); err != nil {
			return nil, err
		}
		fields[m.Kind+"Url"] = m.URL // imageUrl, videoUrl, documentUrl
	}
	return object{"type": "template", "templateId": id, "fields": fields}, nil
}

// whatsApp is what a person inside the service window gets: buttons for up to
// three choices, a list for up to ten, numbered text beyond; a file; or text.
func whatsApp(out channel.Outbound) ([]any, error) {
	c := out.Content
	switch {
	case whatsapp.AsButtons(c.Choices):
		content, err := buttons(c)
		return []any{content}, err
	case whatsapp.AsList(c.Choices):
		content, err := list(c, out.Locale)
		return []any{content}, err
	}
	text := whatsapp.Body(c)
	if c.Media != nil {
		return file(*c.Media, text)
	}
	return []any{object{"type": "text", "text": text}}, whatsapp.CheckText(text)
}

func buttons(c engine.Content) (object, error) {
	choices, err := whatsapp.Buttons(c.Choices, whatsapp.PayloadMax)
	if err != nil {
		return nil, err
	}
	all := []any{}
	for _, b := range choices {
		all = append(all, object{"id": b.Payload, "title": b.Title})
	}
	content := object{"type": "button", "buttons": all}
	if c.Media != nil {
		if err := whatsapp.CheckHeader(*c.Media); err != nil {
			return nil, err
		}
		content["header"] = object{"type": "file", "fileUrl": c.Media.URL}
	}
	return content, interactive(content, c.Text, c.Footer)
}

// list offers up to ten rows behind one button. A list has no place for media,
// so a picture goes as a link in the text. Zenvia wants every section titled.
func list(c engine.Content, locale string) (object, error) {
	label := whatsapp.OptionsLabel(locale)
	divided, err := whatsapp.Sections(c.Choices, rowMax)
	if err != nil {
		return nil, err
	}
	sections := []any{}
	for _, s := range divided {
		rows := []any{}
		for _, choice := range s.Rows {
			row := object{"id": choice.Payload, "title": choice.Title}
			if choice.Description != "" {
				row["description"] = choice.Description
			}
			rows = append(rows, row)
		}
		title := s.Title
		if title == "" {
			title = label
		}
		sections = append(sections, object{"title": title, "rows": rows})
	}
	content := object{"type": "list", "button": label, "sections": sections}
	return content, interactive(content, whatsapp.Linked(c), c.Footer)
}

// interactive adds what buttons and lists share.
func interactive(content object, body, footer string) error {
	if err := whatsapp.CheckAbove(body, whatsapp.CaptionMax); err != nil {
		return err
	}
	content["body"] = body
	if footer != "" {
		content["footer"] = whatsapp.Cut(footer, whatsapp.FooterMax)
	}
	return nil
}

// file sends an address that Zenvia fetches; what it is follows from the MIME
// type that the address answers with. Only pictures and videos take a caption
// (content/file.ts), so the text of anything else goes before it, as a content
// of its own in the same call.
func file(m engine.MediaLink, text string) ([]any, error) {
	caption := text
	if m.Kind != "image" && m.Kind != "video" {
		caption = ""
	}
	if err := whatsapp.CheckMedia(m, caption); err != nil {
		return nil, err
	}
	content := object{"type": "file", "fileUrl": m.URL}
	switch {
	case text == "":
		return []any{content}, nil
	case caption == "":
		return []any{object{"type": "text", "text": text}, content}, whatsapp.CheckText(text)
	}
	content["fileCaption"] = caption
	return []any{content}, nil
}
