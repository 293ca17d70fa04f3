package infobip

import (
	"encoding/json"

	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// Receive implements channel.Receiver. One address takes everything: reports of
// deliveries and of reading, what people write, news about templates. Infobip
// tells them apart by their fields only.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, err := webhook.Door(r, "Infobip", d.secret.Proves)
	if err != nil {
		return nil, response, err
	}
	batch := &batch{Batch: webhook.NewBatch(d.settings, d.settings.Channel), driver: d}
	var envelope struct {
		Results []json.RawMessage `json:"results"`
	}
	switch json.Unmarshal(r.Body, &envelope) {
	case nil:
		for _, raw := range envelope.Results {
			batch.result(raw)
		}
		if envelope.Results == nil {
			batch.notice(r.Body)
		}
	default:
		batch.Other(r.Body)
	}
	return batch.Events(), response, nil
}

// batch collects the events of one call.
type batch struct {
	*webhook.Batch

	driver *Driver
}

// result reads one element of "results" by the fields that it has.
func (b *batch) result(raw json.RawMessage) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		b.Other(raw)
		return
	}
	has := func(name string) bool { _, there := fields[name]; return there }
	switch {
	case has("seenAt"), has("status"):
		b.report(raw)
	case has("message"):
		b.whatsapp(raw)
	case has("text") && has("from"):
		b.sms(raw)
	default:
		b.Other(raw)
	}
}

// contact is the person as WhatsApp knows them; the number may be missing.
type contact struct {
	Name        webhook.Text `json:"name"`
	PhoneNumber webhook.Text `json:"phoneNumber"`
	UserID      webhook.Text `json:"userId"`
}

// people are the addresses of the person on the other side.
func (b *batch) people(id webhook.Text, c contact) []engine.Address {
	if b.driver.settings.Channel == engine.SMS {
		if id == "" {
			return nil
		}
		return []engine.Address{{Kind: engine.Phone, Value: "+" + sms.Digits(string(id))}}
	}
	if whatsapp.IsBSUID(string(id)) && c.PhoneNumber != "" {
		return whatsapp.Addresses(string(c.PhoneNumber), string(id))
	}
	return whatsapp.Addresses(webhook.First(id, c.PhoneNumber), string(c.UserID))
}

// notice reads what comes without "results": news about a person's wishes, a
// person's identity or a template.
func (b *batch) notice(raw []byte) {
	var n struct {
		From    webhook.Text `json:"from"`
		Content struct {
			From       webhook.Text `json:"from"`
			Marketing  webhook.Text `json:"notificationMessagesStatus"`
			Type       webhook.Text `json:"type"`
			UserNumber webhook.Text `json:"userNumber"`
			UserID     webhook.Text `json:"userId"`
			Note       webhook.Text `json:"description"`
		} `json:"content"`
		CreatedAt webhook.Text `json:"createdAt"`

		TemplateName webhook.Text `json:"messageTemplateName"`
	}
	if json.Unmarshal(raw, &n) != nil {
		b.Other(raw)
		return
	}
	event := engine.InboundEvent{
		Key: webhook.HashKey(raw), OccurredAt: webhook.Moment(n.CreatedAt), Raw: raw,
		Data: map[string]any{"account": string(n.From)},
	}
	switch {
	case n.TemplateName != "":
		b.template(raw)
	case n.Content.Marketing != "" && n.Content.From != "":
		event.Kind, event.From = engine.MarketingPreference, b.people(n.Content.From, contact{UserID: n.Content.UserID})
		event.Data["value"], event.Data["detail"] = string(n.Content.Marketing), string(n.Content.Note)
		b.Add(event)
	case n.Content.Type == "user_identity_changed":
		event.Kind, event.From = engine.IdentityChanged, b.people(n.Content.UserNumber, contact{UserID: n.Content.UserID})
		b.Add(event)
	default:
		b.Other(raw)
	}
}

// templateKinds are the news about a template.
var templateKinds = map[webhook.Text]engine.EventKind{
	"TEMPLATE_STATUS_UPDATE": engine.TemplateStatus, "TEMPLATE_CATEGORY_UPDATE": engine.TemplateCategory,
	"TEMPLATE_QUALITY_UPDATE": engine.TemplateQuality,
}

// template reads news about a template: its status, its category, its quality.
func (b *batch) template(raw []byte) {
	var n struct {
		ID        webhook.Text `json:"messageTemplateId"`
		Name      webhook.Text `json:"messageTemplateName"`
		Language  webhook.Text `json:"messageTemplateLanguage"`
		Timestamp webhook.Text `json:"timestamp"`
		Change    struct {
			Type             webhook.Text `json:"type"`
			NewStatus        webhook.Text `json:"newStatus"`
			Reason           webhook.Text `json:"reason"`
			PreviousCategory webhook.Text `json:"previousCategory"`
			NewCategory      webhook.Text `json:"newCategory"`
			PreviousQuality  webhook.Text `json:"previousQualityScore"`
			NewQuality       webhook.Text `json:"newQualityScore"`
		} `json:"change"`
	}
	kind, known := engine.OtherEvent, false
	if json.Unmarshal(raw, &n) == nil {
		kind, known = templateKinds[n.Change.Type]
	}
	if !known {
		b.Other(raw)
		return
	}
	data := map[string]any{}
	for name, value := range map[string]string{
		"template_id": string(n.ID), "name": string(n.Name), "language": string(n.Language),
		"event": string(n.Change.NewStatus), "reason": string(n.Change.Reason),
		"previous": webhook.First(n.Change.PreviousCategory, n.Change.PreviousQuality),
		"current":  webhook.First(n.Change.NewCategory, n.Change.NewQuality),
	} {
		if value != "" {
			data[name] = value
		}
	}
	b.Add(engine.InboundEvent{Key: webhook.HashKey(raw), Kind: kind, OccurredAt: webhook.Moment(n.Timestamp), Raw: raw, Data: data})
}
