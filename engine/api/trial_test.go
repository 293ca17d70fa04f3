package api

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"jornada/engine"
)

// live is what GET /journeys/confirm answers: what is live, and what is on trial.
func (f *fixture) live() string {
	f.t.Helper()
	j := read[journeyView](f.t, f.admin("GET", "/api/v1/journeys/confirm", ""))
	if j.Trial == nil {
		return fmt.Sprintf("%d", j.LiveVersion)
	}
	return fmt.Sprintf("%d, and %d for %d %%", j.LiveVersion, j.Trial.Version, j.Trial.Share)
}

// refuses checks that a call is refused, with words in both languages.
func (f *fixture) refuses(method, path, in string, status int, code, english, portuguese string) {
	f.t.Helper()
	for lang, want := range map[string]string{"en": english, "pt-BR": portuguese} {
		w := f.admin(method, path, in, "Accept-Language", lang)
		if w.Code != status || !strings.Contains(w.Body.String(), `"code":"`+code+`"`) || !strings.Contains(w.Body.String(), want) {
			f.t.Errorf("%s %s answers %d %s, want %d %s %q", path, in, w.Code, w.Body, status, code, want)
		}
	}
}

const publishPath = "/api/v1/journeys/confirm/publish"

// A version for a share of people: it begins, grows, and ends or becomes the one for
// everybody; each change stands in the audit trail.
func TestATrial(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		shorter := strings.Replace(testJourney, "timeout: 6h", "timeout: 4h", 1)
		again := strings.Replace(testJourney, "timeout: 6h", "timeout: 5h", 1)
		f.admin("PUT", "/api/v1/workspace/files", files(t, "workspace.yaml", testWorkspace, "templates.lock.yaml", testLock))
		f.refuses("POST", publishPath, body(t, map[string]any{"source": shorter, "share": 10}), 409, "conflict", "was never published, so there is no version for the others", "nunca foi publicada, então não há versão para as outras pessoas")
		first := f.publishes(testJourney)
		f.admin("PUT", "/api/v1/journeys/confirm/draft", body(t, map[string]string{"source": shorter}))
		f.admin("PUT", "/api/v1/journeys/confirm/tests", body(t, map[string]string{"source": "# tests"}))

		f.refuses("POST", publishPath, `{"share":-1}`, 422, "invalid", "give a percentage from 1 to 99, or 100 for everybody", "informe uma porcentagem de 1 a 99, ou 100 para todos")
		f.refuses("POST", publishPath, `{"share":10,"copy":"live"}`, 422, "invalid", "share is of those who enter", "share é de quem entra")
		f.refuses("POST", publishPath, body(t, map[string]any{"source": testJourney, "share": 10}), 409, "conflict", "version 1 of journey \\\"confirm\\\" is live for everybody already", "a versão 1 da jornada \\\"confirm\\\" já está no ar para todos")
		f.refuses("POST", "/api/v1/journeys/confirm/end-trial", "", 409, "conflict", "has no version on trial, so there is nothing to end", "não tem versão em teste, então não há o que encerrar")
		f.refuses("GET", "/api/v1/journeys/confirm/trial", "", 404, "not_found", "has no version on trial", "não tem versão em teste")

		begun := f.published(map[string]any{"share": 10}) // the draft
		if begun.Version != 2 || !begun.New || begun.Trial == nil || begun.Trial.Share != 10 || f.live() != "1, and 2 for 10 %" {
			t.Fatalf("%+v; %s", begun, f.live())
		}
		detail := read[journeyDetail](t, f.admin("GET", "/api/v1/journeys/confirm", ""))
		if detail.Draft == nil || detail.Draft.Source != shorter || detail.Live.Source != testJourney || detail.DraftBehind {
			t.Errorf("what is live and the draft did not stay: %+v", detail)
		}
		if p := read[publishedView](t, f.admin("GET", "/api/v1/journeys/confirm/published", "")); p.Source != testJourney || p.Tests != "" || len(p.Known) != 1 {
			t.Errorf("what is published is %+v", p)
		}
		if all := read[pageView[versionView]](t, f.admin("GET", "/api/v1/journeys/confirm/versions", "")).Items; len(all) != 2 || !all[0].OnlyTried || all[1].OnlyTried {
			t.Errorf("the versions are %+v", all)
		}

		f.refuses("POST", publishPath, `{"share":9}`, 409, "conflict", "a share only grows, so that nobody changes versions", "a parte só cresce, para ninguém trocar de versão")
		f.refuses("POST", publishPath, body(t, map[string]any{"source": again, "share": 20}), 409, "conflict", "version 2 of journey \\\"confirm\\\" is on trial for 10 %, and a journey has one trial at a time", "uma jornada tem um teste por vez")
		if raised := f.published(map[string]any{"hash": string(begun.Hash), "share": 25}); raised.New || raised.Again || raised.Trial.Share != 25 {
			t.Errorf("raising answers %+v", raised)
		}
		f.published(map[string]any{"share": 25}) // nothing new
		if f.live() != "1, and 2 for 25 %" {
			t.Error(f.live())
		}
		if w := f.admin("POST", "/api/v1/journeys/confirm/end-trial", ""); w.Code != 200 || read[journeyView](t, w).Trial != nil || f.live() != "1" {
			t.Errorf("ending answers %d %s", w.Code, w.Body)
		}
		if w := f.admin("POST", publishPath, `{"rollback":true}`); w.Code != 409 {
			t.Errorf("a version that was only tried is gone back to: %d %s", w.Code, w.Body)
		}

		f.published(map[string]any{"share": 50})
		full := f.published(map[string]any{"hash": string(begun.Hash)})
		if full.New || full.Again || full.EndedTrial == nil || full.EndedTrial.Version != 2 || f.live() != "2" {
			t.Errorf("for everybody: %+v; %s", full, f.live())
		}
		detail = read[journeyDetail](t, f.admin("GET", "/api/v1/journeys/confirm", ""))
		p := read[publishedView](t, f.admin("GET", "/api/v1/journeys/confirm/published", ""))
		if detail.Draft != nil || p.Source != shorter || p.Tests != "# tests" || len(p.Known) != 3 {
			t.Errorf("the draft and its tests are not published: %+v, %+v", detail, p)
		}

		third := f.published(map[string]any{"source": again, "share": 10})
		if back := f.published(map[string]any{"rollback": true}); back.Version != 1 || !back.Again || back.EndedTrial == nil || back.EndedTrial.Version != 3 || f.live() != "1" {
			t.Errorf("going back: %+v; %s", back, f.live())
		}
		f.published(map[string]any{"hash": string(third.Hash), "share": 10})
		if back := f.published(map[string]any{"hash": string(first.Hash)}); back.Again || back.EndedTrial == nil || f.live() != "1" {
			t.Errorf("going back to what is live: %+v; %s", back, f.live())
		}
		f.published(map[string]any{"hash": string(third.Hash), "share": 10})
		if by := f.published(map[string]any{"share": 100}); by.Version != 3 || by.EndedTrial == nil || f.live() != "3" {
			t.Errorf("100 %%: %+v; %s", by, f.live())
		}
		f.published(map[string]any{"source": shorter, "share": 10})
		if other := f.published(map[string]any{"source": strings.Replace(testJourney, "timeout: 6h", "timeout: 3h", 1)}); !other.New || other.EndedTrial == nil || other.EndedTrial.Version != 2 || f.live() != "4" {
			t.Errorf("another version: %+v; %s", other, f.live())
		}

		trail := f.admin("GET", "/api/v1/audit", "").Body.String()
		for action, want := range map[string]int{"journey.trial_started": 6, "journey.trial_raised": 1, "journey.trial_ended": 4, "journey.rolled_back": 1, "journey.published": 4} {
			if n := strings.Count(trail, `"`+action+`"`); n != want {
				t.Errorf("%s stands %d times in the audit trail, want %d: %s", action, n, want, trail)
			}
		}
	})
}

