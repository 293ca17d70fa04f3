package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"jornada/engine"
)

func integrationStates(t *testing.T, open Open) {
	w := begin(t, open)
	wa := &engine.Integration{ID: "wa", Provider: "meta", Channel: engine.WhatsApp, Name: "Recepção", Settings: map[string]string{}, Secrets: map[string]string{"token": "a"}}
	must(w.PutIntegration(w.ctx, wa))
	set := func(c engine.IntegrationChange) bool { return must(w.SetIntegrationState(w.ctx, "wa", c)) }
	get := func() *engine.Integration { return must(w.Integration(w.ctx, "wa")) }
	told := func() string {
		list, _, err := w.Notices(w.ctx, time.Time{}, 0, "")
		ok(t, err)
		var words []string
		for _, n := range list {
			word := strings.TrimPrefix(string(n.Kind), "channel.")
			if n.ResolvedAt == nil {
				word += "!"
			}
			words = append(words, word)
		}
		return strings.Join(words, " ")
	}
	begun := get()
	w.clock.Advance(time.Minute)
	same(t, "a change", set(engine.IntegrationChange{State: engine.NeedsReconnect, Note: "expired", AsOf: begun.UpdatedAt}), true)
	same(t, "since", *get().StateSince, get().UpdatedAt)
	same(t, "told", told(), "needs_reconnect!")
	same(t, "news of before the change", set(engine.IntegrationChange{State: engine.Limited, AsOf: begun.UpdatedAt}), false)
	same(t, "the same again", set(engine.IntegrationChange{State: engine.NeedsReconnect, Note: "still"}), false)
	same(t, "note", get().StateNote, "still")
	same(t, "from another state", set(engine.IntegrationChange{State: engine.Enabled, From: engine.Limited}), false)
	same(t, "told once", told(), "needs_reconnect!")
	list, _, _ := w.Notices(w.ctx, time.Time{}, 0, "")
	same(t, "notice", fmt.Sprintf("%s %s %s %s", list[0].IntegrationID, list[0].Channel, list[0].Name, list[0].Cause), "wa whatsapp Recepção expired")

	// New credentials: the notice is settled, and what an old call finds out later
	// changes nothing.
	late := get()
	fresh := get()
	fresh.State, fresh.StateNote, fresh.Secrets = engine.Enabled, "", map[string]string{"token": "b"}
	must(w.PutIntegration(w.ctx, fresh))
	same(t, "settled", told(), "needs_reconnect")
	same(t, "an old call's news", set(engine.IntegrationChange{State: engine.NeedsReconnect, AsOf: late.UpdatedAt}), false)
	same(t, "state", get().State, engine.Enabled)

	// What an administrator does is no news to them.
	same(t, "switched off", set(engine.IntegrationChange{State: engine.Disabled, By: "maria"}), true)
	same(t, "switched on", set(engine.IntegrationChange{State: engine.Enabled, By: "maria"}), true)
	same(t, "not told", told(), "needs_reconnect")

	// A limit, tried by one.
	resume := w.clock.Now().Add(time.Minute)
	set(engine.IntegrationChange{State: engine.Limited, ResumeAt: &resume})
	before := get().UpdatedAt
	same(t, "too early", must(w.TakeProbe(w.ctx, "wa", resume)), false)
	w.clock.Advance(time.Minute)
	then := w.clock.Now().Add(time.Minute)
	same(t, "the first", must(w.TakeProbe(w.ctx, "wa", then)), true)
	same(t, "the second", must(w.TakeProbe(w.ctx, "wa", then)), false)
	same(t, "what the probe finds counts", get().UpdatedAt, before)
	same(t, "works again", set(engine.IntegrationChange{State: engine.Enabled, From: engine.Limited}), true)
	same(t, "told both", told(), "enabled limited needs_reconnect")
	same(t, "no limit, no probe", must(w.TakeProbe(w.ctx, "wa", then)), false)
	since, _, _ := w.Notices(w.ctx, w.clock.Now(), 0, "")
	same(t, "since", len(since), 1)
	page, next, err := w.Notices(w.ctx, time.Time{}, 2, "")
	ok(t, err)
	rest, end, err := w.Notices(w.ctx, time.Time{}, 2, next)
	ok(t, err)
	same(t, "pages", fmt.Sprintf("%d %d %q", len(page), len(rest), end), `2 1 ""`)

	// Throttled: the latest moment counts, since the first.
	now := w.clock.Now()
	same(t, "throttled since", must(w.Throttle(w.ctx, "wa", now.Add(10*time.Second))), now)
	w.clock.Advance(time.Second)
	same(t, "still since", must(w.Throttle(w.ctx, "wa", now.Add(5*time.Second))), now)
	same(t, "until", *get().ThrottledUntil, now.Add(10*time.Second))
	same(t, "no change of the driver", get().UpdatedAt.After(now), false)
	must(w.Throttle(w.ctx, "wa", time.Time{}))
	same(t, "over", get().ThrottledSince == nil && get().ThrottledUntil == nil, true)
	_, err = w.Throttle(w.ctx, "nobody", now)
	refused(t, err, engine.NotFound)
}

