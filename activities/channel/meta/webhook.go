package meta

import (
	"encoding/json"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// Receive implements channel.Receiver.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, done, err := d.hook.Door(r)
	if done {
		return nil, response, err
	}
	return d.Decode(r.Body), response, nil
}

// entry is one account's part of a call; change is one update in it. Values are
// read one by one, so that an odd one does not spoil its neighbors.
type entry struct {
	ID      text              `json:"id"`
	Time    text              `json:"time"`
	Changes []json.RawMessage `json:"changes"`
}

type change struct {
	entry entry
	Field text            `json:"field"`
	Value json.RawMessage `json:"value"`
	raw   json.RawMessage
}

// batch gathers the events of one call.
type batch struct {
	*webhook.Batch

	wire *Wire
}

func (b *batch) change(c change) {
	if w := b.wire; w.wabaID != "" && c.entry.ID != "" && string(c.entry.ID) != w.wabaID && c.Field != "messages" {
		b.otherChange(c)
		return
	}
	switch c.Field {
	case "messages":
		b.messages(c)
	case "calls":
		b.calls(c)
	case "user_preferences":
		b.preferences(c)
	case "message_template_status_update", "message_template_quality_update", "template_category_update":
		b.template(c)
	case "business_capability_update", "phone_number_quality_update":
		b.account(c, engine.Capability)
	case "account_update":
		b.account(c, accountKind(c))
	default:
		b.otherChange(c)
	}
}

func (b *batch) otherChange(c change) { b.account(c, engine.OtherEvent) }

// value is what the field "messages" carries.
type value struct {
	Metadata struct {
		PhoneNumberID text `json:"phone_number_id"`
	} `json:"metadata"`
	Contacts    []contact         `json:"contacts"`
	Messages    []json.RawMessage `json:"messages"`
	Statuses    []json.RawMessage `json:"statuses"`
	Calls       []json.RawMessage `json:"calls"`
	Errors      []apiFault        `json:"errors"`
	Preferences []json.RawMessage `json:"user_preferences"`
}

type contact struct {
	WaID    text `json:"wa_id"`
	UserID  text `json:"user_id"`
	Profile struct {
		Name     text `json:"name"`
		Username text `json:"username"`
	} `json:"profile"`
}

type apiFault struct {
	Code      text `json:"code"`
	Title     text `json:"title"`
	ErrorData struct {
		Details text `json:"details"`
	} `json:"error_data"`
}

// messages takes apart a value of messages, statuses and errors. Those of
// another number of the same app belong to another integration.
func (b *batch) messages(c change) {
	var v value
	if json.Unmarshal(c.Value, &v) != nil || string(v.Metadata.PhoneNumberID) != b.wire.phoneNumberID {
		b.otherChange(c)
		return
	}
	for _, raw := range v.Messages {
		b.message(v, raw)
	}
	for _, raw := range v.Statuses {
		b.status(raw)
	}
	if len(v.Errors) > 0 {
		b.account(c, engine.ChannelError)
	}
	if len(v.Messages)+len(v.Statuses)+len(v.Errors) == 0 {
		b.otherChange(c)
	}
}
