package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"jornada/engine"
)

// WorkspaceKey is the key id of the workspace's own data key, made on first use, or
// by [Store.Prepare] before it. Workflows' histories, suppressions and the links in
// e-mails depend on it, so there is only ever one.
const WorkspaceKey = "workspace"

// keyRow is one wrapped data key.
type keyRow struct {
	WorkspaceID string
	ID          string
	Sealed      string
	CreatedAt   stamp
}

// TableName implements gorm's schema.Tabler.
func (keyRow) TableName() string { return "data_keys" }

func (s *Store) keyPlace(id string) string { return fmt.Sprintf("data key %s/%s", s.workspace, id) }

// Prepare makes the workspace's data key unless it has one. A process calls it once,
// before anything else on a migrated database, so that the key is made for itself and
// never by a transaction that may be rolled back. It is Unavailable when the key was
// sealed with a master key that is not configured.
func (s *Store) Prepare(ctx context.Context) error {
	_, err := s.DataKey(ctx, WorkspaceKey)
	return err
}

// DataKey returns a data key, 32 bytes. It is NotFound once its contact was
// erased. Other processes may keep a key in memory for up to a minute longer.
func (s *Store) DataKey(ctx context.Context, keyID string) ([]byte, error) {
	if key, ok := s.keys.get(keyID); ok {
		return key, nil
	}
	key, made, err := s.loadKey(ctx, keyID)
	if isNotFound(err) && keyID == WorkspaceKey {
		key, err = s.makeWorkspaceKey(ctx)
	}
	if err != nil {
		return nil, err
	}
	// A key that this very transaction made may never be committed, so inside
	// one only a key older than any transaction is kept in memory, and the
	// workspace's, which is kept for good, never.
	if !s.InTransaction(ctx) || keyID != WorkspaceKey && made.Before(s.clock.Ago(keyIsOld)) {
		s.keys.put(keyID, key)
	}
	return key, nil
}

// UnsubscribeKeys are the keys of the workspace's unsubscribe links. They come
// from its data key, so they outlive a change of the master key.
func (s *Store) UnsubscribeKeys(ctx context.Context) (engine.UnsubscribeKeys, error) {
	key, err := s.DataKey(ctx, WorkspaceKey)
	if err != nil {
		return engine.UnsubscribeKeys{}, err
	}
	return engine.NewUnsubscribeKeys(s.workspace, derive(key, "unsubscribe links"))
}

// MailKeys are the keys of the addresses that the workspace's e-mail comes back to.
func (s *Store) MailKeys(ctx context.Context) (engine.MailKeys, error) {
	key, err := s.DataKey(ctx, WorkspaceKey)
	if err != nil {
		return engine.MailKeys{}, err
	}
	return engine.NewMailKeys(s.workspace, derive(key, "e-mail addresses"))
}

const keyIsOld = 10 * time.Second

func (s *Store) loadKey(ctx context.Context, id string) (key []byte, made time.Time, err error) {
	var row keyRow
	if err := one(s.read(ctx).Where("id = ?", id), &row, "data key", id); err != nil {
		return nil, time.Time{}, err
	}
	key, err = s.ring.open(row.Sealed, s.keyPlace(id))
	return key, row.CreatedAt.time, err
}

func (s *Store) makeWorkspaceKey(ctx context.Context) ([]byte, error) {
	if err := s.newKey(ctx, WorkspaceKey); err != nil {
		return nil, err
	}
	var key []byte
	err := s.InTx(ctx, func(ctx context.Context) (err error) {
		key, _, err = s.loadKey(ctx, WorkspaceKey) // another process may have been first
		return err
	})
	return key, err
}

// newKey stores a fresh random key unless the id has one.
func (s *Store) newKey(ctx context.Context, id string) error {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return fmt.Errorf("making a data key: %w", err)
	}
	sealed, err := s.ring.seal(key, s.keyPlace(id))
	if err != nil {
		return err
	}
	row := keyRow{ID: id, Sealed: sealed, CreatedAt: at(s.now())}
	return wrap(s.ifNew(ctx).Create(&row).Error, "storing data key %q", id)
}

// destroyKey makes everything encrypted with a key unreadable.
func (s *Store) destroyKey(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	err := s.write(ctx).Where("id = ?", id).Delete(&keyRow{}).Error
	s.keys.drop(id)
	return wrap(err, "destroying data key %q", id)
}

// RotateMasterKey reseals every data key and integration secret of the
// workspace that an older master key sealed, and tells how many. Configure the
// new key as MasterKey and the former among OldMasterKeys, call it, then drop
// the former.
func (s *Store) RotateMasterKey(ctx context.Context) (resealed int, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		resealed = 0
		reseal := func(model any, id, sealed, column, place string) error {
			if !s.ring.stale(sealed) {
				return nil
			}
			plain, err := s.ring.open(sealed, place)
			if err != nil {
				return err
			}
			if sealed, err = s.ring.seal(plain, place); err != nil {
				return err
			}
			resealed++
			return wrap(s.write(ctx).Model(model).Where("id = ?", id).UpdateColumn(column, sealed).Error, "resealing %s", place)
		}
		var keys []keyRow
		if err := s.write(ctx).Find(&keys).Error; err != nil {
			return wrap(err, "listing data keys")
		}
		for _, k := range keys {
			if err := reseal(&keyRow{}, k.ID, k.Sealed, "sealed", s.keyPlace(k.ID)); err != nil {
				return err
			}
		}
		var integrations []integrationRow
		if err := s.write(ctx).Find(&integrations).Error; err != nil {
			return wrap(err, "listing integrations")
		}
		for _, i := range integrations {
			if err := reseal(&integrationRow{}, i.ID, i.Secrets, "secrets", s.secretPlace(i.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	return resealed, err
}

func isNotFound(err error) bool { return isRefusal(err, engine.NotFound) }

func isRefusal(err error, code engine.ErrorCode) bool {
	var refusal *engine.Error
	return errors.As(err, &refusal) && refusal.Code == code
}

// The cache of data keys: every payload of a workflow needs one.
const (
	cachedKeys  = 4096
	keyCacheTTL = time.Minute
)

// keyCache forgets all when full or too old: simple, and bounded in both. The
// workspace's own key is kept: nobody erases it, and it must be at hand when the
// database is not, to tell Temporal just that.
type keyCache struct {
	mu   sync.Mutex
	keys map[string]cachedKey
}

type cachedKey struct {
	key     []byte
	expires time.Time
}

func newKeyCache() *keyCache { return &keyCache{keys: map[string]cachedKey{}} }

func (c *keyCache) get(id string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.keys[id]
	if !ok || id != WorkspaceKey && time.Now().After(k.expires) { //nolint:forbidigo // real time: how long a secret stays in memory
		return nil, false
	}
	return append([]byte(nil), k.key...), true
}

func (c *keyCache) put(id string, key []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) >= cachedKeys {
		maps.DeleteFunc(c.keys, func(id string, _ cachedKey) bool { return id != WorkspaceKey })
	}
	c.keys[id] = cachedKey{append([]byte(nil), key...), time.Now().Add(keyCacheTTL)} //nolint:forbidigo // real time, as in get
}

func (c *keyCache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.keys, id)
}
