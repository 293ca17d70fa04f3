package runtime

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"jornada/dsl"
	"jornada/engine"
)

// launch is one firing of a scheduled trigger that still has people to enroll.
//
// Its progress is the enrollments themselves, never a position in a list: every
// contact's enrollment id follows from the launch and the contact, so a launch
// that begins again at the top after a crash finds those it has made, and
// enrolls everybody exactly once.
type launch struct {
	Journey   engine.JourneyID `json:"journey"`
	Trigger   string           `json:"trigger"`
	At        time.Time        `json:"at"`         // the moment of the schedule
	StartedAt time.Time        `json:"started_at"` // virtual; the rate counts from here
	Enrolled  int              `json:"enrolled"`   // for the pace only
}

const (
	launchesSetting = "launches"
	launchPage      = 200
	// launchSlot is how long one process may work on launches before any other
	// may: a slot is taken by marking it, so two processes never double the pace. It
	// is real time, because a clock that is set back would find its slots taken.
	launchSlot = 10 * time.Second
	// launchBudget bounds one round, in real time.
	launchBudget = 2 * time.Second
)

func (l *launch) id() string {
	return fmt.Sprintf("%s|%s|%s", l.Journey, l.Trigger, l.At.UTC().Format(time.RFC3339))
}

// enrollmentOf is the id of a contact's enrollment in this launch.
func (l *launch) enrollmentOf(c engine.ContactID) engine.EnrollmentID {
	sum := sha256.Sum256([]byte(l.id() + "\x00" + string(c)))
	return engine.EnrollmentID("enr_" + hex.EncodeToString(sum[:16]))
}

func (r *Runtime) launches(ctx context.Context) ([]launch, error) {
	text, err := r.Store.Setting(ctx, launchesSetting)
	if err != nil && !isCode(err, engine.NotFound) {
		return nil, fmt.Errorf("reading the launches under way: %w", err)
	}
	if text == "" {
		return nil, nil
	}
	var all []launch
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("reading the launches under way: %w", err)
	}
	return all, nil
}

// changeLaunches rewrites the list inside the caller's transaction.
func (r *Runtime) changeLaunches(ctx context.Context, change func([]launch) []launch) error {
	all, err := r.launches(ctx)
	if err != nil {
		return err
	}
	text, err := json.Marshal(change(all))
	if err != nil {
		return fmt.Errorf("writing the launches under way: %w", err)
	}
	if err := r.Store.PutSetting(ctx, launchesSetting, string(text)); err != nil {
		return fmt.Errorf("writing the launches under way: %w", err)
	}
	return nil
}

