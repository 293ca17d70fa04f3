package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"jornada/engine"
)

// consentRow is one piece of evidence: permission given or withdrawn.
type consentRow struct {
	WorkspaceID string
	ID          string
	ContactID   string
	Channel     string
	Purpose     string
	Granted     bool
	Source      string
	Evidence    string
	RecordedBy  string
	At          stamp
}

// TableName implements gorm's schema.Tabler.
func (consentRow) TableName() string { return "consents" }

// RecordConsent keeps the evidence and updates what the contact permits on the
// channel (engine.Contact.Heed). A grant that is older than a withdrawal of the
// same is evidence only: a form signed last year does not undo last week's no.
func (s *Store) RecordConsent(ctx context.Context, c engine.Consent) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		var contact contactRow
		if err := one(s.forUpdate(s.write(ctx)).Where("id = ?", c.ContactID), &contact, "contact", c.ContactID); err != nil {
			return err
		}
		when := c.At
		if when.IsZero() {
			when = s.now()
		}
		row := consentRow{
			ID: engine.NewID("cns"), ContactID: string(c.ContactID), Channel: string(c.Channel), Purpose: c.Purpose,
			Granted: c.Granted, Source: clean(c.Source), Evidence: clean(c.Evidence), RecordedBy: clean(c.By), At: at(when),
		}
		if err := s.write(ctx).Create(&row).Error; err != nil {
			return wrap(err, "recording consent of contact %q", c.ContactID)
		}
		if c.Granted {
			if overtaken, err := s.withdrawnSince(ctx, &row); overtaken || err != nil {
				return err
			}
		}
		person, err := contact.noun(nil)
		if err != nil {
			return err
		}
		person.Heed(c)
		return s.savePermission(ctx, person)
	})
}

// withdrawnSince reports whether what a grant permits was withdrawn after it.
func (s *Store) withdrawnSince(ctx context.Context, grant *consentRow) (bool, error) {
	db := s.read(ctx).Where("contact_id = ? AND at > ? AND channel = ? AND NOT granted", grant.ContactID, grant.At, grant.Channel)
	if grant.Purpose != "" {
		db = db.Where("purpose IN ?", []string{"", grant.Purpose})
	}
	var later []consentRow
	err := db.Select("id").Limit(1).Find(&later).Error
	return len(later) > 0, wrap(err, "reading the consents of contact %q", grant.ContactID)
}

// savePermission stores what a contact permits.
func (s *Store) savePermission(ctx context.Context, c *engine.Contact) error {
	row, err := contactToRow(c)
	if err != nil {
		return err
	}
	err = s.write(ctx).Model(&contactRow{}).Where("id = ?", string(c.ID)).
		Updates(map[string]any{"opt_in": row.OptIn, "purposes": row.Purposes, "updated_at": at(s.now())}).Error
	return wrap(err, "updating what contact %q permits", c.ID)
}

// Consents lists a contact's evidence, newest first.
func (s *Store) Consents(ctx context.Context, id engine.ContactID) ([]engine.Consent, error) {
	var rows []consentRow
	if err := s.read(ctx).Where("contact_id = ?", id).Order("at DESC, id DESC").Find(&rows).Error; err != nil {
		return nil, wrap(err, "listing the consents of contact %q", id)
	}
	return each(rows, func(r *consentRow) (engine.Consent, error) {
		return engine.Consent{
			ContactID: engine.ContactID(r.ContactID), Channel: engine.Channel(r.Channel), Purpose: r.Purpose,
			Granted: r.Granted, Source: r.Source, Evidence: r.Evidence, By: r.RecordedBy, At: r.At.time,
		}, nil
	})
}

// suppressionRow keeps an address only as a keyed hash.
type suppressionRow struct {
	WorkspaceID string
	ID          string
	Channel     string
	AddressHash string
	Purpose     string
	Reason      string
	At          stamp
	LiftedAt    *stamp
	LiftReason  string
}

// TableName implements gorm's schema.Tabler.
func (suppressionRow) TableName() string { return "suppressions" }

// Suppress stops messages to an address. Repeating it changes nothing: the
// first reason stays, unless it is that the address could not be reached, which any
// other outlasts and which begins anew.
func (s *Store) Suppress(ctx context.Context, sp engine.Suppression) error {
	hash, err := s.hashAddress(ctx, sp.Address.Kind, sp.Address.Value)
	if err != nil {
		return err
	}
	when := sp.At
	if when.IsZero() {
		when = s.now()
	}
	row := suppressionRow{
		ID: engine.NewID("sup"), Channel: string(sp.Channel), AddressHash: hash,
		Purpose: sp.Purpose, Reason: clean(sp.Reason), At: at(when),
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		over := s.write(ctx).Model(&suppressionRow{}).
			Where("channel = ? AND address_hash = ? AND purpose = ? AND reason = ? AND lifted_at IS NULL", row.Channel, row.AddressHash, row.Purpose, engine.SuppressedUnreachable).
			Updates(map[string]any{"reason": row.Reason, "at": row.At})
		if over.Error != nil || over.RowsAffected > 0 {
			return wrap(over.Error, "suppressing an address on %s", sp.Channel)
		}
		return wrap(s.ifNew(ctx).Create(&row).Error, "suppressing an address on %s", sp.Channel)
	})
}

