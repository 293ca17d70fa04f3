package metachat

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
)

// payloadMax bounds what a quick reply brings back, in characters.
const payloadMax = 1000

type object = map[string]any

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	body, err := d.request(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, err := channel.PostJSON(ctx, d.client, d.base+"/me/messages", d.header, body, out.Departing)
	if err != nil {
		return channel.Receipt{}, err
	}
	if !answer.Succeeded() {
		return channel.Receipt{}, d.refusal(answer)
	}
	var taken struct {
		ID webhook.Text `json:"message_id"`
	}
	if err := json.Unmarshal(answer.Body, &taken); err != nil || taken.ID == "" {
		return channel.Receipt{}, d.firm().NoID(err)
	}
	return channel.Receipt{ProviderID: string(taken.ID)}, nil
}

// request is the body of one message. RESPONSE is what a journey sends: text
// inside the 24 hours.
func (d *Driver) request(out channel.Outbound) (object, error) {
	id := strings.TrimSpace(out.To.Value)
	switch {
	case id == "":
		return nil, refusal.Wrong("the message has no recipient")
	case out.To.Kind != d.app.kind:
		return nil, refusal.Wrong("%s cannot send to an address of the kind %q; it needs %s", d.app.name, out.To.Kind, d.app.kind)
	case out.Content.Template != "":
		return nil, refusal.Wrong("%s has no templates here; write the text into the step", d.app.name)
	}
	message, err := d.message(out)
	if err != nil {
		return nil, err
	}
	body := object{"recipient": object{"id": id}, "messaging_type": "RESPONSE", "message": message}
	if out.ReplyTo != "" {
		body["reply_to"] = object{"mid": out.ReplyTo}
	}
	return body, nil
}

// message is text, with quick replies or without, or an attachment. An attachment
// has no text, so a picture with words goes as the words and its address.
func (d *Driver) message(out channel.Outbound) (object, error) {
	c := out.Content
	offered := c.Choices
	if len(offered) > channel.Limits(d.settings.Channel).Buttons {
		c.Text, offered = channel.Numbered(c.Text, c.Choices), nil
	}
	text := whatsapp.WithFooter(c.Text, c.Footer)
	if m := c.Media; m != nil {
		kind, known := attachments[m.Kind]
		switch {
		case !known:
			return nil, refusal.Wrong("%s has no media of the kind %q; use image, document, video or audio", d.app.name, m.Kind)
		case !strings.HasPrefix(m.URL, "http") || !whatsapp.HasLink(m.URL):
			return nil, refusal.Wrong("the media address must begin with https:// (or http://)")
		}
		if text == "" && len(offered) == 0 {
			return object{"attachment": object{"type": kind, "payload": object{"url": m.URL}}}, nil
		}
		text = strings.TrimSpace(text + "\n" + m.URL)
	}
	if err := d.fits(text); err != nil {
		return nil, err
	}
	message := object{"text": text}
	if len(offered) > 0 {
		replies := make([]any, len(offered))
		for i, choice := range offered {
			payload, err := whatsapp.Payload(choice, payloadMax)
			if err != nil {
				return nil, err
			}
			replies[i] = object{"content_type": "text", "title": choice.Title, "payload": payload}
		}
		message["quick_replies"] = replies
	}
	return message, nil
}

// attachments are what the platform calls our kinds of media.
var attachments = map[string]string{"image": "image", "video": "video", "document": "file", "audio": "audio"}

// fits checks a text: Messenger counts characters, Instagram bytes, in which á is
// two and an emoji four.
func (d *Driver) fits(text string) error {
	n, limit, unit := utf8.RuneCountInString(text), channel.Limits(d.settings.Channel).TextMax, "characters"
	if d.app.bytes > 0 {
		n, limit, unit = len(text), d.app.bytes, "bytes"
	}
	switch {
	case strings.TrimSpace(text) == "":
		return refusal.Wrong("the message has no text")
	case n > limit:
		return &channel.SendError{Class: channel.FixRequest, Message: fmt.Sprintf("the text has %d %s; %s allows %d", n, unit, d.app.name, limit)}
	}
	return nil
}
