package store

import (
	"context"
	"fmt"
	"time"

	"jornada/engine"
)

// messageRow is one outbound message: first the intent, then what became of it.
type messageRow struct {
	WorkspaceID   string
	ID            string
	EnrollmentID  string
	JourneyID     string
	StepID        string
	Visit         int
	Route         int
	Try           int
	ContactID     string
	IntegrationID string
	Provider      string
	Channel       string
	ToKind        string
	ToValue       string
	Content       document
	Closed        document
	Category      string
	Status        string
	StatusRank    int
	Reason        string
	ErrorCode     string
	ErrorDetail   string
	AttemptToken  string
	Attempts      int
	ProviderID    string
	Pricing       document
	Notify        bool
	HoldUntil     *stamp
	ParkedAt      *stamp
	AgainAt       *stamp
	SentAgain     int
	NotAfter      *stamp
	ClaimedAt     *stamp
	AcceptedAt    *stamp
	CreatedAt     stamp
	UpdatedAt     stamp
	CostMicros    int64
	CostCurrency  string
	CostSource    string
	CostCategory  string
	CostDay       string
}

// TableName implements gorm's schema.Tabler.
func (messageRow) TableName() string { return "messages" }

func messageToRow(m *engine.Message) (messageRow, error) {
	content, err := toDocument(m.Content)
	if err != nil {
		return messageRow{}, err
	}
	var closed document
	if m.Closed != nil {
		closed, err = toDocument(m.Closed)
	}
	return messageRow{
		ID: string(m.ID), EnrollmentID: string(m.EnrollmentID), JourneyID: string(m.JourneyID), StepID: m.StepID,
		Visit: m.Visit, Route: m.Route, Try: m.Try, ContactID: string(m.ContactID), IntegrationID: string(m.IntegrationID),
		Provider: m.Provider, Channel: string(m.Channel), ToKind: string(m.To.Kind), ToValue: clean(m.To.Value), Content: content, Closed: closed,
		Category: m.Category, Status: string(m.Status), StatusRank: m.Status.Rank(), Reason: clean(m.Reason), ErrorCode: clean(m.ErrorCode),
		ErrorDetail: clean(m.ErrorDetail), AttemptToken: m.AttemptToken, Attempts: m.Attempts, ProviderID: clean(m.ProviderID),
		Notify: m.Notify, HoldUntil: maybeAt(m.HoldUntil), ParkedAt: maybeAt(m.ParkedAt), AgainAt: maybeAt(m.AgainAt), SentAgain: m.SentAgain, NotAfter: maybeAt(m.NotAfter), AcceptedAt: maybeAt(m.AcceptedAt),
		CreatedAt: at(m.CreatedAt), UpdatedAt: at(m.UpdatedAt),
		CostMicros: m.Cost.Micros, CostCurrency: m.Cost.Currency, CostSource: string(m.Cost.Source), CostCategory: m.Cost.Category, CostDay: m.Cost.Day,
	}, err
}

func (r *messageRow) noun() (engine.Message, error) {
	m := engine.Message{
		ID: engine.MessageID(r.ID), EnrollmentID: engine.EnrollmentID(r.EnrollmentID), JourneyID: engine.JourneyID(r.JourneyID),
		StepID: r.StepID, Visit: r.Visit, Route: r.Route, Try: r.Try, ContactID: engine.ContactID(r.ContactID),
		IntegrationID: engine.IntegrationID(r.IntegrationID), Provider: r.Provider, Channel: engine.Channel(r.Channel),
		To:       engine.Address{Kind: engine.AddressKind(r.ToKind), Value: r.ToValue},
		Category: r.Category, Status: engine.MessageStatus(r.Status), Reason: r.Reason, ErrorCode: r.ErrorCode, ErrorDetail: r.ErrorDetail,
		AttemptToken: r.AttemptToken, Attempts: r.Attempts, ProviderID: r.ProviderID, Notify: r.Notify,
		HoldUntil: r.HoldUntil.ptr(), ParkedAt: r.ParkedAt.ptr(), AgainAt: r.AgainAt.ptr(), SentAgain: r.SentAgain, NotAfter: r.NotAfter.ptr(), AcceptedAt: r.AcceptedAt.ptr(),
		CreatedAt: r.CreatedAt.time, UpdatedAt: r.UpdatedAt.time,
		Cost: engine.Cost{Micros: r.CostMicros, Currency: r.CostCurrency, Source: engine.CostSource(r.CostSource), Category: r.CostCategory, Day: r.CostDay},
	}
	if err := r.Content.into(&m.Content); err != nil {
		return m, fmt.Errorf("loading message %q: %w", r.ID, err)
	}
	if r.Closed != "" {
		m.Closed = &engine.Content{}
		if err := r.Closed.into(m.Closed); err != nil {
			return m, fmt.Errorf("loading message %q: %w", r.ID, err)
		}
	}
	return m, nil
}

