package store

import (
	"context"
	"fmt"
	"sort"

	"jornada/dsl"
	"jornada/engine"
)

// versionRow is an immutable published revision.
type versionRow struct {
	WorkspaceID string
	JourneyID   string
	Number      int
	Hash        string
	FlowHash    string
	CopyHash    string
	Source      string
	Plan        document
	PublishedBy string
	PublishedAt stamp
	WordsOf     string
	Origin      string
	OnlyTried   bool
	HasGoals    bool
}

// TableName implements gorm's schema.Tabler.
func (versionRow) TableName() string { return "versions" }

// listenRow is one event a version's running enrollments listen to.
type listenRow struct {
	WorkspaceID string
	JourneyID   string
	Hash        string
	Event       string
}

// TableName implements gorm's schema.Tabler.
func (listenRow) TableName() string { return "version_events" }

func (r *versionRow) noun() (engine.Version, error) {
	v := engine.Version{
		Journey: engine.JourneyID(r.JourneyID), Number: r.Number, Hash: engine.VersionHash(r.Hash),
		FlowHash: r.FlowHash, CopyHash: r.CopyHash, Source: r.Source, PublishedBy: r.PublishedBy, PublishedAt: r.PublishedAt.time,
		WordsOf: engine.VersionHash(r.WordsOf), Origin: r.Origin, OnlyTried: r.OnlyTried,
	}
	if err := r.Plan.into(&v.Plan); err != nil {
		return v, fmt.Errorf("loading version %d of journey %q: %w", r.Number, r.JourneyID, err)
	}
	return v, nil
}

// Publish makes a version live, in one transaction, and drops the draft when it
// is the text just published, or nobody has changed it. Publishing what is already
// live changes at most its text: comments, names, layout. Publishing an older
// version's content makes that version live again. Both return its number with
// created false. Another version than was live ends a trial, and so does the one on
// trial. It fills v.Number and v.PublishedAt.
func (s *Store) Publish(ctx context.Context, v *engine.Version) (number int, created bool, err error) {
	if v.Hash == "" || v.Plan == nil {
		return 0, false, engine.Errorf(engine.Invalid, "publishing journey %q: the version has no plan", string(v.Journey))
	}
	v.Source = clean(v.Source)
	err = s.InTx(ctx, func(ctx context.Context) error {
		journey, err := s.lockJourney(ctx, v.Journey)
		if err != nil {
			return err
		}
		if number, created, err = s.putVersion(ctx, v, journey.LiveHash == string(v.Hash)); err != nil {
			return err
		}
		if err := s.notePublished(ctx, v.Journey, v.Source); err != nil {
			return err
		}
		values := map[string]any{}
		if journey.LiveHash != string(v.Hash) {
			if err := s.forAll(ctx, v.Journey, v.Hash); err != nil {
				return err
			}
			s.becomesLive(values, string(v.Hash), number)
		}
		if name := clean(v.Plan.Name); name != journey.Name {
			values["name"] = name
		}
		journey.dropDraft(values, v.Source)
		if len(values) == 0 {
			return nil
		}
		return s.changeJourney(ctx, v.Journey, values)
	})
	return number, created, err
}

// becomesLive puts a version where the live one and a trial stood.
func (s *Store) becomesLive(values map[string]any, hash string, number int) {
	values["live_hash"], values["live_number"], values["published_at"] = hash, number, at(s.now())
	noTrial(values)
}

// dropDraft drops a draft that is the text just published, or that nobody changed.
func (r *journeyRow) dropDraft(values map[string]any, published string) {
	if r.Draft != "" && (r.Draft == published || r.Draft == r.DraftBase) {
		values["draft"], values["draft_etag"], values["draft_base"] = "", "", ""
	}
}

