package engine

import (
	"fmt"
	"testing"
)

// Who is in a share follows from the contact alone: about as many as the share says,
// the same ones every time, and a larger share keeps everybody of a smaller one.
func TestTheShareOfATrial(t *testing.T) {
	const people = 10_000
	trial := func(share int) *Trial { return &Trial{Number: 8, Share: share} }
	taken := map[int]int{}
	for i := range people {
		id := fmt.Sprintf("contact-%d", i)
		before := false
		for _, share := range []int{1, 10, 25, 50, 99} {
			takes := trial(share).Takes("confirm", id)
			if takes != trial(share).Takes("confirm", id) {
				t.Fatalf("%s is drawn anew each time", id)
			}
			if before && !takes {
				t.Fatalf("%s is not in the larger share of %d %%", id, share)
			}
			if before = takes; takes {
				taken[share]++
			}
		}
	}
	for share, n := range taken {
		if percent := 100 * float64(n) / people; percent < float64(share)-1 || percent > float64(share)+1 {
			t.Errorf("%d %% takes %.2f %% of %d people", share, percent, people)
		}
	}
	both := 0
	for i := range people {
		id := fmt.Sprintf("contact-%d", i)
		if trial(10).Takes("confirm", id) && (&Trial{Number: 9, Share: 10}).Takes("confirm", id) {
			both++
		}
	}
	if both > people/50 { // 1 % by chance
		t.Errorf("%d of %d people are in the trials of two versions: it is always the same ones who try", both, people)
	}
	if (*Trial)(nil).Takes("confirm", "ana") {
		t.Error("without a trial somebody is taken")
	}
	// Who takes part is a promise: the first eight bytes of sha256("confirm/8", NUL,
	// id) modulo 10,000 are 418 for ana, 1594 for bia, 4612 for caio.
	for id, least := range map[string]int{"ana": 5, "bia": 16, "caio": 47} {
		if trial(least-1).Takes("confirm", id) || !trial(least).Takes("confirm", id) {
			t.Errorf("%s is not drawn as documented", id)
		}
	}
}
