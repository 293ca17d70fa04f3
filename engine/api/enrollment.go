package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// enrollmentStore keeps passages through journeys.
type enrollmentStore interface {
	Enrollment(ctx context.Context, id engine.EnrollmentID) (*engine.Enrollment, error)
	Enrollments(ctx context.Context, f engine.EnrollmentFilter) ([]engine.Enrollment, string, error)
	Trail(ctx context.Context, id engine.EnrollmentID) ([]engine.TimelineEntry, error)
	Event(ctx context.Context, id engine.EventID) (*engine.InboundEvent, error)
}

type enrollmentView struct {
	ID          engine.EnrollmentID     `json:"id"`
	Journey     engine.JourneyID        `json:"journey"`
	VersionHash engine.VersionHash      `json:"version_hash"`
	ContactID   engine.ContactID        `json:"contact_id"`
	Status      engine.EnrollmentStatus `json:"status"`
	Outcome     string                  `json:"outcome"`
	Reason      string                  `json:"reason,omitempty"`
	CurrentStep string                  `json:"current_step"`
	NextWakeAt  *time.Time              `json:"next_wake_at"`
	Trigger     string                  `json:"trigger"`
	Inputs      map[string]any          `json:"inputs"`
	ParentID    engine.EnrollmentID     `json:"parent_id,omitempty"`
	StartedAt   time.Time               `json:"started_at"`
	EndedAt     *time.Time              `json:"ended_at"`
}

type enrollmentDetail struct {
	enrollmentView
	CurrentSteps []StepView             `json:"current_steps"`
	Vars         map[string]any         `json:"vars"`
	Timeline     []engine.TimelineEntry `json:"timeline"`
	// Live says whether the running enrollment itself answered. If not, Note
	// says why, and the timeline is what was stored last.
	Live bool   `json:"live"`
	Note string `json:"note,omitempty"`
}

func enrollmentOf(e *engine.Enrollment) enrollmentView {
	v := enrollmentView{e.ID, e.JourneyID, e.VersionHash, e.ContactID, e.Status, e.Outcome, e.Reason, e.CurrentStep, e.WakeAt,
		e.Trigger.Kind, e.Inputs, e.ParentID, e.StartedAt, e.EndedAt}
	if v.Inputs == nil {
		v.Inputs = map[string]any{}
	}
	return v
}

func running(st engine.EnrollmentStatus) bool { return st == engine.Active || st == engine.Paused }

