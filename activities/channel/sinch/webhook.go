package sinch

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// statuses maps Sinch's words to ours. SWITCHING_CHANNEL never comes, as we name
// one channel only.
var statuses = map[webhook.Text]engine.MessageStatus{
	"QUEUED_ON_CHANNEL": engine.Sent, "DELIVERED": engine.Delivered, "READ": engine.Read, "FAILED": engine.Failed,
}

// callback is one webhook call; which of the last fields there is says what it is
// about (docs/conversation/callbacks).
type callback struct {
	AppID        webhook.Text  `json:"app_id"`
	AcceptedTime webhook.Text  `json:"accepted_time"`
	EventTime    webhook.Text  `json:"event_time"`
	Message      *message      `json:"message"`
	Delivery     *delivery     `json:"message_delivery_report"`
	Submit       *delivery     `json:"message_submit_notification"`
	Event        *contactEvent `json:"event"`
	OptOut       *optOut       `json:"opt_out_notification"`
}

// identity is a person on a channel.
type identity struct {
	Channel  webhook.Text `json:"channel"`
	Identity webhook.Text `json:"identity"`
}

// delivery is news about a message of ours.
type delivery struct {
	MessageID webhook.Text `json:"message_id"`
	Status    webhook.Text `json:"status"`
	Metadata  webhook.Text `json:"metadata"`
	Identity  identity     `json:"channel_identity"`
	Reason    reason       `json:"reason"`
}

// optOut is a person who opted out at Sinch, or by the channel's own means.
type optOut struct {
	RequestID webhook.Text `json:"request_id"`
	ContactID webhook.Text `json:"contact_id"`
	Channel   webhook.Text `json:"channel"`
	Identity  webhook.Text `json:"identity"`
	Status    webhook.Text `json:"status"`
}

// Receive implements channel.Receiver. Sinch repeats what is not answered 2xx;
// whatever we do not know is taken and kept.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, err := webhook.Door(r, "Sinch", d.signed)
	if err != nil {
		return nil, response, err
	}
	batch := webhook.NewBatch(d.settings, d.settings.Channel)
	batch.Add(d.event(r.Body))
	return batch.Events(), response, nil
}

// event reads a callback. One app serves all of its channels and calls every
// webhook for each of them, so another channel's news is set aside.
func (d *Driver) event(raw []byte) engine.InboundEvent {
	var c callback
	known, e := false, engine.InboundEvent{}
	if json.Unmarshal(raw, &c) == nil && (c.AppID == "" || string(c.AppID) == d.appID) {
		switch {
		case c.Message != nil:
			e, known = d.inbound(c.Message)
		case c.Delivery != nil:
			e, known = d.status(c.Delivery, statuses[c.Delivery.Status], string(c.Delivery.Status))
		case c.Submit != nil:
			e, known = d.status(c.Submit, engine.Sent, "SUBMITTED")
		case c.Event != nil:
			e, known = d.reaction(c.Event)
		case c.OptOut != nil:
			e, known = d.unsubscribe(c.OptOut, raw)
		}
	}
	if !known {
		e = webhook.Other(raw)
	}
	if e.OccurredAt.IsZero() {
		e.OccurredAt = webhook.Moment(webhook.First(c.EventTime, c.AcceptedTime))
	}
	return e
}

// ours says whether somebody is on this integration's channel.
func (d *Driver) ours(name webhook.Text) bool {
	return name == "" || strings.EqualFold(string(name), d.channel)
}

// address is a person as the engine writes one. A WhatsApp id has no plus, which
// Sinch writes now and then.
func (d *Driver) address(value webhook.Text) []engine.Address {
	switch {
	case value == "":
		return nil
	case d.settings.Channel == engine.SMS:
		return []engine.Address{sms.Phone(string(value))}
	}
	return []engine.Address{{Kind: engine.WAID, Value: sms.Digits(string(value))}}
}

// status reads one status. Its key leaves the time out: a repetition may have
// another one.
func (d *Driver) status(report *delivery, word engine.MessageStatus, said string) (engine.InboundEvent, bool) {
	if report.MessageID == "" || word == "" || !d.ours(report.Identity.Channel) {
		return engine.InboundEvent{}, false
	}
	news := &engine.IncomingStatus{
		ProviderID: string(report.MessageID), Ref: string(report.Metadata), Status: word, Recipient: d.address(report.Identity.Identity),
	}
	if word == engine.Failed {
		news.ErrorCodes, news.ErrorDetail = d.list(report.Reason), refusal.Scrub(string(report.Reason.Description))
	}
	return engine.InboundEvent{Key: "status:" + news.ProviderID + ":" + said, Kind: engine.StatusUpdate, Status: news}, true
}

// unsubscribe takes a person's opt-out. Without an identity (Sinch may name only
// a contact of its own) nobody knows who it was, and it is kept as it is.
func (d *Driver) unsubscribe(o *optOut, raw []byte) (engine.InboundEvent, bool) {
	if o.Status != "OPT_OUT_SUCCEEDED" || o.Identity == "" || !d.ours(o.Channel) {
		return engine.InboundEvent{}, false
	}
	key := webhook.HashKey(raw)
	if o.RequestID != "" {
		key = "optout:" + string(o.RequestID)
	}
	return engine.InboundEvent{Key: key, Kind: engine.Unsubscribe, From: d.address(o.Identity), Data: map[string]any{"source": "sinch"}}, true
}
