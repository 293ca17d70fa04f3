package runtime

import (
	"context"
	"fmt"

	"jornada/engine"
)

// bury keeps news about a message that this database does not know. After a
// restored backup these are the messages that went out and were forgotten: the
// row has the id that the message would have again, so it is never sent twice.
func (r *Runtime) bury(ctx context.Context, ev *engine.InboundEvent) (string, error) {
	s := ev.Status
	if !engine.LooksLikeMessage(s.Ref) || s.Status.Rank() < 0 {
		return resultUnknownMsg, nil // somebody else's, or without our reference
	}
	if _, err := r.Store.Message(ctx, engine.MessageID(s.Ref)); !isCode(err, engine.NotFound) {
		return resultUnknownMsg, err // another integration's: not to be believed
	}
	status := s.Status
	if status.Rank() < engine.Accepted.Rank() {
		status = engine.Accepted
	}
	m := &engine.Message{
		ID: engine.MessageID(s.Ref), IntegrationID: ev.IntegrationID, Channel: ev.Channel, Status: status, ProviderID: s.ProviderID,
		Reason: engine.ReasonForgotten, AcceptedAt: &ev.OccurredAt, CreatedAt: r.Clock.Now(),
	}
	if _, err := r.Store.InsertMessage(ctx, m); err != nil {
		return "", fmt.Errorf("keeping news of the unknown message %q: %w", s.Ref, err)
	}
	r.Logger.WarnContext(ctx, "a provider tells of a message that this database does not know; it is kept, so that it is not sent again", "integration", ev.IntegrationID, "message", s.Ref)
	return resultUnknownMsg, nil
}
