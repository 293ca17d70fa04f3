package workflows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// day0 is a Monday morning in São Paulo (09:00).
var day0 = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

// stage plays an enrollment on the interpreter with scripted activities. It
// follows continue-as-new, so a test sees one enrollment however often its
// history is cut.
type stage struct {
	t    *testing.T
	plan *dsl.Plan
	in   JourneyInput
	j    *Journeys

	mu       sync.Mutex
	log      []string // calls with effects, in order
	counts   map[string]int
	trail    map[int]engine.TimelineEntry
	twice    []int // sequence numbers stored with different content
	ends     []activities.EndInput
	closed   map[string]engine.WaitState
	script   []cue
	env      *testsuite.TestWorkflowEnvironment
	runs     int
	events   events
	elapsed  time.Duration
	over     bool         // played to its end: whoever calls now comes too late
	canceled bool         // Temporal was asked to cancel
	tell     func(Signal) // another way to signal than the environment
	stop     func()       // …and to cancel or terminate
	worker   func(bool)   // takes the worker away and brings it back; nil: it never goes
	present  func() (real, virtual time.Time)

	send     func(in activities.SendInput) (activities.SendResult, error)
	evaluate func(source string, in activities.EvaluateInput) activities.Value
	call     func(in activities.CallInput) (activities.CallResult, error)
	step     func(name string, in activities.StepInput) (activities.StepResult, error)
	close    func(in activities.CloseWaitInput) (activities.CloseWaitResult, error)
	fail     func(name string) error // infrastructure failure before the activity
}

// cue is something the test does at a moment of real time.
type cue struct {
	at   time.Duration
	do   func()
	id   string // of the signal it sends
	done bool
}

// events counts what a history would hold.
type events struct{ local, timers, canceled, fired, signals int }

// total is the history of one run: started and completed, the first workflow
// task (3), a task for everything that wakes the workflow (3 each), one event
// for each marker, signal, and timer started, canceled or fired.
func (e events) total() int {
	return 2 + 3 + 3*(e.signals+e.fired) + e.local + e.signals + e.timers + e.canceled + e.fired
}

type onePlan struct{ plan *dsl.Plan }

func (p onePlan) Plan(engine.VersionHash) (*dsl.Plan, error) { return p.plan, nil }

func newStage(t *testing.T, plan *dsl.Plan) *stage {
	t.Helper()
	s := &stage{
		t: t, plan: plan, counts: map[string]int{}, trail: map[int]engine.TimelineEntry{}, closed: map[string]engine.WaitState{},
		in: JourneyInput{EnrollmentID: "enr_1", JourneyID: "demo", VersionHash: "hash", ContactID: "ana", Trigger: engine.TriggerRecord{Kind: "api"}},
		j:  &Journeys{Plans: onePlan{plan}},
	}
	return s
}

// at schedules a signal for a moment after the start.
func (s *stage) at(d time.Duration, sig Signal) {
	if sig.ID == "" {
		sig.ID = fmt.Sprintf("sig_%d", len(s.script))
	}
	if sig.At.IsZero() {
		sig.At = day0.Add(d)
	}
	s.do(d, func() { s.signal(sig) })
	s.script[len(s.script)-1].id = sig.ID
}

func (s *stage) do(d time.Duration, f func()) { s.script = append(s.script, cue{at: d, do: f}) }

func (s *stage) signal(sig Signal) {
	s.events.signals++
	if s.tell != nil {
		s.tell(sig)
		return
	}
	s.env.SignalWorkflow(SignalName, sig)
}

// hear remembers that something happened in the world; heard asks, and first asks
// and remembers. Activities and cues run beside each other.
func (s *stage) hear(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[what]++
}

func (s *stage) heard(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[what] > 0
}

func (s *stage) first(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[what]++
	return s.counts[what] == 1
}

// asleep plays cues while no worker runs: it finds all of them in one task when
// it comes back.
func (s *stage) asleep(d time.Duration, signals ...Signal) {
	for i := range signals {
		signals[i].ID = fmt.Sprintf("asleep_%d_%d", len(s.script), i)
		signals[i].At = day0.Add(d)
	}
	s.do(d, func() {
		if s.worker != nil {
			s.worker(false)
			defer s.worker(true)
		}
		for _, sig := range signals {
			s.signal(sig)
		}
	})
}

