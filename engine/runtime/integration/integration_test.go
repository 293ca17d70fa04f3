package integration

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/activities/channel/fake"
	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/devserver"
	"jornada/engine/runtime"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
	"jornada/workflows"
)

const journey = `dsl: 1
journey: hello
category: utility
locale: pt-BR
timezone: America/Sao_Paulo
inputs: {note: string}
triggers: [{inbound: whatsapp, keywords: [agendar], with: {note: "{{ trigger.text ?? '' }}"}}, {api: true}]
steps:
  - id: ask_time
    ask:
      whatsapp: {text: "Oi {{ contact.first_name }}, que horas? {{ inputs.note }}", closed: {template: hello, params: {name: "{{ contact.first_name }}"}}}
      accept: text
      timeout: 1h
    branches: {answered: [], timeout: [{id: silent, exit: silent}]}
  - id: thanks
    send: {whatsapp: {text: "Anotado: {{ steps.ask_time.text }}", closed: {template: hello, params: {name: "{{ contact.first_name }}"}}}}
    branches: {undelivered: []}
  - {id: done, exit: done}
`

const workspace = `workspace: test
timezone: America/Sao_Paulo
contact: {first_name: string}
`

const lock = `lock: 1
synced_at: "2026-01-01T00:00:00Z"
templates:
  - {name: hello, channel: whatsapp, language: pt_BR, category: utility, status: approved, params: [name], body: "Oi {{name}}"}
`

// The canaries must never be found in Temporal.
const (
	canaryPhone = "5511987654321"
	canaryName  = "Zuleica"
	canaryText  = "quinta-canario"
)

type rig struct {
	*testing.T
	ctx     context.Context
	db      *store.Store
	rt      *runtime.Runtime
	client  client.Client
	network *fake.Network
	server  *devserver.Server
	clock   *engine.AnchoredClock

	breakPlan func(hash engine.VersionHash, p *dsl.Plan) (*dsl.Plan, error) // a mistake in the program, met by one version
	breakSend func(in activities.SendInput)                                 // …by one message
	breakKeys func(id string) error                                         // what holds the data keys is away
}

// keysOf are the rig's data keys, as Temporal's client and worker ask for them.
type keysOf struct{ rig *rig }

// DataKey implements runtime.KeySource.
func (k keysOf) DataKey(ctx context.Context, id string) ([]byte, error) {
	if k.rig.breakKeys != nil {
		if err := k.rig.breakKeys(id); err != nil {
			return nil, err
		}
	}
	return k.rig.db.DataKey(ctx, id)
}

// breaking is a source of plans with mistakes.
type breaking struct {
	plans workflows.PlanSource
	rig   *rig
}

func (b breaking) Plan(hash engine.VersionHash) (*dsl.Plan, error) {
	p, err := b.plans.Plan(hash)
	if err != nil || b.rig.breakPlan == nil {
		return p, err
	}
	return b.rig.breakPlan(hash, p)
}

