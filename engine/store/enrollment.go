package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"jornada/engine"
)

// enrollmentRow is one contact's passage through one version.
type enrollmentRow struct {
	WorkspaceID string
	ID          string
	JourneyID   string
	VersionHash string
	ContactID   string
	Key         string
	Status      string
	Outcome     string
	Reason      string
	CurrentStep string
	WakeAt      *stamp
	Trigger     document
	Inputs      document
	ParentID    string
	ParentStep  string
	ProgressSeq int
	ReachedGoal bool
	StartedAt   stamp
	EndedAt     *stamp
}

// TableName implements gorm's schema.Tabler.
func (enrollmentRow) TableName() string { return "enrollments" }

func enrollmentToRow(e *engine.Enrollment) (enrollmentRow, error) {
	var docs documents
	return enrollmentRow{
		ID: string(e.ID), JourneyID: string(e.JourneyID), VersionHash: string(e.VersionHash), ContactID: string(e.ContactID),
		Key: e.Key, Status: string(e.Status), Outcome: e.Outcome, Reason: e.Reason, CurrentStep: e.CurrentStep, WakeAt: maybeAt(e.WakeAt),
		Trigger: docs.of(e.Trigger), Inputs: docs.of(e.Inputs), ParentID: string(e.ParentID), ParentStep: e.ParentStep,
		StartedAt: at(e.StartedAt), EndedAt: maybeAt(e.EndedAt),
	}, docs.err
}

func (r *enrollmentRow) noun() (engine.Enrollment, error) {
	e := engine.Enrollment{
		ID: engine.EnrollmentID(r.ID), JourneyID: engine.JourneyID(r.JourneyID), VersionHash: engine.VersionHash(r.VersionHash),
		ContactID: engine.ContactID(r.ContactID), Key: r.Key, Status: engine.EnrollmentStatus(r.Status), Outcome: r.Outcome, Reason: r.Reason,
		CurrentStep: r.CurrentStep, WakeAt: r.WakeAt.ptr(), ParentID: engine.EnrollmentID(r.ParentID), ParentStep: r.ParentStep,
		StartedAt: r.StartedAt.time, EndedAt: r.EndedAt.ptr(),
	}
	var docs documents
	docs.read(r.Trigger, &e.Trigger)
	docs.read(r.Inputs, &e.Inputs)
	if docs.err != nil {
		return e, fmt.Errorf("loading enrollment %q: %w", r.ID, docs.err)
	}
	return e, nil
}

// InsertEnrollment stores a new enrollment and fills its empty ID, Status and
// StartedAt. It is Conflict when its key is already active in the journey.
func (s *Store) InsertEnrollment(ctx context.Context, e *engine.Enrollment) error {
	if e.ID == "" {
		e.ID = engine.EnrollmentID(engine.NewID("enr"))
	}
	if e.Status == "" {
		e.Status = engine.Active
	}
	if e.StartedAt.IsZero() {
		e.StartedAt = s.now()
	}
	row, err := enrollmentToRow(e)
	if err != nil {
		return err
	}
	inserted := s.ifNew(ctx).Create(&row)
	if inserted.Error != nil {
		return wrap(inserted.Error, "storing enrollment %q", e.ID)
	}
	if inserted.RowsAffected == 0 {
		return &engine.Error{
			Code:    engine.Conflict,
			Message: fmt.Sprintf("this entry key is already active in journey %q", e.JourneyID),
			Details: map[string]any{"journey": string(e.JourneyID)},
		}
	}
	return nil
}

// Enrollment loads one.
func (s *Store) Enrollment(ctx context.Context, id engine.EnrollmentID) (*engine.Enrollment, error) {
	var row enrollmentRow
	if err := one(s.read(ctx).Where("id = ?", id), &row, "enrollment", id); err != nil {
		return nil, err
	}
	e, err := row.noun()
	return &e, err
}

// Enrollments lists, newest first.
func (s *Store) Enrollments(ctx context.Context, f engine.EnrollmentFilter) (list []engine.Enrollment, next string, err error) {
	db := s.read(ctx)
	for _, is := range []struct{ column, value string }{
		{"journey_id", string(f.Journey)}, {"contact_id", string(f.ContactID)}, {"status", string(f.Status)}, {"current_step", f.Step},
	} {
		if is.value != "" {
			db = db.Where(is.column+" = ?", is.value)
		}
	}
	if db, err = page(db, "started_at", f.Cursor, f.Limit); err != nil {
		return nil, "", err
	}
	var rows []enrollmentRow
	if err := db.Find(&rows).Error; err != nil {
		return nil, "", wrap(err, "listing enrollments")
	}
	rows, next = turn(rows, f.Limit, func(r enrollmentRow) (stamp, string) { return r.StartedAt, r.ID })
	list, err = each(rows, (*enrollmentRow).noun)
	return list, next, err
}

