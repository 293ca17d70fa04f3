package workflows

import (
	"fmt"
	"testing"
	"time"

	"jornada/activities"
	"jornada/engine"
)

// question is one ask whose every outcome leads to an exit of the same name.
func question(timeout time.Duration, channels ...string) *stagePlan {
	q := ask("q", timeout, channels...)
	p := journey(q)
	for _, o := range []string{"yes", "no", "other", "timeout", "undelivered", "satisfied", "answered"} {
		edges(q, o, "end_"+o)
		aside(p, "", exit("end_"+o, o))
	}
	return &stagePlan{p, q}
}

func TestAskAnswers(t *testing.T) {
	q := question(time.Hour)
	s := newStage(t, q.plan)
	s.at(10*time.Minute, reply("q", "no", "não"))
	s.play().ended(engine.Exited, "no")
	s.took(10 * time.Minute)
	s.did("send q visit 0 route 0 try 0")
}

func TestAskTimeoutCountsFromAcceptance(t *testing.T) {
	q := question(time.Hour)
	s := newStage(t, q.plan)
	n := 0
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		if n++; n == 1 {
			return activities.SendResult{Status: activities.SendRetry, RetryAt: day0.Add(8 * time.Hour)}, nil
		}
		r := accept(in)
		r.At = day0.Add(8*time.Hour + 10*time.Minute)
		return r, nil
	}
	s.play().ended(engine.Exited, "timeout")
	s.took(9*time.Hour + 10*time.Minute)
	s.did("send q visit 0 route 0 try 0", "send q visit 0 route 0 try 0", "close q timed_out")
}

func TestAskRepromptsThenOther(t *testing.T) {
	q := question(time.Hour)
	q.node.Ask.Retries = 2
	s := newStage(t, q.plan)
	for i := range 3 {
		s.at(time.Duration(i+1)*time.Minute, confused("q", "hein?"))
	}
	s.play().ended(engine.Exited, "other")
	s.did("send q visit 0 route 0 try 0", "send q visit 0 route 0 try 1", "send q visit 0 route 0 try 2", "close q answered")
	s.took(3 * time.Minute)
}

func TestAskUnderstandsAfterReprompt(t *testing.T) {
	q := question(time.Hour)
	q.node.Ask.Retries = 1
	s := newStage(t, q.plan)
	s.at(time.Minute, confused("q", "hein?"))
	s.at(59*time.Minute, reply("q", "yes", "sim"))
	s.play().ended(engine.Exited, "yes")
}

func TestHeldRepromptGivesWayToTheAnswer(t *testing.T) {
	q := question(time.Hour)
	q.node.Ask.Retries = 1
	s := newStage(t, q.plan)
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		if in.Try == 1 {
			return activities.SendResult{Status: activities.SendRetry, RetryAt: day0.Add(30 * time.Minute)}, nil
		}
		return accept(in), nil
	}
	s.at(time.Minute, confused("q", "hein?"))
	s.at(5*time.Minute, reply("q", "yes", "sim"))
	s.play().ended(engine.Exited, "yes")
	s.took(5 * time.Minute)
}

func TestAskUndelivered(t *testing.T) {
	for _, branch := range []bool{true, false} {
		t.Run(fmt.Sprint("branch ", branch), func(t *testing.T) {
			q := question(time.Hour, "whatsapp", "sms")
			want := "undelivered"
			if !branch {
				delete(q.node.Edges, "undelivered")
				want = "timeout"
			}
			s := newStage(t, q.plan)
			s.send = func(activities.SendInput) (activities.SendResult, error) { return undelivered("unreachable") }
			s.play().ended(engine.Exited, want)
			s.outcome("q", "undelivered")
			s.took(0)
		})
	}
}

func TestAskFailsOverAfterAcceptance(t *testing.T) {
	q := question(2*time.Hour, "whatsapp", "sms")
	s := newStage(t, q.plan)
	s.at(10*time.Minute, status("m_q_0_0_0", engine.Failed, "blocked"))
	s.at(20*time.Minute, status("m_q_0_1_0", engine.Failed, "unreachable"))
	s.play().ended(engine.Exited, "undelivered")
	s.took(20 * time.Minute)
}

func TestReplyBeforeDeliveryIsAnAnswer(t *testing.T) {
	q := question(2*time.Hour, "whatsapp", "sms")
	s := newStage(t, q.plan)
	s.at(time.Minute, reply("q", "yes", "sim"))
	s.play().ended(engine.Exited, "yes")
	s.did("send q visit 0 route 0 try 0")
}

func TestReplyBeforeTheSendReturned(t *testing.T) {
	q := question(time.Hour)
	s := newStage(t, q.plan)
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		return accept(in), nil
	}
	s.at(0, reply("q", "yes", "sim"))
	s.play().ended(engine.Exited, "yes")
	s.took(0)
}

func TestReplyAtTheTimeoutInstant(t *testing.T) {
	// The reply's row was committed first, its signal comes after our timer.
	q := question(time.Hour)
	s := newStage(t, q.plan)
	s.close = func(activities.CloseWaitInput) (activities.CloseWaitResult, error) {
		return activities.CloseWaitResult{Closed: false}, nil
	}
	s.at(time.Hour+3*time.Second, reply("q", "yes", "sim"))
	s.play().ended(engine.Exited, "yes")
	s.took(time.Hour + 3*time.Second)

	// Timer and signal in the same task: the reply wins without asking.
	q = question(time.Hour)
	s = newStage(t, q.plan)
	s.at(time.Hour, reply("q", "yes", "sim"))
	s.play()
	if o := s.ends[0].Outcome; o != "yes" && o != "timeout" {
		t.Fatalf("outcome %q", o)
	}
	if s.outcomes("q")[0] == "timeout" && s.noted("late_reply") != 1 {
		t.Fatal("the reply was neither taken nor noted\n" + s.story())
	}
}

func TestOwedReplyThatNeverComes(t *testing.T) {
	q := question(time.Hour)
	s := newStage(t, q.plan)
	s.close = func(activities.CloseWaitInput) (activities.CloseWaitResult, error) {
		return activities.CloseWaitResult{Closed: false}, nil
	}
	s.play().ended(engine.Exited, "timeout")
	s.took(2 * time.Hour)
}

func TestLateReplyIsNoted(t *testing.T) {
	p := journey(ask("q", time.Hour), waitFor("after", 3*time.Hour))
	s := newStage(t, p)
	s.at(2*time.Hour, reply("q", "yes", "sim"))
	s.play().ended(engine.Completed, "completed")
	s.outcome("q", "timeout")
	if s.noted("reply q", "late_reply") != 1 {
		t.Fatal(s.story())
	}
}

func TestRepeatedSignalIsOneAnswer(t *testing.T) {
	p := journey(ask("q", time.Hour), ask("q2", time.Hour))
	s := newStage(t, p)
	r := reply("q", "yes", "sim")
	r.ID = "same"
	for i := range 5 {
		s.at(time.Duration(i+1)*time.Minute, r)
	}
	s.play()
	s.outcome("q", "yes")
	s.outcome("q2", "timeout")
	if s.noted("reply q") != 1 {
		t.Fatal(s.story())
	}
}

func TestNoAnswerIsEverInTheTrail(t *testing.T) {
	q := question(time.Hour)
	s := newStage(t, q.plan)
	s.at(time.Minute, reply("q", "yes", "segredo"))
	s.play()
	if s.noted("segredo") != 0 {
		t.Fatal(s.story())
	}
}
