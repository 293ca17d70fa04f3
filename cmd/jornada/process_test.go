package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// program is a process that a test started, with what it printed.
type program struct {
	t      testing.TB
	name   string
	cmd    *exec.Cmd
	leash  io.WriteCloser
	log    *logBuffer
	exited chan struct{}
	err    error // after exited
}

// start runs one of TestMain's programs; it is killed when the test ends.
func start(t testing.TB, name string, env []string, command string, args ...string) *program {
	t.Helper()
	p := &program{t: t, name: name, cmd: exec.Command(command, args...), log: &logBuffer{}, exited: make(chan struct{})}
	p.cmd.Env = append(cleanEnv(), append(env, envLeash+"=1")...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	var err error
	p.leash, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("--- what %s printed\n%s", name, p.log.tail(6000))
		}
	})
	return p
}

// cleanEnv is this process's environment without settings of Jornada.
func cleanEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "JORNADA_") {
			env = append(env, kv)
		}
	}
	return append(env, "JORNADA_LANG=en")
}

// kill ends it as a power cut would.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// terminate asks it to end and returns how long that took and how it exited.
func (p *program) terminate() (time.Duration, int) {
	p.t.Helper()
	began := time.Now()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.exited:
	case <-time.After(40 * time.Second):
		p.t.Fatalf("%s does not end on SIGTERM:\n%s", p.name, p.log.tail(4000))
	}
	code := 0
	if p.err != nil {
		var exit *exec.ExitError
		require.ErrorAs(p.t, p.err, &exit)
		code = exit.ExitCode()
	}
	return time.Since(began), code
}

// prints waits until it printed a text.
func (p *program) prints(text string) {
	p.t.Helper()
	until(p.t, p.name+" prints "+text, func() bool {
		select {
		case <-p.exited:
			p.t.Fatalf("%s ended (%v) before it printed %q:\n%s", p.name, p.err, text, p.log.tail(4000))
		default:
		}
		return strings.Contains(p.log.String(), text)
	})
}

// until waits for what happens in another process.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !cond(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("a minute passed before this held: %s", what)
		}
	}
}

// command runs jornada to its end and returns its exit code and what it printed.
func command(t testing.TB, env []string, args ...string) (int, string) {
	t.Helper()
	cmd := exec.Command("jornada", args...)
	cmd.Env = append(cleanEnv(), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("running jornada %v: %v", args, err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// freePort is a port nobody listens on just now.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func loopback(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

// logBuffer collects what a process prints.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) tail(n int) string {
	s := l.String()
	return s[max(0, len(s)-n):]
}
