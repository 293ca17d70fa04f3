package infobip

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// Limits of Infobip's own, beside WhatsApp's (maxLength in its API description).
const (
	refMax      = 200 // messageId
	rowPayload  = 200
	quickReply  = 128
	filenameMax = 240
)

// object is a piece of a request.
type object = map[string]any

// request is the address and the body for one message.
func (d *Driver) request(out channel.Outbound) (address string, body object, err error) {
	if utf8.RuneCountInString(out.Ref) > refMax {
		return "", nil, refusal.Wrong("our reference has more than %d characters", refMax)
	}
	if d.settings.Channel == engine.SMS {
		body, err := d.sms(out)
		return "/sms/3/messages", body, err
	}
	to, err := recipient(out.To)
	if err != nil {
		return "", nil, err
	}
	kind, content, err := content(out)
	if err != nil {
		return "", nil, err
	}
	message := object{"from": d.sender, "to": to, "content": content}
	if out.Ref != "" {
		message["messageId"], message["callbackData"] = out.Ref, out.Ref
	}
	if reports := d.reports(out); reports != "" {
		message["notifyUrl"] = reports
	}
	if out.ReplyTo != "" {
		message["context"] = object{"replyToMessageId": out.ReplyTo}
	}
	if kind == "template" {
		message = object{"messages": []any{message}}
	}
	return "/whatsapp/1/message/" + kind, message, nil
}

// recipient is a phone in digits, or an id of WhatsApp's as it was given to us.
func recipient(to engine.Address) (string, error) {
	value := strings.TrimSpace(to.Value)
	switch {
	case value == "":
		return "", refusal.Wrong("the message has no recipient")
	case to.Kind == engine.Phone, to.Kind == engine.WAID:
		return sms.Digits(value), nil
	case to.Kind == engine.BSUID:
		return value, nil
	}
	return "", refusal.Wrong("WhatsApp cannot send to an address of the kind %q; it needs phone, wa_id or bsuid", to.Kind)
}

