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
		for range 2 {
			require.Equal(t, "applied", news("DISABLED_UPDATE", "SCHEDULE_FOR_DISABLE"))
		}
		require.Equal(t, engine.Enabled, w.stateOf("wa"))
		require.Equal(t, "warned", w.told())
		for range 3 {
			news("DISABLED_UPDATE", "DISABLE")
		}
		require.Equal(t, engine.Disabled, w.stateOf("wa"))
		require.Equal(t, "warned disabled", w.told())
		news("DISABLED_UPDATE", "REINSTATE")
		require.Equal(t, engine.Enabled, w.stateOf("wa"))
		require.Equal(t, "warned disabled enabled", w.told())
		w.integration("wa", engine.IntegrationChange{State: engine.Disabled, Note: "switched off by maria", By: "maria"})
		news("DISABLED_UPDATE", "REINSTATE")
		require.Equal(t, engine.Disabled, w.stateOf("wa"))
		for range 2 {
			news("ACCOUNT_RESTRICTION", "")
		}
		require.Equal(t, engine.Disabled, w.stateOf("wa"))
		require.Equal(t, "warned disabled enabled warned", w.told()) // of each reason once
	})
}

// What a platform holds against an account is told in its words.
func TestAPlatformWarns(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, data := range []map[string]any{
			{"event": "ACCOUNT_VIOLATION", "violation": "ADULT"},
			{"event": "ACCOUNT_RESTRICTION", "restrictions": "RESTRICTED_BIZ_INITIATED_MESSAGING"},
			{"event": "DISABLED_UPDATE", "ban_state": "SCHEDULE_FOR_DISABLE", "until": "July 7, 2026"},
			{"event": "VERIFIED_ACCOUNT"},
		} {
			require.Equal(t, "applied", w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.ChannelError, IntegrationID: "wa", Channel: engine.WhatsApp, Data: data}))
			w.clock.Advance(time.Minute)
		}
		list, _, err := w.db.Notices(w.ctx, time.Time{}, 0, "")
		require.NoError(t, err)
		var causes []string
		for _, n := range list {
			require.Equal(t, engine.NoticeWarned, n.Kind)
			causes = append(causes, n.Cause)
		}
		require.Equal(t, []string{
			"DISABLED_UPDATE, SCHEDULE_FOR_DISABLE, July 7, 2026", "ACCOUNT_RESTRICTION, RESTRICTED_BIZ_INITIATED_MESSAGING", "ACCOUNT_VIOLATION, ADULT",
		}, causes)
		require.Contains(t, list[0].Text().Pt, "A plataforma relata um problema com a conta da integração \"wa\"")
		require.Equal(t, engine.Enabled, w.stateOf("wa"))
	})
}

// A provider's news about the account limits the channel, or asks for it to be
// connected again, told once; only its own news ends that, and news of before the
// channel came into its state is old.
func TestAProviderTellsOfItsState(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		news := func(state engine.IntegrationState, at time.Time) {
			t.Helper()
			require.Equal(t, "applied", w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.ChannelError, IntegrationID: "wa", Channel: engine.WhatsApp, OccurredAt: at,
				Data: map[string]any{"event": "account_status_change", "state": string(state), "title": "the account is suspended"}}))
		}
		now := func() time.Time { w.clock.Advance(time.Minute); return w.clock.Now() }
		for range 3 {
			news(engine.Limited, now())
		}
		require.Equal(t, engine.Limited, w.stateOf("wa"))
		i, err := w.db.Integration(w.ctx, "wa")
		require.NoError(t, err)
		require.Equal(t, "the account is suspended (reported by the provider)", i.StateNote)
		require.NotNil(t, i.ResumeAt)
		news(engine.NeedsReconnect, now())
		news(engine.Limited, now())
		require.Equal(t, engine.NeedsReconnect, w.stateOf("wa"))
		require.Equal(t, "limited needs_reconnect", w.told())
		before := w.clock.Now().Add(-time.Hour)
		news(engine.Enabled, now())
		require.Equal(t, engine.Enabled, w.stateOf("wa"))
		require.Equal(t, "limited needs_reconnect enabled", w.told())
		news(engine.NeedsReconnect, before)
		news("teleported", now())
		require.Equal(t, engine.Enabled, w.stateOf("wa"))
		for _, state := range []engine.IntegrationState{engine.Disabled, engine.NeedsReconnect} {
			w.integration("wa", engine.IntegrationChange{State: state, Note: "switched off by maria", By: "maria"})
			news(engine.Enabled, now())
			require.Equal(t, state, w.stateOf("wa"))
		}
		w.integration("wa", engine.IntegrationChange{State: engine.Disabled, Note: "switched off by maria", By: "maria"})
		news(engine.Limited, now())
		require.Equal(t, engine.Disabled, w.stateOf("wa"))
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

// Credentials that are refused in a status park the channel as an answer that refuses
// them does, and administrators are told once.
func TestCredentialsRefusedInAStatus(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		w.settle()
		for n := range 3 {
			m := w.ask(e, fmt.Sprint("q", n))
			require.Equal(t, "applied", w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: "wa", Channel: engine.WhatsApp,
				Status: &engine.IncomingStatus{Ref: string(m.ID), Status: engine.Failed, ErrorCodes: []string{"190"}}}))
			require.Equal(t, engine.NeedsReconnect, w.stateOf("wa"))
			require.Equal(t, "needs_reconnect", w.told())
		}
	})
}

