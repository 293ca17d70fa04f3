package api

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// templateStore keeps what providers say of their templates.
type templateStore interface {
	Templates(ctx context.Context, of engine.IntegrationID) ([]engine.Template, error)
}

// templateView is a template of templates.lock.yaml, of a provider, or of both: then
// its parameters and their names are the lock file's, and what may change from day to
// day the provider's.
type templateView struct {
	Name     string   `json:"name"`
	Channel  string   `json:"channel"`
	Language string   `json:"language"`
	Category string   `json:"category"`
	Status   string   `json:"status"`
	Params   []string `json:"params"`
	Buttons  []string `json:"buttons"`
	Body     string   `json:"body"`
	Subject  string   `json:"subject"`
	Markdown string   `json:"markdown"`

	Named          bool                       `json:"named"`
	Integration    engine.IntegrationID       `json:"integration,omitempty"`
	Reason         string                     `json:"reason,omitempty"`
	Quality        string                     `json:"quality,omitempty"`
	CategoryChange *engine.CategoryChange     `json:"category_change,omitempty"`
	Components     []engine.TemplateComponent `json:"components"`
	Journeys       []string                   `json:"journeys"` // published, that send it
	Locked         bool                       `json:"locked"`   // it stands in templates.lock.yaml
	LockStatus     string                     `json:"lock_status,omitempty"`
	SyncedAt       *time.Time                 `json:"synced_at"`
	ChangedAt      *time.Time                 `json:"changed_at,omitempty"`
}

func lockedTemplate(t dsl.Template) templateView {
	return templateView{
		Name: t.Name, Channel: t.Channel, Language: t.Language, Category: t.Category, Status: t.Status,
		Params: append([]string{}, t.Params...), Buttons: append([]string{}, t.Buttons...), Body: t.Body, Subject: t.Subject, Markdown: t.Markdown,
		Named: t.Named, Components: []engine.TemplateComponent{}, Journeys: []string{}, Locked: true, LockStatus: t.Status,
	}
}

// heard puts what the provider says over what the lock file says.
func (v templateView) heard(t *engine.Template) templateView {
	v.Integration, v.Reason, v.Quality, v.CategoryChange, v.Components = t.IntegrationID, t.Reason, t.Quality, t.Change, t.Components
	v.SyncedAt, v.ChangedAt = &t.SyncedAt, &t.ChangedAt
	if t.Status != "" {
		v.Status = string(t.Status)
	}
	if t.Category != "" {
		v.Category = t.Category
	}
	if !v.Locked {
		v.Params, v.Buttons = append(v.Params, t.Places()...), append(v.Buttons, t.Replies()...)
		v.Body, v.Named = t.Body(), t.Named()
	}
	return v
}

func newTemplate(t *engine.Template) templateView {
	return templateView{
		Name: t.Name, Channel: string(t.Channel), Language: t.Language, Params: []string{}, Buttons: []string{}, Journeys: []string{},
	}.heard(t)
}

// listTemplates is what journeys can send: the lock file's templates, with what each
// integration's provider says of them, then those that only a provider knows.
func (s *server) listTemplates(ctx context.Context, q *request) (*answer, error) {
	ws, err := s.currentWorkspace(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.Store.Templates(ctx, engine.IntegrationID(q.query("integration")))
	if err != nil {
		return nil, fmt.Errorf("reading templates: %w", err)
	}
	open, err := s.Store.OpenVersions(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the published journeys: %w", err)
	}
	users := map[string][]string{}
	for i := range open {
		for key := range open[i].Plan.Templates {
			if j := string(open[i].Journey); !slices.Contains(users[key], j) {
				users[key] = append(users[key], j)
			}
		}
	}
	list := mergeTemplates(ws.AllTemplates(), known)
	for i := range list {
		list[i].Journeys = append(list[i].Journeys, users[list[i].Channel+"/"+list[i].Name]...)
	}
	return ok(pageOf(list, "")), nil
}

// mergeTemplates brings the lock file and the providers' words together, by channel,
// name and language; two integrations that know a template make two lines.
func mergeTemplates(locked []dsl.Template, known []engine.Template) []templateView {
	heard := map[string][]*engine.Template{}
	key := func(channel, name, language string) string {
		return channel + "/" + name + "/" + strings.ReplaceAll(language, "-", "_")
	}
	for i := range known {
		k := key(string(known[i].Channel), known[i].Name, known[i].Language)
		heard[k] = append(heard[k], &known[i])
	}
	list := []templateView{}
	for _, t := range locked {
		k := key(t.Channel, t.Name, t.Language)
		if len(heard[k]) == 0 {
			list = append(list, lockedTemplate(t))
		}
		for _, h := range heard[k] {
			list = append(list, lockedTemplate(t).heard(h))
		}
		delete(heard, k)
	}
	for _, k := range slices.Sorted(maps.Keys(heard)) {
		for _, h := range heard[k] {
			list = append(list, newTemplate(h))
		}
	}
	slices.SortStableFunc(list, func(a, b templateView) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Language, b.Language), cmp.Compare(a.Integration, b.Integration))
	})
	return list
}

