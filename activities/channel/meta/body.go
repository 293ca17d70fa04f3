package meta

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/engine"
)

// Limits of one request in characters; the rest is in channel.Limits.
// Source: .../whatsapp/messages/.
const (
	captionMax     = 1024
	listBodyMax    = 4096
	footerMax      = 60
	payloadMax     = 256
	descriptionMax = 72
	refMax         = 512
)

// object is a piece of a request.
type object = map[string]any

// body is the request for one message. Its errors are *channel.SendError: the
// message cannot be sent as it is, and nothing was called.
func (d *Driver) body(out channel.Outbound) (object, error) {
	body := object{"messaging_product": "whatsapp", "recipient_type": "individual"}
	if err := recipient(body, out.To); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(out.Ref) > refMax {
		return nil, wrong("our reference has more than %d characters", refMax)
	}
	if out.Ref != "" {
		body["biz_opaque_callback_data"] = out.Ref
	}
	if out.ReplyTo != "" {
		body["context"] = object{"message_id": out.ReplyTo}
	}
	kind, content, err := d.content(out)
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
		return wrong("the message has no recipient")
	}
	switch to.Kind {
	case engine.BSUID:
		body["recipient"] = value
	case engine.WAID:
		body["to"] = value
	case engine.Phone:
		body["to"] = "+" + strings.TrimPrefix(value, "+")
	default:
		return wrong("WhatsApp cannot send to an address of the kind %q; it needs phone, wa_id or bsuid", to.Kind)
	}
	return nil
}

// content chooses the kind of message: a template; buttons for up to three
// choices, a list for up to ten, numbered text beyond; media; or text.
func (d *Driver) content(out channel.Outbound) (string, object, error) {
	c := out.Content
	choices := c.Choices
	switch {
	case c.Template != "":
		content, err := template(c)
		return "template", content, err
	case len(choices) > 0 && len(choices) <= 3 && fit(choices, 20):
		content, err := buttons(c)
		return "interactive", content, err
	case len(choices) > 0 && len(choices) <= 10:
		content, err := list(c, out.Locale)
		return "interactive", content, err
	}
	body := withFooter(channel.Numbered(c.Text, choices), c.Footer)
	if c.Media != nil {
		content, err := media(*c.Media, body)
		return c.Media.Kind, content, err
	}
	switch n := utf8.RuneCountInString(body); {
	case strings.TrimSpace(body) == "":
		return "", nil, wrong("the message has no text")
	case n > 4096:
		return "", nil, wrong("the text has %d characters; WhatsApp allows 4,096", n)
	}
	preview := d.preview == "always" || d.preview == "auto" && link.MatchString(body)
	return "text", object{"body": body, "preview_url": preview}, nil
}

var link = regexp.MustCompile(`https?://\S`)

func fit(choices []engine.Choice, limit int) bool {
	for _, c := range choices {
		if utf8.RuneCountInString(c.Title) > limit {
			return false
		}
	}
	return true
}

// withFooter puts the footer at the end of messages that have no place for one.
func withFooter(body, footer string) string {
	if footer == "" {
		return body
	}
	if body == "" {
		return footer
	}
	return body + "\n\n" + footer
}

// template names an approved template and fills it in.
func template(c engine.Content) (object, error) {
	if c.Language == "" {
		return nil, wrong("the template %q has no language; a template is known by name and language", c.Template)
	}
	components := []any{}
	if c.Media != nil {
		if err := checkMedia(*c.Media); err != nil {
			return nil, err
		}
		components = append(components, object{"type": "header", "parameters": []any{
			object{"type": c.Media.Kind, c.Media.Kind: object{"link": c.Media.URL}},
		}})
	}
	parameters := []any{}
	for _, name := range order(c) {
		value, there := c.Params[name]
		value = flat(value)
		if !there || value == "" {
			return nil, wrong("the template %q needs the parameter %q, which is empty for this contact", c.Template, name)
		}
		parameter := object{"type": "text", "text": value}
		if c.Named {
			parameter["parameter_name"] = name
		}
		parameters = append(parameters, parameter)
	}
	if len(parameters) > 0 {
		components = append(components, object{"type": "body", "parameters": parameters})
	}
	for i, choice := range c.Choices {
		payload, err := payload(choice)
		if err != nil {
			return nil, err
		}
		components = append(components, object{
			"type": "button", "sub_type": "quick_reply", "index": strconv.Itoa(i),
			"parameters": []any{object{"type": "payload", "payload": payload}},
		})
	}
	content := object{
		"name":     c.Template,
		"language": object{"code": strings.ReplaceAll(c.Language, "-", "_")}, // Meta writes pt_BR
	}
	if len(components) > 0 {
		content["components"] = components
	}
	return content, nil
}

