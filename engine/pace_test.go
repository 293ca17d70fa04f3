package engine_test

import (
	"testing"
	"time"

	"jornada/engine"
)

var paceStart = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// In no second go more than the rate, however the asking is spread, and with
// everybody asking all the time nearly the whole rate goes.
func TestNoSecondHasMoreThanTheRate(t *testing.T) {
	for _, perSecond := range []float64{0.5, 1, 7.5, 80, 1000} {
		var state engine.PaceState
		var took []engine.Turns
		total := 0
		for tick := range 30_000 { // half a minute of milliseconds
			now := paceStart.Add(time.Duration(tick) * time.Millisecond)
			if got := state.Take(now, perSecond, 1+tick%7); got > 0 {
				took = append(took, engine.Turns{At: now, N: got})
				total += got
			}
		}
		allowed := max(1, int(perSecond))
		within := time.Duration(float64(allowed) / perSecond * float64(time.Second))
		for first, sum, last := 0, 0, 0; last < len(took); last++ {
			sum += took[last].N
			for took[last].At.Sub(took[first].At) >= within {
				sum -= took[first].N
				first++
			}
			if sum > allowed {
				t.Fatalf("%v a second: %d within %v before %v", perSecond, sum, within, took[last].At)
			}
		}
		if want := 30 * perSecond; float64(total) < want*0.97 || float64(total) > want+float64(allowed) {
			t.Errorf("%v a second: %d went in 30 s", perSecond, total)
		}
	}
}

func TestALineOfThoseWhoWait(t *testing.T) {
	var p engine.PaceState
	if got := p.Take(paceStart, 80, 100); got != 80 {
		t.Fatalf("%d of 100 went at once", got)
	}
	if p.Waiting(paceStart) {
		t.Error("somebody waits before anybody was told to")
	}
	first := p.Queue(paceStart, 80, 40, false)
	if want := paceStart.Add(time.Second); !first.Equal(want) {
		t.Errorf("the first place is at %v, want %v", first, want)
	}
	if second := p.Queue(paceStart, 80, 1, false); second.Sub(first) != 500*time.Millisecond {
		t.Errorf("the 41st stands %v behind the first", second.Sub(first))
	}
	if back := p.Queue(paceStart, 80, 1, true); !back.Equal(first) {
		t.Errorf("who waited already stands at %v, not in front", back)
	}
	if !p.Waiting(paceStart.Add(1500*time.Millisecond)) || p.Waiting(paceStart.Add(1520*time.Millisecond)) {
		t.Errorf("the line ends at %v", p.LineAt)
	}
	if got := p.Take(paceStart.Add(time.Second), 80, 1); got != 1 {
		t.Error("no turn a second later")
	}
}

func TestTurnsComeBack(t *testing.T) {
	var p engine.PaceState
	p.Take(paceStart, 10, 10)
	p.GiveBack(paceStart, 4)
	if got := p.Take(paceStart.Add(time.Millisecond), 10, 10); got != 4 {
		t.Errorf("%d of 4 unused turns can be taken again", got)
	}
	p.GiveBack(paceStart.Add(time.Hour), 1) // nothing was taken then
	if got := p.Take(paceStart.Add(2*time.Millisecond), 10, 1); got != 0 {
		t.Error("a turn that was never taken came back")
	}
}

// A machine whose clock ran an hour ahead does not stop the others for an hour.
func TestAClockThatRanAhead(t *testing.T) {
	var p engine.PaceState
	p.Take(paceStart.Add(time.Hour), 10, 10)
	if got := p.Take(paceStart, 10, 3); got != 3 {
		t.Errorf("%d turns, want 3", got)
	}
}

func TestWhatARefusalTeaches(t *testing.T) {
	at := func(s float64) time.Time { return paceStart.Add(time.Duration(s * float64(time.Second))) }
	since := at(0)
	learnt, changed := engine.PaceLearnt(80, 0, nil, since)
	if learnt != 40 || !changed {
		t.Fatalf("the first refusal: %v, %v", learnt, changed)
	}
	for _, c := range []struct{ after, rate float64 }{{0, 40}, {5, 40}, {20, 60}, {35, 80}, {600, 80}} {
		if got := engine.PaceNow(80, learnt, &since, at(c.after)); got != c.rate {
			t.Errorf("%v s later: %v a second, want %v", c.after, got, c.rate)
		}
	}
	if _, changed := engine.PaceLearnt(80, learnt, &since, at(4.9)); changed {
		t.Error("refusals of one storm are several lessons")
	}
	if again, _ := engine.PaceLearnt(80, learnt, &since, at(20)); again != 30 {
		t.Errorf("a refusal while it recovers: %v, want half of what it was then", again)
	}
	for i := range 20 {
		now := at(float64(6 * (i + 1)))
		learnt, _ = engine.PaceLearnt(80, learnt, &since, now)
		since = now
	}
	if learnt < 80.0/64 || learnt > 8 {
		t.Errorf("after a long storm: %v a second", learnt)
	}
	// And from there it is back within a minute to most of the rate.
	if got := engine.PaceNow(80, learnt, &since, since.Add(time.Minute)); got < 0.8*80 {
		t.Errorf("a minute after the storm: %v a second", got)
	}
	if got := engine.PaceNow(0, 40, &since, since); got != 0 {
		t.Errorf("no rate is declared, and it is %v", got)
	}
}