func parkedMessages(t *testing.T, open Open) {
	w := begin(t, open)
	now := w.clock.Now()
	put := func(id string, ch engine.Channel, through engine.IntegrationID, parked bool) *engine.Message {
		m := &engine.Message{ID: engine.MessageID(id), EnrollmentID: engine.EnrollmentID("e" + id), StepID: "s", ContactID: "ana",
			IntegrationID: through, Channel: ch, Status: engine.Queued, CreatedAt: now}
		if parked {
			at := w.clock.Advance(time.Second)
			m.ParkedAt = &at
		}
		must(w.InsertMessage(w.ctx, m))
		return m
	}
	put("a", engine.WhatsApp, "wa", true)
	put("b", engine.WhatsApp, "wb", true)
	put("c", engine.WhatsApp, "wa", true)
	put("d", engine.SMS, "sms", true)
	held := put("e", engine.WhatsApp, "wa", false)
	take := func(ch engine.Channel, limit int, through ...engine.IntegrationID) string {
		var ids []string
		for _, m := range must(w.TakeParked(w.ctx, ch, through, limit)) {
			ids = append(ids, string(m.ID))
		}
		return strings.Join(ids, " ")
	}
	same(t, "of another integration", take(engine.WhatsApp, 5, "wb"), "b")
	same(t, "the longest waiting first", take(engine.WhatsApp, 1), "a")
	same(t, "the rest", take(engine.WhatsApp, 5), "c")
	same(t, "once", take(engine.WhatsApp, 5), "")
	same(t, "another channel", take(engine.SMS, 5, "sms", "other"), "d")

	held.ParkedAt = &now
	ok(t, w.UpdateQueued(w.ctx, held))
	same(t, "claimed", must(w.ClaimMessage(w.ctx, "e", "t1")), true)
	same(t, "a claimed message does not wait", take(engine.WhatsApp, 5), "")
	same(t, "given back", must(w.FinishMessage(w.ctx, "e", "t1", engine.MessageUpdate{Status: engine.Queued, At: now, Parked: true, Uncounted: true})), true)
	same(t, "a refused one does", take(engine.WhatsApp, 5), "e")
	must(w.ClaimMessage(w.ctx, "e", "t2"))
	must(w.FinishMessage(w.ctx, "e", "t2", engine.MessageUpdate{Status: engine.Queued, At: now, Parked: true}))
	must(w.RaiseStatus(w.ctx, "e", engine.MessageUpdate{Status: engine.Skipped, At: now, Reason: "expired"}))
	same(t, "an ended one does not", take(engine.WhatsApp, 5), "")
}

func messagesAgain(t *testing.T, open Open) {
	w := begin(t, open)
	now := w.clock.Now()
	must(w.InsertMessage(w.ctx, &engine.Message{ID: "a", EnrollmentID: "e", StepID: "s", ContactID: "ana", Channel: engine.SMS, Status: engine.Queued, CreatedAt: now}))
	due := func() string {
		var ids []string
		for _, m := range must(w.DueAgain(w.ctx, 5)) {
			ids = append(ids, string(m.ID))
		}
		return strings.Join(ids, " ")
	}
	ok(t, w.PutOffAgain(w.ctx, "a", now))
	same(t, "nobody decided so", due(), "")
	must(w.ClaimMessage(w.ctx, "a", "t1"))
	again := engine.MessageUpdate{Status: engine.Queued, At: now, AgainAt: &now, NeverTaken: true}
	same(t, "not with another token", must(w.FinishMessage(w.ctx, "a", "t0", again)), false)
	same(t, "given back", must(w.FinishMessage(w.ctx, "a", "t1", again)), true)
	same(t, "once", must(w.FinishMessage(w.ctx, "a", "t1", again)), false)
	same(t, "due", due(), "a")
	ok(t, w.PutOffAgain(w.ctx, "a", now.Add(time.Minute)))
	same(t, "put off", due(), "")
	w.clock.Advance(time.Minute)
	same(t, "due later", due(), "a")
	m := must(w.Message(w.ctx, "a"))
	m.Reason = "held"
	ok(t, w.UpdateQueued(w.ctx, m))
	same(t, "the gate's word changes nothing", due(), "a")
	same(t, "counted", must(w.Message(w.ctx, "a")).SentAgain, 1)
	must(w.ClaimMessage(w.ctx, "a", "t2"))
	same(t, "claimed", due(), "")
	same(t, "refused for a while", must(w.FinishMessage(w.ctx, "a", "t2", engine.MessageUpdate{Status: engine.Queued, At: now, AgainAt: &now})), true)
	same(t, "due again", due(), "a")
	same(t, "which is not counted", must(w.Message(w.ctx, "a")).SentAgain, 1)

	must(w.InsertMessage(w.ctx, &engine.Message{ID: "b", EnrollmentID: "e", StepID: "t", ContactID: "ana", Channel: engine.SMS, Status: engine.Queued, CreatedAt: now}))
	cancel := engine.MessageUpdate{Status: engine.Skipped, At: now, Reason: "canceled"}
	ok(t, w.CancelQueued(w.ctx, "e", cancel, true))
	same(t, "what is to be sent once more is spared", due(), "a")
	same(t, "and nothing else", must(w.Message(w.ctx, "b")).Status, engine.Skipped)
	ok(t, w.CancelQueued(w.ctx, "e", cancel, false))
	same(t, "not spared", due(), "")
}
