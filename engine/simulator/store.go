package simulator

import (
	"context"
	"slices"
	"sync"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/runtime"
)

// Store is the database that scenarios are played on: an empty one in memory.
type Store interface {
	activities.Store
	runtime.Store
	PutIntegration(ctx context.Context, i *engine.Integration) (created bool, err error)
	Publish(ctx context.Context, v *engine.Version) (number int, created bool, err error)
	Close() error
}

// ledger is the store as the product sees it during a scenario. It notices that
// there is news to work off, and keeps the trail, which nobody but the transcript
// reads here, out of the database.
type ledger struct {
	Store

	memory memory

	mu             sync.Mutex
	trail          map[int]engine.TimelineEntry
	events, outbox bool  // something came since it was last asked
	play           *play // the scenario under way
	enrolled       bool  // somebody is in a journey; before that, nobody need be asked for
}

func (l *ledger) reset(p *play) {
	l.memory.begin()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trail, l.events, l.outbox, l.play, l.enrolled = map[int]engine.TimelineEntry{}, false, false, p, false
}

// InTx implements activities.Store. In memory no statement lasts long enough to be
// worth breaking off, and SQLite's driver would start a goroutine for each that
// could be.
func (l *ledger) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return l.Store.InTx(context.WithoutCancel(ctx), fn)
}

// SaveProgress implements activities.Store.
func (l *ledger) SaveProgress(_ context.Context, _ engine.EnrollmentID, _ engine.VersionHash, _ string, _ *time.Time, trail []engine.TimelineEntry) error {
	l.keep(trail)
	return nil
}

func (l *ledger) keep(trail []engine.TimelineEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range trail {
		l.trail[e.Seq] = e
	}
}

// Enqueue implements activities.Store.
func (l *ledger) Enqueue(_ context.Context, it *engine.OutboxItem) error {
	l.mu.Lock()
	l.outbox = true
	l.mu.Unlock()
	l.memory.addOutbox(it)
	return nil
}

// InsertEvent implements activities.Store.
func (l *ledger) InsertEvent(ctx context.Context, ev *engine.InboundEvent) (bool, error) {
	l.mu.Lock()
	l.events = true
	l.mu.Unlock()
	if d := emitted(ctx, ev); d != nil {
		l.play.record(d)
	}
	return l.memory.addEvent(ev), nil
}

// InsertEvents implements runtime.Store.
func (l *ledger) InsertEvents(ctx context.Context, events []engine.InboundEvent) (inserted []bool, err error) {
	inserted = make([]bool, len(events))
	for i := range events {
		if inserted[i], err = l.InsertEvent(ctx, &events[i]); err != nil {
			return nil, err
		}
	}
	return inserted, nil
}

// RetryEvent implements runtime.Store: what cannot be worked off here never can.
func (l *ledger) RetryEvent(_ context.Context, _ engine.EventID, _ time.Time, cause string) error {
	l.play.fault(cause)
	return nil
}

// InsertEnrollment implements runtime.Store.
func (l *ledger) InsertEnrollment(ctx context.Context, e *engine.Enrollment) error {
	l.mu.Lock()
	l.enrolled = true
	l.mu.Unlock()
	return l.Store.InsertEnrollment(ctx, e)
}

func (l *ledger) nobodyYet() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.enrolled
}

// LastEnrollment implements runtime.Store: a scenario remembers nothing of the
// ones before it.
func (l *ledger) LastEnrollment(ctx context.Context, journey engine.JourneyID, contact engine.ContactID, key string) (*engine.Enrollment, error) {
	if l.nobodyYet() {
		return nil, nil
	}
	e, err := l.Store.LastEnrollment(ctx, journey, contact, key)
	if e != nil && e.ContactID != l.play.contact {
		return nil, err
	}
	return e, err
}

// ActiveByKey implements runtime.Store, likewise.
func (l *ledger) ActiveByKey(ctx context.Context, journey engine.JourneyID, key string) ([]engine.Enrollment, error) {
	if l.nobodyYet() {
		return nil, nil
	}
	list, err := l.Store.ActiveByKey(ctx, journey, key)
	return slices.DeleteFunc(list, func(e engine.Enrollment) bool { return e.ContactID != l.play.contact }), err
}

// takeNews reports what came since it was last asked.
func (l *ledger) takeNews() (events, outbox bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	events, outbox = l.events, l.outbox
	l.events, l.outbox = false, false
	return events, outbox
}

// entries is the trail so far, in order.
func (l *ledger) entries() []engine.TimelineEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]engine.TimelineEntry, 0, len(l.trail))
	for _, seq := range sortedKeys(l.trail) {
		out = append(out, l.trail[seq])
	}
	return out
}

// plans serve one folder's plans; they never change while it is played.
type plans map[engine.VersionHash]*dsl.Plan

// Version implements runtime.PlanStore.
func (p plans) Version(_ context.Context, hash engine.VersionHash) (*engine.Version, error) {
	if plan := p[hash]; plan != nil {
		return &engine.Version{Journey: engine.JourneyID(plan.Journey), Hash: hash, Plan: plan}, nil
	}
	return nil, engine.Errorf(engine.NotFound, "there is no version %q", hash)
}
