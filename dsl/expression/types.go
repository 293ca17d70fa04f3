package expression

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// kindNil is the type of the literal nil; it never leaves this package.
const kindNil Kind = "nil"

// TypeError is a type that cannot be read, in the author's words.
type TypeError struct {
	Text       diag.Text
	Suggestion diag.Text // "did you mean `string`?"
	From, To   int       // the part that is wrong, in characters
}

// Error is the sentence in English.
func (e *TypeError) Error() string { return e.Text.En }

// scalars are the types without parts, as they are written.
var scalars = []Kind{String, Number, Int, Bool, Time, Duration, Any}

// otherNames are what people of other languages write for ours.
var otherNames = map[string]Kind{
	"text": String, "str": String, "texto": String, "integer": Int, "inteiro": Int,
	"float": Number, "decimal": Number, "double": Number, "numero": Number, "número": Number,
	"boolean": Bool, "date": Time, "datetime": Time, "timestamp": Time, "data": Time, "array": List, "lista": List,
}

// ParseType reads a type as authors write it: `string`, `number?`,
// `list<string>`, `list<list<int>>?`. Object types are written as YAML
// mappings and built by the caller. An error is a *TypeError.
func ParseType(src string) (Type, error) {
	p := typeParser{chars: []rune(src)}
	t, err := p.read(0)
	if err != nil {
		return Type{}, err
	}
	if p.blank(); p.at < len(p.chars) {
		return Type{}, p.fail(p.at, len(p.chars), diag.T("`%s` does not belong after a type", "`%s` não cabe depois de um tipo", string(p.chars[p.at:])))
	}
	return t, nil
}

type typeParser struct {
	chars []rune
	at    int
}

func (p *typeParser) fail(from, to int, text diag.Text) *TypeError {
	return &TypeError{Text: text, From: from, To: to}
}

func (p *typeParser) blank() {
	for p.at < len(p.chars) && (p.chars[p.at] == ' ' || p.chars[p.at] == '\t') {
		p.at++
	}
}

func (p *typeParser) eat(r rune) bool {
	p.blank()
	if peek(p.chars, p.at) != r {
		return false
	}
	p.at++
	return true
}

func (p *typeParser) read(depth int) (Type, error) {
	p.blank()
	start := p.at
	for p.at < len(p.chars) && word(p.chars[p.at]) {
		p.at++
	}
	name := string(p.chars[start:p.at])
	var t Type
	switch {
	case name == "" && p.at >= len(p.chars):
		return t, p.fail(0, len(p.chars), diag.T("a type is missing here: write string, number, int, bool, time, duration or list<…>",
			"falta um tipo aqui: escreva string, number, int, bool, time, duration ou list<…>"))
	case depth > 4:
		return t, p.fail(start, p.at, diag.T("lists are nested too deeply", "listas dentro de listas demais"))
	case name == string(List):
		if !p.eat('<') {
			return t, p.fail(start, p.at, diag.T("a list says what it holds: list<string>", "uma lista diz o que guarda: list<string>"))
		}
		elem, err := p.read(depth + 1)
		if err != nil {
			return t, err
		}
		if !p.eat('>') {
			return t, p.fail(start, len(p.chars), diag.T("`<` is never closed", "`<` nunca é fechado"))
		}
		t = Type{Kind: List, Elem: &elem}
	case slices.Contains(scalars, Kind(name)):
		t = Type{Kind: Kind(name)}
	default:
		if name == "" {
			p.at = min(p.at+1, len(p.chars))
			name = string(p.chars[start:p.at])
		}
		e := p.fail(start, p.at, diag.T("there is no type `%s`; the types are string, number, int, bool, time, duration, any and list<…>",
			"não existe o tipo `%s`; os tipos são string, number, int, bool, time, duration, any e list<…>", name))
		if meant, ok := otherNames[strings.ToLower(name)]; ok {
			written := string(meant)
			if meant == List {
				written = "list<string>"
			}
			e.Suggestion = diag.T("did you mean `%s`?", "você quis dizer `%s`?", written)
		} else {
			e.Suggestion = diag.Suggest(name, []string{"string", "number", "int", "bool", "time", "duration", "list", "any"})
		}
		return t, e
	}
	t.Optional = p.eat('?')
	return t, nil
}

// String writes a type as an author would: `list<string>?`, and an object as
// `{map_url: string?, name: string}` with its fields sorted.
func (t Type) String() string {
	var b strings.Builder
	switch t.Kind {
	case List:
		b.WriteString("list<")
		if t.Elem != nil {
			b.WriteString(t.Elem.String())
		} else {
			b.WriteString(string(Any))
		}
		b.WriteByte('>')
	case Object:
		b.WriteByte('{')
		for i, name := range slices.Sorted(maps.Keys(t.Fields)) {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s: %s", name, t.Fields[name])
		}
		b.WriteByte('}')
	default:
		b.WriteString(string(t.Kind))
	}
	if t.Optional {
		b.WriteByte('?')
	}
	return b.String()
}

// names are the sorted names of fields.
func (f Fields) names() []string { return slices.Sorted(maps.Keys(f)) }
