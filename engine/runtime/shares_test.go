package runtime

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// A sheet with hundreds of events of one person, and then one event each of a few
// others: these are worked off in the first rounds, and the one person's keep
// their order.
func TestAStormOfOneContactKeepsNobodyElseWaiting(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		const storm, others = 300, 10
		var last []engine.EventID
		store := func(ev engine.InboundEvent) {
			t.Helper()
			ev.ID, ev.ReceivedAt = engine.EventID(engine.NewID("evt")), w.clock.Now()
			inserted, err := w.db.InsertEvent(w.ctx, &ev)
			require.NoError(t, err)
			require.True(t, inserted)
			last = append(last, ev.ID)
			w.clock.Advance(time.Millisecond)
		}
		for range storm {
			store(writes(anaWAID, "hein?"))
		}
		for i := range others {
			id := fmt.Sprintf("c%d", i)
			w.contact(id, fmt.Sprintf("+551191234561%d", i))
			store(writes(fmt.Sprintf("551191234561%d", i), "oi"))
		}
		// As the loop does: claim what there is room for, before the rest is done.
		release := make(chan struct{})
		held, free := 0, w.rt.events.limit
		for range free { // nothing can be finished meanwhile
			w.rt.events.submit(fmt.Sprint("busy", held), func() { <-release })
			held++
		}
		for range 3 {
			_, err := w.rt.claimEvents(w.ctx, w.rt.events.room())
			require.NoError(t, err)
		}
		close(release)
		w.rt.events.wait()
		for _, id := range last[storm:] {
			require.Contains(t, w.result(id), "unclaimed", "of everybody else")
		}
		require.Empty(t, w.result(last[storm-1]), "the storm is not over")
		w.settle()
		for _, id := range last {
			require.NotEmpty(t, w.result(id))
		}
	})
}

// Whatever one process takes directly, what its party has in the table goes first.
func TestEventsOfAPartyKeepTheirOrder(t *testing.T) {
	s := newShares()
	require.False(t, s.admits("ana", true), "nobody has looked into the table yet")
	s.empty(s.seq, nil)
	for range share {
		require.True(t, s.admits("ana", true))
		s.take("ana")
	}
	require.False(t, s.admits("ana", true), "she has her share")
	require.True(t, s.admits("bia", true))
	require.False(t, s.admits("bia", false), "no room")
	require.False(t, s.admits("bia", true), "an earlier one is in the table")
	require.True(t, s.admits("", true), "news about the account belong to nobody")

	full, mark := s.full()
	require.Equal(t, []string{"ana"}, full)
	s.left("caio") // stored after that claim looked
	s.empty(mark, full)
	require.True(t, s.admits("bia", true), "the table is empty of hers")
	require.False(t, s.admits("ana", true), "the claim left hers alone")
	require.False(t, s.admits("caio", true))
	require.True(t, s.done("ana"), "her next ones may be claimed")
	require.False(t, s.done("ana"))
	require.False(t, s.admits("ana", true), "but not overtaken")
	full, mark = s.full()
	require.Empty(t, full)
	s.empty(mark, full)
	require.True(t, s.admits("ana", true))
	require.True(t, s.admits("caio", true))
}
