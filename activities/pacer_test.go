package activities

import (
	"context"
	"sync"
	"testing"
	"time"

	"jornada/engine"
)

// shared is the state that several processes swap, with a clock that is moved.
type shared struct {
	mu     sync.Mutex
	states map[engine.IntegrationID]engine.PaceState
	swaps  int
	now    time.Time
}

func (s *shared) Pace(_ context.Context, id engine.IntegrationID) (engine.PaceState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.states[id], nil
}

func (s *shared) SwapPace(_ context.Context, id engine.IntegrationID, state engine.PaceState) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.states[id].Seq != state.Seq {
		return false, nil
	}
	state.Seq++
	s.states[id] = state
	s.swaps++
	return true, nil
}

func (s *shared) real() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *shared) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// Three processes with four senders each, who want more than there is all the
// time, keep the rate together, use nearly all of it, and ask the database for a
// fraction of what they are asked.
func TestProcessesShareARate(t *testing.T) {
	const rate, seconds = 200.0, 4
	world := &shared{states: map[engine.IntegrationID]engine.PaceState{}, now: noon}
	var processes []*pacer
	for range 3 {
		processes = append(processes, newPacer(world, world.real))
	}
	sent := make([]int, 0, seconds*1000)
	for range seconds * 1000 { // milliseconds
		var mu sync.Mutex
		n := 0
		var all sync.WaitGroup
		for _, p := range processes {
			for range 4 {
				all.Go(func() {
					_, answer := p.turn(engine.WhatsApp, "wa", rate, true)
					if answer == mustAsk {
						if err := p.lease(context.Background(), "wa", rate, true); err != nil {
							t.Error(err)
						}
						_, answer = p.turn(engine.WhatsApp, "wa", rate, true)
					}
					if answer == goNow {
						mu.Lock()
						n++
						mu.Unlock()
					}
				})
			}
		}
		all.Wait()
		sent = append(sent, n)
		world.advance(time.Millisecond)
	}
	total, most := 0, 0
	for i, n := range sent {
		total += n
		second := 0
		for _, m := range sent[i:min(i+1000, len(sent))] {
			second += m
		}
		most = max(most, second)
	}
	// A turn may be used up to a tenth of a second after it was taken.
	if most > rate*1.1 {
		t.Errorf("%d went in one second", most)
	}
	if total < rate*seconds*9/10 {
		t.Errorf("%d went in %d seconds", total, seconds)
	}
	if asked := seconds * 1000 * 12; world.swaps > asked/5 {
		t.Errorf("the database was asked %d times for %d messages", world.swaps, asked)
	}
}

// Who is urgent does not wait behind the line, and who only comes now does.
func TestTheLineIsNotOvertaken(t *testing.T) {
	world := &shared{states: map[engine.IntegrationID]engine.PaceState{}, now: noon}
	p := newPacer(world, world.real)
	ask := func(first bool) (time.Duration, answer) {
		at, got := p.turn(engine.WhatsApp, "wa", 2, first)
		if got == mustAsk {
			if err := p.lease(context.Background(), "wa", 2, first); err != nil {
				t.Fatal(err)
			}
			at, got = p.turn(engine.WhatsApp, "wa", 2, first)
		}
		return at.Sub(world.now), got
	}
	for range 2 {
		if _, got := ask(false); got != goNow {
			t.Fatal("no turn at first")
		}
	}
	for _, want := range []time.Duration{time.Second, 1500 * time.Millisecond, 2 * time.Second} {
		if wait, got := ask(false); got != comeAt || wait != want {
			t.Errorf("place in %v (%v), want %v", wait, got, want)
		}
	}
	world.advance(1100 * time.Millisecond)
	if wait, got := ask(false); got != comeAt || wait != 1400*time.Millisecond {
		t.Errorf("a newcomer: in %v (%v)", wait, got)
	}
	if _, got := ask(true); got != goNow {
		t.Error("who is urgent waits although a turn is free")
	}
	p.unused("wa")
	if _, got := ask(true); got != goNow {
		t.Error("a turn that was not needed is lost")
	}
}
