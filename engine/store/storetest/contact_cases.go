package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/engine"
)

func contacts(t *testing.T, open Open) {
	w := begin(t, open)
	_, err := w.Contact(w.ctx, "ana")
	refused(t, err, engine.NotFound)
	if !strings.Contains(err.Error(), `"ana"`) {
		t.Errorf("the refusal does not name the contact: %v", err)
	}
	ana := &engine.Contact{
		ID: "ana", Attributes: map[string]any{"name": "Ana", "age": 33.0, "tags": []any{"vip"}},
		Addresses: []engine.Address{{Kind: engine.Phone, Value: "+5511987654321"}, {Kind: engine.EmailAddress, Value: "ana@example.com"}},
		OptIn:     map[engine.Channel]bool{engine.WhatsApp: true}, Timezone: "America/Sao_Paulo", Locale: "pt-BR",
	}
	created, err := w.PutContact(w.ctx, ana)
	ok(t, err)
	same(t, "created", created, true)
	if ana.KeyID == "" || ana.CreatedAt.IsZero() {
		t.Fatalf("key and times are not filled: %+v", ana)
	}
	got := must(w.Contact(w.ctx, "ana"))
	if !reflect.DeepEqual(got, ana) {
		t.Errorf("loaded\n%+v\nwant\n%+v", got, ana)
	}
	w.clock.Advance(time.Hour)
	got.Attributes["name"], got.Addresses = "Ana Demo", got.Addresses[1:]
	created, err = w.PutContact(w.ctx, got)
	ok(t, err)
	same(t, "created again", created, false)
	again := must(w.Contact(w.ctx, "ana"))
	same(t, "name", again.Attributes["name"].(string), "Ana Demo")
	same(t, "addresses", len(again.Addresses), 1)
	same(t, "key", again.KeyID, ana.KeyID)
	same(t, "made at", again.CreatedAt, ana.CreatedAt)
	same(t, "changed at", again.UpdatedAt, w.clock.Now())
	_, err = w.PutContact(w.ctx, &engine.Contact{})
	refused(t, err, engine.Invalid)
	_, err = w.PutContact(w.ctx, &engine.Contact{ID: "ana", KeyID: "key_of_somebody_else"})
	refused(t, err, engine.Conflict)
}

func contactAddresses(t *testing.T, open Open) {
	w := begin(t, open)
	put := func(id string, addrs ...engine.Address) error {
		_, err := w.PutContact(w.ctx, &engine.Contact{ID: engine.ContactID(id), Addresses: addrs})
		return err
	}
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	mail := engine.Address{Kind: engine.EmailAddress, Value: "ana@example.com"}
	ok(t, put("ana", phone, phone)) // a repeat is not a conflict
	ok(t, put("rui", mail))
	err := put("bia", engine.Address{Kind: engine.EmailAddress, Value: "bia@example.com"}, phone)
	refused(t, err, engine.Conflict)
	if text := err.Error(); !strings.Contains(text, `"ana"`) || strings.Contains(text, phone.Value) {
		t.Errorf("the refusal must name the owner and not the number: %s", text)
	}
	_, err = w.Contact(w.ctx, "bia") // nothing of it stays
	refused(t, err, engine.NotFound)

	find := func(addrs ...engine.Address) string {
		c, err := w.ContactByAddress(w.ctx, addrs)
		if err != nil {
			refused(t, err, engine.NotFound)
			return ""
		}
		return string(c.ID)
	}
	same(t, "by phone", find(phone), "ana")
	same(t, "by wa_id", find(engine.Address{Kind: engine.WAID, Value: "5511987654321"}), "ana")
	same(t, "by wa_id without the ninth digit", find(engine.Address{Kind: engine.WAID, Value: "551187654321"}), "ana")
	same(t, "first hit decides", find(engine.Address{Kind: engine.BSUID, Value: "BR.1"}, mail, phone), "rui")
	same(t, "unknown", find(engine.Address{Kind: engine.Phone, Value: "+15550001111"}), "")
	same(t, "none", find(), "")
	ok(t, put("bia", engine.Address{Kind: engine.WAID, Value: "5511987654321"}))
	same(t, "the very address wins", find(engine.Address{Kind: engine.WAID, Value: "5511987654321"}), "bia")

	// What a provider tells of a person is added; what is somebody else's is not.
	ana := must(w.Contact(w.ctx, "ana"))
	w.clock.Advance(time.Hour)
	scoped := engine.Address{Kind: engine.BSUID, Value: "BR.77"}
	same(t, "added", must(w.AddAddresses(w.ctx, ana, []engine.Address{phone, scoped, mail, {Kind: engine.WAID}})), 1)
	got := must(w.Contact(w.ctx, "ana"))
	same(t, "with what was there", reflect.DeepEqual(got.Addresses, []engine.Address{phone, scoped}), true)
	same(t, "in the hand too", reflect.DeepEqual(got.Addresses, ana.Addresses), true)
	same(t, "changed at", got.UpdatedAt, w.clock.Now())
	same(t, "found by it", find(scoped), "ana")
	list, _, err := w.Contacts(w.ctx, engine.ContactFilter{Query: "br.77"})
	ok(t, err)
	same(t, "searched by it", len(list), 1)
	same(t, "nothing new", must(w.AddAddresses(w.ctx, got, []engine.Address{scoped, mail})), 0)
	same(t, "the other keeps it", find(mail), "rui")
}

