package runtime

import (
	"context"
	"fmt"
	"time"

	"jornada/engine"
)

// Deliver stores what one webhook call brought, each event once, in one
// transaction, and wakes the dispatcher. It returns after the commit and before
// anything is worked off: nil means nothing can be lost any more, so the
// provider may be told 200; an error means nothing was stored, so the provider
// must be told 503 and will come again.
//
// Events need a Key that is the same when the provider repeats itself. A
// repeated key is not an error and has no second effect.
func (r *Runtime) Deliver(ctx context.Context, events []engine.InboundEvent) error {
	if len(events) == 0 {
		return nil
	}
	inserted := 0
	var mine []engine.InboundEvent
	nested := r.Store.InTransaction(ctx)
	err := r.Store.InTx(ctx, func(ctx context.Context) error {
		inserted, mine = 0, nil
		for i := range events {
			ev := events[i] // a copy: a transaction that is tried again must not see its own marks
			r.stamp(&ev)
			if !nested {
				r.keep(&ev, len(mine))
			}
			isNew, err := r.Store.InsertEvent(ctx, &ev)
			if err != nil {
				return fmt.Errorf("storing event %q of integration %q: %w", ev.Key, ev.IntegrationID, err)
			}
			if isNew {
				inserted++
				if ev.LeaseUntil != nil {
					mine = append(mine, ev)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.Metrics.eventsIn.Add(float64(inserted))
	r.Metrics.eventsDuplicate.Add(float64(len(events) - inserted))
	for i := range mine {
		r.take(ctx, &mine[i], func(error) {})
	}
	if len(mine) < inserted {
		wake(r.wakeEvents)
	}
	return nil
}

// keep leases an event to this process before it is stored, when it dispatches
// and has room: the event is then worked off right after the commit, without
// looking for it. already is how many of the same call it keeps.
func (r *Runtime) keep(ev *engine.InboundEvent, already int) {
	ev.LeaseUntil = nil
	if r.direct.Load() && already < r.events.room() {
		until := r.Clock.Now().Add(r.virtual(eventLease))
		ev.LeaseUntil = &until
	}
}

// Emit stores one business event, already coerced to its declared type.
// inserted is false when an event with this key came before.
func (r *Runtime) Emit(ctx context.Context, ev engine.InboundEvent) (inserted bool, err error) {
	if ev.Kind == "" {
		ev.Kind = engine.BusinessEvent
	}
	if ev.Name == "" {
		return false, &engine.Error{Code: engine.Invalid, Field: "event", Message: "the event has no name; write the name the workspace declares, such as \"appointment.scheduled\""}
	}
	r.stamp(&ev)
	if !r.Store.InTransaction(ctx) { // else it is not committed when we return
		r.keep(&ev, 0)
	}
	if inserted, err = r.Store.InsertEvent(ctx, &ev); err != nil {
		return false, fmt.Errorf("storing event %q: %w", ev.Name, err)
	}
	if inserted {
		r.Metrics.eventsIn.Inc()
		if ev.LeaseUntil != nil {
			r.take(ctx, &ev, func(error) {})
		} else {
			wake(r.wakeEvents)
		}
	} else {
		r.Metrics.eventsDuplicate.Inc()
	}
	return inserted, nil
}

// stamp gives an event its id and times. Times are virtual already: a driver
// maps its provider's timestamps, because only it knows which they are. A time
// in the future is a clock that runs ahead of ours, and counts as now: it may
// not keep a service window open longer than it is.
func (r *Runtime) stamp(ev *engine.InboundEvent) {
	now := r.Clock.Now()
	if ev.ID == "" {
		ev.ID = engine.EventID(engine.NewID("evt"))
	}
	if ev.Key == "" {
		ev.Key = string(ev.ID)
	}
	ev.ReceivedAt = now
	if ev.OccurredAt.IsZero() || ev.OccurredAt.After(now) {
		ev.OccurredAt = now
	}
	ev.OccurredAt = ev.OccurredAt.UTC().Truncate(time.Microsecond)
}
