package workflows

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"jornada/activities"
	"jornada/engine"
)

func undelivered(reason string) (activities.SendResult, error) {
	return activities.SendResult{Status: activities.SendUndelivered, Reason: reason}, nil
}

func status(message string, st engine.MessageStatus, reason string) Signal {
	return Signal{Kind: SignalStatus, Message: engine.MessageID(message), Status: string(st), Reason: reason}
}

func TestSendLastRouteNeedsOnlyAcceptance(t *testing.T) {
	s := newStage(t, journey(send("hi"))).play()
	s.ended(engine.Completed, "completed")
	s.outcome("hi", "sent")
	s.took(0)
}

func TestSendFallsBackWhenNotDelivered(t *testing.T) {
	s := newStage(t, journey(send("hi", "whatsapp", "sms"))).play()
	s.did("send hi visit 0 route 0 try 0", "send hi visit 0 route 1 try 0")
	s.outcome("hi", "sent")
	s.took(30 * time.Minute)
}

func TestSendStaysWithTheRouteThatDelivered(t *testing.T) {
	s := newStage(t, journey(send("hi", "whatsapp", "sms")))
	s.at(5*time.Minute, status("m_hi_0_0_0", engine.Sent, ""))
	s.at(10*time.Minute, status("m_hi_0_0_0", engine.Delivered, ""))
	s.play()
	s.did("send hi visit 0 route 0 try 0")
	s.took(10 * time.Minute)
}

func TestSendFallsBackAtOnceOnFailure(t *testing.T) {
	s := newStage(t, journey(send("hi", "whatsapp", "sms", "email")))
	s.at(time.Minute, status("m_hi_0_0_0", engine.Failed, "blocked"))
	s.at(2*time.Minute, status("m_hi_0_1_0", engine.Delivered, ""))
	s.play()
	s.did("send hi visit 0 route 0 try 0", "send hi visit 0 route 1 try 0")
	s.took(2 * time.Minute)
}

func TestStatusBeforeTheSendReturnsIsFound(t *testing.T) {
	s := newStage(t, journey(send("hi", "whatsapp", "sms")))
	s.at(0, status("m_hi_0_0_0", engine.Delivered, "")) // arrives while the activity runs or before
	s.play()
	s.did("send hi visit 0 route 0 try 0")
	s.took(0)
}

func TestSendUndelivered(t *testing.T) {
	p := journey(edges(send("hi", "whatsapp", "sms"), "undelivered", "lost"), exit("ok", "ok"))
	aside(p, "ok", exit("lost", "lost"))
	s := newStage(t, p)
	s.send = func(activities.SendInput) (activities.SendResult, error) { return undelivered("opted_out") }
	s.play().ended(engine.Exited, "lost")
	s.outcome("hi", "undelivered")
	if s.noted("outcome hi", "opted_out") != 1 {
		t.Fatal(s.story())
	}
}

func TestHeldSendTriesAgainWhenTold(t *testing.T) {
	s := newStage(t, journey(send("hi")))
	n := 0
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		if !in.FirstAt.Equal(day0) {
			t.Errorf("hold counts from %v, want %v", in.FirstAt, day0)
		}
		if n++; n < 3 {
			return activities.SendResult{Status: activities.SendRetry, RetryAt: day0.Add(time.Duration(n) * 3 * time.Hour)}, nil
		}
		return accept(in), nil
	}
	s.play().ended(engine.Completed, "completed")
	s.took(6 * time.Hour)
}

func TestParkedSendResumesWithTheChannel(t *testing.T) {
	s := newStage(t, journey(send("hi")))
	up := false
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		if !up {
			return activities.SendResult{Status: activities.SendRetry, Park: true}, nil
		}
		return accept(in), nil
	}
	s.do(5*time.Hour, func() {
		e := s.explain()
		if len(e.CurrentSteps) != 1 || e.CurrentSteps[0].Waiting != "channel" || e.NextWakeAt != nil {
			t.Errorf("explanation: %+v", e)
		}
		up = true
		s.signal(Signal{ID: "up", Kind: SignalResume})
	})
	s.play().ended(engine.Completed, "completed")
	s.took(5 * time.Hour)
}

func TestRetryAtOnceDoesNotSpin(t *testing.T) {
	s := newStage(t, journey(send("hi")))
	n := 0
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		if n++; n <= 5 {
			return activities.SendResult{Status: activities.SendRetry, RetryAt: in.Scope.Now}, nil
		}
		return accept(in), nil
	}
	s.play()
	s.took(5 * time.Second)
}

func TestUnconfirmedGoesOn(t *testing.T) {
	s := newStage(t, journey(send("hi")))
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		r := accept(in)
		r.Status = activities.SendUnconfirmed
		return r, nil
	}
	s.play().ended(engine.Completed, "completed")
	s.did("send hi visit 0 route 0 try 0") // never again
	if s.noted("message hi", "unconfirmed") != 1 {
		t.Fatal(s.story())
	}
}

func TestInactiveEndsQuietly(t *testing.T) {
	s := newStage(t, journey(send("hi"), send("never")))
	s.send = func(activities.SendInput) (activities.SendResult, error) {
		return activities.SendResult{Status: activities.SendInactive}, nil
	}
	s.play()
	if len(s.ends) != 0 {
		t.Fatal("the row says already that it ended")
	}
	s.did("send hi visit 0 route 0 try 0")
}

func TestDatabaseAwayLosesNothing(t *testing.T) {
	s := newStage(t, journey(send("hi"), send("ho")))
	var back atomic.Bool
	s.fail = func(string) error {
		if !back.Load() {
			return errors.New("the database is away")
		}
		return nil
	}
	s.do(10*time.Minute, func() { back.Store(true) })
	s.play().ended(engine.Completed, "completed")
	// An activity may run again; it is always asked for the same message.
	slices.Sort(s.log)
	s.log = slices.Compact(s.log)
	s.did("send hi visit 0 route 0 try 0", "send ho visit 0 route 0 try 0")
	if s.elapsed < 10*time.Minute || s.elapsed > 11*time.Minute {
		t.Fatalf("took %v: it should look again at least once a minute", s.elapsed)
	}
}

// A resume that comes while the activity is still looking at the channel is the
// very one it waits for.
func TestAResumeDuringTheActivityIsNotLost(t *testing.T) {
	s := newStage(t, journey(send("hi")))
	calls := 0
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		if calls++; calls == 1 {
			s.signal(Signal{ID: "up", Kind: SignalResume})
			return activities.SendResult{Status: activities.SendRetry, RetryAt: day0.Add(24 * time.Hour), Park: true}, nil
		}
		return accept(in), nil
	}
	s.play().ended(engine.Completed, "completed")
	if s.elapsed > time.Minute {
		t.Errorf("sent after %v", s.elapsed)
	}
}

// The gate may hear of a pause before the enrollment does; when the journey goes
// on, so does the message.
func TestGoingOnWakesWhatTheGateParked(t *testing.T) {
	s := newStage(t, journey(send("hi")))
	paused := true
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		if paused {
			return activities.SendResult{Status: activities.SendRetry, RetryAt: day0.Add(24 * time.Hour), Park: true}, nil
		}
		return accept(in), nil
	}
	s.at(time.Minute, Signal{Kind: SignalPause})
	s.do(time.Hour, func() { paused = false; s.signal(Signal{ID: "on", Kind: SignalUnpause}) })
	s.play().ended(engine.Completed, "completed")
	s.took(time.Hour)
}
