package infobip

import (
	"encoding/json"

	"jornada/activities/channel"
	"jornada/activities/channel/reseller"
	"jornada/engine"
)

// Receive implements channel.Receiver. One address takes everything: reports of
// deliveries and of reading, what people write, news about templates. Infobip
// tells them apart by their fields only.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, err := reseller.Door(r, d.proved)
	if err != nil {
		return nil, response, err
	}
	batch := &batch{Batch: reseller.NewBatch(d.settings), driver: d}
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
	*reseller.Batch

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
	Name        reseller.Text `json:"name"`
	PhoneNumber reseller.Text `json:"phoneNumber"`
	UserID      reseller.Text `json:"userId"`
}

// people are the addresses of the person on the other side.
func (b *batch) people(id reseller.Text, c contact) []engine.Address {
	if b.driver.settings.Channel == engine.SMS {
		if id == "" {
			return nil
		}
		return []engine.Address{{Kind: engine.Phone, Value: "+" + digits(string(id))}}
	}
	return reseller.WhatsAppAddresses(string(id), string(c.PhoneNumber), string(c.UserID))
}

// notice reads what comes without "results": news about a person's wishes, a
// person's identity or a template.
func (b *batch) notice(raw []byte) {
	var n struct {
		From    reseller.Text `json:"from"`
		Content struct {
			From       reseller.Text `json:"from"`
			Marketing  reseller.Text `json:"notificationMessagesStatus"`
			Type       reseller.Text `json:"type"`
			UserNumber reseller.Text `json:"userNumber"`
			UserID     reseller.Text `json:"userId"`
			Note       reseller.Text `json:"description"`
		} `json:"content"`
		CreatedAt reseller.Text `json:"createdAt"`

		TemplateName reseller.Text `json:"messageTemplateName"`
	}
	if json.Unmarshal(raw, &n) != nil {
		b.Other(raw)
		return
	}
	event := engine.InboundEvent{
		Key: reseller.Key(raw), OccurredAt: reseller.Moment(n.CreatedAt), Raw: raw,
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
var templateKinds = map[reseller.Text]engine.EventKind{
	"TEMPLATE_STATUS_UPDATE": engine.TemplateStatus, "TEMPLATE_CATEGORY_UPDATE": engine.TemplateCategory,
	"TEMPLATE_QUALITY_UPDATE": engine.TemplateQuality,
}

// template reads news about a template: its status, its category, its quality.
func (b *batch) template(raw []byte) {
	var n struct {
		ID        reseller.Text `json:"messageTemplateId"`
		Name      reseller.Text `json:"messageTemplateName"`
		Language  reseller.Text `json:"messageTemplateLanguage"`
		Timestamp reseller.Text `json:"timestamp"`
		Change    struct {
			Type             reseller.Text `json:"type"`
			NewStatus        reseller.Text `json:"newStatus"`
			Reason           reseller.Text `json:"reason"`
			PreviousCategory reseller.Text `json:"previousCategory"`
			NewCategory      reseller.Text `json:"newCategory"`
			PreviousQuality  reseller.Text `json:"previousQualityScore"`
			NewQuality       reseller.Text `json:"newQualityScore"`
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
		"previous": reseller.First(n.Change.PreviousCategory, n.Change.PreviousQuality),
		"current":  reseller.First(n.Change.NewCategory, n.Change.NewQuality),
	} {
		if value != "" {
			data[name] = value
		}
	}
	b.Add(engine.InboundEvent{Key: reseller.Key(raw), Kind: kind, OccurredAt: reseller.Moment(n.Timestamp), Raw: raw, Data: data})
}