func contactLists(t *testing.T, open Open) {
	w := begin(t, open)
	for i, name := range []string{"João Demo", "Maria_Demo", "Zé 100%"} {
		w.clock.Advance(time.Minute)
		_, err := w.PutContact(w.ctx, &engine.Contact{
			ID: engine.ContactID(fmt.Sprintf("c%d", i)), Attributes: map[string]any{"name": name, "tags": []any{fmt.Sprintf("tag %d", i), "all"}},
			Addresses: []engine.Address{{Kind: engine.EmailAddress, Value: fmt.Sprintf("p%d@example.com", i)}},
		})
		ok(t, err)
	}
	ids := func(f engine.ContactFilter) string {
		list, _, err := w.Contacts(w.ctx, f)
		ok(t, err)
		var ids []string
		for _, c := range list {
			ids = append(ids, string(c.ID))
		}
		return strings.Join(ids, " ")
	}
	for _, c := range []struct {
		f    engine.ContactFilter
		want string
	}{
		{engine.ContactFilter{}, "c2 c1 c0"},
		{engine.ContactFilter{Query: "joao"}, "c0"},
		{engine.ContactFilter{Query: "ZÉ"}, "c2"},
		{engine.ContactFilter{Query: "p1@"}, "c1"},
		{engine.ContactFilter{Query: "C2"}, "c2"},
		{engine.ContactFilter{Query: "%"}, "c2"},
		{engine.ContactFilter{Query: "_"}, "c1"},
		{engine.ContactFilter{Query: "demo", Tag: "all"}, "c1 c0"},
		{engine.ContactFilter{Tag: "tag 1"}, "c1"},
		{engine.ContactFilter{Tag: "tag"}, ""},
		{engine.ContactFilter{Query: "' OR 1=1 --"}, ""},
	} {
		same(t, fmt.Sprintf("%+v", c.f), ids(c.f), c.want)
	}
	list, _, err := w.Contacts(w.ctx, engine.ContactFilter{Query: "joao"})
	ok(t, err)
	same(t, "addresses in lists", list[0].Address(engine.EmailAddress), "p0@example.com")
}

func merges(t *testing.T, open Open) {
	w := begin(t, open)
	w.contact("new")
	_, err := w.PutContact(w.ctx, &engine.Contact{ID: "mid", MergedInto: "new"})
	ok(t, err)
	_, err = w.PutContact(w.ctx, &engine.Contact{ID: "old", MergedInto: "mid"})
	ok(t, err)
	same(t, "follows the pointers", must(w.Contact(w.ctx, "old")).ID, "new")
	list, _, err := w.Contacts(w.ctx, engine.ContactFilter{})
	ok(t, err)
	same(t, "merged are not listed", len(list), 1)
	for _, pair := range [][2]engine.ContactID{{"x", "y"}, {"y", "x"}} {
		_, err = w.PutContact(w.ctx, &engine.Contact{ID: pair[0], MergedInto: pair[1]})
		ok(t, err)
	}
	_, err = w.Contact(w.ctx, "x")
	refused(t, err, engine.Conflict)
}

