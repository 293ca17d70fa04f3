package workflows

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"jornada/engine"
)

// TestCutsOnARealServer floods an enrollment with signals while its history is
// cut every few of them, on the server at $JORNADA_TEMPORAL: the test
// environment cannot show the race between a signal and a cut. Without a server
// there is nothing to test.
func TestCutsOnARealServer(t *testing.T) {
	address := os.Getenv("JORNADA_TEMPORAL")
	if address == "" {
		return
	}
	const n = 300
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c, err := client.Dial(client.Options{HostPort: address, Logger: quiet{}})
	if err != nil {
		t.Fatalf("connecting to Temporal at %s: %v", address, err)
	}
	defer c.Close()
	p := journey(events4(100*time.Hour, dslPaid), exit("end", "paid"))
	s := newStage(t, p)
	s.j.cutEvery = 7
	queue := fmt.Sprintf("cuts-%d", os.Getpid())
	w := worker.New(c, queue, worker.Options{})
	s.j.Register(w)
	s.register(w)
	if err := w.Start(); err != nil {
		t.Fatalf("starting a worker: %v", err)
	}
	defer w.Stop()
	in := s.in
	in.EnrollmentID = engine.EnrollmentID(fmt.Sprintf("enr_cuts_%d", os.Getpid()))
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: WorkflowID(in.EnrollmentID), TaskQueue: queue}, WorkflowName, in)
	if err != nil {
		t.Fatalf("starting: %v", err)
	}
	send := func(sig Signal) {
		for range 2 { // everything comes twice
			if err := c.SignalWorkflow(ctx, run.GetID(), "", SignalName, sig); err != nil {
				t.Errorf("signaling: %v", err)
			}
		}
	}
	for i := range n {
		send(Signal{ID: fmt.Sprint("s", i), Kind: SignalEvent, Event: fmt.Sprintf("e.%d", i)})
	}
	// The last one only once: when it is handled the enrollment is over.
	if err := c.SignalWorkflow(ctx, run.GetID(), "", SignalName, Signal{ID: "last", Kind: SignalEvent, Event: "order.paid"}); err != nil {
		t.Fatalf("signaling: %v", err)
	}
	if err := run.Get(ctx, nil); err != nil {
		t.Fatalf("the enrollment failed: %v", err)
	}
	s.ended(engine.Exited, "paid")
	s.twice = nil
	s.gapless()
	for i := range n {
		if got := s.noted(fmt.Sprintf(" e.%d ", i)); got != 1 {
			t.Fatalf("signal %d was handled %d times", i, got)
		}
	}
}
