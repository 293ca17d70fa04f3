package clinic

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// At every minute of two days, a round of appointments is within the clinic's
// hours, leaves time to answer, and is asked about at once.
func TestARoundOfAppointmentsIsInTheDaytimeOfTheNext24Hours(t *testing.T) {
	start := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for now := start; now.Before(start.Add(48 * time.Hour)); now = now.Add(time.Minute) {
		first := firstSlot(now)
		last := first.Add(time.Duration(len(people)-1) * slot)
		require.GreaterOrEqual(t, first.Sub(now), ahead, "at %s", now)
		require.Less(t, last.Sub(now), 24*time.Hour, "at %s", now)
		require.GreaterOrEqual(t, first.In(zone).Hour(), 8, "at %s", now)
		require.LessOrEqual(t, last.In(zone).Hour(), 17, "at %s", now)
		require.Zero(t, first.Minute()%30, "at %s", now)
	}
}

type told struct {
	event, id, contact string
	data               map[string]any
}

// open starts a system at ten in the morning; what it emits is collected.
func open(t *testing.T, file string, refuse *error) (*httptest.Server, *[]told) {
	t.Helper()
	var emitted []told
	s, err := NewSystem(Options{
		Now:  func() time.Time { return time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC) },
		File: file,
		Emit: func(_ context.Context, event, id, contact string, data map[string]any) error {
			if refuse != nil && *refuse != nil {
				return *refuse
			}
			emitted = append(emitted, told{event, id, contact, data})
			return nil
		},
	})
	require.NoError(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server, &emitted
}

func call(t *testing.T, server *httptest.Server, method, path string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, server.URL+path, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := server.Client().Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	var b strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := resp.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return resp.StatusCode, b.String()
		}
	}
}

func agenda(t *testing.T, server *httptest.Server) (s state) {
	t.Helper()
	_, body := call(t, server, "GET", "/state")
	require.NoError(t, json.Unmarshal([]byte(body), &s))
	return s
}

func TestTheAgendaIsExportedAsASheet(t *testing.T) {
	server, _ := open(t, "", nil)
	_, body := call(t, server, "GET", "/appointments.csv")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 5)
	require.Equal(t, []string{"agenda-A001", "paciente-demo-1", "Ana", "+5511900000011", "ana@paciente-demo.example", "sim", "sim", "sim", "A001",
		"2026-11-26T08:00:00-03:00", "Dra. Demo Lima", "cardiologia", "Unidade Demo Centro", "https://maps.example/clinica-demo"}, rows[1])

	code, _ := call(t, server, "POST", "/appointments/A001/confirm", "Idempotency-Key", "k1")
	require.Equal(t, 200, code)
	_, body = call(t, server, "GET", "/appointments.csv")
	require.NotContains(t, body, "A001", "who confirmed is not asked again")
}

func TestACallIsRecordedOncePerKey(t *testing.T) {
	server, emitted := open(t, "", nil)
	for range 2 {
		code, _ := call(t, server, "POST", "/appointments/A001/confirm", "Idempotency-Key", "k1")
		require.Equal(t, 200, code)
	}
	require.Len(t, agenda(t, server).Calls, 1)
	require.Equal(t, "confirmed", agenda(t, server).Appointments[0].Status)
	require.Empty(t, *emitted, "a confirmation comes from Jornada and is no news to it")
}

func TestALateConfirmationDoesNotUndoWhatHappened(t *testing.T) {
	server, emitted := open(t, "", nil)
	call(t, server, "POST", "/appointments/A001/cancelled")
	code, body := call(t, server, "POST", "/appointments/A001/confirm", "Idempotency-Key", "late")
	require.Equal(t, 200, code)
	require.JSONEq(t, `{"appointment_id":"A001","status":"cancelled"}`, body)
	require.Len(t, *emitted, 1)
	require.Equal(t, "appointment.cancelled", (*emitted)[0].event)
	require.Equal(t, "A001", (*emitted)[0].data["appointment_id"])
}

// A click that Jornada did not take changes nothing, so that it can be repeated.
func TestAClickThatWasNotTakenCanBeRepeated(t *testing.T) {
	refuse := errors.New("the database is away")
	server, emitted := open(t, "", &refuse)
	code, body := call(t, server, "POST", "/appointments/A001/completed")
	require.Equal(t, 500, code)
	require.Contains(t, body, "the database is away")
	require.Equal(t, "booked", agenda(t, server).Appointments[0].Status)
	refuse = nil
	code, _ = call(t, server, "POST", "/appointments/A001/completed")
	require.Equal(t, 200, code)
	require.Len(t, *emitted, 1)
	require.Equal(t, "completed", agenda(t, server).Appointments[0].Status)
}

func TestTheAgendaSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clinic.json")
	server, _ := open(t, file, nil)
	call(t, server, "POST", "/appointments/A002/no_show")
	call(t, server, "POST", "/book")
	again, _ := open(t, file, nil)
	require.Equal(t, agenda(t, server), agenda(t, again))
	require.Len(t, agenda(t, again).Appointments, 8)
}

func TestTheWaitingListIsWhoHasNothingBooked(t *testing.T) {
	server, _ := open(t, "", nil)
	_, body := call(t, server, "GET", "/waitlist/next")
	require.JSONEq(t, `{}`, body)
	call(t, server, "POST", "/appointments/A003/cancelled")
	_, body = call(t, server, "GET", "/waitlist/next")
	require.JSONEq(t, `{"contact_id":"paciente-demo-3"}`, body)
}

func TestOnlyThisMachineIsAnswered(t *testing.T) {
	server, _ := open(t, "", nil)
	for name, header := range map[string][]string{
		"another site's script":          {"Origin", "https://elsewhere.example"},
		"a name that points at loopback": {"Host", "elsewhere.example"},
	} {
		code, _ := call(t, server, "POST", "/book", header...)
		require.Equal(t, 403, code, name)
	}
	require.Len(t, agenda(t, server).Appointments, 4)
}

func TestWhatTheClinicDoesNotKnow(t *testing.T) {
	server, _ := open(t, "", nil)
	code, body := call(t, server, "POST", "/appointments/A999/completed")
	require.Equal(t, 404, code)
	require.Equal(t, "the demo clinic has no appointment \"A999\"\n", body)
	code, body = call(t, server, "POST", "/appointments/A001/late")
	require.Equal(t, 404, code)
	require.Contains(t, body, `the demo clinic has no "late"`)
}

func TestThePageAndItsFiles(t *testing.T) {
	server, _ := open(t, "", nil)
	for path, want := range map[string]string{"/": "Exportar CSV", "/clinic.js": "Compareceu", "/clinic.css": "--accent", "/icon.svg": "<svg"} {
		code, body := call(t, server, "GET", path)
		require.Equal(t, 200, code, path)
		require.Contains(t, body, want)
	}
}
