package dsl

import (
	"fmt"
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// act checks one line of a script.
func (c *scenarioCheck) act(d *actDecl) Act {
	a := Act{Span: d.node.headSpan()}
	for _, key := range d.node.keys { // the word that makes it what it is
		if slices.Contains(acts, key.value) && (a.Kind == "" || key.value == string(Expect)) {
			a.Kind, a.Span = ActKind(key.value), key.span()
		}
	}
	if d.after != nil {
		a.After, a.Clock = d.after.Value.Std(), d.after.At.Span()
	}
	if d.at != nil {
		a.At, a.Clock = c.moment(d.at), d.at.Span()
	}
	if a.Kind != Expect {
		c.noContent(d, a.Kind)
	}
	word := d.words[a.Kind]
	switch a.Kind {
	case Expect:
		c.expect(d, word, &a)
	case Skipped:
		if word == nil {
			return a
		}
		a.Step = word.Value
		if n := c.step(word); n != nil && n.If == nil {
			c.report("J0105", word.Span(), diag.T("`%s` has no `if`, so it is never skipped", "`%s` não tem `if`, então nunca é pulado", a.Step))
		}
		if d.after != nil || d.at != nil {
			c.report("J0102", a.Clock, diag.T("`skipped` happens in no time: it takes no `at` or `after`", "`skipped` não leva tempo: não aceita `at` nem `after`"))
		}
	case Reply:
		c.reply(d, &a)
	case Status:
		a.Status = word.String()
		c.whose(d, &a, "send", "ask")
	case Event:
		c.event(d, word, &a)
	case Finish:
		a.Outcome = word.String()
		n := c.whose(d, &a, "handoff", "enroll")
		if word != nil {
			c.outcome(word, n)
		}
	}
	return a
}

// noContent reports keys that only an `expect` compares.
func (c *scenarioCheck) noContent(d *actDecl, kind ActKind) {
	for _, m := range d.content {
		c.report("J0102", m.key.span(), diag.T("`%s` only goes with `expect`", "`%s` só vale com `expect`", m.key.value))
	}
	if d.data != nil && kind != Event {
		c.report("J0102", d.data.headSpan(), diag.T("`data` only goes with `event`, or with `expect` of an `emit`", "`data` só vale com `event`, ou com `expect` de um `emit`"))
	}
}

// expect checks what a step must do.
func (c *scenarioCheck) expect(d *actDecl, word *Scalar, a *Act) {
	if word == nil {
		return
	}
	a.Step = word.Value
	n := c.step(word)
	if n == nil {
		return
	}
	keys, acts := contentKeys[n.Verb]
	if !acts {
		c.report("J0105", word.Span(), diag.T("nobody outside sees what `%s` does: it is `%s`", "ninguém de fora vê o que `%s` faz: é `%s`", n.ID, n.Verb)).
			Hint = diag.T("expect the message, call or hand-off that follows it", "espere a mensagem, a chamada ou o atendimento que vem depois")
		return
	}
	content := d.content
	if d.data != nil {
		content = append(content, contentDecl{d.node.keyNamed("data"), d.data})
	}
	for _, m := range content {
		if !slices.Contains(keys, m.key.value) {
			c.unknownKey(m.key, diag.T("the content of `%s`", "um conteúdo de `%s`", n.ID), keys)
			continue
		}
		c.patterns(a, m.key.value, m.value)
		if m.key.value == "via" {
			c.via(n, m.value)
		}
	}
	if d.respond != nil {
		c.answers(d, n)
		a.Respond = &Respond{Status: d.respond.status.or(200), Error: d.respond.err.String()}
		if d.respond.body != nil {
			a.Respond.Body = plainOf(d.node.get("respond").get("body"))
		}
	}
	if finish := d.words[Finish]; finish != nil {
		a.Outcome = finish.Value
		c.outcome(finish, n)
	}
}

// answers checks that there is somebody who can answer so.
func (c *scenarioCheck) answers(d *actDecl, n *Node) {
	allowed := CallErrors
	switch {
	case n.Routes() != nil:
		allowed = Refusals
		for _, key := range d.node.get("respond").keys {
			if key.value != "error" {
				c.report("J0102", key.span(), diag.T("a message takes only `respond: {error: …}`", "uma mensagem aceita só `respond: {error: …}`"))
			}
		}
	case n.Call == nil:
		c.report("J0102", d.node.keyNamed("respond").span(), diag.T("`%s` calls nothing, so nothing answers", "`%s` não chama nada, então nada responde", n.ID))
		return
	}
	if e := d.respond.err; e != nil && !slices.Contains(allowed, e.Value) {
		c.notAllowed(e, quoted("error"), allowed)
	}
}

// via checks that the step has a route by a channel.
func (c *scenarioCheck) via(n *Node, value *node) {
	var channels []string
	for _, r := range n.Routes() {
		channels = append(channels, r.Channel)
	}
	if !slices.Contains(channels, value.value) {
		c.notAllowed(&Scalar{value.value, value}, quoted("via"), channels)
	}
}

// Routes are the ways of a step that sends.
func (n *Node) Routes() []Route {
	switch {
	case n.Send != nil:
		return n.Send.Routes
	case n.Ask != nil:
		return n.Ask.Routes
	}
	return nil
}

// patterns flattens what content must look like: params: {when: x} is params.when.
func (c *scenarioCheck) patterns(a *Act, path string, n *node) {
	switch n.kind {
	case mappingNode:
		for i, key := range n.keys {
			c.patterns(a, path+"."+key.value, n.items[i])
		}
	case listNode:
		for i, item := range n.items {
			c.patterns(a, fmt.Sprintf("%s[%d]", path, i), item)
		}
	case scalarNode:
		a.Match = append(a.Match, Match{Key: path, Pattern: n.value, Span: n.span()})
	}
}

// whose is the step that a status or an ending is about.
func (c *scenarioCheck) whose(d *actDecl, a *Act, verbs ...string) *Node {
	if d.of == nil {
		return nil
	}
	a.Step = d.of.Value
	n := c.step(d.of)
	if n != nil && !slices.Contains(verbs, n.Verb) {
		c.report("J0105", d.of.Span(), diag.T("`%s` is `%s`, not `%s`", "`%s` é `%s`, não `%s`", n.ID, n.Verb, strings.Join(verbs, "` / `")))
		return nil
	}
	return n
}

// outcome checks how people or a sub-journey end a step; n may be nil: unknown.
func (c *scenarioCheck) outcome(s *Scalar, n *Node) {
	var possible []string
	for _, node := range c.plan.Nodes {
		switch {
		case n != nil && node.ID != n.ID:
		case node.Handoff != nil:
			possible = append(possible, "resolved", "unavailable")
		case node.Enroll != nil:
			possible = append(possible, completed, "failed")
			possible = append(possible, c.ws.Journeys[node.Enroll.Journey].Exits...)
		}
	}
	slices.Sort(possible)
	possible = slices.Compact(possible)
	if !slices.Contains(possible, s.Value) {
		c.notAllowed(s, quoted("finish"), possible)
	}
}

func (c *scenarioCheck) reply(d *actDecl, a *Act) {
	r := d.reply
	if r == nil {
		return
	}
	at := d.node.get("reply")
	c.exactlyOne(at, quoted("reply"), "text", "option", "media", "form")
	a.Text, a.Option, a.Media, a.Via = r.text.String(), r.option.String(), r.media.String(), r.via.String()
	a.Delayed = r.delayed.or(0).Std()
	for _, pair := range r.form {
		if a.Form == nil {
			a.Form = map[string]any{}
		}
		a.Form[pair.Key.Value] = pair.Value.Value
	}
	if r.option == nil {
		return
	}
	var options []string
	for _, n := range c.plan.Nodes {
		if n.Ask != nil {
			for _, o := range n.Ask.Options {
				options = append(options, o.ID)
			}
		}
	}
	slices.Sort(options)
	if !slices.Contains(options, a.Option) {
		c.notAllowed(r.option, quoted("option"), slices.Compact(options))
	}
}

func (c *scenarioCheck) event(d *actDecl, word *Scalar, a *Act) {
	if word == nil {
		return
	}
	a.Event, a.Data = word.Value, map[string]any{}
	fields, known := c.ws.Events[word.Value]
	if !known {
		e := c.report("J0401", word.Span(), diag.T("the workspace declares no event `%s`", "o workspace não declara o evento `%s`", word.Value))
		e.Suggestion = didYouMean(word.Value, sortedKeys(c.ws.Events))
		return
	}
	if d.data == nil {
		return
	}
	data, _ := plainOf(d.data).(map[string]any)
	a.Data = c.fit(d.data, fields, data)
	for name, t := range fields {
		if t.Kind == expression.Object && data[name] != nil && a.Data[name] == nil {
			a.Data[name] = data[name] // partly given: a test says what matters to it
		}
	}
}
