package runtime

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	sdklog "go.temporal.io/sdk/log"

	"jornada/engine"
	"jornada/workflows"
)

// A mistake in the program, met by the data of one journey, makes a workflow task
// panic. Temporal tries such a task again for ever, which is what we want while
// the mistake is the machine's (the database is away, so a plan cannot be
// fetched) or the program's (a release that cannot replay: rolling it back mends
// everybody). It is not what we want of a journey that will never go on: it would
// stand there, `active`, for years. Worse than that would be to end everybody's
// journeys because of a bad release.
//
// So workers keep the panic policy that blocks (worker.Options), and somebody
// looks from outside: the Watch hears of every failed attempt through the logger
// that Temporal's client was given, and the watch loop quarantines an enrollment
// whose task keeps failing by a fault of its own.
const (
	watchEvery    = 2 * time.Second
	failingTasks  = 3 // attempts of one workflow task, about ten seconds
	failingCalls  = 9 // panics of a local activity: three rounds of three tries
	failingFor    = 8 * time.Second
	forgetFailing = 5 * time.Minute
	quarantinesIn = 10 * time.Minute
	// quarantinesMost, or a fourth of all enrollments: more at once is no matter
	// of single journeys.
	quarantinesMost = 100
)

// Watch collects what the worker says about enrollments that cannot go on. Pass
// its Logger to the client and the Watch to Config.
type Watch struct {
	mu     sync.Mutex
	failed map[engine.EnrollmentID]*failing
	now    func() time.Time // the machine's; nil until the runtime has it
}

// failing is one enrollment that fails.
type failing struct {
	first, last time.Time
	tasks       int // attempts of the present workflow task
	calls       int // panics of activities
	cause       string
	program     bool // the fault is the release's: it cannot replay the history
}

// NewWatch makes a Watch.
func NewWatch() *Watch { return &Watch{failed: map[engine.EnrollmentID]*failing{}} }

// use gives the Watch a clock; before, it hears nothing.
func (w *Watch) use(now func() time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

// Logger passes everything on to another logger and listens.
func (w *Watch) Logger(inner sdklog.Logger) sdklog.Logger { return watching{inner, w} }

type watching struct {
	sdklog.Logger
	watch *Watch
}

// Error listens for the two lines that tell of a panic; a test with a real
// worker makes sure that they are the ones the SDK writes.
func (l watching) Error(msg string, kv ...any) {
	switch msg {
	case "Workflow panic":
		l.watch.note(kv, "Error", false)
	case "LocalActivity panic.":
		l.watch.note(kv, "PanicError", true)
	}
	l.Logger.Error(msg, kv...)
}

// With keeps listening (log.WithLogger).
func (l watching) With(kv ...any) sdklog.Logger {
	return watching{sdklog.With(l.Logger, kv...), l.watch}
}

// nondeterminism is how the SDK begins the error of a history that does not fit
// the code (TMPRL1100).
const nondeterminism = "TMPRL1100"

func (w *Watch) note(kv []any, causeTag string, call bool) {
	var id, cause string
	attempt := 1
	for i := 0; i+1 < len(kv); i += 2 {
		switch kv[i] {
		case "WorkflowID":
			id, _ = kv[i+1].(string)
		case "Attempt":
			if n, ok := kv[i+1].(int32); ok {
				attempt = int(n)
			}
		case causeTag:
			cause = fmt.Sprint(kv[i+1])
		}
	}
	e, ours := workflows.EnrollmentOf(id)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !ours || w.now == nil || strings.Contains(cause, workflows.NotNow) {
		return
	}
	now := w.now()
	f := w.failed[e]
	if f == nil || now.Sub(f.last) > forgetFailing {
		f = &failing{first: now}
		w.failed[e] = f
	}
	f.last, f.cause = now, cause
	f.program = strings.Contains(cause, nondeterminism)
	if call {
		f.calls++
	} else {
		f.tasks = attempt
	}
}

// ripe are the enrollments that have failed for long enough, the program's faults
// apart: those are only counted.
func (w *Watch) ripe() (list map[engine.EnrollmentID]failing, program int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list = map[engine.EnrollmentID]failing{}
	if w.now == nil {
		return list, 0
	}
	now := w.now()
	for id, f := range w.failed {
		switch {
		case now.Sub(f.last) > forgetFailing:
			delete(w.failed, id)
		case f.program:
			program++
		case now.Sub(f.first) >= failingFor && (f.tasks >= failingTasks || f.calls >= failingCalls):
			list[id] = *f
		}
	}
	return list, program
}

func (w *Watch) forget(id engine.EnrollmentID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.failed, id)
}

// watched is what the watch loop found, for Health.
type watched struct {
	mu          sync.Mutex
	program     int         // enrollments whose history this release cannot replay
	tooMany     int         // that fail at once, so that none is quarantined
	unknown     int         // that Temporal does not know, too many to be quarantined
	quarantined []time.Time // the machine's
}

