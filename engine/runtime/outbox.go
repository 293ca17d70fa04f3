package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"jornada/engine"
	"jornada/workflows"
)

const (
	outboxBatch = 100
	// outboxLease is how long items are ours, in real time.
	outboxLease = 20 * time.Second
	// tellTimeout bounds one call to Temporal.
	tellTimeout = 5 * time.Second
	// outboxRetryLimit bounds the pause after failures.
	outboxRetryFirst = 200 * time.Millisecond
	outboxRetryLimit = 15 * time.Second
	// canaryPause is between two tries of the item that finds out whether Temporal
	// is back; all the others follow it at once.
	canaryPause = time.Second
)

// errAway stops a batch from waiting out one timeout per item.
var errAway = errors.New("Temporal is away")

// FlushOnce brings one batch of due outbox items to Temporal and says how many
// it took. The store hands out at most the oldest item of each enrollment, so a
// batch can go out in parallel and an enrollment still hears everything in
// order. An item stays until Temporal has taken it.
func (r *Runtime) FlushOnce(ctx context.Context) (int, error) {
	var failed failures
	n, err := r.takeOutbox(ctx, outboxBatch, failed.add)
	r.outbox.wait()
	return n, errors.Join(err, failed.err())
}

// claimOutbox takes due items and gives them to the pool.
func (r *Runtime) claimOutbox(ctx context.Context, limit int) (int, error) {
	return r.takeOutbox(ctx, limit, func(error) {})
}

func (r *Runtime) takeOutbox(ctx context.Context, limit int, report func(error)) (int, error) {
	items, err := r.Store.ClaimOutbox(ctx, min(limit, outboxBatch), outboxLease)
	if err != nil {
		return 0, fmt.Errorf("claiming the outbox: %w", err)
	}
	var away atomic.Bool
	for i := range items {
		it := &items[i]
		r.outbox.submit(string(it.EnrollmentID), func() {
			report(r.flushLogged(it, &away))
			wake(r.wakeOutbox) // only its oldest item was ours: the next one may go now
		})
	}
	return len(items), nil
}

// flushLogged is flush for the pool: what the table did not take is in the log,
// and the lease brings the item back. What was begun is finished even when we
// are asked to stop, because it is short.
func (r *Runtime) flushLogged(it *engine.OutboxItem, away *atomic.Bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), outboxLease)
	defer cancel()
	err := r.flush(ctx, it, away)
	if err != nil {
		r.Logger.ErrorContext(ctx, "the outbox could not be kept; the item is repeated", "enrollment", it.EnrollmentID, "error", err)
	}
	if _, more := r.behind.LoadAndDelete(it.EnrollmentID); more {
		wake(r.wakeOutbox) // what waited behind it may go now
	}
	return err
}

// flush delivers one item and writes down what became of it. Its error is about
// the table only.
func (r *Runtime) flush(ctx context.Context, it *engine.OutboxItem, away *atomic.Bool) error {
	err := errAway
	if !away.Load() {
		err = r.deliver(ctx, it)
	}
	if err == nil {
		r.outbox.more()
		r.Metrics.outboxDone.WithLabelValues(it.Kind, "done").Inc()
		r.Metrics.outboxLag.Observe(max(0, r.Clock.Real().Sub(it.DueAt).Seconds()))
		if err := r.insist(ctx, func(context.Context) error { return r.told.add(context.WithoutCancel(ctx), it.ID) }); err != nil {
			return fmt.Errorf("finishing outbox item %d: %w", it.ID, err)
		}
		return r.temporalIsBack(ctx)
	}
	pause := backoff(max(1, it.Attempts), outboxRetryFirst, outboxRetryLimit)
	if isAway(err) && !away.Swap(true) {
		r.away.Store(true)
		pause = min(pause, canaryPause)
		if isLate(err) { // it is there, and overwhelmed
			r.outbox.less()
		}
		r.Logger.WarnContext(ctx, "Temporal is away; what it must hear is kept and delivered later", "error", err)
	} else if !errors.Is(err, errAway) && !isAway(err) {
		r.Logger.WarnContext(ctx, "Temporal did not take a message to an enrollment; it is repeated",
			"enrollment", it.EnrollmentID, "kind", it.Kind, "attempts", it.Attempts, "error", err)
	}
	r.Metrics.outboxDone.WithLabelValues(it.Kind, "retried").Inc()
	at, cause := r.Clock.Real().Add(pause), err.Error()
	if err := r.insist(ctx, func(ctx context.Context) error { return r.Store.RetryOutbox(ctx, it.ID, at, cause) }); err != nil {
		return fmt.Errorf("putting off outbox item %d: %w", it.ID, err)
	}
	return nil
}

