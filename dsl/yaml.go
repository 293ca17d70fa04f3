package dsl

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"jornada/dsl/diag"
)

// This file and yaml_error.go are the only ones that know the YAML library. It
// is used for one thing, reading text into its node tree, which is then copied
// into our own and never decoded: decoding is quadratic in the keys of a
// mapping, and it would resolve `no`, `20:30` and `0123` into something the
// author did not write. Here every scalar stays the text it is.

// The limits of one file (J0001).
const (
	maxFileBytes = 512 << 10
	maxSteps     = 2000
	maxStepDepth = 24
	maxYAMLDepth = 160 // brackets and indentations; 24 nested steps need about 100
)

// questionMark stands for `?` while the library reads: it ends an unquoted
// value at a `?` inside brackets, although YAML 1.2 does not, and `{city:
// string?}` is how a type is written here. A noncharacter takes its place, one
// for one, so that positions stay right; the exotic `? key` notation goes with it.
const questionMark = '\uFDD0'

func restore(s string) string { return strings.ReplaceAll(s, string(questionMark), "?") }

type nodeKind int

const (
	scalarNode nodeKind = iota
	listNode
	mappingNode
	badNode // already reported: readers pass over it in silence
)

type scalarStyle int

const (
	plainStyle scalarStyle = iota
	singleStyle
	doubleStyle
	literalStyle
	foldedStyle
)

// node is one value of a YAML document.
type node struct {
	kind   nodeKind
	style  scalarStyle
	value  string  // of a scalar, always text
	keys   []*node // of a mapping
	items  []*node // of a mapping, beside keys; of a list
	line   int
	column int
	flow   bool // written with brackets
	src    *source
}

// null reports whether nothing was written: an empty value, `~` or `null`.
func (n *node) null() bool {
	return n.kind == scalarNode && n.style == plainStyle && (n.value == "" || n.value == "~" || n.value == "null")
}

// admit looks at the bytes of a file before the library does, in one pass: size,
// characters, brackets. What it refuses costs a walk over the text and no more,
// and the library, which some texts can keep busy, never sees it.
func admit(f File, r *reporter) (text string, ok bool) {
	if len(f.Content) > maxFileBytes {
		r.src = &source{path: f.Path}
		r.report("J0001", r.src.start(), diag.T(
			"the file is larger than the limit of %d KB", "o arquivo é maior que o limite de %d KB", maxFileBytes>>10,
		)).Hint = diag.T("split it into several journeys", "divida em várias jornadas")
		return "", false
	}
	text = strings.TrimPrefix(string(f.Content), "\ufeff")
	r.src = newSource(f.Path, text)
	return text, checkCharacters(text, r) && checkDirectives(r) && checkBrackets(r)
}

// readYAML turns the text of a file into a node tree. The tree is nil when
// there is nothing to go on with.
func readYAML(f File, r *reporter) *node {
	text, ok := admit(f, r)
	if !ok {
		return nil
	}
	text = strings.ReplaceAll(text, "?", string(questionMark))
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var document yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		r.report("J0003", r.src.start(), diag.T("the file is empty", "o arquivo está vazio"))
		return nil
	case err != nil:
		explainSyntax(text, err, r)
		return nil
	}
	var second yaml.Node
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		r.report("J0003", r.src.secondDocument(second.Line), diag.T(
			"a second document starts here; a file holds one", "aqui começa um segundo documento; um arquivo tem um só",
		)).Hint = diag.T("move what follows to a file of its own", "mova o que segue para outro arquivo")
	}
	if len(document.Content) != 1 {
		return nil
	}
	c := converter{r: r}
	return c.convert(document.Content[0], 1)
}

// JourneyIDOf reads which journey a file defines, behind the same fence as [Parse]
// and without reading the rest; "" when the text cannot be read or does not say.
func JourneyIDOf(f File) string {
	root := readYAML(f, &reporter{})
	if root == nil || root.kind != mappingNode {
		return ""
	}
	for i, key := range root.keys {
		if key.value == "journey" && root.items[i].kind == scalarNode && !root.items[i].null() {
			return root.items[i].value
		}
	}
	return ""
}

