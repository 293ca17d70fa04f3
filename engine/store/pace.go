package store

import (
	"context"
	"sync"
	"time"

	"jornada/engine"
)

// paceRow is what the processes that send through one integration share (Postgres).
type paceRow struct {
	WorkspaceID   string
	IntegrationID string
	Seq           int64
	Took          document
	LineAt        *stamp
	BackAt        *stamp
}

// TableName implements gorm's schema.Tabler.
func (paceRow) TableName() string { return "paces" }

// paces are the states of a SQLite file, whose one process shares them with nobody.
type paces struct {
	mu sync.Mutex
	of map[engine.IntegrationID]engine.PaceState
}

// Pace is what the senders of an integration share; zero when nobody has sent.
func (s *Store) Pace(ctx context.Context, id engine.IntegrationID) (engine.PaceState, error) {
	if s.dialect == onSQLite {
		s.paces.mu.Lock()
		defer s.paces.mu.Unlock()
		return s.paces.of[id], nil
	}
	var row paceRow
	found := s.read(ctx).Where("integration_id = ?", id).Limit(1).Find(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return engine.PaceState{}, wrap(found.Error, "reading the pace of integration %q", id)
	}
	return row.noun()
}

// SwapPace replaces the state that was read with that Seq. won is false when
// another sender was faster: read it again. The new state has the next Seq.
//
// On Postgres the table is not logged: no commit of it waits for the disk, and
// after a crash of the server it is empty, which costs a second's turns.
func (s *Store) SwapPace(ctx context.Context, id engine.IntegrationID, state engine.PaceState) (won bool, err error) {
	was := state.Seq
	state.Seq++
	if s.dialect == onSQLite {
		s.paces.mu.Lock()
		defer s.paces.mu.Unlock()
		if s.paces.of[id].Seq != was {
			return false, nil
		}
		if s.paces.of == nil {
			s.paces.of = map[engine.IntegrationID]engine.PaceState{}
		}
		s.paces.of[id] = state
		return true, nil
	}
	row, err := paceToRow(id, state)
	if err != nil {
		return false, err
	}
	if was == 0 {
		inserted := s.ifNew(ctx).Create(&row)
		return inserted.RowsAffected == 1 && inserted.Error == nil, wrap(inserted.Error, "pacing integration %q", id)
	}
	changed := s.write(ctx).Model(&paceRow{}).Where("integration_id = ? AND seq = ?", id, was).Updates(map[string]any{
		"seq": row.Seq, "took": row.Took, "line_at": row.LineAt, "back_at": row.BackAt,
	})
	return changed.RowsAffected == 1 && changed.Error == nil, wrap(changed.Error, "pacing integration %q", id)
}

func paceToRow(id engine.IntegrationID, p engine.PaceState) (paceRow, error) {
	took := make([][2]int64, len(p.Took))
	for i, t := range p.Took {
		took[i] = [2]int64{t.At.UnixMicro(), int64(t.N)}
	}
	doc, err := toDocument(took)
	return paceRow{IntegrationID: string(id), Seq: p.Seq, Took: doc, LineAt: maybeAt(&p.LineAt), BackAt: maybeAt(&p.BackAt)}, err
}

func (r *paceRow) noun() (engine.PaceState, error) {
	var took [][2]int64
	if err := r.Took.into(&took); err != nil {
		return engine.PaceState{}, err
	}
	p := engine.PaceState{Seq: r.Seq}
	for _, t := range took {
		p.Took = append(p.Took, engine.Turns{At: time.UnixMicro(t[0]).UTC(), N: int(t[1])})
	}
	if r.LineAt != nil {
		p.LineAt = r.LineAt.time
	}
	if r.BackAt != nil {
		p.BackAt = r.BackAt.time
	}
	return p, nil
}

// LearnPace remembers that a provider refused messages as too fast, and returns
// the rate until it recovers: half of what it was at now, the machine's time.
// declared is the rate without any refusal.
func (s *Store) LearnPace(ctx context.Context, id engine.IntegrationID, declared float64, now time.Time) (rate float64, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		var old integrationRow
		if err := one(s.forUpdate(s.write(ctx)).Where("id = ?", id), &old, "integration", id); err != nil {
			return err
		}
		var learnt bool
		if rate, learnt = engine.PaceLearnt(declared, old.LearntRate, old.LearntAt.ptr(), now); !learnt {
			return nil
		}
		values := map[string]any{"learnt_rate": rate, "learnt_at": at(now)}
		return wrap(s.write(ctx).Model(&integrationRow{}).Where("id = ?", id).UpdateColumns(values).Error, "slowing integration %q down", id)
	})
	return rate, err
}

// SendsTo tells when messages went, or may have gone, to a contact through an
// integration since a moment, newest first: what the limit of one number to one
// person counts.
func (s *Store) SendsTo(ctx context.Context, contact engine.ContactID, through engine.IntegrationID, since time.Time) ([]time.Time, error) {
	var rows []messageRow
	err := s.read(ctx).Select("claimed_at").Where("contact_id = ? AND claimed_at >= ? AND integration_id = ?", contact, at(since), through).
		Order("claimed_at DESC").Limit(500).Find(&rows).Error
	if err != nil {
		return nil, wrap(err, "reading the recent messages of contact %q", contact)
	}
	return each(rows, func(r *messageRow) (time.Time, error) { return r.ClaimedAt.time, nil })
}
