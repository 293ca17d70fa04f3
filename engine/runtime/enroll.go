package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
	"jornada/workflows"
)

// EnrollRequest asks to put a contact into a journey.
type EnrollRequest struct {
	// ID makes the request repeatable: an enrollment that exists under it is
	// answered again instead of made twice. "" makes one.
	ID         engine.EnrollmentID
	JourneyID  engine.JourneyID
	ContactID  engine.ContactID // "" for a journey that needs none
	Inputs     map[string]any
	Trigger    engine.TriggerRecord // Kind "" means api
	ParentID   engine.EnrollmentID  // of a sub-journey
	ParentStep string
}

// EnrollResult is the enrollment, or, by the journey's own rules, why there is
// none: one of the Skipped words.
type EnrollResult struct {
	EnrollmentID engine.EnrollmentID
	Skipped      string
}

// Why a journey's rules did not let a contact in. None of them is an error.
const (
	SkippedOverlap      = "overlap"       // inside already, and `overlap: skip`
	SkippedReentry      = "reentry"       // was inside, and `reentry` does not allow it (yet)
	SkippedAudience     = "audience"      // not in the journey's audience
	SkippedWhere        = "where"         // the trigger's condition is false
	SkippedNotPublished = "not_published" // of a sub-journey: never published, paused or archived
)

// errRaced means that another enrollment took the key in the same moment.
var errRaced = errors.New("another enrollment with the same entry key began in this moment")

// Enroll puts a contact into the live version of a journey, or into the one on trial
// when they are of its share: in one transaction the enrollment's row and the outbox
// row that starts its workflow.
//
// Errors: engine.NotFound names an unknown journey or contact,
// engine.Conflict a journey that is not published, paused or archived,
// engine.Invalid the inputs that do not fit (Field "inputs.starts_at").
func (r *Runtime) Enroll(ctx context.Context, req EnrollRequest) (EnrollResult, error) {
	if req.Trigger.Kind == "" {
		req.Trigger.Kind = "api"
	}
	var res EnrollResult
	var err error
	for range 3 { // a lost race is decided by the rules the next time
		err = r.inTx(ctx, func(ctx context.Context) error {
			var err error
			res, err = r.enrollNamed(ctx, req)
			return err
		})
		if !errors.Is(err, errRaced) {
			break
		}
	}
	result := "started"
	switch {
	case err != nil:
		result = "refused"
	case res.Skipped != "":
		result = "skipped"
	}
	r.Metrics.enrollments.WithLabelValues(req.Trigger.Kind, result).Inc()
	return res, err
}

// EnrollChild implements activities.Enroller.
func (r *Runtime) EnrollChild(ctx context.Context, req activities.ChildRequest) (activities.ChildResult, error) {
	res, err := r.Enroll(ctx, EnrollRequest{
		ID: req.EnrollmentID, JourneyID: req.Journey, ContactID: req.ContactID, Inputs: req.Inputs,
		Trigger: engine.TriggerRecord{Kind: "called"}, ParentID: req.ParentID, ParentStep: req.ParentStep,
	})
	if isCode(err, engine.Conflict) {
		return activities.ChildResult{Skipped: SkippedNotPublished}, nil
	}
	return activities.ChildResult{EnrollmentID: res.EnrollmentID, Skipped: res.Skipped}, err
}

// enrollNamed is Enroll inside its transaction: it finds what the request names.
func (r *Runtime) enrollNamed(ctx context.Context, req EnrollRequest) (EnrollResult, error) {
	j, err := r.Store.Journey(ctx, req.JourneyID)
	if isCode(err, engine.NotFound) {
		return EnrollResult{}, engine.Errorf(engine.NotFound, "there is no journey %q; publish it first, or look at the list of journeys for its id", req.JourneyID)
	}
	if err != nil {
		return EnrollResult{}, fmt.Errorf("reading journey %q: %w", req.JourneyID, err)
	}
	if err := takesEnrollments(j); err != nil {
		return EnrollResult{}, err
	}
	plan, err := r.Plans.load(ctx, j.Live)
	if err != nil {
		return EnrollResult{}, err
	}
	var contact *engine.Contact
	if req.ContactID != "" {
		if err := r.Store.LockContact(ctx, req.ContactID); err != nil && !isCode(err, engine.NotFound) {
			return EnrollResult{}, fmt.Errorf("locking contact %q: %w", req.ContactID, err)
		}
		contact, err = r.Store.Contact(ctx, req.ContactID)
		if isCode(err, engine.NotFound) || err == nil && contact.ErasedAt != nil {
			return EnrollResult{}, &engine.Error{Code: engine.NotFound, Field: "contact_id",
				Message: fmt.Sprintf("there is no contact %q; create it with PUT /api/v1/contacts/%s, or import it", req.ContactID, req.ContactID)}
		}
		if err != nil {
			return EnrollResult{}, fmt.Errorf("reading contact %q: %w", req.ContactID, err)
		}
	}
	return r.enroll(ctx, live{*j, plan}, contact, req)
}

