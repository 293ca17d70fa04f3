package storetest

import (
	"strings"
	"testing"
	"time"

	"jornada/engine"
)

func (w *world) integration(id string) {
	w.t.Helper()
	_, err := w.PutIntegration(w.ctx, &engine.Integration{ID: engine.IntegrationID(id), Provider: "fake", Channel: engine.WhatsApp, State: engine.Enabled})
	ok(w.t, err)
}

func (w *world) syncs(of string, list ...engine.Template) engine.TemplateSync {
	w.t.Helper()
	for i := range list {
		list[i].Channel = engine.WhatsApp
	}
	w.clock.Advance(time.Minute)
	found, err := w.SyncTemplates(w.ctx, engine.IntegrationID(of), list)
	ok(w.t, err)
	return found
}

func (w *world) hears(n engine.TemplateNews) []engine.TemplateChange {
	w.t.Helper()
	n.Channel = engine.WhatsApp
	w.clock.Advance(time.Minute)
	if n.At.IsZero() {
		n.At = w.clock.Now()
	}
	changes, err := w.HearTemplate(w.ctx, &n)
	ok(w.t, err)
	return changes
}

// templates: a list takes the place of what was known; what it lacks is deleted, and
// comes back as changed.
func templates(t *testing.T, open Open) {
	w := begin(t, open)
	w.integration("wa")
	same(t, "nothing is known", must(w.Integration(w.ctx, "wa")).KnowsTemplates, false)
	confirm := engine.Template{
		Name: "confirm", Language: "pt-BR", ProviderID: "1", Status: "approved", Category: "utility", Quality: "green",
		Components: []engine.TemplateComponent{{Type: "body", Text: "Olá {{1}} <&>"}, {Type: "buttons", Buttons: []engine.TemplateButton{{Type: "quick_reply", Text: "Sim"}}}},
	}
	promo := engine.Template{Name: "promo", Language: "pt_BR", ProviderID: "2", Status: "pending", Category: "marketing"}
	counts := func(f engine.TemplateSync) [4]int { return [4]int{f.New, f.Changed, f.Gone, f.Same} }

	f := w.syncs("wa", confirm, promo)
	same(t, "first", counts(f), [4]int{2, 0, 0, 0})
	same(t, "nothing before", f.Changes[0].Before == nil, true)
	got := must(w.Template(w.ctx, "wa", "confirm", "pt_BR"))
	same(t, "body", got.Body(), "Olá {{1}} <&>")
	same(t, "replies", strings.Join(got.Replies(), ","), "Sim")
	first := got.ChangedAt
	same(t, "the language as others write it", must(w.Template(w.ctx, "wa", "confirm", "pt-BR")).Name, "confirm")
	same(t, "another language", must(w.Template(w.ctx, "wa", "confirm", "en")) == nil, true)

	same(t, "again", counts(w.syncs("wa", confirm, promo)), [4]int{0, 0, 0, 2})
	got = must(w.Template(w.ctx, "wa", "confirm", "pt_BR"))
	same(t, "unchanged since", got.ChangedAt, first)
	same(t, "looked at since", got.SyncedAt.After(first), true)

	paused := confirm
	paused.Status, paused.Reason = "paused", "FIRST_PAUSE"
	f = w.syncs("wa", paused)
	same(t, "paused, and one gone", counts(f), [4]int{0, 1, 1, 0})
	same(t, "the one gone", f.Changes[1].After.Key()+" "+string(f.Changes[1].After.Status), "promo/pt_BR deleted")
	same(t, "gone once", counts(w.syncs("wa", paused)), [4]int{0, 0, 0, 1})
	same(t, "an empty list", counts(w.syncs("wa")), [4]int{0, 0, 1, 0})
	same(t, "both are back", counts(w.syncs("wa", confirm, promo)), [4]int{0, 2, 0, 0})

	odd := confirm
	odd.Status = ""
	same(t, "a state that nobody knows changes none", counts(w.syncs("wa", odd, promo)), [4]int{0, 0, 0, 2})
	same(t, "all", len(must(w.Templates(w.ctx, ""))), 2)
	same(t, "of another integration", len(must(w.Templates(w.ctx, "sms"))), 0)
	known := must(w.Integration(w.ctx, "wa"))
	same(t, "something is known of them", known.KnowsTemplates, true)
	must(w.PutIntegration(w.ctx, known))
	same(t, "and stays so", must(w.Integration(w.ctx, "wa")).KnowsTemplates, true)
	_, err := w.SyncTemplates(w.ctx, "nobody", nil)
	refused(t, err, engine.NotFound)
}

