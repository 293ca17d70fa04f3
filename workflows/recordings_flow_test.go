package workflows

import (
	"fmt"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

// flowRecordings are the ways from step to step: loops, jumps, lanes, children,
// people, guards, and histories that are cut in the middle of them.
func flowRecordings() map[string]recording {
	desk := func() *dsl.Node {
		return &dsl.Node{ID: "desk", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "q", Timeout: dsl.Duration(9 * time.Hour)}}
	}
	kid := func() *dsl.Plan {
		n := edges(&dsl.Node{ID: "kid", Verb: "enroll", Normal: "completed", Enroll: &dsl.Enroll{Journey: "other"}}, "failed", "x", "accepted", "y")
		p := journey(n, exit("end", "fine"))
		aside(p, "end", exit("x", "failed"), exit("y", "took it"))
		return p
	}
	child := func(st engine.EnrollmentStatus, outcome string) func(*stage) {
		return func(s *stage) {
			s.at(time.Hour, Signal{Kind: SignalChild, Child: "enr_child_kid", Status: string(st), Outcome: outcome})
		}
	}
	answering := func(res activities.StepResult) func(*stage) {
		return func(s *stage) {
			s.step = func(string, activities.StepInput) (activities.StepResult, error) { return res, nil }
		}
	}
	nested := func() *dsl.Plan { // a lane that is itself parallel
		p := lanes("all", map[string]*dsl.Node{"a": waitFor("wa", time.Hour)})
		inner := inside(&dsl.Node{ID: "inner", Verb: "parallel", Normal: "done", Next: "par", Parallel: &dsl.Parallel{
			Join: "first", Lanes: []dsl.Lane{{ID: "x", Start: "qx"}, {ID: "y", Start: "wy"}},
		}}, "par")
		p.Nodes["par"].Parallel.Lanes = append(p.Nodes["par"].Parallel.Lanes, dsl.Lane{ID: "b", Start: "inner"})
		aside(p, "par", inner)
		aside(p, "inner", inside(ask("qx", 9*time.Hour), "par", "inner"), inside(waitFor("wy", 2*time.Hour), "par", "inner"))
		return p
	}
	failing := func(p *dsl.Plan, steps ...*dsl.Node) *dsl.Plan {
		aside(p, dsl.End, steps...)
		p.OnFailure = steps[0].ID
		return p
	}
	refusedCall := func(s *stage) {
		s.call = func(activities.CallInput) (activities.CallResult, error) {
			return activities.CallResult{Status: 404}, nil
		}
	}
	burst := func(s *stage) { // many signals in the instant in which the history is cut
		for i := range 12 {
			s.at(time.Duration(1+i/4)*time.Hour, event(fmt.Sprintf("e.%d", i), nil))
		}
		s.at(5*time.Hour, reply("q", "yes", "Sim"))
		s.at(8*time.Hour, event("order.paid", nil)) // a history is cut at most once a second, which is an hour here
	}
	return map[string]recording{
		"enroll-completed": {tale: "kid=completed > exited fine", plan: kid(), setup: child(engine.Completed, "completed")},
		"enroll-exited":    {tale: "kid=accepted > exited took it", plan: kid(), setup: child(engine.Exited, "accepted")},
		"enroll-failed":    {tale: "kid=failed > exited failed", plan: kid(), setup: child(engine.FailedRun, "failed")},
		"enroll-refused":   {tale: "kid=failed > exited failed", plan: kid(), setup: answering(activities.StepResult{Reason: "reentry"})},
		"enroll-interrupted": { // the journey leaves while its child runs: the child is ended too
			tale: "> exited off", plan: interrupted(kid(), exitOn("off", "order.paid")), setup: func(s *stage) {
				s.at(time.Hour, event("order.paid", nil))
			},
		},
		"handoff-unavailable": {
			tale: "desk=unavailable > exited alone", plan: func() *dsl.Plan {
				p := journey(edges(desk(), "unavailable", "alone"), exit("end", "helped"))
				aside(p, "end", exit("alone", "alone"))
				return p
			}(), setup: answering(activities.StepResult{Outcome: "unavailable", Reason: "the queue is closed"}),
		},
		"handoff-closed-queue": { // it closes while the person waits
			tale: "desk=unavailable > exited helped", plan: journey(desk(), exit("end", "helped")), setup: func(s *stage) {
				s.at(time.Hour, Signal{Kind: SignalHandoff, Handoff: "h_desk", Outcome: "unavailable", Reason: "closed"})
			},
		},
		"repeat-every": { // three rounds, one every two hours, counted from the beginning of each
			tale: "nudge=sent nudge=sent nudge=sent pause=elapsed pause=elapsed pause=elapsed rep=done > exited done",
			plan: loops(3, 2*time.Hour, "", send("nudge"), waitFor("pause", time.Hour)), setup: nothing,
		},
		"repeat-until-contact": {
			tale: "nudge=sent nudge=sent rep=done > exited done", plan: loops(5, time.Hour, "contact.paid", send("nudge")), setup: func(s *stage) {
				s.evaluate = func(string, activities.EvaluateInput) activities.Value {
					return activities.Value{Value: s.heard("paid")}
				}
				s.do(90*time.Minute, func() { s.hear("paid") })
			},
		},
		"repeat-nested": {
			tale: "in=done in=done inc=ok inc=ok inc=ok inc=ok rep=done > exited done",
			plan: func() *dsl.Plan {
				inner := &dsl.Node{ID: "in", Verb: "repeat", Normal: "done", Repeat: &dsl.Repeat{Max: 2, Every: dsl.Duration(quarter), Body: "inc"}}
				p := loops(2, time.Hour, "", inner)
				aside(p, "in", inside(set("inc", "n", "{{ vars.n + 1 }}"), "rep", "in"))
				return p
			}(), setup: nothing,
		},
		"goto-out-of-repeat": {
			tale: "a=sent > exited out", plan: func() *dsl.Plan {
				p := loops(5, time.Hour, "", send("a"), &dsl.Node{ID: "jump", Verb: "goto", Goto: &dsl.Goto{Step: "out", Max: 1}})
				aside(p, "end", exit("out", "out"))
				return p
			}(), setup: nothing,
		},
		"goto-out-of-lane": { // the other lane is let go
			tale: "> exited after",
			plan: lanes("all", map[string]*dsl.Node{"a": {ID: "out", Verb: "goto", Goto: &dsl.Goto{Step: "end", Max: 1}}, "b": ask("q", 9*time.Hour)}), setup: nothing,
		},
		"parallel-answers": { // two questions open at once
			tale: "par=done q1=yes q2=no > exited after",
			plan: lanes("all", map[string]*dsl.Node{"a": ask("q1", 9*time.Hour), "b": ask("q2", 9*time.Hour)}), setup: func(s *stage) {
				s.at(time.Hour, reply("q2", "no", "Não"))
				s.at(2*time.Hour, reply("q1", "yes", "Sim"))
			},
		},
		"parallel-nested": {tale: "inner=done par=done wa=elapsed wy=elapsed > exited after", plan: nested(), setup: nothing},
		"parallel-exit-in-a-lane": {
			tale: "> exited gone", plan: lanes("all", map[string]*dsl.Node{"a": exit("x", "gone"), "b": waitFor("w", 9*time.Hour)}), setup: nothing,
		},
		"parallel-failure": { // one lane fails: the question of the other is withdrawn, the failure steps run
			tale: "c=failed calm=elapsed > failed failed", plan: failing(lanes("all", map[string]*dsl.Node{"a": ask("q", 9*time.Hour), "b": call("c", 0)}), waitFor("calm", time.Hour)),
			setup: refusedCall,
		},
		"parallel-paused": {
			tale: "par=done sa=sent sb=sent wa=elapsed wb=elapsed > exited after", plan: func() *dsl.Plan {
				p := lanes("all", map[string]*dsl.Node{"a": waitFor("wa", time.Hour), "b": waitFor("wb", 2*time.Hour)})
				aside(p, "par", inside(send("sa"), "par"), inside(send("sb"), "par"))
				p.Nodes["wa"].Next, p.Nodes["wb"].Next = "sa", "sb"
				return p
			}(), setup: func(s *stage) {
				s.at(time.Hour/2, Signal{Kind: SignalPause})
				s.at(3*time.Hour, Signal{Kind: SignalUnpause})
			},
		},
		"failure-steps": {
			tale: "c=failed desk=resolved sorry=sent > failed failed",
			plan: func() *dsl.Plan {
				p := failing(journey(call("c", 0), send("never")), send("sorry"), desk())
				p.Nodes["sorry"].Next = "desk"
				return p
			}(), setup: func(s *stage) {
				refusedCall(s)
				s.at(time.Hour, Signal{Kind: SignalHandoff, Handoff: "h_desk", Outcome: "resolved"})
			},
		},
		"failure-exit": { // the failure steps name their own ending
			tale: "c=failed > failed gave_up", plan: failing(journey(call("c", 0)), exit("x", "gave_up")), setup: refusedCall,
		},
		"call-paused": {
			tale: "c=ok > completed completed", plan: journey(call("c", 3)), setup: func(s *stage) {
				s.call = func(in activities.CallInput) (activities.CallResult, error) {
					if in.Attempt == 0 {
						return activities.CallResult{Status: 503, Retry: true, After: 500 * time.Millisecond}, nil
					}
					return activities.CallResult{OK: true, Status: 200}, nil
				}
				s.at(quarter, Signal{Kind: SignalPause})
				s.at(3*time.Hour, Signal{Kind: SignalUnpause})
			},
		},
		"guards": {
			tale: "b=sent > completed completed", plan: journey(guarded(send("a"), "1 > 2"), guarded(send("b"), "2 > 1"), guarded(send("c"), "contact.opt_in.sms")),
			setup: func(s *stage) {
				s.evaluate = func(string, activities.EvaluateInput) activities.Value { return activities.Value{Value: false} }
			},
		},
		"guard-broken": {tale: "> failed failed", plan: journey(guarded(send("a"), "steps.never.score > 3")), setup: nothing},
		"switch-contact": {
			tale: "sw=otherwise > completed completed", plan: journey(&dsl.Node{ID: "sw", Verb: "switch", Switch: []dsl.Case{{ID: "near", When: expr(`contact.city == "SP"`)}}}),
			setup: func(s *stage) {
				s.evaluate = func(string, activities.EvaluateInput) activities.Value { return activities.Value{Value: false} }
			},
		},
		"set-does-not-fit": {tale: "> failed failed", plan: counting(journey(set("s", "n", "um"))), setup: nothing},
		"split-without-contact": {
			tale:  "sp=a > completed completed",
			plan:  journey(&dsl.Node{ID: "sp", Verb: "split", Split: &dsl.Split{Seed: "demo/sp", Variants: []dsl.Variant{{ID: "a", Share: 100}}}}),
			setup: func(s *stage) { s.in.ContactID = "" },
		},
		"effect-refused": {
			tale: "> failed failed", plan: journey(&dsl.Node{ID: "u", Verb: "update", Update: &dsl.Update{}}, send("never")),
			setup: answering(activities.StepResult{Outcome: "refused", Reason: "the field does not fit"}),
		},
		"circle": { // stopped by the step budget
			tale: "> quarantined quarantined", plan: func() *dsl.Plan {
				return counting(journey(&dsl.Node{ID: "a", Verb: "goto", Goto: &dsl.Goto{Step: "a", Max: 1_000_000}}))
			}(), setup: nothing,
		},
		"cut-pending": {tale: "q=yes w=paid > exited paid", plan: cutPlan(), cut: 2, setup: burst},
		"cut-lanes": {
			tale: "desk=resolved inc=ok inc=ok inc=ok kid=completed par=done q=yes qa=no rep=done w=paid > exited done",
			plan: everything(), cut: 4, setup: perform,
		},
		"cut-failing": { // between the failure and the end of what the lanes held
			tale: "c=failed calm=elapsed > failed failed", cut: 2, setup: refusedCall,
			plan: failing(lanes("all", map[string]*dsl.Node{"a": ask("q", 9*time.Hour), "b": call("c", 0)}), waitFor("calm", time.Hour)),
		},
	}
}

// cutPlan asks, then waits for an event that may have come before it got there.
func cutPlan() *dsl.Plan {
	p := counting(journey(ask("q", 9*time.Hour), events4(9*time.Hour, dslPaid), exit("end", "paid")))
	p.Vars["when"] = dsl.Var{Type: expression.Type{Kind: expression.Time, Optional: true}}
	return p
}
