package expression

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// Values are the only values a path can have, where they are known: the
// outcomes of a step, the scores of a scale. nil means anything of its type.
type Values func(path string) []any

// maxWorlds bounds how many combinations of values Decide tries.
const maxWorlds = 4096

// Decide reports whether a condition comes out the same whatever the values
// are, given that none of the conditions in unless holds: always true, or always
// false. A condition that never has a turn, because one of the others always
// holds, is always false.
//
// It tries the values that make a difference: of a number those beside and
// between what it is compared with, of a text the ones it is compared with and
// one more, of a known set all. What it does not understand (a function, two
// fields compared with each other) may be true or false, so it never claims too
// much.
func Decide(p *Program, unless []*Program, values Values) (result, decided bool) {
	w := &worlds{index: map[string]int{}, values: values}
	for _, q := range append([]*Program{p}, unless...) {
		w.program = q
		w.formula(q.root)
	}
	w.domains()
	total := 1
	for _, v := range w.vars {
		if total *= len(v.domain); total > maxWorlds {
			return false, false
		}
	}
	yes, no := 0, 0
	for n := range total {
		w.choose(n)
		if !w.possible(unless) {
			continue
		}
		w.program = p
		switch holds, fails := w.eval(p.root); {
		case fails:
		case holds == true:
			yes++
		default:
			no++
		}
	}
	switch {
	case yes > 0 && no > 0, yes+no == 0 && len(unless) == 0:
		return false, false
	}
	return yes > 0, true
}

// worlds are the combinations of values under which conditions are tried.
type worlds struct {
	program *Program
	values  Values
	vars    []*variable
	index   map[string]int
	now     []any // the value of every variable in the world being tried
}

// variable is a path, or something that is true or false and not understood.
type variable struct {
	path      string
	typ       Type
	missing   bool  // may be nil
	constants []any // what it is compared with
	domain    []any
}

func (w *worlds) possible(unless []*Program) bool {
	for _, q := range unless {
		w.program = q
		if holds, fails := w.eval(q.root); fails || holds == true {
			return false
		}
	}
	return true
}

func (w *worlds) choose(n int) {
	w.now = make([]any, len(w.vars))
	for i, v := range w.vars {
		w.now[i] = v.domain[n%len(v.domain)]
		n /= len(v.domain)
	}
}

// formula finds the variables of what must be true or false.
func (w *worlds) formula(n *node) {
	switch {
	case n.kind == litNode:
	case n.kind == unaryNode && n.text == "not", n.kind == binNode && (n.text == "and" || n.text == "or"):
		for _, kid := range n.kids {
			w.formula(kid)
		}
	case n.kind == condNode:
		for _, kid := range n.kids {
			w.formula(kid)
		}
	case n.kind == pathNode && w.typeOf(n).Kind == Bool:
		w.variable(n)
	case w.comparison(n), n.kind == binNode && n.text == "??" && w.term(n):
		w.terms(n)
	default:
		w.opaque(n)
	}
}

// comparison reports whether a comparison is understood: values on the one
// side, constants on the other.
func (w *worlds) comparison(n *node) bool {
	switch {
	case n.kind == callNode && n.text == "has" && len(n.kids) == 1:
		return n.kids[0].kind == pathNode && w.simple(n.kids[0])
	case n.kind != binNode:
		return false
	case n.text == "in":
		return n.kids[1].kind == listNode && w.term(n.kids[0]) && !slices.ContainsFunc(n.kids[1].kids, func(k *node) bool { return k.kind != litNode })
	case !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, n.text):
		return false
	}
	a, b := n.kids[0], n.kids[1]
	if !w.term(a) || !w.term(b) || reads(a) && reads(b) {
		return false
	}
	return n.text == "==" || n.text == "!=" || !w.text(a) && !w.text(b)
}

// term reports whether the value of a node is understood.
func (w *worlds) term(n *node) bool {
	switch {
	case n.kind == litNode:
		return true
	case n.kind == pathNode:
		return w.simple(n)
	case n.kind == unaryNode && n.text == "-":
		return n.kids[0].kind == litNode
	case n.kind == binNode && n.text == "??":
		return w.term(n.kids[0]) && w.term(n.kids[1])
	}
	return false
}

