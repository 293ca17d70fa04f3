package dsl

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// Compile checks a journey and, when it has no errors, lowers it to a plan. The
// plan is nil when there are errors, those of Parse included.
func Compile(j *Journey, ws *Workspace) (*Plan, diag.List) {
	return runCheck(j, ws).compile()
}

// compile is Compile, of a journey that was checked.
func (c *checker) compile() (*Plan, diag.List) {
	list := c.diagnostics()
	if list.HasErrors() || len(c.journey.broken) > 0 {
		return nil, list
	}
	p := c.plan()
	if p == nil {
		return nil, list
	}
	p.seal(c.contactFields())
	return p, list
}

// plan lowers the journey, once, as soon as its form is sound: what the rules
// about paths look at is what the interpreter walks. nil means that it is not.
func (c *checker) plan() *Plan {
	if c.lowered == nil && c.wellFormed() {
		l := &lowering{checker: c, ws: c.ws, journey: c.journey}
		c.lowered = l.plan()
	}
	return c.lowered
}

// wellFormed reports whether every step could be read and has an id of its own.
func (c *checker) wellFormed() bool {
	if len(c.journey.broken) > 0 {
		return false
	}
	steps := 0
	c.journey.all(func(*Step) { steps++ })
	return steps == len(c.steps)
}

// defaultHoldMax and defaultWithin are what a journey gets when it says
// nothing.
const (
	defaultHoldMax = Duration(24 * 60 * 60 * 1e9)
	defaultWithin  = Duration(15 * 60 * 1e9)
	defaultLocale  = "pt-BR"
)

// lowering turns the nested steps of a checked journey into the flat graph.
type lowering struct {
	checker *checker
	ws      *Workspace
	journey *Journey
	out     *Plan
	inside  []string // enclosing repeats and parallels
}

func (l *lowering) plan() *Plan {
	j := l.journey
	p := &Plan{
		Format: PlanFormat, Workspace: l.ws.ID, Journey: j.ID.Value, Name: j.Name.String(),
		Category: j.Category.Value, Locale: defaultLocale, Timezone: l.ws.Timezone, Clock: "journey",
		Inputs: j.Inputs, Triggers: []Trigger{}, Audience: l.expr(j.Audience),
		Entry:    Entry{Key: &Expr{Source: "contact.id", Reads: []string{"contact"}}, Overlap: "skip", Reentry: "always"},
		Delivery: j.Delivery.over(l.ws.Delivery[j.Category.Value]),
		Nodes:    map[string]*Node{}, Contact: l.ws.Contact,
		Events: map[string]expression.Fields{}, Schedules: map[string]Hours{}, Templates: map[string]Template{},
	}
	l.out = p
	if j.Locale != nil {
		p.Locale = j.Locale.Value
	}
	if j.Timezone != nil {
		p.Timezone = j.Timezone.Value
	}
	if j.Clock != nil {
		p.Clock = j.Clock.Value
	}
	if p.Delivery.HoldMax == 0 {
		p.Delivery.HoldMax = defaultHoldMax
	}
	for _, v := range j.Vars {
		if p.Vars == nil {
			p.Vars = map[string]Var{}
		}
		p.Vars[v.Name.Value] = v.Var
	}
	l.entry(p)
	for _, t := range j.Triggers {
		p.Triggers = append(p.Triggers, l.trigger(t))
	}
	for _, g := range j.Goals {
		p.Goals = append(p.Goals, l.interrupt(g, g.Exit.or(false)))
	}
	for _, e := range j.Exits {
		if e.Failure.or(false) {
			p.OnFailure = l.steps(e.Steps, End)
			continue
		}
		p.Exits = append(p.Exits, l.interrupt(e, true))
	}
	for _, t := range j.Translations {
		if p.Translations == nil {
			p.Translations = map[string]map[string]string{}
		}
		texts := map[string]string{}
		for _, pair := range t.Texts {
			texts[pair.Key.Value] = pair.Value.Value
		}
		p.Translations[t.Language.Value] = texts
	}
	p.Start = l.steps(j.Steps, End)
	if l.readsSchedules() {
		maps.Copy(p.Schedules, l.ws.Schedules)
	}
	return p
}

func (l *lowering) entry(p *Plan) {
	e := l.journey.Entry
	if e == nil {
		return
	}
	if e.Key != nil {
		p.Entry.Key = l.expr(e.Key)
	}
	if e.Overlap != nil {
		p.Entry.Overlap = e.Overlap.Value
	}
	if e.Reentry != nil {
		p.Entry.Reentry = e.Reentry.Value
	}
}

func (l *lowering) trigger(t *TriggerDecl) Trigger {
	l.event(t.Event)
	return Trigger{
		Event: t.Event.String(), Inbound: t.Inbound.String(), Segment: t.Segment.String(), Schedule: t.Schedule,
		API: t.API.or(false), Called: t.Called.or(false), Keywords: words(t.Keywords), Where: l.expr(t.Where), With: l.texts(t.With), Rate: t.Rate,
	}
}

