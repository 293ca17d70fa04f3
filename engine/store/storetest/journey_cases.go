package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/dsl"
	"jornada/engine"
)

func integrations(t *testing.T, open Open) {
	w := begin(t, open)
	_, err := w.DefaultIntegration(w.ctx, engine.WhatsApp)
	refused(t, err, engine.NotFound)
	wa := &engine.Integration{ID: "wa", Provider: "meta", Channel: engine.WhatsApp, Settings: map[string]string{"base_url": "http://127.0.0.1"}, Secrets: map[string]string{"token": "s3cret"}}
	same(t, "created", must(w.PutIntegration(w.ctx, wa)), true)
	got := must(w.Integration(w.ctx, "wa"))
	if !reflect.DeepEqual(got, wa) {
		t.Errorf("loaded %+v, want %+v", got, wa)
	}
	same(t, "the only one is the default", must(w.DefaultIntegration(w.ctx, engine.WhatsApp)).ID, "wa")
	before := got.UpdatedAt
	got.Secrets, got.Name = nil, "Recepção"
	same(t, "changed", must(w.PutIntegration(w.ctx, got)), false)
	got = must(w.Integration(w.ctx, "wa"))
	same(t, "nil keeps secrets", got.Secrets["token"], "s3cret")
	same(t, "a change shows in UpdatedAt though the clock stands", got.UpdatedAt.After(before), true)
	same(t, "and where only that is read", must(w.IntegrationUpdatedAt(w.ctx, "wa")), got.UpdatedAt)
	_, err = w.IntegrationUpdatedAt(w.ctx, "nobody")
	refused(t, err, engine.NotFound)
	must(w.PutIntegration(w.ctx, &engine.Integration{ID: "wa2", Provider: "meta", Channel: engine.WhatsApp}))
	_, err = w.DefaultIntegration(w.ctx, engine.WhatsApp)
	refused(t, err, engine.NotFound)
	for _, id := range []engine.IntegrationID{"wa", "wa2"} {
		must(w.PutIntegration(w.ctx, &engine.Integration{ID: id, Provider: "meta", Channel: engine.WhatsApp, Default: true}))
		same(t, "default", must(w.DefaultIntegration(w.ctx, engine.WhatsApp)).ID, id)
	}
	same(t, "all", len(must(w.Integrations(w.ctx))), 2)

	resume := w.clock.Now().Add(time.Hour)
	set := func(st engine.IntegrationState, note string) bool {
		return must(w.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: st, Note: note, ResumeAt: &resume}))
	}
	same(t, "a change", set(engine.Limited, "limit"), true)
	same(t, "the same again", set(engine.Limited, "still"), false)
	got = must(w.Integration(w.ctx, "wa"))
	same(t, "note", got.StateNote, "still")
	same(t, "resume", *got.ResumeAt, resume)
	same(t, "back", set(engine.Enabled, ""), true)
	_, err = w.SetIntegrationState(w.ctx, "nobody", engine.IntegrationChange{State: engine.Enabled})
	refused(t, err, engine.NotFound)
}

