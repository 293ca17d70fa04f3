package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"jornada/engine"
)

// clockPoll is how often the clock's file is looked at when nobody tells us that
// it changed.
const clockPoll = 50 * time.Millisecond

// clockFile is a file that moves the clock of running processes, for drills and
// tests: {"real": …, "virtual": …, "speed": 1} says that at the moment `real` of
// the machine it was `virtual`, and how fast virtual time runs from there. While
// there is no file the clock is what it was; a file that goes away changes
// nothing.
type clockFile struct {
	path  string
	clock *engine.AnchoredClock
	log   *slog.Logger
	seen  []byte // what was read last, good or bad
}

// openClockFile reads the file once, before anything looks at the clock.
func openClockFile(path string, clock *engine.AnchoredClock, log *slog.Logger) (*clockFile, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("--clock-file: finding %s: %w", path, err)
	}
	f := &clockFile{path: abs, clock: clock, log: log}
	if _, err := f.read(); err != nil {
		return nil, fmt.Errorf("--clock-file: %w", err)
	}
	return f, nil
}

// read takes a file that changed. A file that is not there is no change.
func (f *clockFile) read() (moved bool, err error) {
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the clock: %w", err)
	}
	if bytes.Equal(b, f.seen) {
		return false, nil
	}
	f.seen = b
	a, err := parseClock(b)
	if err != nil {
		return false, fmt.Errorf("%s %w", f.path, err)
	}
	old := f.clock.Anchor()
	if a.Equal(old) {
		return false, nil
	}
	if a.Real.Before(old.Real) {
		return false, fmt.Errorf("%s has a `real` that is older than the last one (%s): write the present of the machine, because the newest `real` counts", f.path, old.Real.Format(time.RFC3339))
	}
	f.clock.Move(a)
	return true, nil
}

func parseClock(b []byte) (engine.Anchor, error) {
	var a engine.Anchor
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return a, fmt.Errorf(`is no clock (%w); write {"real": "2026-01-02T03:04:05Z", "virtual": "2026-07-02T03:04:05Z", "speed": 1}`, err)
	}
	switch {
	case a.Real.IsZero() || a.Virtual.IsZero():
		return a, errors.New("needs both `real`, a moment of this machine's clock, and `virtual`, what time it was then")
	case a.Speed <= 0 || a.Speed > maxSpeed:
		return a, fmt.Errorf("has speed %v, which is not between 0 and %d; 1 is as fast as the world", a.Speed, maxSpeed)
	}
	return a, nil
}

// follow moves the clock whenever the file changes, until ctx ends.
func (f *clockFile) follow(ctx context.Context, moved func(engine.Anchor)) {
	var events <-chan fsnotify.Event
	if n, err := fsnotify.NewWatcher(); err == nil {
		defer func() { _ = n.Close() }()
		// The folder, not the file: a file that is replaced is another file.
		if err := n.Add(filepath.Dir(f.path)); err == nil {
			events = n.Events
		}
	}
	poll := time.NewTicker(clockPoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case ev := <-events:
			if filepath.Base(ev.Name) != filepath.Base(f.path) {
				continue
			}
		case <-poll.C:
		}
		changed, err := f.read()
		if err != nil {
			f.log.ErrorContext(ctx, "--clock-file: the clock goes on as before", "error", err)
		}
		if changed {
			f.log.WarnContext(ctx, "--clock-file moved the clock", "now", f.clock.Now().Format(time.RFC3339), "speed", f.clock.Anchor().Speed)
			moved(f.clock.Anchor())
		}
	}
}

// clockFile opens the file of --clock-file; nil without one.
func (c *Config) clockFile(clock *engine.AnchoredClock, log *slog.Logger) (*clockFile, error) {
	if c.ClockFile == "" {
		return nil, nil
	}
	return openClockFile(c.ClockFile, clock, log)
}

// run follows the file beside everything else, and says first what it read at
// the start.
func (f *clockFile) run(ctx context.Context, moved func(engine.Anchor)) {
	if f == nil {
		return
	}
	if a := f.clock.Anchor(); f.seen != nil {
		moved(a)
	}
	go f.follow(ctx, moved)
}