func (l *lowering) interrupt(i *InterruptDecl, exit bool) Interrupt {
	l.event(i.Event)
	return Interrupt{ID: i.ID.Value, Event: i.Event.String(), Where: l.expr(i.Where), When: l.expr(i.When), Exit: exit}
}

// steps lowers a list and returns where it starts: its first step, or next when
// it is empty. Every step is followed by the one below it, the last by next.
func (l *lowering) steps(list []*Step, next string) string {
	for _, s := range slices.Backward(list) {
		l.step(s, next)
		next = s.ID.Value
	}
	return next
}

func (l *lowering) step(s *Step, next string) {
	o := s.Body.outcomes(l.ws)
	n := &Node{
		ID: s.ID.Value, Name: s.Name.String(), Was: words(s.Was), Verb: s.Verb.Value, Line: s.ID.node.line,
		If: l.expr(s.If), Normal: o.Normal, Next: next, Inside: slices.Clone(l.inside),
	}
	l.out.Nodes[n.ID] = n
	if possible := o.all(); len(possible) > 0 {
		n.Edges = map[string]string{}
		l.edges(s, n, o, possible)
	}
	s.Body.lower(l, s, n)
}

// edges gives every outcome its target. Branches of a parallel are lanes, which
// its own lowering walks.
func (l *lowering) edges(s *Step, n *Node, o outcomes, possible []string) {
	var rest string
	if _, lanes := s.Body.(*ParallelStep); !lanes {
		for _, b := range s.Branches {
			target := l.steps(b.Steps, n.Next)
			if b.Outcome.Value == otherwise {
				rest = target
			} else {
				n.Edges[b.Outcome.Value] = target
			}
		}
	}
	fails := n.Verb == "call" || n.Verb == "enroll"
	for _, outcome := range possible {
		switch {
		case n.Edges[outcome] != "":
		case rest != "" && outcome != o.Normal:
			n.Edges[outcome] = rest
		case outcome == "failed" && fails:
			// No edge: the enrollment ends as failed, visibly.
		default:
			n.Edges[outcome] = n.Next
		}
	}
	if n.Verb == "ask" && s.branch("undelivered") == nil && rest == "" {
		n.Edges["undelivered"] = n.Edges["timeout"] // silence, for whatever reason
	}
}

// enter lowers what stands inside a repeat or parallel.
func (l *lowering) enter(s *Step, body func()) {
	l.inside = append(l.inside, s.ID.Value)
	body()
	l.inside = l.inside[:len(l.inside)-1]
}

func (l *lowering) expr(s *Scalar) *Expr {
	if s == nil {
		return nil
	}
	return &Expr{Source: s.Value, Line: s.node.line, Column: s.node.column, Reads: l.checker.reads[s].roots}
}

// text lowers content that people do not read as such: parameters, addresses,
// values.
func (l *lowering) text(s *Scalar) *Text {
	if s == nil {
		return nil
	}
	return &Text{Source: s.Value, Line: s.node.line, Column: s.node.column, Reads: l.checker.reads[s].roots}
}

// copyText lowers a text that people read and translations replace: its path is
// what makes it part of the copy rather than the flow.
func (l *lowering) copyText(s *Scalar, path string) *Text {
	t := l.text(s)
	if t != nil {
		t.Path = path
	}
	return t
}

func (l *lowering) texts(pairs []Pair) map[string]*Text {
	if len(pairs) == 0 {
		return nil
	}
	texts := make(map[string]*Text, len(pairs))
	for _, pair := range pairs {
		texts[pair.Key.Value] = l.text(pair.Value)
	}
	return texts
}

// value lowers a request body: JSON whose texts with {{ }} stand as
// {"$text": {…}}.
func (l *lowering) value(v *Value) any {
	switch {
	case v == nil || v.null:
		return nil
	case v.kind == listNode:
		list := make([]any, len(v.List))
		for i, item := range v.List {
			list[i] = l.value(item)
		}
		return list
	case v.kind == mappingNode:
		m := make(map[string]any, len(v.Map))
		for _, pair := range v.Map {
			m[pair.Key] = l.value(pair.Value)
		}
		return m
	case strings.Contains(v.Text.Value, "{{"):
		return map[string]any{"$text": plain(l.text(v.Text))}
	}
	return constant(v.Text)
}

// plain is a value as its JSON reads back, so that a fresh plan and a stored
// one are the same.
func plain(v any) any {
	b, err := json.Marshal(v)
	var out any
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(fmt.Sprintf("dsl: a plan holds a value that is not JSON: %v", err))
	}
	return out
}

func (l *lowering) event(s *Scalar) {
	if s != nil {
		l.out.Events[s.Value] = l.ws.Events[s.Value]
	}
}

func (l *lowering) useSchedule(s *Scalar) {
	if s != nil {
		l.out.Schedules[s.Value] = l.ws.Schedules[s.Value]
	}
}

// readsSchedules reports whether any expression asks in_schedule(): then the
// plan takes all schedules along, because the name may be computed.
func (l *lowering) readsSchedules() bool {
	for s := range l.checker.reads {
		if strings.Contains(s.Value, "in_schedule") {
			return true
		}
	}
	return false
}