// checkCharacters refuses what editors do not show or count as a line, so that
// our lines are the author's lines.
func checkCharacters(text string, r *reporter) bool {
	line, column := 1, 1
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRuneInString(text[i:])
		var what diag.Text
		switch {
		case c == utf8.RuneError && size <= 1:
			what = diag.T("this file is not UTF-8: byte %#02x is no character", "este arquivo não está em UTF-8: o byte %#02x não é um caractere", text[i])
		case c == '\r' && (i+1 >= len(text) || text[i+1] != '\n'):
			what = diag.T("a carriage return without a line feed", "um retorno de carro sem quebra de linha")
		case c == 0x85 || c == 0x2028 || c == 0x2029:
			what = diag.T("an invisible line separator (U+%04X)", "um separador de linha invisível (U+%04X)", c)
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r', c >= 0x7F && c < 0xA0, c == 0xFEFF, c == questionMark, c == 0xFFFE, c == 0xFFFF:
			what = diag.T("an invisible character (U+%04X)", "um caractere invisível (U+%04X)", c)
		}
		if !what.IsZero() {
			d := r.report("J0002", r.src.span(line, column, 1), what)
			d.Hint = diag.T("delete it, or save the file as UTF-8 with ordinary line ends", "apague-o, ou salve o arquivo em UTF-8 com quebras de linha comuns")
			return false
		}
		i += size
		if c == '\n' {
			line, column = line+1, 1
		} else {
			column++
		}
	}
	return true
}

// checkDirectives refuses `%TAG` lines: nothing here has a tag, and the library
// compares each of them with all those before.
func checkDirectives(r *reporter) bool {
	for l, line := range r.src.lines {
		if len(line) >= 4 && line[0] == '%' && string(line[:4]) == "%TAG" {
			r.report("J0012", r.src.span(l+1, 1, 4), diag.T(
				"`%%TAG` prepares YAML tags, which the language does not use", "`%%TAG` prepara tags do YAML, que a linguagem não usa",
			)).Hint = diag.T("delete this line", "apague esta linha")
			return false
		}
	}
	return true
}

// maxOpenBrackets is how many brackets a whole file may leave open, those in its
// texts included: far more than a person forgets, far fewer than hurt.
const maxOpenBrackets = 2000

// checkBrackets refuses bombs of brackets and indicators before the library
// sees them: more of them in a row than any journey nests, or more that are
// never closed than any file has.
func checkBrackets(r *reporter) bool {
	run, open := 0, 0
	for l, line := range r.src.lines {
		for c, char := range line {
			switch char {
			case '[', '{':
				if open++; open > maxOpenBrackets {
					tooDeep(r, r.src.span(l+1, c+1, 1))
					return false
				}
			case ']', '}':
				open = max(open-1, 0)
			}
			switch {
			case char == '[' || char == '{' || (char == '-' || char == '?' || char == ':') && c+1 < len(line) && line[c+1] == ' ':
				if run++; run > maxYAMLDepth {
					tooDeep(r, r.src.span(l+1, c+1, 1))
					return false
				}
			case !isBlank(char):
				run = 0
			}
		}
	}
	return true
}

func tooDeep(r *reporter, at diag.Span) {
	r.report("J0001", at, diag.T("nested too deeply", "aninhamento profundo demais")).Hint = diag.T(
		"split the journey with `enroll`, or put the steps after the branch instead of inside it",
		"divida a jornada com `enroll`, ou ponha os passos depois do ramo em vez de dentro dele")
}

// secondDocument finds the `---` that starts a second document.
func (s *source) secondDocument(line int) diag.Span {
	if line < 1 || line > len(s.lines) {
		line = len(s.lines)
	}
	for l := line; l > 1; l-- {
		if strings.HasPrefix(string(s.line(l)), "---") {
			return s.span(l, 1, 3)
		}
	}
	return s.span(line, 1, 1)
}

// converter copies the library's tree into ours and reports what YAML would
// accept in silence though the author meant something else.
type converter struct {
	r    *reporter
	deep bool
}

