package runtime

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
	"jornada/workflows"
)

func TestWhenAScheduleIsDue(t *testing.T) {
	zone := engine.ZoneOr("America/Sao_Paulo")
	at := func(s string) time.Time {
		m, err := time.ParseInLocation("2006-01-02 15:04:05", s, zone)
		require.NoError(t, err)
		return m
	}
	cases := []struct {
		name, cron, at, since, now, want string
	}{
		{"a moment not yet come", "", "2026-11-27T08:00", "2026-11-26 08:00:00", "2026-11-27 07:59:59", ""},
		{"a moment that comes", "", "2026-11-27T08:00", "2026-11-26 08:00:00", "2026-11-27 08:00:00", "2026-11-27 08:00:00"},
		{"a moment made up for", "", "2026-11-27T08:00", "2026-11-27 07:00:00", "2026-11-27 14:00:00", "2026-11-27 08:00:00"},
		{"a moment past when it was published", "", "2026-11-27T08:00", "2026-11-27 08:00:01", "2026-11-27 14:00:00", ""},
		{"mondays at nine, local", "0 9 * * mon", "", "2026-03-01 10:00:00", "2026-03-02 09:00:00", "2026-03-02 09:00:00"},
		{"mondays at nine, a second early", "0 9 * * mon", "", "2026-03-01 10:00:00", "2026-03-02 08:59:59", ""},
		{"only the newest of those missed", "*/10 * * * *", "", "2026-03-01 10:00:00", "2026-03-02 09:25:00", "2026-03-02 09:20:00"},
		{"every minute", "* * * * *", "", "2026-03-01 10:00:00", "2026-03-02 09:25:30", "2026-03-02 09:25:00"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := lastDue(&dsl.Schedule{Cron: c.cron, At: c.at}, zone, at(c.since), at(c.now))
			require.NoError(t, err)
			if c.want == "" {
				require.True(t, got.IsZero(), "%v", got)
				return
			}
			require.True(t, at(c.want).Equal(got), "%v", got)
		})
	}
	_, err := lastDue(&dsl.Schedule{Cron: "at nine"}, zone, time.Time{}, time.Now())
	require.ErrorContains(t, err, "cron: at nine")
}

func contactsWithVisits(w *world, n int) {
	w.Helper()
	for i := range n {
		c := &engine.Contact{
			ID: engine.ContactID(fmt.Sprintf("c%03d", i)), Attributes: map[string]any{"visits": i % 2}, OptIn: map[engine.Channel]bool{engine.WhatsApp: true},
			Addresses: []engine.Address{{Kind: engine.Phone, Value: fmt.Sprintf("+55119%08d", 10000000+i)}},
		}
		_, err := w.db.PutContact(w.ctx, c)
		require.NoError(w, err)
	}
}

// segments makes the workspace offer segments without writing a workspace file:
// what the file says is package dsl's subject.
func (w *world) segments(rt *Runtime, rules map[string]*dsl.Expr) {
	w.Helper()
	files, err := w.db.WorkspaceFiles(w.ctx)
	require.NoError(w, err)
	rt.workspace.mu.Lock()
	defer rt.workspace.mu.Unlock()
	rt.workspace.files = files
	rt.workspace.parsed = &dsl.Workspace{
		ID: "test", Timezone: "America/Sao_Paulo", Segments: rules,
		Contact: expression.Fields{"visits": {Kind: expression.Int}, "first_name": {Kind: expression.String, Optional: true}},
	}
}

