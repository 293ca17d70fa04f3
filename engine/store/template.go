package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"jornada/engine"
)

// templateRow is what a provider says of one template.
type templateRow struct {
	WorkspaceID   string
	IntegrationID string
	Name          string
	Language      string
	Channel       string
	ProviderID    string
	Status        string
	Reason        string
	Category      string
	NextCategory  string
	NextAt        *stamp
	Quality       string
	Components    document
	SyncedAt      stamp
	ChangedAt     stamp
}

// TableName implements gorm's schema.Tabler.
func (templateRow) TableName() string { return "templates" }

func (r *templateRow) noun() (engine.Template, error) {
	t := engine.Template{
		IntegrationID: engine.IntegrationID(r.IntegrationID), Channel: engine.Channel(r.Channel), Name: r.Name, Language: r.Language, ProviderID: r.ProviderID,
		Status: engine.TemplateState(r.Status), Reason: r.Reason, Category: r.Category, Quality: r.Quality, SyncedAt: r.SyncedAt.time, ChangedAt: r.ChangedAt.time,
		Components: []engine.TemplateComponent{},
	}
	if r.NextCategory != "" {
		t.Change = &engine.CategoryChange{To: r.NextCategory, At: r.NextAt.ptr()}
	}
	return t, r.Components.into(&t.Components)
}

func templateRowOf(t *engine.Template) (*templateRow, error) {
	parts := t.Components
	if parts == nil {
		parts = []engine.TemplateComponent{}
	}
	doc, err := toDocument(parts)
	if err != nil {
		return nil, err
	}
	r := &templateRow{
		IntegrationID: string(t.IntegrationID), Channel: string(t.Channel), Name: clean(t.Name), Language: templateLanguage(t.Language), ProviderID: clean(t.ProviderID),
		Status: string(t.Status), Reason: clean(t.Reason), Category: clean(t.Category), Quality: clean(t.Quality), Components: doc,
		SyncedAt: at(t.SyncedAt), ChangedAt: at(t.ChangedAt),
	}
	if t.Change != nil {
		r.NextCategory, r.NextAt = clean(t.Change.To), maybeAt(t.Change.At)
	}
	return r, nil
}

// templateLanguage is a language as WhatsApp writes it, so that pt-BR finds pt_BR.
func templateLanguage(language string) string {
	return strings.ReplaceAll(clean(language), "-", "_")
}

var templateKey = []string{"integration_id", "name", "language"}

var templateColumns = []string{
	"channel", "provider_id", "status", "reason", "category", "next_category", "next_at", "quality", "components", "synced_at", "changed_at",
}

// Templates lists what is known of every template, by integration, name and
// language; of one integration, when it is named.
func (s *Store) Templates(ctx context.Context, of engine.IntegrationID) ([]engine.Template, error) {
	db := s.read(ctx)
	if of != "" {
		db = db.Where("integration_id = ?", of)
	}
	var rows []templateRow
	if err := db.Order("integration_id, name, language").Find(&rows).Error; err != nil {
		return nil, wrap(err, "listing templates")
	}
	return each(rows, (*templateRow).noun)
}

// Template is what is known of one; nil when nothing is.
func (s *Store) Template(ctx context.Context, of engine.IntegrationID, name, language string) (*engine.Template, error) {
	var rows []templateRow
	err := s.read(ctx).Where("integration_id = ? AND name = ? AND language = ?", of, name, templateLanguage(language)).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, wrap(err, "reading template %q of integration %q", name, of)
	}
	t, err := rows[0].noun()
	return &t, err
}

