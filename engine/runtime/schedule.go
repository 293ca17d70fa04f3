package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"jornada/dsl"
	"jornada/engine"
)

// scheduleGrace is how late a scheduled trigger may still fire, in virtual time:
// what was due while everything was down is made up for a day, and forgotten
// after, because yesterday's "good morning" is worse than none.
const scheduleGrace = 24 * time.Hour

// TickOnce does what happens by the clock: schedules, paced launches and
// segments that read `now`. Each is independent of the others' trouble.
func (r *Runtime) TickOnce(ctx context.Context) error {
	var errs []error
	note := func(what string, err error) {
		if err != nil && ctx.Err() == nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
	}
	note("firing schedules", r.fireSchedules(ctx))
	note("launching", r.pumpLaunches(ctx))
	note("learning segments", r.learnSegments(ctx))
	note("evaluating segments", r.sweepSegments(ctx))
	return errors.Join(errs...)
}

// fireSchedules fires what is due, each moment once in all processes.
func (r *Runtime) fireSchedules(ctx context.Context) error {
	journeys, err := r.live(ctx)
	if err != nil {
		return err
	}
	now := r.Clock.Now()
	var errs []error
	for _, j := range journeys {
		for i := range j.plan.Triggers {
			t := &j.plan.Triggers[i]
			if t.Schedule == nil {
				continue
			}
			since := now.Add(-scheduleGrace)
			if j.PublishedAt != nil && j.PublishedAt.After(since) {
				since = *j.PublishedAt // what was past when it was published never fires
			}
			at, err := lastDue(t.Schedule, engine.ZoneOr(j.plan.Timezone), since, now)
			if err != nil {
				errs = append(errs, fmt.Errorf("journey %q: %w", j.ID, err))
				continue
			}
			if at.IsZero() {
				continue
			}
			if err := r.fire(ctx, j, t, at); err != nil {
				errs = append(errs, fmt.Errorf("journey %q: %w", j.ID, err))
			}
		}
	}
	return errors.Join(errs...)
}

// lastDue is the newest moment of a schedule after since and not after now;
// zero when there is none. Moments missed in between are not made up one by one.
func lastDue(s *dsl.Schedule, zone *time.Location, since, now time.Time) (time.Time, error) {
	if s.At != "" {
		at, err := time.ParseInLocation("2006-01-02T15:04", s.At, zone)
		if err != nil {
			if at, err = time.ParseInLocation("2006-01-02T15:04:05", s.At, zone); err != nil {
				return time.Time{}, fmt.Errorf("reading `at: %s`: write it as \"2026-11-27T08:00\"", s.At)
			}
		}
		if at.After(since) && !at.After(now) {
			return at.UTC(), nil
		}
		return time.Time{}, nil
	}
	spec, err := cron.ParseStandard(s.Cron)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading `cron: %s`: %w", s.Cron, err)
	}
	var due time.Time
	// Double the step back until it holds a moment, so that a schedule of every
	// minute costs no more than one of every month.
	for back := time.Minute; ; back *= 2 {
		from := now.Add(-back)
		if from.Before(since) {
			from = since
		}
		for t := spec.Next(from.In(zone)); !t.IsZero() && !t.After(now); t = spec.Next(t) {
			due = t
		}
		if !due.IsZero() || !from.After(since) {
			break
		}
	}
	if due.IsZero() {
		return due, nil
	}
	return due.UTC(), nil
}

// triggerID names a scheduled trigger the same in every version that keeps it.
func triggerID(t *dsl.Trigger) string {
	id := "cron:" + t.Schedule.Cron
	if t.Schedule.At != "" {
		id = "at:" + t.Schedule.At
	}
	return id + "|" + t.Segment
}

// fire marks the moment and records the launch in one transaction, so that a
// process that dies right after neither forgets it nor fires it again.
func (r *Runtime) fire(ctx context.Context, j live, t *dsl.Trigger, at time.Time) error {
	fired := false
	err := r.inTx(ctx, func(ctx context.Context) error {
		var err error
		if fired, err = r.Store.MarkFired(ctx, j.ID, triggerID(t), at); err != nil || !fired {
			return err
		}
		return r.changeLaunches(ctx, func(all []launch) []launch {
			return append(all, launch{Journey: j.ID, Trigger: triggerID(t), At: at, StartedAt: r.Clock.Now()})
		})
	})
	if err != nil {
		return fmt.Errorf("firing %s at %s: %w", triggerID(t), at.Format(time.RFC3339), err)
	}
	if fired {
		r.Logger.InfoContext(ctx, "a schedule fired", "journey", j.ID, "trigger", triggerID(t), "at", at)
	}
	return nil
}
