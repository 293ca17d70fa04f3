package dsl

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"jornada/dsl/diag"
)

// parser turns nodes into the syntax tree. It collects mistakes of form and
// goes on, so that one run shows them all; what it could not read stays nil.
type parser struct {
	*reporter
	steps int   // read so far
	depth int   // nested lists of steps
	loops int   // enclosing repeats
	key   *node // whose value is being read
}

// Scalar is a piece of text in the file, with its place. It implements
// diag.Locator.
type Scalar struct {
	Value string
	node  *node
}

// Span is the whole text in the file, with its quotes.
func (s *Scalar) Span() diag.Span { return s.node.span() }

// Locate implements diag.Locator: characters from (inclusive) to (exclusive)
// of Value.
func (s *Scalar) Locate(from, to int) diag.Span { return s.node.Locate(from, to) }

// String is the text; of nil, nothing.
func (s *Scalar) String() string {
	if s == nil {
		return ""
	}
	return s.Value
}

// Placed is a value read from a scalar, with its place.
type Placed[T any] struct {
	Value T
	At    *Scalar
}

// or is the value, or fallback when nothing was written.
func (p *Placed[T]) or(fallback T) T {
	if p == nil {
		return fallback
	}
	return p.Value
}

// Pair is an entry of a mapping whose keys the author chooses.
type Pair struct {
	Key, Value *Scalar
}

// field is one key of a mapping: its name, its shape for the JSON Schema, and
// how to read it. The parser, the error messages and the schema all come from
// the same tables, so they cannot disagree.
type field[T any] struct {
	key      string
	required bool
	shape    shape
	doc      diag.Text
	read     func(p *parser, n *node, into *T)
}

// must makes a field required.
func (f field[T]) must() field[T] {
	f.required = true
	return f
}

func keysOf[T any](fields []field[T]) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

// readFields reads a mapping by its table. what names the mapping in messages:
// "a trigger", "`ask`".
func readFields[T any](p *parser, n *node, what diag.Text, fields []field[T], into *T) bool {
	if !p.isMapping(n, what) {
		return false
	}
	for i, key := range n.keys {
		at := slices.IndexFunc(fields, func(f field[T]) bool { return f.key == key.value })
		if at < 0 {
			if d := p.unknownKey(key, what, keysOf(fields)); n.cutAtComma(i) {
				d.Suggestion = diag.Text{}
				d.Hint = diag.T("inside braces a comma ends a text; if this belongs to it, quote the whole: %s: \"%s, %s\"",
					"entre chaves uma vírgula termina o texto; se isto faz parte dele, ponha tudo entre aspas: %s: \"%s, %s\"",
					n.keys[i-1].value, n.items[i-1].value, key.value)
			}
			continue
		}
		p.key = key
		fields[at].read(p, n.items[i], into)
	}
	for _, f := range fields {
		if f.required && n.get(f.key) == nil && !n.misspells(keysOf(fields), f.key) {
			p.missing(n, what, f.key)
		}
	}
	return true
}

// misspells reports whether an unknown key was probably meant to be this one:
// one mistake, one message.
func (n *node) misspells(known []string, key string) bool {
	return slices.ContainsFunc(n.keys, func(k *node) bool {
		return !slices.Contains(known, k.value) && diag.Near(k.value, []string{key}) != ""
	})
}

// misspellsOneOf reports whether a key was probably meant to be one of these.
func (n *node) misspellsOneOf(keys []string) bool {
	return slices.ContainsFunc(n.keys, func(k *node) bool { return diag.Near(k.value, keys) != "" })
}

func (n *node) get(key string) *node {
	for i, k := range n.keys {
		if k.value == key {
			return n.items[i]
		}
	}
	return nil
}

