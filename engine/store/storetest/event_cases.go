package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/engine"
)

func events(t *testing.T, open Open) {
	w := begin(t, open)
	emoji := "👍"
	ev := &engine.InboundEvent{
		ID: "evt1", Key: "k1", Kind: engine.InboundMessage, IntegrationID: "wa", Channel: engine.WhatsApp, OccurredAt: w.clock.Now().Add(-time.Second),
		From: []engine.Address{{Kind: engine.WAID, Value: "5511987654321"}}, ProfileName: "Ana", Data: map[string]any{"a": "b"}, Raw: []byte{0, 1, 255},
		Message: &engine.IncomingMessage{ProviderID: "wamid.1", Type: "text", Text: "Olá", ReactionEmoji: &emoji, ErrorCodes: []string{"1"}, Media: &engine.MediaLink{Kind: "image"}},
		Status:  &engine.IncomingStatus{ProviderID: "wamid.0", Status: engine.Read, Pricing: map[string]any{"billable": true}},
	}
	same(t, "inserted", must(w.InsertEvent(w.ctx, ev)), true)
	if got := must(w.Event(w.ctx, "evt1")); !reflect.DeepEqual(got, ev) {
		t.Errorf("loaded %+v, want %+v", got, ev)
	}
	same(t, "the same key again", must(w.InsertEvent(w.ctx, &engine.InboundEvent{Key: "k1", IntegrationID: "wa"})), false)
	w.clock.Advance(time.Second)
	same(t, "the key of another integration", must(w.InsertEvent(w.ctx, &engine.InboundEvent{ID: "evt2", Key: "k1", IntegrationID: "sms"})), true)
	same(t, "a business event's key", must(w.InsertEvent(w.ctx, &engine.InboundEvent{ID: "evt3", Key: "k1", Kind: engine.BusinessEvent, Name: "a.b"})), true)
	same(t, "and again", must(w.InsertEvent(w.ctx, &engine.InboundEvent{Key: "k1", Kind: engine.BusinessEvent})), false)
	_, err := w.InsertEvent(w.ctx, &engine.InboundEvent{})
	refused(t, err, engine.Invalid)
	_, err = w.Event(w.ctx, "evt9")
	refused(t, err, engine.NotFound)

	claim := func() string {
		var ids []string
		for _, e := range must(w.ClaimEvents(w.ctx, 10, time.Minute)) {
			ids = append(ids, string(e.ID))
		}
		return strings.Join(ids, " ")
	}
	same(t, "at most", len(must(w.ClaimEvents(w.ctx, 1, time.Minute))), 1)
	same(t, "oldest first, not what is leased", claim(), "evt2 evt3")
	same(t, "all leased", claim(), "")
	same(t, "finished", must(w.FinishEvent(w.ctx, "evt1", "matched")), true)
	same(t, "finished once", must(w.FinishEvent(w.ctx, "evt1", "again")), false)
	ok(t, w.RetryEvent(w.ctx, "evt2", w.clock.Now().Add(10*time.Second), "temporal is away"))
	same(t, "not due", claim(), "")
	w.clock.Advance(10 * time.Second)
	same(t, "due", claim(), "evt2")
	w.clock.Advance(time.Minute)
	same(t, "leases of the dead end", claim(), "evt2 evt3")
}

