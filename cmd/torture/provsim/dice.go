package provsim

import (
	"encoding/binary"
	"hash/fnv"
)

// dice draws every random choice of a world. A draw depends on the seed, on what
// is decided, on a message's reference and on the number of the attempt, and on
// nothing else: not on the time, not on what was drawn before.
type dice uint64

// draw is a number from 0 up to, but without, 1.
func (d dice) draw(what, ref string, attempt int) float64 {
	return float64(d.bits(what, ref, attempt)>>11) / (1 << 53)
}

func (d dice) bits(what, ref string, attempt int) uint64 {
	h := fnv.New64a()
	var number [16]byte
	binary.LittleEndian.PutUint64(number[:8], uint64(d))
	binary.LittleEndian.PutUint64(number[8:], uint64(attempt)) //nolint:gosec // attempts are small and positive
	_, _ = h.Write(number[:])
	_, _ = h.Write([]byte(what))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(ref))
	// FNV alone leaves neighboring references close together; this spreads them
	// (the finalizer of SplitMix64, public domain).
	x := h.Sum64()
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// fate is what becomes of one send call.
type fate string

const (
	answered         fate = "answered"
	throttled        fate = "throttled"
	broken           fate = "broken" // 5xx
	resetUnaccepted  fate = "reset before acceptance"
	hanging          fate = "hang after acceptance"
	resetAccepted    fate = "reset after acceptance"
	refusedRecipient fate = "refused for the recipient's sake"
	refusedSender    fate = "refused for the sender's sake"
	unauthorized     fate = "unauthorized"
)

// fate draws one lot for all faults of a call, so that their rates add up.
func (p Plan) fate(d dice, ref string, attempt int) fate {
	u := d.draw("fate", ref, attempt)
	for _, fault := range []struct {
		rate float64
		fate fate
	}{
		{p.Rate429, throttled}, {p.Rate5xx, broken}, {p.ResetBeforeAccept, resetUnaccepted},
		{p.HangAfterAccept, hanging}, {p.ResetAfterAccept, resetAccepted},
	} {
		if u < fault.rate {
			return fault.fate
		}
		u -= fault.rate
	}
	return answered
}
