package runtime

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
	"jornada/workflows"
)

// An enrollment whose workflow somebody ended does not stay active for ever.
func TestAnEnrollmentWithoutAWorkflowIsQuarantined(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids := w.someEnrollments(12)
		killed, back, well := ids[0], ids[1], ids[2]
		for _, id := range []engine.EnrollmentID{killed, back} {
			w.server.closed[workflows.WorkflowID(id)] = true
		}
		// What it was still told waits in the outbox, and must not keep it alive.
		require.NoError(t, w.rt.inTx(w.ctx, func(ctx context.Context) error {
			e, err := w.db.Enrollment(ctx, killed)
			require.NoError(t, err)
			return w.rt.tellEnrollment(ctx, e, workflows.Signal{ID: "news", Kind: workflows.SignalContactChanged})
		}))
		counts, err := w.db.Counts(w.ctx)
		require.NoError(t, err)
		require.EqualValues(t, 1, counts.PendingOutbox)

		w.server.setAway(true)
		require.ErrorContains(t, w.rt.seekOrphans(w.ctx), "asking Temporal about enrollment")
		w.server.setAway(false)
		require.NoError(t, w.rt.seekOrphans(w.ctx))
		require.Equal(t, engine.Active, w.statusOf(killed), "one look may have been too early")
		w.server.closed[workflows.WorkflowID(back)] = false
		require.NoError(t, w.rt.seekOrphans(w.ctx))
		require.NoError(t, w.rt.seekOrphans(w.ctx))
		for id, want := range map[engine.EnrollmentID]engine.EnrollmentStatus{killed: engine.Quarantine, back: engine.Active, well: engine.Active} {
			require.Equal(t, want, w.statusOf(id))
		}
		e, err := w.db.Enrollment(w.ctx, killed)
		require.NoError(t, err)
		require.Contains(t, e.Reason, "Temporal has no open workflow for this enrollment any more")
		w.clock.Advance(time.Minute)
		w.settle()
		counts, err = w.db.Counts(w.ctx)
		require.NoError(t, err)
		require.Zero(t, counts.PendingOutbox)
	})
}

// A start that Temporal has not taken yet is no orphan.
func TestAnEnrollmentThatBeginsIsNoOrphan(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana") // nothing of the outbox is delivered yet
	for range 4 {
		require.NoError(t, w.rt.seekOrphans(w.ctx))
	}
	require.Equal(t, engine.Active, w.statusOf(e))
}

// Another Temporal, or one whose database was lost, ends nobody.
func TestATemporalThatKnowsNobodyEndsNobody(t *testing.T) {
	w := onFile(t)
	ids := w.someEnrollments(orphansLook + 20)
	started := w.server.started
	w.server.started = map[string]workflows.JourneyInput{}
	for range 8 {
		require.NoError(t, w.rt.seekOrphans(w.ctx))
	}
	for _, id := range ids {
		require.Equal(t, engine.Active, w.statusOf(id))
	}
	health, bad := w.rt.journeysHealth()
	require.True(t, bad)
	require.Contains(t, health.Message, "unknown to Temporal")
	// The right one again.
	w.server.started = started
	for range 8 {
		require.NoError(t, w.rt.seekOrphans(w.ctx))
	}
	_, bad = w.rt.journeysHealth()
	require.False(t, bad)
}
