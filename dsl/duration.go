package dsl

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
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

const durationPattern = `^[+-]?([0-9]{1,6}w)?([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$`

var durationParts = regexp.MustCompile(durationPattern)

// maxDuration keeps arithmetic with dates far from overflow: ten years.
const maxDuration = 10 * 366 * 24 * time.Hour

// ParseDuration reads an author's duration: 90m, 24h, 2d, 1w, 1h30m, -24h.
// Units go from large to small, each at most once; the limit is ten years.
func ParseDuration(s string) (Duration, error) {
	m := durationParts.FindStringSubmatch(s)
	if m == nil || strings.Trim(s, "+-") == "" {
		return 0, fmt.Errorf("reading the duration %q: want 90m, 24h, 2d, 1w or 1h30m", s)
	}
	var sum time.Duration
	for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if part := m[i+1]; part != "" {
			n, _ := strconv.Atoi(part[:len(part)-1]) // at most six digits
			sum += time.Duration(n) * unit
			if sum < 0 || sum > maxDuration || time.Duration(n) > maxDuration/unit {
				return 0, fmt.Errorf("reading the duration %q: longer than ten years", s)
			}
		}
	}
	if s[0] == '-' {
		sum = -sum
	}
	return Duration(sum), nil
}
