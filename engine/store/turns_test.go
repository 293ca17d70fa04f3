package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Who came first writes first; who gave up meanwhile keeps nobody waiting.
func TestTurnsAreTakenInOrder(t *testing.T) {
	var line turns
	if err := line.take(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []int
	var wg sync.WaitGroup
	impatient, giveUp := context.WithCancel(t.Context())
	for i := range 20 {
		ctx := t.Context()
		if i%5 == 4 {
			ctx = impatient
		}
		wg.Go(func() {
			err := line.take(ctx, false)
			if err != nil {
				if ctx != impatient || !errors.Is(err, context.Canceled) {
					t.Errorf("%d: %v", i, err)
				}
				return
			}
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			line.give()
		})
		await(t, &line, i+1)
	}
	giveUp()
	await(t, &line, 16)
	line.give()
	wg.Wait()
	if len(order) != 16 || !slices.IsSorted(order) {
		t.Errorf("the order was %v", order)
	}
	if line.taken || line.waiting() != 0 {
		t.Error("the last one left the turn taken")
	}
}

// Who is in a hurry goes before those who wait, and in order among each other.
func TestHurry(t *testing.T) {
	var line turns
	if err := line.take(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []string
	var wg sync.WaitGroup
	for i, who := range []string{"c", "a!", "d", "b!"} {
		wg.Go(func() {
			if err := line.take(t.Context(), strings.HasSuffix(who, "!")); err != nil {
				t.Error(err)
			}
			mu.Lock()
			order = append(order, who)
			mu.Unlock()
			line.give()
		})
		await(t, &line, i+1)
	}
	line.give()
	wg.Wait()
	if got := strings.Join(order, " "); got != "a! b! c d" {
		t.Errorf("the order was %s", got)
	}
}

// A flood of those in a hurry does not keep the others waiting for ever.
func TestHurryLetsOthersLive(t *testing.T) {
	var line turns
	if err := line.take(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order strings.Builder
	var wg sync.WaitGroup
	for i, who := range strings.Split("oo"+strings.Repeat("!", 10), "") {
		wg.Go(func() {
			if err := line.take(t.Context(), who == "!"); err != nil {
				t.Error(err)
			}
			mu.Lock()
			order.WriteString(who)
			mu.Unlock()
			line.give()
		})
		await(t, &line, i+1)
	}
	line.give()
	wg.Wait()
	if got := order.String(); got != "!!!!o!!!!o!!" {
		t.Errorf("the order was %s", got)
	}
}

// A turn that was given to somebody who gives up goes on to the next.
func TestTurnsAreNotLost(t *testing.T) {
	var line turns
	for range 200 {
		if err := line.take(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			if line.take(ctx, false) == nil {
				line.give()
			}
		}()
		await(t, &line, 1)
		go cancel()
		line.give()
		<-done
		if line.taken {
			t.Fatal("the turn was lost")
		}
	}
}

func await(t *testing.T, line *turns, n int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for line.waiting() != n {
		if time.Now().After(deadline) {
			t.Fatalf("%d wait, not %d", line.waiting(), n)
		}
		time.Sleep(10 * time.Microsecond)
	}
}
