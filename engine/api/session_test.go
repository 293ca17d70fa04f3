package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jornada/engine"
	"jornada/engine/auth"
)

const ours = "https://jornada.example"

// browser is a person's browser: it keeps its cookie, and says where calls come from.
type browser struct {
	f      *fixture
	cookie string
	origin string
	site   string
}

func (f *fixture) browser() *browser { return &browser{f: f, origin: ours, site: "same-origin"} }

func (b *browser) call(method, path, body string) *httptest.ResponseRecorder {
	b.f.t.Helper()
	h := http.Header{}
	if body != "" {
		h.Set("Content-Type", "application/json")
	}
	if method != "GET" && b.origin != "" {
		h.Set("Origin", b.origin)
	}
	if b.site != "" {
		h.Set("Sec-Fetch-Site", b.site)
	}
	if b.cookie != "" {
		h.Set("Cookie", b.cookie)
	}
	w := b.f.do(method, path, h, strings.NewReader(body))
	if set := w.Header().Get("Set-Cookie"); set != "" {
		b.cookie, _, _ = strings.Cut(set, ";")
	}
	return w
}

func (b *browser) session() sessionView {
	b.f.t.Helper()
	return decoded[sessionView](b.f, b.call("GET", "/api/v1/session", ""))
}

func decoded[T any](f *fixture, w *httptest.ResponseRecorder) T {
	f.t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		f.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return v
}

func wants(t *testing.T, label string, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Errorf("%s: %d, want %d: %s", label, w.Code, status, w.Body)
	}
}

// first makes the first administrator and returns their browser.
func (f *fixture) first() *browser {
	f.t.Helper()
	link, err := f.server.People.Setup(f.t.(*testing.T).Context())
	if err != nil || link == "" {
		f.t.Fatalf("there is no way in for the first administrator: %q, %v", link, err)
	}
	b := f.browser()
	w := b.call("POST", "/api/v1/session", `{"link":"`+link+`","name":"Ana","email":"Ana@Clinic.example","password":"four words that fit"}`)
	if w.Code != 201 {
		f.t.Fatal(w.Body)
	}
	return b
}

// invited makes a person of a role, who has chosen a password, and returns their browser.
func (f *fixture) invited(admin *browser, role engine.Role) (*browser, userView) {
	f.t.Helper()
	w := admin.call("POST", "/api/v1/users", `{"name":"`+string(role)+`","email":"`+string(role)+`@clinic.example","role":"`+string(role)+`"}`)
	if w.Code != 201 {
		f.t.Fatal(w.Body)
	}
	u := decoded[userView](f, w)
	b := f.browser()
	if w := b.call("POST", "/api/v1/session", `{"link":"`+secretOf(u.Link)+`","password":"another four words"}`); w.Code != 201 {
		f.t.Fatal(w.Body)
	}
	return b, u
}

func secretOf(link string) string {
	_, secret, _ := strings.Cut(link, "#")
	return secret
}

func TestTheFirstAdministrator(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		b := f.browser()
		if v := b.session(); v.SignedIn || !v.Setup || v.Local {
			t.Errorf("before anybody is there: %+v", v)
		}
		late, err := f.server.People.Setup(t.Context()) // another process's
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "a short password", b.call("POST", "/api/v1/session", `{"link":"`+late+`","name":"Ana","email":"ana@clinic.example","password":"short"}`), 422)
		wants(t, "no name", b.call("POST", "/api/v1/session", `{"link":"`+late+`","email":"ana@clinic.example","password":"four words that fit"}`), 422)
		wants(t, "no address", b.call("POST", "/api/v1/session", `{"link":"`+late+`","name":"Ana","email":"ana","password":"four words that fit"}`), 422)
		b = f.first()
		if v := b.session(); !v.SignedIn || v.Role != engine.Administrator || v.Email != "ana@clinic.example" || v.Setup {
			t.Errorf("signed in: %+v", v)
		}
		wants(t, "the other process's link", f.browser().call("POST", "/api/v1/session", `{"link":"`+late+`","name":"Eva","email":"eva@clinic.example","password":"four words that fit"}`), 410)
		if link, err := f.server.People.Setup(t.Context()); link != "" || err != nil {
			t.Errorf("a second start makes another way in: %v", err)
		}
		wants(t, "what administrators may", b.call("GET", "/api/v1/tokens", ""), 200)
		wants(t, "and change", b.call("POST", "/api/v1/tokens", `{"name":"CI","scopes":["read"]}`), 201)
		wants(t, "signing out", b.call("DELETE", "/api/v1/session", ""), 204)
		if v := b.session(); v.SignedIn || v.Setup {
			t.Errorf("signed out: %+v", v)
		}
		wants(t, "once more", b.call("DELETE", "/api/v1/session", ""), 204)
		wants(t, "a wrong password", b.call("POST", "/api/v1/session", `{"email":"ana@clinic.example","password":"four words that fail"}`), 401)
		wants(t, "nobody", b.call("POST", "/api/v1/session", `{"email":"eva@clinic.example","password":"four words that fit"}`), 401)
		wants(t, "nothing", b.call("POST", "/api/v1/session", ""), 422)
		wants(t, "the right one", b.call("POST", "/api/v1/session", `{"email":" ANA@clinic.example","password":"four words that fit"}`), 201)
		list := decoded[pageView[engine.AuditEntry]](f, b.call("GET", "/api/v1/audit", ""))
		actions := ""
		for _, e := range list.Items {
			actions += e.Action + " "
		}
		if want := "session.begun session.refused session.refused session.ended token.created session.refused session.begun "; actions != want {
			t.Errorf("the audit trail says %s\nwant %s", actions, want)
		}
	})
}

