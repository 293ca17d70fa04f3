package runtime

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/engine"
	"jornada/workflows"
)

// both is a message whose sender WhatsApp names by number and by account.
func both(key, text string) engine.InboundEvent {
	return engine.InboundEvent{
		Key: key, Kind: engine.InboundMessage, IntegrationID: "wa", Channel: engine.WhatsApp,
		From:    []engine.Address{{Kind: engine.WAID, Value: anaWAID}, {Kind: engine.BSUID, Value: "BR.77"}},
		Message: &engine.IncomingMessage{Type: "text", Text: text, OpensWindow: true},
	}
}

// byAccount is the same sender without a number, as people with a username write.
func byAccount(key, text string) engine.InboundEvent {
	ev := both(key, text)
	ev.From = ev.From[1:]
	return ev
}

// Known twice: the clinic has her number, and she wrote by her account before.
// The question is open for the one, and the webhook that carries both proves
// that they are one. The branch is taken once, and what comes later from either
// address is hers.
func TestAnAnswerFromTheOtherAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.publish(askJourney("confirm"))
		require.Equal(t, "unclaimed", w.deliver(byAccount("m0", "bom dia")))
		twin, err := w.db.ContactByAddress(w.ctx, []engine.Address{{Kind: engine.BSUID, Value: "BR.77"}})
		require.NoError(t, err)
		w.clock.Advance(time.Minute)
		w.contact("ana", anaPhone)
		e := w.enroll("confirm", "ana")
		w.settle()
		w.ask(e, "q")
		require.Contains(t, w.deliver(both("m1", "sim")), "answered")
		w.deliver(both("m1", "sim")) // a repeated webhook
		require.Equal(t, "unclaimed", w.deliver(byAccount("m2", "sim")), "the question is closed")
		require.Len(t, answersHeard(w, e), 1)

		one, err := w.db.Contact(w.ctx, twin.ID)
		require.NoError(t, err)
		require.Equal(t, engine.ContactID("ana"), one.ID, "the id of the clinic's own system stays")
		require.True(t, one.OptIn[engine.WhatsApp])
		windows, err := w.db.Windows(w.ctx, "ana")
		require.NoError(t, err)
		require.False(t, windows[engine.WhatsApp].LastInboundAt.IsZero())
		list, _, err := w.db.AuditLog(w.ctx, 10, "")
		require.NoError(t, err)
		require.Equal(t, "contact.merged", list[0].Action)
		require.Equal(t, "ana", list[0].Target)
		require.Equal(t, string(twin.ID), list[0].Detail["merged"])
		require.NoError(t, w.db.VerifyAudit(w.ctx))
	})
}

// The question is open for the contact that gives way: its enrollment runs on
// with the workflow that knows it by the old id, and hears the answer; what the
// workflow asks next is asked of the survivor.
func TestAnEnrollmentOutlivesItsContact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.publish(askJourney("confirm"))
		w.deliver(byAccount("m0", "oi"))
		twin, err := w.db.ContactByAddress(w.ctx, []engine.Address{{Kind: engine.BSUID, Value: "BR.77"}})
		require.NoError(t, err)
		e := w.enroll("confirm", string(twin.ID))
		w.settle()
		w.ask(e, "q")
		w.contact("ana", anaPhone)
		require.Contains(t, w.deliver(both("m1", "sim")), "answered")
		require.Len(t, answersHeard(w, e), 1)
		en, err := w.db.Enrollment(w.ctx, e)
		require.NoError(t, err)
		require.Equal(t, engine.ContactID("ana"), en.ContactID)

		acts, err := activities.New(activities.Config{Store: w.db, Clock: w.clock, Channels: noDrivers{}, Plans: w.rt.Plans})
		require.NoError(t, err)
		require.NoError(t, acts.OpenWait(w.ctx, activities.OpenWaitInput{
			Base:   activities.Base{EnrollmentID: e, JourneyID: "confirm", VersionHash: en.VersionHash, ContactID: twin.ID},
			StepID: "q", Visit: 1, Channels: []engine.Channel{engine.WhatsApp},
		}))
		require.Contains(t, w.deliver(byAccount("m2", "sim")), "answered")
		require.Len(t, answersHeard(w, e), 2)

		// What both said is in histories sealed with either key; both are read until
		// the person is erased by either id.
		survivor, err := w.db.Contact(w.ctx, "ana")
		require.NoError(t, err)
		require.NotEqual(t, twin.KeyID, survivor.KeyID)
		require.NoError(t, w.rt.EraseContact(w.ctx, twin.ID))
		for _, key := range []string{twin.KeyID, survivor.KeyID} {
			_, err := w.db.DataKey(w.ctx, key)
			require.True(t, isCode(err, engine.NotFound))
		}
		en, err = w.db.Enrollment(w.ctx, e)
		require.NoError(t, err)
		require.Equal(t, engine.Unenrolled, en.Status)
	})
}

