package simulator

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"jornada/engine"
)

// memory holds what the product asks for over and over: the queues between its
// parts, and rows that do not change while a scenario is played. Asking SQLite for
// them took half of a scenario's time. Everything that decides (the gate, the
// window, waits, messages, consent, caps) stays in the database.
//
// A transaction that is rolled back does not take back what it put here. That is
// harmless: one that fails ends the scenario, or is done again, and what is told
// twice is heard once, by its id.
type memory struct {
	mu       sync.Mutex
	events   []*queued[engine.InboundEvent]
	seen     map[string]bool // keys of events that came
	outbox   []*queued[engine.OutboxItem]
	lastItem int64
	contacts map[engine.ContactID]*engine.Contact
	journeys []engine.Journey
	words    map[engine.VersionHash]engine.VersionHash
	keys     map[string][]byte // data keys, by id
	channels map[engine.Channel]*engine.Integration
}

// queued is an item of a queue; taken once somebody works on it.
type queued[T any] struct {
	item  T
	taken bool
}

// clear forgets everything: the database is new, or something was published.
func (m *memory) clear() {
	m.begin()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.journeys = nil
	m.channels, m.words = map[engine.Channel]*engine.Integration{}, map[engine.VersionHash]engine.VersionHash{}
}

// begin forgets what is one scenario's.
func (m *memory) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events, m.outbox = nil, nil
	m.seen, m.contacts, m.keys = map[string]bool{}, map[engine.ContactID]*engine.Contact{}, map[string][]byte{}
}

// takeAll claims what nobody works on yet.
func takeAll[T any](queue []*queued[T]) []T {
	var out []T
	for _, q := range queue {
		if !q.taken {
			q.taken = true
			out = append(out, q.item)
		}
	}
	return out
}

func (m *memory) addEvent(ev *engine.InboundEvent) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := string(ev.IntegrationID) + "\x00" + ev.Key
	if m.seen[key] {
		return false
	}
	m.seen[key] = true
	m.events = append(m.events, &queued[engine.InboundEvent]{item: *ev})
	return true
}

// ClaimEvents implements runtime.Store. There is one party, so nobody is kept
// waiting by another.
func (l *ledger) ClaimEvents(context.Context, int, time.Duration, ...string) ([]engine.InboundEvent, error) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	return takeAll(l.memory.events), nil
}

// FinishEvent implements runtime.Store.
func (l *ledger) FinishEvent(_ context.Context, id engine.EventID, _ string) (bool, error) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	before := len(l.memory.events)
	l.memory.events = slices.DeleteFunc(l.memory.events, func(q *queued[engine.InboundEvent]) bool { return q.item.ID == id })
	return len(l.memory.events) < before, nil
}

// Unheard implements activities.Store: whether a message of the person still waits
// to be worked off.
func (l *ledger) Unheard(context.Context, engine.ContactID, []engine.Channel) (bool, error) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	return slices.ContainsFunc(l.memory.events, func(q *queued[engine.InboundEvent]) bool { return q.item.Kind == engine.InboundMessage }), nil
}

func (m *memory) addOutbox(it *engine.OutboxItem) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastItem++
	it.ID = m.lastItem
	m.outbox = append(m.outbox, &queued[engine.OutboxItem]{item: *it})
}

// ClaimOutbox implements runtime.Store: the oldest item of each enrollment.
func (l *ledger) ClaimOutbox(context.Context, int, time.Duration) ([]engine.OutboxItem, error) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	var heads []*queued[engine.OutboxItem]
	seen := map[engine.EnrollmentID]bool{}
	for _, q := range l.memory.outbox {
		if !seen[q.item.EnrollmentID] {
			seen[q.item.EnrollmentID] = true
			heads = append(heads, q)
		}
	}
	return takeAll(heads), nil
}

// FinishOutbox implements runtime.Store.
func (l *ledger) FinishOutbox(_ context.Context, ids ...int64) error {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	l.memory.outbox = slices.DeleteFunc(l.memory.outbox, func(q *queued[engine.OutboxItem]) bool { return slices.Contains(ids, q.item.ID) })
	return nil
}

// RetryOutbox implements runtime.Store: what Temporal does not take here it never
// will.
func (l *ledger) RetryOutbox(_ context.Context, _ int64, _ time.Time, cause string) error {
	l.play.fault(cause)
	return nil
}