// order is the order of a template's parameters; without one, "1", "2", … as
// numbers and names alphabetically.
func order(c engine.Content) []string {
	if len(c.Order) > 0 {
		return c.Order
	}
	return slices.SortedFunc(maps.Keys(c.Params), func(a, b string) int {
		m, errA := strconv.Atoi(a)
		n, errB := strconv.Atoi(b)
		if errA == nil && errB == nil {
			return m - n
		}
		return strings.Compare(a, b)
	})
}

// flat makes a value fit for a parameter: Meta refuses line breaks, tabs and
// more than four spaces in a row (132012).
var unfit = regexp.MustCompile(`[ \t]*[\r\n\t][\s]*| {4,}`)

func flat(s string) string { return unfit.ReplaceAllString(strings.TrimSpace(s), " ") }

func payload(c engine.Choice) (string, error) {
	p := c.Payload
	if p == "" {
		p = c.ID
	}
	if n := len(p); n == 0 || n > payloadMax {
		return "", wrong("the option %q needs a payload of 1 to %d bytes; it has %d", c.ID, payloadMax, n)
	}
	return p, nil
}

func buttons(c engine.Content) (object, error) {
	all := []any{}
	for _, choice := range c.Choices {
		id, err := payload(choice)
		if err != nil {
			return nil, err
		}
		all = append(all, object{"type": "reply", "reply": object{"id": id, "title": choice.Title}})
	}
	content := object{"type": "button", "action": object{"buttons": all}}
	if c.Media != nil {
		if err := checkMedia(*c.Media); err != nil {
			return nil, err
		}
		content["header"] = object{"type": c.Media.Kind, c.Media.Kind: object{"link": c.Media.URL}}
	}
	return content, interactive(content, c.Text, c.Footer, captionMax)
}

// list offers up to ten rows behind one button. A list has no place for media,
// so a picture goes as a link in the text.
func list(c engine.Content, locale string) (object, error) {
	rows := []any{}
	for _, choice := range c.Choices {
		id, err := payload(choice)
		if err != nil {
			return nil, err
		}
		row := object{"id": id, "title": cut(choice.Title, 24)}
		if row["title"] != choice.Title {
			row["description"] = cut(choice.Title, descriptionMax)
		}
		rows = append(rows, row)
	}
	content := object{"type": "list", "action": object{
		"button":   optionsLabel(locale),
		"sections": []any{object{"rows": rows}},
	}}
	body := c.Text
	if c.Media != nil {
		body += "\n" + c.Media.URL
	}
	return content, interactive(content, body, c.Footer, listBodyMax)
}

// interactive adds what buttons and lists share.
func interactive(content object, body, footer string, limit int) error {
	if strings.TrimSpace(body) == "" {
		return wrong("a message with options needs a text above them")
	}
	if n := utf8.RuneCountInString(body); n > limit {
		return wrong("the text has %d characters; WhatsApp allows %d above options", n, limit)
	}
	content["body"] = object{"text": body}
	if footer != "" {
		content["footer"] = object{"text": cut(footer, footerMax)}
	}
	return nil
}

// optionsLabel is the text of the button that opens a list.
func optionsLabel(locale string) string {
	switch language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-"); strings.ToLower(language) {
	case "en":
		return "Options"
	case "es":
		return "Opciones"
	}
	return "Opções"
}

// mediaKinds are what a link may carry, and whether it takes a caption.
var mediaKinds = map[string]bool{"image": true, "video": true, "document": true, "audio": false, "sticker": false}

func media(m engine.MediaLink, caption string) (object, error) {
	captioned, known := mediaKinds[m.Kind]
	if !known {
		return nil, wrong("WhatsApp has no media of the kind %q; use image, document, video, audio or sticker", m.Kind)
	}
	if err := checkLink(m.URL); err != nil {
		return nil, err
	}
	content := object{"link": m.URL}
	if caption == "" {
		return content, nil
	}
	if !captioned {
		return nil, wrong("a message of the kind %q cannot carry text; send the text on its own", m.Kind)
	}
	if n := utf8.RuneCountInString(caption); n > captionMax {
		return nil, wrong("the text under the %s has %d characters; WhatsApp allows %d", m.Kind, n, captionMax)
	}
	content["caption"] = caption
	return content, nil
}

// checkMedia checks media for a header, which takes only these three.
func checkMedia(m engine.MediaLink) error {
	if m.Kind != "image" && m.Kind != "document" && m.Kind != "video" {
		return wrong("media of the kind %q cannot stand above options or in a template; use image, document or video", m.Kind)
	}
	return checkLink(m.URL)
}

func checkLink(address string) error {
	if !link.MatchString(address) {
		return wrong("the media address must begin with https:// (or http://)")
	}
	return nil
}

// cut shortens s to limit characters, the last one an ellipsis.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:limit-1]), " ") + "…"
}

func wrong(format string, args ...any) error {
	return &channel.SendError{Class: channel.FixRequest, Message: fmt.Sprintf(format, args...)}
}