// running loads enrollments that have not ended (active or paused), oldest id first.
func (s *Store) running(ctx context.Context, what string, narrow func(*gorm.DB) *gorm.DB) ([]engine.Enrollment, error) {
	var rows []enrollmentRow
	if err := narrow(s.read(ctx).Where("ended_at IS NULL")).Order("id").Find(&rows).Error; err != nil {
		return nil, wrap(err, "%s", what)
	}
	return each(rows, (*enrollmentRow).noun)
}

// ActiveByKey lists the running enrollments of a journey with an entry key: at
// most one, unless the caller made keys unique for overlap: allow.
func (s *Store) ActiveByKey(ctx context.Context, journey engine.JourneyID, key string) ([]engine.Enrollment, error) {
	return s.running(ctx, "finding the running enrollments of an entry key", func(db *gorm.DB) *gorm.DB {
		return db.Where("journey_id = ? AND key = ?", journey, key)
	})
}

// ActiveOfContact lists a contact's running enrollments.
func (s *Store) ActiveOfContact(ctx context.Context, contact engine.ContactID) ([]engine.Enrollment, error) {
	return s.running(ctx, "finding the running enrollments of a contact", func(db *gorm.DB) *gorm.DB {
		return db.Where("contact_id = ?", contact)
	})
}

// ActiveOfJourney lists a journey's running enrollments by id, after an id: a
// way to walk through any number of them.
func (s *Store) ActiveOfJourney(ctx context.Context, journey engine.JourneyID, afterID engine.EnrollmentID, limit int) ([]engine.Enrollment, error) {
	return s.running(ctx, "listing the running enrollments of a journey", func(db *gorm.DB) *gorm.DB {
		return db.Where("journey_id = ? AND id > ?", journey, afterID).Limit(pageSize(limit))
	})
}

// Standings counts a journey's running enrollments by version and step.
func (s *Store) Standings(ctx context.Context, journey engine.JourneyID) ([]engine.Standing, error) {
	var rows []struct {
		VersionHash string
		CurrentStep string
		People      int
	}
	err := s.read(ctx).Model(&enrollmentRow{}).Select("version_hash, current_step, COUNT(*) AS people").
		Where("journey_id = ? AND ended_at IS NULL", journey).Group("version_hash, current_step").Order("version_hash, current_step").Find(&rows).Error
	if err != nil {
		return nil, wrap(err, "counting the people inside journey %q", journey)
	}
	list := make([]engine.Standing, len(rows))
	for i, r := range rows {
		list[i] = engine.Standing{Version: engine.VersionHash(r.VersionHash), StepID: r.CurrentStep, People: r.People}
	}
	return list, nil
}

// ActiveListening lists a contact's running enrollments (contact "": those
// without contact) whose version has a goal, exit or wait for the event.
func (s *Store) ActiveListening(ctx context.Context, contact engine.ContactID, event string) ([]engine.Enrollment, error) {
	return s.running(ctx, "finding the enrollments that listen to an event", func(db *gorm.DB) *gorm.DB {
		return db.Where("contact_id = ?", contact).Where(`EXISTS (SELECT 1 FROM version_events v
			WHERE v.workspace_id = enrollments.workspace_id AND v.journey_id = enrollments.journey_id
			AND v.hash = enrollments.version_hash AND v.event = ?)`, event)
	})
}

// LastEnrollment is the newest enrollment of a contact and entry key in a
// journey, ended or not; nil when there is none. An empty key means any.
func (s *Store) LastEnrollment(ctx context.Context, journey engine.JourneyID, contact engine.ContactID, key string) (*engine.Enrollment, error) {
	db := s.read(ctx).Where("journey_id = ? AND contact_id = ?", journey, contact)
	if key != "" {
		db = db.Where("key = ?", key)
	}
	var row enrollmentRow
	found := db.Order("started_at DESC, id DESC").Limit(1).Find(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return nil, wrap(found.Error, "finding the last enrollment in journey %q", journey)
	}
	e, err := row.noun()
	return &e, err
}

// EndEnrollment gives an enrollment its one ending; reason says in words why it
// did not come to its end. won is false when it already has one, which stays.
func (s *Store) EndEnrollment(ctx context.Context, id engine.EnrollmentID, st engine.EnrollmentStatus, outcome, reason string) (won bool, err error) {
	ended := s.write(ctx).Model(&enrollmentRow{}).Where("id = ? AND ended_at IS NULL", id).Updates(map[string]any{
		"status": string(st), "outcome": clean(outcome), "reason": clean(reason), "ended_at": at(s.now()), "wake_at": nil,
	})
	if ended.Error != nil {
		return false, wrap(ended.Error, "ending enrollment %q", id)
	}
	return ended.RowsAffected == 1, nil
}

