package workflows

import (
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

func text(source string) *dsl.Text { return &dsl.Text{Source: source} }

func guarded(n *dsl.Node, condition string) *dsl.Node {
	n.If = expr(condition)
	return n
}

func set(id string, pairs ...string) *dsl.Node {
	n := &dsl.Node{ID: id, Verb: "set", Normal: "ok", Set: map[string]*dsl.Text{}}
	for i := 0; i < len(pairs); i += 2 {
		n.Set[pairs[i]] = text(pairs[i+1])
	}
	return n
}

// counting is a plan with an integer variable `n` from 0.
func counting(p *dsl.Plan) *dsl.Plan {
	p.Vars = map[string]dsl.Var{"n": {Type: expression.Type{Kind: expression.Int}, Default: 0.0}}
	return p
}

func TestGuardSkips(t *testing.T) {
	s := newStage(t, journey(guarded(send("a"), "1 > 2"), guarded(send("b"), "2 > 1"))).play()
	s.did("send b visit 0 route 0 try 0")
	if s.noted("condition a", "1 > 2", "false") != 1 || s.noted("step a", "skipped") != 1 {
		t.Fatal(s.story())
	}
}

func TestGuardThatReadsTheContactRunsOutside(t *testing.T) {
	s := newStage(t, journey(guarded(send("a"), `contact.city == "Campinas"`)))
	s.evaluate = func(string, activities.EvaluateInput) activities.Value { return activities.Value{Value: false} }
	s.play().did()
	if s.counts[ActivityEvaluate] != 1 {
		t.Fatal("the contact was read inside the workflow")
	}
}

func TestBrokenGuardFailsVisibly(t *testing.T) {
	s := newStage(t, journey(guarded(send("a"), "steps.never.score > 3"))).play()
	s.ended(engine.FailedRun, "failed")
	s.did()
	if s.ends[0].Reason == "" {
		t.Fatal("no reason was given")
	}
}

func TestSwitchTakesTheFirstThatHolds(t *testing.T) {
	sw := edges(&dsl.Node{ID: "sw", Verb: "switch", Switch: []dsl.Case{{ID: "big", When: expr("vars.n > 5")}, {ID: "mid", When: expr("vars.n > 2")}, {ID: "small"}}},
		"big", "x_big", "mid", "x_mid", "small", "x_small")
	for value, want := range map[float64]string{9: "big", 4: "mid", 1: "small"} {
		p := counting(journey(sw))
		p.Vars["n"] = dsl.Var{Type: expression.Type{Kind: expression.Int}, Default: value}
		aside(p, "", exit("x_big", "big"), exit("x_mid", "mid"), exit("x_small", "small"))
		newStage(t, p).play().ended(engine.Exited, want)
	}
	p := counting(journey(&dsl.Node{ID: "sw", Verb: "switch", Switch: []dsl.Case{{ID: "big", When: expr("vars.n > 5")}}}))
	newStage(t, p).play().outcome("sw", "otherwise")
}

func TestSplitUsesTheRecordedAssignment(t *testing.T) {
	n := &dsl.Node{ID: "sp", Verb: "split", Split: &dsl.Split{Seed: "demo/sp", Variants: []dsl.Variant{{ID: "a", Share: 50}, {ID: "b", Share: 50}}}}
	s := newStage(t, journey(n))
	s.step = func(string, activities.StepInput) (activities.StepResult, error) {
		return activities.StepResult{Outcome: "b"}, nil
	}
	s.play().outcome("sp", "b")
	s = newStage(t, journey(n))
	s.in.ContactID = ""
	s.play()
	if s.counts[ActivityAssignVariant] != 0 {
		t.Fatal("without a contact the draw is pure")
	}
}

func lanes(join string, bodies map[string]*dsl.Node) *dsl.Plan {
	par := &dsl.Node{ID: "par", Verb: "parallel", Normal: "done", Parallel: &dsl.Parallel{Join: join}}
	p := journey(par, exit("end", "after"))
	for _, id := range sorted(bodies) {
		n := bodies[id]
		par.Parallel.Lanes = append(par.Parallel.Lanes, dsl.Lane{ID: id, Start: n.ID})
		aside(p, "par", inside(n, "par"))
	}
	return p
}

func TestParallelAllWaitsForEveryLane(t *testing.T) {
	s := newStage(t, lanes("all", map[string]*dsl.Node{"a": waitFor("wa", 2*time.Hour), "b": waitFor("wb", 5*time.Hour), "c": send("c")})).play()
	s.ended(engine.Exited, "after")
	s.took(5 * time.Hour)
}

func TestParallelFirstLetsTheOthersGo(t *testing.T) {
	desk := &dsl.Node{ID: "desk", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "q", Timeout: dsl.Duration(9 * time.Hour)}}
	child := &dsl.Node{ID: "kid", Verb: "enroll", Enroll: &dsl.Enroll{Journey: "other"}}
	s := newStage(t, lanes("first", map[string]*dsl.Node{"a": ask("q", 24*time.Hour), "b": waitFor("w", time.Hour), "c": desk, "d": child})).play()
	s.ended(engine.Exited, "after")
	s.took(time.Hour)
	s.didInAnyOrder("send q visit 0 route 0 try 0", "OpenHandoff desk", "EnrollChild kid",
		"close q canceled", "cancel h_desk canceled", "end enr_child_kid unenrolled unenrolled")
}

