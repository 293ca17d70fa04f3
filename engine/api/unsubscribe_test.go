package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"go.temporal.io/sdk/client"

	"jornada/engine"
	"jornada/engine/runtime"
)

func (f *fixture) link(w engine.Withdrawal) string {
	f.t.Helper()
	keys, err := f.store.UnsubscribeKeys(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	return "/u/" + keys.Token(w)
}

// withdrawals are the pieces of evidence that a contact took a permission back.
func (f *fixture) withdrawals(id engine.ContactID) (list []engine.Consent) {
	f.t.Helper()
	consents, err := f.store.Consents(context.Background(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, c := range consents {
		if !c.Granted {
			list = append(list, c)
		}
	}
	return list
}

// Looking at the page, however often, changes nothing; pressing the button does,
// once, with evidence; and pressing it again changes nothing more.
func TestUnsubscribing(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.admin("PUT", "/api/v1/contacts/ana", `{"attributes":{"first_name":"Ana"},"addresses":{"email":"ana@exemplo.example"},"opt_in":{"email":true}}`)
		link := f.link(engine.Withdrawal{ContactID: "ana", Channel: engine.Email, Purpose: "marketing"})
		for range 100 {
			w := f.do("GET", link, nil, http.NoBody)
			if w.Code != 200 || !strings.Contains(w.Body.String(), `<form method="post">`) {
				t.Fatalf("the page answers %d %s", w.Code, w.Body)
			}
		}
		if got := f.withdrawals("ana"); len(got) != 0 {
			t.Fatalf("looking at the page withdrew %v", got)
		}
		for i, body := range []struct{ kind, text string }{
			{"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"}, // RFC 8058
			{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"},
			{"", ""}, // the page's own button, in some browsers
		} {
			h := http.Header{}
			if body.kind != "" {
				h.Set("Content-Type", body.kind)
			}
			w := f.do("POST", link, h, strings.NewReader(body.text))
			if w.Code != 200 || strings.Contains(w.Body.String(), "<form") || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("press %d answers %d %s", i+1, w.Code, w.Body)
			}
		}
		list := f.withdrawals("ana")
		if len(list) != 1 || list[0].Channel != engine.Email || list[0].Purpose != "marketing" || list[0].Source != "link" || !strings.Contains(list[0].Evidence, "req") {
			t.Errorf("after three presses the evidence is %+v, want one withdrawal with its request", list)
		}
		metrics := f.do("GET", "/metrics", nil, http.NoBody).Body.String()
		for _, want := range []string{`jornada_unsubscribe_total{result="done"} 1`, `jornada_unsubscribe_total{result="repeated"} 2`} {
			if !strings.Contains(metrics, want) {
				t.Errorf("the metrics do not say %s", want)
			}
		}
		if strings.Contains(f.logs.String(), strings.TrimPrefix(link, "/u/")) {
			t.Error("the log holds the link, and with it the power to press it")
		}
	})
}

// 10,000 forged links through the door: a page says that it is not ours, and
// nobody is unsubscribed.
func TestForgedLinksAreNobodys(t *testing.T) {
	f := inMemory(t)
	f.admin("PUT", "/api/v1/contacts/ana", `{"addresses":{"email":"ana@exemplo.example"},"opt_in":{"email":true}}`)
	token := strings.TrimPrefix(f.link(engine.Withdrawal{ContactID: "ana", Channel: engine.Email, Purpose: "marketing"}), "/u/")
	alphabet := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	r := rand.New(rand.NewSource(2))
	accepted := 0
	for i := range 10_000 {
		b := []byte(token)
		at := r.Intn(len(b))
		if i%5 == 0 {
			b = b[:max(at, 1)]
		} else {
			b[at] = alphabet[(strings.IndexByte(alphabet, b[at])+1+r.Intn(63))%64]
		}
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/u/"+string(b), http.NoBody))
		if w.Code != 404 {
			accepted++
		}
	}
	if accepted > 0 || len(f.withdrawals("ana")) > 0 {
		t.Fatalf("%d of 10,000 forged links were accepted", accepted)
	}
	w := f.do("GET", "/u/"+token[:40], http.Header{"Accept-Language": {"pt-BR"}}, http.NoBody)
	if w.Code != 404 || !strings.Contains(w.Body.String(), "não está completo") || !strings.Contains(w.Body.String(), `lang="pt-BR"`) {
		t.Errorf("a cut link answers %d %s", w.Code, w.Body)
	}
}

// The page runs no script, loads nothing, and its policy allows just what it has.
func TestTheUnsubscribePageIsPlain(t *testing.T) {
	f := inMemory(t)
	link := f.link(engine.Withdrawal{ContactID: "ana", Channel: engine.Email, Purpose: "marketing"})
	for _, method := range []string{"GET", "POST"} {
		for language, word := range map[string]string{"en": "marketing e-mails", "pt-BR": "e-mails de divulgação"} {
			w := f.do(method, link, http.Header{"Accept-Language": {language}}, http.NoBody)
			html := w.Body.String()
			if w.Code != 200 || !strings.Contains(html, word) || !strings.Contains(w.Header().Get("Content-Type"), "text/html") {
				t.Errorf("%s in %s answers %d %s", method, language, w.Code, html)
			}
			for _, banned := range []string{"<script", "javascript:", "onclick", "onload", "onerror", "http://", "https://", " src=", " href=", " style="} {
				if strings.Contains(html, banned) {
					t.Errorf("%s in %s: the page contains %q", method, language, banned)
				}
			}
			style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(html)
			policy := w.Header().Get("Content-Security-Policy")
			if len(style) != 2 {
				t.Fatal("the page has no style")
			}
			sum := sha256.Sum256([]byte(style[1]))
			for _, want := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"} {
				if !strings.Contains(policy, want) {
					t.Errorf("the policy %q does not say %q", policy, want)
				}
			}
			if strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") || w.Header().Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("the policy %q is too wide", policy)
			}
		}
	}
}

