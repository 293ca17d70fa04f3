package api

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// What an enrollment heard is listed in the order of its timeline, page by page;
// what was erased since is not there, and the scope decides who may read it.
func TestWhatAnEnrollmentHeard(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		ctx := context.Background()
		insert := func(ev engine.InboundEvent) engine.EventID {
			ev.Key = engine.NewID("key")
			_, err := f.store.InsertEvent(ctx, &ev)
			require.NoError(t, err)
			return ev.ID
		}
		e := &engine.Enrollment{ID: "enr_heard", JourneyID: "hello", VersionHash: "v", Key: "k", Status: engine.Active, StartedAt: noon}
		require.NoError(t, f.store.InsertEnrollment(ctx, e))
		tap := insert(engine.InboundEvent{Kind: engine.InboundMessage, Channel: engine.WhatsApp, OccurredAt: noon,
			Message: &engine.IncomingMessage{Text: "Confirmar", ReplyPayload: engine.Payload("enr_heard", "confirm", 0, "confirmed")}})
		visit := insert(engine.InboundEvent{Kind: engine.BusinessEvent, Name: "appointment.completed", Data: map[string]any{"appointment_id": "A1"}})
		text := insert(engine.InboundEvent{Kind: engine.InboundMessage, Channel: engine.SMS, OccurredAt: noon, Message: &engine.IncomingMessage{Text: "demorou"}})
		trail := []engine.TimelineEntry{{Seq: 3, At: noon, Kind: "reply", EventID: tap}, {Seq: 4, At: noon, Kind: "signal", EventID: visit},
			{Seq: 5, At: noon, Kind: "signal", EventID: "evt_gone"}, {Seq: 6, At: noon, Kind: "reply", EventID: text}, {Seq: 7, At: noon, Kind: "reply", EventID: text}}
		require.NoError(t, f.store.SaveProgress(ctx, e.ID, "v", "confirm", nil, trail))

		var got []heardView
		path := "/api/v1/enrollments/enr_heard/events?limit=2"
		for pages := 0; path != ""; pages++ {
			w := f.admin("GET", path, "")
			require.Equal(t, 200, w.Code, w.Body)
			var page pageView[heardView]
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &page))
			got, path = append(got, page.Items...), ""
			if page.NextCursor != nil {
				path = "/api/v1/enrollments/enr_heard/events?limit=2&cursor=" + *page.NextCursor
			}
			require.Less(t, pages, 3)
		}
		require.Len(t, got, 3)
		require.Equal(t, []string{"confirmed", "appointment.completed", "demorou"}, []string{got[0].Option, got[1].Event, got[2].Text})
		require.Equal(t, map[string]any{"appointment_id": "A1"}, got[1].Data)
		require.Equal(t, engine.SMS, got[2].Channel)
		for _, h := range got {
			require.False(t, h.OccurredAt.IsZero())
		}
		for scope, want := range map[string]int{"messages": 200, "read": 200, "events": 403, "journeys": 403} {
			w := f.admin("POST", "/api/v1/tokens", fmt.Sprintf(`{"name":%q,"scopes":[%q]}`, scope, scope))
			require.Equal(t, 201, w.Code, w.Body)
			var token struct{ Token string }
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &token))
			w = f.admin("GET", "/api/v1/enrollments/enr_heard/events", "", "Authorization", "Bearer "+token.Token)
			require.Equal(t, want, w.Code, scope)
		}
	})
}