// unwritten leaves room for the lines that an enrollment had noted and not stored
// yet: they come before its ending.
const unwritten = 1_000_000

// NoteEnding adds a last line to the trail of an enrollment that cannot write it
// itself any more. One that could after all has its own line: a trail has one ending.
func (s *Store) NoteEnding(ctx context.Context, id engine.EnrollmentID, e engine.TimelineEntry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		var last trailRow
		if err := s.write(ctx).Select("seq").Where("enrollment_id = ?", id).Order("seq DESC").Limit(1).Find(&last).Error; err != nil {
			return wrap(err, "reading the trail of enrollment %q", id)
		}
		row := trailRow{
			EnrollmentID: string(id), Seq: last.Seq + unwritten, At: at(e.At), Kind: e.Kind, StepID: e.StepID, Result: clean(e.Result), Detail: clean(e.Detail),
		}
		return wrap(s.ifNew(ctx).Create(&row).Error, "storing the trail of enrollment %q", id)
	})
}

// trailRow is one line of an enrollment's explanation.
type trailRow struct {
	WorkspaceID  string
	EnrollmentID string
	Seq          int
	At           stamp
	Kind         string
	StepID       string
	Verb         string
	Source       string
	Result       string
	WakeAt       *stamp
	Detail       string
	EventID      string
	MessageID    string
}

// TableName implements gorm's schema.Tabler.
func (trailRow) TableName() string { return "trail" }

// SaveProgress stores lines of the trail and moves the enrollment to a step.
// Lines are kept once each by Seq. A call that comes late (its last line is
// older than what is stored) adds its lines and does not move the enrollment
// back; an ended enrollment does not move. version ("" = unchanged) is the one it
// goes on in, which events find it by.
func (s *Store) SaveProgress(ctx context.Context, id engine.EnrollmentID, version engine.VersionHash, step string, wakeAt *time.Time, trail []engine.TimelineEntry) error {
	rows, last, goal := make([]trailRow, 0, len(trail)), 0, false
	for _, t := range trail {
		rows = append(rows, trailRow{
			EnrollmentID: string(id), Seq: t.Seq, At: at(t.At), Kind: t.Kind, StepID: t.StepID, Verb: t.Verb,
			Source: clean(t.Source), Result: clean(t.Result), WakeAt: maybeAt(t.WakeAt), Detail: clean(t.Detail),
			EventID: string(t.EventID), MessageID: string(t.Message),
		})
		last = max(last, t.Seq)
		goal = goal || t.IsGoal()
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		if len(rows) > 0 {
			if err := s.ifNew(ctx).CreateInBatches(&rows, 200).Error; err != nil {
				return wrap(err, "storing the trail of enrollment %q", id)
			}
		}
		if goal { // also of one that ended meanwhile, by this goal as a rule
			if err := s.write(ctx).Model(&enrollmentRow{}).Where("id = ?", id).UpdateColumn("reached_goal", true).Error; err != nil {
				return wrap(err, "noting that enrollment %q reached a goal", id)
			}
		}
		db := s.write(ctx).Model(&enrollmentRow{}).Where("id = ? AND ended_at IS NULL", id)
		values := map[string]any{"current_step": step, "wake_at": maybeAt(wakeAt)}
		if version != "" {
			values["version_hash"] = string(version)
		}
		if last > 0 {
			db, values["progress_seq"] = db.Where("progress_seq <= ?", last), last
		}
		return wrap(db.Updates(values).Error, "storing the progress of enrollment %q", id)
	})
}

// Trail lists an enrollment's explanation in order.
func (s *Store) Trail(ctx context.Context, id engine.EnrollmentID) ([]engine.TimelineEntry, error) {
	var rows []trailRow
	if err := s.read(ctx).Where("enrollment_id = ?", id).Order("seq").Find(&rows).Error; err != nil {
		return nil, wrap(err, "loading the trail of enrollment %q", id)
	}
	return each(rows, func(r *trailRow) (engine.TimelineEntry, error) {
		return engine.TimelineEntry{
			Seq: r.Seq, At: r.At.time, Kind: r.Kind, StepID: r.StepID, Verb: r.Verb, Source: r.Source, Result: r.Result,
			WakeAt: r.WakeAt.ptr(), Detail: r.Detail, EventID: engine.EventID(r.EventID), Message: engine.MessageID(r.MessageID),
		}, nil
	})
}