// inForce leaves out what ended by itself.
func (s *Store) inForce(db *gorm.DB) *gorm.DB {
	return db.Where("lifted_at IS NULL AND NOT (reason = ? AND at <= ?)", engine.SuppressedUnreachable, at(s.now().Add(-engine.UnreachableFor)))
}

// Reached ends that addresses count as out of reach: their owner wrote from one.
func (s *Store) Reached(ctx context.Context, ch engine.Channel, addrs []engine.Address) error {
	of, err := s.hashesOf(ctx, addrs)
	if err != nil || len(of) == 0 {
		return err
	}
	err = s.write(ctx).Model(&suppressionRow{}).
		Where("channel = ? AND lifted_at IS NULL AND reason = ? AND address_hash IN ?", string(ch), engine.SuppressedUnreachable, keysOf(of)).
		Updates(map[string]any{"lifted_at": at(s.now()), "lift_reason": "the person wrote"}).Error
	return wrap(err, "noting that addresses on %s can be reached", ch)
}

// Suppressions lists what stops messages to any of the addresses on a channel,
// newest first. A phone number is found under every way to write it, and as a
// WhatsApp id.
func (s *Store) Suppressions(ctx context.Context, ch engine.Channel, addrs []engine.Address) ([]engine.Suppression, error) {
	of, err := s.stopHashes(ctx, addrs)
	if err != nil || len(of) == 0 {
		return nil, err
	}
	var rows []suppressionRow
	db := s.inForce(s.read(ctx)).Where("channel = ? AND address_hash IN ?", string(ch), keysOf(of))
	if err := db.Order("at DESC, id DESC").Find(&rows).Error; err != nil {
		return nil, wrap(err, "reading suppressions on %s", ch)
	}
	return each(rows, func(r *suppressionRow) (engine.Suppression, error) {
		sp := r.noun()
		sp.Address = of[r.AddressHash]
		return sp, nil
	})
}

// noun is a suppression without its address, which nobody knows.
func (r *suppressionRow) noun() engine.Suppression {
	return engine.Suppression{ID: r.ID, Channel: engine.Channel(r.Channel), Purpose: r.Purpose, Reason: r.Reason, At: r.At.time}
}

// LiftSuppression allows messages to an address again whose owner had stopped
// them, for every purpose. The row stays as evidence, with the reason. A
// complaint, a bounce and a block list are not undone by the owner's word.
func (s *Store) LiftSuppression(ctx context.Context, ch engine.Channel, addr engine.Address, reason string) error {
	of, err := s.hashesOf(ctx, []engine.Address{addr})
	if err != nil || len(of) == 0 {
		return err
	}
	err = s.write(ctx).Model(&suppressionRow{}).
		Where("channel = ? AND lifted_at IS NULL AND reason = ? AND address_hash IN ?", string(ch), "opted_out", keysOf(of)).
		Updates(map[string]any{"lifted_at": at(s.now()), "lift_reason": clean(reason)}).Error
	return wrap(err, "lifting a suppression on %s", ch)
}

// hashesOf maps the hashes of every form of every address back to the address.
func (s *Store) hashesOf(ctx context.Context, addrs []engine.Address) (map[string]engine.Address, error) {
	of := map[string]engine.Address{}
	for _, a := range addrs {
		_, values := addressForms(a)
		for _, v := range values {
			hash, err := s.hashAddress(ctx, a.Kind, v)
			if err != nil {
				return nil, err
			}
			if _, taken := of[hash]; !taken {
				of[hash] = a
			}
		}
	}
	return of, nil
}

// hashAddress is a keyed hash: without the workspace's key nobody can try out
// the 10^11 phone numbers of a country. Phone numbers and WhatsApp ids hash alike.
func (s *Store) hashAddress(ctx context.Context, kind engine.AddressKind, value string) (string, error) {
	key, err := s.DataKey(ctx, WorkspaceKey)
	if err != nil {
		return "", err
	}
	value = clean(value)
	switch kind {
	case engine.Phone, engine.WAID:
		kind, value = engine.Phone, strings.TrimPrefix(value, "+")
	case engine.EmailAddress:
		value = strings.ToLower(value)
	}
	mac := hmac.New(sha256.New, derive(key, "address hash"))
	mac.Write([]byte(string(kind) + "\x00" + value))
	return hex.EncodeToString(mac.Sum(nil)), nil
}

func keysOf[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}

// upsertOn is an insert that changes columns of the row already there.
func upsertOn(keys, columns []string) clause.OnConflict {
	on := clause.OnConflict{Columns: []clause.Column{{Name: "workspace_id"}}, DoUpdates: clause.AssignmentColumns(columns)}
	for _, k := range keys {
		on.Columns = append(on.Columns, clause.Column{Name: k})
	}
	return on
}
