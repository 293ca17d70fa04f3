package activities

import (
	"fmt"
	"maps"
	"time"

	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

// scope builds what expressions read: the roots that travel with the input,
// and the contact and its windows as they are now, which never do.
func (a *Activities) scope(plan *dsl.Plan, b Base, contact *engine.Contact, windows map[engine.Channel]engine.WindowState) *expression.Scope {
	zone := engine.ZoneOr(plan.Timezone)
	now := b.Scope.Now
	if now.IsZero() {
		now = a.Clock.Now()
	}
	roots := map[string]any{
		"inputs":  coerceKnown(plan.Inputs, b.Scope.Inputs, zone),
		"vars":    coerceVars(plan.Vars, b.Scope.Vars, zone),
		"steps":   orEmpty(b.Scope.Steps),
		"trigger": triggerRoot(plan, b.Scope.Trigger, zone),
		"window":  WindowRoot(windows, a.Clock.Now()),
		"journey": map[string]any{"id": plan.Journey, "name": plan.Name, "version": string(b.VersionHash)},
	}
	if b.Scope.Event != nil {
		roots["event"] = b.Scope.Event
	}
	if b.Scope.Loop != nil {
		roots["loop"] = b.Scope.Loop
	}
	locale := plan.Locale
	if contact != nil {
		roots["contact"] = ContactRoot(plan.Contact, contact, zone)
		if contact.Locale != "" {
			locale = contact.Locale
		}
	}
	return &expression.Scope{
		Roots: roots, Now: now, Zone: zone, Locale: locale,
		InSchedule: func(t time.Time, name string) (bool, error) {
			hours, ok := plan.Schedules[name]
			if !ok {
				return false, fmt.Errorf("there is no schedule %q in this version of the journey", name)
			}
			return engine.InHours(hours, t, zone), nil
		},
	}
}

// ContactRoot is the expression root `contact`: the attributes of the
// workspace's schema, and id, opt_in, tags, timezone and locale, which every
// contact has. phone and email come from the addresses when the schema names
// them and no attribute says otherwise.
func ContactRoot(schema expression.Fields, c *engine.Contact, zone *time.Location) map[string]any {
	root := coerceKnown(schema, c.Attributes, zone)
	if _, ok := root["tags"]; !ok {
		root["tags"] = []any{}
	}
	for field, kind := range map[string]engine.AddressKind{"phone": engine.Phone, "email": engine.EmailAddress} {
		if _, wanted := schema[field]; wanted && root[field] == nil {
			if v := c.Address(kind); v != "" {
				root[field] = v
			}
		}
	}
	optIn := map[string]any{}
	for _, ch := range engine.Channels() {
		optIn[string(ch)] = c.OptIn[ch]
	}
	root["id"], root["opt_in"] = string(c.ID), optIn
	root["timezone"], root["locale"] = c.Timezone, c.Locale
	return root
}

// WindowRoot is the expression root `window`: per channel, whether free-form
// text is allowed now (with the safety margin) and until when (nil: never wrote).
func WindowRoot(windows map[engine.Channel]engine.WindowState, now time.Time) map[string]any {
	root := map[string]any{}
	for _, ch := range engine.Channels() {
		w := engine.ServiceWindow{LastInboundAt: windows[ch].LastInboundAt}
		// A channel without a service window is always open.
		state := map[string]any{"open": !ch.HasWindow() || w.OpenAt(now), "closes_at": nil}
		if closes := w.ClosesAt(); !closes.IsZero() {
			state["closes_at"] = closes
		}
		root[string(ch)] = state
	}
	return root
}

func triggerRoot(plan *dsl.Plan, trigger map[string]any, zone *time.Location) map[string]any {
	name, _ := trigger["event"].(string)
	data, ok := trigger["data"].(map[string]any)
	fields := plan.Events[name]
	if !ok || fields == nil {
		return orEmpty(trigger)
	}
	root := make(map[string]any, len(trigger))
	maps.Copy(root, trigger)
	root["data"] = coerceKnown(fields, data, zone)
	return root
}

// coerceKnown types the values that fit their declared type (times travel as
// text) and leaves the others as they are, so that an expression's own error
// names them. The input is never changed: the workflow owns it.
func coerceKnown(fields expression.Fields, values map[string]any, zone *time.Location) map[string]any {
	out := make(map[string]any, len(values)+4)
	for k, v := range values {
		out[k] = v
		if t, ok := fields[k]; ok && v != nil {
			if typed, err := t.CoerceIn(v, zone); err == nil {
				out[k] = typed
			}
		}
	}
	return out
}

func coerceVars(vars map[string]dsl.Var, values map[string]any, zone *time.Location) map[string]any {
	fields := make(expression.Fields, len(vars))
	out := make(map[string]any, len(vars))
	for name, v := range vars {
		fields[name] = v.Type
		if v.Default != nil {
			out[name] = v.Default
		}
	}
	maps.Copy(out, values)
	return coerceKnown(fields, out, zone)
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// renderText renders content into a string.
func renderText(t *dsl.Text, source string, s *expression.Scope) (string, error) {
	return renderEscaped(t, source, s, nil)
}

func renderEscaped(t *dsl.Text, source string, s *expression.Scope, escape func(string) string) (string, error) {
	template, err := expression.LoadText(source)
	if err == nil {
		var text string
		if text, err = template.RenderEscaped(s, escape); err == nil {
			return text, nil
		}
	}
	return "", at(t, err)
}

// renderValue renders content that keeps its type when it is exactly one {{ }}.
func renderValue(t *dsl.Text, s *expression.Scope) (any, error) {
	template, err := expression.LoadText(t.Source)
	if err != nil {
		return nil, at(t, err)
	}
	v, err := template.Render(s)
	if err != nil {
		return nil, at(t, err)
	}
	return v, nil
}

// at says where in the journey's file a text failed.
func at(t *dsl.Text, err error) error {
	if t.Line > 0 {
		return fmt.Errorf("line %d, column %d: %w", t.Line, t.Column, err)
	}
	return err
}
