package runtime

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
	"jornada/workflows"
)

// try publishes a plan for a share of those who enter.
func (w *world) try(plan *dsl.Plan, share int) engine.VersionHash {
	w.Helper()
	text, err := json.Marshal(plan)
	require.NoError(w, err)
	sum := sha256.Sum256(text)
	plan.Hash = hex.EncodeToString(sum[:])
	_, _, err = w.db.PublishTrial(w.ctx, &engine.Version{Journey: engine.JourneyID(plan.Journey), Hash: engine.VersionHash(plan.Hash), Source: string(text), Plan: plan}, share)
	require.NoError(w, err)
	return engine.VersionHash(plan.Hash)
}

// longer is a journey that waits longer for its answer, and is entered the same way.
func longer(p *dsl.Plan) *dsl.Plan {
	p.Timezone = "America/Sao_Paulo"
	if p.Entry.Key == nil {
		p.Entry.Key = &dsl.Expr{Source: "contact.id", Reads: []string{"contact"}}
	}
	p.Nodes["q"].Ask.Timeout = dsl.Duration(2 * time.Hour)
	return p
}

func (w *world) versionOf(e engine.EnrollmentID) engine.VersionHash {
	w.Helper()
	got, err := w.db.Enrollment(w.ctx, e)
	require.NoError(w, err)
	return got.VersionHash
}

// people makes contacts until some are of a share of version 2 of a journey, and some
// are not.
func (w *world) people(journey engine.JourneyID, share int) (in, out []string) {
	w.Helper()
	for i := 0; len(in) < 3 || len(out) < 3; i++ {
		id := fmt.Sprintf("demo-%d", i)
		w.contact(id, fmt.Sprintf("+5511900000%03d", i))
		if (&engine.Trial{Number: 2, Share: share}).Takes(journey, id) {
			in = append(in, id)
		} else {
			out = append(out, id)
		}
	}
	return in, out
}

// Of those who enter, the share gets the version on trial, whoever enters again gets
// the same, in every process; who is inside stays; a larger share adds people, and
// after the trial everybody gets the live version while those of the trial finish it.
func TestAShareOfPeopleGetTheVersionOnTrial(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in, out := w.people("confirm", 30)
		first := w.publish(askJourney("confirm"))
		early := w.enroll("confirm", in[0])
		second := w.try(longer(askJourney("confirm")), 30)
		require.Equal(t, first, w.versionOf(early), "who is inside stays where they are")

		tried, others := w.enroll("confirm", in[1]), w.enroll("confirm", out[0])
		require.Equal(t, second, w.versionOf(tried))
		require.Equal(t, first, w.versionOf(others))
		w.settle()
		require.Equal(t, second, w.server.started[workflows.WorkflowID(tried)].VersionHash)

		for range 3 { // again and again, also by another process
			_, err := w.db.EndEnrollment(w.ctx, tried, engine.Completed, "completed", "")
			require.NoError(t, err)
			res, err := w.process(w.db).Enroll(w.ctx, EnrollRequest{JourneyID: "confirm", ContactID: engine.ContactID(in[1])})
			require.NoError(t, err)
			tried = res.EnrollmentID
			require.Equal(t, second, w.versionOf(tried))
		}
		res, err := w.rt.Enroll(w.ctx, EnrollRequest{JourneyID: "confirm", ContactID: engine.ContactID(in[0])})
		require.NoError(t, err)
		require.Equal(t, SkippedOverlap, res.Skipped, "one entry key, whatever the version")

		m, err := w.rt.MigrateJourney(w.ctx, "confirm", engine.MigrationWish{}, "admin")
		require.NoError(t, err)
		require.Zero(t, m.Asked+len(m.Staying), "nobody is moved out of a trial")

		require.NoError(t, w.db.SetTrial(w.ctx, "confirm", second, 99))
		raised := &engine.Trial{Number: 2, Share: 99}
		for _, id := range []string{in[2], out[1]} {
			want := first
			if raised.Takes("confirm", id) {
				want = second
			}
			require.Equal(t, want, w.versionOf(w.enroll("confirm", id)))
		}
		require.True(t, raised.Takes("confirm", in[2]), "a larger share lets nobody go")

		_, err = w.db.EndTrial(w.ctx, "confirm")
		require.NoError(t, err)
		require.Equal(t, first, w.versionOf(w.enroll("confirm", out[2])))
		require.Equal(t, second, w.versionOf(tried), "who entered the trial finishes it")
		_, err = w.db.EndEnrollment(w.ctx, tried, engine.Completed, "completed", "")
		require.NoError(t, err)
		require.Equal(t, first, w.versionOf(w.enroll("confirm", in[1])), "after the trial it is over for them too")
	})
}