// createEnrollment starts a journey for a contact.
func (s *server) createEnrollment(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		ContactID string         `json:"contact_id"`
		Inputs    map[string]any `json:"inputs"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	if j.Live == "" || j.Archived {
		return nil, conflict(diag.T("journey %q has no live version: publish it first", "a jornada %q não tem versão no ar: publique primeiro", j.ID))
	}
	if in.ContactID != "" {
		c, err := s.findContact(ctx, engine.ContactID(in.ContactID))
		if err != nil {
			return nil, err
		}
		in.ContactID = string(c.ID)
	}
	version, err := s.Store.Version(ctx, j.Live)
	if err != nil {
		return nil, fmt.Errorf("reading the live version of journey %q: %w", j.ID, err)
	}
	inputs := in.Inputs
	if inputs == nil {
		inputs = map[string]any{}
	}
	if plan := version.Plan; plan != nil {
		if in.ContactID == "" && plan.NeedsContact() {
			return nil, invalid("contact_id", diag.T("journey %q needs a contact: give contact_id", "a jornada %q precisa de um contato: informe contact_id", j.ID))
		}
		typed, faults, unknown := fit("inputs.", plan.Inputs, inputs, zoneOf(plan.Timezone))
		for _, name := range unknown {
			known := slices.Sorted(maps.Keys(plan.Inputs))
			hint := diag.Suggest(name, known)
			faults = append(faults, fieldFault{"inputs." + name, hinted(diag.T("journey %q has no input %q", "a jornada %q não tem a entrada %q", j.ID, name), hint)})
		}
		if len(faults) > 0 {
			return nil, faultsProblem(faults, q.lang)
		}
		inputs = typed
	}
	id, err := s.enrollmentID(ctx, q)
	if err != nil {
		return nil, err
	}
	result, err := s.Runtime.Enroll(ctx, EnrollRequest{ID: id, JourneyID: j.ID, ContactID: engine.ContactID(in.ContactID), Inputs: inputs,
		Trigger: engine.TriggerRecord{Kind: "api"}})
	if err != nil {
		return nil, wrapUnlessRefused("enrolling a contact", err)
	}
	view := enrolledView{EnrollmentID: result.EnrollmentID, Journey: j.ID, ContactID: engine.ContactID(in.ContactID), Skipped: result.Skipped}
	if result.Skipped != "" {
		return ok(view), nil
	}
	return created(view), nil
}

// enrolledView is an enrollment that began, or why none did.
type enrolledView struct {
	EnrollmentID engine.EnrollmentID `json:"enrollment_id"`
	Journey      engine.JourneyID    `json:"journey"`
	ContactID    engine.ContactID    `json:"contact_id"`
	Skipped      string              `json:"skipped"`
}

// wrapUnlessRefused leaves refusals as they are and says what we were doing otherwise.
func wrapUnlessRefused(doing string, err error) error {
	var refused *engine.Error
	if errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func (s *server) listEnrollments(ctx context.Context, q *request) (*answer, error) {
	limit, cursor, err := q.page()
	if err != nil {
		return nil, err
	}
	who, err := s.whoNow(ctx, q.query("contact_id"))
	if err != nil {
		return nil, err
	}
	f := engine.EnrollmentFilter{Journey: engine.JourneyID(q.query("journey")), ContactID: who,
		Status: engine.EnrollmentStatus(q.query("status")), Step: q.query("step"), Limit: limit, Cursor: cursor}
	if f.Step != "" {
		if err := s.stepExists(ctx, f.Journey, f.Step); err != nil {
			return nil, err
		}
	}
	list, next, err := s.Store.Enrollments(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("listing enrollments: %w", err)
	}
	return ok(pageOf(each(list, enrollmentOf), next)), nil
}

// stepExists refuses a step that neither the journey's live version nor the one on
// trial has.
func (s *server) stepExists(ctx context.Context, journey engine.JourneyID, step string) error {
	if journey == "" {
		return invalid("step", diag.T("a step is looked for in one journey: give journey, too", "um passo se procura em uma jornada: informe também journey"))
	}
	j, err := s.findJourney(ctx, string(journey))
	if err != nil {
		return err
	}
	if j.Live == "" {
		return nil
	}
	hashes := []engine.VersionHash{j.Live}
	if j.Trial != nil {
		hashes = append(hashes, j.Trial.Version)
	}
	known := map[string]bool{}
	for _, hash := range hashes {
		v, err := s.Store.Version(ctx, hash)
		if err != nil {
			return fmt.Errorf("reading a version of journey %q: %w", j.ID, err)
		}
		if v.Plan == nil || v.Plan.Nodes[step] != nil {
			return nil
		}
		for id := range v.Plan.Nodes {
			known[id] = true
		}
	}
	hint := diag.Suggest(step, slices.Sorted(maps.Keys(known)))
	return notFound(hinted(diag.T("journey %q has no step %q", "a jornada %q não tem o passo %q", journey, step), hint))
}

func (s *server) findEnrollment(ctx context.Context, id string) (*engine.Enrollment, error) {
	e, err := s.Store.Enrollment(ctx, engine.EnrollmentID(id))
	if isCode(err, engine.NotFound) || (err == nil && e == nil) {
		return nil, notFound(diag.T("there is no enrollment %q", "não existe o percurso %q", id))
	}
	if err != nil {
		return nil, fmt.Errorf("reading enrollment %q: %w", id, err)
	}
	return e, nil
}

// getEnrollment answers "why is this contact here": what was stored, and what
// the running enrollment adds since.
func (s *server) getEnrollment(ctx context.Context, q *request) (*answer, error) {
	e, err := s.findEnrollment(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	trail, err := s.Store.Trail(ctx, e.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the timeline of enrollment %q: %w", e.ID, err)
	}
	view := enrollmentDetail{enrollmentView: enrollmentOf(e), CurrentSteps: []StepView{}, Vars: map[string]any{}}
	if running(e.Status) {
		explanation, err := s.Runtime.Explain(ctx, e.ID)
		switch {
		case err == nil && explanation != nil:
			view.Live = true
			view.CurrentSteps = append(view.CurrentSteps, explanation.CurrentSteps...)
			maps.Copy(view.Vars, explanation.Vars)
			if explanation.NextWakeAt != nil {
				view.NextWakeAt = explanation.NextWakeAt
			}
			if len(explanation.CurrentSteps) > 0 {
				view.CurrentStep = explanation.CurrentSteps[0].StepID
			}
			trail = mergeTrail(trail, explanation.Trail)
		case errors.Is(err, context.Canceled):
			return nil, err
		default:
			view.Note = diag.T("the running enrollment could not be asked just now; this is what was stored last",
				"não foi possível consultar o percurso agora; isto é o que foi gravado por último").In(q.lang)
		}
	}
	view.Timeline = append([]engine.TimelineEntry{}, trail...)
	return ok(view), nil
}

// mergeTrail joins two trails by sequence number; the running enrollment knows better.
func mergeTrail(stored, live []engine.TimelineEntry) []engine.TimelineEntry {
	bySeq := map[int]engine.TimelineEntry{}
	for _, e := range stored {
		bySeq[e.Seq] = e
	}
	for _, e := range live {
		bySeq[e.Seq] = e
	}
	out := make([]engine.TimelineEntry, 0, len(bySeq))
	for _, seq := range slices.Sorted(maps.Keys(bySeq)) {
		out = append(out, bySeq[seq])
	}
	return out
}

func (s *server) unenroll(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := q.decodeOptional(&in); err != nil {
		return nil, err
	}
	if len(in.Reason) > 500 {
		return nil, invalid("reason", diag.T("reason has more than 500 characters", "reason tem mais de 500 caracteres"))
	}
	e, err := s.findEnrollment(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	if !running(e.Status) {
		return nil, conflict(diag.T("enrollment %q has ended already (%s)", "o percurso %q já terminou (%s)", e.ID, e.Status))
	}
	if err := s.Runtime.Unenroll(ctx, e.ID, in.Reason, q.actor()); err != nil {
		return nil, wrapUnlessRefused("ending an enrollment", err)
	}
	if err := s.audit(ctx, q, "enrollment.unenrolled", string(e.ID), map[string]any{"reason": in.Reason}); err != nil {
		return nil, err
	}
	if e, err = s.findEnrollment(ctx, q.params["id"]); err != nil {
		return nil, err
	}
	return ok(enrollmentOf(e)), nil
}
