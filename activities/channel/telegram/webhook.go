package telegram

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// Receive implements channel.Receiver. A tap is answered at once, by a method in
// the webhook's answer, so that the button stops turning.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, err := webhook.Door(r, company, func(r channel.Request) bool {
		return webhook.OneOf(d.secrets, r.Header.Get(secretHeader))
	})
	if err != nil {
		return nil, response, err
	}
	events, tap := d.decode(r.Body)
	if tap != "" {
		body, err := json.Marshal(object{"method": "answerCallbackQuery", "callback_query_id": tap})
		if err == nil {
			response = channel.Response{Status: http.StatusOK, ContentType: "application/json", Body: string(body)}
		}
	}
	return events, response, nil
}

// update is one call: exactly one of its parts is there.
type update struct {
	ID       webhook.Text `json:"update_id"`
	Message  *message     `json:"message"`
	Callback *callback    `json:"callback_query"`
	Member   *member      `json:"my_chat_member"`
}

type user struct {
	ID        webhook.Text `json:"id"`
	IsBot     bool         `json:"is_bot"`
	FirstName webhook.Text `json:"first_name"`
	LastName  webhook.Text `json:"last_name"`
}

type chat struct {
	ID   webhook.Text `json:"id"`
	Type webhook.Text `json:"type"`
}

type file struct {
	ID       webhook.Text `json:"file_id"`
	MIMEType webhook.Text `json:"mime_type"`
}

type message struct {
	ID       webhook.Text `json:"message_id"`
	From     *user        `json:"from"`
	Chat     chat         `json:"chat"`
	Date     int64        `json:"date"`
	Text     webhook.Text `json:"text"`
	Caption  webhook.Text `json:"caption"`
	Photo    []file       `json:"photo"`
	Video    *file        `json:"video"`
	Document *file        `json:"document"`
	Voice    *file        `json:"voice"`
	Audio    *file        `json:"audio"`
	Sticker  *file        `json:"sticker"`
	Location *struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
	} `json:"location"`
	Contact *struct {
		Phone  webhook.Text `json:"phone_number"`
		UserID webhook.Text `json:"user_id"`
	} `json:"contact"`
	ReplyTo *struct {
		ID webhook.Text `json:"message_id"`
	} `json:"reply_to_message"`
	Markup *struct {
		Rows [][]struct {
			Text webhook.Text `json:"text"`
			Data webhook.Text `json:"callback_data"`
		} `json:"inline_keyboard"`
	} `json:"reply_markup"`
}

type callback struct {
	ID      webhook.Text `json:"id"`
	From    *user        `json:"from"`
	Message *message     `json:"message"`
	Data    webhook.Text `json:"data"`
}

type member struct {
	Chat chat  `json:"chat"`
	From *user `json:"from"`
	Date int64 `json:"date"`
	Old  struct {
		Status webhook.Text `json:"status"`
	} `json:"old_chat_member"`
	New struct {
		Status webhook.Text `json:"status"`
	} `json:"new_chat_member"`
}

// decode reads an update, and the tap in it that waits for an answer.
func (d *Driver) decode(body []byte) (events []engine.InboundEvent, tap string) {
	batch := webhook.NewBatch(d.settings, d.settings.Channel)
	var u update
	if json.Unmarshal(body, &u) != nil || u.ID == "" {
		batch.Other(body)
		return batch.Events(), ""
	}
	event := engine.InboundEvent{Key: "update:" + string(u.ID), Kind: engine.OtherEvent, Raw: body}
	switch {
	case u.Message != nil:
		d.message(&event, u.Message)
	case u.Callback != nil:
		tap = string(u.Callback.ID)
		d.tapped(&event, u.Callback)
	case u.Member != nil:
		membership(&event, u.Member)
	}
	batch.Add(event)
	return batch.Events(), tap
}

// address is a person's private chat, whose id is the person's.
func address(id webhook.Text) []engine.Address {
	return []engine.Address{{Kind: engine.TelegramID, Value: string(id)}}
}

// understood makes an event one of a person's message.
func understood(event *engine.InboundEvent, from *user, c chat, m *engine.IncomingMessage) {
	event.Kind, event.Raw, event.Message = engine.InboundMessage, nil, m
	event.From = address(c.ID)
	event.ProfileName = strings.TrimSpace(string(from.FirstName) + " " + string(from.LastName))
}

