package api

import (
	"context"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// inviting are providers where people must write first.
type inviting struct{ *fakeProviders }

func (p inviting) Open(i *engine.Integration) (channel.Provider, error) {
	opened, err := p.fakeProviders.Open(i)
	if err != nil || i.Channel != engine.Telegram {
		return opened, err
	}
	return inviter{opened.(echoProvider)}, nil
}

func (p inviting) For(ctx context.Context, id engine.IntegrationID) (channel.Provider, *engine.Integration, error) {
	return p.fakeProviders.For(ctx, id)
}

type inviter struct{ echoProvider }

func (inviter) Invite(c engine.ContactID) (string, time.Time, error) {
	return "https://t.me/bot?start=" + string(c), noon.Add(time.Hour), nil
}

func TestInvitations(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.server.Providers = inviting{&fakeProviders{f.store}}
		f.admin("PUT", "/api/v1/contacts/ana", `{"attributes":{"first_name":"Ana","visits":1}}`)
		f.admin("POST", "/api/v1/integrations", `{"id":"tg","provider":"echo","channel":"telegram","secrets":{"key":"canary-secret"}}`)
		f.admin("POST", "/api/v1/integrations", `{"id":"main","provider":"echo","channel":"whatsapp","secrets":{"key":"canary-secret"}}`)
		for _, c := range []struct {
			contact, body, want string
			status              int
		}{
			{"ana", `{"integration_id":"tg"}`, `"url":"https://t.me/bot?start=ana","expires_at":"`, 200},
			{"ana", `{"integration_id":"main"}`, "needs no links", 422},
			{"ana", `{"integration_id":"nobody"}`, "there is no integration", 404},
			{"nobody", `{"integration_id":"tg"}`, "", 404},
		} {
			w := f.admin("POST", "/api/v1/contacts/"+c.contact+"/invitations", c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%s %s: %d %s", c.contact, c.body, w.Code, w.Body)
			}
		}
	})
}