// Who comes by a click on an advertisement enters for free, which our first answer
// begins; who just writes does not.
func TestFreeEntry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		wrote := func(referral map[string]any) {
			w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.InboundMessage, IntegrationID: "wa", Channel: engine.WhatsApp,
				From: []engine.Address{{Kind: engine.WAID, Value: "551187654321"}}, Message: &engine.IncomingMessage{ProviderID: nextKey(), Type: "text", Text: "oi", OpensWindow: true, Referral: referral}})
		}
		free := func() bool {
			is, err := w.db.AnswerEntry(w.ctx, "ana", "wa", engine.WhatsApp, w.clock.Now())
			require.NoError(t, err)
			return is
		}
		wrote(nil)
		require.False(t, free())
		wrote(map[string]any{"source_type": "ad", "source_id": "1"})
		require.True(t, free())
		w.clock.Advance(engine.FreeEntryLength)
		require.False(t, free())
	})
}

// Whom WhatsApp does not reach is remembered until they write; a failure after a
// delivery is a note and says nothing.
func TestOutOfReach(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ana := w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		w.settle()
		said := func(m *engine.Message, status engine.MessageStatus, codes ...string) string {
			w.clock.Advance(time.Second)
			return w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: "wa", Channel: engine.WhatsApp,
				Status: &engine.IncomingStatus{Ref: string(m.ID), Status: status, ErrorCodes: codes}})
		}
		reasons := func() (list []string) {
			all, err := w.db.Suppressions(w.ctx, engine.WhatsApp, ana.Addresses)
			require.NoError(t, err)
			for _, sp := range all {
				list = append(list, sp.Reason)
			}
			return list
		}
		m := w.ask(e, "q0")
		said(m, engine.Delivered)
		require.Equal(t, "stale", said(m, engine.Failed, "131026"))
		require.Empty(t, reasons())
		m = w.ask(e, "q1")
		require.Equal(t, "applied", said(m, engine.Failed, "131026"))
		require.Equal(t, []string{"unreachable"}, reasons())
		w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.InboundMessage, IntegrationID: "wa", Channel: engine.WhatsApp,
			From: []engine.Address{{Kind: engine.WAID, Value: "551187654321"}}, Message: &engine.IncomingMessage{ProviderID: nextKey(), Type: "reaction", ReactionTo: "wamid.x"}})
		require.Empty(t, reasons())

		for code, why := range map[string]string{"131047": "window_closed", "131000": "failed", "130429": "failed", "131049": "capped", "131026": "unreachable"} {
			m = w.ask(e, "q"+code)
			said(m, engine.Failed, code)
			got, err := w.db.Message(w.ctx, m.ID)
			require.NoError(t, err)
			require.Equal(t, why, got.Reason, code)
		}
	})
}

// A refusal as too fast that arrives in a status lowers the sender's rate, once for the
// messages of one storm; the limit to one person says nothing about the sender.
func TestALateRefusalLowersTheRate(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana")
	w.settle()
	refused := func(ref engine.MessageID, code string) float64 {
		w.Helper()
		require.Equal(t, "applied", w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.StatusUpdate, IntegrationID: "wa", Channel: engine.WhatsApp,
			Status: &engine.IncomingStatus{Ref: string(ref), Status: engine.Failed, ErrorCodes: []string{code}}}))
		i, err := w.db.Integration(w.ctx, "wa")
		require.NoError(t, err)
		return i.LearntRate
	}
	pair, first, second := w.ask(e, "q0").ID, w.ask(e, "q1").ID, w.ask(e, "q2").ID
	require.Zero(t, refused(pair, "131056"))
	w.clock.Advance(time.Minute)
	require.InDelta(t, 40, refused(first, "130429"), 0)
	w.clock.Advance(20 * time.Second)
	require.InDelta(t, 40, refused(second, "130429"), 0, "it left before the rate was lowered")
	later := w.ask(e, "q3").ID
	require.InDelta(t, 92./3, refused(later, "130429"), 0.001, "half of what it had recovered to, 21 s after the first")
	m, err := w.db.Message(w.ctx, later)
	require.NoError(t, err)
	require.Equal(t, "failed", m.Reason, "busy means that people talk with the contact")
}

// The platform's word on how many people may be reached replaces the tier of an
// integration that counts, and of those that share its portfolio.
func TestThePlatformTellsAMessagingLimit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tell := func(data map[string]any) string {
			return w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.Capability, IntegrationID: "wa", Channel: engine.WhatsApp, Data: data})
		}
		tier := func() string {
			i, err := w.db.Integration(w.ctx, "wa")
			require.NoError(t, err)
			return i.Settings["tier"]
		}
		require.Equal(t, "applied", tell(map[string]any{"max_daily_conversations_per_business": "2000"}))
		require.Empty(t, tier(), "nobody asked to count")
		i, err := w.db.Integration(w.ctx, "wa")
		require.NoError(t, err)
		i.Settings = map[string]string{"tier": "250"}
		_, err = w.db.PutIntegration(w.ctx, i)
		require.NoError(t, err)
		for _, c := range []struct{ name, says, want string }{
			{"max_daily_conversations_per_business", "2000", "2000"},
			{"current_limit", "TIER_10K", "TIER_10K"},
			{"current_limit", "TIER_ENDLESS", "TIER_10K"}, // not understood
			{"event", "ONBOARDING", "TIER_10K"},           // not about it
			{"max_daily_conversation_per_phone", "-1", "unlimited"},
		} {
			require.Equal(t, "applied", tell(map[string]any{c.name: c.says}))
			require.Equal(t, c.want, tier(), c.says)
		}
	})
}