// Whoever has enough of one party's events claims the others'.
func parties(t *testing.T, open Open) {
	w := begin(t, open)
	phone := []engine.Address{{Kind: engine.WAID, Value: "5511987654321"}, {Kind: engine.BSUID, Value: "BR.1"}}
	plus := []engine.Address{{Kind: engine.Phone, Value: "+5511987654321"}}
	var list []*engine.InboundEvent
	for i, ev := range []engine.InboundEvent{
		{Kind: engine.BusinessEvent, ContactID: "ana"}, {Kind: engine.InboundMessage, From: phone}, {Kind: engine.InboundMessage, From: plus},
		{Kind: engine.ChannelError}, {Kind: engine.BusinessEvent, ContactID: "ana", From: phone},
	} {
		ev.ID, ev.Key = engine.EventID(fmt.Sprint("evt", i)), fmt.Sprint("k", i)
		must(w.InsertEvent(w.ctx, &ev))
		w.clock.Advance(time.Second)
		list = append(list, &ev)
	}
	same(t, "a contact's", list[0].Party, list[4].Party)
	same(t, "an address's, however it is written", list[1].Party, list[2].Party)
	same(t, "nobody's", list[3].Party, "")
	if strings.Contains(list[1].Party, "5511987654321") {
		t.Errorf("the party %q shows an address", list[1].Party)
	}
	claim := func(except ...string) string {
		var ids []string
		for _, e := range must(w.ClaimEvents(w.ctx, 10, time.Second, except...)) {
			ids = append(ids, string(e.ID))
			same(t, "party", e.Party, list[e.ID[3]-'0'].Party)
		}
		w.clock.Advance(2 * time.Second)
		return strings.Join(ids, " ")
	}
	same(t, "all", claim(), "evt0 evt1 evt2 evt3 evt4")
	same(t, "without a contact's", claim(list[0].Party), "evt1 evt2 evt3")
	same(t, "without two", claim(list[0].Party, list[1].Party), "evt3")
}

// A message that is stored and not worked off may still be an answer.
func unheard(t *testing.T, open Open) {
	w := begin(t, open)
	must(w.PutContact(w.ctx, &engine.Contact{ID: "ana", Addresses: []engine.Address{{Kind: engine.Phone, Value: "+5511987654321"}}}))
	must(w.PutContact(w.ctx, &engine.Contact{ID: "bia", Addresses: []engine.Address{{Kind: engine.Phone, Value: "+5511912345678"}}}))
	waiting := func(id engine.ContactID, channels ...engine.Channel) bool {
		t.Helper()
		return must(w.Unheard(w.ctx, id, channels))
	}
	store := func(id string, kind engine.EventKind, from engine.Address, contact engine.ContactID) {
		t.Helper()
		must(w.InsertEvent(w.ctx, &engine.InboundEvent{ID: engine.EventID(id), Key: id, Kind: kind, Channel: engine.WhatsApp, From: []engine.Address{from}, ContactID: contact}))
	}
	ana := engine.Address{Kind: engine.WAID, Value: "551187654321"} // without the ninth digit
	same(t, "nothing came", waiting("ana", engine.WhatsApp), false)
	store("evt1", engine.BusinessEvent, ana, "")
	same(t, "an event is no message", waiting("ana", engine.WhatsApp), false)
	store("evt2", engine.InboundMessage, ana, "")
	same(t, "a message came", waiting("ana", engine.SMS, engine.WhatsApp), true)
	same(t, "not on that channel", waiting("ana", engine.SMS), false)
	same(t, "not from her", waiting("bia", engine.WhatsApp), false)
	must(w.FinishEvent(w.ctx, "evt2", "answered"))
	same(t, "it was worked off", waiting("ana", engine.WhatsApp), false)
	store("evt3", engine.InboundMessage, engine.Address{Kind: engine.WAID, Value: "15550100"}, "bia")
	same(t, "by the contact it names", waiting("bia", engine.WhatsApp), true)
	for range 6 {
		must(w.ClaimEvents(w.ctx, 10, time.Second))
		w.clock.Advance(2 * time.Second)
	}
	same(t, "what always fails is not waited for", waiting("bia", engine.WhatsApp), false)
	_, err := w.Unheard(w.ctx, "nobody", []engine.Channel{engine.WhatsApp})
	refused(t, err, engine.NotFound)
}

