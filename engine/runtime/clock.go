package runtime

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"golang.org/x/sync/errgroup"

	"jornada/engine"
	"jornada/workflows"
)

const (
	// clockSetting remembers the line between real and virtual time that running
	// workflows compute with.
	clockSetting = "clock_anchor_told"
	// clockSlot is how long one process tells before another may take over, in
	// real time. Two at once would only be wasteful.
	clockSlot = 15 * time.Second
)

// telling is the news of one clock, under way. Only the clock loop touches it.
type telling struct {
	anchor engine.Anchor
	done   bool
	told   map[engine.EnrollmentID]bool
	slot   time.Time // the newest slot that is ours
}

// ClockMoved makes the runtime look at its clock now. Without it, it looks at
// every poll.
func (r *Runtime) ClockMoved() { wake(r.wakeClock) }

// tellClock tells every running enrollment when the clock is another than the
// one they compute with: `jornada dev` was restarted at another speed, or a
// drill moved the clock. Timers are set anew then, and what is due wakes up.
//
// One process tells, the others see in the table that it was done. Enrollments
// are told directly, not through the outbox: the news is the same for all, a
// repetition is ignored, and one that is not there yet begins with the present
// clock. A second look, a poll later, finds those that were being started by a
// process that had not noticed yet.
func (r *Runtime) tellClock(ctx context.Context) error {
	anchor := r.Clock.Anchor()
	c := &r.clock
	if !c.anchor.Equal(anchor) || c.told == nil {
		*c = telling{anchor: anchor, told: map[engine.EnrollmentID]bool{}}
	}
	if c.done {
		return nil
	}
	known, err := r.clockTold(ctx)
	if err != nil {
		return err
	}
	if known != nil && known.Equal(anchor) {
		c.done, c.told = true, map[engine.EnrollmentID]bool{}
		return nil
	}
	if known != nil || anchor.Speed != 0 {
		n, finished, err := r.tellClockTo(ctx, c)
		if err != nil || !finished || n > 0 {
			return err
		}
	}
	text, err := json.Marshal(anchor)
	if err != nil {
		return fmt.Errorf("writing the clock's anchor: %w", err)
	}
	if err := r.Store.PutSetting(ctx, clockSetting, string(text)); err != nil {
		return fmt.Errorf("remembering the clock's anchor: %w", err)
	}
	c.done, c.told = true, map[engine.EnrollmentID]bool{}
	return nil
}

// clockTold is the anchor that running enrollments know; nil when nobody was
// ever told.
func (r *Runtime) clockTold(ctx context.Context) (*engine.Anchor, error) {
	text, err := r.Store.Setting(ctx, clockSetting)
	if isCode(err, engine.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the clock's anchor: %w", err)
	}
	var a engine.Anchor
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return nil, fmt.Errorf("reading the clock's anchor: %w", err)
	}
	return &a, nil
}

// tellClockTo goes once over all active enrollments and tells those that were
// not told yet. finished is false when another process is at it, or the clock
// was moved again.
func (r *Runtime) tellClockTo(ctx context.Context, c *telling) (n int, finished bool, err error) {
	journeys, err := r.Store.Journeys(ctx)
	if err != nil {
		return 0, false, fmt.Errorf("listing journeys: %w", err)
	}
	for _, j := range journeys {
		for after := engine.EnrollmentID(""); ; {
			if mine, err := r.clockIsMine(ctx, c); err != nil || !mine {
				return n, false, err
			}
			page, err := r.Store.ActiveOfJourney(ctx, j.ID, after, tellPage)
			if err != nil {
				return n, false, fmt.Errorf("listing the enrollments of journey %q: %w", j.ID, err)
			}
			told, err := r.tellClockPage(ctx, c, page)
			if n += told; err != nil {
				return n, false, fmt.Errorf("telling the enrollments of journey %q about the clock: %w", j.ID, err)
			}
			if len(page) < tellPage {
				break
			}
			after = page[len(page)-1].ID
		}
	}
	if n > 0 {
		r.Logger.InfoContext(ctx, "the clock was moved; running enrollments were told", "enrollments", n, "now", r.Clock.Now())
	}
	return n, true, nil
}

// clockIsMine takes the slot in which this process tells about this anchor.
func (r *Runtime) clockIsMine(ctx context.Context, c *telling) (bool, error) {
	if !c.anchor.Equal(r.Clock.Anchor()) {
		wake(r.wakeClock)
		return false, nil
	}
	slot := r.Clock.Real().Truncate(clockSlot)
	if c.slot.Equal(slot) {
		return true, nil
	}
	text, err := json.Marshal(c.anchor)
	if err != nil {
		return false, fmt.Errorf("writing the clock's anchor: %w", err)
	}
	sum := sha256.Sum256(text)
	first, err := r.Store.MarkFired(ctx, "", "clock/"+hex.EncodeToString(sum[:8]), slot)
	if err != nil {
		return false, fmt.Errorf("taking over the news of the clock: %w", err)
	}
	if first {
		c.slot = slot
	}
	return first, nil
}

// tellClockPage signals enrollments beside each other. What concerns everybody
// holds nothing personal, so the workspace's key seals it.
func (r *Runtime) tellClockPage(ctx context.Context, c *telling, page []engine.Enrollment) (int, error) {
	told := make([]bool, len(page))
	var g errgroup.Group
	g.SetLimit(r.Parallel)
	for i := range page {
		if c.told[page[i].ID] {
			continue
		}
		g.Go(func() (err error) {
			told[i], err = r.tellClockOne(ctx, page[i].ID, c.anchor)
			return err
		})
	}
	err := g.Wait()
	n := 0
	for i := range page {
		if told[i] {
			c.told[page[i].ID] = true
			n++
		}
	}
	return n, err
}

func (r *Runtime) tellClockOne(ctx context.Context, id engine.EnrollmentID, anchor engine.Anchor) (bool, error) {
	ctx, cancel := context.WithTimeout(WithKeyID(ctx, WorkspaceKey), tellTimeout)
	defer cancel()
	s := workflows.Signal{Kind: workflows.SignalClock, At: r.Clock.Now(), Anchor: &anchor}
	err := r.Client.SignalWorkflow(ctx, workflows.WorkflowID(id), "", workflows.SignalName, s)
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return false, nil // it ended, or begins with the present clock
	}
	return err == nil, err
}
