package activities_test

import (
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"jornada/dsl"
	"jornada/dsl/expression"
)

// A proxy of the environment would resolve names again, out of sight of the
// check; so there is none, whatever the environment says.
func TestCallUsesNoProxy(t *testing.T) {
	var proxied, direct atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Add(1) }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	t.Setenv("NO_PROXY", "")
	w := caller(t)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { direct.Add(1) }))
	defer server.Close()
	if r := w.call(&dsl.Call{Method: "GET", URL: text(server.URL)}); !r.OK {
		t.Errorf("result %s", pretty(r))
	}
	if r := w.call(&dsl.Call{Method: "GET", URL: text("http://169.254.169.254/latest/meta-data/")}); r.OK || r.Retry {
		t.Errorf("the metadata service: %s", pretty(r))
	}
	if proxied.Load() != 0 || direct.Load() != 1 {
		t.Errorf("%d calls went through the proxy, %d directly", proxied.Load(), direct.Load())
	}
}

// An answer that unfolds is cut at the same length as any other, and one with
// endless headers is not read.
func TestCallAnswersAreBounded(t *testing.T) {
	w := caller(t)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/headers" {
			rw.Header().Set("X-Long", strings.Repeat("x", 128<<10))
			return
		}
		rw.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(rw)
		defer func() { _ = z.Close() }()
		zeros := make([]byte, 1<<20)
		for range 256 { // 256 MB out of 256 KB
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	returns := expression.Fields{"n": {Kind: expression.Int}}
	if r := w.call(&dsl.Call{Method: "GET", URL: text(server.URL), Returns: returns}); r.OK || r.Retry || !strings.Contains(r.Reason, "larger than 1 MB") {
		t.Errorf("an answer that unfolds: %s", pretty(r))
	}
	if r := w.call(&dsl.Call{Method: "GET", URL: text(server.URL + "/headers"), Returns: returns}); r.OK {
		t.Errorf("endless headers: %s", pretty(r))
	}
}
