package store

import (
	"context"
	"encoding/json"
	"fmt"

	"jornada/engine"
)

// Settings behind the epoch.
const (
	epochSetting = "epoch"
	haltSetting  = "halt"
)

// AdvanceEpoch moves the database's epoch on, beyond atLeast. The first call names
// the database. Several processes may: none goes back.
func (s *Store) AdvanceEpoch(ctx context.Context, atLeast int64) (engine.Epoch, error) {
	var e engine.Epoch
	err := s.InTx(ctx, func(ctx context.Context) error {
		fresh, err := json.Marshal(engine.Epoch{Database: engine.NewID("db")})
		if err != nil {
			return fmt.Errorf("naming the database: %w", err)
		}
		// The row is there before it is locked, also for two who come first.
		first := settingRow{Key: epochSetting, Value: string(fresh), UpdatedAt: at(s.now())}
		if err := s.ifNew(ctx).Create(&first).Error; err != nil {
			return wrap(err, "storing the epoch")
		}
		var row settingRow
		if err := one(s.forUpdate(s.write(ctx)).Where("key = ?", epochSetting), &row, "setting", epochSetting); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(row.Value), &e); err != nil {
			return fmt.Errorf("reading the epoch: %w", err)
		}
		e.N = max(e.N, atLeast) + 1
		text, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("writing the epoch: %w", err)
		}
		return s.PutSetting(ctx, epochSetting, string(text))
	})
	return e, err
}

// Epoch reads the database's epoch; zero when it has none yet.
func (s *Store) Epoch(ctx context.Context) (engine.Epoch, error) {
	var e engine.Epoch
	text, err := s.Setting(ctx, epochSetting)
	if isNotFound(err) {
		return e, nil
	}
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return e, fmt.Errorf("reading the epoch: %w", err)
	}
	return e, nil
}

// Halt is why nothing may be sent; nil: everything may.
func (s *Store) Halt(ctx context.Context) (*engine.Halt, error) {
	text, err := s.Setting(ctx, haltSetting)
	if isNotFound(err) || err == nil && text == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var h engine.Halt
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return nil, fmt.Errorf("reading why nothing is sent: %w", err)
	}
	return &h, nil
}

// SetHalt stops all sending, with a notice to administrators, or with nil lets it
// go on. changed is true for the one caller that changed it.
func (s *Store) SetHalt(ctx context.Context, h *engine.Halt) (changed bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		changed = false
		first := settingRow{Key: haltSetting, UpdatedAt: at(s.now())}
		if err := s.ifNew(ctx).Create(&first).Error; err != nil {
			return wrap(err, "storing that nothing is sent")
		}
		var row settingRow
		if err := one(s.forUpdate(s.write(ctx)).Where("key = ?", haltSetting), &row, "setting", haltSetting); err != nil {
			return err
		}
		if (row.Value != "") == (h != nil) {
			return nil
		}
		changed = true
		if h == nil {
			if err := s.PutSetting(ctx, haltSetting, ""); err != nil {
				return err
			}
			return s.resolveNotices(ctx, "", s.now())
		}
		text, err := json.Marshal(h)
		if err != nil {
			return fmt.Errorf("writing why nothing is sent: %w", err)
		}
		if err := s.PutSetting(ctx, haltSetting, string(text)); err != nil {
			return err
		}
		return s.insertNotice(ctx, &engine.Notice{Kind: engine.NoticeRestored})
	})
	return changed && err == nil, err
}
