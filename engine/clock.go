package engine

import "time"

// Clock is the one source of the present. Everything that asks what time it is
// gets it from here; nothing else calls time.Now. Its time may run faster than
// the machine's (`jornada dev --speed`), so lengths of virtual time must be
// turned into real ones before a timer is set.
type Clock interface {
	// Now is the present in virtual time, UTC.
	Now() time.Time
	// Virtual maps a moment of the machine's clock (a provider's timestamp) to virtual time.
	Virtual(real time.Time) time.Time
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

// Wait is how long the machine must wait for a length of virtual time to pass.
func (a Anchor) Wait(virtual time.Duration) time.Duration {
	if a.Speed == 0 {
		return virtual
	}
	return time.Duration(float64(virtual) / a.Speed)
}

// AnchoredClock is a Clock on the machine's clock and an anchor.
type AnchoredClock struct {
	anchor Anchor
	real   func() time.Time
}

// NewClock makes a clock; real is time.Now outside tests.
func NewClock(anchor Anchor, real func() time.Time) *AnchoredClock {
	return &AnchoredClock{anchor, real}
}

// Now implements Clock.
func (c *AnchoredClock) Now() time.Time { return c.anchor.At(c.real()).UTC() }

// Virtual implements Clock.
func (c *AnchoredClock) Virtual(real time.Time) time.Time { return c.anchor.At(real).UTC() }

// Anchor implements Clock.
func (c *AnchoredClock) Anchor() Anchor { return c.anchor }
