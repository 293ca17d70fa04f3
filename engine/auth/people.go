package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"jornada/engine"
)

// How long what a person holds is good for.
const (
	// SessionIdle ends a session that nobody used.
	SessionIdle = 8 * time.Hour
	// SessionLongest ends every session.
	SessionLongest = 7 * 24 * time.Hour
	// SetupLink is the first administrator's.
	SetupLink = 30 * time.Minute
	// InviteLink is everybody else's.
	InviteLink = 3 * 24 * time.Hour
)

// Refusals of the door. They say as little as the caller has proved.
var (
	// ErrWrongPassword is a wrong e-mail or a wrong password: not which.
	ErrWrongPassword = errors.New("the e-mail or the password is wrong")
	// ErrLinkGone is a link that was used, replaced, or whose time is over.
	ErrLinkGone = errors.New("the link was used already, or its time is over")
)

// GuessesError refuses to look at a password for a while.
type GuessesError struct{ Wait time.Duration }

// Error implements error.
func (e *GuessesError) Error() string {
	return fmt.Sprintf("too many wrong passwords: wait %s", e.Wait.Round(time.Second))
}

// PeopleStore keeps users, their sessions and links.
type PeopleStore interface {
	Users(ctx context.Context) ([]engine.User, error)
	User(ctx context.Context, id engine.UserID) (*engine.User, error)
	UserByEmail(ctx context.Context, email string) (*engine.User, error)
	PutUser(ctx context.Context, u *engine.User) error
	LockUsers(ctx context.Context) error
	PutSession(ctx context.Context, v *engine.Session) error
	SessionByHash(ctx context.Context, hash string) (*engine.Session, error)
	TouchSession(ctx context.Context, hash string, user engine.UserID, when time.Time) error
	EndSession(ctx context.Context, hash string) error
	EndSessionsOf(ctx context.Context, user engine.UserID) error
	PutSignInLink(ctx context.Context, l *engine.SignInLink) error
	SignInLinkByHash(ctx context.Context, hash string) (*engine.SignInLink, error)
	UseSignInLink(ctx context.Context, hash string, when time.Time) (first bool, err error)
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// People lets persons in: by password, by a link that somebody gave them, and with
// `jornada dev` by sitting at the machine. It is safe for concurrent use.
type People struct {
	store   PeopleStore
	clock   engine.Clock // real time: sessions are about people's days
	logger  *slog.Logger
	guesses guesses
}

// PeopleConfig configures People. Clock should be real time, as in Config.
type PeopleConfig struct {
	Store  PeopleStore
	Clock  engine.Clock
	Logger *slog.Logger
}

// NewPeople makes the door for persons.
func NewPeople(c PeopleConfig) *People {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &People{store: c.Store, clock: c.Clock, logger: c.Logger}
}

// SignedIn is a person with a fresh session. Secret goes into their browser's
// cookie and nowhere else.
type SignedIn struct {
	User      engine.User
	Secret    string
	ExpiresAt time.Time
}

// Setup makes the link of the first administrator; "" when there is one already.
func (p *People) Setup(ctx context.Context) (secret string, err error) {
	has, err := p.hasAdministrator(ctx)
	if err != nil || has {
		return "", err
	}
	return p.link(ctx, "", SetupLink)
}

// NeedsSetup reports whether nobody can administer yet.
func (p *People) NeedsSetup(ctx context.Context) (bool, error) {
	has, err := p.hasAdministrator(ctx)
	return !has, err
}

func (p *People) hasAdministrator(ctx context.Context) (bool, error) {
	list, err := p.store.Users(ctx)
	if err != nil {
		return false, fmt.Errorf("looking for an administrator: %w", err)
	}
	for _, u := range list {
		if u.Role == engine.Administrator && u.DisabledAt == nil && u.PasswordHash != "" {
			return true, nil
		}
	}
	return false, nil
}

// link makes a link; user "" is the first administrator's.
func (p *People) link(ctx context.Context, user engine.UserID, good time.Duration) (secret string, err error) {
	if secret, err = newSecret(); err != nil {
		return "", err
	}
	l := &engine.SignInLink{Hash: hashOf(secret), UserID: user, ExpiresAt: p.clock.Now().Add(good)}
	if err := p.store.PutSignInLink(ctx, l); err != nil {
		return "", fmt.Errorf("storing a link: %w", err)
	}
	return secret, nil
}

// LinkOf makes a new link for a user, who chooses a password with it; earlier ones
// end. It is engine.NotFound when there is no such user.
func (p *People) LinkOf(ctx context.Context, id engine.UserID) (secret string, err error) {
	u, err := p.store.User(ctx, id)
	if err != nil {
		return "", err
	}
	if u.DisabledAt != nil {
		return "", &engine.Error{Code: engine.Conflict, Message: "this user is disabled: enable them first"}
	}
	return p.link(ctx, id, InviteLink)
}

// Chosen is what somebody writes behind a link. Name and Email count for the first
// administrator only; the others have theirs.
type Chosen struct{ Link, Name, Email, Password string }

// Accept takes a link: the person has a password from here on and is signed in.
// Sessions from before end. The error is ErrLinkGone, or engine.Invalid and names
// the field.
func (p *People) Accept(ctx context.Context, c Chosen) (*SignedIn, error) {
	now := p.clock.Now()
	hash := hashOf(c.Link)
	l, err := p.store.SignInLinkByHash(ctx, hash)
	switch {
	case isCode(err, engine.NotFound):
		return nil, ErrLinkGone
	case err != nil:
		return nil, fmt.Errorf("looking up a link: %w", err)
	case l.UsedAt != nil || !now.Before(l.ExpiresAt):
		return nil, ErrLinkGone
	}
	var u *engine.User
	if l.UserID == "" {
		u = &engine.User{Name: strings.TrimSpace(c.Name), Email: tidyEmail(c.Email), Role: engine.Administrator}
		if err := checkPerson(u); err != nil {
			return nil, err
		}
	} else if u, err = p.store.User(ctx, l.UserID); err != nil {
		return nil, fmt.Errorf("reading a link's user: %w", err)
	}
	if err := checkPassword(c.Password, u.Name, u.Email); err != nil {
		return nil, err
	}
	password, err := hashPassword(ctx, c.Password)
	if err != nil {
		return nil, err
	}
	var in *SignedIn
	err = p.store.InTx(ctx, func(ctx context.Context) error {
		if err := p.store.LockUsers(ctx); err != nil {
			return err
		}
		if l.UserID == "" {
			has, err := p.hasAdministrator(ctx)
			if err != nil {
				return err
			}
			if has { // somebody else's link was quicker
				return ErrLinkGone
			}
		} else if u, err = p.store.User(ctx, l.UserID); err != nil {
			return err
		}
		if u.DisabledAt != nil {
			return ErrLinkGone
		}
		first, err := p.store.UseSignInLink(ctx, hash, now)
		if err != nil {
			return err
		}
		if !first {
			return ErrLinkGone
		}
		in, err = p.beginAnew(ctx, u, password)
		return err
	})
	if err != nil {
		return nil, err
	}
	p.guesses.right(accountKey(u.Email))
	return in, nil
}

// SignIn takes e-mail and password. From is where the person calls from (an IP
// address): guessing is slowed down by account and place. The error is
// ErrWrongPassword, *GuessesError, or the store being away.
func (p *People) SignIn(ctx context.Context, email, password, from string) (*SignedIn, error) {
	email = tidyEmail(email)
	if len(email) > maxEmail || len(password) > 4*MaxPassword {
		return nil, ErrWrongPassword
	}
	u, err := p.store.UserByEmail(ctx, email)
	if err != nil && !isCode(err, engine.NotFound) {
		return nil, fmt.Errorf("looking up a user: %w", err)
	}
	stored := ""
	if u != nil && u.DisabledAt == nil {
		stored = u.PasswordHash
	}
	if err := p.knows(ctx, email, stored, password, from); err != nil {
		return nil, err
	}
	return p.begin(ctx, u)
}

// knows checks a password against what is stored of it, and slows guessing down.
func (p *People) knows(ctx context.Context, email, stored, password, from string) error {
	now := p.clock.Now()
	account, place := accountKey(email), accountKey(email)+" "+from
	if wait := p.guesses.wait(now, account, place); wait > 0 {
		return &GuessesError{wait}
	}
	// Counted before it is looked at, so that a hundred guesses at once are no way round.
	p.guesses.wrong(now, place, freeGuesses)
	p.guesses.wrong(now, account, manyGuesses)
	fits, err := passwordFits(ctx, stored, password)
	if err != nil {
		return err
	}
	if !fits {
		return ErrWrongPassword
	}
	p.guesses.right(account, place)
	return nil
}

// ChangePassword gives whoever's session a secret is another password, when they
// know the one they have. All their sessions end, and a new one begins here. The
// error is ErrUnauthorized, ErrWrongPassword, *GuessesError, engine.Invalid for a
// password that is none, or engine.Conflict for somebody who has no password.
func (p *People) ChangePassword(ctx context.Context, secret, password, wanted, from string) (*SignedIn, error) {
	_, u, err := p.Verify(ctx, secret)
	if err != nil {
		return nil, err
	}
	if u.PasswordHash == "" {
		return nil, &engine.Error{Code: engine.Conflict, Field: "current", Message: "you have no password: you are signed in because you sit at this machine"}
	}
	if len(password) > 4*MaxPassword {
		return nil, ErrWrongPassword
	}
	if err := p.knows(ctx, u.Email, u.PasswordHash, password, from); err != nil {
		return nil, err
	}
	if err := checkPassword(wanted, u.Name, u.Email); err != nil {
		return nil, err
	}
	hash, err := hashPassword(ctx, wanted)
	if err != nil {
		return nil, err
	}
	var in *SignedIn
	err = p.store.InTx(ctx, func(ctx context.Context) error {
		if err := p.store.LockUsers(ctx); err != nil {
			return err
		}
		now, err := p.store.User(ctx, u.ID)
		if err != nil {
			return err
		}
		if now.PasswordHash != u.PasswordHash || now.DisabledAt != nil { // changed meanwhile
			return ErrWrongPassword
		}
		in, err = p.beginAnew(ctx, now, hash)
		return err
	})
	if err != nil {
		return nil, err
	}
	return in, nil
}

// beginAnew gives somebody a password, by its hash, in place of the one before and of
// every session that it had begun. It belongs into a transaction.
func (p *People) beginAnew(ctx context.Context, u *engine.User, hash string) (*SignedIn, error) {
	u.PasswordHash = hash
	if err := p.store.PutUser(ctx, u); err != nil {
		return nil, err
	}
	if err := p.store.EndSessionsOf(ctx, u.ID); err != nil {
		return nil, err
	}
	return p.begin(ctx, u)
}

// localUser is who sits at the machine that `jornada dev` runs on.
const localUser = engine.UserID("usr_local")

// Local signs in whoever sits at this machine, as an administrator without a
// password. The caller has made sure that they do.
func (p *People) Local(ctx context.Context) (*SignedIn, error) {
	u, err := p.store.User(ctx, localUser)
	if isCode(err, engine.NotFound) {
		u = &engine.User{ID: localUser, Name: "Local", Email: "local@localhost", Role: engine.Administrator}
		err = p.store.PutUser(ctx, u)
		if isCode(err, engine.Conflict) { // two tabs at once
			u, err = p.store.User(ctx, localUser)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("signing in at this machine: %w", err)
	}
	return p.begin(ctx, u)
}

func (p *People) begin(ctx context.Context, u *engine.User) (*SignedIn, error) {
	secret, err := newSecret()
	if err != nil {
		return nil, err
	}
	now := p.clock.Now()
	v := &engine.Session{Hash: hashOf(secret), UserID: u.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(SessionLongest)}
	if err := p.store.PutSession(ctx, v); err != nil {
		return nil, fmt.Errorf("storing a session: %w", err)
	}
	return &SignedIn{User: *u, Secret: secret, ExpiresAt: v.ExpiresAt}, nil
}

// Verify says whose session a secret is, or ErrUnauthorized. Any other error means
// the store is away.
func (p *People) Verify(ctx context.Context, secret string) (*Principal, *engine.User, error) {
	if secret == "" || len(secret) > 512 {
		return nil, nil, ErrUnauthorized
	}
	v, err := p.store.SessionByHash(ctx, hashOf(secret))
	if isCode(err, engine.NotFound) {
		return nil, nil, ErrUnauthorized
	}
	if err != nil {
		return nil, nil, fmt.Errorf("looking up a session: %w", err)
	}
	now := p.clock.Now()
	if !now.Before(v.ExpiresAt) || now.Sub(v.SeenAt) >= SessionIdle {
		return nil, nil, ErrUnauthorized
	}
	u, err := p.store.User(ctx, v.UserID)
	if isCode(err, engine.NotFound) || err == nil && u.DisabledAt != nil {
		return nil, nil, ErrUnauthorized
	}
	if err != nil {
		return nil, nil, fmt.Errorf("looking up a session's user: %w", err)
	}
	if now.Sub(v.SeenAt) >= touchEvery {
		if err := p.store.TouchSession(ctx, v.Hash, u.ID, now); err != nil {
			p.logger.WarnContext(ctx, "recording the use of a session", "user", u.ID, "error", err)
		}
	}
	return &Principal{TokenID: string(u.ID), Name: u.Name, Scopes: ScopesOf(u.Role)}, u, nil
}

// SignOut ends the session of a secret, whoever's it is.
func (p *People) SignOut(ctx context.Context, secret string) error {
	return p.store.EndSession(ctx, hashOf(secret))
}

func tidyEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// accountKey names an account in memory without keeping its address.
func accountKey(email string) string { return hashOf(email) }

// newSecret is 256 random bits as text.
func newSecret() (string, error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("drawing a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}
