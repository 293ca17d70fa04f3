package store

import (
	"context"

	"jornada/engine"
)

// handoffRow is a conversation passed to people.
type handoffRow struct {
	WorkspaceID  string
	ID           string
	EnrollmentID string
	StepID       string
	Visit        int
	ContactID    string
	Queue        string
	Note         string
	Priority     string
	State        string
	Resolution   string
	OpenedAt     stamp
	ClosedAt     *stamp
}

// TableName implements gorm's schema.Tabler.
func (handoffRow) TableName() string { return "handoffs" }

func (r *handoffRow) noun() (engine.Handoff, error) {
	return engine.Handoff{
		ID: engine.HandoffID(r.ID), EnrollmentID: engine.EnrollmentID(r.EnrollmentID), StepID: r.StepID, Visit: r.Visit,
		ContactID: engine.ContactID(r.ContactID), Queue: r.Queue, Note: r.Note, Priority: r.Priority, State: r.State,
		Resolution: r.Resolution, OpenedAt: r.OpenedAt.time, ClosedAt: r.ClosedAt.ptr(),
	}, nil
}

// OpenHandoff passes a conversation to people and fills the empty ID, State and
// OpenedAt of h. When this step and visit already did, it returns that hand-off.
func (s *Store) OpenHandoff(ctx context.Context, h *engine.Handoff) (existing *engine.Handoff, err error) {
	if h.ID == "" {
		h.ID = engine.HandoffID(engine.NewID("hnd"))
	}
	if h.State == "" {
		h.State = "open"
	}
	if h.OpenedAt.IsZero() {
		h.OpenedAt = s.now()
	}
	row := handoffRow{
		ID: string(h.ID), EnrollmentID: string(h.EnrollmentID), StepID: h.StepID, Visit: h.Visit, ContactID: string(h.ContactID),
		Queue: clean(h.Queue), Note: clean(h.Note), Priority: h.Priority, State: h.State, Resolution: clean(h.Resolution),
		OpenedAt: at(h.OpenedAt), ClosedAt: maybeAt(h.ClosedAt),
	}
	inserted := s.ifNew(ctx).Create(&row)
	if inserted.Error != nil || inserted.RowsAffected == 1 {
		return nil, wrap(inserted.Error, "opening hand-off %q", h.ID)
	}
	var old handoffRow
	db := s.write(ctx).Where("id = ? OR (enrollment_id <> '' AND enrollment_id = ? AND step_id = ? AND visit = ?)", h.ID, h.EnrollmentID, h.StepID, h.Visit)
	if err := one(db, &old, "hand-off", h.ID); err != nil {
		return nil, err
	}
	n, err := old.noun()
	return &n, err
}

// Handoff loads one.
func (s *Store) Handoff(ctx context.Context, id engine.HandoffID) (*engine.Handoff, error) {
	var row handoffRow
	if err := one(s.read(ctx).Where("id = ?", id), &row, "hand-off", id); err != nil {
		return nil, err
	}
	h, err := row.noun()
	return &h, err
}

// CloseHandoff ends an open hand-off, once.
func (s *Store) CloseHandoff(ctx context.Context, id engine.HandoffID, state, resolution string) (won bool, err error) {
	closed := s.write(ctx).Model(&handoffRow{}).Where("id = ? AND state = 'open'", id).
		Updates(map[string]any{"state": state, "resolution": clean(resolution), "closed_at": at(s.now())})
	if closed.Error != nil {
		return false, wrap(closed.Error, "closing hand-off %q", id)
	}
	return closed.RowsAffected == 1, nil
}

// Handoffs lists, newest first.
func (s *Store) Handoffs(ctx context.Context, f engine.HandoffFilter) (list []engine.Handoff, next string, err error) {
	db := s.read(ctx)
	for _, is := range []struct{ column, value string }{{"queue", f.Queue}, {"state", f.State}, {"contact_id", string(f.ContactID)}} {
		if is.value != "" {
			db = db.Where(is.column+" = ?", is.value)
		}
	}
	if db, err = page(db, "opened_at", f.Cursor, f.Limit); err != nil {
		return nil, "", err
	}
	var rows []handoffRow
	if err := db.Find(&rows).Error; err != nil {
		return nil, "", wrap(err, "listing hand-offs")
	}
	rows, next = turn(rows, f.Limit, func(r handoffRow) (stamp, string) { return r.OpenedAt, r.ID })
	list, err = each(rows, (*handoffRow).noun)
	return list, next, err
}

// CancelHandoffs ends the open hand-offs of an enrollment.
func (s *Store) CancelHandoffs(ctx context.Context, enrollment engine.EnrollmentID) error {
	err := s.write(ctx).Model(&handoffRow{}).Where("enrollment_id = ? AND enrollment_id <> '' AND state = 'open'", enrollment).
		Updates(map[string]any{"state": "canceled", "closed_at": at(s.now())}).Error
	return wrap(err, "canceling the hand-offs of enrollment %q", enrollment)
}
