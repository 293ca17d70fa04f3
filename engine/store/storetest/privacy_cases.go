package storetest

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/engine"
	"jornada/engine/store"
)

// isolation fills one workspace and asks every reading method of another
// workspace, on the same database, for the same ids: it finds nothing, and its
// changes change nothing.
func isolation(t *testing.T, open Open) {
	ours := begin(t, open)
	theirs := &world{open(t, store.Options{Clock: ours.clock, Workspace: "other"}), t, ours.ctx, ours.clock}
	fill(ours)
	at := ours.clock.Now()

	for _, w := range []*world{theirs} {
		for name, err := range map[string]error{
			"contact":             second(w.Contact(w.ctx, "ana")),
			"contact by address":  second(w.ContactByAddress(w.ctx, []engine.Address{phoneOfAna})),
			"integration":         second(w.Integration(w.ctx, "wa")),
			"default integration": second(w.DefaultIntegration(w.ctx, engine.WhatsApp)),
			"journey":             second(w.Journey(w.ctx, "confirm")),
			"version":             second(w.Version(w.ctx, "h1")),
			"enrollment":          second(w.Enrollment(w.ctx, "e1")),
			"message":             second(w.Message(w.ctx, "m1")),
			"by provider id":      second(w.MessageByProviderID(w.ctx, "wa", "p1")),
			"last message":        second(w.LastMessageOf(w.ctx, "ana", engine.WhatsApp)),
			"event":               second(w.Event(w.ctx, "evt")),
			"wait":                second(w.Wait(w.ctx, "w1")),
			"hand-off":            second(w.Handoff(w.ctx, "h1")),
			"setting":             second(w.Setting(w.ctx, "secret")),
			"token":               second(w.TokenByHash(w.ctx, "hash")),
			"user":                second(w.User(w.ctx, "usr_1")),
			"user by e-mail":      second(w.UserByEmail(w.ctx, "ana@clinic.example")),
			"session":             second(w.SessionByHash(w.ctx, "hash")),
			"link":                second(w.SignInLinkByHash(w.ctx, "hash")),
			"editor":              w.NoteEditor(w.ctx, "confirm", "theirs"),
			"data key":            second(w.DataKey(w.ctx, must(ours.Contact(ours.ctx, "ana")).KeyID)),
			"erase":               w.EraseContact(w.ctx, "ana"),
			"revoke":              w.RevokeToken(w.ctx, "t1"),
			"pause":               w.SetJourneyPaused(w.ctx, "confirm", true),
		} {
			t.Run(name, func(t *testing.T) { refused(t, err, engine.NotFound) })
		}
		for name, n := range map[string]int{
			"contacts":           first(w.Contacts(w.ctx, engine.ContactFilter{})),
			"consents":           len(must(w.Consents(w.ctx, "ana"))),
			"suppressions":       len(must(w.Suppressions(w.ctx, engine.WhatsApp, []engine.Address{phoneOfAna}))),
			"integrations":       len(must(w.Integrations(w.ctx))),
			"journeys":           len(must(w.Journeys(w.ctx))),
			"versions":           len(must(w.Versions(w.ctx, "confirm"))),
			"live versions":      len(must(w.LiveVersions(w.ctx))),
			"workspace files":    len(must(w.WorkspaceFiles(w.ctx))),
			"enrollments":        first(w.Enrollments(w.ctx, engine.EnrollmentFilter{})),
			"active by key":      len(must(w.ActiveByKey(w.ctx, "confirm", "k"))),
			"active of contact":  len(must(w.ActiveOfContact(w.ctx, "ana"))),
			"active of journey":  len(must(w.ActiveOfJourney(w.ctx, "confirm", "", 10))),
			"active listening":   len(must(w.ActiveListening(w.ctx, "ana", "invoice.paid"))),
			"trail":              len(must(w.Trail(w.ctx, "e1"))),
			"messages":           first(w.Messages(w.ctx, engine.MessageFilter{})),
			"message history":    len(must(w.MessageHistory(w.ctx, "m1"))),
			"stuck":              len(must(w.StuckSending(w.ctx, at.AddDate(1, 0, 0), 10))),
			"recent sends":       len(must(w.RecentSends(w.ctx, "ana", "", at.AddDate(-1, 0, 0)))),
			"open waits":         len(must(w.OpenWaits(w.ctx, "ana", ""))),
			"claimed events":     len(must(w.ClaimEvents(w.ctx, 10, 1))),
			"claimed outbox":     len(must(w.ClaimOutbox(w.ctx, 10, 1))),
			"hand-offs":          first(w.Handoffs(w.ctx, engine.HandoffFilter{})),
			"tokens":             len(must(w.Tokens(w.ctx))),
			"users":              len(must(w.Users(w.ctx))),
			"live texts":         len(must(w.LiveTexts(w.ctx))),
			"journey numbers":    len(must(w.JourneyNumbers(w.ctx, []engine.JourneyID{"confirm"}, at.AddDate(-1, 0, 0), at.AddDate(-1, 0, 0)))),
			"audit":              first(w.AuditLog(w.ctx, 10, "")),
			"pending events":     int(must(w.Counts(w.ctx)).PendingEvents),
			"pending outbox":     int(must(w.Counts(w.ctx)).PendingOutbox),
			"counted messages":   len(must(w.Counts(w.ctx)).Messages),
			"costs":              len(must(w.MessageCosts(w.ctx, engine.CostFilter{From: "2000-01-01", To: "2100-01-01"}))),
			"costs to add up":    must(w.FoldMessageCosts(w.ctx, 10)),
			"counted enrollment": len(must(w.Counts(w.ctx)).ActiveByStatus),
		} {
			same(t, name, n, 0)
		}
		window := must(w.Windows(w.ctx, "ana"))[engine.WhatsApp]
		same(t, "window", window.LastInboundAt.IsZero(), true)
		if last := must(w.LastEnrollment(w.ctx, "confirm", "ana", "")); last != nil {
			t.Error("the last enrollment of another workspace is seen")
		}
		for name, won := range map[string]bool{
			"claim":   must(w.ClaimMessage(w.ctx, "m2", "theirs")),
			"finish":  must(w.FinishMessage(w.ctx, "m1", "tok", engine.MessageUpdate{Status: engine.Failed})),
			"event":   must(w.FinishEvent(w.ctx, "evt", "theirs")),
			"close":   must(w.CloseWait(w.ctx, "w1", engine.WaitAnswered)),
			"end":     must(w.EndEnrollment(w.ctx, "e1", engine.Exited, "theirs", "")),
			"handoff": must(w.CloseHandoff(w.ctx, "h1", "resolved", "")),
		} {
			same(t, name, won, false)
		}
		ok(t, w.PutWorkspaceFiles(w.ctx, nil))
		ok(t, w.CancelWaits(w.ctx, "e1"))
		ok(t, w.CancelHandoffs(w.ctx, "e1"))
		ok(t, w.FinishOutbox(w.ctx, 1))
		ok(t, w.LiftSuppression(w.ctx, engine.WhatsApp, phoneOfAna, ""))
		fill(w) // the same keys do not collide
	}
	same(t, "our wait", must(ours.Wait(ours.ctx, "w1")).State, engine.WaitOpen)
	same(t, "our files", len(must(ours.WorkspaceFiles(ours.ctx))), 1)
	same(t, "our hand-off", must(ours.Handoff(ours.ctx, "h1")).State, "open")
	same(t, "our suppression", len(must(ours.Suppressions(ours.ctx, engine.WhatsApp, []engine.Address{phoneOfAna}))), 1)
	same(t, "our outbox", len(must(ours.ClaimOutbox(ours.ctx, 10, 1))), 1)
	same(t, "our events", len(must(ours.ClaimEvents(ours.ctx, 10, 1))), 1)
	ok(t, ours.EraseContact(ours.ctx, "ana"))
	same(t, "theirs is not erased with ours", must(theirs.Contact(theirs.ctx, "ana")).Attributes["name"].(string), canary)
	same(t, "nor their keys", len(must(theirs.DataKey(theirs.ctx, must(theirs.Contact(theirs.ctx, "ana")).KeyID))), 32)
}

