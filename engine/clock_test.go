package engine_test

import (
	"testing"
	"time"

	"jornada/engine"
)

func TestAClockIsMovedWhileItRuns(t *testing.T) {
	real := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := engine.NewClock(engine.Anchor{}, func() time.Time { return real })
	real = real.Add(time.Minute)
	claimed := c.Now()
	real = real.Add(5 * time.Second)
	month := real.AddDate(0, 1, 0)
	c.Move(engine.Anchor{Real: real, Virtual: month, Speed: 1})
	if !c.Now().Equal(month) || !c.Real().Equal(real) {
		t.Fatalf("now %s, the machine's %s", c.Now(), c.Real())
	}
	// What was claimed five seconds ago is five seconds old, not a month.
	if !claimed.After(c.Ago(6*time.Second)) || claimed.After(c.Ago(4*time.Second)) {
		t.Errorf("6 s ago it was %s, 4 s ago %s; claimed at %s", c.Ago(6*time.Second), c.Ago(4*time.Second), claimed)
	}
	if got := c.Virtual(real.Add(-time.Second)); !got.Equal(real.Add(-time.Second)) {
		t.Errorf("a second before the move it was %s", got)
	}
	real = real.Add(10 * time.Second)
	if got := c.Ago(3 * time.Second); !got.Equal(month.Add(7 * time.Second)) {
		t.Errorf("3 s ago it was %s", got)
	}
	// Back again: what was stamped in the future is not old because of it.
	late := c.Now()
	c.Move(engine.Anchor{Real: real, Virtual: real, Speed: 1})
	real = real.Add(time.Second)
	if late.Before(c.Ago(30 * time.Second)) {
		t.Error("a stamp of a second ago counts as half a minute old")
	}
	if now := c.Now(); now.Before(c.Ago(2*time.Second)) && c.Ago(0).After(now) {
		t.Error("the present lies in the past")
	}
}

// A process that begins after the clock was moved cannot know what came before.
func TestNobodyKnowsWhatWasBeforeTheFirstAnchor(t *testing.T) {
	real := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	moved := real.Add(-10 * time.Second)
	c := engine.NewClock(engine.Anchor{Real: moved, Virtual: moved.AddDate(0, 6, 0), Speed: 1}, func() time.Time { return real })
	if got := c.Ago(time.Minute); !got.IsZero() {
		t.Errorf("a minute ago it was %s", got)
	}
	if got := c.Ago(5 * time.Second); !got.Equal(c.Now().Add(-5 * time.Second)) {
		t.Errorf("5 s ago it was %s", got)
	}
	for range 1000 {
		real = real.Add(time.Second)
		c.Move(engine.Anchor{Real: real, Virtual: c.Now().Add(time.Hour), Speed: 1})
	}
	if got := c.Ago(time.Minute); got.IsZero() || !got.Before(c.Now().Add(-59*time.Hour)) {
		t.Errorf("a minute and sixty moves ago it was %s, now %s", got, c.Now())
	}
}
