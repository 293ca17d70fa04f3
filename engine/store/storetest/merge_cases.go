package storetest

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"jornada/engine"
	"jornada/engine/store"
)

// mergedContacts: a person the clinic knows by phone, and the same person as
// WhatsApp knew them, become one.
func mergedContacts(t *testing.T, open Open) {
	w := begin(t, open)
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	scoped := engine.Address{Kind: engine.BSUID, Value: "BR.77"}
	_, err := w.PutContact(w.ctx, &engine.Contact{
		ID: "con_1", Attributes: map[string]any{"first_name": "Aninha", "visits": 3.0, "tags": []any{"vip", "chat"}}, Addresses: []engine.Address{scoped},
		OptIn: map[engine.Channel]bool{engine.WhatsApp: true, engine.Email: false},
	})
	ok(t, err)
	w.clock.Advance(time.Hour)
	_, err = w.PutContact(w.ctx, &engine.Contact{
		ID: "ana", Attributes: map[string]any{"first_name": "Ana", "city": "Campinas", "tags": []any{"vip", "new"}}, Addresses: []engine.Address{phone},
		OptIn: map[engine.Channel]bool{engine.WhatsApp: true, engine.SMS: true, engine.Email: true}, Timezone: "America/Manaus",
	})
	ok(t, err)
	ok(t, w.RecordConsent(w.ctx, engine.Consent{ContactID: "con_1", Channel: engine.WhatsApp, Purpose: "marketing", At: w.clock.Now()}))
	w.clock.Advance(time.Hour)
	ok(t, w.RecordConsent(w.ctx, engine.Consent{ContactID: "ana", Channel: engine.WhatsApp, Granted: true, At: w.clock.Now()}))
	first := w.enrollment("e1", "confirm", "con_1")
	second := w.enrollment("e2", "confirm", "ana")
	keyed := &engine.Enrollment{ID: "e3", JourneyID: "nps", VersionHash: "v1", ContactID: "con_1", Key: engine.EntryKey("nps", "con_1")}
	ok(t, w.InsertEnrollment(w.ctx, keyed))
	w.message("m1", "con_1")
	ok(t, w.OpenWait(w.ctx, &engine.Wait{ID: "w1", EnrollmentID: first.ID, ContactID: "con_1", Channels: []engine.Channel{engine.WhatsApp}, OpenedAt: w.clock.Now()}))
	ok(t, w.OpenWait(w.ctx, &engine.Wait{ID: "w2", EnrollmentID: second.ID, ContactID: "ana", Channels: []engine.Channel{engine.WhatsApp}, OpenedAt: w.clock.Now().Add(time.Second)}))
	must(w.OpenHandoff(w.ctx, &engine.Handoff{EnrollmentID: first.ID, StepID: "desk", ContactID: "con_1", Queue: "reception"}))
	must(w.InsertEvent(w.ctx, &engine.InboundEvent{ID: "evt", Key: "k", Kind: engine.BusinessEvent, ContactID: "con_1", Name: "x"}))
	early, late := w.clock.Now().Add(-2*time.Hour), w.clock.Now().Add(-time.Minute)
	ok(t, w.TouchWindow(w.ctx, "ana", "wa", engine.WhatsApp, early))
	ok(t, w.TouchWindow(w.ctx, "con_1", "wa", engine.WhatsApp, late))
	ok(t, w.TouchWindow(w.ctx, "con_1", "wa2", engine.WhatsApp, early))
	same(t, "the survivor's variant", must(w.AssignVariant(w.ctx, "nps", "ab", "ana", "a")), "a")
	same(t, "the other's variant", must(w.AssignVariant(w.ctx, "nps", "ab", "con_1", "b")), "b")
	must(w.EnterSegment(w.ctx, "regulars", "con_1", true))
	must(w.EnterSegment(w.ctx, "everybody", "con_1", true))
	must(w.EnterSegment(w.ctx, "everybody", "ana", true))
	reach := func(contact engine.ContactID) int {
		return must(w.CountPerson(w.ctx, engine.Opening{Portfolio: "clinic", IntegrationID: "wa", ContactID: contact, Limit: 10})).People
	}
	reach("con_1")
	same(t, "two people reached", reach("ana"), 2)
	was := must(w.Contact(w.ctx, "con_1"))
	w.clock.Advance(time.Hour)

	same(t, "merged", must(w.MergeContacts(w.ctx, "con_1", "ana")), true)
	same(t, "one person reached, and another", reach("bia"), 2)
	same(t, "again", must(w.MergeContacts(w.ctx, "con_1", "ana")), false)
	same(t, "the other way round", must(w.MergeContacts(w.ctx, "ana", "con_1")), false)

	_, err = w.PutContact(w.ctx, was) // a copy of before does not take the pointer away
	refused(t, err, engine.Conflict)
	one := must(w.Contact(w.ctx, "con_1"))
	same(t, "leads to", one.ID, "ana")
	if want := []engine.Address{phone, scoped}; !reflect.DeepEqual(one.Addresses, want) {
		t.Errorf("addresses %v, want %v", one.Addresses, want)
	}
	same(t, "found by the other's address", must(w.ContactByAddress(w.ctx, []engine.Address{scoped})).ID, "ana")
	// con_1 is older: its attributes win, ana's fill the gaps.
	want := map[string]any{"first_name": "Aninha", "visits": 3.0, "city": "Campinas", "tags": []any{"vip", "chat", "new"}}
	if !reflect.DeepEqual(one.Attributes, want) {
		t.Errorf("attributes %v, want %v", one.Attributes, want)
	}
	same(t, "zone", one.Timezone, "America/Manaus")
	// A no on either side stays a no, also against a later yes of the other.
	same(t, "e-mail", one.OptIn[engine.Email], false)
	same(t, "SMS", one.OptIn[engine.SMS], true)
	same(t, "WhatsApp", one.OptIn[engine.WhatsApp], true)
	same(t, "marketing", one.Refuses(engine.WhatsApp, "marketing"), true)
	same(t, "utility", one.Refuses(engine.WhatsApp, "utility"), false)
	latest := must(w.Consents(w.ctx, "ana"))
	same(t, "evidence", len(latest), 4)
	same(t, "why", latest[0].Source, "merge")

	same(t, "enrollments", len(must(w.ActiveOfContact(w.ctx, "ana"))), 3)
	active := must(w.ActiveByKey(w.ctx, "nps", engine.EntryKey("nps", "ana")))
	same(t, "known to overlap rules", len(active), 1)
	waits := must(w.OpenWaits(w.ctx, "ana", engine.WhatsApp))
	same(t, "open questions", len(waits), 2)
	same(t, "newest first", waits[0].ID, "w2")
	messages, _, err := w.Messages(w.ctx, engine.MessageFilter{ContactID: "ana"})
	ok(t, err)
	same(t, "messages", len(messages), 1)
	handoffs, _, err := w.Handoffs(w.ctx, engine.HandoffFilter{ContactID: "ana"})
	ok(t, err)
	same(t, "hand-offs", len(handoffs), 1)
	same(t, "event", must(w.Event(w.ctx, "evt")).ContactID, "ana")
	windows := must(w.Windows(w.ctx, "ana"))
	same(t, "the later window", windows[engine.WhatsApp].LastInboundAt, late)
	same(t, "variant", must(w.AssignVariant(w.ctx, "nps", "ab", "ana", "c")), "a")
	same(t, "not entered anew", must(w.EnterSegment(w.ctx, "regulars", "ana", true)), false)
	list, _, err := w.Contacts(w.ctx, engine.ContactFilter{Query: "br.77"})
	ok(t, err)
	same(t, "searched by the other's address", len(list), 1)

	// What was sealed for either is read on, until the person is erased.
	keys := []string{was.KeyID, one.KeyID}
	for _, key := range keys {
		must(w.DataKey(w.ctx, key))
	}
	ok(t, w.EraseContact(w.ctx, "con_1"))
	for _, key := range keys {
		_, err := w.DataKey(w.ctx, key)
		refused(t, err, engine.NotFound)
	}
	if must(w.Contact(w.ctx, "ana")).ErasedAt == nil || must(w.Contact(w.ctx, "con_1")).ErasedAt == nil {
		t.Error("erasing one of them leaves the other")
	}

	// Refusals.
	w.contact("rui")
	_, err = w.MergeContacts(w.ctx, "rui", "nobody")
	refused(t, err, engine.NotFound)
	_, err = w.MergeContacts(w.ctx, "rui", "ana")
	refused(t, err, engine.Conflict)
	same(t, "untouched", must(w.Contact(w.ctx, "rui")).ID, "rui")
}