// interrupt cancels (or, on a real server, terminates) the workflow.
func (s *stage) interrupt() {
	if s.stop != nil {
		s.stop()
		return
	}
	s.env.CancelWorkflow()
}

// hasten plays the script at a speed, as a recorder does on a real server.
func (s *stage) hasten(speed float64) {
	s.in.Anchor = engine.Anchor{Real: day0, Virtual: day0, Speed: speed}
	s.present = func() (real, virtual time.Time) { return s.env.Now(), s.in.Anchor.At(s.env.Now()) }
	for i := range s.script {
		s.script[i].at = s.in.Anchor.Wait(s.script[i].at)
	}
}

// faster is the news that the clock runs at another speed from now on.
func (s *stage) faster(speed float64) Signal {
	a := engine.Anchor{Speed: speed}
	a.Real, a.Virtual = s.present()
	return Signal{ID: "clock", Kind: SignalClock, Anchor: &a}
}

// tale is how every step ended and how the enrollment did, in an order that does
// not depend on which lane was faster.
func (s *stage) tale() string {
	var steps []string
	for _, e := range s.entries() {
		if e.Kind == "outcome" && e.StepID != "" {
			steps = append(steps, e.StepID+"="+e.Result)
		}
	}
	sort.Strings(steps)
	ending := "told from outside"
	for _, e := range s.ends {
		ending = strings.TrimSpace(string(e.Status) + " " + e.Outcome)
	}
	return strings.Join(append(steps, "> "+ending), " ")
}

// reply is an understood answer.
func reply(step, outcome, text string) Signal {
	return Signal{Kind: SignalReply, StepID: step, Channel: engine.WhatsApp, Text: text, Answer: &engine.Answer{Outcome: outcome, Option: outcome, Text: text}}
}

// confused is an answer that fits nothing.
func confused(step, text string) Signal {
	return Signal{Kind: SignalReply, StepID: step, Channel: engine.WhatsApp, Text: text}
}

func event(name string, data map[string]any) Signal {
	return Signal{Kind: SignalEvent, Event: name, Data: data}
}

// play runs the enrollment to its end.
func (s *stage) play() *stage {
	s.t.Helper()
	in := s.in
	for {
		s.runs++
		if s.runs > 2000 {
			s.t.Fatal("the history is cut for ever")
		}
		next := s.once(in)
		if next == nil {
			break
		}
		in = *next
	}
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.gapless()
	return s
}

// errOver answers an activity that the environment gave up on, its clock having
// leapt over the activity's time limit, and that runs on after the play.
var errOver = errors.New("the play is over")

func (s *stage) once(in JourneyInput) *JourneyInput {
	s.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	s.env = suite.NewTestWorkflowEnvironment()
	s.env.SetTestTimeout(20 * time.Second)
	started := day0.Add(s.elapsed)
	s.env.SetStartTime(started)
	s.j.Register(s.env)
	s.register(s.env)
	s.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil).Maybe()
	s.env.SetOnTimerScheduledListener(func(string, time.Duration) { s.events.timers++ })
	s.env.SetOnTimerCanceledListener(func(string) { s.events.canceled++ })
	s.env.SetOnTimerFiredListener(func(string) { s.events.fired++ })
	for i := range s.script {
		c := &s.script[i]
		if c.done {
			continue
		}
		s.env.RegisterDelayedCallback(func() {
			if s.env.IsWorkflowCompleted() {
				return
			}
			c.done = true
			c.do()
		}, max(c.at-s.elapsed, 0))
	}
	s.env.ExecuteWorkflow(WorkflowName, in)
	s.elapsed = s.env.Now().Sub(day0)
	err := s.env.GetWorkflowError()
	var again *workflow.ContinueAsNewError
	if errors.As(err, &again) {
		next := new(JourneyInput)
		if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, next); err != nil {
			s.t.Fatalf("reading the input of the next run: %v", err)
		}
		s.redeliver(next.State)
		return next
	}
	if !s.env.IsWorkflowCompleted() {
		s.t.Fatal("the workflow did not complete")
	}
	if s.canceled && err == nil {
		s.t.Fatal("a canceled workflow must not look completed")
	}
	if err != nil && !s.canceled {
		s.t.Fatalf("the workflow failed: %v\n%s", err, s.story())
	}
	return nil
}