func journeys(t *testing.T, open Open) {
	w := begin(t, open)
	_, err := w.Journey(w.ctx, "confirm")
	refused(t, err, engine.NotFound)
	first := must(w.SaveDraft(w.ctx, "confirm", "Confirmação", "steps: []", "", ""))
	second := must(w.SaveDraft(w.ctx, "confirm", "", "steps: [a]", first, ""))
	_, err = w.SaveDraft(w.ctx, "confirm", "", "steps: [b]", first, "")
	refused(t, err, engine.Conflict)
	j := must(w.Journey(w.ctx, "confirm"))
	same(t, "draft", j.Draft, "steps: [a]")
	same(t, "etag", j.DraftETag, second)
	same(t, "name kept", j.Name, "Confirmação")
	none := must(w.Tests(w.ctx, "confirm"))
	same(t, "no tests", none, engine.JourneyTests{})
	save := func(text, ifMatch string) error {
		_, err := w.ChangeTests(w.ctx, "confirm", ifMatch, func(t *engine.JourneyTests) { t.Saved = text })
		return err
	}
	ok(t, save("test: confirm", engine.Fingerprint("")))
	refused(t, save("test: another", engine.Fingerprint("")), engine.Conflict)
	must(w.SaveDraft(w.ctx, "confirm", "", "steps: [a]", second, ""))
	same(t, "tests", must(w.Tests(w.ctx, "confirm")), engine.JourneyTests{Saved: "test: confirm"})
	_, err = w.Tests(w.ctx, "nobody")
	refused(t, err, engine.NotFound)
	e := w.enrollment("e1", "confirm", "ana")
	ok(t, w.SetJourneyPaused(w.ctx, "confirm", true))
	same(t, "paused", must(w.Enrollment(w.ctx, e.ID)).Status, engine.Paused)
	ok(t, w.SetJourneyPaused(w.ctx, "confirm", false))
	same(t, "resumed", must(w.Enrollment(w.ctx, e.ID)).Status, engine.Active)
	ok(t, w.SetJourneyArchived(w.ctx, "confirm", true))
	same(t, "archived", must(w.Journeys(w.ctx))[0].Archived, true)
	refused(t, w.SetJourneyPaused(w.ctx, "nobody", true), engine.NotFound)
	refused(t, w.SetJourneyArchived(w.ctx, "nobody", true), engine.NotFound)
}

func plan(journey, hash string) *dsl.Plan {
	return &dsl.Plan{
		Format: dsl.PlanFormat, Journey: journey, Name: "Demo", Hash: hash, Start: "hold",
		Goals: []dsl.Interrupt{{ID: "done", Event: "appointment.done", Exit: true}, {ID: "rich", When: &dsl.Expr{Source: "contact.vip"}}},
		Exits: []dsl.Interrupt{{ID: "off", Event: "appointment.canceled", Exit: true}},
		Nodes: map[string]*dsl.Node{
			"hold": {ID: "hold", Verb: "wait", Wait: &dsl.Wait{Events: []dsl.WaitEvent{
				{Outcome: "paid", Event: "invoice.paid"}, {Outcome: "open", Window: "opened"}, {Outcome: "said", Reply: "whatsapp"},
			}, Timeout: dsl.Duration(time.Hour)}},
		},
	}
}

func version(journey, hash string) *engine.Version {
	return &engine.Version{
		Journey: engine.JourneyID(journey), Hash: engine.VersionHash(hash), FlowHash: "f" + hash, CopyHash: "c" + hash,
		Source: "source of " + hash, Plan: plan(journey, hash), PublishedBy: "admin",
	}
}

