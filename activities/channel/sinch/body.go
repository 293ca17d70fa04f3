package sinch

import (
	"fmt"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// Limits of one request that channel.Limits does not name. Sinch publishes the
// length of the metadata; the rest is WhatsApp's, which it passes on to.
const (
	refMax     = 1024 // characters of message_metadata
	payloadMax = 200  // bytes of a list row's id, the smaller of WhatsApp's two
)

// object is a piece of a request.
type object = map[string]any

// body is the request for one message. Its errors are *channel.SendError: the
// message cannot be sent as it is, and nothing was called.
func (d *Driver) body(out channel.Outbound) (object, error) {
	identity, err := d.identity(out.To)
	if err != nil {
		return nil, err
	}
	message, err := d.message(out)
	if err != nil {
		return nil, err
	}
	body := object{
		"app_id":    d.appID,
		"recipient": object{"identified_by": object{"channel_identities": []any{object{"channel": d.channel, "identity": identity}}}},
		"message":   message,
		// One channel and no other: which comes next is for the journey to decide.
		"channel_priority_order": []any{d.channel},
	}
	switch {
	case len(out.Ref) > refMax:
		return nil, refusal.Wrong("our reference has more than %d characters", refMax)
	case out.Ref != "":
		body["message_metadata"] = out.Ref
	}
	if d.settings.Channel == engine.SMS && d.smsSender != "" {
		body["channel_properties"] = object{"SMS_SENDER": d.smsSender}
	}
	return body, nil
}

// identity is a person as Sinch's examples write one: an SMS number with a plus,
// a WhatsApp id without.
func (d *Driver) identity(to engine.Address) (string, error) {
	digits := sms.Digits(to.Value)
	switch {
	case digits == "":
		return "", refusal.Wrong("the message has no recipient")
	case to.Kind == engine.Phone && d.settings.Channel == engine.SMS:
		return "+" + digits, nil
	case d.settings.Channel == engine.WhatsApp && (to.Kind == engine.Phone || to.Kind == engine.WAID):
		return digits, nil
	}
	return "", refusal.Wrong("Sinch cannot send a %s message to an address of the kind %q; it needs a phone number", d.settings.Channel, to.Kind)
}

// message chooses the kind of message: a template; on WhatsApp buttons for up to
// three choices, a list for up to ten, numbered text beyond; media; or text.
func (d *Driver) message(out channel.Outbound) (object, error) {
	c := out.Content
	if d.settings.Channel == engine.SMS {
		if c.Template != "" {
			return nil, refusal.Wrong("an SMS through Sinch has no templates; write its text in the journey")
		}
		text, err := d.writer.Text(c)
		return textMessage(text), err
	}
	switch {
	case c.Template != "":
		return template(c)
	case whatsapp.AsButtons(c.Choices):
		return buttons(c)
	case whatsapp.AsList(c.Choices):
		return list(c, out.Locale)
	}
	text := whatsapp.Body(c)
	if c.Media != nil {
		return media(*c.Media, text)
	}
	return textMessage(text), whatsapp.CheckText(text)
}

func textMessage(text string) object { return object{"text_message": object{"text": text}} }

// template names a template that WhatsApp approved. The keys of its parameters
// spell out where each one goes (channel-support/whatsapp/template-support):
// body[1]text, header[1]image.link, button[0]quick_reply[1]payload. A header and
// the body count from 1, buttons from 0.
func template(c engine.Content) (object, error) {
	language, err := whatsapp.Language(c)
	if err != nil {
		return nil, err
	}
	if c.Named {
		return nil, &channel.SendError{Class: channel.FixTemplate, Message: fmt.Sprintf(
			"the template %q wants its parameters by name, and Sinch passes them by position only; make it anew with {{1}}, {{2}} and take named: true out of templates.lock.yaml", c.Template)}
	}
	params, err := whatsapp.Places(c)
	if err != nil {
		return nil, err
	}
	parameters := object{}
	for i, p := range params.Header {
		parameters[fmt.Sprintf("header[%d]text", i+1)] = p.Value
	}
	for i, p := range params.Body {
		parameters[fmt.Sprintf("body[%d]text", i+1)] = p.Value
	}
	for _, l := range params.Links {
		if l.Value != "" {
			parameters[fmt.Sprintf("button[%d]url[1]text", l.Index)] = l.Value
		}
	}
	if m := c.Media; m != nil {
		if err := whatsapp.CheckHeader(*m); err != nil {
			return nil, err
		}
		parameters["header[1]"+m.Kind+".link"] = m.URL
	}
	choices, err := whatsapp.Buttons(c.Choices, payloadMax)
	if err != nil {
		return nil, err
	}
	places := params.Replies(len(choices))
	for i, b := range choices {
		parameters[fmt.Sprintf("button[%d]quick_reply[1]payload", places[i])] = b.Payload
	}
	return object{"template_message": object{"channel_template": object{"WHATSAPP": object{
		"template_id":   c.Template, // of WhatsApp's templates, the name
		"language_code": language,
		"parameters":    parameters,
	}}}}, nil
}

// buttons are a choice message, which WhatsApp shows as reply buttons. It has no
// place for media, so a picture goes as a link in the text.
func buttons(c engine.Content) (object, error) {
	text, err := above(c)
	if err != nil {
		return nil, err
	}
	all, err := whatsapp.Buttons(c.Choices, payloadMax)
	if err != nil {
		return nil, err
	}
	choices := []any{}
	for _, b := range all {
		choices = append(choices, object{"text_message": object{"text": b.Title}, "postback_data": b.Payload})
	}
	message := object{"text_message": object{"text": text}, "choices": choices}
	if c.Footer != "" {
		message["message_properties"] = object{"whatsapp_footer": whatsapp.Cut(c.Footer, whatsapp.FooterMax)}
	}
	return object{"choice_message": message}, nil
}

// list offers up to ten rows behind one button.
func list(c engine.Content, locale string) (object, error) {
	text, err := above(c)
	if err != nil {
		return nil, err
	}
	divided, err := whatsapp.Sections(c.Choices, payloadMax)
	if err != nil {
		return nil, err
	}
	sections := []any{}
	for _, s := range divided {
		items := []any{}
		for _, row := range s.Rows {
			choice := object{"title": row.Title, "postback_data": row.Payload}
			if row.Description != "" {
				choice["description"] = row.Description
			}
			items = append(items, object{"choice": choice})
		}
		section := object{"items": items}
		if s.Title != "" {
			section["title"] = s.Title
		}
		sections = append(sections, section)
	}
	message := object{
		"title": text, "sections": sections,
		"message_properties": object{"menu": whatsapp.OptionsLabel(locale)},
	}
	if c.Footer != "" {
		message["description"] = whatsapp.Cut(c.Footer, whatsapp.FooterMax)
	}
	return object{"list_message": message}, nil
}

// above is the text above options.
func above(c engine.Content) (string, error) {
	text := whatsapp.Linked(c)
	return text, whatsapp.CheckAbove(text, whatsapp.CaptionMax)
}

// media sends an address that Sinch fetches; what it is follows from what the
// address answers. A media message has no text: a picture or video with one is a
// card, which WhatsApp shows as media with a caption, and anything else goes as a
// link in the text.
func media(m engine.MediaLink, text string) (object, error) {
	caption := text
	if m.Kind != "image" && m.Kind != "video" {
		caption = ""
	}
	if err := whatsapp.CheckMedia(m, caption); err != nil {
		return nil, err
	}
	link := object{"url": m.URL}
	switch {
	case text == "":
		return object{"media_message": link}, nil
	case caption == "":
		text += "\n" + m.URL
		return textMessage(text), whatsapp.CheckText(text)
	}
	return object{"card_message": object{"title": caption, "media_message": link}}, nil
}
