package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// door is a database that the test opens for one transaction after the other.
type door struct {
	*arrivals
	open chan error // what the next transaction says

	mu    sync.Mutex
	tried [][]string
}

func newDoor() *door {
	d := &door{open: make(chan error)}
	d.arrivals = &arrivals{store: func(_ context.Context, batch []*arrival) error {
		var keys []string
		for _, call := range batch {
			for _, ev := range call.events {
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

// bring is a call; its answer comes through the channel.
func (d *door) bring(ctx context.Context, keys ...string) chan error {
	d.mu.Lock()
	tried := len(d.tried)
	d.mu.Unlock()
	d.arrivals.mu.Lock()
	waiting, storing := len(d.waiting), d.storing
	d.arrivals.mu.Unlock()
	var events []engine.InboundEvent
	for _, k := range keys {
		events = append(events, engine.InboundEvent{Key: k})
	}
	answer := make(chan error, 1)
	go func() { answer <- d.add(ctx, events) }()
	for { // until it is stored or waits
		d.mu.Lock()
		begun := !storing && len(d.tried) > tried
		d.mu.Unlock()
		d.arrivals.mu.Lock()
		waits := len(d.waiting) > waiting
		d.arrivals.mu.Unlock()
		if begun || waits {
			return answer
		}
	}
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

func TestATransactionTakesSoMany(t *testing.T) {
	d, ctx := newDoor(), context.Background()
	first := d.bring(ctx, "a")
	var many []string
	for i := range arrivalsAtOnce {
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
