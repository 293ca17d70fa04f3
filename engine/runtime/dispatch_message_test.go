package runtime

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/dsl"
	"jornada/engine"
	"jornada/workflows"
)

const anaPhone = "+5511987654321"

// anaWAID is how WhatsApp writes the same person: without the ninth digit.
const anaWAID = "551187654321"

func TestAnEventHasOneEffectHoweverOftenItComes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		w.ask(e, "q")
		reply := writes(anaWAID, "sim")
		again := reply
		require.Contains(t, w.deliver(reply, again, reply), "answered")
		require.NoError(t, w.rt.Deliver(w.ctx, []engine.InboundEvent{reply}))
		w.settle()
		require.Equal(t, []string{"reply"}, w.server.kinds(e))
		s := w.server.signals(e)[0]
		require.Equal(t, "yes", s.Answer.Outcome)
		require.Equal(t, "q", s.StepID)
		require.Equal(t, "sim", s.Text)
		require.Equal(t, engine.WhatsApp, s.Channel)
		windows, err := w.db.Windows(w.ctx, "ana")
		window := windows[engine.WhatsApp]
		require.NoError(t, err)
		require.WithinDuration(t, w.clock.Now(), window.LastInboundAt, time.Millisecond)
		c, err := w.db.Contact(w.ctx, "ana")
		require.NoError(t, err)
		require.Equal(t, anaWAID, c.Address(engine.WAID), "the wa_id is learnt")
	})
}

// Whose a number was when it last wrote is only a guess: what counts is whose it is.
func TestANumberChangesHands(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		heard := func(id engine.ContactID) bool {
			windows, err := w.db.Windows(w.ctx, id)
			require.NoError(t, err)
			return windows[engine.WhatsApp].LastInboundAt.Equal(w.clock.Now().UTC())
		}
		for range 2 {
			w.deliver(writes(anaWAID, "oi"))
			require.True(t, heard("ana"))
			w.clock.Advance(time.Minute)
		}

		ana, err := w.db.Contact(w.ctx, "ana")
		require.NoError(t, err)
		numbers := ana.Addresses
		ana.Addresses = nil
		_, err = w.db.PutContact(w.ctx, ana)
		require.NoError(t, err)
		_, err = w.db.PutContact(w.ctx, &engine.Contact{ID: "bia", Addresses: numbers, Attributes: map[string]any{}})
		require.NoError(t, err)
		w.deliver(writes(anaWAID, "agora sou eu"))
		require.True(t, heard("bia"))
		require.False(t, heard("ana"))
		w.clock.Advance(time.Minute)

		require.NoError(t, w.db.EraseContact(w.ctx, "bia"))
		w.deliver(writes(anaWAID, "olá"))
		third, err := w.db.ContactByAddress(w.ctx, numbers)
		require.NoError(t, err)
		require.NotContains(t, []engine.ContactID{"ana", "bia"}, third.ID)
		require.True(t, heard(third.ID))
	})
}