// A launch enrolls the segment at its rate, exactly once each, over two kills
// and with two processes.
func TestALaunchIsPacedAndSurvivesKills(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		rules := map[string]*dsl.Expr{"inactive": {Source: "contact.visits == 0", Reads: []string{"contact"}}}
		contactsWithVisits(w, 60) // 30 of them in the segment
		p := askJourney("campaign", dsl.Trigger{
			Schedule: &dsl.Schedule{Cron: "0 * * * *"}, Segment: "inactive", Rate: &dsl.Rate{Count: 60, Per: dsl.Duration(time.Hour)},
		})
		p.Entry = dsl.Entry{Overlap: "skip", Reentry: "once"}
		p.Contact = expression.Fields{"visits": {Kind: expression.Int}}
		w.publish(p)
		w.clock.Advance(time.Hour) // over the hour: it fires
		processes := []*Runtime{w.rt, w.process(w.open(t, store.Options{Clock: w.clock}))}
		enrolled := func() int {
			list, err := w.db.ActiveOfJourney(w.ctx, "campaign", "", 500)
			require.NoError(t, err)
			return len(list)
		}
		for minute := range 29 {
			for _, rt := range processes {
				w.segments(rt, rules)
				require.NoError(t, rt.TickOnce(w.ctx))
			}
			require.LessOrEqual(t, enrolled(), minute+2, "minute %d", minute)
			w.clock.Advance(time.Minute)
			if minute%10 == 5 { // killed: it forgets where it was
				processes[0] = w.process(w.db)
				processes[1] = w.process(w.db)
			}
		}
		require.GreaterOrEqual(t, enrolled(), 25, "the rate is also reached")
		for range 5 {
			w.clock.Advance(time.Minute)
			for _, rt := range processes {
				w.segments(rt, rules)
				require.NoError(t, rt.TickOnce(w.ctx))
			}
		}
		require.Equal(t, 30, enrolled())
		all, err := w.rt.launches(w.ctx)
		require.NoError(t, err)
		require.Empty(t, all, "the launch is over")
		w.settle()
		require.Equal(t, 30, w.server.startedCount())
		// The next hour fires again; `reentry: once` lets nobody in twice.
		w.clock.Advance(time.Hour)
		for range 3 {
			w.segments(w.rt, rules)
			require.NoError(t, w.rt.TickOnce(w.ctx))
			w.clock.Advance(time.Minute)
		}
		require.Equal(t, 30, enrolled())
	})
}

// A launch goes on at once when the clock is set back in the middle of it: whose
// turn it is follows from the machine's time.
func TestAClockSetBackKeepsNoLaunchWaiting(t *testing.T) {
	w := onFile(t)
	contactsWithVisits(w, 4)
	trigger := dsl.Trigger{Schedule: &dsl.Schedule{Cron: "0 * * * *"}}
	w.publish(askJourney("campaign", trigger))
	begun := launch{Journey: "campaign", Trigger: triggerID(&trigger), At: w.clock.Now().Add(-time.Hour), StartedAt: w.clock.Now().Add(-time.Hour)}
	require.NoError(t, w.rt.inTx(w.ctx, func(ctx context.Context) error {
		return w.rt.changeLaunches(ctx, func([]launch) []launch { return []launch{begun} })
	}))
	const back = 10 * time.Minute
	for ago := time.Duration(0); ago <= back; ago += launchSlot { // who began it had all these turns
		_, err := w.db.MarkFired(w.ctx, "campaign", "launch "+begun.Trigger+" "+begun.At.UTC().Format(time.RFC3339), w.clock.Now().Add(-ago).Truncate(launchSlot))
		require.NoError(t, err)
	}
	w.clock.Advance(launchSlot)
	w.rt.Clock = setBack{w.clock, back}
	for range 3 {
		require.NoError(t, w.rt.TickOnce(w.ctx))
	}
	list, err := w.db.ActiveOfJourney(w.ctx, "campaign", "", 10)
	require.NoError(t, err)
	require.Len(t, list, 4)
}

// setBack is a clock that was moved into the past by so much.
type setBack struct {
	*storetest.Clock

	by time.Duration
}

// Now implements engine.Clock.
func (c setBack) Now() time.Time { return c.Clock.Now().Add(-c.by) }

func TestAPausedJourneyLaunchesLater(t *testing.T) {
	w := onFile(t)
	contactsWithVisits(w, 4)
	p := askJourney("campaign", dsl.Trigger{Schedule: &dsl.Schedule{At: "2026-03-02T09:10"}})
	w.publish(p) // now is 09:00 in São Paulo
	require.NoError(t, w.rt.TickOnce(w.ctx))
	require.NoError(t, w.rt.PauseJourney(w.ctx, "campaign"))
	w.clock.Advance(time.Hour)
	require.NoError(t, w.rt.TickOnce(w.ctx))
	list, err := w.db.ActiveOfJourney(w.ctx, "campaign", "", 10)
	require.NoError(t, err)
	require.Empty(t, list)
	require.NoError(t, w.rt.ResumeJourney(w.ctx, "campaign"))
	for range 3 {
		require.NoError(t, w.rt.TickOnce(w.ctx))
	}
	list, err = w.db.ActiveOfJourney(w.ctx, "campaign", "", 10)
	require.NoError(t, err)
	require.Len(t, list, 4, "without a segment, everybody")
	require.Equal(t, "schedule", list[0].Trigger.Kind)
}

