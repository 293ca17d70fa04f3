package runtime

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdklog "go.temporal.io/sdk/log"

	"jornada/engine"
	"jornada/workflows"
)

// watched gives the world's runtime a Watch and the logger that feeds it.
func (w *world) watching() sdklog.Logger {
	w.rt.Watch = NewWatch()
	w.rt.Watch.use(w.clock.Real)
	return sdklog.With(w.rt.Watch.Logger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))), "Namespace", "default")
}

// fails is what the SDK logs of a failed workflow task.
func fails(l sdklog.Logger, id engine.EnrollmentID, attempt int, cause string) {
	l.Error("Workflow panic", "WorkflowType", "Journey", "WorkflowID", workflows.WorkflowID(id), "RunID", "r", "Attempt", int32(attempt), "Error", cause, "StackTrace", "…")
}

func (w *world) someEnrollments(n int) []engine.EnrollmentID {
	w.Helper()
	w.publish(askJourney("confirm"))
	ids := make([]engine.EnrollmentID, n)
	for i := range ids {
		id := fmt.Sprintf("p%04d", i)
		w.contact(id, fmt.Sprintf("+55119%08d", 20_000_000+i))
		ids[i] = w.enroll("confirm", id)
	}
	w.settle()
	return ids
}

func (w *world) statusOf(id engine.EnrollmentID) engine.EnrollmentStatus {
	w.Helper()
	e, err := w.db.Enrollment(w.ctx, id)
	require.NoError(w, err)
	return e.Status
}

func TestWatchQuarantinesWhatKeepsFailing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		log := w.watching()
		ids := w.someEnrollments(6)
		broken, once, mended, program, away, call := ids[0], ids[1], ids[2], ids[3], ids[4], ids[5]
		for attempt := 1; attempt <= 4; attempt++ {
			w.server.attempts[workflows.WorkflowID(broken)] = int32(attempt)
			fails(log, broken, attempt, "nil pointer: +5511987654321")
			fails(log, mended, attempt, "nil pointer") // another process mended it: its task is not failing any more
			fails(log, program, attempt, "[TMPRL1100] unknown command")
			fails(log, away, attempt, workflows.NotNow+"fetching plan x: the database is away")
			for range 3 {
				log.Error("LocalActivity panic.", "WorkflowID", workflows.WorkflowID(call), "Attempt", int32(1), "PanicError", "index out of range")
			}
			if attempt == 1 {
				fails(log, once, attempt, "nil pointer")
			}
			w.clock.Advance(4 * time.Second)
			require.NoError(t, w.rt.watchOnce(w.ctx))
		}
		fails(log, "enr_nobody", 9, "x")
		log.Error("Workflow panic", "WorkflowID", "somebody else's", "Attempt", int32(9))
		log.Error("another line", "WorkflowID", workflows.WorkflowID(once))
		w.settle()
		for id, want := range map[engine.EnrollmentID]engine.EnrollmentStatus{
			broken: engine.Quarantine, call: engine.Quarantine, once: engine.Active, mended: engine.Active, program: engine.Active, away: engine.Active,
		} {
			require.Equal(t, want, w.statusOf(id), "%v", map[engine.EnrollmentID]string{once: "once", mended: "mended", program: "program", away: "away"}[id])
		}
		require.Contains(t, w.server.terminated, workflows.WorkflowID(broken))
		e, err := w.db.Enrollment(w.ctx, broken)
		require.NoError(t, err)
		require.Contains(t, e.Reason, "by a mistake in the program")
		require.NotContains(t, e.Reason, "987654321", "a panic may quote data")
		health, bad := w.rt.journeysHealth()
		require.True(t, bad)
		require.Contains(t, health.Message, "1 enrollments began with a release")
		log2, _, err := w.db.AuditLog(w.ctx, 10, "")
		require.NoError(t, err)
		require.Equal(t, "enrollment.quarantined", log2[0].Action)
		// Once the fault is gone, so is the alarm.
		w.clock.Advance(forgetFailing + time.Second)
		require.NoError(t, w.rt.watchOnce(w.ctx))
		_, bad = w.rt.journeysHealth()
		require.False(t, bad)
	})
}

// When very many fail at once it is no fault of single journeys: nobody is
// quarantined, and the alarm says so.
func TestWatchDoesNotEndEverybody(t *testing.T) {
	w := onFile(t)
	log := w.watching()
	ids := w.someEnrollments(quarantinesMost + 1)
	for _, id := range ids {
		w.server.attempts[workflows.WorkflowID(id)] = 3
		fails(log, id, 1, "nil pointer")
	}
	w.clock.Advance(failingFor)
	for _, id := range ids {
		fails(log, id, 3, "nil pointer")
	}
	require.NoError(t, w.rt.watchOnce(w.ctx))
	for _, id := range ids {
		require.Equal(t, engine.Active, w.statusOf(id))
	}
	health, bad := w.rt.journeysHealth()
	require.True(t, bad)
	require.Contains(t, health.Message, "too many to be their own fault")
}