// Other people must not enter the version on trial than the live one, and the refusal
// says by what they differ.
func TestATrialIsEnteredAsTheLiveVersionIs(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.publishes(testJourney)
		other := strings.Replace(testJourney, "{event: appointment.scheduled}", `{event: appointment.scheduled, where: event.appointment_id != ""}`, 1)
		f.refuses("POST", publishPath, body(t, map[string]any{"source": other, "share": 10}), 409, "entry_differs",
			"journey \\\"confirm\\\" cannot be tried with a share of people, because others would enter than in version 1: the triggers (`triggers:`) differ; publish it for everybody",
			"não dá para testar a jornada \\\"confirm\\\" com uma parte das pessoas, porque entrariam outras que na versão 1: os gatilhos (`triggers:`) são diferentes; publique para todos")
		if d := read[diffView](t, f.admin("POST", "/api/v1/journeys/confirm/diff", body(t, map[string]string{"source": other}), "Accept-Language", "pt-BR")); !strings.Contains(d.TrialRefused, "os gatilhos") {
			t.Errorf("the diff does not say so: %+v", d)
		}
		f.published(map[string]any{"source": other})
		f.refuses("POST", publishPath, `{"rollback":true,"share":10}`, 409, "entry_differs", "others would enter than in version 2", "entrariam outras que na versão 2")
	})
}

