package store

import (
	"context"

	"jornada/engine"
)

// senderRow is what there is of somebody who has written.
type senderRow struct {
	WorkspaceID string
	ID          string
	Enrolled    bool
	Asked       bool
	WithPeople  bool
	OutOfReach  bool
}

// TableName implements gorm's schema.Tabler.
func (senderRow) TableName() string { return "contacts" }

const (
	senderEnrolled = `EXISTS (SELECT 1 FROM enrollments
		WHERE enrollments.workspace_id = contacts.workspace_id AND enrollments.contact_id = contacts.id AND enrollments.ended_at IS NULL)`
	senderAsked = `EXISTS (SELECT 1 FROM waits
		WHERE waits.workspace_id = contacts.workspace_id AND waits.contact_id = contacts.id AND waits.state = 'open')`
	senderWithPeople = `EXISTS (SELECT 1 FROM handoffs
		WHERE handoffs.workspace_id = contacts.workspace_id AND handoffs.contact_id = contacts.id AND handoffs.state = 'open')`
	senderOutOfReach = `EXISTS (SELECT 1 FROM suppressions
		WHERE suppressions.workspace_id = contacts.workspace_id AND suppressions.channel = ? AND suppressions.lifted_at IS NULL
		AND suppressions.reason = '` + engine.SuppressedUnreachable + `' AND suppressions.address_hash IN ?)`
)

// SenderRecord reads what there is to look at of a contact who has written on a
// channel, in one question; addrs are theirs there. Ask it under the contact's lock,
// which opening a question takes, too.
func (s *Store) SenderRecord(ctx context.Context, contact engine.ContactID, ch engine.Channel, addrs []engine.Address) (engine.SenderRecord, error) {
	of, err := s.hashesOf(ctx, addrs)
	if err != nil {
		return engine.SenderRecord{}, err
	}
	var row senderRow
	err = s.read(ctx).Select("contacts.id, "+senderEnrolled+" AS enrolled, "+senderAsked+" AS asked, "+senderWithPeople+" AS with_people, "+
		senderOutOfReach+" AS out_of_reach", string(ch), keysOf(of)).Where("contacts.id = ?", contact).Limit(1).Find(&row).Error
	if err != nil {
		return engine.SenderRecord{}, wrap(err, "reading what there is of contact %q, who wrote", contact)
	}
	return engine.SenderRecord{Enrolled: row.Enrolled, Asked: row.Asked, WithPeople: row.WithPeople, OutOfReach: row.OutOfReach}, nil
}
