package gupshup

import (
	"encoding/json"
	"maps"
	"strings"

	"jornada/activities/channel/meta"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// third is a webhook call of version 3: Meta's envelope with the app's id, and with
// Gupshup's own ids of messages beside WhatsApp's (docs.gupshup.io, "Meta format v3").
type third struct {
	AppID webhook.Text `json:"gs_app_id"`
	Entry []struct {
		Changes []struct {
			Value struct {
				Metadata struct {
					Number   webhook.Text `json:"display_phone_number"`
					NumberID webhook.Text `json:"phone_number_id"`
				} `json:"metadata"`
				Statuses []ids `json:"statuses"`
				Messages []struct {
					Context ids `json:"context"`
				} `json:"messages"`
			} `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

// ids are the two ids of one message.
type ids struct {
	ID        webhook.Text `json:"id"`
	MetaID    webhook.Text `json:"meta_msg_id"`
	GupshupID webhook.Text `json:"gs_id"`
	Status    webhook.Text `json:"status"`
}

// isThird says whether a body is of version 3.
func isThird(body []byte) bool {
	var e struct {
		Entry json.RawMessage `json:"entry"`
	}
	return json.Unmarshal(body, &e) == nil && len(e.Entry) > 0 && e.Entry[0] == '['
}

// third reads a call of version 3; false when it is not this app's. Meta's part is
// read as Meta's (package meta); then WhatsApp's ids become Gupshup's, by which we
// know our messages.
func (d *Driver) third(body []byte) ([]engine.InboundEvent, bool) {
	var call third
	if json.Unmarshal(body, &call) != nil || call.AppID != "" && !strings.EqualFold(string(call.AppID), d.appID) {
		return nil, false
	}
	number, ours := "", map[string]string{}
	for _, e := range call.Entry {
		for _, c := range e.Changes {
			m := c.Value.Metadata
			if number == "" && (call.AppID != "" || engine.Digits(string(m.Number)) == d.source) {
				number = string(m.NumberID)
			}
			for _, s := range c.Value.Statuses {
				s.remember(ours)
			}
			for _, s := range c.Value.Messages {
				s.Context.remember(ours)
			}
		}
	}
	if number == "" {
		return nil, false
	}
	settings := d.settings
	settings.Watch = nil
	settings.Values = maps.Clone(settings.Values)
	settings.Values["phone_number_id"] = number
	wire, err := meta.NewWire(settings, "the call itself")
	if err != nil {
		return nil, false
	}
	events := wire.Decode(body)
	for i := range events {
		e := &events[i]
		if e.Message != nil {
			e.Message.Account = d.source
			if known := ours[e.Message.ContextID]; known != "" {
				e.Message.ContextID = known
			}
		}
		if e.Status == nil {
			continue
		}
		theirs := e.Status.ProviderID
		if known := ours[theirs]; known != "" && known != theirs {
			e.Status.ProviderID = known
			e.Key = "status:" + known + strings.TrimPrefix(e.Key, "status:"+theirs)
			e.Data = map[string]any{"account": d.source, "whatsapp_id": theirs}
		}
	}
	return events, true
}

func (i ids) remember(ours map[string]string) {
	if i.GupshupID == "" {
		return
	}
	for _, id := range []webhook.Text{i.ID, i.MetaID} {
		if id != "" {
			ours[string(id)] = string(i.GupshupID)
		}
	}
}
