package workflows

import (
	"errors"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// quarter is the shortest time that recordings keep apart: 250 ms of the machine.
const quarter = 15 * time.Minute

// sendRecordings are the ways of one message: held, parked, in doubt, lost late.
func sendRecordings() map[string]recording {
	// script answers the n-th call for a message, and accepts after the last.
	script := func(results ...func(in activities.SendInput) activities.SendResult) func(s *stage) {
		return func(s *stage) {
			n := 0
			s.send = func(in activities.SendInput) (activities.SendResult, error) {
				s.mu.Lock()
				defer s.mu.Unlock()
				if n++; n <= len(results) {
					return results[n-1](in), nil
				}
				return accept(in), nil
			}
		}
	}
	later := func(d time.Duration) func(in activities.SendInput) activities.SendResult {
		return func(in activities.SendInput) activities.SendResult {
			return activities.SendResult{Status: activities.SendRetry, RetryAt: in.FirstAt.Add(d)}
		}
	}
	parked := func(activities.SendInput) activities.SendResult {
		return activities.SendResult{Status: activities.SendRetry, Park: true}
	}
	refused := func(reason string) func(activities.SendInput) activities.SendResult {
		return func(activities.SendInput) activities.SendResult {
			return activities.SendResult{Status: activities.SendUndelivered, Reason: reason}
		}
	}
	doubtful := func(in activities.SendInput) activities.SendResult {
		res := accept(in)
		res.Status = activities.SendUnconfirmed
		return res
	}
	return map[string]recording{
		"hold-send-window": {
			tale: "hi=sent > exited sent", plan: journey(send("hi"), exit("end", "sent")),
			setup: script(later(3*time.Hour), later(5*time.Hour)),
		},
		"hold-paused": {
			tale: "hi=sent > exited sent", plan: journey(send("hi"), exit("end", "sent")),
			setup: func(s *stage) {
				script(later(2 * time.Hour))(s)
				s.at(time.Hour, Signal{Kind: SignalPause})
				s.at(4*time.Hour, Signal{Kind: SignalUnpause})
			},
		},
		"hold-at-once": { // asked to try again immediately, three times
			tale: "hi=sent > completed completed", plan: journey(send("hi")),
			setup: script(later(0), later(0), later(0)),
		},
		"channel-parked": {
			tale: "hi=sent > exited sent", plan: journey(send("hi"), exit("end", "sent")),
			setup: func(s *stage) {
				script(parked, parked)(s)
				s.at(time.Hour, Signal{Kind: SignalResume, Reason: "meta works again"})
				s.at(3*time.Hour, Signal{Kind: SignalResume, Reason: "meta works again"})
			},
		},
		"channel-parked-until": { // parked, with an hour at which the message is too old
			tale: "hi=undelivered > exited tried", plan: journey(send("hi"), exit("end", "tried")),
			setup: script(func(in activities.SendInput) activities.SendResult {
				return activities.SendResult{Status: activities.SendRetry, Park: true, RetryAt: in.FirstAt.Add(4 * time.Hour)}
			}, refused("expired")),
		},
		"exit-while-held": {
			tale: "> exited off",
			plan: interrupted(journey(send("hi")), exitOn("off", "order.paid")),
			setup: func(s *stage) {
				script(later(9 * time.Hour))(s)
				s.at(time.Hour, event("order.paid", nil))
			},
		},
		"send-within": { // accepted, never delivered: the next route
			tale: "hi=sent > completed completed", plan: journey(send("hi", "whatsapp", "sms")), setup: nothing,
		},
		"send-delivered": {
			tale: "hi=sent > completed completed", plan: journey(send("hi", "whatsapp", "sms")), setup: func(s *stage) {
				s.at(quarter, status("m_hi_0_0_0", engine.Delivered, ""))
			},
		},
		"send-every-route-refused": {
			tale: "hi=undelivered > exited lost",
			plan: func() *dsl.Plan {
				p := journey(edges(send("hi", "whatsapp", "sms", "email"), "undelivered", "lost"), exit("end", "sent"))
				aside(p, "end", exit("lost", "lost"))
				return p
			}(),
			setup: script(refused("opted_out"), refused("unreachable"), refused("blocked")),
		},
		"send-unconfirmed": {
			tale: "hi=sent ho=sent > completed completed", plan: journey(send("hi"), send("ho")), setup: script(doubtful),
		},
		"send-inactive": { // the row ended while the message was prepared
			tale: "> told from outside", plan: journey(send("hi"), send("never")),
			setup: script(func(activities.SendInput) activities.SendResult {
				return activities.SendResult{Status: activities.SendInactive}
			}),
		},
		"late-failure-next-route": { // accepted, and lost a little later
			tale: "q=yes > exited answered", plan: journey(ask("q", 9*time.Hour, "whatsapp", "sms"), exit("end", "answered")),
			setup: func(s *stage) {
				s.at(quarter, status("m_q_0_0_0", engine.Failed, "unreachable"))
				s.at(3*time.Hour, reply("q", "yes", "Sim"))
			},
		},
		"late-failure-after-delivery": { // a status that goes back is only written down
			tale: "q=yes > exited answered", plan: journey(ask("q", 9*time.Hour, "whatsapp", "sms"), exit("end", "answered")),
			setup: func(s *stage) {
				s.at(quarter, status("m_q_0_0_0", engine.Delivered, ""))
				s.at(time.Hour, status("m_q_0_0_0", engine.Sent, ""))
				s.at(2*time.Hour, status("m_q_0_0_0", engine.Failed, "unreachable"))
				s.at(3*time.Hour, reply("q", "yes", "Sim"))
			},
		},
		"late-failure-of-the-last-route": {
			tale: "q=undelivered > exited asked", plan: journey(ask("q", 9*time.Hour, "whatsapp", "sms"), exit("end", "asked")),
			setup: func(s *stage) {
				s.at(quarter, status("m_q_0_0_0", engine.Failed, "blocked"))
				s.at(time.Hour, status("m_q_0_1_0", engine.Failed, "unreachable"))
			},
		},
		"storage-away": { // our own tables do not answer for a while
			tale: "hi=sent w=elapsed > completed completed", plan: journey(send("hi"), waitFor("w", time.Hour)),
			setup: func(s *stage) {
				tries := 0
				s.fail = func(string) error { // called under the stage's lock
					if tries++; tries <= 7 { // three tries, a durable sleep, three tries, a longer one
						return errors.New("the database is away")
					}
					return nil
				}
			},
		},
	}
}
