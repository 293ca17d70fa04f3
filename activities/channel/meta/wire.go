package meta

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// Wire is Meta's JSON for one number, whoever carries it: bodies, answers, error
// codes, webhooks. Where it is sent and how it is proved is the driver's matter,
// Meta's own or that of a company which speaks the same JSON (360dialog).
type Wire struct {
	settings      channel.Settings
	phoneNumberID string
	wabaID        string
	preview       string
	marksRead     bool
}

// NewWire reads the settings phone_number_id, waba_id, preview_url and mark_read. where says
// in which console a person finds the first.
func NewWire(settings channel.Settings, where string) (*Wire, error) {
	phoneNumberID, err := settings.Require("phone_number_id", where)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(phoneNumberID, "/?#+ ") {
		return nil, settings.Refuse("settings.phone_number_id", "must be the number's id (digits), not the phone number itself")
	}
	preview := settings.Value("preview_url", "auto")
	if preview != "auto" && preview != "always" && preview != "never" {
		return nil, settings.Refuse("settings.preview_url", "must be auto, always or never")
	}
	marksRead, err := settings.MarksRead()
	if err != nil {
		return nil, err
	}
	return &Wire{settings: settings, phoneNumberID: phoneNumberID, wabaID: settings.Value("waba_id", ""), preview: preview, marksRead: marksRead}, nil
}

// PhoneNumberID is the number's id at Meta.
func (w *Wire) PhoneNumberID() string { return w.phoneNumberID }

// Capabilities implements channel.Sender.
func (w *Wire) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.WhatsApp)
	limits.Idempotency, limits.Departs = channel.EchoesRef, true
	limits.Links, limits.Locations, limits.Forms, limits.Reactions = true, true, true, true
	return limits
}

// Classify implements channel.Classifier. A code nobody has heard of is taken
// for a request that will never work: retrying it could repeat a message.
func (w *Wire) Classify(code string) channel.Class {
	if class, known := whatsapp.ClassOf(code); known {
		return class
	}
	return channel.FixRequest
}

// OneRecipient implements channel.PersonLimiter: the limit of one number to one person.
func (w *Wire) OneRecipient(code string) bool { return code == pairLimit }

// Encode is the body of the request for one message.
func (w *Wire) Encode(out channel.Outbound) ([]byte, error) {
	body, err := w.body(out)
	if err != nil {
		return nil, err
	}
	return channel.Encode(body)
}

// Read is what the answer to a message means.
func (w *Wire) Read(answer *channel.Answer) (channel.Receipt, error) {
	if !answer.Succeeded() {
		return channel.Receipt{}, explain(answer)
	}
	return receipt(answer)
}

// Decode reads a webhook call that the door has let in. Meta calls at least once,
// in any order and in batches of up to 1,000 updates; whatever we do not know
// becomes an OtherEvent, because an answer other than 200 makes Meta repeat the
// whole batch for days.
func (w *Wire) Decode(body []byte) []engine.InboundEvent {
	batch := &batch{webhook.NewBatch(w.settings, engine.WhatsApp), w}
	var envelope struct {
		Entry []json.RawMessage `json:"entry"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		batch.Other(body)
		return batch.Events()
	}
	for _, raw := range envelope.Entry {
		var e entry
		if json.Unmarshal(raw, &e) != nil {
			batch.Other(raw)
			continue
		}
		for _, raw := range e.Changes {
			c := change{entry: e, raw: raw}
			if json.Unmarshal(raw, &c) != nil {
				batch.Other(raw)
				continue
			}
			batch.change(c)
		}
	}
	return batch.Events()
}
