package api

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// The phone has a tab for what everybody has, where there is an integration, and for
// the apps where people write first only when there is something to see.
func TestThePhonesApps(t *testing.T) {
	f := inMemory(t)
	ctx := context.Background()
	apps := func() (list []string) {
		w := f.admin("GET", "/dev/channels?contact_id=ana", "", "Accept-Language", "pt-BR")
		require.Equal(t, 200, w.Code, w.Body)
		var page pageView[phoneChannel]
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &page))
		for _, c := range page.Items {
			list = append(list, string(c.Channel)+" "+c.Title)
		}
		return list
	}
	for _, ch := range []engine.Channel{engine.WhatsApp, engine.SMS, engine.Instagram, engine.Telegram} {
		_, err := f.store.PutIntegration(ctx, &engine.Integration{ID: engine.IntegrationID("demo_" + string(ch)), Provider: "echo", Channel: ch, State: engine.Enabled, Settings: map[string]string{}, Secrets: map[string]string{}})
		require.NoError(t, err)
	}
	_, err := f.store.PutContact(ctx, &engine.Contact{ID: "ana", Attributes: map[string]any{}, OptIn: map[engine.Channel]bool{}, Addresses: []engine.Address{{Kind: engine.Phone, Value: "+5511987654321"}}})
	require.NoError(t, err)
	before := apps()
	require.Contains(t, before, "whatsapp WhatsApp")
	require.Contains(t, before, "sms SMS")
	require.NotContains(t, before, "telegram Telegram")
	require.NotContains(t, before, "webchat web chat", "there is no integration")

	ana, err := f.store.Contact(ctx, "ana")
	require.NoError(t, err)
	ana.Addresses = append(ana.Addresses, engine.Address{Kind: engine.AddressKind("telegram_id"), Value: "demo-ana"})
	_, err = f.store.PutContact(ctx, ana)
	require.NoError(t, err)
	require.Contains(t, apps(), "telegram Telegram", "she is there")
	require.NotContains(t, apps(), "instagram Instagram")
}
