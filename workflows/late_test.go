package workflows

import (
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// notAfters records what each message was asked with.
func (s *stage) asking() map[string]activities.SendInput {
	got := map[string]activities.SendInput{}
	before := s.send
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		if _, twice := got[in.StepID]; !twice {
			got[in.StepID] = in
		}
		if before != nil {
			return before(in)
		}
		return accept(in), nil
	}
	return got
}

func untilMinus(id string, d time.Duration) *dsl.Node {
	return &dsl.Node{ID: id, Verb: "wait", Normal: "reached", Wait: &dsl.Wait{Until: expr("inputs.starts_at"), Offset: dsl.Duration(-d)}}
}

func deadlineOf(in activities.SendInput) time.Time {
	if in.Deadline == nil {
		return time.Time{}
	}
	return *in.Deadline
}

// A message that was due in an outage was due then, not when the machines came
// back; and one that belongs before a moment has that moment for its limit.
func TestWhatAnOutageMakesLate(t *testing.T) {
	visit := day0.Add(8 * time.Hour)
	s := newStage(t, journey(untilMinus("eve", 2*time.Hour), send("remind"), send("map"), waitFor("rest", time.Hour), send("later")))
	s.in.Inputs = map[string]any{"starts_at": visit.Format(time.RFC3339)}
	got := s.asking()
	s.at(time.Hour, jump(time.Hour, 12*time.Hour)) // the outage: eleven hours, over the visit
	s.play().ended(engine.Completed, "completed")
	for _, step := range []string{"remind", "map"} {
		if in := got[step]; !in.FirstAt.Equal(visit.Add(-2*time.Hour)) || !deadlineOf(in).Equal(visit) {
			t.Errorf("%s: due %v, not after %v", step, in.FirstAt.Sub(day0), deadlineOf(in).Sub(day0))
		}
	}
	if in := got["later"]; in.Deadline != nil || !in.FirstAt.Equal(day0.Add(13*time.Hour)) {
		t.Errorf("later: due %v, not after %v", in.FirstAt.Sub(day0), in.Deadline)
	}
}

// Without an outage nothing changes but the limit.
func TestOnTimeIsOnTime(t *testing.T) {
	visit := day0.Add(8 * time.Hour)
	held := false
	s := newStage(t, journey(untilMinus("eve", 2*time.Hour),
		&dsl.Node{ID: "hours", Verb: "wait", Normal: "open", Wait: &dsl.Wait{Schedule: "office"}}, send("remind"), send("second"), ask("q", time.Hour), send("silence")))
	s.plan.Schedules = map[string]dsl.Hours{"office": {From: "00:00", To: "24:00"}}
	s.in.Inputs = map[string]any{"starts_at": visit.Format(time.RFC3339)}
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		if in.StepID == "remind" && !held {
			held = true
			return activities.SendResult{Status: activities.SendRetry, RetryAt: day0.Add(6*time.Hour + 30*time.Minute)}, nil
		}
		return activities.SendResult{Status: activities.SendAccepted, At: in.FirstAt, MessageID: engine.MessageID(in.StepID)}, nil
	}
	got := s.asking()
	s.play().ended(engine.Completed, "completed")
	for step, want := range map[string]struct{ due, limit time.Duration }{
		"remind":  {6 * time.Hour, 8 * time.Hour},
		"second":  {6*time.Hour + 30*time.Minute, 8 * time.Hour}, // the first was held, this one is due now
		"q":       {6*time.Hour + 30*time.Minute, 8 * time.Hour},
		"silence": {7*time.Hour + 30*time.Minute, 0},
	} {
		in := got[step]
		limit := time.Duration(0)
		if in.Deadline != nil {
			limit = in.Deadline.Sub(day0)
		}
		if due := in.FirstAt.Sub(day0); due.Round(time.Second) != want.due || limit != want.limit {
			t.Errorf("%s: due %v, not after %v, want %v and %v", step, due, limit, want.due, want.limit)
		}
	}
}

// A question's silence, a hand-off's and a repeat's round that end in an outage
// were due then, too; an answer is never late.
func TestEveryWaitCarriesWhenItWasDue(t *testing.T) {
	for name, c := range map[string]struct {
		node   *dsl.Node
		signal *Signal
		due    time.Duration
	}{
		"silence":  {node: ask("w", 3*time.Hour), due: 3 * time.Hour},
		"a wait":   {node: waitFor("w", 4*time.Hour), due: 4 * time.Hour},
		"hand-off": {node: &dsl.Node{ID: "w", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "q", Timeout: dsl.Duration(5 * time.Hour)}}, due: 5 * time.Hour},
		"an event": {node: &dsl.Node{ID: "w", Verb: "wait", Wait: &dsl.Wait{Events: []dsl.WaitEvent{{Event: "order.paid", Outcome: "paid"}}, Timeout: dsl.Duration(6 * time.Hour)}}, due: 6 * time.Hour},
		"answered": {node: ask("w", 48*time.Hour), signal: &Signal{}, due: 20 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, journey(c.node, send("next")))
			got := s.asking()
			s.at(time.Hour, jump(time.Hour, 20*time.Hour))
			if c.signal != nil {
				s.at(time.Hour+time.Second, reply("w", "yes", "sim"))
			}
			s.play()
			if due := got["next"].FirstAt.Sub(day0); due.Round(time.Minute) != c.due {
				t.Errorf("due %v, want %v", due, c.due)
			}
		})
	}
}

// On a fast clock the moment after which a message makes no sense is never closer
// than a real minute.
func TestAFastClockIsNotLate(t *testing.T) {
	visit := day0.Add(8 * time.Hour)
	s := newStage(t, journey(untilMinus("eve", 2*time.Hour), send("remind")))
	s.in.Inputs = map[string]any{"starts_at": visit.Format(time.RFC3339)}
	s.in.Anchor = engine.Anchor{Real: day0, Virtual: day0, Speed: 86_400}
	got := s.asking()
	s.play().ended(engine.Completed, "completed")
	if limit := deadlineOf(got["remind"]); limit.Sub(day0) < 24*time.Hour {
		t.Errorf("not after %v", limit.Sub(day0))
	}
}
