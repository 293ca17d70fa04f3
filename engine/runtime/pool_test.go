package runtime

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

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

func TestGatherFinishesEverythingOnce(t *testing.T) {
	var calls atomic.Int32
	var mu sync.Mutex
	seen := map[int64]int{}
	g := &gather{do: func(ids []int64) error {
		calls.Add(1)
		mu.Lock()
		defer mu.Unlock()
		for _, id := range ids {
			seen[id]++
		}
		return nil
	}}
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Go(func() { require.NoError(t, g.add(int64(i))) })
	}
	wg.Wait()
	require.Len(t, seen, 500)
	for _, n := range seen {
		require.Equal(t, 1, n)
	}
	failing := &gather{do: func([]int64) error { return errors.New("away") }}
	require.EqualError(t, failing.add(1), "away")
	require.EqualError(t, failing.add(2), "away")
}
