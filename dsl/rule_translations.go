package dsl

import (
	"jornada/dsl/diag"
)

// ruleTranslations: a translation is for a text that exists (J0101), and reads
// only what that text may read.
func ruleTranslations(c *checker) {
	if len(c.journey.Translations) == 0 {
		return
	}
	texts := c.journey.texts()
	for _, t := range c.journey.Translations {
		for _, pair := range t.Texts {
			original, ok := texts[pair.Key.Value]
			if !ok {
				d := c.report("J0101", pair.Key.Span(), diag.T("no text of this journey is called `%s`", "nenhum texto desta jornada se chama `%s`", pair.Key.Value))
				d.Suggestion = didYouMean(pair.Key.Value, sortedKeys(texts))
				d.Hint = listHint(diag.Text{En: "texts", Pt: "textos"}, sortedKeys(texts))
				continue
			}
			c.step = original.step.ID.String()
			c.text(pair.Value, c.env(original.step), shownText)
			c.samePlaceholders(pair, original.text)
			c.step = ""
		}
	}
}
