package engine

import (
	"sync"
	"time"
)

// zones are the time zones asked for so far. There are some six hundred names, and
// only those that exist are kept.
var zones sync.Map // string -> *time.Location

// Zone is an IANA time zone by its name. Loading one reads and decodes a file, and
// every step of every journey asks for its own.
func Zone(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the zone
	}
	zones.Store(name, z)
	return z, nil
}

// ZoneOr is Zone, and UTC for a name that this machine does not know, which the
// checker refuses at publishing.
func ZoneOr(name string) *time.Location {
	if z, err := Zone(name); err == nil {
		return z
	}
	return time.UTC
}
