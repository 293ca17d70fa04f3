package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"jornada/engine"
)

// publishes puts the test workspace and publishes a text of the test journey.
func (f *fixture) publishes(source string, more ...string) Published {
	f.t.Helper()
	f.admin("PUT", "/api/v1/workspace/files", files(f.t, "workspace.yaml", testWorkspace, "templates.lock.yaml", testLock))
	in := map[string]string{"source": source}
	for i := 0; i < len(more); i += 2 {
		in[more[i]] = more[i+1]
	}
	return f.published(in)
}

// published is what POST /journeys/confirm/publish answers.
func (f *fixture) published(in any) Published {
	f.t.Helper()
	w := f.admin("POST", "/api/v1/journeys/confirm/publish", body(f.t, in))
	if w.Code != 200 {
		f.t.Fatalf("publishing answers %d %s", w.Code, w.Body)
	}
	return read[publishView](f.t, w).Published[0]
}

func body(t testing.TB, in any) string {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// stands puts people at a step.
func (f *fixture) stands(version engine.VersionHash, step string, people int) {
	f.t.Helper()
	for i := range people {
		id := fmt.Sprintf("e_%s_%s_%d", version, step, i)
		err := f.store.InsertEnrollment(context.Background(), &engine.Enrollment{ID: engine.EnrollmentID(id), JourneyID: "confirm", VersionHash: version, Key: id})
		if err == nil {
			err = f.store.SaveProgress(context.Background(), engine.EnrollmentID(id), "", step, nil, nil)
		}
		if err != nil {
			f.t.Fatal(err)
		}
	}
}

// What publishing would change is told in words, with how many people stand where
// and whether they could move; nothing is changed by asking.
func TestDiff(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		first := f.publishes(testJourney)
		f.stands(first.Hash, "confirm", 3)
		f.stands(first.Hash, "thanks", 1)
		f.stands(first.Hash, "", 1)

		same := read[diffView](t, f.admin("GET", "/api/v1/journeys/confirm/diff", ""))
		if len(same.Changes) != 0 || same.People.Inside != 5 || same.People.At[0].Verdict != "there" {
			t.Errorf("the live version beside itself: %+v", same)
		}

		wider := strings.Replace(testJourney, "timeout: 6h", "timeout: 4h", 1)
		in := map[string]any{"source": wider}
		got := read[diffView](t, f.admin("POST", "/api/v1/journeys/confirm/diff", body(t, in), "Accept-Language", "pt-BR"))
		if len(got.Changes) != 1 || got.Changes[0].Text != "prazo de `confirm`: 6 h → 4 h" || got.Class != "timers" || got.From.Version != 1 || got.To.Version != 0 {
			t.Errorf("a shorter timeout: %+v", got)
		}
		if p := got.People; p.Inside != 5 || p.Moving != 4 || p.Deciding != 1 || p.Staying != 0 {
			t.Errorf("who could move: %+v", p)
		}

		renamed := strings.Replace(testJourney, "  - id: confirm\n", "  - id: question\n", 1)
		in = map[string]any{"files": map[string]string{"confirm.journey.yaml": renamed}}
		got = read[diffView](t, f.admin("POST", "/api/v1/journeys/confirm/diff", body(t, in)))
		if p := got.People; got.Class != "refused" || p.Staying != 3 || p.At[1].StepID != "confirm" || p.At[1].Reason != "step `confirm`, where it waits, was removed" {
			t.Errorf("a removed step: %+v", got)
		}
		in["move"] = map[string]string{"confirm": "question"}
		if p := read[diffView](t, f.admin("POST", "/api/v1/journeys/confirm/diff", body(t, in))).People; p.Staying != 0 || p.Moving != 4 || p.At[1].ToStep != "question" {
			t.Errorf("moved to another step: %+v", p)
		}
		in["move"] = map[string]string{"confirm": "exit"}
		if p := read[diffView](t, f.admin("POST", "/api/v1/journeys/confirm/diff", body(t, in))).People; p.Exiting != 3 || p.At[1].Verdict != "exits" {
			t.Errorf("moved out: %+v", p)
		}
		for step, target := range map[string]string{"confirm": "nowhere", "nowhere": "question"} {
			in["move"] = map[string]string{step: target}
			if w := f.admin("POST", "/api/v1/journeys/confirm/diff", body(t, in)); w.Code != 422 || !strings.Contains(w.Body.String(), "nowhere") {
				t.Errorf("moving from %s to %s answers %d %s", step, target, w.Code, w.Body)
			}
			delete(in, "files")
			if w := f.admin("POST", "/api/v1/journeys/confirm/migrate", body(t, map[string]any{"move": in["move"]})); w.Code != 422 || !strings.Contains(w.Body.String(), "nowhere") {
				t.Errorf("migrating from %s to %s answers %d %s", step, target, w.Code, w.Body)
			}
			in["files"] = map[string]string{"confirm.journey.yaml": renamed}
		}
		if w := f.admin("POST", "/api/v1/journeys/confirm/migrate", `{"move": {"confirm": "exit"}}`); w.Code != 200 || read[migrationView](t, w).Exiting != 1 {
			t.Errorf("migrating with a way out answers %d %s", w.Code, w.Body)
		}

		if w := f.admin("GET", "/api/v1/journeys/confirm", ""); read[journeyView](t, w).LiveVersion != 1 {
			t.Error("asking has published something")
		}
		if w := f.admin("POST", "/api/v1/journeys/confirm/diff", `{"source": "journey: confirm"}`); w.Code != 422 || !strings.Contains(w.Body.String(), "diagnostics") {
			t.Errorf("a broken text answers %d %s", w.Code, w.Body)
		}
		if w := f.admin("GET", "/api/v1/journeys/confirm/diff?to=draft", ""); w.Code != 409 {
			t.Errorf("a draft that is not there answers %d", w.Code)
		}
		if w := f.admin("GET", "/api/v1/journeys/nobody/diff", ""); w.Code != 404 {
			t.Errorf("a journey that is not there answers %d", w.Code)
		}
		if w := f.admin("POST", "/api/v1/journeys/fresh/diff", body(t, map[string]string{"source": strings.Replace(testJourney, "journey: confirm", "journey: fresh", 1)})); w.Code != 200 || read[diffView](t, w).From != nil {
			t.Errorf("a journey that was never published answers %d %s", w.Code, w.Body)
		}
		f.admin("PUT", "/api/v1/journeys/confirm/draft", body(t, map[string]string{"source": wider}))
		if d := read[diffView](t, f.admin("GET", "/api/v1/journeys/confirm/diff", "")); len(d.Changes) != 1 {
			t.Errorf("the draft is not compared: %+v", d)
		}
	})
}

