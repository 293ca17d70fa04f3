package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/worker"

	"jornada/activities/channel"
	"jornada/engine"
)

// Temporal is the part of a Temporal client the runtime speaks to.
// client.Client is one; make it with [ClientOptions], or payloads leave in the
// clear.
type Temporal interface {
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
	SignalWorkflow(ctx context.Context, workflowID, runID, signalName string, arg any) error
	TerminateWorkflow(ctx context.Context, workflowID, runID, reason string, details ...any) error
	QueryWorkflow(ctx context.Context, workflowID, runID, queryType string, args ...any) (converter.EncodedValue, error)
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
	CheckHealth(ctx context.Context, request *client.CheckHealthRequest) (*client.CheckHealthResponse, error)
}

// Sweeper looks after messages whose sender died between claim and answer. It
// may ask their providers.
// *activities.Activities is one.
type Sweeper interface {
	Sweep(ctx context.Context) (int, error)
}

// Costs tells what news of a message say about its cost; nil: nothing new.
// *activities.Prices is one.
type Costs interface {
	Cost(ctx context.Context, m *engine.Message, u engine.MessageUpdate) *engine.Cost
}

// Classify sorts a provider's error code of a status webhook into a handling
// class; "" when the provider's driver does not know it.
type Classify func(ctx context.Context, integration engine.IntegrationID, code string) channel.Class

// Slows is the rate, in messages a second, that a late refusal with this code says is too
// fast for the integration that sent; 0: it says nothing of the kind.
type Slows func(ctx context.Context, integration engine.IntegrationID, code string) float64

// MarkRead shows a person that their message, by its provider's id, was read. It
// makes at most one call.
type MarkRead func(ctx context.Context, integration engine.IntegrationID, providerID string) error

// Config is what a Runtime is made of. Client, Store and Clock are required.
type Config struct {
	Client Temporal
	Store  Store
	Clock  engine.Clock
	Logger *slog.Logger // nil: slog.Default

	// Plans keeps published plans; share one with the activities and the
	// workflows of this process. nil: one of its own.
	Plans    *Plans
	Classify Classify // nil: every failed status means reason `failed`
	Slows    Slows    // nil: a late refusal as too fast slows nobody down
	MarkRead MarkRead // nil: nobody is shown that their message was read
	Metrics  *Metrics // nil: one of its own, reachable through Runtime.Metrics

	// Worker runs the journeys in this process. Client must then be a
	// client.Client, and Register must register the workflows and activities
	// under the literal names that histories remember.
	Worker   bool
	Register func(worker.Registry)
	Sweeper  Sweeper // nil: nobody sweeps in this process
	// Templates lists what providers say of their templates; nil: nobody looks, and
	// only news of templates are heard.
	Templates TemplateSource
	// Standings asks platforms for the limits of their senders; nil: nobody asks, and
	// only news of them are heard.
	Standings StandingSource
	// Costs tells what news of a message say about its cost; nil: nobody does.
	Costs Costs
	// Resend sends a message once more because a person decided so; nil: this
	// process cannot.
	Resend func(ctx context.Context, m *engine.Message) error

	// InPlace queues a message in place of one that its provider refused after it had
	// accepted it, when one may help: then the step goes on waiting, for that one. nil:
	// nothing ever takes its place.
	InPlace func(ctx context.Context, m *engine.Message, class channel.Class) (bool, error)

	// Epochs is where the database's epoch is told, so that a restored backup is
	// noticed at the start; nil: nobody notices.
	Epochs Epochs
	// Watch quarantines enrollments that cannot go on; its Logger must have been
	// passed to Client. nil: nobody does in this process.
	Watch *Watch

	// Dispatch delivers events and the outbox in this process too. Any number
	// of processes may; the tables decide who does what.
	Dispatch bool

	// Poll is how often tables are looked at for the work of other processes;
	// work of this process is woken at once. 0 = 1 s. Real time.
	Poll time.Duration
	// Tick is how often schedules, paced launches, parked messages and the sweeper
	// are looked at. 0 = 1 s. Real time.
	Tick time.Duration
	// Parallel bounds how many events, and how many outbox items, are worked on
	// at once. 0 = 32.
	Parallel int
	// Pollers is the number of workflow-task pollers. 0 = 4.
	Pollers int
	// StickyCache bounds how many parked journeys the worker keeps in memory, at
	// about 37 KB each. 0 = 2,000.
	StickyCache int
	// StopTimeout is how long Stop lets running tasks finish. 0 = 14 s.
	StopTimeout time.Duration
}

