package workflows

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"jornada/dsl"
	"jornada/engine"
)

// everything is a journey with long waits of every kind, in lanes too.
func everything() *dsl.Plan {
	par := &dsl.Node{ID: "par", Verb: "parallel", Normal: "done", Parallel: &dsl.Parallel{Join: "all", Lanes: []dsl.Lane{{ID: "a", Start: "qa"}, {ID: "b", Start: "desk"}, {ID: "c", Start: "rep"}}}}
	p := counting(journey(
		ask("q", 10*time.Hour, "whatsapp", "sms"), par,
		events4(10*time.Hour, dsl.WaitEvent{Outcome: "paid", Event: "order.paid"}, dsl.WaitEvent{Outcome: "wrote", Reply: "whatsapp"}),
		&dsl.Node{ID: "kid", Verb: "enroll", Normal: "completed", Enroll: &dsl.Enroll{Journey: "o"}},
		exit("end", "done"),
	))
	p.Nodes["q"].Ask.Retries = 2
	aside(p, "par", inside(ask("qa", 10*time.Hour), "par"))
	aside(p, "par", inside(&dsl.Node{ID: "desk", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "q", Timeout: dsl.Duration(10 * time.Hour)}}, "par"))
	aside(p, "par", inside(&dsl.Node{ID: "rep", Verb: "repeat", Normal: "done", Repeat: &dsl.Repeat{Max: 3, Every: dsl.Duration(time.Hour), Body: "inc"}}, "par"))
	aside(p, "rep", inside(set("inc", "n", "{{ vars.n + 1 }}"), "par", "rep"))
	return p
}

// perform scripts one passage through everything, with every signal twice.
func perform(s *stage) {
	var cues []struct {
		at  time.Duration
		sig Signal
	}
	add := func(at time.Duration, sig Signal) {
		cues = append(cues, struct {
			at  time.Duration
			sig Signal
		}{at, sig})
	}
	add(5*time.Minute, status("m_q_0_0_0", engine.Delivered, ""))
	add(10*time.Minute, confused("q", "hein?"))
	add(20*time.Minute, confused("q", "como?"))
	add(30*time.Minute, reply("q", "yes", "sim"))
	add(90*time.Minute, reply("qa", "no", "não"))
	add(5*time.Hour, Signal{Kind: SignalHandoff, Handoff: "h_desk", Outcome: "resolved"})
	add(6*time.Hour, event("link.clicked", nil))
	add(7*time.Hour, event("order.paid", map[string]any{"total": 3}))
	add(8*time.Hour, Signal{Kind: SignalChild, Child: "enr_child_kid", Status: "completed", Outcome: "completed"})
	for i, c := range cues {
		c.sig.ID = fmt.Sprintf("sig_%d", i)
		s.at(c.at, c.sig)
		s.at(c.at, c.sig)
	}
}

// TestCutHistoriesChangeNothing plays the same passage with the history cut at
// ever different places: nothing may be lost, doubled or different.
func TestCutHistoriesChangeNothing(t *testing.T) {
	whole := newStage(t, everything())
	perform(whole)
	whole.play().ended(engine.Exited, "done")
	if whole.runs != 1 {
		t.Fatalf("%d runs without a cut", whole.runs)
	}
	want := outline(whole)
	for every := 1; every <= 15; every++ {
		s := newStage(t, everything())
		s.j.cutEvery = every
		perform(s)
		s.play().ended(engine.Exited, "done")
		if s.runs < 2 {
			t.Errorf("cut every %d: only %d runs", every, s.runs)
		}
		if got := outline(s); got != want {
			t.Fatalf("cut every %d (%d runs):\n%s\nwant\n%s", every, s.runs, got, want)
		}
	}
}

// outline is what an enrollment did, without the order of what lanes do at once.
func outline(s *stage) string {
	var lines []string
	for _, e := range s.entries() {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s", e.At.Sub(day0).Round(time.Second), e.Kind, e.StepID, e.Result, e.Detail))
	}
	lines = append(lines, s.log...)
	return strings.Join(sortedStrings(lines), "\n")
}

// TestManySignalsAroundCuts sends bursts while the history is cut every few
// signals: every one is handled exactly once.
func TestManySignalsAroundCuts(t *testing.T) {
	const n = 500
	p := journey(waitFor("w", 100*time.Hour))
	s := newStage(t, p)
	s.j.cutEvery = 7
	for i := range n {
		sig := Signal{ID: fmt.Sprintf("s%d", i), Kind: SignalEvent, Event: fmt.Sprintf("e.%d", i)}
		s.at(time.Duration(i/10)*time.Minute, sig) // ten at the same instant
		if i%3 == 0 {
			s.at(time.Duration(i/10)*time.Minute, sig)
		}
	}
	s.play().ended(engine.Completed, "completed")
	for i := range n {
		if got := s.noted(fmt.Sprintf(" e.%d ", i)); got != 1 {
			t.Fatalf("signal %d handled %d times (%d runs)", i, got, s.runs)
		}
	}
	if s.runs < n/10 {
		t.Fatalf("only %d runs", s.runs)
	}
}

// TestPendingSignalsAreTakenFirst begins a run with signals that came while the
// history was cut.
func TestPendingSignalsAreTakenFirst(t *testing.T) {
	q := question(9 * time.Hour)
	s := newStage(t, q.plan)
	early := reply("q", "yes", "sim")
	early.ID = "early"
	s.in.State = &State{
		StartedAt: day0, Visits: map[string]int{"q": 1}, Pending: []Signal{early, early},
		Threads: []*Thread{{Frame: Frame{Cursor: "q", Step: &StepState{Phase: phaseWaiting, StartedAt: day0, Until: day0.Add(9 * time.Hour), WaitOpen: true}}}},
	}
	s.play().ended(engine.Exited, "yes")
	s.took(0)
	s.did()
}

func TestEventOnTheWayToItsWait(t *testing.T) {
	// The event comes while the message before the wait is being sent.
	p := journey(send("s"), events4(time.Hour, dsl.WaitEvent{Outcome: "paid", Event: "order.paid"}))
	s := newStage(t, p)
	s.at(0, event("order.paid", nil))
	s.play().outcome("w", "paid")
	s.took(0)

	// One that came during an earlier rest is past.
	p = journey(waitFor("rest", time.Hour), events4(time.Hour, dsl.WaitEvent{Outcome: "paid", Event: "order.paid"}))
	s = newStage(t, p)
	s.at(30*time.Minute, event("order.paid", nil))
	s.play().outcome("w", "timeout")
}

func TestLongTrailOfSignalsIsStored(t *testing.T) {
	s := newStage(t, journey(waitFor("w", 100*time.Hour)))
	for i := range 600 {
		s.at(time.Duration(i)*time.Minute, Signal{Kind: SignalEvent, Event: "noise"})
	}
	s.do(11*time.Hour, func() {
		if e := s.explain(); len(e.Trail) >= flushTrailAt {
			t.Errorf("%d lines wait to be stored", len(e.Trail))
		}
	})
	s.play().ended(engine.Completed, "completed")
	if s.counts[ActivityRecord] != 3 { // the wait's own, and two for the noise
		t.Fatalf("%d records", s.counts[ActivityRecord])
	}
}
