package dsl

import (
	"reflect"
	"slices"

	"jornada/dsl/medium"
)

// Listens returns the sorted names of the events whose arrival concerns a
// running enrollment: those of goals, exits and waits. Events that only start
// enrollments are not among them.
func (p *Plan) Listens() []string {
	var names []string
	for _, i := range slices.Concat(p.Goals, p.Exits) {
		names = append(names, i.Event)
	}
	for _, n := range p.Nodes {
		if n.Wait == nil {
			continue
		}
		for _, e := range n.Wait.Events {
			names = append(names, e.Event)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	slices.Sort(names)
	return slices.Compact(names)
}

// NeedsContact reports whether an enrollment needs a contact: because a step
// writes to one or changes one, or because an expression reads `contact` or
// `window`. An event without a contact may start only journeys that need none.
func (p *Plan) NeedsContact() bool {
	for _, t := range p.Triggers {
		if t.Inbound != "" || t.Segment != "" {
			return true
		}
	}
	for _, n := range p.Nodes {
		if n.Send != nil || n.Ask != nil || n.Handoff != nil || n.Update != nil || n.Split != nil || n.Enroll != nil && n.Enroll.Contact == nil {
			return true
		}
		if n.Wait != nil && slices.ContainsFunc(n.Wait.Events, func(e WaitEvent) bool { return e.Reply != "" || e.Window != "" }) {
			return true
		}
		if n.Call != nil && bodyReadsContact(n.Call.Body) {
			return true
		}
	}
	needs := false
	look := func(reads []string) {
		needs = needs || slices.Contains(reads, "contact") || slices.Contains(reads, "window")
	}
	visitSources(reflect.ValueOf(p), func(e *Expr) { look(e.Reads) }, func(t *Text) { look(t.Reads) })
	return needs
}

func bodyReadsContact(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if text, ok := v["$text"].(map[string]any); ok {
			reads, _ := text["reads"].([]any)
			return slices.Contains(reads, any("contact")) || slices.Contains(reads, any("window"))
		}
		for _, item := range v {
			if bodyReadsContact(item) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, bodyReadsContact)
	}
	return false
}

// Template finds a template of the plan.
func (p *Plan) Template(channel, name string) (Template, bool) {
	t, ok := p.Templates[channel+"/"+name]
	return t, ok
}

// Channels are those on which the journey sends, asks or listens, in the order of the
// table of media.
func (p *Plan) Channels() []string {
	used := map[string]bool{}
	for _, t := range p.Triggers {
		used[t.Inbound] = true
	}
	for _, n := range p.Nodes {
		for _, r := range n.routes() {
			used[r.Channel] = true
		}
		if n.Wait == nil {
			continue
		}
		for _, e := range n.Wait.Events {
			used[e.Reply], used[e.WindowOf()] = true, true
		}
	}
	return slices.DeleteFunc(medium.Names(), func(name string) bool { return !used[name] })
}