func second[V any](_ V, err error) error { return err }

func first[V any](list []V, _ string, err error) int {
	if err != nil {
		panic(err)
	}
	return len(list)
}

// canary is personal data that must not survive an erasure anywhere.
const canary = "CanaryDemo"

var phoneOfAna = engine.Address{Kind: engine.Phone, Value: "+5511955550199"}

// fill stores something of everything, with the canary wherever a person's data may stand.
func fill(w *world) {
	t, ctx := w.t, w.ctx
	t.Helper()
	ana := &engine.Contact{
		ID: "ana", Attributes: map[string]any{"name": canary}, OptIn: map[engine.Channel]bool{engine.WhatsApp: true}, Timezone: "Etc/" + canary, Locale: canary,
		Addresses: []engine.Address{phoneOfAna, {Kind: engine.EmailAddress, Value: canary + "@example.com"}},
	}
	must(w.PutContact(ctx, ana))
	ok(t, w.RecordConsent(ctx, engine.Consent{ContactID: "ana", Channel: engine.WhatsApp, Granted: true, Source: "api", Evidence: canary}))
	ok(t, w.Suppress(ctx, engine.Suppression{Channel: engine.WhatsApp, Address: phoneOfAna, Purpose: "marketing", Reason: "opted_out"}))
	ok(t, w.TouchWindow(ctx, "ana", "wa", engine.WhatsApp, w.clock.Now()))
	must(w.PutIntegration(ctx, &engine.Integration{ID: "wa", Provider: "fake", Channel: engine.WhatsApp, Secrets: map[string]string{"token": "IntegrationSecret"}}))
	_, _, err := w.Publish(ctx, version("confirm", "h1"))
	ok(t, err)
	ok(t, w.PutWorkspaceFiles(ctx, map[string]string{"workspace.yaml": "x"}))
	ok(t, w.InsertEnrollment(ctx, &engine.Enrollment{
		ID: "e1", JourneyID: "confirm", VersionHash: "h1", ContactID: "ana", Key: "k", Inputs: map[string]any{"name": canary},
		Trigger: engine.TriggerRecord{Kind: "inbound", Channel: engine.WhatsApp, Text: canary, Data: map[string]any{"x": canary}},
	}))
	ok(t, w.SaveProgress(ctx, "e1", "", "ask", nil, []engine.TimelineEntry{
		{Seq: 1, At: w.clock.Now(), Kind: "enrolled", Result: "event"}, {Seq: 2, At: w.clock.Now(), Kind: "reply", Result: canary, Detail: canary},
		{Seq: 3, At: w.clock.Now(), Kind: "outcome", Result: "yes", Detail: canary},
	}))
	for _, m := range []*engine.Message{
		{ID: "m1", EnrollmentID: "e1", StepID: "ask"}, {ID: "m2", EnrollmentID: "e1", StepID: "send"},
	} {
		m.ContactID, m.IntegrationID, m.Channel, m.To, m.Content = "ana", "wa", engine.WhatsApp, phoneOfAna, engine.Content{Text: canary, Params: map[string]string{"n": canary}}
		must(w.InsertMessage(ctx, m))
	}
	must(w.ClaimMessage(ctx, "m1", "tok"))
	must(w.FinishMessage(ctx, "m1", "tok", engine.MessageUpdate{Status: engine.Accepted, ProviderID: "p1", ErrorDetail: canary}))
	must(w.InsertEvent(ctx, &engine.InboundEvent{
		ID: "evt", Key: "wamid.1", IntegrationID: "wa", Channel: engine.WhatsApp, From: []engine.Address{phoneOfAna}, ProfileName: canary,
		Message: &engine.IncomingMessage{Text: canary}, Data: map[string]any{"x": canary}, Raw: []byte(canary),
		Status: &engine.IncomingStatus{Recipient: []engine.Address{phoneOfAna}},
	}))
	ok(t, w.OpenWait(ctx, &engine.Wait{ID: "w1", EnrollmentID: "e1", ContactID: "ana", Channels: []engine.Channel{engine.WhatsApp}}))
	ok(t, w.Enqueue(ctx, &engine.OutboxItem{Kind: "signal", EnrollmentID: "e1", ContactID: "ana", Payload: []byte("sealed")}))
	_, err = w.OpenHandoff(ctx, &engine.Handoff{ID: "h1", EnrollmentID: "e1", StepID: "people", ContactID: "ana", Queue: "front", Note: canary})
	ok(t, err)
	must(w.AssignVariant(ctx, "confirm", "split", "ana", "a"))
	must(w.EnterSegment(ctx, "vip", "ana", true))
	must(w.MarkFired(ctx, "confirm", "cron", w.clock.Now()))
	ok(t, w.PutSetting(ctx, "secret", "x"))
	ok(t, w.PutToken(ctx, &engine.Token{ID: "t1", Hash: "hash", Scopes: []string{"read"}}))
	ok(t, w.PutUser(ctx, &engine.User{ID: "usr_1", Name: "Ana", Email: "ana@clinic.example", Role: engine.Viewer}))
	ok(t, w.PutSession(ctx, &engine.Session{Hash: "hash", UserID: "usr_1", CreatedAt: w.clock.Now(), SeenAt: w.clock.Now(), ExpiresAt: w.clock.Now().AddDate(1, 0, 0)}))
	ok(t, w.PutSignInLink(ctx, &engine.SignInLink{Hash: "hash", UserID: "usr_1", ExpiresAt: w.clock.Now()}))
	must(w.Idempotent(ctx, "key", "body", time.Minute))
	ok(t, w.SaveAnswer(ctx, "key", engine.SavedAnswer{Status: 200, Body: []byte(canary)}))
	ok(t, w.Audit(ctx, engine.AuditEntry{Actor: "api", Action: "contact.created", Target: "ana"}))
}

