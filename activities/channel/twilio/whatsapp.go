package twilio

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// idMax is the longest id of a button or a row that a Content takes
// (twilio.com/docs/content/twiliolist-picker).
const idMax = 200

// digits is a phone number without its plus, which is also what a wa_id looks like.
var digits = regexp.MustCompile(`^\d{5,20}$`)

// whatsApp writes a message for WhatsApp: a template, choices to tap, media, or text.
func (d *Driver) whatsApp(out channel.Outbound) (composed, error) {
	to, err := recipient(out.To)
	if err != nil {
		return composed{}, err
	}
	form := url.Values{"To": {to}}
	c := out.Content
	if c.Template != "" {
		return d.template(form, c)
	}
	if sid, variables := d.offer(out); sid != "" {
		return filled(form, sid, variables, variables["text"])
	}
	body := whatsapp.Body(c)
	if m := c.Media; m != nil {
		// Twilio drops the text that comes with a document.
		if m.Kind == "document" && body != "" {
			body = body + "\n" + m.URL
		} else {
			if err := whatsapp.CheckMedia(*m, body); err != nil {
				return composed{}, err
			}
			form.Set("MediaUrl", m.URL)
		}
	}
	if !form.Has("MediaUrl") {
		if err := whatsapp.CheckText(body); err != nil {
			return composed{}, err
		}
	}
	if n := utf8.RuneCountInString(body); n > bodyMax {
		return composed{}, refusal.Wrong("the text has %d characters; Twilio takes 1,600, also on WhatsApp; shorten it", n)
	}
	if body != "" {
		form.Set("Body", body)
	}
	return composed{form, body}, nil
}

// recipient is an address of WhatsApp: a number, a wa_id, or the user id of a person
// who hides the number.
func recipient(to engine.Address) (string, error) {
	number := strings.TrimPrefix(strings.TrimSpace(to.Value), "+")
	switch {
	case to.Kind == engine.BSUID && whatsapp.IsBSUID(to.Value):
		return whatsAppPrefix + to.Value, nil
	case to.Kind != engine.Phone && to.Kind != engine.WAID && to.Kind != engine.BSUID:
		return "", refusal.Wrong("WhatsApp cannot send to an address of the kind %q; Twilio needs phone, wa_id or bsuid", to.Kind)
	case !digits.MatchString(number):
		return "", refusal.Wrong("the recipient's WhatsApp address must be a number with the country's code, or a user id such as BR.1A2B3C")
	}
	return whatsAppPrefix + "+" + number, nil
}

// template names an approved template by its Content and fills it in. A Content
// whose variables have names wants them; else they are numbered from 1.
func (d *Driver) template(form url.Values, c engine.Content) (composed, error) {
	sid, known := d.templates[templateKey(c.Template, c.Language)]
	if !known {
		sid = c.Template
	}
	if !contentSID.MatchString(sid) {
		return composed{}, &channel.SendError{Class: channel.FixTemplate, Message: "the integration does not know the Content SID of the template " + templateKey(c.Template, c.Language) +
			"; copy it (HX…) from Twilio Console > Messaging > Content Template Builder into the setting templates"}
	}
	if c.Media != nil {
		return composed{}, refusal.Wrong("the picture of a Twilio template belongs to its Content; set it in Twilio Console > Messaging > Content Template Builder and leave media out")
	}
	parameters, err := whatsapp.Parameters(c)
	if err != nil {
		return composed{}, err
	}
	variables := map[string]string{}
	for i, p := range parameters {
		name := strconv.Itoa(i + 1)
		if c.Named {
			name = p.Name
		}
		variables[name] = p.Value
	}
	if d.payloads[templateKey(c.Template, c.Language)] {
		for i, choice := range c.Choices {
			id := first(choice.Payload, choice.ID)
			if len(id) > idMax {
				return composed{}, refusal.Wrong("the id of the option %q is longer than the %d bytes that a Content takes; shorten it", choice.Title, idMax)
			}
			variables["id"+strconv.Itoa(i+1)] = id
		}
	}
	return filled(form, sid, variables, c.Text)
}

// filled names a Content and its variables. Body and MediaUrl must not be there
// (twilio.com/docs/api/errors/63016).
func filled(form url.Values, sid string, variables map[string]string, says string) (composed, error) {
	form.Set("ContentSid", sid)
	if len(variables) > 0 {
		encoded, err := json.Marshal(variables)
		if err != nil {
			return composed{}, &channel.SendError{Class: channel.FixRequest, Message: "the template's values could not be written as JSON", Err: err}
		}
		form.Set("ContentVariables", string(encoded))
	}
	return composed{form, says}, nil
}

// offer finds the Content with as many buttons as there are choices, else the one
// with as many rows, and what goes into its variables. "" when there is none, or
// something does not fit: the choices are numbered text then. Neither kind of
// Content has room for a picture or a footer, so both end the text.
func (d *Driver) offer(out channel.Outbound) (sid string, variables map[string]string) {
	c := out.Content
	text := c.Text
	if c.Media != nil {
		text = strings.TrimSpace(text + "\n" + c.Media.URL)
	}
	text = whatsapp.WithFooter(text, c.Footer)
	if strings.TrimSpace(text) == "" || utf8.RuneCountInString(text) > whatsapp.CaptionMax {
		return "", nil
	}
	variables = map[string]string{"text": text}
	n, titleMax := strconv.Itoa(len(c.Choices)), whatsapp.ButtonTitleMax
	if sid = d.choices["buttons_"+n]; sid == "" || !whatsapp.AsButtons(c.Choices) {
		sid, titleMax = d.choices["list_"+n], whatsapp.RowTitleMax
		variables["button"] = whatsapp.OptionsLabel(out.Locale)
	}
	for i, choice := range c.Choices {
		title, id := strings.TrimSpace(choice.Title), first(choice.Payload, choice.ID)
		if title == "" || utf8.RuneCountInString(title) > titleMax || id == "" || len(id) > idMax {
			return "", nil
		}
		place := strconv.Itoa(i + 1)
		variables["title"+place], variables["id"+place] = title, id
	}
	return sid, variables
}
