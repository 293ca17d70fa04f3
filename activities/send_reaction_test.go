package activities_test

import (
	"strings"
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

// hears writes down a message of Ana's, as a webhook does.
func (w *world) hears(id string, from engine.IntegrationID, m engine.IncomingMessage) {
	w.t.Helper()
	m.ProviderID = id
	w.must2(w.store.InsertEvent(w.ctx, &engine.InboundEvent{
		Key: id, Kind: engine.InboundMessage, IntegrationID: from, Channel: engine.WhatsApp, OccurredAt: w.clock.Now(), ReceivedAt: w.clock.Now(),
		From: []engine.Address{{Kind: engine.Phone, Value: "+5511987654321"}}, Message: &m,
	}))
	w.clock.Advance(time.Second)
}

// TestReactions: a reaction is put on the newest message that the contact wrote to the
// number that sends, and one without such a message is undelivered, not a failure.
func TestReactions(t *testing.T) {
	for name, c := range map[string]struct {
		emoji  string
		able   bool
		hears  func(*world)
		status activities.SendStatus
		reason string
		to     string
	}{
		"the newest message, not the reaction after it": {"👍", true, func(w *world) {
			w.wrote()
			w.hears("wamid.1", "wa", engine.IncomingMessage{Type: "text", Text: "Oi", OpensWindow: true})
			w.hears("wamid.2", "wa", engine.IncomingMessage{Type: "image", MediaID: "m", OpensWindow: true})
			w.hears("wamid.3", "wa", engine.IncomingMessage{Type: "reaction", ReactionTo: "wamid.x"})
			w.hears("wamid.4", "elsewhere", engine.IncomingMessage{Type: "text", Text: "Oi", OpensWindow: true})
		}, activities.SendAccepted, "", "wamid.2"},
		"taken back": {"", true, func(w *world) {
			w.wrote()
			w.hears("wamid.1", "wa", engine.IncomingMessage{Type: "text", Text: "Oi", OpensWindow: true})
		}, activities.SendAccepted, "", "wamid.1"},
		"nothing to react to": {"👍", true, func(w *world) { w.wrote() }, activities.SendUndelivered, activities.ReasonNoMessage, ""},
		"the window is closed": {"👍", true, func(w *world) {
			w.hears("wamid.1", "wa", engine.IncomingMessage{Type: "text", Text: "Oi", OpensWindow: true})
		}, activities.SendUndelivered, activities.ReasonWindowClosed, ""},
		"a provider without them": {"👍", false, func(w *world) { w.wrote() }, activities.SendUndelivered, activities.ReasonFailed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t))
			w.wa.channel.Reactions = c.able
			w.plan.Nodes["thanks"].Send = &dsl.Send{Routes: []dsl.Route{{Channel: "whatsapp", Message: dsl.Message{Reaction: text(c.emoji)}}}}
			c.hears(w)
			r := w.expect(w.input("thanks"), c.status, c.reason)
			m := w.message(r.MessageID)
			if sent := w.wa.sent(); c.to == "" {
				if len(sent) != 0 || m.Status != engine.Skipped || m.ErrorDetail == "" {
					t.Errorf("%d calls, %s: %q", len(sent), m.Status, m.ErrorDetail)
				}
			} else if got := sent[0].Content.Reaction; got == nil || *got != (engine.Reaction{Emoji: c.emoji, To: c.to}) {
				t.Errorf("sent %s", pretty(sent[0].Content))
			}
			if !c.able && !strings.Contains(m.ErrorDetail, "sends no reactions") {
				t.Errorf("says %q", m.ErrorDetail)
			}
		})
	}
}
