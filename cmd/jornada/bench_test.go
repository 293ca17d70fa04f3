package main

import (
	"context"
	"fmt"
	"os"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"jornada/activities/channel"
	"jornada/engine"
	"jornada/engine/runtime"
	"jornada/workflows"
)

// benchWorkspace holds two journeys: the question with its answer (two
// messages), and the same with a greeting before it (three).
var benchWorkspace = map[string]string{
	"workspace.yaml": `workspace: bench
timezone: America/Sao_Paulo
contact: {first_name: string}
`,
	"templates.lock.yaml": `lock: 1
synced_at: "2026-11-20T12:00:00Z"
templates:
  - {name: hello, channel: whatsapp, language: pt_BR, category: utility, status: approved, params: [name], body: "Bom dia, {{name}}!"}
  - {name: question, channel: whatsapp, language: pt_BR, category: utility, status: approved, params: [name], buttons: [Sim, Não], body: "Olá {{name}}, tudo certo para a consulta?"}
  - {name: silence, channel: whatsapp, language: pt_BR, category: utility, status: approved, params: [], body: "Não tivemos a sua resposta."}
`,
	"question.journey.yaml": benchJourney("question", ""),
	"greeted.journey.yaml": benchJourney("greeted", `  - {id: hello, send: {whatsapp: {template: hello, params: {name: "{{ contact.first_name }}"}}}}
`),
}

func benchJourney(id, before string) string {
	return `dsl: 1
journey: ` + id + `
category: utility
timezone: America/Sao_Paulo
triggers: [{api: true}]
entry: {overlap: allow}
steps:
` + before + `  - id: ok
    ask:
      whatsapp: {template: question, params: {name: "{{ contact.first_name }}"}}
      options: [{id: "yes", title: Sim}, {id: "no", title: Não}]
      timeout: 1d
    branches:
      "yes": [{id: deal, send: {whatsapp: {text: "Combinado!"}}}]
      "no": [{id: bye, send: {whatsapp: {text: "Tudo bem, até a próxima."}}}]
      otherwise: [{id: silence, send: {whatsapp: {template: silence}}}]
`
}

// BenchmarkAgainstHandwritten prints one table: the interpreted journey, with
// the ledger that keeps it from sending twice, beside the same journey written
// by hand without one. Machines differ and are noisy: read the ratios.
func BenchmarkAgainstHandwritten(b *testing.B) {
	for b.Loop() {
		var rows []benchRow
		var idle []parked
		for _, on := range []backend{onSQLite, onPostgres} {
			if only := os.Getenv("JORNADA_BENCH_BACKEND"); only != "" && only != string(on) {
				continue
			}
			more, p := benchOn(b, on)
			rows, idle = append(rows, more...), append(idle, p)
		}
		printBench(rows, idle)
	}
}

func phoneOf(i int) string { return fmt.Sprintf("+5511%09d", 900100000+i*10+5) }

type benchRow struct {
	on            backend
	shape         string // question | greeted
	by            string // hand | jornada
	perSecond     float64
	events        int
	actions       int
	cpuPerJourney time.Duration
	replyP50, P99 time.Duration
}

// parked is what a thousand people cost who wait for an answer.
type parked struct {
	on       backend
	ready    time.Duration // from nothing to ready
	memory   float64       // MB per 1,000, worker and embedded server together
	database float64       // MB per 1,000, Jornada's and Temporal's together
}

const (
	benchJourneys = 300
	benchAtOnce   = 100
	benchRounds   = 4
)

func benchOn(b *testing.B, on backend) ([]benchRow, parked) {
	began := time.Now()
	net := &instant{taken: map[engine.ContactID]chan string{}}
	r := newRig(b, on, rigOptions{conns: 16, drivers: map[string]channel.Constructor{"fake": net.open}})
	ready := time.Since(began)
	r.publishFiles(benchWorkspace)
	for i := range benchJourneys {
		r.ok("PUT", fmt.Sprintf("/api/v1/contacts/bench-%d", i), fmt.Sprintf(
			`{"attributes":{"first_name":"Demo"},"addresses":{"phone":%q},"opt_in":{"whatsapp":true}}`, phoneOf(i)))
	}
	hand := newHandWorker(b, r)
	var rows []benchRow
	for _, shape := range []string{"question", "greeted"} {
		// Alternate, and take turns at being first, so that a slow minute of the
		// machine hurts both.
		var byHand, asYAML []benchRun
		for round := range benchRounds {
			for turn := range 2 {
				if (round+turn)%2 == 0 {
					byHand = append(byHand, hand.run(b, shape, benchJourneys/2))
				} else {
					asYAML = append(asYAML, r.runJourneys(b, net, shape, benchJourneys/2))
				}
			}
		}
		rows = append(rows, mean(on, shape, "hand", byHand...), mean(on, shape, "jornada", asYAML...))
	}
	p := r.park(b, net)
	p.on, p.ready = on, ready
	return rows, p
}

const benchParked = 500

