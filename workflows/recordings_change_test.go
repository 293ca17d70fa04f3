package workflows

import (
	"strings"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

// changeRecordings are the behaviors that versions.go guards, each as it is since
// its change, and the move to another version of the journey.
func changeRecordings() map[string]recording {
	parking := func(s *stage) { // the channel is down until somebody says otherwise
		s.send = func(in activities.SendInput) (activities.SendResult, error) {
			if s.first("down") {
				return activities.SendResult{Status: activities.SendRetry, RetryAt: in.FirstAt.Add(48 * time.Hour), Park: true}, nil
			}
			return accept(in), nil
		}
	}
	moves := func(name string, d time.Duration) func(*stage) {
		return func(s *stage) { s.at(d, Signal{Kind: SignalMove, Version: engine.VersionHash(movedName(name))}) }
	}
	leads := func(name string, d time.Duration, from, to string) func(*stage) {
		return func(s *stage) {
			s.at(d, Signal{Kind: SignalMove, Version: engine.VersionHash(movedName(name)), Moves: map[string]string{from: to}})
		}
	}
	questions := func(then string) *dsl.Plan {
		return journey(edges(ask("q", 9*time.Hour), "yes", then, "no", then, "timeout", then), send(then), exit("end", "done"))
	}
	both := func(list ...func(*stage)) func(*stage) {
		return func(s *stage) {
			for _, f := range list {
				f(s)
			}
		}
	}
	answers := func(d time.Duration) func(*stage) {
		return func(s *stage) { s.at(d, reply("q", "yes", "Sim")) }
	}
	return map[string]recording{
		"clock-told-again": { // the same news twice, then one that it has overtaken: no timer is set anew
			tale: "w=elapsed > completed completed", plan: journey(waitFor("w", 9*time.Hour)), setup: func(s *stage) {
				var told Signal
				s.do(time.Hour, func() { told = s.faster(2 * recordSpeed); s.signal(told) })
				s.do(2*time.Hour, func() { told.ID = "clock told again"; s.signal(told) })
				s.do(3*time.Hour, func() {
					old := told
					a := *told.Anchor
					a.Real = a.Real.Add(-time.Hour)
					old.ID, old.Anchor = "clock overtaken", &a
					s.signal(old)
				})
			},
		},
		"clock-while-a-reply-is-owed": {
			tale: "q=yes > completed completed", plan: journey(ask("q", 2*time.Hour)), setup: func(s *stage) {
				s.close = func(activities.CloseWaitInput) (activities.CloseWaitResult, error) {
					return activities.CloseWaitResult{}, nil
				}
				s.do(3*time.Hour, func() { s.signal(s.faster(2 * recordSpeed)) })
				s.at(5*time.Hour, reply("q", "yes", "Sim"))
			},
		},
		"resume-by-going-on": { // the gate heard of the pause before the enrollment did
			tale: "hi=sent > completed completed", plan: journey(send("hi")), setup: func(s *stage) {
				parking(s)
				s.at(time.Hour, Signal{Kind: SignalPause})
				s.at(2*time.Hour, Signal{Kind: SignalUnpause})
			},
		},
		"event-behind-the-reply": { // a worker that was away finds both in one task
			tale: "q=yes w=paid > exited paid", plan: journey(ask("q", 20*time.Hour), events4(9*time.Hour, dslPaid), exit("end", "paid")), setup: func(s *stage) {
				s.asleep(time.Hour, reply("q", "yes", "Sim"), event("order.paid", nil))
			},
		},
		"event-behind-the-event": {
			tale: "v=clicked w=paid > completed completed", plan: func() *dsl.Plan {
				v := events4(20*time.Hour, dsl.WaitEvent{Outcome: "clicked", Event: "link.clicked"})
				v.ID = "v"
				return journey(v, events4(9*time.Hour, dslPaid))
			}(), setup: func(s *stage) {
				s.asleep(time.Hour, event("link.clicked", nil), event("order.paid", nil))
			},
		},
		"variable-too-large": { // more than one may be: the enrollment fails with a sentence
			tale: "> failed failed", plan: func() *dsl.Plan {
				p := journey(set("v", "text", "{{ inputs.note }}"), send("never"))
				p.Inputs["note"] = expression.Type{Kind: expression.String}
				p.Vars = map[string]dsl.Var{"text": {Type: expression.Type{Kind: expression.String}, Default: ""}}
				return p
			}(), setup: func(s *stage) {
				s.in.Inputs = map[string]any{"note": strings.Repeat("x", engine.MaxPayload+1)}
			},
		},
		"move-at-a-question": {
			tale: "fresh=sent q=yes > exited done", plan: questions("old"), moved: questions("fresh"),
			setup: both(moves("move-at-a-question", time.Hour), answers(3*time.Hour)),
		},
		"move-shortens-a-wait": {
			tale: "fresh=sent w=elapsed > completed completed", plan: journey(waitFor("w", 9*time.Hour), send("old")), moved: journey(waitFor("w", 3*time.Hour), send("fresh")),
			setup: moves("move-shortens-a-wait", time.Hour),
		},
		"move-to-a-step": { // what was asked is closed, and the other step begins
			tale: "fresh=sent w=elapsed > exited done", plan: journey(ask("q", 9*time.Hour)),
			moved: journey(edges(waitFor("w", 3*time.Hour), "elapsed", "fresh"), send("fresh"), exit("end", "done")),
			setup: leads("move-to-a-step", time.Hour, "q", "w"),
		},
		"move-out": {
			tale: "> exited moved_out", plan: journey(ask("q", 9*time.Hour), send("never")), moved: journey(send("fresh")),
			setup: leads("move-out", time.Hour, "q", dsl.MoveExit),
		},
		"move-with-a-renamed-question": { // asked again, it is asked under its new name
			tale: "fresh=sent question=yes > exited done", plan: func() *dsl.Plan {
				q := ask("q", 9*time.Hour)
				q.Ask.Retries = 1
				return journey(q)
			}(), moved: func() *dsl.Plan {
				q := ask("question", 9*time.Hour)
				q.Ask.Retries, q.Was = 1, []string{"q"}
				return journey(edges(q, "yes", "fresh", "no", "end", "timeout", "end", "other", "end"), send("fresh"), exit("end", "done"))
			}(),
			setup: both(moves("move-with-a-renamed-question", time.Hour), func(s *stage) {
				s.at(3*time.Hour, confused("q", "talvez"))
				s.at(5*time.Hour, reply("question", "yes", "Sim"))
			}),
		},
		"move-refused": { // where it waits is gone: it stays
			tale: "old=sent w=elapsed > completed completed", plan: journey(waitFor("w", 3*time.Hour), send("old")), moved: journey(waitFor("v", 3*time.Hour), send("fresh")),
			setup: moves("move-refused", time.Hour),
		},
	}
}