func consent(t *testing.T, open Open) {
	w := begin(t, open)
	refused(t, w.RecordConsent(w.ctx, engine.Consent{ContactID: "ana"}), engine.NotFound)
	w.contact("ana")
	optIn := func() any { return must(w.Contact(w.ctx, "ana")).OptIn[engine.WhatsApp] }
	for _, c := range []struct {
		purpose string
		granted bool
		want    bool
	}{{"utility", true, true}, {"marketing", false, true}, {"", false, false}, {"", true, true}} {
		w.clock.Advance(time.Minute)
		ok(t, w.RecordConsent(w.ctx, engine.Consent{ContactID: "ana", Channel: engine.WhatsApp, Purpose: c.purpose, Granted: c.granted, Source: "api", Evidence: "form 7"}))
		same(t, fmt.Sprintf("opt-in after %+v", c), optIn(), any(c.want))
	}
	list := must(w.Consents(w.ctx, "ana"))
	same(t, "evidence", len(list), 4)
	want := engine.Consent{ContactID: "ana", Channel: engine.WhatsApp, Granted: true, Source: "api", Evidence: "form 7", At: w.clock.Now()}
	same(t, "newest first", list[0], want)
}

func suppressions(t *testing.T, open Open) {
	w := begin(t, open)
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	short := engine.Address{Kind: engine.WAID, Value: "551187654321"}
	mail := engine.Address{Kind: engine.EmailAddress, Value: "ana@example.com"}
	ok(t, w.Suppress(w.ctx, engine.Suppression{Channel: engine.WhatsApp, Address: phone, Purpose: "marketing", Reason: "opted_out"}))
	ok(t, w.Suppress(w.ctx, engine.Suppression{Channel: engine.WhatsApp, Address: phone, Purpose: "marketing", Reason: "again"}))
	ok(t, w.Suppress(w.ctx, engine.Suppression{Channel: engine.Email, Address: engine.Address{Kind: engine.EmailAddress, Value: "ANA@example.com"}, Reason: "complaint"}))
	find := func(ch engine.Channel, addrs ...engine.Address) int {
		return len(must(w.Suppressions(w.ctx, ch, addrs)))
	}
	same(t, "by any writing of the number", find(engine.WhatsApp, short), 1)
	same(t, "other channel", find(engine.SMS, phone), 0)
	same(t, "e-mail in any case", find(engine.Email, mail, phone), 1)
	same(t, "nobody", find(engine.Email), 0)
	got := must(w.Suppressions(w.ctx, engine.WhatsApp, []engine.Address{phone}))[0]
	if got.ID == "" {
		t.Error("a suppression has no id to lift it by")
	}
	got.ID = ""
	same(t, "as recorded first", got, engine.Suppression{Channel: engine.WhatsApp, Address: phone, Purpose: "marketing", Reason: "opted_out", At: w.clock.Now()})
	ok(t, w.LiftSuppression(w.ctx, engine.WhatsApp, short, "asked for it"))
	same(t, "lifted", find(engine.WhatsApp, phone), 0)
	ok(t, w.Suppress(w.ctx, engine.Suppression{Channel: engine.WhatsApp, Address: phone, Reason: "opted_out"}))
	same(t, "suppressed again", find(engine.WhatsApp, phone), 1)
}

// outOfReach: that an address cannot be reached ends by itself and when its owner
// writes, and never stands in the way of what was said for good.
func outOfReach(t *testing.T, open Open) {
	w := begin(t, open)
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	short := engine.Address{Kind: engine.WAID, Value: "551187654321"}
	lost := engine.Suppression{Channel: engine.WhatsApp, Address: phone, Reason: engine.SuppressedUnreachable}
	reasons := func() string {
		list := []string{}
		for _, sp := range must(w.Suppressions(w.ctx, engine.WhatsApp, []engine.Address{short})) {
			list = append(list, sp.Reason)
		}
		all, _, err := w.AllSuppressions(w.ctx, engine.SuppressionFilter{Limit: 10})
		ok(t, err)
		same(t, "as many in the list", len(all), len(list))
		return strings.Join(list, " ")
	}
	ok(t, w.Suppress(w.ctx, lost))
	w.clock.Advance(engine.UnreachableFor - time.Second)
	same(t, "until then", reasons(), "unreachable")
	w.clock.Advance(time.Second)
	same(t, "no longer", reasons(), "")
	ok(t, w.Suppress(w.ctx, lost))
	same(t, "anew", reasons(), "unreachable")
	ok(t, w.Reached(w.ctx, engine.SMS, []engine.Address{short}))
	same(t, "another channel", reasons(), "unreachable")
	ok(t, w.Reached(w.ctx, engine.WhatsApp, []engine.Address{short}))
	same(t, "they wrote", reasons(), "")
	ok(t, w.Suppress(w.ctx, lost))
	ok(t, w.Suppress(w.ctx, engine.Suppression{Channel: engine.WhatsApp, Address: phone, Reason: "opted_out"}))
	ok(t, w.Suppress(w.ctx, lost))
	ok(t, w.Reached(w.ctx, engine.WhatsApp, []engine.Address{phone, short}))
	w.clock.Advance(2 * engine.UnreachableFor)
	same(t, "a stop outlasts it", reasons(), "opted_out")
}