func takesEnrollments(j *engine.Journey) error {
	switch {
	case j.Live == "":
		return engine.Errorf(engine.Conflict, "journey %q was never published; publish it and try again", j.ID)
	case j.Archived:
		return engine.Errorf(engine.Conflict, "journey %q is archived and takes nobody any more", j.ID)
	case j.Paused:
		return engine.Errorf(engine.Conflict, "journey %q is paused; resume it and try again", j.ID)
	}
	return nil
}

// enroll applies the journey's rules to a known contact and writes the rows. It
// runs in the caller's transaction, which holds the contact's lock. Whoever enters,
// by whatever way, comes through here and gets their version here.
func (r *Runtime) enroll(ctx context.Context, j live, contact *engine.Contact, req EnrollRequest) (EnrollResult, error) {
	if req.ID != "" {
		done, err := r.Store.Enrollment(ctx, req.ID)
		if err == nil && done != nil {
			return EnrollResult{EnrollmentID: done.ID}, nil
		}
		if err != nil && !isCode(err, engine.NotFound) {
			return EnrollResult{}, fmt.Errorf("looking for enrollment %s: %w", req.ID, err)
		}
	} else {
		req.ID = engine.EnrollmentID(engine.NewID("enr"))
	}
	j, err := r.tried(ctx, j, contact, req.ID)
	if err != nil {
		return EnrollResult{}, err
	}
	plan := j.plan
	if contact == nil && plan.NeedsContact() {
		return EnrollResult{}, &engine.Error{Code: engine.Invalid, Field: "contact_id",
			Message: fmt.Sprintf("journey %q needs a contact; name one in contact_id", j.ID)}
	}
	inputs, err := coerceInputs(plan, req.Inputs)
	if err != nil {
		return EnrollResult{}, err
	}
	f := facts{contact: contact, inputs: inputs, trigger: triggerRoot(req.Trigger)}
	if reads(plan.Audience, "window") || reads(plan.Entry.Key, "window") {
		var id engine.ContactID
		if contact != nil {
			id = contact.ID
		}
		if f.window, err = r.windowRoot(ctx, id); err != nil {
			return EnrollResult{}, err
		}
	}
	s := r.scope(plan, f)
	in, err := test(plan.Audience, s)
	if err != nil {
		return EnrollResult{}, &engine.Error{Code: engine.Invalid, Field: "audience", Message: fmt.Sprintf("the audience of journey %q cannot be decided", j.ID), Err: err}
	}
	if !in {
		return EnrollResult{Skipped: SkippedAudience}, nil
	}
	key, err := entryKey(j.ID, plan, contact, req.ID, s)
	if err != nil {
		return EnrollResult{}, err
	}
	if skipped, err := r.mayEnter(ctx, j.ID, plan, contact, key); skipped != "" || err != nil {
		return EnrollResult{Skipped: skipped}, err
	}
	if plan.Entry.Overlap == "allow" {
		// The unique index holds one active enrollment per key; the enrollment's
		// own id behind it keeps them apart and the key recognizable.
		key += "/" + string(req.ID)
	}
	return r.write(ctx, j, contact, key, inputs, req)
}

// tried is the journey with the version that somebody who enters now gets: the one on
// trial for its share of people, for all others the live one. The contact decides;
// where there is none, the enrollment itself.
func (r *Runtime) tried(ctx context.Context, j live, contact *engine.Contact, e engine.EnrollmentID) (live, error) {
	who := string(e)
	if contact != nil {
		who = string(contact.ID)
	}
	if !j.Trial.Takes(j.ID, who) {
		return j, nil
	}
	plan, err := r.Plans.load(ctx, j.Trial.Version)
	if err != nil {
		return j, fmt.Errorf("loading the version on trial of journey %q: %w", j.ID, err)
	}
	j.Live, j.LiveNumber, j.plan = j.Trial.Version, j.Trial.Number, plan
	return j, nil
}

