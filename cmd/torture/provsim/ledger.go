package provsim

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// ledger is the world's truth: what was accepted, and which webhooks went out.
// It only grows. With a file, every entry is one JSON line, written before
// anybody hears of it.
type ledger struct {
	mu       sync.Mutex
	file     io.WriteCloser
	failure  error // the first line that could not be written
	attempts map[string]int
	calls    int
	accepts  []Accept
	byID     map[string]int // provider id -> index in accepts
	hooks    []Hook
	heard    map[string]time.Time // when a person last wrote, by phone
}

// line is one entry of the truth file; exactly one field is set.
type line struct {
	Accept   *Accept  `json:"accept,omitempty"`
	Answered int      `json:"answered,omitempty"` // Seq of the accept whose caller heard us
	Hook     *Hook    `json:"hook,omitempty"`
	Refused  *refusal `json:"refused,omitempty"`
}

// refusal is a send call that was not accepted.
type refusal struct {
	At      time.Time `json:"at"`
	Channel string    `json:"channel"`
	To      string    `json:"to"`
	Ref     string    `json:"ref"`
	Attempt int       `json:"attempt"`
	Fate    fate      `json:"fate"`
	Code    int       `json:"code,omitempty"`
}

func openLedger(path string) (*ledger, error) {
	l := &ledger{attempts: map[string]int{}, byID: map[string]int{}, heard: map[string]time.Time{}}
	if path == "" {
		return l, nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the truth file %s: %w", path, err)
	}
	l.file = file
	return l, nil
}

// write appends a line; the caller holds the lock.
func (l *ledger) write(entry line) {
	if l.file == nil {
		return
	}
	encoded, err := json.Marshal(entry)
	if err == nil {
		_, err = l.file.Write(append(encoded, '\n'))
	}
	if err != nil && l.failure == nil {
		l.failure = fmt.Errorf("writing the truth file: %w", err)
	}
}

func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		if err := l.file.Close(); err != nil && l.failure == nil {
			l.failure = fmt.Errorf("closing the truth file: %w", err)
		}
		l.file = nil
	}
	return l.failure
}

// call counts a send call and returns the how manieth it is for its key.
func (l *ledger) call(key string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	l.attempts[key]++
	return l.attempts[key]
}

func (l *ledger) refuse(r refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(line{Refused: &r})
}

// accept writes a message down and gives it its number.
func (l *ledger) accept(a Accept) Accept {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.Seq = len(l.accepts) + 1
	l.accepts = append(l.accepts, a)
	l.byID[a.ProviderID] = a.Seq - 1
	l.write(line{Accept: &a})
	return a
}

func (l *ledger) answered(seq int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepts[seq-1].Answered = true
	l.write(line{Answered: seq})
}

func (l *ledger) hook(h Hook) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hooks = append(l.hooks, h)
	l.write(line{Hook: &h})
}

// wrote remembers that a person wrote, which opens the service window.
func (l *ledger) wrote(phone string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.After(l.heard[phone]) {
		l.heard[phone] = at
	}
}

func (l *ledger) lastHeard(phone string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard[phone]
}

// find is the message with a provider's id.
func (l *ledger) find(providerID string) (Accept, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, known := l.byID[providerID]
	if !known {
		return Accept{}, false
	}
	return l.accepts[i], true
}

// since are the messages after a number, oldest first.
func (l *ledger) since(seq int) []Accept {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq = min(max(seq, 0), len(l.accepts))
	return append([]Accept(nil), l.accepts[seq:]...)
}

func (l *ledger) webhooks() []Hook {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Hook(nil), l.hooks...)
}

func (l *ledger) callCount() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}