// watchOnce quarantines the enrollments that cannot go on.
func (r *Runtime) watchOnce(ctx context.Context) error {
	ripe, program := r.Watch.ripe()
	r.watched.mu.Lock()
	r.watched.program, r.watched.tooMany = program, 0
	cut := r.Clock.Real().Add(-quarantinesIn)
	r.watched.quarantined = slices.DeleteFunc(r.watched.quarantined, func(at time.Time) bool { return at.Before(cut) })
	done := len(r.watched.quarantined)
	r.watched.mu.Unlock()
	if len(ripe) == 0 {
		return nil
	}
	limit, err := r.quarantineLimit(ctx)
	if err != nil {
		return err
	}
	if done+len(ripe) > limit {
		r.watched.mu.Lock()
		r.watched.tooMany = len(ripe)
		r.watched.mu.Unlock()
		r.Logger.ErrorContext(ctx, "many enrollments cannot go on at once: that is no fault of single journeys, so none is quarantined; look at the errors above and at what was changed last", "enrollments", len(ripe))
		return nil
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(ripe)) {
		f := ripe[id]
		if err := r.quarantine(ctx, id, f); err != nil {
			errs = append(errs, fmt.Errorf("quarantining enrollment %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

func (r *Runtime) quarantineLimit(ctx context.Context) (int, error) {
	counts, err := r.Store.Counts(ctx)
	if err != nil {
		return 0, fmt.Errorf("counting enrollments: %w", err)
	}
	active := counts.ActiveByStatus[engine.Active] + counts.ActiveByStatus[engine.Paused]
	return max(quarantinesMost, int(active/4)), nil
}

// quarantine ends an enrollment that cannot go on, and its workflow, which could
// not hear of it. The cause of a panic may quote data, so it goes to the log only.
func (r *Runtime) quarantine(ctx context.Context, id engine.EnrollmentID, f failing) error {
	failing, err := r.stillFailing(ctx, id, f)
	if err != nil {
		return err
	}
	if !failing {
		r.Watch.forget(id)
		return nil
	}
	won, err := r.putAside(ctx, id, fmt.Sprintf("Jornada could not go on with this enrollment: its next step failed %d times by a mistake in the program, so it was stopped; the log of %s says which. The others are not affected.",
		max(f.tasks, f.calls), r.Clock.Now().Format("2006-01-02 15:04 MST")))
	if err != nil {
		return err
	}
	r.Watch.forget(id)
	if won {
		r.Logger.ErrorContext(ctx, "an enrollment was quarantined: its next step failed again and again by a mistake in the program", "enrollment", id, "attempts", max(f.tasks, f.calls), "cause", f.cause)
		r.watched.mu.Lock()
		r.watched.quarantined = append(r.watched.quarantined, r.Clock.Real())
		r.watched.mu.Unlock()
	}
	return nil
}

// putAside ends an enrollment as quarantined, for a reason that people read; won is
// false when it has ended before.
func (r *Runtime) putAside(ctx context.Context, id engine.EnrollmentID, reason string) (won bool, err error) {
	err = r.inTx(ctx, func(ctx context.Context) error {
		e, err := r.Store.Enrollment(ctx, id)
		if isCode(err, engine.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if e.ContactID != "" {
			if err := r.Store.LockContact(ctx, e.ContactID); err != nil && !isCode(err, engine.NotFound) {
				return fmt.Errorf("locking contact %q: %w", e.ContactID, err)
			}
		}
		if won, err = r.finish(ctx, e, engine.Quarantine, "quarantined", reason); err != nil || !won {
			return err
		}
		err = r.Store.NoteEnding(ctx, id, engine.TimelineEntry{
			At: r.Clock.Now(), Kind: "ended", StepID: e.CurrentStep, Result: string(engine.Quarantine), Detail: reason,
		})
		if err != nil {
			return err
		}
		if err := r.Store.Enqueue(ctx, &engine.OutboxItem{Kind: outboxTerminate, EnrollmentID: id}); err != nil {
			return fmt.Errorf("recording the end of enrollment %s: %w", id, err)
		}
		return r.audit(ctx, "enrollment.quarantined", string(id), map[string]any{"journey": string(e.JourneyID), "step": e.CurrentStep})
	})
	return won, err
}

// stillFailing asks Temporal whether the task that failed is still being tried.
// Panics of activities leave no trace there.
func (r *Runtime) stillFailing(ctx context.Context, id engine.EnrollmentID, f failing) (bool, error) {
	if f.calls >= failingCalls {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	d, err := r.Client.DescribeWorkflowExecution(ctx, workflows.WorkflowID(id), "")
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking Temporal about enrollment %s: %w", id, err)
	}
	return d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING &&
		int(d.GetPendingWorkflowTask().GetAttempt()) >= failingTasks, nil
}

// journeysHealth says whether enrollments cannot go on by a fault that is not
// their own.
func (r *Runtime) journeysHealth() (Check, bool) {
	r.watched.mu.Lock()
	defer r.watched.mu.Unlock()
	switch {
	case r.watched.program > 0:
		return Check{Name: "journeys", Message: fmt.Sprintf("%d enrollments began with a release whose steps this one cannot follow; nothing of them is lost: go back to the release before, or forward to one that can", r.watched.program)}, true
	case r.watched.tooMany > 0:
		return Check{Name: "journeys", Message: fmt.Sprintf("%d enrollments fail at once, too many to be their own fault; nothing of them is lost: look at the log, and at what was changed last", r.watched.tooMany)}, true
	case r.watched.unknown > 0:
		return Check{Name: "journeys", Message: fmt.Sprintf("%d or more active enrollments are unknown to Temporal, so nothing more happens in them: is this the right Temporal and namespace (--temporal, --namespace), and was its database restored?", r.watched.unknown)}, true
	}
	return Check{}, false
}
