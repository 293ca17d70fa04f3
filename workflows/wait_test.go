package workflows

import (
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// dslPaid listens to a payment.
var dslPaid = dsl.WaitEvent{Outcome: "paid", Event: "order.paid"}

func events4(timeout time.Duration, list ...dsl.WaitEvent) *dsl.Node {
	n := &dsl.Node{ID: "w", Verb: "wait", Wait: &dsl.Wait{Events: list, Timeout: dsl.Duration(timeout)}}
	return n
}

func TestWaitForTellsTheTables(t *testing.T) {
	s := newStage(t, journey(waitFor("w", 36*time.Hour))).play()
	s.took(36 * time.Hour)
	s.outcome("w", "elapsed")
	if s.counts[ActivityRecord] != 1 {
		t.Fatalf("%d records, want 1", s.counts[ActivityRecord])
	}
	if got := s.events.total(); got != 12 {
		t.Fatalf("a plain wait costs %d events (%+v), want 12", got, s.events)
	}
}

func TestWaitForOpeningHours(t *testing.T) {
	hours := dsl.Hours{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "14:00", To: "18:00"}
	n := &dsl.Node{ID: "w", Verb: "wait", Wait: &dsl.Wait{Schedule: "desk"}}
	p := journey(n)
	p.Schedules = map[string]dsl.Hours{"desk": hours}
	s := newStage(t, p).play()
	s.took(5 * time.Hour)

	p.Schedules["desk"] = dsl.Hours{Days: hours.Days, From: "08:00", To: "18:00"}
	s = newStage(t, p).play()
	s.took(0)
}

func TestWaitForEvents(t *testing.T) {
	list := []dsl.WaitEvent{{Outcome: "clicked", Event: "link.clicked"}, {Outcome: "wrote", Reply: "whatsapp"}}
	for _, c := range []struct {
		name, want string
		at         time.Duration
		sig        *Signal
		calls      []string
	}{
		{"event", "clicked", time.Hour, new(event("link.clicked", nil)), []string{"open w", "close w canceled"}},
		{"reply", "wrote", time.Hour, new(confused("w", "oi")), []string{"open w"}},
		{"nothing", "timeout", 2 * time.Hour, nil, []string{"open w", "close w timed_out"}},
		{"another event", "timeout", 2 * time.Hour, new(event("order.paid", nil)), []string{"open w", "close w timed_out"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, journey(events4(2*time.Hour, list...)))
			if c.sig != nil {
				s.at(time.Hour, *c.sig)
			}
			s.play().outcome("w", c.want)
			s.took(c.at)
			s.did(c.calls...)
		})
	}
}

func TestEventWithoutRepliesOpensNoRow(t *testing.T) {
	s := newStage(t, journey(events4(2*time.Hour, dsl.WaitEvent{Outcome: "paid", Event: "order.paid"})))
	s.at(time.Hour, event("order.paid", map[string]any{"total": 10}))
	s.play().outcome("w", "paid")
	s.did()
}

func TestWaitForWindow(t *testing.T) {
	s := newStage(t, journey(events4(48*time.Hour, dsl.WaitEvent{Outcome: "open", Window: "opened"})))
	s.evaluate = windowUntil(time.Time{})
	s.at(time.Hour, Signal{Kind: SignalEvent, Event: "window_opened", Channel: engine.WhatsApp})
	s.play().outcome("w", "open")
	s.took(time.Hour)

	s = newStage(t, journey(events4(48*time.Hour, dsl.WaitEvent{Outcome: "closed", Window: "closed"})))
	s.evaluate = windowUntil(day0.Add(5 * time.Hour))
	s.play().outcome("w", "closed")
	s.took(5 * time.Hour)

	s = newStage(t, journey(events4(48*time.Hour, dsl.WaitEvent{Outcome: "open", Window: "opened"})))
	s.evaluate = windowUntil(day0.Add(5 * time.Hour))
	s.play().outcome("w", "open")
	s.took(0)
}

// Two windows at once: each has its own end, and news of one are none of the other.
func TestWaitForTheWindowOfAChannel(t *testing.T) {
	opened := dsl.WaitEvent{Outcome: "open", Window: "opened", Channel: "instagram"}
	closed := dsl.WaitEvent{Outcome: "closed", Window: "closed"}
	s := newStage(t, journey(events4(48*time.Hour, closed, opened)))
	s.evaluate = windowUntil(day0.Add(5 * time.Hour))
	s.at(time.Hour, Signal{Kind: SignalEvent, Event: "window_opened", Channel: engine.WhatsApp})
	s.at(2*time.Hour, Signal{Kind: SignalEvent, Event: "window_opened", Channel: engine.Instagram})
	s.play().outcome("w", "open")
	s.took(2 * time.Hour)

	s = newStage(t, journey(events4(48*time.Hour, closed, opened)))
	s.evaluate = windowUntil(day0.Add(5 * time.Hour))
	s.play().outcome("w", "closed")
	s.took(5 * time.Hour)
}

// windowUntil answers questions about WhatsApp's service window, which closes then.
func windowUntil(closes time.Time) func(string, activities.EvaluateInput) activities.Value {
	return func(source string, in activities.EvaluateInput) activities.Value {
		open := in.Scope.Now.Before(closes)
		switch {
		case source == "window.whatsapp.open":
			return activities.Value{Value: open}
		case source == "window.whatsapp.closes_at" && !closes.IsZero():
			return activities.Value{Value: closes}
		}
		return activities.Value{}
	}
}
