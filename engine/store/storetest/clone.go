package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"jornada/engine/store"
)

// Template is a database that is prepared once for all test processes and copied
// for each test: on Postgres a schema takes five times as long to make as to copy.
// It stays in the server, where the next run finds it, and goes when templatesKept newer
// versions of the same family have been prepared.
type Template struct {
	Family  string // begins the name of all its versions, and of nothing else
	Version string // changes with what Prepare makes
	// Prepare makes a database of this name and leaves no connection to it open.
	Prepare func(name string) error
}

// templatesKept is how many versions stay: tests of several checkouts of this project,
// each with its own schema, may use one server at the same time.
const templatesKept = 6

// Copy makes a database called name out of a template. base is the address of a
// database on the same server.
func (m Template) Copy(t testing.TB, base, name string) {
	t.Helper()
	err := m.copyTo(base, name)
	for try := 0; err != nil && try < 5; try++ {
		var refused *pgconn.PgError
		switch {
		case errors.As(err, &refused) && refused.Code == "3D000": // there is no such template
			err = m.make(base)
		case errors.As(err, &refused) && refused.Code == "55006": // whoever made it is just leaving
			time.Sleep(100 * time.Millisecond)
			err = nil
		}
		if err == nil {
			err = m.copyTo(base, name)
		}
	}
	if err != nil {
		t.Fatalf("copying a test database: %v", err)
	}
}

func (m Template) name() string { return m.Family + "_" + m.Version }

func (m Template) copyTo(base, name string) error {
	return execute(base, "CREATE DATABASE "+quoted(name)+" TEMPLATE "+quoted(m.name()))
}

const unfinishedSuffix = "_unfinished"

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// make prepares the template, unless another process does so at this moment.
func (m Template) make(base string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // which gives the lock back
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", m.Family); err != nil {
		return err
	}
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY oid DESC", m.Family+"_")
	if err != nil {
		return err
	}
	others, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	if slices.Contains(others, m.name()) {
		return nil
	}
	for i, other := range others { // the newest first
		if i+1 < templatesKept && !strings.HasSuffix(other, unfinishedSuffix) {
			continue
		}
		// Old versions, and what a process that was killed left. One that is being
		// copied stays until the next time.
		_, _ = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quoted(other))
	}
	// Its name says that it is whole, so it gets it last.
	unfinished := m.name() + unfinishedSuffix
	if err := m.Prepare(unfinished); err != nil {
		return fmt.Errorf("preparing %s: %w", m.name(), err)
	}
	rename := "ALTER DATABASE " + quoted(unfinished) + " RENAME TO " + quoted(m.name())
	for try := 0; ; try++ {
		var refused *pgconn.PgError
		if _, err = conn.Exec(ctx, rename); !errors.As(err, &refused) || refused.Code != "55006" || try == 50 {
			return err
		}
		time.Sleep(100 * time.Millisecond) // the server has not noticed yet that Prepare hung up
	}
}

// schema is the template of this program's own schema.
var schema = sync.OnceValues(func() (Template, error) {
	version, err := store.SchemaDigest()
	if err != nil {
		return Template{}, err
	}
	base, err := server()
	if err != nil {
		return Template{}, err
	}
	return Template{Family: "jornada_template", Version: version, Prepare: func(name string) error {
		if err := execute(base, "CREATE DATABASE "+quoted(name)+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
			return err
		}
		return migrated(onServer(base, name))
	}}, nil
})

// migrated brings a database's schema to this program's version.
func migrated(dsn string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, dsn, store.Options{Clock: NewClock(), MasterKey: MasterKey()})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

// emptyFile is a migrated SQLite database without any rows.
var emptyFile = sync.OnceValues(func() (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "jornada-schema-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for a schema: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "jornada.db")
	if err := migrated("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
