package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// door is a database that the test opens for one transaction after the other.
type door struct {
	*gather[[]engine.InboundEvent]
	open chan error // what the next transaction says

	mu    sync.Mutex
	tried [][]string
}

func newDoor() *door {
	d := &door{open: make(chan error)}
	d.gather = &gather[[]engine.InboundEvent]{weight: func(call []engine.InboundEvent) int { return len(call) }, do: func(_ context.Context, batch [][]engine.InboundEvent) error {
		var keys []string
		for _, call := range batch {
			for _, ev := range call {
				keys = append(keys, ev.Key)
			}
		}
		d.mu.Lock()
		d.tried = append(d.tried, keys)
		d.mu.Unlock()
		err := <-d.open
		if err != nil && err.Error() == "panic" {
			panic("an event that breaks everything")
		}
		return err
	}}
	return d
}

// bring is a call; it returns when the call is being stored or waits, and its answer
// comes through the channel.
func (d *door) bring(ctx context.Context, keys ...string) chan error {
	var events []engine.InboundEvent
	for _, k := range keys {
		events = append(events, engine.InboundEvent{Key: k})
	}
	answer := make(chan error, 1)
	go func() { answer <- d.add(ctx, events) }()
	for !d.has(keys[0]) {
		runtime.Gosched()
	}
	return answer
}

func (d *door) has(key string) bool {
	d.gather.mu.Lock()
	defer d.gather.mu.Unlock()
	if slices.ContainsFunc(d.waiting, func(one *gathered[[]engine.InboundEvent]) bool { return one.item[0].Key == key }) {
		return true
	}
	return d.stores(key)
}

func (d *door) stores(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(d.tried, func(keys []string) bool { return slices.Contains(keys, key) })
}

func TestCallsThatComeTogetherAreStoredTogether(t *testing.T) {
	d, ctx := newDoor(), context.Background()
	first := d.bring(ctx, "a")
	second, third := d.bring(ctx, "b", "c"), d.bring(ctx, "d")
	d.open <- nil
	require.NoError(t, <-first, "whoever came first waits for nobody else")
	d.open <- nil
	require.NoError(t, <-second)
	require.NoError(t, <-third)
	alone := d.bring(ctx, "e")
	d.open <- nil
	require.NoError(t, <-alone)
	require.Equal(t, [][]string{{"a"}, {"b", "c", "d"}, {"e"}}, d.tried)
}

func TestOneCallsFaultIsNobodyElses(t *testing.T) {
	d, ctx := newDoor(), context.Background()
	first := d.bring(ctx, "a")
	good, bad, worse := d.bring(ctx, "good"), d.bring(ctx, "bad"), d.bring(ctx, "worse")
	d.open <- nil
	require.NoError(t, <-first)
	d.open <- errors.New("something among them cannot be stored")
	d.open <- nil
	d.open <- errors.New("a bad one")
	d.open <- errors.New("panic")
	require.NoError(t, <-good)
	require.EqualError(t, <-bad, "a bad one")
	require.ErrorContains(t, <-worse, "an event that breaks everything")
	require.Equal(t, [][]string{{"a"}, {"good", "bad", "worse"}, {"good"}, {"bad"}, {"worse"}}, d.tried)
}

func TestADatabaseThatIsAwayIsAskedOnce(t *testing.T) {
	d, ctx := newDoor(), context.Background()
	first := d.bring(ctx, "a")
	second, third := d.bring(ctx, "b"), d.bring(ctx, "c")
	away := engine.Errorf(engine.Unavailable, "the database is away or busy; try again")
	d.open <- away
	require.ErrorIs(t, <-first, away)
	d.open <- away
	require.ErrorIs(t, <-second, away)
	require.ErrorIs(t, <-third, away)
	require.Len(t, d.tried, 2)
}

func TestACallerWhoGivesUpIsStoredAllTheSame(t *testing.T) {
	d := newDoor()
	first := d.bring(context.Background(), "a")
	ctx, giveUp := context.WithCancel(context.Background())
	impatient, patient := d.bring(ctx, "b"), d.bring(context.Background(), "c")
	giveUp()
	require.ErrorIs(t, <-impatient, context.Canceled)
	d.open <- nil
	require.NoError(t, <-first)
	d.open <- nil
	require.NoError(t, <-patient)
	require.Equal(t, [][]string{{"a"}, {"b", "c"}}, d.tried)
}

// While somebody waits at every moment, what came is worked off more slowly.
func TestAStormIsSaid(t *testing.T) {
	d, ctx := newDoor(), context.Background()
	said := make(chan bool, 10)
	d.pressed = func(yes bool) { said <- yes }
	answers := []chan error{d.bring(ctx, "first")}
	for i := 0; len(said) == 0; i++ {
		answers = append(answers, d.bring(ctx, fmt.Sprint(i)))
		d.open <- nil // for the one before, and this one is next
		for !d.stores(fmt.Sprint(i)) {
			runtime.Gosched()
		}
	}
	require.True(t, <-said)
	for over := false; !over; {
		select {
		case yes := <-said:
			require.False(t, yes, "it was said already")
			over = true
		case d.open <- nil:
		}
	}
	for _, answer := range answers {
		require.NoError(t, <-answer)
	}
	require.Empty(t, said)
}

func TestATransactionTakesSoMany(t *testing.T) {
	d, ctx := newDoor(), context.Background()
	first := d.bring(ctx, "a")
	var many []string
	for i := range gatherMost {
		many = append(many, fmt.Sprint(i))
	}
	full, next := d.bring(ctx, many...), d.bring(ctx, "z")
	d.open <- nil
	d.open <- nil
	d.open <- nil
	for _, answer := range []chan error{first, full, next} {
		require.NoError(t, <-answer)
	}
	require.Equal(t, [][]string{{"a"}, many, {"z"}}, d.tried)
}

func TestGatherFinishesEverythingOnce(t *testing.T) {
	var calls atomic.Int32
	var mu sync.Mutex
	seen := map[int64]int{}
	g := &gather[int64]{do: func(_ context.Context, ids []int64) error {
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
		wg.Go(func() { require.NoError(t, g.add(t.Context(), int64(i))) })
	}
	wg.Wait()
	require.Len(t, seen, 500)
	for _, n := range seen {
		require.Equal(t, 1, n)
	}
	failing := &gather[int64]{do: func(context.Context, []int64) error { return errors.New("away") }}
	require.EqualError(t, failing.add(t.Context(), 1), "away")
	require.EqualError(t, failing.add(t.Context(), 2), "away")
}
