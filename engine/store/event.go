package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"gorm.io/gorm"

	"jornada/engine"
)

// eventRow is one thing that came in, kept until and after it was processed.
type eventRow struct {
	WorkspaceID   string
	ID            string
	IntegrationID string
	Key           string
	Kind          string
	Channel       string
	ContactID     string
	Name          string
	ProfileName   string
	Sender        document
	Message       document
	Status        document
	Data          document
	Raw           []byte
	OccurredAt    *stamp
	ReceivedAt    stamp
	DueAt         stamp
	LeaseUntil    *stamp
	Attempts      int
	LastError     string
	Result        string
	ProcessedAt   *stamp
	Party         string
}

// TableName implements gorm's schema.Tabler.
func (eventRow) TableName() string { return "inbound_events" }

// eventAddressRow finds events by an address, without keeping the address.
type eventAddressRow struct {
	WorkspaceID string
	AddressHash string
	EventID     string
	Withdraws   bool // the event may be a wish to be left alone
}

// TableName implements gorm's schema.Tabler.
func (eventAddressRow) TableName() string { return "event_addresses" }

func eventToRow(ev *engine.InboundEvent) (eventRow, error) {
	var docs documents
	row := eventRow{
		ID: string(ev.ID), IntegrationID: string(ev.IntegrationID), Key: clean(ev.Key), Kind: string(ev.Kind), Channel: string(ev.Channel),
		ContactID: string(ev.ContactID), Name: clean(ev.Name), ProfileName: clean(ev.ProfileName), Sender: docs.of(ev.From), Raw: ev.Raw,
		ReceivedAt: at(ev.ReceivedAt), LeaseUntil: maybeAt(ev.LeaseUntil),
		Party: ev.Party,
	}
	if !ev.OccurredAt.IsZero() {
		row.OccurredAt = maybeAt(&ev.OccurredAt)
	}
	if ev.Message != nil {
		row.Message = docs.of(ev.Message)
	}
	if ev.Status != nil {
		row.Status = docs.of(ev.Status)
	}
	if ev.Data != nil {
		row.Data = docs.of(ev.Data)
	}
	return row, docs.err
}

func (r *eventRow) noun() (engine.InboundEvent, error) {
	ev := engine.InboundEvent{
		ID: engine.EventID(r.ID), IntegrationID: engine.IntegrationID(r.IntegrationID), Key: r.Key, Kind: engine.EventKind(r.Kind),
		Channel: engine.Channel(r.Channel), ContactID: engine.ContactID(r.ContactID), Name: r.Name, ProfileName: r.ProfileName,
		Raw: r.Raw, ReceivedAt: r.ReceivedAt.time, Party: r.Party,
	}
	if r.OccurredAt != nil {
		ev.OccurredAt = r.OccurredAt.time
	}
	var docs documents
	docs.read(r.Sender, &ev.From)
	docs.read(r.Message, &ev.Message)
	docs.read(r.Status, &ev.Status)
	docs.read(r.Data, &ev.Data)
	if docs.err != nil {
		return ev, fmt.Errorf("loading event %q: %w", r.ID, docs.err)
	}
	return ev, nil
}

// InsertEvent is InsertEvents of one.
func (s *Store) InsertEvent(ctx context.Context, ev *engine.InboundEvent) (inserted bool, err error) {
	one := []engine.InboundEvent{*ev}
	isNew, err := s.InsertEvents(ctx, one)
	*ev = one[0]
	return err == nil && isNew[0], err
}

// eventsAtOnce is how many events one statement stores: each has some twenty columns,
// and SQLite takes 32,766 values.
const eventsAtOnce = 200

