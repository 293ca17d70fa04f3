package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"jornada/cmd/torture/oracle"
)

// progress tells a person what happens now: on a terminal one line that changes,
// else a line per change, but no more than one a second of each run.
type progress struct {
	w        *os.File
	terminal bool
	began    time.Time

	mu    sync.Mutex
	shown map[string]shown // by run
}

// shown is what a run said last, and when.
type shown struct {
	what string
	at   time.Time
}

func newProgress(w *os.File) *progress {
	info, err := w.Stat()
	return &progress{w: w, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, began: time.Now(), shown: map[string]shown{}}
}

// of is what a run says things with.
func (p *progress) of(run string) func(string) { return func(what string) { p.show(run, what) } }

// say is for what belongs to no run.
func (p *progress) say(what string) { p.show("", what) }

func (p *progress) show(run, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, last := time.Now(), p.shown[run]
	if !p.terminal && run != "" && (now.Sub(last.at) < time.Second || what == last.what) {
		return
	}
	p.shown[run] = shown{what, now}
	line := fmt.Sprintf("%6.1f s  %s", now.Sub(p.began).Seconds(), strings.TrimSpace(run+"  "+what))
	if p.terminal {
		_, _ = fmt.Fprintf(p.w, "\r\x1b[K%.150s", line)
		return
	}
	_, _ = fmt.Fprintln(p.w, line)
}

// done says how a run went, and what to do about one that did not hold.
func (p *progress) done(run string, line oracle.Line, again string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	verdict := "PASS"
	if !line.Pass {
		verdict = "FAIL"
	}
	_, _ = fmt.Fprintf(p.w, "%6.1f s  %s  %s in %.1f s\n", time.Since(p.began).Seconds(), run, verdict, line.Wall)
	if !line.Pass {
		breaches(p.w, line)
		_, _ = fmt.Fprintf(p.w, "    again: %s\n", again)
	}
}

// together explains a FAIL that no run shows by itself.
func (p *progress) together(line oracle.Line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	_, _ = fmt.Fprintf(p.w, "%6.1f s  %s  FAIL, all its runs together\n", time.Since(p.began).Seconds(), line.ID)
	breaches(p.w, line)
}

func (p *progress) clear() {
	if p.terminal {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// failures names the runs that did not hold, and what they broke.
func failures(w io.Writer, lines []oracle.Line) {
	for _, line := range lines {
		if !line.Pass {
			_, _ = fmt.Fprintf(w, "  %s seed %d %s\n", line.ID, line.Seed, line.Database)
			breaches(w, line)
		}
	}
}

// breaches explains a FAIL.
func breaches(w io.Writer, line oracle.Line) {
	for _, b := range line.Breaches {
		_, _ = fmt.Fprintf(w, "    broken %d× : %s\n", b.Count, b.Rule)
		for _, example := range b.Examples {
			_, _ = fmt.Fprintf(w, "        %s\n", example)
		}
		if more := b.Count - len(b.Examples); more > 0 {
			_, _ = fmt.Fprintf(w, "        and %d more\n", more)
		}
	}
}