// SyncTemplates puts a provider's whole list in the place of what was known of an
// integration. What the list lacks is gone: it stays as deleted. The answer counts
// and names what changed; syncs of one integration go one after the other.
func (s *Store) SyncTemplates(ctx context.Context, of engine.IntegrationID, list []engine.Template) (found engine.TemplateSync, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		found = engine.TemplateSync{Integration: of}
		if err := s.lockIntegration(ctx, of); err != nil {
			return err
		}
		known, err := s.Templates(ctx, of)
		if err != nil {
			return err
		}
		before := map[string]*engine.Template{}
		for i := range known {
			before[known[i].Key()] = &known[i]
		}
		now := s.now()
		for i := range list {
			t := list[i]
			t.IntegrationID, t.Language, t.SyncedAt, t.ChangedAt = of, templateLanguage(t.Language), now, now
			old := before[t.Key()]
			delete(before, t.Key())
			if err := s.compareTemplate(ctx, &found, old, &t); err != nil {
				return err
			}
		}
		for i := range known { // in order, so that what is told has one
			old, left := before[known[i].Key()]
			if !left {
				continue
			}
			gone := *old
			gone.Status, gone.Reason, gone.SyncedAt = engine.TemplateGone, "", now
			if old.Status == engine.TemplateGone {
				continue
			}
			gone.ChangedAt = now
			if err := s.putTemplate(ctx, &gone); err != nil {
				return err
			}
			found.Gone++
			found.Changes = append(found.Changes, engine.TemplateChange{Before: old, After: &gone})
		}
		return nil
	})
	return found, err
}

// compareTemplate stores one entry of a list and counts what it means.
func (s *Store) compareTemplate(ctx context.Context, found *engine.TemplateSync, old, t *engine.Template) error {
	if old == nil {
		found.New++
		found.Changes = append(found.Changes, engine.TemplateChange{After: t})
		return s.putTemplate(ctx, t)
	}
	if t.Status == "" { // a word that nobody knows: what was known stays
		t.Status, t.Reason = old.Status, old.Reason
	}
	if t.Change == nil && old.Change != nil && old.Change.To != t.Category && old.Change.At != nil {
		t.Change = old.Change // announced by news, which lists do not repeat
	}
	if sameTemplate(old, t) {
		found.Same++
		t.ChangedAt = old.ChangedAt
		return s.putTemplate(ctx, t)
	}
	found.Changed++
	found.Changes = append(found.Changes, engine.TemplateChange{Before: old, After: t})
	return s.putTemplate(ctx, t)
}

// sameTemplate compares what people care about.
func sameTemplate(a, b *engine.Template) bool {
	x, y := *a, *b
	x.SyncedAt, x.ChangedAt, y.SyncedAt, y.ChangedAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	one, err := templateRowOf(&x)
	two, err2 := templateRowOf(&y)
	if err != nil || err2 != nil {
		return false
	}
	soon, later := one.NextAt.ptr(), two.NextAt.ptr()
	one.NextAt, two.NextAt = nil, nil
	return *one == *two && (soon == nil) == (later == nil) && (soon == nil || soon.Equal(*later))
}

func (s *Store) putTemplate(ctx context.Context, t *engine.Template) error {
	row, err := templateRowOf(t)
	if err != nil {
		return wrap(err, "storing template %q", t.Name)
	}
	return wrap(s.write(ctx).Clauses(upsertOn(templateKey, templateColumns)).Create(row).Error, "storing template %q of integration %q", t.Name, t.IntegrationID)
}

// HearTemplate applies news of one template, also at other integrations of the same
// account, which know it by the same id of the provider's. One that nobody listed
// yet is remembered. The answer is what changed; older news changes nothing.
func (s *Store) HearTemplate(ctx context.Context, n *engine.TemplateNews) (changes []engine.TemplateChange, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		changes = nil
		if err := s.lockIntegration(ctx, n.IntegrationID); err != nil {
			return err
		}
		db := s.forUpdate(s.write(ctx)).Where("name = ? AND language = ?", n.Name, templateLanguage(n.Language))
		if n.ProviderID == "" {
			db = db.Where("integration_id = ?", n.IntegrationID)
		} else {
			db = db.Where("(integration_id = ? OR provider_id = ?)", n.IntegrationID, n.ProviderID)
		}
		var rows []templateRow
		if err := db.Order("integration_id").Find(&rows).Error; err != nil {
			return wrap(err, "reading template %q", n.Name)
		}
		ours := false
		for i := range rows {
			ours = ours || rows[i].IntegrationID == string(n.IntegrationID)
			before, err := rows[i].noun()
			if err != nil {
				return err
			}
			if err := s.hear(ctx, n, &before, before, &changes); err != nil {
				return err
			}
		}
		if ours {
			return nil
		}
		return s.hear(ctx, n, nil, engine.Template{IntegrationID: n.IntegrationID, Channel: n.Channel, Name: n.Name, Language: templateLanguage(n.Language)}, &changes)
	})
	return changes, err
}

