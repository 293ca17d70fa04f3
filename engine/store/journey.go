package store

import (
	"context"

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
	DraftBase   string
	EditedBy    string
	Tests       string
	LiveTests   string
	TestsBase   string
	TestsBehind bool
	TrialHash   string
	TrialNumber int
	TrialShare  int
	TrialSince  *stamp
	PublishedAt *stamp
	CreatedAt   stamp
	UpdatedAt   stamp

	Origin   string `gorm:"->"` // of the live version
	LiveText string `gorm:"->"`
	Behind   bool   `gorm:"->"`
}

// TableName implements gorm's schema.Tabler.
func (journeyRow) TableName() string { return "journeys" }

func (r *journeyRow) noun() engine.Journey {
	return engine.Journey{
		ID: engine.JourneyID(r.ID), Name: r.Name, Live: engine.VersionHash(r.LiveHash), LiveNumber: r.LiveNumber,
		Paused: r.Paused, Archived: r.Archived, Draft: r.Draft, DraftETag: r.DraftEtag, EditedBy: r.EditedBy,
		DraftBase: r.DraftBase, LiveText: r.LiveText, Origin: r.Origin, Behind: r.Behind,
		PublishedAt: r.PublishedAt.ptr(), UpdatedAt: r.UpdatedAt.time, Trial: r.trial(),
	}
}

// ofLive is a column of a journey's live version, NULL while nothing is published.
func ofLive(column string) string {
	return "(SELECT v." + column + " FROM versions v WHERE v.workspace_id = journeys.workspace_id AND v.journey_id = journeys.id AND v.hash = journeys.live_hash)"
}

// Of a journey and of its live version: listed, and loaded alone.
var (
	journeyLine = "journeys.*, COALESCE(" + ofLive("origin") + ", '') AS origin, (draft <> '' AND draft_base <> COALESCE(" + ofLive("source") + ", draft_base)) AS behind"
	journeyFull = journeyLine + ", COALESCE(" + ofLive("source") + ", '') AS live_text"
)

// Journeys lists all journeys by id, archived ones too.
func (s *Store) Journeys(ctx context.Context) ([]engine.Journey, error) {
	var rows []journeyRow
	if err := s.read(ctx).Select(journeyLine).Order("id").Find(&rows).Error; err != nil {
		return nil, wrap(err, "listing journeys")
	}
	return each(rows, func(r *journeyRow) (engine.Journey, error) { return r.noun(), nil })
}

// Journey loads one.
func (s *Store) Journey(ctx context.Context, id engine.JourneyID) (*engine.Journey, error) {
	var row journeyRow
	if err := one(s.read(ctx).Select(journeyFull).Where("id = ?", id), &row, "journey", id); err != nil {
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
	err := one(s.forUpdate(s.write(ctx)).Select(journeyFull).Where("id = ?", id), &row, "journey", id)
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

// SaveDraft keeps an unpublished text, making the journey when it is new. Until
// something is published a journey is called as its draft calls it (name "" keeps the
// name); from then on as its live version does. With ifMatch (the fingerprint of the draft that an editor
// loaded, or of what is live when there was none) it is Conflict when somebody saved
// or published another text meanwhile. basedOn is the fingerprint of the live text
// that this draft includes; a first draft includes what is live.
func (s *Store) SaveDraft(ctx context.Context, id engine.JourneyID, name, source, ifMatch, basedOn string) (etag string, err error) {
	source = clean(source)
	etag = engine.Fingerprint(source)
	err = s.InTx(ctx, func(ctx context.Context) error {
		row, err := s.lockJourney(ctx, id)
		if err != nil {
			return err
		}
		now, live := row.DraftEtag, engine.Fingerprint(row.LiveText)
		if row.Draft == "" && row.LiveHash != "" {
			now = live
		}
		if ifMatch != "" && ifMatch != now {
			return &engine.Error{
				Code:    engine.Conflict,
				Message: "the draft of journey \"" + string(id) + "\" was changed by somebody else since you opened it; load it again and repeat your change",
				Details: map[string]any{"etag": now},
			}
		}
		values := map[string]any{"draft": source, "draft_etag": etag}
		if name != "" && row.LiveHash == "" {
			values["name"] = clean(name)
		}
		if row.Draft == "" || basedOn == live || source == row.LiveText {
			values["draft_base"] = row.LiveText
		}
		return s.changeJourney(ctx, id, values)
	})
	if err != nil {
		return "", err
	}
	return etag, nil
}

func (r *journeyRow) testsNoun() engine.JourneyTests {
	return engine.JourneyTests{Saved: r.Tests, Live: r.LiveTests, Base: r.TestsBase, Behind: r.TestsBehind}
}

// Tests loads the scenario tests kept beside a journey.
func (s *Store) Tests(ctx context.Context, id engine.JourneyID) (engine.JourneyTests, error) {
	var row journeyRow
	err := one(s.read(ctx).Where("id = ?", id), &row, "journey", id)
	return row.testsNoun(), err
}

// ChangeTests changes the scenario tests of a journey, making it when it is new. With
// ifMatch (the fingerprint of the saved ones that an editor loaded) it is Conflict
// when somebody saved others meanwhile.
func (s *Store) ChangeTests(ctx context.Context, id engine.JourneyID, ifMatch string, change func(*engine.JourneyTests)) (tests engine.JourneyTests, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		row, err := s.lockJourney(ctx, id)
		if err != nil {
			return err
		}
		if now := engine.Fingerprint(row.Tests); ifMatch != "" && ifMatch != now {
			return &engine.Error{
				Code:    engine.Conflict,
				Message: "the tests of journey \"" + string(id) + "\" were changed by somebody else since you opened them; load them again and repeat your change",
				Details: map[string]any{"etag": now},
			}
		}
		before := row.testsNoun()
		tests = before
		change(&tests)
		tests.Saved, tests.Live, tests.Base = clean(tests.Saved), clean(tests.Live), clean(tests.Base)
		if tests == before {
			return nil
		}
		if err := s.notePublished(ctx, id, tests.Live); err != nil {
			return err
		}
		return s.changeJourney(ctx, id, map[string]any{"tests": tests.Saved, "live_tests": tests.Live, "tests_base": tests.Base, "tests_behind": tests.Behind})
	})
	return tests, err
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
