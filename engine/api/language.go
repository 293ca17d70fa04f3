package api

import (
	"net/http"

	"golang.org/x/text/language"

	"jornada/dsl/diag"
)

var languages = language.NewMatcher([]language.Tag{language.English, language.BrazilianPortuguese})

// languageOf chooses the words of an answer: Portuguese when Accept-Language
// prefers it, English otherwise, because most callers are programs.
func languageOf(r *http.Request) diag.Language {
	header := r.Header.Get("Accept-Language")
	if header == "" || len(header) > 200 {
		return diag.English
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return diag.English
	}
	if _, index, _ := languages.Match(tags...); index == 1 {
		return diag.Portuguese
	}
	return diag.English
}
