package auth

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"jornada/engine"
)

// memory keeps tokens by hash.
type memory struct {
	rows    map[string]*engine.Token
	touches int
	away    error
}

func (m *memory) Tokens(context.Context) (list []engine.Token, err error) {
	for _, t := range m.rows {
		list = append(list, *t)
	}
	return list, m.away
}
func (m *memory) PutToken(_ context.Context, t *engine.Token) error {
	m.rows[t.Hash] = t
	return m.away
}
func (m *memory) TokenByHash(_ context.Context, hash string) (*engine.Token, error) {
	if m.away != nil {
		return nil, m.away
	}
	if t := m.rows[hash]; t != nil {
		return t, nil
	}
	return nil, engine.Errorf(engine.NotFound, "there is no such token")
}
func (m *memory) RevokeToken(_ context.Context, id string) error {
	for _, t := range m.rows {
		if t.ID == id {
			now := time.Unix(0, 0)
			t.RevokedAt = &now
		}
	}
	return m.away
}
func (m *memory) TouchToken(_ context.Context, id string, at time.Time) error {
	m.touches++
	return nil
}

func fixture() (*Service, *memory, *time.Time) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	m := &memory{rows: map[string]*engine.Token{}}
	return New(Config{Store: m, Clock: engine.NewClock(engine.Anchor{}, func() time.Time { return now })}), m, &now
}

func TestATokenIsShownOnceAndStoredAsItsHash(t *testing.T) {
	s, m, _ := fixture()
	secret, token, err := s.Create(t.Context(), Request{Name: "CI", Scopes: []Scope{Journeys}})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^jrn_[A-Za-z0-9_-]{43}$`).MatchString(secret) {
		t.Errorf("a secret of 256 bits looks different: %q", secret)
	}
	if strings.Contains(token.Hash+token.ID+token.Name, secret[8:]) || len(token.Prefix) != 8 || len(token.Hash) != 64 {
		t.Errorf("the stored row gives the secret away: %+v", token)
	}
	other, _, err := s.Create(t.Context(), Request{Name: "CI", Scopes: []Scope{Journeys}})
	if err != nil || other == secret {
		t.Error("two tokens are the same")
	}
	p, err := s.Verify(t.Context(), secret)
	if err != nil || p.TokenID != token.ID || !p.May(Journeys) || p.May(Contacts) || p.May() {
		t.Errorf("verifying gives %+v, %v", p, err)
	}
	for range 10 {
		if _, err := s.Verify(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
	}
	if m.touches != 1 {
		t.Errorf("eleven uses within a minute wrote %d times, want once", m.touches)
	}
}

func TestATokenEnds(t *testing.T) {
	s, _, now := fixture()
	soon := now.Add(time.Hour)
	secret, token, err := s.Create(t.Context(), Request{Name: "CI", Scopes: []Scope{Read}, ExpiresAt: &soon})
	if err != nil {
		t.Fatal(err)
	}
	refused := func(label string) {
		t.Helper()
		if _, err := s.Verify(t.Context(), secret); !errors.Is(err, ErrUnauthorized) {
			t.Errorf("%s: verifying gives %v", label, err)
		}
	}
	*now = soon.Add(-time.Nanosecond)
	if _, err := s.Verify(t.Context(), secret); err != nil {
		t.Errorf("just before its end: %v", err)
	}
	*now = soon
	refused("at its end")
	*now = soon.Add(-time.Minute)
	if err := s.Revoke(t.Context(), token.ID); err != nil {
		t.Fatal(err)
	}
	refused("revoked")
	secret = "jrn_" + strings.Repeat("x", 1000)
	refused("endless")
	secret = ""
	refused("empty")
}

func TestAwayIsNotUnauthorized(t *testing.T) {
	s, m, _ := fixture()
	m.away = errors.New("the database is away")
	if _, err := s.Verify(t.Context(), "jrn_x"); err == nil || errors.Is(err, ErrUnauthorized) {
		t.Errorf("with the store away verifying gives %v", err)
	}
}

func TestRequestsAreChecked(t *testing.T) {
	s, _, now := fixture()
	past := now.Add(-time.Hour)
	for field, r := range map[string]Request{
		"name":       {Name: " ", Scopes: []Scope{Read}},
		"scopes":     {Name: "x"},
		"expires_at": {Name: "x", Scopes: []Scope{Read}, ExpiresAt: &past},
	} {
		_, _, err := s.Create(t.Context(), r)
		var refused *engine.Error
		if !errors.As(err, &refused) || refused.Field != field || refused.Code != engine.Invalid {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestTheOperatorsOwnToken(t *testing.T) {
	s, m, _ := fixture()
	for _, bad := range []string{"", "short", "white space is not allowed"} {
		if err := s.Ensure(t.Context(), bad, "operator"); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for range 2 {
		if err := s.Ensure(t.Context(), "a-long-enough-secret", "operator"); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.rows) != 1 {
		t.Errorf("the same secret made %d tokens", len(m.rows))
	}
	p, err := s.Verify(t.Context(), "a-long-enough-secret")
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range Scopes() {
		if !p.May(scope) {
			t.Errorf("the administrator may not %s", scope)
		}
	}
	if err := s.Revoke(t.Context(), p.TokenID); err != nil {
		t.Fatal(err)
	}
	if err := s.Ensure(t.Context(), "a-long-enough-secret", "operator"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(t.Context(), "a-long-enough-secret"); err != nil {
		t.Errorf("a token the operator asks for again stays revoked: %v", err)
	}
}

// slower is a store in which another process puts the same secret in between our
// looking for it and our storing it.
type slower struct{ *memory }

func (s slower) PutToken(_ context.Context, t *engine.Token) error {
	if other := s.rows[t.Hash]; other != nil && other.ID != t.ID {
		return engine.Errorf(engine.Conflict, "another token has its secret")
	}
	theirs := *t
	theirs.ID = "tok_theirs"
	s.rows[t.Hash] = &theirs
	return engine.Errorf(engine.Conflict, "another token has its secret")
}

func TestTwoServersWithOneSecretStartTogether(t *testing.T) {
	s, m, _ := fixture()
	s.store = slower{m}
	secret := strings.Repeat("s", MinSecret)
	if err := s.Ensure(t.Context(), secret, "--token"); err != nil {
		t.Fatalf("the second of two servers does not start: %v", err)
	}
	if p, err := s.Verify(t.Context(), secret); err != nil || p.TokenID != "tok_theirs" {
		t.Errorf("the secret is %+v, %v", p, err)
	}
}
