package api

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/engine/auth"
)

// sessionView is who this browser is signed in as. A token asks for itself.
type sessionView struct {
	SignedIn bool          `json:"signed_in"`
	UserID   engine.UserID `json:"user_id,omitempty"`
	Name     string        `json:"name,omitempty"`
	Email    string        `json:"email,omitempty"`
	Role     engine.Role   `json:"role,omitempty"`
	Scopes   []auth.Scope  `json:"scopes"`
	// Local: a POST without a body signs in, because the browser is on this machine.
	Local bool `json:"local"`
	// Demo: this is `jornada dev`, whose messages go to a simulated phone.
	Demo bool `json:"demo"`
	// Clock is null while time here is the world's.
	Clock *hereClock `json:"clock"`
	// Setup: nobody can administer yet; the link printed at start lets the first one in.
	Setup bool `json:"setup"`
}

// hereClock is a clock that runs faster than the world's, or was moved.
type hereClock struct {
	Now   time.Time `json:"now"`
	Speed float64   `json:"speed"`
}

// sameTime is how far a clock may be from the machine's and still be called the same.
const sameTime = time.Second

// here is what a session says of the place it is in, whoever it is of.
func (s *server) here(view sessionView) sessionView {
	view.Demo = s.Phone != nil
	now, speed := s.Clock.Now(), s.Clock.Anchor().Speed
	if speed == 0 {
		speed = 1
	}
	if off := now.Sub(s.Clock.Real()).Abs(); speed != 1 || off > sameTime {
		view.Clock = &hereClock{now, speed}
	}
	return view
}

func sessionOf(u *engine.User) sessionView {
	return sessionView{SignedIn: true, UserID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, Scopes: auth.ScopesOf(u.Role)}
}

func (s *server) getSession(ctx context.Context, q *request) (*answer, error) {
	secret := s.sessionSecret(q.Request)
	if q.Header.Get("Authorization") != "" || secret == "" {
		principal, err := s.caller(ctx, q)
		if err == nil {
			return ok(s.here(sessionView{SignedIn: true, Name: principal.Name, Scopes: principal.Scopes})), nil
		}
		if !errors.Is(err, auth.ErrUnauthorized) {
			return nil, err
		}
		return s.signedOut(ctx, q)
	}
	_, user, err := s.People.Verify(ctx, secret)
	switch {
	case errors.Is(err, auth.ErrUnauthorized):
		return s.signedOut(ctx, q)
	case err != nil:
		return nil, err
	}
	view := sessionOf(user)
	view.Local = s.atThisMachine(q.Request)
	return ok(s.here(view)), nil
}

// signedOut is what there is to know without being anybody. Whether an
// administrator is missing is no secret: the page that says so must be shown.
func (s *server) signedOut(ctx context.Context, q *request) (*answer, error) {
	view := sessionView{Scopes: []auth.Scope{}, Local: s.atThisMachine(q.Request)}
	if !view.Local {
		var err error
		if view.Setup, err = s.People.NeedsSetup(ctx); err != nil {
			return nil, err
		}
	}
	return ok(s.here(view)), nil
}

