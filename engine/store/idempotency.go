package store

import (
	"context"
	"fmt"
	"time"

	"jornada/engine"
)

// answerKept is how long a first answer is kept, in the machine's time.
const answerKept = 24 * time.Hour

// answerRow is the first answer to an Idempotency-Key, or the promise of one.
// Bodies are sealed with the workspace's key: they repeat what a caller sent.
type answerRow struct {
	WorkspaceID string
	Key         string
	BodyHash    string
	Answered    bool
	Status      int
	Body        string
	ExpiresAt   stamp
}

// TableName implements gorm's schema.Tabler.
func (answerRow) TableName() string { return "saved_answers" }

// Idempotent asks whether a request was answered before. Nil means it is the
// caller's to answer: then SaveAnswer or DropAnswer, within reserve (the machine's
// time), after which its server counts as dead and the key is free. It is Conflict
// when the key came with another body, or while its first request is still being
// answered.
func (s *Store) Idempotent(ctx context.Context, key, bodyHash string, reserve time.Duration) (saved *engine.SavedAnswer, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		saved = nil
		now := s.machine()
		if err := s.write(ctx).Where("expires_at <= ?", at(now)).Delete(&answerRow{}).Error; err != nil {
			return wrap(err, "forgetting old answers")
		}
		reserved := s.ifNew(ctx).Create(&answerRow{Key: clean(key), BodyHash: bodyHash, ExpiresAt: at(now.Add(reserve))})
		if reserved.Error != nil || reserved.RowsAffected == 1 {
			return wrap(reserved.Error, "reserving an answer")
		}
		var row answerRow
		if err := one(s.write(ctx).Where("key = ?", clean(key)), &row, "answer for the key", key); err != nil {
			return err
		}
		switch {
		case row.BodyHash != bodyHash:
			return &engine.Error{Code: engine.Conflict, Field: "Idempotency-Key", Message: "this Idempotency-Key was used with another body; use a new key for a new request"}
		case !row.Answered:
			return &engine.Error{Code: engine.Conflict, Field: "Idempotency-Key", Message: "the first request with this Idempotency-Key is still being answered; try again in a moment"}
		}
		body, err := s.ring.open(row.Body, s.answerPlace(key))
		saved = &engine.SavedAnswer{Status: row.Status, Body: body}
		return err
	})
	if err != nil {
		return nil, err
	}
	return saved, nil
}

func (s *Store) answerPlace(key string) string {
	return fmt.Sprintf("answer %s/%s", s.workspace, clean(key))
}

// SaveAnswer keeps the first answer to a key for 24 hours.
func (s *Store) SaveAnswer(ctx context.Context, key string, a engine.SavedAnswer) error {
	sealed, err := s.ring.seal(a.Body, s.answerPlace(key))
	if err != nil {
		return err
	}
	err = s.write(ctx).Model(&answerRow{}).Where("key = ? AND answered = ?", clean(key), false).Updates(map[string]any{
		"answered": true, "status": a.Status, "body": sealed, "expires_at": at(s.machine().Add(answerKept)),
	}).Error
	return wrap(err, "keeping an answer")
}

// DropAnswer frees a key whose request failed, so that it can be tried again.
func (s *Store) DropAnswer(ctx context.Context, key string) error {
	err := s.write(ctx).Where("key = ? AND answered = ?", clean(key), false).Delete(&answerRow{}).Error
	return wrap(err, "freeing an Idempotency-Key")
}
