package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"jornada/engine"
)

// follows are the tables whose rows simply change hands when two contacts become
// one, with what else finds them by an index. A test compares them with the schema.
// Closed questions and the outbox stay: whoever reads them follows the merge.
var follows = []struct {
	rows schema.Tabler
	also string
}{
	{rows: &addressRow{}}, {rows: &consentRow{}}, {rows: &enrollmentRow{}}, {rows: &messageRow{}}, {rows: &handoffRow{}},
	{&eventRow{}, "contact_id <> ''"}, {&waitRow{}, "state = 'open'"},
}

// MergeContacts makes one person of two: what belongs to from is into's
// afterwards, and from leads to into (Contact). merged is false when it was so
// before. Call it inside InTx; it locks both.
//
//   - Addresses, messages, enrollments, open questions, hand-offs, events and
//     evidence of consent change hands; suppressions hold for the addresses.
//   - Of permissions the stricter wins: a no on either side is recorded as a no of
//     the survivor.
//   - Attributes, zone and language are those of the contact that is older; the
//     other one fills the gaps, and tags are joined.
//   - Of two service windows on one number the later counts; of two variants of a
//     split the survivor's.
//   - The data key of from stays, so what was sealed with it is read on, and goes
//     when into is erased.
//
// It is NotFound when one of them is unknown, and Conflict when one was erased.
func (s *Store) MergeContacts(ctx context.Context, from, into engine.ContactID) (merged bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		merged = false
		loser, survivor, err := s.lockTwo(ctx, from, into)
		if err != nil {
			return err
		}
		if loser.ID == survivor.ID {
			return nil
		}
		if merged, err = true, s.merge(ctx, loser, survivor); err != nil {
			return fmt.Errorf("merging contact %q into %q: %w", from, into, err)
		}
		return nil
	})
	return merged, err
}

// lockTwo locks two contacts, always in the same order, and reads who they are
// now: either may have been merged before.
func (s *Store) lockTwo(ctx context.Context, from, into engine.ContactID) (loser, survivor *engine.Contact, err error) {
	for _, id := range slices.Sorted(slices.Values([]engine.ContactID{from, into})) {
		if err := s.LockContact(ctx, id); err != nil {
			return nil, nil, err
		}
	}
	if loser, err = s.Contact(ctx, from); err != nil {
		return nil, nil, err
	}
	if survivor, err = s.Contact(ctx, into); err != nil {
		return nil, nil, err
	}
	for _, c := range []*engine.Contact{loser, survivor} {
		if c.ErasedAt != nil {
			return nil, nil, engine.Errorf(engine.Conflict, "contact %q was erased and cannot be merged", string(c.ID))
		}
	}
	return loser, survivor, nil
}

func (s *Store) merge(ctx context.Context, loser, survivor *engine.Contact) error {
	from, into := string(loser.ID), string(survivor.ID)
	optIn, purposes := engine.StricterPermission(loser, survivor)
	if err := s.rekey(ctx, from, into); err != nil {
		return err
	}
	// Those of the survivor stay in front.
	err := s.write(ctx).Model(&addressRow{}).Where("contact_id = ?", from).
		UpdateColumn("position", gorm.Expr("position + ?", len(survivor.Addresses))).Error
	if err != nil {
		return wrap(err, "moving addresses")
	}
	for _, table := range follows {
		db := s.write(ctx).Model(table.rows).Where("contact_id = ?", from)
		if table.also != "" {
			db = db.Where(table.also)
		}
		if err := db.UpdateColumn("contact_id", into).Error; err != nil {
			return wrap(err, "moving the %s of a contact", table.rows.TableName())
		}
	}
	if err := s.mergeWindows(ctx, from, into); err != nil {
		return err
	}
	if err := s.mergeOnce(ctx, from, into); err != nil {
		return err
	}
	if err := s.mergeReached(ctx, from, into); err != nil {
		return err
	}
	gone := map[string]any{
		"attributes": document("{}"), "opt_in": document("{}"), "purposes": document("{}"), "timezone": "", "locale": "", "search": "",
		"merged_into": into, "updated_at": at(s.now()),
	}
	if err := s.write(ctx).Model(&contactRow{}).Where("id = ?", from).Updates(gone).Error; err != nil {
		return wrap(err, "leaving a pointer behind")
	}
	older, newer := survivor, loser
	if loser.CreatedAt.Before(survivor.CreatedAt) {
		older, newer = loser, survivor
	}
	one := *survivor
	one.Attributes = joinAttributes(older.Attributes, newer.Attributes)
	one.Timezone, one.Locale = first(older.Timezone, newer.Timezone), first(older.Locale, newer.Locale)
	one.Addresses = append(slices.Clone(survivor.Addresses), loser.Addresses...)
	one.OptIn = optIn
	if _, err := s.putContact(ctx, &one); err != nil {
		return err
	}
	one.Purposes = purposes
	if err := s.savePermission(ctx, &one); err != nil {
		return err
	}
	return s.recordNos(ctx, loser, &one)
}

