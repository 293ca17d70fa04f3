package api

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

const (
	noted  = "# asked by the front desk\n" + saysHi
	edited = "dsl: 1\njourney: hi\ncategory: utility\ntimezone: America/Sao_Paulo\ntriggers: [{api: true}]\nsteps:\n  - {id: hi, send: {sms: {text: Olá}}}\n"
	more   = hiPlays + "  - {name: two, script: [{expect: hi}], end: completed}\n"
)

// folderOf publishes a folder as `jornada publish` does.
func (f *fixture) folderOf(journey, tests, origin string) Published {
	f.t.Helper()
	w := f.admin("POST", "/api/v1/publish", body(f.t, map[string]any{"origin": origin, "files": map[string]string{"hi.journey.yaml": journey, "hi.test.yaml": tests}}))
	require.Equal(f.t, http.StatusOK, w.Code, w.Body)
	return read[publishView](f.t, w).Published[0]
}

// A folder under git and the editor change one journey: what goes live, what stays
// and what each is told.
func TestAFolderAndTheEditor(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		journey := func() journeyDetail { return read[journeyDetail](t, f.admin("GET", "/api/v1/journeys/hi", "")) }
		tests := func() testsView { return read[testsView](t, f.admin("GET", "/api/v1/journeys/hi/tests", "")) }
		published := func() publishedView {
			return read[publishedView](t, f.admin("GET", "/api/v1/journeys/hi/published", ""))
		}
		put := func(what string, in any, etag string) int {
			return f.admin("PUT", "/api/v1/journeys/hi/"+what, body(t, in), "If-Match", quoteETag(etag)).Code
		}

		one := f.folderOf(saysHi, hiPlays, "main@1111111")
		require.Equal(t, Published{Journey: "hi", Version: 1, Hash: one.Hash, New: true}, one)
		require.Equal(t, "main@1111111", journey().Origin)
		require.Equal(t, testsView{Source: hiPlays, ETag: engine.Fingerprint(hiPlays), Diagnostics: []diagnosticView{}}, tests())

		// Somebody edits both in the editor.
		require.Equal(t, 200, put("draft", map[string]string{"source": edited}, journey().Live.ETag))
		require.Equal(t, 200, put("tests", map[string]string{"source": more}, tests().ETag))
		require.False(t, journey().DraftBehind)

		// The folder brings a comment and another test: live, and the editor's stay.
		renamed := "# of the folder\n" + hiPlays
		two := f.folderOf(noted, renamed, "main@2222222")
		require.Equal(t, Published{Journey: "hi", Version: 1, Hash: one.Hash, Text: true, DraftBehind: true, TestsBehind: true}, two)
		now := journey()
		require.Equal(t, []any{noted, edited, saysHi, true, "main@2222222"}, []any{now.Live.Source, now.Draft.Source, now.Draft.Base, now.DraftBehind, now.Origin})
		require.Equal(t, testsView{Source: more, ETag: engine.Fingerprint(more), Diagnostics: []diagnosticView{}, Sent: &sentTests{renamed, engine.Fingerprint(renamed), hiPlays}}, tests())
		line := read[struct{ Items []journeyLine }](t, f.admin("GET", "/api/v1/journeys", "")).Items[0]
		require.Equal(t, []any{"main@2222222", true}, []any{line.Origin, line.DraftBehind})

		// The list calls it as it is published, and says that the draft has another name.
		called := func() []any {
			line := read[struct{ Items []journeyLine }](t, f.admin("GET", "/api/v1/journeys", "")).Items[0]
			return []any{line.Name, line.DraftName}
		}
		require.Equal(t, []any{"", ""}, called())
		require.Equal(t, 200, put("draft", map[string]string{"source": edited + "name: Oi\nunknown: 1\n"}, now.Draft.ETag))
		require.Equal(t, []any{"", "Oi"}, called(), "with mistakes, too")
		require.Equal(t, 200, put("draft", map[string]string{"source": edited}, journey().Draft.ETag))
		require.Equal(t, []any{"", ""}, called())

		// The editor joins them, and publishes.
		both, allTests := "# asked by the front desk\n"+edited, "# of the folder\n"+more
		require.Equal(t, 200, put("draft", map[string]string{"source": both, "based_on": now.Live.ETag}, now.Draft.ETag))
		require.Equal(t, 200, put("tests", map[string]string{"source": allTests, "based_on": tests().Sent.ETag}, tests().ETag))
		require.False(t, journey().DraftBehind)
		require.Nil(t, tests().Sent)
		require.Equal(t, renamed, published().Tests, "not published yet")
		require.Equal(t, 200, f.admin("POST", "/api/v1/journeys/hi/publish", "").Code)
		require.Nil(t, journey().Draft)
		require.Empty(t, journey().Origin, "from the editor")
		last := published()
		require.Equal(t, []string{both, allTests}, []string{last.Source, last.Tests})
		for _, text := range []string{saysHi, noted, both, hiPlays, renamed, allTests} {
			require.Contains(t, last.Known, engine.Fingerprint(text))
		}
		require.Len(t, last.Known, 6)

		// A page that still shows what was live before writes nothing over it.
		require.Equal(t, 412, put("draft", map[string]string{"source": edited}, engine.Fingerprint(noted)))
	})
}