// InsertMessage records the intent to send, before any provider is called, and
// fills the empty ID, Status and times of m. When the intent (enrollment, step,
// visit, route, try) already stands, it returns that message and inserts nothing.
//
// A message inserted as Sending, with its AttemptToken, is claimed in the same
// statement: the unique key lets one caller in, as ClaimMessage does later.
func (s *Store) InsertMessage(ctx context.Context, m *engine.Message) (existing *engine.Message, err error) {
	if m.ID == "" {
		m.ID = engine.MessageID(engine.NewID("msg"))
	}
	if m.Status == "" {
		m.Status = engine.Queued
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = s.now()
	}
	m.UpdatedAt = m.CreatedAt
	row, err := messageToRow(m)
	if err != nil {
		return nil, err
	}
	if m.Status == engine.Sending {
		if m.AttemptToken == "" {
			return nil, engine.Errorf(engine.Invalid, "message %q cannot be claimed without an attempt token", string(m.ID))
		}
		row.ClaimedAt = &row.CreatedAt
	}
	inserted := s.ifNew(ctx).Create(&row)
	if inserted.Error != nil {
		return nil, wrap(inserted.Error, "storing message %q", m.ID)
	}
	if inserted.RowsAffected == 1 {
		return nil, nil
	}
	var old messageRow
	db := s.write(ctx)
	if m.EnrollmentID == "" {
		db = db.Where("id = ?", m.ID)
	} else {
		db = db.Where("enrollment_id = ? AND enrollment_id <> '' AND step_id = ? AND visit = ? AND route = ? AND try = ?", m.EnrollmentID, m.StepID, m.Visit, m.Route, m.Try)
	}
	found := db.Limit(1).Find(&old)
	if found.Error != nil {
		return nil, wrap(found.Error, "loading message %q", m.ID)
	}
	if found.RowsAffected == 0 {
		if old, err := s.adopt(ctx, &row); old != nil || err != nil {
			return old, err
		}
		return nil, engine.Errorf(engine.Conflict, "message %q cannot be stored: its id or its provider's id is taken by another message", string(m.ID))
	}
	n, err := old.noun()
	return &n, err
}

// Message loads one.
func (s *Store) Message(ctx context.Context, id engine.MessageID) (*engine.Message, error) {
	var row messageRow
	if err := one(s.read(ctx).Where("id = ?", id), &row, "message", id); err != nil {
		return nil, err
	}
	m, err := row.noun()
	return &m, err
}

// MessageByProviderID finds the message a provider speaks of.
func (s *Store) MessageByProviderID(ctx context.Context, integration engine.IntegrationID, providerID string) (*engine.Message, error) {
	if providerID == "" {
		return nil, notFound("message of provider id", providerID)
	}
	var row messageRow
	db := s.read(ctx).Where("integration_id = ? AND provider_id = ? AND provider_id <> ''", integration, clean(providerID))
	if err := one(db, &row, "message of provider id", providerID); err != nil {
		return nil, err
	}
	m, err := row.noun()
	return &m, err
}

// LastMessageOf is the newest message to a contact on a channel that may have
// gone out: not one still queued or skipped by our gate.
func (s *Store) LastMessageOf(ctx context.Context, contact engine.ContactID, ch engine.Channel) (*engine.Message, error) {
	var row messageRow
	db := s.read(ctx).Where("contact_id = ? AND channel = ? AND status NOT IN ?", contact, string(ch),
		[]string{string(engine.Queued), string(engine.Skipped)}).Order("created_at DESC, id DESC")
	if err := one(db, &row, string(ch)+" message to contact", contact); err != nil {
		return nil, err
	}
	m, err := row.noun()
	return &m, err
}

