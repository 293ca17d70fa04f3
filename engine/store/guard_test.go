package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"jornada/engine"
)

var ctx = context.Background()

func testOptions() Options {
	clock := engine.NewClock(engine.Anchor{}, func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) })
	return Options{Clock: clock, MasterKey: bytes.Repeat([]byte{7}, 32)}
}

func openTest(t *testing.T, dsn string, o Options) *Store {
	t.Helper()
	s, err := Open(ctx, dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

func code(err error) engine.ErrorCode {
	var refusal *engine.Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

// A statement that cannot be bound to a workspace never reaches the database.
func TestUnscopedStatementsAreRefused(t *testing.T) {
	s := openTest(t, "sqlite::memory:", testOptions())
	var n int64
	var rows []contactRow
	for name, err := range map[string]error{
		"raw query":        s.read(ctx).Raw("SELECT COUNT(*) FROM contacts").Scan(&n).Error,
		"raw find":         s.read(ctx).Raw("SELECT * FROM contacts").Find(&rows).Error,
		"exec":             s.write(ctx).Exec("DELETE FROM contacts").Error,
		"table by name":    s.read(ctx).Table("contacts").Count(&n).Error,
		"no row type":      s.read(ctx).Table("contacts").Scan(&[]map[string]any{}).Error,
		"table expression": s.read(ctx).Table("contacts, tokens").Find(&rows).Error,
	} {
		if !errors.Is(err, errUnscoped) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := s.write(ctx).Model(&contactRow{}).Updates(map[string]any{"locale": "x"}).Error; err == nil {
		t.Error("a change without a condition was allowed")
	}
	if err := s.write(ctx).Delete(&contactRow{}).Error; err == nil {
		t.Error("a deletion without a condition was allowed")
	}
}

// A row cannot choose its workspace.
func TestWorkspaceIsStamped(t *testing.T) {
	s := openTest(t, "sqlite::memory:", testOptions())
	rows := []settingRow{{WorkspaceID: "theirs", Key: "a"}, {WorkspaceID: "theirs", Key: "b"}}
	if err := s.write(ctx).Create(&rows).Error; err != nil {
		t.Fatal(err)
	}
	var found []settingRow
	if err := s.read(ctx).Where("key = 'a' OR key = 'b'").Find(&found).Error; err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0].WorkspaceID != "default" {
		t.Errorf("stored %+v", found)
	}
	if err := s.read(ctx).Where("workspace_id = ?", "theirs").Or("1 = 1").Find(&found).Error; err != nil || len(found) != 2 {
		t.Errorf("an OR must stay inside the workspace: %v, %+v", err, found)
	}
}

func TestOpenRefuses(t *testing.T) {
	o := testOptions()
	short := o
	short.MasterKey = []byte("short")
	noClock := o
	noClock.Clock = nil
	for name, c := range map[string]struct {
		dsn  string
		o    Options
		says string
	}{
		"scheme":          {"mysql://x", o, "sqlite:"},
		"no file":         {"sqlite:", o, "names no file"},
		"no folder":       {"sqlite:/nowhere/at/all/x.db", o, "folder exists"},
		"short key":       {"sqlite::memory:", short, "32 bytes"},
		"no clock":        {"sqlite::memory:", noClock, "Clock"},
		"simple protocol": {"postgres://127.0.0.1/x?default_query_exec_mode=simple_protocol", o, "simple_protocol"},
		"bad address":     {"postgres://root:hunter2@127.0.0.1:notaport/x", o, "cannot be read"},
		"nobody answers":  {"postgres://root:hunter2@127.0.0.1:1/x", o, "away"},
	} {
		_, err := Open(ctx, c.dsn, c.o)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", name, err)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the password is shown: %v", name, err)
		}
	}
}

// The pool never puts parameters into the text of a statement.
func TestPostgresUsesTheExtendedProtocol(t *testing.T) {
	dsn := postgresForTest(t)
	s := openTest(t, dsn, testOptions())
	pool, err := s.writer.DB()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	err = conn.Raw(func(driver any) error {
		mode := driver.(*stdlib.Conn).Conn().Config().DefaultQueryExecMode
		if mode == pgx.QueryExecModeSimpleProtocol {
			t.Errorf("the simple protocol is on")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	file := "sqlite:" + filepath.Join(t.TempDir(), "x.db")
	s := openTest(t, file, testOptions())
	have, want, err := s.SchemaVersion(ctx)
	if err != nil || have != want || want < 1 {
		t.Fatalf("schema %d of %d: %v", have, want, err)
	}
	pool, _ := s.writer.DB()
	if _, err := pool.Exec("INSERT INTO schema_migrations (version, name, applied_at) VALUES (999, 'future', '')"); err != nil {
		t.Fatal(err)
	}
	_, openErr := Open(ctx, file, testOptions())
	for _, err := range []error{s.Migrate(ctx), openErr} {
		if code(err) != engine.Conflict || !strings.Contains(err.Error(), "999") || !strings.Contains(err.Error(), "restore the backup") {
			t.Errorf("got %v", err)
		}
	}
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	files := fstest.MapFS{"migrations/sqlite/0001_a.sql": {Data: []byte("")}, "migrations/sqlite/0003_b.sql": {Data: []byte("")}}
	if _, err := migrations(files, onSQLite); err == nil || !strings.Contains(err.Error(), "0002") {
		t.Errorf("got %v", err)
	}
	lite, err1 := migrations(migrationFiles, onSQLite)
	pg, err2 := migrations(migrationFiles, onPostgres)
	if err1 != nil || err2 != nil || len(lite) != len(pg) {
		t.Fatalf("%d and %d migrations: %v %v", len(lite), len(pg), err1, err2)
	}
	for i := range lite {
		if lite[i].name != pg[i].name {
			t.Errorf("migration %s is called %s on Postgres", lite[i].name, pg[i].name)
		}
	}
}

// Processes that start together migrate once.
func TestMigratingAtOnce(t *testing.T) {
	for name, dsn := range databases(t) {
		t.Run(name, func(t *testing.T) {
			var done sync.WaitGroup
			for range 4 {
				done.Go(func() {
					s, err := Open(ctx, dsn, testOptions())
					if err != nil {
						t.Errorf("opening: %v", err)
						return
					}
					defer func() { _ = s.Close() }()
					if err := s.Migrate(ctx); err != nil {
						t.Errorf("migrating: %v", err)
					}
				})
			}
			done.Wait()
		})
	}
}

// Both databases have the same tables and columns, but for what the one process of
// a SQLite file keeps in its memory (paces).
func TestSchemasAgree(t *testing.T) {
	dsn := postgresForTest(t)
	columns := func(s *Store, query string) string {
		pool, _ := s.writer.DB()
		rows, err := pool.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		var list []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			list = append(list, name)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		sort.Strings(list)
		return strings.Join(list, "\n")
	}
	lite := columns(openTest(t, "sqlite::memory:", testOptions()),
		"SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'")
	pg := columns(openTest(t, dsn, testOptions()),
		"SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'paces'")
	if lite != pg {
		t.Errorf("SQLite has\n%s\n\nPostgres has\n%s", lite, pg)
	}
	for table := range strings.FieldsSeq(lite) {
		name, _, _ := strings.Cut(table, ".")
		if name != "schema_migrations" && !strings.Contains(lite, name+".workspace_id") {
			t.Errorf("table %s has no workspace_id", name)
		}
	}
}

// What was committed is there after the file is opened again.
func TestRestart(t *testing.T) {
	file := "sqlite:" + filepath.Join(t.TempDir(), "sub folder? & 100%.db")
	s := openTest(t, file, testOptions())
	if _, err := s.PutContact(ctx, &engine.Contact{ID: "ana", Attributes: map[string]any{"name": "Ana"}}); err != nil {
		t.Fatal(err)
	}
	key := must(s.DataKey(ctx, must(s.Contact(ctx, "ana")).KeyID))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Contact(ctx, "ana"); err == nil {
		t.Error("a closed store answers")
	}
	s = openTest(t, file, testOptions())
	if got := must(s.DataKey(ctx, must(s.Contact(ctx, "ana")).KeyID)); !bytes.Equal(got, key) {
		t.Error("the key changed")
	}
	pool, _ := s.writer.DB()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		if err := pool.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", pragma, got, want, err)
		}
	}
	if err := s.reader.Exec("DELETE FROM contacts").Error; err == nil {
		t.Error("a reader may write")
	}
}

// An audit log changed behind the store's back is noticed, whichever way.
func TestAuditTampering(t *testing.T) {
	for name, dsn := range databases(t) {
		s := openTest(t, dsn, testOptions())
		pool, _ := s.writer.DB()
		for range 4 {
			if err := s.Audit(ctx, engine.AuditEntry{Actor: "a", Action: "b.c", Target: "t"}); err != nil {
				t.Fatal(err)
			}
		}
		for _, sql := range []string{"UPDATE audit SET actor = 'x'", "DELETE FROM audit"} {
			if _, err := pool.Exec(sql); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %s was allowed: %v", name, sql, err)
			}
		}
		drop := []string{"DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"}
		if s.dialect == onPostgres {
			drop = []string{"DROP TRIGGER audit_append_only ON audit"}
		}
		for _, sql := range drop {
			if _, err := pool.Exec(sql); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct{ do, undo, says string }{
			{"UPDATE audit SET actor = 'x' WHERE seq = 2", "UPDATE audit SET actor = 'a' WHERE seq = 2", "changed (line 2)"},
			{"UPDATE audit SET seq = 40 WHERE seq = 4", "UPDATE audit SET seq = 4 WHERE seq = 40", "missing (line 4)"},
			{"UPDATE settings SET value = '3 x y' WHERE key = 'audit.head'", "", "mark of its end"},
		} {
			if _, err := pool.Exec(c.do); err != nil {
				t.Fatal(err)
			}
			if err := s.VerifyAudit(ctx); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: after %s: %v", name, c.do, err)
			}
			if c.undo == "" {
				continue
			}
			if _, err := pool.Exec(c.undo); err != nil {
				t.Fatal(err)
			}
			if err := s.VerifyAudit(ctx); err != nil {
				t.Errorf("%s: after undoing: %v", name, err)
			}
		}
	}
}

// A cut at the end of the log is missed too.
func TestAuditTruncation(t *testing.T) {
	s := openTest(t, "sqlite::memory:", testOptions())
	for range 3 {
		if err := s.Audit(ctx, engine.AuditEntry{Action: "b.c"}); err != nil {
			t.Fatal(err)
		}
	}
	pool, _ := s.writer.DB()
	for _, sql := range []string{"DROP TRIGGER audit_no_delete", "DELETE FROM audit WHERE seq = 3"} {
		if _, err := pool.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.VerifyAudit(ctx); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("got %v", err)
	}
}

// Failing and slow statements are logged without what was in them.
func TestLogsHoldNoParameters(t *testing.T) {
	for name, dsn := range databases(t) {
		var log bytes.Buffer
		o := testOptions()
		o.Logger = slog.New(slog.NewJSONHandler(&log, nil))
		s := openTest(t, dsn, o)
		pool, _ := s.writer.DB()
		if _, err := pool.Exec("DROP TABLE consents"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PutContact(ctx, &engine.Contact{ID: "CanaryDemo"}); err != nil {
			t.Fatal(err)
		}
		err := s.RecordConsent(ctx, engine.Consent{ContactID: "CanaryDemo", Evidence: "CanaryDemo said yes"})
		if err == nil {
			t.Fatal("the table is gone")
		}
		if strings.Contains(log.String(), "CanaryDemo") || !strings.Contains(log.String(), "statement failed") {
			t.Errorf("%s logged: %s", name, log.String())
		}
	}
}

// A canceled transaction does not take an in-memory database with it.
func TestMemorySurvivesCancellation(t *testing.T) {
	s := openTest(t, "sqlite::memory:", testOptions())
	if err := s.PutSetting(ctx, "a", "b"); err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(ctx)
	_ = s.InTx(canceled, func(ctx context.Context) error {
		cancel()
		return s.PutSetting(ctx, "a", "c")
	})
	if got := must(s.Setting(ctx, "a")); got != "b" {
		t.Errorf("the setting is %q", got)
	}
	if other := openTest(t, "sqlite::memory:", testOptions()); code(second(other.Setting(ctx, "a"))) != engine.NotFound {
		t.Error("two in-memory databases share their rows")
	}
}

// Leases are the machine's time, so neither a fast clock ends them at once nor
// one that is moved.
func TestLeasesUnderAFastClock(t *testing.T) {
	real := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	o := testOptions()
	clock := engine.NewClock(engine.Anchor{Real: real, Virtual: real, Speed: 1440}, func() time.Time { return real })
	o.Clock = clock
	s := openTest(t, "sqlite::memory:", o)
	if _, err := s.InsertEvent(ctx, &engine.InboundEvent{Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if n := len(must(s.ClaimEvents(ctx, 1, time.Minute))); n != 1 {
		t.Fatalf("claimed %d", n)
	}
	real = real.Add(59 * time.Second)
	if n := len(must(s.ClaimEvents(ctx, 1, time.Minute))); n != 0 {
		t.Error("the lease ended early")
	}
	clock.Move(engine.Anchor{Real: real, Virtual: clock.Now().AddDate(1, 0, 0), Speed: 1})
	if n := len(must(s.ClaimEvents(ctx, 1, time.Minute))); n != 0 {
		t.Error("moving the clock by a year ended the lease")
	}
	real = real.Add(2 * time.Second)
	if n := len(must(s.ClaimEvents(ctx, 1, time.Minute))); n != 1 {
		t.Error("the lease did not end")
	}
}

// A full disk refuses changes in words, answers questions, is said until there is
// room, and leaves nothing half done.
func TestAFullDisk(t *testing.T) {
	s := openTest(t, "sqlite:"+filepath.Join(t.TempDir(), "small.db"), testOptions())
	pool := must(s.writer.DB())
	var pages int
	if err := pool.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		t.Helper()
		var got int
		if err := pool.QueryRow(fmt.Sprintf("PRAGMA max_page_count = %d", n)).Scan(&got); err != nil {
			t.Fatal(err)
		}
	}
	if s.Full(ctx) {
		t.Fatal("full before it began")
	}
	limit(pages)
	stored := 0
	var err error
	for ; err == nil && stored < 10_000; stored++ {
		ev := &engine.InboundEvent{Key: fmt.Sprint("k", stored), Kind: engine.BusinessEvent, Name: "x", Data: map[string]any{"note": strings.Repeat("x", 2000)}}
		_, err = s.InsertEvent(ctx, ev)
	}
	stored--
	if code(err) != engine.Unavailable || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("after %d events: %v", stored, err)
	}
	if !s.Full(ctx) {
		t.Error("a full disk is not said")
	}
	if counts := must(s.Counts(ctx)); counts.PendingEvents != int64(stored) {
		t.Errorf("%d of %d events are there", counts.PendingEvents, stored)
	}
	limit(1 << 20)
	if s.Full(ctx) {
		t.Error("with room again it is still said")
	}
	if _, err := s.InsertEvent(ctx, &engine.InboundEvent{Key: "again"}); err != nil {
		t.Error(err)
	}
	var sound string
	if err := pool.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("%s %v", sound, err)
	}
}

// Postgres says it with disk_full (53100).
func TestAFullDiskOfPostgres(t *testing.T) {
	dsn := postgresForTest(t)
	s := openTest(t, dsn, testOptions())
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	for _, sql := range []string{
		`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
		`CREATE TRIGGER full_events BEFORE INSERT ON inbound_events FOR EACH ROW EXECUTE FUNCTION no_room()`,
		`CREATE TRIGGER full_settings BEFORE INSERT ON settings FOR EACH ROW EXECUTE FUNCTION no_room()`,
	} {
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.InsertEvent(ctx, &engine.InboundEvent{Key: "k"})
	if code(err) != engine.Unavailable || !strings.Contains(err.Error(), "no space left") || !s.Full(ctx) {
		t.Errorf("%v, full %v", err, s.Full(ctx))
	}
	if _, err := c.Exec(ctx, `DROP TRIGGER full_settings ON settings; DROP TRIGGER full_events ON inbound_events`); err != nil {
		t.Fatal(err)
	}
	if s.Full(ctx) {
		t.Error("with room again it is still said")
	}
}

// A sealed value opens only where it was put.
func TestSealsAreBoundToTheirPlace(t *testing.T) {
	ring, err := newKeyRing(bytes.Repeat([]byte{1}, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed := must(ring.seal([]byte("secret"), "here"))
	if got := must(ring.open(sealed, "here")); string(got) != "secret" {
		t.Errorf("opened %q", got)
	}
	for _, c := range []struct{ sealed, place string }{
		{sealed, "there"}, {sealed[:len(sealed)-4] + "AAAA", "here"}, {"v1." + ring.current + ".x", "here"}, {"v2.a.b", "here"}, {"", "here"},
	} {
		if _, err := ring.open(c.sealed, c.place); err == nil {
			t.Errorf("%q opened at %s", c.sealed, c.place)
		}
	}
	if again := must(ring.seal([]byte("secret"), "here")); again == sealed {
		t.Error("a nonce was used twice")
	}
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

func second[V any](_ V, err error) error { return err }

// databases are a SQLite file and, when there is one, a Postgres database.
func databases(t *testing.T) map[string]string {
	list := map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "x.db")}
	if dsn := postgresAddress(t); dsn != "" {
		list["postgres"] = dsn
	}
	return list
}

// postgresAddress is set by the external test package: storetest imports this
// package, so this one cannot import it.
var postgresAddress func(testing.TB) string

func postgresForTest(t *testing.T) string {
	dsn := postgresAddress(t)
	if dsn == "" {
		t.Skip("no Postgres could be found or started; the line POSTGRES NOT TESTED above says what was tried")
	}
	return dsn
}

// SetPostgresForTests lets the external test package lend its Postgres.
func SetPostgresForTests(address func(testing.TB) string) { postgresAddress = address }
