package api

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jornada/engine"
)

const testWorkspace = `workspace: demo
timezone: America/Sao_Paulo
contact:
  first_name: string
  phone: {type: string, pii: true}
events:
  appointment.scheduled: {appointment_id: string, starts_at: time}
queues: [reception]
`

const testLock = `lock: 1
templates:
  - {name: appointment_confirm, channel: whatsapp, language: pt_BR, category: utility, status: approved, params: [name], buttons: [Confirmar, Remarcar], body: "Olá {{name}}, podemos confirmar?"}
`

const testJourney = `dsl: 1
journey: confirm
name: Confirmar consulta
category: utility
locale: pt-BR
inputs: {appointment_id: string, starts_at: time}
triggers:
  - {event: appointment.scheduled}
steps:
  - id: confirm
    ask:
      whatsapp: {template: appointment_confirm, params: {name: "{{ contact.first_name }}"}}
      options: [{id: confirmed, title: Confirmar}, {id: moved, title: Remarcar}]
      timeout: 6h
    branches:
      confirmed:
        - id: thanks
          send: {whatsapp: {text: "Combinado!"}}
      otherwise: []
`

func files(t testing.TB, pairs ...string) string {
	t.Helper()
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	raw, err := json.Marshal(map[string]any{"files": m})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func read[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return v
}

// A journey with errors is not published, and the last good version stays.
func TestPublishing(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		if w := f.admin("PUT", "/api/v1/workspace/files", files(t, "workspace.yaml", testWorkspace, "templates.lock.yaml", testLock)); w.Code != 200 {
			t.Fatal(w.Body)
		}
		w := f.admin("POST", "/api/v1/journeys/check", files(t, "confirm.journey.yaml", testJourney))
		check := read[checkView](t, w)
		if w.Code != 200 || !check.OK {
			t.Fatalf("checking answers %d %s", w.Code, w.Body)
		}
		if got := check.Journeys["confirm"]; got.Graph.Start != "confirm" || len(got.Graph.Nodes) != 2 || got.Estimate.MessagesMin != 1 || got.Estimate.MessagesMax != 2 || !strings.Contains(got.Estimate.Summary, got.Estimate.Cost.Text) {
			t.Errorf("the picture is %+v", got)
		}
		draft, err := json.Marshal(map[string]string{"source": testJourney})
		if err != nil {
			t.Fatal(err)
		}
		saved := f.admin("PUT", "/api/v1/journeys/confirm/draft", string(draft))
		if saved.Code != 200 || saved.Header().Get("ETag") == "" {
			t.Fatal(saved.Body)
		}
		if w := f.admin("PUT", "/api/v1/journeys/confirm/draft", string(draft), "If-Match", saved.Header().Get("ETag")); w.Code != 200 {
			t.Errorf("saving over the draft we read answers %d", w.Code)
		}
		published := f.admin("POST", "/api/v1/journeys/confirm/publish", "")
		if p := read[publishView](t, published); published.Code != 200 || len(p.Published) != 1 || p.Published[0].Version != 1 || !p.Published[0].New {
			t.Fatalf("publishing answers %d %s", published.Code, published.Body)
		}

		broken := strings.Replace(testJourney, "contact.first_name", "contact.frist_name", 1)
		body, err := json.Marshal(map[string]string{"source": broken})
		if err != nil {
			t.Fatal(err)
		}
		refused := f.admin("POST", "/api/v1/journeys/confirm/publish", string(body))
		if refused.Code != 422 || !strings.Contains(refused.Body.String(), `"code":"J03`) || !strings.Contains(refused.Body.String(), `"line":12`) {
			t.Errorf("a broken journey answers %d %s", refused.Code, refused.Body)
		}
		version := func() int { return read[journeyView](t, f.admin("GET", "/api/v1/journeys/confirm", "")).LiveVersion }
		if version() != 1 {
			t.Error("the last good version did not stay")
		}

		changed := strings.Replace(testJourney, "Combinado!", "Até lá!", 1)
		other := strings.Replace(broken, "journey: confirm", "journey: other", 1)
		folder := files(t, "workspace.yaml", testWorkspace, "templates.lock.yaml", testLock, "confirm.journey.yaml", changed, "other.journey.yaml", other)
		if w := f.admin("POST", "/api/v1/publish", folder); w.Code != 422 || version() != 1 {
			t.Errorf("a folder with a broken journey answers %d; version %d is live", w.Code, version())
		}
		partial := strings.TrimSuffix(folder, "}") + `,"partial":true}`
		if w := f.admin("POST", "/api/v1/publish", partial); w.Code != 200 || version() != 2 || !strings.Contains(w.Body.String(), "other.journey.yaml") {
			t.Errorf("partly publishing answers %d %s; version %d is live", w.Code, w.Body, version())
		}
		if w := f.admin("POST", "/api/v1/publish", partial); w.Code != 200 || read[publishView](t, w).Published[0].New || version() != 2 {
			t.Errorf("publishing the same again answers %d %s", w.Code, w.Body)
		}
		if w := f.admin("GET", "/api/v1/journeys/other", ""); w.Code != 404 {
			t.Errorf("the broken journey is there: %s", w.Body)
		}
		if w := f.admin("PUT", "/api/v1/workspace/files", files(t, "workspace.yaml", "workspace: [")); w.Code != 422 {
			t.Errorf("a broken workspace answers %d", w.Code)
		}
		if w := f.admin("POST", "/api/v1/events", `{"event":"appointment.scheduled","contact":{"id":"ana"},"data":{"appointment_id":"1","starts_at":"soon"}}`); w.Code != 422 || !strings.Contains(w.Body.String(), `"field":"data.starts_at"`) {
			t.Errorf("an event that does not fit the published type answers %d %s", w.Code, w.Body)
		}
		if w := f.admin("GET", "/api/v1/templates", ""); !strings.Contains(w.Body.String(), "appointment_confirm") {
			t.Errorf("templates answer %s", w.Body)
		}
	})
}

// A campaign whose moment has been is refused when it is published, and stays
// when it already is.
func TestPublishingWhatIsPast(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		campaign := func(at time.Time) string {
			return files(t, "workspace.yaml", testWorkspace+"segments: {everybody: contact.first_name != \"\"}\n", "launch.journey.yaml",
				"dsl: 1\njourney: launch\ncategory: utility\ntimezone: UTC\ntriggers: [{schedule: {at: \""+at.UTC().Format("2006-01-02T15:04")+"\"}, segment: everybody}]\nsteps: [{id: a, send: {sms: {text: Oi}}}]\n")
		}
		f.t = t
		publish := func(at time.Time, want int) string {
			w := f.admin("POST", "/api/v1/publish", campaign(at))
			if w.Code != want {
				t.Errorf("publishing what starts at %v answers %d %s, want %d", at, w.Code, w.Body, want)
			}
			return w.Body.String()
		}
		publish(noon.Add(2*time.Hour), 200)
		if said := publish(noon.Add(-2*time.Hour), 422); !strings.Contains(said, "J0541") {
			t.Error(said)
		}
		f.server.Clock = engine.NewClock(engine.Anchor{}, func() time.Time { return noon.Add(24 * time.Hour) })
		publish(noon.Add(2*time.Hour), 200)
		publish(noon.Add(3*time.Hour), 422)
	})
}
