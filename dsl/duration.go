package dsl

import (
	"encoding/json"
	"fmt"
	"time"
)

// Duration is an author's length of time. In a plan it is written as Go writes
// it ("24h0m0s"); a `d` is always 24 h.
type Duration time.Duration

// Std is the standard library's duration.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// MarshalJSON writes "1h30m0s".
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("reading a duration: %w", err)
	}
	std, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("reading a duration: %w", err)
	}
	*d = Duration(std)
	return nil
}
