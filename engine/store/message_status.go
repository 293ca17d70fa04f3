package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"jornada/engine"
)

// messageEventRow is one status we heard of, applied or not.
type messageEventRow struct {
	WorkspaceID string
	MessageID   string
	Status      string
	At          stamp
	Applied     bool
	Reason      string
	ErrorCode   string
	ErrorDetail string
	RecordedAt  stamp
}

// TableName implements gorm's schema.Tabler.
func (messageEventRow) TableName() string { return "message_events" }

// MessageEvent is one status of a message's history. Applied is false for news
// that came too late to change the message, like a failure after delivery.
type MessageEvent struct {
	Status      engine.MessageStatus
	At          time.Time
	Applied     bool
	Reason      string
	ErrorCode   string
	ErrorDetail string
}

// sentAtOnce bounds what one piece of news of several messages raises: who reads after
// more than that reads the newest.
const sentAtOnce = 100

// SentUpTo lists the newest messages that left for a contact through an integration
// until a moment and may still be raised, newest first, at most 100.
func (s *Store) SentUpTo(ctx context.Context, contact engine.ContactID, through engine.IntegrationID, then time.Time) ([]engine.Message, error) {
	var rows []messageRow
	err := s.read(ctx).Where("contact_id = ? AND claimed_at IS NOT NULL AND claimed_at <= ? AND integration_id = ? AND status IN ?", contact, at(then), through,
		[]string{string(engine.Sending), string(engine.Unconfirmed), string(engine.Accepted), string(engine.Sent), string(engine.Delivered)}).
		Order("claimed_at DESC, id DESC").Limit(sentAtOnce).Find(&rows).Error
	if err != nil {
		return nil, wrap(err, "listing what was sent to contact %q", contact)
	}
	return each(rows, (*messageRow).noun)
}

// ClaimMessage takes a queued message for sending, under a fresh token of the
// caller. won is true for exactly one caller; only it may call the provider.
func (s *Store) ClaimMessage(ctx context.Context, id engine.MessageID, token string) (won bool, err error) {
	now := at(s.now())
	claimed := s.write(ctx).Model(&messageRow{}).Where("id = ? AND status = ?", id, string(engine.Queued)).Updates(map[string]any{
		"status": string(engine.Sending), "status_rank": engine.Sending.Rank(), "attempt_token": token,
		"attempts": gorm.Expr("attempts + 1"), "claimed_at": now, "hold_until": nil, "parked_at": nil, "again_at": nil, "updated_at": now,
	})
	if claimed.Error != nil {
		return false, wrap(claimed.Error, "claiming message %q", id)
	}
	return claimed.RowsAffected == 1, nil
}

// FinishMessage records the outcome of the call that claimed the message with
// token. won is false when another attempt has claimed it since. A status that
// a webhook raised meanwhile stays when it is higher; the provider's id is kept
// in any case. Status Queued gives the message back (nothing was written to the
// wire, or a person decided to send an unconfirmed one again): not before
// HoldUntil, under a new token.
func (s *Store) FinishMessage(ctx context.Context, id engine.MessageID, token string, u engine.MessageUpdate) (won bool, err error) {
	if token == "" {
		return false, nil
	}
	if u.Status == engine.Accepted {
		won, err = s.finishAccepted(ctx, id, token, u)
		if won || err != nil && !isRefusal(err, engine.Conflict) {
			return won, err
		}
		// A status came earlier, the row is not ours, or the provider gave the
		// same id twice: the general way sorts it out.
	}
	err = s.InTx(ctx, func(ctx context.Context) error {
		mine := func() *gorm.DB {
			return s.write(ctx).Model(&messageRow{}).Where("id = ? AND attempt_token = ?", id, token)
		}
		if u.Status == engine.Queued {
			values := s.news(u)
			values["attempt_token"], values["claimed_at"], values["hold_until"] = "", nil, maybeAt(u.HoldUntil)
			if u.Parked {
				values["parked_at"] = at(s.now())
			}
			if u.AgainAt != nil {
				values["again_at"] = at(*u.AgainAt)
			}
			if u.NeverTaken {
				values["sent_again"] = gorm.Expr("sent_again + 1")
			}
			if u.Uncounted { // nobody called
				values["attempts"] = gorm.Expr("attempts - 1")
			}
			back := mine().Where("status IN ?", []string{string(engine.Sending), string(engine.Unconfirmed)}).Updates(values)
			if back.Error != nil {
				return wrap(back.Error, "giving back message %q", id)
			}
			if won = back.RowsAffected == 1; !won {
				return nil
			}
			return s.recordStatus(ctx, id, u, true)
		}
		values, err := s.providerID(ctx, id, u.ProviderID)
		if err != nil {
			return err
		}
		finished := mine().Updates(withValue(values, "updated_at", at(s.now())))
		if finished.Error != nil {
			return wrap(finished.Error, "finishing message %q", id)
		}
		if won = finished.RowsAffected == 1; !won {
			return nil
		}
		_, err = s.raise(ctx, id, u)
		return err
	})
	return won && err == nil, err
}

