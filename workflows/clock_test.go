package workflows

import (
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// jump is a clock that shows `to` after the start at the real moment `at`.
func jump(at, to time.Duration) Signal {
	return Signal{Kind: SignalClock, Anchor: &engine.Anchor{Real: day0.Add(at), Virtual: day0.Add(to), Speed: 1}}
}

const month = 30 * 24 * time.Hour

// Whatever an enrollment waits for in virtual time is due when the clock is moved
// beyond it, and waits for the rest when it is not.
func TestAMovedClockWakesWhatIsDue(t *testing.T) {
	hold := func(at time.Duration) func(activities.SendInput) (activities.SendResult, error) {
		tries := 0
		return func(in activities.SendInput) (activities.SendResult, error) {
			if tries++; tries == 1 {
				return activities.SendResult{Status: activities.SendRetry, RetryAt: day0.Add(at)}, nil
			}
			return accept(in), nil
		}
	}
	appointment := day0.Add(3 * month)
	until := &dsl.Node{ID: "s", Verb: "wait", Normal: "reached", Wait: &dsl.Wait{Until: expr("inputs.starts_at"), Offset: dsl.Duration(-24 * time.Hour)}}
	dated := ask("s", 0)
	dated.Ask.Deadline = expr("inputs.starts_at")
	events := &dsl.Node{ID: "s", Verb: "wait", Wait: &dsl.Wait{Events: []dsl.WaitEvent{{Event: "order.paid", Outcome: "paid"}}, Timeout: dsl.Duration(2 * month)}}
	handoff := &dsl.Node{ID: "s", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "reception", Timeout: dsl.Duration(2 * month)}}
	for name, c := range map[string]struct {
		node    *dsl.Node
		send    func(activities.SendInput) (activities.SendResult, error)
		step    string
		outcome string
	}{
		"a wait":                       {node: waitFor("s", 2*month), outcome: "elapsed"},
		"a wait for an appointment":    {node: until, outcome: "reached"},
		"a question's timeout":         {node: ask("s", 2*month), outcome: "timeout"},
		"a question's deadline":        {node: dated, outcome: "timeout"},
		"a wait for an event":          {node: events, outcome: "timeout"},
		"a hand-off nobody takes":      {node: handoff, outcome: "timeout"},
		"a message held by the gate":   {node: send("s"), send: hold(2 * month), outcome: "sent"},
		"a first route without news":   {node: send("s", "whatsapp", "sms"), outcome: "sent"},
		"a question held by the gate ": {node: ask("s", time.Hour), send: hold(2 * month), outcome: "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, journey(c.node))
			s.in.Inputs = map[string]any{"starts_at": appointment.Format(time.RFC3339)}
			s.send = c.send
			s.at(time.Minute, jump(time.Minute, 4*month))
			s.play().outcome("s", c.outcome)
			if s.elapsed > 2*time.Hour {
				t.Errorf("took %v of real time", s.elapsed)
			}
			s.ended(engine.Completed, "completed")
		})
	}
}

func TestAMovedClockLeavesTheRestOfAWait(t *testing.T) {
	s := newStage(t, journey(waitFor("w", 24*time.Hour)))
	s.at(time.Hour, jump(time.Hour, 20*time.Hour))
	s.play().outcome("w", "elapsed")
	s.took(5 * time.Hour)

	back := newStage(t, journey(waitFor("w", 24*time.Hour)))
	back.at(20*time.Hour, jump(20*time.Hour, 10*time.Hour))
	back.play().outcome("w", "elapsed")
	back.took(34 * time.Hour)
}

// Every lane wakes, whatever the others do, and the enrollment ends once.
func TestAMovedClockWakesEveryLane(t *testing.T) {
	p := journey(&dsl.Node{ID: "both", Verb: "parallel", Parallel: &dsl.Parallel{Join: "all", Lanes: []dsl.Lane{
		{ID: "a", Start: "wa"}, {ID: "b", Start: "wb"},
	}}})
	aside(p, "both", inside(waitFor("wa", month), "both"), inside(waitFor("wb", 2*month), "both"))
	s := newStage(t, p)
	s.at(time.Hour, jump(time.Hour, 6*month))
	s.play()
	s.outcome("wa", "elapsed")
	s.outcome("wb", "elapsed")
	s.ended(engine.Completed, "completed")
	s.took(time.Hour)
}

// The same clock, told again and again, costs no timer; an overtaken one is
// ignored; real time is always taken.
func TestAClockIsToldTwice(t *testing.T) {
	s := newStage(t, journey(waitFor("w", 24*time.Hour)))
	newer, older := jump(2*time.Hour, 10*time.Hour), jump(time.Hour, 30*month)
	for i := range 5 {
		s.at(2*time.Hour+time.Duration(i)*time.Minute, newer)
	}
	s.at(3*time.Hour, older)
	s.at(4*time.Hour, Signal{Kind: SignalClock, Anchor: &engine.Anchor{}})
	s.play().outcome("w", "elapsed")
	s.took(24 * time.Hour)
	if s.events.timers != 3 {
		t.Errorf("%d timers were set, want one, one for the new clock, one for real time", s.events.timers)
	}
}

// A reply that was committed before the timeout, whose signal is still on its
// way, comes in real time: a jump of months does not lose it.
func TestAMovedClockDoesNotLoseAnOwedReply(t *testing.T) {
	for name, node := range map[string]*dsl.Node{
		"ask":  ask("q", time.Hour),
		"wait": {ID: "q", Verb: "wait", Wait: &dsl.Wait{Events: []dsl.WaitEvent{{Reply: "whatsapp", Outcome: "yes"}}, Timeout: dsl.Duration(time.Hour)}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, journey(node))
			s.close = func(activities.CloseWaitInput) (activities.CloseWaitResult, error) {
				return activities.CloseWaitResult{Closed: false}, nil
			}
			s.at(time.Hour+time.Minute, jump(time.Hour+time.Minute, 3*month))
			s.at(time.Hour+2*time.Minute, reply("q", "yes", "sim"))
			s.play().outcome("q", "yes")
		})
	}
}
