package activities

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

// UpdateContact does what an `update` step says: fields (fitted to the contact
// schema), tags, opt-outs with their evidence. A value that does not fit its
// field leaves the contact as it was and is outcome `failed` with the field
// named.
func (a *Activities) UpdateContact(ctx context.Context, in StepInput) (StepResult, error) {
	plan, node, err := a.step(in.VersionHash, in.StepID)
	if err != nil {
		return StepResult{}, err
	}
	if node.Update == nil {
		return StepResult{}, engine.Errorf(engine.Invalid, "step %q updates nothing: it is a %s", in.StepID, node.Verb)
	}
	var result StepResult
	changed := false
	err = a.Store.InTx(ctx, func(ctx context.Context) error {
		result, changed = StepResult{Outcome: "ok"}, false
		if err := a.Store.LockContact(ctx, in.ContactID); err != nil && !isNotFound(err) {
			return fmt.Errorf("locking contact %q: %w", in.ContactID, err)
		}
		contact, windows, err := a.readContact(ctx, in.ContactID)
		if err != nil {
			return err
		}
		if contact == nil {
			result = StepResult{Outcome: "failed", Reason: "the contact does not exist any more"}
			return a.saveProgress(ctx, in.Base)
		}
		before := contact.Attributes
		after, err := updated(plan, node.Update, before, a.scope(plan, in.Base, contact, windows))
		if err != nil {
			result = StepResult{Outcome: "failed", Reason: err.Error()}
			return a.saveProgress(ctx, in.Base)
		}
		contact.Attributes = after
		if _, err := a.Store.PutContact(ctx, contact); err != nil {
			return fmt.Errorf("saving contact %q: %w", contact.ID, err)
		}
		for _, ch := range node.Update.OptOut {
			if err := a.optOut(ctx, contact, engine.Channel(ch), in); err != nil {
				return err
			}
		}
		changed = true
		return a.saveProgress(ctx, in.Base)
	})
	if err != nil {
		return StepResult{}, fmt.Errorf("updating the contact in step %q: %w", in.StepID, err)
	}
	if changed && a.ContactChanged != nil {
		if err := a.ContactChanged(ctx, in.ContactID); err != nil {
			// The contact is saved; its other enrollments look before each step anyway.
			a.log.Warn("other enrollments not told of a changed contact", "contact_id", in.ContactID, "cause", cause(err))
		}
	}
	return result, nil
}

// updated is the contact's attributes after the step. The given ones are left
// alone.
func updated(plan *dsl.Plan, u *dsl.Update, attributes map[string]any, s *expression.Scope) (map[string]any, error) {
	after := maps.Clone(attributes)
	if after == nil {
		after = map[string]any{}
	}
	for _, field := range slices.Sorted(maps.Keys(u.Fields)) {
		v, err := renderValue(u.Fields[field], s)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", field, err)
		}
		t, ok := plan.Contact[field]
		if !ok {
			return nil, fmt.Errorf("the workspace's contacts have no field %q", field)
		}
		typed, coerceErr := t.CoerceIn(v, s.Zone)
		if coerceErr != nil {
			return nil, fmt.Errorf("field %q: %s", field, coerceErr.Text.En)
		}
		after[field] = typed
	}
	if len(u.AddTags)+len(u.RemoveTags) == 0 {
		return after, nil
	}
	tags := tagsOf(after["tags"])
	for _, t := range u.AddTags {
		tag, err := renderText(t, t.Source, s)
		if err != nil {
			return nil, fmt.Errorf("tag: %w", err)
		}
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	for _, t := range u.RemoveTags {
		tag, err := renderText(t, t.Source, s)
		if err != nil {
			return nil, fmt.Errorf("tag: %w", err)
		}
		tags = slices.DeleteFunc(tags, func(have string) bool { return have == strings.TrimSpace(tag) })
	}
	list := make([]any, len(tags))
	for i, t := range tags {
		list[i] = t
	}
	after["tags"] = list
	return after, nil
}

func tagsOf(v any) []string {
	var tags []string
	switch v := v.(type) {
	case []string:
		tags = append(tags, v...)
	case []any:
		for _, t := range v {
			if s, ok := t.(string); ok {
				tags = append(tags, s)
			}
		}
	}
	return tags
}

// optOut records the withdrawal with its evidence and lists the addresses.
func (a *Activities) optOut(ctx context.Context, c *engine.Contact, ch engine.Channel, in StepInput) error {
	if granted, known := c.OptIn[ch]; known && !granted {
		return nil // done by an earlier attempt, or by the contact
	}
	now := a.Clock.Now()
	err := a.Store.RecordConsent(ctx, engine.Consent{
		ContactID: c.ID, Channel: ch, Granted: false, Source: "journey", At: now,
		Evidence: fmt.Sprintf("journey %s, step %s, enrollment %s", in.JourneyID, in.StepID, in.EnrollmentID),
	})
	if err != nil {
		return fmt.Errorf("recording the opt-out of contact %q: %w", c.ID, err)
	}
	for _, addr := range addressesOn(c, ch) {
		if err := a.Store.Suppress(ctx, engine.Suppression{Channel: ch, Address: addr, Reason: "opted_out", At: now}); err != nil {
			return fmt.Errorf("suppressing an address of contact %q: %w", c.ID, err)
		}
	}
	return nil
}
