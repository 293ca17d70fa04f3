package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// TestPull plays `jornada pull` against a server of its own, whose WhatsApp account
// has the templates that a script gives it.
func TestPull(t *testing.T) {
	r := newRig(t, onSQLite, rigOptions{})
	var mu sync.Mutex
	list := `{"data":[]}`
	graph := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if !strings.HasSuffix(q.URL.Path, "/4711/message_templates") {
			http.NotFound(w, q)
			return
		}
		_, _ = w.Write([]byte(list))
	}))
	t.Cleanup(graph.Close)
	r.ok("POST", "/api/v1/integrations", jsonOf(t, map[string]any{
		"id": "wa_main", "provider": "meta", "channel": "whatsapp",
		"settings": map[string]string{"phone_number_id": "1", "waba_id": "4711", "base_url": graph.URL},
		"secrets":  map[string]string{"token": "demo", "app_secret": "demo-app-secret", "verify_token": "demo"},
	}))
	playScripts(t, r, "testdata/pull", map[string]func(ts *testscript.TestScript, neg bool, args []string){
		// provider FILE: from now on the account has these templates, and the server knows.
		"provider": func(ts *testscript.TestScript, _ bool, args []string) {
			mu.Lock()
			list = ts.ReadFile(args[0])
			mu.Unlock()
			status, answer := r.call("POST", "/api/v1/templates/sync", `{"integration":"wa_main"}`)
			require.Equal(t, 200, status, answer)
			ts.Logf("%s", answer)
		},
	})
}

// TestGit plays the way between a folder under git and the editor.
func TestGit(t *testing.T) {
	r := newRig(t, onSQLite, rigOptions{})
	playScripts(t, r, "testdata/git", map[string]func(ts *testscript.TestScript, neg bool, args []string){
		// editor draft|tests JOURNEY FILE, editor publish JOURNEY: what the editor calls.
		"editor": func(ts *testscript.TestScript, _ bool, args []string) {
			path := "/api/v1/journeys/" + args[1] + "/" + args[0]
			if args[0] == "publish" {
				ts.Logf("%s", r.ok("POST", path, ""))
				return
			}
			ts.Logf("%s", r.ok("PUT", path, jsonOf(t, map[string]string{"source": ts.ReadFile(args[2])})))
		},
		// says JOURNEY TEXT: what the server says of a journey has this in it.
		"says": func(ts *testscript.TestScript, _ bool, args []string) {
			if answer := r.ok("GET", "/api/v1/journeys/"+args[0], ""); !regexp.MustCompile(args[1]).MatchString(answer) {
				ts.Fatalf("%s is not in %s", args[1], answer)
			}
		},
	})
}

// playScripts plays the scripts of a folder, which find the rig's server by
// themselves.
func playScripts(t *testing.T, r *rig, dir string, commands map[string]func(ts *testscript.TestScript, neg bool, args []string)) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir: dir, UpdateScripts: *update, RequireUniqueNames: true, RequireExplicitExec: true, Cmds: commands,
		Setup: func(e *testscript.Env) error {
			for k, v := range map[string]string{
				"JORNADA_LANG": "en", "NO_COLOR": "1", "JORNADA_SERVER": r.server.URL, "JORNADA_TOKEN": r.token,
				"HOME": e.WorkDir, "XDG_STATE_HOME": filepath.Join(e.WorkDir, "state"),
			} {
				e.Setenv(k, v)
			}
			return nil
		},
	})
}
