package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// TemplateSource lists the templates of an integration; channel.ErrNoTemplates when
// its provider shows none. *channel.Registry is one.
type TemplateSource interface {
	Templates(ctx context.Context, i *engine.Integration) ([]engine.Template, error)
}

// Providers tell most changes of a template by webhook, and some none. So the lists
// are read as well, now and then, on the machine's clock.
const (
	templatesEvery = 6 * time.Hour   // of one integration
	templatesLook  = time.Minute     // how often to see whether one is due
	templatesTime  = 2 * time.Minute // for all pages of one list
)

// templatesTrigger is the name under which a reading is remembered to be done.
const templatesTrigger = "templates of "

// syncTemplatesDue reads the lists that are due, each once in all processes, and those
// whose providers refused a template. A list that cannot be read is left for the next
// time: the log says why.
func (r *Runtime) syncTemplatesDue(ctx context.Context) error {
	all, err := r.Store.Integrations(ctx)
	if err != nil {
		return fmt.Errorf("listing integrations: %w", err)
	}
	slot, asked := r.Clock.Real().UTC().Truncate(templatesEvery), r.refusedTemplates.take()
	for i := range all {
		in := &all[i]
		if in.Channel != engine.WhatsApp || in.State == engine.Disabled || in.State == engine.NeedsReconnect {
			continue
		}
		first, err := r.Store.MarkFired(ctx, "", templatesTrigger+string(in.ID), slot)
		if err != nil {
			return fmt.Errorf("marking the templates of integration %q: %w", in.ID, err)
		}
		if !first && !slices.Contains(asked, in.ID) {
			continue
		}
		found, listed, err := r.syncTemplates(ctx, in, "system")
		if err != nil {
			return err
		}
		switch {
		case listed && found.Problem != "":
			r.Logger.WarnContext(ctx, "the templates of an integration could not be listed; what was known of them stays", "integration", in.ID, "cause", found.Problem)
		case listed && len(found.Changes) > 0:
			r.Logger.InfoContext(ctx, "templates changed at their provider", "integration", in.ID, "new", found.New, "changed", found.Changed, "gone", found.Gone)
		}
	}
	return nil
}

// SyncTemplates compares what is known of templates with the providers' lists: of
// one integration, or with "" of every one whose provider shows any. A list that
// cannot be read changes nothing and says why in Problem. Who asks has mended what was
// refused, or hears of it again.
func (r *Runtime) SyncTemplates(ctx context.Context, of engine.IntegrationID, actor string) ([]engine.TemplateSync, error) {
	var all []engine.Integration
	var err error
	if of == "" {
		all, err = r.Store.Integrations(ctx)
	} else {
		var one *engine.Integration
		if one, err = r.Store.Integration(ctx, of); err == nil {
			all = append(all, *one)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading integrations: %w", err)
	}
	found := []engine.TemplateSync{}
	r.refusedTemplates.forget()
	for i := range all {
		one, listed, err := r.syncTemplates(ctx, &all[i], actor)
		if err != nil {
			return nil, err
		}
		if err := r.Store.TemplatesMended(ctx, all[i].ID); err != nil {
			return nil, fmt.Errorf("closing what was told of templates: %w", err)
		}
		if listed || of != "" {
			found = append(found, one)
		}
	}
	return found, nil
}

// syncTemplates compares one integration's templates; listed is false when its
// provider shows none.
func (r *Runtime) syncTemplates(ctx context.Context, in *engine.Integration, actor string) (found engine.TemplateSync, listed bool, err error) {
	found = engine.TemplateSync{Integration: in.ID, Provider: in.Provider}
	if r.Templates == nil {
		found.Problem = channel.ErrNoTemplates.Error()
		return found, false, nil
	}
	reading, cancel := context.WithTimeout(ctx, templatesTime)
	list, err := r.Templates.Templates(reading, in)
	cancel()
	if errors.Is(err, channel.ErrNoTemplates) {
		found.Problem = channel.ErrNoTemplates.Error()
		return found, false, nil
	}
	if err != nil {
		found.Problem = inWords(err)
		return found, true, nil
	}
	err = r.inTx(ctx, func(ctx context.Context) error {
		if found, err = r.Store.SyncTemplates(ctx, in.ID, list); err != nil {
			return fmt.Errorf("comparing the templates of integration %q: %w", in.ID, err)
		}
		found.Provider = in.Provider
		if len(found.Changes) == 0 {
			return nil
		}
		if err := r.tellOfTemplates(ctx, found.Changes); err != nil {
			return err
		}
		return r.auditBy(ctx, actor, "templates.synced", string(in.ID), map[string]any{"new": found.New, "changed": found.Changed, "gone": found.Gone})
	})
	return found, true, err
}

// inWords is a refusal in its own words, without what our layers put before it.
func inWords(err error) string {
	var refused *engine.Error
	if errors.As(err, &refused) {
		return refused.Message
	}
	return err.Error()
}

// tellOfTemplates tells administrators what they must know of changes, once each,
// with the journeys that they touch.
func (r *Runtime) tellOfTemplates(ctx context.Context, changes []engine.TemplateChange) error {
	used, err := r.templateUsers(ctx)
	if err != nil {
		return err
	}
	for _, c := range changes {
		n := c.NoticeOf(used[string(c.After.Channel)+"/"+c.After.Name])
		if n == nil {
			continue
		}
		if err := r.Store.Tell(ctx, n); err != nil {
			return fmt.Errorf("telling of template %q: %w", c.After.Name, err)
		}
		r.Logger.WarnContext(ctx, n.Text().En, "integration", n.IntegrationID, "template", c.After.Name)
	}
	return nil
}

// templateUsers are the published journeys that send each template, by channel and
// name, on trial or not, and paused ones too: they go on some day.
func (r *Runtime) templateUsers(ctx context.Context) (map[string][]string, error) {
	all, err := r.Store.Journeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing journeys: %w", err)
	}
	used := map[string][]string{}
	for _, j := range all {
		if j.Live == "" || j.Archived {
			continue
		}
		versions := []engine.VersionHash{j.Live}
		if j.Trial != nil {
			versions = append(versions, j.Trial.Version)
		}
		of := map[string]bool{}
		for _, hash := range versions {
			plan, err := r.Plans.load(ctx, hash)
			if err != nil {
				return nil, fmt.Errorf("loading journey %q: %w", j.ID, err)
			}
			for key := range plan.Templates {
				of[key] = true
			}
		}
		for key := range of {
			used[key] = append(used[key], string(j.ID))
		}
	}
	return used, nil
}

