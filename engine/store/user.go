package store

import (
	"context"
	"time"

	"jornada/engine"
)

// userRow is a person who signs in.
type userRow struct {
	WorkspaceID  string
	ID           string
	Name         string
	Email        string
	Role         string
	PasswordHash string
	CreatedAt    stamp
	SeenAt       *stamp
	DisabledAt   *stamp
}

// TableName implements gorm's schema.Tabler.
func (userRow) TableName() string { return "users" }

func (r *userRow) noun() (engine.User, error) {
	return engine.User{
		ID: engine.UserID(r.ID), Name: r.Name, Email: r.Email, Role: engine.Role(r.Role), PasswordHash: r.PasswordHash,
		CreatedAt: r.CreatedAt.time, SeenAt: r.SeenAt.ptr(), DisabledAt: r.DisabledAt.ptr(),
	}, nil
}

// Users lists everybody, oldest first, disabled ones too.
func (s *Store) Users(ctx context.Context) ([]engine.User, error) {
	var rows []userRow
	if err := s.read(ctx).Order("created_at, id").Find(&rows).Error; err != nil {
		return nil, wrap(err, "listing users")
	}
	return each(rows, (*userRow).noun)
}

// User loads one.
func (s *Store) User(ctx context.Context, id engine.UserID) (*engine.User, error) {
	var row userRow
	if err := one(s.read(ctx).Where("id = ?", id), &row, "user", id); err != nil {
		return nil, err
	}
	u, err := row.noun()
	return &u, err
}

// UserByEmail finds one by the e-mail in small letters.
func (s *Store) UserByEmail(ctx context.Context, email string) (*engine.User, error) {
	var row userRow
	if err := one(s.read(ctx).Where("email = ?", email), &row, "user", email); err != nil {
		return nil, err
	}
	u, err := row.noun()
	return &u, err
}

// PutUser stores a user, or changes the one with its id. It is Conflict when
// another user has the e-mail.
func (s *Store) PutUser(ctx context.Context, u *engine.User) error {
	if u.ID == "" {
		u.ID = engine.UserID(engine.NewID("usr"))
	}
	if u.CreatedAt.IsZero() {
		u.CreatedAt = s.now()
	}
	row := userRow{
		ID: string(u.ID), Name: clean(u.Name), Email: clean(u.Email), Role: string(u.Role), PasswordHash: u.PasswordHash,
		CreatedAt: at(u.CreatedAt), SeenAt: maybeAt(u.SeenAt), DisabledAt: maybeAt(u.DisabledAt),
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		var other userRow
		taken := s.write(ctx).Where("email = ? AND id <> ?", row.Email, row.ID).Limit(1).Find(&other)
		if taken.Error != nil {
			return wrap(taken.Error, "storing user %q", u.ID)
		}
		if taken.RowsAffected > 0 {
			return &engine.Error{Code: engine.Conflict, Field: "email", Message: "another user has this e-mail"}
		}
		upsert := upsertOn([]string{"id"}, []string{"name", "email", "role", "password_hash", "disabled_at"})
		return wrap(s.write(ctx).Clauses(upsert).Create(&row).Error, "storing user %q", u.ID)
	})
}

// LockUsers makes other transactions that lock the users wait until this one
// ends: who is the last administrator is decided by one caller at a time. Call it
// inside InTx.
func (s *Store) LockUsers(ctx context.Context) error {
	const key = "users.lock"
	row := settingRow{Key: key, UpdatedAt: at(s.now())}
	if err := s.ifNew(ctx).Create(&row).Error; err != nil {
		return wrap(err, "locking the users")
	}
	return one(s.forUpdate(s.write(ctx)).Where("key = ?", key), &row, "setting", key)
}

// sessionRow is a browser in which somebody signed in.
type sessionRow struct {
	WorkspaceID string
	Hash        string
	UserID      string
	CreatedAt   stamp
	SeenAt      stamp
	ExpiresAt   stamp
}

// TableName implements gorm's schema.Tabler.
func (sessionRow) TableName() string { return "sessions" }

// PutSession stores a new session, and forgets those of the same user whose time
// is over.
func (s *Store) PutSession(ctx context.Context, v *engine.Session) error {
	row := sessionRow{Hash: v.Hash, UserID: string(v.UserID), CreatedAt: at(v.CreatedAt), SeenAt: at(v.SeenAt), ExpiresAt: at(v.ExpiresAt)}
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.write(ctx).Where("user_id = ? AND expires_at <= ?", v.UserID, at(v.CreatedAt)).Delete(&sessionRow{}).Error; err != nil {
			return wrap(err, "forgetting old sessions")
		}
		return wrap(s.write(ctx).Create(&row).Error, "storing a session")
	})
}

