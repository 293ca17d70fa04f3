package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// ruleTemplateStatus: what the provider does not send now, a journey does not
// use (J0630); a change that is announced is told before it comes. The language
// must be one that the template was approved in (J0404).
func ruleTemplateStatus(c *checker) {
	for _, m := range c.journey.messages() {
		t := c.template(m.channel, m.Template)
		if t == nil {
			continue
		}
		c.step = m.step.ID.String()
		if c.templateLanguage(m, t) {
			continue
		}
		switch t.Status {
		case "", "approved":
			c.announced(m, t)
			continue
		case "pending", "in_appeal":
			d := c.warn("J0630", m.Template.Span(), diag.T("the template `%s` is not approved yet: until then nothing is sent", "o modelo `%s` ainda não foi aprovado: até lá nada é enviado", t.Name))
			d.Note = c.usedBy(t)
			d.Hint = diag.T("wait for the approval, then bring templates.lock.yaml up to date with `jornada pull`", "espere a aprovação, depois atualize o templates.lock.yaml com `jornada pull`")
			continue
		}
		d := c.report("J0630", m.Template.Span(), diag.Text{
			En: "the template `" + t.Name + "` cannot be sent: it is " + strings.ReplaceAll(t.Status, "_", " "),
			Pt: "o modelo `" + t.Name + "` não pode ser enviado: ele está " + statusWords[t.Status],
		})
		d.Note = c.usedBy(t)
		d.Hint = diag.T("use another template, or mend this one at the provider and bring templates.lock.yaml up to date with `jornada pull`", "use outro modelo, ou corrija este no provedor e atualize o templates.lock.yaml com `jornada pull`")
	}
}

// statusWords are the states in which a template is not sent.
var statusWords = map[string]string{
	"paused": "pausado", "rejected": "rejeitado", "disabled": "desativado", "limit_exceeded": "acima do limite", "locked": "bloqueado",
	"archived": "arquivado", "flagged": "sinalizado por qualidade", "pending_deletion": "para ser apagado", "deleted": "apagado",
}

// announced tells of a category that is about to change.
func (c *checker) announced(m placedMessage, t *Template) {
	change, ok := c.ws.changes[t.key()]
	if !ok || change.to == t.Category {
		return
	}
	when := diag.Text{En: "soon", Pt: "em breve"}
	if change.at != "" {
		when = diag.T("on %s", "em %s", change.at)
	}
	message := diag.Text{
		En: "the template `" + t.Name + "` becomes " + change.to + " " + when.En,
		Pt: "o modelo `" + t.Name + "` passa para " + change.to + " " + when.Pt,
	}
	if change.to == marketing && c.journey.Category != nil && c.journey.Category.Value != marketing {
		d := c.report("J0630", m.Template.Span(), message)
		d.Note = c.usedBy(t)
		d.Hint = diag.T("a %s journey may not send it then: use another template, or appeal at the provider and bring templates.lock.yaml up to date with `jornada pull`", "esta jornada (`%s`) não poderá mais enviá-lo: use outro modelo, ou recorra no provedor e atualize o templates.lock.yaml com `jornada pull`", c.journey.Category.Value)
		return
	}
	d := c.warn("J0630", m.Template.Span(), message)
	d.Note = c.usedBy(t)
	d.Hint = diag.T("its price and its rules change with it", "o preço e as regras mudam junto")
}

// templateLanguage reports a template that does not exist in the journey's
// language, and whether it did.
func (c *checker) templateLanguage(m placedMessage, t *Template) bool {
	locale := defaultLocale
	if c.journey.Locale != nil {
		locale = c.journey.Locale.Value
	}
	if t.Language == "" || language(t.Language) == language(locale) {
		return false
	}
	var languages []string
	for _, other := range c.ws.languages[m.channel+"/"+t.Name] {
		if language(other.Language) == language(locale) {
			return false
		}
		languages = append(languages, other.Language)
	}
	slices.Sort(languages)
	c.report("J0404", m.Template.Span(), diag.T("the template `%s` does not exist in %s, the language of this journey", "o modelo `%s` não existe em %s, o idioma desta jornada", t.Name, locale)).
		Hint = diag.T("it exists in: %s; have it approved in this language, or change the journey's `locale`", "existe em: %s; peça a aprovação neste idioma, ou mude a `locale` da jornada", strings.Join(languages, ", "))
	return true
}

// language is the language of a code, without its country: pt of pt_BR.
func language(code string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(code, "_", "-"), "-")
	return strings.ToLower(base)
}

// key is the template's identity in the lock file.
func (t *Template) key() string { return t.Channel + "/" + t.Name + "/" + t.Language }

// usedBy names the journeys that send a template.
func (c *checker) usedBy(t *Template) diag.Text {
	var names []string
	for _, id := range sortedKeys(c.ws.Journeys) {
		if slices.Contains(c.ws.Journeys[id].Templates, t.Channel+"/"+t.Name) {
			names = append(names, "`"+id+"`")
		}
	}
	if len(names) == 0 {
		return diag.Text{}
	}
	list := strings.Join(names, ", ")
	return diag.T("journeys that use it: %s", "jornadas que o usam: %s", list)
}