// A trial is part of what somebody agrees to, and is compared with the live version.
func TestWhatATrialShows(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		first := f.publishes(testJourney)
		shorter := strings.Replace(testJourney, "timeout: 6h", "timeout: 4h", 1)
		other := body(t, map[string]string{"source": strings.Replace(testJourney, "timeout: 6h", "timeout: 5h", 1)})
		look := func() diffView { return read[diffView](t, f.admin("POST", "/api/v1/journeys/confirm/diff", other)) }
		before := look()
		second := f.published(map[string]any{"source": shorter, "share": 10})
		during := look()
		if before.Trial != nil || during.Trial == nil || during.Trial.Version != 2 || during.Impact == before.Impact || during.TrialRefused != "" {
			t.Errorf("before %+v, during %+v", before, during)
		}
		f.published(map[string]any{"source": shorter, "share": 25})
		if look().Impact == during.Impact {
			t.Error("a trial that grew changes nothing of what was agreed to")
		}

		f.stands(first.Hash, "confirm", 3)
		f.stands(second.Hash, "confirm", 2)
		if _, err := f.store.EndEnrollment(context.Background(), engine.EnrollmentID(fmt.Sprintf("e_%s_confirm_0", second.Hash)), engine.Exited, "paid", ""); err != nil {
			t.Fatal(err)
		}
		got := read[trialDetail](t, f.admin("GET", "/api/v1/journeys/confirm/trial", ""))
		if v := got.Versions; got.Share != 25 || len(v) != 2 || v[0].Version != 1 || v[0].Entered != 3 || v[0].Inside != 3 || v[1].Version != 2 || v[1].Entered != 2 || v[1].Inside != 1 || v[1].Endings["paid"] != 1 {
			t.Errorf("%+v", got)
		}
		d := read[diffView](t, f.admin("GET", "/api/v1/journeys/confirm/diff?to="+string(first.Hash), ""))
		if d.People.Inside != 4 || d.People.Moving+d.People.Deciding+d.People.Staying != 0 {
			t.Errorf("who is on trial would be moved to the live version: %+v", d.People)
		}
		if w := f.admin("GET", "/api/v1/enrollments?journey=confirm&step=nowhere", ""); w.Code != 404 {
			t.Errorf("a step of neither version answers %d", w.Code)
		}
	})
}

// A folder is published for a share as a whole: what is live as it stands stays, a
// pipeline that publishes the live text leaves the trial alone, and tests wait.
func TestAFolderForAShare(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		shorter := strings.Replace(testJourney, "timeout: 6h", "timeout: 4h", 1)
		other := strings.Replace(testJourney, "journey: confirm", "journey: second", 1)
		folder := func(confirm string, share int) string {
			return body(t, map[string]any{"share": share, "files": map[string]string{"workspace.yaml": testWorkspace, "templates.lock.yaml": testLock, "confirm.journey.yaml": confirm, "second.journey.yaml": other}})
		}
		publish := func(confirm string, share int) []Published {
			t.Helper()
			w := f.admin("POST", "/api/v1/publish", folder(confirm, share))
			if w.Code != 200 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			return read[publishView](t, w).Published
		}
		f.refuses("POST", "/api/v1/publish", folder(testJourney, 10), 409, "conflict", "was never published", "nunca foi publicada")
		if w := f.admin("GET", "/api/v1/journeys/confirm", ""); w.Code != 404 {
			t.Errorf("a refusal leaves %s", w.Body)
		}
		publish(testJourney, 0)
		if done := publish(shorter, 10); done[0].Trial == nil || !done[0].New || done[1].Trial != nil || done[1].New || done[1].Version != 1 {
			t.Errorf("%+v", done)
		}
		if done := publish(testJourney, 0); done[0].New || done[0].EndedTrial != nil || f.live() != "1, and 2 for 10 %" {
			t.Errorf("a pipeline ended the trial: %+v; %s", done, f.live())
		}
		if done := publish(shorter, 25); done[0].Newer || done[0].Trial.Share != 25 {
			t.Errorf("raising: %+v", done)
		}
		if done := publish(shorter, 0); done[0].Version != 2 || done[0].New || done[0].Again || done[0].EndedTrial == nil || f.live() != "2" {
			t.Errorf("for everybody: %+v; %s", done, f.live())
		}
	})
}
