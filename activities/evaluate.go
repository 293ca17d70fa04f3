package activities

import (
	"context"
	"fmt"
	"strings"

	"jornada/dsl/expression"
	"jornada/engine"
)

// Evaluate computes expressions that read the contact or its service window. It
// returns results only, so that no personal data of the contact reaches
// Temporal's history. An expression that cannot be computed is a value with an
// Error in words, never a failure of the activity.
func (a *Activities) Evaluate(ctx context.Context, in EvaluateInput) (EvaluateResult, error) {
	plan, err := a.Plans.Plan(in.VersionHash)
	if err != nil {
		return EvaluateResult{}, fmt.Errorf("loading the plan %q: %w", in.VersionHash, err)
	}
	contact, windows, err := a.readContact(ctx, in.ContactID)
	if err != nil {
		return EvaluateResult{}, err
	}
	if poisonous != "" && strings.HasPrefix(string(in.ContactID), poisonous) && in.JourneyID == "poison_panic" {
		panic("a mistake that the torture suite planted")
	}
	s := a.scope(plan, in.Base, contact, windows)
	values := make([]Value, len(in.Items))
	for i, item := range in.Items {
		values[i] = evaluate(item, s)
	}
	if len(in.Trail) > 0 {
		if err := a.saveProgress(ctx, in.Base); err != nil {
			return EvaluateResult{}, err
		}
	}
	return EvaluateResult{values}, nil
}

func evaluate(item Item, s *expression.Scope) Value {
	var v any
	var err error
	if item.Text {
		var t *expression.Template
		if t, err = expression.LoadText(item.Source); err == nil {
			v, err = t.Render(s)
		}
	} else {
		var p *expression.Program
		if p, err = expression.Load(item.Source); err == nil {
			v, err = p.Eval(s)
		}
	}
	if err != nil {
		return Value{Error: err.Error()}
	}
	return Value{Value: v}
}

// readContact reads a contact and its windows. An enrollment without a contact,
// or whose contact was erased, has none of both.
func (a *Activities) readContact(ctx context.Context, id engine.ContactID) (*engine.Contact, map[engine.Channel]engine.WindowState, error) {
	if id == "" {
		return nil, nil, nil
	}
	contact, err := a.Store.Contact(ctx, id)
	if isNotFound(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading contact %q: %w", id, err)
	}
	windows, err := a.Store.Windows(ctx, contact.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the service windows of contact %q: %w", id, err)
	}
	return contact, windows, nil
}
