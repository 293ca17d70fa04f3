package infobip

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// inbound is what surrounds a message of a person.
type inbound struct {
	MessageID       webhook.Text    `json:"messageId"`
	From            webhook.Text    `json:"from"`
	To              webhook.Text    `json:"to"`
	IntegrationType webhook.Text    `json:"integrationType"`
	ReceivedAt      webhook.Text    `json:"receivedAt"`
	Text            webhook.Text    `json:"text"` // of an SMS
	Contact         contact         `json:"contact"`
	Message         json.RawMessage `json:"message"`
}

func (b *batch) sms(raw json.RawMessage) {
	var in inbound
	if json.Unmarshal(raw, &in) != nil || in.MessageID == "" || b.driver.settings.Channel != engine.SMS {
		b.Other(raw)
		return
	}
	b.said(in, &engine.IncomingMessage{Type: "text", Text: string(in.Text)})
}

// whatsapp reads what a person did on WhatsApp. What was written to another
// number of the account belongs to another integration.
func (b *batch) whatsapp(raw json.RawMessage) {
	var in inbound
	var c utterance
	if json.Unmarshal(raw, &in) != nil || in.MessageID == "" || json.Unmarshal(in.Message, &c) != nil ||
		b.driver.settings.Channel != engine.WhatsApp || (in.IntegrationType != "" && in.IntegrationType != "WHATSAPP") ||
		sms.Digits(string(in.To)) != b.driver.sender {
		b.Other(raw)
		return
	}
	b.said(in, c.message())
}

func (b *batch) said(in inbound, message *engine.IncomingMessage) {
	message.ProviderID, message.Account = string(in.MessageID), string(in.To)
	message.OpensWindow = b.driver.settings.Channel == engine.WhatsApp && whatsapp.Opens(message.Type)
	b.Add(engine.InboundEvent{
		Key: string(in.MessageID), Kind: engine.InboundMessage, OccurredAt: webhook.Moment(in.ReceivedAt),
		From: b.people(in.From, in.Contact), ProfileName: string(in.Contact.Name), Message: message,
	})
}

// utterance is what the person said or did, one struct for all types.
type utterance struct {
	Type    webhook.Text `json:"type"`
	Text    webhook.Text `json:"text"`
	Payload webhook.Text `json:"payload"`
	ID      webhook.Text `json:"id"`
	Title   webhook.Text `json:"title"`
	URL     webhook.Text `json:"url"`
	Caption webhook.Text `json:"caption"`
	Emoji   webhook.Text `json:"emoji"`
	Action  webhook.Text `json:"action"`
	Context struct {
		ID      webhook.Text `json:"id"`
		GroupID webhook.Text `json:"groupId"`
	} `json:"context"`
	Response json.RawMessage `json:"response"`
	Referral map[string]any  `json:"referral"`
	Contacts []struct {
		Name struct {
			Formatted webhook.Text `json:"formattedName"`
			First     webhook.Text `json:"firstName"`
		} `json:"name"`
	} `json:"contacts"`

	Latitude  *float64     `json:"latitude"`
	Longitude *float64     `json:"longitude"`
	Address   webhook.Text `json:"address"`
	Name      webhook.Text `json:"name"`
}

// types are Infobip's words in ours, with the kind of an interactive answer.
var types = map[webhook.Text][2]string{
	"TEXT": {"text"}, "BUTTON": {"button"}, "INTERACTIVE_BUTTON_REPLY": {"interactive", "button_reply"},
	"INTERACTIVE_LIST_REPLY": {"interactive", "list_reply"}, "INTERACTIVE_FLOW_REPLY": {"interactive", "nfm_reply"},
	"IMAGE": {"image"}, "VIDEO": {"video"}, "AUDIO": {"audio"}, "VOICE": {"audio"}, "DOCUMENT": {"document"}, "STICKER": {"sticker"},
	"LOCATION": {"location"}, "CONTACT": {"contacts"}, "ORDER": {"order"}, "REACTION": {"reaction"}, "UNSUPPORTED": {"unsupported"},
}

func (c *utterance) message() *engine.IncomingMessage {
	kind, known := types[c.Type]
	if !known {
		kind = [2]string{strings.ToLower(string(c.Type))}
	}
	m := &engine.IncomingMessage{
		Type: kind[0], InteractiveType: kind[1], ContextID: string(c.Context.ID), GroupID: string(c.Context.GroupID), Referral: c.Referral,
		Text: string(c.Text), ReplyPayload: string(c.Payload),
	}
	switch kind[0] {
	case "interactive":
		m.Text, m.ReplyPayload = webhook.First(c.Title, c.Text), string(c.ID)
		m.ReplyData = webhook.Object(c.Response) // a form's answers; nil when there are none
	case "image", "video", "audio", "document", "sticker":
		m.Text, m.Media = string(c.Caption), &engine.MediaLink{Kind: kind[0], URL: string(c.URL)} // the address needs our API key
	case "location":
		m.Location = c.location()
	case "contacts":
		m.Text = c.cards()
	case "reaction":
		m.ContextID, m.ReactionTo = "", string(c.Context.ID)
		if c.Emoji != "" && c.Action != "REMOVED" {
			emoji := string(c.Emoji)
			m.ReactionEmoji = &emoji
		}
	}
	return m
}

func (c *utterance) location() map[string]any {
	place := map[string]any{}
	if c.Latitude != nil && c.Longitude != nil {
		place["latitude"], place["longitude"] = *c.Latitude, *c.Longitude
	}
	for name, value := range map[string]webhook.Text{"address": c.Address, "name": c.Name, "url": c.URL} {
		if value != "" {
			place[name] = string(value)
		}
	}
	return place
}

func (c *utterance) cards() string {
	var names []string
	for _, card := range c.Contacts {
		names = append(names, webhook.First(card.Name.Formatted, card.Name.First))
	}
	return strings.Join(names, ", ")
}