// createSession signs somebody in: with e-mail and password, with a link and the
// password they choose, or, with an empty body, because they sit at this machine.
func (s *server) createSession(ctx context.Context, q *request) (*answer, error) {
	if err := s.fromOurPages(q.Request); err != nil {
		return nil, err
	}
	if !s.knocks.Allow() {
		return nil, &problem{Status: http.StatusTooManyRequests, Code: codeRateLimited, Details: map[string]any{"retry_after_seconds": 1},
			Text: diag.T("many people sign in at this moment: try again in a second", "muita gente está entrando neste momento: tente de novo em um segundo")}
	}
	var in struct {
		Email    string `json:"email"`
		Password string `json:"password"`
		Link     string `json:"link"`
		Name     string `json:"name"`
	}
	if err := q.decodeOptional(&in); err != nil {
		return nil, err
	}
	var signed *auth.SignedIn
	var err error
	how := "password"
	switch {
	case in.Link != "":
		how = "link"
		signed, err = s.People.Accept(ctx, auth.Chosen{Link: in.Link, Name: in.Name, Email: in.Email, Password: in.Password})
	case in.Email != "" || in.Password != "":
		signed, err = s.People.SignIn(ctx, in.Email, in.Password, callerAddress(q.Request))
	case s.atThisMachine(q.Request):
		how = "local"
		signed, err = s.People.Local(ctx)
	default:
		return nil, invalid("email", diag.T("give email and password, or the link you were given and the password you choose",
			"informe email e password, ou o link que você recebeu e a senha que escolheu"))
	}
	if err != nil {
		return nil, s.refusedSignIn(ctx, q, how, err)
	}
	q.principal = &auth.Principal{TokenID: string(signed.User.ID), Name: signed.User.Name, Scopes: auth.ScopesOf(signed.User.Role)}
	if err := s.audit(ctx, q, "session.begun", string(signed.User.ID), map[string]any{"by": how, "role": signed.User.Role}); err != nil {
		return nil, err
	}
	view := sessionOf(&signed.User)
	view.Local = s.atThisMachine(q.Request)
	return created(s.here(view)).with("Set-Cookie", s.cookie(signed.Secret, int(auth.SessionLongest/time.Second)).String()), nil
}

// refusedSignIn turns the door's refusals into words, and records them: guessing
// must be seen. It names no address, because a wrong one may be anybody's.
func (s *server) refusedSignIn(ctx context.Context, q *request, how string, err error) error {
	var slow *auth.GuessesError
	var p *problem
	switch {
	case errors.As(err, &slow):
		seconds := int(math.Ceil(slow.Wait.Seconds()))
		p = &problem{Status: http.StatusTooManyRequests, Code: codeRateLimited, Details: map[string]any{"retry_after_seconds": seconds},
			Text: diag.T("too many wrong passwords: wait %d s, or ask an administrator for a new link", "senhas erradas demais: espere %d s, ou peça um novo link a um administrador", seconds)}
	case errors.Is(err, auth.ErrWrongPassword):
		p = &problem{Status: http.StatusUnauthorized, Code: codeUnauthorized,
			Text: diag.T("the e-mail or the password is wrong", "o e-mail ou a senha não confere")}
	case errors.Is(err, auth.ErrLinkGone):
		p = &problem{Status: http.StatusGone, Code: codeGone,
			Text: diag.T("this link was used already, or its time is over: ask an administrator for a new one (the first administrator's is printed when `jornada serve` starts)",
				"este link já foi usado ou venceu: peça um novo a um administrador (o do primeiro administrador é impresso quando `jornada serve` inicia)")}
	default:
		return personProblem(err)
	}
	if slow != nil { // one refusal after another would only fill the trail
		s.Logger.WarnContext(ctx, "somebody guesses passwords", "request_id", q.id, "wait", slow.Wait)
		return p
	}
	if recordErr := s.audit(ctx, q, "session.refused", "", map[string]any{"by": how, "reason": p.Code}); recordErr != nil {
		return recordErr
	}
	return p
}

func (s *server) deleteSession(ctx context.Context, q *request) (*answer, error) {
	if err := s.fromOurPages(q.Request); err != nil {
		return nil, err
	}
	a := (&answer{status: http.StatusNoContent}).with("Set-Cookie", s.cookie("", -1).String())
	secret := s.sessionSecret(q.Request)
	principal, user, err := s.People.Verify(ctx, secret)
	if errors.Is(err, auth.ErrUnauthorized) {
		return a, nil // gone already
	}
	if err != nil {
		return nil, err
	}
	if err := s.People.SignOut(ctx, secret); err != nil {
		return nil, err
	}
	q.principal = principal
	return a, s.audit(ctx, q, "session.ended", string(user.ID), nil)
}