func dataKeys(t *testing.T, open Open) {
	w := begin(t, open)
	ana, rui := w.contact("ana"), w.contact("rui")
	a := must(w.DataKey(w.ctx, ana.KeyID))
	same(t, "bytes", len(a), 32)
	same(t, "the same again", bytes.Equal(a, must(w.DataKey(w.ctx, ana.KeyID))), true)
	same(t, "one per contact", bytes.Equal(a, must(w.DataKey(w.ctx, rui.KeyID))), false)
	shared := must(w.DataKey(w.ctx, store.WorkspaceKey))
	other := open(t, store.Options{Clock: w.clock})
	same(t, "the workspace's, in every process", bytes.Equal(shared, must(other.DataKey(w.ctx, store.WorkspaceKey))), true)
	_, err := w.DataKey(w.ctx, "key_unknown")
	refused(t, err, engine.NotFound)
	must(w.PutIntegration(w.ctx, &engine.Integration{ID: "wa", Channel: engine.WhatsApp, Secrets: map[string]string{"token": "x"}}))

	master := bytes.Repeat([]byte{9}, 32)
	wrong := open(t, store.Options{Clock: w.clock, MasterKey: master})
	_, err = wrong.DataKey(w.ctx, ana.KeyID)
	refused(t, err, engine.Unavailable)
	rotated := open(t, store.Options{Clock: w.clock, MasterKey: master, OldMasterKeys: [][]byte{MasterKey()}})
	third := open(t, store.Options{Clock: w.clock, MasterKey: master, OldMasterKeys: [][]byte{bytes.Repeat([]byte{8}, 32)}})
	_, err = third.RotateMasterKey(w.ctx, "operator", nil)
	refused(t, err, engine.Unavailable)
	same(t, "says what it cannot open", strings.HasPrefix(store.SealedOtherwise(err), "data key default/"), true)
	var told []string
	same(t, "resealed", must(rotated.RotateMasterKey(w.ctx, "operator", func(done, of int) { told = append(told, fmt.Sprint(done, "/", of)) })), engine.KeyRotation{DataKeys: 3, Integrations: 1})
	same(t, "told on the way", strings.Join(told, " "), "3/4 4/4")
	same(t, "nothing left to reseal", must(rotated.RotateMasterKey(w.ctx, "operator", nil)), engine.KeyRotation{})
	_, err = w.Integration(w.ctx, "wa")
	refused(t, err, engine.Unavailable) // the former key opens nothing any more
	only := open(t, store.Options{Clock: w.clock, MasterKey: master})
	log, _, err := only.AuditLog(w.ctx, 10, "")
	ok(t, err)
	same(t, "written down once", len(log), 1)
	same(t, "who", log[0].Actor+" "+log[0].Action+" "+log[0].Target, "operator master_key.rotated default")
	same(t, "how much", fmt.Sprint(log[0].Detail["data_keys"], log[0].Detail["integrations"]), "3 1")
	ok(t, only.VerifyAudit(w.ctx))

	// A process that still had the former key made a contact meanwhile.
	late := w.contact("late")
	same(t, "what was left", must(rotated.RotateMasterKey(w.ctx, "operator", nil)), engine.KeyRotation{DataKeys: 1})
	must(only.DataKey(w.ctx, late.KeyID))
	same(t, "the key itself did not change", bytes.Equal(a, must(only.DataKey(w.ctx, ana.KeyID))), true)
	same(t, "secrets too", must(only.Integration(w.ctx, "wa")).Secrets["token"], "x")
}

