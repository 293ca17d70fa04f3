package storetest

import (
	"context"
	"errors"
	"testing"

	"jornada/engine"
	"jornada/engine/store"
)

// Exercise plays the whole conformance suite. open must give the same, at first
// empty, database each time it is called with the same t; every case gets one of
// its own.
func Exercise(t *testing.T, fresh func(t *testing.T) Open) {
	for _, c := range []struct {
		name string
		play func(t *testing.T, open Open)
	}{
		{"contacts", contacts},
		{"contact addresses", contactAddresses},
		{"contact lists", contactLists},
		{"merges", merges},
		{"two contacts made one", mergedContacts},
		{"a merge inside one journey", mergeInTheSameJourney},
		{"merges at once", mergesAtOnce},
		{"consent", consent},
		{"consent by purpose", consentPurposes},
		{"suppressions", suppressions},
		{"out of reach", outOfReach},
		{"free entry", freeEntry},
		{"block lists", blockLists},
		{"service windows", serviceWindows},
		{"leaving", leaving},
		{"senders", senders},
		{"integrations", integrations},
		{"states of integrations", integrationStates},
		{"the pace of integrations", paces},
		{"a lower pace learnt", learntPace},
		{"a sender's quality", senderQuality},
		{"a sender's throughput", senderThroughput},
		{"busy contacts", busyContacts},
		{"tiers of portfolios", tiers},
		{"a tier that changes", tierChanges},
		{"full again", fullAgain},
		{"parked messages", parkedMessages},
		{"messages sent once more", messagesAgain},
		{"journeys and drafts", journeys},
		{"versions", versions},
		{"versions on trial", tried},
		{"who entered which version", triedNumbers},
		{"both sides", bothSides},
		{"called", called},
		{"presence", presence},
		{"workspace files", workspaceFiles},
		{"templates", templates},
		{"news of templates", templateNews},
		{"notices of templates", templateNotices},
		{"enrollments", enrollments},
		{"enrollment lists", enrollmentLists},
		{"listening", listening},
		{"progress", progress},
		{"messages", messages},
		{"message lists", messageLists},
		{"finishing messages", finishing},
		{"statuses", statuses},
		{"statuses in any order", statusOrders},
		{"costs of messages", costs},
		{"costs added up", costsFolded},
		{"free messages", freeMessages},
		{"events", events},
		{"several events at once", severalEvents},
		{"parties of events", parties},
		{"unheard messages", unheard},
		{"waits", waits},
		{"outbox", outbox},
		{"hand-offs", handoffs},
		{"decided once", decidedOnce},
		{"tokens", tokens},
		{"users", users},
		{"sessions", sessions},
		{"links to sign in", signInLinks},
		{"numbers of journeys", journeyNumbers},
		{"goals reached", reachedGoals},
		{"idempotency", idempotency},
		{"audit", audit},
		{"counts", counts},
		{"time precision", timePrecision},
		{"hostile text", hostileText},
		{"transactions", transactions},
		{"races", races},
		{"isolation", isolation},
		{"data keys", dataKeys},
		{"erasure", erasure},
		{"paging", paging},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.play(t, fresh(t))
		})
	}
}

// world is what a case works with.
type world struct {
	*store.Store
	t     *testing.T
	ctx   context.Context
	clock *Clock
}

func begin(t *testing.T, open Open) *world {
	t.Helper()
	clock := NewClock()
	return &world{open(t, store.Options{Clock: clock}), t, context.Background(), clock}
}

// ok stops the test on an error.
func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must unwraps a result.
func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// refused checks an error's code.
func refused(t testing.TB, err error, code engine.ErrorCode) {
	t.Helper()
	var refusal *engine.Error
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Fatalf("want a refusal %q, got: %v", code, err)
	}
	if refusal.Message == "" {
		t.Fatalf("a refusal says nothing")
	}
}

func same[V comparable](t testing.TB, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func (w *world) contact(id string) *engine.Contact {
	w.t.Helper()
	c := &engine.Contact{ID: engine.ContactID(id)}
	_, err := w.PutContact(w.ctx, c)
	ok(w.t, err)
	return c
}

func (w *world) enrollment(id, journey, contact string) *engine.Enrollment {
	w.t.Helper()
	e := &engine.Enrollment{ID: engine.EnrollmentID(id), JourneyID: engine.JourneyID(journey), VersionHash: "v1", ContactID: engine.ContactID(contact), Key: "key of " + id}
	ok(w.t, w.InsertEnrollment(w.ctx, e))
	return e
}

func (w *world) message(id, contact string) *engine.Message {
	w.t.Helper()
	m := &engine.Message{
		ID: engine.MessageID(id), EnrollmentID: engine.EnrollmentID("enr-" + id), JourneyID: "confirm", StepID: "ask",
		ContactID: engine.ContactID(contact), IntegrationID: "wa", Provider: "fake", Channel: engine.WhatsApp, Category: "utility",
		To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: "Olá", Params: map[string]string{"name": "Ana"}},
	}
	existing, err := w.InsertMessage(w.ctx, m)
	ok(w.t, err)
	if existing != nil {
		w.t.Fatalf("message %s was there before", id)
	}
	return m
}
