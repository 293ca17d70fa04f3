package runtime

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"jornada/dsl"
	"jornada/engine"
)

// segmentSweep is how often segments that read `now` are looked at for every
// contact, in virtual time: people enter them by the clock, without any change.
const segmentSweep = time.Hour

// evaluateSegments looks at whether a contact has entered a segment that starts
// a journey, and starts it. Only the change from outside to inside counts. It
// runs in the caller's transaction, which holds the contact's lock.
func (r *Runtime) evaluateSegments(ctx context.Context, c *engine.Contact) error {
	starts, err := r.segmentTriggers(ctx)
	if err != nil || len(starts) == 0 {
		return err
	}
	ws, err := r.workspace.get(ctx)
	if err != nil {
		return err
	}
	return r.enterSegments(ctx, ws, starts, c)
}

func (r *Runtime) enterSegments(ctx context.Context, ws *dsl.Workspace, starts map[string][]segmentStart, c *engine.Contact) error {
	for _, name := range slices.Sorted(maps.Keys(starts)) {
		in, err := r.inSegment(ws, name, c)
		if err != nil {
			r.Logger.WarnContext(ctx, "a segment could not be evaluated for a contact", "segment", name, "contact", c.ID, "error", err)
			continue
		}
		entered, err := r.Store.EnterSegment(ctx, name, c.ID, in)
		if err != nil {
			return fmt.Errorf("recording whether contact %q is in segment %q: %w", c.ID, name, err)
		}
		if !entered {
			continue
		}
		learned, err := r.learned(ctx, name)
		if err != nil {
			return err
		}
		for _, s := range starts[name] {
			if !learned && s.PublishedAt != nil && c.CreatedAt.Before(*s.PublishedAt) {
				continue // was inside before anybody looked: that is no entering
			}
			_, err := r.startByTrigger(ctx, s.live, s.trigger, c, engine.TriggerRecord{Kind: "segment", Data: map[string]any{"segment": name}}, nil)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// segmentStart is a journey that begins on entering a segment.
type segmentStart struct {
	live
	trigger *dsl.Trigger
}

func (r *Runtime) segmentTriggers(ctx context.Context) (map[string][]segmentStart, error) {
	journeys, err := r.live(ctx)
	if err != nil {
		return nil, err
	}
	starts := map[string][]segmentStart{}
	for _, j := range journeys {
		for i := range j.plan.Triggers {
			if t := &j.plan.Triggers[i]; t.Segment != "" && t.Schedule == nil {
				starts[t.Segment] = append(starts[t.Segment], segmentStart{j, t})
			}
		}
	}
	return starts, nil
}

// inSegment evaluates a segment's rule on one contact.
func (r *Runtime) inSegment(ws *dsl.Workspace, name string, c *engine.Contact) (bool, error) {
	rule := ws.Segments[name]
	if rule == nil {
		return false, fmt.Errorf("the workspace has no segment %q; declare it under `segments:` in workspace.yaml", name)
	}
	return test(rule, r.scope(&dsl.Plan{
		Timezone: ws.Timezone, Locale: "pt-BR", Contact: ws.Contact, Schedules: ws.Schedules,
	}, facts{contact: c}))
}

// learned reports whether it is known who was in a segment when a journey first
// listened to it.
func (r *Runtime) learned(ctx context.Context, name string) (bool, error) {
	if _, ok := r.segments.Load(name); ok {
		return true, nil
	}
	v, err := r.Store.Setting(ctx, segmentSetting+name)
	if err != nil && !isCode(err, engine.NotFound) {
		return false, fmt.Errorf("reading what is known of segment %q: %w", name, err)
	}
	if v != "" {
		r.segments.Store(name, true)
	}
	return v != "", nil
}

const segmentSetting = "segment.learned/"

// learnSegments notes, once for a segment that a journey begins to listen to,
// who is inside already: they did not enter it, so nothing starts for them.
func (r *Runtime) learnSegments(ctx context.Context) error {
	starts, err := r.segmentTriggers(ctx)
	if err != nil || len(starts) == 0 {
		return err
	}
	for name := range starts {
		if known, err := r.learned(ctx, name); err != nil {
			return err
		} else if known {
			delete(starts, name)
		}
	}
	if len(starts) == 0 {
		return nil
	}
	ws, err := r.workspace.get(ctx)
	if err != nil {
		return err
	}
	if err := r.evaluateAll(ctx, ws, starts); err != nil {
		return err
	}
	for name := range starts {
		if err := r.Store.PutSetting(ctx, segmentSetting+name, r.Clock.Now().Format(time.RFC3339)); err != nil {
			return fmt.Errorf("noting that segment %q is known: %w", name, err)
		}
	}
	return nil
}

// sweepSegments evaluates, once per segmentSweep, the segments whose rule reads
// the clock.
func (r *Runtime) sweepSegments(ctx context.Context) error {
	now := r.Clock.Now()
	if now.Before(r.sweepSegmentsAt) {
		return nil
	}
	// At high speed an hour may pass in a blink; a sweep then runs at most every
	// ten real seconds.
	r.sweepSegmentsAt = now.Add(max(segmentSweep, r.virtual(10*time.Second)))
	starts, err := r.segmentTriggers(ctx)
	if err != nil || len(starts) == 0 {
		return err
	}
	ws, err := r.workspace.get(ctx)
	if err != nil {
		return err
	}
	for name := range starts {
		if !reads(ws.Segments[name], "now") {
			delete(starts, name)
		}
	}
	if len(starts) == 0 {
		return nil
	}
	return r.evaluateAll(ctx, ws, starts)
}

// evaluateAll evaluates segments for every contact, page by page.
func (r *Runtime) evaluateAll(ctx context.Context, ws *dsl.Workspace, starts map[string][]segmentStart) error {
	for cursor := ""; ; {
		page, next, err := r.Store.Contacts(ctx, engine.ContactFilter{Limit: 200, Cursor: cursor})
		if err != nil {
			return fmt.Errorf("listing contacts for segments: %w", err)
		}
		for i := range page {
			err := r.inTx(ctx, func(ctx context.Context) error {
				if err := r.Store.LockContact(ctx, page[i].ID); err != nil {
					return err
				}
				c, err := r.Store.Contact(ctx, page[i].ID)
				if err != nil || c.ErasedAt != nil || c.ID != page[i].ID {
					return err
				}
				return r.enterSegments(ctx, ws, starts, c)
			})
			if err != nil && !isCode(err, engine.NotFound) {
				return fmt.Errorf("evaluating segments for contact %q: %w", page[i].ID, err)
			}
		}
		if next == "" || ctx.Err() != nil {
			return ctx.Err()
		}
		cursor = next
	}
}