func (d *Driver) message(event *engine.InboundEvent, m *message) {
	event.OccurredAt = moment(m.Date)
	if m.From == nil || m.From.IsBot || m.ID == "" || m.Chat.ID == "" {
		return
	}
	in := &engine.IncomingMessage{ProviderID: messageID(string(m.Chat.ID), string(m.ID)), Text: string(m.Text)}
	if m.Chat.Type != "private" {
		in.GroupID = string(m.Chat.ID)
	}
	if m.ReplyTo != nil {
		in.ContextID = messageID(string(m.Chat.ID), string(m.ReplyTo.ID))
	}
	fill(in, m)
	understood(event, m.From, m.Chat, in)
	if in.GroupID != "" {
		event.From = address(m.From.ID)
		return
	}
	if command, token, _ := strings.Cut(in.Text, " "); command == "/start" {
		in.Text = command // the token is nobody's to read
		event.ContactID = d.invited(strings.TrimSpace(token))
	}
	// Telegram vouches for a number that somebody shares of themselves.
	if c := m.Contact; c != nil && c.UserID != "" && c.UserID == m.From.ID {
		if e164, possible, err := engine.NormalizePhone("+"+strings.TrimPrefix(string(c.Phone), "+"), ""); err == nil && possible {
			event.From = append(event.From, engine.Address{Kind: engine.Phone, Value: e164})
			in.Text = e164
		}
	}
}

// fill says what kind of message it is. A file is fetched by its id (getFile).
func fill(in *engine.IncomingMessage, m *message) {
	for _, part := range []struct {
		kind string
		file *file
	}{{"image", last(m.Photo)}, {"video", m.Video}, {"document", m.Document}, {"audio", m.Voice}, {"audio", m.Audio}, {"sticker", m.Sticker}} {
		if part.file != nil && part.file.ID != "" {
			in.Type, in.Text = part.kind, string(m.Caption)
			in.MediaID, in.MediaType, in.Media = string(part.file.ID), string(part.file.MIMEType), &engine.MediaLink{Kind: part.kind}
			return
		}
	}
	switch {
	case m.Location != nil:
		in.Type, in.Location = "location", map[string]any{"latitude": m.Location.Latitude, "longitude": m.Location.Longitude}
	case m.Contact != nil:
		in.Type = "contacts"
	case in.Text != "":
		in.Type = "text"
	default:
		in.Type = "unsupported"
	}
}

// last is the largest of a photo's sizes.
func last(sizes []file) *file {
	if len(sizes) == 0 {
		return nil
	}
	return &sizes[len(sizes)-1]
}

// tapped is a button: it names the message it stood under, so that the question is
// known even where the payload did not fit.
func (d *Driver) tapped(event *engine.InboundEvent, c *callback) {
	if c.From == nil || c.Message == nil || c.Message.Chat.ID == "" || c.ID == "" {
		return
	}
	m := c.Message
	in := &engine.IncomingMessage{
		ProviderID: "callback:" + string(c.ID), Type: "interactive", InteractiveType: "button_reply",
		ContextID: messageID(string(m.Chat.ID), string(m.ID)),
	}
	if _, ours := engine.ParsePayload(string(c.Data)); ours {
		in.ReplyPayload = string(c.Data)
	} else {
		in.Text = string(c.Data) // the option's number
	}
	if m.Markup != nil {
		for _, row := range m.Markup.Rows {
			for _, button := range row {
				if button.Data == c.Data && button.Text != "" {
					in.Text = string(button.Text)
				}
			}
		}
	}
	if m.Chat.Type != "private" {
		in.GroupID = string(m.Chat.ID)
	}
	understood(event, c.From, m.Chat, in)
	if in.GroupID != "" {
		event.From = address(c.From.ID)
	}
}

// membership: a person who blocks the bot wants nothing more from it, and one who
// unblocks it takes that back.
func membership(event *engine.InboundEvent, m *member) {
	event.OccurredAt = moment(m.Date)
	if m.Chat.Type != "private" || m.Chat.ID == "" {
		return
	}
	switch {
	case m.New.Status == "kicked":
		event.Kind, event.Raw, event.From = engine.Unsubscribe, nil, address(m.Chat.ID)
		event.Data = map[string]any{"value": "blocked"}
	case m.New.Status == "member" && m.Old.Status == "kicked":
		event.Kind, event.Raw, event.From = engine.MarketingPreference, nil, address(m.Chat.ID)
		event.Data = map[string]any{"value": "resume"}
	}
}

func moment(seconds int64) time.Time {
	if seconds <= 0 || seconds > 1e11 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