// putVersion stores a version, or what is new about one that says the same: its text
// and where that comes from. A text that is live keeps the first state of the folder
// that brought it.
func (s *Store) putVersion(ctx context.Context, v *engine.Version, live bool) (number int, created bool, err error) {
	var same, last versionRow
	db := s.write(ctx).Select("number", "published_at", "source", "origin").Where("journey_id = ? AND hash = ?", v.Journey, v.Hash).Limit(1).Find(&same)
	if db.Error != nil {
		return 0, false, wrap(db.Error, "looking for the version of journey %q", v.Journey)
	}
	if db.RowsAffected == 1 {
		v.Number, v.PublishedAt = same.Number, same.PublishedAt.time
		return same.Number, false, s.retell(ctx, v, &same, live)
	}
	err = s.write(ctx).Select("number").Where("journey_id = ?", v.Journey).Order("number DESC").Limit(1).Find(&last).Error
	if err != nil {
		return 0, false, wrap(err, "numbering a version of journey %q", v.Journey)
	}
	v.Number = last.Number + 1
	if v.PublishedAt.IsZero() {
		v.PublishedAt = s.now()
	}
	plan, err := toDocument(v.Plan)
	if err != nil {
		return 0, false, fmt.Errorf("storing the plan of journey %q: %w", v.Journey, err)
	}
	row := versionRow{
		JourneyID: string(v.Journey), Number: v.Number, Hash: string(v.Hash), FlowHash: v.FlowHash, CopyHash: v.CopyHash,
		Source: v.Source, Plan: plan, PublishedBy: clean(v.PublishedBy), PublishedAt: at(v.PublishedAt), Origin: clean(v.Origin),
		OnlyTried: v.OnlyTried, HasGoals: len(v.Plan.Goals) > 0,
	}
	if err := s.write(ctx).Create(&row).Error; err != nil {
		return 0, false, wrap(err, "storing version %d of journey %q", v.Number, v.Journey)
	}
	var listens []listenRow
	for _, event := range listensTo(v.Plan) {
		listens = append(listens, listenRow{JourneyID: string(v.Journey), Hash: string(v.Hash), Event: event})
	}
	if len(listens) > 0 {
		if err := s.write(ctx).Create(&listens).Error; err != nil {
			return 0, false, wrap(err, "storing what journey %q listens to", v.Journey)
		}
	}
	return v.Number, true, nil
}

// retell gives a version the text it was published with last. Its plan decides the
// same: names and places in the text are all that can differ.
func (s *Store) retell(ctx context.Context, v *engine.Version, same *versionRow, live bool) error {
	values := map[string]any{}
	if v.Source != same.Source {
		plan, err := toDocument(v.Plan)
		if err != nil {
			return fmt.Errorf("storing the plan of journey %q: %w", v.Journey, err)
		}
		values["source"], values["plan"], values["origin"] = v.Source, plan, clean(v.Origin)
	} else if v.Origin != "" && v.Origin != same.Origin && (!live || same.Origin == "") {
		values["origin"] = clean(v.Origin)
	}
	if len(values) == 0 {
		return nil
	}
	err := s.write(ctx).Model(&versionRow{}).Where("journey_id = ? AND hash = ?", v.Journey, v.Hash).Updates(values).Error
	return wrap(err, "storing the text of version %d of journey %q", v.Number, v.Journey)
}

// publishedTextRow is the fingerprint of a text that was published at some time.
type publishedTextRow struct {
	WorkspaceID string
	JourneyID   string
	Fingerprint string
	InFolder    bool
}

// TableName implements gorm's schema.Tabler.
func (publishedTextRow) TableName() string { return "published_texts" }

func (s *Store) notePublished(ctx context.Context, id engine.JourneyID, text string) error {
	if text == "" {
		return nil
	}
	err := s.ifNew(ctx).Create(&publishedTextRow{JourneyID: string(id), Fingerprint: engine.Fingerprint(text)}).Error
	return wrap(err, "noting what was published of journey %q", id)
}

// NoteFolder notes that a published text is one of a folder's.
func (s *Store) NoteFolder(ctx context.Context, id engine.JourneyID, text string) error {
	row := publishedTextRow{JourneyID: string(id), Fingerprint: engine.Fingerprint(clean(text)), InFolder: true}
	err := s.write(ctx).Clauses(upsertOn([]string{"journey_id", "fingerprint"}, []string{"in_folder"})).Create(&row).Error
	return wrap(err, "noting what a folder has of journey %q", id)
}

