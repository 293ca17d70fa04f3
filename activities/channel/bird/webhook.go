package bird

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// statuses maps Bird's words to ours. "skipped" is a message that Bird itself
// decided not to send (quiet hours, a holdout group).
var statuses = map[webhook.Text]engine.MessageStatus{
	"accepted": engine.Accepted, "processing": engine.Accepted, "scheduled": engine.Accepted,
	"sent": engine.Sent, "delivered": engine.Delivered, "read": engine.Read,
	"rejected": engine.Failed, "sending_failed": engine.Failed, "delivery_failed": engine.Failed, "skipped": engine.Failed,
}

// message is one message of a channel, in either direction.
type message struct {
	ID        webhook.Text `json:"id"`
	ChannelID webhook.Text `json:"channelId"`
	Direction webhook.Text `json:"direction"`
	Status    webhook.Text `json:"status"`
	Reason    webhook.Text `json:"reason"`
	Reference webhook.Text `json:"reference"`
	Failure   failure      `json:"failure"`
	CreatedAt webhook.Text `json:"createdAt"`
	StatusAt  webhook.Text `json:"lastStatusAt"`

	Sender   party           `json:"sender"`
	Receiver party           `json:"receiver"`
	Body     json.RawMessage `json:"body"`
	ReplyTo  struct {
		ID   webhook.Text `json:"id"`
		Type webhook.Text `json:"type"`
	} `json:"replyTo"`
	Meta struct {
		Extra    map[string]webhook.Text `json:"extraInformation"`
		Referral map[string]any          `json:"referral"`
		Order    map[string]any          `json:"order"`
		// Form are a person's answers to a form (docs.bird.com, "Handling Flow submission");
		// the body beside them holds only words of Bird's.
		Form *struct {
			Answers json.RawMessage `json:"jsonResponse"`
		} `json:"formResponse"`
	} `json:"meta"`
}

// party is one side of a message: a contact when it is a person.
type party struct {
	Contact  person   `json:"contact"`
	Contacts []person `json:"contacts"`
}

type person struct {
	identifier

	Identifiers []identifier `json:"identifiers"`
	Annotations struct {
		Name webhook.Text `json:"name"`
	} `json:"annotations"`
}

type identifier struct {
	Key   webhook.Text `json:"identifierKey"`
	Value webhook.Text `json:"identifierValue"`
}

// bsuidKey is what Bird calls WhatsApp's business-scoped user id.
const bsuidKey = "whatsappbsuid"

// addresses are the ways to reach a person, from the message's own words about
// them and from extraInformation, where people without a number are named.
func (d *Driver) addresses(p person, extra map[string]webhook.Text) []engine.Address {
	phone, bsuid := "", string(extra[bsuidKey])
	for _, i := range append([]identifier{p.identifier}, p.Identifiers...) {
		switch {
		case strings.EqualFold(string(i.Key), bsuidKey) && bsuid == "":
			bsuid = string(i.Value)
		case (i.Key == "phonenumber" || i.Key == "") && phone == "":
			phone = string(i.Value)
		}
	}
	if d.settings.Channel == engine.WhatsApp {
		return whatsapp.Addresses(phone, bsuid)
	}
	if phone == "" {
		return nil
	}
	return []engine.Address{{Kind: engine.Phone, Value: phone}}
}

// Receive implements channel.Receiver. One call is one event: a message of a
// person, a new status of one of ours, or what a person did with it.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, err := webhook.Door(r, "Bird", d.signed)
	if err != nil {
		return nil, response, err
	}
	batch := webhook.NewBatch(d.settings, d.settings.Channel)
	event, understood := d.event(r.Body)
	if understood {
		batch.Add(event)
	} else {
		batch.Other(r.Body)
	}
	return batch.Events(), response, nil
}