// mergeInTheSameJourney: both are inside; both run on, and the survivor's keeps
// others out.
func mergeInTheSameJourney(t *testing.T, open Open) {
	w := begin(t, open)
	w.contact("a")
	w.contact("b")
	for _, id := range []string{"a", "b"} {
		ok(t, w.InsertEnrollment(w.ctx, &engine.Enrollment{
			ID: engine.EnrollmentID("e" + id), JourneyID: "nps", VersionHash: "v", ContactID: engine.ContactID(id), Key: engine.EntryKey("nps", id),
		}))
	}
	must(w.MergeContacts(w.ctx, "b", "a"))
	same(t, "both go on", len(must(w.ActiveOfContact(w.ctx, "a"))), 2)
	same(t, "one holds the key", len(must(w.ActiveByKey(w.ctx, "nps", engine.EntryKey("nps", "a")))), 1)
}

// mergesAtOnce: two processes merge the same pair, in both directions, beside
// somebody who locks one of them; one merge is done and nothing hangs.
func mergesAtOnce(t *testing.T, open Open) {
	w := begin(t, open)
	other := open(t, store.Options{Clock: w.clock})
	for i := range 8 {
		a, b := engine.ContactID(fmt.Sprintf("a%d", i)), engine.ContactID(fmt.Sprintf("b%d", i))
		for _, id := range []engine.ContactID{a, b} {
			_, err := w.PutContact(w.ctx, &engine.Contact{ID: id, Addresses: []engine.Address{{Kind: engine.BSUID, Value: "BR." + string(id)}}})
			ok(t, err)
		}
		var done sync.WaitGroup
		results := make([]bool, 2)
		for side, s := range []*store.Store{w.Store, other} {
			from, into := a, b
			if side == 1 {
				from, into = b, a
			}
			done.Go(func() {
				merged, err := s.MergeContacts(w.ctx, from, into)
				if err != nil {
					t.Errorf("merging: %v", err)
				}
				results[side] = merged
			})
		}
		done.Go(func() {
			err := other.InTx(w.ctx, func(ctx context.Context) error {
				if err := other.LockContact(ctx, a); err != nil {
					return err
				}
				c, err := other.Contact(ctx, a)
				if err != nil {
					return err
				}
				_, err = other.AddAddresses(ctx, c, []engine.Address{{Kind: engine.WAID, Value: fmt.Sprintf("55119999900%d", i)}})
				return err
			})
			if err != nil {
				t.Errorf("adding an address meanwhile: %v", err)
			}
		})
		done.Wait()
		same(t, "merged once", results[0] != results[1], true)
		one := must(w.Contact(w.ctx, a))
		same(t, "one person", must(w.Contact(w.ctx, b)).ID, one.ID)
		same(t, "all addresses", len(one.Addresses), 3)
	}
}

