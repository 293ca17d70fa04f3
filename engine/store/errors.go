package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"jornada/engine"
)

// SQLite's primary result codes (sqlite.org/rescode.html); extended ones carry
// them in their low byte.
const (
	sqliteBusy        = 5
	sqliteLocked      = 6
	sqliteReadOnly    = 8
	sqliteIOErr       = 10
	sqliteFull        = 13
	sqliteCantOpen    = 14
	sqliteConstraint  = 19
	sqliteUnique      = 2067
	sqlitePrimaryKey  = 1555
	sqliteRowIDUnique = 2579
)

// translate gives a database's error the code a caller can act on. Errors that
// already have one, and the context's own, pass unchanged.
func translate(err error) error {
	var known *engine.Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case unique(err):
		return &engine.Error{Code: engine.Conflict, Message: "another row already has this key", Err: err}
	case full(err):
		return &engine.Error{Code: engine.Unavailable, Message: "the database has no space left; free or add disk space, nothing was written", Err: err}
	case away(err):
		return &engine.Error{Code: engine.Unavailable, Message: "the database is away or busy; try again", Err: err}
	}
	return err
}

// wrap says what was being done. It returns nil for nil.
func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, translate(err))...)
}

func sqliteCode(err error) int {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return 0
}

func pgState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

func unique(err error) bool {
	switch sqliteCode(err) {
	case sqliteUnique, sqlitePrimaryKey, sqliteRowIDUnique:
		return true
	}
	return pgState(err) == "23505" || errors.Is(err, gorm.ErrDuplicatedKey)
}

// retryable is true when running the whole transaction again may succeed.
func retryable(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqliteBusy, sqliteLocked:
		return true
	}
	switch pgState(err) {
	case "40001", "40P01", "55P03": // serialization_failure, deadlock_detected, lock_not_available
		return true
	}
	return false
}

func full(err error) bool {
	return sqliteCode(err)&0xff == sqliteFull || pgState(err) == "53100"
}

func away(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqliteBusy, sqliteLocked, sqliteReadOnly, sqliteIOErr, sqliteCantOpen:
		return true
	}
	state := pgState(err)
	for _, class := range []string{"08", "53", "57P", "40"} { // connection, resources, shutdown, rollback
		if strings.HasPrefix(state, class) {
			return true
		}
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || pgconn.SafeToRetry(err)
}

// notFound names what is missing: notFound("contact", id).
func notFound[ID ~string](noun string, id ID) error {
	return engine.Errorf(engine.NotFound, "there is no %s %q", noun, string(id))
}

// one loads the single row a query finds, or says what is missing.
func one[R any, ID ~string](db *gorm.DB, row *R, noun string, id ID) error {
	found := db.Limit(1).Find(row)
	if found.Error != nil {
		return wrap(found.Error, "loading %s %q", noun, string(id))
	}
	if found.RowsAffected == 0 {
		return notFound(noun, id)
	}
	return nil
}
