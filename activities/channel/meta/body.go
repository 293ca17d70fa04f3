package meta

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// refMax bounds our reference in biz_opaque_callback_data, in characters.
const refMax = 512

// object is a piece of a request.
type object = map[string]any

// body is the request for one message. Its errors are *channel.SendError: the
// message cannot be sent as it is, and nothing was called.
func (w *Wire) body(out channel.Outbound) (object, error) {
	body := object{"messaging_product": "whatsapp", "recipient_type": "individual"}
	if err := recipient(body, out.To); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(out.Ref) > refMax {
		return nil, refusal.Wrong("our reference has more than %d characters", refMax)
	}
	if out.Ref != "" {
		body["biz_opaque_callback_data"] = out.Ref
	}
	if out.ReplyTo != "" && out.Content.Reaction == nil {
		body["context"] = object{"message_id": out.ReplyTo}
	}
	kind, content, err := w.content(out)
	if err != nil {
		return nil, err
	}
	body["type"], body[kind] = kind, content
	return body, nil
}

// recipient addresses the message: a phone number as +E.164 (without the plus,
// a number lacking its country code would get the business's own), a wa_id
// exactly as Meta wrote it, a BSUID in a field of its own.
func recipient(body object, to engine.Address) error {
	value := strings.TrimSpace(to.Value)
	if value == "" {
		return refusal.Wrong("the message has no recipient")
	}
	switch to.Kind {
	case engine.BSUID:
		body["recipient"] = value
	case engine.WAID:
		body["to"] = value
	case engine.Phone:
		body["to"] = "+" + strings.TrimPrefix(value, "+")
	default:
		return refusal.Wrong("WhatsApp cannot send to an address of the kind %q; it needs phone, wa_id or bsuid", to.Kind)
	}
	return nil
}

// content chooses the kind of message: a template; buttons for up to three
// choices, a list for up to ten, numbered text beyond; media; or text.
func (w *Wire) content(out channel.Outbound) (string, object, error) {
	c := out.Content
	switch {
	case c.Template != "":
		content, err := template(c)
		return "template", content, err
	case c.Reaction != nil:
		// Meta takes no context beside it (…/messages/reaction-messages).
		return "reaction", object{"message_id": c.Reaction.To, "emoji": c.Reaction.Emoji}, nil
	case c.Location != nil:
		return "location", location(*c.Location), nil
	case whatsapp.AsButtons(c.Choices):
		content, err := buttons(c)
		return "interactive", content, err
	case whatsapp.AsList(c.Choices):
		content, err := list(c, out.Locale)
		return "interactive", content, err
	case c.Link != nil:
		content, err := linkButton(c)
		return "interactive", content, err
	case c.Form != nil:
		content, err := form(c)
		return "interactive", content, err
	}
	body := whatsapp.Body(c)
	if c.Media != nil {
		content, err := media(*c.Media, body)
		return c.Media.Kind, content, err
	}
	if err := whatsapp.CheckText(body); err != nil {
		return "", nil, err
	}
	preview := w.preview == "always" || w.preview == "auto" && whatsapp.HasLink(body)
	return "text", object{"body": body, "preview_url": preview}, nil
}

// template names an approved template and fills it in.
func template(c engine.Content) (object, error) {
	language, err := whatsapp.Language(c)
	if err != nil {
		return nil, err
	}
	components := []any{}
	filled, err := whatsapp.Places(c)
	if err != nil {
		return nil, err
	}
	texts := func(values []whatsapp.Parameter) []any {
		parameters := []any{}
		for _, value := range values {
			parameter := object{"type": "text", "text": value.Value}
			if c.Named {
				parameter["parameter_name"] = value.Name
			}
			parameters = append(parameters, parameter)
		}
		return parameters
	}
	switch {
	case c.Media != nil:
		head, err := header(*c.Media)
		if err != nil {
			return nil, err
		}
		components = append(components, object{"type": "header", "parameters": []any{head}})
	case len(filled.Header) > 0:
		components = append(components, object{"type": "header", "parameters": texts(filled.Header)})
	}
	if len(filled.Body) > 0 {
		components = append(components, object{"type": "body", "parameters": texts(filled.Body)})
	}
	choices, err := whatsapp.Buttons(c.Choices, whatsapp.PayloadMax)
	if err != nil {
		return nil, err
	}
	places := filled.Replies(len(choices))
	for i, b := range choices {
		components = append(components, object{
			"type": "button", "sub_type": "quick_reply", "index": strconv.Itoa(places[i]),
			"parameters": []any{object{"type": "payload", "payload": b.Payload}},
		})
	}
	for _, l := range filled.Links {
		if l.Value != "" {
			components = append(components, object{
				"type": "button", "sub_type": "url", "index": strconv.Itoa(l.Index),
				"parameters": []any{object{"type": "text", "text": l.Value}},
			})
		}
	}
	content := object{
		"name":     c.Template,
		"language": object{"code": language},
	}
	if len(components) > 0 {
		content["components"] = components
	}
	return content, nil
}