// temporalIsBack is called when Temporal took an item: if it was away before, what
// was put off need not wait out its pause.
func (r *Runtime) temporalIsBack(ctx context.Context) error {
	if !r.away.CompareAndSwap(true, false) {
		return nil
	}
	if err := r.Store.HastenOutbox(ctx); err != nil {
		return err
	}
	r.Logger.InfoContext(ctx, "Temporal is back; what it must hear is delivered now")
	wake(r.wakeOutbox)
	return nil
}

// deliver tells Temporal; nil means it knows, or need not know any more.
func (r *Runtime) deliver(ctx context.Context, it *engine.OutboxItem) error {
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	if it.Kind == outboxTerminate {
		return r.gone(ctx, it, r.Client.TerminateWorkflow(ctx, workflows.WorkflowID(it.EnrollmentID), "", "Jornada ended the enrollment"))
	}
	body, keyID, err := r.unseal(ctx, it)
	if errors.Is(err, ErrErased) {
		r.Metrics.outboxDone.WithLabelValues(it.Kind, "dropped").Inc()
		return nil // nobody may read it any more; the workflow is terminated
	}
	if err != nil {
		return err
	}
	ctx = WithKeyID(ctx, keyID)
	switch it.Kind {
	case outboxStart:
		var in workflows.JourneyInput
		if err := json.Unmarshal(body, &in); err != nil {
			return fmt.Errorf("reading the start of enrollment %s: %w", it.EnrollmentID, err)
		}
		return r.startWorkflow(ctx, in)
	case outboxSignal:
		var s workflows.Signal
		if err := json.Unmarshal(body, &s); err != nil {
			return fmt.Errorf("reading a signal to enrollment %s: %w", it.EnrollmentID, err)
		}
		return r.gone(ctx, it, r.Client.SignalWorkflow(ctx, workflows.WorkflowID(it.EnrollmentID), "", workflows.SignalName, s))
	}
	return fmt.Errorf("outbox item %d has the unknown kind %q: it was written by a newer version of Jornada", it.ID, it.Kind)
}

// startWorkflow starts an enrollment's workflow. Its id is never used twice, so
// a start that went through without our knowing is refused the second time and
// counts as done.
func (r *Runtime) startWorkflow(ctx context.Context, in workflows.JourneyInput) error {
	// The journey may have been paused between the enrollment and now, when the
	// signal of the pause found no enrollment yet.
	if j, err := r.Store.Journey(ctx, in.JourneyID); err == nil {
		in.Paused = j.Paused
	} else if !isCode(err, engine.NotFound) {
		return fmt.Errorf("reading journey %q: %w", in.JourneyID, err)
	}
	in.Anchor = r.Clock.Anchor() // likewise: the clock may have been moved
	_, err := r.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       workflows.WorkflowID(in.EnrollmentID),
		TaskQueue:                                workflows.TaskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		EnableEagerStart:                         r.Worker && r.worker.running(),
	}, workflows.WorkflowName, in)
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &started) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("starting the workflow of enrollment %s: %w", in.EnrollmentID, err)
	}
	return nil
}

// gone forgives a workflow that is not there when its enrollment has ended: the
// news came too late to matter. While the enrollment is active the item stays,
// because its workflow must exist.
func (r *Runtime) gone(ctx context.Context, it *engine.OutboxItem, err error) error {
	var notFound *serviceerror.NotFound
	if !errors.As(err, &notFound) {
		return err
	}
	if it.Kind == outboxTerminate {
		return nil
	}
	e, lookup := r.Store.Enrollment(ctx, it.EnrollmentID)
	switch {
	case isCode(lookup, engine.NotFound):
		return nil
	case lookup != nil:
		return fmt.Errorf("reading enrollment %s: %w", it.EnrollmentID, lookup)
	case e.Status != engine.Active && e.Status != engine.Paused:
		return nil
	}
	return fmt.Errorf("enrollment %s is %s, but Temporal has no open workflow for it: %w", it.EnrollmentID, e.Status, err)
}

// unseal reads an item's payload and names the key of what follows. News of a
// sub-journey's ending is written by the activities in the clear: it holds ids
// and an outcome.
func (r *Runtime) unseal(ctx context.Context, it *engine.OutboxItem) (body []byte, keyID string, err error) {
	if bytes.HasPrefix(it.Payload, []byte("{")) {
		keyID, err = r.keyOf(ctx, it.ContactID)
		return it.Payload, keyID, err
	}
	if body, err = open(ctx, r.Store, it.Payload); err != nil {
		return nil, "", fmt.Errorf("opening outbox item %d: %w", it.ID, err)
	}
	return body, sealedWith(it.Payload), nil
}

// isAway reports whether an error means that Temporal cannot be reached, rather
// than that it refused.
func isAway(err error) bool {
	var unavailable *serviceerror.Unavailable
	return errors.As(err, &unavailable) || isLate(err) || errors.Is(err, errAway)
}

// isLate reports whether Temporal did not answer in time.
func isLate(err error) bool {
	var deadline *serviceerror.DeadlineExceeded
	return errors.As(err, &deadline) || errors.Is(err, context.DeadlineExceeded)
}
