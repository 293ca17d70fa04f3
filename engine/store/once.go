package store

import (
	"context"
	"time"

	"jornada/engine"
)

// Facts that are decided once: the variant a contact drew, a segment's members,
// a schedule's firings.

// variantRow is the variant a contact got at a split.
type variantRow struct {
	WorkspaceID string
	JourneyID   string
	StepID      string
	ContactID   string
	Variant     string
	AssignedAt  stamp
}

// TableName implements gorm's schema.Tabler.
func (variantRow) TableName() string { return "variants" }

// AssignVariant records a contact's variant of a split and returns the one that
// counts: the first ever recorded.
func (s *Store) AssignVariant(ctx context.Context, journey engine.JourneyID, step string, contact engine.ContactID, variant string) (recorded string, err error) {
	row := variantRow{JourneyID: string(journey), StepID: step, ContactID: string(contact), Variant: variant, AssignedAt: at(s.now())}
	inserted := s.ifNew(ctx).Create(&row)
	if inserted.Error != nil || inserted.RowsAffected == 1 {
		return variant, wrap(inserted.Error, "assigning a variant of %s/%s", journey, step)
	}
	var first variantRow
	db := s.write(ctx).Where("journey_id = ? AND step_id = ? AND contact_id = ?", journey, step, contact)
	if err := one(db, &first, "variant of step", step); err != nil {
		return "", err
	}
	return first.Variant, nil
}

// memberRow says that a contact is in a segment.
type memberRow struct {
	WorkspaceID string
	Segment     string
	ContactID   string
	EnteredAt   stamp
}

// TableName implements gorm's schema.Tabler.
func (memberRow) TableName() string { return "segment_members" }

// EnterSegment records whether a contact is in a segment now. entered is true
// only on the change from out to in, for one caller.
func (s *Store) EnterSegment(ctx context.Context, segment string, contact engine.ContactID, in bool) (entered bool, err error) {
	if !in {
		err := s.write(ctx).Where("segment = ? AND contact_id = ?", segment, contact).Delete(&memberRow{}).Error
		return false, wrap(err, "leaving segment %q", segment)
	}
	inserted := s.ifNew(ctx).Create(&memberRow{Segment: segment, ContactID: string(contact), EnteredAt: at(s.now())})
	if inserted.Error != nil {
		return false, wrap(inserted.Error, "entering segment %q", segment)
	}
	return inserted.RowsAffected == 1, nil
}

// firedRow is one firing of a scheduled trigger.
type firedRow struct {
	WorkspaceID string
	JourneyID   string
	TriggerID   string
	At          stamp
}

// TableName implements gorm's schema.Tabler.
func (firedRow) TableName() string { return "fired_triggers" }

// MarkFired records that a scheduled trigger fires for a moment. first is true
// for exactly one caller.
func (s *Store) MarkFired(ctx context.Context, journey engine.JourneyID, trigger string, when time.Time) (first bool, err error) {
	inserted := s.ifNew(ctx).Create(&firedRow{JourneyID: string(journey), TriggerID: trigger, At: at(when)})
	if inserted.Error != nil {
		return false, wrap(inserted.Error, "marking a trigger of journey %q", journey)
	}
	return inserted.RowsAffected == 1, nil
}

// settingRow is one value of the workspace.
type settingRow struct {
	WorkspaceID string
	Key         string
	Value       string
	UpdatedAt   stamp
}

// TableName implements gorm's schema.Tabler.
func (settingRow) TableName() string { return "settings" }

// Setting reads a value of the workspace.
func (s *Store) Setting(ctx context.Context, key string) (string, error) {
	var row settingRow
	if err := one(s.read(ctx).Where("key = ?", key), &row, "setting", key); err != nil {
		return "", err
	}
	return row.Value, nil
}

// PutSetting stores a value of the workspace.
func (s *Store) PutSetting(ctx context.Context, key, value string) error {
	row := settingRow{Key: key, Value: clean(value), UpdatedAt: at(s.now())}
	upsert := upsertOn([]string{"key"}, []string{"value", "updated_at"})
	return wrap(s.write(ctx).Clauses(upsert).Create(&row).Error, "storing setting %q", key)
}
