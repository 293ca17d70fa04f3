package driver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// pause waits in real time, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Pause waits in real time; false when ctx ended first.
func Pause(ctx context.Context, d time.Duration) bool {
	pause(ctx, d)
	return ctx.Err() == nil
}

// MissingError is what a condition answers that comes true bit by bit: how much is missing.
type MissingError struct {
	N    int
	What string // "of 40 people have no message"
}

func (l MissingError) Error() string { return fmt.Sprintf("%d %s", l.N, l.What) }

// How often Until asks: at least pauses between two questions, and never more than
// half of the time. A question that makes the product read thousands of rows would
// otherwise slow down what is waited for.
const (
	shortestPause = 25 * time.Millisecond
	longestPause  = time.Second
)

// Until polls cond until it holds. It gives up after limit; while cond answers with
// MissingError, limit after what is missing became less for the last time: how long much
// takes is the machine's affair. Its error says what did not come true, and what
// cond said last.
func Until(ctx context.Context, limit time.Duration, what string, cond func(context.Context) error) error {
	last, fewest := time.Now(), math.MaxInt
	for {
		asked := time.Now()
		call, cancel := context.WithDeadline(ctx, last.Add(limit))
		err := cond(call)
		cancel()
		if err == nil {
			return nil
		}
		var left MissingError
		if errors.As(err, &left) && left.N < fewest {
			last, fewest = time.Now(), left.N
		}
		wait := min(max(time.Since(asked), shortestPause), longestPause)
		if time.Since(last)+wait > limit || !Pause(ctx, wait) {
			return fmt.Errorf("waiting %s until %s: %w", limit.Round(time.Millisecond), what, err)
		}
	}
}