// UpdateQueued changes what a queued message says, to whom, through what and
// when. It is Conflict once the message was claimed or has ended.
func (s *Store) UpdateQueued(ctx context.Context, m *engine.Message) error {
	now := s.now()
	row, err := messageToRow(m)
	if err != nil {
		return err
	}
	changed := s.write(ctx).Model(&messageRow{}).Where("id = ? AND status = ?", m.ID, string(engine.Queued)).Updates(map[string]any{
		"content": row.Content, "closed": row.Closed, "to_kind": row.ToKind, "to_value": row.ToValue, "category": row.Category,
		"integration_id": row.IntegrationID, "provider": row.Provider, "channel": row.Channel, "notify": row.Notify,
		"hold_until": row.HoldUntil, "parked_at": row.ParkedAt, "not_after": row.NotAfter, "reason": row.Reason, "error_detail": row.ErrorDetail, "updated_at": at(now),
	})
	if changed.Error != nil {
		return wrap(changed.Error, "changing message %q", m.ID)
	}
	if changed.RowsAffected == 0 {
		current, err := s.Message(ctx, m.ID)
		if err != nil {
			return err
		}
		return engine.Errorf(engine.Conflict, "message %q is %s; only a queued message can be changed", string(m.ID), current.Status)
	}
	m.UpdatedAt = now
	return nil
}

// Messages lists, newest first.
func (s *Store) Messages(ctx context.Context, f engine.MessageFilter) (list []engine.Message, next string, err error) {
	db := s.read(ctx)
	for _, is := range []struct{ column, value string }{
		{"contact_id", string(f.ContactID)}, {"enrollment_id", string(f.EnrollmentID)}, {"status", string(f.Status)}, {"channel", string(f.Channel)},
	} {
		if is.value != "" {
			db = db.Where(is.column+" = ?", is.value)
		}
	}
	if f.EnrollmentID != "" {
		db = db.Where("enrollment_id <> ''") // lets the partial index answer
	}
	if db, err = page(db, "created_at", f.Cursor, f.Limit); err != nil {
		return nil, "", err
	}
	var rows []messageRow
	if err := db.Find(&rows).Error; err != nil {
		return nil, "", wrap(err, "listing messages")
	}
	rows, next = turn(rows, f.Limit, func(r messageRow) (stamp, string) { return r.CreatedAt, r.ID })
	list, err = each(rows, (*messageRow).noun)
	return list, next, err
}

// CancelQueued ends the messages of an enrollment that have not left. With spare, those
// that are to be sent once more stay: their steps are over, and so may the journey be.
func (s *Store) CancelQueued(ctx context.Context, id engine.EnrollmentID, u engine.MessageUpdate, spare bool) error {
	var ids []string
	db := s.read(ctx).Model(&messageRow{}).Where("enrollment_id = ? AND enrollment_id <> '' AND status = ?", id, engine.Queued)
	if spare {
		db = db.Where("again_at IS NULL")
	}
	if err := db.Pluck("id", &ids).Error; err != nil {
		return wrap(err, "listing the queued messages of enrollment %q", id)
	}
	for _, m := range ids {
		if _, err := s.RaiseStatus(ctx, engine.MessageID(m), u); err != nil {
			return err
		}
	}
	return nil
}

// StuckSending lists messages claimed before a moment whose outcome nobody
// recorded, oldest first: their sender died or is still on the line.
func (s *Store) StuckSending(ctx context.Context, before time.Time, limit int) ([]engine.Message, error) {
	var rows []messageRow
	err := s.read(ctx).Where("status = 'sending' AND claimed_at < ?", at(before)).
		Order("claimed_at, id").Limit(pageSize(limit)).Find(&rows).Error
	if err != nil {
		return nil, wrap(err, "listing messages stuck in sending")
	}
	return each(rows, (*messageRow).noun)
}

// RecentSends tells when messages of a category ("" = any) went, or may have
// gone, to a contact since a moment, newest first: what a frequency cap counts.
func (s *Store) RecentSends(ctx context.Context, contact engine.ContactID, category string, since time.Time) ([]time.Time, error) {
	went := []string{string(engine.Sending), string(engine.Accepted), string(engine.Sent), string(engine.Delivered), string(engine.Read), string(engine.Unconfirmed)}
	db := s.read(ctx).Select("claimed_at").Where("contact_id = ? AND claimed_at >= ? AND status IN ?", contact, at(since), went)
	if category != "" {
		db = db.Where("category = ?", category)
	}
	var rows []messageRow
	if err := db.Order("claimed_at DESC").Find(&rows).Error; err != nil {
		return nil, wrap(err, "reading the recent messages of contact %q", contact)
	}
	return each(rows, func(r *messageRow) (time.Time, error) { return r.ClaimedAt.time, nil })
}
