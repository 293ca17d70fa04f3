package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"gorm.io/gorm"

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
//
// A contact's key that another master key sealed, which a process wrote while the master
// key was rotated, is no reason to stop all others: the log says what to do.
func (s *Store) Prepare(ctx context.Context) error {
	if _, err := s.DataKey(ctx, WorkspaceKey); err != nil {
		return err
	}
	var left keyRow
	found := s.read(ctx).Where("sealed NOT LIKE ?", s.ring.sealedNow()).Limit(1).Find(&left)
	if found.RowsAffected > 0 && found.Error == nil {
		s.log.WarnContext(ctx, "some contacts cannot be read: their data keys were sealed with another master key. Run jornada rotate-key once more, with that key as JORNADA_OLD_MASTER_KEY")
	}
	return wrap(found.Error, "looking for data keys of another master key")
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

// rotateAtOnce is how many sealed texts RotateMasterKey reads at a time: there is one for
// each contact.
const rotateAtOnce = 500

// RotateMasterKey reseals what older master keys sealed, every data key and integration
// secret of the workspace, in one transaction, and writes who did it into the audit log.
// Called again it finds nothing to do, or what a process that still had an older key wrote
// meanwhile. Configure the new key as MasterKey and the former among OldMasterKeys, call it
// while nothing else uses the database, then drop the former. It is Unavailable, and
// nothing is changed, when something was sealed with none of these keys. report, which may
// be nil, hears now and then how many of how many are done.
func (s *Store) RotateMasterKey(ctx context.Context, actor string, report func(done, of int)) (done engine.KeyRotation, err error) {
	if report == nil {
		report = func(int, int) {}
	}
	err = s.InTx(ctx, func(ctx context.Context) error {
		done = engine.KeyRotation{}
		var keys, integrations int64
		current := s.ring.sealedNow()
		if err := s.write(ctx).Model(&keyRow{}).Where("sealed NOT LIKE ?", current).Count(&keys).Error; err != nil {
			return wrap(err, "counting data keys")
		}
		stale := func() *gorm.DB {
			return s.write(ctx).Model(&integrationRow{}).Where("secrets <> '' AND secrets NOT LIKE ?", current)
		}
		if err := stale().Count(&integrations).Error; err != nil {
			return wrap(err, "counting integrations")
		}
		for last, more := "", true; more; {
			var page []keyRow
			if err := s.forUpdate(s.write(ctx)).Where("sealed NOT LIKE ? AND id > ?", current, last).Order("id").Limit(rotateAtOnce).Find(&page).Error; err != nil {
				return wrap(err, "listing data keys")
			}
			more = len(page) == rotateAtOnce
			for _, k := range page {
				if err := s.reseal(ctx, &keyRow{}, k.ID, "sealed", k.Sealed, s.keyPlace(k.ID)); err != nil {
					return err
				}
				done.DataKeys++
				last = k.ID
			}
			if done.DataKeys > 0 {
				report(done.DataKeys, max(done.DataKeys, int(keys+integrations)))
			}
		}
		var rows []integrationRow
		if err := s.forUpdate(stale()).Find(&rows).Error; err != nil {
			return wrap(err, "listing integrations")
		}
		for _, i := range rows {
			if err := s.reseal(ctx, &integrationRow{}, i.ID, "secrets", i.Secrets, s.secretPlace(i.ID)); err != nil {
				return err
			}
			done.Integrations++
		}
		if done == (engine.KeyRotation{}) {
			return nil
		}
		report(done.DataKeys+done.Integrations, done.DataKeys+done.Integrations)
		return s.Audit(ctx, engine.AuditEntry{Actor: actor, Action: "master_key.rotated", Target: string(s.workspace), Detail: map[string]any{
			"master_key": s.ring.current, "data_keys": done.DataKeys, "integrations": done.Integrations,
		}})
	})
	if err != nil {
		return engine.KeyRotation{}, err
	}
	return done, nil
}

// reseal seals one column of one row with the current master key.
func (s *Store) reseal(ctx context.Context, model any, id, column, sealed, place string) error {
	plain, err := s.ring.open(sealed, place)
	if err != nil {
		return err
	}
	if sealed, err = s.ring.seal(plain, place); err != nil {
		return err
	}
	return wrap(s.write(ctx).Model(model).Where("id = ?", id).UpdateColumn(column, sealed).Error, "resealing %s", place)
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