// text reports whether a term holds texts, whose order is not looked at.
func (w *worlds) text(n *node) bool {
	if n.kind == litNode {
		_, is := n.value.(string)
		return is
	}
	if n.kind == pathNode {
		return w.typeOf(n).Kind == String
	}
	return slices.ContainsFunc(n.kids, w.text)
}

func reads(n *node) bool { return n.kind == pathNode || slices.ContainsFunc(n.kids, reads) }

func (w *worlds) simple(n *node) bool {
	switch w.typeOf(n).Kind {
	case String, Int, Number, Bool:
		return true
	}
	return false
}

func (w *worlds) typeOf(n *node) Type {
	for _, r := range w.program.refs {
		if r.From == n.whole.from && r.To == n.whole.to {
			return r.Type
		}
	}
	return Type{}
}

// terms gives every path of a comparison the constants beside it.
func (w *worlds) terms(n *node) {
	var constants []any
	var paths []*variable
	var walk func(n *node)
	walk = func(n *node) {
		switch n.kind {
		case litNode, unaryNode:
			if v, ok := literal(n); ok && v != nil {
				constants = append(constants, v)
			}
		case pathNode:
			paths = append(paths, w.variable(n))
		default:
			for _, kid := range n.kids {
				walk(kid)
			}
		}
	}
	walk(n)
	asked := n.kind == callNode || slices.ContainsFunc(n.kids, func(k *node) bool { return k.kind == litNode && k.value == nil })
	for _, v := range paths {
		v.constants = append(v.constants, constants...)
		// Who asks whether a value is there has a reason: the step may not have
		// run, the contact's field may not be known yet.
		v.missing = v.missing || asked
	}
}

// literal is a constant with numbers as float64.
func literal(n *node) (any, bool) {
	if n.kind == unaryNode {
		v, ok := literal(n.kids[0])
		f, number := v.(float64)
		return -f, ok && number
	}
	if i, ok := n.value.(int); ok {
		return float64(i), true
	}
	return n.value, n.kind == litNode
}

func (w *worlds) variable(n *node) *variable {
	missing := false
	for _, p := range n.parts {
		missing = missing || p.safe
	}
	t := w.typeOf(n)
	v := w.add(n.path(), t)
	v.missing = v.missing || missing || t.Optional
	return v
}

func (w *worlds) add(key string, t Type) *variable {
	if i, ok := w.index[key]; ok {
		return w.vars[i]
	}
	w.index[key] = len(w.vars)
	v := &variable{path: key, typ: t}
	w.vars = append(w.vars, v)
	return v
}

// opaque is what may be true or false. `a != b` is the opposite of `a == b`, and
// so on, so that they are one variable.
func (w *worlds) opaque(n *node) {
	key, _ := w.opaqueKey(n)
	w.add(key, Type{Kind: Bool})
}

var opposites = map[string]string{"!=": "==", "<=": ">", ">=": "<"}

func (w *worlds) opaqueKey(n *node) (key string, negated bool) {
	op := n.text
	if n.kind == callNode && op == "has" && len(n.kids) == 1 {
		return "?" + w.source(n.kids[0]) + "==nil", true
	}
	if n.kind != binNode {
		return "?" + w.source(n), false
	}
	if opposite, ok := opposites[op]; ok {
		op, negated = opposite, true
	}
	return "?" + w.source(n.kids[0]) + op + w.source(n.kids[1]), negated
}

