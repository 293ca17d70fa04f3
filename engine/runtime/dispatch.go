package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"jornada/engine"
)

const (
	// eventBatch is how many events one round takes.
	eventBatch = 100
	// eventLease is how long they are ours, in real time; a process that dies
	// loses them to the next one after it.
	eventLease = 20 * time.Second
	// holdFailures is how often an event may fail before the later events of its
	// contact stop waiting for it.
	holdFailures = 5
	// retryFirst and retryLimit bound the pause between attempts, in real time.
	retryFirst = 500 * time.Millisecond
	retryLimit = 5 * time.Minute
)

// errDoneElsewhere rolls back the work on an event that somebody else finished.
var errDoneElsewhere = errors.New("the event was worked off elsewhere")

// DispatchOnce works off one batch of due events and says how many it took.
// Events of one contact run one after the other in the order they came; those
// of different contacts run beside each other. An event that fails is repeated
// with growing pauses until it works, is never dropped, and holds back nobody
// but, for its first failures, its own contact.
//
// The error is about the tables themselves; what goes wrong with one event is
// logged and repeated.
func (r *Runtime) DispatchOnce(ctx context.Context) (int, error) {
	var failed failures
	n, err := r.takeEvents(ctx, eventBatch, failed.add)
	r.events.wait()
	return n, errors.Join(err, failed.err())
}

// claimEvents takes due events and gives them to the pool.
func (r *Runtime) claimEvents(ctx context.Context, limit int) (int, error) {
	return r.takeEvents(ctx, limit, func(error) {})
}

func (r *Runtime) takeEvents(ctx context.Context, limit int, report func(error)) (int, error) {
	limit = min(limit, eventBatch)
	full, mark := r.shares.full()
	events, err := r.Store.ClaimEvents(ctx, limit, eventLease, full...)
	if err != nil {
		return 0, fmt.Errorf("claiming events: %w", err)
	}
	if len(events) < limit {
		r.shares.empty(mark, full)
	}
	for i := range events {
		r.take(ctx, &events[i], report)
	}
	return len(events), nil
}

// take gives an event whose lease is ours to the pool, behind the earlier ones
// of its subject. What was begun is finished even when we are asked to stop: it
// is short, and leaving it would make it wait for its lease.
func (r *Runtime) take(ctx context.Context, ev *engine.InboundEvent, report func(error)) {
	subject := r.subject(ctx, ev)
	r.shares.take(ev.Party)
	r.events.submit(subject, func() {
		defer func() {
			if r.shares.done(ev.Party) {
				wake(r.wakeEvents)
			}
		}()
		ctx, cancel := context.WithTimeout(context.Background(), eventLease)
		defer cancel()
		err := r.workOff(ctx, subject, ev)
		if err != nil {
			r.Logger.ErrorContext(ctx, "an event could not be put off; its lease brings it back", "event", ev.ID, "error", err)
		}
		report(err)
	})
}

// subject is whose order an event belongs to: its contact when that is known,
// else the address it came from, else the message it reports on.
func (r *Runtime) subject(ctx context.Context, ev *engine.InboundEvent) string {
	switch {
	case ev.ContactID != "":
		return "contact " + string(ev.ContactID)
	case len(ev.From) > 0:
		// Whose an address is changes once in a while; until it is forgotten here,
		// the old name orders as well.
		if known, ok := r.owners.Get(ev.Party); ok {
			return "contact " + string(known)
		}
		// A failed read is no obstacle: the address is nearly as good a name.
		if c, err := r.Store.ContactByAddress(ctx, ev.From); err == nil && c != nil {
			if ev.Party != "" {
				r.owners.Add(ev.Party, c.ID)
			}
			return "contact " + string(c.ID)
		}
		best := ""
		for _, a := range ev.From {
			for _, v := range addressForms(a) {
				if best == "" || v < best {
					best = v
				}
			}
		}
		return "address " + best
	case ev.Status != nil && ev.Status.Ref != "":
		return "message " + ev.Status.Ref
	case ev.Status != nil && ev.Status.ProviderID != "":
		return "message " + string(ev.IntegrationID) + " " + ev.Status.ProviderID
	}
	return "event " + string(ev.ID)
}

func addressForms(a engine.Address) []string {
	if a.Kind == engine.Phone || a.Kind == engine.WAID {
		return engine.PhoneVariants(a.Value)
	}
	return []string{string(a.Kind) + ":" + strings.ToLower(a.Value)}
}