// redeliver does what a server does with signals that come in the very instant
// in which a workflow cuts its history: it refuses the cut, or hands them to the
// next run. The test environment drops them.
func (s *stage) redeliver(st *State) {
	for i := range s.script {
		c := &s.script[i]
		if !c.done || c.id == "" || c.at != s.elapsed || slices.Contains(st.Seen, c.id) ||
			slices.ContainsFunc(st.Pending, func(p Signal) bool { return p.ID == c.id }) {
			continue
		}
		c.done = false
	}
}

// activityRegistry is a test environment or a worker.
type activityRegistry interface {
	RegisterActivityWithOptions(a any, o activity.RegisterOptions)
}

// register registers the scripted activities.
func (s *stage) register(to activityRegistry) {
	add := func(name string, f any) {
		to.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
	add(ActivitySendMessage, func(_ context.Context, in activities.SendInput) (activities.SendResult, error) {
		if err := s.enter(ActivitySendMessage, in.Base, "send %s visit %d route %d try %d", in.StepID, in.Visit, in.Route, in.Try); err != nil {
			return activities.SendResult{}, err
		}
		if s.send != nil {
			return s.send(in)
		}
		return accept(in), nil
	})
	add(ActivityEvaluate, func(_ context.Context, in activities.EvaluateInput) (activities.EvaluateResult, error) {
		if err := s.enter(ActivityEvaluate, in.Base, ""); err != nil {
			return activities.EvaluateResult{}, err
		}
		res := activities.EvaluateResult{}
		for _, it := range in.Items {
			v := activities.Value{Value: true}
			if s.evaluate != nil {
				v = s.evaluate(it.Source, in)
			}
			res.Values = append(res.Values, v)
		}
		return res, nil
	})
	add(ActivityOpenWait, func(_ context.Context, in activities.OpenWaitInput) error {
		return s.enter(ActivityOpenWait, in.Base, "open %s", in.StepID)
	})
	add(ActivityCloseWait, func(_ context.Context, in activities.CloseWaitInput) (activities.CloseWaitResult, error) {
		if err := s.enter(ActivityCloseWait, in.Base, "close %s %s", in.StepID, in.State); err != nil {
			return activities.CloseWaitResult{}, err
		}
		if s.close != nil {
			return s.close(in)
		}
		return activities.CloseWaitResult{Closed: true}, nil
	})
	add(ActivityCall, func(_ context.Context, in activities.CallInput) (activities.CallResult, error) {
		if err := s.enter(ActivityCall, in.Base, "call %s attempt %d", in.StepID, in.Attempt); err != nil {
			return activities.CallResult{}, err
		}
		if s.call != nil {
			return s.call(in)
		}
		return activities.CallResult{OK: true, Status: 200}, nil
	})
	for _, name := range []string{ActivityUpdateContact, ActivityEmitEvent, ActivityOpenHandoff, ActivityEnrollChild, ActivityAssignVariant} {
		add(name, func(_ context.Context, in activities.StepInput) (activities.StepResult, error) {
			if err := s.enter(name, in.Base, "%s %s", name, in.StepID); err != nil {
				return activities.StepResult{}, err
			}
			if s.step != nil {
				return s.step(name, in)
			}
			return activities.StepResult{
				HandoffID: engine.HandoffID("h_" + in.StepID), EnrollmentID: engine.EnrollmentID("enr_child_" + in.StepID),
			}, nil
		})
	}
	add(ActivityCancelHandoff, func(_ context.Context, in activities.CancelHandoffInput) error {
		return s.enter(ActivityCancelHandoff, in.Base, "cancel %s %s", in.HandoffID, in.State)
	})
	add(ActivityRecord, func(_ context.Context, in activities.Base) error {
		return s.enter(ActivityRecord, in, "")
	})
	add(ActivityEnd, func(_ context.Context, in activities.EndInput) error {
		if err := s.enter(ActivityEnd, in.Base, "end %s %s %s", in.EnrollmentID, in.Status, in.Outcome); err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.over && !strings.HasPrefix(string(in.EnrollmentID), "enr_child_") {
			s.ends = append(s.ends, in)
		}
		return nil
	})
}

// enter counts a call, stores the trail as the tables would, and logs it.
func (s *stage) enter(name string, b activities.Base, format string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return errOver
	}
	s.counts[name]++
	s.events.local++
	if s.fail != nil {
		if err := s.fail(name); err != nil {
			return err
		}
	}
	for _, e := range b.Trail {
		if old, ok := s.trail[e.Seq]; ok && fmt.Sprint(old) != fmt.Sprint(e) {
			s.twice = append(s.twice, e.Seq)
		}
		s.trail[e.Seq] = e
	}
	if format != "" {
		s.log = append(s.log, fmt.Sprintf(format, args...))
	}
	return nil
}

