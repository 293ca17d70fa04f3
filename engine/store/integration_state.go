package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"jornada/engine"
)

// SetIntegrationState moves an integration to a state. changed is true once per
// real change, and then, in the same transaction, administrators get a notice,
// unless one of them did it (By). A new note or resume time for the same state
// is stored silently. A thousand messages that run into the same wall at once
// make one change and one notice.
func (s *Store) SetIntegrationState(ctx context.Context, id engine.IntegrationID, c engine.IntegrationChange) (changed bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		changed = false
		var old integrationRow
		if err := one(s.forUpdate(s.write(ctx)).Where("id = ?", id), &old, "integration", id); err != nil {
			return err
		}
		if c.From != "" && old.State != string(c.From) {
			return nil
		}
		if !c.AsOf.IsZero() && !old.UpdatedAt.time.Equal(c.AsOf.Truncate(time.Microsecond)) {
			return nil
		}
		now := s.after(old.UpdatedAt)
		values := map[string]any{
			"state_note": clean(c.Note), "resume_at": maybeAt(c.ResumeAt), "updated_at": at(now),
			"throttled_since": nil, "throttled_until": nil,
		}
		if changed = old.State != string(c.State); changed {
			values["state"], values["state_since"] = string(c.State), at(now)
		}
		if err := s.write(ctx).Model(&integrationRow{}).Where("id = ?", id).Updates(values).Error; err != nil {
			return wrap(err, "changing the state of integration %q", id)
		}
		if !changed {
			return nil
		}
		if c.State == engine.Enabled {
			if err := s.resolveNotices(ctx, id, now); err != nil {
				return err
			}
		}
		if c.By != "" {
			return nil
		}
		return s.insertNotice(ctx, engine.NoticeOf(&engine.Integration{
			ID: id, Channel: engine.Channel(old.Channel), Name: old.Name, State: c.State, StateNote: c.Note, ResumeAt: c.ResumeAt,
		}))
	})
	return changed && err == nil, err
}

// TakeProbe gives one message the right to try a limited integration whose time
// to rest is over; the others go on resting until then. won is true for exactly
// one caller. UpdatedAt stays, so what the probe finds out counts.
func (s *Store) TakeProbe(ctx context.Context, id engine.IntegrationID, then time.Time) (won bool, err error) {
	taken := s.limitedAndDue(s.write(ctx), id).UpdateColumn("resume_at", at(then))
	return taken.RowsAffected == 1 && taken.Error == nil, wrap(taken.Error, "trying integration %q", id)
}

func (s *Store) limitedAndDue(db *gorm.DB, id engine.IntegrationID) *gorm.DB {
	return db.Model(&integrationRow{}).Where("id = ? AND state = ? AND resume_at <= ?", id, string(engine.Limited), at(s.now()))
}

// Throttle makes every message of an enabled integration wait until a moment,
// because the provider asked for a slower pace; since is when it began to ask.
// It is nobody's fault and no change of state. Zero ends it: the provider took a
// message.
func (s *Store) Throttle(ctx context.Context, id engine.IntegrationID, until time.Time) (since time.Time, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		var old integrationRow
		if err := one(s.forUpdate(s.write(ctx)).Where("id = ?", id), &old, "integration", id); err != nil {
			return err
		}
		values := map[string]any{"throttled_since": nil, "throttled_until": nil}
		if !until.IsZero() {
			since = s.now()
			if old.ThrottledSince != nil {
				since = old.ThrottledSince.time
			}
			if old.ThrottledUntil != nil && old.ThrottledUntil.time.After(until) {
				until = old.ThrottledUntil.time
			}
			values = map[string]any{"throttled_since": at(since), "throttled_until": at(until)}
		}
		return wrap(s.write(ctx).Model(&integrationRow{}).Where("id = ?", id).UpdateColumns(values).Error, "slowing integration %q down", id)
	})
	return since, err
}