func (p *parser) unknownKey(key *node, what diag.Text, known []string) *diag.Diagnostic {
	d := p.report("J0101", key.span(), diag.Text{
		En: "`" + key.value + "` is not a key of " + what.En,
		Pt: "`" + key.value + "` não é uma chave de " + what.Pt,
	})
	if p.full() {
		return d // what is not listed needs no suggestion
	}
	d.Suggestion = didYouMean(key.value, known)
	d.Hint = diag.T("keys here: %s", "chaves aqui: %s", strings.Join(known, ", "))
	return d
}

// cutAtComma reports whether a key without a value is probably the rest of the
// text before it: `{title: Sim, quero}` is a title and a key to YAML.
func (n *node) cutAtComma(i int) bool {
	if !n.flow || i == 0 || !n.items[i].null() || n.items[i].value != "" {
		return false
	}
	before := n.items[i-1]
	return before.kind == scalarNode && before.style == plainStyle && before.value != ""
}

func (p *parser) missing(n *node, what diag.Text, key string) *diag.Diagnostic {
	return p.report("J0104", n.headSpan(), diag.Text{
		En: what.En + " needs `" + key + "`",
		Pt: "falta `" + key + "` em " + what.Pt,
	})
}

// headSpan points at the first key of a mapping, or the start of anything else.
func (n *node) headSpan() diag.Span {
	if n.kind == mappingNode && len(n.keys) > 0 && !n.flow {
		return n.keys[0].span()
	}
	return n.span()
}

// shapeError says that a list, mapping or text was expected.
func (p *parser) shapeError(n *node, what, expected diag.Text) {
	if n.kind == badNode {
		return
	}
	found := diag.Text{En: "text", Pt: "um texto"}
	switch {
	case n.null():
		found = diag.Text{En: "nothing", Pt: "nada"}
	case n.kind == listNode:
		found = diag.Text{En: "a list", Pt: "uma lista"}
	case n.kind == mappingNode:
		found = diag.Text{En: "a mapping", Pt: "um mapeamento"}
	}
	p.report("J0102", n.span(), diag.Text{
		En: what.En + " must be " + expected.En + ", not " + found.En,
		Pt: what.Pt + " deve ser " + expected.Pt + ", não " + found.Pt,
	})
}

var (
	aMapping = diag.Text{En: "a mapping (`key: value`)", Pt: "um mapeamento (`chave: valor`)"}
	aList    = diag.Text{En: "a list (`- item` or `[item]`)", Pt: "uma lista (`- item` ou `[item]`)"}
	aText    = diag.Text{En: "text", Pt: "um texto"}
)

func (p *parser) isMapping(n *node, what diag.Text) bool {
	if n.kind != mappingNode {
		p.shapeError(n, what, aMapping)
		return false
	}
	return true
}

func (p *parser) isList(n *node, what diag.Text) bool {
	if n.kind != listNode {
		p.shapeError(n, what, aList)
		return false
	}
	return true
}

// quoted names a key in messages.
func quoted(key string) diag.Text { return diag.Text{En: "`" + key + "`", Pt: "`" + key + "`"} }

// scalar reads a text that must not be empty.
func (p *parser) scalar(n *node, what diag.Text) *Scalar {
	if n.kind != scalarNode || n.null() {
		p.shapeError(n, what, aText)
		return nil
	}
	return &Scalar{Value: n.value, node: n}
}

// content reads text for people: it may be long and contain {{ }}.
func (p *parser) content(n *node, what diag.Text) *Scalar {
	s := p.scalar(n, what)
	if s == nil {
		return nil
	}
	at, kept, lost, found := n.cut()
	if found && len(lost) > 2 && strings.HasPrefix(lost, " #") && !isBlank([]rune(lost)[2]) {
		d := p.report("J0015", at, diag.T("YAML cut this text at ` #`", "o YAML cortou este texto em ` #`"))
		d.Hint = diag.T("quote the whole text: '%s'", "ponha o texto todo entre aspas: '%s'", strings.ReplaceAll(kept+lost, "'", "''"))
		return nil
	}
	return s
}

