package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"jornada/engine"
)

// integrationRow is a provider with credentials; secrets are sealed.
type integrationRow struct {
	WorkspaceID string
	ID          string
	Provider    string
	Channel     string
	Name        string
	Settings    document
	Secrets     string
	State       string
	StateNote   string
	ResumeAt    *stamp
	IsDefault   bool
	CreatedAt   stamp
	UpdatedAt   stamp

	StateSince     *stamp
	ThrottledSince *stamp
	ThrottledUntil *stamp
	LearntRate     float64
	LearntAt       *stamp
	KnowsTemplates bool

	Throughput string `gorm:"->"` // only with integrationColumns
}

// TableName implements gorm's schema.Tabler.
func (integrationRow) TableName() string { return "integrations" }

func (s *Store) secretPlace(id string) string {
	return fmt.Sprintf("integration %s/%s", s.workspace, id)
}

func (s *Store) integrationNoun(r *integrationRow) (engine.Integration, error) {
	i := engine.Integration{
		ID: engine.IntegrationID(r.ID), Provider: r.Provider, Channel: engine.Channel(r.Channel), Name: r.Name,
		State: engine.IntegrationState(r.State), StateNote: r.StateNote, ResumeAt: r.ResumeAt.ptr(),
		Default: r.IsDefault, CreatedAt: r.CreatedAt.time, UpdatedAt: r.UpdatedAt.time,
		StateSince: r.StateSince.ptr(), ThrottledSince: r.ThrottledSince.ptr(), ThrottledUntil: r.ThrottledUntil.ptr(),
		LearntRate: r.LearntRate, LearntAt: r.LearntAt.ptr(), KnowsTemplates: r.KnowsTemplates, Throughput: r.throughput(),
	}
	if err := r.Settings.into(&i.Settings); err != nil {
		return i, fmt.Errorf("loading integration %q: %w", r.ID, err)
	}
	if r.Secrets != "" {
		plain, err := s.ring.open(r.Secrets, s.secretPlace(r.ID))
		if err != nil {
			return i, fmt.Errorf("loading integration %q: %w", r.ID, err)
		}
		if err := json.Unmarshal(plain, &i.Secrets); err != nil {
			return i, fmt.Errorf("loading integration %q: its secrets are damaged", r.ID)
		}
	}
	return i, nil
}

// Integrations lists all, by channel and id, secrets opened.
func (s *Store) Integrations(ctx context.Context) ([]engine.Integration, error) {
	var rows []integrationRow
	if err := s.read(ctx).Select(integrationColumns).Order("channel, id").Find(&rows).Error; err != nil {
		return nil, wrap(err, "listing integrations")
	}
	return each(rows, s.integrationNoun)
}

// Integration loads one, secrets opened.
func (s *Store) Integration(ctx context.Context, id engine.IntegrationID) (*engine.Integration, error) {
	var row integrationRow
	if err := one(s.read(ctx).Select(integrationColumns).Where("id = ?", id), &row, "integration", id); err != nil {
		return nil, err
	}
	i, err := s.integrationNoun(&row)
	return &i, err
}

// IntegrationUpdatedAt is when one was last changed.
func (s *Store) IntegrationUpdatedAt(ctx context.Context, id engine.IntegrationID) (time.Time, error) {
	var row integrationRow
	err := one(s.read(ctx).Select("updated_at").Where("id = ?", id), &row, "integration", id)
	return row.UpdatedAt.time, err
}

// DefaultIntegration is the channel's default sender, else its only one.
func (s *Store) DefaultIntegration(ctx context.Context, ch engine.Channel) (*engine.Integration, error) {
	var rows []integrationRow
	if err := s.read(ctx).Select(integrationColumns).Where("channel = ?", string(ch)).Order("is_default DESC, id").Limit(2).Find(&rows).Error; err != nil {
		return nil, wrap(err, "finding the default integration of %s", ch)
	}
	switch {
	case len(rows) == 0:
		return nil, engine.Errorf(engine.NotFound, "no integration is connected on %s", string(ch))
	case len(rows) > 1 && !rows[0].IsDefault:
		return nil, engine.Errorf(engine.NotFound, "%s has several integrations and none is the default; choose one", string(ch))
	}
	i, err := s.integrationNoun(&rows[0])
	return &i, err
}

// PutIntegration stores an integration and fills its times. Nil Secrets keep the
// old ones. Making it the default takes that from the channel's former one.
func (s *Store) PutIntegration(ctx context.Context, i *engine.Integration) (created bool, err error) {
	if i.ID == "" {
		return false, &engine.Error{Code: engine.Invalid, Field: "id", Message: "an integration needs an id"}
	}
	if i.State == "" {
		i.State = engine.Enabled
	}
	err = s.InTx(ctx, func(ctx context.Context) error {
		created, err = s.putIntegration(ctx, i)
		return err
	})
	return created, err
}