// workOff does one event, or puts it off.
func (r *Runtime) workOff(ctx context.Context, subject string, ev *engine.InboundEvent) error {
	if until, held := r.order.held(subject, ev.ID, r.Clock.Real()); held {
		return r.putOff(ctx, ev.ID, until, "waits for an earlier event of the same contact")
	}
	began := time.Now() //nolint:forbidigo // how long the machine took, not what time it is
	result, err := r.attempt(ctx, ev)
	if err == nil {
		r.order.done(subject, ev.ID)
		r.Metrics.eventSeconds.Observe(time.Since(began).Seconds())
		r.Metrics.eventsDone.WithLabelValues(string(ev.Kind), firstWord(result)).Inc()
		r.markRead(ev, firstWord(result))
		return nil
	}
	if errors.Is(err, errDoneElsewhere) {
		r.order.done(subject, ev.ID)
		return nil
	}
	failures := r.order.failed(subject, ev.ID)
	at := r.Clock.Real().Add(backoff(failures, retryFirst, retryLimit))
	r.order.hold(subject, ev.ID, at)
	r.Metrics.eventsRetried.Inc()
	r.Logger.WarnContext(ctx, "an event could not be worked off and will be repeated",
		"event", ev.ID, "kind", ev.Kind, "name", ev.Name, "failures", failures, "retry_at", at, "error", err)
	return r.putOff(ctx, ev.ID, at, err.Error())
}

// putOff gives an event's lease back. When even that cannot be written for as
// long as the lease lasts, the lease brings the event back.
func (r *Runtime) putOff(ctx context.Context, id engine.EventID, until time.Time, cause string) error {
	err := r.insist(ctx, func(ctx context.Context) error { return r.Store.RetryEvent(ctx, id, until, cause) })
	if err != nil {
		return fmt.Errorf("putting off event %s: %w", id, err)
	}
	return nil
}

// attempt works one event off in one transaction, together with the mark that
// it is done. A panic is this event's fault and nobody else's.
func (r *Runtime) attempt(ctx context.Context, ev *engine.InboundEvent) (result string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("working off event %s panicked: %v\n%s", ev.ID, p, debug.Stack())
		}
	}()
	err = r.inTx(ctx, func(ctx context.Context) error {
		var err error
		if result, err = r.handle(ctx, ev); err != nil {
			return err
		}
		won, err := r.Store.FinishEvent(ctx, ev.ID, result)
		if err != nil {
			return fmt.Errorf("finishing event %s: %w", ev.ID, err)
		}
		if !won {
			return errDoneElsewhere
		}
		return nil
	})
	return result, err
}

// Results of events: the first word is stable and counted, the rest is for
// people.
const (
	resultAnswered   = "answered"   // a question took it
	resultUnmatched  = "unmatched"  // a question took it, but it fits no answer
	resultLate       = "late_reply" // its question was closed
	resultOptedOut   = "opted_out"
	resultOptedIn    = "opted_in"
	resultStarted    = "started"   // it started at least one enrollment
	resultSignaled   = "signaled"  // running enrollments were told
	resultUnclaimed  = "unclaimed" // it stays in the conversation
	resultIgnored    = "ignored"   // it asks for nothing
	resultApplied    = "applied"   // a status or a preference was recorded
	resultStale      = "stale"     // a status that was known or overtaken
	resultUnknownMsg = "unknown_message"
	resultUnknown    = "unknown_contact"
)

// handle decides what an event means and writes its consequences. It runs
// inside the event's transaction and must be safe to run again.
func (r *Runtime) handle(ctx context.Context, ev *engine.InboundEvent) (string, error) {
	switch ev.Kind {
	case engine.InboundMessage:
		return r.handleMessage(ctx, ev)
	case engine.StatusUpdate:
		return r.handleStatus(ctx, ev)
	case engine.BusinessEvent:
		return r.handleBusinessEvent(ctx, ev)
	case engine.MarketingPreference, engine.Unsubscribe, engine.Complaint, engine.Bounce:
		return r.handlePreference(ctx, ev)
	case engine.NumberChanged:
		return r.handleNumberChanged(ctx, ev)
	default:
		return r.handleAccountNews(ctx, ev)
	}
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// order remembers, in this process, which events failed and whose later events
// wait for them. Losing it in a crash costs a pause, never an event.
type order struct {
	mu       sync.Mutex
	failures map[engine.EventID]int
	heads    map[string]head
}

type head struct {
	event engine.EventID
	until time.Time // the machine's
}

func newOrder() *order {
	return &order{failures: map[engine.EventID]int{}, heads: map[string]head{}}
}

// held says until when an event waits for an earlier one of its subject.
func (o *order) held(subject string, id engine.EventID, now time.Time) (time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h, ok := o.heads[subject]
	if !ok || h.event == id {
		return time.Time{}, false
	}
	if h.until.Before(now) || o.failures[h.event] >= holdFailures {
		return time.Time{}, false
	}
	return h.until, true
}

func (o *order) failed(_ string, id engine.EventID) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.failures) > 10_000 { // a bound for a bad day; only pauses are forgotten
		clear(o.failures)
		clear(o.heads)
	}
	o.failures[id]++
	return o.failures[id]
}

func (o *order) hold(subject string, id engine.EventID, until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if h, ok := o.heads[subject]; !ok || h.event == id || !h.until.After(until) {
		o.heads[subject] = head{id, until}
	}
}

func (o *order) done(subject string, id engine.EventID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.failures, id)
	if o.heads[subject].event == id {
		delete(o.heads, subject)
	}
}
