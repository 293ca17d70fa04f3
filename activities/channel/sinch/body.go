package sinch

import (
	"fmt"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/gateway"
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
		return nil, gateway.Wrong("our reference has more than %d characters", refMax)
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
	digits := gateway.Digits(to.Value)
	switch {
	case digits == "":
		return "", gateway.Wrong("the message has no recipient")
	case to.Kind == engine.Phone && d.settings.Channel == engine.SMS:
		return "+" + digits, nil
	case d.settings.Channel == engine.WhatsApp && (to.Kind == engine.Phone || to.Kind == engine.WAID):
		return digits, nil
	}
	return "", gateway.Wrong("Sinch cannot send a %s message to an address of the kind %q; it needs a phone number", d.settings.Channel, to.Kind)
}

// message chooses the kind of message: a template; on WhatsApp buttons for up to
// three choices, a list for up to ten, numbered text beyond; media; or text.
func (d *Driver) message(out channel.Outbound) (object, error) {
	c := out.Content
	if d.settings.Channel == engine.SMS {
		if c.Template != "" {
			return nil, gateway.Wrong("an SMS through Sinch has no templates; write its text in the journey")
		}
		text, err := gateway.SMSText(c, channel.Limits(engine.SMS).TextMax)
		return textMessage(text), err
	}
	if c.Template != "" {
		return template(c)
	}
	switch gateway.LayoutOf(c.Choices) {
	case gateway.Buttons:
		return buttons(c)
	case gateway.List:
		return list(c, out.Locale)
	case gateway.Lines:
	}
	text := gateway.WithFooter(channel.Numbered(c.Text, c.Choices), c.Footer)
	if c.Media != nil {
		return media(*c.Media, text)
	}
	text, err := gateway.Bounded(text, channel.Limits(engine.WhatsApp).TextMax)
	return textMessage(text), err
}

func textMessage(text string) object { return object{"text_message": object{"text": text}} }

// template names a template that WhatsApp approved. The keys of its parameters
// spell out where each one goes (channel-support/whatsapp/template-support):
// body[1]text, header[1]image.link, button[0]quick_reply[1]payload. A header and
// the body count from 1, buttons from 0.
func template(c engine.Content) (object, error) {
	switch {
	case c.Language == "":
		return nil, gateway.Wrong("the template %q has no language; a template is known by name and language", c.Template)
	case c.Named:
		return nil, &channel.SendError{Class: channel.FixTemplate, Message: fmt.Sprintf(
			"the template %q wants its parameters by name, and Sinch passes them by position only; make it anew with {{1}}, {{2}} and take named: true out of templates.lock.yaml", c.Template)}
	}
	params, err := gateway.Params(c)
	if err != nil {
		return nil, err
	}
	parameters := object{}
	for i, p := range params {
		parameters[fmt.Sprintf("body[%d]text", i+1)] = p.Value
	}
	if m := c.Media; m != nil {
		switch m.Kind {
		case "image", "video", "document":
		default:
			return nil, gateway.Wrong("media of the kind %q cannot stand in a template; use image, document or video", m.Kind)
		}
		if err := gateway.CheckLink(*m); err != nil {
			return nil, err
		}
		parameters["header[1]"+m.Kind+".link"] = m.URL
	}
	for i, choice := range c.Choices {
		payload, err := gateway.Payload(choice, payloadMax)
		if err != nil {
			return nil, err
		}
		parameters[fmt.Sprintf("button[%d]quick_reply[1]payload", i)] = payload
	}
	return object{"template_message": object{"channel_template": object{"WHATSAPP": object{
		"template_id":   c.Template, // of WhatsApp's templates, the name
		"language_code": strings.ReplaceAll(c.Language, "-", "_"),
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
	choices := []any{}
	for _, choice := range c.Choices {
		payload, err := gateway.Payload(choice, payloadMax)
		if err != nil {
			return nil, err
		}
		choices = append(choices, object{"text_message": object{"text": choice.Title}, "postback_data": payload})
	}
	message := object{"text_message": object{"text": text}, "choices": choices}
	if c.Footer != "" {
		message["message_properties"] = object{"whatsapp_footer": gateway.Cut(c.Footer, gateway.FooterMax)}
	}
	return object{"choice_message": message}, nil
}

// list offers up to ten rows behind one button.
func list(c engine.Content, locale string) (object, error) {
	text, err := above(c)
	if err != nil {
		return nil, err
	}
	rows, err := gateway.Rows(c.Choices, payloadMax)
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, row := range rows {
		choice := object{"title": row.Title, "postback_data": row.ID}
		if row.Description != "" {
			choice["description"] = row.Description
		}
		items = append(items, object{"choice": choice})
	}
	message := object{
		"title": text, "sections": []any{object{"items": items}},
		"message_properties": object{"menu": gateway.OptionsLabel(locale)},
	}
	if c.Footer != "" {
		message["description"] = gateway.Cut(c.Footer, gateway.FooterMax)
	}
	return object{"list_message": message}, nil
}

// above is the text above options.
func above(c engine.Content) (string, error) {
	text := c.Text
	if c.Media != nil {
		text = strings.TrimSpace(text + "\n" + c.Media.URL)
	}
	return gateway.Bounded(text, gateway.CaptionMax)
}

// media sends an address that Sinch fetches; what it is follows from what the
// address answers. A media message has no text: a picture or video with one is a
// card, which WhatsApp shows as media with a caption, and anything else goes as a
// link in the text.
func media(m engine.MediaLink, text string) (object, error) {
	if err := gateway.CheckLink(m); err != nil {
		return nil, err
	}
	link := object{"url": m.URL}
	switch {
	case text == "":
		return object{"media_message": link}, nil
	case m.Kind != "image" && m.Kind != "video":
		text, err := gateway.Bounded(text+"\n"+m.URL, channel.Limits(engine.WhatsApp).TextMax)
		return textMessage(text), err
	}
	text, err := gateway.Bounded(text, gateway.CaptionMax)
	return object{"card_message": object{"title": text, "media_message": link}}, err
}
