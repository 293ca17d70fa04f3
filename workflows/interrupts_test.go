package workflows

import (
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

// TestExitActsInEveryPhase fires the same exit while the enrollment does
// everything it can do for long.
func TestExitActsInEveryPhase(t *testing.T) {
	phases := map[string]*dsl.Plan{
		"wait":       journey(waitFor("w", 9*time.Hour)),
		"events":     journey(events4(9*time.Hour, dsl.WaitEvent{Outcome: "x", Event: "link.clicked"})),
		"ask":        journey(ask("q", 9*time.Hour)),
		"confirming": journey(send("s", "whatsapp", "sms"), waitFor("w", 9*time.Hour)),
		"handoff":    journey(&dsl.Node{ID: "h", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "q", Timeout: dsl.Duration(9 * time.Hour)}}),
		"child":      journey(&dsl.Node{ID: "k", Verb: "enroll", Enroll: &dsl.Enroll{Journey: "o"}}),
		"lanes":      lanes("all", map[string]*dsl.Node{"a": waitFor("w", 9*time.Hour), "b": ask("q", 9*time.Hour)}),
		"repeat":     loops(5, 9*time.Hour, "", send("n")),
	}
	for _, name := range sorted(phases) {
		t.Run(name, func(t *testing.T) {
			p := phases[name]
			p.Exits = []dsl.Interrupt{{ID: "off", Event: "order.paid", Where: expr("event.total > 5"), Exit: true}}
			s := newStage(t, p)
			s.at(10*time.Minute, event("order.paid", map[string]any{"total": 3}))
			s.at(20*time.Minute, event("order.paid", map[string]any{"total": 8}))
			s.play().ended(engine.Exited, "off")
			s.took(20 * time.Minute)
			if s.noted("condition", "event.total > 5", "false") != 1 || s.noted("condition", "event.total > 5", "true") != 1 {
				t.Fatal(s.story())
			}
		})
	}
}

func TestExitWhileAMessageIsHeld(t *testing.T) {
	p := journey(send("s"))
	p.Exits = []dsl.Interrupt{{ID: "off", Event: "order.paid", Exit: true}}
	s := newStage(t, p)
	s.send = func(activities.SendInput) (activities.SendResult, error) {
		return activities.SendResult{Status: activities.SendRetry, RetryAt: day0.Add(8 * time.Hour)}, nil
	}
	s.at(time.Hour, event("order.paid", nil))
	s.play().ended(engine.Exited, "off")
}

func TestGoalWithoutExitIsNotedOnce(t *testing.T) {
	p := journey(waitFor("w", 3*time.Hour))
	p.Goals = []dsl.Interrupt{{ID: "paid", Event: "order.paid"}}
	s := newStage(t, p)
	s.at(time.Hour, event("order.paid", nil))
	s.at(2*time.Hour, event("order.paid", nil))
	s.play().ended(engine.Completed, "completed")
	if s.noted("outcome", "paid", "goal") != 1 {
		t.Fatal(s.story())
	}
}

func TestWhenIsLookedAtBeforeStepsAndOnChange(t *testing.T) {
	plan := func() *dsl.Plan {
		p := journey(waitFor("w", 2*time.Hour), send("never"))
		p.Exits = []dsl.Interrupt{{ID: "moved", When: expr(`contact.city != "SP"`), Exit: true}}
		return p
	}
	for name, tell := range map[string]bool{"told": true, "not told": false} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, plan())
			moved := false
			s.evaluate = func(string, activities.EvaluateInput) activities.Value { return activities.Value{Value: moved} }
			s.do(time.Hour, func() {
				moved = true
				if tell {
					s.signal(Signal{ID: "c", Kind: SignalContactChanged})
				}
			})
			s.play().ended(engine.Exited, "moved")
			want := 2 * time.Hour
			if tell {
				want = time.Hour
			}
			s.took(want)
			s.did()
		})
	}
}

func TestOptOutLeavesMarketing(t *testing.T) {
	for category, want := range map[string]string{"marketing": "opted_out", "utility": "completed"} {
		p := journey(waitFor("w", 2*time.Hour))
		p.Category = category
		s := newStage(t, p)
		s.at(time.Hour, Signal{Kind: SignalContactChanged, Reason: "opted_out"})
		s.play()
		if got := s.ends[0].Outcome; got != want {
			t.Fatalf("%s: %q, want %q", category, got, want)
		}
	}
}

func TestUntilMovesWithItsInput(t *testing.T) {
	n := &dsl.Node{ID: "w", Verb: "wait", Wait: &dsl.Wait{Until: expr("inputs.starts_at"), Offset: dsl.Duration(-time.Hour)}}
	start := func(at time.Duration) *stage {
		s := newStage(t, journey(n))
		s.in.Inputs = map[string]any{"starts_at": day0.Add(at).Format(time.RFC3339)}
		return s
	}
	s := start(10 * time.Hour).play()
	s.outcome("w", "reached")
	s.took(9 * time.Hour)

	s = start(30 * time.Minute).play()
	s.outcome("w", "past")
	s.took(0)

	s = start(10 * time.Hour)
	s.at(time.Hour, Signal{Kind: SignalInputsChanged, Data: map[string]any{"starts_at": day0.Add(20 * time.Hour).Format(time.RFC3339)}})
	s.play().outcome("w", "reached")
	s.took(19 * time.Hour)

	s = start(10 * time.Hour)
	s.at(2*time.Hour, Signal{Kind: SignalInputsChanged, Data: map[string]any{"starts_at": day0.Add(2 * time.Hour).Format(time.RFC3339)}})
	s.play().outcome("w", "past")
	s.took(2 * time.Hour)

	// A missing date never goes on at once.
	s = newStage(t, journey(n, send("never")))
	s.play().ended(engine.FailedRun, "failed")
	s.did()
}

