package scenario

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// Scenario is one way to mistreat the product, and what must hold.
type Scenario struct {
	ID        string
	Title     string
	Databases []driver.Database // the shapes it knows; the first is the default
	CI, Full  Size
	Alone     bool // it measures latencies: nothing else runs beside it
	Play      func(ctx context.Context, r *Run) (oracle.Line, error)
}

// Size is how large a run is. What a field means beyond N is its scenario's.
type Size struct {
	N       int           // enrollments
	Faults  int           // kills, restarts, fillings
	Long    int           // how many of the faults are long ones
	For     time.Duration // how long a long fault lasts
	Spread  time.Duration // over how long people enroll
	Timeout time.Duration // of the journey's question
	Rate    int           // messages a second that the provider takes
	Seeds   []uint64
}

// Run is one scenario with one seed, in one shape and size.
type Run struct {
	Scenario

	Size

	Full     bool
	Seed     uint64
	Database driver.Database
	Mutant   bool // the build that sends again on doubt
	Rig      *driver.Rig
	Dir      string // for logs and data of this run
	Say      func(what string)
}

// Name says which run it is, as in the name of its folder.
func (r *Run) Name() string {
	name := fmt.Sprintf("%s-%s-seed%d", r.ID, r.Database, r.Seed)
	if r.Mutant {
		name += "-mutant"
	}
	return name
}

// Random draws for one purpose: the same seed and purpose draw the same.
func (r *Run) Random(purpose string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.ID + "\x00" + purpose))
	return rand.New(rand.NewPCG(r.Seed, h.Sum64())) //nolint:gosec // a run that can be repeated is the point
}

// Between draws a length of time.
func Between(rng *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(rng.Int64N(int64(most-least)+1))
}

// Find returns a scenario by its id, in any case.
func Find(id string) (Scenario, bool) {
	i := slices.IndexFunc(Table, func(s Scenario) bool { return strings.EqualFold(s.ID, id) })
	if i < 0 {
		return Scenario{}, false
	}
	return Table[i], true
}

// size is the one that was asked for.
func (s Scenario) size(full bool) Size {
	if full {
		return s.Full
	}
	return s.CI
}

// Runs lists the runs of a scenario. No seeds or no database given means the
// scenario's own.
func (s Scenario) Runs(full bool, seeds []uint64, databases []driver.Database) []*Run {
	size := s.size(full)
	if len(seeds) == 0 {
		seeds = size.Seeds
	}
	if len(seeds) == 0 {
		seeds = []uint64{1}
	}
	if len(databases) == 0 {
		databases = s.Databases[:1]
	}
	var list []*Run
	for _, db := range databases {
		if !slices.Contains(s.Databases, db) {
			continue
		}
		for _, seed := range seeds {
			list = append(list, &Run{Scenario: s, Size: size, Full: full, Seed: seed, Database: db})
		}
	}
	return list
}

// file is a path in the run's folder.
func (r *Run) file(name string) string { return filepath.Join(r.Dir, name) }
