package runtime

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jornada/engine"
)

// Deliver stores what one webhook call brought, each event once, in one
// transaction, and wakes the dispatcher. It returns after the commit and before
// anything is worked off: nil means nothing can be lost any more, so the
// provider may be told 200; an error means nothing was stored, or that it is not
// known, so the provider must be told 503 and will come again.
//
// Events need a Key that is the same when the provider repeats itself. A
// repeated key is not an error and has no second effect.
//
// Calls that come while another is being stored share the next transaction.
func (r *Runtime) Deliver(ctx context.Context, events []engine.InboundEvent) error {
	if len(events) == 0 {
		return nil
	}
	if r.Store.InTransaction(ctx) {
		return r.storeArrivals(ctx, [][]engine.InboundEvent{events})
	}
	return r.arrivals.add(ctx, events)
}

// storeArrivals stores what came, all of it or nothing.
func (r *Runtime) storeArrivals(ctx context.Context, calls [][]engine.InboundEvent) error {
	var stored []engine.InboundEvent
	var isNew []bool
	nested := r.Store.InTransaction(ctx)
	err := r.Store.InTx(r.Store.Hurry(ctx), func(ctx context.Context) error {
		stored = stored[:0] // a transaction that is tried again must not see its own marks
		for _, call := range calls {
			stored = append(stored, call...)
		}
		kept := 0
		for i := range stored {
			r.stamp(&stored[i])
			if nested {
				continue
			}
			if err := r.keep(ctx, &stored[i], kept); err != nil {
				return err
			}
			if stored[i].LeaseUntil != nil {
				kept++
			}
		}
		var err error
		if isNew, err = r.Store.InsertEvents(ctx, stored); err != nil {
			return fmt.Errorf("storing %d events, the first of integration %q: %w", len(stored), stored[0].IntegrationID, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	inserted := 0
	for i := range stored {
		switch {
		case !isNew[i]:
			continue
		case stored[i].LeaseUntil != nil:
			r.take(ctx, &stored[i], func(error) {})
		default:
			r.leave(&stored[i])
		}
		inserted++
	}
	r.Metrics.eventsIn.Add(float64(inserted))
	r.Metrics.eventsDuplicate.Add(float64(len(stored) - inserted))
	return nil
}

// keep leases an event to this process before it is stored, when it dispatches
// and has room, also for this party: the event is then worked off right after the
// commit, without looking for it. already is how many of the same call it keeps.
func (r *Runtime) keep(ctx context.Context, ev *engine.InboundEvent, already int) (err error) {
	ev.LeaseUntil = nil
	if ev.Party, err = r.Store.PartyOf(ctx, ev); err != nil {
		return fmt.Errorf("finding out whose event %q is: %w", ev.Key, err)
	}
	// What people say does not wait in the table behind the news of messages, which
	// come by the thousand while a campaign goes out.
	room := r.events.urgentRoom
	if ev.Kind == engine.StatusUpdate {
		room = r.events.room
	}
	if r.direct.Load() && r.shares.admits(ev.Party, already < room()) {
		until := r.Clock.Real().Add(eventLease)
		ev.LeaseUntil = &until
	}
	return nil
}

// leave is for an event that stays in the table until it is claimed.
func (r *Runtime) leave(ev *engine.InboundEvent) {
	if r.direct.Load() {
		r.shares.left(ev.Party)
	}
	wake(r.wakeEvents)
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
	if err := engine.TooLarge("data", ev.Data); err != nil {
		return false, err
	}
	r.stamp(&ev)
	if !r.Store.InTransaction(ctx) { // else it is not committed when we return
		if err := r.keep(ctx, &ev, 0); err != nil {
			return false, err
		}
	}
	if inserted, err = r.Store.InsertEvent(ctx, &ev); err != nil {
		return false, fmt.Errorf("storing event %q: %w", ev.Name, err)
	}
	if inserted {
		r.Metrics.eventsIn.Inc()
		if ev.LeaseUntil != nil {
			r.take(ctx, &ev, func(error) {})
		} else {
			r.leave(&ev)
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
	if m := ev.Message; m != nil && len(m.Text) > engine.MaxPayload {
		short := *m // no person writes that; what a provider passes on is shared
		short.Text = strings.ToValidUTF8(m.Text[:engine.MaxPayload-3], "") + "…"
		ev.Message = &short
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
