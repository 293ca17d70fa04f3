package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// watch looks at the product's messages while a scenario plays, because a status
// that went back and came again would not be seen at the end.
type watch struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	highest map[string]string // message: the highest status seen, from accepted on
	seen    []string
	looks   int
}

// watchEvery is how often statuses are looked at. At full size a look takes seconds of
// the product's time; then watchRests times as long passes until the next, else the
// product would do little but show its messages.
const (
	watchEvery = time.Second
	watchRests = 4
	// watchWithin bounds one look; a product that is down refuses at once.
	watchWithin = 15 * time.Second
)

func watchStatuses(ctx context.Context, client *driver.Client) *watch {
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{cancel: cancel, done: make(chan struct{}), highest: map[string]string{}}
	go func() {
		defer close(w.done)
		took := time.Duration(0)
		for driver.Pause(ctx, max(watchEvery, watchRests*took)) {
			began := time.Now()
			look, end := context.WithTimeout(ctx, watchWithin)
			list, err := client.Messages(look, nil)
			end()
			if took = time.Since(began); err != nil {
				took = 0 // the product is down, which is what scenarios do
				continue
			}
			w.look(list)
		}
	}()
	return w
}

func (w *watch) look(list []driver.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	for _, m := range list {
		was, known := w.highest[m.ID]
		if known && oracle.Below(m.Status, was) {
			w.seen = append(w.seen, fmt.Sprintf("%s (%s/%s) was %s and is %s", m.ID, m.EnrollmentID, m.StepID, was, m.Status))
		}
		// Before `accepted` a message may go back to the queue: a provider refused it.
		if !oracle.Below(m.Status, "accepted") && (!known || oracle.Below(was, m.Status)) {
			w.highest[m.ID] = m.Status
		}
	}
}

func (w *watch) stop() {
	w.cancel()
	<-w.done
}

// regressions are the statuses that went back, in so many looks.
func (w *watch) regressions() (seen []string, looks int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.seen...), w.looks
}

// endingLimit is how long the timeline of an enrollment that ended may take to say so:
// who withdraws ends at once, and the last line is written by their workflow.
const endingLimit = time.Minute

// endings counts how often each enrollment's own timeline says that it ended. Those that
// do not say it yet are looked at again; after endingLimit they have none.
func (s *Stage) endings(ctx context.Context, list []driver.Enrollment) (map[string]int, error) {
	counts, err := s.countEndings(ctx, list)
	if err != nil {
		return nil, err
	}
	late := slices.DeleteFunc(slices.Clone(list), func(e driver.Enrollment) bool { return e.EndedAt == nil || counts[e.ID] > 0 })
	if len(late) == 0 {
		return counts, nil
	}
	s.noteOncef("%d timelines had no ending when they were first looked at", len(late))
	var broken error
	_ = driver.Until(ctx, endingLimit, "every timeline has its ending", func(ctx context.Context) error {
		var again map[string]int
		if again, broken = s.countEndings(ctx, late); broken != nil {
			return broken
		}
		maps.Copy(counts, again)
		late = slices.DeleteFunc(late, func(e driver.Enrollment) bool { return again[e.ID] > 0 })
		if len(late) > 0 {
			return driver.MissingError{N: len(late), What: "of them have none"}
		}
		return nil
	})
	return counts, broken
}

func (s *Stage) countEndings(ctx context.Context, list []driver.Enrollment) (map[string]int, error) {
	counts := map[string]int{}
	var mu sync.Mutex
	err := each(ctx, list, func(ctx context.Context, e driver.Enrollment) error {
		raw, err := s.Product.Client.Enrollment(ctx, e.ID)
		if err != nil {
			return err
		}
		var view struct {
			Timeline []struct {
				Kind string `json:"kind"`
			} `json:"timeline"`
		}
		if err := json.Unmarshal(raw, &view); err != nil {
			return fmt.Errorf("reading the timeline of %s: %w", e.ID, err)
		}
		mu.Lock()
		defer mu.Unlock()
		counts[e.ID] = 0
		for _, entry := range view.Timeline {
			if entry.Kind == "ended" {
				counts[e.ID]++
			}
		}
		return nil
	})
	return counts, err
}
