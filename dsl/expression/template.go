package expression

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"jornada/dsl/diag"
)

// maxRendered is the largest text content may become, in bytes.
const maxRendered = 256 << 10

// maxTextProblems is how many mistakes of one text are told.
const maxTextProblems = 20

// maxCachedText is the longest text that LoadText keeps, in bytes.
const maxCachedText = 16 << 10

// Template is compiled content: text with `{{ expr }}` in it. It is immutable
// and safe for concurrent use. To write braces, put them in quotes inside an
// expression: `{{ "{{" }}`; single braces and `}}` stand for themselves.
type Template struct {
	source string
	parts  []Part
	typ    Type
}

// Part is one piece of a template: a literal or an expression. From and To are
// characters of the whole text; of an expression, those between the braces.
type Part struct {
	Literal  string
	Program  *Program // nil for a literal
	From, To int
}

// CompileText reads content and checks its expressions.
//
// A text that is exactly one `{{ }}` keeps the type of its value, and want is
// what the field needs: zero takes anything, also a missing value; String is a
// text for people, into which any value but an object is written; other kinds
// must fit. Everything else is a text, in which a value that may be missing
// needs `??`, because a hole in a message is a mistake.
func CompileText(src string, at diag.Locator, env *Env, want Type) (*Template, diag.List) {
	pieces, problems := cut(src)
	if len(problems) > 0 {
		return nil, locate(problems, at, 0)
	}
	t := &Template{source: src, typ: Type{Kind: String}}
	var found diag.List
	single := len(pieces) == 1 && pieces[0].expr
	for _, piece := range pieces {
		if !piece.expr {
			t.parts = append(t.parts, Part{Literal: piece.text, From: piece.from, To: piece.to})
			continue
		}
		need, how := Type{}, wantShown
		if single && want.Kind != String {
			need, how = want, wantValue
		} else if single && want.Optional {
			how = wantValue
		}
		p, problems := compile(piece.text, env, need, how)
		if len(problems) > 0 {
			if found = append(found, locate(problems, at, piece.from)...); len(found) >= maxTextProblems {
				break // each is found again by walking the text from its beginning
			}
			continue
		}
		t.parts = append(t.parts, Part{Program: p, From: piece.from, To: piece.to})
		if single {
			t.typ = p.typ
		}
	}
	if len(found) == 0 && !single && want.Kind != "" && want.Kind != String && want.Kind != Any {
		found = textInstead(src, at, want)
	}
	if len(found) > 0 {
		return nil, found.Sort()
	}
	return t, nil
}

// textInstead reports words where a value is needed. A literal such as `3` or
// `true` is a value: YAML gave us its text.
func textInstead(src string, at diag.Locator, want Type) diag.List {
	if !strings.Contains(src, "{{") {
		if _, err := want.Coerce(src); err == nil {
			return nil
		}
	}
	need := expectedWords(want)
	return locate([]problem{{code: "J0303", at: span{0, utf8.RuneCountInString(src)}, message: diag.Text{
		En: need.En + " is needed here, but this is text", Pt: "aqui precisa de " + need.Pt + ", mas isto é texto",
	}, hint: diag.T("a value that is exactly one `{{ }}` keeps its type", "um valor que é exatamente um `{{ }}` mantém o tipo")}}, at, 0)
}

// piece is a stretch of content.
type piece struct {
	expr     bool
	text     string
	from, to int
}

// cut splits content at its braces. Inside an expression, quotes and the
// braces of list tests are understood, so `}}` in a text does not end it.
func cut(src string) ([]piece, []problem) {
	if len(src) > maxText {
		return nil, []problem{{code: "J0306", at: span{0, utf8.RuneCountInString(src)},
			message: diag.T("this text has %d bytes; the limit is %d", "este texto tem %d bytes; o limite é %d", len(src), maxText)}}
	}
	if !strings.Contains(src, "{{") {
		if src == "" {
			return nil, nil
		}
		return []piece{{text: src, to: utf8.RuneCountInString(src)}}, nil
	}
	c := []rune(src)
	var out []piece
	start := 0
	for i := 0; i < len(c); {
		if c[i] != '{' || peek(c, i+1) != '{' {
			i++
			continue
		}
		if i > start {
			out = append(out, piece{false, string(c[start:i]), start, i})
		}
		end := endOfBraces(c, i+2)
		if end < 0 {
			to := i + 2
			return nil, []problem{{code: "J0305", at: span{i, to}, message: diag.T("`{{` is never closed", "`{{` nunca é fechado"),
				hint: diag.T("add `}}`, or write the braces themselves as `{{ \"{{\" }}`", "acrescente `}}`, ou escreva as próprias chaves como `{{ \"{{\" }}`")}}
		}
		out = append(out, piece{true, string(c[i+2 : end]), i + 2, end})
		i, start = end+2, end+2
	}
	if start < len(c) {
		out = append(out, piece{false, string(c[start:]), start, len(c)})
	}
	return out, nil
}

