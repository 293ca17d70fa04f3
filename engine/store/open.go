package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"jornada/engine"
)

// Options configure a Store.
type Options struct {
	Workspace engine.WorkspaceID // every row carries it and every query is scoped by it; "" = "default"
	Clock     engine.Clock       // required
	// MasterKey (32 bytes) wraps contacts' data keys and integrations' secrets
	// with AES-256-GCM. Losing it loses them: back it up apart from the database.
	MasterKey []byte
	// OldMasterKeys open what was sealed before MasterKey was changed;
	// RotateMasterKey reseals everything, after which they can go.
	OldMasterKeys [][]byte
	Logger        *slog.Logger // nil: nothing is logged
	MaxConns      int          // of Postgres, and readers of SQLite; 0 = 24 and 4
}

// Store is the database. Its methods are safe for concurrent use.
type Store struct {
	workspace engine.WorkspaceID
	clock     engine.Clock
	log       *slog.Logger
	dialect   dialect
	turns     turns    // SQLite: who writes next
	writer    *gorm.DB // SQLite: one connection, whose transactions begin immediate
	reader    *gorm.DB // SQLite file: a pool that cannot write; else the writer
	lazy      *gorm.DB // Postgres: commits return before the disk has them; else the writer
	hurried   *gorm.DB // Postgres: connections that nothing long is done with; else the writer
	closers   []io.Closer
	ring      *keyRing
	keys      *keyCache
	space     space
	paces     paces
	growth    growth
}

// dialect is which database is behind the store.
type dialect string

const (
	onSQLite   dialect = "sqlite"
	onPostgres dialect = "postgres"
)

// Open connects to a database: "sqlite:/path/file.db", "sqlite::memory:" (gone
// when closed) or "postgres://user:password@host:5432/name". It does not
// migrate; it refuses a database whose schema is newer than this program.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	s := &Store{workspace: o.Workspace, clock: o.Clock, log: o.Logger, keys: newKeyCache()}
	s.growth.closing = make(chan struct{})
	if s.workspace == "" {
		s.workspace = "default"
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.clock == nil {
		return nil, engine.Errorf(engine.Invalid, "opening the store: Options.Clock is missing")
	}
	var err error
	if s.ring, err = newKeyRing(o.MasterKey, o.OldMasterKeys); err != nil {
		return nil, err
	}
	scheme, rest, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "sqlite":
		err = s.openSQLite(rest, o)
	case "postgres", "postgresql":
		err = s.openPostgres(dsn, o)
	default:
		err = engine.Errorf(engine.Invalid, "the database address must start with sqlite: or postgres://, like sqlite:/var/lib/jornada/jornada.db")
	}
	if err == nil {
		err = s.Ping(ctx)
	}
	if err == nil {
		err = s.refuseNewerSchema(ctx)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// openSQLite opens the writer and, for a file, the readers.
//
// WAL lets readers go on while one writes. synchronous=FULL makes every commit
// reach the disk before it is reported: with NORMAL a power cut could take back
// a reply we already answered 200 for, or the claim of a message already sent.
// The writer has one connection and begins its transactions with BEGIN
// IMMEDIATE, so two of them queue instead of failing halfway with SQLITE_BUSY.
func (s *Store) openSQLite(path string, o Options) error {
	s.dialect = onSQLite
	pragmas := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"cache_size(-16000)", "temp_store(MEMORY)",
	}}
	var err error
	if path == ":memory:" {
		// A canceled transaction costs database/sql its connection, and a private
		// in-memory database dies with its only connection. A named one lives as
		// long as the anchor does.
		name := make([]byte, 8)
		if _, err := rand.Read(name); err != nil {
			return fmt.Errorf("naming an in-memory database: %w", err)
		}
		pragmas.Set("mode", "memory")
		pragmas["_pragma"] = append([]string{"page_size(1024)"}, pragmas["_pragma"]...) // what a transaction changes is copied by pages
		pragmas.Set("cache", "shared")
		address := "file:jornada-" + hex.EncodeToString(name) + "?" + pragmas.Encode()
		anchor, err := sql.Open(sqliteDriver, address)
		if err != nil {
			return fmt.Errorf("opening an in-memory database: %w", err)
		}
		anchor.SetMaxIdleConns(1)
		s.closers = append(s.closers, anchor)
		if err := anchor.Ping(); err != nil { //nolint:noctx // in memory: nothing to wait for
			return fmt.Errorf("opening an in-memory database: %w", err)
		}
		s.writer, err = s.sqlitePool(address, 1)
		s.reader, s.lazy, s.hurried = s.writer, s.writer, s.writer
		return err
	}
	if path == "" {
		return engine.Errorf(engine.Invalid, "the database address %q names no file; write sqlite:/path/to/file.db or sqlite::memory:", "sqlite:"+path)
	}
	if path, err = filepath.Abs(strings.TrimPrefix(path, "//")); err != nil {
		return fmt.Errorf("finding the database file: %w", err)
	}
	file := "file:" + (&url.URL{Path: path}).EscapedPath()
	if s.writer, err = s.sqlitePool(file+"?"+pragmas.Encode(), 1); err != nil {
		return engine.Errorf(engine.Unavailable, "the database file %s cannot be opened (%v); check that its folder exists and is writable", path, err)
	}
	s.lazy, s.hurried = s.writer, s.writer
	pragmas["_txlock"] = []string{"deferred"}
	pragmas["_pragma"] = append(pragmas["_pragma"], "query_only(1)")
	s.reader, err = s.sqlitePool(file+"?"+pragmas.Encode(), orDefault(o.MaxConns, 4))
	return err
}