func buttons(c engine.Content) (object, error) {
	choices, err := whatsapp.Buttons(c.Choices, whatsapp.PayloadMax)
	if err != nil {
		return nil, err
	}
	all := []any{}
	for _, b := range choices {
		all = append(all, object{"type": "reply", "reply": object{"id": b.Payload, "title": b.Title}})
	}
	content := object{"type": "button", "action": object{"buttons": all}}
	if c.Media != nil {
		if content["header"], err = header(*c.Media); err != nil {
			return nil, err
		}
	}
	return content, interactive(content, c.Text, c.Footer, whatsapp.CaptionMax)
}

// linkButton is a text with one button that opens a page.
func linkButton(c engine.Content) (object, error) {
	if err := whatsapp.CheckLink(*c.Link); err != nil {
		return nil, err
	}
	content := object{"type": "cta_url", "action": object{
		"name": "cta_url", "parameters": object{"display_text": c.Link.Title, "url": c.Link.URL},
	}}
	if c.Media != nil {
		head, err := header(*c.Media)
		if err != nil {
			return nil, err
		}
		content["header"] = head
	}
	text := channel.Numbered(c.Text, c.Choices) // more choices than a list holds
	return content, interactive(content, text, c.Footer, whatsapp.CaptionMax)
}

// form is a text with one button that opens a Flow (…/whatsapp/flows/guides/sendingaflow).
func form(c engine.Content) (object, error) {
	if err := whatsapp.CheckForm(*c.Form); err != nil {
		return nil, err
	}
	parameters := object{"flow_message_version": "3", "flow_id": c.Form.ID, "flow_cta": c.Form.Title}
	if c.Form.Token != "" {
		parameters["flow_token"] = c.Form.Token
	}
	if c.Form.Screen != "" {
		parameters["flow_action"], parameters["flow_action_payload"] = "navigate", object{"screen": c.Form.Screen}
	}
	content := object{"type": "flow", "action": object{"name": "flow", "parameters": parameters}}
	if c.Media != nil {
		head, err := header(*c.Media)
		if err != nil {
			return nil, err
		}
		content["header"] = head
	}
	return content, interactive(content, c.Text, c.Footer, whatsapp.CaptionMax)
}

// header is media above buttons, or at the top of a template.
func header(m engine.MediaLink) (object, error) {
	if err := whatsapp.CheckTop(m); err != nil {
		return nil, err
	}
	field, source, err := whatsapp.Source(m)
	return object{"type": m.Kind, m.Kind: object{field: source}}, err
}

// location is a place on the map.
func location(p engine.Place) object {
	content := object{"latitude": p.Latitude, "longitude": p.Longitude}
	if p.Name != "" {
		content["name"] = p.Name
	}
	if p.Address != "" {
		content["address"] = p.Address
	}
	return content
}

// list offers up to ten rows behind one button. A list has no place for media,
// so a picture goes as a link in the text.
func list(c engine.Content, locale string) (object, error) {
	divided, err := whatsapp.Sections(c.Choices, whatsapp.PayloadMax)
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
		section := object{"rows": rows}
		if s.Title != "" {
			section["title"] = s.Title
		}
		sections = append(sections, section)
	}
	content := object{"type": "list", "action": object{"button": whatsapp.OptionsLabel(locale), "sections": sections}}
	return content, interactive(content, whatsapp.Linked(c), c.Footer, whatsapp.ListBodyMax)
}

// interactive adds what buttons and lists share.
func interactive(content object, body, footer string, limit int) error {
	if err := whatsapp.CheckAbove(body, limit); err != nil {
		return err
	}
	content["body"] = object{"text": body}
	if footer != "" {
		content["footer"] = object{"text": whatsapp.Cut(footer, whatsapp.FooterMax)}
	}
	return nil
}

func media(m engine.MediaLink, caption string) (object, error) {
	if err := whatsapp.CheckAlone(m, caption); err != nil {
		return nil, err
	}
	field, source, err := whatsapp.Source(m)
	if err != nil {
		return nil, err
	}
	content := object{field: source}
	if caption != "" {
		content["caption"] = caption
	}
	return content, nil
}
