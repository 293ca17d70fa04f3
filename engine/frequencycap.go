package engine

import (
	"time"

	"jornada/dsl"
)

// CapFreeAt is the first moment, not before now, at which one more message fits
// under the cap: at most Max in any moving Per. sends are the contact's latest
// messages, newest first. A cap of nothing (Max ≤ 0) never frees: false.
func CapFreeAt(c dsl.Cap, sends []time.Time, now time.Time) (time.Time, bool) {
	if c.Max <= 0 {
		return time.Time{}, false
	}
	if len(sends) < c.Max {
		return now, true
	}
	// The Max-th newest leaves the moving period first among those that matter.
	free := sends[c.Max-1].Add(c.Per.Std())
	if free.After(now) {
		return free, true
	}
	return now, true
}
