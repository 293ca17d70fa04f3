package workflows

import (
	"fmt"
	"maps"
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
	moved *dsl.Plan // another version, which a SignalMove leads to
	tale  string    // what it must come to (stage.tale), so that it records what its name says
	most  int       // events the whole history may have; 0 = any number
	cut   int       // steps and signals after which the history is cut; 0 = when Temporal says so
	early bool      // news of the first instant stands in the history before the first step
	ended string    // how Temporal ends it from outside: canceled | terminated
}

// recordings are what an update must not break: every verb, every way a step can
// end and every kind of news. Add one with every new verb or path; see
// testdata/history.
func recordings() map[string]recording {
	all := map[string]recording{}
	for _, group := range []map[string]recording{basicRecordings(), sendRecordings(), askRecordings(), waitRecordings(), flowRecordings(), endRecordings(), changeRecordings()} {
		maps.Copy(all, group)
	}
	return all
}

func nothing(*stage) {}

// startsIn gives the journey an appointment so long after its start.
func startsIn(d time.Duration) func(*stage) {
	return func(s *stage) { s.in.Inputs = map[string]any{"starts_at": day0.Add(d).Format(time.RFC3339)} }
}

// interrupted adds exits to a plan, aiming adds goals.
func interrupted(p *dsl.Plan, exits ...dsl.Interrupt) *dsl.Plan {
	p.Exits = exits
	return p
}

func aiming(p *dsl.Plan, goals ...dsl.Interrupt) *dsl.Plan {
	p.Goals = goals
	return p
}

func exitOn(id, event string) dsl.Interrupt { return dsl.Interrupt{ID: id, Event: event, Exit: true} }

