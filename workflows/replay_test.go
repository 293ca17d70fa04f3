package workflows

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"jornada/dsl"
	"jornada/engine"
)

const histories = "testdata/history"

// fewestHistories is how many recordings are stored at the least: the ones of a
// release never go away.
const fewestHistories = 50

// storedPlans are the plans of recorded histories, as they were then.
type storedPlans struct{}

func (storedPlans) Plan(hash engine.VersionHash) (*dsl.Plan, error) {
	b, err := os.ReadFile(filepath.Join(histories, "plans", string(hash)+".json"))
	if err != nil {
		return nil, fmt.Errorf("reading the plan of a recorded history: %w", err)
	}
	p := new(dsl.Plan)
	if err := json.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("reading the plan of a recorded history: %w", err)
	}
	return p, nil
}

func storedHistories(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(histories, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no histories in %s: %v", histories, err)
	}
	return files
}

// recordingOf is the name of the recording a file belongs to: one enrollment
// may have many files, because its history was cut.
func recordingOf(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	name, _, _ = strings.Cut(name, "+")
	return name
}

// TestReplayHistories replays every stored history with today's code, and makes
// sure that together they reach every verb and every kind of signal.
func TestReplayHistories(t *testing.T) {
	files := storedHistories(t)
	all, stored := recordings(), map[string]bool{}
	verbs, kinds, changes := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, file := range files {
		name := recordingOf(file)
		stored[name] = true
		t.Run(filepath.Base(file), func(t *testing.T) {
			rec, known := all[name]
			if !known {
				t.Fatalf("%s belongs to no recording: put %q back into the recordings of this package", file, name)
			}
			j := &Journeys{Plans: storedPlans{}, cutEvery: rec.cut}
			if err := replay(file, j.Journey, func(e engine.TimelineEntry) { verbs[e.Verb] = true }); err != nil {
				t.Fatal(err)
			}
			h, err := readHistory(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range signalKinds(t, h) {
				kinds[kind] = true
			}
			for _, change := range changesOf(t, h) {
				changes[change] = true
			}
		})
	}
	if t.Failed() {
		return
	}
	if len(stored) < fewestHistories {
		t.Errorf("histories of %d recordings are stored, and must be of %d at least: the ones of a release never go away", len(stored), fewestHistories)
	}
	for _, name := range sorted(all) {
		if !stored[name] && !*record {
			t.Errorf("the recording %q has no history yet: make histories RELEASE=…", name)
		}
	}
	for _, verb := range []string{
		"send", "ask", "wait", "switch", "split", "parallel", "repeat", "enroll", "call", "handoff", "set", "update", "emit", "goto", "exit",
	} {
		if !verbs[verb] {
			t.Errorf("no stored history runs a `%s`: add a recording", verb)
		}
	}
	for _, kind := range []SignalKind{
		SignalReply, SignalEvent, SignalStatus, SignalContactChanged, SignalInputsChanged, SignalHandoff,
		SignalChild, SignalResume, SignalPause, SignalUnpause, SignalEnd, SignalClock, SignalMove,
	} {
		if !kinds[string(kind)] {
			t.Errorf("no stored history receives a %q signal: add a recording", kind)
		}
	}
	for _, change := range []string{changeClock, changeResume, changeBudget, changeFresh, changeMove} {
		if !changes[change] {
			t.Errorf("no stored history reaches the change %q of versions.go: add a recording", change)
		}
	}
}

// TestRecordingsPlayWhatTheySay plays every recording on a virtual clock: each
// comes to what it is there to record.
func TestRecordingsPlayWhatTheySay(t *testing.T) {
	all := recordings()
	for _, name := range sorted(all) {
		rec := all[name]
		if rec.ended == "terminated" {
			continue // only a real server terminates
		}
		t.Run(name, func(t *testing.T) {
			s := newStage(t, rec.plan)
			rec.setup(s)
			s.j.cutEvery = rec.cut
			s.j.Plans = versions{"hash": rec.plan, engine.VersionHash(movedName(name)): rec.moved}
			s.hasten(recordSpeed)
			if got := s.play().tale(); got != rec.tale {
				t.Errorf("it went\n%q\nwant\n%q\n%s", got, rec.tale, s.story())
			}
			if rec.cut > 0 && s.runs < 2 {
				t.Errorf("its history was cut %d times", s.runs-1)
			}
		})
	}
}

// replay runs a workflow function against a stored history, and says in words
// what is wrong when it does not fit. told hears every line of the trail the
// code hands to its activities on the way.
func replay(file string, journey any, told func(engine.TimelineEntry)) error {
	e := &eavesdropper{told: told}
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{Interceptors: []interceptor.WorkerInterceptor{e}})
	if err != nil {
		return fmt.Errorf("making a replayer: %w", err)
	}
	r.RegisterWorkflowWithOptions(journey, workflow.RegisterOptions{Name: WorkflowName})
	if err := r.ReplayWorkflowHistoryFromJSONFile(quiet{}, file); err != nil {
		return broken(file, e.deeds, err)
	}
	return nil
}

