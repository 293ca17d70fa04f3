package store

import (
	"context"
	"time"

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