// The routing priority, top to bottom: see the package documentation.
func TestWhoGetsAReply(t *testing.T) {
	type stage struct {
		*world
		older, newer   engine.EnrollmentID // both ask; older's options are yes and no
		olderM, newerM *engine.Message
	}
	cases := []struct {
		name   string
		newer  *dsl.Ask // of the newer question; nil = yes and no
		send   func(s *stage) engine.InboundEvent
		result string
		older  []string // outcomes heard; "-" = unmatched
		newerH []string
	}{
		{name: "a button goes to its own question, not the newest",
			send: func(s *stage) engine.InboundEvent {
				ev := writes(anaWAID, "Confirmar")
				ev.Message.ReplyPayload = engine.Payload(s.older, "q", 0, "yes")
				return ev
			}, result: "answered", older: []string{"yes"}},
		{name: "a quote goes to the question it quotes",
			send: func(s *stage) engine.InboundEvent {
				ev := writes(anaWAID, "sim")
				ev.Message.ContextID = s.olderM.ProviderID
				return ev
			}, result: "answered", older: []string{"yes"}},
		{name: "a quote that fits nothing reprompts what it quotes",
			send: func(s *stage) engine.InboundEvent {
				ev := writes(anaWAID, "talvez")
				ev.Message.ContextID = s.olderM.ProviderID
				return ev
			}, result: "unmatched", older: []string{"-"}},
		{name: "typed text goes to the newest question",
			send:   func(*stage) engine.InboundEvent { return writes(anaWAID, "NAO POSSO!") },
			result: "answered", newerH: []string{"no"}},
		{name: "typed text goes to the newest question that it can answer",
			newer:  &dsl.Ask{Scale: &dsl.Scale{Kind: "nps", Min: 0, Max: 10}},
			send:   func(*stage) engine.InboundEvent { return writes(anaWAID, "sim") },
			result: "answered", older: []string{"yes"}},
		{name: "text that answers nothing reprompts the newest question",
			send:   func(*stage) engine.InboundEvent { return writes(anaWAID, "quem é?") },
			result: "unmatched", newerH: []string{"-"}},
		{name: "an opt-out comes before every question",
			newer:  &dsl.Ask{Accept: "text"},
			send:   func(*stage) engine.InboundEvent { return writes(anaWAID, "Sair.") },
			result: "opted_out"},
		{name: "an opt-out holds whatever it quotes",
			send: func(s *stage) engine.InboundEvent {
				ev := writes(anaWAID, "PARAR")
				ev.Message.ContextID = s.olderM.ProviderID
				return ev
			}, result: "opted_out"},
		{name: "an option with an opt-out's name is an answer",
			newer:  &dsl.Ask{Options: []dsl.Option{option("keep", "Manter"), option("cancelled", "Cancelar")}},
			send:   func(*stage) engine.InboundEvent { return writes(anaWAID, "CANCELAR") },
			result: "answered", newerH: []string{"cancelled"}},
		{name: "yes is an answer, not an opt-in",
			newer:  &dsl.Ask{Options: []dsl.Option{option("y", "Yes"), option("n", "No")}},
			send:   func(*stage) engine.InboundEvent { return writes(anaWAID, "yes") },
			result: "answered", newerH: []string{"y"}},
		{name: "a button of somebody else's question is not believed",
			send: func(s *stage) engine.InboundEvent {
				s.contact("bia", "+5511912345678")
				b := s.enroll("older", "bia")
				s.ask(b, "q")
				ev := writes(anaWAID, "oi")
				ev.Message.ReplyPayload = engine.Payload(b, "q", 0, "yes")
				return ev
			}, result: "unmatched", newerH: []string{"-"}},
		{name: "an answer to a closed question is late",
			send: func(s *stage) engine.InboundEvent {
				won, err := s.db.CloseWait(s.ctx, engine.WaitIDFor(s.older, "q", 0), engine.WaitTimedOut)
				require.NoError(s, err)
				require.True(s, won)
				ev := writes(anaWAID, "Confirmar")
				ev.Message.ReplyPayload = engine.Payload(s.older, "q", 0, "yes")
				return ev
			}, result: "late_reply"},
		{name: "a reaction is no answer",
			send: func(s *stage) engine.InboundEvent {
				thumb := "👍"
				ev := writes(anaWAID, "")
				ev.Message.Type, ev.Message.ReactionEmoji, ev.Message.ReactionTo = "reaction", &thumb, s.newerM.ProviderID
				return ev
			}, result: "unclaimed"},
		{name: "a picture answers a question for a picture",
			newer: &dsl.Ask{Accept: "image"},
			send: func(*stage) engine.InboundEvent {
				ev := writes(anaWAID, "")
				ev.Message.Type, ev.Message.MediaID = "image", "media-1"
				return ev
			}, result: "answered", newerH: []string{"answered"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &stage{world: onFile(t)}
			s.contact("ana", anaPhone)
			s.publish(askJourney("older"))
			newer := askJourney("newer")
			if c.newer != nil {
				withAsk(newer, c.newer)
			}
			s.publish(newer)
			s.older, s.newer = s.enroll("older", "ana"), s.enroll("newer", "ana")
			s.olderM, s.newerM = s.ask(s.older, "q"), s.ask(s.newer, "q")
			require.Equal(t, c.result, firstWord(s.deliver(c.send(s))))
			require.Equal(t, c.older, outcomes(s.server.signals(s.older)), "the older question")
			require.Equal(t, c.newerH, outcomes(s.server.signals(s.newer)), "the newer question")
			closed := 0
			for _, e := range []engine.EnrollmentID{s.older, s.newer} {
				wait, err := s.db.Wait(s.ctx, engine.WaitIDFor(e, "q", 0))
				require.NoError(t, err)
				if wait.State == engine.WaitAnswered {
					closed++
				}
			}
			if c.result == "answered" {
				require.Equal(t, 1, closed, "one question took it")
			} else {
				require.Zero(t, closed)
			}
		})
	}
}

// outcomes are those of the replies heard; "-" for an unmatched one.
func outcomes(heard []workflows.Signal) []string {
	var out []string
	for _, s := range heard {
		switch {
		case s.Kind != workflows.SignalReply:
		case s.Answer == nil:
			out = append(out, "-")
		default:
			out = append(out, s.Answer.Outcome)
		}
	}
	return out
}

