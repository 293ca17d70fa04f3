package api

import (
	"context"
	"fmt"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// noticeStore keeps what administrators are told.
type noticeStore interface {
	Notices(ctx context.Context, since time.Time, limit int, cursor string) (list []engine.Notice, next string, err error)
}

type noticeView struct {
	ID            string               `json:"id"`
	At            time.Time            `json:"at"`
	Kind          engine.NoticeKind    `json:"kind"`
	IntegrationID engine.IntegrationID `json:"integration_id,omitempty"`
	Channel       engine.Channel       `json:"channel,omitempty"`
	Text          string               `json:"text"`
	ResumeAt      *time.Time           `json:"resume_at,omitempty"`
	ResolvedAt    *time.Time           `json:"resolved_at"`
	// Template is the template that it is about, with the journeys that send it.
	Template *engine.NoticeTemplate `json:"template,omitempty"`
}

// resumeSending lets messages go again after a backup was restored.
func (s *server) resumeSending(ctx context.Context, q *request) (*answer, error) {
	if err := q.decodeOptional(&struct{}{}); err != nil {
		return nil, err
	}
	if err := s.Runtime.ResumeAfterRestore(ctx, q.actor()); err != nil {
		return nil, wrapUnlessRefused("letting messages go again", err)
	}
	return ok(struct {
		Resumed bool `json:"resumed"`
	}{true}), nil
}

// listNotices is what administrators must know of channels that changed by
// themselves: one line per change, however many messages ran into it.
func (s *server) listNotices(ctx context.Context, q *request) (*answer, error) {
	limit, cursor, err := q.page()
	if err != nil {
		return nil, err
	}
	var since time.Time
	if text := q.query("since"); text != "" {
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, invalid("since", diag.T("since must be a moment such as 2026-11-23T09:00:00Z", "since deve ser um momento como 2026-11-23T09:00:00Z"))
		}
	}
	list, next, err := s.Store.Notices(ctx, since, limit, cursor)
	if err != nil {
		return nil, fmt.Errorf("reading the notices: %w", err)
	}
	return ok(pageOf(each(list, func(n *engine.Notice) noticeView {
		return noticeView{n.ID, n.At, n.Kind, n.IntegrationID, n.Channel, n.Text().In(q.lang), n.ResumeAt, n.ResolvedAt, n.Template}
	}), next)), nil
}
