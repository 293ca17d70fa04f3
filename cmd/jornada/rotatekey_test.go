package main

import (
	"bytes"
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
)

// TestRotatingTheMasterKey: what a server wrote with one key opens with the next one
// only, and an operator is told every step.
func TestRotatingTheMasterKey(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { rotates(t, "sqlite:"+filepath.Join(t.TempDir(), "jornada.db")) })
	t.Run("postgres", func(t *testing.T) {
		if dsn := storetest.Postgres(t); dsn != "" {
			rotates(t, dsn)
		}
	})
}

func rotates(t *testing.T, dsn string) {
	key := func(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }
	former, next, third := key(1), key(2), key(3)
	const token = "jrn_rotation_demo_0123456789"
	addr := loopback(freePort(t))
	env := func(master string) []string {
		return []string{
			"JORNADA_DATABASE=" + dsn, "JORNADA_MASTER_KEY=" + master, "JORNADA_TEMPORAL=" + loopback(freePort(t)),
			"JORNADA_ADDR=" + addr, "JORNADA_TOKEN=" + token, "JORNADA_CALLS=none",
		}
	}
	served := func(master string, use func(call func(method, path, body string) string)) {
		t.Helper()
		server := start(t, "server", env(master), "jornada", "serve", "--no-worker")
		server.prints("serving")
		use((&production{t: t, base: "http://" + addr, token: token}).ok)
		server.kill()
	}
	rotate := func(old, master string) (int, string) {
		return command(t, append(env(master), "JORNADA_OLD_MASTER_KEY="+old), "rotate-key")
	}
	says := func(code int, out string) func(int, string) {
		return func(gotCode int, got string) {
			t.Helper()
			require.Equal(t, out, got)
			require.Equal(t, code, gotCode)
		}
	}

	code, out := command(t, env(former), "migrate")
	require.Equal(t, exitOK, code, out)
	served(former, func(call func(string, string, string) string) {
		call("PUT", "/api/v1/contacts/ana", `{"addresses":{"phone":"+5511987654321"}}`)
		call("POST", "/api/v1/integrations", `{"id":"wa","provider":"meta","channel":"whatsapp","settings":{"phone_number_id":"106540352242922","base_url":"http://127.0.0.1:1"},"secrets":{"token":"segredo-da-clinica","app_secret":"outro-segredo","verify_token":"palavras"}}`)
	})

	says(exitUsage, "jornada: --master-key: is the same as --old-master-key; make a new one with `openssl rand -base64 32`\n")(rotate(former, former))
	says(exitUsage, "jornada: --old-master-key: must be the 32 bytes in base64 that the processes had until now; better given as JORNADA_OLD_MASTER_KEY\n")(rotate("curto", next))
	code, out = rotate(third, next)
	require.Equal(t, exitFailed, code, out)
	require.Regexp(t, "^jornada: --old-master-key: is not the key that this database was written with \\(data key default/\\S+ opens with neither key\\); nothing was changed\n$", out)
	served(former, func(call func(string, string, string) string) { // nothing was
		require.Contains(t, call("GET", "/api/v1/integrations/wa", ""), `"secrets_set":["app_secret","token","verify_token"]`)
	})

	says(exitOK, `sealed with the new master key: data keys: 2, integrations: 1

Next:
1. Give every serve and worker process the new key as JORNADA_MASTER_KEY, and start them.
2. Run this once more. If a process still ran with the old key, what it wrote is sealed anew then.
3. Keep the old key as long as you keep backups of this database from before: they open with it only.
`)(rotate(former, next))
	says(exitOK, "nothing to do: the new master key opens everything in this database\n")(rotate(former, next))
	code, out = command(t, env(former), "serve", "--no-worker")
	require.Equal(t, exitFailed, code, out)
	require.Contains(t, out, "was sealed with another master key")
	require.Contains(t, out, "start with the master key that this database was written with")

	served(next, func(call func(string, string, string) string) {
		require.Contains(t, call("GET", "/api/v1/contacts/ana", ""), "+5511987654321")
		require.Contains(t, call("GET", "/api/v1/integrations/wa", ""), `"secrets_set":["app_secret","token","verify_token"]`)
		log := call("GET", "/api/v1/audit", "")
		require.Equal(t, 1, strings.Count(log, "master_key.rotated"), log)
		require.Contains(t, log, `"actor":"operator"`)
	})
	master, err := base64.StdEncoding.DecodeString(next)
	require.NoError(t, err)
	db, err := store.Open(t.Context(), dsn, store.Options{Clock: engine.NewClock(engine.Anchor{}, time.Now), MasterKey: master})
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	contact, err := db.Contact(t.Context(), "ana")
	require.NoError(t, err)
	_, err = db.DataKey(t.Context(), contact.KeyID)
	require.NoError(t, err)
	i, err := db.Integration(t.Context(), "wa")
	require.NoError(t, err)
	require.Equal(t, "segredo-da-clinica", i.Secrets["token"])
	require.NoError(t, db.VerifyAudit(t.Context()))
}
