package storetest

import (
	"fmt"
	"testing"
	"time"

	"jornada/engine"
)

// tried: a version for a share of those who enter, beside the live one.
func tried(t *testing.T, open Open) {
	w := begin(t, open)
	try := func(hash string, share int) (string, error) {
		number, created, err := w.PublishTrial(w.ctx, version("confirm", hash), share)
		return fmt.Sprint(number, created), err
	}
	stands := func(what, want string) {
		t.Helper()
		j := must(w.Journey(w.ctx, "confirm"))
		got := fmt.Sprintf("%s %d", j.Live, j.LiveNumber)
		if j.Trial != nil {
			got += fmt.Sprintf(", %s %d for %d since %s", j.Trial.Version, j.Trial.Number, j.Trial.Share, j.Trial.Since.Format("15:04"))
		}
		same(t, what, got, want)
		listed := must(w.Journeys(w.ctx))[0].Trial
		same(t, what+", in the list", listed == nil, j.Trial == nil)
	}
	publish := func(hash string) {
		t.Helper()
		_, _, err := w.Publish(w.ctx, version("confirm", hash))
		ok(t, err)
	}
	only := func() (hashes string) {
		for _, v := range must(w.Versions(w.ctx, "confirm")) {
			if v.OnlyTried {
				hashes += string(v.Hash) + " "
			}
		}
		return hashes
	}
	known := func(hash string) bool {
		_, there := must(w.PublishedTexts(w.ctx, "confirm"))[engine.Fingerprint("source of "+hash)]
		return there
	}

	_, err := try("h1", 10)
	refused(t, err, engine.Conflict) // nothing is live for the others
	_, err = w.Journey(w.ctx, "confirm")
	refused(t, err, engine.NotFound)
	publish("h1")
	since := w.clock.Now().Format("15:04")
	for _, share := range []int{-1, 0, 100} {
		_, err = try("h2", share)
		refused(t, err, engine.Invalid)
	}
	same(t, "a refusal stores nothing", len(must(w.Versions(w.ctx, "confirm"))), 1)
	_, err = try("h1", 10)
	refused(t, err, engine.Conflict) // live for everybody

	must(w.SaveDraft(w.ctx, "confirm", "", "source of h2", "", ""))
	same(t, "a trial", must(try("h2", 10)), "2 true")
	stands("on trial", "h1 1, h2 2 for 10 since "+since)
	j := must(w.Journey(w.ctx, "confirm"))
	same(t, "what is live and the draft stay", j.LiveText+", "+j.Draft, "source of h1, source of h2")
	same(t, "only tried", only(), "h2 ")
	same(t, "its text is not published yet", fmt.Sprint(known("h1"), known("h2")), "true false")
	same(t, "people get both", len(must(w.OpenVersions(w.ctx))), 2)
	same(t, "live is one", must(w.LiveVersions(w.ctx))[0].Hash, "h1")

	w.clock.Advance(time.Hour)
	same(t, "raised by publishing it again", must(try("h2", 25)), "2 false")
	ok(t, w.SetTrial(w.ctx, "confirm", "h2", 50))
	ok(t, w.SetTrial(w.ctx, "confirm", "h2", 50))
	refused(t, w.SetTrial(w.ctx, "confirm", "h2", 25), engine.Conflict)
	_, err = try("h3", 60)
	refused(t, err, engine.Conflict) // one at a time
	refused(t, w.SetTrial(w.ctx, "confirm", "h9", 50), engine.NotFound)
	refused(t, w.SetTrial(w.ctx, "nobody", "h2", 50), engine.NotFound)
	publish("h1")
	stands("what is live is published again, as a pipeline does", "h1 1, h2 2 for 50 since "+since)
	ok(t, w.SetJourneyPaused(w.ctx, "confirm", true))
	ok(t, w.SetJourneyArchived(w.ctx, "confirm", true))
	same(t, "archived", len(must(w.OpenVersions(w.ctx))), 0)
	ok(t, w.SetJourneyArchived(w.ctx, "confirm", false))
	stands("neither pausing nor archiving ends it", "h1 1, h2 2 for 50 since "+since)

	ended := must(w.EndTrial(w.ctx, "confirm"))
	same(t, "ended", fmt.Sprint(ended.Number, " ", ended.Share), "2 50")
	same(t, "once", must(w.EndTrial(w.ctx, "confirm")) == nil, true)
	_, err = w.EndTrial(w.ctx, "nobody")
	refused(t, err, engine.NotFound)
	stands("ended", "h1 1")
	same(t, "still only tried", only(), "h2 ")

	since = w.clock.Now().Format("15:04")
	ok(t, w.SetTrial(w.ctx, "confirm", "h2", 10))
	stands("tried again", "h1 1, h2 2 for 10 since "+since)
	ok(t, w.SetLive(w.ctx, "confirm", "h2"))
	stands("for everybody", "h2 2")
	same(t, "it is published now", only()+fmt.Sprint(known("h2")), "true")
	same(t, "its draft with it", must(w.Journey(w.ctx, "confirm")).Draft, "")

	must(try("h3", 10))
	publish("h3")
	stands("for everybody by publishing it", "h3 3")
	same(t, "published too", only()+fmt.Sprint(known("h3")), "true")
	must(try("h4", 10))
	publish("h5")
	stands("another version ends a trial", "h5 5")
	ok(t, w.SetTrial(w.ctx, "confirm", "h4", 10))
	ok(t, w.SetLive(w.ctx, "confirm", "h1"))
	stands("going back ends a trial", "h1 1")
	same(t, "it never was for everybody", only(), "h4 ")
}

// triedNumbers: who entered which version since a moment, and how they ended.
func triedNumbers(t *testing.T, open Open) {
	w := begin(t, open)
	enter := func(id, hash string) {
		ok(t, w.InsertEnrollment(w.ctx, &engine.Enrollment{ID: engine.EnrollmentID(id), JourneyID: "confirm", VersionHash: engine.VersionHash(hash), Key: id, ContactID: "ana"}))
	}
	enter("before", "h1")
	w.clock.Advance(time.Hour)
	since := w.clock.Now()
	same(t, "nobody yet", len(must(w.EnteredByVersion(w.ctx, "confirm", since))), 0)
	for i := range 5 {
		enter(fmt.Sprint("a", i), "h1")
		enter(fmt.Sprint("b", i), "h2")
	}
	must(w.EndEnrollment(w.ctx, "a0", engine.Exited, "paid", ""))
	must(w.EndEnrollment(w.ctx, "b0", engine.Exited, "paid", ""))
	must(w.EndEnrollment(w.ctx, "b1", engine.Exited, "paid", ""))
	must(w.EndEnrollment(w.ctx, "b2", engine.Completed, "completed", ""))
	var got []string
	for _, n := range must(w.EnteredByVersion(w.ctx, "confirm", since)) {
		got = append(got, fmt.Sprintf("%s %d entered, %d inside, %v", n.Version, n.Entered, n.Inside, n.Endings))
	}
	same(t, "numbers", fmt.Sprint(got), "[h1 5 entered, 4 inside, map[paid:1] h2 5 entered, 2 inside, map[completed:1 paid:2]]")
}
