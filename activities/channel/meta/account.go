package meta

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// accountValue is what the fields about templates and the account carry.
type accountValue struct {
	TemplateID       text           `json:"message_template_id"`
	TemplateName     text           `json:"message_template_name"`
	TemplateLanguage text           `json:"message_template_language"`
	Event            text           `json:"event"`
	Reason           text           `json:"reason"`
	OtherInfo        map[string]any `json:"other_info"`

	PreviousCategory text `json:"previous_category"`
	NewCategory      text `json:"new_category"`
	CorrectCategory  text `json:"correct_category"`
	CategoryUpdateAt text `json:"category_update_timestamp"`

	PreviousQuality text `json:"previous_quality_score"`
	NewQuality      text `json:"new_quality_score"`
}

// template reads news about a template: its status, its quality, or its
// category. A category changes in two phases: impending (new_category is the
// present one, correct_category what it will be in about a day), then done.
func (b *batch) template(c change) {
	var v accountValue
	if json.Unmarshal(c.Value, &v) != nil || v.TemplateName == "" {
		b.otherChange(c)
		return
	}
	event := c.event(engine.TemplateStatus)
	put := func(name string, value text) {
		if value != "" {
			event.Data[name] = string(value)
		}
	}
	put("template_id", v.TemplateID)
	put("name", v.TemplateName)
	put("language", v.TemplateLanguage)
	switch c.Field {
	case "message_template_status_update":
		put("event", v.Event)
		put("reason", v.Reason)
		for _, name := range []string{"title", "description"} {
			if s, ok := v.OtherInfo[name].(string); ok {
				put(name, text(s))
			}
		}
	case "message_template_quality_update":
		event.Kind = engine.TemplateQuality
		put("previous", v.PreviousQuality)
		put("current", v.NewQuality)
	case "template_category_update":
		event.Kind = engine.TemplateCategory
		put("current", v.NewCategory)
		put("previous", v.PreviousCategory)
		put("future", v.CorrectCategory)
		put("effective", v.CategoryUpdateAt)
		event.Data["phase"] = "done"
		if v.CorrectCategory != "" {
			event.Data["phase"] = "impending"
		}
	}
	b.Add(event)
}

// account keeps news about the account whole, with the single facts as data.
func (b *batch) account(c change, kind engine.EventKind) {
	event := c.event(kind)
	var facts map[string]json.RawMessage
	if json.Unmarshal(c.Value, &facts) == nil {
		for name, raw := range facts {
			var fact text
			if json.Unmarshal(raw, &fact) == nil && fact != "" {
				event.Data[name] = string(fact)
			}
		}
	}
	if kind == engine.ChannelError {
		trouble(c.Value, event.Data)
		var v value
		if json.Unmarshal(c.Value, &v) == nil && len(v.Errors) > 0 {
			event.Data["error_code"] = string(v.Errors[0].Code)
			event.Data["detail"] = webhook.First(v.Errors[0].ErrorData.Details, v.Errors[0].Title)
		}
	}
	b.Add(event)
}

// trouble adds what an account_update says in objects, each on its own so that an odd one
// hides no other
// (developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_update).
func trouble(value json.RawMessage, to map[string]any) {
	put := func(name string, values ...text) {
		var said []string
		for _, v := range values {
			if v != "" {
				said = append(said, string(v))
			}
		}
		if len(said) > 0 {
			to[name] = strings.Join(said, ", ")
		}
	}
	var ban struct {
		Info struct {
			State text `json:"waba_ban_state"` // DISABLE, SCHEDULE_FOR_DISABLE or REINSTATE
			Date  text `json:"waba_ban_date"`
		} `json:"ban_info"`
	}
	if json.Unmarshal(value, &ban) == nil {
		put("ban_state", ban.Info.State)
		put("until", ban.Info.Date)
	}
	var violation struct {
		Info struct {
			Type text `json:"violation_type"`
		} `json:"violation_info"`
	}
	if json.Unmarshal(value, &violation) == nil {
		put("violation", violation.Info.Type)
	}
	var restriction struct {
		Info []struct {
			Type text `json:"restriction_type"`
		} `json:"restriction_info"`
	}
	if json.Unmarshal(value, &restriction) == nil {
		types := make([]text, len(restriction.Info))
		for i, r := range restriction.Info {
			types[i] = r.Type
		}
		put("restrictions", types...)
	}
}

// accountKind tells an account's trouble, which stops sending, from its news.
func accountKind(c change) engine.EventKind {
	var v accountValue
	if json.Unmarshal(c.Value, &v) == nil {
		switch v.Event {
		case "DISABLED_UPDATE", "ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION", "ACCOUNT_DELETED", "PARTNER_REMOVED":
			return engine.ChannelError
		}
	}
	return engine.OtherEvent
}

// event is the frame of an event about the account. The time of the call is
// part of its key, so that a template approved, paused and approved again
// gives three events.
func (c change) event(kind engine.EventKind) engine.InboundEvent {
	return engine.InboundEvent{
		Key: webhook.HashKey([]byte(c.entry.ID), []byte(c.entry.Time), c.raw), Kind: kind,
		OccurredAt: webhook.Moment(c.entry.Time), Raw: c.raw,
		Data: map[string]any{"field": string(c.Field), "waba": string(c.entry.ID)},
	}
}

// preferences are people who stopped marketing inside WhatsApp, or resumed it.
func (b *batch) preferences(c change) {
	var v value
	if json.Unmarshal(c.Value, &v) != nil || len(v.Preferences) == 0 ||
		(v.Metadata.PhoneNumberID != "" && string(v.Metadata.PhoneNumberID) != b.wire.phoneNumberID) {
		b.otherChange(c)
		return
	}
	for _, raw := range v.Preferences {
		var p struct {
			WaID      text `json:"wa_id"`
			UserID    text `json:"user_id"`
			Category  text `json:"category"`
			Value     text `json:"value"`
			Detail    text `json:"detail"`
			Timestamp text `json:"timestamp"`
		}
		if json.Unmarshal(raw, &p) != nil || (p.WaID == "" && p.UserID == "") {
			b.Other(raw)
			continue
		}
		event := engine.InboundEvent{
			Key:        webhook.HashKey([]byte(c.Field), []byte(undated(p.Timestamp, c.entry.Time)), raw),
			Kind:       engine.MarketingPreference,
			OccurredAt: webhook.Moment(p.Timestamp),
			From:       whatsapp.Addresses(string(p.WaID), string(p.UserID)),
			Raw:        raw,
			Data: map[string]any{
				"account": b.wire.phoneNumberID, "category": string(p.Category),
				"value": string(p.Value), "detail": string(p.Detail),
			},
		}
		if len(v.Contacts) == 1 {
			event.ProfileName = string(v.Contacts[0].Profile.Name)
		}
		b.Add(event)
	}
}

// undated is the call's own time, for a change that carries none: people stop,
// resume and stop again in the same words.
func undated(own, call text) text {
	if own != "" {
		return ""
	}
	return call
}