func waits(t *testing.T, open Open) {
	w := begin(t, open)
	deadline := w.clock.Now().Add(time.Hour)
	wait := &engine.Wait{ID: "e1/ask/0", EnrollmentID: "e1", VersionHash: "h1", ContactID: "ana", StepID: "ask", Channels: []engine.Channel{engine.WhatsApp, engine.SMS}, Deadline: &deadline}
	ok(t, w.OpenWait(w.ctx, wait))
	if got := must(w.Wait(w.ctx, wait.ID)); !reflect.DeepEqual(got, wait) {
		t.Errorf("loaded %+v, want %+v", got, wait)
	}
	w.clock.Advance(time.Second)
	ok(t, w.OpenWait(w.ctx, &engine.Wait{ID: "e2/ask/0", EnrollmentID: "e2", ContactID: "ana", Channels: []engine.Channel{engine.WhatsApp}}))
	list := must(w.OpenWaits(w.ctx, "ana", engine.WhatsApp))
	same(t, "newest first", fmt.Sprint(len(list), " ", list[0].ID), "2 e2/ask/0")
	same(t, "of a channel", len(must(w.OpenWaits(w.ctx, "ana", engine.SMS))), 1)
	same(t, "of any", len(must(w.OpenWaits(w.ctx, "ana", ""))), 2)
	same(t, "closed", must(w.CloseWait(w.ctx, wait.ID, engine.WaitAnswered)), true)
	same(t, "closed once", must(w.CloseWait(w.ctx, wait.ID, engine.WaitTimedOut)), false)
	ok(t, w.OpenWait(w.ctx, wait)) // a retry does not open it again
	same(t, "stays", must(w.Wait(w.ctx, wait.ID)).State, engine.WaitAnswered)
	ok(t, w.CancelWaits(w.ctx, "e2"))
	same(t, "canceled", must(w.Wait(w.ctx, "e2/ask/0")).State, engine.WaitCancelled)
	_, err := w.Wait(w.ctx, "nothing")
	refused(t, err, engine.NotFound)
}

func outbox(t *testing.T, open Open) {
	w := begin(t, open)
	add := func(enrollment string, due time.Duration) int64 {
		it := &engine.OutboxItem{Kind: "signal", EnrollmentID: engine.EnrollmentID(enrollment), ContactID: "ana", Payload: []byte{0, 9}, DueAt: w.clock.Now().Add(due)}
		ok(t, w.Enqueue(w.ctx, it))
		return it.ID
	}
	a1, a2 := add("a", 0), add("a", 0)
	b1 := add("b", time.Minute)
	add("b", 0) // later than b1, so it waits for it
	x1, x2 := add("", 0), add("", 0)
	claim := func() string {
		var ids []string
		for _, it := range must(w.ClaimOutbox(w.ctx, 10, time.Minute)) {
			ids = append(ids, fmt.Sprint(it.ID))
		}
		return strings.Join(ids, " ")
	}
	items := must(w.ClaimOutbox(w.ctx, 1, time.Minute))
	same(t, "as queued", fmt.Sprint(items[0].ID, items[0].Kind, string(items[0].Payload), items[0].Attempts), fmt.Sprint(a1, "signal", "\x00\t", 1))
	same(t, "only the oldest of each enrollment", claim(), fmt.Sprint(x1, " ", x2))
	same(t, "signals of a; starts of a; anything of c", fmt.Sprint(must(w.OutboxHolds(w.ctx, "a", "signal")), must(w.OutboxHolds(w.ctx, "a", "start")), must(w.OutboxHolds(w.ctx, "c"))), "true false false")
	ok(t, w.FinishOutbox(w.ctx, a1))
	same(t, "the next after it", claim(), fmt.Sprint(a2))
	ok(t, w.RetryOutbox(w.ctx, a2, w.clock.Now().Add(30*time.Second), "away"))
	a3 := add("a", 0)
	same(t, "the later wait with it", claim(), "")
	w.clock.Advance(30 * time.Second)
	same(t, "due", claim(), fmt.Sprint(a2))
	ok(t, w.FinishOutbox(w.ctx, a2))
	same(t, "then the later", claim(), fmt.Sprint(a3))
	w.clock.Advance(30 * time.Second)
	same(t, "leases end; oldest due first", claim(), fmt.Sprint(x1, " ", x2, " ", b1))
	ok(t, w.RetryOutbox(w.ctx, x1, w.clock.Now().Add(time.Hour), "away"))
	same(t, "put off for long", claim(), "")
	ok(t, w.HastenOutbox(w.ctx))
	same(t, "due at once, and leases stand", claim(), fmt.Sprint(x1))
	ok(t, w.FinishOutbox(w.ctx, 999))
}