// Publishing takes what somebody agreed to, and refuses when it no longer holds.
func TestPublishingWhatWasAgreedTo(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		first := f.publishes(testJourney)
		f.stands(first.Hash, "confirm", 3)
		renamed := strings.Replace(testJourney, "  - id: confirm\n", "  - id: question\n", 1)
		seen := read[diffView](t, f.admin("POST", "/api/v1/journeys/confirm/diff", body(t, map[string]string{"source": renamed})))

		f.stands(first.Hash, "thanks", 1) // who can follow is no news
		same := read[diffView](t, f.admin("POST", "/api/v1/journeys/confirm/diff", body(t, map[string]string{"source": renamed})))
		if same.Impact != seen.Impact {
			t.Error("a passer-by changed what was agreed to")
		}

		err := f.store.InsertEnrollment(context.Background(), &engine.Enrollment{ID: "fourth", JourneyID: "confirm", VersionHash: first.Hash, Key: "fourth"})
		if err == nil {
			err = f.store.SaveProgress(context.Background(), "fourth", "", "confirm", nil, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		w := f.admin("POST", "/api/v1/journeys/confirm/publish", body(t, map[string]string{"source": renamed, "impact": seen.Impact}))
		if w.Code != 409 || !strings.Contains(w.Body.String(), `"impact_changed"`) {
			t.Fatalf("publishing what nobody saw answers %d %s", w.Code, w.Body)
		}
		again := read[diffView](t, f.admin("POST", "/api/v1/journeys/confirm/diff", body(t, map[string]string{"source": renamed})))
		if again.People.Staying != 4 {
			t.Errorf("the second look: %+v", again.People)
		}
		second := f.published(map[string]string{"source": renamed, "impact": again.Impact})

		back := read[diffView](t, f.admin("GET", "/api/v1/journeys/confirm/diff?to="+string(first.Hash), ""))
		w = f.admin("POST", "/api/v1/journeys/confirm/publish", body(t, map[string]string{"hash": string(first.Hash), "impact": again.Impact}))
		if w.Code != 409 {
			t.Errorf("going back with another's agreement answers %d %s", w.Code, w.Body)
		}
		if p := f.published(map[string]string{"hash": string(first.Hash), "impact": back.Impact}); !p.Again || second.Version != 2 {
			t.Errorf("going back: %+v", p)
		}
	})
}