func versions(t *testing.T, open Open) {
	w := begin(t, open)
	must(w.SaveDraft(w.ctx, "confirm", "", "source of h1", "", ""))
	publish := func(v *engine.Version) string {
		number, created, err := w.Publish(w.ctx, v)
		ok(t, err)
		return fmt.Sprint(number, created)
	}
	one := version("confirm", "h1")
	same(t, "first", publish(one), "1 true")
	same(t, "the same again", publish(version("confirm", "h1")), "1 false")
	j := must(w.Journey(w.ctx, "confirm"))
	same(t, "the published draft is dropped", j.Draft+j.DraftETag, "")
	same(t, "name comes from the plan", j.Name, "Demo")
	must(w.SaveDraft(w.ctx, "confirm", "", "unfinished", "", ""))
	w.clock.Advance(time.Hour)
	same(t, "second", publish(version("confirm", "h2")), "2 true")
	j = must(w.Journey(w.ctx, "confirm"))
	same(t, "another draft stays", j.Draft, "unfinished")
	same(t, "live", string(j.Live)+fmt.Sprint(j.LiveNumber), "h22")
	same(t, "published at", *j.PublishedAt, w.clock.Now())
	got := must(w.Version(w.ctx, "h1"))
	if !reflect.DeepEqual(got, one) {
		t.Errorf("loaded %+v, want %+v", got, one)
	}
	list := must(w.Versions(w.ctx, "confirm"))
	same(t, "newest first", list[0].Number, 2)
	same(t, "with plan", list[1].Plan.Nodes["hold"].Wait.Timeout.Std(), time.Hour)
	same(t, "an older content goes live again", publish(version("confirm", "h1")), "1 false")
	same(t, "live again", must(w.Journey(w.ctx, "confirm")).Live, "h1")
	ok(t, w.SetLive(w.ctx, "confirm", "h2"))
	// h1a and h1b say the same flow as h1 in other words.
	for _, hash := range []string{"h1a", "h1b"} {
		v := version("confirm", hash)
		v.FlowHash = "fh1"
		publish(v)
	}
	words := func(hash engine.VersionHash) string { return string(must(w.WordsOf(w.ctx, hash))) }
	same(t, "its own words", words("h1")+words("nobody knows"), "h1nobody knows")
	same(t, "lent to the same flow", fmt.Sprint(must(w.LendWords(w.ctx, "confirm", "h1b"))), "[h1 h1a]")
	same(t, "whose words", words("h1")+words("h1a")+words("h1b")+words("h2"), "h1bh1bh1bh2")
	same(t, "lent again", len(must(w.LendWords(w.ctx, "confirm", "h1b"))), 0)
	same(t, "taken back", fmt.Sprint(must(w.LendWords(w.ctx, "confirm", "h1"))), "[h1a h1b]")
	same(t, "whose words then", words("h1")+words("h1a")+words("h1b"), "h1h1h1")
	_, err := w.LendWords(w.ctx, "confirm", "h9")
	refused(t, err, engine.NotFound)
	ok(t, w.SetLive(w.ctx, "confirm", "h2"))
	same(t, "set live", must(w.Journey(w.ctx, "confirm")).LiveNumber, 2)
	refused(t, w.SetLive(w.ctx, "confirm", "h9"), engine.NotFound)
	refused(t, w.SetLive(w.ctx, "nobody", "h1"), engine.NotFound)
	publish(version("survey", "s1"))
	live := must(w.LiveVersions(w.ctx))
	same(t, "live versions", len(live), 2)
	same(t, "of h2", live[0].Hash, "h2")
	ok(t, w.SetJourneyArchived(w.ctx, "confirm", true))
	same(t, "without the archived", must(w.LiveVersions(w.ctx))[0].Journey, "survey")
	_, err = w.Version(w.ctx, "h9")
	refused(t, err, engine.NotFound)
	_, _, err = w.Publish(w.ctx, &engine.Version{Journey: "x", Hash: "y"})
	refused(t, err, engine.Invalid)
}

// called: a journey is called as its live version calls it, which is the same version
// under another name; and as its draft does only until something is published.
func called(t *testing.T, open Open) {
	w := begin(t, open)
	publish := func(hash, name string) {
		t.Helper()
		v := version("confirm", hash)
		v.Plan.Name, v.Source = name, "named "+name
		_, _, err := w.Publish(w.ctx, v)
		ok(t, err)
	}
	is := func(what, want string) {
		t.Helper()
		j := must(w.Journey(w.ctx, "confirm"))
		same(t, what, fmt.Sprintf("%s, version %d, %s", j.Name, j.LiveNumber, j.LiveText), want)
		same(t, what+", among all", must(w.LiveTexts(w.ctx))[j.ID], j.LiveText)
	}
	must(w.SaveDraft(w.ctx, "confirm", "Primeiro", "a first draft", "", ""))
	is("never published", "Primeiro, version 0, ")
	publish("h1", "Um")
	publish("h1", "Outro")
	is("renamed", "Outro, version 1, named Outro")
	same(t, "renamed in the plan", must(w.Version(w.ctx, "h1")).Plan.Name, "Outro")
	publish("h2", "")
	is("no name", ", version 2, named ")
	ok(t, w.SetLive(w.ctx, "confirm", "h1"))
	is("gone back", "Outro, version 1, named Outro")
	must(w.SaveDraft(w.ctx, "confirm", "Rascunho", "a draft", "", ""))
	is("the draft has another name", "Outro, version 1, named Outro")
	ok(t, w.SetLive(w.ctx, "confirm", "h2"))
	is("gone on under a draft", ", version 2, named ")
}