// heedTemplate applies news of a template at once: from now on the send gate goes by
// them.
func (r *Runtime) heedTemplate(ctx context.Context, ev *engine.InboundEvent) error {
	n := r.templateNews(ev)
	if n == nil {
		return nil
	}
	changes, err := r.Store.HearTemplate(ctx, n)
	if isCode(err, engine.NotFound) {
		return nil // an integration that was taken away
	}
	if err != nil {
		return fmt.Errorf("applying news of template %q: %w", n.Name, err)
	}
	if len(changes) == 0 {
		return nil
	}
	told := changes[:1] // of one account's integrations, one notice
	for i := range changes {
		if changes[i].After.IntegrationID == n.IntegrationID {
			told = changes[i : i+1]
		}
	}
	return r.tellOfTemplates(ctx, told)
}

// templateNews reads an event about a template; nil when it is about none, or names
// no language, by which a template is known.
func (r *Runtime) templateNews(ev *engine.InboundEvent) *engine.TemplateNews {
	word := func(name string) string { s, _ := ev.Data[name].(string); return s }
	n := &engine.TemplateNews{
		IntegrationID: ev.IntegrationID, Channel: ev.Channel, Name: word("name"), Language: word("language"), ProviderID: word("template_id"), At: ev.OccurredAt,
	}
	if n.Name == "" || n.Language == "" || n.IntegrationID == "" || len(n.Name) > engine.TemplateNameMax || len(n.Language) > engine.TemplateNameMax {
		return nil
	}
	switch ev.Kind {
	case engine.TemplateStatus:
		n.Status, _ = engine.ReadTemplateState(word("event"))
		for _, why := range []string{word("reason"), word("title"), word("description")} {
			if why != "" && !strings.EqualFold(why, "NONE") && n.Reason == "" && n.Status != engine.TemplateApproved {
				n.Reason = why
			}
		}
	case engine.TemplateQuality:
		n.Quality = channel.Quality(word("current"))
	case engine.TemplateCategory:
		n.Category = strings.ToLower(word("current"))
		if future := strings.ToLower(word("future")); future != "" && future != n.Category {
			n.Change = &engine.CategoryChange{To: future}
			if seconds, err := strconv.ParseInt(word("effective"), 10, 64); err == nil && seconds > 0 {
				at := r.Clock.Virtual(time.Unix(seconds, 0)).UTC()
				n.Change.At = &at
			}
		}
	default:
		return nil
	}
	return n
}
