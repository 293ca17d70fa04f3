package wavy

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// object is a piece of a request.
type object = map[string]any

// request is where one message goes, and its body.
func (d *Driver) request(out channel.Outbound) (address string, body object, err error) {
	if out.To.Kind != engine.Phone && (out.To.Kind != engine.WAID || d.settings.Channel != engine.WhatsApp) {
		return "", nil, refusal.Wrong("Sinch (Wavy) cannot send a %s message to an address of the kind %q; it needs a phone number", d.settings.Channel, out.To.Kind)
	}
	to := sms.Digits(out.To.Value)
	if to == "" {
		return "", nil, refusal.Wrong("the message has no recipient")
	}
	if d.settings.Channel == engine.SMS {
		text, err := d.writer.Text(out.Content)
		body := object{"destination": to, "messageText": text}
		if out.Ref != "" {
			body["correlationId"] = out.Ref
		}
		return "/v1/send-sms", body, err
	}
	message, err := d.message(out.Content)
	destination := object{"destination": to}
	if out.Ref != "" {
		destination["correlationId"] = out.Ref
	}
	return "/v1/whatsapp/send", object{"destinations": []any{destination}, "message": message}, err
}

// message is what a person gets: a template, a picture, or text, which a file that is
// no picture goes into as its address.
func (d *Driver) message(c engine.Content) (any, error) {
	if c.Template != "" {
		return d.template(c)
	}
	text := whatsapp.Body(c)
	if m := c.Media; m != nil {
		if err := whatsapp.CheckMedia(*m, ""); err != nil {
			return nil, err
		}
		if m.Kind == "image" {
			return picture(*m, text)
		}
		text = strings.TrimSpace(text + "\n" + m.URL)
	}
	return object{"messageText": text}, whatsapp.CheckText(text)
}

// picture names the kind of its file, which Wavy wants to be told.
func picture(m engine.MediaLink, caption string) (object, error) {
	if err := whatsapp.CheckMedia(m, caption); err != nil {
		return nil, err
	}
	kind := "JPG"
	if strings.EqualFold(path.Ext(whatsapp.Filename(m.URL)), ".png") {
		kind = "PNG"
	}
	image := object{"type": kind, "url": m.URL}
	if caption != "" {
		image["caption"] = caption
	}
	return object{"image": image}, nil
}

// place is where a parameter goes.
var place = regexp.MustCompile(`\{\{\s*(\d{1,3})\s*\}\}`)

// template is the template's JSON of the settings, filled in. A value goes into a
// string of it and can become nothing else.
func (d *Driver) template(c engine.Content) (any, error) {
	language := strings.ReplaceAll(c.Language, "-", "_")
	text := d.templates[c.Template+"."+language]
	if text == "" {
		text = d.templates[c.Template]
	}
	if text == "" {
		return nil, &channel.SendError{Class: channel.FixTemplate, Message: fmt.Sprintf(
			"the integration has no JSON of the template %s; put it into the setting %s%s.%s, as the account's documentation shows it, with {{1}}, {{2}} … for the parameters",
			c.Template, templatePrefix, c.Template, language)}
	}
	parameters, err := whatsapp.Parameters(c)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return nil, &channel.SendError{Class: channel.FixTemplate, Message: "the JSON of the template " + c.Template + " cannot be read", Err: err}
	}
	return filled(tree, parameters), nil
}

// filled is a piece of JSON with the parameters in its strings.
func filled(node any, parameters []whatsapp.Parameter) any {
	switch node := node.(type) {
	case string:
		return place.ReplaceAllStringFunc(node, func(s string) string {
			n, err := strconv.Atoi(place.FindStringSubmatch(s)[1])
			if err != nil || n < 1 || n > len(parameters) {
				return s
			}
			return parameters[n-1].Value
		})
	case []any:
		for i := range node {
			node[i] = filled(node[i], parameters)
		}
	case map[string]any:
		for name := range node {
			node[name] = filled(node[name], parameters)
		}
	}
	return node
}
