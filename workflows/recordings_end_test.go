package workflows

import (
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// endRecordings are the ways out of a journey, and the news that changes where
// it stands: goals, exits, replacement, erasure, pauses, another clock.
func endRecordings() map[string]recording {
	when := func(p *dsl.Plan, goal bool) *dsl.Plan {
		i := dsl.Interrupt{ID: "moved", When: expr(`contact.city != "SP"`), Exit: true}
		if goal {
			p.Goals = []dsl.Interrupt{i}
		} else {
			p.Exits = []dsl.Interrupt{i}
		}
		return p
	}
	moves := func(told bool) func(*stage) {
		return func(s *stage) {
			s.evaluate = func(string, activities.EvaluateInput) activities.Value {
				return activities.Value{Value: s.heard("moved")}
			}
			s.do(time.Hour, func() {
				s.hear("moved")
				if told {
					s.signal(Signal{ID: "moved", Kind: SignalContactChanged, Reason: "attributes"})
				}
			})
		}
	}
	ended := func(st engine.EnrollmentStatus, outcome string) func(*stage) {
		return func(s *stage) {
			s.at(time.Hour, Signal{Kind: SignalEnd, Status: string(st), Outcome: outcome})
		}
	}
	holding := func() *dsl.Plan { // a question, a person and a child are open at once
		return lanes("all", map[string]*dsl.Node{
			"a": ask("q", 9*time.Hour),
			"b": {ID: "desk", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "q", Timeout: dsl.Duration(9 * time.Hour)}},
			"c": {ID: "kid", Verb: "enroll", Normal: "completed", Enroll: &dsl.Enroll{Journey: "other"}},
		})
	}
	marketing := func(p *dsl.Plan) *dsl.Plan {
		p.Category = "marketing"
		return p
	}
	return map[string]recording{
		"exit-when-told":        {tale: "> exited moved", plan: when(journey(waitFor("w", 5*time.Hour), send("never")), false), setup: moves(true)},
		"exit-when-before-step": {tale: "w=elapsed > exited moved", plan: when(journey(waitFor("w", 2*time.Hour), send("never")), false), setup: moves(false)},
		"exit-where": { // the first event does not fit
			tale: "> exited off", plan: interrupted(journey(waitFor("w", 9*time.Hour)), dsl.Interrupt{ID: "off", Event: "order.paid", Where: expr("event.total > 5"), Exit: true}),
			setup: func(s *stage) {
				s.at(time.Hour, event("order.paid", map[string]any{"total": 3}))
				s.at(2*time.Hour, event("order.paid", map[string]any{"total": 8}))
			},
		},
		"exit-in-lanes": {tale: "> exited off", plan: interrupted(holding(), exitOn("off", "order.paid")), setup: func(s *stage) {
			s.at(time.Hour, event("order.paid", nil))
		}},
		"exit-in-repeat": {
			tale: "nudge=sent nudge=sent > exited off", plan: interrupted(loops(5, time.Hour, "", send("nudge")), exitOn("off", "order.paid")), setup: func(s *stage) {
				s.at(90*time.Minute, event("order.paid", nil))
			},
		},
		"goal-exit": {
			tale: "> exited paid", plan: aiming(journey(ask("q", 9*time.Hour)), dsl.Interrupt{ID: "paid", Event: "order.paid", Exit: true}), setup: func(s *stage) {
				s.at(time.Hour, event("order.paid", nil))
			},
		},
		"goal-when": {tale: "> exited moved", plan: when(journey(waitFor("w", 5*time.Hour)), true), setup: moves(true)},
		"goal-then-exit": { // one event is both: success first, then out
			tale: "> exited off",
			plan: interrupted(aiming(journey(waitFor("w", 5*time.Hour)), dsl.Interrupt{ID: "paid", Event: "order.paid"}), exitOn("off", "order.paid")),
			setup: func(s *stage) {
				s.at(time.Hour, event("order.paid", nil))
			},
		},
		"opt-out":         {tale: "> exited opted_out", plan: marketing(journey(waitFor("w", 5*time.Hour))), setup: optsOut},
		"opt-out-utility": {tale: "w=elapsed > completed completed", plan: journey(waitFor("w", 3*time.Hour)), setup: optsOut},
		"replaced":        {tale: "> told from outside", plan: journey(ask("q", 9*time.Hour)), setup: ended(engine.Replaced, "replaced")},
		"unenrolled":      {tale: "> told from outside", plan: holding(), setup: ended(engine.Unenrolled, "unenrolled")},
		"erased": { // told, and then terminated, because the key of its payloads is gone
			plan: journey(ask("q", 9*time.Hour)), ended: "terminated", setup: func(s *stage) {
				s.do(time.Hour, s.interrupt)
			},
		},
		"canceled": { // by an operator, in Temporal
			tale: "> unenrolled unenrolled", plan: journey(ask("q", 9*time.Hour), send("never")), ended: "canceled", setup: func(s *stage) {
				s.canceled = true
				s.do(time.Hour, s.interrupt)
			},
		},
		"paused-from-the-start": {
			tale: "hi=sent > completed completed", plan: journey(send("hi")), setup: func(s *stage) {
				s.in.Paused = true
				s.at(time.Hour, Signal{Kind: SignalUnpause})
			},
		},
		"paused-and-left": { // an exit acts in a paused journey
			tale: "w=elapsed > exited off", plan: interrupted(journey(waitFor("w", time.Hour), send("never")), exitOn("off", "order.paid")), setup: func(s *stage) {
				s.at(time.Hour/2, Signal{Kind: SignalPause})
				s.at(3*time.Hour, event("order.paid", nil))
			},
		},
		"clock": { // the clock runs four times as fast from the first hour on
			tale: "w=elapsed > completed completed", plan: journey(waitFor("w", 9*time.Hour)), setup: func(s *stage) {
				s.do(time.Hour, func() { s.signal(s.faster(4 * recordSpeed)) })
			},
		},
		"clock-in-lanes": {
			tale: "par=done q=timeout w=elapsed > exited after", plan: lanes("all", map[string]*dsl.Node{"a": ask("q", 9*time.Hour), "b": waitFor("w", 7*time.Hour)}), setup: func(s *stage) {
				s.do(time.Hour, func() { s.signal(s.faster(4 * recordSpeed)) })
			},
		},
		"contact-changed": { // nothing depends on it
			tale: "q=yes > completed completed", plan: journey(ask("q", 9*time.Hour)), setup: func(s *stage) {
				s.at(time.Hour, Signal{Kind: SignalContactChanged, Reason: "attributes"})
				s.at(2*time.Hour, reply("q", "yes", "Sim"))
			},
		},
		"inputs-changed": {
			tale: "hi=sent w=elapsed > completed completed",
			plan: journey(waitFor("w", 2*time.Hour), guarded(send("hi"), "inputs.starts_at > now + hours(3)")), setup: func(s *stage) {
				startsIn(3 * time.Hour)(s)
				s.at(time.Hour, Signal{Kind: SignalInputsChanged, Data: map[string]any{"starts_at": day0.Add(9 * time.Hour).Format(time.RFC3339), "unknown": 1}})
			},
		},
		"unheard-of": { // a kind of signal this version does not know, and strays
			tale: "w=elapsed > completed completed", plan: journey(waitFor("w", 3*time.Hour)), setup: func(s *stage) {
				s.at(time.Hour/2, Signal{Kind: "of the future"})
				s.at(time.Hour, Signal{Kind: SignalResume})
				s.at(3*time.Hour/2, Signal{Kind: SignalHandoff, Handoff: "h_other", Outcome: "resolved"})
				s.at(2*time.Hour, Signal{Kind: SignalChild, Child: "enr_other", Status: "completed"})
				s.at(5*time.Hour/2, reply("nowhere", "yes", "Sim"))
			},
		},
	}
}

func optsOut(s *stage) {
	s.at(time.Hour, Signal{Kind: SignalContactChanged, Reason: "opted_out", Data: map[string]any{"opted_out": true}})
}