// An older version is made live again without its text, and said so in the audit
// trail; the same content never becomes a version twice.
func TestRollback(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		first := f.publishes(testJourney)
		second := f.publishes(strings.Replace(testJourney, "timeout: 6h", "timeout: 4h", 1))
		if first.Hash == second.Hash || second.Version != 2 {
			t.Fatalf("%+v, then %+v", first, second)
		}
		live := func() string {
			j := read[journeyView](t, f.admin("GET", "/api/v1/journeys/confirm", ""))
			return fmt.Sprint(j.LiveVersion, " ", j.LiveHash)
		}
		back := f.published(map[string]any{"rollback": true})
		if back.Version != 1 || back.New || !back.Again || live() != fmt.Sprint(1, " ", first.Hash) {
			t.Errorf("rolling back answers %+v; live is %s", back, live())
		}
		if again := f.published(map[string]any{"hash": string(first.Hash)}); again.Again || live() != fmt.Sprint(1, " ", first.Hash) {
			t.Errorf("rolling back to what is live answers %+v", again)
		}
		if w := f.admin("POST", "/api/v1/journeys/confirm/publish", `{"rollback":true}`); w.Code != 409 || !strings.Contains(w.Body.String(), "no version before") {
			t.Errorf("rolling back the first version answers %d %s", w.Code, w.Body)
		}
		if forth := f.published(map[string]any{"hash": string(second.Hash)[:7]}); forth.Version != 2 || !forth.Again {
			t.Errorf("going forward by the beginning of a hash answers %+v", forth)
		}
		if by := f.publishes(testJourney); by.Version != 1 || by.New || !by.Again {
			t.Errorf("publishing the older text answers %+v", by)
		}
		for in, want := range map[string]int{`{"hash":"0000000"}`: 422, `{"hash":"a","rollback":true}`: 422, `{"hash":"0000000","source":"x"}`: 422, `{"rollback":true,"copy":"dead"}`: 422} {
			if w := f.admin("POST", "/api/v1/journeys/confirm/publish", in); w.Code != want {
				t.Errorf("%s answers %d %s", in, w.Code, w.Body)
			}
		}
		if versions := f.admin("GET", "/api/v1/journeys/confirm/versions", ""); strings.Count(versions.Body.String(), `"hash"`) != 2 {
			t.Errorf("the versions are %s", versions.Body)
		}
		trail := f.admin("GET", "/api/v1/audit", "").Body.String()
		if n := strings.Count(trail, "journey.rolled_back"); n != 3 {
			t.Errorf("%d of 3 rollbacks are in the audit trail: %s", n, trail)
		}
	})
}

// With `copy: live` the texts reach the other versions of the same flow, and only
// those, and the answer says whom.
func TestCopyLive(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		first := f.publishes(testJourney)
		shorter := f.publishes(strings.Replace(testJourney, "timeout: 6h", "timeout: 4h", 1))
		f.stands(first.Hash, "confirm", 2)
		f.stands(shorter.Hash, "confirm", 5)
		words := func(hash engine.VersionHash) engine.VersionHash {
			of, err := f.store.WordsOf(context.Background(), hash)
			if err != nil {
				t.Fatal(err)
			}
			return of
		}
		reworded := strings.Replace(testJourney, "Combinado!", "Até lá!", 1)
		if pinned := f.publishes(reworded); pinned.Words != nil || words(first.Hash) != first.Hash {
			t.Errorf("without asking, texts reach others: %+v", pinned)
		}
		lent := f.publishes(reworded, "copy", "live")
		if lent.Words == nil || *lent.Words != (Words{Versions: 1, People: 2}) || lent.New {
			t.Errorf("lending answers %+v", lent)
		}
		if words(first.Hash) != lent.Hash || words(shorter.Hash) != shorter.Hash || words(lent.Hash) != lent.Hash {
			t.Error("the wrong versions speak the new words")
		}
		if !strings.Contains(f.admin("GET", "/api/v1/audit", "").Body.String(), "journey.copy_live") {
			t.Error("the audit trail does not say so")
		}
		back := f.published(map[string]any{"hash": string(first.Hash), "copy": "live"})
		if back.Words == nil || back.Words.Versions != 1 || words(lent.Hash) != first.Hash || words(first.Hash) != first.Hash {
			t.Errorf("taking the words back answers %+v", back)
		}
	})
}
