package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/expression"
	"jornada/dsl/price"
	"jornada/engine"
	"jornada/engine/auth"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// testSecret is the administrator's token of every fixture.
const testSecret = "test-administrator-token"

// fixture is the API over a real store, with a runtime that keeps its promises
// and providers that run nowhere.
type fixture struct {
	t         testing.TB
	store     *store.Store
	auth      *auth.Service
	runtime   *fakeRuntime
	phone     *fakePhone
	simulator *fakeSimulator
	server    *server
	handler   http.Handler
	doc       *openapi3.T
	logs      *bytes.Buffer
}

func stopped() engine.Clock {
	return engine.NewClock(engine.Anchor{}, func() time.Time { return noon })
}

func newFixture(t testing.TB, st *store.Store) *fixture {
	t.Helper()
	f := &fixture{t: t, store: st, runtime: &fakeRuntime{store: st}, phone: &fakePhone{}, simulator: &fakeSimulator{}, doc: document(t), logs: &bytes.Buffer{}}
	f.auth = auth.New(auth.Config{Store: st, Clock: stopped()})
	if err := f.auth.Ensure(context.Background(), testSecret, "tests"); err != nil {
		t.Fatal(err)
	}
	f.server = newServer(Deps{Store: st, Auth: f.auth, People: auth.NewPeople(auth.PeopleConfig{Store: st, Clock: stopped()}), Runtime: f.runtime, Providers: &fakeProviders{st}, Simulator: f.simulator, Clock: stopped(),
		PublicURL: "https://jornada.example", Phone: f.phone, Version: "test", Rate: 100000,
		Logger: slog.New(slog.NewTextHandler(f.logs, nil))})
	// The schema of the demo clinic, as if its workspace.yaml were published.
	str := expression.Type{Kind: expression.String}
	optional := func(k expression.Kind) expression.Type { return expression.Type{Kind: k, Optional: true} }
	f.server.workspace = workspaceCache{hash: emptyHash, ws: &dsl.Workspace{ID: "demo", Timezone: "America/Sao_Paulo",
		Contact: expression.Fields{"first_name": str, "phone": str, "email": optional(expression.String), "visits": {Kind: expression.Int}, "birth_date": optional(expression.Time), "tags": {Kind: expression.List, Elem: &str}},
		Events: map[string]expression.Fields{"appointment.scheduled": {"appointment_id": str, "starts_at": {Kind: expression.Time}, "doctor": str,
			"unit": {Kind: expression.Object, Fields: expression.Fields{"name": str, "map_url": optional(expression.String)}}}},
		Templates: map[string]dsl.Template{"whatsapp/appointment_confirm": {Name: "appointment_confirm", Channel: "whatsapp", Language: "pt_BR", Category: "utility", Status: "approved", Params: []string{"name"}, Buttons: []string{"Confirmar"}, Body: "Olá {{name}}"}},
	}}
	f.handler = f.server.handler()
	return f
}

// emptyHash is what currentWorkspace computes for a store without files.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// do makes one call and checks the answer against openapi.yaml.
func (f *fixture) do(method, path string, header http.Header, body io.Reader) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequest(method, path, body)
	r.Host = "127.0.0.1:8080"
	for name, values := range header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	f.conforms(r, w)
	return w
}

// conforms validates an answer against the document.
func (f *fixture) conforms(r *http.Request, w *httptest.ResponseRecorder) {
	f.t.Helper()
	for path, item := range f.doc.Paths.Map() {
		op := item.GetOperation(r.Method)
		if op == nil || !sameAddress(path, r.URL.Path) {
			continue
		}
		in := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: &routers.Route{Spec: f.doc, Path: path, PathItem: item, Method: r.Method, Operation: op}},
			Status:                 w.Code, Header: w.Header(), Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: w.Header().Get("Content-Type") == "text/css; charset=utf-8"},
		}
		in.SetBodyBytes(w.Body.Bytes())
		if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil && !strings.Contains(err.Error(), "unsupported content type") {
			f.t.Errorf("%s %s answers %d in a way openapi.yaml does not describe: %v\n%s", r.Method, r.URL.Path, w.Code, err, w.Body)
		}
		return
	}
}

