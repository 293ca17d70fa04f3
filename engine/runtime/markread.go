package runtime

import (
	"context"
	"time"

	"jornada/engine"
)

const (
	// markAtOnce bounds the messages that are being marked as read at once. As many
	// wait; beyond them they stay unmarked: a tick is not worth a queue.
	markAtOnce = 16
	// markTimeout is how long a provider may take over one, in real time.
	markTimeout = 5 * time.Second
)

// markRead shows the person that their message was read, when a journey took it:
// as its answer, as an answer that fits nothing, or as its start. What people have
// to read stays unread until they do.
//
// It happens once, after the event was worked off for good: whoever finishes an event
// is one process, and a repeated webhook is no new event. A process that dies in
// between leaves the message unmarked, and so does a provider that refuses.
func (r *Runtime) markRead(ev *engine.InboundEvent, result string) {
	if r.MarkRead == nil || ev.Kind != engine.InboundMessage || ev.Message == nil || ev.Message.ProviderID == "" || ev.IntegrationID == "" {
		return
	}
	switch result {
	case resultAnswered, resultUnmatched, resultStarted:
	default:
		return
	}
	if r.marks.room() == 0 {
		return
	}
	r.marks.submit(string(ev.ID), func() {
		ctx, cancel := context.WithTimeout(context.Background(), markTimeout)
		defer cancel()
		if err := r.MarkRead(ctx, ev.IntegrationID, ev.Message.ProviderID); err != nil {
			r.Logger.InfoContext(ctx, "a message could not be marked as read", "event", ev.ID, "integration", ev.IntegrationID, "error", err)
		}
	})
}
