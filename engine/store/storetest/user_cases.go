package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"jornada/dsl"
	"jornada/engine"
)

func users(t *testing.T, open Open) {
	w := begin(t, open)
	ana := &engine.User{Name: "Ana", Email: "ana@clinic.example", Role: engine.Administrator}
	ok(t, w.PutUser(w.ctx, ana))
	if ana.ID == "" || ana.CreatedAt.IsZero() {
		t.Fatalf("a stored user has no id or no time: %+v", ana)
	}
	same(t, "by id", must(w.User(w.ctx, ana.ID)).Email, "ana@clinic.example")
	same(t, "by e-mail", must(w.UserByEmail(w.ctx, "ana@clinic.example")).ID, ana.ID)
	_, err := w.UserByEmail(w.ctx, "bia@clinic.example")
	refused(t, err, engine.NotFound)
	_, err = w.User(w.ctx, "usr_none")
	refused(t, err, engine.NotFound)

	refused(t, w.PutUser(w.ctx, &engine.User{Name: "Other", Email: "ana@clinic.example", Role: engine.Viewer}), engine.Conflict)
	now := w.clock.Now()
	ana.PasswordHash, ana.Role, ana.DisabledAt = "hash", engine.Author, &now
	ok(t, w.PutUser(w.ctx, ana))
	got := must(w.User(w.ctx, ana.ID))
	same(t, "hash", got.PasswordHash, "hash")
	same(t, "role", got.Role, engine.Author)
	same(t, "disabled", got.DisabledAt.Equal(now), true)
	same(t, "how many", len(must(w.Users(w.ctx))), 1)
	ok(t, w.InTx(w.ctx, w.LockUsers))
	ok(t, w.InTx(w.ctx, w.LockUsers))
}

func sessions(t *testing.T, open Open) {
	w := begin(t, open)
	now := w.clock.Now()
	ana := &engine.User{Name: "Ana", Email: "ana@clinic.example", Role: engine.Viewer}
	ok(t, w.PutUser(w.ctx, ana))
	put := func(hash string, expires time.Time) {
		t.Helper()
		ok(t, w.PutSession(w.ctx, &engine.Session{Hash: hash, UserID: ana.ID, CreatedAt: now, SeenAt: now, ExpiresAt: expires}))
	}
	gone := func(hash string) {
		t.Helper()
		_, err := w.SessionByHash(w.ctx, hash)
		refused(t, err, engine.NotFound)
	}
	gone("")
	put("old", now)
	put("one", now.Add(time.Hour))
	gone("old")
	same(t, "whose", must(w.SessionByHash(w.ctx, "one")).UserID, ana.ID)
	later := now.Add(time.Minute)
	ok(t, w.TouchSession(w.ctx, "one", ana.ID, later))
	ok(t, w.TouchSession(w.ctx, "one", ana.ID, now))
	same(t, "seen", must(w.SessionByHash(w.ctx, "one")).SeenAt, later)
	same(t, "seen", *must(w.User(w.ctx, ana.ID)).SeenAt, later)
	put("two", now.Add(time.Hour))
	ok(t, w.EndSession(w.ctx, "one"))
	ok(t, w.EndSession(w.ctx, "one"))
	gone("one")
	ok(t, w.EndSessionsOf(w.ctx, ana.ID))
	gone("two")
}

func signInLinks(t *testing.T, open Open) {
	w := begin(t, open)
	expires := w.clock.Now().Add(time.Hour)
	for _, l := range []engine.SignInLink{{Hash: "setup one"}, {Hash: "setup two"}, {Hash: "early", UserID: "usr_1"}, {Hash: "late", UserID: "usr_1"}} {
		l.ExpiresAt = expires
		ok(t, w.PutSignInLink(w.ctx, &l))
	}
	_, err := w.SignInLinkByHash(w.ctx, "early")
	refused(t, err, engine.NotFound)
	_, err = w.SignInLinkByHash(w.ctx, "")
	refused(t, err, engine.NotFound)
	for _, hash := range []string{"setup one", "setup two", "late"} {
		same(t, "expires", must(w.SignInLinkByHash(w.ctx, hash)).ExpiresAt, expires)
		same(t, "first", must(w.UseSignInLink(w.ctx, hash, expires)), true)
		same(t, "again", must(w.UseSignInLink(w.ctx, hash, expires)), false)
		same(t, "used", must(w.SignInLinkByHash(w.ctx, hash)).UsedAt.Equal(expires), true)
	}
}

