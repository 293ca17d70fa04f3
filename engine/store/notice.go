package store

import (
	"context"
	"time"

	"jornada/engine"
)

// noticeRow is one thing administrators are told.
type noticeRow struct {
	WorkspaceID   string
	ID            string
	Kind          string
	IntegrationID string
	Channel       string
	Name          string
	Cause         string
	ResumeAt      *stamp
	CreatedAt     stamp
	ResolvedAt    *stamp
	Template      document
}

// TableName implements gorm's schema.Tabler.
func (noticeRow) TableName() string { return "notices" }

func (r *noticeRow) noun() (engine.Notice, error) {
	n := engine.Notice{
		ID: r.ID, At: r.CreatedAt.time, Kind: engine.NoticeKind(r.Kind), IntegrationID: engine.IntegrationID(r.IntegrationID),
		Channel: engine.Channel(r.Channel), Name: r.Name, Cause: r.Cause, ResumeAt: r.ResumeAt.ptr(), ResolvedAt: r.ResolvedAt.ptr(),
	}
	return n, r.Template.into(&n.Template)
}

// insertNotice writes a notice in the transaction of what it tells.
func (s *Store) insertNotice(ctx context.Context, n *engine.Notice) error {
	row := noticeRow{
		ID: engine.NewID("ntc"), Kind: string(n.Kind), IntegrationID: string(n.IntegrationID), Channel: string(n.Channel),
		Name: clean(n.Name), Cause: clean(n.Cause), ResumeAt: maybeAt(n.ResumeAt), CreatedAt: at(s.now()),
	}
	if n.Kind == engine.NoticeEnabled || n.Kind == engine.NoticeTemplateBack { // good news needs no remedy
		row.ResolvedAt = &row.CreatedAt
	}
	if n.Template != nil {
		doc, err := toDocument(n.Template)
		if err != nil {
			return err
		}
		row.Template = doc
	}
	return wrap(s.write(ctx).Create(&row).Error, "telling administrators about integration %q", n.IntegrationID)
}

// resolveNotices marks what was told about an integration's state as over; what was told
// about its templates stays, and that its quality is low or its tier reached.
func (s *Store) resolveNotices(ctx context.Context, id engine.IntegrationID, now time.Time) error {
	err := s.write(ctx).Model(&noticeRow{}).Where("integration_id = ? AND resolved_at IS NULL AND template IS NULL AND kind NOT IN ?", id, []string{string(engine.NoticeQuality), string(engine.NoticeTier)}).
		Update("resolved_at", at(now)).Error
	return wrap(err, "closing the notices about integration %q", id)
}

// Notices lists what administrators were told since a moment (zero: ever),
// newest first.
func (s *Store) Notices(ctx context.Context, since time.Time, limit int, after string) (list []engine.Notice, next string, err error) {
	db := s.read(ctx)
	if !since.IsZero() {
		db = db.Where("created_at >= ?", at(since))
	}
	if db, err = page(db, "created_at", after, limit); err != nil {
		return nil, "", err
	}
	var rows []noticeRow
	if err := db.Find(&rows).Error; err != nil {
		return nil, "", wrap(err, "listing notices")
	}
	rows, next = turn(rows, limit, func(r noticeRow) (stamp, string) { return r.CreatedAt, r.ID })
	list, err = each(rows, (*noticeRow).noun)
	return list, next, err
}