func newRig(t *testing.T, open storetest.Open) *rig {
	r := &rig{T: t, ctx: t.Context()}
	clock := engine.NewClock(engine.Anchor{}, time.Now)
	r.clock = clock
	r.db = open(t, store.Options{Clock: clock})
	var err error
	r.server, err = devserver.Start(r.ctx, devserver.Options{Memory: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.server.Stop()) })
	watch := runtime.NewWatch()
	r.client, err = client.NewLazyClient(runtime.ClientOptions(client.Options{
		HostPort: r.server.HostPort(), Namespace: r.server.Namespace(), Logger: watch.Logger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))),
	}, keysOf{r}))
	require.NoError(t, err)
	t.Cleanup(r.client.Close)
	r.network = fake.New(fake.Config{Clock: clock, OnEvents: func(events []engine.InboundEvent) {
		if err := r.rt.Deliver(context.WithoutCancel(r.ctx), events); err != nil && r.ctx.Err() == nil {
			t.Error(err)
		}
	}, After: func(_ time.Duration, f func()) { go f() }})
	registry := channel.NewRegistry(map[string]channel.Constructor{"fake": r.network.Open}, r.db, clock, func(engine.IntegrationID) string { return "" })
	plans := runtime.NewPlans(r.db)
	acts, err := activities.New(activities.Config{
		Store: r.db, Plans: plans, Channels: registry, Clock: clock, EncodeChildEnded: runtime.EncodeChildEnded,
		Wake: func() { r.rt.Wake() },
	})
	require.NoError(t, err)
	r.rt, err = runtime.New(runtime.Config{
		Client: r.client, Store: r.db, Clock: clock, Logger: slog.New(slog.DiscardHandler), Plans: plans, Classify: registry.Classify,
		Worker: true, Dispatch: true, Sweeper: acts, Watch: watch, Poll: 50 * time.Millisecond, StopTimeout: 2 * time.Second,
		Register: func(w worker.Registry) {
			(&workflows.Journeys{Plans: breaking{plans, r}}).Register(w)
			for name, f := range map[string]any{
				workflows.ActivityEvaluate: acts.Evaluate, workflows.ActivitySendMessage: func(ctx context.Context, in activities.SendInput) (activities.SendResult, error) {
					if r.breakSend != nil {
						r.breakSend(in)
					}
					return acts.SendMessage(ctx, in)
				}, workflows.ActivityOpenWait: acts.OpenWait,
				workflows.ActivityCloseWait: acts.CloseWait, workflows.ActivityRecord: acts.Record, workflows.ActivityEnd: acts.End,
			} {
				w.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
			}
		},
	})
	require.NoError(t, err)
	require.NoError(t, r.rt.Start(r.ctx))
	t.Cleanup(func() { require.NoError(t, r.rt.Stop(context.Background())) })

	_, err = r.db.PutIntegration(r.ctx, &engine.Integration{ID: "wa", Provider: "fake", Channel: engine.WhatsApp, Settings: map[string]string{}, State: engine.Enabled, Default: true})
	require.NoError(t, err)
	folder, findings := dsl.Load([]dsl.File{
		{Path: "hello.journey.yaml", Content: []byte(journey)}, {Path: "workspace.yaml", Content: []byte(workspace)}, {Path: "templates.lock.yaml", Content: []byte(lock)},
	})
	require.NotNil(t, folder.Plans["hello"], "%v", findings)
	require.NoError(t, r.db.PutWorkspaceFiles(r.ctx, map[string]string{"workspace.yaml": workspace, "templates.lock.yaml": lock}))
	plan := folder.Plans["hello"]
	_, _, err = r.db.Publish(r.ctx, &engine.Version{Journey: "hello", Hash: engine.VersionHash(plan.Hash), FlowHash: plan.FlowHash, CopyHash: plan.CopyHash, Source: journey, Plan: plan})
	require.NoError(t, err)
	_, err = r.db.PutContact(r.ctx, &engine.Contact{ID: "ana", Attributes: map[string]any{"first_name": canaryName},
		Addresses: []engine.Address{{Kind: engine.Phone, Value: "+" + canaryPhone}}, OptIn: map[engine.Channel]bool{engine.WhatsApp: true}})
	require.NoError(t, err)
	return r
}

// until waits for something that happens in other goroutines and processes.
func (r *rig) until(what string, ok func() bool) {
	r.Helper()
	require.Eventually(r, ok, time.Minute, 2*time.Millisecond, what) // the race detector and a busy machine need it
}

func (r *rig) asked(n int) {
	r.Helper()
	r.until("a message", func() bool {
		waits, err := r.db.OpenWaits(r.ctx, "ana", engine.WhatsApp)
		return err == nil && len(waits) > 0 && len(r.network.Outbox(fake.Filter{})) >= n
	})
}

func (r *rig) writes(text string) {
	r.Helper()
	_, err := r.network.Inbound(fake.Inbound{IntegrationID: "wa", Channel: engine.WhatsApp, Text: text,
		From: []engine.Address{{Kind: engine.WAID, Value: canaryPhone}}, ProfileName: canaryName})
	require.NoError(r, err)
}

func (r *rig) ended() engine.Enrollment {
	r.Helper()
	var e engine.Enrollment
	r.until("an ending", func() bool {
		list, _, err := r.db.Enrollments(r.ctx, engine.EnrollmentFilter{ContactID: "ana"})
		if err != nil || len(list) == 0 {
			return false
		}
		e = list[0]
		return e.EndedAt != nil
	})
	return e
}

