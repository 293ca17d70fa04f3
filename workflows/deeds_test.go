package workflows

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"jornada/activities"
	"jornada/engine"
)

// deed is one thing an interpreter asks of Temporal, in words: in a history with
// the event that holds it, in running code without.
type deed struct {
	event int64
	what  string
}

func runsActivity(name string) string  { return "runs the activity " + name }
func setsTimer(d time.Duration) string { return "sets a timer of " + d.String() }
func signalsWorkflow(id string) string { return "signals the workflow " + id }
func (d deed) same(o deed) bool        { return d.what == o.what }

// deedsOf reads what a history holds.
func deedsOf(h *history.History) (list []deed) {
	for _, e := range h.Events {
		var what string
		switch {
		case e.GetMarkerRecordedEventAttributes() != nil:
			m := e.GetMarkerRecordedEventAttributes()
			var data struct{ ActivityType string }
			if p := m.Details["data"]; p != nil && converter.GetDefaultDataConverter().FromPayloads(p, &data) == nil {
				what = runsActivity(data.ActivityType)
			}
		case e.GetTimerStartedEventAttributes() != nil:
			what = setsTimer(e.GetTimerStartedEventAttributes().StartToFireTimeout.AsDuration())
		case e.GetSignalExternalWorkflowExecutionInitiatedEventAttributes() != nil:
			what = signalsWorkflow(e.GetSignalExternalWorkflowExecutionInitiatedEventAttributes().WorkflowExecution.GetWorkflowId())
		}
		if what != "" {
			list = append(list, deed{e.EventId, what})
		}
	}
	return list
}

// difference says where two lists of deeds part. Lanes may do the same things in
// another order, so it looks for the first deed that only one side knows, and
// says what the other did in its place.
func difference(then, now []deed) string {
	onlyThen, onlyNow := then, now
	for _, d := range then {
		if k := slices.IndexFunc(onlyNow, d.same); k >= 0 { // one for one: the same deed may be done often
			onlyNow = slices.Delete(slices.Clone(onlyNow), k, k+1)
			k = slices.Index(onlyThen, d)
			onlyThen = slices.Delete(slices.Clone(onlyThen), k, k+1)
		}
	}
	switch {
	case len(onlyNow) > 0:
		place := slices.IndexFunc(now, onlyNow[0].same)
		if place < len(then) {
			return fmt.Sprintf("where event %d of the history %s, the code %s", then[place].event, then[place].what, onlyNow[0].what)
		}
		return fmt.Sprintf("after the last event of the history the code %s", onlyNow[0].what)
	case len(onlyThen) > 0:
		return fmt.Sprintf("event %d of the history %s, and the code does not", onlyThen[0].event, onlyThen[0].what)
	}
	return "the code does the same things in another order, or ends otherwise"
}

func readHistory(file string) (*history.History, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("reading a stored history: %w", err)
	}
	defer func() { _ = f.Close() }()
	h, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the stored history %s: %w", file, err)
	}
	return h, nil
}

// signalKinds lists what an enrollment was told.
func signalKinds(t *testing.T, h *history.History) (kinds []string) {
	t.Helper()
	for _, e := range h.Events {
		a := e.GetWorkflowExecutionSignaledEventAttributes()
		if a == nil {
			continue
		}
		var s Signal
		if err := converter.GetDefaultDataConverter().FromPayloads(a.Input, &s); err != nil {
			t.Fatalf("reading the signal of event %d: %v", e.EventId, err)
		}
		kinds = append(kinds, string(s.Kind))
	}
	return kinds
}

// changesOf lists the changes of versions.go that a history has gone through.
func changesOf(t *testing.T, h *history.History) (ids []string) {
	t.Helper()
	for _, e := range h.Events {
		m := e.GetMarkerRecordedEventAttributes()
		if m == nil || m.MarkerName != "Version" {
			continue
		}
		var id string
		if err := converter.GetDefaultDataConverter().FromPayloads(m.Details["change-id"], &id); err != nil {
			t.Fatalf("reading the version marker of event %d: %v", e.EventId, err)
		}
		ids = append(ids, id)
	}
	return ids
}

// eavesdropper notes what replayed code asks of Temporal, and hears the trail it
// hands to its activities: their inputs stand in no history, but the code makes
// them again.
type eavesdropper struct {
	interceptor.WorkerInterceptorBase

	told  func(engine.TimelineEntry)
	deeds []deed
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (e *eavesdropper) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &doorIn{interceptor.WorkflowInboundInterceptorBase{Next: next}, e}
}

type doorIn struct {
	interceptor.WorkflowInboundInterceptorBase

	*eavesdropper
}

// Init implements interceptor.WorkflowInboundInterceptor.
func (d *doorIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return d.Next.Init(&doorOut{interceptor.WorkflowOutboundInterceptorBase{Next: out}, d.eavesdropper})
}

type doorOut struct {
	interceptor.WorkflowOutboundInterceptorBase

	*eavesdropper
}

func (d *doorOut) did(what string) { d.deeds = append(d.deeds, deed{what: what}) }

// ExecuteLocalActivity implements interceptor.WorkflowOutboundInterceptor.
func (d *doorOut) ExecuteLocalActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	d.did(runsActivity(name))
	for _, in := range args {
		raw, err := json.Marshal(in)
		var base activities.Base // every input embeds it, or is it
		if err == nil && json.Unmarshal(raw, &base) == nil && d.told != nil {
			for _, line := range base.Trail {
				d.told(line)
			}
		}
	}
	return d.Next.ExecuteLocalActivity(ctx, name, args...)
}

// NewTimer implements interceptor.WorkflowOutboundInterceptor.
func (d *doorOut) NewTimer(ctx workflow.Context, after time.Duration) workflow.Future {
	d.did(setsTimer(after))
	return d.Next.NewTimer(ctx, after)
}

// NewTimerWithOptions implements interceptor.WorkflowOutboundInterceptor.
func (d *doorOut) NewTimerWithOptions(ctx workflow.Context, after time.Duration, options workflow.TimerOptions) workflow.Future {
	d.did(setsTimer(after))
	return d.Next.NewTimerWithOptions(ctx, after, options)
}

// SignalExternalWorkflow implements interceptor.WorkflowOutboundInterceptor.
func (d *doorOut) SignalExternalWorkflow(ctx workflow.Context, id, runID, signal string, arg any) workflow.Future {
	d.did(signalsWorkflow(id))
	return d.Next.SignalExternalWorkflow(ctx, id, runID, signal, arg)
}