func TestAskDeadline(t *testing.T) {
	q := question(0)
	q.node.Ask.Timeout = 0
	q.node.Ask.Deadline = expr("inputs.starts_at - hours(4)")
	s := newStage(t, q.plan)
	s.in.Inputs = map[string]any{"starts_at": day0.Add(10 * time.Hour).Format(time.RFC3339)}
	s.play().ended(engine.Exited, "timeout")
	s.took(6 * time.Hour)

	s = newStage(t, q.plan)
	s.in.Inputs = map[string]any{"starts_at": day0.Add(time.Hour).Format(time.RFC3339)}
	s.play().ended(engine.Exited, "timeout")
	s.did() // too late: nothing is sent
}

func TestPause(t *testing.T) {
	s := newStage(t, journey(waitFor("w", time.Hour), send("s")))
	s.at(30*time.Minute, Signal{Kind: SignalPause})
	s.do(2*time.Hour, func() {
		if e := s.explain(); e.Status != engine.Paused || e.CurrentSteps[0].StepID != "s" || e.CurrentSteps[0].Waiting != "paused" {
			t.Errorf("explanation %+v", e)
		}
	})
	s.at(5*time.Hour, Signal{Kind: SignalUnpause})
	s.play().ended(engine.Completed, "completed")
	s.took(5 * time.Hour)
	s.did("send s visit 0 route 0 try 0")
}

func TestEndIsQuiet(t *testing.T) {
	s := newStage(t, journey(ask("q", 9*time.Hour)))
	s.at(time.Hour, Signal{Kind: SignalEnd, Status: "replaced", Outcome: "replaced"})
	s.play()
	if len(s.ends) != 0 {
		t.Fatal("the row says already how it ended")
	}
	s.took(time.Hour)
	if s.noted("ended", "replaced") != 1 {
		t.Fatal(s.story())
	}
}

func TestCircleIsQuarantined(t *testing.T) {
	again := &dsl.Node{ID: "again", Verb: "goto", Goto: &dsl.Goto{Step: "a", Max: 1_000_000}}
	s := newStage(t, counting(journey(set("a", "n", "{{ vars.n + 1 }}"), again))).play()
	s.ended(engine.Quarantine, "quarantined")
}

func TestSpeed(t *testing.T) {
	s := newStage(t, journey(waitFor("w", 24*time.Hour), ask("q", 12*time.Hour)))
	s.in.Anchor = engine.Anchor{Real: day0, Virtual: day0.Add(1000 * time.Hour), Speed: 3600}
	s.play().outcome("q", "timeout")
	s.took(36 * time.Second)
	for _, e := range s.entries() {
		if e.At.Before(day0.Add(1000 * time.Hour)) {
			t.Fatalf("entry %d is not in virtual time: %v", e.Seq, e.At)
		}
	}
}

func TestClockIsReanchored(t *testing.T) {
	s := newStage(t, journey(waitFor("w", 24*time.Hour)))
	// After 1 h at real speed the clock runs at 3600: 23 h more take 23 s.
	s.at(time.Hour, Signal{Kind: SignalClock, Anchor: &engine.Anchor{Real: day0.Add(time.Hour), Virtual: day0.Add(time.Hour), Speed: 3600}})
	s.play().outcome("w", "elapsed")
	s.took(time.Hour + 23*time.Second)
}

func TestExplainSaysWhere(t *testing.T) {
	p := journey(ask("q", 3*time.Hour), set("v", "n", "{{ 7 }}"), waitFor("w", 5*time.Hour))
	p.Vars = map[string]dsl.Var{"n": {Type: expression.Type{Kind: expression.Int}, Default: 0.0}}
	s := newStage(t, p)
	s.at(time.Hour, reply("q", "yes", "segredo"))
	s.do(2*time.Hour, func() {
		e := s.explain()
		if len(e.CurrentSteps) != 1 || e.CurrentSteps[0].StepID != "w" || e.CurrentSteps[0].Waiting != "time" {
			t.Errorf("current steps %+v", e.CurrentSteps)
		}
		if e.NextWakeAt == nil || !e.NextWakeAt.Equal(day0.Add(6*time.Hour)) {
			t.Errorf("next wake-up %v", e.NextWakeAt)
		}
		q, _ := e.Steps["q"].(map[string]any)
		if q["outcome"] != "yes" || q["text"] != nil {
			t.Errorf("outcomes %v", e.Steps)
		}
		if e.Vars["n"] != 7.0 {
			t.Errorf("vars %v", e.Vars)
		}
	})
	s.play()
}

func TestCancellationInTemporal(t *testing.T) {
	s := newStage(t, journey(waitFor("w", 9*time.Hour)))
	s.canceled = true
	s.do(time.Hour, func() { s.env.CancelWorkflow() })
	s.play().ended(engine.Unenrolled, "unenrolled")
}
