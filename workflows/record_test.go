package workflows

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
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

// movedName is the hash of the plan that a recording moves to.
func movedName(name string) string { return name + "-2-" + *release }

// recordSpeed makes an hour of a recording pass in a second.
const recordSpeed = 3600

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
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s := newStage(t, rec.plan)
	rec.setup(s)
	s.j.cutEvery = rec.cut
	queue := fmt.Sprintf("record-%s-%d", name, os.Getpid())
	var w worker.Worker
	begin := func() {
		w = worker.New(c, queue, worker.Options{Identity: "recorder"})
		s.j.Register(w)
		s.register(w)
		if err := w.Start(); err != nil {
			t.Fatalf("starting a worker: %v", err)
		}
	}
	s.worker = func(on bool) {
		if on {
			begin()
			return
		}
		w.Stop()
	}
	if !rec.early {
		begin()
	}
	defer func() { w.Stop() }()

	hash := name + "-" + *release
	s.j.Plans = versions{engine.VersionHash(hash): rec.plan, engine.VersionHash(movedName(name)): rec.moved}
	in := s.in
	in.EnrollmentID = engine.EnrollmentID(fmt.Sprintf("enr_%s_%d", name, os.Getpid()))
	in.VersionHash = engine.VersionHash(hash)
	started := time.Now()
	in.Anchor = engine.Anchor{Real: started, Virtual: day0, Speed: recordSpeed}
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
	s.stop = func() {
		stop := c.CancelWorkflow
		if rec.ended == "terminated" {
			stop = func(ctx context.Context, id, runID string) error {
				return c.TerminateWorkflow(ctx, id, runID, "the contact was erased")
			}
		}
		if err := stop(ctx, run.GetID(), ""); err != nil {
			t.Errorf("interrupting: %v", err)
		}
	}
	s.present = func() (real, virtual time.Time) { now := time.Now(); return now, in.Anchor.At(now) }
	for i := range s.script {
		cue := &s.script[i]
		if rec.early && cue.at > 0 {
			begin()
			rec.early = false
		}
		select {
		case <-time.After(time.Until(started.Add(cue.at / recordSpeed))):
			cue.do()
		case <-ctx.Done():
			t.Fatal("it took too long")
		}
	}
	if rec.early {
		begin()
	}
	if err := run.Get(ctx, nil); (err != nil) != (rec.ended != "") {
		t.Fatalf("the enrollment's workflow ended with %v; from outside: %q", err, rec.ended)
	}
	// A workflow task that failed because a signal came meanwhile is done again:
	// its lines are written again too, a little later.
	s.twice = nil
	s.gapless()
	if got := s.tale(); rec.ended != "terminated" && got != rec.tale {
		t.Fatalf("it went differently, so nothing is stored:\n%s\nwant\n%s\n%s", got, rec.tale, s.story())
	}

	for hash, p := range map[string]*dsl.Plan{hash: rec.plan, movedName(name): rec.moved} {
		if p == nil {
			continue
		}
		plan, err := json.MarshalIndent(p, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(histories, "plans", hash+".json"), plan)
	}
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
