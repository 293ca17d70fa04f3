package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/activities/channel/smpp"
	webchatdriver "jornada/activities/channel/webchat"
	"jornada/activities/journal"
	"jornada/engine"
	"jornada/engine/api"
	"jornada/engine/auth"
	"jornada/engine/runtime"
	"jornada/engine/store"
	"jornada/engine/webchat"
	"jornada/ui"
	"jornada/workflows"
)

// parts are what a process is assembled from.
type parts struct {
	store       *store.Store
	temporal    client.Client
	watch       *runtime.Watch // hears what temporal logs
	namespace   string         // of temporal
	clock       engine.Clock
	log         *slog.Logger
	publicURL   string
	region      string
	egress      []netip.Prefix
	secrets     secrets
	worker      bool // run journeys here
	dispatch    bool // deliver events and the outbox here
	stickyCache int
	doubtAfter  time.Duration
	holdBinds   bool             // hold the SMPP binds here
	bindsAt     *smpp.Remote     // nil: no other process holds them
	calls       *journal.Journal // nil: calls are not noted
	pollers     int
	extra       map[string]channel.Constructor // the simulated network of `jornada dev`
	phone       func(*runtime.Runtime, *store.Store) api.DevPhone
	checks      []func(context.Context) api.Check
	local       bool // whoever opens the editor on this machine is let in
}

// process is an assembled Jornada.
type process struct {
	parts
	runtime *runtime.Runtime
	auth    *auth.Service
	people  *auth.People
	api     http.Handler
	folder  *api.Publisher
	binds   *smpp.Exchange // nil: none are held here
	chat    *webchat.Chat

	drain    func() // lets no new call to the outside begin
	stopping sync.Once
}

