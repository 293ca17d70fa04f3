package runtime

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
	"jornada/engine/store/storetest"
	"jornada/workflows"
)

// fast is a clock with an anchor of the test's.
type fast struct {
	*storetest.Clock
	anchor engine.Anchor
}

func (f fast) Anchor() engine.Anchor { return f.anchor }

func (w *world) moveClock(a engine.Anchor) fast {
	a.Real = w.clock.Now()
	return fast{w.clock, a}
}

func TestAMovedClockIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		w.settle()
		require.NoError(t, w.rt.tellClock(w.ctx))
		require.Empty(t, w.server.kinds(e), "real time is what workflows assume")
		w.rt.Clock = w.moveClock(engine.Anchor{Virtual: w.clock.Now().AddDate(0, 1, 0), Speed: 1440})
		for range 4 { // once to tell, once to see that nobody is left, and then nothing
			require.NoError(t, w.rt.tellClock(w.ctx))
		}
		require.Equal(t, []string{"clock"}, w.server.kinds(e))
		require.InDelta(t, 1440, w.server.signals(e)[0].Anchor.Speed, 0)
		require.Equal(t, 24*time.Minute, w.rt.virtual(time.Second))

		// Another process sees in the table that everybody knows.
		other := w.process(w.db)
		other.Clock = w.rt.Clock
		require.NoError(t, other.tellClock(w.ctx))
		require.Len(t, w.server.kinds(e), 1)

		// Moved again, and back to real time.
		w.clock.Advance(time.Minute)
		w.rt.Clock = w.moveClock(engine.Anchor{Virtual: w.clock.Now().AddDate(1, 0, 0), Speed: 1})
		require.NoError(t, w.rt.tellClock(w.ctx))
		require.Len(t, w.server.kinds(e), 2)
		w.rt.Clock = w.clock
		for range 2 {
			require.NoError(t, w.rt.tellClock(w.ctx))
		}
		require.Len(t, w.server.kinds(e), 3)
		require.Zero(t, w.server.signals(e)[2].Anchor.Speed)
	})
}

// Whoever is being started while the clock is moved begins with the new one, or
// is told at the second look.
func TestAStartedEnrollmentKnowsTheClock(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	unborn := w.enroll("confirm", "ana") // recorded with the old clock, not started yet
	w.rt.Clock = w.moveClock(engine.Anchor{Virtual: w.clock.Now().AddDate(0, 1, 0), Speed: 1})
	require.NoError(t, w.rt.tellClock(w.ctx))
	w.settle()
	require.True(t, w.server.started[workflows.WorkflowID(unborn)].Anchor.Equal(w.rt.Clock.Anchor()))

	// A process that has not noticed starts one after the first look.
	old := w.process(w.db)
	w.contact("bia", "+5511987650000")
	w.clock.Advance(time.Minute)
	w.rt.Clock = w.moveClock(engine.Anchor{Virtual: w.clock.Now().AddDate(0, 2, 0), Speed: 1})
	require.NoError(t, w.rt.tellClock(w.ctx))
	res, err := old.Enroll(w.ctx, EnrollRequest{JourneyID: "confirm", ContactID: "bia"})
	require.NoError(t, err)
	_, err = old.FlushOnce(w.ctx)
	require.NoError(t, err)
	require.True(t, w.server.started[workflows.WorkflowID(res.EnrollmentID)].Anchor.Equal(engine.Anchor{}))
	for range 3 {
		require.NoError(t, w.rt.tellClock(w.ctx))
	}
	require.Equal(t, []string{"clock"}, w.server.kinds(res.EnrollmentID))
}

// With Temporal away the news waits, and of several processes one tells.
func TestOneProcessTellsTheClock(t *testing.T) {
	w := onFile(t)
	w.publish(askJourney("confirm"))
	const people = 700 // more than a page
	for i := range people {
		id := fmt.Sprintf("p%04d", i)
		w.contact(id, fmt.Sprintf("+55119%08d", 10_000_000+i))
		w.enroll("confirm", id)
	}
	w.settle()
	clock := w.moveClock(engine.Anchor{Virtual: w.clock.Now().AddDate(0, 1, 0), Speed: 1})
	w.rt.Clock = clock
	w.server.setAway(true)
	require.Error(t, w.rt.tellClock(w.ctx))
	w.server.setAway(false)
	var g sync.WaitGroup
	for range 4 {
		p := w.process(w.db)
		p.Clock = clock
		g.Go(func() {
			for range 3 {
				if err := p.tellClock(w.ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	require.Zero(t, w.server.heardCount(), "the one that began goes on: its slot is not over")
	for range 2 {
		require.NoError(t, w.rt.tellClock(w.ctx))
	}
	require.Equal(t, people, w.server.heardCount())

	// It dies in the middle of the next news: when its slot is over, another tells.
	w.clock.Advance(time.Hour)
	clock = w.moveClock(engine.Anchor{Virtual: w.clock.Now().AddDate(0, 3, 0), Speed: 1})
	w.rt.Clock = clock
	w.server.setAway(true)
	require.Error(t, w.rt.tellClock(w.ctx))
	w.server.setAway(false)
	p := w.process(w.db)
	p.Clock = clock
	require.NoError(t, p.tellClock(w.ctx))
	require.Equal(t, people, w.server.heardCount())
	w.clock.Advance(clockSlot)
	require.NoError(t, p.tellClock(w.ctx))
	require.Equal(t, 2*people, w.server.heardCount())
}
