package api

import (
	"context"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/engine/auth"
)

// tokenView is a token; Secret is there once, in the answer that makes it.
type tokenView struct {
	engine.Token
	Secret string `json:"token,omitempty"`
}

func (s *server) listTokens(ctx context.Context, q *request) (*answer, error) {
	list, err := s.Auth.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	return ok(pageOf(list, "")), nil
}

func (s *server) createToken(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Name      string       `json:"name"`
		Scopes    []auth.Scope `json:"scopes"`
		ExpiresAt *time.Time   `json:"expires_at"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	secret, token, err := s.Auth.Create(ctx, auth.Request{Name: in.Name, Scopes: in.Scopes, ExpiresAt: in.ExpiresAt})
	if err != nil {
		return nil, err
	}
	if err := s.audit(ctx, q, "token.created", token.ID, map[string]any{"name": token.Name, "scopes": token.Scopes}); err != nil {
		return nil, err
	}
	a := created(tokenView{*token, secret})
	a.saved = tokenView{Token: *token} // a repeated call learns which token it made, never its secret
	return a, nil
}

func (s *server) deleteToken(ctx context.Context, q *request) (*answer, error) {
	id := q.params["id"]
	if err := s.Auth.Revoke(ctx, id); err != nil {
		if isCode(err, engine.NotFound) {
			return nil, notFound(diag.T("there is no token %q", "não existe o token %q", id))
		}
		return nil, err
	}
	if err := s.audit(ctx, q, "token.revoked", id, nil); err != nil {
		return nil, err
	}
	return &answer{status: 204}, nil
}