func TestEnteringASegmentStartsAJourney(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		rules := map[string]*dsl.Expr{"regulars": {Source: "contact.visits >= 3", Reads: []string{"contact"}}}
		p := askJourney("thanks", dsl.Trigger{Segment: "regulars"})
		p.Exits = []dsl.Interrupt{{ID: "gone", When: &dsl.Expr{Source: "contact.visits == 0", Reads: []string{"contact"}}, Exit: true}}
		w.publish(p)
		w.segments(w.rt, rules)
		visits := func(n int) {
			c := &engine.Contact{ID: "ana", Attributes: map[string]any{"visits": n}, Addresses: []engine.Address{{Kind: engine.Phone, Value: anaPhone}}}
			_, err := w.db.PutContact(w.ctx, c)
			require.NoError(t, err)
			require.NoError(t, w.rt.ContactChanged(w.ctx, "ana"))
			w.settle()
		}
		visits(2)
		require.Zero(t, w.server.startedCount())
		visits(3)
		require.Equal(t, 1, w.server.startedCount())
		active, err := w.db.ActiveOfContact(w.ctx, "ana")
		require.NoError(t, err)
		e := active[0].ID
		visits(4) // inside already; the running journey hears of the change
		require.Equal(t, 1, w.server.startedCount())
		require.Equal(t, []string{"contact_changed"}, w.server.kinds(e))
		_, err = w.db.EndEnrollment(w.ctx, e, engine.Completed, "completed", "")
		require.NoError(t, err)
		visits(1)
		visits(5) // out and in again
		require.Equal(t, 2, w.server.startedCount())
		require.Equal(t, "segment", w.server.started[workflows.WorkflowID(e)].Trigger.Kind)
		require.True(t, isCode(w.rt.ContactChanged(w.ctx, "nobody"), engine.NotFound))
	})
}

// Who is in a segment when a journey first listens to it did not enter it.
func TestMembersOfOldDoNotEnterASegment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		change := func(id engine.ContactID, visits, extra int) {
			c := &engine.Contact{ID: id, Attributes: map[string]any{"visits": visits, "score": extra}}
			_, err := w.db.PutContact(w.ctx, c)
			require.NoError(t, err)
			require.NoError(t, w.rt.ContactChanged(w.ctx, id))
			w.settle()
		}
		change("old", 9, 1)
		change("eager", 9, 1)
		change("later", 1, 1)
		w.clock.Advance(time.Minute)
		w.publish(askJourney("thanks", dsl.Trigger{Segment: "regulars"}))
		w.segments(w.rt, map[string]*dsl.Expr{"regulars": {Source: "contact.visits >= 3", Reads: []string{"contact"}}})
		w.clock.Advance(time.Minute)
		change("eager", 9, 2) // changed before the members were counted
		require.NoError(t, w.rt.TickOnce(w.ctx))
		change("old", 9, 2)
		require.Zero(t, w.server.startedCount())
		change("later", 3, 2)
		require.Equal(t, 1, w.server.startedCount())
		change("new", 5, 0)
		require.Equal(t, 2, w.server.startedCount())
	})
}

// People enter a segment by the clock, too.
func TestASegmentThatReadsTheClockIsSwept(t *testing.T) {
	w := onFile(t)
	contactsWithVisits(w, 3)
	rules := map[string]*dsl.Expr{"later": {Source: `now > contact.due`, Reads: []string{"contact", "now"}}}
	p := askJourney("remember", dsl.Trigger{Segment: "later"})
	w.publish(p)
	w.segments(w.rt, rules)
	w.rt.workspace.parsed.Contact["due"] = expression.Type{Kind: expression.Time}
	due := w.clock.Now().Add(2 * time.Hour).Format(time.RFC3339)
	_, err := w.db.PutContact(w.ctx, &engine.Contact{ID: "ana", Attributes: map[string]any{"due": due}})
	require.NoError(t, err)
	require.NoError(t, w.rt.TickOnce(w.ctx))
	require.Zero(t, func() int { w.settle(); return w.server.startedCount() }())
	w.clock.Advance(3 * time.Hour)
	require.NoError(t, w.rt.TickOnce(w.ctx))
	w.settle()
	require.Equal(t, 1, w.server.startedCount())
}