func TestTwoLanesAnswerIndependently(t *testing.T) {
	s := newStage(t, lanes("all", map[string]*dsl.Node{"a": ask("q1", 24*time.Hour), "b": ask("q2", 24*time.Hour)}))
	s.at(time.Hour, reply("q2", "no", "2"))
	s.at(2*time.Hour, reply("q1", "yes", "1"))
	s.play().outcome("q1", "yes")
	s.outcome("q2", "no")
	s.took(2 * time.Hour)
}

func TestExitInALaneEndsEverything(t *testing.T) {
	s := newStage(t, lanes("all", map[string]*dsl.Node{"a": exit("x", "gone"), "b": waitFor("w", time.Hour)})).play()
	s.ended(engine.Exited, "gone")
	s.took(0)
}

func loops(limit int, every time.Duration, until string, body ...*dsl.Node) *dsl.Plan {
	rep := edges(&dsl.Node{ID: "rep", Verb: "repeat", Normal: "done", Repeat: &dsl.Repeat{Max: limit, Every: dsl.Duration(every), Body: body[0].ID}}, "exhausted", "x_ex")
	if until != "" {
		rep.Repeat.Until = expr(until)
	}
	p := counting(journey(rep, exit("end", "done")))
	aside(p, "end", exit("x_ex", "exhausted"))
	for i, n := range body {
		next := "rep"
		if i+1 < len(body) {
			next = body[i+1].ID
		}
		aside(p, next, inside(n, "rep"))
	}
	return p
}

func TestRepeat(t *testing.T) {
	s := newStage(t, loops(5, 24*time.Hour, "vars.n >= 3", send("nudge"), set("inc", "n", "{{ vars.n + 1 }}"))).play()
	s.ended(engine.Exited, "done")
	s.took(48 * time.Hour)
	s.did("send nudge visit 0 route 0 try 0", "send nudge visit 1 route 0 try 0", "send nudge visit 2 route 0 try 0")

	newStage(t, loops(2, 0, "vars.n >= 3", set("inc", "n", "{{ vars.n + 1 }}"))).play().ended(engine.Exited, "exhausted")
	newStage(t, loops(2, 0, "", set("inc", "n", "{{ vars.n + 1 }}"))).play().ended(engine.Exited, "done")
	newStage(t, loops(4, 0, "loop.index == 2", send("nudge"))).play().outcome("nudge", "sent sent sent")
}

func TestGotoIsBounded(t *testing.T) {
	again := &dsl.Node{ID: "again", Verb: "goto", Goto: &dsl.Goto{Step: "a", Max: 2}}
	s := newStage(t, journey(send("a"), again, exit("end", "out"))).play()
	s.ended(engine.Exited, "out")
	s.did("send a visit 0 route 0 try 0", "send a visit 1 route 0 try 0", "send a visit 2 route 0 try 0")
	s.outcome("again", "exhausted")
}

func TestGotoOutOfRepeatAndLane(t *testing.T) {
	jump := &dsl.Node{ID: "jump", Verb: "goto", Goto: &dsl.Goto{Step: "rep", Max: 1}}
	s := newStage(t, loops(2, 0, "", send("a"), jump)).play()
	s.did("send a visit 0 route 0 try 0", "send a visit 1 route 0 try 0", "send a visit 2 route 0 try 0")

	out := &dsl.Node{ID: "out", Verb: "goto", Goto: &dsl.Goto{Step: "end", Max: 1}}
	s = newStage(t, lanes("all", map[string]*dsl.Node{"a": out, "b": waitFor("w", time.Hour)})).play()
	s.ended(engine.Exited, "after")
	s.took(0)
}

func TestEnroll(t *testing.T) {
	kid := func(timeout time.Duration) *dsl.Plan {
		n := edges(&dsl.Node{ID: "kid", Verb: "enroll", Normal: "completed", Enroll: &dsl.Enroll{Journey: "other", Timeout: dsl.Duration(timeout)}}, "failed", "x")
		p := journey(n, exit("end", "fine"))
		aside(p, "end", exit("x", "failed"))
		return p
	}
	ended := func(st engine.EnrollmentStatus, outcome string) Signal {
		return Signal{Kind: SignalChild, Child: "enr_child_kid", Status: string(st), Outcome: outcome}
	}
	s := newStage(t, kid(0))
	s.at(time.Hour, ended(engine.Completed, "completed"))
	s.play().outcome("kid", "completed")
	s = newStage(t, kid(0))
	s.at(time.Hour, ended(engine.Exited, "accepted"))
	s.play().outcome("kid", "accepted")
	s = newStage(t, kid(0))
	s.at(time.Hour, ended(engine.Quarantine, "quarantined"))
	s.play().ended(engine.Exited, "failed")
	s = newStage(t, kid(45*time.Minute))
	s.play().ended(engine.Exited, "failed")
	s.did("EnrollChild kid", "end enr_child_kid unenrolled unenrolled")
	s = newStage(t, kid(0))
	s.step = func(string, activities.StepInput) (activities.StepResult, error) {
		return activities.StepResult{Reason: "reentry"}, nil
	}
	s.play().ended(engine.Exited, "failed")
}

