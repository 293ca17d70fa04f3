package activities

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"jornada/engine"
)

// pacer hands the turns of integrations to the messages of this process, so that
// all processes together keep the rate that each provider takes.
//
// Turns are taken from the shared state in blocks: a busy process asks the database
// some twenty times a second, whatever the rate, and a quiet one once per message.
// What was taken is used within a moment or given back with the next question. Who
// finds no turn gets a place in a line and comes back when it is reached; nobody
// sleeps meanwhile, neither a goroutine nor a connection.
type pacer struct {
	store paceStore
	real  func() time.Time

	mu     sync.Mutex
	by     map[engine.IntegrationID]*number
	last   map[engine.Channel]engine.IntegrationID
	people map[string]counted
}

type paceStore interface {
	Pace(ctx context.Context, id engine.IntegrationID) (engine.PaceState, error)
	SwapPace(ctx context.Context, id engine.IntegrationID, state engine.PaceState) (won bool, err error)
}

// number is one integration as this process knows it.
type number struct {
	leasing sync.Mutex // one question to the database at a time
	asking  int

	perSecond float64
	state     engine.PaceState // as last seen
	turns     int              // taken, not used yet
	takenAt   time.Time
	dry       time.Time // no turn is free before
	line      places
	back      places

	second     int64 // how many turns were used in it, and in the one before
	used, then int

	heard   [heardCalls]bool // whether the latest calls were refused as too fast, in a ring
	calls   int              // how many there ever were
	refused int              // of those in the ring
}

// A provider whose limit is really lower refuses most of what exceeds it. One that
// refuses a message here and there has a hiccup, or serves somebody else's burst:
// were each of these a lesson, one in fifty would keep a number of 80 messages a
// second at ten. So one in ten of the latest calls is borne; those messages alone
// go again.
const (
	heardCalls = 100
	borne      = 10 // one in so many
)

// hear notes the end of a call, and reports whether calls are refused as too fast
// so often that the number is to send slower.
func (p *pacer) hear(id engine.IntegrationID, tooFast bool) (slower bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.number(id)
	at := &n.heard[n.calls%heardCalls]
	if *at {
		n.refused--
	}
	if *at = tooFast; tooFast {
		n.refused++
	}
	n.calls++
	return tooFast && n.refused*borne > min(n.calls, heardCalls)
}

// places are moments at which messages of this process may come back.
type places struct {
	next time.Time
	step time.Duration
	left int
}

// counted is what a portfolio's people were, a moment ago.
type counted struct {
	at     time.Time
	people int
}

// useWithin is how long a turn is kept: it counts from when it was taken.
const useWithin = 100 * time.Millisecond

// swapTries is how often a state is taken from under other processes' hands.
const swapTries = 8

func newPacer(store paceStore, real func() time.Time) *pacer {
	return &pacer{
		store: store, real: real, by: map[engine.IntegrationID]*number{},
		last: map[engine.Channel]engine.IntegrationID{}, people: map[string]counted{},
	}
}

// answer is what a message hears that asks for its turn.
type answer int

const (
	goNow   answer = iota
	comeAt         // at a moment
	mustAsk        // this process knows no turn and no place: lease first
)

func (p *pacer) number(id engine.IntegrationID) *number {
	n := p.by[id]
	if n == nil {
		n = &number{}
		p.by[id] = n
	}
	return n
}

// turn is this message's turn, if the process holds one. first is for those who
// do not stand in the line: urgent messages, answers, and who waited already.
func (p *pacer) turn(ch engine.Channel, id engine.IntegrationID, perSecond float64, first bool) (time.Time, answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.real()
	n := p.number(id)
	n.perSecond, p.last[ch] = perSecond, id
	if n.ready(now, first) {
		n.turns--
		n.count(now)
		return now, goNow
	}
	if now.Before(n.dry) || !first && n.state.Waiting(now) {
		if at, ok := n.places(first).take(now); ok {
			return at, comeAt
		}
	}
	return time.Time{}, mustAsk
}

func (n *number) ready(now time.Time, first bool) bool {
	return n.turns > 0 && now.Sub(n.takenAt) < useWithin && !now.Before(n.takenAt) && (first || !n.state.Waiting(now))
}

func (n *number) places(first bool) *places {
	if first {
		return &n.back
	}
	return &n.line
}

