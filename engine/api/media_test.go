package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/activities/channel"
	"jornada/engine"
)

// Media implements channel.MediaSource.
func (echoProvider) Media(_ context.Context, m *engine.IncomingMessage) (channel.File, error) {
	switch m.MediaID {
	case "large":
		return channel.File{}, channel.ErrMediaSize
	case "page":
		return channel.File{}, channel.ErrMediaKind
	case "old":
		return channel.File{}, channel.ErrNoMedia
	case "away":
		return channel.File{}, engine.Errorf(engine.Unavailable, "canary-cause")
	case "broken":
		return channel.File{}, errors.New("canary-cause")
	}
	return channel.File{Type: "image/png", Body: []byte("png of " + m.MediaID)}, nil
}

// A file that a person sent is handed out by the event it came with, to whoever may
// read messages, and never as a page of ours.
func TestMedia(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		ctx := context.Background()
		_, err := f.store.PutIntegration(ctx, &engine.Integration{ID: "echo", Provider: "echo", Channel: engine.WhatsApp, State: engine.Enabled, Settings: map[string]string{}, Secrets: map[string]string{"key": "k"}})
		require.NoError(t, err)
		event := func(integration, media string) string {
			ev := engine.InboundEvent{Key: engine.NewID("key"), Kind: engine.InboundMessage, Channel: engine.WhatsApp, IntegrationID: engine.IntegrationID(integration),
				OccurredAt: noon, Message: &engine.IncomingMessage{Type: "image", MediaID: media, Text: "oi"}}
			_, err := f.store.InsertEvent(ctx, &ev)
			require.NoError(t, err)
			return "/api/v1/media/" + string(ev.ID)
		}
		picture := event("echo", "1")
		w := f.admin("GET", picture, "")
		require.Equal(t, 200, w.Code, w.Body)
		require.Equal(t, "png of 1", w.Body.String())
		for name, want := range map[string]string{"Content-Type": "image/png", "Content-Disposition": "attachment", "Cache-Control": "private, no-store",
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"} {
			require.Equal(t, want, w.Header().Get(name), name)
		}
		for path, want := range map[string]int{
			event("echo", "large"): 409, event("echo", "page"): 409, event("echo", "old"): 404, event("echo", "away"): 503, event("echo", "broken"): 503,
			event("echo", ""): 404, event("gone", "1"): 409, "/api/v1/media/evt_none": 404, "/api/v1/media/..%2Fcontacts": 404,
		} {
			w := f.admin("GET", path, "")
			require.Equal(t, want, w.Code, "%s: %s", path, w.Body)
			require.NotContains(t, w.Body.String(), "canary-cause")
		}
		for scope, want := range map[string]int{"messages": 200, "read": 200, "contacts": 403, "journeys": 403, "events": 403} {
			w := f.admin("POST", "/api/v1/tokens", fmt.Sprintf(`{"name":%q,"scopes":[%q]}`, scope, scope))
			require.Equal(t, 201, w.Code, w.Body)
			var token struct{ Token string }
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &token))
			require.Equal(t, want, f.admin("GET", picture, "", "Authorization", "Bearer "+token.Token).Code, scope)
		}
		require.Equal(t, 401, f.admin("GET", picture, "", "Authorization", "").Code)
	})
}
