package simulator

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Chance says which walks are taken.
type Chance struct {
	Seed uint64
	Runs int
	At   time.Time      // the day of the prices
	Done func(runs int) // optional: told after each walk how many are done
}

// Walks plays one journey many times in a world of chance, side by side on two
// benches for each processor, because each waits now and then, and sums up. What
// one walk does follows from the seed and its number alone, so how many go side by
// side changes nothing.
func Walks(ctx context.Context, c Config, journey string, chance Chance) (*Summary, error) {
	if c.Folder.Plans[journey] == nil {
		return nil, fmt.Errorf("there is no journey %q without errors in this folder", journey)
	}
	summary := NewSummary(c.Folder, journey, chance.Seed, chance.At)
	var mu sync.Mutex
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range max(1, min(2*runtime.GOMAXPROCS(0), chance.Runs/20)) {
		group.Go(func() error {
			bench, err := NewBench(ctx, c)
			if err != nil {
				return err
			}
			defer func() { _ = bench.Close() }()
			for {
				run := int(next.Add(1))
				if run > chance.Runs {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				transcript, err := bench.Walk(ctx, journey, chance.Seed, run)
				if err != nil {
					return err
				}
				mu.Lock()
				summary.Add(transcript)
				if chance.Done != nil {
					chance.Done(summary.Runs)
				}
				mu.Unlock()
			}
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	summary.Finish()
	return summary, nil
}