func (s *Store) hear(ctx context.Context, n *engine.TemplateNews, before *engine.Template, after engine.Template, changes *[]engine.TemplateChange) error {
	when := n.At
	if now := s.now(); when.IsZero() || when.After(now) {
		when = now
	}
	if before != nil && when.Before(before.ChangedAt) || !n.Apply(&after) {
		return nil
	}
	after.ChangedAt, after.SyncedAt = when, s.now()
	if err := s.putTemplate(ctx, &after); err != nil {
		return err
	}
	*changes = append(*changes, engine.TemplateChange{Before: before, After: &after})
	return nil
}

// lockIntegration holds an integration's row until the transaction ends, and notes
// that something is known of its templates.
func (s *Store) lockIntegration(ctx context.Context, id engine.IntegrationID) error {
	var row integrationRow
	if err := one(s.forUpdate(s.write(ctx)).Select("id", "knows_templates").Where("id = ?", id), &row, "integration", id); err != nil || row.KnowsTemplates {
		return err
	}
	return wrap(s.write(ctx).Model(&integrationRow{}).Where("id = ?", id).UpdateColumn("knows_templates", true).Error, "noting that templates of integration %q are known", id)
}

// Tell writes a notice, in the transaction of what it tells when there is one. A
// template that is approved again settles what was told of it before; a warning, or that a
// template is refused, is not told again while it is open.
func (s *Store) Tell(ctx context.Context, n *engine.Notice) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if n.Kind == engine.NoticeWarned {
			var open int64
			err := s.write(ctx).Model(&noticeRow{}).Where("kind = ? AND integration_id = ? AND cause = ? AND resolved_at IS NULL",
				string(n.Kind), n.IntegrationID, clean(n.Cause)).Count(&open).Error
			if err != nil || open > 0 {
				return wrap(err, "looking for a warning about integration %q", n.IntegrationID)
			}
		}
		if n.Kind == engine.NoticeTemplateBack {
			err := s.settleTemplates(ctx, n.IntegrationID, n.Template.Same, engine.NoticeTemplateStopped, engine.NoticeTemplateRefused)
			if err != nil {
				return err
			}
		}
		if n.Kind == engine.NoticeTemplateRefused {
			open, err := s.openTemplates(ctx, n.IntegrationID, n.Kind)
			if err != nil || slices.ContainsFunc(open, func(o engine.Notice) bool {
				return n.Template.Same(o.Template) && o.Cause == n.Cause
			}) {
				return err
			}
		}
		return s.insertNotice(ctx, n)
	})
}

// TemplatesMended closes what was told of templates that an integration's provider
// refuses: somebody says that they are mended. If they are not, it is told again.
func (s *Store) TemplatesMended(ctx context.Context, id engine.IntegrationID) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		return s.settleTemplates(ctx, id, func(*engine.NoticeTemplate) bool { return true }, engine.NoticeTemplateRefused)
	})
}

// openTemplates are the open notices of some kinds about an integration's templates.
func (s *Store) openTemplates(ctx context.Context, id engine.IntegrationID, kinds ...engine.NoticeKind) ([]engine.Notice, error) {
	var rows []noticeRow
	err := s.write(ctx).Where("integration_id = ? AND kind IN ? AND resolved_at IS NULL AND template IS NOT NULL", string(id), kinds).Order("created_at, id").Find(&rows).Error
	if err != nil {
		return nil, wrap(err, "reading what was told of the templates of integration %q", id)
	}
	return each(rows, (*noticeRow).noun)
}

// settleTemplates closes those of them about templates that are picked.
func (s *Store) settleTemplates(ctx context.Context, id engine.IntegrationID, picked func(*engine.NoticeTemplate) bool, kinds ...engine.NoticeKind) error {
	open, err := s.openTemplates(ctx, id, kinds...)
	if err != nil {
		return err
	}
	for _, n := range open {
		if n.Template == nil || !picked(n.Template) {
			continue
		}
		if err := s.write(ctx).Model(&noticeRow{}).Where("id = ?", n.ID).Update("resolved_at", at(s.now())).Error; err != nil {
			return wrap(err, "closing what was told of template %q", n.Template.Name)
		}
	}
	return nil
}