// entryKey is the hashed value of `entry.key`, by default the contact.
func entryKey(id engine.JourneyID, plan *dsl.Plan, contact *engine.Contact, e engine.EnrollmentID, s *scopeOf) (string, error) {
	if plan.Entry.Key != nil {
		v, err := eval(plan.Entry.Key, s)
		if err == nil && v == nil {
			err = fmt.Errorf("`%s` has no value", plan.Entry.Key.Source)
		}
		if err != nil {
			return "", &engine.Error{Code: engine.Invalid, Field: "entry.key", Message: fmt.Sprintf("the entry key of journey %q cannot be computed", id), Err: err}
		}
		return engine.EntryKey(id, v), nil
	}
	if contact != nil {
		return engine.EntryKey(id, string(contact.ID)), nil
	}
	return engine.EntryKey(id, string(e)), nil
}

// mayEnter applies overlap and re-entry. Replacing ends the old enrollment here,
// by compare-and-set, so that it has exactly one ending whoever else is at it.
func (r *Runtime) mayEnter(ctx context.Context, id engine.JourneyID, plan *dsl.Plan, contact *engine.Contact, key string) (skipped string, err error) {
	if plan.Entry.Reentry != "" && plan.Entry.Reentry != "always" {
		var contactID engine.ContactID
		if contact != nil {
			contactID = contact.ID
		}
		lookup := key
		if plan.Entry.Overlap == "allow" {
			lookup = "" // keys are all different then: the contact decides
		}
		last, err := r.Store.LastEnrollment(ctx, id, contactID, lookup)
		if err != nil {
			return "", fmt.Errorf("reading the last enrollment in journey %q: %w", id, err)
		}
		if last != nil && !mayReenter(plan.Entry.Reentry, last, r.Clock.Now()) {
			return SkippedReentry, nil
		}
	}
	if plan.Entry.Overlap == "allow" {
		return "", nil
	}
	active, err := r.Store.ActiveByKey(ctx, id, key)
	if err != nil {
		return "", fmt.Errorf("looking for an enrollment that is under way: %w", err)
	}
	if len(active) > 0 && plan.Entry.Overlap != "replace" {
		return SkippedOverlap, nil
	}
	for i := range active {
		if _, err := r.finish(ctx, &active[i], engine.Replaced, "replaced", "a newer enrollment with the same entry key took its place"); err != nil {
			return "", fmt.Errorf("replacing enrollment %s: %w", active[i].ID, err)
		}
	}
	return "", nil
}

// mayReenter applies `reentry`: once, or a length of time since the last ending.
// An enrollment that still runs has no ending; overlap decides about it.
func mayReenter(rule string, last *engine.Enrollment, now time.Time) bool {
	if rule == "once" {
		return false
	}
	pause, err := time.ParseDuration(rule)
	if err != nil {
		return false // a checked plan has no other word; the safe side is outside
	}
	return last.EndedAt == nil || !now.Before(last.EndedAt.Add(pause))
}

func (r *Runtime) write(ctx context.Context, j live, contact *engine.Contact, key string, inputs map[string]any, req EnrollRequest) (EnrollResult, error) {
	req.Trigger.Data = plainMap(req.Trigger.Data)
	e := &engine.Enrollment{
		ID: req.ID, JourneyID: j.ID, VersionHash: j.Live, Key: key, Status: engine.Active,
		Trigger: req.Trigger, Inputs: plainMap(inputs), ParentID: req.ParentID, ParentStep: req.ParentStep, StartedAt: r.Clock.Now(),
	}
	keyID := WorkspaceKey
	if contact != nil {
		e.ContactID, keyID = contact.ID, contact.KeyID
	}
	if err := r.Store.InsertEnrollment(ctx, e); err != nil {
		if isCode(err, engine.Conflict) {
			return EnrollResult{}, fmt.Errorf("enrolling in journey %q: %w", j.ID, errRaced)
		}
		return EnrollResult{}, fmt.Errorf("enrolling in journey %q: %w", j.ID, err)
	}
	err := r.enqueue(ctx, outboxStart, keyID, e.ID, e.ContactID, workflows.JourneyInput{
		EnrollmentID: e.ID, JourneyID: e.JourneyID, VersionHash: e.VersionHash, ContactID: e.ContactID,
		Inputs: e.Inputs, Trigger: e.Trigger, ParentID: e.ParentID, ParentStep: e.ParentStep, Anchor: r.Clock.Anchor(),
	})
	if err != nil {
		return EnrollResult{}, err
	}
	return EnrollResult{EnrollmentID: e.ID}, nil
}

// refusal reports whether an error is about the request and not about the
// tables: trying again would change nothing.
func refusal(err error) bool {
	return isCode(err, engine.Invalid) || isCode(err, engine.NotFound) || isCode(err, engine.Conflict)
}
