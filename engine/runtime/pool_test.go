package runtime

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAPoolKeepsTheOrderOfAKeyAndTheBoundOfAll(t *testing.T) {
	p := newPool(4)
	var mu sync.Mutex
	got := map[string][]int{}
	var now, most atomic.Int32
	for i := range 300 {
		key := fmt.Sprint(i % 7)
		p.submit(key, func() {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			mu.Lock()
			got[key] = append(got[key], i)
			mu.Unlock()
			now.Add(-1)
		})
	}
	p.wait()
	require.Equal(t, 8, p.room())
	require.LessOrEqual(t, most.Load(), int32(4))
	total := 0
	for _, list := range got {
		require.IsIncreasing(t, list)
		total += len(list)
	}
	require.Equal(t, 300, total)
}

// While more comes in than is stored, little is worked off, and the rest is not
// forgotten.
func TestAPoolSlowsDown(t *testing.T) {
	p := newPool(4)
	p.slow(1, true)
	var now, most, done atomic.Int32
	piece := func() {
		most.Store(max(most.Load(), now.Add(1)))
		done.Add(1)
		now.Add(-1)
	}
	for i := range 50 {
		p.submit(fmt.Sprint(i), piece)
	}
	p.wait()
	require.Equal(t, int32(50), done.Load())
	require.Equal(t, int32(1), most.Load())

	gate, begun := make(chan struct{}), make(chan struct{}, 4)
	for i := range 4 {
		p.submit(fmt.Sprint(i), func() { begun <- struct{}{}; <-gate })
	}
	<-begun
	p.slow(1, false)
	for range 3 {
		<-begun // all four at once again
	}
	require.Equal(t, 4, p.room())
	require.Equal(t, 12, p.urgentRoom())
	close(gate)
	p.wait()
}

// Whom nobody answers in time asks less at once, and bit by bit more again.
func TestAPoolAsksLess(t *testing.T) {
	p := newPool(8)
	atOnce := func() int {
		t.Helper()
		gate, begun := make(chan struct{}), make(chan struct{}, 20)
		for i := range 20 {
			p.submit(fmt.Sprint(i), func() { begun <- struct{}{}; <-gate })
		}
		p.mu.Lock()
		n := p.running
		p.mu.Unlock()
		close(gate)
		p.wait()
		return n
	}
	require.Equal(t, 8, atOnce())
	p.less()
	require.Equal(t, 4, atOnce())
	for range 5 {
		p.less()
	}
	require.Equal(t, 4, atOnce(), "no answer at all is no sign of too much")
	for range 5 {
		p.more()
		p.less()
	}
	require.Equal(t, 1, atOnce(), "one goes on, and finds out")
	p.more()
	require.Equal(t, 2, atOnce())
	p.more()
	require.Equal(t, 2, atOnce(), "as many as run at once must go well")
	p.more()
	require.Equal(t, 3, atOnce())
	for range 100 {
		p.more()
	}
	require.Equal(t, 8, atOnce())
}

// Who has hundreds of things to do rests between them, so that the machine has time
// for the others, and keeps their order. Who waits for the end is not made to wait
// for that.
func TestABusyKeyRests(t *testing.T) {
	p := newPool(4)
	rests := make(chan func(), 1000)
	p.after = func(d time.Duration, goOn func()) {
		require.LessOrEqual(t, d, restLimit)
		rests <- goOn
	}
	var got []int // of one key, so one after the other
	for i := range 3 * inARow {
		p.submit("busy", func() { got = append(got, i) })
	}
	(<-rests)()
	goOn := <-rests
	p.mu.Lock()
	require.Len(t, got, inARow+1, "each later piece waits for its rest")
	p.mu.Unlock()
	others := make(chan struct{})
	p.submit("other", func() { close(others) })
	<-others
	p.wait()
	goOn() // late: it is of no consequence
	require.Len(t, got, 3*inARow)
	require.IsIncreasing(t, got)
	require.Empty(t, rests)

	p.submit("busy", func() {})
	p.wait()
	require.Empty(t, p.row, "nothing is remembered of who has nothing to do")
	require.Empty(t, p.resting)
}
