package activities_test

import (
	"testing"
	"time"

	"jornada/activities"
	"jornada/engine"
)

// A conversation stays on the number that the contact wrote to; when that one cannot
// send, the default number's own window counts, and not the other's.
func TestTheWindowOfTheNumberThatSends(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must2(w.store.PutIntegration(w.ctx, &engine.Integration{ID: "wa2", Provider: "fake", Channel: engine.WhatsApp, Settings: map[string]string{}, State: engine.Disabled}))
		n := 0
		fresh := func() activities.SendInput {
			n++
			in := w.input("thanks")
			in.Visit = n
			return in
		}
		w.must(w.store.TouchWindow(w.ctx, "ana", "wa2", engine.WhatsApp, w.clock.Now()))
		w.expect(fresh(), activities.SendUndelivered, activities.ReasonWindowClosed)
		w.wrote()
		w.clock.Advance(time.Hour)
		w.must(w.store.TouchWindow(w.ctx, "ana", "wa2", engine.WhatsApp, w.clock.Now()))
		r := w.expect(fresh(), activities.SendAccepted, "")
		if m := w.message(r.MessageID); m.IntegrationID != "wa" {
			t.Errorf("it went by %s", m.IntegrationID)
		}
		w.clock.Advance(23 * time.Hour)
		w.expect(fresh(), activities.SendUndelivered, activities.ReasonWindowClosed)
	})
}