// park leaves people waiting for an answer and weighs them.
func (r *rig) park(b *testing.B, net *instant) parked {
	heap := func() float64 {
		goruntime.GC()
		goruntime.GC()
		var m goruntime.MemStats
		goruntime.ReadMemStats(&m)
		return float64(m.HeapInuse) / 1e6
	}
	memory, database := heap(), r.databaseMB(b)
	atOnce(benchParked, func(i int) {
		i %= benchJourneys
		res, err := r.process.runtime.Enroll(r.ctx, runtime.EnrollRequest{JourneyID: "question", ContactID: engine.ContactID(fmt.Sprintf("bench-%d", i)), Trigger: engine.TriggerRecord{Kind: "api"}})
		require.NoError(b, err)
		require.Empty(b, res.Skipped)
		<-net.of(phoneOf(i))
	})
	const scale = 1000.0 / benchParked
	return parked{memory: (heap() - memory) * scale, database: (r.databaseMB(b) - database) * scale}
}

// instant is a provider that takes every message at once and says so to whoever
// waits for it, so that nobody has to poll.
type instant struct {
	mu    sync.Mutex
	n     int
	taken map[engine.ContactID]chan string // by the number's last digits
}

func (i *instant) open(channel.Settings) (channel.Provider, error) { return instantProvider{i}, nil }

func (i *instant) of(phone string) chan string {
	i.mu.Lock()
	defer i.mu.Unlock()
	c := i.taken[engine.ContactID(phone)]
	if c == nil {
		c = make(chan string, 8)
		i.taken[engine.ContactID(phone)] = c
	}
	return c
}

type instantProvider struct{ *instant }

func (i instantProvider) Send(_ context.Context, out channel.Outbound) (channel.Receipt, error) {
	i.mu.Lock()
	i.n++
	id := fmt.Sprintf("instant-%d", i.n)
	i.mu.Unlock()
	i.of(out.To.Value) <- out.Content.Text
	return channel.Receipt{ProviderID: id}, nil
}

func (instantProvider) Capabilities() channel.Capabilities {
	return channel.Capabilities{Idempotency: channel.EchoesRef, ServiceWindow: true, Buttons: 3, ButtonTitle: 20, ListRows: 10, ListTitle: 24, TextMax: 4096, InteractiveMax: 1024, Media: true, ReportsStatus: true}
}

func (instantProvider) Receive(channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	return nil, channel.Response{Status: 200}, nil
}

type benchRun struct {
	perSecond float64
	cpu       time.Duration
	events    int
	actions   int
	replies   []time.Duration
}

func mean(on backend, shape, by string, runs ...benchRun) benchRow {
	row := benchRow{on: on, shape: shape, by: by, events: runs[0].events, actions: runs[0].actions}
	var replies []time.Duration
	for _, r := range runs {
		row.perSecond += r.perSecond / float64(len(runs))
		row.cpuPerJourney += r.cpu / time.Duration(len(runs))
		replies = append(replies, r.replies...)
	}
	slices.Sort(replies)
	if n := len(replies); n > 0 {
		row.replyP50, row.P99 = replies[n/2], replies[n*99/100]
	}
	return row
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// atOnce runs work for 0..n-1, a bounded number beside each other.
func atOnce(n int, work func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, benchAtOnce)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			work(i)
		})
	}
	wg.Wait()
}

// handWorker runs the hand-written journey on the same server.
type handWorker struct {
	client client.Client
	queue  string
	runs   int
	mu     sync.Mutex
	sent   map[string]chan string
}

func newHandWorker(b *testing.B, r *rig) *handWorker {
	h := &handWorker{client: r.temporal, queue: "by-hand", sent: map[string]chan string{}}
	w := worker.New(r.temporal, h.queue, worker.Options{MaxConcurrentWorkflowTaskPollers: 4, MaxConcurrentActivityTaskPollers: 4})
	w.RegisterWorkflowWithOptions(byHandJourney, workflow.RegisterOptions{Name: "ByHand"})
	w.RegisterActivity(&byHand{send: func(_ context.Context, m byHandMessage) (string, error) {
		h.mu.Lock()
		c := h.sent[m.To]
		h.mu.Unlock()
		c <- m.Text
		return "id", nil
	}})
	require.NoError(b, w.Start())
	b.Cleanup(w.Stop)
	return h
}

func (h *handWorker) run(b *testing.B, shape string, n int) benchRun {
	h.runs++
	var out benchRun
	var mu sync.Mutex
	cpu, began := cpuTime(), time.Now()
	ctx := runtime.WithKeyID(context.Background(), "workspace") // encrypted alike
	atOnce(n, func(i int) {
		phone := fmt.Sprintf("%d-%d", h.runs, i)
		sent := make(chan string, 4)
		h.mu.Lock()
		h.sent[phone] = sent
		h.mu.Unlock()
		run, err := h.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "by-hand/" + phone, TaskQueue: h.queue, EnableEagerStart: true}, "ByHand",
			byHandInput{Name: "Demo", Phone: phone, Greet: shape == "greeted"})
		require.NoError(b, err)
		<-sent
		if shape == "greeted" {
			<-sent
		}
		asked := time.Now()
		require.NoError(b, h.client.SignalWorkflow(ctx, run.GetID(), "", "reply", "yes"))
		<-sent
		took := time.Since(asked)
		require.NoError(b, run.Get(ctx, nil))
		mu.Lock()
		out.replies = append(out.replies, took)
		mu.Unlock()
	})
	out.perSecond = float64(n) / time.Since(began).Seconds()
	out.cpu = (cpuTime() - cpu) / time.Duration(n)
	out.events, out.actions = countEvents(b, h.client, fmt.Sprintf("by-hand/%d-0", h.runs))
	return out
}

