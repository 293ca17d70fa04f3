package runtime

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/activities"
	"jornada/engine"
	"jornada/workflows"
)

// With Temporal away everything is accepted, nothing is lost, and the enrollment
// hears it in order when Temporal is back.
func TestTemporalAway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(scheduledJourney())
		w.server.setAway(true)
		data := map[string]any{"appointment_id": "A1", "starts_at": "2026-03-11T14:00:00Z"}
		require.Contains(t, w.deliver(business("appointment.scheduled", "ana", data)), "started")
		active, err := w.db.ActiveOfContact(w.ctx, "ana")
		require.NoError(t, err)
		e := active[0].ID
		w.ask(e, "q")
		require.Contains(t, w.deliver(writes(anaWAID, "hein?")), "unmatched")
		require.Contains(t, w.deliver(writes(anaWAID, "sim")), "answered")
		w.deliver(business("appointment.cancelled", "ana", data))
		require.Zero(t, w.server.startedCount())
		for range 10 {
			w.clock.Advance(outboxRetryLimit)
			w.settle()
		}
		bad := map[string]string{}
		for _, c := range w.rt.Health(w.ctx) {
			if !c.OK {
				bad[c.Name] = c.Message
			}
		}
		require.Contains(t, bad["temporal"], "webhooks and the API keep accepting")
		require.Contains(t, bad["outbox"], "nothing is lost")
		_, err = w.rt.Explain(w.ctx, e)
		require.True(t, isCode(err, engine.Unavailable), "%v", err)

		w.server.setAway(false)
		w.clock.Advance(outboxRetryLimit)
		w.settle()
		require.Equal(t, []string{"reply", "reply", "event"}, w.server.kinds(e))
		for _, c := range w.rt.Health(w.ctx) {
			require.True(t, c.OK, "%s: %s", c.Name, c.Message)
		}
		x, err := w.rt.Explain(w.ctx, e)
		require.NoError(t, err)
		require.Equal(t, "active", string(x.Status))
	})
}

// What waited for Temporal goes out as soon as one item went through, and not
// when each one's own pause is over.
func TestTemporalIsBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.publish(askJourney("confirm"))
		w.server.setAway(true)
		people := 5
		for i := range people {
			id := fmt.Sprintf("c%d", i)
			w.contact(id, fmt.Sprintf("+551191234560%d", i))
			w.enroll("confirm", id)
		}
		for range 10 {
			w.clock.Advance(outboxRetryLimit)
			w.settle()
		}
		w.server.setAway(false)
		w.clock.Advance(canaryPause)
		w.settle()
		require.Equal(t, people, w.server.startedCount())
	})
}

func TestWhatTemporalAnswers(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana")
	// A start that went through unnoticed is refused the second time, and done.
	w.server.started[workflows.WorkflowID(e)] = workflows.JourneyInput{}
	w.settle()
	counts, err := w.db.Counts(w.ctx)
	require.NoError(t, err)
	require.Zero(t, counts.PendingOutbox)

	// A signal to an active enrollment without a workflow is kept...
	w.server.closed[workflows.WorkflowID(e)] = true
	w.ask(e, "q")
	w.deliver(writes(anaWAID, "sim"))
	w.clock.Advance(time.Minute)
	counts, err = w.db.Counts(w.ctx)
	require.NoError(t, err)
	require.Equal(t, int64(1), counts.PendingOutbox)
	// ...until the enrollment has ended, when it does not matter any more.
	_, err = w.db.EndEnrollment(w.ctx, e, engine.Completed, "completed", "")
	require.NoError(t, err)
	w.clock.Advance(time.Minute)
	w.settle()
	counts, err = w.db.Counts(w.ctx)
	require.NoError(t, err)
	require.Zero(t, counts.PendingOutbox)
}

// What lies in the outbox is unreadable without the contact's key.
func TestTheOutboxIsSealed(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana")
	w.settle()
	w.ask(e, "q")
	w.server.setAway(true)
	w.deliver(writes(anaWAID, "Sim"))
	items, err := w.db.ClaimOutbox(w.ctx, 10, time.Second)
	require.NoError(t, err)
	w.clock.Advance(time.Minute)
	if len(items) == 0 {
		items, err = w.db.ClaimOutbox(w.ctx, 10, time.Second)
		require.NoError(t, err)
	}
	require.Len(t, items, 1)
	require.NotContains(t, string(items[0].Payload), "Sim")
	c, err := w.db.Contact(w.ctx, "ana")
	require.NoError(t, err)
	require.Equal(t, c.KeyID, sealedWith(items[0].Payload))
}

// News of a sub-journey's ending is written by an activity, unsealed: ids only.
func TestNewsOfAChildIsUnderstood(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("parent"))
	e := w.enroll("parent", "ana")
	w.settle()
	payload, err := EncodeChildEnded(activities.ChildEnded{ID: "child/enr_1", Parent: e, StepID: "sub", Child: "enr_1", Status: engine.Exited, Outcome: "accepted"})
	require.NoError(t, err)
	require.NoError(t, w.db.Enqueue(w.ctx, &engine.OutboxItem{Kind: "signal", EnrollmentID: e, ContactID: "ana", Payload: payload}))
	w.settle()
	heard := w.server.signals(e)
	require.Len(t, heard, 1)
	require.Equal(t, workflows.SignalChild, heard[0].Kind)
	require.Equal(t, "accepted", heard[0].Outcome)
}

// An enrollment that must hear many things hears them one after the other, and
// does not wait for the next look at the table each time.
func TestAQueueOfNewsIsToldInOneGo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("parent"))
		e := w.enroll("parent", "ana")
		w.settle()
		const news = 25
		var want []string
		for i := range news {
			id := fmt.Sprintf("child/enr_%d", i)
			want = append(want, id)
			payload, err := EncodeChildEnded(activities.ChildEnded{ID: id, Parent: e, StepID: "sub", Child: "enr_1", Status: engine.Exited, Outcome: "accepted"})
			require.NoError(t, err)
			require.NoError(t, w.db.Enqueue(w.ctx, &engine.OutboxItem{Kind: "signal", EnrollmentID: e, ContactID: "ana", Payload: payload}))
		}
		rt := w.process(w.db)
		rt.Dispatch, rt.Poll = true, time.Hour
		require.NoError(t, rt.Start(w.ctx))
		defer func() { require.NoError(t, rt.Stop(w.ctx)) }()
		require.Eventually(t, func() bool { return len(w.server.signals(e)) == news }, time.Minute, time.Millisecond)
		var heard []string
		for _, s := range w.server.signals(e) {
			heard = append(heard, s.ID)
		}
		require.Equal(t, want, heard)
	})
}
