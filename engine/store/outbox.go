package store

import (
	"context"
	"sort"
	"time"

	"gorm.io/gorm"

	"jornada/engine"
)

// outboxRow is something Temporal must still be told. A delivered row is gone.
type outboxRow struct {
	ID           int64 `gorm:"primaryKey;autoIncrement"`
	WorkspaceID  string
	Kind         string
	EnrollmentID string
	ContactID    string
	Payload      []byte
	DueAt        stamp
	LeaseUntil   *stamp
	Attempts     int
	LastError    string
	CreatedAt    stamp
}

// TableName implements gorm's schema.Tabler.
func (outboxRow) TableName() string { return "outbox" }

func (r *outboxRow) noun() (engine.OutboxItem, error) {
	return engine.OutboxItem{
		ID: r.ID, Kind: r.Kind, EnrollmentID: engine.EnrollmentID(r.EnrollmentID), ContactID: engine.ContactID(r.ContactID),
		Payload: r.Payload, DueAt: r.DueAt.time, Attempts: r.Attempts,
	}, nil
}

// Enqueue adds an item, inside the transaction that decided it, and fills its ID
// and empty DueAt.
func (s *Store) Enqueue(ctx context.Context, it *engine.OutboxItem) error {
	now := s.machine()
	if it.DueAt.IsZero() {
		it.DueAt = now
	}
	payload := it.Payload
	if payload == nil {
		payload = []byte{}
	}
	row := outboxRow{
		Kind: it.Kind, EnrollmentID: string(it.EnrollmentID), ContactID: string(it.ContactID), Payload: payload,
		DueAt: at(it.DueAt), Attempts: it.Attempts, LeaseUntil: maybeAt(it.LeaseUntil), CreatedAt: at(s.now()),
	}
	if err := s.write(ctx).Create(&row).Error; err != nil {
		return wrap(err, "queueing a %s for enrollment %q", it.Kind, it.EnrollmentID)
	}
	it.ID = row.ID
	return nil
}

// ClaimOutbox takes up to limit due items, oldest first, for a lease (the
// machine's time). Of each enrollment only its oldest item can be claimed: what
// happened later waits until that one is delivered, so signals keep their order
// however many dispatchers run.
func (s *Store) ClaimOutbox(ctx context.Context, limit int, lease time.Duration) ([]engine.OutboxItem, error) {
	now := s.machine()
	const oldest = `(enrollment_id = '' OR NOT EXISTS (SELECT 1 FROM outbox o
		WHERE o.workspace_id = outbox.workspace_id AND o.enrollment_id = outbox.enrollment_id AND o.id < outbox.id))`
	var rows []outboxRow
	err := claim(ctx, s, &rows, now.Add(lease), func(db *gorm.DB) *gorm.DB {
		return db.Where("due_at <= ? AND (lease_until IS NULL OR lease_until <= ?)", at(now), at(now)).Where(oldest).
			Order("due_at, id").Limit(pageSize(limit))
	}, func(r *outboxRow) any { return r.ID })
	if err != nil {
		return nil, wrap(err, "claiming items of the outbox")
	}
	sort.Slice(rows, func(i, j int) bool {
		if a, b := rows[i].DueAt.time, rows[j].DueAt.time; !a.Equal(b) {
			return a.Before(b)
		}
		return rows[i].ID < rows[j].ID
	})
	return each(rows, (*outboxRow).noun)
}

// FinishOutbox removes delivered items. On Postgres it does not wait for the
// disk: a removal that a crash takes back means that an item is delivered once
// more, which its receiver is made to ignore.
func (s *Store) FinishOutbox(ctx context.Context, ids ...int64) error {
	db := s.lazy.WithContext(ctx)
	if s.InTransaction(ctx) {
		db = s.write(ctx)
	}
	return wrap(db.Where("id IN ?", ids).Delete(&outboxRow{}).Error, "finishing items %v of the outbox", ids)
}

// HastenOutbox makes everything that was put off due now: what it waited for is back.
func (s *Store) HastenOutbox(ctx context.Context) error {
	now := at(s.machine())
	err := s.write(ctx).Model(&outboxRow{}).Where("due_at > ? AND lease_until IS NULL", now).Update("due_at", now).Error
	return wrap(err, "making what the outbox had put off due")
}

// OutboxHolds reports whether an enrollment still has items to hear, of some kinds or
// of any.
func (s *Store) OutboxHolds(ctx context.Context, id engine.EnrollmentID, kinds ...string) (bool, error) {
	var rows []outboxRow
	db := s.read(ctx).Select("id").Where("enrollment_id = ?", id)
	if len(kinds) > 0 {
		db = db.Where("kind IN ?", kinds)
	}
	err := db.Limit(1).Find(&rows).Error
	return len(rows) > 0, wrap(err, "looking for what enrollment %q must hear", id)
}

// RetryOutbox gives an item back, due at a moment of the machine's time. The later items of its
// enrollment wait with it. cause must hold no personal data.
func (s *Store) RetryOutbox(ctx context.Context, id int64, when time.Time, cause string) error {
	err := s.write(ctx).Model(&outboxRow{}).Where("id = ?", id).
		Updates(map[string]any{"due_at": at(when), "lease_until": nil, "last_error": clean(cause)}).Error
	return wrap(err, "giving back item %d of the outbox", id)
}
