package telegram

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// Limits of one request that channel.Limits does not have.
const (
	captionMax = 1024
	dataMax    = 64 // bytes of a button
)

// methods send a kind of media, each with its own field.
var methods = map[string]struct{ method, field string }{
	"image": {"sendPhoto", "photo"}, "video": {"sendVideo", "video"}, "document": {"sendDocument", "document"},
	"audio": {"sendAudio", "audio"},
}

type object = map[string]any

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	method, body, err := request(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, err := channel.PostJSON(ctx, d.client, d.address+method, d.header, body, out.Departing)
	if err != nil {
		return channel.Receipt{}, d.concealed(err)
	}
	if !answer.Succeeded() {
		return channel.Receipt{}, d.refusal(answer)
	}
	var taken struct {
		Result struct {
			ID   webhook.Text `json:"message_id"`
			Chat struct {
				ID webhook.Text `json:"id"`
			} `json:"chat"`
		} `json:"result"`
	}
	err = json.Unmarshal(answer.Body, &taken)
	if err != nil || taken.Result.ID == "" {
		return channel.Receipt{}, firm.NoID(err)
	}
	chat := string(taken.Result.Chat.ID)
	if chat == "" {
		chat = out.To.Value
	}
	return channel.Receipt{ProviderID: messageID(chat, string(taken.Result.ID))}, nil
}

// messageID: Telegram counts messages per chat.
func messageID(chat, message string) string {
	if message == "" {
		return ""
	}
	return chat + ":" + message
}

// request is the method and the body of one message. Text goes as it is, without
// parse_mode: a contact's name may look like markup.
func request(out channel.Outbound) (string, object, error) {
	chat := strings.TrimSpace(out.To.Value)
	switch {
	case chat == "":
		return "", nil, refusal.Wrong("the message has no recipient")
	case out.To.Kind != engine.TelegramID:
		return "", nil, refusal.Wrong("Telegram cannot send to an address of the kind %q; it needs telegram_id", out.To.Kind)
	case out.Content.Template != "":
		return "", nil, refusal.Wrong("Telegram has no templates; write the text into the step")
	}
	body := object{"chat_id": chat}
	c := out.Content
	limit, offered := channel.Limits(engine.Telegram), c.Choices
	if len(offered) > limit.Buttons {
		c.Text, offered = channel.Numbered(c.Text, c.Choices), nil
	}
	text := whatsapp.WithFooter(c.Text, c.Footer)
	if len(offered) > 0 {
		rows, err := keyboard(offered)
		if err != nil {
			return "", nil, err
		}
		body["reply_markup"] = object{"inline_keyboard": rows}
	}
	if _, number, ok := strings.Cut(out.ReplyTo, ":"); ok {
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			body["reply_parameters"] = object{"message_id": n, "allow_sending_without_reply": true}
		}
	}
	if c.Media != nil {
		return attachment(body, *c.Media, text)
	}
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return "", nil, refusal.Wrong("the message has no text")
	case n > limit.TextMax:
		return "", nil, refusal.Wrong("the text has %d characters; Telegram allows %d", n, limit.TextMax)
	}
	body["text"] = text
	return "sendMessage", body, nil
}

func attachment(body object, m engine.MediaLink, caption string) (string, object, error) {
	how, known := methods[m.Kind]
	switch n := utf8.RuneCountInString(caption); {
	case !known:
		return "", nil, refusal.Wrong("Telegram has no media of the kind %q; use image, document, video or audio", m.Kind)
	case !strings.HasPrefix(m.URL, "http") || !whatsapp.HasLink(m.URL):
		return "", nil, refusal.Wrong("the media address must begin with https:// (or http://)")
	case n > captionMax:
		return "", nil, refusal.Wrong("the text under the %s has %d characters; Telegram allows %d", m.Kind, n, captionMax)
	}
	body[how.field] = m.URL
	if caption != "" {
		body["caption"] = caption
	}
	return how.method, body, nil
}

// keyboard puts every choice into a row of its own: titles side by side are cut.
func keyboard(choices []engine.Choice) ([]any, error) {
	rows := make([]any, len(choices))
	for i, choice := range choices {
		if strings.TrimSpace(choice.Title) == "" {
			return nil, refusal.Wrong("the option %q has no title", choice.ID)
		}
		data := choice.Payload
		if data == "" || len(data) > dataMax {
			// What was tapped is known by its message; this only tells the buttons apart.
			data = strconv.Itoa(i + 1)
		}
		rows[i] = []any{object{"text": choice.Title, "callback_data": data}}
	}
	return rows, nil
}