func handoffs(t *testing.T, open Open) {
	w := begin(t, open)
	h := &engine.Handoff{ID: "h1", EnrollmentID: "e1", StepID: "people", ContactID: "ana", Queue: "front", Note: "nota", Priority: "high"}
	existing, err := w.OpenHandoff(w.ctx, h)
	ok(t, err)
	if existing != nil {
		t.Fatal("it is new")
	}
	if got := must(w.Handoff(w.ctx, "h1")); !reflect.DeepEqual(got, h) {
		t.Errorf("loaded %+v, want %+v", got, h)
	}
	existing, err = w.OpenHandoff(w.ctx, &engine.Handoff{EnrollmentID: "e1", StepID: "people"})
	ok(t, err)
	same(t, "the one that stands", existing.ID, "h1")
	w.clock.Advance(time.Second)
	_, err = w.OpenHandoff(w.ctx, &engine.Handoff{ID: "h2", EnrollmentID: "e2", StepID: "people", ContactID: "rui", Queue: "front"})
	ok(t, err)
	for want, f := range map[string]engine.HandoffFilter{"h2 h1 ": {Queue: "front", State: "open"}, "h1 ": {ContactID: "ana"}, "": {Queue: "back"}} {
		list, _, err := w.Handoffs(w.ctx, f)
		ok(t, err)
		var ids strings.Builder
		for _, h := range list {
			ids.WriteString(string(h.ID) + " ")
		}
		same(t, fmt.Sprintf("%+v", f), ids.String(), want)
	}
	same(t, "closed", must(w.CloseHandoff(w.ctx, "h1", "resolved", "ok")), true)
	same(t, "closed once", must(w.CloseHandoff(w.ctx, "h1", "timed_out", "")), false)
	got := must(w.Handoff(w.ctx, "h1"))
	same(t, "as resolved", fmt.Sprint(got.State, got.Resolution, *got.ClosedAt), fmt.Sprint("resolved", "ok", w.clock.Now()))
	ok(t, w.CancelHandoffs(w.ctx, "e2"))
	same(t, "canceled", must(w.Handoff(w.ctx, "h2")).State, "canceled")
	_, err = w.Handoff(w.ctx, "h9")
	refused(t, err, engine.NotFound)
}

func decidedOnce(t *testing.T, open Open) {
	w := begin(t, open)
	same(t, "first", must(w.AssignVariant(w.ctx, "j", "s", "ana", "a")), "a")
	same(t, "the first counts", must(w.AssignVariant(w.ctx, "j", "s", "ana", "b")), "a")
	same(t, "another contact", must(w.AssignVariant(w.ctx, "j", "s", "rui", "b")), "b")
	for i, c := range []struct{ in, entered bool }{{false, false}, {true, true}, {true, false}, {false, false}, {true, true}} {
		same(t, fmt.Sprint("segment ", i), must(w.EnterSegment(w.ctx, "vip", "ana", c.in)), c.entered)
	}
	at := w.clock.Now()
	same(t, "fired", must(w.MarkFired(w.ctx, "j", "t", at)), true)
	same(t, "fired once", must(w.MarkFired(w.ctx, "j", "t", at)), false)
	same(t, "the next moment", must(w.MarkFired(w.ctx, "j", "t", at.Add(time.Minute))), true)
	_, err := w.Setting(w.ctx, "anchor")
	refused(t, err, engine.NotFound)
	ok(t, w.PutSetting(w.ctx, "anchor", "1"))
	ok(t, w.PutSetting(w.ctx, "anchor", "2"))
	same(t, "setting", must(w.Setting(w.ctx, "anchor")), "2")
}

