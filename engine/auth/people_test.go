package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"jornada/engine"
)

// town keeps people in memory. Transactions there are none: what is tested here is
// time, not the database.
type town struct {
	users    map[engine.UserID]engine.User
	sessions map[string]engine.Session
	links    map[string]engine.SignInLink
	touches  int
}

func (m *town) Users(context.Context) (list []engine.User, err error) {
	for _, u := range m.users {
		list = append(list, u)
	}
	return list, nil
}
func (m *town) User(_ context.Context, id engine.UserID) (*engine.User, error) {
	if u, found := m.users[id]; found {
		return &u, nil
	}
	return nil, engine.Errorf(engine.NotFound, "nobody")
}
func (m *town) UserByEmail(_ context.Context, email string) (*engine.User, error) {
	for _, u := range m.users {
		if u.Email == email {
			return &u, nil
		}
	}
	return nil, engine.Errorf(engine.NotFound, "nobody")
}
func (m *town) PutUser(_ context.Context, u *engine.User) error {
	if u.ID == "" {
		u.ID = engine.UserID(engine.NewID("usr"))
	}
	m.users[u.ID] = *u
	return nil
}
func (m *town) LockUsers(context.Context) error { return nil }
func (m *town) PutSession(_ context.Context, v *engine.Session) error {
	m.sessions[v.Hash] = *v
	return nil
}
func (m *town) SessionByHash(_ context.Context, hash string) (*engine.Session, error) {
	if v, found := m.sessions[hash]; found {
		return &v, nil
	}
	return nil, engine.Errorf(engine.NotFound, "none")
}
func (m *town) TouchSession(_ context.Context, hash string, _ engine.UserID, when time.Time) error {
	v := m.sessions[hash]
	v.SeenAt = when
	m.sessions[hash] = v
	m.touches++
	return nil
}
func (m *town) EndSession(_ context.Context, hash string) error {
	delete(m.sessions, hash)
	return nil
}
func (m *town) EndSessionsOf(_ context.Context, user engine.UserID) error {
	for hash, v := range m.sessions {
		if v.UserID == user {
			delete(m.sessions, hash)
		}
	}
	return nil
}
func (m *town) PutSignInLink(_ context.Context, l *engine.SignInLink) error {
	m.links[l.Hash] = *l
	return nil
}
func (m *town) SignInLinkByHash(_ context.Context, hash string) (*engine.SignInLink, error) {
	if l, found := m.links[hash]; found {
		return &l, nil
	}
	return nil, engine.Errorf(engine.NotFound, "none")
}
func (m *town) UseSignInLink(_ context.Context, hash string, when time.Time) (bool, error) {
	l := m.links[hash]
	first := l.UsedAt == nil
	l.UsedAt = &when
	m.links[hash] = l
	return first, nil
}
func (m *town) InTx(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }

const goodPassword = "four words that fit"