func journeyNumbers(t *testing.T, open Open) {
	w := begin(t, open)
	w.contact("ana")
	w.contact("bia")
	since := w.clock.Now()
	w.enrollment("e1", "confirm", "ana")
	w.enrollment("e2", "confirm", "bia")
	w.enrollment("e3", "nps", "ana")
	if _, err := w.EndEnrollment(w.ctx, "e2", engine.Completed, "", ""); err != nil {
		t.Fatal(err)
	}
	both := []engine.JourneyID{"confirm", "nps", "none"}
	numbers := func(since time.Time) map[engine.JourneyID]string {
		list := map[engine.JourneyID]string{}
		for id, n := range must(w.JourneyNumbers(w.ctx, both, since, since)) {
			list[id] = fmt.Sprintf("%d inside, %d entered", n.Inside, n.Entered)
		}
		return list
	}
	same(t, "of none", len(must(w.JourneyNumbers(w.ctx, nil, since, since))), 0)
	got := numbers(since)
	same(t, "confirm", got["confirm"], "1 inside, 2 entered")
	same(t, "nps", got["nps"], "1 inside, 1 entered")
	same(t, "later", numbers(since.Add(time.Hour))["confirm"], "1 inside, 0 entered")

	_, err := w.SaveDraft(w.ctx, "confirm", "", "x", "", "")
	ok(t, err)
	ok(t, w.NoteEditor(w.ctx, "confirm", "Ana (usr_1)"))
	same(t, "edited by", must(w.Journey(w.ctx, "confirm")).EditedBy, "Ana (usr_1)")
	refused(t, w.NoteEditor(w.ctx, "none", "Ana"), engine.NotFound)
}

// reachedGoals: of those who ended in versions with goals, who reached one; and the
// versions that people are still inside of.
func reachedGoals(t *testing.T, open Open) {
	w := begin(t, open)
	publish := func(hash string, goals ...dsl.Interrupt) {
		v := version("confirm", hash)
		v.Plan.Goals = goals
		_, _, err := w.Publish(w.ctx, v)
		ok(t, err)
	}
	enter := func(id, hash string) engine.EnrollmentID {
		ok(t, w.InsertEnrollment(w.ctx, &engine.Enrollment{ID: engine.EnrollmentID(id), JourneyID: "confirm", VersionHash: engine.VersionHash(hash), Key: id, ContactID: "ana"}))
		return engine.EnrollmentID(id)
	}
	reach := func(id engine.EnrollmentID) {
		line := engine.GoalReached("came")
		line.Seq, line.At = 7, w.clock.Now()
		ok(t, w.SaveProgress(w.ctx, id, "", "ask", nil, []engine.TimelineEntry{line}))
	}
	end := func(id engine.EnrollmentID) { must(w.EndEnrollment(w.ctx, id, engine.Completed, "completed", "")) }
	numbers := func(since time.Time) string {
		n := must(w.JourneyNumbers(w.ctx, []engine.JourneyID{"confirm"}, since, since))["confirm"]
		text := []string{fmt.Sprintf("%d of %d", n.Reached, n.Ended)}
		for _, v := range n.Within {
			text = append(text, fmt.Sprintf("v%d %s %d", v.Number, v.Version, v.Inside))
		}
		return strings.Join(text, ", ")
	}
	publish("h1")
	publish("h2", dsl.Interrupt{ID: "came", Event: "appointment.done"})
	publish("h3", dsl.Interrupt{ID: "came", Event: "appointment.done", Exit: true})
	same(t, "nobody", numbers(w.clock.Now()), "0 of 0")

	reach(enter("before", "h2"))
	end("before")
	w.clock.Advance(time.Hour)
	since := w.clock.Now()
	end(enter("nothing to reach", "h1"))
	end(enter("missed it", "h2"))
	reach(enter("went on after it", "h2"))
	end("went on after it")
	end(enter("ended by it", "h3")) // the trail comes after the ending
	reach("ended by it")
	reach(enter("goes on", "h2"))
	enter("waits", "h1")
	enter("waits too", "h1")
	enter("new", "h3")
	enter("of a version nobody knows", "h9")
	same(t, "lately", numbers(since), "2 of 3, v3 h3 1, v2 h2 1, v1 h1 2")
	same(t, "from the first on", numbers(since.Add(-time.Hour)), "3 of 4, v3 h3 1, v2 h2 1, v1 h1 2")
	same(t, "from later on", numbers(since.Add(time.Minute)), "0 of 0, v3 h3 1, v2 h2 1, v1 h1 2")

	step := engine.TimelineEntry{Seq: 8, At: since, Kind: "outcome", StepID: "ask", Result: "yes", Detail: "goal"}
	ok(t, w.SaveProgress(w.ctx, "waits", "", "ask", nil, []engine.TimelineEntry{step}))
	end("waits")
	end("goes on")
	same(t, "one reached before it ended", numbers(since), "3 of 4, v3 h3 1, v1 h1 1")
}
