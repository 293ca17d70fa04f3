package store

import (
	"context"
	"time"

	"jornada/engine"
)

// qualitySetting begins the keys under which the workspace keeps how a platform rates
// its senders. It is the platform's word and no setting of the integration: a person
// who changes those must not change it.
const qualitySetting = "quality/"

// Quality is how the platform rates an integration's sender: green, yellow, red or
// unknown; "" when it has not said.
func (s *Store) Quality(ctx context.Context, id engine.IntegrationID) (string, error) {
	quality, err := s.Setting(ctx, qualitySetting+string(id))
	if isNotFound(err) {
		return "", nil
	}
	return quality, err
}

// SetQuality keeps how the platform rates an integration's sender now. Administrators
// get one notice when it falls to red, which is settled when it is red no more.
// changed is false when nothing of it is new, or nobody knows the integration.
func (s *Store) SetQuality(ctx context.Context, id engine.IntegrationID, quality string) (changed bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		changed = false
		var row integrationRow
		err := one(s.forUpdate(s.write(ctx)).Where("id = ?", id), &row, "integration", id)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		before, err := s.Quality(ctx, id)
		if err != nil || before == quality {
			return err
		}
		changed = true
		if err := s.PutSetting(ctx, qualitySetting+string(id), quality); err != nil {
			return err
		}
		switch engine.QualityRed {
		case quality:
			return s.insertNotice(ctx, &engine.Notice{Kind: engine.NoticeQuality, IntegrationID: id, Channel: engine.Channel(row.Channel), Name: row.Name})
		case before:
			return s.settleQuality(ctx, id, s.now())
		}
		return nil
	})
	return changed && err == nil, err
}

func (s *Store) settleQuality(ctx context.Context, id engine.IntegrationID, now time.Time) error {
	err := s.write(ctx).Model(&noticeRow{}).Where("kind = ? AND resolved_at IS NULL AND integration_id = ?", string(engine.NoticeQuality), id).
		Update("resolved_at", at(now)).Error
	return wrap(err, "closing the notice about the quality of integration %q", id)
}
