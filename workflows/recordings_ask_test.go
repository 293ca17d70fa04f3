package workflows

import (
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// accepting is an ask that takes a kind of answer, read by the step after it.
func accepting(kind, condition string) *dsl.Plan {
	q := ask("q", 9*time.Hour)
	q.Ask.Options, q.Ask.Accept = nil, kind
	return journey(q, guarded(send("ok"), condition), exit("end", "read"))
}

// said is an understood answer of a kind.
func said(text string, v any) Signal {
	return Signal{Kind: SignalReply, StepID: "q", Channel: engine.WhatsApp, Text: text, Answer: &engine.Answer{Outcome: "answered", Text: text, Value: v}}
}

// scored is an answer on a scale.
func scored(outcome, text string, score float64) Signal {
	return Signal{Kind: SignalReply, StepID: "q", Channel: engine.WhatsApp, Text: text, Answer: &engine.Answer{Outcome: outcome, Text: text, Score: &score}}
}

// scale is an ask on a scale whose bands lead to exits of their names.
func scale(kind string, lowest, highest int, bands ...dsl.Band) *dsl.Plan {
	q := ask("q", 9*time.Hour)
	q.Ask.Options, q.Ask.Scale = nil, &dsl.Scale{Kind: kind, Min: lowest, Max: highest, Bands: bands}
	p := journey(q, exit("end", "asked"))
	for _, b := range bands {
		edges(q, b.Outcome, "end_"+b.Outcome)
		aside(p, "end", exit("end_"+b.Outcome, b.Outcome))
	}
	return p
}

// askRecordings are the ways of a question: every kind of answer, and every race
// between an answer, the clock and the provider.
func askRecordings() map[string]recording {
	answered := func(sig Signal) func(*stage) {
		return func(s *stage) { s.at(time.Hour, sig) }
	}
	lost := func(s *stage) { // the reply was committed before our timer fired
		s.close = func(activities.CloseWaitInput) (activities.CloseWaitResult, error) {
			return activities.CloseWaitResult{}, nil
		}
	}
	due := func() *dsl.Plan {
		q := ask("q", 0)
		q.Ask.Deadline = expr("inputs.starts_at - hours(1)")
		return journey(q, exit("end", "asked"))
	}
	return map[string]recording{
		"accept-text":   {tale: "ok=sent q=answered > exited read", plan: accepting("text", `steps.q.answer == "demorou"`), setup: answered(said("demorou", nil))},
		"accept-number": {tale: "ok=sent q=answered > exited read", plan: accepting("number", `steps.q.answer > 3`), setup: answered(said("4,5", 4.5))},
		"accept-date":   {tale: "ok=sent q=answered > exited read", plan: accepting("date", `steps.q.answer > now`), setup: answered(said("10/03/2031", "2031-03-10"))},
		"accept-email":  {tale: "ok=sent q=answered > exited read", plan: accepting("email", `steps.q.answer endsWith "@example.com"`), setup: answered(said("ana@example.com", "ana@example.com"))},
		"accept-image":  {tale: "ok=sent q=answered > exited read", plan: accepting("image", `steps.q.answer startsWith "https://"`), setup: answered(said("", "https://files.example/1.jpg"))},
		"csat": {
			tale:  "q=dissatisfied > exited dissatisfied",
			plan:  scale("csat", 1, 5, dsl.Band{Outcome: "dissatisfied", Min: 1, Max: 2}, dsl.Band{Outcome: "neutral", Min: 3, Max: 3}, dsl.Band{Outcome: "satisfied", Min: 4, Max: 5}),
			setup: answered(scored("dissatisfied", "2", 2)),
		},
		"nps": {
			tale:  "q=promoter > exited promoter",
			plan:  scale("nps", 0, 10, dsl.Band{Outcome: "detractor", Min: 0, Max: 6}, dsl.Band{Outcome: "passive", Min: 7, Max: 8}, dsl.Band{Outcome: "promoter", Min: 9, Max: 10}),
			setup: answered(scored("promoter", "nove", 9)),
		},
		"ask-other": { // an answer that fits nothing, and no second try
			tale: "q=other > exited other", plan: func() *dsl.Plan {
				p := journey(edges(ask("q", 5*time.Hour), "other", "lost"), exit("end", "answered"))
				aside(p, "end", exit("lost", "other"))
				return p
			}(), setup: answered(confused("q", "hein?")),
		},
		"ask-answer-overtakes-other": { // two texts at once: the second one fits
			tale: "q=yes > exited asked", early: true, plan: journey(ask("q", 5*time.Hour), exit("end", "asked")), setup: func(s *stage) {
				s.at(0, confused("q", "hein?"))
				s.at(0, reply("q", "yes", "sim"))
			},
		},
		"reply-before-the-step": { // a worker died after the question went out: the reply stands in the history before the step
			tale: "hi=sent q=no > exited asked", early: true, plan: journey(send("hi"), ask("q", 5*time.Hour), exit("end", "asked")), setup: func(s *stage) {
				s.at(0, reply("q", "no", "não"))
			},
		},
		"ask-reprompt-held": {
			tale: "q=yes > exited asked", plan: func() *dsl.Plan {
				p := journey(ask("q", 9*time.Hour), exit("end", "asked"))
				p.Nodes["q"].Ask.Retries = 2
				return p
			}(), setup: func(s *stage) {
				s.send = func(in activities.SendInput) (activities.SendResult, error) {
					if in.Try == 1 && s.first("reprompt") {
						return activities.SendResult{Status: activities.SendRetry, RetryAt: in.FirstAt.Add(4 * time.Hour)}, nil
					}
					return accept(in), nil
				}
				s.at(time.Hour, confused("q", "hein?"))
				s.at(6*time.Hour, reply("q", "yes", "sim"))
			},
		},
		"ask-reprompt-answered-while-held": {
			tale: "q=no > exited asked", plan: func() *dsl.Plan {
				p := journey(ask("q", 9*time.Hour), exit("end", "asked"))
				p.Nodes["q"].Ask.Retries = 1
				return p
			}(), setup: func(s *stage) {
				s.send = func(in activities.SendInput) (activities.SendResult, error) {
					if in.Try == 1 {
						return activities.SendResult{Status: activities.SendRetry, RetryAt: in.FirstAt.Add(8 * time.Hour)}, nil
					}
					return accept(in), nil
				}
				s.at(time.Hour, confused("q", "hein?"))
				s.at(2*time.Hour, reply("q", "no", "não"))
			},
		},
		"reply-races-timeout": { // committed in time, its signal comes after our timer
			tale: "q=yes > exited asked", plan: journey(ask("q", 2*time.Hour), exit("end", "asked")), setup: func(s *stage) {
				lost(s)
				s.at(3*time.Hour, reply("q", "yes", "Sim"))
			},
		},
		"reply-races-undelivered": {
			tale: "q=yes > exited asked", plan: journey(ask("q", 9*time.Hour), exit("end", "asked")), setup: func(s *stage) {
				lost(s)
				s.at(time.Hour, status("m_q_0_0_0", engine.Failed, "unreachable"))
				s.at(time.Hour+quarter, reply("q", "yes", "Sim"))
			},
		},
		"reply-before-delivery": {
			tale: "q=yes > exited asked", plan: journey(ask("q", 9*time.Hour, "whatsapp", "sms"), exit("end", "asked")), setup: func(s *stage) {
				s.at(quarter, reply("q", "yes", "Sim"))
			},
		},
		"reply-late": { // the step is over; the text belongs to nobody
			tale: "q=timeout w=elapsed > completed completed", plan: journey(ask("q", time.Hour), waitFor("w", 3*time.Hour)), setup: func(s *stage) {
				s.at(2*time.Hour, reply("q", "yes", "Sim"))
			},
		},
		"reply-repeated": { // one answer, delivered four times
			tale: "a=yes q=yes > completed completed", plan: journey(ask("q", 9*time.Hour), ask("a", 9*time.Hour)), setup: func(s *stage) {
				r := reply("q", "yes", "Sim")
				r.ID = "the same"
				for i := range 4 {
					s.at(time.Hour+time.Duration(i)*quarter, r)
				}
				s.at(3*time.Hour, reply("a", "yes", "Sim"))
			},
		},
		"ask-twice": { // a second visit to the same question takes only its own answer
			tale: "again=exhausted q=no q=yes > exited out", plan: journey(ask("q", 9*time.Hour), &dsl.Node{ID: "again", Verb: "goto", Goto: &dsl.Goto{Step: "q", Max: 1}}, exit("end", "out")),
			setup: func(s *stage) {
				s.at(time.Hour, reply("q", "yes", "Sim"))
				second := reply("q", "no", "Não")
				second.Visit = 1
				s.at(2*time.Hour, second)
			},
		},
		"ask-deadline": {
			tale: "q=timeout > exited asked", plan: due(), setup: startsIn(4 * time.Hour),
		},
		"ask-deadline-past": { // too late to answer: nothing is sent
			tale: "q=timeout > exited asked", plan: due(), setup: startsIn(time.Hour / 2),
		},
		"ask-deadline-moved": { // the appointment was put off while we waited
			tale: "q=yes > exited asked", plan: due(), setup: func(s *stage) {
				startsIn(3 * time.Hour)(s)
				s.at(time.Hour, Signal{Kind: SignalInputsChanged, Data: map[string]any{"starts_at": day0.Add(9 * time.Hour).Format(time.RFC3339)}})
				s.at(5*time.Hour, reply("q", "yes", "Sim"))
			},
		},
		"ask-deadline-of-the-contact": { // the deadline reads the contact, who changes
			tale: "q=timeout > exited asked", plan: func() *dsl.Plan {
				q := ask("q", 0)
				q.Ask.Deadline = expr("contact.due_at")
				return journey(q, exit("end", "asked"))
			}(), setup: func(s *stage) {
				s.evaluate = func(_ string, in activities.EvaluateInput) activities.Value {
					if s.heard("contact") {
						return activities.Value{Value: day0.Add(3 * time.Hour)}
					}
					return activities.Value{Value: day0.Add(9 * time.Hour)}
				}
				s.do(time.Hour, func() {
					s.hear("contact")
					s.signal(Signal{ID: "contact", Kind: SignalContactChanged, Reason: "attributes"})
				})
			},
		},
	}
}
