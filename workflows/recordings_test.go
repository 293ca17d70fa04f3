package workflows

import (
	"fmt"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

// recording is one enrollment to record; hours pass as seconds.
type recording struct {
	plan  *dsl.Plan
	setup func(s *stage)
	most  int // events the whole history may have; 0 = any number
	cut   int // steps and signals after which the history is cut; 0 = when Temporal says so
}

// recordings are what an update must not break: every verb, and every way a
// step can end. Add one with every new verb or path; see testdata/history.
func recordings() map[string]recording {
	hours := func(n int) dsl.Duration { return dsl.Duration(time.Duration(n) * time.Hour) }
	nothing := func(*stage) {}
	desk := func() *dsl.Node {
		return &dsl.Node{ID: "desk", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "q", Timeout: hours(4)}}
	}
	kid := func(timeout int) *dsl.Plan {
		n := edges(&dsl.Node{ID: "kid", Verb: "enroll", Normal: "completed", Enroll: &dsl.Enroll{Journey: "other", Timeout: hours(timeout)}}, "failed", "x")
		p := journey(n, exit("end", "fine"))
		aside(p, "end", exit("x", "failed"))
		return p
	}
	until := func() *dsl.Plan {
		return journey(&dsl.Node{ID: "w", Verb: "wait", Wait: &dsl.Wait{Until: expr("inputs.starts_at"), Offset: -hours(1)}}, send("hi"))
	}
	startsIn := func(d time.Duration) func(*stage) {
		return func(s *stage) { s.in.Inputs = map[string]any{"starts_at": day0.Add(d).Format(time.RFC3339)} }
	}
	interrupted := func(p *dsl.Plan, exits, goals []dsl.Interrupt) *dsl.Plan {
		p.Exits, p.Goals = exits, goals
		return p
	}
	paid := dsl.Interrupt{ID: "off", Event: "order.paid", Where: expr("event.total > 5"), Exit: true}
	return map[string]recording{
		"budget": {
			plan: budgetPlan(), most: 16,
			setup: func(s *stage) { s.at(time.Hour, reply("confirm", "yes", "Sim")) },
		},
		"everything": {plan: everything(), setup: perform},
		"timeouts":   {plan: journey(ask("q", 2*time.Hour, "whatsapp", "sms"), waitFor("w", time.Hour), call("c", 1), desk()), setup: nothing},
		"exit": {
			plan:  interrupted(lanes("first", map[string]*dsl.Node{"a": waitFor("w", 9*time.Hour), "b": ask("q", 9*time.Hour)}), []dsl.Interrupt{paid}, nil),
			setup: func(s *stage) { s.at(time.Hour, event("order.paid", map[string]any{"total": 8})) },
		},

		"goal": {
			plan: interrupted(journey(waitFor("w", 3*time.Hour), send("hi")), nil, []dsl.Interrupt{{ID: "paid", Event: "order.paid"}}),
			setup: func(s *stage) {
				s.at(time.Hour, event("order.paid", nil))
				s.at(2*time.Hour, event("order.paid", nil))
			},
		},
		"ask-timeout": {plan: func() *dsl.Plan {
			p := journey(edges(ask("q", 2*time.Hour), "timeout", "late"), exit("end", "answered"))
			aside(p, "end", exit("late", "silent"))
			return p
		}(), setup: nothing},
		"ask-reprompt": {plan: func() *dsl.Plan {
			p := journey(ask("q", 5*time.Hour), exit("end", "asked"))
			p.Nodes["q"].Ask.Retries = 1
			return p
		}(), setup: func(s *stage) {
			s.at(time.Hour, confused("q", "hein?"))
			s.at(2*time.Hour, confused("q", "como?"))
		}},
		"ask-undelivered": {
			plan:  journey(ask("q", 5*time.Hour), exit("end", "asked")),
			setup: func(s *stage) { s.at(time.Hour, status("m_q_0_0_0", engine.Failed, "unreachable")) },
		},
		"send-fallback": {
			plan: journey(send("hi", "whatsapp", "sms", "email"), exit("end", "sent")),
			setup: func(s *stage) {
				s.at(time.Hour/4, status("m_hi_0_0_0", engine.Failed, "blocked"))
				s.at(time.Hour/2, status("m_hi_0_1_0", engine.Delivered, ""))
			},
		},
		"send-undelivered": {plan: journey(send("hi"), exit("end", "tried")), setup: func(s *stage) {
			s.send = func(activities.SendInput) (activities.SendResult, error) { return undelivered("opted_out") }
		}},
		"parallel-all":   {plan: lanes("all", map[string]*dsl.Node{"a": waitFor("wa", 2*time.Hour), "b": waitFor("wb", time.Hour), "c": send("c")}), setup: nothing},
		"parallel-first": {plan: lanes("first", map[string]*dsl.Node{"a": ask("q", 9*time.Hour), "b": waitFor("w", time.Hour), "c": desk()}), setup: nothing},
		"repeat":         {plan: loops(5, time.Hour, "vars.n >= 3", send("nudge"), set("inc", "n", "{{ vars.n + 1 }}")), setup: nothing},
		"repeat-exhausted": {
			plan: loops(2, 0, "vars.n >= 3", set("inc", "n", "{{ vars.n + 1 }}")), setup: nothing,
		},
		"goto": {plan: journey(send("a"), &dsl.Node{ID: "again", Verb: "goto", Goto: &dsl.Goto{Step: "a", Max: 2}}, exit("end", "out")), setup: nothing},
		"switch": {plan: func() *dsl.Plan {
			p := counting(journey(set("n5", "n", "{{ vars.n + 5 }}"), edges(&dsl.Node{ID: "sw", Verb: "switch",
				Switch: []dsl.Case{{ID: "big", When: expr("vars.n > 5")}, {ID: "mid", When: expr("vars.n > 2")}}}, "big", "x_big", "mid", "x_mid")))
			aside(p, "", exit("x_big", "big"), exit("x_mid", "mid"))
			return p
		}(), setup: nothing},
		"split": {
			plan: journey(&dsl.Node{ID: "sp", Verb: "split", Split: &dsl.Split{Seed: "demo/sp", Variants: []dsl.Variant{{ID: "a", Share: 50}, {ID: "b", Share: 50}}}}),
			setup: func(s *stage) {
				s.step = func(string, activities.StepInput) (activities.StepResult, error) {
					return activities.StepResult{Outcome: "b"}, nil
				}
			},
		},
		"effects": {plan: journey(&dsl.Node{ID: "u", Verb: "update", Update: &dsl.Update{}}, &dsl.Node{ID: "e", Verb: "emit", Emit: &dsl.Emit{Event: "x"}}), setup: nothing},
		"enroll": {plan: kid(0), setup: func(s *stage) {
			s.at(time.Hour, Signal{Kind: SignalChild, Child: "enr_child_kid", Status: "exited", Outcome: "accepted"})
		}},
		"enroll-timeout": {plan: kid(1), setup: nothing},
		"call": {plan: journey(call("c", 3), guarded(send("hi"), `steps.c.status == 201 and steps.c.body.id == "A1"`)), setup: func(s *stage) {
			s.call = func(in activities.CallInput) (activities.CallResult, error) {
				if in.Attempt < 2 {
					return activities.CallResult{Status: 503, Retry: true, After: 100 * time.Millisecond}, nil
				}
				return activities.CallResult{OK: true, Status: 201, Body: map[string]any{"id": "A1"}}, nil
			}
		}},
		"call-failed": {plan: journey(call("c", 0), send("never")), setup: func(s *stage) {
			s.call = func(activities.CallInput) (activities.CallResult, error) {
				return activities.CallResult{Status: 404}, nil
			}
		}},
		"handoff": {plan: journey(desk(), exit("end", "helped")), setup: func(s *stage) {
			s.at(time.Hour, Signal{Kind: SignalHandoff, Handoff: "h_desk", Outcome: "resolved", Note: "done"})
		}},
		"wait-events": {
			plan:  journey(events4(5*time.Hour, dslPaid, dsl.WaitEvent{Outcome: "wrote", Reply: "whatsapp"}), exit("end", "heard")),
			setup: func(s *stage) { s.at(time.Hour, confused("w", "oi")) },
		},
		"wait-until": {plan: until(), setup: func(s *stage) {
			startsIn(5 * time.Hour)(s)
			s.at(time.Hour, Signal{Kind: SignalInputsChanged, Data: map[string]any{"starts_at": day0.Add(3 * time.Hour).Format(time.RFC3339)}})
		}},
		"wait-past":    {plan: until(), setup: startsIn(time.Hour / 2)},
		"wait-no-date": {plan: until(), setup: nothing},
		"wait-schedule": {plan: func() *dsl.Plan {
			p := journey(&dsl.Node{ID: "w", Verb: "wait", Wait: &dsl.Wait{Schedule: "desk"}}, send("hi"))
			p.Schedules = map[string]dsl.Hours{"desk": {Days: []string{"mon"}, From: "11:00", To: "18:00"}}
			return p
		}(), setup: nothing},
		"pause": {plan: journey(waitFor("w", time.Hour), send("s")), setup: func(s *stage) {
			s.at(time.Hour/2, Signal{Kind: SignalPause})
			s.at(3*time.Hour, Signal{Kind: SignalUnpause})
		}},
		"contact": {plan: journey(guarded(send("hi"), `contact.first_name == "Ana"`), exit("end", "done")), setup: func(s *stage) {
			s.evaluate = func(string, activities.EvaluateInput) activities.Value { return activities.Value{Value: true} }
		}},
		"cut": {plan: counting(journey(ask("q", 9*time.Hour), events4(9*time.Hour, dslPaid), exit("end", "paid"))), cut: 3, setup: func(s *stage) {
			s.plan.Vars["when"] = dsl.Var{Type: expression.Type{Kind: expression.Time, Optional: true}}
			for i := range 6 {
				s.at(time.Duration(i)*20*time.Minute, event(fmt.Sprintf("e.%d", i), nil))
			}
			s.at(3*time.Hour, reply("q", "yes", "Sim"))
			s.at(4*time.Hour, event("order.paid", map[string]any{"total": 3}))
		}},
	}
}