func (c *converter) convert(y *yaml.Node, depth int) *node {
	n := &node{line: y.Line, column: y.Column, src: c.r.src, flow: y.Style&yaml.FlowStyle != 0}
	if last := len(c.r.src.lines); n.line > last { // nothing, after a last line without an end
		n.line, n.column = last, len(c.r.src.line(last))+1
	}
	if depth > maxYAMLDepth {
		if !c.deep {
			c.deep = true
			tooDeep(c.r, c.r.src.span(y.Line, y.Column, 1))
		}
		n.kind = badNode
		return n
	}
	if y.Kind == yaml.AliasNode || y.Anchor != "" {
		c.anchor(y)
		n.kind = badNode
		return n
	}
	if y.Style&yaml.TaggedStyle != 0 || strings.HasPrefix(c.r.src.word(y.Line, y.Column), "!") { // the library forgets a `!` alone
		c.tag(y)
		n.kind = badNode
		return n
	}
	switch y.Kind {
	case yaml.ScalarNode:
		n.value = restore(y.Value)
		switch {
		case y.Style&yaml.SingleQuotedStyle != 0:
			n.style = singleStyle
		case y.Style&yaml.DoubleQuotedStyle != 0:
			n.style = doubleStyle
		case y.Style&yaml.LiteralStyle != 0:
			n.style = literalStyle
		case y.Style&yaml.FoldedStyle != 0:
			n.style = foldedStyle
		}
	case yaml.SequenceNode:
		n.kind = listNode
		n.items = make([]*node, len(y.Content))
		for i, item := range y.Content {
			n.items[i] = c.convert(item, depth+1)
		}
	case yaml.MappingNode:
		n.kind = mappingNode
		if n.flow && len(y.Content) == 2 && y.Content[0].Kind == yaml.MappingNode && y.Content[0].Style&yaml.FlowStyle != 0 {
			c.r.unquotedBraces(y.Line, y.Column, diag.T("YAML reads this as a mapping", "o YAML lê isto como um mapeamento"))
			n.kind = badNode
			return n
		}
		c.mapping(y, n, depth)
	default:
		n.kind = badNode
	}
	return n
}

func (c *converter) mapping(y *yaml.Node, n *node, depth int) {
	seen := make(map[string]int, len(y.Content)/2)
	for i := 0; i+1 < len(y.Content); i += 2 {
		if y.Content[i].Tag == "!!merge" {
			c.anchorReport(c.r.src.span(y.Content[i].Line, y.Content[i].Column, 2), diag.T("merge keys (`<<`) are not part of the language", "chaves de mesclagem (`<<`) não fazem parte da linguagem"))
			continue
		}
		key := c.convert(y.Content[i], depth+1)
		if key.kind == badNode {
			continue
		}
		if key.kind != scalarNode {
			c.r.report("J0102", key.span(), diag.T("a key must be a word", "uma chave deve ser uma palavra"))
			continue
		}
		if first, twice := seen[key.value]; twice {
			c.r.report("J0014", key.span(), diag.T("the key `%s` is already on line %d", "a chave `%s` já está na linha %d", key.value, first)).
				Hint = diag.T("keep one of the two", "deixe só uma das duas")
			continue
		}
		seen[key.value] = key.line
		n.keys = append(n.keys, key)
		n.items = append(n.items, c.convert(y.Content[i+1], depth+1))
	}
}

func (c *converter) anchor(y *yaml.Node) {
	at := c.r.src.span(y.Line, y.Column, len([]rune(c.r.src.word(y.Line, y.Column))))
	if y.Kind == yaml.AliasNode {
		c.anchorReport(at, diag.T("`*%s` is read by YAML as an alias", "`*%s` é lido pelo YAML como um alias", restore(y.Value)))
		return
	}
	c.anchorReport(at, diag.T("`&%s` is read by YAML as an anchor", "`&%s` é lido pelo YAML como uma âncora", restore(y.Anchor)))
}

func (c *converter) anchorReport(at diag.Span, message diag.Text) {
	c.r.report("J0011", at, message).Hint = diag.T(
		"quote the value if it is text; to reuse steps, make them a journey and `enroll` it",
		"ponha aspas se for texto; para reutilizar passos, faça deles uma jornada e use `enroll`")
}

func (c *converter) tag(y *yaml.Node) {
	word := c.r.src.word(y.Line, y.Column)
	at := c.r.src.span(y.Line, y.Column, len([]rune(word)))
	if strings.HasPrefix(word, "!!") {
		d := c.r.report("J0012", at, diag.T("`%s` is a YAML tag, which the language does not use", "`%s` é uma tag do YAML, que a linguagem não usa", word))
		d.Hint = diag.T("remove it; quote the value if it is text", "remova-a; ponha aspas no valor se for texto")
		return
	}
	if y.Value == "" && len(y.Content) == 0 {
		c.r.emptyTag(y.Line, y.Column)
		return
	}
	c.r.notAnExpression(at, word, diag.T("`%s` is read by YAML as a tag and is lost from the value", "`%s` é lido pelo YAML como uma tag e some do valor", word))
}

