package runtime

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"jornada/engine"
	"jornada/workflows"
)

func TestPausingAJourneyTellsItsEnrollments(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana")
	// Paused before its workflow began: it begins paused.
	require.NoError(t, w.rt.PauseJourney(w.ctx, "confirm"))
	w.settle()
	require.True(t, w.server.started[workflows.WorkflowID(e)].Paused)
	require.NoError(t, w.rt.ResumeJourney(w.ctx, "confirm"))
	w.settle()
	require.Equal(t, []string{"pause", "unpause"}, w.server.kinds(e))
	require.True(t, isCode(w.rt.PauseJourney(w.ctx, "nope"), engine.NotFound))
}

func TestErasingAContact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ana := w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		w.publish(askJourney("later"))
		e := w.enroll("confirm", "ana")
		w.settle()
		w.ask(e, "q")
		unborn := w.enroll("later", "ana") // its start is still in the outbox
		require.NoError(t, w.rt.EraseContact(w.ctx, "ana"))
		_, err := w.db.DataKey(w.ctx, ana.KeyID)
		require.True(t, isCode(err, engine.NotFound), "%v", err)
		w.settle()
		require.Contains(t, w.server.terminated, workflows.WorkflowID(e))
		require.NotContains(t, w.server.started, workflows.WorkflowID(unborn), "what can no longer be read is not started")
		for _, id := range []engine.EnrollmentID{e, unborn} {
			en, err := w.db.Enrollment(w.ctx, id)
			require.NoError(t, err)
			require.Equal(t, engine.Unenrolled, en.Status)
			require.Equal(t, "erased", en.Outcome)
		}
		wait, err := w.db.Wait(w.ctx, engine.WaitIDFor(e, "q", 0))
		require.NoError(t, err)
		require.Equal(t, engine.WaitCancelled, wait.State)
		counts, err := w.db.Counts(w.ctx)
		require.NoError(t, err)
		require.Zero(t, counts.PendingOutbox)
		require.NoError(t, w.rt.EraseContact(w.ctx, "ana"), "erasing again is harmless")
		// Whoever writes from that number later is a stranger.
		require.Equal(t, "unclaimed", w.deliver(writes(anaWAID, "oi")))
	})
}

func TestResolvingAHandoff(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana")
	_, err := w.db.OpenHandoff(w.ctx, &engine.Handoff{ID: "hnd_1", EnrollmentID: e, StepID: "q", ContactID: "ana", Queue: "reception", State: "open", OpenedAt: w.clock.Now()})
	require.NoError(t, err)
	err = w.rt.ResolveHandoff(w.ctx, "hnd_1", "maybe", "")
	require.True(t, isCode(err, engine.Invalid), "%v", err)
	require.NoError(t, w.rt.ResolveHandoff(w.ctx, "hnd_1", "", "remarcada para sexta"))
	require.True(t, isCode(w.rt.ResolveHandoff(w.ctx, "hnd_1", "", ""), engine.Conflict))
	w.settle()
	heard := w.server.signals(e)
	require.Len(t, heard, 1)
	require.Equal(t, workflows.SignalHandoff, heard[0].Kind)
	require.Equal(t, "resolved", heard[0].Outcome)
	require.Equal(t, "remarcada para sexta", heard[0].Note)
}

func TestResolvingADoubt(t *testing.T) {
	for action, want := range map[string]engine.MessageStatus{ResolveSent: engine.Sent, ResolveFailed: engine.Failed, ResolveResend: engine.Failed} {
		t.Run(action, func(t *testing.T) {
			w := onFile(t)
			w.contact("ana", anaPhone)
			w.publish(askJourney("confirm"))
			e := w.enroll("confirm", "ana")
			en, err := w.db.Enrollment(w.ctx, e)
			require.NoError(t, err)
			m := &engine.Message{ID: "msg_1", EnrollmentID: e, JourneyID: en.JourneyID, StepID: "q", ContactID: "ana", IntegrationID: "wa",
				Channel: engine.WhatsApp, Status: engine.Queued, Notify: true, CreatedAt: w.clock.Now()}
			_, err = w.db.InsertMessage(w.ctx, m)
			require.NoError(t, err)
			require.True(t, isCode(w.rt.ResolveMessage(w.ctx, m.ID, action, "maria"), engine.Conflict) || action == ResolveResend)
			_, err = w.db.ClaimMessage(w.ctx, m.ID, "t")
			require.NoError(t, err)
			_, err = w.db.RaiseStatus(w.ctx, m.ID, engine.MessageUpdate{Status: engine.Unconfirmed, At: w.clock.Now()})
			require.NoError(t, err)
			var again *engine.Message
			w.rt.Resend = func(_ context.Context, m *engine.Message) error { again = m; return nil }
			require.NoError(t, w.rt.ResolveMessage(w.ctx, m.ID, action, "maria"))
			got, err := w.db.Message(w.ctx, m.ID)
			require.NoError(t, err)
			require.Equal(t, want, got.Status)
			require.Equal(t, action == ResolveResend, again != nil)
			log, _, err := w.db.AuditLog(w.ctx, 1, "")
			require.NoError(t, err)
			require.Equal(t, "message.resolved", log[0].Action)
			require.Equal(t, "maria", log[0].Actor)
			require.Equal(t, action, log[0].Detail["action"])
		})
	}
}

func TestStartAndStop(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	w.rt.Dispatch, w.rt.Poll = true, 5*time.Millisecond
	require.NoError(t, w.rt.Start(w.ctx))
	require.Error(t, w.rt.Start(w.ctx), "once")
	w.enroll("confirm", "ana")
	require.Eventually(t, func() bool { return w.server.startedCount() == 1 }, time.Minute, time.Millisecond)
	require.NoError(t, w.rt.Stop(w.ctx))
}

func TestAConfigThatCannotWorkSaysWhy(t *testing.T) {
	w := onFile(t)
	for want, c := range map[string]Config{
		"Client is missing":       {},
		"Store is missing":        {Client: w.server},
		"Clock is missing":        {Client: w.server, Store: w.db},
		"Register is missing":     {Client: w.server, Store: w.db, Clock: w.clock, Worker: true},
		"must be a client.Client": {Client: w.server, Store: w.db, Clock: w.clock, Worker: true, Register: func(worker.Registry) {}},
	} {
		_, err := New(c)
		require.ErrorContains(t, err, want)
	}
}
