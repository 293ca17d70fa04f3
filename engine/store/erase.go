package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"jornada/engine"
)

// EraseContact removes what is personal about a contact, and about those merged
// into it, in one transaction: attributes and addresses, what they wrote and
// what they were sent, the inputs and texts of their enrollments, evidence of
// consent beyond its bare fact. Their data keys are destroyed, which makes
// Temporal's history and the outbox unreadable. Suppressions stay, as keyed
// hashes; the contact's id stays, with ErasedAt. End their enrollments first
// (ActiveOfContact): a running one could not go on. Erasing again is harmless.
func (s *Store) EraseContact(ctx context.Context, id engine.ContactID) error {
	var keys []string
	err := s.InTx(ctx, func(ctx context.Context) error {
		keys = nil
		now, err := s.Contact(ctx, id) // whoever they are now is erased, not just the pointer
		if err != nil {
			return err
		}
		family, err := s.family(ctx, now.ID)
		if err != nil {
			return err
		}
		for _, c := range family {
			if err := s.eraseOne(ctx, c); err != nil {
				return wrap(err, "erasing contact %q", id)
			}
			keys = append(keys, c.KeyID)
		}
		return nil
	})
	for _, key := range keys { // also when another process put it back into the cache meanwhile
		s.keys.drop(key)
	}
	return err
}

// family is a contact and everyone merged into it, directly or not.
func (s *Store) family(ctx context.Context, id engine.ContactID) ([]contactRow, error) {
	var first contactRow
	if err := one(s.forUpdate(s.write(ctx)).Where("id = ?", id), &first, "contact", id); err != nil {
		return nil, err
	}
	list, seen := []contactRow{first}, map[string]bool{first.ID: true}
	for i := 0; i < len(list); i++ {
		var merged []contactRow
		if err := s.forUpdate(s.write(ctx)).Where("merged_into = ? AND merged_into <> ''", list[i].ID).Find(&merged).Error; err != nil {
			return nil, wrap(err, "finding who was merged into contact %q", list[i].ID)
		}
		for _, m := range merged {
			if !seen[m.ID] {
				seen[m.ID] = true
				list = append(list, m)
			}
		}
	}
	return list, nil
}

func (s *Store) eraseOne(ctx context.Context, c contactRow) error {
	now := at(s.now())
	addresses, err := s.addresses(ctx, []string{c.ID})
	if err != nil {
		return err
	}
	var known []engine.Address
	for _, a := range addresses[c.ID] {
		known = append(known, engine.Address{Kind: engine.AddressKind(a.Kind), Value: a.Value})
	}
	hashes, err := s.hashesOf(ctx, known)
	if err != nil {
		return err
	}
	of := func(model any, where string, args ...any) *gorm.DB {
		return s.write(ctx).Model(model).Where(where, args...)
	}
	sub := func(model any) *gorm.DB { return s.scopedSub(ctx, model).Where("contact_id = ?", c.ID) }
	mine := append(keysOf(hashes), "")
	events, err := s.eventIDs(ctx, c.ID, mine)
	if err != nil {
		return err
	}
	blankEvent := map[string]any{
		"sender": document("[]"), "profile_name": "", "message": nil, "status": nil, "data": nil, "raw": nil, "last_error": "", "result": "", "party": "",
	}
	changes := []error{
		of(&contactRow{}, "id = ?", c.ID).Updates(map[string]any{
			"attributes": document("{}"), "opt_in": document("{}"), "purposes": document("{}"), "timezone": "", "locale": "", "key_id": "", "search": "",
			"erased_at": gorm.Expr("COALESCE(erased_at, ?)", now), "updated_at": now,
		}).Error,
		of(&addressRow{}, "contact_id = ?", c.ID).Delete(&addressRow{}).Error,
		of(&consentRow{}, "contact_id = ?", c.ID).Updates(map[string]any{"evidence": "", "recorded_by": ""}).Error,
		of(&windowRow{}, "contact_id = ?", c.ID).Delete(&windowRow{}).Error,
		of(&memberRow{}, "contact_id = ?", c.ID).Delete(&memberRow{}).Error,
		of(&messageEventRow{}, "message_id IN (?)", sub(&messageRow{}).Select("id")).UpdateColumn("error_detail", "").Error,
		of(&messageRow{}, "contact_id = ?", c.ID).Updates(map[string]any{
			"to_value": "", "content": document("{}"), "closed": nil, "error_detail": "", "updated_at": now,
		}).Error,
		inChunks(events, func(ids []string) error {
			return errors.Join(
				of(&eventRow{}, "id IN ?", ids).Updates(blankEvent).Error,
				of(&eventRow{}, "id IN ? AND processed_at IS NULL", ids).Updates(map[string]any{"processed_at": now, "result": "erased"}).Error)
		}),
		of(&eventAddressRow{}, "address_hash IN ?", mine).Delete(&eventAddressRow{}).Error,
		of(&trailRow{}, "enrollment_id IN (?)", sub(&enrollmentRow{}).Select("id")).
			Where("kind NOT IN ?", []string{"enrolled", "step", "outcome", "ended"}).
			Updates(map[string]any{"result": "", "detail": ""}).Error,
		of(&trailRow{}, "enrollment_id IN (?)", sub(&enrollmentRow{}).Select("id")).UpdateColumn("detail", "").Error,
		s.blankTriggers(ctx, c.ID),
		of(&waitRow{}, "contact_id = ? AND state = 'open'", c.ID).
			Updates(map[string]any{"state": string(engine.WaitCancelled), "closed_at": now}).Error,
		of(&handoffRow{}, "contact_id = ? AND state = 'open'", c.ID).Updates(map[string]any{"state": "canceled", "closed_at": now}).Error,
		of(&handoffRow{}, "contact_id = ?", c.ID).Updates(map[string]any{"note": "", "resolution": ""}).Error,
		s.destroyKey(ctx, c.KeyID),
	}
	for _, err := range changes {
		if err != nil {
			return err
		}
	}
	return nil
}

// blankTriggers keeps what kind of trigger started an enrollment, not its words.
func (s *Store) blankTriggers(ctx context.Context, contact string) error {
	var rows []enrollmentRow
	if err := s.write(ctx).Select("id", "trigger").Where("contact_id = ?", contact).Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		var t engine.TriggerRecord
		if err := r.Trigger.into(&t); err != nil {
			return err
		}
		bare, err := toDocument(engine.TriggerRecord{Kind: t.Kind, Event: t.Event, EventID: t.EventID, Channel: t.Channel})
		if err != nil {
			return err
		}
		err = s.write(ctx).Model(&enrollmentRow{}).Where("id = ?", r.ID).Updates(map[string]any{"trigger": bare, "inputs": document("{}"), "reason": ""}).Error
		if err != nil {
			return err
		}
	}
	return nil
}
