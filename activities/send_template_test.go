package activities_test

import (
	"strings"
	"testing"
	"time"

	"jornada/activities"
	"jornada/engine"
)

// What was last heard of a template decides, whatever the version's copy of the lock
// file says; of another integration's, another language's or an unheard one the copy.
func TestTheProvidersWordOnATemplate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := 0
		fresh := func(step string) activities.SendInput {
			n++
			in := w.input(step)
			in.Visit = n
			return in
		}
		hear := func(name string, state engine.TemplateState, category string) {
			t.Helper()
			w.clock.Advance(time.Second)
			w.must2(w.store.HearTemplate(w.ctx, &engine.TemplateNews{
				IntegrationID: "wa", Channel: engine.WhatsApp, Name: name, Language: "pt_BR", Status: state, Reason: "FIRST_PAUSE", Category: category, At: w.clock.Now(),
			}))
		}
		w.expect(fresh("confirm"), activities.SendAccepted, "")
		hear("appointment_confirm", "paused", "")
		r := w.expect(fresh("confirm"), activities.SendUndelivered, activities.ReasonFailed)
		if m := w.message(r.MessageID); m.Status != engine.Skipped || m.ErrorDetail != `the template "appointment_confirm" is paused, not approved (FIRST_PAUSE)` {
			t.Errorf("%s %q", m.Status, m.ErrorDetail)
		}
		// The template for a closed window is looked at, too.
		r = w.expect(fresh("free"), activities.SendUndelivered, activities.ReasonFailed)
		if m := w.message(r.MessageID); !strings.Contains(m.ErrorDetail, "appointment_confirm") {
			t.Errorf("%q", m.ErrorDetail)
		}
		w.wrote()
		w.expect(fresh("free"), activities.SendAccepted, "") // inside the window it is not needed
		hear("appointment_confirm", "approved", "")
		w.expect(fresh("confirm"), activities.SendAccepted, "")

		// What became marketing is marketing, and asks for that permission.
		w.must(w.store.RecordConsent(w.ctx, engine.Consent{ContactID: "ana", Channel: engine.WhatsApp, Purpose: "marketing", Source: "api", At: w.clock.Now()}))
		w.expect(fresh("confirm"), activities.SendAccepted, "")
		hear("appointment_confirm", "approved", "marketing")
		w.expect(fresh("confirm"), activities.SendUndelivered, activities.ReasonOptedOut)
	})
}