// bothSides: a draft knows which published text it includes, and every text that was
// published is known again.
func bothSides(t *testing.T, open Open) {
	w := begin(t, open)
	publish := func(hash, text, origin string) {
		t.Helper()
		v := version("confirm", hash)
		v.Source, v.Origin = text, origin
		_, _, err := w.Publish(w.ctx, v)
		ok(t, err)
	}
	draft := func(text, ifMatch, basedOn string) error {
		_, err := w.SaveDraft(w.ctx, "confirm", "", text, ifMatch, basedOn)
		return err
	}
	stands := func(what, draft, base string, behind bool) {
		t.Helper()
		j := must(w.Journey(w.ctx, "confirm"))
		same(t, what, fmt.Sprintf("%q on %q, %v", j.Draft, j.DraftBase, j.Behind), fmt.Sprintf("%q on %q, %v", draft, base, behind))
		same(t, what+", in the list", must(w.Journeys(w.ctx))[0].Behind, behind)
	}
	one, two, three := engine.Fingerprint("one"), engine.Fingerprint("two"), engine.Fingerprint("three")
	publish("h1", "one", "main@1111111")
	same(t, "origin", must(w.Journey(w.ctx, "confirm")).Origin, "main@1111111")
	stands("published", "", "", false)
	refused(t, draft("one, edited", "of another text", ""), engine.Conflict)
	ok(t, draft("one, edited", one, ""))
	stands("a draft", "one, edited", "one", false)

	publish("h2", "two", "main@2222222")
	stands("another version came", "one, edited", "one", true)
	ok(t, draft("one, edited more", "", one))
	stands("the draft goes on from the old one", "one, edited more", "one", true)
	ok(t, draft("two, edited", "", two))
	stands("it includes the new one", "two, edited", "two", false)

	publish("h2", "two # with a note", "main@3333333")
	j := must(w.Journey(w.ctx, "confirm"))
	same(t, "the same version in another text", fmt.Sprint(j.LiveNumber, " ", j.LiveText, " ", j.Origin), "2 two # with a note main@3333333")
	stands("which the draft lacks", "two, edited", "two", true)
	ok(t, draft("two # with a note", "", ""))
	stands("a draft that is the live text", "two # with a note", "two # with a note", false)
	publish("h3", "three", "")
	stands("a draft that nobody changed is gone", "", "", false)
	same(t, "from the editor", must(w.Journey(w.ctx, "confirm")).Origin, "")
	refused(t, draft("two, from a tab of yesterday", two, ""), engine.Conflict)
	publish("h3", "three", "main@4444444")
	same(t, "then in the folder too", must(w.Journey(w.ctx, "confirm")).Origin, "main@4444444")
	publish("h3", "three", "main@5555555")
	same(t, "which says nothing new later", must(w.Journey(w.ctx, "confirm")).Origin, "main@4444444")

	tests := func(change func(*engine.JourneyTests)) engine.JourneyTests {
		t.Helper()
		return must(w.ChangeTests(w.ctx, "confirm", "", change))
	}
	tests(func(t *engine.JourneyTests) { t.Send("test: confirm") })
	want := engine.JourneyTests{Saved: "tests, edited", Live: "test: confirm", Base: "test: confirm", Behind: true}
	tests(func(t *engine.JourneyTests) { *t = want })
	same(t, "tests", must(w.Tests(w.ctx, "confirm")), want)
	ok(t, w.NoteFolder(w.ctx, "confirm", "two"))
	known := map[string]bool{one: false, two: true, three: false, engine.Fingerprint("two # with a note"): false, engine.Fingerprint("test: confirm"): false}
	same(t, "known again", fmt.Sprint(must(w.PublishedTexts(w.ctx, "confirm"))), fmt.Sprint(known))
	same(t, "of another", len(must(w.PublishedTexts(w.ctx, "nobody"))), 0)
}

