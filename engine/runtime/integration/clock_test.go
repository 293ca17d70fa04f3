package integration

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/activities/channel/fake"
	"jornada/engine"
	"jornada/engine/runtime"
	"jornada/engine/store/storetest"
)

// The clock of a running process is moved beyond the timeouts of questions: every
// enrollment's real timer is replaced, and what is due goes on within seconds.
func TestAMovedClockWakesRunningEnrollments(t *testing.T) {
	r := newRig(t, storetest.SQLite(t))
	const people = 100
	ids := make([]engine.EnrollmentID, people)
	for i := range people {
		c := engine.ContactID(engine.NewID("c"))
		_, err := r.db.PutContact(r.ctx, &engine.Contact{ID: c, Attributes: map[string]any{"first_name": "Demo"},
			Addresses: []engine.Address{{Kind: engine.Phone, Value: "+55" + itoa(11900010010+int64(i)*10)}}, OptIn: map[engine.Channel]bool{engine.WhatsApp: true}})
		require.NoError(t, err)
		res, err := r.rt.Enroll(r.ctx, runtime.EnrollRequest{JourneyID: "hello", ContactID: c, Inputs: map[string]any{"note": "n"}})
		require.NoError(t, err)
		ids[i] = res.EnrollmentID
	}
	r.until("all questions", func() bool { return len(r.network.Outbox(fake.Filter{})) == people })

	// Half an hour later nobody is due; a month later everybody is.
	began := time.Now()
	half := engine.Anchor{Real: began.UTC(), Virtual: r.clock.Now().Add(30 * time.Minute), Speed: 1}
	r.clock.Move(half)
	r.rt.ClockMoved()
	r.until("everybody knows", func() bool {
		told, err := r.db.Setting(r.ctx, "clock_anchor_told")
		var a engine.Anchor
		return err == nil && json.Unmarshal([]byte(told), &a) == nil && a.Equal(half)
	})
	t.Logf("%d enrollments were told in %v", people, time.Since(began))
	for _, id := range ids {
		e, err := r.db.Enrollment(r.ctx, id)
		require.NoError(t, err)
		require.Nil(t, e.EndedAt, "its hour is not over")
	}
	began = time.Now()
	r.clock.Move(engine.Anchor{Real: began, Virtual: r.clock.Now().AddDate(0, 1, 0), Speed: 1})
	r.rt.ClockMoved()
	for _, id := range ids {
		var e *engine.Enrollment
		r.until("the ending", func() bool {
			var err error
			e, err = r.db.Enrollment(r.ctx, id)
			return err == nil && e.EndedAt != nil
		})
		require.Equal(t, "silent", e.Outcome)
	}
	t.Logf("%d enrollments timed out in %v", people, time.Since(began))
}
