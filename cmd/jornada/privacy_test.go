package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jornada/workflows"
)

// What nobody may find in Temporal's database or in a log: a person's numbers,
// names, address and words.
var canaries = []string{
	"900007531", "Zoraide", "Canário", "zoraide@canario.example", "a poltrona azul rangia", "111.444.777-35", "PERFIL-CANARINHO",
}

// The clinic's whole day, then a search through every byte that Temporal keeps
// and every line that was logged, down to debug.
func TestNothingPersonalStandsInTemporalOrInALog(t *testing.T) {
	eachBackend(t, func(t *testing.T, on backend) {
		d := newDemoClinic(t, on, rigOptions{dir: t.TempDir()})
		const zoe = "paciente-demo-1"
		d.ok("PUT", "/api/v1/contacts/"+zoe, `{"attributes":{"first_name":"Zoraide","name":"Zoraide Canário","city":"Demo"},
			"addresses":{"phone":"+5511900007531","email":"zoraide@canario.example"},"opt_in":{"whatsapp":true,"sms":true,"email":true}}`)
		event := func(name, id string) {
			d.ok("POST", "/api/v1/events", fmt.Sprintf(`{"event":%q,"id":%q,"contact_id":%q,"data":{"appointment_id":"A001","starts_at":%q,
				"doctor":"Dra. Demo","specialty":"demo","unit":{"name":"Centro","map_url":"https://m.example"}}}`, name, id, zoe,
				time.Now().Add(20*time.Hour).Format(time.RFC3339)))
		}
		event("appointment.scheduled", "booked")
		first := d.sent(zoe, 1)
		require.Contains(t, first.Text, "Zoraide")
		d.ok("POST", "/dev/status", fmt.Sprintf(`{"message_id":%q,"status":"failed","error_code":"131026"}`, first.ID)) // SMS instead
		d.sent(zoe, 2)
		d.says(zoe, "sms", "text", "meu CPF é 111.444.777-35") // not one of the answers: asked again
		d.sent(zoe, 3)
		d.says(zoe, "sms", "text", "1")
		d.eventually("it waits for the visit", func() bool { return d.enrollments(zoe, "confirm_appointment")[0].CurrentStep == "visit" })
		d.says(zoe, "whatsapp", "text", "troquei de aparelho") // so WhatsApp reaches her again
		event("appointment.completed", "visited")
		d.sent(zoe, 4)
		d.says(zoe, "whatsapp", "text", "1")
		d.sent(zoe, 5)
		d.says(zoe, "whatsapp", "text", "a poltrona azul rangia")
		d.eventually("the desk hears of it", func() bool { return len(d.handoffs("quality")) == 1 })
		desk := d.handoffs("quality")[0]
		require.Equal(t, "CSAT 1: a poltrona azul rangia", desk.Note)
		d.ok("POST", "/api/v1/handoffs/"+desk.ID+"/resolve", `{"resolution":"resolved","note":"falamos com Zoraide"}`)
		d.eventually("the journey ends", func() bool { return d.enrollments(zoe, "confirm_appointment")[0].Status == "exited" })
		enrollment := d.enrollments(zoe, "confirm_appointment")[0].ID

		kept := d.temporalBytes()
		require.NotEmpty(t, kept)
		require.True(t, anyHolds(kept, workflows.WorkflowName), "the search finds what is there")
		require.True(t, anyHolds(kept, enrollment), "the search finds what is there")
		logged := d.logged.String()
		for _, c := range canaries {
			for where, b := range kept {
				require.False(t, holds(b, c), "%q stands in Temporal's %s", c, where)
			}
			require.NotContains(t, logged, c, "%q was logged", c)
		}
	})
}

func anyHolds(kept map[string][]byte, text string) bool {
	for _, b := range kept {
		if holds(b, text) {
			return true
		}
	}
	return false
}

func holds(b []byte, text string) bool {
	return bytes.Contains(b, []byte(text)) || bytes.Contains(b, []byte(url.QueryEscape(text)))
}

// temporalBytes is everything Temporal keeps: the files of SQLite with their
// log, or every value of every table of both Postgres databases.
func (r *rig) temporalBytes() map[string][]byte {
	r.t.Helper()
	kept := map[string][]byte{}
	if r.temporalAt.File != "" {
		files, err := filepath.Glob(r.temporalAt.File + "*")
		require.NoError(r.t, err)
		for _, f := range files {
			b, err := os.ReadFile(f)
			require.NoError(r.t, err)
			kept[filepath.Base(f)] = b
		}
		return kept
	}
	for _, database := range []string{r.temporalAt.Database, r.temporalAt.Database + "_visibility"} {
		u, err := url.Parse(r.temporalAt.Postgres)
		require.NoError(r.t, err)
		u.Path = "/" + database
		c, err := pgx.Connect(r.ctx, u.String())
		require.NoError(r.t, err)
		for _, table := range tables(r.ctx, r.t, c) {
			kept[database+"."+table] = everyValue(r.ctx, r.t, c, table)
		}
		require.NoError(r.t, c.Close(r.ctx))
	}
	return kept
}

func tables(ctx context.Context, t testing.TB, c *pgx.Conn) []string {
	t.Helper()
	rows, err := c.Query(ctx, "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'")
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}

func everyValue(ctx context.Context, t testing.TB, c *pgx.Conn, table string) []byte {
	t.Helper()
	rows, err := c.Query(ctx, "select * from "+pgx.Identifier{table}.Sanitize())
	require.NoError(t, err)
	var b bytes.Buffer
	for rows.Next() {
		values, err := rows.Values()
		require.NoError(t, err)
		for _, v := range values {
			if raw, ok := v.([]byte); ok {
				b.Write(raw)
			} else {
				fmt.Fprint(&b, v)
			}
			b.WriteByte('\n')
		}
	}
	require.NoError(t, rows.Err())
	return b.Bytes()
}

// rigLog keeps every line and shows the ones that matter.
type rigLog struct {
	all *logBuffer
	t   testing.TB
}

func (l rigLog) Write(b []byte) (int, error) {
	if strings.Contains(string(b), "level=WARN") || strings.Contains(string(b), "level=ERROR") {
		_, _ = testWriter{l.t}.Write(b)
	}
	return l.all.Write(b)
}
