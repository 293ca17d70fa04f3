package provsim

import (
	"bytes"
	"container/heap"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	carriers    = 64 // webhooks under way at once
	firstRepeat = 200 * time.Millisecond
	lastRepeat  = 5 * time.Second
	giveUpAfter = 10 * time.Minute // of repeating
	patience    = 10 * time.Second // with one call
	probeAfter  = 250 * time.Millisecond
)

// letter is one webhook's content, the same in every copy and repetition.
type letter struct {
	kind, channel, key, ref string
	status                  string // told by a status
	from, text              string // of an inbound message

	once  sync.Once
	write func() content // called once, when the first copy is due
	made  content
}

// content is what goes over the wire. The address is looked up for every
// attempt, because the product may have moved meanwhile.
type content struct {
	path   string // below the target's base; "" = the integration's webhook
	signed string // the address that a signature covers, when that is another one
	header http.Header
	body   []byte
	sign   func(address string) http.Header // headers that depend on the address
}

func (l *letter) content() content {
	l.once.Do(func() { l.made = l.write() })
	return l.made
}

// parcel is one copy of a letter on its way.
type parcel struct {
	letter  *letter
	due     time.Time
	first   time.Time // when it was first due
	copy    int
	attempt int
	order   uint64 // among parcels due at the same time
}

// postman delivers webhooks: a heap of what is due, a bounded pool that carries
// it, and repetitions until somebody answers 2xx. When nobody listens at the
// target he stops and knocks every 250 ms, instead of running to a closed door
// with every parcel.
type postman struct {
	world  *World
	client *http.Client

	mu        sync.Mutex
	due       parcels
	count     uint64
	open      int           // parcels not yet delivered or given up
	idle      chan struct{} // closed when open falls to 0
	downUntil time.Time
	probing   bool
	wake      chan struct{}
	ready     chan *parcel
}

func newPostman(w *World) *postman {
	transport := &http.Transport{
		Proxy:               nil,
		DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		MaxIdleConns:        carriers,
		MaxIdleConnsPerHost: carriers,
		IdleConnTimeout:     30 * time.Second,
	}
	return &postman{
		world: w, wake: make(chan struct{}, 1), ready: make(chan *parcel),
		client: &http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
}

// run starts the pool; it ends with the context.
func (p *postman) run(ctx context.Context, wg *sync.WaitGroup) {
	wg.Go(func() { p.dispatch(ctx) })
	for range carriers {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case one := <-p.ready:
					p.carry(ctx, one)
				}
			}
		})
	}
}

// send hands over copies of a letter, due at given times.
func (p *postman) send(l *letter, due ...time.Time) {
	p.mu.Lock()
	for i, at := range due {
		p.count++
		p.open++
		heap.Push(&p.due, &parcel{letter: l, due: at, first: at, copy: i, order: p.count})
	}
	p.mu.Unlock()
	p.rouse()
}

func (p *postman) rouse() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// dispatch hands what is due to the carriers.
func (p *postman) dispatch(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		one, wait := p.next()
		if one == nil {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return
			case <-p.wake:
			case <-timer.C:
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case p.ready <- one:
		}
	}
}

// next takes the parcel that is due, or says how long to wait.
func (p *postman) next() (*parcel, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case len(p.due) == 0:
		return nil, time.Hour
	case p.due[0].due.After(now):
		return nil, p.due[0].due.Sub(now)
	case p.downUntil.IsZero():
	case p.probing:
		return nil, time.Hour // the probe's end wakes us
	case p.downUntil.After(now):
		return nil, p.downUntil.Sub(now)
	default:
		p.probing = true
	}
	one, _ := heap.Pop(&p.due).(*parcel)
	return one, 0
}

// carry makes one attempt and files its outcome.
func (p *postman) carry(ctx context.Context, one *parcel) {
	one.attempt++
	status, err := p.post(ctx, one)
	p.mu.Lock()
	defer func() {
		p.mu.Unlock()
		p.rouse()
	}()
	p.probing = false
	if status == 0 && unreachable(err) {
		p.downUntil = time.Now().Add(probeAfter)
		one.attempt-- // nobody was there to refuse it
		heap.Push(&p.due, one)
		return
	}
	p.downUntil = time.Time{}
	switch {
	case status >= 200 && status <= 299, time.Since(one.first) > giveUpAfter, ctx.Err() != nil:
		p.settle()
	default:
		one.due = time.Now().Add(p.pause(one))
		heap.Push(&p.due, one)
	}
}

// settle counts a parcel off; the caller holds the lock.
func (p *postman) settle() {
	p.open--
	if p.open == 0 && p.idle != nil {
		close(p.idle)
		p.idle = nil
	}
}

// pause is how long to wait before a repetition: twice as long each time, with
// up to a quarter more so that repetitions do not come in waves.
func (p *postman) pause(one *parcel) time.Duration {
	pause := min(firstRepeat<<min(one.attempt-1, 10), lastRepeat)
	return pause + time.Duration(p.world.dice.draw("pause", one.letter.key, one.attempt)*float64(pause)/4)
}

// drain waits until nothing is open.
func (p *postman) drain(ctx context.Context) error {
	p.mu.Lock()
	if p.open == 0 {
		p.mu.Unlock()
		return nil
	}
	if p.idle == nil {
		p.idle = make(chan struct{})
	}
	idle := p.idle
	p.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		p.mu.Lock()
		open := p.open
		p.mu.Unlock()
		return fmt.Errorf("delivering webhooks: %d are still without a 2xx answer: %w", open, ctx.Err())
	}
}

// post makes one call and writes it into the ledger.
func (p *postman) post(ctx context.Context, one *parcel) (int, error) {
	c := one.letter.content()
	address, signed, err := p.world.addressOf(one.letter.channel, c)
	if err != nil {
		return 0, err
	}
	begun, clock := time.Now(), p.world.config.Now()
	status, err := p.call(ctx, address, signed, c)
	if status == 0 && unreachable(err) {
		return 0, err
	}
	p.world.ledger.hook(Hook{
		Kind: one.letter.kind, Channel: one.letter.channel, Key: one.letter.key, Ref: one.letter.ref,
		BodyHash: hash(c.body), Copy: one.copy, Attempt: one.attempt,
		Status: one.letter.status, From: one.letter.from, Text: one.letter.text,
		Answer: status, Latency: time.Since(begun), At: clock, RealAt: begun,
	})
	return status, err
}

func (p *postman) call(ctx context.Context, address, signed string, c content) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(c.body))
	if err != nil {
		return 0, fmt.Errorf("addressing a webhook to %s: %w", address, err)
	}
	request.Header = c.header.Clone()
	if c.sign != nil {
		maps.Copy(request.Header, c.sign(signed))
	}
	response, err := p.client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("calling %s: %w", address, err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)) // so that the connection can be kept
	return response.StatusCode, nil
}

// parcels is a heap by due time.
type parcels []*parcel

func (h parcels) Len() int { return len(h) }
func (h parcels) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].order < h[j].order
	}
	return h[i].due.Before(h[j].due)
}
func (h parcels) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *parcels) Push(x any) {
	one, _ := x.(*parcel)
	*h = append(*h, one)
}

// Pop implements heap.Interface.
func (h *parcels) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