func presence(t *testing.T, open Open) {
	w := begin(t, open)
	meet := func(tab, name, step string) string {
		t.Helper()
		var said []string
		for _, p := range must(w.Meet(w.ctx, engine.Presence{Journey: "confirm", Tab: tab, Actor: name + " (usr)", Name: name, StepID: step})) {
			said = append(said, p.Tab+" "+p.Name+" at "+p.StepID+" "+p.Actor)
		}
		return strings.Join(said, ", ")
	}
	same(t, "alone", meet("tab-ana", "Ana", ""), "")
	same(t, "two", meet("tab-bia", "Bia", "ask"), "tab-ana Ana at  Ana (usr)")
	same(t, "a step", meet("tab-ana", "Ana", "thanks"), "tab-bia Bia at ask Bia (usr)")
	same(t, "another journey", len(must(w.Meet(w.ctx, engine.Presence{Journey: "survey", Tab: "tab-ana", Name: "Ana"}))), 0)
	w.clock.Advance(engine.PresenceTTL)
	same(t, "just in time", meet("tab-bia", "Bia", "ask"), "tab-ana Ana at thanks Ana (usr)")
	w.clock.Advance(time.Second)
	same(t, "Ana closed her computer", meet("tab-bia", "Bia", "ask"), "")
	same(t, "Caio", meet("tab-caio", "Caio", ""), "tab-bia Bia at ask Bia (usr)")
	ok(t, w.Leave(w.ctx, "confirm", "tab-bia"))
	same(t, "Bia closed the page", meet("tab-caio", "Caio", ""), "")
}

