package simulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/activities/channel/fake"
	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/runtime"
	"jornada/workflows"
)

// ErrTooLong is the end of a scenario that takes more steps than it may.
var ErrTooLong = errors.New("the scenario takes more steps than it may")

// Config makes a Bench. Open and Folder are required.
type Config struct {
	// Open makes an empty, migrated database on a clock: in memory, best.
	Open func(ctx context.Context, clock engine.Clock) (Store, error)
	// Folder is the checked workspace.
	Folder *dsl.Folder
	// MostSteps is how many things the journey may do in one scenario before it is
	// given up with ErrTooLong; 0: as many as in production.
	MostSteps int
}

// Bench plays scenarios of one workspace, one at a time. What one scenario leaves
// in the database concerns nobody else: every one has a contact and an
// enrollment of its own.
type Bench struct {
	open     func(ctx context.Context, clock engine.Clock) (Store, error)
	folder   *dsl.Folder
	most     int // activities of one scenario; 0: any
	clock    engine.Clock
	store    *ledger
	network  *fake.Network
	runtime  *runtime.Runtime
	acts     *activities.Activities
	journeys *workflows.Journeys
	stage    *stage
	play     *play           // the scenario under way
	live     string          // the journey that takes enrollments
	taken    map[string]bool // ids and addresses of the contacts so far
}

// NewBench opens the database and puts the parts together.
func NewBench(ctx context.Context, c Config) (*Bench, error) {
	b := &Bench{folder: c.Folder, most: c.MostSteps, stage: &stage{}, open: c.Open}
	b.begin(time.Unix(0, 0))
	b.clock = engine.NewClock(engine.Anchor{}, func() time.Time { return b.stage.env.Now() })
	b.store = &ledger{}
	if err := b.assemble(); err != nil {
		return nil, err
	}
	if err := b.renew(ctx); err != nil {
		return nil, err
	}
	return b, nil
}

// Close forgets the database.
func (b *Bench) Close() error {
	if b.store.Store == nil {
		return nil
	}
	return b.store.Store.Close()
}

// renew begins with an empty database.
func (b *Bench) renew(ctx context.Context) error {
	if err := b.Close(); err != nil {
		return fmt.Errorf("closing the simulator's database: %w", err)
	}
	db, err := b.open(ctx, b.clock)
	if err != nil {
		return fmt.Errorf("opening the simulator's database: %w", err)
	}
	b.store.Store, b.taken, b.live = db, map[string]bool{}, ""
	b.store.memory.clear()
	for _, ch := range engine.Channels() {
		_, err := b.store.PutIntegration(ctx, &engine.Integration{
			ID: engine.IntegrationID(ch), Provider: "fake", Channel: ch, Settings: map[string]string{}, State: engine.Enabled, Default: true,
		})
		if err != nil {
			return fmt.Errorf("making the channel %s: %w", ch, err)
		}
	}
	return nil
}

func (b *Bench) assemble() error {
	b.network = fake.New(fake.Config{
		Clock:    b.clock,
		OnEvents: func(events []engine.InboundEvent) { b.play.happened = append(b.play.happened, events...) },
		After:    func(time.Duration, func()) {}, // the play reports on messages itself
	})
	registry := channel.NewRegistry(map[string]channel.Constructor{"fake": b.line}, b.store, b.clock, func(engine.IntegrationID) string { return "" })
	known := plans{}
	for _, p := range b.folder.Plans {
		known[engine.VersionHash(p.Hash)] = p
	}
	shared := runtime.NewPlans(known)
	b.journeys = &workflows.Journeys{Plans: shared}
	var err error
	b.acts, err = activities.New(activities.Config{
		Store: b.store, Plans: shared, Channels: registry, Clock: b.clock,
		Enroller: enroller{b}, EncodeChildEnded: runtime.EncodeChildEnded, Transport: callee{b},
		ContactChanged: func(ctx context.Context, id engine.ContactID) error { return b.runtime.ContactChanged(ctx, id) },
		Raise: func(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) (bool, error) {
			return b.runtime.Raise(ctx, id, u)
		},
		Secrets: secrets{b},
	})
	if err != nil {
		return fmt.Errorf("making the simulator's activities: %w", err)
	}
	b.runtime, err = runtime.New(runtime.Config{
		Client: b.stage, Store: b.store, Clock: b.clock, Plans: shared, Classify: registry.Classify, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return fmt.Errorf("making the simulator's runtime: %w", err)
	}
	return nil
}

// begin makes a fresh Temporal at a moment.
func (b *Bench) begin(at time.Time) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	*b.stage = stage{env: suite.NewTestWorkflowEnvironment(), busy: &busy{}}
	b.stage.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{b.stage.busy}})
	b.stage.env.SetStartTime(at)
	b.stage.env.SetTestTimeout(time.Minute) // of real time without anything to do: a mistake of ours
}

// publish makes one journey the only one that takes enrollments: what a scenario
// starts beside its own journey is none of its business.
func (b *Bench) publish(ctx context.Context, plan *dsl.Plan) error {
	if b.live == plan.Journey {
		return nil
	}
	if b.live != "" {
		if err := b.store.SetJourneyPaused(ctx, engine.JourneyID(b.live), true); err != nil {
			return fmt.Errorf("putting journey %q away: %w", b.live, err)
		}
	}
	_, _, err := b.store.Publish(ctx, &engine.Version{
		Journey: engine.JourneyID(plan.Journey), Hash: engine.VersionHash(plan.Hash), FlowHash: plan.FlowHash, CopyHash: plan.CopyHash, Plan: plan,
	})
	if err == nil {
		err = b.store.SetJourneyPaused(ctx, engine.JourneyID(plan.Journey), false)
	}
	if err != nil {
		return fmt.Errorf("publishing journey %q: %w", plan.Journey, err)
	}
	b.live = plan.Journey
	b.store.memory.clear()
	return nil
}

// register gives the environment the interpreter and its activities, with an ear
// at those that others notice.
func (b *Bench) register() {
	b.journeys.Register(b.stage.env)
	for name, f := range map[string]any{
		workflows.ActivityEvaluate:      b.acts.Evaluate,
		workflows.ActivitySendMessage:   b.sendMessage,
		workflows.ActivityOpenWait:      b.acts.OpenWait,
		workflows.ActivityCloseWait:     b.acts.CloseWait,
		workflows.ActivityCall:          b.call,
		workflows.ActivityUpdateContact: b.updateContact,
		workflows.ActivityEmitEvent:     b.emitEvent,
		workflows.ActivityOpenHandoff:   b.openHandoff,
		workflows.ActivityCancelHandoff: b.acts.CancelHandoff,
		workflows.ActivityEnrollChild:   b.acts.EnrollChild,
		workflows.ActivityAssignVariant: b.acts.AssignVariant,
		workflows.ActivityRecord:        b.acts.Record,
		workflows.ActivityEnd:           b.acts.End,
	} {
		b.stage.env.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
	// A sub-journey that takes too long is told to end; nobody is there to hear it.
	const anything = "mock.Anything"
	b.stage.env.OnSignalExternalWorkflow(anything, anything, anything, anything, anything).Return(nil).Maybe()
	b.stage.env.SetOnLocalActivityCompletedListener(func(*activity.Info, converter.EncodedValue, error) {
		b.stage.busy.done()
		b.play.count()
		b.play.look()
	})
}
