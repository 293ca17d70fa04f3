package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"jornada/engine"
)

// windowRow is when a contact last wrote to an integration.
type windowRow struct {
	WorkspaceID   string
	ContactID     string
	IntegrationID string
	Channel       string
	LastInboundAt stamp
	EnteredAt     *stamp // by WhatsApp's free entry point
	AnsweredAt    *stamp
}

// TableName implements gorm's schema.Tabler.
func (windowRow) TableName() string { return "service_windows" }

// TouchWindow records that a contact wrote, and keeps the newest time whatever
// the order in which messages arrive.
func (s *Store) TouchWindow(ctx context.Context, contact engine.ContactID, integration engine.IntegrationID, ch engine.Channel, when time.Time) error {
	row := windowRow{ContactID: string(contact), IntegrationID: string(integration), Channel: string(ch), LastInboundAt: at(when)}
	newest := upsertOn([]string{"contact_id", "integration_id", "channel"}, []string{"last_inbound_at"})
	newest.Where = clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "service_windows.last_inbound_at < excluded.last_inbound_at"}}}
	return wrap(s.write(ctx).Clauses(newest).Create(&row).Error, "extending the service window of contact %q", contact)
}

// TouchEntry records that a contact came by WhatsApp's free entry point, after
// TouchWindow; of several times the newest counts, and is not answered yet.
func (s *Store) TouchEntry(ctx context.Context, contact engine.ContactID, integration engine.IntegrationID, ch engine.Channel, when time.Time) error {
	err := s.write(ctx).Model(&windowRow{}).
		Where("contact_id = ? AND integration_id = ? AND channel = ? AND (entered_at IS NULL OR entered_at < ?)", string(contact), string(integration), string(ch), at(when)).
		Updates(map[string]any{"entered_at": at(when), "answered_at": nil}).Error
	return wrap(err, "recording where contact %q came from", contact)
}

// AnswerEntry reports whether a message that goes to a contact now is free by
// WhatsApp's free entry point. The first one within a day is the answer that begins it.
func (s *Store) AnswerEntry(ctx context.Context, contact engine.ContactID, integration engine.IntegrationID, ch engine.Channel, now time.Time) (free bool, err error) {
	where := func(db *gorm.DB) *gorm.DB {
		return db.Where("contact_id = ? AND integration_id = ? AND channel = ?", string(contact), string(integration), string(ch))
	}
	var row windowRow
	found := where(s.read(ctx)).Where("entered_at IS NOT NULL").Limit(1).Find(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return false, wrap(found.Error, "reading where contact %q came from", contact)
	}
	entry := row.entry()
	after := entry.Answered(now)
	if after != entry {
		if err := where(s.write(ctx).Model(&windowRow{})).Where("answered_at IS NULL AND entered_at = ?", row.EnteredAt).UpdateColumn("answered_at", at(after.AnsweredAt)).Error; err != nil {
			return false, wrap(err, "recording the answer to contact %q", contact)
		}
	}
	return after.FreeAt(now), nil
}

func (row windowRow) entry() (e engine.FreeEntry) {
	if row.EnteredAt != nil {
		e.EnteredAt = row.EnteredAt.time
	}
	if row.AnsweredAt != nil {
		e.AnsweredAt = row.AnsweredAt.time
	}
	return e
}

// window tells when a contact last wrote on a channel, and to which integration;
// it is zero when they never did.
func (s *Store) window(ctx context.Context, contact engine.ContactID, ch engine.Channel) (engine.WindowState, error) {
	var row windowRow
	found := s.read(ctx).Where("contact_id = ? AND channel = ?", contact, string(ch)).
		Order("last_inbound_at DESC, integration_id").Limit(1).Find(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return engine.WindowState{}, wrap(found.Error, "reading the service window of contact %q", contact)
	}
	return row.state(), nil
}

// WindowOf tells when a contact last wrote to one integration; it is zero when they
// never did.
func (s *Store) WindowOf(ctx context.Context, contact engine.ContactID, integration engine.IntegrationID, ch engine.Channel) (engine.WindowState, error) {
	var row windowRow
	found := s.read(ctx).Where("contact_id = ? AND integration_id = ? AND channel = ?", contact, string(integration), string(ch)).Limit(1).Find(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return engine.WindowState{}, wrap(found.Error, "reading the service window of contact %q", contact)
	}
	return row.state(), nil
}

func (row windowRow) state() engine.WindowState {
	return engine.WindowState{
		IntegrationID: engine.IntegrationID(row.IntegrationID), Channel: engine.Channel(row.Channel), LastInboundAt: row.LastInboundAt.time,
	}
}

// Windows tells per channel when a contact last wrote there, and to which
// integration. A channel on which they never wrote is missing.
func (s *Store) Windows(ctx context.Context, contact engine.ContactID) (map[engine.Channel]engine.WindowState, error) {
	var rows []windowRow
	err := s.read(ctx).Where("contact_id = ?", contact).Order("last_inbound_at DESC, integration_id").Find(&rows).Error
	if err != nil {
		return nil, wrap(err, "reading the service windows of contact %q", contact)
	}
	windows := make(map[engine.Channel]engine.WindowState, len(rows))
	for _, row := range rows {
		state := row.state()
		if _, newer := windows[state.Channel]; !newer {
			windows[state.Channel] = state
		}
	}
	return windows, nil
}
