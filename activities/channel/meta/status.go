package meta

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// status is news about a message of ours.
type status struct {
	ID              text           `json:"id"`
	Status          text           `json:"status"`
	Timestamp       text           `json:"timestamp"`
	RecipientID     text           `json:"recipient_id"`
	RecipientUserID text           `json:"recipient_user_id"`
	Ref             text           `json:"biz_opaque_callback_data"`
	Pricing         map[string]any `json:"pricing"`
	Errors          []apiFault     `json:"errors"`
	Conversation    *struct {
		ID text `json:"id"`
	} `json:"conversation"`
}

// statuses maps Meta's words to ours. `delivered` may be left out when the
// person has the chat open, and `read` never comes when receipts are off;
// `played` is a voice message listened to.
var statuses = map[text]engine.MessageStatus{
	"enqueued": engine.Accepted, // a word of Gupshup's, whose version 3 has this form
	"accepted": engine.Accepted, "sent": engine.Sent, "delivered": engine.Delivered,
	"read": engine.Read, "played": engine.Read, "failed": engine.Failed,
}

// status reads one status. Its key leaves the timestamp out: Meta repeats a
// status, now and then with another one.
func (b *batch) status(raw json.RawMessage) {
	var s status
	if json.Unmarshal(raw, &s) != nil || s.ID == "" {
		b.Other(raw)
		return
	}
	word, known := statuses[s.Status]
	if !known {
		b.Other(raw)
		return
	}
	news := &engine.IncomingStatus{
		ProviderID: string(s.ID), Ref: string(s.Ref), Status: word, Played: s.Status == "played",
		Recipient: whatsapp.Addresses(string(s.RecipientID), string(s.RecipientUserID)), Pricing: s.Pricing,
	}
	if s.Conversation != nil {
		news.ConversationID = string(s.Conversation.ID)
	}
	details := []string{}
	for _, e := range s.Errors {
		news.ErrorCodes = append(news.ErrorCodes, string(e.Code))
		if d := webhook.First(e.ErrorData.Details, e.Title); d != "" {
			details = append(details, refusal.Scrub(d))
		}
	}
	news.ErrorDetail = strings.Join(details, "; ")
	b.Add(engine.InboundEvent{
		Key: "status:" + string(s.ID) + ":" + string(s.Status), Kind: engine.StatusUpdate,
		OccurredAt: webhook.Moment(s.Timestamp), Status: news,
		Data: map[string]any{"account": b.wire.phoneNumberID},
	})
}