// reports is where Infobip reports about this message: the webhook with our
// secret in it.
func (d *Driver) reports(out channel.Outbound) string {
	address := out.StatusURL
	if address == "" {
		address = d.settings.PublicURL
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	d.secret.Into(u)
	return u.String()
}

// sms is the request for one SMS.
func (d *Driver) sms(out channel.Outbound) (object, error) {
	if out.To.Kind != engine.Phone || out.To.Value == "" {
		return nil, refusal.Wrong("an SMS needs a phone number; this contact has none")
	}
	text, err := d.writer.Text(out.Content)
	if err != nil {
		return nil, err
	}
	destination, webhooks := object{"to": sms.Digits(out.To.Value)}, object{}
	if out.Ref != "" {
		destination["messageId"], webhooks["callbackData"] = out.Ref, out.Ref
	}
	if reports := d.reports(out); reports != "" {
		webhooks["delivery"], webhooks["contentType"] = object{"url": reports}, "application/json"
	}
	message := object{"sender": d.sender, "destinations": []any{destination}, "content": object{"text": text}}
	if len(webhooks) > 0 {
		message["webhooks"] = webhooks
	}
	return object{"messages": []any{message}}, nil
}

// content chooses the kind of WhatsApp message, which is the end of its address.
func content(out channel.Outbound) (kind string, body object, err error) {
	c := out.Content
	switch {
	case c.Template != "":
		body, err := template(c)
		return "template", body, err
	case whatsapp.AsButtons(c.Choices):
		body, err := buttons(c)
		return "interactive/buttons", body, err
	case whatsapp.AsList(c.Choices):
		body, err := list(c, out.Locale)
		return "interactive/list", body, err
	}
	text := whatsapp.Body(c)
	if c.Media != nil {
		body, err := media(*c.Media, text)
		return c.Media.Kind, body, err
	}
	if err := whatsapp.CheckText(text); err != nil {
		return "", nil, err
	}
	body = object{"text": text}
	if whatsapp.HasLink(text) {
		body["previewUrl"] = true
	}
	return "text", body, nil
}

// template names an approved template and fills it in. Its placeholders go by
// their order, whatever they are called.
func template(c engine.Content) (object, error) {
	language, err := whatsapp.Language(c)
	if err != nil {
		return nil, err
	}
	parameters, err := whatsapp.Places(c)
	if err != nil {
		return nil, err
	}
	placeholders := []any{}
	for _, p := range parameters.Body {
		placeholders = append(placeholders, p.Value)
	}
	data := object{"body": object{"placeholders": placeholders}}
	switch {
	case c.Media != nil:
		if data["header"], err = header(*c.Media); err != nil {
			return nil, err
		}
	case len(parameters.Header) > 0:
		data["header"] = object{"type": "TEXT", "placeholder": parameters.Header[0].Value}
	}
	choices, err := whatsapp.Buttons(c.Choices, quickReply)
	if err != nil {
		return nil, err
	}
	// Buttons go by their order; those without a parameter are left out.
	at := map[int]any{}
	for i, place := range parameters.Replies(len(choices)) {
		at[place] = object{"type": "QUICK_REPLY", "parameter": choices[i].Payload}
	}
	for _, l := range parameters.Links {
		if l.Value != "" {
			at[l.Index] = object{"type": "URL", "parameter": l.Value}
		}
	}
	if len(at) > 0 {
		all := []any{}
		for _, place := range slices.Sorted(maps.Keys(at)) {
			all = append(all, at[place])
		}
		data["buttons"] = all
	}
	return object{
		"templateName": c.Template, "templateData": data,
		"language": language,
	}, nil
}

// header is media above the text.
func header(m engine.MediaLink) (object, error) {
	if err := whatsapp.CheckHeader(m); err != nil {
		return nil, err
	}
	head := object{"type": strings.ToUpper(m.Kind), "mediaUrl": m.URL}
	named(head, m)
	return head, nil
}

// named adds a document's name, which the person sees.
func named(body object, m engine.MediaLink) {
	if name := whatsapp.Filename(m.URL); m.Kind == "document" && name != "" && utf8.RuneCountInString(name) <= filenameMax {
		body["filename"] = name
	}
}

func buttons(c engine.Content) (object, error) {
	choices, err := whatsapp.Buttons(c.Choices, whatsapp.PayloadMax)
	if err != nil {
		return nil, err
	}
	var all []any
	for _, b := range choices {
		all = append(all, object{"type": "REPLY", "id": b.Payload, "title": b.Title})
	}
	body := object{"action": object{"buttons": all}}
	if c.Media != nil {
		head, err := header(*c.Media)
		if err != nil {
			return nil, err
		}
		body["header"] = head
	}
	return body, interactive(body, c.Text, c.Footer)
}

// list offers up to ten rows behind one button. A list has no place for media,
// so a picture goes as a link in the text.
func list(c engine.Content, locale string) (object, error) {
	divided, err := whatsapp.Sections(c.Choices, rowPayload)
	if err != nil {
		return nil, err
	}
	var sections []any
	for _, s := range divided {
		var rows []any
		for _, choice := range s.Rows {
			row := object{"id": choice.Payload, "title": choice.Title}
			if choice.Description != "" {
				row["description"] = choice.Description
			}
			rows = append(rows, row)
		}
		section := object{"rows": rows}
		if s.Title != "" {
			section["title"] = s.Title
		}
		sections = append(sections, section)
	}
	body := object{"action": object{"title": whatsapp.OptionsLabel(locale), "sections": sections}}
	return body, interactive(body, whatsapp.Linked(c), c.Footer)
}

// interactive adds what buttons and lists share.
func interactive(body object, text, footer string) error {
	if err := whatsapp.CheckAbove(text, whatsapp.CaptionMax); err != nil {
		return err
	}
	body["body"] = object{"text": text}
	if footer != "" {
		body["footer"] = object{"text": whatsapp.Cut(footer, whatsapp.FooterMax)}
	}
	return nil
}

func media(m engine.MediaLink, caption string) (object, error) {
	if err := whatsapp.CheckMedia(m, caption); err != nil {
		return nil, err
	}
	body := object{"mediaUrl": m.URL}
	if caption != "" {
		body["caption"] = caption
	}
	named(body, m)
	return body, nil
}
