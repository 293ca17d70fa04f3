package store

import (
	"context"

	"jornada/engine"
)

// adopt makes a tombstone, which a provider's news about an unknown reference
// left, the message it is: who would send it finds that it went out. Nil when the
// id is no tombstone's.
func (s *Store) adopt(ctx context.Context, row *messageRow) (*engine.Message, error) {
	if row.EnrollmentID == "" {
		return nil, nil
	}
	adopted := s.write(ctx).Model(&messageRow{}).Where("id = ? AND enrollment_id = '' AND contact_id = '' AND step_id = ''", row.ID).Updates(map[string]any{
		"enrollment_id": row.EnrollmentID, "journey_id": row.JourneyID, "step_id": row.StepID, "visit": row.Visit, "route": row.Route, "try": row.Try,
		"contact_id": row.ContactID, "to_kind": row.ToKind, "to_value": row.ToValue, "content": row.Content, "category": row.Category,
		"provider": row.Provider, "notify": row.Notify, "not_after": row.NotAfter, "reason": "", "updated_at": at(s.now()),
	})
	if adopted.Error != nil {
		return nil, wrap(adopted.Error, "recognizing message %q", row.ID)
	}
	if adopted.RowsAffected == 0 {
		return nil, nil
	}
	return s.Message(ctx, engine.MessageID(row.ID))
}