func accept(in activities.SendInput) activities.SendResult {
	return activities.SendResult{
		Status: activities.SendAccepted, At: in.Scope.Now,
		MessageID: engine.MessageID(fmt.Sprintf("m_%s_%d_%d_%d", in.StepID, in.Visit, in.Route, in.Try)),
	}
}

// ended checks the enrollment's one ending.
func (s *stage) ended(status engine.EnrollmentStatus, outcome string) {
	s.t.Helper()
	if len(s.ends) != 1 {
		s.t.Fatalf("%d endings, want exactly 1\n%s", len(s.ends), s.story())
	}
	if e := s.ends[0]; e.Status != status || e.Outcome != outcome {
		s.t.Fatalf("ended %s %q (%s), want %s %q\n%s", e.Status, e.Outcome, e.Reason, status, outcome, s.story())
	}
}

// did checks the calls with effects, the ending left out.
func (s *stage) did(want ...string) {
	s.t.Helper()
	var got []string
	for _, l := range s.log {
		if !strings.HasPrefix(l, "end enr_1 ") {
			got = append(got, l)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		s.t.Fatalf("calls:\n  %s\nwant:\n  %s\n%s", strings.Join(got, "\n  "), strings.Join(want, "\n  "), s.story())
	}
}

// didInAnyOrder is did for lanes, whose activities run side by side.
func (s *stage) didInAnyOrder(want ...string) {
	s.t.Helper()
	sort.Strings(s.log)
	sort.Strings(want)
	s.did(want...)
}

// took checks how much time passed, to the second.
func (s *stage) took(want time.Duration) {
	s.t.Helper()
	if got := s.elapsed.Round(time.Second); got != want {
		s.t.Fatalf("took %v, want %v\n%s", got, want, s.story())
	}
}

// gapless checks the stored trail: every number from 1, each once.
func (s *stage) gapless() {
	s.t.Helper()
	for i := 1; i <= len(s.trail); i++ {
		if _, ok := s.trail[i]; !ok {
			s.t.Fatalf("the trail misses number %d of %d\n%s", i, len(s.trail), s.story())
		}
	}
	if len(s.twice) > 0 {
		s.t.Fatalf("trail numbers stored twice with different content: %v\n%s", s.twice, s.story())
	}
}

// outcomes lists the outcomes of a step, in order.
func (s *stage) outcomes(step string) (out []string) {
	for _, e := range s.entries() {
		if e.Kind == "outcome" && e.StepID == step {
			out = append(out, e.Result)
		}
	}
	return out
}

func (s *stage) outcome(step, want string) {
	s.t.Helper()
	if got := strings.Join(s.outcomes(step), " "); got != want {
		s.t.Fatalf("step %s: outcomes %q, want %q\n%s", step, got, want, s.story())
	}
}

// noted reports how many trail lines contain all the words.
func (s *stage) noted(words ...string) (n int) {
	for line := range strings.SplitSeq(s.story(), "\n") {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			n++
		}
	}
	return n
}

func (s *stage) entries() []engine.TimelineEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]int, 0, len(s.trail))
	for k := range s.trail {
		keys = append(keys, k)
	}
	sort.Ints(keys)
	var out []engine.TimelineEntry
	for _, k := range keys {
		out = append(out, s.trail[k])
	}
	return out
}

// story is the stored trail, for people.
func (s *stage) story() string {
	var b strings.Builder
	for _, e := range s.entries() {
		fmt.Fprintf(&b, "%3d %-14s %s %s %s %s %s %s\n", e.Seq, e.At.Sub(day0), e.Kind, e.StepID, e.Verb, e.Source, e.Result, e.Detail)
	}
	return b.String()
}

// explain asks the running workflow.
func (s *stage) explain() *Explanation {
	v, err := s.env.QueryWorkflow(QueryExplain)
	if err != nil {
		s.t.Fatalf("asking: %v", err)
	}
	out := new(Explanation)
	if err := v.Get(out); err != nil {
		s.t.Fatalf("reading the explanation: %v", err)
	}
	return out
}

// quiet is a Temporal logger that says nothing.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

var _ log.Logger = quiet{}