// emptyTag reports `if: !window.whatsapp.open`.
func (r *reporter) emptyTag(line, column int) {
	word := r.src.word(line, column)
	r.notAnExpression(r.src.span(line, column, len([]rune(word))), word,
		diag.T("`%s` is read by YAML as a tag and the value becomes empty", "`%s` é lido pelo YAML como uma tag e o valor fica vazio", word))
}

func (r *reporter) notAnExpression(at diag.Span, word string, message diag.Text) {
	d := r.report("J0012", at, message)
	d.Suggestion = diag.T("starts with `!`", "começa com `!`")
	d.Hint = diag.T("write `not %s`, or quote the whole value", "escreva `not %s`, ou ponha o valor todo entre aspas", strings.TrimPrefix(word, "!"))
}

// word is the text from a place up to the next blank or bracket.
func (s *source) word(line, column int) string {
	text := s.line(line)
	from := min(column-1, len(text))
	to := from
	for to < len(text) && !isBlank(text[to]) && !strings.ContainsRune(",[]{}", text[to]) {
		to++
	}
	return string(text[from:to])
}

func (r *reporter) unquotedBraces(line, column int, why diag.Text) {
	d := r.report("J0013", r.src.span(line, column, 2), diag.T("a value that starts with `{{` must be quoted", "um valor que começa com `{{` precisa de aspas"))
	d.Suggestion = why
	d.Hint = diag.Text{En: `write "{{ … }}"`, Pt: `escreva "{{ … }}"`}
}

// Locate implements diag.Locator for stretches of a scalar's value.
func (n *node) Locate(from, to int) diag.Span {
	places, _, ok := replay(n.src, n.style, n.line, n.column, n.value)
	if !ok || len(places) == 0 || from >= len(places) && n.style >= literalStyle {
		return n.src.span(n.line, n.column, 1)
	}
	if from >= len(places) {
		last := places[len(places)-1]
		return n.src.span(last.line+1, last.column+1+last.width, 1)
	}
	first := places[max(from, 0)]
	span := n.src.span(first.line+1, first.column+1, first.width)
	if to > from {
		last := places[min(to, len(places))-1]
		span.EndLine, span.EndColumn = last.line+1, last.column+1+last.width
	}
	return span
}

// span is the whole value, with its quotes; of a list or mapping its start.
func (n *node) span() diag.Span {
	start := n.src.span(n.line, n.column, 1)
	if n.kind != scalarNode {
		return start
	}
	places, end, ok := replay(n.src, n.style, n.line, n.column, n.value)
	switch {
	case !ok || len(places) == 0 && n.style == plainStyle:
		return start
	case n.style >= literalStyle:
		if len(places) == 0 {
			return start
		}
		first := places[0]
		return n.src.span(first.line+1, first.column+1, len(n.src.lines[first.line])-first.column)
	}
	start.EndLine, start.EndColumn = end.line+1, end.column+1
	return start
}

// cut finds a ` #` that ended a plain scalar early: the column just after the
// text that was kept, and what was lost.
func (n *node) cut() (at diag.Span, kept, lost string, found bool) {
	if n.kind != scalarNode || n.style != plainStyle || n.value == "" {
		return diag.Span{}, "", "", false
	}
	// Most values stand on one line and no comment follows: look no further,
	// because a line may hold thousands of values.
	line := n.src.line(n.line)
	after := n.column - 1 + utf8.RuneCountInString(n.value)
	if after < len(line) && !isBlank(line[after]) || after+1 < len(line) && line[after+1] != '#' && !isBlank(line[after+1]) {
		return diag.Span{}, "", "", false
	}
	_, end, ok := replay(n.src, n.style, n.line, n.column, n.value)
	if !ok || end.line >= len(n.src.lines) {
		return diag.Span{}, "", "", false
	}
	lost0 := n.src.lines[end.line][min(end.column, len(n.src.lines[end.line])):]
	if len(lost0) == 0 || !isBlank(lost0[0]) {
		return diag.Span{}, "", "", false
	}
	rest := string(lost0)
	trimmed := strings.TrimLeft(rest, " \t")
	if !strings.HasPrefix(trimmed, "#") || trimmed == rest {
		return diag.Span{}, "", "", false
	}
	return n.src.span(end.line+1, end.column, 1), n.value, rest, true
}

func (n *node) String() string {
	return fmt.Sprintf("%s:%d:%d", n.src.path, n.line, n.column)
}