func (s *Store) putIntegration(ctx context.Context, i *engine.Integration) (created bool, err error) {
	var old integrationRow
	found := s.forUpdate(s.write(ctx)).Where("id = ?", i.ID).Limit(1).Find(&old)
	if found.Error != nil {
		return false, wrap(found.Error, "loading integration %q", i.ID)
	}
	created = found.RowsAffected == 0
	sealed := old.Secrets
	if i.Secrets != nil {
		plain, err := json.Marshal(i.Secrets)
		if err != nil {
			return false, fmt.Errorf("sealing the secrets of integration %q: %w", i.ID, err)
		}
		if sealed, err = s.ring.seal(plain, s.secretPlace(string(i.ID))); err != nil {
			return false, err
		}
	}
	i.UpdatedAt = s.after(old.UpdatedAt)
	i.CreatedAt = old.CreatedAt.time
	i.StateSince, i.ThrottledSince, i.ThrottledUntil = old.StateSince.ptr(), nil, nil
	if created {
		i.CreatedAt = i.UpdatedAt
	}
	if created || old.State != string(i.State) {
		since := i.UpdatedAt
		i.StateSince = &since
	}
	if !created && i.State == engine.Enabled {
		if err := s.resolveNotices(ctx, i.ID, i.UpdatedAt); err != nil {
			return false, err
		}
	}
	before, err := old.settings()
	if err != nil {
		return false, err
	}
	if !created && (i.Provider != old.Provider || otherSender(before, i.Settings)) {
		if err := s.forgetSender(ctx, i.ID, i.UpdatedAt); err != nil {
			return false, err
		}
	}
	if !created && i.Settings["tier"] != before["tier"] {
		if err := s.releaseHeldByTier(ctx, i.Channel, i.UpdatedAt); err != nil {
			return false, err
		}
		if err := s.settleTier(ctx, []engine.IntegrationID{i.ID}, i.UpdatedAt); err != nil {
			return false, err
		}
		// Under another limit it is not full, or it will be told anew.
		if err := s.write(ctx).Model(&portfolioRow{}).Where("name IN ? AND full_at IS NOT NULL", portfoliosOf(i.ID, before, i.Settings)).UpdateColumn("full_at", nil).Error; err != nil {
			return false, wrap(err, "marking the portfolio of integration %q as free", i.ID)
		}
	}
	if i.Default {
		if err := s.write(ctx).Model(&integrationRow{}).Where("channel = ? AND id <> ? AND is_default = ?", string(i.Channel), i.ID, true).
			UpdateColumn("is_default", false).Error; err != nil {
			return false, wrap(err, "changing the default integration of %s", i.Channel)
		}
	}
	settings := i.Settings
	if settings == nil {
		settings = map[string]string{}
	}
	doc, err := toDocument(settings)
	if err != nil {
		return false, err
	}
	row := integrationRow{
		ID: string(i.ID), Provider: i.Provider, Channel: string(i.Channel), Name: clean(i.Name), Settings: doc, Secrets: sealed,
		State: string(i.State), StateNote: clean(i.StateNote), ResumeAt: maybeAt(i.ResumeAt), IsDefault: i.Default,
		CreatedAt: at(i.CreatedAt), UpdatedAt: at(i.UpdatedAt), StateSince: maybeAt(i.StateSince),
	}
	upsert := upsertOn([]string{"id"}, []string{"provider", "channel", "name", "settings", "secrets", "state", "state_note", "resume_at", "is_default", "updated_at", "state_since", "throttled_since", "throttled_until"})
	return created, wrap(s.write(ctx).Clauses(upsert).Create(&row).Error, "storing integration %q", i.ID)
}

func (r *integrationRow) settings() (map[string]string, error) {
	settings := map[string]string{}
	if r.Settings == "" {
		return settings, nil // of a row that is not there yet
	}
	if err := r.Settings.into(&settings); err != nil {
		return nil, fmt.Errorf("loading integration %q: %w", r.ID, err)
	}
	return settings, nil
}

// after is now, but later than a former time: caches compare UpdatedAt.
func (s *Store) after(former stamp) time.Time {
	now := s.now()
	if !now.After(former.time) {
		return former.time.Add(time.Microsecond)
	}
	return now
}

func withValue(values map[string]any, column string, value any) map[string]any {
	all := map[string]any{column: value}
	maps.Copy(all, values)
	return all
}
