package store

import (
	"context"

	"jornada/engine"
)

// presenceRow is one tab in which somebody has a journey open.
type presenceRow struct {
	WorkspaceID string
	JourneyID   string
	Tab         string
	Actor       string
	Name        string
	StepID      string
	SeenAt      stamp
}

// TableName implements gorm's schema.Tabler.
func (presenceRow) TableName() string { return "presence" }

// Meet notes that a tab has a journey open and returns the others that do, by the
// name of whose they are. Those that said nothing for engine.PresenceTTL are
// forgotten.
func (s *Store) Meet(ctx context.Context, p engine.Presence) (others []engine.Presence, err error) {
	now := s.clock.Real()
	err = s.InTx(ctx, func(ctx context.Context) error {
		gone := s.write(ctx).Where("journey_id = ? AND seen_at < ?", p.Journey, at(now.Add(-engine.PresenceTTL))).Delete(&presenceRow{})
		if gone.Error != nil {
			return wrap(gone.Error, "forgetting who had journey %q open", p.Journey)
		}
		row := presenceRow{JourneyID: string(p.Journey), Tab: clean(p.Tab), Actor: clean(p.Actor), Name: clean(p.Name), StepID: clean(p.StepID), SeenAt: at(now)}
		upsert := upsertOn([]string{"journey_id", "tab"}, []string{"actor", "name", "step_id", "seen_at"})
		if err := s.write(ctx).Clauses(upsert).Create(&row).Error; err != nil {
			return wrap(err, "noting who has journey %q open", p.Journey)
		}
		var rows []presenceRow
		if err := s.write(ctx).Where("journey_id = ? AND tab <> ?", p.Journey, row.Tab).Order("name, tab").Find(&rows).Error; err != nil {
			return wrap(err, "listing who has journey %q open", p.Journey)
		}
		others, err = each(rows, func(r *presenceRow) (engine.Presence, error) {
			return engine.Presence{Journey: p.Journey, Tab: r.Tab, Actor: r.Actor, Name: r.Name, StepID: r.StepID}, nil
		})
		return err
	})
	return others, err
}

// Leave notes that a tab was closed.
func (s *Store) Leave(ctx context.Context, id engine.JourneyID, tab string) error {
	err := s.write(ctx).Where("journey_id = ? AND tab = ?", id, tab).Delete(&presenceRow{}).Error
	return wrap(err, "noting who left journey %q", id)
}
