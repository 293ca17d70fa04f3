package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"jornada/engine"
)

const (
	// gatherMost is how much one transaction takes: what comes after waits for the
	// next, so that nobody waits for a long one.
	gatherMost = 400
	// gatherWithin bounds, in real time, how long a shared transaction may take.
	// Providers give up after some ten seconds and come again.
	gatherWithin = 10 * time.Second
	// gatherPress is how long somebody waits at every moment before that is said.
	gatherPress = 20 * time.Millisecond
)

// gather joins what many do at the same moment into one transaction. Who comes alone
// is done with at once. Those who come meanwhile wait and are then done together,
// which is what lets a small machine take hundreds of webhook calls a second: most
// of what a small thing costs is its transaction.
type gather[T any] struct {
	do      func(ctx context.Context, items []T) error
	weight  func(T) int // of gatherMost; nil: 1
	pressed func(bool)  // more comes than is done, or that is over; nil: nobody is told

	mu      sync.Mutex
	busy    bool
	waiting []*gathered[T]
}

type gathered[T any] struct {
	item T
	done chan struct{}
	err  error // once done is closed
}

func (g *gather[T]) add(ctx context.Context, item T) error {
	g.mu.Lock()
	if g.busy {
		mine := &gathered[T]{item: item, done: make(chan struct{})}
		g.waiting = append(g.waiting, mine)
		g.mu.Unlock()
		select {
		case <-mine.done:
			return mine.err
		case <-ctx.Done(): // it may be done yet, which a repetition finds out
			return fmt.Errorf("waiting for a transaction: %w", ctx.Err())
		}
	}
	g.busy = true
	g.mu.Unlock()
	defer g.next()
	return g.do(ctx, []T{item})
}

// next goes on with those who waited.
func (g *gather[T]) next() {
	batch := g.take()
	if len(batch) == 0 {
		return
	}
	go func() {
		began, pressed := time.Now(), false //nolint:forbidigo // how long the machine is at it
		for ; len(batch) > 0; batch = g.take() {
			if g.pressed != nil && !pressed && time.Since(began) > gatherPress {
				pressed = true
				g.pressed(true)
			}
			g.together(batch)
		}
		if pressed {
			g.pressed(false)
		}
	}()
}

// take is the next batch; when there is none, nobody is at work any more.
func (g *gather[T]) take() []*gathered[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, sum := 0, 0
	for ; n < len(g.waiting); n++ {
		weight := 1
		if g.weight != nil {
			weight = g.weight(g.waiting[n].item)
		}
		if sum += weight; n > 0 && sum > gatherMost {
			break
		}
	}
	batch := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.busy = n > 0
	return batch
}

// together does a batch. What cannot be done with others is tried alone, so that
// one's fault is nobody else's; not so when the database is away.
func (g *gather[T]) together(batch []*gathered[T]) {
	items := make([]T, len(batch))
	for i, one := range batch {
		items[i] = one.item
	}
	err := g.within(items)
	alone := err != nil && len(batch) > 1 && !isCode(err, engine.Unavailable) && !errors.Is(err, context.DeadlineExceeded)
	for i, one := range batch {
		one.err = err
		if alone {
			one.err = g.within(items[i : i+1])
		}
		close(one.done)
	}
}

func (g *gather[T]) within(items []T) (err error) {
	defer func() {
		if p := recover(); p != nil { // nobody above would catch it
			err = fmt.Errorf("a shared transaction panicked: %v\n%s", p, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), gatherWithin)
	defer cancel()
	return g.do(ctx, items)
}