func TestCookies(t *testing.T) {
	f := inMemory(t)
	link, err := f.server.People.Setup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{"Origin": {ours}, "Content-Type": {"application/json"}}
	w := f.do("POST", "/api/v1/session", h, strings.NewReader(`{"link":"`+link+`","name":"Ana","email":"ana@clinic.example","password":"four words that fit"}`))
	set := w.Header().Get("Set-Cookie")
	for _, want := range []string{"__Host-jornada=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=604800"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie does not say %s: %s", want, set)
		}
	}
	if strings.Contains(set, "Domain") || strings.Contains(w.Body.String(), strings.Split(strings.Split(set, "=")[1], ";")[0]) {
		t.Errorf("the secret is shown to more than the browser: %s\n%s", set, w.Body)
	}
	if strings.Contains(f.logs.String(), "ana@") || strings.Contains(f.logs.String(), link) {
		t.Errorf("the log holds an address or a link:\n%s", f.logs)
	}
}

// Another site's page makes a browser send its cookie along: nothing comes of it.
func TestNoSiteActsForAPerson(t *testing.T) {
	f := inMemory(t)
	b := f.first()
	body := `{"name":"CI","scopes":["admin"]}`
	for _, c := range []struct {
		label, origin, site string
		status              int
	}{
		{"another site", "https://evil.example", "cross-site", 403},
		{"another site, old browser", "https://evil.example", "", 403},
		{"a sister domain", "https://www.jornada.example", "same-site", 403},
		{"a frame without origin", "null", "cross-site", 403},
		{"no word of where from", "", "", 403},
		{"an origin that lies beside the browser's word", ours, "cross-site", 403},
		{"the public address without TLS", "http://jornada.example", "", 403},
		{"our pages", ours, "same-origin", 201},
		{"our pages, old browser", ours, "", 201},
	} {
		b.origin, b.site = c.origin, c.site
		wants(t, c.label, b.call("POST", "/api/v1/tokens", body), c.status)
	}
	b.origin, b.site = "https://evil.example", "cross-site"
	wants(t, "signing in from another site", b.call("POST", "/api/v1/session", `{"email":"ana@clinic.example","password":"four words that fit"}`), 403)
	wants(t, "signing out from another site", b.call("DELETE", "/api/v1/session", ""), 403)
	wants(t, "a token needs no origin", f.admin("POST", "/api/v1/tokens", body), 201)
}

func TestGuessingGetsSlow(t *testing.T) {
	f := inMemory(t)
	f.first()
	b := f.browser()
	wrong := `{"email":"ana@clinic.example","password":"four words that fail"}`
	for range 5 {
		wants(t, "a guess", b.call("POST", "/api/v1/session", wrong), 401)
	}
	w := b.call("POST", "/api/v1/session", `{"email":"ana@clinic.example","password":"four words that fit"}`)
	if wants(t, "the sixth, right or not", w, 429); !strings.Contains(w.Body.String(), `"retry_after_seconds":60`) {
		t.Errorf("it does not say how long: %s", w.Body)
	}
	wants(t, "somebody else", b.call("POST", "/api/v1/session", `{"email":"eva@clinic.example","password":"four words that fail"}`), 401)
}

// Every route that needs somebody, with every role: what a person may is what a
// token with the role's scopes may.
func TestRolesOpenWhatTheirScopesOpen(t *testing.T) {
	f := inMemory(t)
	f.seed()
	admin := f.first()
	for _, role := range []engine.Role{engine.Author, engine.Operator, engine.Viewer} {
		b, _ := f.invited(admin, role)
		who := &auth.Principal{Scopes: auth.ScopesOf(role)}
		for _, r := range f.server.routes() {
			if r.open != openToNobody {
				continue
			}
			w := b.call(r.method, echoParameter.ReplaceAllString(r.path, "x"), "")
			if may := who.May(r.allow...); may == (w.Code == 403) || w.Code == 401 {
				t.Errorf("%s and %s: %d, and may is %v", role, r.operation, w.Code, may)
			}
		}
	}
}

