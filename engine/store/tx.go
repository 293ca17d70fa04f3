package store

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"jornada/engine"
)

// txAttempts is how often InTx runs its function when the database breaks a
// deadlock or refuses to serialize.
const txAttempts = 6

// txKey carries a store's transaction in a context. It holds the store, so that
// two stores never take each other's transaction.
type txKey struct{ store *Store }

// InTx runs fn in one transaction: all of it is committed, or, when fn returns
// an error, none of it. Inside another InTx it joins that one. On a deadlock or
// a serialization failure fn runs again, at most six times; once fn has been
// told of such an error it must return it.
func (s *Store) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if ctx.Value(txKey{s}) != nil {
		return fn(ctx)
	}
	var err error
	for attempt := range txAttempts {
		if attempt > 0 {
			if waitErr := pause(ctx, attempt); waitErr != nil {
				return waitErr
			}
		}
		if err = s.once(ctx, fn); !retryable(err) {
			return err
		}
	}
	return translate(err)
}

// once runs fn in a transaction of its own. The transaction itself does not
// watch ctx: its statements do, and a connection is not thrown away because a
// caller gave up.
func (s *Store) once(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	hurry := ctx.Value(hurryKey{s}) != nil
	if s.dialect == onSQLite {
		if err := s.turns.take(ctx, hurry); err != nil {
			return err
		}
		defer s.turns.give()
	}
	db := s.writer
	if hurry {
		db = s.hurried
	}
	tx := db.WithContext(context.WithoutCancel(ctx)).Begin(&sql.TxOptions{})
	if tx.Error != nil {
		return translate(tx.Error)
	}
	done := false
	defer func() {
		if !done { // an error, or a panic on its way up
			tx.Rollback()
		}
	}()
	if err := fn(context.WithValue(ctx, txKey{s}, tx)); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	done = true
	err = tx.Commit().Error
	s.saw(err)
	if err == nil {
		s.committed()
	}
	return translate(err)
}

// pause waits a little longer after each attempt, never in step with others.
// It is real time: the database's quarrels know no virtual clock.
func pause(ctx context.Context, attempt int) error {
	limit := 5 * time.Millisecond << attempt
	timer := time.NewTimer(limit/2 + rand.N(limit/2)) //nolint:gosec // a pause is no secret
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// InTransaction reports whether ctx carries a transaction of this store: what is
// written with it is not committed yet.
func (s *Store) InTransaction(ctx context.Context) bool { return ctx.Value(txKey{s}) != nil }

// with is a statement to be, with a context of its own. It begins empty, which saves
// gorm from copying one that is.
func with(ctx context.Context, db *gorm.DB) *gorm.DB {
	return db.Session(&gorm.Session{NewDB: true, Context: ctx})
}

// write is where changes go: the context's transaction, else the writer.
func (s *Store) write(ctx context.Context) *gorm.DB {
	if tx, ok := ctx.Value(txKey{s}).(*gorm.DB); ok {
		return with(ctx, tx)
	}
	return with(ctx, s.writer)
}

// read is where questions go: the context's transaction, else a reader.
func (s *Store) read(ctx context.Context) *gorm.DB {
	if tx, ok := ctx.Value(txKey{s}).(*gorm.DB); ok {
		return with(ctx, tx)
	}
	if s.dialect == onPostgres && ctx.Value(hurryKey{s}) != nil {
		return with(ctx, s.hurried)
	}
	return with(ctx, s.reader)
}

// LockContact makes other transactions that lock this contact wait until this
// one ends, and with it the one that it was merged into: whom [Store.Contact]
// returns afterwards is locked. On SQLite the transaction already is that lock.
// Call it inside InTx.
func (s *Store) LockContact(ctx context.Context, id engine.ContactID) error {
	if s.dialect == onSQLite {
		return nil
	}
	next := string(id)
	for range mergeHops {
		var row contactRow
		err := s.write(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).
			Select("id", "merged_into").Where("id = ?", next).Limit(1).Find(&row).Error
		if next = row.MergedInto; err != nil || next == "" {
			return wrap(err, "locking contact %q", id)
		}
	}
	return nil // a circle: whoever reads the contact is told
}

// forUpdate locks the rows a query finds until the transaction ends (Postgres).
func (s *Store) forUpdate(db *gorm.DB) *gorm.DB {
	if s.dialect == onSQLite {
		return db
	}
	return db.Clauses(clause.Locking{Strength: "UPDATE"})
}

// skipLocked locks what a query finds and steps over what others hold (Postgres).
func (s *Store) skipLocked(db *gorm.DB) *gorm.DB {
	if s.dialect == onSQLite {
		return db
	}
	return db.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"})
}

// ifNew inserts rows and leaves what is already there. Its RowsAffected says how
// many were new. A conflict does not break the transaction on Postgres.
func (s *Store) ifNew(ctx context.Context) *gorm.DB {
	return s.write(ctx).Clauses(clause.OnConflict{DoNothing: true})
}