// pumpLaunches goes on with every launch, as far as its rate allows now.
func (r *Runtime) pumpLaunches(ctx context.Context) error {
	all, err := r.launches(ctx)
	if err != nil || len(all) == 0 {
		return err
	}
	journeys, err := r.live(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for i := range all {
		if err := r.pump(ctx, &all[i], journeys); err != nil {
			errs = append(errs, fmt.Errorf("journey %q: %w", all[i].Journey, err))
		}
	}
	return errors.Join(errs...)
}

func (r *Runtime) pump(ctx context.Context, l *launch, journeys []live) error {
	j, t, err := r.launchTarget(ctx, l, journeys)
	if err != nil || t == nil {
		return err
	}
	slot := r.Clock.Real().Truncate(launchSlot)
	if r.launching.slot[l.id()] != slot {
		mine, err := r.Store.MarkFired(ctx, l.Journey, "launch "+l.Trigger+" "+l.At.UTC().Format(time.RFC3339), slot)
		if err != nil {
			return fmt.Errorf("taking the launch: %w", err)
		}
		if !mine {
			return nil // another process has it for this slot
		}
		r.launching.slot[l.id()] = slot
	}
	var people source = &audience{r: r, segment: t.Segment}
	if t.Segment == "" && !j.plan.NeedsContact() {
		people = &nobody{}
	}
	if kept, ok := r.launching.people[l.id()]; ok {
		people = kept
	}
	r.launching.people[l.id()] = people
	began := time.Now() //nolint:forbidigo // how long one turn may hold the worker
	enrolled := 0
	for ctx.Err() == nil && time.Since(began) < launchBudget && l.Enrolled < l.allowed(t.Rate, r.Clock.Now()) {
		c, more, err := people.next(ctx)
		if err != nil {
			return err
		}
		if !more {
			return r.endLaunch(ctx, l)
		}
		made, err := r.launchOne(ctx, l, j, c)
		if err != nil {
			people.back(c) // it is this one's turn again
			return err
		}
		if made {
			l.Enrolled++
			enrolled++
		}
	}
	if enrolled == 0 {
		return nil
	}
	return r.inTx(ctx, func(ctx context.Context) error {
		return r.changeLaunches(ctx, func(all []launch) []launch {
			for i := range all {
				if all[i].id() == l.id() {
					all[i].Enrolled = max(all[i].Enrolled, l.Enrolled)
				}
			}
			return all
		})
	})
}

// launchTarget finds the journey and trigger of a launch. A paused journey
// makes it wait; one that was archived, or whose live version dropped the
// trigger, ends it.
func (r *Runtime) launchTarget(ctx context.Context, l *launch, journeys []live) (live, *dsl.Trigger, error) {
	for _, j := range journeys {
		if j.ID != l.Journey {
			continue
		}
		for i := range j.plan.Triggers {
			if t := &j.plan.Triggers[i]; t.Schedule != nil && triggerID(t) == l.Trigger {
				return j, t, nil
			}
		}
		return live{}, nil, r.endLaunch(ctx, l)
	}
	j, err := r.Store.Journey(ctx, l.Journey)
	if isCode(err, engine.NotFound) || err == nil && j.Archived {
		return live{}, nil, r.endLaunch(ctx, l)
	}
	return live{}, nil, err
}

// allowed is how many a launch may have enrolled by now: all at once without a
// rate, else the first at once and the others at its pace.
func (l *launch) allowed(rate *dsl.Rate, now time.Time) int {
	if rate == nil || rate.Count <= 0 || rate.Per <= 0 {
		return int(^uint(0) >> 1)
	}
	return 1 + int(now.Sub(l.StartedAt).Seconds()*float64(rate.Count)/rate.Per.Std().Seconds())
}

// launchOne enrolls one contact. made is true only when this call did it.
func (r *Runtime) launchOne(ctx context.Context, l *launch, j live, id engine.ContactID) (made bool, err error) {
	result := "skipped"
	err = r.inTx(ctx, func(ctx context.Context) error {
		made, result = false, "skipped"
		enrollment := l.enrollmentOf(id)
		if _, err := r.Store.Enrollment(ctx, enrollment); err == nil {
			return nil
		} else if !isCode(err, engine.NotFound) {
			return fmt.Errorf("looking for enrollment %s: %w", enrollment, err)
		}
		var contact *engine.Contact
		if id != "" {
			if err := r.Store.LockContact(ctx, id); err != nil {
				return err
			}
			var err error
			if contact, err = r.Store.Contact(ctx, id); err != nil {
				return err
			}
			if contact.ErasedAt != nil || contact.ID != id {
				return nil // erased or merged since: the survivor has a turn of its own
			}
		}
		res, err := r.enroll(ctx, j, contact, EnrollRequest{
			ID: enrollment, JourneyID: j.ID,
			Trigger: engine.TriggerRecord{Kind: "schedule", Data: map[string]any{"at": l.At}},
		})
		if err != nil {
			return err
		}
		if made = res.Skipped == ""; made {
			result = "started"
		}
		return nil
	})
	if refusal(err) {
		r.Logger.WarnContext(ctx, "a launch could not enroll a contact", "journey", j.ID, "contact", id, "error", err)
		result, err = "refused", nil
	}
	if err == nil {
		r.Metrics.enrollments.WithLabelValues("schedule", result).Inc()
	}
	return made, err
}

func (r *Runtime) endLaunch(ctx context.Context, l *launch) error {
	delete(r.launching.people, l.id())
	delete(r.launching.slot, l.id())
	err := r.inTx(ctx, func(ctx context.Context) error {
		err := r.changeLaunches(ctx, func(all []launch) []launch {
			return slices.DeleteFunc(all, func(x launch) bool { return x.id() == l.id() })
		})
		if err != nil {
			return err
		}
		return r.audit(ctx, "journey.launched", string(l.Journey), map[string]any{"trigger": l.Trigger, "at": l.At, "enrolled": l.Enrolled})
	})
	if err != nil {
		return fmt.Errorf("ending the launch: %w", err)
	}
	return nil
}

// launching is what the tick loop remembers between rounds; losing it costs a
// walk over people who are enrolled already.
type launching struct {
	people map[string]source
	slot   map[string]time.Time
}

// source hands out the people of a launch, one at a time.
type source interface {
	next(ctx context.Context) (id engine.ContactID, more bool, err error)
	back(id engine.ContactID)
}

// nobody is the audience of a journey that needs no contact: one enrollment.
type nobody struct{ done bool }

func (n *nobody) next(context.Context) (engine.ContactID, bool, error) {
	if n.done {
		return "", false, nil
	}
	n.done = true
	return "", true, nil
}

func (n *nobody) back(engine.ContactID) { n.done = false }

// audience walks the contacts of a segment ("" = everybody; the journey's own
// audience is applied on entry).
type audience struct {
	r       *Runtime
	segment string
	page    []engine.ContactID
	cursor  string
	last    bool
}

func (a *audience) next(ctx context.Context) (engine.ContactID, bool, error) {
	for len(a.page) == 0 {
		if a.last {
			return "", false, nil
		}
		if err := a.load(ctx); err != nil {
			return "", false, err
		}
	}
	id := a.page[0]
	a.page = a.page[1:]
	return id, true, nil
}

func (a *audience) back(id engine.ContactID) { a.page = append([]engine.ContactID{id}, a.page...) }

func (a *audience) load(ctx context.Context) error {
	list, next, err := a.r.Store.Contacts(ctx, engine.ContactFilter{Limit: launchPage, Cursor: a.cursor})
	if err != nil {
		return fmt.Errorf("listing the audience: %w", err)
	}
	var ws *dsl.Workspace
	if a.segment != "" {
		if ws, err = a.r.workspace.get(ctx); err != nil {
			return err
		}
	}
	for i := range list {
		c := &list[i]
		if c.ErasedAt != nil || c.MergedInto != "" {
			continue
		}
		if ws != nil {
			in, err := a.r.inSegment(ws, a.segment, c)
			if err != nil {
				a.r.Logger.WarnContext(ctx, "a segment could not be evaluated for a contact", "segment", a.segment, "contact", c.ID, "error", err)
			}
			if err != nil || !in {
				continue
			}
		}
		a.page = append(a.page, c.ID)
	}
	a.cursor, a.last = next, next == ""
	return nil
}
