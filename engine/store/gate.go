package store

import (
	"context"

	"jornada/engine"
)

// gateRow is what the send gate must know of an enrollment.
type gateRow struct {
	WorkspaceID   string
	ID            string
	Status        string
	JourneyPaused bool
	Halted        bool
	WithPeople    bool
	Suppressed    bool
	Leaving       bool
	Busy          bool
	WindowOf      *string
	WindowAt      *stamp
}

// TableName implements gorm's schema.Tabler.
func (gateRow) TableName() string { return "enrollments" }

const (
	gateHalted = `EXISTS (SELECT 1 FROM settings
		WHERE settings.workspace_id = enrollments.workspace_id AND settings.key = '` + haltSetting + `' AND settings.value <> '')`
	gateJourney = `COALESCE((SELECT journeys.paused FROM journeys
		WHERE journeys.workspace_id = enrollments.workspace_id AND journeys.id = enrollments.journey_id), false)`
	gatePeople = `EXISTS (SELECT 1 FROM handoffs
		WHERE handoffs.workspace_id = enrollments.workspace_id AND handoffs.contact_id = ? AND handoffs.state = 'open'
		AND handoffs.enrollment_id <> enrollments.id)`
	gateSuppressed = `EXISTS (SELECT 1 FROM suppressions
		WHERE suppressions.workspace_id = enrollments.workspace_id AND suppressions.channel = ? AND suppressions.lifted_at IS NULL
		AND suppressions.address_hash IN ?)`
	gateLeaving = `EXISTS (SELECT 1 FROM event_addresses
		WHERE event_addresses.workspace_id = enrollments.workspace_id AND ` + leaving + `)`
	gateBusy = `EXISTS (SELECT 1 FROM messages
		WHERE messages.workspace_id = enrollments.workspace_id AND messages.contact_id = ? AND messages.claimed_at >= ? LIMIT 1 OFFSET ?)`
	gateWindow = ` FROM service_windows
		WHERE service_windows.workspace_id = enrollments.workspace_id AND service_windows.contact_id = ? AND service_windows.channel = ?
		ORDER BY service_windows.last_inbound_at DESC, service_windows.integration_id LIMIT 1)`

	// leaving picks, of the addresses of events, those with a wish that waits for its turn.
	leaving = `event_addresses.withdraws AND event_addresses.address_hash IN ? AND EXISTS (SELECT 1 FROM inbound_events
		WHERE inbound_events.workspace_id = event_addresses.workspace_id AND inbound_events.id = event_addresses.event_id
		AND inbound_events.processed_at IS NULL)`
)

// GateRecord reads what the send gate must know of an enrollment and of its
// contact's conversation on a channel, in one question; addrs are the contact's
// there. busy is how many recent messages are worth a closer look. Without such an
// enrollment only the conversation is known.
func (s *Store) GateRecord(ctx context.Context, id engine.EnrollmentID, contact engine.ContactID, ch engine.Channel, addrs []engine.Address, busy engine.Burst) (engine.GateRecord, error) {
	of, err := s.stopHashes(ctx, addrs)
	if err != nil {
		return engine.GateRecord{}, err
	}
	var row gateRow
	columns := "enrollments.id, enrollments.status, " + gateJourney + " AS journey_paused, " + gateHalted + " AS halted, " + gatePeople + " AS with_people, " +
		gateSuppressed + " AS suppressed, " + gateLeaving + " AS leaving, " +
		"(SELECT service_windows.integration_id" + gateWindow + " AS window_of, (SELECT service_windows.last_inbound_at" + gateWindow + " AS window_at"
	hashes := keysOf(of)
	values := []any{string(contact), string(ch), hashes, hashes, string(contact), string(ch), string(contact), string(ch)}
	if busy.Messages > 0 {
		columns += ", " + gateBusy + " AS busy"
		values = append(values, string(contact), at(busy.Since), busy.Messages-1)
	}
	found := s.read(ctx).Select(columns, values...).Where("enrollments.id = ?", id).Limit(1).Find(&row)
	if found.Error != nil {
		return engine.GateRecord{}, wrap(found.Error, "reading enrollment %q for the send gate", id)
	}
	if found.RowsAffected == 0 {
		return s.gateWithout(ctx, contact, ch, addrs, hashes)
	}
	out := engine.GateRecord{
		Found: true, Status: engine.EnrollmentStatus(row.Status), JourneyPaused: row.JourneyPaused, Halted: row.Halted,
		WithPeople: row.WithPeople, Suppressed: row.Suppressed, Leaving: row.Leaving, Busy: row.Busy,
	}
	if row.WindowAt != nil && row.WindowOf != nil {
		out.Window = engine.WindowState{IntegrationID: engine.IntegrationID(*row.WindowOf), Channel: ch, LastInboundAt: row.WindowAt.time}
	}
	return out, nil
}

func (s *Store) gateWithout(ctx context.Context, contact engine.ContactID, ch engine.Channel, addrs []engine.Address, hashes []string) (engine.GateRecord, error) {
	w, err := s.window(ctx, contact, ch)
	if err != nil {
		return engine.GateRecord{}, err
	}
	open, _, err := s.Handoffs(ctx, engine.HandoffFilter{ContactID: contact, State: "open", Limit: 1})
	if err != nil {
		return engine.GateRecord{}, err
	}
	stops, err := s.Suppressions(ctx, ch, addrs)
	if err != nil {
		return engine.GateRecord{}, err
	}
	var wishes []eventAddressRow
	if err := s.read(ctx).Where(leaving, hashes).Limit(1).Find(&wishes).Error; err != nil {
		return engine.GateRecord{}, wrap(err, "looking for a wish of contact %q that waits", contact)
	}
	halt, err := s.Halt(ctx)
	return engine.GateRecord{Window: w, WithPeople: len(open) > 0, Halted: halt != nil, Suppressed: len(stops) > 0, Leaving: len(wishes) > 0}, err
}