// changePassword is one's own: with the old one, from a browser that is signed in.
// Every other browser is signed out, and this one's cookie is new.
func (s *server) changePassword(ctx context.Context, q *request) (*answer, error) {
	if err := s.fromOurPages(q.Request); err != nil {
		return nil, err
	}
	var in struct {
		Current  string `json:"current"`
		Password string `json:"password"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	signed, err := s.People.ChangePassword(ctx, s.sessionSecret(q.Request), in.Current, in.Password, callerAddress(q.Request))
	switch {
	case errors.Is(err, auth.ErrUnauthorized):
		return nil, &problem{Status: http.StatusUnauthorized, Code: codeUnauthorized, Text: diag.T("your session is over: sign in again", "sua sessão terminou: entre de novo")}
	case errors.Is(err, auth.ErrWrongPassword):
		if recordErr := s.audit(ctx, q, "user.password_refused", "", nil); recordErr != nil {
			return nil, recordErr
		}
		return nil, invalid("current", diag.T("this is not the password you have now", "esta não é a sua senha atual"))
	case isCode(err, engine.Conflict):
		return nil, conflict(diag.T("you have no password: you are signed in because you sit at this machine", "você não tem senha: entrou porque está nesta máquina"))
	case err != nil:
		return nil, s.refusedSignIn(ctx, q, "password", err)
	}
	q.principal = &auth.Principal{TokenID: string(signed.User.ID), Name: signed.User.Name, Scopes: auth.ScopesOf(signed.User.Role)}
	if err := s.audit(ctx, q, "user.password_changed", string(signed.User.ID), nil); err != nil {
		return nil, err
	}
	view := sessionOf(&signed.User)
	view.Local = s.atThisMachine(q.Request)
	return ok(view).with("Set-Cookie", s.cookie(signed.Secret, int(auth.SessionLongest/time.Second)).String()), nil
}

// ---- the cookie

// cookieName carries the prefix with which browsers refuse a cookie that another
// host, or a page without TLS, has set. Over plain HTTP, on this machine, they
// would refuse ours.
func (s *server) cookieName() string {
	if s.secure() {
		return "__Host-jornada"
	}
	return "jornada_session"
}

func (s *server) secure() bool { return s.public != nil && s.public.Scheme == "https" }

// cookie is a session's, as long as the session may last; maxAge -1 removes it.
func (s *server) cookie(secret string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: secret, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	}
}

func (s *server) sessionSecret(r *http.Request) string {
	c, err := r.Cookie(s.cookieName())
	if err != nil {
		return ""
	}
	return c.Value
}

// fromOurPages refuses what another site's page makes a browser send. Browsers say
// where a call that changes something comes from; one that says nothing is not
// from a page of ours.
func (s *server) fromOurPages(r *http.Request) error {
	origin := r.Header.Get("Origin")
	site := r.Header.Get("Sec-Fetch-Site")
	ours := site == "same-origin" || site == "" && origin != ""
	if origin != "" {
		u, err := url.Parse(origin)
		ours = ours && err == nil && (strings.EqualFold(u.Host, r.Host) || s.public != nil && strings.EqualFold(u.Host, s.public.Host) && strings.EqualFold(u.Scheme, s.public.Scheme))
	}
	if ours {
		return nil
	}
	return &problem{Status: http.StatusForbidden, Code: string(engine.Forbidden), Details: map[string]any{"reason": "cross_site"},
		Text: diag.T("with a session, only the editor's own pages may do that: call from a program with a token (Authorization: Bearer <token>)",
			"com uma sessão, só as páginas do editor podem fazer isso: em um programa, use um token (Authorization: Bearer <token>)")}
}

// atThisMachine reports whether `jornada dev` may take whoever calls for the person
// at its keyboard.
func (s *server) atThisMachine(r *http.Request) bool {
	if !s.Local || fromThisMachine(r) != nil {
		return false
	}
	ip := net.ParseIP(callerAddress(r))
	return ip != nil && ip.IsLoopback() && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
}

func callerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