// InsertEvents keeps what came in, all of it or nothing; when it returns, the events are
// durable and a webhook may be answered. inserted says of each whether it is new: false
// for a key that the integration (or, for business events, the workspace) has sent
// before, in this call as well. It fills the empty ID, ReceivedAt and Party of each; of
// several, an ID that is given must be a fresh one.
func (s *Store) InsertEvents(ctx context.Context, events []engine.InboundEvent) (inserted []bool, err error) {
	rows := make([]eventRow, len(events))
	addresses := make([][]eventAddressRow, len(events))
	for i := range events {
		if rows[i], addresses[i], err = s.prepareEvent(ctx, &events[i]); err != nil {
			return nil, err
		}
	}
	// Two calls that bring the same events, each in its own order, would wait for each
	// other's keys for ever; so everybody goes by the keys' order.
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rows[a].IntegrationID, rows[b].IntegrationID), cmp.Compare(rows[a].Key, rows[b].Key))
	})
	inserted = make([]bool, len(events))
	err = s.InTx(ctx, func(ctx context.Context) error {
		var found []eventAddressRow
		for some := range slices.Chunk(order, eventsAtOnce) {
			isNew, err := s.insertEventRows(ctx, picked(rows, some))
			if err != nil {
				return err
			}
			for n, i := range some {
				if inserted[i] = isNew[n]; isNew[n] {
					found = append(found, addresses[i]...)
				}
			}
		}
		for some := range slices.Chunk(found, eventsAtOnce) {
			if err := s.ifNew(ctx).Create(&some).Error; err != nil {
				return wrap(err, "storing the addresses of %d events", len(events))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return inserted, nil
}

func picked(rows []eventRow, which []int) []eventRow {
	some := make([]eventRow, len(which))
	for n, i := range which {
		some[n] = rows[i]
	}
	return some
}

// insertEventRows stores rows in one statement. Their ids are fresh, so when some were
// there before, those that are in the table under their ids are the new ones.
func (s *Store) insertEventRows(ctx context.Context, rows []eventRow) (inserted []bool, err error) {
	done := s.ifNew(ctx).Create(&rows)
	if done.Error != nil {
		return nil, wrap(done.Error, "storing event %q and %d with it", rows[0].ID, len(rows)-1)
	}
	inserted = make([]bool, len(rows))
	switch done.RowsAffected {
	case 0:
		return inserted, nil
	case int64(len(rows)):
		for i := range inserted {
			inserted[i] = true
		}
		return inserted, nil
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var there []string
	if err := s.write(ctx).Model(&eventRow{}).Where("id IN ?", ids).Pluck("id", &there).Error; err != nil {
		return nil, wrap(err, "seeing which of %d events are new", len(rows))
	}
	for i := range rows {
		inserted[i] = slices.Contains(there, rows[i].ID)
	}
	return inserted, nil
}

// prepareEvent fills what an event lacks and makes its rows.
func (s *Store) prepareEvent(ctx context.Context, ev *engine.InboundEvent) (row eventRow, addresses []eventAddressRow, err error) {
	if ev.Key == "" {
		return row, nil, engine.Errorf(engine.Invalid, "an event needs a key that makes it unique")
	}
	if ev.ID == "" {
		ev.ID = engine.EventID(engine.NewID("evt"))
	}
	if ev.ReceivedAt.IsZero() {
		ev.ReceivedAt = s.now()
	}
	if ev.Party == "" {
		if ev.Party, err = s.PartyOf(ctx, ev); err != nil {
			return row, nil, err
		}
	}
	if row, err = eventToRow(ev); err != nil {
		return row, nil, err
	}
	row.DueAt = at(s.machine())
	addresses, err = s.addressesOf(ctx, ev)
	return row, addresses, err
}

// PartyOf names whose event it is: the contact it was given for, else the first
// address it came from, as a keyed hash; "" when neither is known.
func (s *Store) PartyOf(ctx context.Context, ev *engine.InboundEvent) (string, error) {
	switch {
	case ev.ContactID != "":
		return "contact " + string(ev.ContactID), nil
	case len(ev.From) > 0 && ev.From[0].Value != "":
		return s.hashAddress(ctx, ev.From[0].Kind, ev.From[0].Value)
	}
	return "", nil
}

func (s *Store) addressesOf(ctx context.Context, ev *engine.InboundEvent) ([]eventAddressRow, error) {
	addrs := ev.From
	if ev.Status != nil {
		addrs = append(addrs[:len(addrs):len(addrs)], ev.Status.Recipient...)
	}
	withdraws := ev.Withdraws()
	var rows []eventAddressRow
	for _, a := range addrs {
		if a.Value == "" {
			continue
		}
		hash, err := s.hashAddress(ctx, a.Kind, a.Value)
		if err != nil {
			return nil, err
		}
		rows = append(rows, eventAddressRow{AddressHash: hash, EventID: string(ev.ID), Withdraws: withdraws})
	}
	return rows, nil
}

// Event loads one.
func (s *Store) Event(ctx context.Context, id engine.EventID) (*engine.InboundEvent, error) {
	var row eventRow
	if err := one(s.read(ctx).Where("id = ?", id), &row, "event", id); err != nil {
		return nil, err
	}
	ev, err := row.noun()
	return &ev, err
}

// ClaimEvents takes up to limit unprocessed events, oldest first, for a lease
// (the machine's time): nobody else gets them before it ends. Finish or retry
// each; those of a process that died come back by themselves. Events of the
// parties in except are left where they are: the caller has enough of them.
func (s *Store) ClaimEvents(ctx context.Context, limit int, lease time.Duration, except ...string) ([]engine.InboundEvent, error) {
	now := s.machine()
	var rows []eventRow
	err := claim(ctx, s, &rows, now.Add(lease), func(db *gorm.DB) *gorm.DB {
		db = db.Where("processed_at IS NULL AND due_at <= ? AND (lease_until IS NULL OR lease_until <= ?)", at(now), at(now))
		if len(except) > 0 {
			db = db.Where("party NOT IN ?", except)
		}
		return db.Order("received_at, id").Limit(pageSize(limit))
	}, func(r *eventRow) any { return r.ID })
	if err != nil {
		return nil, wrap(err, "claiming events")
	}
	sort.Slice(rows, func(i, j int) bool {
		if a, b := rows[i].ReceivedAt.time, rows[j].ReceivedAt.time; !a.Equal(b) {
			return a.Before(b)
		}
		return rows[i].ID < rows[j].ID
	})
	return each(rows, (*eventRow).noun)
}

// FinishEvent records that an event was processed, once. won is false when it
// already was.
func (s *Store) FinishEvent(ctx context.Context, id engine.EventID, result string) (won bool, err error) {
	finished := s.write(ctx).Model(&eventRow{}).Where("id = ? AND processed_at IS NULL", id).Updates(map[string]any{
		"processed_at": at(s.now()), "result": clean(result), "lease_until": nil, "last_error": "",
	})
	if finished.Error != nil {
		return false, wrap(finished.Error, "finishing event %q", id)
	}
	return finished.RowsAffected == 1, nil
}

// RetryEvent gives an event back, to be claimed again at a moment of the
// machine's time. cause is kept
// for operators; it must hold no personal data.
func (s *Store) RetryEvent(ctx context.Context, id engine.EventID, when time.Time, cause string) error {
	err := s.write(ctx).Model(&eventRow{}).Where("id = ? AND processed_at IS NULL", id).
		Updates(map[string]any{"due_at": at(when), "lease_until": nil, "last_error": clean(cause)}).Error
	return wrap(err, "giving back event %q", id)
}

// eventIDs finds every event of a contact: those that name it, and those that
// came from one of its addresses. They are two questions, because no index
// answers an OR of both.
func (s *Store) eventIDs(ctx context.Context, contact string, hashes []string) ([]string, error) {
	var named []eventRow
	if err := s.read(ctx).Select("id").Where("contact_id = ? AND contact_id <> ''", contact).Find(&named).Error; err != nil {
		return nil, wrap(err, "looking for events of contact %q", contact)
	}
	var addressed []eventAddressRow
	if err := s.read(ctx).Select("event_id").Where("address_hash IN ?", hashes).Find(&addressed).Error; err != nil {
		return nil, wrap(err, "looking for events of contact %q", contact)
	}
	seen := map[string]bool{}
	var ids []string
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, r := range named {
		add(r.ID)
	}
	for _, r := range addressed {
		add(r.EventID)
	}
	return ids, nil
}

// inChunks keeps lists of ids below what one statement may carry.
func inChunks(ids []string, do func(ids []string) error) error {
	for chunk := range slices.Chunk(ids, 400) {
		if err := do(chunk); err != nil {
			return err
		}
	}
	return nil
}

const (
	unheardLooks = 100 // how many of an address' newest events Unheard looks at
	unheardTries = 5   // an event that failed this often is not waited for
)

// Unheard reports whether a message of a contact on one of these channels is
// stored and not yet worked off, so that it may still turn out to be an answer.
func (s *Store) Unheard(ctx context.Context, contact engine.ContactID, channels []engine.Channel) (bool, error) {
	c, err := s.Contact(ctx, contact)
	if err != nil {
		return false, err
	}
	var hashes []string
	for _, a := range c.Addresses {
		_, forms := addressForms(a)
		for _, form := range forms {
			hash, err := s.hashAddress(ctx, a.Kind, form)
			if err != nil {
				return false, err
			}
			hashes = append(hashes, hash)
		}
	}
	var newest []eventAddressRow
	err = s.read(ctx).Select("event_id").Where("address_hash IN ?", hashes).Order("event_id DESC").Limit(unheardLooks).Find(&newest).Error
	if err != nil {
		return false, wrap(err, "looking for messages of contact %q", contact)
	}
	pending := func(db *gorm.DB) (bool, error) {
		var found []eventRow
		err := db.Select("id").Where("processed_at IS NULL AND kind = ? AND channel IN ? AND attempts <= ?",
			string(engine.InboundMessage), channels, unheardTries).Limit(1).Find(&found).Error
		return len(found) > 0, wrap(err, "looking for messages of contact %q", contact)
	}
	ids := make([]string, len(newest))
	for i := range newest {
		ids[i] = newest[i].EventID
	}
	if found, err := pending(s.read(ctx).Where("id IN ?", ids)); found || err != nil {
		return found, err
	}
	return pending(s.read(ctx).Where("contact_id = ? AND contact_id <> ''", string(contact)))
}

// InboundOf lists the newest messages that came in from a contact or from one of
// its addresses, oldest first, at most limit.
func (s *Store) InboundOf(ctx context.Context, contact *engine.Contact, limit int) ([]engine.InboundEvent, error) {
	hashes := make([]string, 0, len(contact.Addresses))
	for _, a := range contact.Addresses {
		hash, err := s.hashAddress(ctx, a.Kind, a.Value)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	ids, err := s.eventIDs(ctx, string(contact.ID), hashes)
	if err != nil {
		return nil, err
	}
	// Ids sort by the time they were made, so the newest are last.
	slices.Sort(ids)
	var rows []eventRow
	for i := len(ids); i > 0 && len(rows) < limit; i -= 400 {
		var some []eventRow
		err := s.read(ctx).Where("id IN ? AND kind = ?", ids[max(0, i-400):i], string(engine.InboundMessage)).Order("id DESC").Find(&some).Error
		if err != nil {
			return nil, wrap(err, "listing what contact %q wrote", contact.ID)
		}
		rows = append(rows, some...)
	}
	rows = rows[:min(limit, len(rows))]
	slices.Reverse(rows)
	return each(rows, (*eventRow).noun)
}