// A folder that never had what was published in the editor takes nothing back, unless
// that is meant.
func TestAFolderThatIsBehind(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		live := func() string { return read[journeyDetail](t, f.admin("GET", "/api/v1/journeys/hi", "")).Live.Source }
		f.folderOf(saysHi, hiPlays, "main@1111111")
		w := f.admin("POST", "/api/v1/journeys/hi/publish", body(t, map[string]string{"source": edited}))
		require.Equal(t, 200, w.Code, w.Body)
		again := f.folderOf(saysHi, hiPlays, "main@2222222")
		require.Equal(t, Published{Journey: "hi", Version: 2, Hash: again.Hash, Newer: true}, again)
		require.Equal(t, edited, live())

		w = f.admin("POST", "/api/v1/publish", body(t, map[string]any{"force": true, "files": map[string]string{"hi.journey.yaml": saysHi}}))
		require.Equal(t, 200, w.Code, w.Body)
		require.Equal(t, saysHi, live())
		f.folderOf(edited, hiPlays, "main@3333333")
		f.folderOf(saysHi, hiPlays, "main@4444444")
		require.Equal(t, saysHi, live(), "what was in the folder once may be taken back in it")
	})
}

// What only people read decides nothing: it is shown before it is published, and told
// of the version that stays live, in which everybody stays.
func TestPublishingWhatOnlyPeopleRead(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		publish := func(source, impact string) Published {
			t.Helper()
			w := f.admin("POST", "/api/v1/journeys/hi/publish", body(t, map[string]string{"source": source, "impact": impact}))
			require.Equal(t, 200, w.Code, w.Body)
			return read[publishView](t, w).Published[0]
		}
		differs := func(source string) diffView {
			return read[diffView](t, f.admin("POST", "/api/v1/journeys/hi/diff", body(t, map[string]string{"source": source}), "Accept-Language", "pt-BR"))
		}
		first := publish(saysHi, "")
		require.True(t, first.New)
		require.Equal(t, 200, f.admin("PUT", "/api/v1/journeys/hi/draft", body(t, map[string]string{"source": noted})).Code)
		seen := differs(noted)
		require.Empty(t, seen.Changes)
		require.True(t, seen.Text)
		require.False(t, differs(saysHi).Text)

		again := publish(noted, seen.Impact)
		require.Equal(t, []bool{false, true}, []bool{again.New, again.Text})
		now := read[journeyDetail](t, f.admin("GET", "/api/v1/journeys/hi", ""))
		require.Nil(t, now.Draft)
		require.Equal(t, noted, now.Live.Source)
		require.False(t, publish(noted, "").Text)

		titled := "name: Dizer oi\ntags: [teste]\n" + noted
		w := f.admin("POST", "/api/v1/journeys/hi/publish", body(t, map[string]string{"source": titled, "impact": seen.Impact}))
		require.Equal(t, 409, w.Code, "what was seen stood before another text was live")
		shown := differs(titled)
		require.Len(t, shown.Changes, 2)
		require.Equal(t, []string{"nome da jornada: incluído: “Dizer oi”", "etiquetas: incluído: “teste”"}, []string{shown.Changes[0].Text, shown.Changes[1].Text})
		require.EqualValues(t, "safe", shown.Class)
		require.Equal(t, []int{1, 1}, []int{shown.From.Version, shown.To.Version})
		require.Equal(t, Published{Journey: "hi", Version: 1, Hash: first.Hash, Text: true}, publish(titled, shown.Impact))
		now = read[journeyDetail](t, f.admin("GET", "/api/v1/journeys/hi", ""))
		require.Equal(t, []string{"Dizer oi", titled}, []string{now.Name, now.Live.Source})
	})
}