// sameAddress matches a path of the document; fixed segments were written first
// in the table, so /contacts/import is never taken for /contacts/{id}.
func sameAddress(pattern, path string) bool {
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	fixed := map[string]bool{"import": true, "check": true, "unconfirmed": true}
	for i := range a {
		if strings.HasPrefix(a[i], "{") {
			if b[i] == "" || fixed[b[i]] {
				return false
			}
			continue
		}
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// admin makes a call with the administrator's token.
func (f *fixture) admin(method, path, body string, pairs ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	h := http.Header{"Authorization": {"Bearer " + testSecret}}
	if body != "" {
		h.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return f.do(method, path, h, strings.NewReader(body))
}

// forgetfulStore loses every kept answer, as a server does that died before it
// could keep one.
type forgetfulStore struct{ Store }

func (forgetfulStore) Idempotent(context.Context, string, string, time.Duration) (*engine.SavedAnswer, error) {
	return nil, nil
}

func (f *fixture) forgetAnswers() { f.server.Store = forgetfulStore{f.server.Store} }

// fakeRuntime keeps the runtime's promises with the store alone.
type fakeRuntime struct {
	templates   []engine.Template // the provider's list
	listProblem string
	store       *store.Store
	mu          sync.Mutex
	away        bool
	asked       []EnrollRequest
	changed     []engine.ContactID
	resumed     []engine.IntegrationID
}

func (r *fakeRuntime) Deliver(ctx context.Context, events []engine.InboundEvent) error {
	if r.away {
		return errors.New("the database is away")
	}
	return r.store.InTx(ctx, func(ctx context.Context) error {
		for i := range events {
			if events[i].ID == "" {
				events[i].ID = engine.EventID(engine.NewID("evt"))
			}
			if _, err := r.store.InsertEvent(ctx, &events[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
func (r *fakeRuntime) Emit(ctx context.Context, ev engine.InboundEvent) (bool, error) {
	return r.store.InsertEvent(ctx, &ev)
}
func (r *fakeRuntime) Enroll(ctx context.Context, q EnrollRequest) (EnrollResult, error) {
	r.asked = append(r.asked, q)
	j, err := r.store.Journey(ctx, q.JourneyID)
	if err != nil {
		return EnrollResult{}, err
	}
	id := q.ID
	if id == "" {
		id = engine.EnrollmentID("enr_" + string(q.ContactID))
	} else if _, err := r.store.Enrollment(ctx, id); err == nil {
		return EnrollResult{EnrollmentID: id}, nil
	}
	e := &engine.Enrollment{ID: id, JourneyID: q.JourneyID, VersionHash: j.Live, ContactID: q.ContactID, Key: string(q.ContactID),
		Status: engine.Active, Trigger: q.Trigger, Inputs: q.Inputs, StartedAt: noon}
	if err := r.store.InsertEnrollment(ctx, e); isCode(err, engine.Conflict) {
		return EnrollResult{Skipped: "overlap"}, nil
	} else if err != nil {
		return EnrollResult{}, err
	}
	return EnrollResult{EnrollmentID: e.ID}, nil
}
func (r *fakeRuntime) Unenroll(ctx context.Context, id engine.EnrollmentID, reason, actor string) error {
	_, err := r.store.EndEnrollment(ctx, id, engine.Unenrolled, "unenrolled", "")
	return err
}
func (r *fakeRuntime) Explain(ctx context.Context, id engine.EnrollmentID) (*Explanation, error) {
	if r.away {
		return nil, engine.Errorf(engine.Unavailable, "Temporal is away")
	}
	wake := noon.Add(6 * time.Hour)
	return &Explanation{Status: engine.Active, CurrentSteps: []StepView{{StepID: "confirm", Verb: "ask", Since: noon, Waiting: "an answer on whatsapp", WakeAt: &wake}},
		Vars: map[string]any{"attempts": 0}, NextWakeAt: &wake,
		Trail: []engine.TimelineEntry{{Seq: 2, At: noon, Kind: "condition", StepID: "confirm", Source: "contact.opt_in.whatsapp", Result: "true"}}}, nil
}
func (r *fakeRuntime) ResolveHandoff(ctx context.Context, id engine.HandoffID, resolution, note string) error {
	_, err := r.store.CloseHandoff(ctx, id, "resolved", resolution)
	return err
}
func (r *fakeRuntime) ResolveMessage(ctx context.Context, id engine.MessageID, action, actor string) error {
	_, err := r.store.RaiseStatus(ctx, id, engine.MessageUpdate{Status: engine.Sent, At: noon})
	return err
}
func (r *fakeRuntime) PauseJourney(ctx context.Context, id engine.JourneyID) error {
	return r.store.SetJourneyPaused(ctx, id, true)
}
func (r *fakeRuntime) SyncTemplates(ctx context.Context, of engine.IntegrationID, _ string) ([]engine.TemplateSync, error) {
	if of == "" {
		of = "main"
	}
	if _, err := r.store.Integration(ctx, of); err != nil { // none shows any
		return nil, nil //nolint:nilerr // as the real one answers
	}
	found, err := r.store.SyncTemplates(ctx, of, r.templates)
	found.Provider, found.Problem = "echo", r.listProblem
	return []engine.TemplateSync{found}, err
}

func (r *fakeRuntime) MigrateJourney(_ context.Context, id engine.JourneyID, wish engine.MigrationWish, _ string) (engine.Migration, error) {
	return engine.Migration{Journey: id, Version: "v2", Asked: wish.Limit, Exiting: len(wish.Moves), Staying: []engine.Staying{
		{Version: "v1", StepID: "confirm", People: 2, Reason: diag.T("step `confirm` was removed", "o passo `confirm` foi removido")},
	}}, nil
}

func (r *fakeRuntime) ResumeJourney(ctx context.Context, id engine.JourneyID) error {
	return r.store.SetJourneyPaused(ctx, id, false)
}
func (r *fakeRuntime) ChannelChanged(ctx context.Context, id engine.IntegrationID) error {
	r.resumed = append(r.resumed, id)
	return nil
}
func (r *fakeRuntime) ResumeAfterRestore(ctx context.Context, _ string) error {
	changed, err := r.store.SetHalt(ctx, nil)
	if err == nil && !changed {
		return engine.Errorf(engine.Conflict, "nothing is stopped; messages go out as they are due")
	}
	return err
}
func (r *fakeRuntime) ContactChanged(ctx context.Context, id engine.ContactID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed = append(r.changed, id)
	return nil
}
func (r *fakeRuntime) EraseContact(ctx context.Context, id engine.ContactID) error {
	return r.store.EraseContact(ctx, id)
}
func (r *fakeRuntime) MergeContacts(ctx context.Context, from, into engine.ContactID, _ string) error {
	_, err := r.store.MergeContacts(ctx, from, into)
	return err
}
func (r *fakeRuntime) Withdraw(ctx context.Context, w engine.Withdrawal, evidence string) (fresh bool, err error) {
	if r.away {
		return false, errors.New("the database is away")
	}
	consents, err := r.store.Consents(ctx, w.ContactID)
	if err != nil || len(consents) > 0 && !consents[0].Granted {
		return false, err
	}
	err = r.store.RecordConsent(ctx, engine.Consent{ContactID: w.ContactID, Channel: w.Channel, Purpose: w.Purpose, Source: "link", Evidence: evidence, At: noon.Add(time.Hour)})
	if isCode(err, engine.NotFound) {
		return false, nil
	}
	return err == nil, err
}
func (r *fakeRuntime) Health(ctx context.Context) []Check {
	if r.away {
		return []Check{{"temporal", false, "does not answer; events are kept and delivered later"}}
	}
	return []Check{{"temporal", true, "answers"}}
}

// What the program passes in fits the seams declared here.
var (
	_ Store     = (*store.Store)(nil)
	_ Providers = (*channel.Registry)(nil)
)

// fakeProviders opens integrations of the provider "echo", whose webhook takes
// bodies "signed" with the secret in a header.
type fakeProviders struct{ store *store.Store }

func (p *fakeProviders) For(ctx context.Context, id engine.IntegrationID) (channel.Provider, *engine.Integration, error) {
	i, err := p.store.Integration(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	d, err := p.Open(i)
	return d, i, err
}
func (p *fakeProviders) ForCall(ctx context.Context, id engine.IntegrationID) (channel.Provider, *engine.Integration, error) {
	return p.For(ctx, id)
}
func (p *fakeProviders) Open(i *engine.Integration) (channel.Provider, error) {
	if i.Provider != "echo" {
		return nil, &engine.Error{Code: engine.Invalid, Field: "provider", Message: fmt.Sprintf("the provider %q is unknown; known: echo", i.Provider)}
	}
	if i.Secrets["key"] == "" {
		return nil, &engine.Error{Code: engine.Invalid, Field: "secrets.key", Message: "secrets.key is missing"}
	}
	return echoProvider{i.Secrets["key"]}, nil
}

type echoProvider struct{ key string }

func (echoProvider) Send(context.Context, channel.Outbound) (channel.Receipt, error) {
	return channel.Receipt{}, nil
}
func (echoProvider) Capabilities() channel.Capabilities { return channel.Capabilities{} }
func (echoProvider) Classify(string) channel.Class      { return channel.FixRequest }
func (echoProvider) Test(context.Context) error {
	return engine.Told(engine.Invalid, diag.T("the token expired: make a new one", "o token expirou: gere outro"))
}
func (p echoProvider) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	if r.Header.Get("X-Key") != p.key {
		return nil, channel.Response{}, channel.ErrSignature
	}
	if r.Method == http.MethodGet {
		return nil, channel.Response{Status: 200, Body: r.URL.Query().Get("challenge")}, nil
	}
	return []engine.InboundEvent{{Key: string(r.Body), Kind: engine.OtherEvent, Raw: []byte(`{}`)}}, channel.Response{Status: 200, Body: r.URL.Host}, nil
}

type fakePhone struct {
	inputs   []PhoneInput
	statuses []string
	written  []PhoneItem
}

func (p *fakePhone) Written(ctx context.Context, c engine.ContactID) ([]PhoneItem, error) {
	return p.written, nil
}
func (p *fakePhone) Inbound(ctx context.Context, in PhoneInput) error {
	p.inputs = append(p.inputs, in)
	return nil
}
func (p *fakePhone) Status(ctx context.Context, m *engine.Message, st engine.MessageStatus, code string) error {
	p.statuses = append(p.statuses, string(m.ID)+" "+string(st)+" "+code)
	return nil
}

// onBoth runs a test on SQLite and on Postgres.
func onBoth(t *testing.T, test func(t *testing.T, f *fixture)) {
	storetest.Each(t, func(t *testing.T, open storetest.Open) {
		test(t, newFixture(t, open(t, storeOptions())))
	})
}

// inMemory is a fixture on SQLite in memory, for what no database can change.
func inMemory(t testing.TB) *fixture {
	t.Helper()
	return newFixture(t, storetest.Memory(t)(t, storeOptions()))
}

func storeOptions() store.Options {
	return store.Options{Clock: stopped(), MasterKey: bytes.Repeat([]byte{7}, 32)}
}

// fakeSimulator says what it is told to, once it is let.
type fakeSimulator struct {
	hold chan struct{} // closed: go on; nil: at once
	in   chan struct{} // told when somebody plays
	err  error
}

func (p *fakeSimulator) Explore(ctx context.Context, folder *dsl.Folder, one *dsl.Scenario, until time.Time, lang diag.Language) (*Simulation, error) {
	out, err := p.Simulate(ctx, folder, []*dsl.Scenario{one}, lang)
	if err == nil {
		out.Cases[0].Rest = &PlayedRest{At: until, Steps: []PlayedStand{{Step: "hi", Verb: "send", Waiting: "delivery"}}, Windows: []PlayedWindow{{Channel: engine.WhatsApp, Until: noon}}, Vars: map[string]any{"tries": 2}}
	}
	return out, err
}

func (p *fakeSimulator) Sample(_ *dsl.Plan, now time.Time) Sample {
	return Sample{Now: now.Format("2006-01-02T15:04"), Contact: map[string]any{}, Inputs: map[string]any{}}
}

func (p *fakeSimulator) Simulate(ctx context.Context, _ *dsl.Folder, scenarios []*dsl.Scenario, _ diag.Language) (*Simulation, error) {
	if p.hold != nil {
		p.in <- struct{}{}
		select {
		case <-p.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	out := &Simulation{Coverage: []StepSimulated{{Step: "hi", Outcomes: []OutcomeReached{{Outcome: "sent", Count: 1}}}}}
	for _, s := range scenarios {
		out.Cases = append(out.Cases, PlayedCase{Name: s.Name, Passed: s.End == nil || s.End.Name == "completed", Ending: "completed", StartedAt: noon, EndedAt: noon,
			Lines: []PlayedLine{{At: noon, By: "journey", Step: "hi", Verb: "send", Text: "sms  Oi", Price: &price.Count{Channel: "sms", Category: "utility", Min: 2, Max: 2}}}, Text: "played"})
	}
	return out, nil
}
