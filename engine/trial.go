package engine

import (
	"fmt"
	"time"
)

// Trial is a version that a share of those who enter a journey get, while the others
// get the live one. Who is inside stays in their version; a journey has one trial at
// a time.
type Trial struct {
	Version VersionHash
	Number  int
	Share   int       // percent, from 1 to 99
	Since   time.Time // when it began; raising the share does not begin it anew
}

// Takes reports whether somebody who enters gets the version on trial: the first
// eight bytes of sha256(JOURNEY/VERSION, NUL, id), as a big-endian number, modulo
// 10,000, are below the share. The same id gets the same answer for as long as the
// trial lasts, in every process; a larger share takes in more and lets nobody go.
func (t *Trial) Takes(journey JourneyID, id string) bool {
	return t != nil && splitBucket(fmt.Sprintf("%s/%d", journey, t.Number), id) < t.Share*splitBuckets/100
}

// VersionNumbers count those who entered one version of a journey in some time, and
// where they stand now.
type VersionNumbers struct {
	Version VersionHash
	Entered int64
	Inside  int64
	Endings map[string]int64 // by outcome: an exit's or goal's id, "completed", "failed"
}