// recordNos writes down the refusals with which the person begins, so that no
// older yes of the other side is taken for the last word.
func (s *Store) recordNos(ctx context.Context, loser, one *engine.Contact) error {
	note := func(ch engine.Channel, purpose string) error {
		row := consentRow{
			ID: engine.NewID("cns"), ContactID: string(one.ID), Channel: string(ch), Purpose: purpose, Source: "merge", At: at(s.now()),
			Evidence: fmt.Sprintf("one of the two contacts that became one (%s and %s) had said no", loser.ID, one.ID),
		}
		return wrap(s.write(ctx).Create(&row).Error, "recording consent of contact %q", one.ID)
	}
	for _, ch := range engine.Channels() {
		if yes, said := one.OptIn[ch]; said && !yes {
			if err := note(ch, ""); err != nil {
				return err
			}
			continue
		}
		for _, purpose := range engine.Purposes() {
			if yes, said := one.Purposes[ch][purpose]; said && !yes {
				if err := note(ch, purpose); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// rekey gives from's enrollments the entry keys that into's would have, so that
// `overlap` and `reentry` know them. Where both are inside one journey, from's
// keeps its own: the two run on beside each other.
func (s *Store) rekey(ctx context.Context, from, into string) error {
	var rows []enrollmentRow
	if err := s.write(ctx).Distinct("journey_id").Where("contact_id = ?", from).Find(&rows).Error; err != nil {
		return wrap(err, "listing the journeys of a contact")
	}
	for _, r := range rows {
		journey := engine.JourneyID(r.JourneyID)
		old, now := engine.EntryKey(journey, from), engine.EntryKey(journey, into)
		active, err := s.ActiveByKey(ctx, journey, now)
		if err != nil {
			return err
		}
		db := s.write(ctx).Model(&enrollmentRow{}).Where("journey_id = ? AND contact_id = ? AND key = ?", r.JourneyID, from, old)
		if len(active) > 0 {
			db = db.Where("ended_at IS NOT NULL")
		}
		if err := db.UpdateColumn("key", now).Error; err != nil {
			return wrap(err, "renaming the entry keys of journey %q", journey)
		}
	}
	return nil
}

func (s *Store) mergeWindows(ctx context.Context, from, into string) error {
	var rows []windowRow
	if err := s.write(ctx).Where("contact_id = ?", from).Find(&rows).Error; err != nil {
		return wrap(err, "reading the service windows of a contact")
	}
	for _, r := range rows {
		if err := s.TouchWindow(ctx, engine.ContactID(into), engine.IntegrationID(r.IntegrationID), engine.Channel(r.Channel), r.LastInboundAt.time); err != nil {
			return err
		}
		if r.EnteredAt == nil {
			continue
		}
		// The newer entry counts, with its answer.
		err := s.write(ctx).Model(&windowRow{}).
			Where("contact_id = ? AND integration_id = ? AND channel = ? AND (entered_at IS NULL OR entered_at < ?)", into, r.IntegrationID, r.Channel, *r.EnteredAt).
			Updates(map[string]any{"entered_at": r.EnteredAt, "answered_at": r.AnsweredAt}).Error
		if err != nil {
			return wrap(err, "moving where a contact came from")
		}
	}
	return wrap(s.write(ctx).Where("contact_id = ?", from).Delete(&windowRow{}).Error, "moving the service windows of a contact")
}

// mergeOnce moves what a contact can have once: variants of splits and places in
// segments. What the survivor has stays.
func (s *Store) mergeOnce(ctx context.Context, from, into string) error {
	var variants []variantRow
	if err := s.write(ctx).Where("contact_id = ?", from).Find(&variants).Error; err != nil {
		return wrap(err, "reading the variants of a contact")
	}
	var places []memberRow
	if err := s.write(ctx).Where("contact_id = ?", from).Find(&places).Error; err != nil {
		return wrap(err, "reading the segments of a contact")
	}
	for i := range variants {
		variants[i].ContactID = into
	}
	for i := range places {
		places[i].ContactID = into
	}
	if len(variants) > 0 {
		if err := s.ifNew(ctx).Create(&variants).Error; err != nil {
			return wrap(err, "moving the variants of a contact")
		}
		if err := s.write(ctx).Where("contact_id = ?", from).Delete(&variantRow{}).Error; err != nil {
			return wrap(err, "moving the variants of a contact")
		}
	}
	if len(places) == 0 {
		return nil
	}
	if err := s.ifNew(ctx).Create(&places).Error; err != nil {
		return wrap(err, "moving a contact between segments")
	}
	return wrap(s.write(ctx).Where("contact_id = ?", from).Delete(&memberRow{}).Error, "moving a contact between segments")
}

// mergeReached makes one person of two in the count of whom a portfolio reached: of
// two moments the later counts.
func (s *Store) mergeReached(ctx context.Context, from, into string) error {
	var rows []personRow
	if err := s.write(ctx).Where("contact_id IN ?", []string{from, into}).Order("opened_at").Find(&rows).Error; err != nil {
		return wrap(err, "reading when portfolios reached a contact")
	}
	for _, r := range rows { // the last one written is the latest
		r.ContactID = into
		if err := s.write(ctx).Clauses(upsertOn([]string{"portfolio", "contact_id"}, []string{"opened_at"})).Create(&r).Error; err != nil {
			return wrap(err, "moving when portfolio %q reached a contact", r.Portfolio)
		}
	}
	return wrap(s.write(ctx).Where("contact_id = ?", from).Delete(&personRow{}).Error, "moving when portfolios reached a contact")
}

// joinAttributes keeps what the older knows and fills the gaps; tags are joined.
func joinAttributes(older, newer map[string]any) map[string]any {
	out := maps.Clone(newer)
	if out == nil {
		out = map[string]any{}
	}
	for name, value := range older {
		if value != nil {
			out[name] = value
		}
	}
	had, isList := older["tags"].([]any)
	more, also := newer["tags"].([]any)
	if isList && also {
		tags := slices.Clone(had)
		for _, tag := range more {
			if text, isText := tag.(string); isText && !slices.ContainsFunc(tags, func(have any) bool { return have == any(text) }) {
				tags = append(tags, tag)
			}
		}
		out["tags"] = tags
	}
	return out
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
