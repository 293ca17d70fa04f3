package runtime

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// park leaves a message that waits for its channel, as the send gate does.
func (w *world) park(e engine.EnrollmentID, id string, through engine.IntegrationID) {
	w.Helper()
	now := w.clock.Now()
	_, err := w.db.InsertMessage(w.ctx, &engine.Message{ID: engine.MessageID(id), EnrollmentID: e, JourneyID: "confirm", StepID: "q", Visit: len(id) * 1000,
		Try: int(w.clock.Advance(time.Millisecond).UnixMilli() % 1_000_000), ContactID: "ana", IntegrationID: through,
		Channel: engine.WhatsApp, Status: engine.Queued, ParkedAt: &now, CreatedAt: now})
	require.NoError(w, err)
}

func (w *world) integration(id engine.IntegrationID, c engine.IntegrationChange) {
	w.Helper()
	_, err := w.db.SetIntegrationState(w.ctx, id, c)
	require.NoError(w, err)
}

func (w *world) resumes() (n int) {
	w.Helper()
	w.settle()
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	for _, signals := range w.server.heard {
		for _, s := range signals {
			if s.Kind == "resume" {
				n++
			}
		}
	}
	return n
}

// What waits for a channel goes on when it works again, so many a tick, each
// once, however many processes look and whichever of them dies.
func TestParkedMessagesGoOnAtAPace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		w.settle()
		const messages = 2*resumePace + 30
		for n := range messages {
			w.park(e, fmt.Sprintf("msg_%04d", n), "wa")
		}
		for _, st := range []engine.IntegrationState{engine.NeedsReconnect, engine.Disabled} {
			w.integration("wa", engine.IntegrationChange{State: st})
			require.NoError(t, w.rt.resumeParked(w.ctx))
			require.Zero(t, w.resumes(), "the channel is %s", st)
		}
		w.integration("wa", engine.IntegrationChange{State: engine.Enabled, By: "maria"})
		require.NoError(t, w.rt.ChannelChanged(w.ctx, "wa"))
		require.NoError(t, w.rt.resumeParked(w.ctx))
		require.Equal(t, resumePace, w.resumes())
		var g sync.WaitGroup
		for range 4 {
			p := w.process(w.db)
			g.Go(func() {
				if err := p.resumeParked(w.ctx); err != nil {
					t.Error(err)
				}
			})
		}
		g.Wait()
		require.Equal(t, messages, w.resumes(), "each once")
		require.NoError(t, w.rt.resumeParked(w.ctx))
		require.Equal(t, messages, w.resumes())
		// One that the gate parked in that very moment is found by the next look.
		w.park(e, "late", "wa")
		require.NoError(t, w.rt.resumeParked(w.ctx))
		require.Equal(t, messages+1, w.resumes())
	})
}

// A message waits for the integration it would leave by; when there is none, or
// not that one, the channel's default takes it.
func TestWhichIntegrationAMessageWaitsFor(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana")
	w.settle()
	_, err := w.db.PutIntegration(w.ctx, &engine.Integration{ID: "second", Provider: "fake", Channel: engine.WhatsApp, Settings: map[string]string{}, State: engine.Disabled})
	require.NoError(t, err)
	w.park(e, "own", "wa")
	w.park(e, "seconds", "second")
	w.park(e, "nobodys", "")
	w.integration("wa", engine.IntegrationChange{State: engine.NeedsReconnect})
	require.NoError(t, w.rt.resumeParked(w.ctx))
	require.Zero(t, w.resumes())
	w.integration("second", engine.IntegrationChange{State: engine.Enabled})
	require.NoError(t, w.rt.resumeParked(w.ctx))
	require.Equal(t, 1, w.resumes(), "its own integration works")
	w.integration("wa", engine.IntegrationChange{State: engine.Enabled})
	require.NoError(t, w.rt.resumeParked(w.ctx))
	require.Equal(t, 3, w.resumes())

	// While the provider asks for patience nobody is let go.
	w.park(e, "patient", "wa")
	_, err = w.db.Throttle(w.ctx, "wa", w.clock.Now().Add(10*time.Second))
	require.NoError(t, err)
	w.integration("second", engine.IntegrationChange{State: engine.Disabled})
	require.NoError(t, w.rt.resumeParked(w.ctx))
	require.Equal(t, 3, w.resumes())
	w.clock.Advance(10 * time.Second)
	require.NoError(t, w.rt.resumeParked(w.ctx))
	require.Equal(t, 4, w.resumes())
}

// After its rest a limited integration is offered to a few messages; when nobody
// tries it, its limit is over by itself, which is told once.
func TestALimitEndsByItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		w.settle()
		for n := range 3 * probes {
			w.park(e, fmt.Sprintf("msg_%04d", n), "wa")
		}
		at := w.clock.Now().Add(time.Hour)
		w.integration("wa", engine.IntegrationChange{State: engine.Limited, Note: "the platform's limit", ResumeAt: &at})
		require.NoError(t, w.rt.resumeParked(w.ctx))
		require.Zero(t, w.resumes())
		w.clock.Advance(time.Hour)
		for look := range 3 {
			require.NoError(t, w.rt.resumeParked(w.ctx))
			require.Equal(t, (look+1)*probes, w.resumes())
		}
		limited, err := w.db.Integration(w.ctx, "wa")
		require.NoError(t, err)
		require.Equal(t, engine.Limited, limited.State, "somebody may be about to try")
		w.clock.Advance(probeGrace)
		for range 2 {
			require.NoError(t, w.rt.resumeParked(w.ctx))
		}
		i, err := w.db.Integration(w.ctx, "wa")
		require.NoError(t, err)
		require.Equal(t, engine.Enabled, i.State)
		told, _, err := w.db.Notices(w.ctx, time.Time{}, 0, "")
		require.NoError(t, err)
		require.Len(t, told, 2)
		require.Equal(t, engine.NoticeEnabled, told[0].Kind)
		require.NotNil(t, told[1].ResolvedAt)
	})
}
