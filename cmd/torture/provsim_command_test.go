package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/provsim"
)

// What is printed connects a product: valid bodies with the world's own addresses
// and credentials.
func TestProvsimIntroducesItself(t *testing.T) {
	w, err := provsim.Start(t.Context(), provsim.Config{})
	require.NoError(t, err)
	defer w.Close()
	var out strings.Builder
	require.NoError(t, introduce(&out, w, "http://127.0.0.1:8080"))
	calls := regexp.MustCompile(`(?m)^  curl .* http://127\.0\.0\.1:8080/api/v1/integrations -d '(.*)'$`).FindAllStringSubmatch(out.String(), -1)
	require.Len(t, calls, 3)
	providers := map[string]driver.Integration{}
	for _, call := range calls {
		var i driver.Integration
		require.NoError(t, json.Unmarshal([]byte(call[1]), &i), call[1])
		require.NotContains(t, call[1], `\u003c`)
		providers[i.Provider] = i
	}
	require.Equal(t, w.URL(), providers["meta"].Settings["base_url"])
	require.Equal(t, w.Secrets().WhatsAppAppSecret, providers["meta"].Secrets["app_secret"])
	require.Equal(t, w.Secrets().TwilioToken, providers["twilio"].Secrets["auth_token"])
	require.Equal(t, "smtp://"+w.SMTPAddr(), providers["smtp"].Settings["base_url"])
	require.NotContains(t, out.String(), "<no value>")
}

func TestProvsimCommandRefuses(t *testing.T) {
	dir := t.TempDir()
	plan := filepath.Join(dir, "plan.json")
	require.NoError(t, os.WriteFile(plan, []byte(`{"hangs": 1}`), 0o600))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"now"}, `"now" is none`},
		{[]string{"--plan", filepath.Join(dir, "none.json")}, "reading --plan"},
		{[]string{"--plan", plan}, `unknown field "hangs"`},
		{[]string{"--clock-file", filepath.Join(dir, "none.json")}, "reading the clock"},
		{[]string{"--http", "192.0.2.1:0"}, "listening on 192.0.2.1:0"},
	} {
		require.ErrorContains(t, provsimCommand(t.Context(), c.args, &strings.Builder{}), c.want)
	}
}

func TestProvsimCommandEndsWithItsContext(t *testing.T) {
	clock := filepath.Join(t.TempDir(), "clock.json")
	_, err := driver.NewClock(clock, time.Time{}, 1)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, provsimCommand(ctx, []string{"--http", "127.0.0.1:0", "--smtp", "127.0.0.1:0", "--clock-file", clock}, &strings.Builder{}))
}