// finishAccepted is FinishMessage for what nearly always happens, in one change
// and outside a transaction of its own: the history of the message shows it by
// accepted_at (see MessageHistory).
func (s *Store) finishAccepted(ctx context.Context, id engine.MessageID, token string, u engine.MessageUpdate) (won bool, err error) {
	values := s.news(u)
	values["accepted_at"] = gorm.Expr("COALESCE(accepted_at, ?)", s.timeOf(u))
	s.cost(values, u)
	if u.ProviderID != "" {
		if s.InTransaction(ctx) { // a provider's id given twice would break it
			return false, nil
		}
		values["provider_id"] = clean(u.ProviderID)
	}
	done := s.write(ctx).Model(&messageRow{}).Where("id = ? AND attempt_token = ? AND status_rank < ?", id, token, u.Status.Rank()).Updates(values)
	return done.RowsAffected == 1 && done.Error == nil, wrap(done.Error, "finishing message %q", id)
}

// RaiseStatus applies news of a message. raised is true when it moved the
// message up in rank; lower or equal news is kept in the history only. Repeats
// of the same status with the same time leave no trace.
func (s *Store) RaiseStatus(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) (raised bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		values, err := s.providerID(ctx, id, u.ProviderID)
		if err != nil {
			return err
		}
		if len(values) > 0 {
			err := s.write(ctx).Model(&messageRow{}).Where("id = ? AND provider_id = ''", id).Updates(values).Error
			if err != nil {
				return wrap(err, "storing the provider's id of message %q", id)
			}
		}
		raised, err = s.raise(ctx, id, u)
		if err != nil || raised {
			return err
		}
		_, err = s.Message(ctx, id)
		return err
	})
	return raised && err == nil, err
}

// raise is the one place that changes a status upwards: one UPDATE whose
// condition is the rank.
func (s *Store) raise(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) (bool, error) {
	values := s.news(u)
	if r := u.Status.Rank(); r >= engine.Accepted.Rank() && u.Status != engine.Failed && u.Status != engine.Skipped {
		values["accepted_at"] = gorm.Expr("COALESCE(accepted_at, ?)", s.timeOf(u))
	}
	s.cost(values, u)
	if u.Pricing != nil {
		pricing, err := toDocument(u.Pricing)
		if err != nil {
			return false, err
		}
		values["pricing"] = pricing
	}
	changed := s.write(ctx).Model(&messageRow{}).Where("id = ? AND status_rank < ?", id, u.Status.Rank()).Updates(values)
	if changed.Error != nil {
		return false, wrap(changed.Error, "changing the status of message %q", id)
	}
	raised := changed.RowsAffected == 1
	if !raised {
		if err := s.lateCost(ctx, id, u); err != nil {
			return false, err
		}
		var there messageRow
		found := s.write(ctx).Select("id").Where("id = ?", id).Limit(1).Find(&there)
		if found.Error != nil || found.RowsAffected == 0 {
			return false, wrap(found.Error, "loading message %q", id)
		}
	}
	return raised, s.recordStatus(ctx, id, u, raised)
}

