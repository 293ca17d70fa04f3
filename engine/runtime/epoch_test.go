package runtime

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// remembered is where epochs are told, in memory.
type remembered struct {
	mu    sync.Mutex
	known map[string]int64
	away  bool
}

func (r *remembered) Known(_ context.Context, database string) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away {
		return 0, errors.New("Temporal is away")
	}
	return r.known[database], nil
}

func (r *remembered) Tell(_ context.Context, e engine.Epoch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away {
		return errors.New("Temporal is away")
	}
	r.known[e.Database] = e.N
	return nil
}

// boot is a process that begins on the world's database.
func (w *world) boot(epochs Epochs) (*Runtime, error) {
	w.Helper()
	rt := w.process(w.db)
	rt.Epochs = epochs
	return rt, rt.epochLoop(w.ctx)
}

// racing lets another process move the epoch on while one asks Temporal for it.
type racing struct {
	*remembered
	meanwhile func()
}

func (r *racing) Known(ctx context.Context, database string) (int64, error) {
	r.meanwhile()
	return r.remembered.Known(ctx, database)
}

// Processes that start at the same moment are no restored backup.
func TestProcessesThatStartTogetherStopNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		told := &remembered{known: map[string]int64{}}
		_, err := w.boot(told)
		require.NoError(t, err)
		rt, err := w.boot(&racing{told, func() {
			_, err := w.boot(told)
			require.NoError(t, err)
		}})
		require.NoError(t, err)
		h, err := rt.Restored(w.ctx)
		require.NoError(t, err)
		require.Nil(t, h)
	})
}

func TestARestoredDatabaseIsNoticedAtTheStart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		told := &remembered{known: map[string]int64{}}
		for range 3 { // starts and minutes as they should be
			rt, err := w.boot(told)
			require.NoError(t, err)
			require.NoError(t, rt.epochLoop(w.ctx))
		}
		h, err := w.db.Halt(w.ctx)
		require.NoError(t, err)
		require.Nil(t, h)
		epoch, err := w.db.Epoch(w.ctx)
		require.NoError(t, err)
		require.EqualValues(t, 6, epoch.N)
		require.EqualValues(t, 6, told.known[epoch.Database])

		// Temporal has seen more than this copy has.
		told.known[epoch.Database] = 60
		told.away = true
		rt, err := w.boot(told)
		require.Error(t, err)
		require.False(t, rt.compared.Load(), "nobody acts before it is known")
		told.away = false
		require.NoError(t, rt.epochLoop(w.ctx))
		require.True(t, rt.compared.Load())
		_, err = w.boot(told)
		require.NoError(t, err)
		h, err = w.db.Halt(w.ctx)
		require.NoError(t, err)
		require.NotNil(t, h)
		require.EqualValues(t, 60, h.Known)
		list, _, err := w.db.Notices(w.ctx, time.Time{}, 0, "")
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, engine.NoticeRestored, list[0].Kind)
		c, bad := rt.haltHealth(w.ctx)
		require.True(t, bad)
		require.Contains(t, c.Message, "POST /api/v1/resume")

		// What waits is not let go, whatever the channel says.
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		w.settle()
		w.park(e, "msg_1", "wa")
		require.NoError(t, rt.resumeParked(w.ctx))
		require.Zero(t, w.resumes())

		require.NoError(t, rt.ResumeAfterRestore(w.ctx, "maria"))
		require.NoError(t, rt.resumeParked(w.ctx))
		require.Equal(t, 1, w.resumes())
		require.True(t, isCode(rt.ResumeAfterRestore(w.ctx, "maria"), engine.Conflict))
		_, bad = rt.haltHealth(w.ctx)
		require.False(t, bad)
		log, _, err := w.db.AuditLog(w.ctx, 1, "")
		require.NoError(t, err)
		require.Equal(t, "sending.resumed", log[0].Action)
		require.Equal(t, "maria", log[0].Actor)
		list, _, err = w.db.Notices(w.ctx, time.Time{}, 0, "")
		require.NoError(t, err)
		require.NotNil(t, list[0].ResolvedAt)
		// From here on this copy is the truth: the next start is an ordinary one.
		_, err = w.boot(told)
		require.NoError(t, err)
		h, err = w.db.Halt(w.ctx)
		require.NoError(t, err)
		require.Nil(t, h)
	})
}

// Two processes on one database move the epoch on beside each other, never back.
func TestEpochsOfTwoProcesses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var g sync.WaitGroup
		for range 4 {
			g.Go(func() {
				for range 10 {
					if _, err := w.db.AdvanceEpoch(w.ctx, 0); err != nil {
						t.Error(err)
					}
				}
			})
		}
		g.Wait()
		epoch, err := w.db.Epoch(w.ctx)
		require.NoError(t, err)
		require.EqualValues(t, 40, epoch.N)
	})
}

// A status of a message that the database has forgotten leaves a row, so that
// whoever would send the message again finds that it went out.
func TestNewsOfAForgottenMessage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		w.settle()
		id := engine.MessageIDFor(e, "q", 0, 0, 0)
		status := func(ref string, st engine.MessageStatus) string {
			return w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: "wa", Channel: engine.WhatsApp,
				Status: &engine.IncomingStatus{Ref: ref, ProviderID: "wamid.X", Status: st}})
		}
		require.Equal(t, "unknown_message", status("somebody-elses", engine.Sent))
		require.Equal(t, "unknown_message", status(string(id), engine.Sent))
		require.Equal(t, "applied", status(string(id), engine.Delivered), "the next news finds it")
		m := &engine.Message{ID: id, EnrollmentID: e, JourneyID: "confirm", StepID: "q", ContactID: "ana", IntegrationID: "wa", Channel: engine.WhatsApp,
			To: engine.Address{Kind: engine.Phone, Value: anaPhone}, Content: engine.Content{Text: "?"}, Status: engine.Queued, Notify: true, CreatedAt: w.clock.Now()}
		existing, err := w.db.InsertMessage(w.ctx, m)
		require.NoError(t, err)
		require.NotNil(t, existing, "it is not sent again")
		require.Equal(t, engine.Delivered, existing.Status)
		require.Equal(t, e, existing.EnrollmentID)
		require.Equal(t, "ana", string(existing.ContactID))
		require.True(t, existing.Notify)
		existing, err = w.db.InsertMessage(w.ctx, m)
		require.NoError(t, err)
		require.Equal(t, engine.Delivered, existing.Status)
	})
}
