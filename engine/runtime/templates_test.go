package runtime

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/engine"
)

// shelf is a provider's list of templates.
type shelf struct {
	list  []engine.Template
	err   error
	calls int
}

func (s *shelf) Templates(_ context.Context, i *engine.Integration) ([]engine.Template, error) {
	s.calls++
	out := append([]engine.Template{}, s.list...)
	for n := range out {
		out[n].IntegrationID, out[n].Channel = i.ID, i.Channel
	}
	return out, s.err
}

func (w *world) notices() []engine.Notice {
	w.Helper()
	list, _, err := w.db.Notices(w.ctx, time.Time{}, 500, "")
	require.NoError(w, err)
	return list
}

func (w *world) stateOfTemplate(name string) engine.TemplateState {
	w.Helper()
	t, err := w.db.Template(w.ctx, "wa", name, "pt_BR")
	require.NoError(w, err)
	if t == nil {
		return "unknown"
	}
	return t.Status
}

func sends(journey string) *dsl.Plan {
	p := askJourney(journey)
	p.Templates = map[string]dsl.Template{"whatsapp/confirm": {Name: "confirm", Channel: "whatsapp", Language: "pt_BR"}}
	return p
}

func confirmTemplate() engine.Template {
	return engine.Template{Name: "confirm", Language: "pt_BR", ProviderID: "1", Status: "approved", Category: "utility", Quality: "green"}
}

func (w *world) news(kind engine.EventKind, data map[string]any) string {
	w.Helper()
	w.clock.Advance(time.Minute)
	data["name"], data["language"], data["template_id"] = "confirm", "pt_BR", "1"
	return w.deliver(engine.InboundEvent{Key: nextKey(), Kind: kind, IntegrationID: "wa", Channel: engine.WhatsApp, OccurredAt: w.clock.Now(), Data: data})
}

// News of a template change the table at once, and administrators are told once,
// with the journeys that it breaks.
func TestNewsOfATemplate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.publish(sends("confirm_appointment"))
		w.publish(sends("remind"))
		require.NoError(t, w.db.SetJourneyPaused(w.ctx, "remind", true))
		w.publish(sends("old"))
		require.NoError(t, w.db.SetJourneyArchived(w.ctx, "old", true))
		w.rt.Templates = &shelf{list: []engine.Template{confirmTemplate()}}
		_, err := w.rt.SyncTemplates(w.ctx, "wa", "maria")
		require.NoError(t, err)
		require.Empty(t, w.notices())

		for range 3 {
			require.Equal(t, "applied", w.news(engine.TemplateStatus, map[string]any{"event": "PAUSED", "reason": "NONE", "title": "FIRST_PAUSE"}))
		}
		require.Equal(t, engine.TemplatePaused, w.stateOfTemplate("confirm"))
		list := w.notices()
		require.Len(t, list, 1)
		require.Equal(t, engine.NoticeTemplateStopped, list[0].Kind)
		require.Equal(t, []string{"confirm_appointment", "remind"}, list[0].Template.Journeys)
		require.Contains(t, list[0].Text().Pt, "confirm_appointment, remind")
		require.Contains(t, list[0].Text().En, "FIRST_PAUSE")

		w.news(engine.TemplateStatus, map[string]any{"event": "REINSTATED", "reason": "NONE"})
		require.Equal(t, engine.TemplateApproved, w.stateOfTemplate("confirm"))
		list = w.notices()
		require.Len(t, list, 2)
		require.NotNil(t, list[1].ResolvedAt, "what was told is settled")

		w.news(engine.TemplateStatus, map[string]any{"event": "DANCED"})
		w.news(engine.TemplateQuality, map[string]any{"previous": "GREEN", "current": "YELLOW"})
		w.news(engine.TemplateCategory, map[string]any{"current": "UTILITY", "future": "MARKETING", "effective": "1795521600", "phase": "impending"})
		w.news(engine.TemplateCategory, map[string]any{"previous": "UTILITY", "current": "MARKETING", "phase": "done"})
		got, err := w.db.Template(w.ctx, "wa", "confirm", "pt_BR")
		require.NoError(t, err)
		require.Equal(t, []string{"yellow", "marketing", "approved"}, []string{got.Quality, got.Category, string(got.Status)})
		require.Nil(t, got.Change)
		var kinds []string
		for i := len(w.notices()) - 1; i >= 0; i-- {
			kinds = append(kinds, string(w.notices()[i].Kind))
		}
		require.Equal(t, []string{"template.stopped", "template.approved", "template.quality", "template.category", "template.category"}, kinds)

		// Of a template that nobody listed, and of one without a language: kept, no harm.
		require.Equal(t, "applied", w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.TemplateStatus, IntegrationID: "wa", Channel: engine.WhatsApp, Data: map[string]any{"name": "fresh", "language": "pt_BR", "event": "APPROVED"}}))
		require.Equal(t, engine.TemplateApproved, w.stateOfTemplate("fresh"))
		require.Equal(t, "applied", w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.TemplateStatus, IntegrationID: "wa", Channel: engine.WhatsApp, Data: map[string]any{"name": "confirm", "event": "DELETED"}}))
		require.Equal(t, engine.TemplateApproved, w.stateOfTemplate("confirm"))
		require.Equal(t, "applied", w.deliver(engine.InboundEvent{Key: nextKey(), Kind: engine.TemplateStatus, IntegrationID: "gone", Channel: engine.WhatsApp, Data: map[string]any{"name": "confirm", "language": "pt_BR", "event": "DELETED"}}))
	})
}

