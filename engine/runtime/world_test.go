package runtime

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
	"jornada/workflows"
)

// theServer is a Temporal that remembers what it was told. It behaves like the
// real one where the runtime can tell: ids are used once, a signal needs a
// running workflow, and it may be away.
type theServer struct {
	mu         sync.Mutex
	away       bool
	started    map[string]workflows.JourneyInput
	startCalls int
	heard      map[string][]workflows.Signal // by workflow id, in order
	closed     map[string]bool
	terminated []string
	keys       map[string]string // workflow id -> key id of the call that started it
	attempts   map[string]int32  // of the workflow task under way
}

func newServer() *theServer {
	return &theServer{started: map[string]workflows.JourneyInput{}, heard: map[string][]workflows.Signal{}, closed: map[string]bool{}, keys: map[string]string{}, attempts: map[string]int32{}}
}

func (s *theServer) reach() error {
	if s.away {
		return serviceerror.NewUnavailable("connection refused")
	}
	return nil
}

func (s *theServer) ExecuteWorkflow(ctx context.Context, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.startCalls++
	if err := s.reach(); err != nil {
		return nil, err
	}
	if _, ok := s.started[o.ID]; ok {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "", "")
	}
	s.started[o.ID] = args[0].(workflows.JourneyInput)
	s.keys[o.ID], _ = ctx.Value(keyIDKey{}).(string)
	return nil, nil
}

func (s *theServer) SignalWorkflow(_ context.Context, id, _, name string, arg any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(); err != nil {
		return err
	}
	if _, ok := s.started[id]; !ok || s.closed[id] || name != workflows.SignalName {
		return serviceerror.NewNotFound("workflow not found for ID: " + id)
	}
	s.heard[id] = append(s.heard[id], arg.(workflows.Signal))
	return nil
}

func (s *theServer) TerminateWorkflow(_ context.Context, id, _, _ string, _ ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(); err != nil {
		return err
	}
	s.terminated = append(s.terminated, id)
	s.closed[id] = true
	return nil
}

func (s *theServer) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(); err != nil {
		return nil, err
	}
	p, err := converter.GetDefaultDataConverter().ToPayloads(workflows.Explanation{Status: "active"})
	return client.NewValue(p), err
}

func (s *theServer) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(); err != nil {
		return nil, err
	}
	if _, ok := s.started[id]; !ok {
		return nil, serviceerror.NewNotFound("workflow not found for ID: " + id)
	}
	status := enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	if s.closed[id] {
		status = enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Status: status},
		PendingWorkflowTask:   &workflowpb.PendingWorkflowTaskInfo{Attempt: s.attempts[id]},
	}, nil
}

func (s *theServer) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &client.CheckHealthResponse{}, s.reach()
}

func (s *theServer) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// signals are the kinds an enrollment heard, in order.
func (s *theServer) signals(id engine.EnrollmentID) []workflows.Signal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heard[workflows.WorkflowID(id)])
}

func (s *theServer) kinds(id engine.EnrollmentID) []string {
	var out []string
	for _, x := range s.signals(id) {
		out = append(out, string(x.Kind))
	}
	return out
}

// heardCount is how many signals all enrollments heard.
func (s *theServer) heardCount() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, signals := range s.heard {
		n += len(signals)
	}
	return n
}

func (s *theServer) startedCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.started)
}

// world is a runtime on a real database with a remembering Temporal.
type world struct {
	*testing.T
	ctx    context.Context
	db     *store.Store
	clock  *storetest.Clock
	server *theServer
	rt     *Runtime
	open   storetest.Open
	*results
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, open storetest.Open) { test(t, newWorld(t, open)) })
}

// onFile is for tests whose subject is not the database.
func onFile(t *testing.T) *world { return newWorld(t, storetest.SQLite(t)) }

func newWorld(t *testing.T, open storetest.Open) *world {
	w := &world{T: t, ctx: t.Context(), clock: storetest.NewClock(), server: newServer(), open: open,
		results: &results{of: map[engine.EventID]string{}, times: map[engine.EventID]int{}}}
	w.db = open(t, store.Options{Clock: w.clock})
	w.rt = w.process(w.db)
	_, err := w.db.PutIntegration(w.ctx, &engine.Integration{ID: "wa", Provider: "fake", Channel: engine.WhatsApp, Settings: map[string]string{}, State: engine.Enabled, Default: true})
	require.NoError(t, err)
	return w
}

