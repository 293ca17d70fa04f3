package workflows

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"jornada/dsl"
	"jornada/engine"
)

var (
	record  = flag.Bool("record", false, "record histories against the Temporal server at $JORNADA_TEMPORAL")
	release = flag.String("release", "dev", "the release recorded histories are named after")
)

const histories = "testdata/history"

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

// TestReplayHistories replays every recorded history with today's code.
func TestReplayHistories(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(histories, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 15 {
		t.Fatalf("%d histories are stored: the ones of a release never go away", len(files))
	}
	all := recordings()
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			name, _, _ := strings.Cut(filepath.Base(file), ".")
			name, _, _ = strings.Cut(name, "+")
			r := worker.NewWorkflowReplayer()
			(&Journeys{Plans: storedPlans{}, cutEvery: all[name].cut}).Register(r)
			if err := r.ReplayWorkflowHistoryFromJSONFile(quiet{}, file); err != nil {
				t.Fatalf("this change breaks running enrollments: guard it with workflow.GetVersion in versions.go, and leave the history as it is.\n%s: %v", file, err)
			}
		})
	}
}

// TestReplayNoticesAChange makes sure that the replay would fail: the plan's
// steps differ from what the history says.
func TestReplayNoticesAChange(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(histories, "budget.*.json"))
	for _, file := range files {
		r := worker.NewWorkflowReplayer()
		(&Journeys{Plans: onePlan{journey(waitFor("w", time.Hour))}}).Register(r)
		if err := r.ReplayWorkflowHistoryFromJSONFile(quiet{}, file); err == nil {
			t.Fatalf("%s replays although the code does something else", file)
		}
	}
}

// TestRecordHistories plays the recordings on a real server and stores their
// histories.
func TestRecordHistories(t *testing.T) {
	address := os.Getenv("JORNADA_TEMPORAL")
	if !*record {
		return // an ordinary test run records nothing
	}
	if address == "" {
		t.Fatal("set JORNADA_TEMPORAL to the address of a Temporal server, such as 127.0.0.1:7233")
	}
	c, err := client.Dial(client.Options{HostPort: address, Logger: quiet{}, Identity: "recorder"})
	if err != nil {
		t.Fatalf("connecting to Temporal at %s: %v", address, err)
	}
	t.Cleanup(c.Close)
	all := recordings()
	for _, name := range sorted(all) {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat(historyFile(name)); err == nil {
				return // a recorded history stays as it is
			}
			t.Parallel()
			recordOne(t, c, name, all[name])
		})
	}
}

func recordOne(t *testing.T, c client.Client, name string, rec recording) {
	const speed = 3600
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s := newStage(t, rec.plan)
	rec.setup(s)
	s.j.cutEvery = rec.cut
	queue := fmt.Sprintf("record-%s-%d", name, os.Getpid())
	w := worker.New(c, queue, worker.Options{Identity: "recorder"})
	s.j.Register(w)
	s.register(w)
	if err := w.Start(); err != nil {
		t.Fatalf("starting a worker: %v", err)
	}
	defer w.Stop()

	hash := name + "-" + *release
	in := s.in
	in.EnrollmentID = engine.EnrollmentID(fmt.Sprintf("enr_%s_%d", name, os.Getpid()))
	in.VersionHash = engine.VersionHash(hash)
	started := time.Now()
	in.Anchor = engine.Anchor{Real: started, Virtual: day0, Speed: speed}
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: WorkflowID(in.EnrollmentID), TaskQueue: queue}, WorkflowName, in)
	if err != nil {
		t.Fatalf("starting: %v", err)
	}
	firstRun := run.GetRunID() // Get below follows the runs that continue it
	s.tell = func(sig Signal) {
		if err := c.SignalWorkflow(ctx, run.GetID(), "", SignalName, sig); err != nil {
			t.Errorf("signaling: %v", err)
		}
	}
	for i := range s.script {
		cue := &s.script[i]
		select {
		case <-time.After(time.Until(started.Add(cue.at / speed))):
			cue.do()
		case <-ctx.Done():
			t.Fatal("it took too long")
		}
	}
	if err := run.Get(ctx, nil); err != nil {
		t.Fatalf("the enrollment failed: %v", err)
	}
	// A workflow task that failed because a signal came meanwhile is done again:
	// its lines are written again too, a little later.
	s.twice = nil
	s.gapless()

	plan, err := json.MarshalIndent(rec.plan, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(histories, "plans", hash+".json"), plan)
	part, runID := name, firstRun
	for n := 2; runID != ""; n++ {
		h, next := fetchHistory(ctx, t, c, run.GetID(), runID)
		t.Logf("%s: %d events", part, len(h.Events))
		if rec.most > 0 && len(h.Events) > rec.most {
			t.Errorf("%d events, want at most %d", len(h.Events), rec.most)
		}
		body, err := protojson.MarshalOptions{Indent: " "}.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, historyFile(part), body)
		part, runID = fmt.Sprintf("%s+%d", name, n), next
	}
}

// fetchHistory reads one run, and names the run that continues it.
func fetchHistory(ctx context.Context, t *testing.T, c client.Client, id, runID string) (h *history.History, next string) {
	t.Helper()
	h = &history.History{}
	it := c.GetWorkflowHistory(ctx, id, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		if err != nil {
			t.Fatalf("reading the history: %v", err)
		}
		h.Events = append(h.Events, e)
		if a := e.GetWorkflowExecutionContinuedAsNewEventAttributes(); a != nil {
			next = a.NewExecutionRunId
		}
	}
	return h, next
}

func historyFile(name string) string {
	return filepath.Join(histories, fmt.Sprintf("%s.%s.json", name, *release))
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
