package zenvia

import (
	"encoding/json"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// The events of Zenvia that mean something here; the others (CONTACT,
// CONVERSATION_STATUS and so on) concern Zenvia's own inbox.
const (
	messageEvent = "MESSAGE"
	statusEvent  = "MESSAGE_STATUS"
)

// statuses maps Zenvia's words to ours. VERIFIED is a delivery whose device also
// knows the sender. CLICKED and DELETED say nothing about arriving.
var statuses = map[string]engine.MessageStatus{
	"ACCEPTED": engine.Accepted, "SENT": engine.Sent, "DELIVERED": engine.Delivered, "VERIFIED": engine.Delivered,
	"READ": engine.Read, "REJECTED": engine.Failed, "NOT_DELIVERED": engine.Failed,
}

// event is one webhook call.
type event struct {
	ID        webhook.Text    `json:"id"`
	Timestamp webhook.Text    `json:"timestamp"`
	Type      webhook.Text    `json:"type"`
	Channel   webhook.Text    `json:"channel"`
	Direction webhook.Text    `json:"direction"`
	Message   json.RawMessage `json:"message"`
	MessageID webhook.Text    `json:"messageId"` // of a status; deprecated for message.id
	Index     webhook.Text    `json:"contentIndex"`
	Status    *status         `json:"messageStatus"`
}

// Receive implements channel.Receiver. Zenvia repeats a call for a quarter of an
// hour until it is answered 200, and stops calling an address that fails too
// often, so whatever we do not know is taken and kept.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, err := webhook.Door(r, "Zenvia", d.secret.Proves)
	if err != nil {
		return nil, response, err
	}
	batch := webhook.NewBatch(d.settings, d.settings.Channel)
	for _, e := range d.events(r.Body) {
		batch.Add(e)
	}
	return batch.Events(), response, nil
}

func (d *Driver) events(raw []byte) []engine.InboundEvent {
	var e event
	if json.Unmarshal(raw, &e) != nil || !d.ours(e) {
		return other(e, raw)
	}
	switch {
	case e.Type == messageEvent && e.Direction != "OUT":
		if events := messages(e, d.settings.Channel); len(events) > 0 {
			return events
		}
	case e.Type == statusEvent && e.Status != nil:
		if news, ok := d.status(e); ok {
			return []engine.InboundEvent{news}
		}
	}
	return other(e, raw)
}

// ours says whether an event is of this integration's channel: one token serves
// all of an account's channels, and so may one webhook.
func (d *Driver) ours(e event) bool {
	return e.Channel == "" || strings.EqualFold(string(e.Channel), string(d.settings.Channel))
}

// other keeps what we do not understand, under a key that a repetition shares.
func other(e event, raw []byte) []engine.InboundEvent {
	kept := webhook.Other(raw)
	if e.ID != "" {
		kept.Key = "event:" + string(e.ID)
	}
	kept.OccurredAt = webhook.Moment(e.Timestamp)
	return []engine.InboundEvent{kept}
}

// status is news about a message of ours.
type status struct {
	Code        webhook.Text `json:"code"`
	Timestamp   webhook.Text `json:"timestamp"`
	Direction   webhook.Text `json:"direction"`
	Description webhook.Text `json:"description"`
	Causes      []struct {
		Code    webhook.Text `json:"channelErrorCode"`
		Reason  webhook.Text `json:"reason"`
		Details webhook.Text `json:"details"`
	} `json:"causes"`
}

// status reads one status. Its key leaves the timestamp out: a repetition may
// have another one.
func (d *Driver) status(e event) (engine.InboundEvent, bool) {
	var about struct {
		ID         webhook.Text `json:"id"`
		ExternalID webhook.Text `json:"externalId"`
		Index      webhook.Text `json:"contentIndex"`
		Direction  webhook.Text `json:"direction"`
		To         webhook.Text `json:"to"`
	}
	if len(e.Message) > 0 && json.Unmarshal(e.Message, &about) != nil {
		return engine.InboundEvent{}, false
	}
	id, code := webhook.First(about.ID, e.MessageID), strings.ToUpper(string(e.Status.Code))
	word, known := statuses[code]
	if id == "" && about.ExternalID == "" || !known || about.Direction == "IN" {
		return engine.InboundEvent{}, false
	}
	news := &engine.IncomingStatus{ProviderID: id, Ref: string(about.ExternalID), Status: word, Recipient: address(string(about.To), d.settings.Channel)}
	if word == engine.Failed {
		news.ErrorCodes, news.ErrorDetail = d.causes(code, e.Status)
	}
	key := "status:" + webhook.First(webhook.Text(id), about.ExternalID) + ":" + code
	if index := webhook.First(about.Index, e.Index); index != "" && index != "0" {
		key += ":" + index
	}
	return engine.InboundEvent{
		Key: key, Kind: engine.StatusUpdate, Status: news,
		OccurredAt: webhook.Moment(webhook.First(e.Status.Timestamp, e.Timestamp)),
	}, true
}

// causes are the codes of a failure, the one that decides first: a cause that we
// know says more than Zenvia's own word, and the word more than an unknown cause.
func (d *Driver) causes(word string, s *status) (list []string, detail string) {
	var known, unknown, said []string
	for _, c := range s.Causes {
		code := string(c.Code)
		if _, ok := d.codes.Cause(code); ok {
			known = append(known, code)
		} else if code != "" {
			unknown = append(unknown, code)
		}
		if text := webhook.First(c.Details, c.Reason); text != "" {
			said = append(said, refusal.Scrub(text))
		}
	}
	if len(said) == 0 && s.Description != "" {
		said = append(said, refusal.Scrub(string(s.Description)))
	}
	return append(append(known, word), unknown...), strings.Join(said, "; ")
}

// address is a person as Zenvia writes them: digits with the country code.
func address(value string, ch engine.Channel) []engine.Address {
	switch {
	case value == "":
		return nil
	case ch == engine.SMS:
		return []engine.Address{sms.Phone(value)}
	}
	return []engine.Address{{Kind: engine.WAID, Value: value}}
}

// contentKey tells the contents of one message apart; the first has the
// message's own id.
func contentKey(id string, index int) string {
	if index == 0 {
		return id
	}
	return id + ":" + strconv.Itoa(index)
}