func erasure(t *testing.T, open Open) {
	w := begin(t, open)
	fill(w)
	before := must(w.Contact(w.ctx, "ana"))
	_, err := w.PutContact(w.ctx, &engine.Contact{ID: "twin", Attributes: map[string]any{"name": canary}, MergedInto: "ana"})
	ok(t, err)
	if found := w.Grep(t, canary); len(found) < 10 {
		t.Fatalf("the canary should stand in many columns before, it is in %v", found)
	}
	must(w.DataKey(w.ctx, before.KeyID)) // into the cache
	ok(t, w.EraseContact(w.ctx, "ana"))
	for _, secret := range []string{canary, strings.ToLower(canary), strings.TrimPrefix(phoneOfAna.Value, "+"), "IntegrationSecret"} {
		if found := w.Grep(t, secret); len(found) > 0 {
			t.Errorf("%q is still in %v", secret, found)
		}
	}
	_, err = w.DataKey(w.ctx, before.KeyID)
	refused(t, err, engine.NotFound)
	after := must(w.Contact(w.ctx, "ana"))
	same(t, "erased at", *after.ErasedAt, w.clock.Now())
	same(t, "nothing left", len(after.Attributes)+len(after.Addresses)+len(after.OptIn), 0)
	same(t, "suppression stays", len(must(w.Suppressions(w.ctx, engine.WhatsApp, []engine.Address{phoneOfAna}))), 1)
	same(t, "consent's bare fact stays", len(must(w.Consents(w.ctx, "ana"))), 1)
	same(t, "what happened stays", must(w.Message(w.ctx, "m1")).Status, engine.Accepted)
	same(t, "outcomes stay", must(w.Trail(w.ctx, "e1"))[2].Result, "yes")
	same(t, "waits are closed", len(must(w.OpenWaits(w.ctx, "ana", ""))), 0)
	same(t, "its events are not processed any more", len(must(w.ClaimEvents(w.ctx, 10, 1))), 0)
	list, _, err := w.Contacts(w.ctx, engine.ContactFilter{})
	ok(t, err)
	same(t, "not listed", len(list), 0)
	ok(t, w.EraseContact(w.ctx, "ana")) // again
	refused(t, w.EraseContact(w.ctx, "nobody"), engine.NotFound)

	_, err = w.PutContact(w.ctx, before) // a copy from before
	refused(t, err, engine.Conflict)
	created, err := w.PutContact(w.ctx, &engine.Contact{ID: "ana", Attributes: map[string]any{"name": "Nova"}})
	ok(t, err)
	same(t, "begins anew", created, true)
	anew := must(w.Contact(w.ctx, "ana"))
	if anew.KeyID == before.KeyID || anew.ErasedAt != nil || !reflect.DeepEqual(anew.Attributes, map[string]any{"name": "Nova"}) {
		t.Errorf("begun anew: %+v", anew)
	}
}

// Grep lists the columns of every table that hold a text, whatever the case.
func (w *world) Grep(t testing.TB, text string) []string {
	t.Helper()
	found, err := w.Store.Grep(w.ctx, text)
	ok(t, err)
	return found
}
