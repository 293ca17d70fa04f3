package storetest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/engine"
)

func messages(t *testing.T, open Open) {
	w := begin(t, open)
	later := w.clock.Now().Add(time.Hour)
	m := &engine.Message{
		ID: "m1", EnrollmentID: "e1", JourneyID: "confirm", StepID: "ask", Visit: 1, Route: 2, Try: 3, ContactID: "ana", IntegrationID: "wa",
		Provider: "meta", Channel: engine.WhatsApp, To: engine.Address{Kind: engine.WAID, Value: "5511987654321"}, Category: "utility",
		Content: engine.Content{Template: "confirm", Language: "pt_BR", Params: map[string]string{"1": "Ana & <Rui>"}, Choices: []engine.Choice{{ID: "yes", Title: "Sim", Payload: "p"}}},
		Notify:  true, HoldUntil: &later, NotAfter: &later,
	}
	existing, err := w.InsertMessage(w.ctx, m)
	ok(t, err)
	if existing != nil {
		t.Fatal("inserted, so nothing existed")
	}
	if got := must(w.Message(w.ctx, "m1")); !reflect.DeepEqual(got, m) {
		t.Errorf("loaded %+v, want %+v", got, m)
	}
	twin := *m
	twin.ID = "m2"
	existing, err = w.InsertMessage(w.ctx, &twin)
	ok(t, err)
	same(t, "the intent that stands", existing.ID, "m1")
	for i := range 2 { // people may write any number
		byHand := &engine.Message{ID: engine.MessageID(fmt.Sprint("h", i)), ContactID: "ana", Channel: engine.WhatsApp}
		existing, err = w.InsertMessage(w.ctx, byHand)
		ok(t, err)
		if existing != nil {
			t.Error("a second message by hand was refused")
		}
	}
	m.Content = engine.Content{Text: "novo"}
	m.HoldUntil = nil
	ok(t, w.UpdateQueued(w.ctx, m))
	same(t, "changed", must(w.Message(w.ctx, "m1")).Content.Text, "novo")
	same(t, "claimed", must(w.ClaimMessage(w.ctx, "m1", "tok")), true)
	same(t, "claimed once", must(w.ClaimMessage(w.ctx, "m1", "tok2")), false)
	got := must(w.Message(w.ctx, "m1"))
	same(t, "attempt", fmt.Sprint(got.Status, got.Attempts, got.AttemptToken), "sending1tok")
	refused(t, w.UpdateQueued(w.ctx, m), engine.Conflict)
	refused(t, w.UpdateQueued(w.ctx, &engine.Message{ID: "m9"}), engine.NotFound)
	_, err = w.Message(w.ctx, "m9")
	refused(t, err, engine.NotFound)
}

func messageLists(t *testing.T, open Open) {
	w := begin(t, open)
	start := w.clock.Now()
	for i := range 4 {
		w.clock.Advance(time.Minute)
		w.message(fmt.Sprintf("m%d", i), []string{"ana", "rui"}[i%2])
	}
	list, next, err := w.Messages(w.ctx, engine.MessageFilter{ContactID: "ana", Channel: engine.WhatsApp, Status: engine.Queued})
	ok(t, err)
	same(t, "newest first", fmt.Sprint(len(list), " ", list[0].ID, next), "2 m2")
	list, _, err = w.Messages(w.ctx, engine.MessageFilter{EnrollmentID: "enr-m1"})
	ok(t, err)
	same(t, "of an enrollment", list[0].ID, "m1")
	_, err = w.LastMessageOf(w.ctx, "ana", engine.WhatsApp)
	refused(t, err, engine.NotFound) // queued only
	must(w.ClaimMessage(w.ctx, "m0", "a"))
	same(t, "last that may have gone out", must(w.LastMessageOf(w.ctx, "ana", engine.WhatsApp)).ID, "m0")
	claimed := w.clock.Now()
	w.clock.Advance(time.Minute)
	same(t, "stuck", must(w.StuckSending(w.ctx, w.clock.Now(), 10))[0].ID, "m0")
	same(t, "not yet stuck", len(must(w.StuckSending(w.ctx, claimed, 10))), 0)
	must(w.ClaimMessage(w.ctx, "m2", "b"))
	must(w.FinishMessage(w.ctx, "m2", "b", engine.MessageUpdate{Status: engine.Accepted, ProviderID: "p2"}))
	same(t, "finished is not stuck", len(must(w.StuckSending(w.ctx, w.clock.Now().Add(time.Hour), 10))), 1)
	sends := must(w.RecentSends(w.ctx, "ana", "utility", start))
	if want := []time.Time{w.clock.Now(), claimed}; !reflect.DeepEqual(sends, want) {
		t.Errorf("recent sends %v, want %v", sends, want)
	}
	same(t, "since", len(must(w.RecentSends(w.ctx, "ana", "", w.clock.Now()))), 1)
	same(t, "other category", len(must(w.RecentSends(w.ctx, "ana", "marketing", start))), 0)
	must(w.FinishMessage(w.ctx, "m0", "a", engine.MessageUpdate{Status: engine.Failed}))
	same(t, "a refused message was no send", len(must(w.RecentSends(w.ctx, "ana", "utility", start))), 1)
	same(t, "by provider id", must(w.MessageByProviderID(w.ctx, "wa", "p2")).ID, "m2")
	for _, pair := range [][2]string{{"wa", "p9"}, {"other", "p2"}, {"wa", ""}} {
		_, err = w.MessageByProviderID(w.ctx, engine.IntegrationID(pair[0]), pair[1])
		refused(t, err, engine.NotFound)
	}
}