// expression reads a bare expression. A ` #` inside it is a list test to the
// author and a comment to YAML: an expression that is cut in the middle tells.
func (p *parser) expression(n *node, what diag.Text) *Scalar {
	s := p.scalar(n, what)
	if s == nil {
		return nil
	}
	at, kept, lost, found := n.cut()
	if found && unfinished(kept) {
		d := p.report("J0015", at, diag.T("YAML cut this expression at ` #`", "o YAML cortou esta expressão em ` #`"))
		d.Hint = diag.T("quote the whole expression: '%s'", "ponha a expressão toda entre aspas: '%s'", strings.ReplaceAll(kept+lost, "'", "''"))
		return nil
	}
	return s
}

var danglingEnd = regexp.MustCompile(`(?:[,(\[+\-*/<>=!&|.?:]|\b(?:and|or|not|in|matches|contains))\s*$`)

// unfinished reports whether an expression plainly goes on.
func unfinished(src string) bool {
	depth := 0
	var quote rune
	for _, c := range src {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.ContainsRune("([{", c):
			depth++
		case strings.ContainsRune(")]}", c):
			depth--
		}
	}
	return depth > 0 || quote != 0 || danglingEnd.MatchString(src)
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// reserved words mean something in expressions or branches, so they cannot be
// names of an author's things.
var reserved = map[string]bool{}

func init() {
	for word := range strings.FieldsSeq(`contact inputs vars steps trigger window now journey event loop secrets
		otherwise timeout other undelivered past failed true false nil in not and or let if else
		matches contains startsWith endsWith`) {
		reserved[word] = true
	}
}

// id reads a name the author chooses.
func (p *parser) id(n *node, what diag.Text) *Scalar {
	s := p.scalar(n, what)
	if s == nil || !p.checkID(s) {
		return nil
	}
	return s
}

func (p *reporter) checkID(s *Scalar) bool {
	switch {
	case reserved[s.Value]:
		p.report("J0106", s.Span(), diag.T("`%s` is a reserved word", "`%s` é uma palavra reservada", s.Value)).
			Hint = diag.T("choose another name, for example `%s_step`", "escolha outro nome, por exemplo `%s_step`", s.Value)
		return false
	case !idPattern.MatchString(s.Value):
		d := p.report("J0106", s.Span(), diag.T("`%s` cannot be an id", "`%s` não pode ser um id", s.Value))
		d.Hint = diag.T("ids start with a letter a-z and go on with a-z, 0-9 and _, at most 48", "ids começam com uma letra a-z e seguem com a-z, 0-9 e _, no máximo 48")
		if tidy := tidyID(s.Value); tidy != "" {
			d.Suggestion = diag.T("for example `%s`", "por exemplo `%s`", tidy)
		}
		return false
	}
	return true
}

var unaccent = strings.NewReplacer("á", "a", "à", "a", "â", "a", "ã", "a", "é", "e", "ê", "e", "í", "i", "ó", "o", "ô", "o", "õ", "o", "ú", "u", "ü", "u", "ç", "c", "-", "_", " ", "_", ".", "_")

// tidyID makes an id out of what was probably meant, or nothing.
func tidyID(s string) string {
	var b strings.Builder
	for _, c := range unaccent.Replace(strings.ToLower(s)) {
		if c == '_' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' {
			b.WriteRune(c)
		}
	}
	if id := strings.TrimLeft(b.String(), "_0123456789"); idPattern.MatchString(id) && !reserved[id] {
		return id
	}
	return ""
}

// notAllowed reports a value outside a fixed set (J0105).
func (p *reporter) notAllowed(s *Scalar, what diag.Text, allowed []string) {
	d := p.report("J0105", s.Span(), diag.Text{
		En: "`" + s.Value + "` is not a value of " + what.En,
		Pt: "`" + s.Value + "` não é um valor de " + what.Pt,
	})
	d.Suggestion = didYouMean(s.Value, allowed)
	d.Hint = diag.T("possible values: %s", "valores possíveis: %s", strings.Join(allowed, ", "))
}

