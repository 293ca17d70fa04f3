package store

import (
	"context"
	"time"

	"jornada/engine"
)

// JourneyNumbers counts, for each of some journeys with any, the people inside now
// and those who entered since a moment. The journeys are named, so that both counts
// are ranges of an index.
func (s *Store) JourneyNumbers(ctx context.Context, ids []engine.JourneyID, since time.Time) (map[engine.JourneyID]engine.JourneyNumbers, error) {
	type counted struct {
		JourneyID string
		N         int64
	}
	var inside, entered []counted
	if len(ids) == 0 {
		return map[engine.JourneyID]engine.JourneyNumbers{}, nil
	}
	const columns = "journey_id, COUNT(*) AS n"
	if err := s.read(ctx).Model(&enrollmentRow{}).Select(columns).Where("journey_id IN ? AND ended_at IS NULL", ids).Group("journey_id").Find(&inside).Error; err != nil {
		return nil, wrap(err, "counting who is inside")
	}
	if err := s.read(ctx).Model(&enrollmentRow{}).Select(columns).Where("journey_id IN ? AND started_at >= ?", ids, at(since)).Group("journey_id").Find(&entered).Error; err != nil {
		return nil, wrap(err, "counting who entered")
	}
	numbers := map[engine.JourneyID]engine.JourneyNumbers{}
	for _, c := range inside {
		numbers[engine.JourneyID(c.JourneyID)] = engine.JourneyNumbers{Inside: c.N}
	}
	for _, c := range entered {
		n := numbers[engine.JourneyID(c.JourneyID)]
		n.Entered = c.N
		numbers[engine.JourneyID(c.JourneyID)] = n
	}
	return numbers, nil
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
