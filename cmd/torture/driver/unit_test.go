package driver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program is a unit that runs a shell script; it is ready when it has said so.
func program(t *testing.T, script string) *Unit {
	t.Helper()
	u := &Unit{log: NewLedger(), spec: Spec{Name: "a program", Path: "/bin/sh", Args: []string{"-c", script}, Logs: t.TempDir()}}
	u.ready = func(_ context.Context, p *process) error {
		if !p.printed("ready") {
			return errors.New("it has not said so")
		}
		return nil
	}
	t.Cleanup(u.close)
	return u
}

func TestAKilledProcessComesBack(t *testing.T) {
	u := program(t, "echo ready; exec sleep 60")
	if err := u.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := u.Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	f := u.log.Facts()
	if f.Kills != 3 || len(f.Recoveries) != 3 || len(f.Deaths) != 0 {
		t.Errorf("got %+v", f)
	}
	if text, err := os.ReadFile(filepath.Join(u.spec.Logs, "a-program.log")); err != nil || strings.Count(string(text), "ready") != 4 {
		t.Errorf("the log of all its lives is %q, %v", text, err)
	}
}

// A process that ends without being asked is written down and started again.
func TestADeathIsSeen(t *testing.T) {
	once := filepath.Join(t.TempDir(), "once")
	u := program(t, "if [ -e "+once+" ]; then echo ready; exec sleep 60; fi; touch "+once+"; echo panic: no; exit 3")
	if err := u.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := u.log.Facts()
	if len(f.Deaths) != 1 || !strings.Contains(f.Deaths[0], "panic: no") || !strings.Contains(f.Deaths[0], "exit status 3") {
		t.Errorf("got %+v", f)
	}
	if f.Kills != 0 {
		t.Errorf("%d kills are counted, and nobody killed it", f.Kills)
	}
}

func TestAskingAProcessToEnd(t *testing.T) {
	for _, c := range []struct {
		name, script string
		code         int
		hung         bool
	}{
		{"it drains", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done", 0, false},
		{"it ends badly", "trap 'exit 4' TERM; echo ready; while :; do sleep 0.05; done", 4, false},
		{"it does not hear", "trap '' TERM; echo ready; while :; do sleep 0.05; done", -1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := program(t, c.script)
			if err := u.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			d, err := u.Drain(700 * time.Millisecond)
			if err != nil || d.Code != c.code || d.Hung != c.hung {
				t.Errorf("got %+v, %v", d, err)
			}
			if f := u.log.Facts(); len(f.Drains) != 1 || len(f.Deaths) != 0 {
				t.Errorf("it is remembered as %+v", f)
			}
		})
	}
}

func TestAFrozenProcessDoesNothing(t *testing.T) {
	u := program(t, "echo ready; while :; do echo tick; sleep 0.02; done")
	if err := u.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	size := func() int { return len(u.p.output()) }
	if err := u.Freeze(); err != nil {
		t.Fatal(err)
	}
	var before int
	frozen := func(context.Context) error { // two looks in a row, with a poll between them
		now := size()
		if same := now == before; same {
			return nil
		}
		before = now
		return errors.New("it still prints")
	}
	if err := Until(t.Context(), 5*time.Second, "it stands still", frozen); err != nil {
		t.Fatal(err)
	}
	if err := u.Thaw(); err != nil {
		t.Fatal(err)
	}
	err := Until(t.Context(), 5*time.Second, "it goes on", func(context.Context) error {
		if size() == before {
			return errors.New("it prints nothing")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