func TestAWaitForAReplyTakesAnything(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	plan := askJourney("listen")
	plan.Nodes["q"] = &dsl.Node{ID: "q", Verb: "wait", Next: dsl.End, Wait: &dsl.Wait{Events: []dsl.WaitEvent{{Outcome: "replied", Reply: "whatsapp"}}}}
	w.publish(plan)
	e := w.enroll("listen", "ana")
	en, err := w.db.Enrollment(w.ctx, e)
	require.NoError(t, err)
	w.openWait(en, "q")
	require.Contains(t, w.deliver(writes(anaWAID, "qualquer coisa")), "answered")
	require.Equal(t, []string{"replied"}, outcomes(w.server.signals(e)))
	// The second message finds nobody listening. A place is something said, too.
	require.Equal(t, "unclaimed", w.deliver(writes(anaWAID, "mais uma")))
	w.publish(askJourney("confirm"))
	w.ask(w.enroll("confirm", "ana"), "q")
	place := writes(anaWAID, "")
	place.Message.Type, place.Message.Location = "location", map[string]any{"latitude": -23.5, "longitude": -46.6}
	require.Contains(t, w.deliver(place), "unmatched")
}

func TestAnAnswerProvesThatTheQuestionArrived(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana")
	m := w.ask(e, "q")
	ev := writes(anaWAID, "sim")
	ev.Message.ContextID = m.ProviderID
	w.deliver(ev)
	m, err := w.db.Message(w.ctx, m.ID)
	require.NoError(t, err)
	require.Equal(t, engine.Delivered, m.Status)
	require.Equal(t, []string{"status", "reply"}, w.server.kinds(e))
	require.Equal(t, "delivered", w.server.signals(e)[0].Status)
}

func TestOptingOutAndBackIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		w.publish(askJourney("other"))
		e, other := w.enroll("confirm", "ana"), w.enroll("other", "ana")
		require.Equal(t, "opted_out", w.deliver(writes(anaWAID, "SAIR")))
		c, err := w.db.Contact(w.ctx, "ana")
		require.NoError(t, err)
		require.False(t, c.OptIn[engine.WhatsApp])
		blocked, err := w.db.Suppressions(w.ctx, engine.WhatsApp, []engine.Address{{Kind: engine.Phone, Value: anaPhone}})
		require.NoError(t, err)
		require.NotEmpty(t, blocked)
		require.Equal(t, "opted_out", blocked[0].Reason)
		for _, id := range []engine.EnrollmentID{e, other} {
			heard := w.server.signals(id)
			require.Len(t, heard, 1)
			require.Equal(t, workflows.SignalContactChanged, heard[0].Kind)
			require.Equal(t, "opted_out", heard[0].Reason)
		}
		require.Equal(t, "opted_in", w.deliver(writes(anaWAID, "Voltar")))
		c, err = w.db.Contact(w.ctx, "ana")
		require.NoError(t, err)
		require.True(t, c.OptIn[engine.WhatsApp])
		// Somebody who never left only says a word.
		require.Equal(t, "unclaimed", w.deliver(writes(anaWAID, "Voltar")))
	})
}

func TestUnclaimedTextMayStartJourneys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.publish(askJourney("book", dsl.Trigger{Inbound: "whatsapp", Keywords: []string{"agendar", "marcação"}}))
		w.publish(askJourney("menu", dsl.Trigger{Inbound: "whatsapp"}))
		w.publish(askJourney("sms_only", dsl.Trigger{Inbound: "sms"}))
		require.Contains(t, w.deliver(writes("5521999990001", " Marcacao! ")), "started book:")
		require.Contains(t, w.deliver(writes("5521999990002", "oi, tudo bem?")), "started menu:")
		require.Contains(t, w.deliver(writes("5521999990003", "1")), "started menu:", "a number is no keyword")
		require.Equal(t, 3, w.server.startedCount())
		// The sender became a contact, once, reachable by SMS too.
		c, err := w.db.ContactByAddress(w.ctx, []engine.Address{{Kind: engine.WAID, Value: "5521999990001"}})
		require.NoError(t, err)
		require.Equal(t, "+5521999990001", c.Address(engine.Phone))
		require.False(t, c.OptIn[engine.WhatsApp], "writing first is not an opt-in")
		for _, in := range w.server.started {
			require.Equal(t, "inbound", in.Trigger.Kind)
			require.NotEmpty(t, in.Trigger.Text)
		}
		// Inside already: the journey's own rule decides.
		require.Contains(t, w.deliver(writes("5521999990001", "agendar")), "book: skipped (overlap)")
	})
}

func TestPeopleHaveTheConversation(t *testing.T) {
	w := onFile(t)
	w.contact("ana", anaPhone)
	w.publish(askJourney("menu", dsl.Trigger{Inbound: "whatsapp"}, dsl.Trigger{API: true}))
	e := w.enroll("menu", "ana")
	h := &engine.Handoff{ID: "hnd_1", EnrollmentID: e, StepID: "q", ContactID: "ana", Queue: "reception", State: "open", OpenedAt: w.clock.Now()}
	_, err := w.db.OpenHandoff(w.ctx, h)
	require.NoError(t, err)
	require.Contains(t, w.deliver(writes(anaWAID, "oi")), "people have this conversation")
	require.Equal(t, 1, w.server.startedCount())
}

