package dsl

import (
	"embed"
	"strings"

	"jornada/dsl/diag"
)

//go:embed verbs/*.md
var verbPages embed.FS

// Verb is one verb of the language with what it does, in a line.
type Verb struct {
	Name  string
	Title diag.Text
}

// Verbs lists the verbs in the order in which the documentation has them.
func Verbs() []Verb {
	verbs := make([]Verb, len(verbTable))
	for i, v := range verbTable {
		verbs[i] = Verb{v.name, diag.Text{En: strings.TrimSuffix(v.doc.En, "."), Pt: strings.TrimSuffix(v.doc.Pt, ".")}}
	}
	return verbs
}

// ExplainVerb returns the page of a verb: what it does, its fields and how it ends,
// and an example, as markdown.
func ExplainVerb(name string, lang diag.Language) (string, bool) {
	for i, v := range Verbs() {
		if v.Name == strings.ToLower(name) {
			return "# " + v.Name + ": " + v.Title.In(lang) + "\n\n" + strings.Replace(verbPage(v.Name, lang), fieldsPlace, keyList(verbTable[i].keys, lang), 1), true
		}
	}
	return "", false
}

// NearVerb is the verb that a word was probably meant to be, or "".
func NearVerb(name string) string { return diag.Near(name, verbNames()) }

// fieldsPlace is where a page lists the verb's fields. They come from the table that
// the parser reads with, so that no page can name one that does not exist.
const fieldsPlace = "<!-- fields -->"

// verbPage reads verbs/send.md, which is written as the pages of codes are, without
// their heading.
func verbPage(name string, lang diag.Language) string {
	b, err := verbPages.ReadFile("verbs/" + name + ".md")
	if err != nil {
		panic("dsl: the verb " + name + " has no page: " + err.Error())
	}
	en, pt, _ := strings.Cut(string(b), "<!-- pt-BR -->\n")
	return strings.TrimSpace(diag.Text{En: en, Pt: pt}.In(lang)) + "\n"
}

// keyDoc is what is said of one key of a mapping.
type keyDoc struct {
	key      string
	required bool
	doc      diag.Text
}

// keysWith tells the keys of a table and what each is for.
func keysWith[T any](fields []field[T]) func() []keyDoc {
	return func() []keyDoc {
		list := make([]keyDoc, len(fields))
		for i, f := range fields {
			list[i] = keyDoc{f.key, f.required, f.doc}
		}
		return list
	}
}

// keyList is a list in markdown. Neighbors of which the same is said, as the channels,
// share a line.
func keyList(keys func() []keyDoc, lang diag.Language) string {
	if keys == nil {
		return ""
	}
	var text strings.Builder
	text.WriteString(diag.Text{En: "Fields:\n", Pt: "Campos:\n"}.In(lang))
	var names []string
	list := keys()
	for i, k := range list {
		names = append(names, "`"+k.key+"`")
		if i+1 < len(list) && list[i+1].doc == k.doc && list[i+1].required == k.required {
			continue
		}
		text.WriteString("\n- " + strings.Join(names, ", "))
		if k.required {
			text.WriteString(diag.Text{En: " (required)", Pt: " (obrigatório)"}.In(lang))
		}
		text.WriteString(": " + k.doc.In(lang))
		names = nil
	}
	return text.String()
}