func tokens(t *testing.T, open Open) {
	w := begin(t, open)
	expires := w.clock.Now().Add(time.Hour)
	tok := &engine.Token{ID: "t1", Name: "CI", Prefix: "jrn_ab", Hash: "hash", Scopes: []string{"read"}, ExpiresAt: &expires}
	ok(t, w.PutToken(w.ctx, tok))
	if got := must(w.TokenByHash(w.ctx, "hash")); !reflect.DeepEqual(got, tok) {
		t.Errorf("loaded %+v, want %+v", got, tok)
	}
	tok.Scopes = []string{"read", "write"}
	ok(t, w.PutToken(w.ctx, tok))
	same(t, "changed", len(must(w.TokenByHash(w.ctx, "hash")).Scopes), 2)
	refused(t, w.PutToken(w.ctx, &engine.Token{ID: "t2", Hash: "hash"}), engine.Conflict)
	ok(t, w.TouchToken(w.ctx, "t1", w.clock.Now()))
	ok(t, w.TouchToken(w.ctx, "t1", w.clock.Now().Add(-time.Hour)))
	same(t, "last used", *must(w.TokenByHash(w.ctx, "hash")).LastUsedAt, w.clock.Now())
	ok(t, w.RevokeToken(w.ctx, "t1"))
	revoked := w.clock.Now()
	w.clock.Advance(time.Hour)
	ok(t, w.RevokeToken(w.ctx, "t1"))
	same(t, "revoked", *must(w.Tokens(w.ctx))[0].RevokedAt, revoked)
	refused(t, w.RevokeToken(w.ctx, "t9"), engine.NotFound)
	for _, hash := range []string{"", "nothing"} {
		_, err := w.TokenByHash(w.ctx, hash)
		refused(t, err, engine.NotFound)
	}
}

func idempotency(t *testing.T, open Open) {
	w := begin(t, open)
	ask := func(body string) (*engine.SavedAnswer, error) { return w.Idempotent(w.ctx, "key", body, time.Minute) }
	saved, err := ask("b1")
	if saved != nil || err != nil {
		t.Fatalf("the first is ours to answer, got %v, %v", saved, err)
	}
	_, err = ask("b1")
	refused(t, err, engine.Conflict)
	ok(t, w.DropAnswer(w.ctx, "key"))
	saved, err = ask("b1")
	if saved != nil || err != nil {
		t.Fatalf("a failed request may be tried again, got %v, %v", saved, err)
	}
	w.clock.Advance(2 * time.Minute)
	saved, err = ask("b1")
	if saved != nil || err != nil {
		t.Fatalf("the reservation of a dead server ends, got %v, %v", saved, err)
	}
	ok(t, w.SaveAnswer(w.ctx, "key", engine.SavedAnswer{Status: 201, Body: []byte(`{"id":1}`)}))
	ok(t, w.DropAnswer(w.ctx, "key")) // too late
	saved = must(ask("b1"))
	same(t, "the first answer", fmt.Sprint(saved.Status, string(saved.Body)), `201{"id":1}`)
	_, err = ask("b2")
	refused(t, err, engine.Conflict)
	w.clock.Advance(24 * time.Hour)
	saved, err = ask("b2")
	if saved != nil || err != nil {
		t.Fatalf("after a day the key is free, got %v, %v", saved, err)
	}
}

func audit(t *testing.T, open Open) {
	w := begin(t, open)
	ok(t, w.VerifyAudit(w.ctx))
	for i := range 5 {
		ok(t, w.Audit(w.ctx, engine.AuditEntry{Actor: "admin", Action: "journey.published", Target: fmt.Sprint("j", i), Detail: map[string]any{"n": i, "a": "é"}}))
	}
	since := w.clock.Now().Add(-time.Hour)
	same(t, "counted by action and target", must(w.CountAudit(w.ctx, "journey.published", "j0", since)), int64(1))
	same(t, "not another's", must(w.CountAudit(w.ctx, "journey.paused", "j0", since)), int64(0))
	list, next, err := w.AuditLog(w.ctx, 3, "")
	ok(t, err)
	same(t, "newest first", fmt.Sprint(len(list), " ", list[0].Seq, " ", list[0].Target), "3 5 j4")
	same(t, "detail", fmt.Sprint(list[0].Detail), "map[a:é n:4]")
	list, next, err = w.AuditLog(w.ctx, 3, next)
	ok(t, err)
	same(t, "the rest", fmt.Sprint(len(list), " ", list[0].Seq, next), "2 2")
	ok(t, w.VerifyAudit(w.ctx))
}