// A sender that dies before it hears that the provider took the question leaves it
// as being sent. Nobody may ever tell its status; the answer does.
func TestAnAnswerProvesThatItsQuestionWentOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		e := w.enroll("confirm", "ana")
		sending := func(try int) engine.MessageID {
			m := &engine.Message{
				ID: engine.MessageID(engine.NewID("msg")), EnrollmentID: e, JourneyID: "confirm", StepID: "q", Try: try, ContactID: "ana",
				IntegrationID: "wa", Channel: engine.WhatsApp, Status: engine.Queued, Notify: true, CreatedAt: w.clock.Now(),
			}
			_, err := w.db.InsertMessage(w.ctx, m)
			require.NoError(t, err)
			won, err := w.db.ClaimMessage(w.ctx, m.ID, "token")
			require.NoError(t, err)
			require.True(t, won)
			return m.ID
		}
		status := func(id engine.MessageID) engine.MessageStatus {
			m, err := w.db.Message(w.ctx, id)
			require.NoError(t, err)
			return m.Status
		}
		en, err := w.db.Enrollment(w.ctx, e)
		require.NoError(t, err)
		question := sending(0)
		w.openWait(en, "q")
		require.Contains(t, w.deliver(writes(anaWAID, "sim")), "answered")
		require.Equal(t, engine.Delivered, status(question))

		require.NoError(t, w.rt.Unenroll(w.ctx, e, "next", "test"))
		e = w.enroll("confirm", "ana")
		asked := w.ask(e, "q")
		again := sending(1)
		require.Contains(t, w.deliver(writes(anaWAID, "sim")), "answered")
		require.Equal(t, engine.Sending, status(again), "they may answer the question, and not its repetition")
		require.Equal(t, engine.Accepted, status(asked.ID))
	})
}

func TestAReplyRacesTheTimeout(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("ana", anaPhone)
		w.publish(askJourney("confirm"))
		replied, timedOut := 0, 0
		for range 20 {
			e := w.enroll("confirm", "ana")
			w.ask(e, "q")
			ev := writes(anaWAID, "Confirmar")
			ev.Message.ReplyPayload = engine.Payload(e, "q", 0, "yes")
			require.NoError(t, w.rt.Deliver(w.ctx, []engine.InboundEvent{ev}))
			lost := make(chan bool)
			go func() {
				won, err := w.db.CloseWait(w.ctx, engine.WaitIDFor(e, "q", 0), engine.WaitTimedOut)
				lost <- err == nil && won
			}()
			w.settle()
			won := <-lost
			answers := len(outcomes(w.server.signals(e)))
			require.Equal(t, !won, answers == 1, "exactly one side has the wait")
			if won {
				timedOut++
			} else {
				replied++
			}
			require.NoError(t, w.rt.Unenroll(w.ctx, e, "next", "test"))
			w.settle()
		}
		t.Logf("replied %d, timed out %d", replied, timedOut)
	})
}

// A message that a journey took is marked as read, once; one that people have to
// read, or that comes again, is not. What the provider says to it changes nothing.
func TestWhatAJourneyTookIsMarkedAsRead(t *testing.T) {
	w := onFile(t)
	var marked []string
	w.rt.MarkRead = func(_ context.Context, integration engine.IntegrationID, id string) error {
		marked = append(marked, string(integration)+" "+id)
		return errors.New("the provider is away")
	}
	w.contact("ana", anaPhone)
	w.publish(askJourney("confirm"))
	e := w.enroll("confirm", "ana")
	w.ask(e, "q")
	says := func(id, text string) engine.InboundEvent {
		ev := writes(anaWAID, text)
		ev.Message.ProviderID = id
		return ev
	}
	reply := says("wamid.2", "sim")
	require.Contains(t, w.deliver(says("wamid.1", "talvez")), "unmatched")
	w.rt.marks.wait()
	require.Contains(t, w.deliver(reply), "answered")
	w.rt.marks.wait()
	require.NoError(t, w.rt.Deliver(w.ctx, []engine.InboundEvent{reply}))
	require.Contains(t, w.deliver(says("wamid.3", "obrigada!")), "unclaimed")
	require.Contains(t, w.deliver(writes(anaWAID, "sem nome")), "unclaimed")
	w.rt.marks.wait()
	require.Equal(t, []string{"wa wamid.1", "wa wamid.2"}, marked)
	require.Equal(t, []string{"reply", "reply"}, w.server.kinds(e))
}