func freeEntry(t *testing.T, open Open) {
	w := begin(t, open)
	came := func(contact engine.ContactID, when time.Time) {
		ok(t, w.TouchWindow(w.ctx, contact, "wa", engine.WhatsApp, when))
		ok(t, w.TouchEntry(w.ctx, contact, "wa", engine.WhatsApp, when))
	}
	free := func(contact engine.ContactID) bool {
		return must(w.AnswerEntry(w.ctx, contact, "wa", engine.WhatsApp, w.clock.Now()))
	}
	same(t, "nobody came", free("ana"), false)
	ok(t, w.TouchWindow(w.ctx, "ana", "wa", engine.WhatsApp, w.clock.Now()))
	same(t, "who just writes", free("ana"), false)
	came("ana", w.clock.Now())
	came("ana", w.clock.Now().Add(-time.Hour)) // came late
	w.clock.Advance(23 * time.Hour)
	same(t, "the answer", free("ana"), true)
	w.clock.Advance(engine.FreeEntryLength - time.Second)
	same(t, "three days", free("ana"), true)
	w.clock.Advance(time.Second)
	same(t, "and no more", free("ana"), false)
	same(t, "another number", must(w.AnswerEntry(w.ctx, "ana", "wa2", engine.WhatsApp, w.clock.Now())), false)
	came("ana", w.clock.Now())
	w.clock.Advance(25 * time.Hour)
	same(t, "answered too late", free("ana"), false)
	came("ana", w.clock.Now())
	same(t, "again", free("ana"), true)
}

