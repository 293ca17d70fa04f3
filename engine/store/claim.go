package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// claim leases the rows that due finds, in one transaction: it locks them,
// stepping over what others hold (on SQLite the transaction is the lock), then
// marks exactly those. One statement with the search inside would be shorter,
// but Postgres may run such a subquery more than once and so claim more rows
// than asked for.
func claim[R any](ctx context.Context, s *Store, rows *[]R, until time.Time, due func(*gorm.DB) *gorm.DB, id func(*R) any) error {
	// Most looks find nothing: they should not queue behind those who write.
	var some []R
	if err := due(s.read(ctx)).Select("id").Limit(1).Find(&some).Error; err != nil || len(some) == 0 {
		return err
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		var found []R
		if err := due(s.skipLocked(s.write(ctx)).Select("id")).Find(&found).Error; err != nil || len(found) == 0 {
			return err
		}
		ids := make([]any, len(found))
		for i := range found {
			ids[i] = id(&found[i])
		}
		*rows = nil // the transaction may be a second attempt
		return s.write(ctx).Model(rows).Clauses(clause.Returning{}).Where("id IN ?", ids).
			Updates(map[string]any{"lease_until": at(until), "attempts": gorm.Expr("attempts + 1")}).Error
	})
}

// scopedSub starts a subquery. gorm's callbacks do not see subqueries, so they
// are limited to the workspace here.
func (s *Store) scopedSub(ctx context.Context, model any) *gorm.DB {
	return s.write(ctx).Model(model).Where("workspace_id = ?", string(s.workspace))
}

// ReleaseLeases gives back everything a killed process had claimed: events,
// signals, and the keys of requests that it never answered. Only the
// one process of a SQLite file may call it, when it starts; others wait for the
// leases to end.
func (s *Store) ReleaseLeases(ctx context.Context) error {
	if s.dialect != onSQLite {
		return nil
	}
	for _, model := range []any{&eventRow{}, &outboxRow{}} {
		if err := s.write(ctx).Model(model).Where("lease_until IS NOT NULL").Update("lease_until", nil).Error; err != nil {
			return wrap(err, "releasing what the last process had claimed")
		}
		// What was put off for a pause may as well be tried now: the pause may
		// have been reckoned by a clock that ran faster than this one.
		now := at(s.machine())
		if err := s.write(ctx).Model(model).Where("due_at > ?", now).Update("due_at", now).Error; err != nil {
			return wrap(err, "looking again at what the last process had put off")
		}
	}
	err := s.write(ctx).Where("answered = ?", false).Delete(&answerRow{}).Error
	return wrap(err, "freeing the keys of requests the last process did not answer")
}