// syncView is what one integration's list brought.
type syncView struct {
	Integration engine.IntegrationID `json:"integration"`
	Provider    string               `json:"provider"`
	New         int                  `json:"new"`
	Changed     int                  `json:"changed"`
	Gone        int                  `json:"gone"`
	Unchanged   int                  `json:"unchanged"`
	OK          bool                 `json:"ok"`
	Message     string               `json:"message"`
	Changes     []changeView         `json:"changes"`
}

// changeView is one template that is not as it was.
type changeView struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Was      string `json:"was,omitempty"` // its status before; "" for a new one
	Status   string `json:"status"`
	Category string `json:"category,omitempty"`
}

type syncedView struct {
	New          int        `json:"new"`
	Changed      int        `json:"changed"`
	Gone         int        `json:"gone"`
	Message      string     `json:"message"`
	Integrations []syncView `json:"integrations"`
}

// syncTemplates asks the providers for their templates now.
func (s *server) syncTemplates(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Integration string `json:"integration"`
	}
	if err := q.decodeOptional(&in); err != nil {
		return nil, err
	}
	if in.Integration != "" {
		if _, err := s.findIntegration(ctx, in.Integration); err != nil {
			return nil, err
		}
	}
	found, err := s.Runtime.SyncTemplates(ctx, engine.IntegrationID(in.Integration), q.actor())
	if err != nil {
		return nil, wrapUnlessRefused("comparing templates with the providers", err)
	}
	out := syncedView{Integrations: []syncView{}}
	for i := range found {
		one := syncOf(&found[i], q.lang)
		out.New, out.Changed, out.Gone = out.New+one.New, out.Changed+one.Changed, out.Gone+one.Gone
		out.Integrations = append(out.Integrations, one)
	}
	out.Message = counted(out.New, out.Changed, out.Gone).In(q.lang)
	if len(found) == 0 {
		out.Message = diag.T("no integration's provider shows its templates; docs/channels/README.md says which ones do",
			"o provedor de nenhuma integração mostra os modelos; docs/channels/README.md diz quais mostram").In(q.lang)
	}
	return ok(out), nil
}

func syncOf(f *engine.TemplateSync, lang diag.Language) syncView {
	v := syncView{Integration: f.Integration, Provider: f.Provider, New: f.New, Changed: f.Changed, Gone: f.Gone, Unchanged: f.Same, OK: f.Problem == "", Changes: []changeView{}}
	for _, c := range f.Changes {
		one := changeView{Name: c.After.Name, Language: c.After.Language, Status: string(c.After.Status), Category: c.After.Category}
		if c.Before != nil {
			one.Was = string(c.Before.Status)
		}
		v.Changes = append(v.Changes, one)
	}
	v.Message = counted(f.New, f.Changed, f.Gone).In(lang)
	if !v.OK {
		v.Message = f.Problem
	}
	return v
}

// counted is what a comparison brought, in words.
func counted(added, changed, gone int) diag.Text {
	if added+changed+gone == 0 {
		return diag.T("nothing has changed", "nada mudou")
	}
	return diag.T("%d new, %d changed, %d gone", "novos: %d, alterados: %d, apagados: %d", added, changed, gone)
}