// A person is told whom to ask, a token which scope it lacks.
func TestARefusalSaysWhoMay(t *testing.T) {
	f := inMemory(t)
	viewer, _ := f.invited(f.first(), engine.Viewer)
	for path, want := range map[string]string{
		"/api/v1/journeys/x/pause":   "your role does not allow this: ask an administrator or an author",
		"/api/v1/messages/x/resolve": "your role does not allow this: ask an administrator or an operator",
		"/api/v1/tokens":             "your role does not allow this: ask an administrator",
	} {
		w := viewer.call("POST", path, "{}")
		if got := decoded[struct{ Error struct{ Message string } }](f, w).Error.Message; w.Code != 403 || got != want {
			t.Errorf("%s: %d %s, want %s", path, w.Code, got, want)
		}
	}
}

func TestPeopleComeAndGo(t *testing.T) {
	f := inMemory(t)
	admin := f.first()
	author, u := f.invited(admin, engine.Author)
	wants(t, "a link works once", f.browser().call("POST", "/api/v1/session", `{"link":"`+secretOf(u.Link)+`","password":"another four words"}`), 410)
	wants(t, "a second one with the address", admin.call("POST", "/api/v1/users", `{"name":"x","email":"author@clinic.example","role":"viewer"}`), 409)
	wants(t, "a role that is none", admin.call("POST", "/api/v1/users", `{"name":"x","email":"x@clinic.example","role":"root"}`), 422)
	wants(t, "an author works", author.call("GET", "/api/v1/journeys", ""), 200)

	wants(t, "another role", admin.call("PATCH", "/api/v1/users/"+string(u.ID), `{"role":"viewer"}`), 200)
	wants(t, "ends the session", author.call("GET", "/api/v1/journeys", ""), 401)
	wants(t, "and they come back", author.call("POST", "/api/v1/session", `{"email":"author@clinic.example","password":"another four words"}`), 201)
	link := decoded[linkView](f, admin.call("POST", "/api/v1/users/"+string(u.ID)+"/link", ""))
	wants(t, "a new password", f.browser().call("POST", "/api/v1/session", `{"link":"`+secretOf(link.Link)+`","password":"a third set of words"}`), 201)
	wants(t, "ends the sessions of the old one", author.call("GET", "/api/v1/journeys", ""), 401)
	wants(t, "which is no longer one", author.call("POST", "/api/v1/session", `{"email":"author@clinic.example","password":"another four words"}`), 401)
	wants(t, "the new one", author.call("POST", "/api/v1/session", `{"email":"author@clinic.example","password":"a third set of words"}`), 201)

	wants(t, "disabled", admin.call("PATCH", "/api/v1/users/"+string(u.ID), `{"disabled":true}`), 200)
	wants(t, "is out", author.call("GET", "/api/v1/journeys", ""), 401)
	wants(t, "and stays out", author.call("POST", "/api/v1/session", `{"email":"author@clinic.example","password":"a third set of words"}`), 401)
	wants(t, "without a link", admin.call("POST", "/api/v1/users/"+string(u.ID)+"/link", ""), 409)

	list := decoded[pageView[userView]](f, admin.call("GET", "/api/v1/users", ""))
	ana := list.Items[0]
	wants(t, "the last administrator stays one", admin.call("PATCH", "/api/v1/users/"+string(ana.ID), `{"role":"viewer"}`), 409)
	wants(t, "and stays in", admin.call("PATCH", "/api/v1/users/"+string(ana.ID), `{"disabled":true}`), 409)
	wants(t, "nobody", admin.call("PATCH", "/api/v1/users/usr_x", `{"name":"x"}`), 404)
	if text := admin.call("GET", "/api/v1/users", "").Body.String(); strings.Contains(text, "argon2") || strings.Contains(text, "#") {
		t.Errorf("the list gives hashes or links away: %s", text)
	}
}

