package runtime

import (
	"context"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"jornada/workflows"
)

// workerState is what Health and the outbox ask about the worker.
type workerState struct{ up atomic.Bool }

func (s *workerState) running() bool { return s.up.Load() }

// runWorker runs journeys until ctx ends. A worker cannot start while Temporal
// is away, so it is tried until it can; one that fails later is replaced.
func (r *Runtime) runWorker(ctx context.Context) {
	if !r.acts(ctx) {
		return
	}
	// The cache is the process's, not the worker's.
	worker.SetStickyWorkflowCacheSize(r.StickyCache)
	for attempt := 1; ctx.Err() == nil; attempt++ {
		fatal := make(chan error, 1)
		w := worker.New(r.Client.(client.Client), workflows.TaskQueue, worker.Options{
			WorkerStopTimeout:                r.StopTimeout,
			MaxConcurrentWorkflowTaskPollers: r.Pollers,
			DeadlockDetectionTimeout:         deadlockPatience,
			// A panic blocks its enrollment and nobody else; see watch.go for what
			// happens then.
			WorkflowPanicPolicy: worker.BlockWorkflow,
			// Everything a journey does is a local activity, so nothing would ever
			// be polled for on the activity queue.
			LocalActivityWorkerOnly: true,
			OnFatalError: func(err error) {
				select {
				case fatal <- err:
				default:
				}
			},
		})
		r.Register(w)
		err := w.Start()
		if err == nil {
			r.worker.up.Store(true)
			r.Logger.InfoContext(ctx, "the worker runs", "task_queue", workflows.TaskQueue)
			attempt = 1
			select {
			case <-ctx.Done():
			case err = <-fatal:
			}
			r.worker.up.Store(false)
			w.Stop()
		}
		if ctx.Err() != nil {
			return
		}
		pause := backoff(attempt, 250*time.Millisecond, 5*time.Second)
		r.Logger.WarnContext(ctx, "the worker cannot reach Temporal and tries again", "retry_in", pause, "error", err)
		if !sleep(ctx, pause) {
			return
		}
	}
}

// sleep waits in real time; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
