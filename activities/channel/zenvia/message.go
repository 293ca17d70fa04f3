package zenvia

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// message is what a person sent, in one or more contents.
type message struct {
	ID        webhook.Text      `json:"id"`
	From      webhook.Text      `json:"from"`
	To        webhook.Text      `json:"to"`
	Direction webhook.Text      `json:"direction"`
	Timestamp webhook.Text      `json:"timestamp"`
	IDRef     webhook.Text      `json:"idRef"`
	Contents  []json.RawMessage `json:"contents"`
	Referral  map[string]any    `json:"referral"`
	Visitor   struct {
		Name      webhook.Text `json:"name"`
		FirstName webhook.Text `json:"firstName"`
		LastName  webhook.Text `json:"lastName"`
	} `json:"visitor"`
}

// content is one of them; which fields there are depends on its type
// (content/whatsapp/all.ts, content/sms/all.ts).
type content struct {
	Type        webhook.Text   `json:"type"`
	Text        webhook.Text   `json:"text"`
	Payload     webhook.Text   `json:"payload"` // of a tapped button or row
	FileURL     webhook.Text   `json:"fileUrl"`
	FileType    webhook.Text   `json:"fileMimeType"`
	FileCaption webhook.Text   `json:"fileCaption"`
	Body        webhook.Text   `json:"body"` // of a form
	Data        map[string]any `json:"data"`
	Contacts    []struct {
		Name struct {
			Formatted webhook.Text `json:"formattedName"`
		} `json:"name"`
	} `json:"contacts"`
}

// opens says which contents open WhatsApp's service window: whatever a person
// writes, sends or taps.
var opens = map[string]bool{
	"text": true, "file": true, "location": true, "contacts": true, "flow_response": true, "product_list_order": true,
}

// messages reads a MESSAGE event: one event per content.
func messages(e event, ch engine.Channel) []engine.InboundEvent {
	var m message
	if json.Unmarshal(e.Message, &m) != nil || m.ID == "" || m.From == "" || m.Direction == "OUT" {
		return nil
	}
	name := webhook.First(m.Visitor.Name, webhook.Text(strings.TrimSpace(string(m.Visitor.FirstName+" "+m.Visitor.LastName))))
	var events []engine.InboundEvent
	for i, raw := range m.Contents {
		var c content
		if json.Unmarshal(raw, &c) != nil {
			c = content{Type: "unsupported"}
		}
		said := &engine.IncomingMessage{
			ProviderID: string(m.ID), Account: string(m.To), Type: string(c.Type), ContextID: string(m.IDRef), Referral: m.Referral,
			OpensWindow: ch == engine.WhatsApp && opens[string(c.Type)],
		}
		fill(said, c, raw)
		events = append(events, engine.InboundEvent{
			Key: contentKey(string(m.ID), i), Kind: engine.InboundMessage, Message: said,
			From: address(string(m.From), ch), ProfileName: name,
			OccurredAt: webhook.Moment(webhook.First(m.Timestamp, e.Timestamp)),
		})
	}
	return events
}

// fill puts what the person said into the message.
func fill(to *engine.IncomingMessage, c content, raw []byte) {
	to.Text, to.ReplyPayload = string(c.Text), string(c.Payload)
	switch c.Type {
	case "":
		to.Type = "unsupported"
	case "file":
		to.Type = webhook.MediaKind(string(c.FileType))
		to.MediaType, to.Text = string(c.FileType), string(c.FileCaption)
		to.Media = &engine.MediaLink{Kind: to.Type, URL: string(c.FileURL)}
	case "location":
		_ = json.Unmarshal(raw, &to.Location) // an object, or it would not have been read before
		delete(to.Location, "type")
	case "contacts":
		names := []string{}
		for _, one := range c.Contacts {
			names = append(names, string(one.Name.Formatted))
		}
		to.Text = strings.Join(names, ", ")
	case "flow_response":
		to.Type, to.InteractiveType = "interactive", "nfm_reply"
		to.Text, to.ReplyData = string(c.Body), c.Data
	case "product_list_order":
		to.Type = "order"
	}
}