// SessionByHash finds a session by the hash of its secret. Whether its time is
// over is for the caller to judge.
func (s *Store) SessionByHash(ctx context.Context, hash string) (*engine.Session, error) {
	var row sessionRow
	found := s.read(ctx).Where("hash = ?", hash).Limit(1).Find(&row)
	if found.Error != nil {
		return nil, wrap(found.Error, "finding a session")
	}
	if found.RowsAffected == 0 || hash == "" {
		return nil, engine.Errorf(engine.NotFound, "there is no such session")
	}
	return &engine.Session{
		Hash: row.Hash, UserID: engine.UserID(row.UserID), CreatedAt: row.CreatedAt.time, SeenAt: row.SeenAt.time, ExpiresAt: row.ExpiresAt.time,
	}, nil
}

// TouchSession records that a session and its user were there; neither goes back.
func (s *Store) TouchSession(ctx context.Context, hash string, user engine.UserID, when time.Time) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		err := s.write(ctx).Model(&sessionRow{}).Where("hash = ? AND seen_at < ?", hash, at(when)).UpdateColumn("seen_at", at(when)).Error
		if err != nil {
			return wrap(err, "touching a session")
		}
		err = s.write(ctx).Model(&userRow{}).Where("id = ? AND (seen_at IS NULL OR seen_at < ?)", user, at(when)).UpdateColumn("seen_at", at(when)).Error
		return wrap(err, "touching user %q", user)
	})
}

// EndSession forgets one session; one that is not there is no error.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	return wrap(s.write(ctx).Where("hash = ?", hash).Delete(&sessionRow{}).Error, "ending a session")
}

// EndSessionsOf forgets all of a user's sessions.
func (s *Store) EndSessionsOf(ctx context.Context, user engine.UserID) error {
	return wrap(s.write(ctx).Where("user_id = ?", user).Delete(&sessionRow{}).Error, "ending the sessions of user %q", user)
}

// linkRow is a link with which a password is chosen.
type linkRow struct {
	WorkspaceID string
	Hash        string
	UserID      string
	ExpiresAt   stamp
	UsedAt      *stamp
}

// TableName implements gorm's schema.Tabler.
func (linkRow) TableName() string { return "sign_in_links" }

// PutSignInLink stores a new link in the place of the user's earlier ones that
// nobody used. The first administrator's replace none: every process that starts
// prints its own.
func (s *Store) PutSignInLink(ctx context.Context, l *engine.SignInLink) error {
	row := linkRow{Hash: l.Hash, UserID: string(l.UserID), ExpiresAt: at(l.ExpiresAt), UsedAt: maybeAt(l.UsedAt)}
	return s.InTx(ctx, func(ctx context.Context) error {
		if l.UserID != "" {
			if err := s.write(ctx).Where("user_id = ? AND used_at IS NULL", l.UserID).Delete(&linkRow{}).Error; err != nil {
				return wrap(err, "replacing a link")
			}
		}
		return wrap(s.write(ctx).Create(&row).Error, "storing a link")
	})
}

// SignInLinkByHash finds a link by the hash of its secret. Whether it was used or
// its time is over is for the caller to judge.
func (s *Store) SignInLinkByHash(ctx context.Context, hash string) (*engine.SignInLink, error) {
	var row linkRow
	found := s.read(ctx).Where("hash = ?", hash).Limit(1).Find(&row)
	if found.Error != nil {
		return nil, wrap(found.Error, "finding a link")
	}
	if found.RowsAffected == 0 || hash == "" {
		return nil, engine.Errorf(engine.NotFound, "there is no such link")
	}
	return &engine.SignInLink{Hash: row.Hash, UserID: engine.UserID(row.UserID), ExpiresAt: row.ExpiresAt.time, UsedAt: row.UsedAt.ptr()}, nil
}

// UseSignInLink marks a link used. first is true for exactly one caller.
func (s *Store) UseSignInLink(ctx context.Context, hash string, when time.Time) (first bool, err error) {
	used := s.write(ctx).Model(&linkRow{}).Where("hash = ? AND used_at IS NULL", hash).UpdateColumn("used_at", at(when))
	return used.RowsAffected == 1, wrap(used.Error, "using a link")
}
