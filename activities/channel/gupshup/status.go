package gupshup

import (
	"encoding/json"
	"maps"

	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// status is news about a message of ours.
//
// Which of its ids is the one we know (the messageId of the answer) depends. With
// a gsId it is that, and id is WhatsApp's: sent, delivered, read, and a failure that
// came after a while. Without one it is id: enqueued, and a failure at once. Statuses
// of messages older than a week come without gsId and with WhatsApp's id alone; they
// find no message of ours.
type status struct {
	ID          webhook.Text `json:"id"`
	GupshupID   webhook.Text `json:"gsId"`
	Type        webhook.Text `json:"type"`
	Destination webhook.Text `json:"destination"`
	UserID      webhook.Text `json:"userId"`
	Payload     struct {
		At         webhook.Text `json:"ts"` // seconds
		WhatsAppID webhook.Text `json:"whatsappMessageId"`
		Code       webhook.Text `json:"code"`
		Reason     webhook.Text `json:"reason"`
	} `json:"payload"`
	Conversation struct {
		ID webhook.Text `json:"id"`
	} `json:"conversation"`
	Pricing map[string]any `json:"pricing"`
}

// statuses maps Gupshup's words to ours. "deleted", "mismatch" and "others" say
// nothing about how far a message got.
var statuses = map[webhook.Text]engine.MessageStatus{
	"enqueued": engine.Accepted, "sent": engine.Sent, "delivered": engine.Delivered,
	"read": engine.Read, "failed": engine.Failed,
}

func (d *Driver) status(e envelope) (engine.InboundEvent, bool) {
	var s status
	if json.Unmarshal(e.Payload, &s) != nil {
		return engine.InboundEvent{}, false
	}
	word, known := statuses[s.Type]
	ours, theirs := s.GupshupID, s.ID
	if ours == "" {
		ours, theirs = s.ID, s.Payload.WhatsAppID
	}
	if !known || ours == "" {
		return engine.InboundEvent{}, false
	}
	news := &engine.IncomingStatus{
		ProviderID: string(ours), Status: word, Recipient: people(s.Destination, s.UserID),
		ConversationID: string(s.Conversation.ID), Pricing: pricing(s.Pricing),
	}
	if word == engine.Failed {
		if s.Payload.Code != "" {
			news.ErrorCodes = []string{string(s.Payload.Code)}
		}
		news.ErrorDetail = refusal.Scrub(string(s.Payload.Reason))
	}
	event := engine.InboundEvent{
		Key: "status:" + string(ours) + ":" + string(s.Type), Kind: engine.StatusUpdate,
		OccurredAt: webhook.Moment(webhook.First(s.Payload.At, e.Timestamp)), Status: news,
		Data: map[string]any{"account": d.source},
	}
	if theirs != "" {
		event.Data["whatsapp_id"] = string(theirs)
	}
	return event, true
}

// pricing is what the message cost, in Meta's words: Gupshup says policy for
// pricing_model, and the rest as Meta does.
func pricing(theirs map[string]any) map[string]any {
	model, there := theirs["policy"]
	if !there {
		return theirs
	}
	ours := maps.Clone(theirs)
	delete(ours, "policy")
	ours["pricing_model"] = model
	return ours
}
