package runtime

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

// facts are what the expressions around an enrollment's start may read.
type facts struct {
	contact *engine.Contact // nil: none
	inputs  map[string]any
	trigger map[string]any
	event   map[string]any
	window  map[string]any
}

// scope lays the facts out for expressions of one plan. It is the world of
// `where`, `with`, `audience`, `entry.key` and segments: everything that is
// decided before a workflow exists.
func (r *Runtime) scope(plan *dsl.Plan, f facts) *expression.Scope {
	zone := engine.ZoneOr(plan.Timezone)
	roots := map[string]any{
		"journey": map[string]any{"id": plan.Journey, "name": plan.Name},
		"trigger": f.trigger,
		"inputs":  f.inputs,
		"vars":    map[string]any{},
		"steps":   map[string]any{},
		"window":  f.window,
	}
	if f.event != nil {
		roots["event"] = f.event
	}
	locale := plan.Locale
	if f.contact != nil {
		roots["contact"] = activities.ContactRoot(plan.Contact, f.contact, zone)
		if f.contact.Locale != "" {
			locale = f.contact.Locale
		}
	}
	return &expression.Scope{
		Roots: roots, Now: r.Clock.Now(), Zone: zone, Locale: locale,
		InSchedule: func(t time.Time, name string) (bool, error) {
			h, ok := plan.Schedules[name]
			if !ok {
				return false, fmt.Errorf("the workspace has no schedule %q", name)
			}
			return engine.InHours(h, t, zone), nil
		},
	}
}

// windowRoot is the `window` of expressions, read only when one of them asks.
func (r *Runtime) windowRoot(ctx context.Context, contact engine.ContactID) (map[string]any, error) {
	if contact == "" {
		return activities.WindowRoot(nil, r.Clock.Now()), nil
	}
	states, err := r.Store.Windows(ctx, contact)
	if err != nil {
		return nil, fmt.Errorf("reading the service windows of contact %q: %w", contact, err)
	}
	return activities.WindowRoot(states, r.Clock.Now()), nil
}

// scopeOf is shorter to write in signatures.
type scopeOf = expression.Scope

// render evaluates content; exactly one {{ }} keeps its type.
func render(t *dsl.Text, s *expression.Scope) (any, error) {
	p, err := expression.LoadText(t.Source)
	if err != nil {
		return nil, fmt.Errorf("reading `%s`: %w", t.Source, err)
	}
	v, err := p.Render(s)
	if err != nil {
		return nil, fmt.Errorf("evaluating `%s`: %w", t.Source, err)
	}
	return v, nil
}

// test runs a condition; none at all is true.
func test(e *dsl.Expr, s *expression.Scope) (bool, error) {
	if e == nil {
		return true, nil
	}
	p, err := expression.Load(e.Source)
	if err != nil {
		return false, fmt.Errorf("reading `%s`: %w", e.Source, err)
	}
	ok, err := p.Bool(s)
	if err != nil {
		return false, fmt.Errorf("evaluating `%s`: %w", e.Source, err)
	}
	return ok, nil
}

// eval runs an expression for its value.
func eval(e *dsl.Expr, s *expression.Scope) (any, error) {
	p, err := expression.Load(e.Source)
	if err != nil {
		return nil, fmt.Errorf("reading `%s`: %w", e.Source, err)
	}
	v, err := p.Eval(s)
	if err != nil {
		return nil, fmt.Errorf("evaluating `%s`: %w", e.Source, err)
	}
	return v, nil
}

// reads reports whether an expression reads a root.
func reads(e *dsl.Expr, root string) bool { return e != nil && slices.Contains(e.Reads, root) }

// coerceInputs fits data to the journey's inputs. The error names every field
// that does not fit ("inputs.starts_at") in words of the author.
func coerceInputs(plan *dsl.Plan, data map[string]any) (map[string]any, error) {
	if err := engine.TooLarge("inputs", data); err != nil {
		return nil, err
	}
	typed, errs := plan.Inputs.Coerce(data, engine.ZoneOr(plan.Timezone))
	var field string
	var says []string
	details := map[string]any{}
	for _, e := range errs {
		path := "inputs"
		if e.Path != "" {
			path += "." + e.Path
		}
		if e.Unknown {
			details[path] = "unknown" // kept out, said, not refused
			continue
		}
		if field == "" {
			field = path
		}
		details[path] = e.Text.En
		says = append(says, path+": "+e.Text.En)
	}
	if len(says) > 0 {
		return nil, &engine.Error{
			Code: engine.Invalid, Field: field, Details: details,
			Message: fmt.Sprintf("the inputs do not fit journey %q: %s", plan.Journey, strings.Join(says, "; ")),
		}
	}
	if typed == nil {
		typed = map[string]any{}
	}
	return typed, nil
}

// plain turns typed values into what JSON can carry and the interpreter can
// coerce back: times become RFC 3339 text, durations "1h30m0s".
func plain(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case time.Duration:
		return v.String()
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = plain(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = plain(x)
		}
		return out
	}
	return v
}

// plainMap is plain of a map; nil stays nil.
func plainMap(m map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	return plain(m).(map[string]any)
}

// triggerRoot is the `trigger` of expressions.
func triggerRoot(t engine.TriggerRecord) map[string]any {
	root := map[string]any{"kind": t.Kind, "event": t.Event, "text": t.Text, "channel": string(t.Channel), "data": t.Data}
	for k, v := range t.Data {
		if _, taken := root[k]; !taken {
			root[k] = v
		}
	}
	return root
}
