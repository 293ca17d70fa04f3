package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"jornada/engine"
)

// Prefix starts every token we make, so that secret scanners can find a leaked one.
const Prefix = "jrn_"

// MinSecret is the least length, in characters, of a token chosen by the
// operator (`--token`); ours have 47.
const MinSecret = 16

// touchEvery bounds how often "last used" is written: a busy token must not
// cost a write per request.
const touchEvery = time.Minute

// ErrUnauthorized means the token is missing, unknown, expired or revoked. It
// does not say which, because the caller has not proved who they are.
var ErrUnauthorized = errors.New("the token is missing, unknown, expired or revoked")

// Store is what the service keeps tokens in.
type Store interface {
	Tokens(ctx context.Context) ([]engine.Token, error)
	PutToken(ctx context.Context, t *engine.Token) error
	TokenByHash(ctx context.Context, hash string) (*engine.Token, error)
	RevokeToken(ctx context.Context, id string) error
	TouchToken(ctx context.Context, id string, at time.Time) error
}

// Config configures a Service. Clock should be real time even where journeys
// run faster (`--speed`): a token's expiry is about the caller's calendar.
type Config struct {
	Store  Store
	Clock  engine.Clock
	Logger *slog.Logger
}

// Service makes and checks tokens. It is safe for concurrent use.
type Service struct {
	store  Store
	clock  engine.Clock
	logger *slog.Logger

	mu      sync.Mutex
	touched map[string]time.Time
}

// New makes a service.
func New(c Config) *Service {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{store: c.Store, clock: c.Clock, logger: c.Logger, touched: map[string]time.Time{}}
}

// Request asks for a token. ExpiresAt nil means it lives until it is revoked.
type Request struct {
	Name      string
	Scopes    []Scope
	ExpiresAt *time.Time
}

// Create makes a token and returns its secret, which cannot be read again.
// Errors are engine.Invalid and name the field.
func (s *Service) Create(ctx context.Context, r Request) (secret string, token *engine.Token, err error) {
	if err := s.validate(r); err != nil {
		return "", nil, err
	}
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return "", nil, fmt.Errorf("drawing a token: %w", err)
	}
	secret = Prefix + base64.RawURLEncoding.EncodeToString(random)
	token = s.row(secret, r)
	if err := s.store.PutToken(ctx, token); err != nil {
		return "", nil, fmt.Errorf("storing the token %q: %w", r.Name, err)
	}
	return secret, token, nil
}

// Ensure makes the operator's own secret an administrator's token (the flag
// --token of `jornada dev`). Calling it again with the same secret changes nothing.
func (s *Service) Ensure(ctx context.Context, secret, name string) error {
	if len(secret) < MinSecret {
		return &engine.Error{Code: engine.Invalid, Field: "token",
			Message: fmt.Sprintf("the token has %d characters and needs at least %d: make one with `openssl rand -hex 24`", len(secret), MinSecret)}
	}
	if strings.TrimSpace(secret) != secret || strings.ContainsAny(secret, " \t\r\n") {
		return &engine.Error{Code: engine.Invalid, Field: "token", Message: "the token contains white space: a header cannot carry it"}
	}
	err := s.ensure(ctx, secret, name)
	if isCode(err, engine.Conflict) {
		// Another process started in this moment and stored it: now it is there.
		err = s.ensure(ctx, secret, name)
	}
	return err
}

func (s *Service) ensure(ctx context.Context, secret, name string) error {
	old, err := s.store.TokenByHash(ctx, hashOf(secret))
	if err == nil && old.RevokedAt == nil && old.ExpiresAt == nil {
		return nil
	}
	if err != nil && !isCode(err, engine.NotFound) {
		return fmt.Errorf("looking up the administrator's token: %w", err)
	}
	token := s.row(secret, Request{Name: name, Scopes: []Scope{Admin}})
	if old != nil {
		token.ID = old.ID
	}
	if err := s.store.PutToken(ctx, token); err != nil {
		return fmt.Errorf("storing the administrator's token: %w", err)
	}
	return nil
}

func isCode(err error, code engine.ErrorCode) bool {
	var refused *engine.Error
	return errors.As(err, &refused) && refused.Code == code
}

// Verify says who presents a secret, or ErrUnauthorized. Any other error means
// the store is away.
func (s *Service) Verify(ctx context.Context, secret string) (*Principal, error) {
	if secret == "" || len(secret) > 512 {
		return nil, ErrUnauthorized
	}
	token, err := s.store.TokenByHash(ctx, hashOf(secret))
	var refused *engine.Error
	switch {
	case errors.As(err, &refused) && refused.Code == engine.NotFound:
		return nil, ErrUnauthorized
	case err != nil:
		return nil, fmt.Errorf("looking up a token: %w", err)
	case token == nil || token.RevokedAt != nil:
		return nil, ErrUnauthorized
	}
	now := s.clock.Now()
	if token.ExpiresAt != nil && !now.Before(*token.ExpiresAt) {
		return nil, ErrUnauthorized
	}
	s.touch(ctx, token.ID, now)
	p := &Principal{TokenID: token.ID, Name: token.Name}
	for _, scope := range token.Scopes {
		p.Scopes = append(p.Scopes, Scope(scope))
	}
	return p, nil
}

// Tokens lists every token, without any secret.
func (s *Service) Tokens(ctx context.Context) ([]engine.Token, error) { return s.store.Tokens(ctx) }

// Revoke ends a token at once.
func (s *Service) Revoke(ctx context.Context, id string) error { return s.store.RevokeToken(ctx, id) }

func (s *Service) validate(r Request) error {
	if strings.TrimSpace(r.Name) == "" || len(r.Name) > 100 {
		return invalid("name", "a token needs a name of 1 to 100 characters that says who uses it")
	}
	if len(r.Scopes) == 0 {
		return invalid("scopes", "a token needs at least one scope: "+list(Scopes()))
	}
	for _, scope := range r.Scopes {
		if !slices.Contains(Scopes(), scope) {
			return invalid("scopes", fmt.Sprintf("there is no scope %q: use %s", scope, list(Scopes())))
		}
	}
	if r.ExpiresAt != nil && !r.ExpiresAt.After(s.clock.Now()) {
		return invalid("expires_at", "the token would be expired already: choose a moment in the future, or leave it out")
	}
	return nil
}

func (s *Service) row(secret string, r Request) *engine.Token {
	t := &engine.Token{
		ID: engine.NewID("tok"), Name: r.Name, Hash: hashOf(secret),
		CreatedAt: s.clock.Now(), ExpiresAt: r.ExpiresAt,
	}
	if strings.HasPrefix(secret, Prefix) { // an operator's own secret shows nothing of itself
		t.Prefix = secret[:len(Prefix)+4]
	}
	for _, scope := range r.Scopes {
		t.Scopes = append(t.Scopes, string(scope))
	}
	return t
}

// touch records the use, at most once a minute and token. Failing to do so is
// no reason to refuse the caller.
func (s *Service) touch(ctx context.Context, id string, now time.Time) {
	s.mu.Lock()
	last, known := s.touched[id]
	due := !known || now.Sub(last) >= touchEvery
	if due {
		s.touched[id] = now
	}
	s.mu.Unlock()
	if !due {
		return
	}
	if err := s.store.TouchToken(ctx, id, now); err != nil {
		s.logger.WarnContext(ctx, "recording the use of a token", "token", id, "error", err)
	}
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func list(scopes []Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