// From a keyword to the end, and nothing personal in Temporal.
func TestAJourneyLeavesNothingPersonalInTemporal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open storetest.Open) {
		r := newRig(t, open)
		r.writes("agendar")
		r.asked(1)
		list, _, err := r.db.Enrollments(r.ctx, engine.EnrollmentFilter{ContactID: "ana"})
		require.NoError(t, err)
		require.Len(t, list, 1)
		id := list[0].ID
		var x *workflows.Explanation
		r.until("an explanation", func() bool { x, err = r.rt.Explain(r.ctx, id); return err == nil && len(x.CurrentSteps) == 1 })
		require.Equal(t, "ask_time", x.CurrentSteps[0].StepID)
		r.writes(canaryText)
		e := r.ended()
		require.Equal(t, engine.Exited, e.Status)
		require.Equal(t, "done", e.Outcome)
		sent := r.network.Outbox(fake.Filter{})
		require.Len(t, sent, 2)

		history := r.history(id)
		json, err := protojson.Marshal(history)
		require.NoError(t, err)
		wire, err := proto.Marshal(history)
		require.NoError(t, err)
		for _, canary := range []string{canaryPhone, canaryPhone[2:], canaryName, canaryText, "agendar", "\"ana\""} {
			require.NotContains(t, string(json), canary)
			require.NotContains(t, string(wire), canary)
		}
		c, err := r.db.Contact(r.ctx, "ana")
		require.NoError(t, err)
		require.Contains(t, string(wire), c.KeyID, "the opaque key id is what stands in its place")
		t.Logf("%d events", len(history.History.Events))

		require.NoError(t, r.rt.EraseContact(r.ctx, "ana"))
		_, err = r.rt.Explain(r.ctx, id)
		require.Error(t, err, "an erased contact's history is unreadable")
	})
}

func (r *rig) history(id engine.EnrollmentID) *workflowservice.GetWorkflowExecutionHistoryResponse {
	r.Helper()
	out := &workflowservice.GetWorkflowExecutionHistoryResponse{}
	r.until("a closed history", func() bool {
		d, err := r.client.DescribeWorkflowExecution(r.ctx, workflows.WorkflowID(id), "")
		return err == nil && d.WorkflowExecutionInfo.Status == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	})
	resp, err := r.client.WorkflowService().GetWorkflowExecutionHistory(r.ctx, &workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace: r.server.Namespace(), Execution: execution(workflows.WorkflowID(id)),
	})
	require.NoError(r, err)
	out.History = resp.History
	return out
}

// Hundreds of replies at once: every question hears its own, once, and the next
// message follows at once.
func TestManyRepliesAtOnce(t *testing.T) {
	r := newRig(t, storetest.SQLite(t))
	const people = 60
	var wrong atomic.Int64
	ids := make([]engine.EnrollmentID, people)
	for i := range people {
		c := engine.ContactID(engine.NewID("c"))
		phone := 11900010010 + int64(i)*10
		_, err := r.db.PutContact(r.ctx, &engine.Contact{ID: c, Attributes: map[string]any{"first_name": "Demo"},
			Addresses: []engine.Address{{Kind: engine.Phone, Value: "+55" + itoa(phone)}}, OptIn: map[engine.Channel]bool{engine.WhatsApp: true}})
		require.NoError(t, err)
		res, err := r.rt.Enroll(r.ctx, runtime.EnrollRequest{JourneyID: "hello", ContactID: c, Inputs: map[string]any{"note": "n"}})
		require.NoError(t, err)
		ids[i] = res.EnrollmentID
	}
	r.until("all questions", func() bool { return len(r.network.Outbox(fake.Filter{})) == people })
	var g sync.WaitGroup
	began := time.Now()
	for i := range people {
		g.Go(func() {
			_, err := r.network.Inbound(fake.Inbound{IntegrationID: "wa", Channel: engine.WhatsApp, Text: "às nove",
				From: []engine.Address{{Kind: engine.WAID, Value: "55" + itoa(11900010010+int64(i)*10)}}})
			if err != nil {
				wrong.Add(1)
			}
		})
	}
	g.Wait()
	for _, id := range ids {
		r.until("the ending", func() bool {
			e, err := r.db.Enrollment(r.ctx, id)
			return err == nil && e.EndedAt != nil
		})
	}
	t.Logf("%d replies answered in %v", people, time.Since(began))
	require.Zero(t, wrong.Load())
	require.Len(t, r.network.Outbox(fake.Filter{}), 2*people)
}

func execution(id string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: id}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