// templateNews: news count at once, for every integration of the account, and once.
func templateNews(t *testing.T, open Open) {
	w := begin(t, open)
	w.integration("wa")
	w.integration("wb")
	confirm := engine.Template{Name: "confirm", Language: "pt_BR", ProviderID: "1", Status: "approved", Category: "utility"}
	w.syncs("wa", confirm)
	w.syncs("wb", confirm)
	pause := engine.TemplateNews{IntegrationID: "wa", Name: "confirm", Language: "pt_BR", ProviderID: "1", Status: "paused", Reason: "FIRST_PAUSE"}
	changes := w.hears(pause)
	same(t, "both know", len(changes), 2)
	same(t, "what it was", changes[0].Before.Status, engine.TemplateApproved)
	same(t, "what it is", must(w.Template(w.ctx, "wb", "confirm", "pt_BR")).Status, engine.TemplatePaused)
	same(t, "the same again", len(w.hears(pause)), 0)

	late := pause
	late.Status, late.At = "approved", w.clock.Now().Add(-time.Hour)
	same(t, "older news", len(w.hears(late)), 0)

	soon := w.clock.Now().Add(24 * time.Hour)
	w.hears(engine.TemplateNews{IntegrationID: "wa", Name: "confirm", Language: "pt_BR", Category: "utility", Change: &engine.CategoryChange{To: "marketing", At: &soon}})
	same(t, "announced", must(w.Template(w.ctx, "wa", "confirm", "pt_BR")).Change.To, "marketing")
	confirm.Status = "paused"
	confirm.Reason = "FIRST_PAUSE"
	same(t, "lists do not repeat what was announced", w.syncs("wa", confirm).Same, 1)
	same(t, "still announced", must(w.Template(w.ctx, "wa", "confirm", "pt_BR")).Change.At.Equal(soon), true)
	w.hears(engine.TemplateNews{IntegrationID: "wa", Name: "confirm", Language: "pt_BR", Category: "marketing"})
	got := must(w.Template(w.ctx, "wa", "confirm", "pt_BR"))
	same(t, "it has come", got.Category == "marketing" && got.Change == nil, true)

	changes = w.hears(engine.TemplateNews{IntegrationID: "wa", Name: "new", Language: "en", Status: "approved"})
	same(t, "one nobody listed", len(changes) == 1 && changes[0].Before == nil, true)
	_, err := w.HearTemplate(w.ctx, &engine.TemplateNews{IntegrationID: "nobody", Name: "x", Language: "en", Status: "approved"})
	refused(t, err, engine.NotFound)
}

// templateNotices: what is told of a template is settled by the template, never by
// its integration.
func templateNotices(t *testing.T, open Open) {
	w := begin(t, open)
	w.integration("wa")
	tell := func(kind engine.NoticeKind, name string) {
		t.Helper()
		w.clock.Advance(time.Second)
		ok(t, w.Tell(w.ctx, &engine.Notice{Kind: kind, IntegrationID: "wa", Channel: engine.WhatsApp, Template: &engine.NoticeTemplate{Name: name, Language: "pt_BR", Status: "paused", Journeys: []string{"a", "b"}}}))
	}
	openOnes := func() string {
		t.Helper()
		list, _, err := w.Notices(w.ctx, time.Time{}, 100, "")
		ok(t, err)
		var names []string
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].ResolvedAt == nil {
				names = append(names, list[i].Template.Name+" "+strings.Join(list[i].Template.Journeys, "+"))
			}
		}
		return strings.Join(names, ", ")
	}
	tell(engine.NoticeTemplateStopped, "confirm")
	tell(engine.NoticeTemplateStopped, "promo")
	_, err := w.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.Limited})
	ok(t, err)
	_, err = w.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.Enabled, By: "maria"})
	ok(t, err)
	same(t, "the channel recovers", openOnes(), "confirm a+b, promo a+b")
	tell(engine.NoticeTemplateBack, "confirm")
	same(t, "the template recovers", openOnes(), "promo a+b")
}