// Whoever sits at the machine that `jornada dev` runs on is let in; nobody else is.
func TestThisMachine(t *testing.T) {
	f := inMemory(t)
	try := func(change func(r *http.Request)) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/session", http.NoBody)
		r.Host, r.RemoteAddr = "127.0.0.1:8080", "127.0.0.1:50000"
		r.Header.Set("Origin", "http://127.0.0.1:8080")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		change(r)
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w
	}
	wants(t, "a server", try(func(*http.Request) {}), 422)
	f.server.Local = true
	wants(t, "at the machine", try(func(*http.Request) {}), 201)
	wants(t, "again", try(func(*http.Request) {}), 201)
	wants(t, "from elsewhere", try(func(r *http.Request) { r.RemoteAddr = "10.0.0.7:50000" }), 422)
	wants(t, "through a proxy", try(func(r *http.Request) { r.Header.Set("X-Forwarded-For", "10.0.0.7") }), 422)
	wants(t, "by a name that points here", try(func(r *http.Request) { r.Host = "evil.example"; r.Header.Set("Origin", "http://evil.example") }), 422)
	wants(t, "from another page", try(func(r *http.Request) {
		r.Header.Set("Origin", "http://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}), 403)
}

func TestOnesOwnPassword(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		here := f.first()
		there := f.browser()
		wants(t, "signing in elsewhere", there.call("POST", "/api/v1/session", `{"email":"ana@clinic.example","password":"four words that fit"}`), 201)
		change := func(b *browser, current, wanted string) *httptest.ResponseRecorder {
			return b.call("POST", "/api/v1/session/password", `{"current":"`+current+`","password":"`+wanted+`"}`)
		}
		stranger := f.browser()
		wants(t, "nobody's", change(stranger, "four words that fit", "five words that fit well"), 401)
		foreign := *here
		foreign.origin, foreign.site = "https://evil.example", "cross-site"
		wants(t, "from another site", change(&foreign, "four words that fit", "five words that fit well"), 403)
		w := change(here, "not the password", "five words that fit well")
		if wants(t, "the wrong one", w, 422); !strings.Contains(w.Body.String(), `"field":"current"`) {
			t.Errorf("which field was wrong? %s", w.Body)
		}
		w = change(here, "four words that fit", "short")
		if wants(t, "a short one", w, 422); !strings.Contains(w.Body.String(), `"field":"password"`) {
			t.Errorf("which field was wrong? %s", w.Body)
		}
		before := here.cookie
		wants(t, "the right one", change(here, "four words that fit", "five words that fit well"), 200)
		if here.cookie == before || !here.session().SignedIn {
			t.Error("this browser is not signed in with a new session")
		}
		if there.session().SignedIn {
			t.Error("the other browser is still signed in")
		}
		old := f.browser()
		old.cookie = before
		if old.session().SignedIn {
			t.Error("the session from before still opens")
		}
		wants(t, "the old password", f.browser().call("POST", "/api/v1/session", `{"email":"ana@clinic.example","password":"four words that fit"}`), 401)
		wants(t, "the new one", f.browser().call("POST", "/api/v1/session", `{"email":"ana@clinic.example","password":"five words that fit well"}`), 201)
		audit := f.admin("GET", "/api/v1/audit?limit=10", "").Body.String()
		if !strings.Contains(audit, "user.password_changed") || !strings.Contains(audit, "user.password_refused") {
			t.Errorf("the trail says %s", audit)
		}
		for range 5 {
			change(here, "not the password", "six words that fit even better")
		}
		wants(t, "guessing", change(here, "five words that fit well", "six words that fit even better"), 429)
	})
}

func TestWhoSitsAtTheMachineHasNoPassword(t *testing.T) {
	f := inMemory(t)
	in, err := f.server.People.Local(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := f.browser()
	b.cookie = f.server.cookieName() + "=" + in.Secret
	wants(t, "changing it", b.call("POST", "/api/v1/session/password", `{"current":"","password":"four words that fit"}`), 409)
}

// A page says where it is: in the demo, and that time is not the world's.
func TestASessionSaysWhereItIs(t *testing.T) {
	f := inMemory(t)
	here := func() string {
		s := f.browser().session()
		if s.Clock == nil {
			return fmt.Sprintf("demo %t", s.Demo)
		}
		return fmt.Sprintf("demo %t, %s at %g", s.Demo, s.Clock.Now.Format(time.RFC3339), s.Clock.Speed)
	}
	clock := func(a engine.Anchor) {
		f.server.Clock = engine.NewClock(a, func() time.Time { return noon })
	}
	for _, c := range []struct {
		anchor engine.Anchor
		want   string
	}{
		{engine.Anchor{}, "demo true"},
		{engine.Anchor{Real: noon, Virtual: noon, Speed: 1}, "demo true"},
		{engine.Anchor{Real: noon, Virtual: noon, Speed: 1440}, "demo true, 2026-11-25T12:00:00Z at 1440"},
		{engine.Anchor{Real: noon, Virtual: noon.AddDate(0, 0, -2), Speed: 1}, "demo true, 2026-11-23T12:00:00Z at 1"},
	} {
		if clock(c.anchor); here() != c.want {
			t.Errorf("%s, want %s", here(), c.want)
		}
	}
	f.server.Phone = nil
	if clock(engine.Anchor{}); here() != "demo false" {
		t.Error(here())
	}
}
