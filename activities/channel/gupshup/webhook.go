package gupshup

import (
	"encoding/json"
	"net/http"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// envelope is a webhook call of version 2: one event. Version 3, which has Meta's
// envelope, is kept as an OtherEvent: the app's webhook must be set to version 2.
type envelope struct {
	App       whatsapp.Text   `json:"app"`
	Timestamp whatsapp.Text   `json:"timestamp"` // milliseconds
	Type      whatsapp.Text   `json:"type"`
	Payload   json.RawMessage `json:"payload"`
}

// Receive implements channel.Receiver. Gupshup wants a 2xx with an empty body
// within 10 seconds, and repeats the call otherwise.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	if r.Method != http.MethodPost {
		return nil, channel.Response{Status: http.StatusMethodNotAllowed}, engine.Errorf(engine.Invalid, "Gupshup's webhook takes POST")
	}
	if err := r.Carries("application/json"); err != nil {
		return nil, channel.Response{Status: http.StatusUnsupportedMediaType}, err
	}
	if !d.secret.Proves(r) {
		return nil, channel.Response{Status: http.StatusForbidden}, channel.ErrSignature
	}
	if !whatsapp.Shallow(r.Body) || !json.Valid(r.Body) {
		return nil, channel.Response{Status: http.StatusBadRequest}, engine.Errorf(engine.Invalid, "the webhook's body is not readable JSON")
	}
	event := d.event(r.Body)
	event.IntegrationID, event.Channel = d.settings.IntegrationID, engine.WhatsApp
	event.OccurredAt = d.settings.OccurredAt(event.OccurredAt)
	return []engine.InboundEvent{event}, channel.Response{Status: http.StatusOK}, nil
}

// event reads one call. What belongs to another app of the account, or is of a
// kind we do not know, is kept as it is.
func (d *Driver) event(body []byte) engine.InboundEvent {
	var e envelope
	if json.Unmarshal(body, &e) != nil || !strings.EqualFold(string(e.App), d.app) {
		return other(e, body)
	}
	read := map[whatsapp.Text]func(envelope) (engine.InboundEvent, bool){
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
	event := engine.InboundEvent{Key: whatsapp.HashKey(body), Kind: engine.OtherEvent, OccurredAt: whatsapp.Moment(e.Timestamp), Raw: body, Data: map[string]any{}}
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
		Phone  whatsapp.Text `json:"phone"`
		UserID whatsapp.Text `json:"userId"`
		Type   whatsapp.Text `json:"type"`
	}
	if json.Unmarshal(e.Payload, &u) != nil || u.Type != "opted-out" {
		return engine.InboundEvent{}, false
	}
	from := people(u.Phone, u.UserID)
	if len(from) == 0 {
		return engine.InboundEvent{}, false
	}
	return engine.InboundEvent{
		Key:  whatsapp.HashKey([]byte(u.Type), []byte(e.Timestamp), e.Payload),
		Kind: engine.Unsubscribe, OccurredAt: whatsapp.Moment(e.Timestamp), From: from,
		Data: map[string]any{"source": "gupshup"},
	}, true
}

// news is a template's new state. Its words are made Meta's, which the rest of
// Jornada knows: "rejected" is REJECTED.
func (d *Driver) news(e envelope) (engine.InboundEvent, bool) {
	var t struct {
		Type        whatsapp.Text `json:"type"` // "" or status-update, or one we do not know
		ID          whatsapp.Text `json:"id"`
		Status      whatsapp.Text `json:"status"`
		Name        whatsapp.Text `json:"elementName"`
		Language    whatsapp.Text `json:"languageCode"`
		Reason      whatsapp.Text `json:"rejectedReason"`
		Description whatsapp.Text `json:"description"`
	}
	if json.Unmarshal(e.Payload, &t) != nil || t.Name == "" || t.Status == "" || (t.Type != "" && t.Type != "status-update") {
		return engine.InboundEvent{}, false
	}
	event := engine.InboundEvent{
		Key:  whatsapp.HashKey([]byte(e.Type), []byte(e.Timestamp), e.Payload),
		Kind: engine.TemplateStatus, OccurredAt: whatsapp.Moment(e.Timestamp), Raw: e.Payload,
		Data: map[string]any{"field": string(e.Type), "name": string(t.Name), "event": strings.ToUpper(string(t.Status))},
	}
	for name, value := range map[string]whatsapp.Text{"template_id": t.ID, "language": t.Language, "reason": t.Reason, "description": t.Description} {
		if value != "" {
			event.Data[name] = string(value)
		}
	}
	return event, true
}

// people are the addresses of somebody: the phone is the wa_id, unless it is a
// business-scoped user id or one of Gupshup's placeholders ("callbackSetPhone").
func people(phone, userID whatsapp.Text) []engine.Address {
	waID, bsuid := string(phone), string(userID)
	switch {
	case whatsapp.IsBSUID(waID):
		if bsuid == "" {
			bsuid = waID
		}
		waID = ""
	case !digits.MatchString(waID):
		waID = ""
	}
	return whatsapp.Addresses(waID, bsuid)
}
