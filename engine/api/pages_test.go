package api

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func withPages(t *testing.T, files fstest.MapFS) *fixture {
	t.Helper()
	f := inMemory(t)
	var err error
	if f.server.pages, err = loadPages(files); err != nil {
		t.Fatal(err)
	}
	return f
}

var builtPages = fstest.MapFS{
	".gitkeep":            {},
	".vite/manifest.json": {Data: []byte("{}")},
	"index.html":          {Data: []byte(`<meta name="csp-nonce" content="__CSP_NONCE__">`)},
	"index.html.br":       {Data: []byte("packed page")},
	"icon.svg":            {Data: []byte("<svg/>")},
	"assets/app-1a.js":    {Data: []byte("script")},
	"assets/app-1a.js.br": {Data: []byte("packed")},
	"assets/notes.txt":    {Data: []byte("no page")},
}

func TestPages(t *testing.T) {
	f := withPages(t, builtPages)
	for _, c := range []struct {
		label, method, path, encoding string
		status                        int
		contentType, cache, body      string
	}{
		{"the editor", "GET", "/", "", 200, "text/html; charset=utf-8", "no-cache", "csp-nonce"},
		{"an address that the pages know", "GET", "/journeys/confirm/yaml", "br", 200, "text/html; charset=utf-8", "no-cache", "csp-nonce"},
		{"an asset", "GET", "/assets/app-1a.js", "", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "script"},
		{"packed", "GET", "/assets/app-1a.js", "gzip, br;q=1.0", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "packed"},
		{"packed, for who takes anything", "GET", "/assets/app-1a.js", "*", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "packed"},
		{"not for who refuses it", "GET", "/assets/app-1a.js", "br;q=0, *", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "script"},
		{"a file without a hash", "GET", "/icon.svg", "br", 200, "image/svg+xml", "no-cache", "<svg/>"},
		{"an asset of an older build", "GET", "/assets/app-0f.js", "", 404, "application/json", "no-store", "not_found"},
		{"a script that is none", "GET", "/app.js", "", 404, "application/json", "no-store", "not_found"},
		{"what is no page", "GET", "/assets/notes.txt", "", 404, "application/json", "no-store", "not_found"},
		{"the API keeps its addresses", "GET", "/api/v1/nothing", "", 404, "application/json", "no-store", "not_found"},
		{"and its root", "GET", "/api", "", 404, "application/json", "no-store", "not_found"},
		{"so do webhooks", "GET", "/webhooks/x/y", "", 404, "application/json", "no-store", "not_found"},
		{"a word that begins like one is a page", "GET", "/users", "", 200, "text/html; charset=utf-8", "no-cache", "csp-nonce"},
		{"headers alone", "HEAD", "/journeys", "", 200, "text/html; charset=utf-8", "no-cache", ""},
		{"of an asset, too", "HEAD", "/assets/app-1a.js", "br", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", ""},
		{"nothing is posted to a page", "POST", "/journeys", "", 405, "application/json", "no-store", "method_not_allowed"},
	} {
		w := f.do(c.method, c.path, http.Header{"Accept-Encoding": {c.encoding}}, http.NoBody)
		if w.Code != c.status || w.Header().Get("Content-Type") != c.contentType || w.Header().Get("Cache-Control") != c.cache || !strings.Contains(w.Body.String(), c.body) {
			t.Errorf("%s: %s %s answers %d, %q, %q:\n%s", c.label, c.method, c.path, w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"), w.Body)
		}
		if c.method == "HEAD" && (w.Body.Len() > 0 || w.Header().Get("Content-Length") == "" || w.Header().Get("Content-Length") == "0") {
			t.Errorf("%s: HEAD answers %d bytes and says %q", c.label, w.Body.Len(), w.Header().Get("Content-Length"))
		}
		if packed := w.Header().Get("Content-Encoding") == "br"; packed != (c.body == "packed" || c.method == "HEAD" && c.encoding == "br") {
			t.Errorf("%s: Content-Encoding is %q", c.label, w.Header().Get("Content-Encoding"))
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: the headers that keep browsers in are missing: %v", c.label, w.Header())
		}
	}
}

var (
	nonceInPage   = regexp.MustCompile(`content="([^"]+)"`)
	nonceInPolicy = regexp.MustCompile(`'nonce-([^']+)'`)
)

// A nonce that somebody could know before would let what they injected be styled.
func TestEveryPageHasItsOwnNonce(t *testing.T) {
	f := withPages(t, builtPages)
	seen := map[string]bool{}
	for range 20 {
		w := f.do("GET", "/", nil, http.NoBody)
		inPage, inPolicy := nonceInPage.FindStringSubmatch(w.Body.String()), nonceInPolicy.FindStringSubmatch(w.Header().Get("Content-Security-Policy"))
		if inPage == nil || inPolicy == nil || inPage[1] != inPolicy[1] || len(inPage[1]) < 22 {
			t.Fatalf("page and policy have no common nonce: %s\n%s", w.Body, w.Header().Get("Content-Security-Policy"))
		}
		if seen[inPage[1]] {
			t.Fatal("a nonce came twice")
		}
		seen[inPage[1]] = true
	}
	policy := f.do("GET", "/", nil, http.NoBody).Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'self'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy does not say %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy allows what it should not: %s", policy)
	}
}

func TestABinaryWithoutPagesSaysHowToGetThem(t *testing.T) {
	f := withPages(t, fstest.MapFS{".gitkeep": {}})
	w := f.do("GET", "/journeys", nil, http.NoBody)
	if w.Code != 503 || !strings.Contains(w.Body.String(), "make ui") || !strings.Contains(w.Body.String(), "neste binário") {
		t.Errorf("it answers %d:\n%s", w.Code, w.Body)
	}
	if w := f.do("GET", "/healthz", nil, http.NoBody); w.Code != 200 {
		t.Errorf("the rest answers %d", w.Code)
	}
}

func TestWithoutPagesTheAPIAnswersAlone(t *testing.T) {
	f := inMemory(t)
	if w := f.do("GET", "/journeys", nil, http.NoBody); w.Code != 404 {
		t.Errorf("it answers %d", w.Code)
	}
}

// The recorder keeps a body that net/http would drop; over a connection HEAD has none.
func TestHeadOverAConnection(t *testing.T) {
	f := withPages(t, builtPages)
	srv := httptest.NewServer(f.handler)
	defer srv.Close()
	resp, err := http.Head(srv.URL + "/assets/app-1a.js")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK || resp.ContentLength != int64(len("script")) {
		t.Errorf("HEAD answers %d with length %d", resp.StatusCode, resp.ContentLength)
	}
}