func call(id string, retries int) *dsl.Node {
	return &dsl.Node{ID: id, Verb: "call", Normal: "ok", Call: &dsl.Call{Method: "POST", Retries: retries, Returns: expression.Fields{"id": {Kind: expression.String, Optional: true}}}}
}

func TestCallRetriesDurably(t *testing.T) {
	s := newStage(t, journey(call("c", 3), guarded(send("hi"), `steps.c.status == 201 and steps.c.body.id == "A1"`)))
	s.call = func(in activities.CallInput) (activities.CallResult, error) {
		if in.Attempt < 2 {
			return activities.CallResult{Status: 503, Retry: true, After: 20 * time.Second}, nil
		}
		return activities.CallResult{OK: true, Status: 201, Body: map[string]any{"id": "A1"}}, nil
	}
	s.play().did("call c attempt 0", "call c attempt 1", "call c attempt 2", "send hi visit 0 route 0 try 0")
	s.took(40 * time.Second)
}

func TestFailedCallWithoutBranchFailsTheEnrollment(t *testing.T) {
	p := journey(call("c", 0), send("never"))
	aside(p, dsl.End, send("sorry"))
	p.OnFailure = "sorry"
	s := newStage(t, p)
	s.call = func(activities.CallInput) (activities.CallResult, error) {
		return activities.CallResult{Status: 404, Reason: "404"}, nil
	}
	s.play().ended(engine.FailedRun, "failed")
	s.did("call c attempt 0", "send sorry visit 0 route 0 try 0")

	p = journey(edges(call("c", 0), "failed", "mend"), exit("end", "ok"))
	aside(p, "end", send("mend"))
	s = newStage(t, p)
	s.call = func(activities.CallInput) (activities.CallResult, error) {
		return activities.CallResult{Status: 404}, nil
	}
	s.play().ended(engine.Exited, "ok")
}

func TestFailureInALaneReleasesTheOthers(t *testing.T) {
	p := lanes("all", map[string]*dsl.Node{"a": ask("q", 24*time.Hour), "b": call("c", 1)})
	aside(p, dsl.End, waitFor("calm", time.Hour))
	p.OnFailure = "calm"
	s := newStage(t, p)
	s.call = func(activities.CallInput) (activities.CallResult, error) {
		return activities.CallResult{Reason: "503", Retry: true}, nil
	}
	s.play().ended(engine.FailedRun, "failed")
	s.didInAnyOrder("send q visit 0 route 0 try 0", "call c attempt 0", "call c attempt 1", "close q canceled")
	s.took(time.Hour + time.Second)
}

func TestHandoff(t *testing.T) {
	desk := func() *dsl.Plan {
		return journey(&dsl.Node{ID: "desk", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "q", Timeout: dsl.Duration(4 * time.Hour)}})
	}
	s := newStage(t, desk())
	s.at(time.Hour, Signal{Kind: SignalHandoff, Handoff: "h_desk", Outcome: "resolved", Note: "done"})
	s.play().outcome("desk", "resolved")
	s = newStage(t, desk())
	s.play().outcome("desk", "timeout")
	s.did("OpenHandoff desk", "cancel h_desk timed_out")
	s.took(4 * time.Hour)
	s = newStage(t, desk())
	s.step = func(string, activities.StepInput) (activities.StepResult, error) {
		return activities.StepResult{Outcome: "unavailable"}, nil
	}
	s.play().outcome("desk", "unavailable")
}

func TestEffects(t *testing.T) {
	s := newStage(t, journey(&dsl.Node{ID: "u", Verb: "update", Update: &dsl.Update{}}, &dsl.Node{ID: "e", Verb: "emit", Emit: &dsl.Emit{Event: "x"}})).play()
	s.did("UpdateContact u", "EmitEvent e")
	s.ended(engine.Completed, "completed")
}

func TestSetKeepsTypes(t *testing.T) {
	p := counting(journey(set("a", "n", "{{ vars.n + 1 }}", "when", "{{ now }}"), waitFor("w", time.Hour),
		guarded(send("typed"), `vars.n == 1 and vars.when + hours(1) == now`), set("bad", "n", "um")))
	p.Vars["when"] = dsl.Var{Type: expression.Type{Kind: expression.Time, Optional: true}}
	s := newStage(t, p)
	s.j.cutEvery = 1 // everything travels through JSON between two steps
	s.play().did("send typed visit 0 route 0 try 0")
	s.ended(engine.FailedRun, "failed")
}
