package engine

import (
	"sync"
	"time"
)

// Clock is the one source of the present. Everything that asks what time it is
// gets it from here; nothing else calls time.Now. Its time may run faster than
// the machine's (`jornada dev --speed`) or be moved in a drill (--clock-file),
// so lengths of virtual time must be turned into real ones before a timer is set.
//
// Two kinds of moment live side by side. What concerns people (waits, windows,
// deadlines, timestamps) is virtual. What guards against machines (leases,
// pauses between attempts, how long a call may be on the line) is real: a clock
// that is moved by a month must not declare everybody dead.
type Clock interface {
	// Now is the present in virtual time, UTC.
	Now() time.Time
	// Real is the present of the machine, UTC.
	Real() time.Time
	// Virtual maps a moment of the machine's clock (a provider's timestamp) to virtual time.
	Virtual(real time.Time) time.Time
	// Ago is the virtual moment that certainly lies so much real time back: what
	// is stamped earlier is at least that old. It is zero while nobody can know,
	// because the clock was moved more recently than that.
	Ago(real time.Duration) time.Time
	// Anchor says how virtual and real time relate, so that a workflow, which
	// only knows Temporal's clock, computes the same present.
	Anchor() Anchor
}

// Anchor is a line through (Real, Virtual) with slope Speed. The zero Anchor is
// real time.
type Anchor struct {
	Real    time.Time `json:"real,omitzero"`
	Virtual time.Time `json:"virtual,omitzero"`
	Speed   float64   `json:"speed,omitempty"`
}

// At is the virtual time at a moment of the machine's clock.
func (a Anchor) At(real time.Time) time.Time {
	if a.Speed == 0 {
		return real
	}
	return a.Virtual.Add(time.Duration(float64(real.Sub(a.Real)) * a.Speed))
}

// RealAt is the moment of the machine's clock at which it is a virtual time, on
// this line.
func (a Anchor) RealAt(virtual time.Time) time.Time {
	if a.Speed == 0 {
		return virtual
	}
	return a.Real.Add(a.Wait(virtual.Sub(a.Virtual)))
}

// Wait is how long the machine must wait for a length of virtual time to pass.
func (a Anchor) Wait(virtual time.Duration) time.Duration {
	if a.Speed == 0 {
		return virtual
	}
	return time.Duration(float64(virtual) / a.Speed)
}

// Equal reports whether two anchors are the same line from the same point.
func (a Anchor) Equal(b Anchor) bool {
	return a.Speed == b.Speed && a.Real.Equal(b.Real) && a.Virtual.Equal(b.Virtual)
}

// AnchoredClock is a Clock on the machine's clock and an anchor, which may be
// replaced while it runs. It is safe for concurrent use.
type AnchoredClock struct {
	real func() time.Time

	mu    sync.RWMutex
	lines []line // oldest first; the last one counts
}

// line is an anchor and since when it has counted, in real time.
type line struct {
	anchor Anchor
	since  time.Time // zero: since before this process
}

// rememberedLines bounds how many moves are remembered. They only matter for as
// long as a provider call may be on the line.
const rememberedLines = 256

// NewClock makes a clock; real is time.Now outside tests.
func NewClock(anchor Anchor, real func() time.Time) *AnchoredClock {
	return &AnchoredClock{real: real, lines: []line{{anchor: anchor}}}
}

// Move replaces the anchor: from now on virtual time is what it says.
func (c *AnchoredClock) Move(a Anchor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.Equal(c.last().anchor) {
		return
	}
	if len(c.lines) == rememberedLines {
		c.lines = append(c.lines[:0], c.lines[1:]...)
	}
	c.lines = append(c.lines, line{a, c.real().UTC()})
}

func (c *AnchoredClock) last() line { return c.lines[len(c.lines)-1] }

// Now implements Clock.
func (c *AnchoredClock) Now() time.Time { return c.Anchor().At(c.real()).UTC() }

// Real implements Clock.
func (c *AnchoredClock) Real() time.Time { return c.real().UTC() }

// Virtual implements Clock: what was real before a move had the virtual time of
// before the move.
func (c *AnchoredClock) Virtual(real time.Time) time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.at(real).anchor.At(real).UTC()
}

// at is the line that counted at a real moment.
func (c *AnchoredClock) at(real time.Time) line {
	for i := len(c.lines) - 1; i > 0; i-- {
		if !real.Before(c.lines[i].since) {
			return c.lines[i]
		}
	}
	return c.lines[0]
}

// Ago implements Clock.
func (c *AnchoredClock) Ago(d time.Duration) time.Time {
	real := c.Real().Add(-d)
	c.mu.RLock()
	defer c.mu.RUnlock()
	then := c.at(real)
	if a := then.anchor; then.since.IsZero() && a.Speed != 0 && real.Before(a.Real) {
		return time.Time{} // the clock was moved before this process began
	}
	ago := then.anchor.At(real)
	// A clock that was moved back gave out later stamps in an earlier time.
	for _, l := range c.lines {
		if first := l.anchor.At(l.since); l.since.After(real) && first.Before(ago) {
			ago = first
		}
	}
	return ago.UTC()
}

// Anchor implements Clock.
func (c *AnchoredClock) Anchor() Anchor {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.last().anchor
}
