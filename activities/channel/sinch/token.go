package sinch

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
)

// Bounds of an access token.
const (
	tokenMax  = 16 << 10         // bytes; theirs have about a thousand
	lifeMax   = 24 * time.Hour   // theirs live one hour
	tokenSlip = 30 * time.Second // how long before its end a token is not used any more
)

// signIn makes the headers of calls: the access key itself (auth: basic), or an
// access token that the key is exchanged for (OAuth 2, client credentials;
// developers.sinch.com/docs/identity-access-management/authenticate/oauth2). A
// token serves until shortly before it ends, in real time; one call fetches a new
// one, and the others wait for it.
type signIn struct {
	client  *http.Client
	address string      // of tokens; "" = the key itself signs every call
	key     http.Header // with HTTP Basic
	now     func() time.Time

	fetching chan struct{} // holds one, who fetches
	mu       sync.Mutex
	header   http.Header // nil: there is no token
	until    time.Time
}

func newSignIn(client *http.Client, address, id, secret string, now func() time.Time) *signIn {
	return &signIn{
		client: client, address: address, now: now, fetching: make(chan struct{}, 1),
		key: channel.JSONHeader("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(id+":"+secret))),
	}
}

// call is the headers of one call, and whether they were made for it alone. Nothing
// of a message was said when it fails: its errors are Certain.
func (s *signIn) call(ctx context.Context) (header http.Header, fresh bool, failure *channel.SendError) {
	if s.address == "" {
		return s.key, true, nil
	}
	if header := s.kept(); header != nil {
		return header, false, nil
	}
	select {
	case s.fetching <- struct{}{}:
		defer func() { <-s.fetching }()
	case <-ctx.Done():
		return nil, false, &channel.SendError{Class: channel.RetryLater, Message: "the call was canceled before anything was sent", Err: ctx.Err()}
	}
	if header := s.kept(); header != nil { // somebody else fetched it meanwhile
		return header, false, nil
	}
	header, life, failure := s.fetch(ctx)
	if failure != nil {
		failure.Doubt = channel.Certain
		return nil, false, failure
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.header, s.until = header, s.now().Add(life-tokenSlip)
	return header, true, nil
}

func (s *signIn) kept() http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.header == nil || !s.now().Before(s.until) {
		return nil
	}
	return s.header
}

// forget makes the next call fetch a token.
func (s *signIn) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.header = nil
}

// refused drops a kept token that Sinch no longer takes, unless another has come
// meanwhile, and says whether the next call has a better one.
func (s *signIn) refused(header http.Header, fresh bool, answer *channel.Answer) bool {
	if fresh || answer.Status != http.StatusUnauthorized {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.header != nil && s.header.Get("Authorization") == header.Get("Authorization") {
		s.header = nil
	}
	return true
}

// fetch exchanges the key for a token.
func (s *signIn) fetch(ctx context.Context) (http.Header, time.Duration, *channel.SendError) {
	header := s.key.Clone()
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, failure := channel.Call(ctx, s.client, http.MethodPost, s.address, header, []byte("grant_type=client_credentials"))
	if failure != nil {
		failure.Message = "Sinch's access tokens could not be fetched, so nothing was sent; check auth_url and the network"
		return nil, 0, failure
	}
	if !answer.Succeeded() {
		return nil, 0, noToken(answer)
	}
	var said struct {
		Token webhook.Text `json:"access_token"`
		Life  float64      `json:"expires_in"` // seconds
	}
	token := ""
	if json.Unmarshal(answer.Body, &said) == nil {
		token = string(said.Token)
	}
	if token == "" || len(token) > tokenMax || strings.Trim(token, printable) != "" {
		return nil, 0, &channel.SendError{Class: channel.FixRequest, Message: "the address in auth_url answers, but with no access token; check auth_url"}
	}
	life := time.Duration(max(0, min(said.Life, lifeMax.Seconds()))) * time.Second
	return channel.JSONHeader("Authorization", "Bearer "+token), life, nil
}

// printable are the letters of a bearer token (RFC 6750 §2.1).
const printable = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="

// noToken explains a refusal to give a token, in the words of RFC 6749 §5.2.
func noToken(answer *channel.Answer) *channel.SendError {
	var body struct {
		Error       webhook.Text `json:"error"`
		Description webhook.Text `json:"error_description"`
	}
	_ = json.Unmarshal(answer.Body, &body) // what cannot be read explains nothing
	said := refusal.Said{Code: string(body.Error), Message: string(body.Description)}
	switch body.Error {
	case "invalid_client", "unauthorized_client", "invalid_grant", "access_denied":
		said.Class = channel.Reauth
	}
	return company.Explain(answer, said)
}
