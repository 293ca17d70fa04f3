package storetest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"jornada/engine"
	"jornada/engine/store"
)

// Open opens a migrated store on the test's database. Called again in the same
// test it opens the same database, with other options if wanted: a second
// workspace, a second process.
type Open func(t testing.TB, o store.Options) *store.Store

// Each runs a test on a SQLite file and on Postgres. Where no
// Postgres can be had, it says so loudly and goes on.
func Each(t *testing.T, test func(t *testing.T, open Open)) {
	t.Helper()
	t.Run("sqlite file", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) {
		dsn := Migrated(t)
		if dsn == "" {
			return
		}
		test(t, opener(dsn))
	})
}

// SQLite is a fresh SQLite file.
func SQLite(t testing.TB) Open {
	t.Helper()
	empty, err := emptyFile()
	if err != nil {
		t.Fatalf("making a schema: %v", err)
	}
	path := filepath.Join(t.TempDir(), "jornada test.db")
	if err := os.WriteFile(path, empty, 0o600); err != nil {
		t.Fatalf("making a test database: %v", err)
	}
	return opener("sqlite:" + path)
}

// Memory is a fresh SQLite database in memory, which one store shares with
// nobody: open it once per test.
func Memory(testing.TB) Open { return opener("sqlite::memory:") }

func opener(dsn string) Open {
	return func(t testing.TB, o store.Options) *store.Store {
		t.Helper()
		if o.Clock == nil {
			o.Clock = NewClock()
		}
		if o.MasterKey == nil {
			o.MasterKey = MasterKey()
		}
		if o.MaxConns == 0 {
			o.MaxConns = 6 // many tests share one Postgres
		}
		ctx := context.Background()
		s, err := store.Open(ctx, dsn, o)
		if err != nil {
			t.Fatalf("opening the store: %v", err)
		}
		t.Cleanup(func() { _ = s.Close() })
		if err := s.Migrate(ctx); err != nil {
			t.Fatalf("migrating the store: %v", err)
		}
		return s
	}
}

// MasterKey is a fixed key for tests.
func MasterKey() []byte { return bytes.Repeat([]byte{7}, 32) }

// Clock stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at a fixed moment, with microseconds worth keeping.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, time.March, 2, 12, 0, 0, 123_456_000, time.UTC)}
}

// Now implements engine.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Virtual implements engine.Clock.
func (c *Clock) Virtual(real time.Time) time.Time { return real.UTC() }

// Real implements engine.Clock: machine and calendar go together here.
func (c *Clock) Real() time.Time { return c.Now() }

// Ago implements engine.Clock.
func (c *Clock) Ago(d time.Duration) time.Time { return c.Now().Add(-d) }

// Anchor implements engine.Clock.
func (c *Clock) Anchor() engine.Anchor { return engine.Anchor{} }

// Advance moves the clock and returns the new present.
func (c *Clock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// PostgresDatabase is a fresh Postgres database; the test ends when there is none.
func PostgresDatabase(t testing.TB) Open {
	t.Helper()
	dsn := Migrated(t)
	if dsn == "" {
		t.Skip("no Postgres could be found or started; the line POSTGRES NOT TESTED above says what was tried")
	}
	return opener(dsn)
}
