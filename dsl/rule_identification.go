package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// mustContain is one thing that every text of a channel says: words such as the
// clinic's name, or a value such as `{{ contact.first_name }}`.
type mustContain struct {
	text  string
	paths []string // of a value
}

var mustContainField = field[ChannelDefaults]{
	key: "must_contain", shape: listShape(textShape),
	doc: doc("What every text of this channel says: the sender's name, or a value such as {{ contact.first_name }}.", "O que todo texto deste canal diz: o nome de quem envia, ou um valor como {{ contact.first_name }}."),
	read: func(p *parser, n *node, c *ChannelDefaults) {
		for _, s := range p.scalars(n, quoted("must_contain"), p.content) {
			one := &mustContain{text: s.Value}
			if strings.Contains(s.Value, "{{") {
				t, err := expression.LoadText(s.Value)
				if err != nil {
					p.report("J0305", s.Span(), diag.T("`%s` cannot be read", "não dá para ler `%s`", s.Value)).
						Hint = diag.T("write a value as `{{ contact.first_name }}`", "escreva um valor como `{{ contact.first_name }}`")
					continue
				}
				one.paths = t.Paths()
			}
			c.mustContain = append(c.mustContain, one)
		}
	},
}

// ruleIdentification: who gets a message knows from whom it is, because every
// text says what the workspace asks of its channel (J0640).
func ruleIdentification(c *checker) {
	for _, m := range c.journey.messages() {
		for _, must := range c.ws.Channels[m.channel].mustContain {
			t := c.template(m.channel, m.Template)
			if m.Template != nil && t == nil || c.says(m, t, must) {
				continue
			}
			c.step = m.step.ID.String()
			at := m.Template
			if own := m.own(); at == nil && len(own) > 0 {
				at = own[len(own)-1]
			}
			d := c.report("J0640", at.spanOr(m.at.Span()), diag.T("this %s does not say `%s`", "este %s não diz `%s`", channelTitle(m.channel), must.text))
			if m.Template != nil {
				d.Message = diag.T("the %s template `%s` does not say `%s`", "o modelo de %s `%s` não diz `%s`", m.channel, m.Template.Value, must.text)
			}
			d.Note = diag.T("workspace.yaml asks it of every text of `channels: %s`", "o workspace.yaml pede isso de todo texto de `channels: %s`", m.channel)
			d.Hint = diag.T("add it to the text", "acrescente ao texto")
			if t != nil {
				d.Hint = diag.T("add it to the template's text, or use another template", "acrescente ao texto do modelo, ou use outro modelo")
			}
		}
	}
}

// says reports whether a message says what it must; a text that has mistakes of
// its own, or only shows a picture, is taken to.
func (c *checker) says(m placedMessage, t *Template, must *mustContain) bool {
	var text []string
	var paths []string
	use := func(s *Scalar) bool {
		content := c.reads[s].template
		if content == nil {
			return false
		}
		text = append(text, s.Value)
		paths = append(paths, content.Paths()...)
		return true
	}
	for _, s := range m.own() {
		if !use(s) {
			return true
		}
	}
	for _, pair := range m.Params {
		if pair.Value.Value != "" && !use(pair.Value) {
			return true
		}
	}
	if t != nil {
		text = append(text, t.words())
	}
	switch {
	case len(text) == 0:
		return true
	case must.paths == nil:
		return strings.Contains(folded(strings.Join(text, "\n")), folded(must.text))
	}
	return !slices.ContainsFunc(must.paths, func(path string) bool { return !slices.Contains(paths, path) })
}