func (l *lowering) routes(step *Step, o *Outgoing) []Route {
	var routes []Route
	seen := map[string]int{}
	for _, r := range o.routes() {
		channel := r.Channel.Value
		seen[channel]++
		path := routePath(step, channel, seen[channel])
		routes = append(routes, Route{Channel: channel, Message: *l.message(channel, r.Message, path), Within: r.Within.or(defaultWithin)})
	}
	return routes
}

// routePath is what translations call a message: "confirm.sms", and for a
// second one on the same channel "confirm.sms2".
func routePath(step *Step, channel string, nth int) string {
	path := step.ID.Value + "." + channel
	if nth > 1 {
		path += fmt.Sprint(nth)
	}
	return path
}

func (l *lowering) message(channel string, m *MessageDecl, path string) *Message {
	out := &Message{
		Template: m.Template.String(), Params: l.texts(m.Params), Text: l.copyText(m.Text, path+".text"), Footer: l.copyText(m.Footer, path+".footer"),
		Subject: l.copyText(m.Subject, path+".subject"), Markdown: l.copyText(m.Markdown, path+".markdown"),
	}
	if m.Media != nil {
		out.Media = &Media{Kind: m.Media.Kind.Value, URL: l.text(m.Media.URL)}
	}
	if p := m.Location; p != nil {
		out.Location = &Location{
			Latitude: l.text(p.Latitude), Longitude: l.text(p.Longitude),
			Name: l.copyText(p.Name, path+".location.name"), Address: l.copyText(p.Address, path+".location.address"),
		}
	}
	out.Reaction = l.text(m.Reaction)
	if f := m.Form; f != nil {
		out.Form = &Form{ID: l.text(f.ID), Title: l.copyText(f.Title, path+".form.title"), Screen: l.text(f.Screen)}
	}
	if m.Link != nil {
		out.Link = &Link{Title: l.copyText(m.Link.Title, path+".link.title"), URL: l.text(m.Link.URL)}
	}
	if t := l.checker.template(channel, m.Template); t != nil {
		l.out.Templates[channel+"/"+t.Name] = *t
	}
	if m.Closed != nil {
		out.Closed = l.message(channel, m.Closed, path+".closed")
	}
	return out
}

// copyDecl is a text that people read, and the step that it belongs to.
type copyDecl struct {
	step    *Step
	text    *Scalar
	message *MessageDecl // of a message's own text
}

// texts are all copy of the journey, by path.
func (j *Journey) texts() map[string]copyDecl {
	paths := map[string]copyDecl{}
	j.all(func(s *Step) {
		if s.ID == nil {
			return
		}
		use := func(text *Scalar, path string) {
			if text != nil {
				paths[path] = copyDecl{step: s, text: text}
			}
		}
		outgoing := func(o *Outgoing) {
			seen := map[string]int{}
			for _, r := range o.routes() {
				seen[r.Channel.Value]++
				path := routePath(s, r.Channel.Value, seen[r.Channel.Value])
				if r.Message.Text != nil {
					paths[path+".text"] = copyDecl{s, r.Message.Text, r.Message}
				}
				use(r.Message.Footer, path+".footer")
				if place := r.Message.Location; place != nil {
					use(place.Name, path+".location.name")
					use(place.Address, path+".location.address")
				}
				if r.Message.Form != nil {
					use(r.Message.Form.Title, path+".form.title")
				}
				if r.Message.Link != nil {
					use(r.Message.Link.Title, path+".link.title")
				}
				use(r.Message.Subject, path+".subject")
				use(r.Message.Markdown, path+".markdown")
			}
		}
		switch body := s.Body.(type) {
		case *SendStep:
			outgoing(&body.Outgoing)
		case *AskStep:
			outgoing(&body.Outgoing)
			use(body.Reprompt, s.ID.Value+".reprompt")
			for i, o := range body.Options {
				if o.ID != nil {
					use(o.Title, s.ID.Value+".options."+o.ID.Value)
				}
				if o.ID != nil && beginsSection(body.Options, i) {
					use(o.Section, sectionPath(s, o))
				}
			}
			if body.Scale != nil {
				use(body.Scale.Low, s.ID.Value+".low")
				use(body.Scale.High, s.ID.Value+".high")
			}
		case *HandoffStep:
			use(body.Note, s.ID.Value+".note")
		}
	})
	return paths
}

// contactFields are the contact's fields that the journey reads or writes: a
// new field elsewhere in the workspace does not make a new version.
func (c *checker) contactFields() map[string]bool {
	used := map[string]bool{}
	for _, r := range c.reads {
		for _, path := range r.paths {
			if rest, ok := strings.CutPrefix(path, "contact."); ok {
				name, _, _ := strings.Cut(rest, ".")
				used[strings.TrimSuffix(name, "?")] = true
			}
			if path == "contact" {
				for name := range c.ws.Contact {
					used[name] = true
				}
			}
		}
	}
	c.journey.all(func(s *Step) {
		if u, ok := s.Body.(*UpdateStep); ok {
			for _, pair := range u.Fields {
				used[pair.Key.Value] = true
			}
		}
	})
	return used
}
