package runtime

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// A provider that refuses a template is asked at once what it knows, and people are
// told once, however many messages meet the refusal.
func TestARefusedTemplate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.publish(sends("confirm_appointment"))
		s := &shelf{list: []engine.Template{confirmTemplate()}}
		w.rt.Templates = s
		require.NoError(t, w.rt.syncTemplatesDue(w.ctx))
		require.NoError(t, w.rt.syncTemplatesDue(w.ctx))
		require.Equal(t, 1, s.calls)

		w.contact("ana", "+5511987654321")
		m := w.ask(w.enroll("confirm_appointment", "ana"), "ask")
		m.Content = engine.Content{Template: "confirm", Language: "pt_BR", Category: "utility"}
		refuse := func(code, words string) {
			t.Helper()
			require.NoError(t, w.rt.TemplateRefused(w.ctx, m, code, words))
			require.NoError(t, w.rt.syncTemplatesDue(w.ctx))
		}
		s.list[0].Status = engine.TemplatePaused
		refuse("132015", "the template is paused")
		refuse("132015", "the template is paused")
		require.Equal(t, 2, s.calls)
		require.Equal(t, engine.TemplatePaused, w.stateOfTemplate("confirm"))
		list := w.notices()
		require.Len(t, list, 2)
		require.Equal(t, []engine.NoticeKind{engine.NoticeTemplateStopped, engine.NoticeTemplateRefused}, []engine.NoticeKind{list[0].Kind, list[1].Kind})
		require.Equal(t, `The provider refuses messages with the template "confirm (pt_BR)" of integration "wa", which is no fault of the people they are for: `+
			`the template or its parameters are not what the provider knows. They count as not delivered. Journeys that use it: confirm_appointment. `+
			`Mend it at the provider, or publish those journeys with another template; then POST /api/v1/templates/sync. `+
			`The reason given: the template is paused (code 132015)`, list[1].Text().En)

		w.clock.Advance(refusedQuiet) // still open: not told again, and looked at again
		refuse("132015", "the template is paused")
		require.Equal(t, 3, s.calls)
		require.Len(t, w.notices(), 2)
		refuse("132000", "") // another cause
		require.Len(t, w.notices(), 3)
		require.Contains(t, w.notices()[0].Text().Pt, "O motivo informado: (code 132000)")

		s.list[0].Status = engine.TemplateApproved // it is back: all of that is settled
		w.clock.Advance(templatesEvery)
		require.NoError(t, w.rt.syncTemplatesDue(w.ctx))
		for _, n := range w.notices() {
			require.NotNil(t, n.ResolvedAt, n.Kind)
		}
	})
}

// What never changed its state is settled by whoever mended it, and told again when it
// was not.
func TestARefusedTemplateThatIsMended(t *testing.T) {
	w := onFile(t)
	w.publish(sends("confirm_appointment"))
	w.rt.Templates = &shelf{list: []engine.Template{confirmTemplate()}}
	m := &engine.Message{ID: "m1", IntegrationID: "wa", Channel: engine.WhatsApp, Content: engine.Content{Template: "confirm", Language: "pt_BR"}}
	require.NoError(t, w.rt.TemplateRefused(w.ctx, m, "132000", "too few parameters"))
	require.Nil(t, w.notices()[0].ResolvedAt)
	_, err := w.rt.SyncTemplates(w.ctx, "", "maria")
	require.NoError(t, err)
	require.NotNil(t, w.notices()[0].ResolvedAt)
	w.clock.Advance(time.Second)
	require.NoError(t, w.rt.TemplateRefused(w.ctx, m, "132000", "too few parameters"))
	require.Len(t, w.notices(), 2)
	require.NoError(t, w.rt.TemplateRefused(w.ctx, &engine.Message{ID: "m2", IntegrationID: "wa", Channel: engine.WhatsApp}, "132000", ""))
	require.Len(t, w.notices(), 2, "a message without a template has none to mend")
}
