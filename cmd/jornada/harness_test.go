package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/headers"

	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/engine/api"
	"jornada/engine/devserver"
	"jornada/engine/devserver/devservertest"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
)

// backend is where a rig keeps its state.
type backend string

const (
	onSQLite   backend = "sqlite"
	onPostgres backend = "postgres"
)

// rig is a whole Jornada in this process, as `jornada dev` wires it, with a
// clock that can be moved.
type rig struct {
	*process
	clock    *engine.AnchoredClock // hides the process's: this one can be moved
	t        testing.TB
	ctx      context.Context
	temporal client.Client
	server   *httptest.Server
	token    string
	dsn      string

	on         backend
	dir        string
	temporalAt devserver.Options // where Temporal keeps its state
	logged     *logBuffer        // every line of the log
}

type rigOptions struct {
	speed   float64
	secrets map[string]string
	dir     string                         // keep state here (SQLite), to start again on it
	conns   int                            // to the database; 0 = 6
	drivers map[string]channel.Constructor // beside or instead of the real ones

	throughGate *gate // stands before Jornada's own Postgres, not before Temporal's
}

// newRig starts one; everything is stopped when the test ends.
func newRig(t testing.TB, on backend, o rigOptions) *rig {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	if o.dir == "" {
		o.dir = t.TempDir()
	}
	if o.conns == 0 {
		o.conns = 6 // many tests share one Postgres
	}
	if o.speed == 0 {
		o.speed = 1
	}
	var temporalAt devserver.Options
	var dsn string
	switch on {
	case onSQLite:
		temporalAt = devserver.Options{File: filepath.Join(o.dir, "temporal.db")}
		dsn = "sqlite:" + filepath.Join(o.dir, "jornada.db")
	case onPostgres:
		dsn = storetest.Migrated(t)
		base := postgresBase(t, dsn)
		temporalAt = devserver.Options{Postgres: base, Database: temporalDatabase(t, base)}
		if o.throughGate != nil {
			u, err := url.Parse(dsn)
			require.NoError(t, err)
			u.Host = o.throughGate.before(u.Host)
			dsn = u.String()
		}
	}
	ts, err := devserver.Start(ctx, temporalAt)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ts.Stop() })

	anchor := engine.Anchor{}
	if o.speed != 1 {
		now := time.Now().UTC()
		anchor = engine.Anchor{Real: now, Virtual: now, Speed: o.speed}
	}
	clock := engine.NewClock(anchor, time.Now)
	logged := &logBuffer{}
	log := slog.New(slog.NewTextHandler(rigLog{logged, t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	db, err := store.Open(ctx, dsn, store.Options{Clock: clock, MasterKey: make([]byte, 32), Logger: log, MaxConns: o.conns})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	require.NoError(t, db.Migrate(ctx))
	tc, watch, err := dialTemporal(ts.HostPort(), ts.Namespace(), db, log)
	require.NoError(t, err)
	t.Cleanup(tc.Close)

	r := &rig{clock: clock, t: t, ctx: ctx, temporal: tc, token: "jrn_test_0123456789abcdef", dsn: dsn, on: on, dir: o.dir, temporalAt: temporalAt, logged: logged}
	for k, v := range o.secrets {
		t.Setenv(secretPrefix+strings.ToUpper(k), v)
	}
	r.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { r.api.ServeHTTP(w, q) }))
	public := "http://" + r.server.Listener.Addr().String()
	c := &Config{Region: "BR", StickyCache: 2000, Pollers: 4}
	r.process, err = assembleDev(ctx, c, db, connection{tc, watch, ts.Namespace()}, clock, log, public, o.drivers)
	require.NoError(t, err)
	require.NoError(t, ensureSimulatedChannels(ctx, db))
	require.NoError(t, r.auth.Ensure(ctx, r.token, "test"))
	require.NoError(t, r.process.runtime.Start(ctx))
	t.Cleanup(func() { r.process.stop(log) })
	r.server.Start()
	t.Cleanup(r.server.Close)
	t.Cleanup(cancel) // the simulated network stops before the database closes
	return r
}

// postgresBase is the server of a test database's address.
func postgresBase(t testing.TB, dsn string) string {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	userinfo := c.User
	if c.Password != "" {
		userinfo += ":" + c.Password
	}
	return fmt.Sprintf("postgres://%s@%s:%d/postgres", userinfo, c.Host, c.Port)
}

