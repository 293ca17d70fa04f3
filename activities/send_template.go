package activities

import (
	"context"
	"fmt"

	"jornada/engine"
)

// templateFacts reads whether the provider sends the templates of a message now. A
// template's category is the provider's too: it may have become marketing since the
// journey was published, and is billed and allowed as that.
func (s *sending) templateFacts(ctx context.Context, from sender, c *resolved, f *GateFacts) (err error) {
	f.FreeForm = c.main.Template == ""
	if !f.FreeForm {
		if f.TemplateProblem, err = s.templateProblem(ctx, from, &c.main); err != nil {
			return err
		}
	}
	if f.HasClosed = c.closed != nil; f.HasClosed {
		f.ClosedProblem, err = s.templateProblem(ctx, from, c.closed)
	}
	return err
}

// templateProblem says why the provider does not send a template; "" when it does.
// What was heard of it last decides: by its list, or by its news. Of a template that
// nothing was heard of, the version's copy of templates.lock.yaml does.
func (s *sending) templateProblem(ctx context.Context, from sender, c *engine.Content) (string, error) {
	copied := s.plan.Templates[s.route.Channel+"/"+c.Template]
	if from.integration != nil && from.integration.KnowsTemplates && c.Language != "" {
		known, err := s.a.Store.Template(ctx, from.integration.ID, c.Template, c.Language)
		if err != nil {
			return "", fmt.Errorf("reading what the provider says of the template %q: %w", c.Template, err)
		}
		if known != nil && known.Status != "" {
			if known.Category != "" {
				c.Category = known.Category
			}
			return known.Problem(), nil
		}
	}
	switch copied.Status {
	case "", "approved", "APPROVED":
		return "", nil
	}
	return fmt.Sprintf("the template %q is %s, not approved", c.Template, copied.Status), nil
}
