package runtime

import (
	"errors"
	"sync"
	"time"
)

// A key that has more to do than people cause takes the machine's time from the
// others even when it never goes before them. After inARow pieces without a pause
// it rests restFactor times as long as each took, at most restLimit: what a piece
// causes elsewhere, in Temporal and in the worker, takes several times as long as
// the piece itself.
const (
	inARow     = 20
	restFactor = 8
	restLimit  = 100 * time.Millisecond
)

// pool runs work beside each other, a bounded number at once, and work of one
// key one after the other in the order it was given. Events of a contact and
// news for an enrollment keep their order this way without holding up others.
type pool struct {
	limit int           // of pieces at once
	bound int           // the same, just now
	well  int           // pieces that went well since bound changed
	mute  bool          // none has since it became less
	freed chan struct{} // something finished: there is room
	after func(time.Duration, func())

	mu      sync.Mutex
	waiting map[string][]func() // by key, of keys that are running, ready or resting
	row     map[string]int      // by key of waiting: pieces done without a pause
	resting map[string]bool
	ready   []string // keys that may run when there is room
	running int
	held    int // work given and not finished
	counted int // of that, what takes up room: at most share of each key
	hurried int // how many wait for the end: nobody rests
	empty   *sync.Cond
}

func newPool(limit int) *pool {
	p := &pool{
		limit: limit, bound: limit, freed: make(chan struct{}, 1), waiting: map[string][]func(){}, row: map[string]int{}, resting: map[string]bool{},
		after: func(d time.Duration, f func()) { time.AfterFunc(d, f) }, // the machine's time: what rests is the machine
	}
	p.empty = sync.NewCond(&p.mu)
	return p
}

// room is how much work may be given before it only waits in memory. What one key
// has waiting counts little: others run beside it.
func (p *pool) room() int { return p.below(2 * p.limit) }

// urgentRoom is the same for what should not wait for others: as much again.
func (p *pool) urgentRoom() int { return p.below(4 * p.limit) }

func (p *pool) below(most int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, most-p.counted)
}

// submit gives work. It never blocks.
func (p *pool) submit(key string, work func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held++
	queue, known := p.waiting[key]
	p.waiting[key] = append(queue, work)
	if len(p.waiting[key]) <= share {
		p.counted++
	}
	if !known {
		p.ready = append(p.ready, key)
		p.spawn()
	}
}

// spawn starts runners for ready keys while there is room. It needs the lock.
func (p *pool) spawn() {
	for p.running < p.bound && len(p.ready) > 0 {
		key := p.ready[0]
		p.ready = p.ready[1:]
		p.running++
		go p.run(key)
	}
}

// run works off one key, one piece at a time, so that a busy key does not keep
// its runner from the others.
func (p *pool) run(key string) {
	p.mu.Lock()
	work := p.waiting[key][0]
	p.mu.Unlock()
	began := time.Now() //nolint:forbidigo // how long the machine took
	work()
	took := time.Since(began)
	p.mu.Lock()
	if len(p.waiting[key]) <= share {
		p.counted--
	}
	if rest := p.waiting[key][1:]; len(rest) > 0 {
		p.waiting[key] = rest
		if p.row[key]++; p.row[key] >= inARow && p.hurried == 0 {
			p.resting[key] = true
			p.after(min(restFactor*took, restLimit), func() { p.rested(key) })
		} else {
			p.ready = append(p.ready, key)
		}
	} else {
		delete(p.waiting, key)
		delete(p.row, key)
	}
	p.running--
	p.held--
	p.spawn()
	if p.held == 0 {
		p.empty.Broadcast()
	}
	p.mu.Unlock()
	wake(p.freed)
}

// rested lets a key go on.
func (p *pool) rested(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resting[key] {
		delete(p.resting, key)
		p.ready = append(p.ready, key)
		p.spawn()
	}
}

// slow lets fewer pieces run at once, or as many as ever again.
func (p *pool) slow(to int, slow bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound = p.limit
	if slow {
		p.bound = min(to, p.limit)
	}
	p.spawn()
}

// less lets half as many pieces run at once: whom they ask did not answer in time, and
// has more to do from every further one, answered in time or not. Whoever answers
// nothing at all is away, not overwhelmed: that halves once.
func (p *pool) less() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mute {
		return
	}
	p.bound, p.well, p.mute = max(1, p.bound/2), 0, true
}

// more says that a piece went well. After as many as run at once one more may, until
// there are as many as ever.
func (p *pool) more() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = false
	if p.bound >= p.limit {
		return
	}
	if p.well++; p.well >= p.bound {
		p.bound, p.well = p.bound+1, 0
		p.spawn()
	}
}

// wait returns when all work is done, and has it done without rests.
func (p *pool) wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hurried++
	defer func() { p.hurried-- }()
	for key := range p.resting {
		delete(p.resting, key)
		p.ready = append(p.ready, key)
	}
	p.spawn()
	for p.held > 0 {
		p.empty.Wait()
	}
}

// failures collects the errors of work that ran beside each other.
type failures struct {
	mu   sync.Mutex
	list []error
}

func (f *failures) add(err error) {
	if err == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, err)
}

func (f *failures) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.list...)
}
