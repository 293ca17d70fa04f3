package zenvia

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel/gateway"
	"jornada/engine"
)

// message is what a person sent, in one or more contents.
type message struct {
	ID        gateway.Text      `json:"id"`
	From      gateway.Text      `json:"from"`
	To        gateway.Text      `json:"to"`
	Direction gateway.Text      `json:"direction"`
	Timestamp gateway.Text      `json:"timestamp"`
	IDRef     gateway.Text      `json:"idRef"`
	Contents  []json.RawMessage `json:"contents"`
	Referral  map[string]any    `json:"referral"`
	Visitor   struct {
		Name      gateway.Text `json:"name"`
		FirstName gateway.Text `json:"firstName"`
		LastName  gateway.Text `json:"lastName"`
	} `json:"visitor"`
}

// content is one of them; which fields there are depends on its type
// (content/whatsapp/all.ts, content/sms/all.ts).
type content struct {
	Type        gateway.Text   `json:"type"`
	Text        gateway.Text   `json:"text"`
	Payload     gateway.Text   `json:"payload"` // of a tapped button or row
	FileURL     gateway.Text   `json:"fileUrl"`
	FileType    gateway.Text   `json:"fileMimeType"`
	FileCaption gateway.Text   `json:"fileCaption"`
	Body        gateway.Text   `json:"body"` // of a form
	Data        map[string]any `json:"data"`
	Contacts    []struct {
		Name struct {
			Formatted gateway.Text `json:"formattedName"`
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
	name := gateway.First(m.Visitor.Name, gateway.Text(strings.TrimSpace(string(m.Visitor.FirstName+" "+m.Visitor.LastName))))
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
			OccurredAt: gateway.Moment(gateway.First(m.Timestamp, e.Timestamp)),
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
		to.Type = gateway.Kind(string(c.FileType))
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
