package driver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Spec says how to start a process.
type Spec struct {
	Name string // in messages, and of its log file
	Path string
	Args []string
	Env  []string // beside this process's own, without its JORNADA_ settings
	Logs string   // folder
}

// process is a running program. Its output goes to a file, appended over
// restarts, so that what a killed process said last is kept.
type process struct {
	spec   Spec
	cmd    *exec.Cmd
	began  time.Time
	offset int64 // in the log file, where this run begins
	exited chan struct{}
	err    error // after exited
}

func (s Spec) logFile() string {
	return filepath.Join(s.Logs, strings.ReplaceAll(s.Name, " ", "-")+".log")
}

// launch starts the program. It dies with this process where the system can do
// that.
func (s Spec) launch() (*process, error) {
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", s.Name, err)
	}
	defer func() { _ = log.Close() }()
	offset, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", s.Name, err)
	}
	p := &process{spec: s, began: time.Now(), offset: offset, exited: make(chan struct{})}
	p.cmd = exec.Command(s.Path, s.Args...) //nolint:gosec,noctx // our own programs, killed by name and not by context
	p.cmd.Env = append(cleanEnv(), s.Env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := startLeashed(p.cmd); err != nil {
		return nil, fmt.Errorf("starting %s: %w", s.Name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	return p, nil
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

// signal sends one; a process that is gone already is no error.
func (p *process) signal(sig os.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("sending %v to %s: %w", sig, p.spec.Name, err)
	}
	return nil
}

// kill ends it as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// Drain is how a process took being asked to end.
type Drain struct {
	Name string
	Took time.Duration
	Code int  // of the exit
	Hung bool // it did not end within the limit and was killed
}

func (p *process) terminate(limit time.Duration) (Drain, error) {
	began := time.Now()
	if err := p.signal(syscall.SIGTERM); err != nil {
		return Drain{}, err
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
		p.kill()
		return Drain{Name: p.spec.Name, Took: time.Since(began), Code: -1, Hung: true}, nil
	}
	return Drain{Name: p.spec.Name, Took: time.Since(began), Code: p.cmd.ProcessState.ExitCode()}, nil
}

// printed reports whether this run's log holds a text.
func (p *process) printed(text string) bool {
	return bytes.Contains(p.output(), []byte(text))
}

// output is what this run has printed so far.
func (p *process) output() []byte {
	f, err := os.Open(p.spec.logFile())
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(p.offset, io.SeekStart); err != nil {
		return nil
	}
	b, _ := io.ReadAll(f)
	return b
}

// tail is the end of what this run has printed.
func (p *process) tail(n int) string {
	b := p.output()
	return string(b[max(0, len(b)-n):])
}