// event reads a call. What belongs to another channel of the workspace belongs to
// another integration: a subscription without a filter sends everything.
func (d *Driver) event(raw []byte) (event engine.InboundEvent, understood bool) {
	var call struct {
		Service webhook.Text    `json:"service"`
		Event   webhook.Text    `json:"event"`
		Payload json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(raw, &call) != nil || call.Service != "channels" {
		return event, false
	}
	platform, kind, _ := strings.Cut(string(call.Event), ".")
	if platform != platforms[d.settings.Channel] {
		return event, false
	}
	if kind == "interaction" {
		return d.interaction(call.Payload)
	}
	var m message
	if json.Unmarshal(call.Payload, &m) != nil || m.ID == "" || !strings.EqualFold(string(m.ChannelID), d.channelID) {
		return event, false
	}
	switch {
	case kind == "inbound" && m.Direction != "outgoing":
		return d.inbound(m), true
	case kind == "outbound" && m.Direction != "incoming":
		return d.outbound(m)
	}
	return event, false
}

// outbound is a new status of a message of ours. Its key leaves the time out, so
// that a repetition is the same news.
func (d *Driver) outbound(m message) (event engine.InboundEvent, understood bool) {
	status, known := statuses[m.Status]
	if !known {
		return event, false
	}
	news := &engine.IncomingStatus{ProviderID: string(m.ID), Ref: string(m.Reference), Status: status}
	if len(m.Receiver.Contacts) > 0 {
		news.Recipient = d.addresses(m.Receiver.Contacts[0], m.Meta.Extra)
	}
	if status == engine.Failed {
		news.ErrorCodes = d.codes(m.Failure)
		news.ErrorDetail = refusal.Scrub(webhook.First(m.Failure.Description, m.Reason))
	}
	return engine.InboundEvent{
		Key: "status:" + string(m.ID) + ":" + string(m.Status), Kind: engine.StatusUpdate,
		OccurredAt: webhook.Moment(webhook.First(m.StatusAt, m.CreatedAt)), Status: news,
	}, true
}

// interaction is what a person did with a message of ours. Having read it is a
// status; the rest is kept.
func (d *Driver) interaction(raw json.RawMessage) (event engine.InboundEvent, understood bool) {
	var i struct {
		MessageID webhook.Text `json:"messageId"`
		ChannelID webhook.Text `json:"channelId"`
		Type      webhook.Text `json:"type"`
		Reference webhook.Text `json:"messageReference"`
		CreatedAt webhook.Text `json:"createdAt"`
	}
	if json.Unmarshal(raw, &i) != nil || i.MessageID == "" || i.Type != "read" || !strings.EqualFold(string(i.ChannelID), d.channelID) {
		return event, false
	}
	return engine.InboundEvent{
		Key: "status:" + string(i.MessageID) + ":read", Kind: engine.StatusUpdate, OccurredAt: webhook.Moment(i.CreatedAt),
		Status: &engine.IncomingStatus{ProviderID: string(i.MessageID), Ref: string(i.Reference), Status: engine.Read},
	}, true
}

// inbound is what a person wrote, sent or tapped.
func (d *Driver) inbound(m message) engine.InboundEvent {
	incoming := said(m.Body)
	incoming.ProviderID, incoming.Account = string(m.ID), string(m.ChannelID)
	incoming.Referral = m.Meta.Referral
	if m.ReplyTo.Type == "message" || m.ReplyTo.Type == "click" { // the third is an advertisement
		incoming.ContextID = string(m.ReplyTo.ID)
	}
	if m.Meta.Order != nil {
		incoming.Type = "order"
	}
	if m.Meta.Form != nil {
		incoming.Type, incoming.InteractiveType, incoming.Text = "interactive", "nfm_reply", ""
		incoming.ReplyData = webhook.Object(m.Meta.Form.Answers)
	}
	incoming.OpensWindow = d.settings.Channel == engine.WhatsApp && whatsapp.Opens(incoming.Type)
	at := webhook.Moment(m.Meta.Extra["timestamp"]) // WhatsApp's own time is the person's; Bird's is when it came there
	if at.IsZero() {
		at = webhook.Moment(m.CreatedAt)
	}
	return engine.InboundEvent{
		Key: string(m.ID), Kind: engine.InboundMessage, OccurredAt: at,
		From: d.addresses(m.Sender.Contact, m.Meta.Extra), ProfileName: string(m.Sender.Contact.Annotations.Name), Message: incoming,
	}
}