// A stop on either side holds for the person, and so does a yes that only one
// side has for what the other never spoke of.
func TestAMergeNeverOpensWhatWasShut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		require.Equal(t, "opted_out", w.deliver(byAccount("m0", "PARAR")))
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		w.settle()
		w.deliver(both("m1", "oi"))
		told := w.server.signals(e)
		require.NotEmpty(t, told, "her running journey hears of the stop")
		require.Equal(t, "opted_out", told[len(told)-1].Reason)
		require.Equal(t, engine.WhatsApp, told[len(told)-1].Channel)
		one, err := w.db.Contact(w.ctx, "ana")
		require.NoError(t, err)
		require.Len(t, one.Addresses, 3)
		require.False(t, one.OptIn[engine.WhatsApp])
		stops, err := w.db.Suppressions(w.ctx, engine.WhatsApp, one.Addresses)
		require.NoError(t, err)
		require.NotEmpty(t, stops)
	})
}

// Two webhooks, two processes, one merge.
func TestTwoWebhooksProveItAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.publish(askJourney("confirm"))
		w.deliver(byAccount("m0", "oi"))
		w.contact("ana", anaPhone)
		e := w.enroll("confirm", "ana")
		w.settle()
		w.ask(e, "q")
		second := w.process(w.db)
		require.NoError(t, w.rt.Deliver(w.ctx, []engine.InboundEvent{both("m1", "sim")}))
		require.NoError(t, w.rt.Deliver(w.ctx, []engine.InboundEvent{both("m2", "sim")}))
		require.NoError(t, w.rt.Deliver(w.ctx, []engine.InboundEvent{{
			Key: "s1", Kind: engine.NumberChanged, IntegrationID: "wa", Channel: engine.WhatsApp,
			From: []engine.Address{{Kind: engine.WAID, Value: anaWAID}}, Data: map[string]any{"new_phone": anaWAID, "new_bsuid": "BR.77"},
		}}))
		var done sync.WaitGroup
		for _, rt := range []*Runtime{w.rt, second} {
			done.Go(func() {
				for range 5 {
					_, err := rt.DispatchOnce(w.ctx)
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		done.Wait()
		w.clock.Advance(time.Minute) // what was put off comes back
		w.settle()
		require.Len(t, answersHeard(w, e), 1)
		list, _, err := w.db.AuditLog(w.ctx, 50, "")
		require.NoError(t, err)
		merges := 0
		for _, line := range list {
			if line.Action == "contact.merged" {
				merges++
			}
		}
		require.Equal(t, 1, merges)
	})
}

// Who changes to a number that the clinic knows as another contact's is that
// contact.
func TestANewNumberThatIsKnown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.clock.Advance(time.Minute)
		w.contact("ana_new", "+5521988887777")
		require.Equal(t, "applied", w.deliver(engine.InboundEvent{
			Key: "s1", Kind: engine.NumberChanged, IntegrationID: "wa", Channel: engine.WhatsApp,
			From: []engine.Address{{Kind: engine.WAID, Value: anaWAID}}, Data: map[string]any{"new_phone": "5521988887777"},
		}))
		one, err := w.db.Contact(w.ctx, "ana_new")
		require.NoError(t, err)
		require.Equal(t, engine.ContactID("ana"), one.ID)
		require.Equal(t, "5521988887777", one.Address(engine.WAID), "the newest is tried first")
	})
}

