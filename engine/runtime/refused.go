package runtime

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"jornada/engine"
)

// refusedQuiet is how long a template that its provider refuses is not looked into
// again, in real time: a campaign meets thousands of refusals of one cause.
const refusedQuiet = 10 * time.Minute

// refusedKept bounds how many of them are remembered.
const refusedKept = 1000

// refusedTemplates remembers, in this process, which refusals were looked into and
// whose lists are to be read for them. Losing it costs one more look.
type refusedTemplates struct {
	mu    sync.Mutex
	told  map[string]time.Time // the machine's
	asked []engine.IntegrationID
}

// fresh reports whether a refusal is news.
func (t *refusedTemplates) fresh(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at, known := t.told[key]; known && now.Sub(at) < refusedQuiet {
		return false
	}
	if t.told == nil || len(t.told) >= refusedKept {
		t.told = map[string]time.Time{}
	}
	t.told[key] = now
	return true
}

func (t *refusedTemplates) ask(id engine.IntegrationID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.asked, id) {
		t.asked = append(t.asked, id)
	}
}

// take empties what is to be read.
func (t *refusedTemplates) take() []engine.IntegrationID {
	t.mu.Lock()
	defer t.mu.Unlock()
	asked := t.asked
	t.asked = nil
	return asked
}

func (t *refusedTemplates) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.told)
}

// TemplateRefused heeds that a provider refused a message for its template: a paused,
// deleted or different one, never the person it was for. Administrators are told, once
// for each cause, and the provider's list is read at once, by which the send gate stops
// a template that is not sent any more. Where a transaction around it comes to nothing,
// the next refusal after refusedQuiet tells.
func (r *Runtime) TemplateRefused(ctx context.Context, m *engine.Message, code, words string) error {
	if m.Content.Template == "" || m.IntegrationID == "" {
		return nil
	}
	n := &engine.Notice{
		Kind: engine.NoticeTemplateRefused, IntegrationID: m.IntegrationID, Channel: m.Channel, Cause: words,
		Template: &engine.NoticeTemplate{Name: m.Content.Template, Language: m.Content.Language},
	}
	if code != "" {
		n.Cause = strings.TrimSpace(fmt.Sprintf("%s (code %s)", words, code))
	}
	if !r.refusedTemplates.fresh(fmt.Sprint(n.IntegrationID, "\x00", n.Template.Name, "\x00", n.Template.Language, "\x00", code), r.Clock.Real()) {
		return nil
	}
	used, err := r.templateUsers(ctx)
	if err != nil {
		return err
	}
	n.Template.Journeys = used[string(m.Channel)+"/"+n.Template.Name]
	if err := r.Store.Tell(ctx, n); err != nil {
		return fmt.Errorf("telling of template %q: %w", n.Template.Name, err)
	}
	r.Logger.WarnContext(ctx, n.Text().En, "integration", n.IntegrationID, "template", n.Template.Name)
	r.refusedTemplates.ask(n.IntegrationID)
	wake(r.wakeTemplates)
	return nil
}
