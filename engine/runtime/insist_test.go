package runtime

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// outage is a store whose database goes away while an event is worked on, and
// comes back after some attempts to write.
type outage struct {
	Store

	away   atomic.Bool
	writes atomic.Int32 // refused ones until it is back
}

var errAwayNow = engine.Errorf(engine.Unavailable, "the database is away")

func (o *outage) OpenWaits(ctx context.Context, c engine.ContactID, ch engine.Channel) ([]engine.Wait, error) {
	if o.away.Load() {
		return nil, errAwayNow
	}
	return o.Store.OpenWaits(ctx, c, ch)
}

func (o *outage) RetryEvent(ctx context.Context, id engine.EventID, at time.Time, cause string) error {
	if o.away.Load() && o.writes.Add(-1) > 0 {
		return errAwayNow
	}
	o.away.Store(false)
	return o.Store.RetryEvent(ctx, id, at, cause)
}

// An answer that was being worked on when the database went away is worked off
// soon after it is back, and not only when its lease ends.
func TestAnAnswerOutlivesAnOutage(t *testing.T) {
	w := onFile(t)
	db := &outage{Store: w.db}
	w.rt = w.process(db)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana")
	w.ask(e, "q")
	db.away.Store(true)
	db.writes.Store(3)
	w.rt.direct.Store(true) // as a process that runs its loops
	require.NoError(t, w.rt.Deliver(w.ctx, []engine.InboundEvent{writes(anaWAID, "sim")}))
	_, err := w.rt.DispatchOnce(w.ctx)
	require.NoError(t, err, "the outage was shorter than the lease")
	require.Empty(t, w.server.signals(e))
	w.clock.Advance(2 * retryFirst) // a pause between attempts, far less than the lease
	w.settle()
	require.Equal(t, []string{"yes"}, outcomes(w.server.signals(e)))
}

// A process that is asked to stop leaves the rest to the lease.
func TestAStoppingProcessDoesNotInsist(t *testing.T) {
	w := onFile(t)
	tries := 0
	err := w.rt.insist(w.ctx, func(context.Context) error { tries++; return errAwayNow })
	require.ErrorIs(t, err, errAwayNow)
	require.Equal(t, 1, tries)
}
