package driver

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// echo is a server that says everything again.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn) }()
		}
	}()
	return l.Addr().String()
}

// says reports whether a word comes back within a moment.
func says(conn net.Conn) bool {
	_ = conn.SetDeadline(time.Now().Add(300 * time.Millisecond))
	if _, err := conn.Write([]byte("hello")); err != nil {
		return false
	}
	_, err := io.ReadFull(conn, make([]byte, 5))
	return err == nil
}

func TestANetworkIsCutAndSwallowed(t *testing.T) {
	p, err := NewProxy("echo", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", p.Addr())
		if err != nil {
			return nil
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	conn := dial()
	if conn == nil || !says(conn) {
		t.Fatal("an untouched network does not carry")
	}
	p.Cut()
	if says(conn) || dial() != nil {
		t.Error("a cut network carries")
	}
	if err := p.Mend(); err != nil {
		t.Fatal(err)
	}
	if conn = dial(); conn == nil || !says(conn) {
		t.Fatal("a mended network does not carry")
	}
	if err := p.Partition(); err != nil {
		t.Fatal(err)
	}
	if says(conn) {
		t.Error("a partitioned network carries")
	}
	if other := dial(); other == nil || says(other) {
		t.Error("a partition refuses instead of swallowing")
	}
	p.Heal()
	if conn = dial(); conn == nil || !says(conn) {
		t.Error("a healed network does not carry")
	}
}

func TestAClockJumpsAndRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clock.json")
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c, err := NewClock(file, begin, 1)
	if err != nil {
		t.Fatal(err)
	}
	near := func(want time.Time) {
		t.Helper()
		if off := c.Now().Sub(want); off < 0 || off > 10*time.Second {
			t.Errorf("it is %s, want about %s", c.Now(), want)
		}
	}
	near(begin)
	if err := c.Jump(48 * time.Hour); err != nil {
		t.Fatal(err)
	}
	near(begin.Add(48 * time.Hour))
	follower, err := FollowClock(file)
	if err != nil {
		t.Fatal(err)
	}
	if off := follower().Sub(c.Now()).Abs(); off > time.Second {
		t.Errorf("who reads the file is %s away", off)
	}
	before := c.Now()
	if err := c.Run(1e6); err != nil {
		t.Fatal(err)
	}
	err = Until(t.Context(), 5*time.Second, "time flies", func(context.Context) error {
		if c.Now().Sub(before) < time.Hour {
			return errors.New("it does not")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPortsAreNotHandedOutTwice(t *testing.T) {
	a, err := freePorts(50)
	if err != nil {
		t.Fatal(err)
	}
	b, err := freePorts(50)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, p := range append(a, b...) {
		if seen[p] || p < portFirst || p > portLast {
			t.Errorf("port %d", p)
		}
		seen[p] = true
	}
	givePorts(append(a, b...)...)
}

// A cluster of our own keeps what was committed over a crash.
func TestPostgresCrashesAndComesBack(t *testing.T) {
	if _, err := postgresBinaries(); err != nil {
		if !strings.Contains(err.Error(), "install Postgres") {
			t.Errorf("the complaint names no remedy: %v", err)
		}
		t.Logf("NOT TESTED: %v", err)
		return
	}
	ctx := t.Context()
	dir, err := os.MkdirTemp("", "torture-test-") //nolint:usetesting // t.TempDir is below a folder that only its owner may enter, and root cannot run Postgres
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	c, err := StartCluster(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Copy(ctx, "one", ""); err != nil {
		t.Fatal(err)
	}
	if err := c.exec(ctx, "one", "create table t (n int); insert into t values (1)"); err != nil {
		t.Fatal(err)
	}
	if err := c.Crash(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.exec(ctx, "one", "select 1"); err == nil {
		t.Fatal("it answers after a crash")
	}
	if err := c.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.Copy(ctx, "two", "one"); err != nil {
		t.Fatal(err)
	}
	if err := c.exec(ctx, "two", "do $$ begin if (select count(*) from t) <> 1 then raise 'lost'; end if; end $$"); err != nil {
		t.Error(err)
	}
	if err := c.Restart(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if err := c.Drop(ctx, "one", "two"); err != nil {
		t.Error(err)
	}
}