// endOfBraces is where the `}}` of an expression stands, or -1.
func endOfBraces(c []rune, i int) int {
	open := 0
	for i < len(c) {
		switch {
		case c[i] == '\'' || c[i] == '"' || c[i] == '`':
			end := endOfText(c, i)
			if end < 0 { // the quote is the mistake: let the fence say so
				for ; i+1 < len(c); i++ {
					if c[i] == '}' && c[i+1] == '}' {
						return i
					}
				}
				return -1
			}
			i = end
			continue
		case c[i] == '{':
			if peek(c, i+1) == '{' && open == 0 { // a new one starts: this was never closed
				return -1
			}
			open++
		case c[i] == '}' && open > 0:
			open--
		case c[i] == '}' && peek(c, i+1) == '}':
			return i
		}
		i++
	}
	return -1
}

// LoadText compiles published content without types, cached as Load is.
func LoadText(src string) (*Template, error) {
	if t, ok := templates.Get(src); ok {
		return t, nil
	}
	pieces, problems := cut(src)
	if len(problems) > 0 {
		return nil, fmt.Errorf("loading text %q: %w", clip(src), locate(problems, nil, 0))
	}
	t := &Template{source: src, typ: Type{Kind: String}}
	for _, piece := range pieces {
		part := Part{Literal: piece.text, From: piece.from, To: piece.to}
		if piece.expr {
			p, err := Load(piece.text)
			if err != nil {
				return nil, fmt.Errorf("loading text %q: %w", clip(src), err)
			}
			part.Literal, part.Program = "", p
		}
		t.parts = append(t.parts, part)
	}
	if t.single() {
		t.typ = Type{Kind: Any}
	}
	if len(src) <= maxCachedText { // 4,096 long e-mails would be too much memory
		templates.Add(src, t)
	}
	return t, nil
}

func (t *Template) single() bool { return len(t.parts) == 1 && t.parts[0].Program != nil }

// Render gives the value: a text that is exactly one `{{ }}` keeps the type of
// its value, anything else is a string.
func (t *Template) Render(s *Scope) (any, error) {
	if t.single() {
		return t.parts[0].Program.Eval(s)
	}
	return t.RenderText(s)
}

// RenderText writes the text as people read it: times in the zone and locale
// of the scope, 3 for 3.0, lists with commas, nothing for a missing value.
func (t *Template) RenderText(s *Scope) (string, error) { return t.RenderEscaped(s, nil) }

// RenderEscaped is RenderText for a text in a notation of its own, such as
// Markdown: escape writes a value so that it says what it is and does nothing
// there. What the author wrote stays as it is; nil escapes nothing.
func (t *Template) RenderEscaped(s *Scope, escape func(string) string) (string, error) {
	if s == nil {
		s = &Scope{}
	}
	var b strings.Builder
	for _, part := range t.parts {
		if part.Program == nil {
			b.WriteString(part.Literal)
			continue
		}
		v, err := part.Program.Eval(s)
		if err != nil {
			return "", err
		}
		shown := show1(s, v)
		if escape != nil {
			shown = escape(shown)
		}
		b.WriteString(shown)
		if b.Len() > maxRendered {
			return "", &EvalError{Source: part.Program.source, Text: diag.T(tooLongEn, tooLongPt, b.Len(), maxRendered)}
		}
	}
	return b.String(), nil
}

// Source is the content as written.
func (t *Template) Source() string { return t.source }

// Type is the type Render gives: String, or that of the only expression.
func (t *Template) Type() Type { return t.typ }

// Parts are the pieces in order.
func (t *Template) Parts() []Part { return slices.Clone(t.parts) }

// Reads are the roots the expressions read, sorted.
func (t *Template) Reads() []string {
	return t.gather(func(p *Program) []string { return p.reads })
}

// Paths are the dotted paths they read, sorted.
func (t *Template) Paths() []string {
	return t.gather(func(p *Program) []string { return p.paths })
}

func (t *Template) gather(of func(*Program) []string) []string {
	var out []string
	for _, part := range t.parts {
		if part.Program != nil {
			out = append(out, of(part.Program)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Refs are all readings in source order; places are characters of the text.
func (t *Template) Refs() []Ref {
	var out []Ref
	for _, part := range t.parts {
		if part.Program == nil {
			continue
		}
		for _, r := range part.Program.Refs() {
			r.From, r.To = r.From+part.From, r.To+part.From
			r.Spans = slices.Clone(r.Spans)
			for i := range r.Spans {
				r.Spans[i][0] += part.From
				r.Spans[i][1] += part.From
			}
			out = append(out, r)
		}
	}
	return out
}
