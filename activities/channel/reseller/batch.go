package reseller

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// Batch collects the events of one webhook call, each key once.
type Batch struct {
	settings channel.Settings
	events   []engine.InboundEvent
	seen     map[string]bool
}

// NewBatch begins a batch of one integration, whose settings name the channel.
func NewBatch(settings channel.Settings) *Batch {
	return &Batch{settings: settings, seen: map[string]bool{}}
}

// Events are what came together.
func (b *Batch) Events() []engine.InboundEvent { return b.events }

// Add puts one event in; its time is the company's.
func (b *Batch) Add(e engine.InboundEvent) {
	if b.seen[e.Key] {
		return
	}
	b.seen[e.Key] = true
	e.IntegrationID, e.Channel = b.settings.IntegrationID, b.settings.Channel
	e.OccurredAt = b.settings.OccurredAt(e.OccurredAt)
	b.events = append(b.events, e)
}

// Other keeps what we do not understand.
func (b *Batch) Other(raw []byte) {
	b.Add(engine.InboundEvent{Key: Key(raw), Kind: engine.OtherEvent, Raw: raw})
}

// Key is the key of an event that the company gave no id: a repetition of the
// same bytes has the same.
func Key(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "hash:" + hex.EncodeToString(sum[:16])
}

// layouts are how these companies write a moment.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700"}

// Moment reads a time, zero when there is none to be read.
func Moment(t Text) time.Time {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, string(t)); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