// jump moves the clock forward, as --clock-file does.
func (r *rig) jump(d time.Duration) {
	r.clock.Move(engine.Anchor{Real: time.Now().UTC(), Virtual: r.clock.Now().Add(d), Speed: 1})
	r.process.runtime.ClockMoved()
}

// publishFiles publishes a folder given as path -> content; errors fail the test.
func (r *rig) publishFiles(files map[string]string) {
	r.t.Helper()
	_, problems, err := r.folder.Folder(r.ctx, files, api.PublishWish{By: "test"})
	require.NoError(r.t, err)
	if problems.HasErrors() {
		sources := map[string][]byte{}
		for path, content := range files {
			sources[path] = []byte(content)
		}
		var b strings.Builder
		_ = problems.Render(&b, sources, diag.English, false)
		r.t.Fatal(b.String())
	}
	r.process.runtime.Wake()
}

// call makes one API call and returns status and body.
func (r *rig) call(method, path string, body string, contentType ...string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.ctx, method, r.server.URL+path, strings.NewReader(body))
	require.NoError(r.t, err)
	req.Header.Set("Authorization", "Bearer "+r.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if len(contentType) > 0 {
		req.Header.Set("Content-Type", contentType[0])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return resp.StatusCode, string(b)
}

// ok makes a call that must succeed.
func (r *rig) ok(method, path, body string, contentType ...string) string {
	r.t.Helper()
	status, answer := r.call(method, path, body, contentType...)
	require.Less(r.t, status, 300, "%s %s: %s", method, path, answer)
	return answer
}

// eventually waits until cond holds, looking often: what it waits for happens
// in other goroutines and has no other signal. It waits long, because the race
// detector on a busy machine is slow, and looks seldom enough to leave the
// machine to what it waits for: listing a campaign's messages costs a while.
func (r *rig) eventually(what string, cond func() bool) {
	r.t.Helper()
	require.Eventually(r.t, cond, 3*time.Minute, 50*time.Millisecond, what)
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	_, _ = os.Stderr.Write(b)
	return len(b), nil
}

// databaseMB is how much disk Jornada's and Temporal's databases take together.
func (r *rig) databaseMB(t testing.TB) float64 {
	t.Helper()
	if r.on == onSQLite {
		var total int64
		for _, name := range []string{"jornada.db", "temporal.db"} {
			db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, name)+"?mode=ro")
			require.NoError(t, err)
			var pages, size int64
			require.NoError(t, db.QueryRow("PRAGMA page_count").Scan(&pages)) // counts what is still in the WAL, too
			require.NoError(t, db.QueryRow("PRAGMA page_size").Scan(&size))
			require.NoError(t, db.Close())
			total += pages * size
		}
		return float64(total) / 1e6
	}
	c, err := pgx.Connect(r.ctx, r.dsn)
	require.NoError(t, err)
	defer func() { _ = c.Close(r.ctx) }()
	var total int64
	require.NoError(t, c.QueryRow(r.ctx, "select pg_database_size(current_database()) + pg_database_size($1) + pg_database_size($1 || '_visibility')", r.temporalAt.Database).Scan(&total))
	return float64(total) / 1e6
}

// temporalDatabase names Postgres databases for a Temporal server, with its schemas in
// them already, which take seconds to make.
func temporalDatabase(t testing.TB, base string) string {
	t.Helper()
	name := devservertest.Database(t, base)
	version := strings.ReplaceAll(headers.ServerVersion, ".", "_")
	copied := func(family, name string, visibility bool) {
		storetest.Template{Family: family, Version: version, Prepare: func(made string) error {
			return devserver.PrepareDatabase(base, made, visibility)
		}}.Copy(t, base, name)
		u, err := url.Parse(base)
		require.NoError(t, err)
		u.Path = "/" + name
		conn, err := pgx.Connect(t.Context(), u.String())
		require.NoError(t, err)
		defer func() { _ = conn.Close(context.Background()) }()
		// Temporal notes a schema's version under the name that its database had.
		_, err = conn.Exec(t.Context(), "UPDATE schema_version SET db_name = $1", name)
		require.NoError(t, err)
	}
	copied("temporal_main_template", name, false)
	copied("temporal_visibility_template", name+devserver.VisibilitySuffix, true)
	return name
}
