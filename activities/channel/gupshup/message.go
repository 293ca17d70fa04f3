package gupshup

import (
	"encoding/json"

	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// incoming is one thing a person did.
type incoming struct {
	ID      webhook.Text    `json:"id"`
	Source  webhook.Text    `json:"source"`
	Type    webhook.Text    `json:"type"`
	Payload json.RawMessage `json:"payload"`
	Sender  sender          `json:"sender"`
	Context quote           `json:"context"`
}

// sender is who wrote.
type sender struct {
	Phone  webhook.Text `json:"phone"`
	Name   webhook.Text `json:"name"`
	UserID webhook.Text `json:"userId"`
}

// quote is the message it answers: Gupshup's id, by which we know it, and
// WhatsApp's.
type quote struct {
	ID        webhook.Text `json:"id"`
	GupshupID webhook.Text `json:"gsId"`
}

// content is what was said; which fields there are depends on the type.
type content struct {
	Text     webhook.Text `json:"text"`
	Title    webhook.Text `json:"title"`        // of a tapped button or row
	Postback webhook.Text `json:"postbackText"` // ours
	Caption  webhook.Text `json:"caption"`
	URL      webhook.Text `json:"url"` // opens without a key, for a week
	MIMEType webhook.Text `json:"contentType"`

	Contacts []struct {
		Name struct {
			Formatted webhook.Text `json:"formatted_name"`
		} `json:"name"`
	} `json:"contacts"`
}

// kinds are Gupshup's types in WhatsApp's words. A quick_reply is a tapped button
// of a template; button_reply and list_reply are those of free messages.
var kinds = map[webhook.Text]string{
	"file": "document", "contact": "contacts", "quick_reply": "button", "button_reply": "interactive", "list_reply": "interactive",
}

func (d *Driver) message(e envelope) (engine.InboundEvent, bool) {
	var m incoming
	if json.Unmarshal(e.Payload, &m) != nil || m.ID == "" {
		return engine.InboundEvent{}, false
	}
	kind := kinds[m.Type]
	if kind == "" {
		kind = string(m.Type)
	}
	message := &engine.IncomingMessage{
		ProviderID: string(m.ID), Account: d.source, Type: kind, OpensWindow: whatsapp.Opens(kind),
		ContextID: webhook.First(m.Context.GupshupID, m.Context.ID),
	}
	said := m.said()
	message.Text = webhook.First(said.Text, said.Title, said.Caption)
	switch kind {
	case "interactive":
		message.InteractiveType, message.ReplyPayload = string(m.Type), string(said.Postback)
	case "button":
		message.ReplyPayload = string(said.Postback)
	case "image", "video", "audio", "document", "sticker":
		message.Media = &engine.MediaLink{Kind: kind, URL: string(said.URL)}
		message.MediaType = string(said.MIMEType)
	case "location":
		message.Location = m.place()
	case "contacts":
		message.Text = names(said)
	}
	return engine.InboundEvent{
		Key: string(m.ID), Kind: engine.InboundMessage, OccurredAt: webhook.Moment(e.Timestamp),
		From:        people(webhook.Text(webhook.First(m.Source, m.Sender.Phone)), m.Sender.UserID),
		ProfileName: string(m.Sender.Name), Message: message,
	}, true
}

// said is what was said. A shape we do not know leaves fields empty: that the
// person wrote counts all the same.
func (m *incoming) said() content {
	var c content
	if json.Unmarshal(m.Payload, &c) != nil {
		c.Contacts = nil
	}
	return c
}

// place is a location as it came, {longitude, latitude, …}.
func (m *incoming) place() map[string]any {
	var place map[string]any
	if json.Unmarshal(m.Payload, &place) != nil {
		return nil
	}
	return place
}

func names(c content) string {
	all := ""
	for _, contact := range c.Contacts {
		if all != "" {
			all += ", "
		}
		all += string(contact.Name.Formatted)
	}
	return all
}
