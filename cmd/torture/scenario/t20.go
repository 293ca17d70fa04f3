package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// The token expires in the middle of a campaign. Everybody waits, administrators
// are told once, and after they have given a new token everything goes out by
// itself.
func t20(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Files: published(0, "campaign")})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	secrets := s.World.Secrets()
	secrets.WhatsAppToken = fmt.Sprintf("demo-token-of-seed-%d", r.Seed)
	early := Between(s.Random("expiry"), r.Spread/5, r.Spread*3/5)
	g, all := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Enroll(all, "campaign", s.People, s.Spread) })
	g.Go(func() error {
		driver.Pause(all, early)
		s.World.SetSecrets(secrets) // from now on the token that the product has is refused as expired
		return nil
	})
	if err := g.Wait(); err != nil {
		return oracle.Line{}, err
	}
	if err := s.state(ctx, integrations["whatsapp"], "needs_reconnect", 20*time.Second); err != nil {
		return oracle.Line{}, err
	}
	if err := s.waiting(ctx, len(s.People)); err != nil {
		return oracle.Line{}, err
	}
	s.Say("everybody waits; an administrator reconnects")
	waited := len(s.People) - between(s.World.Accepts(), "whatsapp", time.Time{}, time.Now())
	if waited == 0 {
		return oracle.Line{}, errors.New("waiting for a new token: nobody waits, so nothing is tested")
	}
	driver.Pause(ctx, r.For) // it takes a while until somebody does
	began := time.Now()
	if err := s.Product.Client.Reconnect(ctx, integrations["whatsapp"], map[string]string{"token": secrets.WhatsAppToken}); err != nil {
		return oracle.Line{}, fmt.Errorf("reconnecting the channel: %w", err)
	}
	if err := s.Settle(ctx, time.Minute+r.Spread); err != nil {
		return oracle.Line{}, err
	}
	s.Notef("%d messages waited for the new token; all had gone out %.1f s after it", waited, time.Since(began).Seconds())
	return s.Judge(ctx, func() oracle.Rules {
		return and(s.campaignRules(ctx), s.oneNotice(ctx, "channel.needs_reconnect"))
	})
}
