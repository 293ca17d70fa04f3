package channel

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"jornada/engine"
)

// TemplatePages bounds how many pages of one account's templates are read: an
// account has at most 6,000 templates, and more pages mean a list that never ends.
const TemplatePages = 100

// TemplateLister is a provider that can show the templates of its account, with
// what its platform says of each.
type TemplateLister interface {
	// Templates reads one page: the first with after "", each next one with the mark
	// that the page before answered; the last answers "". Its errors are for people
	// and say what to do. What belongs to other senders of the account is left out.
	Templates(ctx context.Context, after string) (list []engine.Template, next string, err error)
}

// ErrNoTemplates is a driver that cannot show templates: its provider publishes no
// way, or its channel has none.
var ErrNoTemplates = errors.New("this provider offers no way to list templates")

// AllTemplates reads every page, or nothing: from half a list nobody can tell
// which templates are gone.
func AllTemplates(ctx context.Context, lister TemplateLister) ([]engine.Template, error) {
	var all []engine.Template
	seen := map[string]bool{}
	after := ""
	for range TemplatePages {
		list, next, err := lister.Templates(ctx, after)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if next == "" {
			return once(all), nil
		}
		if seen[next] {
			return nil, engine.Errorf(engine.Unavailable, "the provider's list of templates leads back to a page that was read before; nothing was changed")
		}
		seen[next] = true
		after = next
	}
	return nil, engine.Errorf(engine.Unavailable, "the provider's list of templates has more than %d pages; nothing was changed", TemplatePages)
}

// once drops repeated entries, which a list has that changes while it is read, and
// what can be no template's name.
func once(list []engine.Template) []engine.Template {
	seen := map[string]bool{}
	out := list[:0]
	for _, t := range list {
		if t.Name == "" || len(t.Name) > engine.TemplateNameMax || len(t.Language) > engine.TemplateNameMax || seen[t.Key()] {
			continue
		}
		seen[t.Key()] = true
		out = append(out, t)
	}
	return out
}

// Templates reads all templates of an integration; ErrNoTemplates when its driver
// shows none.
func (r *Registry) Templates(ctx context.Context, i *engine.Integration) ([]engine.Template, error) {
	provider, err := r.Driver(i)
	if err != nil {
		return nil, err
	}
	lister, can := provider.(TemplateLister)
	if !can || i.Channel != engine.WhatsApp {
		return nil, ErrNoTemplates
	}
	list, err := AllTemplates(ctx, lister)
	if err != nil {
		return nil, fmt.Errorf("listing the templates of integration %q: %w", i.ID, err)
	}
	for n := range list {
		list[n].IntegrationID, list[n].Channel = i.ID, i.Channel
	}
	return list, nil
}

// Unlisted is a refusal to show templates, as people read it.
func Unlisted(company string, failure *SendError, remedy string) error {
	code := engine.Invalid
	if failure.Class == RetryLater || failure.Class == Throttle {
		code = engine.Unavailable
	}
	return engine.Errorf(code, "%s did not show its templates: %s; %s", company, failure.Error(), remedy)
}

// Unreadable is an answer that is no list of templates.
func Unreadable(company string) error {
	return engine.Errorf(engine.Invalid, "%s's list of templates cannot be read; check base_url", company)
}

// TooLong is a list that is longer than an answer may be.
func TooLong(company string) error {
	return engine.Errorf(engine.Unavailable, "%s's list of templates is longer than %d bytes in one answer; nothing was changed", company, AnswerMax)
}

// Quality is a provider's word for a template's quality in WhatsApp's colors.
func Quality(word string) string {
	switch word = strings.ToLower(strings.TrimSpace(word)); word {
	case "high":
		return "green"
	case "medium":
		return "yellow"
	case "low":
		return "red"
	case "green", "yellow", "red", "unknown":
		return word
	}
	return ""
}
