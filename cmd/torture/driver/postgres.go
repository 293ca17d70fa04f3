package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a Postgres server of our own: its files in a folder of ours, on a
// free port and a socket beside its files. Scenarios restart it as they like.
type Cluster struct {
	bin, dir, data string
	as             *syscall.Credential
	port           int
	watchdog       *exec.Cmd
	leash          io.WriteCloser // closing it makes the watchdog stop the server
}

// StartCluster makes a cluster in a folder and starts it.
func StartCluster(ctx context.Context, dir string) (*Cluster, error) {
	bin, err := postgresBinaries()
	if err != nil {
		return nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making a folder for Postgres: %w", err)
	}
	c := &Cluster{bin: bin, dir: dir, data: filepath.Join(dir, "data"), as: as, port: ports[0]}
	if as != nil {
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			return nil, fmt.Errorf("giving Postgres its folder: %w", err)
		}
	}
	if err := c.run(ctx, "initdb", "-D", c.data, "-U", pgUser, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"); err != nil {
		return nil, err
	}
	if err := c.watch(); err != nil {
		return nil, err
	}
	if err := c.Start(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

const pgUser = "torture"

// run calls one of Postgres' programs and waits for it. Its output goes straight
// to a file: a server that it starts would inherit a pipe and keep it open.
func (c *Cluster) run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...) //nolint:gosec // Postgres' own programs
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Setpgid: true}
	log, err := os.Create(filepath.Join(c.dir, name+".log"))
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

// watch leaves a shell behind that waits for its input to end, which happens
// when this process does, however it ends, and then stops the server.
func (c *Cluster) watch() error {
	const script = `cat >/dev/null; "$0/pg_ctl" -D "$1" -m immediate stop >/dev/null 2>&1`
	c.watchdog = exec.Command("/bin/sh", "-c", script, c.bin, c.data) //nolint:gosec,noctx // it outlives every context on purpose
	c.watchdog.Dir = "/"
	c.watchdog.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Setpgid: true}
	var err error
	if c.leash, err = c.watchdog.StdinPipe(); err != nil {
		return fmt.Errorf("watching Postgres: %w", err)
	}
	if err := c.watchdog.Start(); err != nil {
		return fmt.Errorf("watching Postgres: %w", err)
	}
	return nil
}

// Start starts the server and returns when it takes connections.
func (c *Cluster) Start(ctx context.Context) error {
	options := fmt.Sprintf("-h 127.0.0.1 -p %d -k %s -c max_connections=300 -c shared_buffers=64MB -c log_min_messages=warning", c.port, c.dir)
	return c.run(ctx, "pg_ctl", "-D", c.data, "-w", "-t", "60", "-l", filepath.Join(c.dir, "server.log"), "-o", options, "start")
}

// Crash ends the server at once, as a power cut would: no checkpoint, every
// connection cut, recovery at the next start.
func (c *Cluster) Crash(ctx context.Context) error {
	return c.run(ctx, "pg_ctl", "-D", c.data, "-m", "immediate", "-w", "-t", "30", "stop")
}

// Restart crashes the server, leaves it down for a while and starts it again.
func (c *Cluster) Restart(ctx context.Context, down time.Duration) error {
	if err := c.Crash(ctx); err != nil {
		return err
	}
	pause(ctx, down)
	return c.Start(context.WithoutCancel(ctx)) // never left down, whoever gave up meanwhile
}

// Ensure starts the server when it has given up, as an operator's supervisor
// would, and waits until it takes connections.
func (c *Cluster) Ensure(ctx context.Context) error {
	return Until(ctx, startLimit, "Postgres takes connections", func(ctx context.Context) error {
		err := c.exec(ctx, "postgres", "select 1")
		if err != nil && c.run(ctx, "pg_ctl", "-D", c.data, "status") != nil {
			return errors.Join(err, c.Start(ctx))
		}
		return err
	})
}

// Close stops the server for good.
func (c *Cluster) Close() {
	_ = c.leash.Close()
	_ = c.watchdog.Wait()
	givePorts(c.port)
}

// keepLog copies the server's log to where the other logs are.
func (c *Cluster) keepLog(dir string) error {
	log, err := os.ReadFile(filepath.Join(c.dir, "server.log"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "postgres.log"), log, 0o600)
	}
	if err != nil {
		return fmt.Errorf("keeping Postgres' log: %w", err)
	}
	return nil
}

// Addr is where the server listens.
func (c *Cluster) Addr() string { return loopback(c.port) }

// DSN is the address of a database, reached at addr (the server's own or a
// proxy's).
func (c *Cluster) DSN(addr, database string) string {
	return fmt.Sprintf("postgres://%s@%s/%s", pgUser, addr, database)
}

// Copy makes a database, as a copy of another when template is not "".
func (c *Cluster) Copy(ctx context.Context, name, template string) error {
	sql := "create database " + pgx.Identifier{name}.Sanitize()
	if template != "" {
		sql += " template " + pgx.Identifier{template}.Sanitize()
	}
	return c.exec(ctx, "postgres", sql)
}

// Drop removes databases and whoever is connected to them.
func (c *Cluster) Drop(ctx context.Context, names ...string) error {
	var problems []error
	for _, name := range names {
		problems = append(problems, c.exec(ctx, "postgres", "drop database if exists "+pgx.Identifier{name}.Sanitize()+" with (force)"))
	}
	return errors.Join(problems...)
}

func (c *Cluster) exec(ctx context.Context, database, sql string) error {
	conn, err := pgx.Connect(ctx, c.DSN(c.Addr(), database))
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("telling Postgres to %s: %w", sql, err)
	}
	return nil
}

// postgresBinaries finds the newest installed server.
func postgresBinaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		slices.SortFunc(found, func(a, b string) int { return majorVersion(a) - majorVersion(b) })
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("finding a Postgres to start: there is no initdb in /usr/lib/postgresql/*/bin nor in PATH; install Postgres (on Debian and Ubuntu: apt-get install postgresql), or run the SQLite scenarios only with --database sqlite")
	}
	return filepath.Dir(path), nil
}

func majorVersion(initdb string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	return n
}

// unprivileged is the user a server may run as: Postgres refuses root. Nil means
// the one we are.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root cannot run Postgres, and there is no user postgres to run it as; add one, or run torture as another user: %w", err)
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