func serviceWindows(t *testing.T, open Open) {
	w := begin(t, open)
	start := w.clock.Now()
	touch := func(integration string, at time.Time) {
		t.Helper()
		ok(t, w.TouchWindow(w.ctx, "ana", engine.IntegrationID(integration), engine.WhatsApp, at))
	}
	none, err := w.Windows(w.ctx, "ana")
	zero := none[engine.WhatsApp]
	ok(t, err)
	same(t, "never", zero.LastInboundAt.IsZero(), true)
	touch("wa", start)
	touch("wa", start.Add(time.Minute))
	touch("wa", start.Add(-time.Hour)) // came late
	state := must(w.Windows(w.ctx, "ana"))[engine.WhatsApp]
	same(t, "newest stays", state, engine.WindowState{IntegrationID: "wa", Channel: engine.WhatsApp, LastInboundAt: start.Add(time.Minute)})
	w.clock.Advance(25 * time.Hour)
	touch("wa", w.clock.Now())
	touch("wa2", w.clock.Now().Add(time.Second))
	newest := engine.WindowState{IntegrationID: "wa2", Channel: engine.WhatsApp, LastInboundAt: w.clock.Now().Add(time.Second)}
	same(t, "newest integration", must(w.Windows(w.ctx, "ana"))[engine.WhatsApp], newest)

	// The send gate reads it with everything else it must know.
	enrolled := w.enrollment("en1", "k1", "ana")
	phones := []engine.Address{{Kind: engine.WAID, Value: "551187654321"}, {Kind: engine.BSUID, Value: "BR.13"}}
	same(t, "gate", must(w.GateRecord(w.ctx, enrolled.ID, "ana", engine.WhatsApp, phones, engine.Burst{})),
		engine.GateRecord{Found: true, Status: engine.Active, Window: newest})
	same(t, "gate, another channel", must(w.GateRecord(w.ctx, enrolled.ID, "ana", engine.SMS, phones, engine.Burst{})),
		engine.GateRecord{Found: true, Status: engine.Active})
	must(w.OpenHandoff(w.ctx, &engine.Handoff{EnrollmentID: enrolled.ID, StepID: "desk", ContactID: "ana", Queue: "reception"}))
	same(t, "its own hand-off", must(w.GateRecord(w.ctx, enrolled.ID, "ana", engine.SMS, phones, engine.Burst{})).WithPeople, false)
	must(w.OpenHandoff(w.ctx, &engine.Handoff{EnrollmentID: "another", StepID: "desk", ContactID: "ana", Queue: "reception"}))
	same(t, "another's hand-off", must(w.GateRecord(w.ctx, enrolled.ID, "ana", engine.SMS, phones, engine.Burst{})).WithPeople, true)
	must(w.EndEnrollment(w.ctx, enrolled.ID, engine.Exited, "done", ""))
	same(t, "ended", must(w.GateRecord(w.ctx, enrolled.ID, "ana", engine.SMS, phones, engine.Burst{})).Status, engine.Exited)
	same(t, "no such enrollment", must(w.GateRecord(w.ctx, "nobody", "ana", engine.WhatsApp, phones, engine.Burst{})),
		engine.GateRecord{WithPeople: true, Window: newest})

	// What stops messages is told by being there, for one channel.
	stop := engine.Suppression{Channel: engine.WhatsApp, Address: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Purpose: "marketing", Reason: "opted_out"}
	stopped := func(id engine.EnrollmentID, ch engine.Channel, addrs ...engine.Address) bool {
		return must(w.GateRecord(w.ctx, id, "ana", ch, addrs, engine.Burst{})).Suppressed
	}
	ok(t, w.Suppress(w.ctx, stop))
	same(t, "stopped", stopped(enrolled.ID, engine.WhatsApp, phones...), true)
	same(t, "stopped on another channel", stopped(enrolled.ID, engine.SMS, phones...), false)
	same(t, "stopped at another address", stopped(enrolled.ID, engine.WhatsApp, phones[1]), false)
	same(t, "stopped nowhere", stopped(enrolled.ID, engine.WhatsApp), false)
	same(t, "stopped without an enrollment", stopped("nobody", engine.WhatsApp, phones...), true)
	ok(t, w.LiftSuppression(w.ctx, engine.WhatsApp, stop.Address, "asked for it"))
	same(t, "no longer stopped", stopped(enrolled.ID, engine.WhatsApp, phones...), false)
}

// Who asks to be left alone is heard from the moment that is stored.
func leaving(t *testing.T, open Open) {
	w := begin(t, open)
	must(w.PutContact(w.ctx, &engine.Contact{ID: "ana", Addresses: []engine.Address{{Kind: engine.Phone, Value: "+5511987654321"}}}))
	enrolled := w.enrollment("en1", "k1", "ana")
	phone, mail := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, engine.Address{Kind: engine.EmailAddress, Value: "ana@example.com"}
	leaves := func(name string, want bool, addrs ...engine.Address) {
		t.Helper()
		for _, id := range []engine.EnrollmentID{enrolled.ID, "nobody"} {
			same(t, name+", "+string(id), must(w.GateRecord(w.ctx, id, "ana", engine.SMS, addrs, engine.Burst{})).Leaving, want)
		}
	}
	came := func(id string, ev engine.InboundEvent) {
		t.Helper()
		ev.ID, ev.Key, ev.Channel = engine.EventID(id), id, engine.SMS
		must(w.InsertEvent(w.ctx, &ev))
	}
	short := []engine.Address{{Kind: engine.WAID, Value: "551187654321"}} // without the ninth digit
	leaves("nothing came", false, phone)
	came("evt1", engine.InboundEvent{Kind: engine.InboundMessage, From: short, Message: &engine.IncomingMessage{Type: "text", Text: "não paro de pensar"}})
	leaves("a message that is no keyword", false, phone)
	came("evt2", engine.InboundEvent{Kind: engine.InboundMessage, From: short, Message: &engine.IncomingMessage{Type: "text", Text: "Pare!"}})
	leaves("a keyword", true, phone)
	leaves("a keyword, another address", false, mail)
	leaves("a keyword, one address of two", true, mail, phone)
	leaves("a keyword, no address", false)
	must(w.FinishEvent(w.ctx, "evt2", "opted_out"))
	leaves("it was worked off", false, phone)
	came("evt3", engine.InboundEvent{Kind: engine.Complaint, From: []engine.Address{mail}})
	leaves("a complaint", true, mail)
	for range 12 {
		must(w.ClaimEvents(w.ctx, 10, time.Second))
		w.clock.Advance(2 * time.Second)
	}
	leaves("that always fails", true, mail)
}

