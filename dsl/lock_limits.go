package dsl

import (
	"regexp"
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/medium"
)

// What WhatsApp allows of a template; the lock file is checked too, because
// people write it by hand before they have a provider.
const (
	templateButtons     = 10
	templateButtonTitle = 25
	templateBody        = 1024
)

var templateName = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)

// templateLimits: a template could be approved as it stands: its name (J0106),
// its parameters and buttons each once (J0107), and their numbers (J0510, J0511).
func (p *parser) templateLimits(t *templateDecl) {
	p.once(t.params)
	p.once(t.buttons)
	if !medium.Of(t.Channel).Approved {
		return
	}
	if !templateName.MatchString(t.Name) {
		d := p.report("J0106", t.name.Span(), diag.T("`%s` cannot be the name of a WhatsApp template", "`%s` não pode ser o nome de um modelo do WhatsApp", t.Name))
		d.Hint = diag.T("names have the letters a-z, digits and _", "nomes têm as letras a-z, dígitos e _")
		if tidy := tidyID(t.Name); tidy != "" {
			d.Suggestion = diag.T("for example `%s`", "por exemplo `%s`", tidy)
		}
	}
	if len(t.buttons) > templateButtons {
		p.report("J0511", t.buttons[templateButtons].Span(), diag.T("%d buttons; a WhatsApp template has at most %d", "%d botões; um modelo do WhatsApp tem no máximo %d", len(t.buttons), templateButtons))
	}
	for _, b := range t.buttons {
		if n := len([]rune(b.Value)); n > templateButtonTitle {
			p.report("J0510", b.Span(), diag.T("button title has %d characters; a WhatsApp template allows %d", "o título do botão tem %d caracteres; um modelo do WhatsApp permite %d", n, templateButtonTitle))
		}
	}
	if t.body != nil {
		if n := writtenLength(t.Body); n > templateBody {
			p.report("J0510", t.body.Span(), diag.T("text has %d characters; a WhatsApp template allows %d", "o texto tem %d caracteres; um modelo do WhatsApp permite %d", n, templateBody))
		}
	}
}

// once reports what a list names twice.
func (p *parser) once(names []*Scalar) {
	seen := map[string]bool{}
	for _, s := range names {
		if seen[s.Value] {
			p.report("J0107", s.Span(), diag.T("`%s` is in this list twice", "`%s` está duas vezes nesta lista", s.Value)).Hint = diag.T("keep one of the two", "deixe só um dos dois")
		}
		seen[s.Value] = true
	}
}

// unusedParams: every declared parameter has its place in the text (J0640). Of
// WhatsApp only the body is known here, and a parameter may stand in the header or
// in the address of a button: a warning.
func (p *parser) unusedParams(t *templateDecl) {
	text := t.Subject + t.Body + t.Markdown + t.above()
	if text == "" {
		return
	}
	used := placeholders(text)
	if slices.ContainsFunc(used, func(name string) bool { return !t.hasParam(name) }) {
		return // J0405 says that the two lists differ
	}
	for _, name := range t.params {
		if slices.Contains(used, name.Value) {
			continue
		}
		d := p.report("J0640", name.Span(), diag.T("the text of template `%s` has no `{{%s}}`", "o texto do modelo `%s` não tem `{{%s}}`", t.Name, name.Value))
		if medium.Of(t.Channel).Approved {
			d.Severity = diag.Warning
			d.Note = diag.T("a parameter of the header or of a button's address stands in `header` or `links`", "um parâmetro do cabeçalho ou do endereço de um botão fica em `header` ou `links`")
		}
		d.Hint = diag.T("write `{{%s}}` where it belongs, or take it out of `params`; the text has: %s", "escreva `{{%s}}` onde couber, ou tire de `params`; o texto tem: %s", name.Value, strings.Join(used, ", "))
	}
}
