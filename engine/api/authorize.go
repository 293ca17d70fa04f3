package api

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/engine/auth"
)

// authorize lets a call in, or says why not. A route that names no scope and is
// not opened on purpose stays shut.
func (s *server) authorize(ctx context.Context, c echo.Context, q *request) error {
	switch q.route.open {
	case openToAll:
		return nil
	case openToLoopback:
		if err := fromThisMachine(q.Request); err != nil {
			return err
		}
		q.principal = &auth.Principal{TokenID: "phone", Name: "demo phone", Scopes: []auth.Scope{auth.Admin}}
		return nil
	}
	principal, err := s.caller(ctx, q)
	var refused *problem
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, auth.ErrUnauthorized):
		text := diag.T("the token is missing, unknown, expired or revoked: send the header Authorization: Bearer <token>",
			"o token falta, é desconhecido, expirou ou foi revogado: envie o cabeçalho Authorization: Bearer <token>")
		if q.Header.Get(echo.HeaderAuthorization) == "" && s.sessionSecret(q.Request) != "" {
			text = diag.T("your session is over: sign in again", "sua sessão terminou: entre de novo")
		}
		return &problem{Status: http.StatusUnauthorized, Code: codeUnauthorized, Text: text}
	case err != nil:
		return &problem{Status: http.StatusServiceUnavailable, Code: string(engine.Unavailable), Err: err,
			Text: diag.T("the database is away, so the token cannot be checked; try again", "o banco de dados está fora, e o token não pode ser conferido; tente de novo")}
	}
	q.principal = principal
	if !principal.May(q.route.allow...) {
		names := make([]string, 0, len(q.route.allow)+1)
		for _, scope := range q.route.allow {
			names = append(names, string(scope))
		}
		text := diag.T("this token may not do that: it needs the scope %s", "este token não pode fazer isso: precisa do escopo %s", strings.Join(append(names, string(auth.Admin)), " / "))
		if s.isPerson(q) {
			text = notYourRole(q.route.allow)
		}
		return &problem{Status: http.StatusForbidden, Code: string(engine.Forbidden), Details: map[string]any{"scopes": names}, Text: text}
	}
	return s.throttle(c, principal.TokenID)
}

// isPerson reports whether a call is a person's, by the session of their browser.
func (s *server) isPerson(q *request) bool {
	return q.Header.Get(echo.HeaderAuthorization) == "" && s.sessionSecret(q.Request) != ""
}

// rolesInWords are the roles as the pages call them.
var rolesInWords = map[engine.Role]diag.Text{
	engine.Administrator: {En: "an administrator", Pt: "administrador"},
	engine.Author:        {En: "an author", Pt: "autor"}, //nolint:misspell // Portuguese
	engine.Operator:      {En: "an operator", Pt: "operador"},
	engine.Viewer:        {En: "a viewer", Pt: "leitor"},
}

// notYourRole tells a person whom to ask for what needs one of some scopes.
func notYourRole(allow []auth.Scope) diag.Text {
	var who diag.Text
	for _, role := range engine.Roles() {
		if !(&auth.Principal{Scopes: auth.ScopesOf(role)}).May(allow...) {
			continue
		}
		if who.En != "" {
			who.En, who.Pt = who.En+" or ", who.Pt+" ou "
		}
		who.En, who.Pt = who.En+rolesInWords[role].En, who.Pt+rolesInWords[role].Pt
	}
	return diag.Text{
		En: "your role does not allow this: ask " + who.En,
		Pt: "o seu papel não permite isto: peça a quem é " + who.Pt,
	}
}

// caller is who a call is from: the owner of its token, else the person whose
// session its cookie is. A cookie comes along whatever page made the call, so
// what changes something counts only from our own pages.
func (s *server) caller(ctx context.Context, q *request) (*auth.Principal, error) {
	header := q.Header.Get(echo.HeaderAuthorization)
	session := s.sessionSecret(q.Request)
	if header != "" || session == "" {
		kind, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(kind, "bearer") {
			secret = ""
		}
		return s.Auth.Verify(ctx, strings.TrimSpace(secret))
	}
	if q.Method != http.MethodGet && q.Method != http.MethodHead {
		if err := s.fromOurPages(q.Request); err != nil {
			return nil, err
		}
	}
	principal, _, err := s.People.Verify(ctx, session)
	return principal, err
}

// throttle keeps one caller from taking everybody's share.
func (s *server) throttle(c echo.Context, token string) error {
	s.limitersMu.Lock()
	limiter := s.limiters[token]
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Limit(s.Rate), s.Burst)
		s.limiters[token] = limiter
	}
	s.limitersMu.Unlock()
	now := time.Now() //nolint:forbidigo // the caller's patience is real time, whatever --speed says
	reservation := limiter.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait <= 0 {
		return nil
	}
	reservation.Cancel()
	seconds := int(math.Ceil(wait.Seconds()))
	c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
	return &problem{Status: http.StatusTooManyRequests, Code: codeRateLimited, Details: map[string]any{"retry_after_seconds": seconds},
		Text: diag.T("this token makes more than %d calls per second: wait %d s", "este token faz mais de %d chamadas por segundo: espere %d s", s.Rate, seconds)}
}

// fromThisMachine refuses pages of the internet that reach us through the
// browser: by another origin, or by a name of theirs that resolves to 127.0.0.1
// (DNS rebinding). The simulated phone needs no token, so it must be sure.
func fromThisMachine(r *http.Request) error {
	refuse := func() error {
		return &problem{Status: http.StatusForbidden, Code: string(engine.Forbidden),
			Text: diag.T("the demo phone answers only at localhost: open it as http://127.0.0.1 or http://localhost on this machine",
				"o telefone de demonstração só responde em localhost: abra como http://127.0.0.1 ou http://localhost nesta máquina")}
	}
	if !loopbackHost(r.Host) {
		return refuse()
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(u.Host, r.Host) {
			return refuse()
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return refuse()
	}
	return nil
}

func loopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