// news are the columns of an update that applies.
func (s *Store) news(u engine.MessageUpdate) map[string]any {
	return map[string]any{
		"status": string(u.Status), "status_rank": u.Status.Rank(), "reason": clean(u.Reason),
		"error_code": clean(u.ErrorCode), "error_detail": clean(u.ErrorDetail), "updated_at": at(s.now()),
	}
}

func (s *Store) timeOf(u engine.MessageUpdate) stamp {
	if u.At.IsZero() {
		return at(s.now())
	}
	return at(u.At)
}

func (s *Store) recordStatus(ctx context.Context, id engine.MessageID, u engine.MessageUpdate, applied bool) error {
	row := messageEventRow{
		MessageID: string(id), Status: string(u.Status), At: s.timeOf(u), Applied: applied, Reason: clean(u.Reason),
		ErrorCode: clean(u.ErrorCode), ErrorDetail: clean(u.ErrorDetail), RecordedAt: at(s.now()),
	}
	return wrap(s.ifNew(ctx).Create(&row).Error, "recording a status of message %q", id)
}

// providerID is the column to set for a provider's id, none when there is no id
// or (a provider's mistake) another message of the integration already has it:
// losing an id costs statuses, failing here would cost the outcome of a send.
func (s *Store) providerID(ctx context.Context, id engine.MessageID, providerID string) (map[string]any, error) {
	if providerID == "" {
		return map[string]any{}, nil
	}
	providerID = clean(providerID)
	var other messageRow
	// `<> ''` is what lets the partial index answer, on both databases.
	found := s.write(ctx).Select("id").Where("integration_id = (?) AND provider_id = ? AND provider_id <> '' AND id <> ?",
		s.scopedSub(ctx, &messageRow{}).Select("integration_id").Where("id = ?", id), providerID, id).Limit(1).Find(&other)
	if found.Error != nil {
		return nil, wrap(found.Error, "checking the provider's id of message %q", id)
	}
	if found.RowsAffected > 0 {
		s.log.WarnContext(ctx, "a provider gave two messages the same id; the second is kept without it", "message", id, "other", other.ID)
		return map[string]any{}, nil
	}
	return map[string]any{"provider_id": providerID}, nil
}

// MessageHistory lists what became of a message, by the provider's time: that it
// was accepted, and every status heard of it.
func (s *Store) MessageHistory(ctx context.Context, id engine.MessageID) ([]MessageEvent, error) {
	var rows []messageEventRow
	if err := s.read(ctx).Where("message_id = ?", id).Order("at, recorded_at").Find(&rows).Error; err != nil {
		return nil, wrap(err, "loading the history of message %q", id)
	}
	var of messageRow
	if err := s.read(ctx).Select("id", "accepted_at", "provider_id").Where("id = ?", id).Limit(1).Find(&of).Error; err != nil {
		return nil, wrap(err, "loading the history of message %q", id)
	}
	told := slices.ContainsFunc(rows, func(r messageEventRow) bool { return r.Status == string(engine.Accepted) })
	if of.AcceptedAt != nil && !told {
		accepted := messageEventRow{Status: string(engine.Accepted), At: *of.AcceptedAt, Applied: true}
		i, _ := slices.BinarySearchFunc(rows, accepted, func(a, b messageEventRow) int { return a.At.time.Compare(b.At.time) })
		rows = slices.Insert(rows, i, accepted)
	}
	return each(rows, func(r *messageEventRow) (MessageEvent, error) {
		return MessageEvent{
			Status: engine.MessageStatus(r.Status), At: r.At.time, Applied: r.Applied,
			Reason: r.Reason, ErrorCode: r.ErrorCode, ErrorDetail: r.ErrorDetail,
		}, nil
	})
}
