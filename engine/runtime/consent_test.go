package runtime

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
	"jornada/workflows"
)

// Pressing an unsubscribe link holds at once: evidence, suppression and the news
// to the running journeys stand when the call returns. Pressing again adds
// nothing; a new permission can be taken back again.
func TestWithdrawingByLink(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mail := engine.Address{Kind: engine.EmailAddress, Value: "ana@example.com"}
		_, err := w.db.PutContact(w.ctx, &engine.Contact{ID: "ana", Addresses: []engine.Address{mail}, OptIn: map[engine.Channel]bool{engine.Email: true}})
		require.NoError(t, err)
		w.publish(askJourney("newsletter"))
		e := w.enroll("newsletter", "ana")
		link := engine.Withdrawal{ContactID: "ana", Channel: engine.Email, Purpose: "marketing"}
		for i := range 5 {
			fresh, err := w.rt.Withdraw(w.ctx, link, "unsubscribe link pressed (request r1)")
			require.NoError(t, err)
			require.Equal(t, i == 0, fresh, "press %d", i+1)
		}
		blocked, err := w.db.Suppressions(w.ctx, engine.Email, []engine.Address{mail})
		require.NoError(t, err)
		require.Len(t, blocked, 1)
		require.Equal(t, "opted_out", blocked[0].Reason)
		require.Equal(t, "marketing", blocked[0].Purpose, "what is no advertising may still come")
		consents, err := w.db.Consents(w.ctx, "ana")
		require.NoError(t, err)
		require.Len(t, consents, 1)
		require.Equal(t, "link", consents[0].Source)
		require.Contains(t, consents[0].Evidence, "request r1")
		c, err := w.db.Contact(w.ctx, "ana")
		require.NoError(t, err)
		require.True(t, c.OptIn[engine.Email], "only advertising was stopped")
		w.settle()
		require.Equal(t, []string{string(workflows.SignalContactChanged)}, w.server.kinds(e))
		require.Equal(t, "opted_out", w.server.signals(e)[0].Reason)

		// They say yes again somewhere else; the old link works once more.
		w.clock.Advance(time.Hour)
		require.NoError(t, w.db.LiftSuppression(w.ctx, engine.Email, mail, "asked at the desk"))
		require.NoError(t, w.db.RecordConsent(w.ctx, engine.Consent{ContactID: "ana", Channel: engine.Email, Purpose: "marketing", Granted: true, Source: "api", At: w.clock.Now()}))
		w.clock.Advance(time.Hour)
		fresh, err := w.rt.Withdraw(w.ctx, link, "again")
		require.NoError(t, err)
		require.True(t, fresh)

		// Who was erased is left alone, and whoever presses is told the same.
		fresh, err = w.rt.Withdraw(w.ctx, engine.Withdrawal{ContactID: "nobody", Channel: engine.Email, Purpose: "marketing"}, "x")
		require.NoError(t, err)
		require.False(t, fresh)
	})
}

// A provider that reports a stop beside the message that says it, and a person
// who says it again: one withdrawal, written down once.
func TestAStopIsWrittenDownOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		from := []engine.Address{{Kind: engine.Phone, Value: anaPhone}}
		report := engine.InboundEvent{Key: "optout:SM1", Kind: engine.Unsubscribe, IntegrationID: "sms", Channel: engine.SMS, From: from}
		word := func(key string) engine.InboundEvent {
			return engine.InboundEvent{
				Key: key, Kind: engine.InboundMessage, IntegrationID: "sms", Channel: engine.SMS, From: from,
				Message: &engine.IncomingMessage{Type: "text", Text: "STOP"},
			}
		}
		require.Equal(t, "opted_out", w.deliver(report))
		require.Equal(t, "opted_out (before)", w.deliver(word("SM1")))
		require.Equal(t, "opted_out (before)", w.deliver(word("SM2")))
		consents, err := w.db.Consents(w.ctx, "ana")
		require.NoError(t, err)
		require.Len(t, consents, 1)
		// Who comes back can leave again.
		w.clock.Advance(time.Minute)
		back := word("SM3")
		back.Message.Text = "START"
		require.Equal(t, "opted_in", w.deliver(back))
		w.clock.Advance(time.Minute)
		require.Equal(t, "opted_out", w.deliver(word("SM4")))
	})
}