// What there is to look at when somebody writes, of them alone and while it is open.
func senders(t *testing.T, open Open) {
	w := begin(t, open)
	must(w.PutContact(w.ctx, &engine.Contact{ID: "ana", Addresses: []engine.Address{{Kind: engine.Phone, Value: "+5511987654321"}}}))
	must(w.PutContact(w.ctx, &engine.Contact{ID: "bia", Addresses: []engine.Address{{Kind: engine.Phone, Value: "+5511912345678"}}}))
	short := []engine.Address{{Kind: engine.WAID, Value: "551187654321"}} // without the ninth digit
	record := func(name string, want engine.SenderRecord) {
		t.Helper()
		same(t, name, must(w.SenderRecord(w.ctx, "ana", engine.WhatsApp, short)), want)
		same(t, name+", somebody else", must(w.SenderRecord(w.ctx, "bia", engine.WhatsApp, nil)), engine.SenderRecord{})
		same(t, name+", nobody", must(w.SenderRecord(w.ctx, "nobody", engine.WhatsApp, nil)), engine.SenderRecord{})
	}
	record("nothing", engine.SenderRecord{})
	enrolled := w.enrollment("en1", "k1", "ana")
	record("enrolled", engine.SenderRecord{Enrolled: true})
	ok(t, w.OpenWait(w.ctx, &engine.Wait{ID: "en1/ask/0", EnrollmentID: enrolled.ID, ContactID: "ana", StepID: "ask", Channels: []engine.Channel{engine.SMS}}))
	record("asked", engine.SenderRecord{Enrolled: true, Asked: true})
	must(w.CloseWait(w.ctx, "en1/ask/0", engine.WaitAnswered))
	must(w.EndEnrollment(w.ctx, enrolled.ID, engine.Completed, "done", ""))
	record("answered, and over", engine.SenderRecord{})
	handoff := &engine.Handoff{EnrollmentID: "en2", StepID: "desk", ContactID: "ana", Queue: "reception"}
	must(w.OpenHandoff(w.ctx, handoff))
	record("with people", engine.SenderRecord{WithPeople: true})
	must(w.CloseHandoff(w.ctx, handoff.ID, "resolved", ""))
	record("no longer", engine.SenderRecord{})
	lost := engine.Suppression{Channel: engine.WhatsApp, Address: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Purpose: "marketing", Reason: "opted_out"}
	ok(t, w.Suppress(w.ctx, lost))
	record("opted out", engine.SenderRecord{})
	lost.Purpose, lost.Reason = "", engine.SuppressedUnreachable
	ok(t, w.Suppress(w.ctx, lost))
	record("out of reach", engine.SenderRecord{OutOfReach: true})
	same(t, "on another channel", must(w.SenderRecord(w.ctx, "ana", engine.SMS, short)), engine.SenderRecord{})
	ok(t, w.Reached(w.ctx, engine.WhatsApp, short))
	record("who wrote", engine.SenderRecord{})
}

func paging(t *testing.T, open Open) {
	w := begin(t, open)
	for i := range 23 { // many in the same moment: the id breaks the tie
		if i%7 == 0 {
			w.clock.Advance(time.Microsecond)
		}
		w.contact(fmt.Sprintf("c%02d", i))
	}
	seen, cursor := []string{}, ""
	for {
		list, next, err := w.Contacts(w.ctx, engine.ContactFilter{Limit: 5, Cursor: cursor})
		ok(t, err)
		for _, c := range list {
			seen = append(seen, string(c.ID))
		}
		w.clock.Advance(time.Second)
		w.contact(fmt.Sprintf("late%d", len(seen))) // does not shift the next page
		if cursor = next; cursor == "" {
			break
		}
	}
	same(t, "each once", len(seen), 23)
	for i, id := range seen {
		same(t, "newest first", id, fmt.Sprintf("c%02d", 22-i))
	}
	_, _, err := w.Contacts(w.ctx, engine.ContactFilter{Cursor: "nonsense"})
	refused(t, err, engine.Invalid)
	_, _, err = w.AuditLog(w.ctx, 10, "%%%")
	refused(t, err, engine.Invalid)
}
