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
	// arrivalsAtOnce is how many events make a transaction full: what comes after
	// waits for the next, so that nobody waits for a long one.
	arrivalsAtOnce = 400
	// arrivalsWithin bounds, in real time, how long a shared transaction may take.
	// Providers give up after some ten seconds and come again.
	arrivalsWithin = 10 * time.Second
	// arrivalsPress is how long somebody waits at every moment before what came is
	// worked off more slowly, so that what comes is stored: a provider that gets no
	// answer comes again, with more.
	arrivalsPress = 20 * time.Millisecond
	// pressedParallel is how many events are worked off at once meanwhile. They go on:
	// somebody who says stop is heard in a storm, too.
	pressedParallel = 1
)

// arrivals stores what webhook calls bring. A call that comes alone is stored at
// once. Those that come meanwhile wait for it and are then stored together, which
// is what lets a small machine take hundreds of calls a second: most of what a
// stored event costs is its transaction.
type arrivals struct {
	store   func(ctx context.Context, batch []*arrival) error
	pressed func(bool) // more comes than is stored; or that is over

	mu      sync.Mutex
	storing bool
	waiting []*arrival
}

// arrival is what one call brought.
type arrival struct {
	events []engine.InboundEvent
	done   chan struct{}
	err    error // once done is closed
}

func (a *arrivals) add(ctx context.Context, events []engine.InboundEvent) error {
	mine := &arrival{events: events, done: make(chan struct{})}
	a.mu.Lock()
	if a.storing {
		a.waiting = append(a.waiting, mine)
		a.mu.Unlock()
		select {
		case <-mine.done:
			return mine.err
		case <-ctx.Done(): // it may be stored yet, which a repetition finds out
			return fmt.Errorf("waiting to be stored: %w", ctx.Err())
		}
	}
	a.storing = true
	a.mu.Unlock()
	defer a.next()
	return a.store(ctx, []*arrival{mine})
}

// next goes on with those who waited.
func (a *arrivals) next() {
	batch := a.take()
	if len(batch) == 0 {
		return
	}
	go func() {
		began, pressed := time.Now(), false //nolint:forbidigo // how long the machine is at it
		for ; len(batch) > 0; batch = a.take() {
			if !pressed && time.Since(began) > arrivalsPress {
				pressed = true
				a.pressed(true)
			}
			a.together(batch)
		}
		if pressed {
			a.pressed(false)
		}
	}()
}

// take is the next batch; when there is none, nobody stores any more.
func (a *arrivals) take() []*arrival {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, events := 0, 0
	for n < len(a.waiting) && (n == 0 || events+len(a.waiting[n].events) <= arrivalsAtOnce) {
		events += len(a.waiting[n].events)
		n++
	}
	batch := a.waiting[:n:n]
	a.waiting = a.waiting[n:]
	a.storing = n > 0
	return batch
}

// together stores a batch. What cannot be stored with others is tried alone, so that
// one call's fault is nobody else's; not so when the database is away.
func (a *arrivals) together(batch []*arrival) {
	err := a.within(batch)
	alone := err != nil && len(batch) > 1 && !isCode(err, engine.Unavailable) && !errors.Is(err, context.DeadlineExceeded)
	for _, call := range batch {
		call.err = err
		if alone {
			call.err = a.within([]*arrival{call})
		}
		close(call.done)
	}
}

func (a *arrivals) within(batch []*arrival) (err error) {
	defer func() {
		if p := recover(); p != nil { // nobody above would catch it
			err = fmt.Errorf("storing what came panicked: %v\n%s", p, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), arrivalsWithin)
	defer cancel()
	return a.store(ctx, batch)
}
