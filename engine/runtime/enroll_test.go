package runtime

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
	"jornada/workflows"
)

// Overlap and re-entry, as a table: a first enrollment in some state, and what
// a second request of the same key meets.
func TestWhoMayEnterAgain(t *testing.T) {
	cases := []struct {
		overlap, reentry string
		ended            bool
		later            time.Duration
		want             string // "" = enters
		replaced         bool
	}{
		{"skip", "always", false, 0, SkippedOverlap, false},
		{"skip", "always", true, 0, "", false},
		{"skip", "once", true, 1000 * time.Hour, SkippedReentry, false},
		{"skip", "720h0m0s", true, 719 * time.Hour, SkippedReentry, false},
		{"skip", "720h0m0s", true, 720 * time.Hour, "", false},
		{"skip", "720h0m0s", false, 0, SkippedOverlap, false},
		{"replace", "always", false, 0, "", true},
		{"replace", "always", true, 0, "", false},
		{"replace", "720h0m0s", false, 0, "", true},
		{"replace", "once", false, 0, SkippedReentry, false},
		{"allow", "always", false, 0, "", false},
		{"allow", "always", true, 0, "", false},
	}
	for _, c := range cases {
		name := c.overlap + "/" + c.reentry + "/" + map[bool]string{true: "ended", false: "running"}[c.ended]
		t.Run(name, func(t *testing.T) {
			w := onFile(t)
			w.contact("ana", anaPhone)
			p := askJourney("j")
			p.Entry = dsl.Entry{Overlap: c.overlap, Reentry: c.reentry}
			w.publish(p)
			first := w.enroll("j", "ana")
			if c.ended {
				_, err := w.db.EndEnrollment(w.ctx, first, engine.Completed, "completed", "")
				require.NoError(t, err)
			}
			w.clock.Advance(c.later)
			res, err := w.rt.Enroll(w.ctx, EnrollRequest{JourneyID: "j", ContactID: "ana"})
			require.NoError(t, err)
			require.Equal(t, c.want, res.Skipped)
			require.Equal(t, c.want == "", res.EnrollmentID != "")
			e, err := w.db.Enrollment(w.ctx, first)
			require.NoError(t, err)
			require.Equal(t, c.replaced, e.Status == engine.Replaced)
			w.settle()
			if c.replaced {
				require.Equal(t, []string{"end"}, w.server.kinds(first))
			} else {
				require.Empty(t, w.server.kinds(first))
			}
		})
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		p := scheduledJourney()
		p.Audience = &dsl.Expr{Source: "contact.opt_in.whatsapp", Reads: []string{"contact"}}
		w.publish(p)
		good := map[string]any{"appointment_id": "A1", "starts_at": "2026-03-11T14:00:00Z"}
		enroll := func(journey, contact string, inputs map[string]any) (EnrollResult, *engine.Error) {
			res, err := w.rt.Enroll(w.ctx, EnrollRequest{JourneyID: engine.JourneyID(journey), ContactID: engine.ContactID(contact), Inputs: inputs})
			var refusal *engine.Error
			errors.As(err, &refusal)
			return res, refusal
		}
		_, e := enroll("nope", "ana", good)
		require.Equal(t, engine.NotFound, e.Code)
		require.Contains(t, e.Message, `no journey "nope"`)
		_, e = enroll("confirm", "nobody", good)
		require.Equal(t, engine.NotFound, e.Code)
		require.Contains(t, e.Message, `there is no contact "nobody"; create it with PUT /api/v1/contacts/nobody`)
		_, e = enroll("confirm", "", good)
		require.Equal(t, engine.Invalid, e.Code)
		_, e = enroll("confirm", "ana", map[string]any{"appointment_id": "A1"})
		require.Equal(t, engine.Invalid, e.Code)
		require.Equal(t, "inputs.starts_at", e.Field)
		_, e = enroll("confirm", "ana", map[string]any{"appointment_id": "A1", "starts_at": "amanhã"})
		require.Equal(t, engine.Invalid, e.Code)
		require.Equal(t, "inputs.starts_at", e.Field)

		require.NoError(t, w.rt.PauseJourney(w.ctx, "confirm"))
		_, e = enroll("confirm", "ana", good)
		require.Equal(t, engine.Conflict, e.Code)
		require.Contains(t, e.Message, "is paused; resume it")
		require.NoError(t, w.rt.ResumeJourney(w.ctx, "confirm"))

		out := &engine.Contact{ID: "out", Addresses: []engine.Address{{Kind: engine.Phone, Value: "+5511900000001"}}}
		_, err := w.db.PutContact(w.ctx, out)
		require.NoError(t, err)
		res, e := enroll("confirm", "out", good)
		require.Nil(t, e)
		require.Equal(t, SkippedAudience, res.Skipped)

		res, e = enroll("confirm", "ana", good)
		require.Nil(t, e)
		require.NotEmpty(t, res.EnrollmentID)
		w.settle()
		require.Equal(t, 1, w.server.startedCount())
	})
}

// A local activity may run twice; the sub-journey begins once, and its parent
// hears of an ending that comes from outside.
func TestASubJourneyBeginsOnce(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("parent"))
	child := askJourney("child", dsl.Trigger{Called: true})
	child.Inputs = expression.Fields{"n": {Kind: expression.Int}}
	w.publish(child)
	parent := w.enroll("parent", "ana")
	req := activities.ChildRequest{EnrollmentID: "enr_child", Journey: "child", ContactID: "ana", Inputs: map[string]any{"n": 7}, ParentID: parent, ParentStep: "sub"}
	for range 2 {
		res, err := w.rt.EnrollChild(w.ctx, req)
		require.NoError(t, err)
		require.Equal(t, engine.EnrollmentID("enr_child"), res.EnrollmentID)
	}
	w.settle()
	require.Equal(t, 2, w.server.startedCount())
	in := w.server.started[workflows.WorkflowID("enr_child")]
	require.Equal(t, parent, in.ParentID)
	require.Equal(t, "called", in.Trigger.Kind)

	require.NoError(t, w.rt.Unenroll(w.ctx, "enr_child", "wrong person", "maria"))
	w.settle()
	heard := w.server.signals(parent)
	require.Len(t, heard, 1)
	require.Equal(t, workflows.SignalChild, heard[0].Kind)
	require.Equal(t, "sub", heard[0].StepID)
	require.Equal(t, "unenrolled", heard[0].Outcome)
	require.True(t, isCode(w.rt.Unenroll(w.ctx, "enr_child", "", "maria"), engine.Conflict))

	res, err := w.rt.EnrollChild(w.ctx, activities.ChildRequest{EnrollmentID: "enr_x", Journey: "child", ContactID: "ana", Inputs: map[string]any{"n": "sete"}})
	require.True(t, isCode(err, engine.Invalid), "%v", err)
	require.Empty(t, res)
	require.NoError(t, w.db.SetJourneyArchived(w.ctx, "child", true))
	res, err = w.rt.EnrollChild(w.ctx, activities.ChildRequest{EnrollmentID: "enr_y", Journey: "child", ContactID: "ana"})
	require.NoError(t, err)
	require.Equal(t, SkippedNotPublished, res.Skipped)
}