func (p *parser) enum(n *node, what diag.Text, allowed []string) *Scalar {
	s := p.scalar(n, what)
	if s == nil {
		return nil
	}
	if !slices.Contains(allowed, s.Value) {
		p.notAllowed(s, what, allowed)
		return nil
	}
	return s
}

func (p *parser) integer(n *node, what diag.Text, low, high int) *Placed[int] {
	s := p.scalar(n, what)
	if s == nil {
		return nil
	}
	v, err := strconv.Atoi(s.Value)
	if err != nil || v < low || v > high {
		p.report("J0105", s.Span(), diag.Text{
			En: what.En + " must be a whole number from " + strconv.Itoa(low) + " to " + strconv.Itoa(high),
			Pt: what.Pt + " deve ser um número inteiro de " + strconv.Itoa(low) + " a " + strconv.Itoa(high),
		})
		return nil
	}
	return &Placed[int]{v, s}
}

func (p *parser) boolean(n *node, what diag.Text) *Placed[bool] {
	s := p.enum(n, what, []string{"true", "false"})
	if s == nil {
		return nil
	}
	return &Placed[bool]{s.Value == "true", s}
}

// duration reads a length of time of at least one second, or with signed any.
func (p *parser) duration(n *node, what diag.Text, signed bool) *Placed[Duration] {
	s := p.scalar(n, what)
	if s == nil {
		return nil
	}
	d, err := ParseDuration(s.Value)
	switch {
	case err != nil:
		p.badDuration(s)
		return nil
	case !signed && d <= 0:
		p.report("J0202", s.Span(), diag.Text{En: what.En + " must be longer than zero", Pt: what.Pt + " deve ser maior que zero"})
		return nil
	}
	return &Placed[Duration]{d, s}
}

func (p *parser) badDuration(s *Scalar) {
	d := p.report("J0202", s.Span(), diag.T("`%s` is not a length of time", "`%s` não é uma duração", s.Value))
	d.Hint = diag.T("write 90m, 24h, 2d, 1w or 1h30m (a `d` is 24 hours)", "escreva 90m, 24h, 2d, 1w ou 1h30m (um `d` são 24 horas)")
}

// scalars reads a list of texts.
func (p *parser) scalars(n *node, what diag.Text, read func(*node, diag.Text) *Scalar) []*Scalar {
	if !p.isList(n, what) {
		return nil
	}
	var list []*Scalar
	for _, item := range n.items {
		if s := read(item, what); s != nil {
			list = append(list, s)
		}
	}
	return list
}

// pairs reads a mapping of free keys to content.
func (p *parser) pairs(n *node, what diag.Text) []Pair {
	if !p.isMapping(n, what) {
		return nil
	}
	var list []Pair
	for i, key := range n.keys {
		value := n.items[i]
		if value.kind == scalarNode && value.style != plainStyle && value.value == "" {
			list = append(list, Pair{&Scalar{key.value, key}, &Scalar{"", value}})
		} else if s := p.content(value, quoted(key.value)); s != nil {
			list = append(list, Pair{&Scalar{key.value, key}, s})
		}
	}
	return list
}

// unique reports repeated ids of one list.
func (p *reporter) unique(ids []*Scalar) {
	seen := map[string]int{}
	for _, id := range ids {
		if id == nil {
			continue
		}
		if line, twice := seen[id.Value]; twice {
			p.duplicateID(id, line)
			continue
		}
		seen[id.Value] = id.node.line
	}
}

func (p *reporter) duplicateID(id *Scalar, line int) {
	p.report("J0107", id.Span(), diag.T("the id `%s` is already used on line %d", "o id `%s` já é usado na linha %d", id.Value, line)).
		Hint = diag.T("ids are unique, because statistics and running journeys use them", "ids são únicos, porque estatísticas e jornadas em andamento os usam")
}
