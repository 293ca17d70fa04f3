package driver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"
)

// startLimit is how long a process may take to become ready when nothing is
// wrong with what it needs.
const startLimit = 60 * time.Second

// Unit is one process of the product or of Temporal, over all its lives. A
// process that ends without being asked to is written down as a death, and
// started again as an operator's supervisor would.
type Unit struct {
	spec  Spec
	ready func(ctx context.Context, p *process) error
	log   *Ledger
	// foreign units are not the product's: Temporal's processes may give up, for
	// example without their database, and are only started again.
	foreign bool

	mu       sync.Mutex
	p        *process
	expected bool // that it ends now
	closed   bool
	deaths   int // the ledger's lock guards it
}

// Ledger collects what happened to the processes of one scenario.
type Ledger struct {
	mu      sync.Mutex
	kills   int
	recover []time.Duration
	drains  []Drain
	deaths  []string
	foreign int
}

// NewLedger makes an empty one.
func NewLedger() *Ledger { return &Ledger{} }

// Killed counts something that was killed or taken away.
func (l *Ledger) Killed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kills++
}

// Recovered notes how long something took to be ready again.
func (l *Ledger) Recovered(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recover = append(l.recover, d)
}

// died notes an end that nobody asked for, and returns how often this unit has
// come to one.
func (l *Ledger) died(u *Unit, p *process) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	u.deaths++
	if u.foreign {
		l.foreign++
	} else {
		l.deaths = append(l.deaths, fmt.Sprintf("%s ended by itself after %s (%v):\n%s", u.spec.Name, time.Since(p.began).Round(time.Millisecond), p.err, p.tail(2000)))
	}
	return u.deaths
}

// Facts is what a ledger holds.
type Facts struct {
	Kills      int
	Recoveries []time.Duration
	Drains     []Drain
	Deaths     []string // processes of the product that ended by themselves, and their last words
	Foreign    int      // ends of others' processes that nobody asked for
}

// Facts returns a copy.
func (l *Ledger) Facts() Facts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Facts{l.kills, slices.Clone(l.recover), slices.Clone(l.drains), slices.Clone(l.deaths), l.foreign}
}

// Name is the unit's, as in the log's file name.
func (u *Unit) Name() string { return u.spec.Name }

// Start starts the process and waits until it is ready.
func (u *Unit) Start(ctx context.Context) error {
	if err := u.Launch(); err != nil {
		return err
	}
	return u.Ready(ctx, startLimit)
}

// Launch starts the process without waiting.
func (u *Unit) Launch() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return fmt.Errorf("starting %s: the scenario is over", u.spec.Name)
	}
	if u.p != nil {
		select {
		case <-u.p.exited:
		default:
			return nil // it runs
		}
	}
	p, err := u.spec.launch()
	if err != nil {
		return err
	}
	u.p, u.expected = p, false
	go u.watch(p)
	return nil
}

// watch writes down an end that nobody asked for, and starts the process again.
func (u *Unit) watch(p *process) {
	<-p.exited
	u.mu.Lock()
	unasked := !u.expected && u.p == p
	u.mu.Unlock()
	if !unasked {
		return
	}
	n := u.log.died(u, p)
	time.Sleep(time.Duration(min(n, 8)) * 250 * time.Millisecond) // a supervisor's pause
	_ = u.Launch()
}

// Ready waits until the process that runs now is ready.
func (u *Unit) Ready(ctx context.Context, limit time.Duration) error {
	return Until(ctx, limit, u.spec.Name+" is ready", func(ctx context.Context) error {
		u.mu.Lock()
		p := u.p
		u.mu.Unlock()
		if p == nil {
			return errors.New("it was never started")
		}
		return u.ready(ctx, p)
	})
}

// Kill ends the process at once (SIGKILL), starts it again and waits until it is
// ready; how long that took is kept.
func (u *Unit) Kill(ctx context.Context) error {
	began := time.Now()
	u.down()
	u.log.Killed()
	if err := u.Start(ctx); err != nil {
		return err
	}
	u.log.Recovered(time.Since(began))
	return nil
}

// Down ends the process at once and leaves it down until Launch or Start.
func (u *Unit) Down() {
	u.down()
	u.log.Killed()
}

func (u *Unit) down() {
	u.mu.Lock()
	p := u.p
	u.expected = true
	u.mu.Unlock()
	if p != nil {
		p.kill()
	}
}

// Drain asks the process to end (SIGTERM) and waits; it stays down.
func (u *Unit) Drain(limit time.Duration) (Drain, error) {
	u.mu.Lock()
	p := u.p
	u.expected = true
	u.mu.Unlock()
	if p == nil {
		return Drain{Name: u.spec.Name}, nil
	}
	d, err := p.terminate(limit)
	if err != nil {
		return d, err
	}
	u.log.mu.Lock()
	u.log.drains = append(u.log.drains, d)
	u.log.mu.Unlock()
	return d, nil
}

// Freeze stops the process where it stands (SIGSTOP): it is alive and does not
// know that time passes.
func (u *Unit) Freeze() error { return u.send(syscall.SIGSTOP) }

// Thaw lets it go on (SIGCONT).
func (u *Unit) Thaw() error { return u.send(syscall.SIGCONT) }

func (u *Unit) send(sig syscall.Signal) error {
	u.mu.Lock()
	p := u.p
	u.mu.Unlock()
	if p == nil {
		return nil
	}
	return p.signal(sig)
}

// Printed reports whether the running process has printed a text.
func (u *Unit) Printed(text string) bool {
	u.mu.Lock()
	p := u.p
	u.mu.Unlock()
	return p != nil && p.printed(text)
}

// close ends the process for good.
func (u *Unit) close() {
	u.mu.Lock()
	u.closed = true
	u.mu.Unlock()
	u.down()
}
