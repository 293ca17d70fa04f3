package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"jornada/engine"
)

// stuckAfter is how long a message may be in sending before monitoring counts
// it; a provider's call takes seconds. The machine's time.
const stuckAfter = time.Minute

// Counts gathers what monitoring looks at, in one snapshot of queries.
func (s *Store) Counts(ctx context.Context) (engine.Counts, error) {
	c := engine.Counts{ActiveByStatus: map[engine.EnrollmentStatus]int64{}, Messages: map[engine.MessageStatus]int64{}}
	fail := func(err error) (engine.Counts, error) {
		return engine.Counts{}, wrap(err, "counting what is pending")
	}
	pending := func() *gorm.DB { return s.read(ctx).Model(&eventRow{}).Where("processed_at IS NULL") }
	if err := pending().Count(&c.PendingEvents).Error; err != nil {
		return fail(err)
	}
	if c.PendingEvents > 0 {
		var oldest eventRow
		if err := pending().Select("received_at").Order("received_at, id").Limit(1).Find(&oldest).Error; err != nil {
			return fail(err)
		}
		c.OldestEvent = ageOf(oldest.ReceivedAt)
	}
	due := func() *gorm.DB { return s.read(ctx).Model(&outboxRow{}).Where("due_at <= ?", at(s.machine())) }
	if err := due().Count(&c.PendingOutbox).Error; err != nil {
		return fail(err)
	}
	if c.PendingOutbox > 0 {
		var oldest outboxRow
		if err := due().Select("due_at").Order("due_at, id").Limit(1).Find(&oldest).Error; err != nil {
			return fail(err)
		}
		c.OldestOutbox = ageOf(oldest.DueAt)
	}
	err := s.read(ctx).Model(&messageRow{}).Where("status = 'sending' AND claimed_at < ?", at(s.clock.Ago(stuckAfter))).Count(&c.StuckSending).Error
	if err != nil {
		return fail(err)
	}
	var statuses []struct {
		Status string
		N      int64
	}
	if err := s.read(ctx).Model(&messageRow{}).Select("status, COUNT(*) AS n").Group("status").Find(&statuses).Error; err != nil {
		return fail(err)
	}
	for _, st := range statuses {
		c.Messages[engine.MessageStatus(st.Status)] = st.N
	}
	c.Unconfirmed = c.Messages[engine.Unconfirmed]
	statuses = nil
	if err := s.read(ctx).Model(&enrollmentRow{}).Select("status, COUNT(*) AS n").Group("status").Find(&statuses).Error; err != nil {
		return fail(err)
	}
	for _, st := range statuses {
		c.ActiveByStatus[engine.EnrollmentStatus(st.Status)] = st.N
	}
	return c, nil
}

// ageOf is a zero stamp's nil: the row may have gone between two queries.
func ageOf(t stamp) *time.Time {
	if t.time.IsZero() {
		return nil
	}
	return (&t).ptr()
}