// broken says what to do about a history that does not replay, for whoever sees
// it for the first time. deeds are what the code did on the way.
func broken(file string, deeds []deed, err error) error {
	h, readErr := readHistory(file)
	if readErr != nil {
		return readErr
	}
	return errors.New(strings.Join([]string{
		fmt.Sprintf("%s does not replay with this code.", filepath.ToSlash(file)),
		fmt.Sprintf("It is the history of an enrollment (the recording %q of recordings*_test.go); people who are inside such a journey while Jornada is updated would be stuck in it.", recordingOf(file)),
		"What differs: " + difference(deedsOf(h), deeds) + ".",
		"What to do: guard the change with workflow.GetVersion (workflows/versions.go says how), then record a history of the new behavior with `make histories RELEASE=v…`.",
		"Never edit or delete a stored history: it is what is running out there.",
		"In Temporal's words: " + err.Error(),
	}, "\n"))
}

// TestABrokenHistoryIsExplained changes the interpreter as a programmer might,
// and holds the message to naming the history, the difference and the remedy.
// Guarded with GetVersion, as the message says, the same change replays.
func TestABrokenHistoryIsExplained(t *testing.T) {
	file := filepath.Join(histories, "ask-timeout.v0.1.0.json")
	j := &Journeys{Plans: storedPlans{}}
	rest := func(ctx workflow.Context) { _ = workflow.Sleep(ctx, time.Hour) }
	changes := map[string]struct {
		change func(ctx workflow.Context, in JourneyInput) error
		differ string
	}{
		"a rest before everything": {func(ctx workflow.Context, in JourneyInput) error {
			rest(ctx)
			return j.Journey(ctx, in)
		}, "where event 5 of the history runs the activity SendMessage, the code sets a timer of 1h0m0s"},
		"nothing at all": {func(workflow.Context, JourneyInput) error { return nil },
			"event 5 of the history runs the activity SendMessage, and the code does not"},
		"another step first": {func(ctx workflow.Context, in JourneyInput) error {
			p, err := storedPlans{}.Plan(in.VersionHash)
			if err != nil {
				return err
			}
			aside(p, p.Start, call("before", 0))
			p.Start = "before"
			return (&Journeys{Plans: onePlan{p}}).Journey(ctx, in)
		}, "where event 5 of the history runs the activity SendMessage, the code runs the activity Call"},
		"a timer more": {func(ctx workflow.Context, in JourneyInput) error {
			workflow.NewTimer(ctx, time.Minute)
			return j.Journey(ctx, in)
		}, "where event 5 of the history runs the activity SendMessage, the code sets a timer of 1m0s"},
	}
	for _, name := range sorted(changes) {
		err := replay(file, changes[name].change, nil)
		if err == nil {
			t.Errorf("%s: it replays although the code does something else", name)
			continue
		}
		said := err.Error()
		for _, want := range []string{
			"testdata/history/ask-timeout.v0.1.0.json does not replay", `"ask-timeout"`, "What differs: " + changes[name].differ + ".",
			"guard the change with workflow.GetVersion (workflows/versions.go says how)", "make histories RELEASE=", "Never edit or delete a stored history",
		} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the message does not say %q:\n%s", name, want, said)
			}
		}
	}
	guarded := func(ctx workflow.Context, in JourneyInput) error {
		if workflow.GetVersion(ctx, "rest-before-everything", workflow.DefaultVersion, 1) != workflow.DefaultVersion {
			rest(ctx)
		}
		return j.Journey(ctx, in)
	}
	if err := replay(file, guarded, nil); err != nil {
		t.Errorf("a guarded change breaks the history: %v", err)
	}
}
