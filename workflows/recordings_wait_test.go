package workflows

import (
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// waitRecordings are the ways of waiting: for a moment that moves, for opening
// hours, for a reply, for the service window, for the first of many.
func waitRecordings() map[string]recording {
	window := func(closes time.Time) func(*stage) {
		return func(s *stage) { s.evaluate = windowUntil(closes) }
	}
	untilContact := func() *dsl.Plan {
		return journey(&dsl.Node{ID: "w", Verb: "wait", Wait: &dsl.Wait{Until: expr("contact.due_at")}}, exit("end", "due"))
	}
	moving := func(before, after time.Duration) func(*stage) {
		return func(s *stage) {
			s.evaluate = func(string, activities.EvaluateInput) activities.Value {
				if s.heard("contact") {
					return activities.Value{Value: day0.Add(after)}
				}
				return activities.Value{Value: day0.Add(before)}
			}
			s.do(time.Hour, func() {
				s.hear("contact")
				s.signal(Signal{ID: "contact", Kind: SignalContactChanged, Reason: "attributes"})
			})
		}
	}
	withDeadline := func() *dsl.Plan {
		n := events4(0, dslPaid)
		n.Wait.Deadline = expr("inputs.starts_at")
		return journey(n, exit("end", "over"))
	}
	hours := func(from, to string) *dsl.Plan {
		p := journey(&dsl.Node{ID: "w", Verb: "wait", Wait: &dsl.Wait{Schedule: "desk"}}, exit("end", "open"))
		p.Schedules = map[string]dsl.Hours{"desk": {Days: []string{"mon", "tue"}, From: from, To: to}}
		return p
	}
	return map[string]recording{
		"wait-until-contact-earlier": {tale: "w=reached > exited due", plan: untilContact(), setup: moving(9*time.Hour, 3*time.Hour)},
		"wait-until-contact-later":   {tale: "w=reached > exited due", plan: untilContact(), setup: moving(2*time.Hour, 4*time.Hour)},
		"wait-until-contact-past":    {tale: "w=past > exited due", plan: untilContact(), setup: moving(9*time.Hour, time.Hour/2)},
		"wait-unmoved": { // news of the contact that changes nothing
			tale: "w=reached > exited due", plan: untilContact(), setup: moving(3*time.Hour, 3*time.Hour),
		},
		"wait-deadline-moved": {
			tale: "w=timeout > exited over", plan: withDeadline(), setup: func(s *stage) {
				startsIn(3 * time.Hour)(s)
				s.at(time.Hour, Signal{Kind: SignalInputsChanged, Data: map[string]any{"starts_at": day0.Add(5 * time.Hour).Format(time.RFC3339)}})
			},
		},
		"wait-events-timeout": {
			tale: "w=timeout > completed completed", plan: journey(events4(2*time.Hour, dslPaid, dsl.WaitEvent{Outcome: "wrote", Reply: "whatsapp"})), setup: nothing,
		},
		"wait-event-where": { // the first payment is too small
			tale: "w=paid > completed completed",
			plan: journey(events4(9*time.Hour, dsl.WaitEvent{Outcome: "paid", Event: "order.paid", Where: expr("event.total > 5")})),
			setup: func(s *stage) {
				s.at(time.Hour, event("order.paid", map[string]any{"total": 3}))
				s.at(2*time.Hour, event("order.paid", map[string]any{"total": 8}))
			},
		},
		"wait-event-where-contact": { // the condition reads the contact: an activity decides
			tale: "w=paid > completed completed",
			plan: journey(events4(9*time.Hour, dsl.WaitEvent{Outcome: "paid", Event: "order.paid", Where: expr("event.total > contact.limit")})),
			setup: func(s *stage) {
				s.evaluate = func(_ string, in activities.EvaluateInput) activities.Value {
					return activities.Value{Value: in.Scope.Event["total"] != 3.0 && in.Scope.Event["total"] != 3}
				}
				s.at(time.Hour, event("order.paid", map[string]any{"total": 3}))
				s.at(2*time.Hour, event("order.paid", map[string]any{"total": 8}))
			},
		},
		"wait-event-on-the-way": { // it comes before the wait begins, with no rest in between
			tale: "hi=sent w=paid > completed completed", early: true, plan: journey(send("hi"), events4(9*time.Hour, dslPaid)), setup: func(s *stage) {
				s.at(0, event("order.paid", nil))
			},
		},
		"wait-reply-races-timeout": {
			tale: "w=wrote > completed completed", plan: journey(events4(2*time.Hour, dsl.WaitEvent{Outcome: "wrote", Reply: "whatsapp"})), setup: func(s *stage) {
				s.close = func(activities.CloseWaitInput) (activities.CloseWaitResult, error) {
					return activities.CloseWaitResult{}, nil
				}
				s.at(3*time.Hour, confused("w", "oi"))
			},
		},
		"wait-window-opens": {
			tale: "w=open > exited heard", plan: journey(events4(9*time.Hour, dsl.WaitEvent{Outcome: "open", Window: "opened"}), exit("end", "heard")),
			setup: func(s *stage) {
				window(time.Time{})(s)
				s.at(time.Hour, Signal{Kind: SignalEvent, Event: "window_opened", Channel: engine.WhatsApp})
			},
		},
		"wait-window-closes": { // nobody tells: it closes by itself at a known time
			tale: "w=closed > exited heard", plan: journey(events4(9*time.Hour, dsl.WaitEvent{Outcome: "closed", Window: "closed"}), exit("end", "heard")),
			setup: window(day0.Add(3 * time.Hour)),
		},
		"wait-window-open-already": {
			tale: "w=open > exited heard", plan: journey(events4(9*time.Hour, dsl.WaitEvent{Outcome: "open", Window: "opened"}), exit("end", "heard")),
			setup: window(day0.Add(3 * time.Hour)),
		},
		"wait-window-or-reply": {
			tale: "w=wrote > exited heard",
			plan: journey(events4(9*time.Hour, dsl.WaitEvent{Outcome: "closed", Window: "closed"}, dsl.WaitEvent{Outcome: "wrote", Reply: "whatsapp"}), exit("end", "heard")),
			setup: func(s *stage) {
				window(day0.Add(5 * time.Hour))(s)
				s.at(2*time.Hour, confused("w", "oi"))
			},
		},
		"wait-schedule-open": {tale: "w=elapsed > exited open", plan: hours("08:00", "18:00"), setup: nothing}, // it is nine o'clock
		"wait-schedule-tomorrow": {
			tale: "w=elapsed > exited open", plan: hours("07:00", "08:00"),
			setup: func(s *stage) { // 22 hours are too long to record; the clock runs faster
				s.do(quarter, func() { s.signal(s.faster(4 * recordSpeed)) })
			},
		},
	}
}
