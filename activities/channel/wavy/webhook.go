package wavy

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// item is one thing in a call: what a person wrote (MO), or news of a message of ours
// (MT). Of SMS it is the whole call, of WhatsApp an element of its data.
type item struct {
	ID            webhook.Text `json:"id"`
	CorrelationID webhook.Text `json:"correlationId"`

	Source     webhook.Text `json:"source"` // of a person's message: who wrote
	Origin     webhook.Text `json:"origin"` // and to which number
	ShortCode  webhook.Text `json:"shortCode"`
	Text       webhook.Text `json:"messageText"`
	ReceivedAt webhook.Text `json:"receivedAt"`
	Profile    struct {
		Name webhook.Text `json:"name"`
	} `json:"userProfile"`
	Message *said `json:"message"`

	Destination     webhook.Text `json:"destination"`
	Sent            webhook.Text `json:"sent"`
	SentCode        webhook.Text `json:"sentStatusCode"`
	SentStatus      webhook.Text `json:"sentStatus"`
	SentAt          webhook.Text `json:"sentAt"`
	Delivered       webhook.Text `json:"delivered"`
	DeliveredCode   webhook.Text `json:"deliveredStatusCode"`
	DeliveredStatus webhook.Text `json:"deliveredStatus"`
	DeliveredAt     webhook.Text `json:"deliveredAt"`
	Read            webhook.Text `json:"read"`
	ReadAt          webhook.Text `json:"readAt"`
}

// said is what a person wrote on WhatsApp.
type said struct {
	Type     webhook.Text `json:"type"`
	Text     webhook.Text `json:"messageText"`
	Caption  webhook.Text `json:"caption"`
	MediaURL webhook.Text `json:"mediaUrl"`
	MIMEType webhook.Text `json:"mimeType"`
}

// Receive implements channel.Receiver. Wavy wants an answer within 200 ms; whatever we
// do not know is taken and kept.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, err := webhook.Door(r, "Sinch (Wavy)", d.secret.Proves)
	if err != nil {
		return nil, response, err
	}
	batch := webhook.NewBatch(d.settings, d.settings.Channel)
	var call struct {
		Data []json.RawMessage `json:"data"`
	}
	if json.Unmarshal(r.Body, &call) != nil || call.Data == nil {
		call.Data = []json.RawMessage{r.Body}
		var list []json.RawMessage
		if json.Unmarshal(r.Body, &list) == nil {
			call.Data = list
		}
	}
	for _, raw := range call.Data {
		if e, understood := d.event(raw); understood {
			batch.Add(e)
		} else {
			batch.Other(raw)
		}
	}
	return batch.Events(), response, nil
}

func (d *Driver) event(raw []byte) (engine.InboundEvent, bool) {
	var i item
	if json.Unmarshal(raw, &i) != nil || i.ID == "" && i.CorrelationID == "" {
		return engine.InboundEvent{}, false
	}
	if i.Source != "" {
		return d.inbound(i)
	}
	return d.status(i)
}

// kinds are Wavy's types in our words.
var kinds = map[string]string{"": "text", "text": "text", "photo": "image", "voice": "audio", "contact": "contacts", "contacts": "contacts"}

// inbound is what a person wrote. What was written to another number of the account
// belongs to another integration.
func (d *Driver) inbound(i item) (engine.InboundEvent, bool) {
	account := sms.Digits(webhook.First(i.Origin, i.ShortCode))
	if i.ID == "" || d.number != "" && account != "" && account != d.number {
		return engine.InboundEvent{}, false
	}
	m := &engine.IncomingMessage{ProviderID: string(i.ID), Account: account, Type: "text", Text: string(i.Text)}
	if i.Message != nil {
		word := strings.ToLower(string(i.Message.Type))
		if m.Type = kinds[word]; m.Type == "" {
			m.Type = word
		}
		m.Text = webhook.First(i.Message.Text, i.Message.Caption)
		if i.Message.MediaURL != "" {
			m.MediaType = string(i.Message.MIMEType)
			m.Media = &engine.MediaLink{Kind: m.Type, URL: string(i.Message.MediaURL)}
		}
	}
	m.OpensWindow = d.settings.Channel == engine.WhatsApp && whatsapp.Opens(m.Type)
	return engine.InboundEvent{
		Key: m.ProviderID, Kind: engine.InboundMessage, OccurredAt: webhook.Moment(i.ReceivedAt),
		From: d.address(i.Source), ProfileName: string(i.Profile.Name), Message: m,
	}, true
}

// status is news of a message of ours. A code that fails it, of either half, is
// stronger than a half that went well; its key leaves the times out.
func (d *Driver) status(i item) (engine.InboundEvent, bool) {
	news := &engine.IncomingStatus{ProviderID: string(i.ID), Ref: string(i.CorrelationID), Recipient: d.address(i.Destination)}
	at := webhook.First(i.ReadAt, i.DeliveredAt, i.SentAt)
	yes := func(t webhook.Text) bool { return strings.EqualFold(string(t), "true") }
	failed := func(code webhook.Text) bool {
		switch code {
		case "", "0", codeSent, codeDelivered, codeAtCarrier:
			return false
		}
		return true
	}
	var word string
	switch {
	case yes(i.Read) || i.ReadAt != "":
		news.Status, word = engine.Read, "read"
	case yes(i.Delivered) || i.DeliveredCode == codeDelivered:
		news.Status, word = engine.Delivered, "delivered"
	case failed(i.DeliveredCode):
		news.Status, word, news.ErrorCodes = engine.Failed, "failed", []string{string(i.DeliveredCode)}
		news.ErrorDetail = refusal.Scrub(string(i.DeliveredStatus))
	case failed(i.SentCode):
		news.Status, word, news.ErrorCodes = engine.Failed, "failed", []string{string(i.SentCode)}
		news.ErrorDetail = refusal.Scrub(string(i.SentStatus))
	case yes(i.Sent) || i.SentCode == codeSent || i.SentCode == codeAtCarrier || i.DeliveredCode == codeAtCarrier:
		news.Status, word = engine.Sent, "sent"
	default:
		return engine.InboundEvent{}, false
	}
	return engine.InboundEvent{
		Key: "status:" + webhook.First(i.ID, i.CorrelationID) + ":" + word, Kind: engine.StatusUpdate, OccurredAt: webhook.Moment(at), Status: news,
	}, true
}

// address is a person as Wavy writes them: digits with the country code.
func (d *Driver) address(value webhook.Text) []engine.Address {
	switch {
	case value == "":
		return nil
	case d.settings.Channel == engine.SMS:
		return []engine.Address{sms.Phone(string(value))}
	}
	return whatsapp.Addresses(sms.Digits(string(value)), "")
}
