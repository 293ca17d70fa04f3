package runtime

import (
	"context"
	"time"
)

// Pauses between attempts to write something down while the database is away.
const (
	insistFirst = 100 * time.Millisecond
	insistLimit = time.Second
)

// insist writes down what became of an event or an outbox item whose lease is
// ours, again while the database is away. Leaving it to the lease would be right
// as well, and slow: an answer that came in a moment before a short outage would
// wait for the lease's end, and its question might run out of time meanwhile. It
// gives up when ctx, the lease, ends, or when this process is asked to stop.
func (r *Runtime) insist(ctx context.Context, write func(ctx context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := write(ctx)
		if err == nil || refusal(err) || !r.direct.Load() || !sleep(ctx, backoff(attempt, insistFirst, insistLimit)) {
			return err
		}
	}
}