func counts(t *testing.T, open Open) {
	w := begin(t, open)
	empty := must(w.Counts(w.ctx))
	same(t, "nothing", fmt.Sprint(empty.PendingEvents, empty.OldestEvent, empty.PendingOutbox, empty.OldestOutbox), "0 <nil> 0 <nil>")
	start := w.clock.Now()
	must(w.InsertEvent(w.ctx, &engine.InboundEvent{Key: "k"}))
	ok(t, w.Enqueue(w.ctx, &engine.OutboxItem{Kind: "start", EnrollmentID: "e"}))
	ok(t, w.Enqueue(w.ctx, &engine.OutboxItem{Kind: "start", EnrollmentID: "f", DueAt: start.Add(time.Hour)}))
	w.enrollment("e", "j", "ana")
	w.message("m1", "ana")
	w.message("m2", "ana")
	must(w.ClaimMessage(w.ctx, "m1", "t"))
	must(w.RaiseStatus(w.ctx, "m2", engine.MessageUpdate{Status: engine.Unconfirmed}))
	w.clock.Advance(2 * time.Minute)
	c := must(w.Counts(w.ctx))
	same(t, "events", fmt.Sprint(c.PendingEvents, *c.OldestEvent), fmt.Sprint(1, start))
	same(t, "outbox", fmt.Sprint(c.PendingOutbox, *c.OldestOutbox), fmt.Sprint(1, start))
	same(t, "messages", fmt.Sprint(c.StuckSending, c.Unconfirmed, c.Messages), "1 1 map[sending:1 unconfirmed:1]")
	same(t, "enrollments", fmt.Sprint(c.ActiveByStatus), "map[active:1]")
}

// severalEvents: what one call brought is stored at once, and each event once.
func severalEvents(t *testing.T, open Open) {
	w := begin(t, open)
	status := func(key, phone string) engine.InboundEvent {
		return engine.InboundEvent{
			Key: key, IntegrationID: "wa", Kind: engine.StatusUpdate, Channel: engine.WhatsApp,
			Status: &engine.IncomingStatus{ProviderID: key, Status: engine.Sent, Recipient: []engine.Address{{Kind: engine.WAID, Value: phone}}},
		}
	}
	must(w.InsertEvent(w.ctx, &engine.InboundEvent{Key: "k2", IntegrationID: "wa"}))
	same(t, "nothing", fmt.Sprint(must(w.InsertEvents(w.ctx, nil))), "[]")
	events := []engine.InboundEvent{status("k1", "551191"), status("k2", "551192"), status("k3", "551193"), status("k1", "551194"), {Key: "k2", Kind: engine.BusinessEvent, Name: "a.b"}}
	same(t, "some of them known", fmt.Sprint(must(w.InsertEvents(w.ctx, events))), "[true false true false true]")
	same(t, "filled in", events[0].ID != "" && events[0].ID != events[3].ID && !events[0].ReceivedAt.IsZero(), true)
	same(t, "whole", must(w.Event(w.ctx, events[2].ID)).Status.Recipient[0].Value, "551193")
	same(t, "all of them known", fmt.Sprint(must(w.InsertEvents(w.ctx, []engine.InboundEvent{status("k1", "551191"), status("k3", "551193")}))), "[false false]")

	// As many as a call of Meta's may bring, in several statements.
	events = nil
	for i := range 1000 {
		events = append(events, status(fmt.Sprint("many", i%990), fmt.Sprint("55119", i)))
	}
	isNew := 0
	for i, inserted := range must(w.InsertEvents(w.ctx, events)) {
		same(t, fmt.Sprint("event ", i), inserted, i < 990)
		if inserted {
			isNew++
		}
	}
	same(t, "new", isNew, 990)
	same(t, "due", must(w.Counts(w.ctx)).PendingEvents, int64(994))

	if _, err := w.InsertEvents(w.ctx, []engine.InboundEvent{status("whole or not", "55"), {}}); err == nil {
		t.Error("an event without a key is stored")
	}
	same(t, "all or nothing", fmt.Sprint(must(w.InsertEvents(w.ctx, []engine.InboundEvent{status("whole or not", "55")}))), "[true]")
}