// runJourneys drives the interpreted journey through the doors its users have:
// the API's enrollment, the provider's inbound message.
func (r *rig) runJourneys(b *testing.B, net *instant, shape string, n int) benchRun {
	var out benchRun
	var mu sync.Mutex
	var one string
	cpu, began := cpuTime(), time.Now()
	atOnce(n, func(i int) {
		contact := engine.ContactID(fmt.Sprintf("bench-%d", i))
		res, err := r.process.runtime.Enroll(r.ctx, runtime.EnrollRequest{JourneyID: engine.JourneyID(shape), ContactID: contact, Trigger: engine.TriggerRecord{Kind: "api"}})
		require.NoError(b, err)
		require.Empty(b, res.Skipped)
		sent := net.of(phoneOf(i))
		<-sent
		if shape == "greeted" {
			<-sent
		}
		asked := time.Now()
		require.NoError(b, r.process.runtime.Deliver(r.ctx, []engine.InboundEvent{{
			Key: "bench/" + string(res.EnrollmentID), Kind: engine.InboundMessage, IntegrationID: "demo_whatsapp", Channel: engine.WhatsApp, ContactID: contact,
			From: []engine.Address{{Kind: engine.Phone, Value: phoneOf(i)}},
			Message: &engine.IncomingMessage{
				ProviderID: "bench/" + string(res.EnrollmentID), Type: "button", Text: "Sim", OpensWindow: true,
				ReplyPayload: engine.Payload(res.EnrollmentID, "ok", 0, "yes"),
			},
		}}))
		<-sent
		took := time.Since(asked)
		require.NoError(b, r.temporal.GetWorkflow(r.ctx, workflows.WorkflowID(res.EnrollmentID), "").Get(r.ctx, nil))
		mu.Lock()
		out.replies = append(out.replies, took)
		if one == "" {
			one = workflows.WorkflowID(res.EnrollmentID)
		}
		mu.Unlock()
	})
	out.perSecond = float64(n) / time.Since(began).Seconds()
	out.cpu = (cpuTime() - cpu) / time.Duration(n)
	out.events, out.actions = countEvents(b, r.temporal, one)
	return out
}

// countEvents counts a history's events and what Temporal bills as actions: the
// start, each activity, timer, signal and child, and the local activities of
// one workflow task together.
func countEvents(b *testing.B, c client.Client, id string) (events, actions int) {
	iter := c.GetWorkflowHistory(context.Background(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var names []string
	markers := map[int64]bool{}
	for iter.HasNext() {
		e, err := iter.Next()
		require.NoError(b, err)
		events++
		names = append(names, e.GetEventType().String())
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, enumspb.EVENT_TYPE_TIMER_STARTED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
			enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
			actions++
		case enumspb.EVENT_TYPE_MARKER_RECORDED:
			if task := e.GetMarkerRecordedEventAttributes().GetWorkflowTaskCompletedEventId(); !markers[task] {
				markers[task] = true
				actions++
			}
		}
	}
	if os.Getenv("JORNADA_BENCH_EVENTS") != "" {
		fmt.Fprintln(os.Stderr, id, strings.Join(names, " "))
	}
	return events, actions
}

func printBench(rows []benchRow, idle []parked) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d cores. Each journey end to end: enroll, message(s), reply, branch, message, end; %d at once. Jornada's rows include its ledger.\n\n", goruntime.NumCPU(), benchAtOnce)
	fmt.Fprintln(&b, "| backend | journey | written | journeys/s | ratio | events | actions | CPU per journey | reply to next message p50 / p99 |")
	fmt.Fprintln(&b, "|---|---|---|---|---|---|---|---|---|")
	var hand float64
	for _, r := range rows {
		if r.by == "hand" {
			hand = r.perSecond
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %.1f | %.2f | %d | %d | %.1f ms | %d / %d ms |\n", r.on,
			map[string]string{"question": "ask, branch, send", "greeted": "send, ask, branch, send"}[r.shape], map[string]string{"hand": "by hand", "jornada": "as YAML"}[r.by],
			r.perSecond, r.perSecond/hand, r.events, r.actions, float64(r.cpuPerJourney.Microseconds())/1000, r.replyP50.Milliseconds(), r.P99.Milliseconds())
	}
	fmt.Fprintln(&b, "\n| backend | start to ready | memory per 1,000 parked | database per 1,000 parked |")
	fmt.Fprintln(&b, "|---|---|---|---|")
	for _, p := range idle {
		fmt.Fprintf(&b, "| %s | %.1f s | %.0f MB | %.0f MB |\n", p.on, p.ready.Seconds(), p.memory, p.database)
	}
	fmt.Println(b.String())
}