// Mistakes in a folder's tests keep it from being published, as mistakes in journeys
// do; of several files of tests one is kept and the others are named.
func TestTestsOfAFolder(t *testing.T) {
	f := inMemory(t)
	publish := func(files map[string]string, more map[string]any) (int, string) {
		in := map[string]any{"files": files}
		maps.Copy(in, more)
		w := f.admin("POST", "/api/v1/publish", body(t, in))
		return w.Code, w.Body.String()
	}
	status, said := publish(map[string]string{"hi.journey.yaml": saysHi, "hi.test.yaml": "test: hi\ncases:\n  - {name: one, now: \"2026-03-09T10:00\", script: [{expect: hy}]}\n"}, nil)
	require.Equal(t, 422, status)
	require.Contains(t, said, `"file":"hi.test.yaml"`)
	require.Equal(t, 404, f.admin("GET", "/api/v1/journeys/hi", "").Code)

	status, said = publish(map[string]string{"hi.journey.yaml": saysHi, "a.test.yaml": more, "hi.test.yaml": hiPlays}, nil)
	require.Equal(t, 200, status, said)
	require.Contains(t, said, `"other_tests":["a.test.yaml"]`)
	require.Equal(t, hiPlays, read[testsView](t, f.admin("GET", "/api/v1/journeys/hi/tests", "")).Source)

	status, said = publish(map[string]string{"hi.journey.yaml": saysHi}, map[string]any{"origin": "main\n@1"})
	require.Equal(t, 422, status)
	require.Contains(t, said, "origin is too long or holds control characters")
}

// Who has a journey open is told to the others, and what stands there.
func TestPresence(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.folderOf(saysHi, hiPlays, "")
		meet := func(in map[string]any) presenceView {
			w := f.admin("POST", "/api/v1/journeys/hi/presence", body(t, in))
			require.Equal(t, 200, w.Code, w.Body)
			return read[presenceView](t, w)
		}
		live := engine.Fingerprint(saysHi)
		require.Equal(t, presenceView{People: []personHere{}, LiveETag: live}, meet(map[string]any{"tab": "tab-of-ana"}))
		there := meet(map[string]any{"tab": "another-tab", "step_id": "hi"})
		require.Len(t, there.People, 1)
		require.Equal(t, []any{"tab-of-ana", "", true}, []any{there.People[0].Tab, there.People[0].StepID, there.People[0].Me})
		require.Equal(t, "hi", meet(map[string]any{"tab": "tab-of-ana", "step_id": "Not an id"}).People[0].StepID)
		meet(map[string]any{"tab": "another-tab", "left": true})
		require.Empty(t, meet(map[string]any{"tab": "tab-of-ana"}).People)

		require.Equal(t, 422, f.admin("POST", "/api/v1/journeys/hi/presence", `{"tab":"x"}`).Code)
		require.Equal(t, 404, f.admin("POST", "/api/v1/journeys/nobody/presence", `{"tab":"tab-of-ana"}`).Code)
	})
}

// A journey that was put away comes back as it was.
func TestUnarchive(t *testing.T) {
	f := inMemory(t)
	f.folderOf(saysHi, hiPlays, "")
	status := func(do string) string {
		w := f.admin("POST", "/api/v1/journeys/hi/"+do, "")
		require.Equal(t, 200, w.Code, w.Body)
		return read[journeyView](t, w).Status
	}
	require.Equal(t, []string{"archived", "live", "live"}, []string{status("archive"), status("unarchive"), status("unarchive")})
	log := f.admin("GET", "/api/v1/audit", "").Body.String()
	require.Contains(t, log, "journey.unarchived")
}
