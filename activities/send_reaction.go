package activities

import (
	"context"
	"fmt"
	"slices"

	"jornada/engine"
)

// aimBack is how many messages of a contact, on all channels, are looked through for
// the one to react to. Reactions of theirs are among them.
const aimBack = 30

// aim points a reaction at the contact's newest message in the conversation with this
// number, as far as it has come in; pointless means that there is none. Their own
// reactions, edits and deletions are no messages to react to.
func (s *sending) aim(ctx context.Context, contact *engine.Contact, from sender, c *engine.Content) (pointless bool, err error) {
	if c.Reaction == nil || c.Reaction.To != "" { // of a resend: as it was
		return false, nil
	}
	if contact == nil || from.integration == nil {
		return true, nil
	}
	heard, err := s.a.Store.InboundOf(ctx, contact, aimBack)
	if err != nil {
		return false, fmt.Errorf("looking for the message to react to: %w", err)
	}
	for _, event := range slices.Backward(heard) {
		m := event.Message
		if event.IntegrationID == from.integration.ID && m != nil && m.ProviderID != "" && m.OpensWindow {
			c.Reaction.To = m.ProviderID
			return false, nil
		}
	}
	return true, nil
}