// PublishedTexts are the fingerprints of every text of a journey and of its tests
// that was published at some time; true for those of which a folder is known to have
// them. Versions from before fingerprints were kept count as a folder's. What was only
// tried, for a share of people, was not published yet.
func (s *Store) PublishedTexts(ctx context.Context, id engine.JourneyID) (map[string]bool, error) {
	var rows []publishedTextRow
	if err := s.read(ctx).Where("journey_id = ?", id).Find(&rows).Error; err != nil {
		return nil, wrap(err, "listing what was published of journey %q", id)
	}
	var sources []string
	if err := s.read(ctx).Model(&versionRow{}).Where("journey_id = ? AND only_tried = ?", id, false).Pluck("source", &sources).Error; err != nil {
		return nil, wrap(err, "listing what was published of journey %q", id)
	}
	known := map[string]bool{}
	for _, source := range sources {
		known[engine.Fingerprint(source)] = true
	}
	for _, r := range rows {
		known[r.Fingerprint] = r.InFolder
	}
	return known, nil
}

// listensTo are the events that concern a running enrollment: those of goals,
// exits and waits. Waits for the service window listen to window_opened and
// window_closed.
func listensTo(p *dsl.Plan) []string {
	set := map[string]bool{}
	for _, list := range [][]dsl.Interrupt{p.Goals, p.Exits} {
		for _, i := range list {
			set[i.Event] = true
		}
	}
	for _, n := range p.Nodes {
		if n.Wait == nil {
			continue
		}
		for _, e := range n.Wait.Events {
			set[e.Event] = true
			if e.Window != "" {
				set["window_"+e.Window] = true
			}
		}
	}
	delete(set, "")
	events := keysOf(set)
	sort.Strings(events)
	return events
}

// Versions lists a journey's versions with their plans, newest first.
func (s *Store) Versions(ctx context.Context, id engine.JourneyID) ([]engine.Version, error) {
	var rows []versionRow
	if err := s.read(ctx).Where("journey_id = ?", id).Order("number DESC").Find(&rows).Error; err != nil {
		return nil, wrap(err, "listing the versions of journey %q", id)
	}
	return each(rows, (*versionRow).noun)
}

// Version loads a version by its plan's hash.
func (s *Store) Version(ctx context.Context, hash engine.VersionHash) (*engine.Version, error) {
	var row versionRow
	if err := one(s.read(ctx).Where("hash = ?", hash).Order("published_at"), &row, "version", hash); err != nil {
		return nil, err
	}
	v, err := row.noun()
	return &v, err
}

// LendWords lets the people in every other version of a journey that runs the same
// flow hear the words of this one, and this one its own. It returns the versions
// whose words changed. A version of another flow keeps what it says.
func (s *Store) LendWords(ctx context.Context, id engine.JourneyID, hash engine.VersionHash) (changed []engine.VersionHash, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		changed = nil
		var row versionRow
		if err := one(s.write(ctx).Select("flow_hash").Where("journey_id = ? AND hash = ?", id, hash), &row, "version", hash); err != nil {
			return err
		}
		var others []string
		err := s.write(ctx).Model(&versionRow{}).Where("journey_id = ? AND flow_hash = ? AND hash <> ? AND words_of <> ?", id, row.FlowHash, hash, hash).
			Order("number").Pluck("hash", &others).Error
		if err != nil {
			return wrap(err, "finding the versions of journey %q with the same flow", id)
		}
		for _, other := range others {
			changed = append(changed, engine.VersionHash(other))
		}
		err = s.write(ctx).Model(&versionRow{}).Where("journey_id = ? AND flow_hash = ? AND hash <> ?", id, row.FlowHash, hash).Update("words_of", string(hash)).Error
		if err != nil {
			return wrap(err, "lending the words of journey %q", id)
		}
		err = s.write(ctx).Model(&versionRow{}).Where("journey_id = ? AND hash = ?", id, hash).Update("words_of", "").Error
		return wrap(err, "lending the words of journey %q", id)
	})
	return changed, err
}

