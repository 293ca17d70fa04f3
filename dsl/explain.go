package dsl

import (
	"embed"
	"slices"
	"strings"

	"jornada/dsl/diag"
)

//go:embed codes/*.md
var codePages embed.FS

// Code is one diagnostic code of the checker. Codes are stable: tools and
// people refer to them.
type Code struct {
	Code  string
	Title diag.Text
}

// Codes lists the implemented codes in order, with the titles of their pages.
func Codes() []Code {
	entries, err := codePages.ReadDir("codes")
	if err != nil {
		panic("dsl: reading the embedded pages: " + err.Error())
	}
	var codes []Code
	for _, entry := range entries {
		code := strings.TrimSuffix(entry.Name(), ".md")
		en, pt, ok := page(code)
		if ok {
			codes = append(codes, Code{code, diag.Text{En: title(en), Pt: title(pt)}})
		}
	}
	slices.SortFunc(codes, func(a, b Code) int { return strings.Compare(a.Code, b.Code) })
	return codes
}

// Explain returns the page of a code: what it means, a wrong example and a
// right one, as markdown.
func Explain(code string, lang diag.Language) (string, bool) {
	en, pt, ok := page(strings.ToUpper(code))
	if lang == diag.Portuguese {
		return pt, ok
	}
	return en, ok
}

// page reads codes/J0101.md: the English text, a line `<!-- pt-BR -->`, the
// Portuguese text.
func page(code string) (en, pt string, ok bool) {
	b, err := codePages.ReadFile("codes/" + code + ".md")
	if err != nil {
		return "", "", false
	}
	en, pt, ok = strings.Cut(string(b), "<!-- pt-BR -->\n")
	return strings.TrimSpace(en) + "\n", strings.TrimSpace(pt) + "\n", ok
}

// title is the first heading, without the code.
func title(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	_, after, found := strings.Cut(first, ": ")
	if !found {
		return strings.TrimLeft(first, "# ")
	}
	return after
}
