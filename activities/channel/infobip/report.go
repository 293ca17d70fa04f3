package infobip

import (
	"encoding/json"

	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// state is a status of a message. Its group says how it stands, its name why.
type state struct {
	GroupID     webhook.Text `json:"groupId"`
	GroupName   webhook.Text `json:"groupName"`
	ID          webhook.Text `json:"id"`
	Name        webhook.Text `json:"name"`
	Description webhook.Text `json:"description"`
}

// groups are the words of the groups' numbers.
var groups = map[webhook.Text]webhook.Text{"0": "ACCEPTED", "1": "PENDING", "2": "UNDELIVERABLE", "3": "DELIVERED", "4": "EXPIRED", "5": "REJECTED"}

func (s state) group() webhook.Text {
	if s.GroupName != "" {
		return s.GroupName
	}
	return groups[s.GroupID]
}

// name is the status's own, or its group's when it has none.
func (s state) name() string { return webhook.First(s.Name, s.group()) }

func (s state) failed() bool {
	switch s.group() {
	case "UNDELIVERABLE", "EXPIRED", "REJECTED":
		return true
	}
	return false
}

// status is what a status means to us, "" when we do not know. Two groups hold
// more than one thing: pending is with Infobip or already with the operator, and
// delivered may mean the operator only, which is not the person's phone yet.
func (s state) status() engine.MessageStatus {
	switch {
	case s.failed():
		return engine.Failed
	case s.group() == "DELIVERED" && s.Name == "DELIVERED_TO_OPERATOR":
		return engine.Sent
	case s.group() == "DELIVERED":
		return engine.Delivered
	case s.group() == "PENDING" && (s.Name == "PENDING_ENROUTE" || s.Name == "PENDING_WAITING_DELIVERY"):
		return engine.Sent
	case s.group() == "PENDING", s.group() == "ACCEPTED":
		return engine.Accepted
	}
	return ""
}

// report reads news about a message of ours: a delivery report, or that it was
// seen. Its key leaves the times out, so that a repetition is the same news.
func (b *batch) report(raw json.RawMessage) {
	var r struct {
		MessageID    webhook.Text `json:"messageId"`
		CallbackData webhook.Text `json:"callbackData"`
		From         webhook.Text `json:"from"`
		To           webhook.Text `json:"to"`
		SentAt       webhook.Text `json:"sentAt"`
		DoneAt       webhook.Text `json:"doneAt"`
		SeenAt       webhook.Text `json:"seenAt"`
		Contact      contact      `json:"contact"`
		Status       state        `json:"status"`
		Error        struct {
			Name        string `json:"name"`
			Description string `json:"description"`
		} `json:"error"`
		Price map[string]any `json:"price"`
		Parts float64        `json:"messageCount"` // of an SMS; the price is of each
	}
	if json.Unmarshal(raw, &r) != nil || r.MessageID == "" {
		b.Other(raw)
		return
	}
	if r.Price != nil && r.Parts > 1 {
		r.Price["parts"] = r.Parts
	}
	// We choose the message's id, so the id is our reference; callbackData says
	// the same where a report has it, which reports of reading have not.
	news := &engine.IncomingStatus{
		ProviderID: string(r.MessageID), Ref: webhook.First(r.CallbackData, r.MessageID),
		Status: r.Status.status(), Pricing: r.Price, Recipient: b.people(r.To, r.Contact),
	}
	word := r.Status.name()
	if r.SeenAt != "" {
		// Infobip's description and its sample disagree on which of from and to is
		// the person here; only the contact is sure.
		news.Status, word, news.Recipient = engine.Read, "SEEN", b.people("", r.Contact)
	}
	if news.Status == "" {
		b.Other(raw)
		return
	}
	if news.Status == engine.Failed {
		news.ErrorCodes, news.ErrorDetail = codes(r.Status.name(), r.Error.Name), refusal.Scrub(r.Error.Description)
	}
	b.Add(engine.InboundEvent{
		Key: "status:" + string(r.MessageID) + ":" + word, Kind: engine.StatusUpdate,
		OccurredAt: webhook.Moment(webhook.First(r.SeenAt, r.DoneAt, r.SentAt)), Status: news,
	})
}

// codes are why a message failed, the more telling first: the error, unless there
// is none or we do not know it.
func codes(status, fault string) []string {
	switch _, known := classOf(fault); {
	case fault == "" || fault == "NO_ERROR":
		return []string{status}
	case known:
		return []string{fault, status}
	}
	return []string{status, fault}
}
