package store

import (
	"context"
	"slices"
	"time"

	"jornada/engine"
)

// JourneyNumbers counts, for each of some journeys with any, the people inside now,
// those who entered since a moment, and of those who ended since another one how many
// reached a goal. The journeys are named, so that every count is a range of an index
// that holds all it asks for.
func (s *Store) JourneyNumbers(ctx context.Context, ids []engine.JourneyID, entered, ended time.Time) (map[engine.JourneyID]engine.JourneyNumbers, error) {
	numbers := map[engine.JourneyID]engine.JourneyNumbers{}
	if len(ids) == 0 {
		return numbers, nil
	}
	count := func(what, columns, where string, args ...any) (list []countedRow, err error) {
		err = s.read(ctx).Model(&enrollmentRow{}).Select(columns+", COUNT(*) AS n").
			Where("journey_id IN ? AND "+where, append([]any{ids}, args...)...).Group(columns).Find(&list).Error
		return list, wrap(err, "counting who %s", what)
	}
	inside, err := count("is inside", "journey_id, version_hash", "ended_at IS NULL")
	if err != nil {
		return nil, err
	}
	entries, err := count("entered", "journey_id", "started_at >= ?", at(entered))
	if err != nil {
		return nil, err
	}
	endings, err := count("ended", "journey_id, version_hash, reached_goal", "ended_at >= ?", at(ended))
	if err != nil {
		return nil, err
	}
	versions, err := s.versionsCounted(ctx, ids, slices.Concat(inside, endings))
	if err != nil {
		return nil, err
	}
	change := func(c countedRow, change func(n *engine.JourneyNumbers)) {
		n := numbers[engine.JourneyID(c.JourneyID)]
		change(&n)
		numbers[engine.JourneyID(c.JourneyID)] = n
	}
	for _, c := range inside {
		change(c, func(n *engine.JourneyNumbers) {
			n.Inside += c.N
			if v := versions[c.version()]; v.Number > 0 {
				n.Within = append(n.Within, engine.VersionInside{Version: engine.VersionHash(c.VersionHash), Number: v.Number, Inside: c.N})
				slices.SortFunc(n.Within, func(a, b engine.VersionInside) int { return b.Number - a.Number })
			}
		})
	}
	for _, c := range entries {
		change(c, func(n *engine.JourneyNumbers) { n.Entered = c.N })
	}
	for _, c := range endings {
		if !versions[c.version()].HasGoals {
			continue
		}
		change(c, func(n *engine.JourneyNumbers) {
			n.Ended += c.N
			if c.ReachedGoal {
				n.Reached += c.N
			}
		})
	}
	return numbers, nil
}

// countedRow is how many enrollments have something in common.
type countedRow struct {
	JourneyID   string
	VersionHash string
	ReachedGoal bool
	N           int64
}

// version names a journey's version: two journeys may have one of the same hash.
func (c countedRow) version() [2]string { return [2]string{c.JourneyID, c.VersionHash} }

// versionsCounted loads what is asked of the versions that were counted: their number,
// and whether they have goals.
func (s *Store) versionsCounted(ctx context.Context, ids []engine.JourneyID, list []countedRow) (map[[2]string]versionRow, error) {
	known := map[[2]string]versionRow{}
	hashes := map[string]bool{}
	for _, c := range list {
		hashes[c.VersionHash] = true
	}
	if len(hashes) == 0 {
		return known, nil
	}
	var rows []versionRow
	err := s.read(ctx).Select("journey_id", "hash", "number", "has_goals").Where("journey_id IN ? AND hash IN ?", ids, keysOf(hashes)).Find(&rows).Error
	if err != nil {
		return nil, wrap(err, "reading the versions that people are in")
	}
	for _, r := range rows {
		known[[2]string{r.JourneyID, r.Hash}] = r
	}
	return known, nil
}

// NoteEditor records who saved a journey's draft last, as the audit trail names
// them.
func (s *Store) NoteEditor(ctx context.Context, id engine.JourneyID, actor string) error {
	noted := s.write(ctx).Model(&journeyRow{}).Where("id = ?", id).UpdateColumn("edited_by", clean(actor))
	if noted.Error != nil {
		return wrap(noted.Error, "changing journey %q", id)
	}
	if noted.RowsAffected == 0 {
		return notFound("journey", id)
	}
	return nil
}
