package store

import (
	"context"
	"fmt"
	"time"

	"jornada/engine"
)

// tokenRow is an API key, known only by its hash.
type tokenRow struct {
	WorkspaceID string
	ID          string
	Name        string
	Prefix      string
	Hash        string
	Scopes      document
	CreatedAt   stamp
	ExpiresAt   *stamp
	LastUsedAt  *stamp
	RevokedAt   *stamp
}

// TableName implements gorm's schema.Tabler.
func (tokenRow) TableName() string { return "tokens" }

func (r *tokenRow) noun() (engine.Token, error) {
	t := engine.Token{
		ID: r.ID, Name: r.Name, Prefix: r.Prefix, Hash: r.Hash, CreatedAt: r.CreatedAt.time,
		ExpiresAt: r.ExpiresAt.ptr(), LastUsedAt: r.LastUsedAt.ptr(), RevokedAt: r.RevokedAt.ptr(),
	}
	if err := r.Scopes.into(&t.Scopes); err != nil {
		return t, fmt.Errorf("loading token %q: %w", r.ID, err)
	}
	return t, nil
}

// Tokens lists all, oldest first, revoked ones too.
func (s *Store) Tokens(ctx context.Context) ([]engine.Token, error) {
	var rows []tokenRow
	if err := s.read(ctx).Order("created_at, id").Find(&rows).Error; err != nil {
		return nil, wrap(err, "listing tokens")
	}
	return each(rows, (*tokenRow).noun)
}

// PutToken stores a token, or changes the name, scopes and expiry of one. It is
// Conflict when another token has the same hash.
func (s *Store) PutToken(ctx context.Context, t *engine.Token) error {
	if t.ID == "" {
		t.ID = engine.NewID("tok")
	}
	if t.CreatedAt.IsZero() {
		t.CreatedAt = s.now()
	}
	scopes, err := toDocument(t.Scopes)
	if err != nil {
		return err
	}
	row := tokenRow{
		ID: t.ID, Name: clean(t.Name), Prefix: t.Prefix, Hash: t.Hash, Scopes: scopes, CreatedAt: at(t.CreatedAt),
		ExpiresAt: maybeAt(t.ExpiresAt), LastUsedAt: maybeAt(t.LastUsedAt), RevokedAt: maybeAt(t.RevokedAt),
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		inserted := s.ifNew(ctx).Create(&row)
		if inserted.Error != nil || inserted.RowsAffected == 1 {
			return wrap(inserted.Error, "storing token %q", t.ID)
		}
		changed := s.write(ctx).Model(&tokenRow{}).Where("id = ? AND hash = ?", t.ID, t.Hash).
			Updates(map[string]any{"name": row.Name, "scopes": row.Scopes, "expires_at": row.ExpiresAt})
		if changed.Error != nil {
			return wrap(changed.Error, "storing token %q", t.ID)
		}
		if changed.RowsAffected == 0 {
			return engine.Errorf(engine.Conflict, "token %q cannot be stored: another token has its id or its secret", t.ID)
		}
		return nil
	})
}

// TokenByHash finds a token by the hash of its secret. Whether it is revoked or
// expired is for the caller to judge.
func (s *Store) TokenByHash(ctx context.Context, hash string) (*engine.Token, error) {
	var row tokenRow
	found := s.read(ctx).Where("hash = ?", hash).Limit(1).Find(&row)
	if found.Error != nil {
		return nil, wrap(found.Error, "finding a token")
	}
	if found.RowsAffected == 0 || hash == "" {
		return nil, engine.Errorf(engine.NotFound, "there is no such token")
	}
	t, err := row.noun()
	return &t, err
}

// RevokeToken ends a token; the first moment stays.
func (s *Store) RevokeToken(ctx context.Context, id string) error {
	revoked := s.write(ctx).Model(&tokenRow{}).Where("id = ? AND revoked_at IS NULL", id).UpdateColumn("revoked_at", at(s.now()))
	if revoked.Error != nil || revoked.RowsAffected == 1 {
		return wrap(revoked.Error, "revoking token %q", id)
	}
	var row tokenRow
	return one(s.read(ctx).Where("id = ?", id), &row, "token", id)
}

// TouchToken records when a token was last used; it never goes back.
func (s *Store) TouchToken(ctx context.Context, id string, when time.Time) error {
	err := s.write(ctx).Model(&tokenRow{}).Where("id = ? AND (last_used_at IS NULL OR last_used_at < ?)", id, at(when)).
		UpdateColumn("last_used_at", at(when)).Error
	return wrap(err, "touching token %q", id)
}