// process is one more runtime on the same tables.
func (w *world) process(s Store) *Runtime {
	rt, err := New(Config{
		Client: w.server, Store: noted{s, w.results}, Clock: w.clock, Logger: slog.New(slog.DiscardHandler),
		Classify: func(_ context.Context, _ engine.IntegrationID, code string) channel.Class {
			return map[string]channel.Class{"131026": channel.SwitchChannel, "131050": channel.SuppressMarketing, "21610": channel.Suppress, "131049": channel.DeferMarketing, "131048": channel.StopSender, "190": channel.Reauth, "131047": channel.UseTemplate, "131000": channel.RetryLater, "130429": channel.Throttle, "131056": channel.Throttle}[code]
		},
		Slows: func(_ context.Context, _ engine.IntegrationID, code string) float64 {
			return map[string]float64{"130429": 80}[code]
		},
	})
	require.NoError(w, err)
	return rt
}

// settle works everything off that is due.
func (w *world) settle() {
	w.Helper()
	for {
		n, err := w.rt.DispatchOnce(w.ctx)
		require.NoError(w, err)
		m, err := w.rt.FlushOnce(w.ctx)
		require.NoError(w, err)
		if n+m == 0 {
			return
		}
	}
}

func (w *world) publish(plan *dsl.Plan) engine.VersionHash {
	w.Helper()
	if plan.Timezone == "" {
		plan.Timezone = "America/Sao_Paulo"
	}
	if plan.Entry.Key == nil {
		plan.Entry.Key = &dsl.Expr{Source: "contact.id", Reads: []string{"contact"}}
	}
	text, err := json.Marshal(plan)
	require.NoError(w, err)
	sum := sha256.Sum256(text)
	hash := engine.VersionHash(hex.EncodeToString(sum[:]))
	plan.Hash = string(hash)
	_, _, err = w.db.Publish(w.ctx, &engine.Version{Journey: engine.JourneyID(plan.Journey), Hash: hash, Source: string(text), Plan: plan})
	require.NoError(w, err)
	return hash
}

func (w *world) contact(id string, phone string) *engine.Contact {
	w.Helper()
	c := &engine.Contact{ID: engine.ContactID(id), Attributes: map[string]any{"first_name": "Ana"}, OptIn: map[engine.Channel]bool{engine.WhatsApp: true},
		Addresses: []engine.Address{{Kind: engine.Phone, Value: phone}}}
	_, err := w.db.PutContact(w.ctx, c)
	require.NoError(w, err)
	got, err := w.db.Contact(w.ctx, c.ID)
	require.NoError(w, err)
	return got
}

func (w *world) enroll(journey, contact string) engine.EnrollmentID {
	w.Helper()
	res, err := w.rt.Enroll(w.ctx, EnrollRequest{JourneyID: engine.JourneyID(journey), ContactID: engine.ContactID(contact)})
	require.NoError(w, err)
	require.NotEmpty(w, res.EnrollmentID, "skipped: %s", res.Skipped)
	return res.EnrollmentID
}

// ask opens a question the way SendMessage does: the message row and the wait.
func (w *world) ask(e engine.EnrollmentID, step string) *engine.Message {
	w.Helper()
	en, err := w.db.Enrollment(w.ctx, e)
	require.NoError(w, err)
	m := &engine.Message{
		ID: engine.MessageID(engine.NewID("msg")), EnrollmentID: e, JourneyID: en.JourneyID, StepID: step, ContactID: en.ContactID,
		IntegrationID: "wa", Provider: "fake", Channel: engine.WhatsApp, To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"},
		Content: engine.Content{Text: "?"}, Category: "utility", Status: engine.Queued, Notify: true, CreatedAt: w.clock.Now(),
	}
	existing, err := w.db.InsertMessage(w.ctx, m)
	require.NoError(w, err)
	require.Nil(w, existing)
	won, err := w.db.ClaimMessage(w.ctx, m.ID, "token")
	require.NoError(w, err)
	require.True(w, won)
	_, err = w.db.FinishMessage(w.ctx, m.ID, "token", engine.MessageUpdate{Status: engine.Accepted, At: w.clock.Now(), ProviderID: "wamid." + string(m.ID)})
	require.NoError(w, err)
	w.openWait(en, step)
	m, err = w.db.Message(w.ctx, m.ID)
	require.NoError(w, err)
	return m
}

