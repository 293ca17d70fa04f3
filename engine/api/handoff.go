package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// handoffStore keeps conversations passed to people.
type handoffStore interface {
	Handoff(ctx context.Context, id engine.HandoffID) (*engine.Handoff, error)
	Handoffs(ctx context.Context, f engine.HandoffFilter) ([]engine.Handoff, string, error)
}

type handoffView struct {
	ID           engine.HandoffID    `json:"id"`
	EnrollmentID engine.EnrollmentID `json:"enrollment_id"`
	StepID       string              `json:"step_id"`
	ContactID    engine.ContactID    `json:"contact_id"`
	Queue        string              `json:"queue"`
	Note         string              `json:"note"`
	Priority     string              `json:"priority"`
	State        string              `json:"state"`
	Resolution   string              `json:"resolution"`
	OpenedAt     time.Time           `json:"opened_at"`
	ClosedAt     *time.Time          `json:"closed_at"`
}

func handoffOf(h *engine.Handoff) handoffView {
	return handoffView{h.ID, h.EnrollmentID, h.StepID, h.ContactID, h.Queue, h.Note, h.Priority, h.State, h.Resolution, h.OpenedAt, h.ClosedAt}
}

// listHandoffs is the front desk's queue; open ones unless asked otherwise.
func (s *server) listHandoffs(ctx context.Context, q *request) (*answer, error) {
	limit, cursor, err := q.page()
	if err != nil {
		return nil, err
	}
	state := q.query("state")
	switch {
	case state == "":
		state = "open"
	case state == "all":
		state = ""
	case !slices.Contains([]string{"open", "resolved", "timed_out", "canceled"}, state):
		return nil, invalid("state", diag.T("there is no hand-off state %q: use open, resolved, timed_out, canceled or all", "não existe a situação %q: use open, resolved, timed_out, canceled ou all", state))
	}
	who, err := s.whoNow(ctx, q.query("contact_id"))
	if err != nil {
		return nil, err
	}
	list, next, err := s.Store.Handoffs(ctx, engine.HandoffFilter{Queue: q.query("queue"), State: state,
		ContactID: who, Limit: limit, Cursor: cursor})
	if err != nil {
		return nil, fmt.Errorf("listing hand-offs: %w", err)
	}
	return ok(pageOf(each(list, handoffOf), next)), nil
}

func (s *server) findHandoff(ctx context.Context, id string) (*engine.Handoff, error) {
	h, err := s.Store.Handoff(ctx, engine.HandoffID(id))
	if isCode(err, engine.NotFound) || (err == nil && h == nil) {
		return nil, notFound(diag.T("there is no hand-off %q", "não existe o atendimento %q", id))
	}
	if err != nil {
		return nil, fmt.Errorf("reading hand-off %q: %w", id, err)
	}
	return h, nil
}

// resolveHandoff ends a hand-off; the journey goes on.
func (s *server) resolveHandoff(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Resolution string `json:"resolution"`
		Note       string `json:"note"`
	}
	if err := q.decodeOptional(&in); err != nil {
		return nil, err
	}
	if len(in.Resolution) > 100 {
		return nil, invalid("resolution", diag.T("resolution has more than 100 characters", "resolution tem mais de 100 caracteres"))
	}
	if len(in.Note) > 4000 {
		return nil, invalid("note", diag.T("note has more than 4000 characters", "note tem mais de 4000 caracteres"))
	}
	h, err := s.findHandoff(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	if h.State != "open" {
		return nil, conflict(diag.T("hand-off %q is closed already (%s)", "o atendimento %q já foi encerrado (%s)", h.ID, h.State))
	}
	if in.Resolution == "" {
		in.Resolution = "resolved"
	}
	if err := s.Runtime.ResolveHandoff(ctx, h.ID, in.Resolution, in.Note); err != nil {
		return nil, wrapUnlessRefused("resolving a hand-off", err)
	}
	if err := s.audit(ctx, q, "handoff.resolved", string(h.ID), map[string]any{"resolution": in.Resolution}); err != nil {
		return nil, err
	}
	if h, err = s.findHandoff(ctx, q.params["id"]); err != nil {
		return nil, err
	}
	return ok(handoffOf(h)), nil
}
