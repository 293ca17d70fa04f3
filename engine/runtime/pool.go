package runtime

import (
	"errors"
	"sync"
)

// pool runs work beside each other, a bounded number at once, and work of one
// key one after the other in the order it was given. Events of a contact and
// news for an enrollment keep their order this way without holding up others.
type pool struct {
	limit int
	freed chan struct{} // something finished: there is room

	mu      sync.Mutex
	waiting map[string][]func() // by key, of keys that are running or ready
	ready   []string            // keys that may run when there is room
	running int
	held    int // work given and not finished
	counted int // of that, what takes up room: at most share of each key
	empty   *sync.Cond
}

func newPool(limit int) *pool {
	p := &pool{limit: limit, freed: make(chan struct{}, 1), waiting: map[string][]func(){}}
	p.empty = sync.NewCond(&p.mu)
	return p
}

// room is how much work may be given before it only waits in memory. What one key
// has waiting counts little: others run beside it.
func (p *pool) room() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, 2*p.limit-p.counted)
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
	for p.running < p.limit && len(p.ready) > 0 {
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
	work()
	p.mu.Lock()
	if len(p.waiting[key]) <= share {
		p.counted--
	}
	if rest := p.waiting[key][1:]; len(rest) > 0 {
		p.waiting[key] = rest
		p.ready = append(p.ready, key)
	} else {
		delete(p.waiting, key)
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

// wait returns when all work is done.
func (p *pool) wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.held > 0 {
		p.empty.Wait()
	}
}

// gather joins what many do at the same moment into one call: the first caller
// does it for itself, those who come meanwhile share the next one. Under load,
// finishing a hundred rows costs a few commits; alone, it costs no delay.
type gather struct {
	do func(ids []int64) error

	mu      sync.Mutex
	busy    bool
	pending *gathered
}

type gathered struct {
	ids  []int64
	done chan struct{}
	err  error
}

func (g *gather) add(id int64) error {
	g.mu.Lock()
	if g.pending == nil {
		g.pending = &gathered{done: make(chan struct{})}
	}
	mine := g.pending
	mine.ids = append(mine.ids, id)
	if g.busy {
		g.mu.Unlock()
		<-mine.done
		return mine.err
	}
	g.busy = true
	for g.pending != nil {
		batch := g.pending
		g.pending = nil
		g.mu.Unlock()
		batch.err = g.do(batch.ids)
		close(batch.done)
		g.mu.Lock()
	}
	g.busy = false
	g.mu.Unlock()
	return mine.err
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