func (w *world) openWait(en *engine.Enrollment, step string) {
	w.Helper()
	w.clock.Advance(time.Second) // questions have an order
	require.NoError(w, w.db.OpenWait(w.ctx, &engine.Wait{
		ID: engine.WaitIDFor(en.ID, step, 0), EnrollmentID: en.ID, VersionHash: en.VersionHash, ContactID: en.ContactID,
		StepID: step, Channels: []engine.Channel{engine.WhatsApp}, State: engine.WaitOpen, OpenedAt: w.clock.Now(),
	}))
}

var eventSeq struct {
	sync.Mutex
	n int
}

func nextKey() string {
	eventSeq.Lock()
	defer eventSeq.Unlock()
	eventSeq.n++
	return fmt.Sprintf("key-%06d", eventSeq.n)
}

// writes is a text from a phone, over WhatsApp.
func writes(phone, text string) engine.InboundEvent {
	return engine.InboundEvent{
		Key: nextKey(), Kind: engine.InboundMessage, IntegrationID: "wa", Channel: engine.WhatsApp,
		From:    []engine.Address{{Kind: engine.WAID, Value: phone}},
		Message: &engine.IncomingMessage{Type: "text", Text: text, OpensWindow: true},
	}
}

// deliver stores, settles, and says what became of the first event.
func (w *world) deliver(events ...engine.InboundEvent) string {
	w.Helper()
	for i := range events {
		events[i].ID = engine.EventID(engine.NewID("evt"))
	}
	require.NoError(w, w.rt.Deliver(w.ctx, events))
	w.settle()
	return w.result(events[0].ID)
}

// result is what an event's row says became of it.
func (w *world) result(id engine.EventID) string {
	w.results.Lock()
	defer w.results.Unlock()
	return w.results.of[id]
}

// noted is the store, and remembers how events were finished.
type noted struct {
	Store
	results *results
}

type results struct {
	sync.Mutex
	of    map[engine.EventID]string
	times map[engine.EventID]int
}

func (n noted) FinishEvent(ctx context.Context, id engine.EventID, result string) (bool, error) {
	won, err := n.Store.FinishEvent(ctx, id, result)
	if won {
		n.results.Lock()
		defer n.results.Unlock()
		n.results.of[id] = result
		n.results.times[id]++
	}
	return won, err
}

// askJourney asks one question with the options yes and no, by WhatsApp and, when
// that is not delivered, by SMS.
func askJourney(id string, triggers ...dsl.Trigger) *dsl.Plan {
	return &dsl.Plan{
		Format: dsl.PlanFormat, Journey: id, Category: "utility", Locale: "pt-BR", Start: "q", Triggers: triggers,
		Entry: dsl.Entry{Overlap: "skip", Reentry: "always"},
		Nodes: map[string]*dsl.Node{"q": {ID: "q", Verb: "ask", Next: dsl.End, Ask: &dsl.Ask{
			Routes: []dsl.Route{{Channel: "whatsapp"}, {Channel: "sms"}},
			Options: []dsl.Option{
				{ID: "yes", Title: &dsl.Text{Source: "Confirmar"}, Match: []string{"sim"}},
				{ID: "no", Title: &dsl.Text{Source: "Não posso"}},
			}, Timeout: dsl.Duration(time.Hour),
		}}},
	}
}

// with changes a plan's ask.
func withAsk(p *dsl.Plan, ask *dsl.Ask) *dsl.Plan {
	ask.Routes = []dsl.Route{{Channel: "whatsapp"}}
	p.Nodes["q"].Ask = ask
	return p
}

func option(id, title string) dsl.Option {
	return dsl.Option{ID: id, Title: &dsl.Text{Source: title}}
}
