package driver

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// Clock is the product's clock, given to its processes as a file that they
// follow (--clock-file). It may run faster than the world, and jump.
type Clock struct {
	file string

	mu sync.Mutex
	a  anchor
}

// anchor says that at one real time it was one virtual time, and how fast time
// has passed since.
type anchor struct {
	Real    time.Time `json:"real"`
	Virtual time.Time `json:"virtual"`
	Speed   float64   `json:"speed"`
}

func (a anchor) at(real time.Time) time.Time {
	return a.Virtual.Add(time.Duration(float64(real.Sub(a.Real)) * a.Speed))
}

// NewClock writes a clock that begins at a time (zero: now) and runs at a speed.
func NewClock(file string, begin time.Time, speed float64) (*Clock, error) {
	now := time.Now().UTC()
	if begin.IsZero() {
		begin = now
	}
	c := &Clock{file: file, a: anchor{Real: now, Virtual: begin.UTC(), Speed: speed}}
	return c, c.write()
}

// Now is the virtual time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.a.at(time.Now())
}

// Jump moves the clock forward at once.
func (c *Clock) Jump(by time.Duration) error { return c.change(by, 0) }

// JumpTo moves the clock to a later moment at once.
func (c *Clock) JumpTo(at time.Time) error { return c.change(at.Sub(c.Now()), 0) }

// Run sets how fast virtual time passes from now on.
func (c *Clock) Run(speed float64) error { return c.change(0, speed) }

func (c *Clock) change(by time.Duration, speed float64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now().UTC()
	if speed == 0 {
		speed = c.a.Speed
	}
	c.a = anchor{Real: now, Virtual: c.a.at(now).Add(by).UTC(), Speed: speed}
	return c.write()
}

// write replaces the file whole: a reader sees the old clock or the new one.
func (c *Clock) write() error {
	b, err := json.Marshal(c.a)
	if err == nil {
		err = os.WriteFile(c.file+".new", b, 0o600)
	}
	if err == nil {
		err = os.Rename(c.file+".new", c.file)
	}
	if err != nil {
		return fmt.Errorf("writing the clock %s: %w", c.file, err)
	}
	return nil
}

// FollowClock reads a clock file that somebody else writes, now and whenever it
// is asked for the time again.
func FollowClock(file string) (now func() time.Time, err error) {
	read := func() (a anchor, err error) {
		b, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(b, &a)
		}
		return a, err
	}
	a, err := read()
	if err != nil {
		return nil, fmt.Errorf("reading the clock %s: %w", file, err)
	}
	var mu sync.Mutex
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		if latest, err := read(); err == nil { // else the last one stands
			a = latest
		}
		return a.at(time.Now())
	}, nil
}
