package engine

import (
	"strings"
	"time"
)

// WhatsApp's customer service window: every message of a person opens it for 24
// hours, counted from the provider's timestamp of that message, per person and
// business number (developers.facebook.com, send-messages). Inside it anything
// may be said, outside it only approved templates.
const (
	ServiceWindowLength = 24 * time.Hour
	// ServiceWindowMargin is how much earlier we treat it as closed: a message
	// queued at the last second would arrive too late.
	ServiceWindowMargin = 5 * time.Minute
)

// WhatsApp's free entry point: who writes from an advertisement that opens the chat, or
// from a page's button, and is answered within a day, costs nothing for three days from
// that answer. It is about the price alone: own text still needs the service window
// (developers.facebook.com, pricing#free-entry-point-windows).
const (
	FreeEntryAnswerWithin = 24 * time.Hour
	FreeEntryLength       = 72 * time.Hour
)

// FreeEntry is one contact's coming to one number by a free entry point.
type FreeEntry struct {
	EnteredAt  time.Time // zero: never
	AnsweredAt time.Time // our first answer; zero: none yet
}

// Answered is the entry after a message of ours.
func (e FreeEntry) Answered(at time.Time) FreeEntry {
	if e.EnteredAt.IsZero() || !e.AnsweredAt.IsZero() || at.Before(e.EnteredAt) || at.Sub(e.EnteredAt) > FreeEntryAnswerWithin {
		return e
	}
	e.AnsweredAt = at
	return e
}

// EndsAt is until when messages are free; zero when they are not, or not yet.
func (e FreeEntry) EndsAt() time.Time {
	if e.AnsweredAt.IsZero() {
		return time.Time{}
	}
	return e.AnsweredAt.Add(FreeEntryLength)
}

// FreeAt reports whether a message costs nothing.
func (e FreeEntry) FreeAt(at time.Time) bool {
	return !e.AnsweredAt.IsZero() && !at.Before(e.AnsweredAt) && at.Before(e.EndsAt())
}

// OpensFreeEntry reports whether what a message says of where its author came from
// opens a free entry point: an advertisement, or a post or button of a page.
func OpensFreeEntry(referral map[string]any) bool {
	switch kind, _ := referral["source_type"].(string); strings.ToLower(kind) {
	case "ad", "post":
		return true
	case "":
		clicked, _ := referral["ctwa_clid"].(string)
		return clicked != ""
	}
	return false
}

// ServiceWindow is the window between one contact and one sender.
type ServiceWindow struct{ LastInboundAt time.Time }

// OpenAt reports whether free-form text may be sent, with the safety margin.
// A timestamp slightly ahead of our clock counts as now.
func (w ServiceWindow) OpenAt(now time.Time) bool {
	return !w.LastInboundAt.IsZero() && now.Before(w.ClosesAt().Add(-ServiceWindowMargin))
}

// ClosesAt is when the window closes, without margin; zero when the contact
// never wrote.
func (w ServiceWindow) ClosesAt() time.Time {
	if w.LastInboundAt.IsZero() {
		return time.Time{}
	}
	return w.LastInboundAt.Add(ServiceWindowLength)
}
