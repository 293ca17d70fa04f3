package runtime

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// People inside are asked to move only to a version that accepts them where they
// stand, at most as many as wanted; the others are counted with the reason.
func TestMigratingAJourney(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.rt.MigrateJourney(w.ctx, "nope", engine.MigrationWish{}, "admin")
		require.True(t, isCode(err, engine.NotFound), "%v", err)

		first := w.publish(askJourney("confirm"))
		var inside []engine.EnrollmentID
		for i := range 4 {
			id := fmt.Sprint("demo-", i)
			w.contact(id, fmt.Sprintf("+55119000000%02d", 10+i))
			inside = append(inside, w.enroll("confirm", id))
		}
		for _, e := range inside[:3] {
			require.NoError(t, w.db.SaveProgress(w.ctx, e, "", "q", nil, nil))
		}
		require.NoError(t, w.db.SaveProgress(w.ctx, inside[3], "", "removed", nil, nil))
		w.settle()

		m, err := w.rt.MigrateJourney(w.ctx, "confirm", engine.MigrationWish{}, "admin")
		require.NoError(t, err)
		require.Zero(t, m.Asked, "everybody is in the live version")

		edited := askJourney("confirm")
		edited.Nodes["more"] = &dsl.Node{ID: "more", Verb: "send", Next: dsl.End, Send: &dsl.Send{Routes: []dsl.Route{{Channel: "whatsapp"}}}}
		edited.Nodes["q"].Next = "more"
		second := w.publish(edited)
		m, err = w.rt.MigrateJourney(w.ctx, "confirm", engine.MigrationWish{Limit: 2}, "admin")
		require.NoError(t, err)
		require.Equal(t, 2, m.Asked)
		require.Equal(t, second, m.Version)
		w.settle()
		moved := 0
		for _, e := range inside {
			for _, kind := range w.server.kinds(e) {
				require.Equal(t, "move", kind)
				moved++
			}
		}
		require.Equal(t, 2, moved)

		m, err = w.rt.MigrateJourney(w.ctx, "confirm", engine.MigrationWish{}, "admin")
		require.NoError(t, err)
		require.Equal(t, 3, m.Asked, "who has not moved yet is asked again")
		require.Len(t, m.Staying, 1)
		require.Equal(t, first, m.Staying[0].Version)
		require.Equal(t, "removed", m.Staying[0].StepID)
		require.Equal(t, 1, m.Staying[0].People)
		require.Equal(t, "step `removed`, where it waits, was removed", m.Staying[0].Reason.In(diag.English))
	})
}

// Whoever may not go on in a step is moved where the wish says: everybody else in
// the same request as ever. The wish travels with the signal, because they may
// stand elsewhere when it arrives; what it names must be there.
func TestMovingPeopleFromAStep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.publish(askJourney("confirm"))
		for i := range 3 {
			id := fmt.Sprint("demo-", i)
			w.contact(id, fmt.Sprintf("+55119000000%02d", 10+i))
			e := w.enroll("confirm", id)
			require.NoError(t, w.db.SaveProgress(w.ctx, e, "", "q", nil, nil))
			w.settle()
		}
		edited := askJourney("confirm")
		edited.Nodes["question"], edited.Start = edited.Nodes["q"], "question"
		edited.Nodes["question"].ID = "question"
		delete(edited.Nodes, "q")
		w.publish(edited)

		m, err := w.rt.MigrateJourney(w.ctx, "confirm", engine.MigrationWish{}, "admin")
		require.NoError(t, err)
		require.Zero(t, m.Asked)
		require.Len(t, m.Staying, 1)
		require.Equal(t, 3, m.Staying[0].People)
		require.Equal(t, "step `q`, where it waits, was removed", m.Staying[0].Reason.In(diag.English))

		_, err = w.rt.MigrateJourney(w.ctx, "confirm", engine.MigrationWish{Moves: map[string]string{"q": "nowhere"}}, "admin")
		require.True(t, isCode(err, engine.Invalid), "%v", err)

		for _, c := range []struct {
			target  string
			exiting int
		}{{"question", 0}, {dsl.MoveExit, 1}} {
			moves := map[string]string{"q": c.target}
			m, err = w.rt.MigrateJourney(w.ctx, "confirm", engine.MigrationWish{Limit: 1, Moves: moves}, "admin")
			require.NoError(t, err)
			require.Equal(t, 1, m.Asked)
			require.Equal(t, c.exiting, m.Exiting)
			require.Empty(t, m.Staying)
			w.settle()
			heard := w.server.signals(w.first("confirm"))
			require.Equal(t, moves, heard[len(heard)-1].Moves)
		}
		trail, _, err := w.db.AuditLog(w.ctx, 10, "")
		require.NoError(t, err)
		require.Equal(t, "journey.migrated", trail[0].Action)
		require.Contains(t, fmt.Sprint(trail[0].Detail), "q:exit")
	})
}

// first is the first enrollment that is asked: pages are in the order of ids.
func (w *world) first(journey engine.JourneyID) engine.EnrollmentID {
	w.Helper()
	list, err := w.db.ActiveOfJourney(w.ctx, journey, "", 1)
	require.NoError(w, err)
	return list[0].ID
}
