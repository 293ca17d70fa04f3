package store

import (
	"context"
	"time"

	"jornada/engine"
)

// windowRow is when a contact last wrote to an integration.
type windowRow struct {
	WorkspaceID   string
	ContactID     string
	IntegrationID string
	Channel       string
	LastInboundAt stamp
}

// TableName implements gorm's schema.Tabler.
func (windowRow) TableName() string { return "service_windows" }

// TouchWindow records that a contact wrote, and keeps the newest time whatever
// the order in which messages arrive. opened is true for the one message that
// found the window closed and leaves it open now.
func (s *Store) TouchWindow(ctx context.Context, contact engine.ContactID, integration engine.IntegrationID, ch engine.Channel, when time.Time) (opened bool, err error) {
	const mine = "contact_id = ? AND integration_id = ? AND channel = ?"
	when = when.UTC().Truncate(time.Microsecond)
	live := when.Add(engine.ServiceWindowLength).After(s.now())
	row := windowRow{ContactID: string(contact), IntegrationID: string(integration), Channel: string(ch), LastInboundAt: at(when)}
	inserted := s.ifNew(ctx).Create(&row)
	if inserted.Error != nil {
		return false, wrap(inserted.Error, "opening the service window of contact %q", contact)
	}
	if inserted.RowsAffected == 1 {
		return live, nil
	}
	for {
		var old windowRow
		if err := s.write(ctx).Where(mine, contact, integration, string(ch)).Limit(1).Find(&old).Error; err != nil {
			return false, wrap(err, "reading the service window of contact %q", contact)
		}
		if !when.After(old.LastInboundAt.time) {
			return false, nil
		}
		changed := s.write(ctx).Model(&windowRow{}).Where(mine, contact, integration, string(ch)).
			Where("last_inbound_at = ?", old.LastInboundAt).UpdateColumn("last_inbound_at", at(when))
		if changed.Error != nil {
			return false, wrap(changed.Error, "extending the service window of contact %q", contact)
		}
		if changed.RowsAffected == 1 {
			return live && !old.LastInboundAt.time.Add(engine.ServiceWindowLength).After(when), nil
		}
	}
}

// Window tells when a contact last wrote on a channel, and to which integration;
// it is zero when they never did.
func (s *Store) Window(ctx context.Context, contact engine.ContactID, ch engine.Channel) (engine.WindowState, error) {
	var row windowRow
	found := s.read(ctx).Where("contact_id = ? AND channel = ?", contact, string(ch)).
		Order("last_inbound_at DESC, integration_id").Limit(1).Find(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return engine.WindowState{}, wrap(found.Error, "reading the service window of contact %q", contact)
	}
	return engine.WindowState{
		IntegrationID: engine.IntegrationID(row.IntegrationID), Channel: engine.Channel(row.Channel), LastInboundAt: row.LastInboundAt.time,
	}, nil
}
