package twilio

import (
	"net/url"

	"jornada/activities/channel"
	"jornada/engine"
)

// sms writes a text message. Choices become numbered lines, unless the author's
// text lists them; a picture becomes its address.
func (d *Driver) sms(out channel.Outbound) (composed, error) {
	if out.To.Kind != engine.Phone || out.To.Value == "" {
		return composed{}, wrong("an SMS needs a phone number; this contact has none")
	}
	text, err := d.writer.Text(out.Content)
	if err != nil {
		return composed{}, err
	}
	return composed{url.Values{"To": {out.To.Value}, "Body": {text}}, text}, nil
}

func wrong(message string) error {
	return &channel.SendError{Class: channel.FixRequest, Message: message}
}
