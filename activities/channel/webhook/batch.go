package webhook

import (
	"crypto/sha256"
	"encoding/hex"

	"jornada/activities/channel"
	"jornada/engine"
)

// Batch gathers the events of one call, each key once.
type Batch struct {
	settings channel.Settings
	medium   engine.Channel
	events   []engine.InboundEvent
	seen     map[string]bool
}

// NewBatch begins a batch of one integration, on the channel that it carries.
func NewBatch(settings channel.Settings, medium engine.Channel) *Batch {
	return &Batch{settings: settings, medium: medium, seen: map[string]bool{}}
}

// Events are what came together.
func (b *Batch) Events() []engine.InboundEvent { return b.events }

// Add puts one event in; its time is the company's.
func (b *Batch) Add(e engine.InboundEvent) {
	if b.seen[e.Key] {
		return
	}
	b.seen[e.Key] = true
	e.IntegrationID, e.Channel = b.settings.IntegrationID, b.medium
	e.OccurredAt = b.settings.OccurredAt(e.OccurredAt)
	b.events = append(b.events, e)
}

// Other keeps what we do not understand.
func (b *Batch) Other(raw []byte) { b.Add(Other(raw)) }

// Other is an event of what we do not understand.
func Other(raw []byte) engine.InboundEvent {
	return engine.InboundEvent{Key: HashKey(raw), Kind: engine.OtherEvent, Raw: raw}
}

// HashKey is the key of an event that the company gave no id: the same bytes again
// have the same one.
func HashKey(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	return "hash:" + hex.EncodeToString(h.Sum(nil)[:16])
}
