package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"jornada/engine"
)

// journeyRow is a journey's id, draft and where it stands.
type journeyRow struct {
	WorkspaceID string
	ID          string
	Name        string
	LiveHash    string
	LiveNumber  int
	Paused      bool
	Archived    bool
	Draft       string
	DraftEtag   string
	PublishedAt *stamp
	CreatedAt   stamp
	UpdatedAt   stamp
}

// TableName implements gorm's schema.Tabler.
func (journeyRow) TableName() string { return "journeys" }

func (r *journeyRow) noun() engine.Journey {
	return engine.Journey{
		ID: engine.JourneyID(r.ID), Name: r.Name, Live: engine.VersionHash(r.LiveHash), LiveNumber: r.LiveNumber,
		Paused: r.Paused, Archived: r.Archived, Draft: r.Draft, DraftETag: r.DraftEtag,
		PublishedAt: r.PublishedAt.ptr(), UpdatedAt: r.UpdatedAt.time,
	}
}

// Journeys lists all journeys by id, archived ones too.
func (s *Store) Journeys(ctx context.Context) ([]engine.Journey, error) {
	var rows []journeyRow
	if err := s.read(ctx).Order("id").Find(&rows).Error; err != nil {
		return nil, wrap(err, "listing journeys")
	}
	return each(rows, func(r *journeyRow) (engine.Journey, error) { return r.noun(), nil })
}

// Journey loads one.
func (s *Store) Journey(ctx context.Context, id engine.JourneyID) (*engine.Journey, error) {
	var row journeyRow
	if err := one(s.read(ctx).Where("id = ?", id), &row, "journey", id); err != nil {
		return nil, err
	}
	j := row.noun()
	return &j, nil
}

// lockJourney makes sure the journey has a row, and holds it until the
// transaction ends: drafts and versions change one at a time.
func (s *Store) lockJourney(ctx context.Context, id engine.JourneyID) (*journeyRow, error) {
	if id == "" {
		return nil, &engine.Error{Code: engine.Invalid, Field: "journey", Message: "a journey needs an id"}
	}
	now := at(s.now())
	if err := s.ifNew(ctx).Create(&journeyRow{ID: string(id), CreatedAt: now, UpdatedAt: now}).Error; err != nil {
		return nil, wrap(err, "storing journey %q", id)
	}
	var row journeyRow
	err := one(s.forUpdate(s.write(ctx)).Where("id = ?", id), &row, "journey", id)
	return &row, err
}

func (s *Store) changeJourney(ctx context.Context, id engine.JourneyID, values map[string]any) error {
	changed := s.write(ctx).Model(&journeyRow{}).Where("id = ?", id).Updates(withValue(values, "updated_at", at(s.now())))
	if changed.Error != nil {
		return wrap(changed.Error, "changing journey %q", id)
	}
	if changed.RowsAffected == 0 {
		return notFound("journey", id)
	}
	return nil
}

// SaveDraft keeps an unpublished text, making the journey when it is new; name
// "" keeps the name. With ifMatch (the etag an editor loaded) it is Conflict
// when somebody saved another text meanwhile.
func (s *Store) SaveDraft(ctx context.Context, id engine.JourneyID, name, source, ifMatch string) (etag string, err error) {
	source = clean(source)
	sum := sha256.Sum256([]byte(source))
	etag = hex.EncodeToString(sum[:12])
	err = s.InTx(ctx, func(ctx context.Context) error {
		row, err := s.lockJourney(ctx, id)
		if err != nil {
			return err
		}
		if ifMatch != "" && ifMatch != row.DraftEtag {
			return &engine.Error{
				Code:    engine.Conflict,
				Message: "the draft of journey \"" + string(id) + "\" was changed by somebody else since you opened it; load it again and repeat your change",
				Details: map[string]any{"etag": row.DraftEtag},
			}
		}
		if name == "" {
			name = row.Name
		}
		return s.changeJourney(ctx, id, map[string]any{"name": clean(name), "draft": source, "draft_etag": etag})
	})
	if err != nil {
		return "", err
	}
	return etag, nil
}

// SetJourneyPaused pauses or resumes a journey and, in the same transaction,
// its running enrollments (status active <-> paused).
func (s *Store) SetJourneyPaused(ctx context.Context, id engine.JourneyID, paused bool) error {
	from, to := engine.Active, engine.Paused
	if !paused {
		from, to = to, from
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.changeJourney(ctx, id, map[string]any{"paused": paused}); err != nil {
			return err
		}
		err := s.write(ctx).Model(&enrollmentRow{}).Where("journey_id = ? AND ended_at IS NULL AND status = ?", id, string(from)).
			UpdateColumn("status", string(to)).Error
		return wrap(err, "pausing the enrollments of journey %q", id)
	})
}

// SetJourneyArchived puts a journey away or takes it back. Enrollments go on.
func (s *Store) SetJourneyArchived(ctx context.Context, id engine.JourneyID, archived bool) error {
	return s.changeJourney(ctx, id, map[string]any{"archived": archived})
}

// fileRow is a file of the workspace beside the journeys.
type fileRow struct {
	WorkspaceID string
	Path        string
	Content     string
	UpdatedAt   stamp
}

// TableName implements gorm's schema.Tabler.
func (fileRow) TableName() string { return "workspace_files" }

// WorkspaceFiles loads workspace.yaml, templates.lock.yaml and templates/*.md,
// path to content.
func (s *Store) WorkspaceFiles(ctx context.Context) (map[string]string, error) {
	var rows []fileRow
	if err := s.read(ctx).Find(&rows).Error; err != nil {
		return nil, wrap(err, "loading the workspace's files")
	}
	files := make(map[string]string, len(rows))
	for _, r := range rows {
		files[r.Path] = r.Content
	}
	return files, nil
}

// PutWorkspaceFiles replaces all of the workspace's files.
func (s *Store) PutWorkspaceFiles(ctx context.Context, files map[string]string) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		paths := append(keysOf(files), "") // never empty: NOT IN () is not SQL
		if err := s.write(ctx).Where("path NOT IN ?", paths).Delete(&fileRow{}).Error; err != nil {
			return wrap(err, "removing files of the workspace")
		}
		for path, content := range files {
			row := fileRow{Path: clean(path), Content: clean(content), UpdatedAt: at(s.now())}
			upsert := upsertOn([]string{"path"}, []string{"content", "updated_at"})
			if err := s.write(ctx).Clauses(upsert).Create(&row).Error; err != nil {
				return wrap(err, "storing file %q of the workspace", path)
			}
		}
		return nil
	})
}