func (c *Config) validate() error {
	switch {
	case c.Client == nil:
		return errors.New("runtime.Config: Client is missing: dial Temporal with runtime.ClientOptions")
	case c.Store == nil:
		return errors.New("runtime.Config: Store is missing")
	case c.Clock == nil:
		return errors.New("runtime.Config: Clock is missing: pass engine.NewClock(engine.Anchor{}, time.Now)")
	case c.Worker && c.Register == nil:
		return errors.New("runtime.Config: Register is missing, so the worker would have nothing to run")
	}
	if c.Worker {
		if _, ok := c.Client.(client.Client); !ok {
			return errors.New("runtime.Config: Client must be a client.Client when Worker is set")
		}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Classify == nil {
		c.Classify = func(context.Context, engine.IntegrationID, string) channel.Class { return "" }
	}
	if c.Plans == nil {
		c.Plans = NewPlans(c.Store)
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	setDefault(&c.Poll, time.Second)
	setDefault(&c.Tick, time.Second)
	setDefault(&c.Parallel, 32)
	setDefault(&c.Pollers, 4)
	setDefault(&c.StickyCache, 2000)
	setDefault(&c.StopTimeout, 14*time.Second)
	return nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Runtime enrolls, delivers and runs. Its methods are safe for concurrent use.
type Runtime struct {
	Config
	workspace *workspaceCache
	order     *order
	shares    *shares
	owners    *lru.Cache[string, engine.ContactID] // party: whose its last event was

	events *pool          // works events off, in order per contact
	outbox *pool          // tells Temporal, in order per enrollment
	marks  *pool          // shows people that their messages were read
	told   *gather[int64] // finishes outbox items

	arrivals *gather[[]engine.InboundEvent] // stores what webhook calls bring
	direct   atomic.Bool
	away     atomic.Bool // Temporal did not take the last item of this process
	behind   sync.Map    // enrollments with news behind other news: look again when that is told

	wakeEvents chan struct{}
	wakeOutbox chan struct{}
	wakeClock  chan struct{}
	wakeResume chan struct{}

	wakeStandings chan struct{}
	standingNews  standingNews

	wakeTemplates    chan struct{}
	refusedTemplates refusedTemplates

	worker workerState
	stop   context.CancelFunc
	done   sync.WaitGroup

	// Only the tick loop touches these.
	segments        sync.Map  // names of segments whose members are known
	sweepSegmentsAt time.Time // virtual
	launching       launching

	compared atomic.Bool   // the database is known not to be an older copy, or is halted
	mayAct   chan struct{} // closed then

	clock   telling // only the clock loop touches it
	orphans orphans // only the loop that seeks them touches it
	watched watched
}

// How often, and how many at once, what single messages cost is added to the sums
// that people ask for. Asking counts both, so nothing is late.
const (
	foldEvery = 15 * time.Second
	foldBatch = 1000
)

// pressedParallel is how many events are worked off at once while more comes in than is
// stored. They go on: somebody who says stop is heard in a storm, too.
const pressedParallel = 1

// ownersKept is how many addresses' owners are remembered, some 100 bytes each.
const ownersKept = 10_000

// New makes a Runtime; nothing runs before Start.
func New(c Config) (*Runtime, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	owners, err := lru.New[string, engine.ContactID](ownersKept)
	if err != nil {
		return nil, fmt.Errorf("making room for the owners of addresses: %w", err)
	}
	r := &Runtime{
		owners:     owners,
		Config:     c,
		events:     newPool(c.Parallel),
		outbox:     newPool(c.Parallel),
		marks:      newPool(markAtOnce),
		workspace:  &workspaceCache{store: c.Store},
		order:      newOrder(),
		shares:     newShares(),
		launching:  launching{people: map[string]source{}, slot: map[string]time.Time{}},
		wakeEvents: make(chan struct{}, 1),
		wakeOutbox: make(chan struct{}, 1),
		mayAct:     make(chan struct{}),
		wakeClock:  make(chan struct{}, 1),
		wakeResume: make(chan struct{}, 1),

		wakeStandings: make(chan struct{}, 1),
		wakeTemplates: make(chan struct{}, 1),
	}
	if r.Watch != nil {
		r.Watch.use(r.Clock.Real)
	}
	r.arrivals = &gather[[]engine.InboundEvent]{
		do:     r.storeArrivals,
		weight: func(call []engine.InboundEvent) int { return len(call) },
		// What comes is stored before what came is worked off: a provider that gets no
		// answer comes again, with more.
		pressed: func(yes bool) { r.events.slow(pressedParallel, yes) },
	}
	r.told = &gather[int64]{do: func(ctx context.Context, ids []int64) error {
		return r.Store.FinishOutbox(ctx, ids...)
	}}
	return r, nil
}

// Start begins the loops and, when configured, the worker. It returns at once:
// a Temporal that is away is said by Health and waited for.
func (r *Runtime) Start(ctx context.Context) error {
	if r.stop != nil {
		return errors.New("starting the runtime: it is running already")
	}
	// The loops outlive the call that started them; Stop ends them.
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	if r.Epochs == nil {
		close(r.mayAct)
	} else {
		r.loop(ctx, "epoch", epochEvery, nil, func(ctx context.Context) (bool, error) { return false, r.epochLoop(ctx) })
	}
	if r.Dispatch {
		r.loop(ctx, "dispatcher", r.Poll, r.wakeEvents, func(ctx context.Context) (bool, error) {
			return r.keepFull(ctx, r.events, r.claimEvents)
		})
		r.loop(ctx, "outbox", r.Poll, r.wakeOutbox, func(ctx context.Context) (bool, error) {
			return r.keepFull(ctx, r.outbox, r.claimOutbox)
		})
		r.direct.Store(true)
		r.loop(ctx, "clock", r.Poll, r.wakeClock, func(ctx context.Context) (bool, error) { return false, r.tellClock(ctx) })
		if r.Sweeper != nil {
			r.loop(ctx, "sweep", r.Tick, nil, func(ctx context.Context) (bool, error) {
				if !r.acts(ctx) {
					return false, nil
				}
				_, err := r.Sweeper.Sweep(ctx)
				return false, err
			})
		}
		r.loop(ctx, "orphans", orphansEvery, nil, func(ctx context.Context) (bool, error) {
			if !r.acts(ctx) {
				return false, nil
			}
			return false, r.seekOrphans(ctx)
		})
		r.loop(ctx, "resume", r.Tick, r.wakeResume, func(ctx context.Context) (bool, error) { return false, r.resumeParked(ctx) })
		r.loop(ctx, "costs", foldEvery, nil, func(ctx context.Context) (bool, error) {
			n, err := r.Store.FoldMessageCosts(ctx, foldBatch)
			return n >= foldBatch, err
		})
		if r.Templates != nil {
			r.loop(ctx, "templates", templatesLook, r.wakeTemplates, func(ctx context.Context) (bool, error) {
				if !r.acts(ctx) {
					return false, nil
				}
				return false, r.syncTemplatesDue(ctx)
			})
		}
		if r.Standings != nil {
			r.loop(ctx, "standings", standingsLook, r.wakeStandings, func(ctx context.Context) (bool, error) {
				if !r.acts(ctx) {
					return false, nil
				}
				return false, r.askStandingsDue(ctx)
			})
		}
		r.loop(ctx, "tick", r.Tick, nil, func(ctx context.Context) (bool, error) { return false, r.TickOnce(ctx) })
	}
	if r.Worker && r.Watch != nil {
		r.loop(ctx, "watch", watchEvery, nil, func(ctx context.Context) (bool, error) { return false, r.watchOnce(ctx) })
	}
	if r.Worker {
		r.done.Go(func() { r.runWorker(ctx) })
	}
	return nil
}

// acts waits until this process may act on the outside: it is known whether the
// database is an older copy. False when ctx ended first.
func (r *Runtime) acts(ctx context.Context) bool {
	select {
	case <-r.mayAct:
		return true
	case <-ctx.Done():
		return false
	}
}

// loop runs work until ctx ends: again at once while it says there is more,
// else when woken or after pause. An error backs off, because it means the
// database is away, but not far: whoever waits is caught up with soon after.
func (r *Runtime) loop(ctx context.Context, name string, pause time.Duration, wake <-chan struct{}, work func(context.Context) (more bool, err error)) {
	r.done.Go(func() {
		failures := 0
		for ctx.Err() == nil {
			more, err := work(ctx)
			wait := pause
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				failures++
				wait = backoff(failures, pause, 5*time.Second)
				r.Logger.ErrorContext(ctx, "a loop of the runtime failed and goes on", "loop", name, "failures", failures, "retry_in", wait, "error", err)
			case more:
				failures = 0
				continue
			default:
				failures = 0
			}
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
			case <-wake:
			case <-timer.C:
			}
			timer.Stop()
		}
	})
}

// Stop ends the loops and the worker, letting running tasks finish for up to
// Config.StopTimeout or until ctx ends. What was not finished is taken over
// after its lease by whoever runs next.
func (r *Runtime) Stop(ctx context.Context) error {
	if r.stop == nil {
		return nil
	}
	r.direct.Store(false)
	r.stop()
	finished := make(chan struct{})
	go func() {
		r.done.Wait()
		r.events.wait()
		r.outbox.wait()
		r.marks.wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		return errors.New("stopping the runtime: some tasks were still running; they are taken over by the next process")
	}
}

// Wake makes the dispatcher and the outbox look at their tables now. It never
// blocks; calls that come together count once.
func (r *Runtime) Wake() {
	wake(r.wakeEvents)
	wake(r.wakeOutbox)
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// virtual is how much virtual time passes in a length of real time: leases and
// backoffs are real, the store's clock is virtual.
func (r *Runtime) virtual(real time.Duration) time.Duration {
	if speed := r.Clock.Anchor().Speed; speed != 0 {
		return time.Duration(float64(real) * speed)
	}
	return real
}

// backoff doubles from first up to limit: attempt 1 waits first.
func backoff(attempt int, first, limit time.Duration) time.Duration {
	d := first
	for i := 1; i < attempt && d < limit; i++ {
		d *= 2
	}
	return min(d, limit)
}

// keepFull claims as much as a pool has room for. It waits for room, not for
// the work: while one enrollment is slow to tell, the others go on.
func (r *Runtime) keepFull(ctx context.Context, p *pool, claim func(ctx context.Context, limit int) (int, error)) (more bool, err error) {
	room := p.room()
	for room == 0 {
		select {
		case <-ctx.Done():
			return false, nil
		case <-p.freed:
			room = p.room()
		}
	}
	n, err := claim(ctx, room)
	return n == room && err == nil, err
}

// fresh are the outbox items that a transaction of this process wrote for
// itself to deliver after the commit.
type fresh struct {
	items []engine.OutboxItem
	rest  bool // others were left for the loop to find
}

type freshKey struct{}

// inTx runs fn in one transaction. What it enqueued is delivered right after the
// commit, without looking for it in the table; the table is there for when this
// process dies in between, and for what could not be taken directly.
func (r *Runtime) inTx(ctx context.Context, fn func(ctx context.Context) error) error {
	mine := &fresh{}
	nested := r.Store.InTransaction(ctx)
	err := r.Store.InTx(ctx, func(ctx context.Context) error {
		mine.items, mine.rest = nil, false // the transaction may be a second attempt
		if !nested && r.direct.Load() {
			ctx = context.WithValue(ctx, freshKey{}, mine)
		}
		return fn(ctx)
	})
	if err != nil {
		return err
	}
	var away atomic.Bool
	for i := range mine.items {
		it := &mine.items[i]
		r.outbox.submit(string(it.EnrollmentID), func() { _ = r.flushLogged(it, &away) })
	}
	if mine.rest || nested || !r.direct.Load() {
		wake(r.wakeOutbox)
	}
	return nil
}

func isCode(err error, code engine.ErrorCode) bool {
	var e *engine.Error
	return errors.As(err, &e) && e.Code == code
}