// basicRecordings are the ones of the first release: every verb once.
func basicRecordings() map[string]recording {
	hours := func(n int) dsl.Duration { return dsl.Duration(time.Duration(n) * time.Hour) }
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
	paid := dsl.Interrupt{ID: "off", Event: "order.paid", Where: expr("event.total > 5"), Exit: true}
	return map[string]recording{
		"budget": {tale: "confirm=yes hello=sent thanks=sent > exited done",
			plan: budgetPlan(), most: 16,
			setup: func(s *stage) { s.at(time.Hour, reply("confirm", "yes", "Sim")) },
		},
		"everything": {tale: "desk=resolved inc=ok inc=ok inc=ok kid=completed par=done q=yes qa=no rep=done w=paid > exited done", plan: everything(), setup: perform},
		"timeouts":   {tale: "c=ok desk=timeout q=timeout w=elapsed > completed completed", plan: journey(ask("q", 2*time.Hour, "whatsapp", "sms"), waitFor("w", time.Hour), call("c", 1), desk()), setup: nothing},
		"exit": {tale: "> exited off",
			plan:  interrupted(lanes("first", map[string]*dsl.Node{"a": waitFor("w", 9*time.Hour), "b": ask("q", 9*time.Hour)}), paid),
			setup: func(s *stage) { s.at(time.Hour, event("order.paid", map[string]any{"total": 8})) },
		},

		"goal": {tale: "hi=sent w=elapsed > completed completed",
			plan: aiming(journey(waitFor("w", 3*time.Hour), send("hi")), dsl.Interrupt{ID: "paid", Event: "order.paid"}),
			setup: func(s *stage) {
				s.at(time.Hour, event("order.paid", nil))
				s.at(2*time.Hour, event("order.paid", nil))
			},
		},
		"ask-timeout": {tale: "q=timeout > exited silent", plan: func() *dsl.Plan {
			p := journey(edges(ask("q", 2*time.Hour), "timeout", "late"), exit("end", "answered"))
			aside(p, "end", exit("late", "silent"))
			return p
		}(), setup: nothing},
		"ask-reprompt": {tale: "q=other > exited asked", plan: func() *dsl.Plan {
			p := journey(ask("q", 5*time.Hour), exit("end", "asked"))
			p.Nodes["q"].Ask.Retries = 1
			return p
		}(), setup: func(s *stage) {
			s.at(time.Hour, confused("q", "hein?"))
			s.at(2*time.Hour, confused("q", "como?"))
		}},
		"ask-undelivered": {tale: "q=undelivered > exited asked",
			plan:  journey(ask("q", 5*time.Hour), exit("end", "asked")),
			setup: func(s *stage) { s.at(time.Hour, status("m_q_0_0_0", engine.Failed, "unreachable")) },
		},
		"send-fallback": {tale: "hi=sent > exited sent",
			plan: journey(send("hi", "whatsapp", "sms", "email"), exit("end", "sent")),
			setup: func(s *stage) {
				s.at(time.Hour/4, status("m_hi_0_0_0", engine.Failed, "blocked"))
				s.at(time.Hour/2, status("m_hi_0_1_0", engine.Delivered, ""))
			},
		},
		"send-undelivered": {tale: "hi=undelivered > exited tried", plan: journey(send("hi"), exit("end", "tried")), setup: func(s *stage) {
			s.send = func(activities.SendInput) (activities.SendResult, error) { return undelivered("opted_out") }
		}},
		"parallel-all":   {tale: "c=sent par=done wa=elapsed wb=elapsed > exited after", plan: lanes("all", map[string]*dsl.Node{"a": waitFor("wa", 2*time.Hour), "b": waitFor("wb", time.Hour), "c": send("c")}), setup: nothing},
		"parallel-first": {tale: "par=done w=elapsed > exited after", plan: lanes("first", map[string]*dsl.Node{"a": ask("q", 9*time.Hour), "b": waitFor("w", time.Hour), "c": desk()}), setup: nothing},
		"repeat":         {tale: "inc=ok inc=ok inc=ok nudge=sent nudge=sent nudge=sent rep=done > exited done", plan: loops(5, time.Hour, "vars.n >= 3", send("nudge"), set("inc", "n", "{{ vars.n + 1 }}")), setup: nothing},
		"repeat-exhausted": {tale: "inc=ok inc=ok rep=exhausted > exited exhausted",
			plan: loops(2, 0, "vars.n >= 3", set("inc", "n", "{{ vars.n + 1 }}")), setup: nothing,
		},
		"goto": {tale: "a=sent a=sent a=sent again=exhausted > exited out", plan: journey(send("a"), &dsl.Node{ID: "again", Verb: "goto", Goto: &dsl.Goto{Step: "a", Max: 2}}, exit("end", "out")), setup: nothing},
		"switch": {tale: "n5=ok sw=mid > exited mid", plan: func() *dsl.Plan {
			p := counting(journey(set("n5", "n", "{{ vars.n + 5 }}"), edges(&dsl.Node{ID: "sw", Verb: "switch",
				Switch: []dsl.Case{{ID: "big", When: expr("vars.n > 5")}, {ID: "mid", When: expr("vars.n > 2")}}}, "big", "x_big", "mid", "x_mid")))
			aside(p, "", exit("x_big", "big"), exit("x_mid", "mid"))
			return p
		}(), setup: nothing},
		"split": {tale: "sp=b > completed completed",
			plan: journey(&dsl.Node{ID: "sp", Verb: "split", Split: &dsl.Split{Seed: "demo/sp", Variants: []dsl.Variant{{ID: "a", Share: 50}, {ID: "b", Share: 50}}}}),
			setup: func(s *stage) {
				s.step = func(string, activities.StepInput) (activities.StepResult, error) {
					return activities.StepResult{Outcome: "b"}, nil
				}
			},
		},
		"effects": {tale: "e=ok u=ok > completed completed", plan: journey(&dsl.Node{ID: "u", Verb: "update", Update: &dsl.Update{}}, &dsl.Node{ID: "e", Verb: "emit", Emit: &dsl.Emit{Event: "x"}}), setup: nothing},
		"enroll": {tale: "kid=accepted > exited fine", plan: kid(0), setup: func(s *stage) {
			s.at(time.Hour, Signal{Kind: SignalChild, Child: "enr_child_kid", Status: "exited", Outcome: "accepted"})
		}},
		"enroll-timeout": {tale: "kid=failed > exited failed", plan: kid(1), setup: nothing},
		"call": {tale: "c=ok hi=sent > completed completed", plan: journey(call("c", 3), guarded(send("hi"), `steps.c.status == 201 and steps.c.body.id == "A1"`)), setup: func(s *stage) {
			s.call = func(in activities.CallInput) (activities.CallResult, error) {
				if in.Attempt < 2 {
					return activities.CallResult{Status: 503, Retry: true, After: 100 * time.Millisecond}, nil
				}
				return activities.CallResult{OK: true, Status: 201, Body: map[string]any{"id": "A1"}}, nil
			}
		}},
		"call-failed": {tale: "c=failed > failed failed", plan: journey(call("c", 0), send("never")), setup: func(s *stage) {
			s.call = func(activities.CallInput) (activities.CallResult, error) {
				return activities.CallResult{Status: 404}, nil
			}
		}},
		"handoff": {tale: "desk=resolved > exited helped", plan: journey(desk(), exit("end", "helped")), setup: func(s *stage) {
			s.at(time.Hour, Signal{Kind: SignalHandoff, Handoff: "h_desk", Outcome: "resolved", Note: "done"})
		}},
		"wait-events": {tale: "w=wrote > exited heard",
			plan:  journey(events4(5*time.Hour, dslPaid, dsl.WaitEvent{Outcome: "wrote", Reply: "whatsapp"}), exit("end", "heard")),
			setup: func(s *stage) { s.at(time.Hour, confused("w", "oi")) },
		},
		"wait-until": {tale: "hi=sent w=reached > completed completed", plan: until(), setup: func(s *stage) {
			startsIn(5 * time.Hour)(s)
			s.at(time.Hour, Signal{Kind: SignalInputsChanged, Data: map[string]any{"starts_at": day0.Add(3 * time.Hour).Format(time.RFC3339)}})
		}},
		"wait-past":    {tale: "hi=sent w=past > completed completed", plan: until(), setup: startsIn(time.Hour / 2)},
		"wait-no-date": {tale: "> failed failed", plan: until(), setup: nothing},
		"wait-schedule": {tale: "hi=sent w=elapsed > completed completed", plan: func() *dsl.Plan {
			p := journey(&dsl.Node{ID: "w", Verb: "wait", Wait: &dsl.Wait{Schedule: "desk"}}, send("hi"))
			p.Schedules = map[string]dsl.Hours{"desk": {Days: []string{"mon"}, From: "11:00", To: "18:00"}}
			return p
		}(), setup: nothing},
		"pause": {tale: "s=sent w=elapsed > completed completed", plan: journey(waitFor("w", time.Hour), send("s")), setup: func(s *stage) {
			s.at(time.Hour/2, Signal{Kind: SignalPause})
			s.at(3*time.Hour, Signal{Kind: SignalUnpause})
		}},
		"contact": {tale: "hi=sent > exited done", plan: journey(guarded(send("hi"), `contact.first_name == "Ana"`), exit("end", "done")), setup: func(s *stage) {
			s.evaluate = func(string, activities.EvaluateInput) activities.Value { return activities.Value{Value: true} }
		}},
		"cut": {tale: "q=yes w=paid > exited paid", plan: counting(journey(ask("q", 9*time.Hour), events4(9*time.Hour, dslPaid), exit("end", "paid"))), cut: 3, setup: func(s *stage) {
			s.plan.Vars["when"] = dsl.Var{Type: expression.Type{Kind: expression.Time, Optional: true}}
			for i := range 6 {
				s.at(time.Duration(i)*20*time.Minute, event(fmt.Sprintf("e.%d", i), nil))
			}
			s.at(3*time.Hour, reply("q", "yes", "Sim"))
			s.at(4*time.Hour, event("order.paid", map[string]any{"total": 3}))
		}},
	}
}
