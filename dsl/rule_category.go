package dsl

import "jornada/dsl/diag"

const marketing = "marketing"

// ruleCategory: advertising goes out of a marketing journey, whose people can
// leave and whose hours and caps hold (J0602).
func ruleCategory(c *checker) {
	if c.journey.Category == nil || c.journey.Category.Value == marketing {
		return
	}
	for _, m := range c.journey.messages() {
		t := c.template(m.channel, m.Template)
		if t == nil || t.Category != marketing {
			continue
		}
		c.step = m.step.ID.String()
		d := c.report("J0602", m.Template.Span(), diag.T("`%s` is a marketing template, and this is a %s journey", "`%s` é um modelo de marketing, e a `category` desta jornada é `%s`", t.Name, c.journey.Category.Value))
		d.Note = diag.T("consent, send windows, frequency caps and the opt-out of marketing follow the journey's `category`", "consentimento, janelas de envio, limites de frequência e o descadastro de marketing seguem a `category` da jornada")
		d.Hint = diag.T("use a utility template, or move the step to a journey with `category: marketing`", "use um modelo de utilidade, ou mova o passo para uma jornada com `category: marketing`")
	}
}
