package twilio

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/dsl/sms"
	"jornada/engine"
)

// sms writes a text message. Choices become numbered lines, unless the author's
// text lists them; a picture becomes its address.
func (d *Driver) sms(out channel.Outbound) (composed, error) {
	if out.To.Kind != engine.Phone || out.To.Value == "" {
		return composed{}, wrong("an SMS needs a phone number; this contact has none")
	}
	text := out.Content.Text
	if m := out.Content.Media; m != nil {
		text = strings.TrimSpace(text + "\n" + m.URL)
	}
	if f := out.Content.Footer; f != "" {
		text = strings.TrimSpace(text + "\n" + f)
	}
	text = channel.Numbered(text, out.Content.Choices)
	if d.smart {
		text = sms.Cheaper(text)
	}
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return composed{}, wrong("the message has no text")
	case n > bodyMax:
		return composed{}, wrong("the text is longer than the 1,600 characters Twilio takes; shorten it")
	}
	return composed{url.Values{"To": {out.To.Value}, "Body": {text}}, text}, nil
}

func wrong(message string) error {
	return &channel.SendError{Class: channel.FixRequest, Message: message}
}