// source is what a node says, without blanks outside of texts.
func (w *worlds) source(n *node) string {
	var b strings.Builder
	var quote rune
	chars := []rune(w.program.source)
	for _, c := range chars[min(n.whole.from, len(chars)):min(n.whole.to, len(chars))] {
		switch {
		case quote == c:
			quote = 0
		case quote == 0 && (c == '"' || c == '\'' || c == '`'):
			quote = c
		case quote == 0 && unicode.IsSpace(c):
			c = ' '
		}
		if c != ' ' || quote != 0 {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// domains chooses the values that make a difference.
func (w *worlds) domains() {
	for _, v := range w.vars {
		if w.values != nil {
			for _, known := range w.values(v.path) {
				if i, ok := known.(int); ok {
					known = float64(i)
				}
				v.domain = append(v.domain, known)
			}
		}
		switch {
		case v.domain != nil:
		case v.typ.Kind == Bool:
			v.domain = []any{true, false}
		case v.typ.Kind == String:
			v.domain = append(distinct(v.constants), "\x00 any other text")
		default:
			v.domain = around(v.constants, v.typ.Kind == Int)
		}
		if v.missing {
			v.domain = append(v.domain, nil)
		}
	}
}

func distinct(values []any) []any {
	var out []any
	for _, v := range values {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// around are the numbers compared with, and one on every side of each.
func around(constants []any, whole bool) []any {
	var at []float64
	for _, c := range constants {
		if f, ok := c.(float64); ok {
			at = append(at, f)
		}
	}
	slices.Sort(at)
	at = slices.Compact(at)
	var numbers []float64
	for i, f := range at {
		below, above := f-1, f+1
		if whole {
			below, above = math.Ceil(f)-1, math.Floor(f)+1
		} else if i+1 < len(at) {
			above = f + (at[i+1]-f)/2
		}
		if i == 0 || whole {
			numbers = append(numbers, below)
		}
		if !whole || f == math.Trunc(f) {
			numbers = append(numbers, f)
		}
		numbers = append(numbers, above)
	}
	if len(numbers) == 0 {
		numbers = []float64{0, 1}
	}
	slices.Sort(numbers)
	var out []any
	for _, f := range slices.Compact(numbers) {
		out = append(out, f)
	}
	return out
}

// eval is the value of a node in the world being tried; fails says that it has
// none there (a missing number compared with another).
func (w *worlds) eval(n *node) (value any, fails bool) {
	switch {
	case n.kind == litNode, n.kind == unaryNode && n.text == "-":
		v, ok := literal(n)
		return v, !ok
	case n.kind == pathNode:
		return w.read(n.path())
	case n.kind == unaryNode && n.text == "not":
		v, fails := w.eval(n.kids[0])
		return v != true, fails
	case n.kind == binNode && (n.text == "and" || n.text == "or"):
		v, fails := w.eval(n.kids[0])
		if fails || (v == true) == (n.text == "or") {
			return v, fails
		}
		return w.eval(n.kids[1])
	case n.kind == condNode:
		v, fails := w.eval(n.kids[0])
		switch {
		case fails:
			return nil, true
		case v == true:
			return w.eval(n.kids[1])
		}
		return w.eval(n.kids[2])
	case n.kind == binNode && n.text == "??" && w.term(n):
		v, fails := w.eval(n.kids[0])
		if fails || v != nil {
			return v, fails
		}
		return w.eval(n.kids[1])
	case w.comparison(n):
		return w.compare(n)
	}
	key, negated := w.opaqueKey(n)
	v, fails := w.read(key)
	return (v == true) != negated, fails
}

func (w *worlds) read(key string) (any, bool) {
	i, ok := w.index[key]
	if !ok {
		return nil, true
	}
	return w.now[i], false
}

func (w *worlds) compare(n *node) (any, bool) {
	a, fails := w.eval(n.kids[0])
	if fails || n.kind == callNode {
		return a != nil, fails
	}
	if n.text == "in" {
		for _, kid := range n.kids[1].kids {
			if v, ok := literal(kid); ok && v == a {
				return true, false
			}
		}
		return false, false
	}
	b, fails := w.eval(n.kids[1])
	if fails {
		return nil, true
	}
	switch n.text {
	case "==":
		return a == b, false
	case "!=":
		return a != b, false
	}
	x, isX := a.(float64)
	y, isY := b.(float64)
	if !isX || !isY {
		return nil, true
	}
	switch n.text {
	case "<":
		return x < y, false
	case "<=":
		return x <= y, false
	case ">":
		return x > y, false
	}
	return x >= y, false
}

// Comparison is a path compared with a text that is written out.
type Comparison struct {
	Path     string
	Value    string
	From, To int // of the text, in characters of the source
}

// Comparisons are the `==`, `!=` and `in` of a path with texts, in source order.
func (p *Program) Comparisons() []Comparison {
	var out []Comparison
	var walk func(n *node)
	walk = func(n *node) {
		if n.kind == binNode && (n.text == "==" || n.text == "!=" || n.text == "in") {
			for i, kid := range n.kids {
				if kid.kind != pathNode {
					continue
				}
				for _, other := range append([]*node{n.kids[1-i]}, n.kids[1-i].kids...) {
					if text, ok := other.value.(string); ok && other.kind == litNode {
						out = append(out, Comparison{kid.path(), text, other.whole.from, other.whole.to})
					}
				}
			}
		}
		for _, kid := range n.kids {
			walk(kid)
		}
	}
	walk(p.root)
	return out
}
