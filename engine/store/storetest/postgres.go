package storetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgresEnv names the environment variable with the address of a Postgres in
// which tests may create databases.
const PostgresEnv = "JORNADA_TEST_POSTGRES"

const defaultPostgres = "postgres://root@127.0.0.1:5432/test"

// server is the Postgres of this test process, found or started once.
var server = sync.OnceValues(findServer)

// Postgres returns the address of a fresh database that is dropped when the
// test ends. The server is the one in JORNADA_TEST_POSTGRES, else a local one,
// else one started from installed binaries for the life of the test process.
// When none can be had it logs POSTGRES NOT TESTED with the reason and returns "";
// when JORNADA_TEST_POSTGRES is set and does not answer, the test fails.
func Postgres(t testing.TB) string {
	t.Helper()
	base, err := server()
	if err != nil {
		if os.Getenv(PostgresEnv) != "" {
			t.Fatalf("%s does not answer: %v", PostgresEnv, err)
		}
		t.Logf("POSTGRES NOT TESTED: %v", err)
		fmt.Fprintf(os.Stderr, "POSTGRES NOT TESTED (%s): %v\n", t.Name(), err)
		return ""
	}
	name := "jornada_test_" + randomName(t)
	if err := execute(base, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		t.Fatalf("creating a test database: %v", err)
	}
	return dropped(t, base, name)
}

// Migrated is a Postgres like [Postgres]'s whose schema is this program's already.
func Migrated(t testing.TB) string {
	t.Helper()
	base, err := server()
	if err != nil {
		return Postgres(t) // which says so
	}
	template, err := schema()
	if err != nil {
		t.Fatalf("finding the schema for a test database: %v", err)
	}
	name := "jornada_test_" + randomName(t)
	template.Copy(t, base, name)
	return dropped(t, base, name)
}

// dropped is the address of a database that goes with the test.
func dropped(t testing.TB, base, name string) string {
	t.Cleanup(func() {
		if err := execute(base, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dropping test database %s: %v", name, err)
		}
	})
	return onServer(base, name)
}

// onServer is the address of another database of the same server.
func onServer(base, name string) string {
	config, err := url.Parse(base)
	if err != nil {
		return base // connecting to it has failed before
	}
	config.Path = "/" + name
	return config.String()
}

func randomName(t testing.TB) string {
	raw := make([]byte, 8)
	if _, err := rand.Read(raw); err != nil {
		t.Fatalf("naming a test database: %v", err)
	}
	return hex.EncodeToString(raw)
}

func execute(dsn, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

func findServer() (string, error) {
	dsn, chosen := os.LookupEnv(PostgresEnv)
	if !chosen || dsn == "" {
		dsn = defaultPostgres
	}
	err := execute(dsn, "SELECT 1")
	if err == nil || chosen {
		return dsn, err
	}
	var startErr error
	if temporary, startErr = startServer(); startErr != nil {
		return "", fmt.Errorf("no server answers at %s (%w), and none could be started: %w; set %s", dsn, err, startErr, PostgresEnv)
	}
	return temporary.dsn, nil
}

// startServer runs a throw-away Postgres on loopback. A watchdog shell stops
// and removes it when this process is gone, however it ended.
func startServer() (*started, error) {
	bin, err := postgresBinaries()
	if err != nil {
		return nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "jornada-postgres-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for a test server: %w", err)
	}
	if as != nil {
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			return nil, fmt.Errorf("giving the test server its folder: %w", err)
		}
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	run := func(name string, args ...string) error {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		// Straight to a file: the server would inherit a pipe and keep it open.
		log, err := os.Create(filepath.Join(dir, name+".log"))
		if err != nil {
			return fmt.Errorf("logging %s: %w", name, err)
		}
		defer func() { _ = log.Close() }()
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Run(); err != nil {
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("running %s: %w: %s", name, err, text)
		}
		return nil
	}
	if err := run("initdb", "-D", data, "-U", "jornada", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"); err != nil {
		return nil, err
	}
	options := fmt.Sprintf("-h 127.0.0.1 -p %d -k %s -c max_connections=200", port, dir)
	if err := run("pg_ctl", "-D", data, "-w", "-t", "60", "-l", filepath.Join(dir, "server.log"), "-o", options, "start"); err != nil {
		return nil, err
	}
	watchdog, err := watch(bin, data, dir, as)
	if err != nil {
		return nil, err
	}
	watchdog.dsn = fmt.Sprintf("postgres://jornada@127.0.0.1:%d/postgres", port)
	return watchdog, nil
}

// watch leaves a shell behind that waits for its input to end, which happens
// when this process does, and then stops the server and removes its folder.
func watch(bin, data, dir string, as *syscall.Credential) (*started, error) {
	const script = `cat >/dev/null; "$0/pg_ctl" -D "$1" -m immediate stop >/dev/null 2>&1; rm -rf "$2"`
	cmd := exec.Command("/bin/sh", "-c", script, bin, data, dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("watching the test server: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("watching the test server: %w", err)
	}
	return &started{dir: dir, watchdog: cmd, input: input}, nil
}

// started is a running throw-away server. input must stay reachable: once it is
// closed, the watchdog stops the server.
type started struct {
	dsn      string
	dir      string
	watchdog *exec.Cmd
	input    io.WriteCloser
}

func (s *started) stop() error {
	if err := s.input.Close(); err != nil {
		return fmt.Errorf("ending the watchdog's input: %w", err)
	}
	return s.watchdog.Wait()
}

// temporary keeps the server of this test process reachable.
var temporary *started

// postgresBinaries finds the newest installed server.
func postgresBinaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	sort.Strings(found)
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("finding a Postgres to start: no /usr/lib/postgresql/*/bin/initdb and none in PATH")
	}
	return filepath.Dir(path), nil
}

// unprivileged is the user a server may run as: Postgres refuses root.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root cannot run Postgres and there is no user postgres: %w", err)
	}
	uid, err := strconv.ParseUint(owner.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading the id of user postgres: %w", err)
	}
	gid, err := strconv.ParseUint(owner.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading the group of user postgres: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
