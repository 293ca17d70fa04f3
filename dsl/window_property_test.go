package dsl

import (
	"fmt"
	"math/rand"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
)

// tally counts what became of random journeys.
type tally struct{ passed, refused, caught, large, broken int }

func (t *tally) add(o tally) {
	t.passed += o.passed
	t.refused += o.refused
	t.caught += o.caught
	t.large += o.large
	t.broken += o.broken
}

// TestNoUnlawfulJourneyPasses compares the window proof with every way in which
// a random journey can go: what passes never sends own text outside the 24
// hours, and what is guarded right before it is sent is never refused.
func TestNoUnlawfulJourneyPasses(t *testing.T) {
	journeys := 20_000
	if testing.Short() {
		journeys = 2_000
	}
	folder, _ := Load(readFolder(t, "testdata/ok"))
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // thousands of small plans
	workers := runtime.GOMAXPROCS(0)
	var all tally
	var mu sync.Mutex
	var wg sync.WaitGroup
	for k := range workers {
		wg.Go(func() {
			var mine tally
			for i := k; i < journeys && !t.Failed(); i += workers {
				mine.add(compareWindow(t, folder.Workspace, int64(i)))
			}
			mu.Lock()
			defer mu.Unlock()
			all.add(mine)
		})
	}
	wg.Wait()
	told := fmt.Sprintf("%d passed, %d refused (%d of them do send outside the window), %d too large to play, %d with other mistakes", all.passed, all.refused, all.caught, all.large, all.broken)
	t.Log(told)
	// A proof that refuses everything, or a world in which nothing goes wrong,
	// would prove nothing.
	if all.passed < journeys/5 || all.caught < journeys/5 || all.caught*10 < all.refused*8 || all.large > journeys/50 || all.broken > journeys/50 {
		t.Error("the journeys are not what they should be: " + told)
	}
}

// compareWindow writes a journey, proves it and plays it.
func compareWindow(t *testing.T, ws *Workspace, seed int64) (out tally) {
	text := (&windowAuthor{Rand: rand.New(rand.NewSource(seed))}).journey()
	j, list := Parse(File{"sample.journey.yaml", []byte(text)})
	c := runCheck(j, ws)
	accused := map[string]bool{}
	for _, d := range c.diagnostics() {
		switch d.Code {
		case "J0505":
			accused[d.StepID] = true
		case "J0420", "J0440": // such journeys have these, too, and run all the same
		default:
			list = append(list, d)
		}
	}
	if list.HasErrors() {
		return tally{broken: 1}
	}
	p := c.plan()
	for id := range accused {
		n := p.Nodes[id]
		hold, _ := p.Delivery.longestHold()
		if n.If != nil && n.If.Source == windowOpen(defaultWindow) && n.routes()[0].Channel == defaultWindow && (hold == 0 || n.Send != nil && n.Send.Urgent) {
			t.Errorf("seed %d: %s is guarded, and refused\n%s", seed, id, text)
		}
	}
	w := newWorld(p)
	complete := w.play()
	switch {
	case len(accused) == 0 && w.unlawful != "":
		t.Errorf("seed %d passes, but: %s\n%s", seed, w.unlawful, text)
	case !complete:
		out.large++
	case len(accused) == 0:
		out.passed++
	default:
		out.refused++
		if w.unlawful != "" {
			out.caught++
		}
	}
	return out
}