// door is People with one administrator, Ana, whose session is returned.
func door(t *testing.T) (*People, *town, *time.Time, *SignedIn) {
	t.Helper()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	m := &town{users: map[engine.UserID]engine.User{}, sessions: map[string]engine.Session{}, links: map[string]engine.SignInLink{}}
	p := NewPeople(PeopleConfig{Store: m, Clock: engine.NewClock(engine.Anchor{}, func() time.Time { return now })})
	link, err := p.Setup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.Accept(t.Context(), Chosen{Link: link, Name: "Ana", Email: "ana@clinic.example", Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	return p, m, &now, in
}

func TestASessionEnds(t *testing.T) {
	p, m, now, in := door(t)
	open := func() bool {
		_, _, err := p.Verify(t.Context(), in.Secret)
		if err != nil && !errors.Is(err, ErrUnauthorized) {
			t.Fatal(err)
		}
		return err == nil
	}
	began := *now
	*now = began.Add(SessionIdle - time.Nanosecond)
	if !open() {
		t.Fatal("a session used within eight hours is over")
	}
	*now = now.Add(SessionIdle)
	if open() {
		t.Error("a session idle for eight hours goes on")
	}
	in, err := p.SignIn(t.Context(), "ana@clinic.example", goodPassword, "here")
	if err != nil {
		t.Fatal(err)
	}
	began = *now
	for now.Before(began.Add(SessionLongest - time.Hour)) {
		*now = now.Add(time.Hour)
		if _, _, err := p.Verify(t.Context(), in.Secret); err != nil {
			t.Fatalf("a session in use ends after %s", now.Sub(began))
		}
	}
	*now = began.Add(SessionLongest)
	if _, _, err := p.Verify(t.Context(), in.Secret); !errors.Is(err, ErrUnauthorized) {
		t.Error("a session in use outlives a week")
	}
	before := m.touches
	in, err = p.SignIn(t.Context(), "ana@clinic.example", goodPassword, "here")
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		*now = now.Add(time.Second)
		if _, _, err := p.Verify(t.Context(), in.Secret); err != nil {
			t.Fatal(err)
		}
	}
	if wrote := m.touches - before; wrote != 1 {
		t.Errorf("a hundred calls in a hundred seconds wrote %d times, want once", wrote)
	}
}

func TestWhatIsStoredOpensNothing(t *testing.T) {
	_, m, _, in := door(t)
	for hash := range m.sessions {
		if hash == in.Secret || strings.Contains(hash, in.Secret) {
			t.Error("a session's secret is stored")
		}
	}
	for _, u := range m.users {
		if !strings.HasPrefix(u.PasswordHash, "argon2id$") || strings.Contains(u.PasswordHash, goodPassword) {
			t.Errorf("a password is stored as %q", u.PasswordHash)
		}
	}
}

func TestALinkEnds(t *testing.T) {
	p, _, now, _ := door(t)
	u, link, err := p.Add(t.Context(), "Bia", "bia@clinic.example", engine.Viewer)
	if err != nil {
		t.Fatal(err)
	}
	*now = now.Add(InviteLink)
	if _, err := p.Accept(t.Context(), Chosen{Link: link, Password: goodPassword}); !errors.Is(err, ErrLinkGone) {
		t.Errorf("a link that is three days old: %v", err)
	}
	if link, err = p.LinkOf(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Accept(t.Context(), Chosen{Link: link, Password: "bia@clinic.example"}); err == nil || errors.Is(err, ErrLinkGone) {
		t.Errorf("the own address as password: %v", err)
	}
	*now = now.Add(InviteLink - time.Nanosecond)
	if _, err := p.Accept(t.Context(), Chosen{Link: link, Password: goodPassword}); err != nil {
		t.Errorf("a link just before its end: %v", err)
	}
	if _, err := p.Accept(t.Context(), Chosen{Link: link, Password: goodPassword}); !errors.Is(err, ErrLinkGone) {
		t.Errorf("a link that was used: %v", err)
	}
}

func TestPausesGrowAndEnd(t *testing.T) {
	p, _, now, _ := door(t)
	try := func(password, from string) time.Duration {
		t.Helper()
		_, err := p.SignIn(t.Context(), "ana@clinic.example", password, from)
		var slow *GuessesError
		if errors.As(err, &slow) {
			return slow.Wait
		}
		if password == goodPassword && err != nil {
			t.Fatalf("the right password: %v", err)
		}
		return 0
	}
	for range freeGuesses {
		try("a wrong password", "here")
	}
	for _, want := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, longestPause, longestPause} {
		if wait := try(goodPassword, "here"); wait != want {
			t.Fatalf("the pause is %s, want %s", wait, want)
		}
		*now = now.Add(want)
		try("a wrong password", "here")
	}
	if wait := try(goodPassword, "elsewhere"); wait != 0 {
		t.Errorf("the person at another address waits %s", wait)
	}
	if wait := try(goodPassword, "here"); wait == 0 {
		t.Error("a guesser is let on because the person signed in elsewhere")
	}
	*now = now.Add(forgetAfter)
	if wait := try(goodPassword, "here"); wait != 0 {
		t.Errorf("an hour later somebody waits %s", wait)
	}
	for i := range manyGuesses {
		try("a wrong password", strings.Repeat("x", i))
	}
	if wait := try(goodPassword, "anywhere"); wait == 0 {
		t.Error("fifty guesses from fifty places cost nothing")
	}
}

func TestOldAndForeignHashes(t *testing.T) {
	ctx := t.Context()
	stored, err := hashPassword(ctx, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	other, err := hashPassword(ctx, goodPassword)
	if err != nil || other == stored {
		t.Error("two people with one password have one hash")
	}
	for text, want := range map[string]bool{stored: true, "": false, "argon2id$": false, "argon2id$99999999999$2$x$y": false, strings.Replace(stored, "argon2id", "bcrypt", 1): false, "plain": false} {
		if fits, err := passwordFits(ctx, text, goodPassword); err != nil || fits != want {
			t.Errorf("%q fits: %v, %v", text, fits, err)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	hashing <- struct{}{}
	hashing <- struct{}{}
	if _, err := passwordFits(gone, stored, goodPassword); !errors.Is(err, context.Canceled) {
		t.Errorf("somebody who left while waiting: %v", err)
	}
	<-hashing
	<-hashing
}

func TestTheMemoryOfGuessesIsBounded(t *testing.T) {
	var g guesses
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for i := range maxGuessers + 100 {
		g.wrong(now, string(rune(i))+"x", freeGuesses)
	}
	if n := len(g.seen); n > maxGuessers {
		t.Errorf("%d guessers are kept", n)
	}
}