func (l *places) take(now time.Time) (time.Time, bool) {
	for ; l.left > 0; l.left-- {
		at := l.next
		l.next = l.next.Add(l.step)
		if at.After(now) {
			l.left--
			return at, true
		}
	}
	return time.Time{}, false
}

// count remembers how busy the number is.
func (n *number) count(now time.Time) {
	if s := now.Unix(); s != n.second {
		if n.then = 0; s == n.second+1 {
			n.then = n.used
		}
		n.second, n.used = s, 0
	}
	n.used++
}

// unpaced forgets what a channel's usual integration was: the present one has no
// rate to keep.
func (p *pacer) unpaced(ch engine.Channel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.last, ch)
}

// unused puts a turn back that was not needed.
func (p *pacer) unused(id engine.IntegrationID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number(id).turns++
}

// prepare sees to it that a message which probably leaves by the channel's usual
// integration finds its turn, before a transaction is open that would have to be
// given up for it.
func (p *pacer) prepare(ctx context.Context, ch engine.Channel, first bool) error {
	p.mu.Lock()
	id, known := p.last[ch]
	if !known {
		p.mu.Unlock()
		return nil
	}
	n, now := p.number(id), p.real()
	perSecond := n.perSecond
	ask := !n.ready(now, first) && !now.Before(n.dry) && (first || !n.state.Waiting(now))
	p.mu.Unlock()
	if !ask {
		return nil
	}
	return p.lease(ctx, id, perSecond, first)
}

// lease takes turns from the shared state or, when none is free, places in a line.
// It must not run inside a transaction: it would wait for a connection while
// holding one.
func (p *pacer) lease(ctx context.Context, id engine.IntegrationID, perSecond float64, first bool) error {
	p.mu.Lock()
	n := p.number(id)
	n.asking++
	p.mu.Unlock()
	n.leasing.Lock()
	defer n.leasing.Unlock()
	defer func() {
		p.mu.Lock()
		n.asking--
		p.mu.Unlock()
	}()

	p.mu.Lock()
	now := p.real()
	if n.ready(now, first) || (now.Before(n.dry) || !first && n.state.Waiting(now)) && n.places(first).left > 0 {
		p.mu.Unlock()
		return nil // somebody has asked for us
	}
	state, unused, takenAt, want := n.state, n.turns, n.takenAt, n.asking
	if max(n.used, n.then) >= engine.PaceBlock(perSecond) {
		want = max(want, engine.PaceBlock(perSecond))
	}
	n.turns = 0
	p.mu.Unlock()

	for range swapTries {
		now = p.real()
		state.Took = slices.Clone(state.Took)
		state.GiveBack(takenAt, unused)
		got := 0
		if first || !state.Waiting(now) {
			got = state.Take(now, perSecond, want)
		}
		var queued places
		if got == 0 {
			queued = places{next: state.Queue(now, perSecond, want, first), step: engine.PaceStep(perSecond), left: want}
		}
		won, err := p.store.SwapPace(ctx, id, state)
		if err != nil {
			return fmt.Errorf("taking a turn of integration %q: %w", id, err)
		}
		if !won {
			if state, err = p.store.Pace(ctx, id); err != nil {
				return fmt.Errorf("taking a turn of integration %q: %w", id, err)
			}
			continue
		}
		state.Seq++
		p.mu.Lock()
		defer p.mu.Unlock()
		n.state, n.turns, n.takenAt, n.dry = state, got, now, time.Time{}
		if got == 0 {
			*n.places(first) = queued
			free := state
			n.dry = free.NextTurn(now, perSecond)
		}
		return nil
	}
	return nil // others are faster all the time; the message looks again in a moment
}

// How far from its limit a portfolio may be for its people not to be counted with
// each message, and for how long a count is good enough for that.
const (
	farFromLimit = 5000
	countedAgain = time.Second
)

// roomy reports whether a portfolio was far from its limit a moment ago.
func (p *pacer) roomy(portfolio string, limit int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, known := p.people[portfolio]
	age := p.real().Sub(c.at)
	return known && age >= 0 && age < countedAgain && c.people+farFromLimit < limit
}

func (p *pacer) counted(portfolio string, people int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people[portfolio] = counted{p.real(), people}
}
