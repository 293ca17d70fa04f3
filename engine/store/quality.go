package store

import (
	"context"
	"maps"
	"strconv"
	"time"

	"jornada/engine"
)

// What a platform says of an integration's sender, under keys of the workspace's settings
// that begin with a word and end with the integration's id. It is no setting of the
// integration: a person who changes those must not change it.
const (
	qualitySetting    = "quality/"    // green, yellow, red or unknown
	throughputSetting = "throughput/" // messages a second, a decimal number
)

// sayings are all of them.
var sayings = []string{qualitySetting, throughputSetting}

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

// SetThroughput keeps how many messages a second the platform says that an integration's
// sender may send: [engine.Integration]'s Throughput from now on. changed is false when
// it is not new, or nobody knows the integration.
func (s *Store) SetThroughput(ctx context.Context, id engine.IntegrationID, perSecond float64) (changed bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		changed = false
		var row integrationRow
		err := one(s.forUpdate(s.write(ctx)).Select(integrationColumns).Where("id = ?", id), &row, "integration", id)
		if isNotFound(err) {
			return nil
		}
		if err != nil || row.throughput() == perSecond {
			return err
		}
		changed = true
		return s.PutSetting(ctx, throughputSetting+string(id), strconv.FormatFloat(perSecond, 'f', -1, 64))
	})
	return changed && err == nil, err
}

// integrationColumns are a row's own and, read with them because every message needs
// it, the throughput of its sender.
const integrationColumns = "integrations.*, COALESCE((SELECT value FROM settings WHERE settings.workspace_id = integrations.workspace_id AND settings.key = '" +
	throughputSetting + "' || integrations.id), '') AS throughput"

// throughput reads the platform's number; 0 when it has not said one.
func (r *integrationRow) throughput() float64 {
	rate, err := strconv.ParseFloat(r.Throughput, 64)
	if err != nil {
		return 0
	}
	return rate
}

// forgetSender drops what a platform said of an integration's sender, with the notice
// that it told: the integration speaks for another one now.
func (s *Store) forgetSender(ctx context.Context, id engine.IntegrationID, now time.Time) error {
	keys := make([]string, len(sayings))
	for i, word := range sayings {
		keys[i] = word + string(id)
	}
	if err := s.write(ctx).Where("key IN ?", keys).Delete(&settingRow{}).Error; err != nil {
		return wrap(err, "forgetting what the platform said of integration %q", id)
	}
	return s.settleQuality(ctx, id, now)
}

// otherSender reports whether an integration with these settings speaks for another
// sender than before: what may change without that is how it is paced and counted.
func otherSender(before, after map[string]string) bool {
	before, after = maps.Clone(before), maps.Clone(after)
	for _, pace := range []string{"messages_per_second", "tier", "portfolio", "mark_read"} {
		delete(before, pace)
		delete(after, pace)
	}
	return !maps.Equal(before, after)
}
