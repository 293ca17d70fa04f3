package api

import (
	"context"
	"fmt"
	"time"

	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

type invitationView struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

// createInvitation makes a link by which a contact opens a conversation on a
// channel where people must write first. Nothing is stored: the link carries its
// proof.
func (s *server) createInvitation(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		IntegrationID string `json:"integration_id"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	c, err := s.findContact(ctx, engine.ContactID(q.params["id"]))
	if err != nil {
		return nil, err
	}
	i, err := s.findIntegration(ctx, in.IntegrationID)
	if err != nil {
		return nil, err
	}
	provider, err := s.Providers.Open(i)
	if err != nil {
		return nil, wrapUnlessRefused(fmt.Sprintf("opening integration %q", i.ID), err)
	}
	inviter, can := provider.(channel.Inviter)
	if !can {
		return nil, invalid("integration_id", diag.T("%q needs no links: people there are known by an address",
			"%q não precisa de links: lá as pessoas são conhecidas por um endereço", in.IntegrationID))
	}
	url, until, err := inviter.Invite(c.ID)
	if err != nil {
		return nil, wrapUnlessRefused(fmt.Sprintf("inviting contact %q", c.ID), err)
	}
	return ok(invitationView{url, until}), nil
}
