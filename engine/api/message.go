package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// messageStore keeps outbound messages.
type messageStore interface {
	Message(ctx context.Context, id engine.MessageID) (*engine.Message, error)
	Messages(ctx context.Context, f engine.MessageFilter) ([]engine.Message, string, error)
}

type messageView struct {
	ID            engine.MessageID     `json:"id"`
	EnrollmentID  engine.EnrollmentID  `json:"enrollment_id"`
	Journey       engine.JourneyID     `json:"journey"`
	StepID        string               `json:"step_id"`
	Visit         int                  `json:"visit"`
	Route         int                  `json:"route"`
	Try           int                  `json:"try"`
	InPlaceOf     engine.MessageID     `json:"in_place_of"`
	ContactID     engine.ContactID     `json:"contact_id"`
	IntegrationID engine.IntegrationID `json:"integration_id"`
	Provider      string               `json:"provider"`
	Channel       engine.Channel       `json:"channel"`
	To            string               `json:"to"`
	Content       engine.Content       `json:"content"`
	Category      string               `json:"category"`
	Status        engine.MessageStatus `json:"status"`
	Reason        string               `json:"reason"`
	ErrorCode     string               `json:"error_code"`
	ErrorDetail   string               `json:"error_detail"`
	Attempts      int                  `json:"attempts"`
	ProviderID    string               `json:"provider_id"`
	HoldUntil     *time.Time           `json:"hold_until"`
	AcceptedAt    *time.Time           `json:"accepted_at"`
	Cost          *costOfMessage       `json:"cost"` // nil: nobody accepted it
	CreatedAt     time.Time            `json:"created_at"`
	UpdatedAt     time.Time            `json:"updated_at"`
}

func messageOf(m *engine.Message) messageView {
	return messageView{m.ID, m.EnrollmentID, m.JourneyID, m.StepID, m.Visit, m.Route, m.Try, m.Before(), m.ContactID, m.IntegrationID, m.Provider, m.Channel,
		m.To.Value, m.Content, m.Category, m.Status, m.Reason, m.ErrorCode, m.ErrorDetail, m.Attempts, m.ProviderID,
		m.HoldUntil, m.AcceptedAt, costOf(m.Cost), m.CreatedAt, m.UpdatedAt}
}

// costOfMessage is what a message cost. Without a currency it is unknown.
type costOfMessage struct {
	moneyView

	Category string            `json:"category"` // as it is billed
	Source   engine.CostSource `json:"source"`
	Day      string            `json:"day"`
}

func costOf(c engine.Cost) *costOfMessage {
	if c.Source == "" {
		return nil
	}
	return &costOfMessage{money(c.Currency, c.Micros), c.Category, c.Source, c.Day}
}

var messageStatuses = []engine.MessageStatus{engine.Queued, engine.Sending, engine.Accepted, engine.Sent, engine.Delivered,
	engine.Read, engine.Failed, engine.Skipped, engine.Unconfirmed}

func (s *server) listMessages(ctx context.Context, q *request) (*answer, error) {
	status := engine.MessageStatus(q.query("status"))
	if status != "" && !slices.Contains(messageStatuses, status) {
		return nil, invalid("status", diag.T("there is no message status %q", "não existe a situação de mensagem %q", status))
	}
	return s.messagePage(ctx, q, status)
}

// listUnconfirmed lists messages that may or may not have gone out. They are
// never sent again blind: a person decides each.
func (s *server) listUnconfirmed(ctx context.Context, q *request) (*answer, error) {
	return s.messagePage(ctx, q, engine.Unconfirmed)
}

func (s *server) messagePage(ctx context.Context, q *request, status engine.MessageStatus) (*answer, error) {
	limit, cursor, err := q.page()
	if err != nil {
		return nil, err
	}
	who, err := s.whoNow(ctx, q.query("contact_id"))
	if err != nil {
		return nil, err
	}
	list, next, err := s.Store.Messages(ctx, engine.MessageFilter{
		ContactID: who, EnrollmentID: engine.EnrollmentID(q.query("enrollment_id")),
		Channel: engine.Channel(q.query("channel")), Status: status, Limit: limit, Cursor: cursor})
	if err != nil {
		return nil, fmt.Errorf("listing messages: %w", err)
	}
	return ok(pageOf(each(list, messageOf), next)), nil
}

func (s *server) findMessage(ctx context.Context, id string) (*engine.Message, error) {
	m, err := s.Store.Message(ctx, engine.MessageID(id))
	if isCode(err, engine.NotFound) || (err == nil && m == nil) {
		return nil, notFound(diag.T("there is no message %q", "não existe a mensagem %q", id))
	}
	if err != nil {
		return nil, fmt.Errorf("reading message %q: %w", id, err)
	}
	return m, nil
}

// resolveMessage decides an unconfirmed message: it went out, it did not, or it
// shall go out again.
func (s *server) resolveMessage(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Action string `json:"action"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"sent", "failed", "resend"}, in.Action) {
		return nil, invalid("action", diag.T("action is %q and must be sent, failed or resend", "action é %q e deve ser sent, failed ou resend", in.Action))
	}
	m, err := s.findMessage(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	if m.Status != engine.Unconfirmed {
		return nil, conflict(diag.T("message %q is %s, and only an unconfirmed message can be resolved", "a mensagem %q está %s, e só se resolve uma mensagem não confirmada", m.ID, m.Status))
	}
	if err := s.Runtime.ResolveMessage(ctx, m.ID, in.Action, q.actor()); err != nil {
		return nil, wrapUnlessRefused("resolving a message", err)
	}
	if err := s.audit(ctx, q, "message.resolved", string(m.ID), map[string]any{"action": in.Action}); err != nil {
		return nil, err
	}
	if m, err = s.findMessage(ctx, q.params["id"]); err != nil {
		return nil, err
	}
	return ok(messageOf(m)), nil
}