func (s *Store) sqlitePool(address string, conns int) (*gorm.DB, error) {
	open := rememberStatements
	if conns > 1 { // gorm keeps those of the readers, who need no transactions
		open = func(address string) (*sql.DB, error) { return sql.Open(sqliteDriver, address) }
	}
	pool, err := open(address)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, pool)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	if err := greet(pool); err != nil {
		return nil, err
	}
	return s.gorm(sqliteDialect{pool}, conns > 1)
}

// greet makes a pool's first connection. A new file becomes a WAL file then, for
// which SQLite wants it alone and, unlike for anything later, does not wait for
// another process that does the same (sqlite.org/wal.html, "Sometimes Queries
// Return SQLITE_BUSY In WAL Mode").
func greet(pool *sql.DB) error {
	for try := 1; ; try++ {
		err := pool.Ping() //nolint:noctx // a local file; database/sql opens nothing before it must
		if err == nil || sqliteCode(err)&0xff != sqliteBusy || try == greetings {
			return err
		}
		<-time.After(greetEvery) //nolint:forbidigo // the machine's time: another process has the file
	}
}

// greetings is how often a file that another process is making is tried: for ten
// seconds, as long as every later statement waits (busy_timeout).
const (
	greetings  = 200
	greetEvery = 50 * time.Millisecond
)

// openPostgres opens the one pool. The simple protocol, which puts parameters
// into the statement's text (CVE-2026-41889), is refused even when the address
// asks for it.
func (s *Store) openPostgres(dsn string, o Options) error {
	s.dialect = onPostgres
	config, err := pgx.ParseConfig(dsn)
	if err != nil { // pgx redacts the password in its error
		return engine.Errorf(engine.Invalid, "the database address cannot be read: %v", err)
	}
	if config.DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
		return engine.Errorf(engine.Invalid, "the database address asks for default_query_exec_mode=simple_protocol, which Jornada never uses; remove it (behind a pooler that cannot prepare statements, use exec)")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	// A result never depends on the server's or the role's settings.
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["application_name"] = "jornada"
	config.RuntimeParams["default_transaction_isolation"] = "read committed"
	conns := orDefault(o.MaxConns, 24)
	lazyConns := 1          // outbox removals come one batch at a time
	hurryConns := conns / 3 // what webhooks bring is stored in a moment, but there are hundreds a second
	if s.writer, err = s.postgresPool(config, max(1, conns-lazyConns-hurryConns)); err != nil {
		return err
	}
	s.reader, s.hurried = s.writer, s.writer
	if hurryConns > 0 {
		if s.hurried, err = s.postgresPool(config, hurryConns); err != nil {
			return err
		}
	}
	config.RuntimeParams["synchronous_commit"] = "off"
	s.lazy, err = s.postgresPool(config, lazyConns)
	return err
}

func (s *Store) postgresPool(config *pgx.ConnConfig, conns int) (*gorm.DB, error) {
	pool := stdlib.OpenDB(*config.Copy())
	s.closers = append(s.closers, pool)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return s.gorm(postgres.New(postgres.Config{Conn: pool}), false)
}

// gorm opens a pool. prepare keeps prepared statements, which is a third of a
// small question's cost on SQLite (pgx keeps its own). Never for the writer, whose
// connection remembers its own: a statement that waits for its one connection in
// order to be prepared would be waited for by the transaction that holds it.
func (s *Store) gorm(d gorm.Dialector, prepare bool) (*gorm.DB, error) {
	db, err := gorm.Open(d, &gorm.Config{
		Logger:                 sqlLogger{s.log},
		NowFunc:                s.now,
		SkipDefaultTransaction: true, // one statement is atomic by itself
		PrepareStmt:            prepare,
		PrepareStmtMaxSize:     512,
		DisableAutomaticPing:   true,
	})
	if err != nil {
		return nil, translate(err)
	}
	return db, s.scopeByWorkspace(db)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	for _, db := range []*gorm.DB{s.writer, s.reader, s.hurried} {
		pool, err := db.DB()
		if err != nil {
			return fmt.Errorf("asking the database: %w", err)
		}
		if err := pool.PingContext(ctx); err != nil {
			return translate(err)
		}
	}
	return nil
}

// Close ends all connections.
func (s *Store) Close() error {
	s.growth.end()
	var first error
	for i := len(s.closers) - 1; i >= 0; i-- {
		if err := s.closers[i].Close(); err != nil && first == nil {
			first = fmt.Errorf("closing the database: %w", err)
		}
	}
	s.closers = nil
	return first
}

// now is the present as the database will keep it.
func (s *Store) now() time.Time { return s.clock.Now().UTC().Truncate(time.Microsecond) }

// machine is the machine's time, for leases and for when work is tried again:
// they guard against processes that die, which takes as long at any speed and
// must not end because somebody moved the clock.
func (s *Store) machine() time.Time { return s.clock.Real().UTC().Truncate(time.Microsecond) }

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
