package runtime

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

func (w *world) told() string {
	w.Helper()
	list, _, err := w.db.Notices(w.ctx, time.Time{}, 500, "")
	require.NoError(w, err)
	var kinds []string
	for i := len(list) - 1; i >= 0; i-- {
		kinds = append(kinds, strings.TrimPrefix(string(list[i].Kind), "channel."))
	}
	return strings.Join(kinds, " ")
}

func (w *world) stateOf(id engine.IntegrationID) engine.IntegrationState {
	w.Helper()
	i, err := w.db.Integration(w.ctx, id)
	require.NoError(w, err)
	return i.State
}

// A platform that disables the account stops the channel, told once; what it
// disabled it may enable, what an administrator disabled it may not.
func TestThePlatformDisablesTheAccount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		news := func(event, ban string) string {
			data := map[string]any{"event": event}
			if ban != "" {
				data["ban_state"] = ban
			}
			return w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.ChannelError, IntegrationID: "wa", Channel: engine.WhatsApp, Data: data})
		}
		require.Equal(t, "applied", news("DISABLED_UPDATE", "SCHEDULE_FOR_DISABLE"))
		require.Equal(t, engine.Enabled, w.stateOf("wa"))
		for range 3 {
			news("DISABLED_UPDATE", "DISABLE")
		}
		require.Equal(t, engine.Disabled, w.stateOf("wa"))
		require.Equal(t, "disabled", w.told())
		news("DISABLED_UPDATE", "REINSTATE")
		require.Equal(t, engine.Enabled, w.stateOf("wa"))
		require.Equal(t, "disabled enabled", w.told())
		w.integration("wa", engine.IntegrationChange{State: engine.Disabled, Note: "switched off by maria", By: "maria"})
		news("DISABLED_UPDATE", "REINSTATE")
		require.Equal(t, engine.Disabled, w.stateOf("wa"))
		news("ACCOUNT_RESTRICTION", "")
		require.Equal(t, "disabled enabled", w.told())
	})
}

// A stop that arrives in a status, after the message was accepted, limits the
// channel once; one about a message of before the last change is old news.
func TestAStopArrivesInAStatus(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana")
	w.settle()
	var refs []string
	for n := range 3 {
		refs = append(refs, string(w.ask(e, fmt.Sprint("q", n)).ID))
	}
	stop := func(ref string) {
		w.Helper()
		require.Equal(t, "applied", w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: "wa", Channel: engine.WhatsApp,
			Status: &engine.IncomingStatus{Ref: ref, Status: engine.Failed, ErrorCodes: []string{"131048"}}}))
	}
	stop(refs[0])
	stop(refs[1])
	require.Equal(t, engine.Limited, w.stateOf("wa"))
	require.Equal(t, "limited", w.told())
	w.clock.Advance(time.Minute)
	w.integration("wa", engine.IntegrationChange{State: engine.Enabled, From: engine.Limited})
	stop(refs[2])
	require.Equal(t, engine.Enabled, w.stateOf("wa"))
}