// Lists are read now and then, once in all processes; one that cannot be read
// changes nothing.
func TestTemplatesAreListedNowAndThen(t *testing.T) {
	w := onFile(t)
	w.publish(sends("confirm_appointment"))
	s := &shelf{list: []engine.Template{confirmTemplate()}}
	other := w.process(w.db)
	w.rt.Templates, other.Templates = s, s
	look := func() {
		t.Helper()
		require.NoError(t, w.rt.syncTemplatesDue(w.ctx))
		require.NoError(t, other.syncTemplatesDue(w.ctx))
	}
	look()
	look()
	require.Equal(t, 1, s.calls)
	require.Equal(t, engine.TemplateApproved, w.stateOfTemplate("confirm"))

	s.err = &engine.Error{Code: engine.Unavailable, Message: "away"}
	w.clock.Advance(templatesEvery)
	look()
	require.Equal(t, 2, s.calls)
	require.Equal(t, engine.TemplateApproved, w.stateOfTemplate("confirm"))

	s.err, s.list = nil, nil
	w.clock.Advance(templatesEvery)
	look()
	require.Equal(t, engine.TemplateGone, w.stateOfTemplate("confirm"))
	require.Len(t, w.notices(), 1)
	require.Contains(t, w.notices()[0].Text().En, "is deleted")

	w.integration("wa", engine.IntegrationChange{State: engine.Disabled, By: "maria"})
	w.clock.Advance(templatesEvery)
	look()
	require.Equal(t, 3, s.calls, "a disabled integration is left alone")
}

// What a sync says: counts, and in words why there are none.
func TestSyncTemplatesAnswers(t *testing.T) {
	w := onFile(t)
	found, err := w.rt.SyncTemplates(w.ctx, "wa", "maria")
	require.NoError(t, err)
	require.Contains(t, found[0].Problem, "no way to list templates")
	s := &shelf{err: channel.ErrNoTemplates}
	w.rt.Templates = s
	found, err = w.rt.SyncTemplates(w.ctx, "", "maria")
	require.NoError(t, err)
	require.Empty(t, found)
	s.err = fmt.Errorf("listing: %w", &engine.Error{Code: engine.Invalid, Message: "the token expired"})
	found, err = w.rt.SyncTemplates(w.ctx, "", "maria")
	require.NoError(t, err)
	require.Equal(t, "the token expired", found[0].Problem)
	s.err, s.list = nil, []engine.Template{confirmTemplate()}
	found, err = w.rt.SyncTemplates(w.ctx, "", "maria")
	require.NoError(t, err)
	require.Equal(t, 1, found[0].New)
	require.Equal(t, "fake", found[0].Provider)
	_, err = w.rt.SyncTemplates(w.ctx, "nobody", "maria")
	require.True(t, isCode(err, engine.NotFound))
}
