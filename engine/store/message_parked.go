package store

import (
	"context"

	"gorm.io/gorm"

	"jornada/engine"
)

// TakeParked takes up to limit queued messages that wait for a channel, those
// that wait longest first, so that the caller, in the same transaction, tells
// their enrollments to try now. A message is taken once: it waits again only
// when the gate says so. through limits them to those that would leave by one of
// these integrations; empty: all of the channel.
func (s *Store) TakeParked(ctx context.Context, ch engine.Channel, through []engine.IntegrationID, limit int) ([]engine.Message, error) {
	if ok, err := s.anyParked(ctx, ch, through); err != nil || !ok {
		return nil, err
	}
	var list []engine.Message
	err := s.InTx(ctx, func(ctx context.Context) error {
		list = nil
		var rows []messageRow
		db := parkedOn(s.skipLocked(s.write(ctx)), ch, through).Order("parked_at, id").Limit(pageSize(limit))
		if err := db.Find(&rows).Error; err != nil || len(rows) == 0 {
			return err
		}
		ids := make([]string, len(rows))
		for i := range rows {
			ids[i] = rows[i].ID
		}
		if err := s.write(ctx).Model(&messageRow{}).Where("id IN ?", ids).UpdateColumn("parked_at", nil).Error; err != nil {
			return err
		}
		var err error
		list, err = each(rows, (*messageRow).noun)
		return err
	})
	return list, wrap(err, "taking messages that wait for %s", string(ch))
}

func (s *Store) anyParked(ctx context.Context, ch engine.Channel, through []engine.IntegrationID) (bool, error) {
	var some []messageRow
	err := parkedOn(s.read(ctx), ch, through).Select("id").Limit(1).Find(&some).Error
	return len(some) > 0, wrap(err, "looking for messages that wait for %s", string(ch))
}

func parkedOn(db *gorm.DB, ch engine.Channel, through []engine.IntegrationID) *gorm.DB {
	db = db.Where("parked_at IS NOT NULL AND channel = ? AND status = ?", string(ch), string(engine.Queued))
	if len(through) > 0 {
		db = db.Where("integration_id IN ?", through)
	}
	return db
}