// blockLists arrive as digests and hold for whoever has the address, in every
// way it is written.
func blockLists(t *testing.T, open Open) {
	w := begin(t, open)
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	entry := func(list string, ch engine.Channel) engine.BlockEntry {
		return engine.BlockEntry{Channel: ch, Digest: engine.AddressDigest(phone), Purpose: "marketing", List: list}
	}
	fresh := must(w.BlockListed(w.ctx, []engine.BlockEntry{entry("procon", engine.WhatsApp), entry("procon", engine.SMS), entry("procon", engine.SMS)}))
	same(t, "new", fmt.Sprint(fresh), "[true true false]")
	same(t, "again", fmt.Sprint(must(w.BlockListed(w.ctx, []engine.BlockEntry{entry("procon", engine.WhatsApp)}))), "[false]")
	same(t, "another list", fmt.Sprint(must(w.BlockListed(w.ctx, []engine.BlockEntry{entry("perturbe", engine.WhatsApp)}))), "[true]")
	find := func(ch engine.Channel, a engine.Address) []engine.Suppression {
		return must(w.Suppressions(w.ctx, ch, []engine.Address{a}))
	}
	short := engine.Address{Kind: engine.WAID, Value: "551187654321"}
	same(t, "by any writing of the number", len(find(engine.WhatsApp, short)), 2)
	same(t, "on SMS", len(find(engine.SMS, phone)), 1)
	same(t, "nobody else", len(find(engine.SMS, engine.Address{Kind: engine.Phone, Value: "+5511987654322"})), 0)
	same(t, "list", find(engine.SMS, phone)[0].ListOf(), "procon")
	enrolled := w.enrollment("en1", "k1", "ana")
	same(t, "the gate sees it", must(w.GateRecord(w.ctx, enrolled.ID, "ana", engine.WhatsApp, []engine.Address{short}, engine.Burst{})).Suppressed, true)

	// A word of the person undoes their own stop and no list.
	ok(t, w.Suppress(w.ctx, engine.Suppression{Channel: engine.SMS, Address: phone, Purpose: "marketing", Reason: "opted_out"}))
	same(t, "beside the list", len(find(engine.SMS, phone)), 2)
	ok(t, w.LiftSuppression(w.ctx, engine.SMS, phone, "asked for it"))
	same(t, "the list stays", len(find(engine.SMS, phone)), 1)
	ok(t, w.Suppress(w.ctx, engine.Suppression{Channel: engine.SMS, Address: phone, Reason: "complaint"}))
	ok(t, w.LiftSuppression(w.ctx, engine.SMS, phone, "asked for it"))
	same(t, "and so does a complaint", len(find(engine.SMS, phone)), 2)

	list, next, err := w.AllSuppressions(w.ctx, engine.SuppressionFilter{List: "procon", Limit: 1})
	ok(t, err)
	same(t, "a page", len(list), 1)
	more, _, err := w.AllSuppressions(w.ctx, engine.SuppressionFilter{List: "procon", Cursor: next})
	ok(t, err)
	same(t, "the rest", len(more), 1)
	one := find(engine.SMS, phone)
	for _, sp := range one {
		if sp.Reason == "complaint" {
			same(t, "lifted by id", must(w.LiftOne(w.ctx, sp.ID, "by the desk")).Reason, "complaint")
			_, err := w.LiftOne(w.ctx, sp.ID, "twice")
			refused(t, err, engine.NotFound)
		}
	}
	same(t, "lifted", must(w.LiftList(w.ctx, "procon", "a newer one")), 2)
	same(t, "the other list stays", len(find(engine.WhatsApp, phone)), 1)
	same(t, "imported anew", fmt.Sprint(must(w.BlockListed(w.ctx, []engine.BlockEntry{entry("procon", engine.SMS)}))), "[true]")
}