// A question that was closed before the two became one is known all the same: its
// button is late, and belongs to nobody else.
func TestALateButtonAfterAMerge(t *testing.T) {
	w := onFile(t)
	w.publish(askJourney("confirm"))
	w.deliver(byAccount("m0", "oi"))
	twin, err := w.db.ContactByAddress(w.ctx, []engine.Address{{Kind: engine.BSUID, Value: "BR.77"}})
	require.NoError(t, err)
	e := w.enroll("confirm", string(twin.ID))
	w.settle()
	w.ask(e, "q")
	_, err = w.db.CloseWait(w.ctx, engine.WaitIDFor(e, "q", 0), engine.WaitTimedOut)
	require.NoError(t, err)
	w.contact("ana", anaPhone)
	late := both("m1", "Confirmar")
	late.Message.ReplyPayload = engine.Payload(e, "q", 0, "yes")
	require.Contains(t, w.deliver(late), "late_reply")
	require.Empty(t, answersHeard(w, e))
}

// What is no proof joins nobody.
func TestWhatProvesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(ev *engine.InboundEvent)
		ana    engine.Contact
		twin   engine.Contact
	}{
		"another channel": {change: func(ev *engine.InboundEvent) { ev.Channel = engine.WebChat }},
		"no provider":     {change: func(ev *engine.InboundEvent) { ev.IntegrationID = "" }},
		"each has an account": {ana: engine.Contact{
			Addresses: []engine.Address{{Kind: engine.BSUID, Value: "BR.1"}},
		}},
		"different documents": {
			ana:  engine.Contact{Attributes: map[string]any{"cpf": "111.444.777-35"}},
			twin: engine.Contact{Attributes: map[string]any{"cpf": "52998224725"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := onFile(t)
			ana, twin := c.ana, c.twin
			ana.ID, ana.Addresses = "ana", append(ana.Addresses, engine.Address{Kind: engine.Phone, Value: anaPhone})
			twin.ID, twin.Addresses = "twin", []engine.Address{{Kind: engine.BSUID, Value: "BR.77"}}
			for _, person := range []*engine.Contact{&ana, &twin} {
				_, err := w.db.PutContact(w.ctx, person)
				require.NoError(t, err)
			}
			ev := both("m1", "oi")
			if c.change != nil {
				c.change(&ev)
			}
			w.deliver(ev)
			for _, id := range []engine.ContactID{"ana", "twin"} {
				person, err := w.db.Contact(w.ctx, id)
				require.NoError(t, err)
				require.Equal(t, id, person.ID)
			}
		})
	}
	// The same document, written in two ways, contradicts nothing.
	require.Equal(t, plainText("111.444.777-35"), plainText("11144477735"))
}

func TestWhoSurvives(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	made := func(id string, at time.Time) *engine.Contact {
		return &engine.Contact{ID: engine.ContactID(id), CreatedAt: at}
	}
	require.True(t, survives(made("ana", now.Add(time.Hour)), made("con_1", now)), "another system's id")
	require.False(t, survives(made("con_1", now), made("ana", now.Add(time.Hour))))
	require.True(t, survives(made("b", now), made("a", now.Add(time.Hour))), "the older")
	require.True(t, survives(made("a", now), made("b", now)), "and one of them in any case")
	require.False(t, survives(made("b", now), made("a", now)))
}

// noDrivers is for activities that send nothing.
type noDrivers struct{}

func (noDrivers) Driver(*engine.Integration) (channel.Provider, error) {
	return nil, errors.New("nothing is sent here")
}

// answersHeard are the replies that an enrollment's workflow was told.
func answersHeard(w *world, e engine.EnrollmentID) []workflows.Signal {
	var out []workflows.Signal
	for _, s := range w.server.signals(e) {
		if s.Kind == workflows.SignalReply {
			out = append(out, s)
		}
	}
	return out
}
