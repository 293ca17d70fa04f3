package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"

	"jornada/engine"
)

//go:embed migrations
var migrationFiles embed.FS

// migrationLock is the advisory lock that lets one process migrate a Postgres
// database at a time. The number is arbitrary and fixed.
const migrationLock = 7_461_036_215

type migration struct {
	version int
	name    string
	sql     string
}

// migrations lists a dialect's migrations, oldest first. Their numbers are 1, 2, 3 and so on.
func migrations(files fs.FS, d dialect) ([]migration, error) {
	names, err := fs.Glob(files, path.Join("migrations", string(d), "*.sql"))
	if err != nil {
		return nil, fmt.Errorf("listing migrations: %w", err)
	}
	sort.Strings(names)
	list := make([]migration, 0, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("reading migration %s: %w", name, err)
		}
		base := strings.TrimSuffix(path.Base(name), ".sql")
		number, _, _ := strings.Cut(base, "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s must be numbered %04d", name, i+1)
		}
		list = append(list, migration{version, base, string(text)})
	}
	return list, nil
}

// SchemaDigest names the schema that this program's migrations make on Postgres: it
// changes with any of them. Who keeps a prepared database keeps it under that name.
func SchemaDigest() (string, error) {
	list, err := migrations(migrationFiles, onPostgres)
	if err != nil {
		return "", err
	}
	all := sha256.New()
	for _, m := range list {
		_, _ = fmt.Fprintf(all, "%d %s %d\n%s", m.version, m.name, len(m.sql), m.sql)
	}
	return hex.EncodeToString(all.Sum(nil)[:6]), nil
}

// Migrate brings the schema to this program's version: each migration in a
// transaction of its own, one process at a time (an advisory lock on Postgres,
// an immediate transaction on SQLite). It is safe to call at every start.
func (s *Store) Migrate(ctx context.Context) error {
	list, err := migrations(migrationFiles, s.dialect)
	if err != nil {
		return err
	}
	pool, err := s.writer.DB()
	if err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	for {
		have, err := s.migrateOne(ctx, pool, list)
		if err != nil {
			return err
		}
		if have == len(list) {
			return nil
		}
	}
}

// migrateOne applies the next missing migration and returns the version after it.
func (s *Store) migrateOne(ctx context.Context, pool *sql.DB, list []migration) (int, error) {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return 0, wrap(err, "starting a migration")
	}
	defer func() { _ = tx.Rollback() }()
	if s.dialect == onPostgres {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return 0, wrap(err, "waiting for another migration")
		}
	}
	const table = `CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at text NOT NULL)`
	if _, err := tx.ExecContext(ctx, table); err != nil {
		return 0, wrap(err, "preparing the list of migrations")
	}
	var have int
	if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations").Scan(&have); err != nil {
		return 0, wrap(err, "reading the list of migrations")
	}
	if have > len(list) {
		return 0, newerSchema(have, len(list))
	}
	if have == len(list) {
		return have, wrap(tx.Commit(), "migrating the database")
	}
	next := list[have]
	if _, err := tx.ExecContext(ctx, next.sql); err != nil {
		return 0, wrap(err, "applying migration %s", next.name)
	}
	if s.dialect == onSQLite && next.version == len(list) { // of the indexes as they end up
		if err := writeStatistics(ctx, tx); err != nil {
			return 0, err
		}
	}
	const record = `INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)`
	if _, err := tx.ExecContext(ctx, record, next.version, next.name, s.now().Format(stampLayout)); err != nil {
		return 0, wrap(err, "recording migration %s", next.name)
	}
	if err := tx.Commit(); err != nil {
		return 0, wrap(err, "applying migration %s", next.name)
	}
	s.log.InfoContext(ctx, "database migrated", "migration", next.name)
	return next.version, nil
}

// SchemaVersion tells the schema the database has and the one this program wants.
func (s *Store) SchemaVersion(ctx context.Context) (have, want int, err error) {
	list, err := migrations(migrationFiles, s.dialect)
	if err != nil {
		return 0, 0, err
	}
	pool, err := s.reader.DB()
	if err != nil {
		return 0, 0, fmt.Errorf("reading the schema's version: %w", err)
	}
	exists := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"
	if s.dialect == onPostgres {
		exists = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = ANY(current_schemas(false)) AND tablename = 'schema_migrations'"
	}
	var tables int
	if err := pool.QueryRowContext(ctx, exists).Scan(&tables); err != nil {
		return 0, 0, wrap(err, "reading the schema's version")
	}
	if tables > 0 {
		err = pool.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations").Scan(&have)
	}
	return have, len(list), wrap(err, "reading the schema's version")
}

func (s *Store) refuseNewerSchema(ctx context.Context) error {
	have, want, err := s.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return newerSchema(have, want)
	}
	return nil
}

func newerSchema(have, want int) error {
	return engine.Errorf(engine.Conflict,
		"the database has schema %d and this jornada knows only up to %d: a newer jornada has migrated it; start that version, or restore the backup made before the upgrade", have, want)
}
