package store

import (
	"context"
	"time"

	"jornada/engine"
)

// DueAgain lists queued messages that are to be sent once more by now, those due
// longest first.
func (s *Store) DueAgain(ctx context.Context, limit int) ([]engine.Message, error) {
	var rows []messageRow
	err := s.read(ctx).Where("again_at IS NOT NULL AND again_at <= ? AND status = ?", at(s.now()), string(engine.Queued)).
		Order("again_at, id").Limit(pageSize(limit)).Find(&rows).Error
	if err != nil {
		return nil, wrap(err, "listing messages to send once more")
	}
	return each(rows, (*messageRow).noun)
}

// PutOffAgain says when to try next to send a message once more.
func (s *Store) PutOffAgain(ctx context.Context, id engine.MessageID, when time.Time) error {
	err := s.write(ctx).Model(&messageRow{}).Where("id = ? AND status = ? AND again_at IS NOT NULL", id, string(engine.Queued)).
		UpdateColumn("again_at", at(when)).Error
	return wrap(err, "putting off message %q", id)
}