// assemble puts the implementations together. It is the one place where the
// store, the providers, the runtime, the activities and the API meet.
func assemble(o parts) (*process, error) {
	p := &process{parts: o}
	var gateway smpp.Gateway
	switch {
	case o.holdBinds:
		p.binds = smpp.NewExchange(smpp.ExchangeConfig{
			Integrations: o.store.Integrations, Clock: o.clock, Log: o.log,
			Deliver: func(ctx context.Context, events []engine.InboundEvent) error { return p.runtime.Deliver(ctx, events) },
		})
		gateway = p.binds
	case o.bindsAt != nil:
		gateway = o.bindsAt
	}
	bell := webchatdriver.NewBell()
	known := kinds(gateway, bell)
	drivers := maps.Clone(o.extra)
	if drivers == nil {
		drivers = map[string]channel.Constructor{}
	}
	for name, kind := range known {
		if drivers[name] == nil {
			drivers[name] = kind.New
		}
	}
	registry := channel.NewRegistry(drivers, o.store, o.clock, func(id engine.IntegrationID) string {
		return strings.TrimRight(o.publicURL, "/") + "/webhooks/" + string(id)
	})
	plans := runtime.NewPlans(o.store)
	prices := activities.NewPrices(o.store, o.clock, o.log)
	// The runtime and the activities need each other; activities run only after
	// Start, when the variable is set.
	acts, err := activities.New(activities.Config{
		Store: o.store, Plans: plans, Channels: registry, Clock: o.clock,
		Enroller:         lateEnroller{p},
		EncodeChildEnded: runtime.EncodeChildEnded,
		ContactChanged:   func(ctx context.Context, id engine.ContactID) error { return p.runtime.ContactChanged(ctx, id) },
		Wake:             func() { p.runtime.Wake() },
		Raise: func(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) (bool, error) {
			return p.runtime.Raise(ctx, id, u)
		},
		Settled: func(ctx context.Context, id engine.MessageID) error { return p.runtime.Settled(ctx, id) },
		TemplateRefused: func(ctx context.Context, m *engine.Message, code, words string) error {
			return p.runtime.TemplateRefused(ctx, m, code, words)
		},
		Prices:          prices,
		Secrets:         o.secrets,
		AllowEgress:     o.egress,
		PublicURL:       o.publicURL,
		DoubtAfter:      o.doubtAfter,
		Calls:           o.calls,
		UnsubscribeKeys: o.store.UnsubscribeKeys,
		MailKeys:        o.store.MailKeys,
		Paced:           func(what string) { p.runtime.Metrics.Paced(what) },
		Logger:          o.log,
	})
	if err != nil {
		return nil, err
	}
	p.drain = acts.Drain
	journeys := &workflows.Journeys{Plans: plans}
	p.runtime, err = runtime.New(runtime.Config{
		Client: o.temporal, Store: o.store, Clock: o.clock, Logger: o.log,
		Classify: registry.Classify,
		Slows:    registry.Slows,
		MarkRead: registry.MarkRead,
		Worker:   o.worker,
		Register: func(r worker.Registry) {
			journeys.Register(r)
			registerActivities(r, acts)
		},
		Sweeper:   acts,
		Costs:     prices,
		Templates: registry,
		Standings: registry,
		Watch:     o.watch,
		Epochs:    runtime.NewTemporalEpochs(o.temporal, o.namespace),
		Resend:    acts.Resend,
		InPlace:   acts.InPlace,
		Dispatch:  o.dispatch,
		Pollers:   o.pollers, StickyCache: o.stickyCache,
	})
	if err != nil {
		return nil, err
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics.MustRegister(p.runtime.Metrics.Collectors()...)
	p.auth = auth.New(auth.Config{Store: o.store, Clock: engine.NewClock(engine.Anchor{}, time.Now), Logger: o.log})
	p.people = auth.NewPeople(auth.PeopleConfig{Store: o.store, Clock: engine.NewClock(engine.Anchor{}, time.Now), Logger: o.log})
	p.folder = api.NewPublisher(o.store, o.clock)
	deps := api.Deps{
		Store: o.store, Auth: p.auth, People: p.people, Local: o.local, Runtime: apiRuntime{p.runtime}, Providers: registry, Kinds: known, Simulator: apiSimulator{},
		Clock: o.clock, Logger: o.log, PublicURL: o.publicURL, Region: o.region, Metrics: metrics, Checks: o.checks,
		Version: version(), Pages: ui.Dist(),
	}
	if o.phone != nil {
		deps.Phone = o.phone(p.runtime, o.store)
	}
	p.chat = webchat.New(webchat.Config{
		Store: o.store, Clock: o.clock, Bell: bell, Logger: o.log,
		Deliver: func(ctx context.Context, events []engine.InboundEvent) error { return p.runtime.Deliver(ctx, events) },
	})
	mux := http.NewServeMux()
	mux.Handle("/webchat/", p.chat)
	mux.Handle("/", api.New(deps))
	p.api = mux
	return p, nil
}

// registerActivities gives every activity the literal name that histories
// remember.
func registerActivities(r worker.Registry, a *activities.Activities) {
	for name, f := range map[string]any{
		workflows.ActivityEvaluate:      a.Evaluate,
		workflows.ActivitySendMessage:   a.SendMessage,
		workflows.ActivityOpenWait:      a.OpenWait,
		workflows.ActivityCloseWait:     a.CloseWait,
		workflows.ActivityCall:          a.Call,
		workflows.ActivityUpdateContact: a.UpdateContact,
		workflows.ActivityEmitEvent:     a.EmitEvent,
		workflows.ActivityOpenHandoff:   a.OpenHandoff,
		workflows.ActivityCancelHandoff: a.CancelHandoff,
		workflows.ActivityEnrollChild:   a.EnrollChild,
		workflows.ActivityAssignVariant: a.AssignVariant,
		workflows.ActivityRecord:        a.Record,
		workflows.ActivityEnd:           a.End,
	} {
		r.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
}

// bind opens the SMPP binds that this process holds, if it does.
func (p *process) bind(ctx context.Context) {
	if p.binds != nil {
		p.binds.Start(ctx)
	}
}

// stop lets running tasks finish.
//
// The order makes a restart cost nothing: first no new call to a provider begins
// and no new work is taken, while open requests are still answered; then what is
// under way ends and is written down; only then may the caller close the database
// and Temporal's client. It is done once, and everybody who asks waits for it.
func (p *process) stop(log *slog.Logger) {
	p.stopping.Do(func() {
		p.drain()
		ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		if err := p.runtime.Stop(ctx); err != nil {
			log.Warn("stopping took too long", "error", err)
		}
		if p.binds != nil { // the last call may have needed it
			p.binds.Stop()
		}
	})
}

// stopWhenAsked begins to stop as soon as ctx ends, beside the requests that are
// still answered.
func (p *process) stopWhenAsked(ctx context.Context, log *slog.Logger) {
	context.AfterFunc(ctx, func() {
		p.chat.Close() // pages that wait for news would keep the server
		p.stop(log)
	})
}

// stopWithin bounds a stop: above the longest call to a provider with the time to
// write its outcome down.
const stopWithin = 17 * time.Second

// connection is a client of Temporal with what belongs to it.
type connection struct {
	client    client.Client
	watch     *runtime.Watch
	namespace string
}

// dialTemporal makes a client that encrypts every payload. It does not wait for
// the server: one that is away is said on /readyz.
func dialTemporal(hostPort, namespace string, keys runtime.KeySource, log *slog.Logger) (client.Client, *runtime.Watch, error) {
	watch := runtime.NewWatch()
	o := runtime.ClientOptions(client.Options{HostPort: hostPort, Namespace: namespace, Logger: watch.Logger(quiet{sdklog.NewStructuredLogger(log)})}, keys)
	c, err := client.NewLazyClient(o)
	if err != nil {
		return nil, nil, fmt.Errorf("--temporal %s: %w", hostPort, err)
	}
	return c, watch, nil
}

// quiet keeps Temporal's own news out of the operator's log unless something is wrong.
type quiet struct{ sdklog.Logger }

func (q quiet) Info(msg string, kv ...any) { q.Logger.Debug(msg, kv...) }

// lateEnroller is the runtime before it exists.
type lateEnroller struct{ p *process }

func (l lateEnroller) EnrollChild(ctx context.Context, req activities.ChildRequest) (activities.ChildResult, error) {
	return l.p.runtime.EnrollChild(ctx, req)
}

// secrets are what `secrets.name` offers to call steps: JORNADA_SECRET_NAME.
type secrets map[string]any

const secretPrefix = "JORNADA_SECRET_"

func secretsFrom(environ []string) secrets {
	s := secrets{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if rest, ok := strings.CutPrefix(name, secretPrefix); ok && rest != "" {
			s[strings.ToLower(rest)] = value
		}
	}
	return s
}

// Secrets implements activities.Secrets.
func (s secrets) Secrets(context.Context) (map[string]any, error) { return s, nil }
