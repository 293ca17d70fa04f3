package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// samePlaceholders: a translation says the same as the original, so it reads the
// same values (J0430). How it writes them is its own business: a date has
// another format in another language.
func (c *checker) samePlaceholders(translation Pair, original *Scalar) {
	written, meant := c.reads[translation.Value].template, c.reads[original].template
	if written == nil || meant == nil {
		return // its own mistakes come first
	}
	var missing []string
	for _, path := range meant.Paths() {
		if !slices.Contains(written.Paths(), path) {
			missing = append(missing, path)
		}
	}
	differing := false
	for _, ref := range written.Refs() {
		path := strings.Join(ref.Path, ".")
		if slices.Contains(meant.Paths(), path) {
			continue
		}
		differing = true
		d := c.report("J0430", translation.Value.Locate(ref.From, ref.To), diag.T(
			"the original of `%s` does not read `%s`", "o original de `%s` não lê `%s`", translation.Key.Value, path))
		d.Suggestion = didYouMean(path, missing)
		switch {
		case len(missing) > 0:
			d.Hint = diag.T("the original also reads: %s", "o original lê também: %s", strings.Join(missing, ", "))
		case len(meant.Paths()) > 0:
			d.Hint = diag.T("the original reads: %s", "o original lê: %s", strings.Join(meant.Paths(), ", "))
		default:
			d.Hint = diag.T("remove it here, or read it in the original too", "tire daqui, ou leia também no original")
		}
	}
	if len(missing) == 0 || differing {
		return // one wrong placeholder is one mistake, though the right one is missing too
	}
	d := c.report("J0430", translation.Value.Span(), diag.T(
		"the translation of `%s` leaves out `{{ %s }}`", "a tradução de `%s` deixa de fora `{{ %s }}`", translation.Key.Value, strings.Join(missing, " }}`, `{{ ")))
	d.Note = diag.T("the original is on line %d", "o original está na linha %d", original.node.line)
	d.Hint = diag.T("write it where it belongs in this language", "escreva onde couber neste idioma")
}