// consentPurposes: evidence says who recorded it, and an old form does not undo a
// newer no.
func consentPurposes(t *testing.T, open Open) {
	w := begin(t, open)
	w.contact("ana")
	start := w.clock.Now()
	record := func(purpose string, granted bool, at time.Time) *engine.Contact {
		t.Helper()
		ok(t, w.RecordConsent(w.ctx, engine.Consent{
			ContactID: "ana", Channel: engine.WhatsApp, Purpose: purpose, Granted: granted, Source: "form", Evidence: "ticked", By: "desk (tok_1)", At: at,
		}))
		return must(w.Contact(w.ctx, "ana"))
	}
	c := record("utility", true, start)
	same(t, "opened", c.OptIn[engine.WhatsApp], true)
	same(t, "not for marketing", c.Refuses(engine.WhatsApp, "marketing"), true)
	same(t, "who", must(w.Consents(w.ctx, "ana"))[0].By, "desk (tok_1)")
	c = record("marketing", true, start.Add(time.Hour))
	same(t, "for marketing too", c.Refuses(engine.WhatsApp, "marketing"), false)
	c = record("marketing", false, start.Add(2*time.Hour))
	same(t, "withdrawn", c.Refuses(engine.WhatsApp, "marketing"), true)
	c = record("marketing", true, start.Add(90*time.Minute))
	same(t, "an older yes", c.Refuses(engine.WhatsApp, "marketing"), true)
	c = record("", true, start.Add(time.Minute))
	same(t, "an older yes to everything", c.Refuses(engine.WhatsApp, "marketing"), true)
	same(t, "all of it is evidence", len(must(w.Consents(w.ctx, "ana"))), 5)
	// Storing the contact as a whole changes nothing of it.
	c.Purposes = nil
	_, err := w.PutContact(w.ctx, c)
	ok(t, err)
	same(t, "kept", must(w.Contact(w.ctx, "ana")).Refuses(engine.WhatsApp, "marketing"), true)
	c = record("", true, start.Add(3*time.Hour))
	same(t, "a newer yes to everything", c.Refuses(engine.WhatsApp, "marketing"), false)
}