func workspaceFiles(t *testing.T, open Open) {
	w := begin(t, open)
	same(t, "none", len(must(w.WorkspaceFiles(w.ctx))), 0)
	ok(t, w.PutWorkspaceFiles(w.ctx, map[string]string{"workspace.yaml": "a", "templates/x.md": "b"}))
	want := map[string]string{"workspace.yaml": "c", "templates.lock.yaml": "d"}
	ok(t, w.PutWorkspaceFiles(w.ctx, want))
	if got := must(w.WorkspaceFiles(w.ctx)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	ok(t, w.PutWorkspaceFiles(w.ctx, nil))
	same(t, "none again", len(must(w.WorkspaceFiles(w.ctx))), 0)
}

func enrollments(t *testing.T, open Open) {
	w := begin(t, open)
	wake := w.clock.Now().Add(time.Hour)
	e := &engine.Enrollment{
		ID: "e1", JourneyID: "confirm", VersionHash: "h1", ContactID: "ana", Key: "k", CurrentStep: "ask", WakeAt: &wake,
		Trigger: engine.TriggerRecord{Kind: "event", Event: "appointment.scheduled", EventID: "evt", Data: map[string]any{"n": 1.5}},
		Inputs:  map[string]any{"doctor": "Dra. Demo"}, ParentID: "p", ParentStep: "s",
	}
	ok(t, w.InsertEnrollment(w.ctx, e))
	if got := must(w.Enrollment(w.ctx, "e1")); !reflect.DeepEqual(got, e) {
		t.Errorf("loaded %+v, want %+v", got, e)
	}
	twin := &engine.Enrollment{ID: "e2", JourneyID: "confirm", Key: "k", ContactID: "ana"}
	refused(t, w.InsertEnrollment(w.ctx, twin), engine.Conflict)
	ok(t, w.InsertEnrollment(w.ctx, &engine.Enrollment{ID: "e3", JourneyID: "survey", Key: "k", ContactID: "ana"}))
	same(t, "by key", must(w.ActiveByKey(w.ctx, "confirm", "k"))[0].ID, "e1")
	same(t, "of the contact", len(must(w.ActiveOfContact(w.ctx, "ana"))), 2)
	w.clock.Advance(time.Minute)
	same(t, "ends", must(w.EndEnrollment(w.ctx, "e1", engine.Exited, "canceled", "")), true)
	same(t, "ends once", must(w.EndEnrollment(w.ctx, "e1", engine.Completed, "completed", "")), false)
	got := must(w.Enrollment(w.ctx, "e1"))
	same(t, "first ending stays", string(got.Status)+" "+got.Outcome, "exited canceled")
	same(t, "ended at", *got.EndedAt, w.clock.Now())
	if got.WakeAt != nil {
		t.Error("an ended enrollment still wakes")
	}
	ok(t, w.InsertEnrollment(w.ctx, twin)) // the key is free again
	same(t, "last", must(w.LastEnrollment(w.ctx, "confirm", "ana", "k")).ID, "e2")
	none, err := w.LastEnrollment(w.ctx, "confirm", "rui", "k")
	if none != nil || err != nil {
		t.Errorf("no last enrollment is nil, got %v, %v", none, err)
	}
	_, err = w.Enrollment(w.ctx, "e9")
	refused(t, err, engine.NotFound)
}

func enrollmentLists(t *testing.T, open Open) {
	w := begin(t, open)
	for i := range 6 {
		w.clock.Advance(time.Second)
		w.enrollment(fmt.Sprintf("e%d", i), []string{"a", "b"}[i%2], []string{"ana", "rui", ""}[i%3])
	}
	must(w.EndEnrollment(w.ctx, "e4", engine.Completed, "completed", ""))
	ok(t, w.SaveProgress(w.ctx, "e5", "", "ask", nil, nil))
	for _, c := range []struct {
		f    engine.EnrollmentFilter
		want string
	}{
		{engine.EnrollmentFilter{}, "e5 e4 e3 e2 e1 e0"},
		{engine.EnrollmentFilter{Journey: "b"}, "e5 e3 e1"},
		{engine.EnrollmentFilter{ContactID: "ana"}, "e3 e0"},
		{engine.EnrollmentFilter{Status: engine.Completed}, "e4"},
		{engine.EnrollmentFilter{Journey: "b", Step: "ask"}, "e5"},
		{engine.EnrollmentFilter{Limit: 2}, "e5 e4"},
	} {
		list, _, err := w.Enrollments(w.ctx, c.f)
		ok(t, err)
		var ids []string
		for _, e := range list {
			ids = append(ids, string(e.ID))
		}
		same(t, fmt.Sprintf("%+v", c.f), strings.Join(ids, " "), c.want)
	}
	first := must(w.ActiveOfJourney(w.ctx, "a", "", 1))
	same(t, "walk", first[0].ID, "e0")
	rest := must(w.ActiveOfJourney(w.ctx, "a", first[0].ID, 10))
	same(t, "walk on, without the ended", len(rest), 1)
	same(t, "where people stand", fmt.Sprint(must(w.Standings(w.ctx, "b"))), "[{v1  2} {v1 ask 1}]")
	same(t, "the ended stand nowhere", fmt.Sprint(must(w.Standings(w.ctx, "a"))), "[{v1  2}]")
	same(t, "nobody inside", len(must(w.Standings(w.ctx, "nobody"))), 0)
}

func listening(t *testing.T, open Open) {
	w := begin(t, open)
	_, _, err := w.Publish(w.ctx, version("confirm", "h1"))
	ok(t, err)
	for id, contact := range map[string]string{"e1": "ana", "e2": ""} {
		ok(t, w.InsertEnrollment(w.ctx, &engine.Enrollment{ID: engine.EnrollmentID(id), JourneyID: "confirm", VersionHash: "h1", ContactID: engine.ContactID(contact), Key: id}))
	}
	w.enrollment("other", "survey", "ana")
	for event, want := range map[string]int{
		"appointment.done": 1, "appointment.canceled": 1, "invoice.paid": 1, "window_opened": 1, "window_closed": 0, "nothing": 0, "": 0,
	} {
		same(t, event, len(must(w.ActiveListening(w.ctx, "ana", event))), want)
	}
	same(t, "without contact", must(w.ActiveListening(w.ctx, "", "invoice.paid"))[0].ID, "e2")
	must(w.EndEnrollment(w.ctx, "e1", engine.Completed, "", ""))
	same(t, "ended", len(must(w.ActiveListening(w.ctx, "ana", "invoice.paid"))), 0)
}

func progress(t *testing.T, open Open) {
	w := begin(t, open)
	w.enrollment("e1", "confirm", "ana")
	wake := w.clock.Now().Add(time.Hour)
	lines := []engine.TimelineEntry{
		{Seq: 1, At: w.clock.Now(), Kind: "enrolled"},
		{Seq: 2, At: w.clock.Now(), Kind: "condition", StepID: "s", Verb: "switch", Source: "contact.vip", Result: "true", WakeAt: &wake, Detail: "d", EventID: "evt", Message: "msg"},
		{Seq: 3, At: w.clock.Now(), Kind: "step", StepID: "ask"},
	}
	ok(t, w.SaveProgress(w.ctx, "e1", "", "ask", &wake, lines))
	changed := []engine.TimelineEntry{{Seq: 2, At: w.clock.Now(), Kind: "step", StepID: "late"}}
	ok(t, w.SaveProgress(w.ctx, "e1", "", "late", nil, changed))
	if got := must(w.Trail(w.ctx, "e1")); !reflect.DeepEqual(got, lines) {
		t.Errorf("trail %+v", got)
	}
	e := must(w.Enrollment(w.ctx, "e1"))
	same(t, "a late call does not move it back", e.CurrentStep, "ask")
	same(t, "wakes", *e.WakeAt, wake)
	ok(t, w.SaveProgress(w.ctx, "e1", "", "next", nil, nil))
	version := must(w.Enrollment(w.ctx, "e1")).VersionHash
	ok(t, w.SaveProgress(w.ctx, "e1", "another", "next", nil, nil))
	same(t, "goes on in another version", must(w.Enrollment(w.ctx, "e1")).VersionHash, "another")
	ok(t, w.SaveProgress(w.ctx, "e1", version, "next", nil, nil))
	same(t, "without trail", must(w.Enrollment(w.ctx, "e1")).CurrentStep, "next")
	must(w.EndEnrollment(w.ctx, "e1", engine.Completed, "", ""))
	ok(t, w.SaveProgress(w.ctx, "e1", "", "ghost", &wake, []engine.TimelineEntry{{Seq: 4, At: wake, Kind: "ended"}}))
	same(t, "an ended one does not move", must(w.Enrollment(w.ctx, "e1")).CurrentStep, "next")
	same(t, "its last line is kept", len(must(w.Trail(w.ctx, "e1"))), 4)
	ok(t, w.NoteEnding(w.ctx, "e1", engine.TimelineEntry{At: wake, Kind: "ended", Result: "quarantined"}))
	ok(t, w.SaveProgress(w.ctx, "e1", "", "ghost", nil, []engine.TimelineEntry{{Seq: 5, At: wake, Kind: "step"}, {Seq: 6, At: wake, Kind: "ended"}}))
	same(t, "it ends once, whoever notes it", len(must(w.Trail(w.ctx, "e1"))), 5)
}
