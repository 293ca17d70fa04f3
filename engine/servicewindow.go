package engine

import "time"

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
