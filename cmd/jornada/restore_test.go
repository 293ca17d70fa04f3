package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A backup of Jornada's database is restored while Temporal has gone on: nothing
// is sent until an administrator says so, what comes in meanwhile is kept, and
// then everything goes on.
func TestARestoredBackupStartsStopped(t *testing.T) {
	dir := t.TempDir()
	db, backup := filepath.Join(dir, "jornada.db"), filepath.Join(dir, "backup.db")
	copyFile := func(from, to string) {
		b, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to, b, 0o600))
	}
	begin := func(t *testing.T) *channelRig {
		return newChannelRigWith(t, onSQLite, rigOptions{dir: dir}, 3)
	}
	t.Run("before", func(t *testing.T) {
		r := begin(t)
		r.publishFiles(map[string]string{"workspace.yaml": shop["workspace.yaml"], "templates.lock.yaml": shop["templates.lock.yaml"], "slow.journey.yaml": `dsl: 1
journey: slow
category: utility
timezone: America/Sao_Paulo
triggers: [{api: true}]
steps:
  - {id: pause, wait: {for: 1h}}
  - {id: tell, send: {whatsapp: {template: hello}}}
`})
		for i := range r.people {
			r.ok("POST", "/api/v1/journeys/slow/enrollments", fmt.Sprintf(`{"contact_id":"pessoa-%d"}`, i))
		}
		r.eventually("everybody waits", func() bool { return countWaiting(r) == r.people })
		r.eventually("the epoch moves on", func() bool {
			e, err := r.store.Epoch(r.ctx)
			return err == nil && e.N > 0
		})
	})
	copyFile(db, backup)
	t.Run("after", func(t *testing.T) {
		r := begin(t)
		r.eventually("Temporal is told", func() bool {
			e, err := r.store.Epoch(r.ctx)
			known, told := r.process.runtime.Epochs.Known(r.ctx, e.Database)
			return err == nil && told == nil && known > 1
		})
		require.NotContains(t, r.ok("GET", "/api/v1/notices", ""), "database.restored")
	})
	copyFile(backup, db)
	for _, rest := range []string{"-wal", "-shm"} {
		if err := os.Remove(db + rest); !errors.Is(err, fs.ErrNotExist) {
			require.NoError(t, err)
		}
	}
	t.Run("restored", func(t *testing.T) {
		r := begin(t)
		r.eventually("it is noticed", func() bool {
			_, answer := r.call("GET", "/readyz", "")
			return strings.Contains(answer, `"name":"restored","ok":false`)
		})
		require.Contains(t, r.ok("GET", "/api/v1/notices", ""), "database.restored")
		r.jump(2 * time.Hour)
		r.eventually("everybody's message waits", func() bool { return r.messages()["queued"] == r.people })
		require.Equal(t, http.StatusOK, r.vendors.whatsApp(waAppSecret, waText(r.phone(0), "wamid.IN1", "oi")))
		sent, _ := r.vendors.counts()
		require.Zero(t, sent)
		require.JSONEq(t, `{"resumed":true}`, r.ok("POST", "/api/v1/resume", "{}"))
		r.everybodyOnce()
		require.Contains(t, r.ok("GET", "/api/v1/audit", ""), "sending.resumed")
		status, _ := r.call("POST", "/api/v1/resume", "{}")
		require.Equal(t, http.StatusConflict, status)
	})
}