// Nobody is told that it worked while it did not.
func TestUnsubscribingWhileTheDatabaseIsAway(t *testing.T) {
	f := inMemory(t)
	link := f.link(engine.Withdrawal{ContactID: "ana", Channel: engine.Email, Purpose: "marketing"})
	f.runtime.away = true
	w := f.do("POST", link, nil, http.NoBody)
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "could not be recorded") {
		t.Errorf("with the database away the button answers %d %s", w.Code, w.Body)
	}
}

// withdrawer is the fixture's runtime with the real way out.
type withdrawer struct {
	*fakeRuntime

	real *runtime.Runtime
}

// Withdraw implements Runtime.
func (w withdrawer) Withdraw(ctx context.Context, what engine.Withdrawal, evidence string) (bool, error) {
	return w.real.Withdraw(ctx, what, evidence)
}

// From the link of a letter to what the send gate reads: when the page says that
// it is done, the address is suppressed for marketing and for nothing else.
func TestUnsubscribingReachesTheGate(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		rt, err := runtime.New(runtime.Config{Client: struct{ client.Client }{}, Store: f.store, Clock: stopped(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		f.server.Runtime = withdrawer{f.runtime, rt}
		f.admin("PUT", "/api/v1/contacts/ana", `{"addresses":{"email":["ana@exemplo.example","ana.demo@exemplo.example"]},"opt_in":{"email":true}}`)
		link := f.link(engine.Withdrawal{ContactID: "ana", Channel: engine.Email, Purpose: "marketing"})
		for range 3 {
			if w := f.do("POST", link, nil, http.NoBody); w.Code != 200 {
				t.Fatalf("the button answers %d %s", w.Code, w.Body)
			}
		}
		c, err := f.store.Contact(context.Background(), "ana")
		if err != nil {
			t.Fatal(err)
		}
		have, err := f.store.Suppressions(context.Background(), engine.Email, c.Addresses)
		if err != nil || len(have) != 2 {
			t.Fatalf("%d addresses are suppressed (%v), want both", len(have), err)
		}
		for _, s := range have {
			if s.Purpose != "marketing" || s.Reason != "opted_out" {
				t.Errorf("suppressed %+v", s)
			}
		}
		if got := f.withdrawals("ana"); len(got) != 1 || !c.OptIn[engine.Email] {
			t.Errorf("%d pieces of evidence, opt-in %v: want one, and letters about appointments to go on", len(got), c.OptIn)
		}
		audit := f.admin("GET", "/api/v1/audit?limit=5", "").Body.String()
		if !strings.Contains(audit, "consent.withdrawn") {
			t.Errorf("the audit trail does not say it: %s", audit)
		}
	})
}
