package infobip

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel/reseller"
	"jornada/engine"
)

// inbound is what surrounds a message of a person.
type inbound struct {
	MessageID       reseller.Text   `json:"messageId"`
	From            reseller.Text   `json:"from"`
	To              reseller.Text   `json:"to"`
	IntegrationType reseller.Text   `json:"integrationType"`
	ReceivedAt      reseller.Text   `json:"receivedAt"`
	Text            reseller.Text   `json:"text"` // of an SMS
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
		digits(string(in.To)) != b.driver.sender {
		b.Other(raw)
		return
	}
	b.said(in, c.message())
}

func (b *batch) said(in inbound, message *engine.IncomingMessage) {
	message.ProviderID, message.Account = string(in.MessageID), string(in.To)
	message.OpensWindow = reseller.Opens(b.driver.settings.Channel, message.Type)
	b.Add(engine.InboundEvent{
		Key: string(in.MessageID), Kind: engine.InboundMessage, OccurredAt: reseller.Moment(in.ReceivedAt),
		From: b.people(in.From, in.Contact), ProfileName: string(in.Contact.Name), Message: message,
	})
}

// utterance is what the person said or did, one struct for all types.
type utterance struct {
	Type    reseller.Text `json:"type"`
	Text    reseller.Text `json:"text"`
	Payload reseller.Text `json:"payload"`
	ID      reseller.Text `json:"id"`
	Title   reseller.Text `json:"title"`
	URL     reseller.Text `json:"url"`
	Caption reseller.Text `json:"caption"`
	Emoji   reseller.Text `json:"emoji"`
	Action  reseller.Text `json:"action"`
	Context struct {
		ID      reseller.Text `json:"id"`
		GroupID reseller.Text `json:"groupId"`
	} `json:"context"`
	Response json.RawMessage `json:"response"`
	Referral map[string]any  `json:"referral"`
	Contacts []struct {
		Name struct {
			Formatted reseller.Text `json:"formattedName"`
			First     reseller.Text `json:"firstName"`
		} `json:"name"`
	} `json:"contacts"`

	Latitude  *float64      `json:"latitude"`
	Longitude *float64      `json:"longitude"`
	Address   reseller.Text `json:"address"`
	Name      reseller.Text `json:"name"`
}

// types are Infobip's words in ours, with the kind of an interactive answer.
var types = map[reseller.Text][2]string{
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
		m.Text, m.ReplyPayload = reseller.First(c.Title, c.Text), string(c.ID)
		_ = json.Unmarshal(c.Response, &m.ReplyData) // a form's answers; nil when there are none
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
	for name, value := range map[string]reseller.Text{"address": c.Address, "name": c.Name, "url": c.URL} {
		if value != "" {
			place[name] = string(value)
		}
	}
	return place
}

func (c *utterance) cards() string {
	var names []string
	for _, card := range c.Contacts {
		names = append(names, reseller.First(card.Name.Formatted, card.Name.First))
	}
	return strings.Join(names, ", ")
}
