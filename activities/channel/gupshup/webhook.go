package gupshup

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// envelope is a webhook call of version 2: one event. Version 3, which has Meta's
// envelope, is read in third.go.
type envelope struct {
	App       webhook.Text    `json:"app"`
	Timestamp webhook.Text    `json:"timestamp"` // milliseconds
	Type      webhook.Text    `json:"type"`
	Payload   json.RawMessage `json:"payload"`
}

// Receive implements channel.Receiver. Gupshup wants a 2xx with an empty body
// within 10 seconds, and repeats the call otherwise.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, err := webhook.Door(r, "Gupshup", d.secret.Proves)
	if err != nil {
		return nil, response, err
	}
	if isThird(r.Body) {
		if events, ours := d.third(r.Body); ours {
			return events, response, nil
		}
	}
	batch := webhook.NewBatch(d.settings, engine.WhatsApp)
	batch.Add(d.event(r.Body))
	return batch.Events(), response, nil
}

// event reads one call. What belongs to another app of the account, or is of a
// kind we do not know, is kept as it is.
func (d *Driver) event(body []byte) engine.InboundEvent {
	var e envelope
	if json.Unmarshal(body, &e) != nil || !strings.EqualFold(string(e.App), d.app) {
		return other(e, body)
	}
	read := map[webhook.Text]func(envelope) (engine.InboundEvent, bool){
		"message": d.message, "message-event": d.status, "user-event": d.user, "template-event": d.news,
	}[e.Type]
	if read == nil {
		return other(e, body)
	}
	event, understood := read(e)
	if !understood {
		return other(e, body)
	}
	return event
}

// other keeps what we do not understand; the call's timestamp is part of its key.
func other(e envelope, body []byte) engine.InboundEvent {
	event := webhook.Other(body)
	event.OccurredAt, event.Data = webhook.Moment(e.Timestamp), map[string]any{}
	if e.Type != "" {
		event.Data["field"] = string(e.Type)
	}
	return event
}

// user is a person who opted out at Gupshup, which sends nothing to them from then
// on (1012). Opting in lifts nothing by itself here: Gupshup reports it for whoever
// writes, and our own list may have other reasons.
func (d *Driver) user(e envelope) (engine.InboundEvent, bool) {
	var u struct {
		Phone  webhook.Text `json:"phone"`
		UserID webhook.Text `json:"userId"`
		Type   webhook.Text `json:"type"`
	}
	if json.Unmarshal(e.Payload, &u) != nil || u.Type != "opted-out" {
		return engine.InboundEvent{}, false
	}
	from := people(u.Phone, u.UserID)
	if len(from) == 0 {
		return engine.InboundEvent{}, false
	}
	return engine.InboundEvent{
		Key:  webhook.HashKey([]byte(u.Type), []byte(e.Timestamp), e.Payload),
		Kind: engine.Unsubscribe, OccurredAt: webhook.Moment(e.Timestamp), From: from,
		Data: map[string]any{"source": "gupshup"},
	}, true
}

// news is a template's new state. Its words are made Meta's, which the rest of
// Jornada knows: "rejected" is REJECTED.
func (d *Driver) news(e envelope) (engine.InboundEvent, bool) {
	var t struct {
		Type        webhook.Text `json:"type"` // "" or status-update, or one we do not know
		ID          webhook.Text `json:"id"`
		Status      webhook.Text `json:"status"`
		Name        webhook.Text `json:"elementName"`
		Language    webhook.Text `json:"languageCode"`
		Reason      webhook.Text `json:"rejectedReason"`
		Description webhook.Text `json:"description"`
	}
	if json.Unmarshal(e.Payload, &t) != nil || t.Name == "" || t.Status == "" || (t.Type != "" && t.Type != "status-update") {
		return engine.InboundEvent{}, false
	}
	event := engine.InboundEvent{
		Key:  webhook.HashKey([]byte(e.Type), []byte(e.Timestamp), e.Payload),
		Kind: engine.TemplateStatus, OccurredAt: webhook.Moment(e.Timestamp), Raw: e.Payload,
		Data: map[string]any{"field": string(e.Type), "name": string(t.Name), "event": strings.ToUpper(string(t.Status))},
	}
	for name, value := range map[string]webhook.Text{"template_id": t.ID, "language": t.Language, "reason": t.Reason, "description": t.Description} {
		if value != "" {
			event.Data[name] = string(value)
		}
	}
	return event, true
}

// people are the addresses of somebody: the phone is the wa_id, unless it is a
// business-scoped user id or one of Gupshup's placeholders ("callbackSetPhone").
func people(phone, userID webhook.Text) []engine.Address {
	if !digits.MatchString(string(phone)) && !whatsapp.IsBSUID(string(phone)) {
		phone = ""
	}
	return whatsapp.Addresses(string(phone), string(userID))
}