// Contact implements activities.Store.
func (l *ledger) Contact(ctx context.Context, id engine.ContactID) (*engine.Contact, error) {
	l.memory.mu.Lock()
	c := l.memory.contacts[id]
	l.memory.mu.Unlock()
	if c == nil {
		var err error
		if c, err = l.Store.Contact(ctx, id); err != nil {
			return nil, err
		}
		l.memory.mu.Lock()
		l.memory.contacts[id] = c
		l.memory.mu.Unlock()
	}
	own := *c // whoever reads a contact may change it
	own.Attributes, own.OptIn, own.Addresses = maps.Clone(c.Attributes), maps.Clone(c.OptIn), slices.Clone(c.Addresses)
	return &own, nil
}

// PutContact implements activities.Store.
func (l *ledger) PutContact(ctx context.Context, c *engine.Contact) (bool, error) {
	l.forget(c.ID)
	return l.Store.PutContact(ctx, c)
}

// AddAddresses implements activities.Store.
func (l *ledger) AddAddresses(ctx context.Context, c *engine.Contact, addrs []engine.Address) (int, error) {
	l.forget(c.ID)
	return l.Store.AddAddresses(ctx, c, addrs)
}

// RecordConsent implements activities.Store.
func (l *ledger) RecordConsent(ctx context.Context, c engine.Consent) error {
	l.forget(c.ContactID)
	return l.Store.RecordConsent(ctx, c)
}

func (l *ledger) forget(id engine.ContactID) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	delete(l.memory.contacts, id)
}

// Journeys implements runtime.Store.
func (l *ledger) Journeys(ctx context.Context) ([]engine.Journey, error) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	if l.memory.journeys == nil {
		list, err := l.Store.Journeys(ctx)
		if err != nil {
			return nil, err
		}
		l.memory.journeys = list
	}
	return slices.Clone(l.memory.journeys), nil
}

// Journey implements activities.Store.
func (l *ledger) Journey(ctx context.Context, id engine.JourneyID) (*engine.Journey, error) {
	list, err := l.Journeys(ctx)
	for i := range list {
		if list[i].ID == id {
			return &list[i], nil
		}
	}
	if err != nil {
		return nil, err
	}
	return l.Store.Journey(ctx, id)
}

// WordsOf implements activities.Store: nothing is published while a scenario is
// played.
func (l *ledger) WordsOf(ctx context.Context, hash engine.VersionHash) (engine.VersionHash, error) {
	return remembered(&l.memory.mu, l.memory.words, hash, func() (engine.VersionHash, error) { return l.Store.WordsOf(ctx, hash) })
}

// DataKey implements runtime.Store: nobody is erased while a scenario is played.
func (l *ledger) DataKey(ctx context.Context, id string) ([]byte, error) {
	return remembered(&l.memory.mu, l.memory.keys, id, func() ([]byte, error) { return l.Store.DataKey(ctx, id) })
}

// remembered asks once. Nothing is locked meanwhile: who answers may be waiting for
// somebody that looks something up here.
func remembered[K comparable, V any](mu *sync.Mutex, known map[K]V, key K, ask func() (V, error)) (V, error) {
	mu.Lock()
	v, ok := known[key]
	mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := ask()
	if err == nil {
		mu.Lock()
		known[key] = v
		mu.Unlock()
	}
	return v, err
}

// DefaultIntegration implements activities.Store.
func (l *ledger) DefaultIntegration(ctx context.Context, ch engine.Channel) (*engine.Integration, error) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	if l.memory.channels[ch] == nil {
		i, err := l.Store.DefaultIntegration(ctx, ch)
		if err != nil {
			return nil, err
		}
		l.memory.channels[ch] = i
	}
	own := *l.memory.channels[ch]
	return &own, nil
}

// Integration implements activities.Store: the simulator's are named after their
// channels.
func (l *ledger) Integration(ctx context.Context, id engine.IntegrationID) (*engine.Integration, error) {
	return l.DefaultIntegration(ctx, engine.Channel(id))
}

// IntegrationUpdatedAt implements channel.IntegrationSource: nobody changes them.
func (l *ledger) IntegrationUpdatedAt(context.Context, engine.IntegrationID) (time.Time, error) {
	return time.Time{}, nil
}

// LockContact implements activities.Store: one scenario at a time, one writer.
func (l *ledger) LockContact(context.Context, engine.ContactID) error { return nil }

// Halt implements activities.Store: nothing was restored from an older copy here.
func (l *ledger) Halt(context.Context) (*engine.Halt, error) { return nil, nil }

// Audit implements activities.Store: nobody reads it here.
func (l *ledger) Audit(context.Context, engine.AuditEntry) error { return nil }
