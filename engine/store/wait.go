package store

import (
	"context"
	"fmt"
	"slices"

	"jornada/engine"
)

// waitRow is an open question, and how it ended.
type waitRow struct {
	WorkspaceID  string
	ID           string
	EnrollmentID string
	VersionHash  string
	ContactID    string
	StepID       string
	Visit        int
	Channels     document
	State        string
	OpenedAt     stamp
	Deadline     *stamp
	ClosedAt     *stamp
}

// TableName implements gorm's schema.Tabler.
func (waitRow) TableName() string { return "waits" }

func (r *waitRow) noun() (engine.Wait, error) {
	w := engine.Wait{
		ID: engine.WaitID(r.ID), EnrollmentID: engine.EnrollmentID(r.EnrollmentID), VersionHash: engine.VersionHash(r.VersionHash),
		ContactID: engine.ContactID(r.ContactID), StepID: r.StepID, Visit: r.Visit, State: engine.WaitState(r.State),
		OpenedAt: r.OpenedAt.time, Deadline: r.Deadline.ptr(),
	}
	if err := r.Channels.into(&w.Channels); err != nil {
		return w, fmt.Errorf("loading wait %q: %w", r.ID, err)
	}
	return w, nil
}

// OpenWait opens a question. When its id exists, whatever its state, nothing changes.
func (s *Store) OpenWait(ctx context.Context, w *engine.Wait) error {
	if w.State == "" {
		w.State = engine.WaitOpen
	}
	if w.OpenedAt.IsZero() {
		w.OpenedAt = s.now()
	}
	channels, err := toDocument(w.Channels)
	if err != nil {
		return err
	}
	row := waitRow{
		ID: string(w.ID), EnrollmentID: string(w.EnrollmentID), VersionHash: string(w.VersionHash), ContactID: string(w.ContactID),
		StepID: w.StepID, Visit: w.Visit, Channels: channels, State: string(w.State), OpenedAt: at(w.OpenedAt), Deadline: maybeAt(w.Deadline),
	}
	return wrap(s.ifNew(ctx).Create(&row).Error, "opening wait %q", w.ID)
}

// OpenWaits lists a contact's open questions on a channel ("" = any), newest first.
func (s *Store) OpenWaits(ctx context.Context, contact engine.ContactID, ch engine.Channel) ([]engine.Wait, error) {
	var rows []waitRow
	err := s.read(ctx).Where("contact_id = ? AND state = 'open'", contact).Order("opened_at DESC, id DESC").Find(&rows).Error
	if err != nil {
		return nil, wrap(err, "listing the open waits of contact %q", contact)
	}
	list, err := each(rows, (*waitRow).noun)
	if ch != "" {
		list = slices.DeleteFunc(list, func(w engine.Wait) bool { return !slices.Contains(w.Channels, ch) })
	}
	return list, err
}

// Wait loads one.
func (s *Store) Wait(ctx context.Context, id engine.WaitID) (*engine.Wait, error) {
	var row waitRow
	if err := one(s.read(ctx).Where("id = ?", id), &row, "wait", id); err != nil {
		return nil, err
	}
	w, err := row.noun()
	return &w, err
}

// CloseWait ends an open question. The reply and the timeout both try; won is
// true for one of them.
func (s *Store) CloseWait(ctx context.Context, id engine.WaitID, st engine.WaitState) (won bool, err error) {
	closed := s.write(ctx).Model(&waitRow{}).Where("id = ? AND state = 'open'", id).
		Updates(map[string]any{"state": string(st), "closed_at": at(s.now())})
	if closed.Error != nil {
		return false, wrap(closed.Error, "closing wait %q", id)
	}
	return closed.RowsAffected == 1, nil
}

// CancelWaits ends all open questions of an enrollment.
func (s *Store) CancelWaits(ctx context.Context, enrollment engine.EnrollmentID) error {
	err := s.write(ctx).Model(&waitRow{}).Where("enrollment_id = ? AND state = 'open'", enrollment).
		Updates(map[string]any{"state": string(engine.WaitCancelled), "closed_at": at(s.now())}).Error
	return wrap(err, "canceling the waits of enrollment %q", enrollment)
}
