package bird

import (
	"cmp"
	"path"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// object is a piece of a request.
type object = map[string]any

// body is the request for one message.
func (d *Driver) body(out channel.Outbound) (object, error) {
	contact, err := d.contact(out.To)
	if err != nil {
		return nil, err
	}
	body := object{"receiver": object{"contacts": []any{contact}}}
	if out.Ref != "" {
		body["reference"] = out.Ref
	}
	if out.ReplyTo != "" {
		body["replyTo"] = object{"id": out.ReplyTo, "type": "message"}
	}
	switch {
	case d.settings.Channel == engine.SMS:
		text, err := d.writer.Text(out.Content)
		body["body"] = object{"type": "text", "text": object{"text": text}}
		return body, err
	case out.Content.Template != "":
		body["template"], err = d.template(out.Content)
		return body, err
	}
	kind, content, err := content(out)
	body["body"] = object{"type": kind, kind: content}
	return body, err
}

// contact addresses the message. Bird keeps a contact of its own for everybody it
// writes to, and finds it by this identifier.
func (d *Driver) contact(to engine.Address) (object, error) {
	value := strings.TrimSpace(to.Value)
	switch {
	case value == "":
		return nil, refusal.Wrong("the message has no recipient")
	case to.Kind == engine.Phone, to.Kind == engine.WAID && d.settings.Channel == engine.WhatsApp:
		return object{"identifierKey": "phonenumber", "identifierValue": "+" + sms.Digits(value)}, nil
	case to.Kind == engine.BSUID && d.settings.Channel == engine.WhatsApp:
		return object{"identifierKey": bsuidKey, "identifierValue": value}, nil
	}
	return nil, refusal.Wrong("Bird cannot send %s to an address of the kind %q", d.settings.Channel, to.Kind)
}

// latest is the version of a project that is sent.
const latest = "latest"

// template names a project of Bird Studio and fills in its variables. Its buttons
// and its picture were made in Studio, so neither is sent: what a person taps is
// known by its words, and a picture's address is a variable like the others.
func (d *Driver) template(c engine.Content) (object, error) {
	language, err := whatsapp.Language(c)
	if err != nil {
		return nil, err
	}
	if c.Media != nil {
		return nil, refusal.Wrong("the template %q cannot be given media: in Bird a picture's address is a variable of the Studio project; write it into the template's parameters", c.Template)
	}
	parameters, err := whatsapp.Parameters(c)
	if err != nil {
		return nil, err
	}
	template := object{"locale": strings.ReplaceAll(language, "_", "-")} // BCP 47
	project, version, _ := strings.Cut(cmp.Or(d.projects[c.Template], c.Template), "/")
	if idPattern.MatchString(project) {
		if version == "" {
			version = latest
		}
		template["projectId"], template["version"] = project, version
	} else {
		template["name"] = project
	}
	var variables []any
	for _, p := range parameters {
		variables = append(variables, object{"type": "string", "key": p.Name, "value": p.Value})
	}
	if variables != nil {
		template["parameters"] = variables
	}
	return template, nil
}

// content chooses the kind of body: actions under a text, a picture or a file for
// up to three choices, a list for up to ten, numbered text beyond.
func content(out channel.Outbound) (kind string, body object, err error) {
	c := out.Content
	var actions []any
	text := whatsapp.Body(c)
	switch {
	case whatsapp.AsButtons(c.Choices):
		if actions, err = postbacks(c.Choices); err != nil {
			return "", nil, err
		}
		text = whatsapp.WithFooter(c.Text, c.Footer)
	case whatsapp.AsList(c.Choices):
		body, err := list(c, out.Locale)
		return "list", body, err
	}
	switch {
	case c.Media == nil && actions != nil:
		kind, body, err = "text", object{"text": text}, whatsapp.CheckAbove(text, whatsapp.CaptionMax)
	case c.Media == nil:
		kind, body, err = "text", object{"text": text}, whatsapp.CheckText(text)
		if whatsapp.HasLink(text) {
			body["metadata"] = object{"whatsapp": object{"previewUrl": true}}
		}
	default:
		kind, body, err = media(*c.Media, text, actions != nil)
	}
	if actions != nil && err == nil {
		body["actions"] = actions
	}
	return kind, body, err
}

// postbacks are choices that come back with their payload when they are tapped.
func postbacks(choices []engine.Choice) ([]any, error) {
	buttons, err := whatsapp.Buttons(choices, whatsapp.PayloadMax)
	if err != nil {
		return nil, err
	}
	var all []any
	for _, b := range buttons {
		all = append(all, object{"type": "postback", "postback": object{"text": b.Title, "payload": b.Payload}})
	}
	return all, nil
}

// list offers up to ten rows behind one button. A list has no place for media,
// so a picture goes as a link in the text.
func list(c engine.Content, locale string) (object, error) {
	divided, err := whatsapp.Sections(c.Choices, whatsapp.PayloadMax)
	if err != nil {
		return nil, err
	}
	var items []any
	for _, s := range divided {
		var rows []any
		for _, choice := range s.Rows {
			row := object{"text": choice.Title, "payload": choice.Payload}
			if choice.Description != "" {
				row["metadata"] = object{"description": object{"label": choice.Description}}
			}
			rows = append(rows, object{"type": "postback", "postback": row})
		}
		item := object{"actions": rows}
		if s.Title != "" {
			item["title"] = s.Title
		}
		items = append(items, item)
	}
	text := whatsapp.WithFooter(whatsapp.Linked(c), c.Footer)
	return object{
		"text": text, "items": items,
		"metadata": object{"button": object{"label": whatsapp.OptionsLabel(locale)}},
	}, whatsapp.CheckAbove(text, whatsapp.ListBodyMax)
}

// media is a picture, or anything else as a file, whose type must be told.
func media(m engine.MediaLink, text string, header bool) (kind string, body object, err error) {
	if header {
		err = whatsapp.CheckHeader(m)
	} else {
		err = whatsapp.CheckMedia(m, text)
	}
	if err != nil {
		return "", nil, err
	}
	kind, body = "image", object{"images": []any{object{"mediaUrl": m.URL}}}
	if m.Kind != "image" && m.Kind != "sticker" {
		file := object{"mediaUrl": m.URL, "contentType": contentType(m)}
		if name := whatsapp.Filename(m.URL); m.Kind == "document" && name != "" {
			file["filename"] = name
		}
		kind, body = "file", object{"files": []any{file}}
	}
	if text != "" {
		body["text"] = text
	}
	return kind, body, nil
}

// contentTypes are the files that WhatsApp takes, by the ending of their address
// (…/whatsapp/business-phone-numbers/media#supported-media-types).
var contentTypes = map[string]string{
	".mp4": "video/mp4", ".3gp": "video/3gpp", ".aac": "audio/aac", ".amr": "audio/amr", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg",
	".pdf": "application/pdf", ".txt": "text/plain", ".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

// usual is what a file is whose address does not end with its type.
var usual = map[string]string{"video": "video/mp4", "audio": "audio/mpeg", "document": "application/pdf"}

func contentType(m engine.MediaLink) string {
	known := contentTypes[strings.ToLower(path.Ext(whatsapp.Filename(m.URL)))]
	if family, _, _ := strings.Cut(known, "/"); known == "" || m.Kind != "document" && family != m.Kind {
		return usual[m.Kind]
	}
	return known
}
