package store

import (
	"context"
	"slices"
	"sync"
)

// turns lets one through at a time, in the order in which they came, those who are
// in a hurry before the others, as long as the others get a turn now and then: a
// flood of webhooks must not keep everything else from being written. SQLite has
// one writer, and database/sql gives a connection that becomes free to any of
// those who wait for it: under load, some wait a hundred times as long as others,
// and a webhook that waits too long is a webhook that its provider repeats.
type turns struct {
	mu       sync.Mutex
	taken    bool
	inARow   int // turns of those in a hurry since the last of the others
	hurrying []chan struct{}
	queue    []chan struct{}
}

// take waits for a turn. An error, the context's, means that it was not taken.
func (t *turns) take(ctx context.Context, hurry bool) error {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	line := &t.queue
	if hurry {
		line = &t.hurrying
	}
	mine := make(chan struct{})
	*line = append(*line, mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(*line, mine); i >= 0 {
		*line = slices.Delete(*line, i, i+1)
	} else {
		t.pass() // it was given to us just now
	}
	return ctx.Err()
}

// give ends a turn.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass()
}

// hurryInARow is how many of those in a hurry may go before one of the others. What
// they write takes about a fourth of the time, so that under a flood both sides get
// half of the writer.
const hurryInARow = 4

// pass gives the turn to whoever is next; it needs the lock.
func (t *turns) pass() {
	line := &t.hurrying
	if len(t.hurrying) == 0 || (len(t.queue) > 0 && t.inARow >= hurryInARow) {
		line = &t.queue
	}
	if len(*line) == 0 {
		t.taken, t.inARow = false, 0
		return
	}
	if line == &t.hurrying {
		t.inARow++
	} else {
		t.inARow = 0
	}
	close((*line)[0])
	*line = slices.Delete(*line, 0, 1)
}

// waiting is how many wait.
func (t *turns) waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.hurrying) + len(t.queue)
}

// hurryKey marks a context whose transactions go first.
type hurryKey struct{ store *Store }

// Hurry makes the transactions of a context go before those that wait already,
// where one writes at a time (SQLite), and gives them connections of their own
// (Postgres). It is for what is short and has somebody waiting outside: who takes
// long would hold up everybody.
func (s *Store) Hurry(ctx context.Context) context.Context {
	return context.WithValue(ctx, hurryKey{s}, true)
}