// WordsOf is the version whose words the people in a version hear: itself, unless
// a later one lends it its own. A version that nobody knows has its own.
func (s *Store) WordsOf(ctx context.Context, hash engine.VersionHash) (engine.VersionHash, error) {
	var row versionRow
	if err := s.read(ctx).Select("words_of").Where("hash = ?", hash).Limit(1).Find(&row).Error; err != nil {
		return "", wrap(err, "looking for the words of version %.12s", hash)
	}
	if row.WordsOf == "" {
		return hash, nil
	}
	return engine.VersionHash(row.WordsOf), nil
}

// SetLive makes one of a journey's versions the one new enrollments get, and ends a
// trial. The one that was on trial is published with that: its text counts as
// published, and a draft that is the same, or that nobody changed, is dropped.
func (s *Store) SetLive(ctx context.Context, id engine.JourneyID, hash engine.VersionHash) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.Journey(ctx, id); err != nil {
			return err
		}
		journey, err := s.lockJourney(ctx, id)
		if err != nil {
			return err
		}
		var row versionRow
		if err := one(s.write(ctx).Where("journey_id = ? AND hash = ?", id, hash), &row, "version", hash); err != nil {
			return err
		}
		v, err := row.noun()
		if err != nil {
			return err
		}
		values := map[string]any{"name": clean(v.Plan.Name)}
		if journey.TrialHash == string(hash) {
			if err := s.notePublished(ctx, id, row.Source); err != nil {
				return err
			}
			journey.dropDraft(values, row.Source)
		}
		if err := s.forAll(ctx, id, hash); err != nil {
			return err
		}
		s.becomesLive(values, string(hash), row.Number)
		return s.changeJourney(ctx, id, values)
	})
}

// LiveVersions loads the live version of every journey that is not archived, by
// journey. Paused journeys are among them: ask Journey whether one may start.
func (s *Store) LiveVersions(ctx context.Context) ([]engine.Version, error) {
	var rows []versionRow
	const live = `EXISTS (SELECT 1 FROM journeys j WHERE j.workspace_id = versions.workspace_id
		AND j.id = versions.journey_id AND j.live_hash = versions.hash AND j.archived = ?)`
	if err := s.read(ctx).Where(live, false).Order("journey_id").Find(&rows).Error; err != nil {
		return nil, wrap(err, "loading live versions")
	}
	return each(rows, (*versionRow).noun)
}

// LiveTexts are the texts of the live versions by journey, of archived ones too.
func (s *Store) LiveTexts(ctx context.Context) (map[engine.JourneyID]string, error) {
	var rows []versionRow
	const live = `EXISTS (SELECT 1 FROM journeys j WHERE j.workspace_id = versions.workspace_id
		AND j.id = versions.journey_id AND j.live_hash = versions.hash)`
	if err := s.read(ctx).Select("journey_id", "source").Where(live).Find(&rows).Error; err != nil {
		return nil, wrap(err, "loading the texts of live versions")
	}
	texts := make(map[engine.JourneyID]string, len(rows))
	for _, r := range rows {
		texts[engine.JourneyID(r.JourneyID)] = r.Source
	}
	return texts, nil
}

// OpenVersions loads the versions that people who enter get, of every journey that is
// not archived, by journey: the live one, and the one on trial.
func (s *Store) OpenVersions(ctx context.Context) ([]engine.Version, error) {
	var rows []versionRow
	const open = `EXISTS (SELECT 1 FROM journeys j WHERE j.workspace_id = versions.workspace_id
		AND j.id = versions.journey_id AND versions.hash IN (j.live_hash, j.trial_hash) AND j.archived = ?)`
	if err := s.read(ctx).Where(open, false).Order("journey_id, number").Find(&rows).Error; err != nil {
		return nil, wrap(err, "loading live versions and those on trial")
	}
	return each(rows, (*versionRow).noun)
}
