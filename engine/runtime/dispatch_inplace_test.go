package runtime

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/activities/channel"
	"jornada/engine"
	"jornada/workflows"
)

// While another message takes the place of one that was refused late, the step goes on
// waiting, and what becomes of the other is news of the one it waits for.
func TestAStepWaitsForWhatStandsIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		w.settle()
		var asked []channel.Class
		w.rt.InPlace = func(_ context.Context, m *engine.Message, class channel.Class) (bool, error) {
			asked = append(asked, class)
			return m.Round() == 0, nil
		}
		said := func(id engine.MessageID, status engine.MessageStatus, codes ...string) string {
			w.clock.Advance(time.Second)
			return w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: "wa", Channel: engine.WhatsApp,
				Status: &engine.IncomingStatus{Ref: string(id), Status: status, ErrorCodes: codes}})
		}
		twin := func(step string) (first, second *engine.Message) {
			first = &engine.Message{ID: engine.MessageIDFor(e, step, 0, 0, 0), EnrollmentID: e, JourneyID: "confirm", StepID: step, ContactID: "ana", IntegrationID: "wa",
				Channel: engine.WhatsApp, Status: engine.Queued, Notify: true, CreatedAt: w.clock.Now()}
			other := *first
			other.Try = first.InPlace()
			other.ID = engine.MessageIDFor(e, step, 0, 0, other.Try)
			for _, m := range []*engine.Message{first, &other} {
				_, err := w.db.InsertMessage(w.ctx, m)
				require.NoError(t, err)
			}
			return first, &other
		}

		first, second := twin("q")
		require.Equal(t, "applied (another message takes its place)", said(first.ID, engine.Failed, "131000"))
		require.Equal(t, "stale", said(first.ID, engine.Failed, "131000"), "told twice")
		require.Empty(t, w.server.kinds(e), "its step waits for the other one")
		require.Equal(t, "applied", said(second.ID, engine.Delivered))
		require.Equal(t, []channel.Class{channel.RetryLater}, asked)
		heard := w.server.signals(e)
		require.Len(t, heard, 1)
		require.Equal(t, workflows.Signal{ID: "status/" + string(second.ID) + "/delivered", Kind: workflows.SignalStatus, At: heard[0].At,
			StepID: "q", Channel: engine.WhatsApp, Message: first.ID, Status: "delivered"}, heard[0])

		first, second = twin("q2")
		said(first.ID, engine.Failed, "131047")
		require.Len(t, w.server.signals(e), 1)
		require.Equal(t, "applied", said(second.ID, engine.Failed, "131026"), "and no third one")
		heard = w.server.signals(e)
		require.Len(t, heard, 2)
		require.Equal(t, first.ID, heard[1].Message)
		require.Equal(t, "failed unreachable", heard[1].Status+" "+heard[1].Reason)

		first, second = twin("q3")
		said(first.ID, engine.Failed, "131000")
		require.NoError(t, w.rt.Settled(w.ctx, second.ID))
		w.settle()
		require.Len(t, w.server.signals(e), 2, "it is still on its way")
		_, err := w.db.RaiseStatus(w.ctx, second.ID, engine.MessageUpdate{Status: engine.Skipped, At: w.clock.Now(), Reason: "opted_out"})
		require.NoError(t, err)
		for range 2 {
			require.NoError(t, w.rt.Settled(w.ctx, second.ID))
		}
		w.settle()
		heard = w.server.signals(e)
		require.Equal(t, "status/"+string(second.ID)+"/failed", heard[2].ID)
		require.Equal(t, first.ID, heard[2].Message)
		require.Equal(t, "failed opted_out", heard[2].Status+" "+heard[2].Reason)
	})
}
