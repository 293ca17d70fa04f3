package storetest

import (
	"testing"
	"time"

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
	same(t, "of none", len(must(w.JourneyNumbers(w.ctx, nil, since))), 0)
	got := must(w.JourneyNumbers(w.ctx, both, since))
	same(t, "confirm", got["confirm"], engine.JourneyNumbers{Inside: 1, Entered: 2})
	same(t, "nps", got["nps"], engine.JourneyNumbers{Inside: 1, Entered: 1})
	got = must(w.JourneyNumbers(w.ctx, both, since.Add(time.Hour)))
	same(t, "later", got["confirm"], engine.JourneyNumbers{Inside: 1})

	_, err := w.SaveDraft(w.ctx, "confirm", "", "x", "", "")
	ok(t, err)
	ok(t, w.NoteEditor(w.ctx, "confirm", "Ana (usr_1)"))
	same(t, "edited by", must(w.Journey(w.ctx, "confirm")).EditedBy, "Ana (usr_1)")
	refused(t, w.NoteEditor(w.ctx, "none", "Ana"), engine.NotFound)
}
