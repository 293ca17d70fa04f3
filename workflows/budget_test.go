package workflows

import (
	"strings"
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

// circle waits and jumps back, for as long as it may.
func circle(pause time.Duration) *dsl.Plan {
	p := journey(waitFor("w", pause), &dsl.Node{ID: "back", Verb: "goto", Goto: &dsl.Goto{Step: "w", Max: 100_000}})
	return p
}

// A journey that turns a little slower than the burst allows is still stopped
// within the hour.
func TestAnHourHasABudget(t *testing.T) {
	s := newStage(t, circle(time.Second))
	s.play().ended(engine.Quarantine, "quarantined")
	if !strings.Contains(s.ends[0].Reason, "runs in circles") || s.elapsed > time.Hour {
		t.Errorf("%q after %v", s.ends[0].Reason, s.elapsed)
	}
	slow := newStage(t, circle(time.Minute))
	slow.at(20*time.Hour, Signal{Kind: SignalEnd, Status: "unenrolled", Outcome: "unenrolled"})
	slow.play()
	if len(slow.ends) != 0 || slow.counts[ActivityRecord] < 1000 {
		t.Errorf("a round a minute was ended: %+v", slow.ends)
	}
}

func TestAVariableHasALimit(t *testing.T) {
	p := journey(set("v", "text", "{{ inputs.note }}"), waitFor("w", time.Hour))
	p.Inputs["note"] = expression.Type{Kind: expression.String}
	p.Vars = map[string]dsl.Var{"text": {Type: expression.Type{Kind: expression.String}, Default: ""}}
	for size, want := range map[int]engine.EnrollmentStatus{60 << 10: engine.Completed, 65 << 10: engine.FailedRun} {
		s := newStage(t, p)
		s.in.Inputs = map[string]any{"note": strings.Repeat("x", size)}
		s.play()
		if got := s.ends[0]; got.Status != want || want == engine.FailedRun && !strings.Contains(got.Reason, "`text` would be 65 KB and may be 64 KB") {
			t.Errorf("%d: %s %q", size, got.Status, got.Reason)
		}
	}
}

// What steps bring home adds up; beyond what a history can hold, the enrollment
// is stopped with a reason.
func TestAnEnrollmentCarriesSoMuch(t *testing.T) {
	var nodes []*dsl.Node
	for i := range 20 {
		nodes = append(nodes, &dsl.Node{ID: "c" + string(rune('a'+i)), Verb: "call", Normal: "ok", Call: &dsl.Call{Returns: expression.Fields{"x": {Kind: expression.String}}}})
	}
	s := newStage(t, journey(nodes...))
	s.call = func(activities.CallInput) (activities.CallResult, error) {
		return activities.CallResult{OK: true, Status: 200, Body: map[string]any{"x": strings.Repeat("x", 60<<10)}}, nil
	}
	s.play().ended(engine.Quarantine, "quarantined")
	if !strings.Contains(s.ends[0].Reason, "carries") || s.counts[ActivityCall] > 19 {
		t.Errorf("%q after %d calls", s.ends[0].Reason, s.counts[ActivityCall])
	}
}