// Every way in is the same: events, sub-journeys, and launches of a schedule.
func TestEveryEntryIsOfTheTrial(t *testing.T) {
	w := onFile(t)
	in, out := w.people("confirm", 30)
	first := w.publish(scheduledJourney())
	second := w.try(longer(scheduledJourney()), 30)
	for _, c := range []struct {
		who  string
		want engine.VersionHash
	}{{in[0], second}, {out[0], first}} {
		w.deliver(business("appointment.scheduled", c.who, map[string]any{"appointment_id": "A-" + c.who, "starts_at": "2026-03-11T14:00:00-03:00"}))
		active, err := w.db.ActiveOfContact(w.ctx, engine.ContactID(c.who))
		require.NoError(t, err)
		require.Len(t, active, 1)
		require.Equal(t, c.want, active[0].VersionHash, "by an event")

		child := engine.EnrollmentID("enr_child_" + c.who)
		for range 2 { // a local activity may run twice
			_, err = w.rt.EnrollChild(w.ctx, activities.ChildRequest{EnrollmentID: child, Journey: "confirm", ContactID: engine.ContactID(c.who), Inputs: map[string]any{"appointment_id": "B-" + c.who, "starts_at": "2026-03-11T17:00:00Z"}, ParentID: "enr_p", ParentStep: "sub"})
			require.NoError(t, err)
		}
		require.Equal(t, c.want, w.versionOf(child), "as a sub-journey")
	}

	hourly := dsl.Trigger{Schedule: &dsl.Schedule{Cron: "0 * * * *"}}
	first = w.publish(askJourney("campaign", hourly))
	second = w.try(longer(askJourney("campaign", hourly)), 30)
	w.clock.Advance(time.Hour)
	require.NoError(t, w.rt.TickOnce(w.ctx))
	launched, err := w.db.ActiveOfJourney(w.ctx, "campaign", "", 500)
	require.NoError(t, err)
	require.Len(t, launched, len(in)+len(out))
	for _, e := range launched {
		want := first
		if (&engine.Trial{Number: 2, Share: 30}).Takes("campaign", string(e.ContactID)) {
			want = second
		}
		require.Equal(t, want, e.VersionHash, "by a launch")
	}
}

// Without a contact the enrollment itself is drawn, and repeating the request finds it.
func TestATrialWithoutContacts(t *testing.T) {
	w := onFile(t)
	quiet := func(timeout time.Duration) *dsl.Plan {
		return &dsl.Plan{Format: dsl.PlanFormat, Journey: "count", Category: "utility", Locale: "pt-BR", Timezone: "America/Sao_Paulo", Start: "rest", Triggers: []dsl.Trigger{{API: true}},
			Entry: dsl.Entry{Key: &dsl.Expr{Source: "now", Reads: []string{"now"}}, Overlap: "allow", Reentry: "always"},
			Nodes: map[string]*dsl.Node{"rest": {ID: "rest", Verb: "wait", Next: dsl.End, Wait: &dsl.Wait{For: dsl.Duration(timeout)}}}}
	}
	w.publish(quiet(time.Hour))
	second := w.try(quiet(2*time.Hour), 50)
	tried := 0
	for i := range 40 {
		req := EnrollRequest{ID: engine.EnrollmentID(fmt.Sprintf("enr_%d", i)), JourneyID: "count"}
		for range 2 {
			_, err := w.rt.Enroll(w.ctx, req)
			require.NoError(t, err)
		}
		if w.versionOf(req.ID) == second {
			tried++
		}
	}
	require.Greater(t, tried, 5)
	require.Less(t, tried, 35)
}