func finishing(t *testing.T, open Open) {
	w := begin(t, open)
	finish := func(id, token string, u engine.MessageUpdate) bool {
		return must(w.FinishMessage(w.ctx, engine.MessageID(id), token, u))
	}
	status := func(id string) string {
		m := must(w.Message(w.ctx, engine.MessageID(id)))
		return fmt.Sprint(m.Status, " ", m.ProviderID, " ", m.Reason, " ", m.ErrorCode)
	}
	w.message("m1", "ana")
	same(t, "nobody claimed it", finish("m1", "", engine.MessageUpdate{Status: engine.Accepted}), false)
	must(w.ClaimMessage(w.ctx, "m1", "a"))
	same(t, "wrong token", finish("m1", "b", engine.MessageUpdate{Status: engine.Accepted, ProviderID: "x"}), false)
	same(t, "untouched", status("m1"), "sending   ")
	same(t, "a webhook was faster", must(w.RaiseStatus(w.ctx, "m1", engine.MessageUpdate{Status: engine.Delivered, At: w.clock.Now()})), true)
	same(t, "finished", finish("m1", "a", engine.MessageUpdate{Status: engine.Accepted, ProviderID: "p1", ErrorCode: "0"}), true)
	same(t, "the higher status stays, with the provider's id", status("m1"), "delivered p1  ")

	w.message("m2", "ana")
	must(w.ClaimMessage(w.ctx, "m2", "a"))
	hold := w.clock.Now().Add(time.Minute)
	same(t, "back to the queue", finish("m2", "a", engine.MessageUpdate{Status: engine.Queued, HoldUntil: &hold, Reason: "busy"}), true)
	m := must(w.Message(w.ctx, "m2"))
	same(t, "held", *m.HoldUntil, hold)
	same(t, "claimed again", must(w.ClaimMessage(w.ctx, "m2", "b")), true)
	same(t, "the frozen first attempt wakes too late", finish("m2", "a", engine.MessageUpdate{Status: engine.Accepted, ProviderID: "zombie"}), false)
	same(t, "in doubt", finish("m2", "b", engine.MessageUpdate{Status: engine.Unconfirmed}), true)
	same(t, "the late truth", finish("m2", "b", engine.MessageUpdate{Status: engine.Accepted, ProviderID: "p2"}), true)
	same(t, "raised", status("m2"), "accepted p2  ")
	same(t, "what was accepted is not queued again", finish("m2", "b", engine.MessageUpdate{Status: engine.Queued}), false)
	same(t, "attempts", must(w.Message(w.ctx, "m2")).Attempts, 2)

	w.message("m3", "ana")
	must(w.ClaimMessage(w.ctx, "m3", "a"))
	same(t, "a provider's id twice costs the id, not the outcome", finish("m3", "a", engine.MessageUpdate{Status: engine.Accepted, ProviderID: "p2"}), true)
	same(t, "accepted", status("m3"), "accepted   ")
	w.message("m4", "ana")
	must(w.ClaimMessage(w.ctx, "m4", "a"))
	same(t, "refused", finish("m4", "a", engine.MessageUpdate{Status: engine.Failed, Reason: "blocked", ErrorCode: "131026", ErrorDetail: "x"}), true)
	same(t, "reason", status("m4"), "failed  blocked 131026")
	if must(w.Message(w.ctx, "m4")).AcceptedAt != nil {
		t.Error("a refused message was accepted")
	}
}

func statuses(t *testing.T, open Open) {
	w := begin(t, open)
	_, err := w.RaiseStatus(w.ctx, "m9", engine.MessageUpdate{Status: engine.Sent})
	refused(t, err, engine.NotFound)
	w.message("m1", "ana")
	at := w.clock.Now()
	raise := func(st engine.MessageStatus, after time.Duration) bool {
		return must(w.RaiseStatus(w.ctx, "m1", engine.MessageUpdate{Status: st, At: at.Add(after), ProviderID: "p", Pricing: map[string]any{"category": "utility"}}))
	}
	same(t, "accepted", raise(engine.Accepted, 0), true)
	same(t, "delivered", raise(engine.Delivered, 2*time.Second), true)
	same(t, "sent is late", raise(engine.Sent, time.Second), false)
	same(t, "a repeat", raise(engine.Delivered, 2*time.Second), false)
	same(t, "a failure after delivery is a note", raise(engine.Failed, 3*time.Second), false)
	m := must(w.Message(w.ctx, "m1"))
	same(t, "status", fmt.Sprint(m.Status, m.ProviderID), "deliveredp")
	same(t, "accepted at", *m.AcceptedAt, at)
	history := must(w.MessageHistory(w.ctx, "m1"))
	var told strings.Builder
	for _, h := range history {
		told.WriteString(fmt.Sprint(h.Status, h.Applied, " "))
	}
	same(t, "history", told.String(), "acceptedtrue sentfalse deliveredtrue failedfalse ")
}

// statusOrders plays statuses in random order with repeats: the end is the
// highest, and the status never goes down on the way.
func statusOrders(t *testing.T, open Open) {
	w := begin(t, open)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	all := []engine.MessageStatus{engine.Unconfirmed, engine.Accepted, engine.Sent, engine.Failed, engine.Delivered, engine.Read}
	for round := range 15 {
		id := engine.MessageID(fmt.Sprint("m", round))
		w.message(string(id), "ana")
		highest := engine.Queued
		for range 10 {
			st := all[random.IntN(len(all))]
			raised := must(w.RaiseStatus(w.ctx, id, engine.MessageUpdate{Status: st, At: w.clock.Advance(time.Millisecond)}))
			same(t, "raised", raised, st.Rank() > highest.Rank())
			if raised {
				highest = st
			}
			same(t, "status", must(w.Message(w.ctx, id)).Status, highest)
		}
	}
}
