package dsl

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"jornada/dsl/diag"
	"jornada/dsl/medium"
)

// ruleSteps: every step's own names, types and expressions.
func ruleSteps(c *checker) {
	c.journey.all(func(s *Step) {
		c.step, c.at = s.ID.String(), s
		guard := c.expression(s.If, c.env(s), condition)
		if guard != nil {
			if proved := guard.Proves(); len(proved) > 0 {
				c.guarded[s] = c.env(s).Assuming(proved...)
			}
		}
		if s.Body != nil {
			s.Body.check(c, s)
		}
	})
}

// outgoing checks the routes of a send or ask.
func (c *checker) outgoing(step *Step, o *Outgoing, ask *AskStep) {
	done := map[*OptionDecl]bool{}
	for _, r := range o.routes() {
		c.reaction(r, ask, len(o.Fallback) > 0)
		c.message(step, r.Channel.Value, r.Message, ask)
		if ask != nil && len(ask.Options) > 0 {
			c.checkOptions(step, r, ask, done)
		}
	}
}

func (c *checker) message(step *Step, channel string, m *MessageDecl, ask *AskStep) {
	env := c.env(step)
	for _, s := range []*Scalar{m.Text, m.Reaction, m.Footer, m.Subject, m.Markdown} {
		c.text(s, env, shownText)
	}
	for _, s := range m.addresses() {
		c.text(s, env, shownText)
	}
	for _, pair := range m.Params {
		c.text(pair.Value, env, shownText)
	}
	c.parameters(channel, m)
	spec := channelNamed(channel)
	body := spec.Text
	switch {
	case spec.Segments: // see ruleSMS
		body = 0
	case ask != nil && len(ask.Options) > 0, m.Link != nil, m.Form != nil:
		body = spec.Interactive
	case m.Media != nil && spec.Caption > 0:
		body = spec.Caption
	}
	c.length(m.Text, body, spec.Name, diag.Text{En: "text", Pt: "o texto"})
	c.length(m.Footer, spec.Footer, spec.Name, diag.Text{En: "footer", Pt: "o rodapé"})
	c.attachments(spec.Medium, m, ask)
	if m.Closed != nil {
		c.message(step, channel, m.Closed, ask)
	}
}

// parameters compares what is given with what the template asks for.
func (c *checker) parameters(channel string, m *MessageDecl) {
	if m.Template == nil {
		return
	}
	t := c.template(channel, m.Template)
	if t == nil {
		known := c.ws.templateNames(channel)
		c.unknown("J0404", m.Template, diag.T("%s template", "modelo de %s", channel), known)
		return
	}
	var given []string
	for _, pair := range m.Params {
		given = append(given, pair.Key.Value)
		if t.hasParam(pair.Key.Value) {
			continue
		}
		d := c.report("J0405", pair.Key.Span(), diag.T("template `%s` has no parameter `%s`", "o modelo `%s` não tem o parâmetro `%s`", t.Name, pair.Key.Value))
		d.Suggestion = didYouMean(pair.Key.Value, t.Params)
		d.Hint = diag.T("parameters: %s", "parâmetros: %s", strings.Join(t.Params, ", "))
		if near := diag.Near(pair.Key.Value, t.Params); near != "" {
			given = append(given, near) // one mistake, one message
		}
	}
	var missing []string
	for _, name := range t.Params {
		if !slices.Contains(given, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 && m.node.get("params").readable() {
		c.report("J0405", m.Template.Span(), diag.T("template `%s` needs: %s", "o modelo `%s` precisa de: %s", t.Name, strings.Join(missing, ", "))).
			Hint = diag.T("add `params: {%s: \"…\"}`", "acrescente `params: {%s: \"…\"}`", missing[0])
	}
}

// readable reports whether a value was readable, or not there at all.
func (n *node) readable() bool {
	if n == nil {
		return true
	}
	if n.kind == badNode {
		return false
	}
	return !slices.ContainsFunc(n.items, func(item *node) bool { return !item.readable() })
}

var placeholder = regexp.MustCompile(`\{\{.*?\}\}`)

// writtenLength counts the characters that are there whatever the values are.
func writtenLength(text string) int {
	return utf8.RuneCountInString(placeholder.ReplaceAllString(text, ""))
}

func (c *checker) length(s *Scalar, limit int, channel string, what diag.Text) {
	if s == nil || limit == 0 {
		return
	}
	if n := writtenLength(s.Value); n > limit {
		c.report("J0510", s.Span(), diag.Text{
			En: fmt.Sprintf("%s has %d characters; %s allows %d", what.En, n, channelTitle(channel), limit),
			Pt: fmt.Sprintf("%s tem %d caracteres; o %s permite %d", what.Pt, n, channelTitle(channel), limit),
		})
	}
}

// channelTitle is how people write a channel's name.
func channelTitle(channel string) string { return medium.Of(channel).Title.En }
