package expression

import (
	"fmt"
	"strings"

	"jornada/dsl/diag"
)

// checker works out the type of every node and collects what is wrong. A type
// without a kind means "already reported": whatever is built on it is silent,
// so that one mistake gives one diagnostic.
type checker struct {
	env      *Env
	chars    []rune
	problems []problem
	elem     *Type           // of `#`, inside a list test
	known    map[string]bool // paths proved to have a value here
}

var unknown = Type{}

func (c *checker) fail(p problem) Type {
	c.problems = append(c.problems, p)
	return unknown
}

func (c *checker) source(at span) string {
	return string(c.chars[min(at.from, len(c.chars)):min(at.to, len(c.chars))])
}

// use is a node whose value is needed: a missing one would fail or leave a
// hole.
func (c *checker) use(n *node) Type {
	t := c.node(n)
	if t.Kind == kindNil {
		return c.fail(problem{code: "J0302", at: n.whole, message: diag.T("nothing (`nil`) cannot be used here", "nada (`nil`) não pode ser usado aqui")})
	}
	if t.Optional && t.Kind != Any {
		return c.missing(n, t)
	}
	return t
}

// missing reports an optional value used as if it were always there.
func (c *checker) missing(n *node, t Type) Type {
	text := c.source(n.whole)
	hint := diag.T("give a value for that case: `%s`, or guard with `has(%s)`", "dê um valor para esse caso: `%s`, ou proteja com `has(%s)`", text+" ?? "+example(t), text)
	if t.Kind == Bool {
		hint = diag.T("write `%s == true`, or `%s ?? false`", "escreva `%s == true`, ou `%s ?? false`", text, text)
	}
	if n.kind != pathNode {
		hint = diag.T("give a value for that case: `(%s ?? %s)`", "dê um valor para esse caso: `(%s ?? %s)`", text, example(t))
		if t.Kind == Object {
			hint = diag.Text{}
		}
	}
	return c.fail(problem{code: "J0311", at: n.whole,
		message: diag.T("`%s` may be missing", "`%s` pode não existir", text), hint: hint})
}

// example is a literal of a type, for hints.
func example(t Type) string {
	switch t.Kind {
	case Number, Int:
		return "0"
	case Bool:
		return "false"
	case Time:
		return "now"
	case Duration:
		return "hours(0)"
	case List:
		return "[]"
	}
	return `""`
}

// node is the type of a node; the value may be missing.
func (c *checker) node(n *node) Type {
	switch n.kind {
	case litNode:
		switch n.value.(type) {
		case nil:
			return Type{Kind: kindNil, Optional: true}
		case bool:
			return Type{Kind: Bool}
		case int:
			return Type{Kind: Int}
		case float64:
			return Type{Kind: Number}
		case string:
			return Type{Kind: String}
		}
		return unknown
	case pathNode:
		return c.path(n)
	case fieldNode:
		base := c.node(n.kids[0])
		if base.Optional && !n.parts[0].safe && base.Kind != Any && base.Kind != "" {
			return c.missingBase(n, 0)
		}
		return c.fields(n, base, 0, "")
	case indexNode:
		return c.index(n)
	case elemNode:
		if n.text == "index" {
			return Type{Kind: Int}
		}
		if c.elem == nil {
			return c.fail(problem{code: codeSyntax, at: n.at, message: diag.T("`#` stands only inside a list test", "`#` só existe dentro de um teste de lista"),
				hint: diag.T("for example `any(list, # == \"x\")`", "por exemplo `any(lista, # == \"x\")`")})
		}
		return *c.elem
	case unaryNode:
		return c.unary(n)
	case binNode:
		return c.binary(n)
	case condNode:
		return c.conditional(n)
	case listNode:
		return c.list(n)
	case callNode:
		return c.call(n)
	case eachNode:
		return c.each(n)
	}
	return unknown
}

// path resolves a root and its fields.
func (c *checker) path(n *node) Type {
	root := n.parts[0]
	t, ok := c.env.root(root.name)
	if !ok {
		return c.noRoot(n)
	}
	return c.fields(n, t, 1, root.name)
}

func (c *checker) noRoot(n *node) Type {
	name := n.parts[0].name
	if name == "secrets" {
		return c.fail(problem{code: "J0460", at: n.whole, message: diag.T("a secret cannot be used here", "um segredo não pode ser usado aqui"),
			hint: diag.T("secrets may be used in `call` only", "segredos só podem ser usados em `call`")})
	}
	if help, ok := c.env.opts.Explain[name]; ok {
		return c.fail(problem{code: "J0301", at: n.parts[0].at, hint: help,
			message: diag.T("`%s` is not available here", "`%s` não está disponível aqui", name)})
	}
	names := c.env.names()
	p := problem{code: "J0301", at: n.parts[0].at, suggestion: diag.Suggest(name, names),
		message: diag.T("there is no `%s`", "não existe `%s`", name),
		hint:    diag.T("names here: %s", "nomes aqui: %s", list(names))}
	if _, isFunction := functions[name]; isFunction {
		p.message = diag.T("`%s` is a function", "`%s` é uma função", name)
		p.hint = diag.T("write `%s`", "escreva `%s`", functions[name].usage())
		p.suggestion = diag.Text{}
	} else if len(n.parts) == 1 && p.suggestion.IsZero() {
		p.note = diag.T("text stands in quotes: \"%s\"", "texto fica entre aspas: \"%s\"", name)
	}
	return c.fail(p)
}

// list shortens a long list of names.
func list(names []string) string {
	if len(names) > 8 {
		return strings.Join(names[:8], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// fields walks the parts of n from i on; so far is the path up to there, empty
// when it does not start at a root.
func (c *checker) fields(n *node, t Type, i int, sofar string) Type {
	optional := false
	for ; i < len(n.parts); i++ {
		p := n.parts[i]
		switch t.Kind {
		case "":
			return unknown
		case Any:
			return Type{Kind: Any, PII: t.PII}
		}
		if t.Optional && sofar != "" && c.known[sofar] {
			t.Optional = false
		}
		if t.Optional && !p.safe && !optional {
			return c.missingBase(n, i)
		}
		optional = optional || t.Optional || p.safe && !c.known[sofar] // who writes `?.` says that it may be missing
		if t.Kind != Object {
			return c.noFields(n, i, t)
		}
		next, ok := t.Fields[p.name]
		if !ok {
			return c.noField(n, i, t)
		}
		next.PII = next.PII || t.PII
		t = next
		if sofar != "" {
			sofar += "." + p.name
		}
	}
	t.Optional = t.Optional || optional
	if t.Optional && sofar != "" && c.known[sofar] {
		t.Optional = false
	}
	return t
}

// before is what stands before part i.
func (c *checker) before(n *node, i int) span {
	if i == 0 {
		return n.kids[0].whole
	}
	return span{n.whole.from, n.parts[i-1].at.to}
}

// owner is its text; the element of a list test, written `.name`, is `#`.
func (c *checker) owner(n *node, i int) string {
	text := c.source(c.before(n, i))
	if strings.HasPrefix(text, ".") {
		return strings.TrimSuffix("#"+text, ".")
	}
	return text
}

// missingBase reports a field read from what may be missing.
func (c *checker) missingBase(n *node, i int) Type {
	text, name := c.owner(n, i), n.parts[i].name
	hint := diag.T("write `%s?.%s`, or guard with `has(%s)`", "escreva `%s?.%s`, ou proteja com `has(%s)`", text, name, text)
	if n.kind != pathNode {
		hint = diag.T("write `%s?.%s`", "escreva `%s?.%s`", text, name)
	}
	return c.fail(problem{code: "J0311", at: c.before(n, i), hint: hint,
		message: diag.T("`%s` may be missing, so `%s` cannot be read from it", "`%s` pode não existir, então não dá para ler `%s` dele", text, name)})
}

func (c *checker) noField(n *node, i int, t Type) Type {
	owner, name := c.owner(n, i), n.parts[i].name
	p := problem{code: "J0301", at: n.parts[i].at, suggestion: diag.Suggest(name, t.Fields.names()),
		message: diag.T("`%s` has no field `%s`", "`%s` não tem o campo `%s`", owner, name),
		hint:    diag.T("fields of %s: %s", "campos de %s: %s", owner, list(t.Fields.names()))}
	if len(t.Fields) == 0 {
		p.hint = diag.T("%s has no fields here", "%s não tem campos aqui", owner)
	}
	return c.fail(p)
}

func (c *checker) noFields(n *node, i int, t Type) Type {
	owner, name := c.owner(n, i), n.parts[i].name
	words := t.one()
	p := problem{code: "J0301", at: n.parts[i].at, message: diag.Text{
		En: fmt.Sprintf("`%s` is %s and has no field `%s`", owner, words.En, name),
		Pt: fmt.Sprintf("`%s` é %s e não tem o campo `%s`", owner, words.Pt, name),
	}}
	switch t.Kind {
	case List:
		p.hint = diag.T("use `first(%s)`, or a list test such as `any(%s, …)`", "use `first(%s)`, ou um teste de lista como `any(%s, …)`", owner, owner)
	case Time:
		p.hint = diag.T("use `format(%s, \"dd/MM\")` or `weekday(%s)`", "use `format(%s, \"dd/MM\")` ou `weekday(%s)`", owner, owner)
	case String:
		if f, ok := functions[name]; ok {
			p.hint = diag.T("write `%s`", "escreva `%s`", f.usage())
		}
	}
	return c.fail(p)
}

func (c *checker) index(n *node) Type {
	base, key := c.use(n.kids[0]), c.use(n.kids[1])
	switch base.Kind {
	case "":
		return unknown
	case List, Any:
		if key.Kind == Int || key.Kind == "" || key.Kind == Any && base.Kind == List {
			return element(base)
		}
		if key.Kind == Number {
			return c.fail(problem{code: "J0302", at: n.kids[1].whole,
				message: diag.T("a position in a list is a whole number", "a posição numa lista é um número inteiro"), hint: diag.T("write `int(…)`", "escreva `int(…)`")})
		}
	case String:
		return c.fail(problem{code: "J0310", at: n.whole, message: diag.T("a text has no positions", "um texto não tem posições"),
			hint: diag.T("compare with `startsWith`, `endsWith` or `contains`", "compare com `startsWith`, `endsWith` ou `contains`")})
	}
	return c.computed(n)
}

// computed refuses a field whose name is not written out: nobody could check it.
func (c *checker) computed(n *node) Type {
	return c.fail(problem{code: "J0312", at: n.kids[1].whole,
		message: diag.T("the name of a field cannot be worked out by an expression", "o nome de um campo não pode sair de uma expressão"),
		hint:    diag.T("write the field's name, for example `%s.name`", "escreva o nome do campo, por exemplo `%s.name`", c.source(n.kids[0].whole))})
}

func (c *checker) unary(n *node) Type {
	if n.text == "not" {
		if !c.condition(n.kids[0]) {
			return unknown
		}
		return Type{Kind: Bool}
	}
	t := c.use(n.kids[0])
	switch t.Kind {
	case "", Number, Int:
		return t
	case Duration:
		if n.text == "-" {
			return t
		}
	case Any:
		return Type{Kind: Number}
	}
	w := t.one()
	return c.fail(problem{code: "J0302", at: n.at, message: diag.Text{
		En: fmt.Sprintf("`%s` cannot be used before %s", n.text, w.En), Pt: fmt.Sprintf("`%s` não pode ser usado antes de %s", n.text, w.Pt)}})
}

// condition requires true or false as a part of a larger expression.
func (c *checker) condition(n *node) bool {
	t := c.use(n)
	if t.Kind == Bool || t.Kind == Any || t.Kind == "" {
		return true
	}
	c.fail(problem{code: "J0302", at: n.whole, message: notCondition(c.source(n.whole), t), hint: asCondition(c.source(n.whole), n, t)})
	return false
}

func notCondition(text string, t Type) diag.Text {
	w := t.one()
	return diag.Text{
		En: fmt.Sprintf("a condition is needed here, but `%s` is %s", text, w.En),
		Pt: fmt.Sprintf("aqui precisa de uma condição, mas `%s` é %s", text, w.Pt),
	}
}

// asCondition says how to compare a value of a type.
func asCondition(text string, n *node, t Type) diag.Text {
	if n.kind == binNode || n.kind == condNode {
		text = "(" + text + ")"
	}
	switch t.Kind {
	case Number, Int:
		text += " > 0"
	case String:
		text += ` != ""`
	case List:
		text = "len(" + text + ") > 0"
	case Time:
		text += " > now"
	case Duration:
		text += " > hours(1)"
	default:
		return diag.T("compare it with something, for example with `==`", "compare com algo, por exemplo com `==`")
	}
	return diag.T("compare it: `%s`", "compare: `%s`", text)
}

func (c *checker) conditional(n *node) Type {
	c.condition(n.kids[0])
	then := c.assuming(n.kids[0], true, func() Type { return c.node(n.kids[1]) })
	other := c.assuming(n.kids[0], false, func() Type { return c.node(n.kids[2]) })
	t, ok := unify(then, other)
	if !ok {
		a, b := then.Words(), other.Words()
		return c.fail(problem{code: "J0302", at: n.kids[1].whole.join(n.kids[2].whole), message: diag.Text{
			En: fmt.Sprintf("the two results of `? :` are of different kinds: %s and %s", a.En, b.En),
			Pt: fmt.Sprintf("os dois resultados de `? :` são de tipos diferentes: %s e %s", a.Pt, b.Pt),
		}, hint: diag.T("make both the same kind, for example with string(…)", "deixe os dois do mesmo tipo, por exemplo com string(…)")})
	}
	return t
}

// unify is the type of a value that is one or the other.
func unify(a, b Type) (Type, bool) {
	optional := a.Optional || b.Optional
	pii := a.PII || b.PII
	with := func(t Type) (Type, bool) {
		t.Optional, t.PII = optional, pii
		return t, true
	}
	switch {
	case a.Kind == "" || b.Kind == "":
		return unknown, true
	case a.Kind == kindNil:
		return with(b)
	case b.Kind == kindNil:
		return with(a)
	case a.Kind == Any || b.Kind == Any:
		return Type{Kind: Any, PII: pii}, true
	case isNumber(a) && isNumber(b):
		if a.Kind == Int {
			a = b
		}
		return with(Type{Kind: a.Kind})
	case a.Kind != b.Kind:
		return unknown, false
	case a.Kind == List:
		e, ok := unify(element(a), element(b))
		if !ok {
			return unknown, false
		}
		return with(Type{Kind: List, Elem: &e})
	case a.Kind == Object && !sameFields(a.Fields, b.Fields):
		return unknown, false
	}
	return with(a)
}

func sameFields(a, b Fields) bool {
	if len(a) != len(b) {
		return false
	}
	for name, t := range a {
		if o, ok := b[name]; !ok || o.String() != t.String() {
			return false
		}
	}
	return true
}

func isNumber(t Type) bool { return t.Kind == Number || t.Kind == Int }

func (c *checker) list(n *node) Type {
	elem := Type{Kind: Any}
	for i, kid := range n.kids {
		t := c.use(kid)
		if i == 0 {
			elem = t
			continue
		}
		both, ok := unify(elem, t)
		if !ok {
			a, b := elem.Words(), t.Words()
			c.fail(problem{code: "J0302", at: kid.whole, message: diag.Text{
				En: fmt.Sprintf("a list holds one kind of value, and this one starts with %s: %s does not fit", a.En, b.En),
				Pt: fmt.Sprintf("uma lista guarda um só tipo de valor, e esta começa com %s: %s não cabe", a.Pt, b.Pt),
			}})
			continue
		}
		elem = both
	}
	elem.PII = false
	return Type{Kind: List, Elem: &elem}
}

// assuming checks with what a condition proves about missing values.
func (c *checker) assuming(cond *node, truth bool, check func() Type) Type {
	facts := present(cond, truth, nil)
	if len(facts) == 0 {
		return check()
	}
	before := c.known
	c.known = make(map[string]bool, len(before)+len(facts))
	for p := range before {
		c.known[p] = true
	}
	for _, p := range facts {
		c.known[p] = true
	}
	t := check()
	c.known = before
	return t
}

// present are the paths that have a value when the condition comes out as
// truth: has(x), x != nil, x == "literal", and their combinations.
func present(n *node, truth bool, out []string) []string {
	switch {
	case n.kind == unaryNode && n.text == "not":
		return present(n.kids[0], !truth, out)
	case n.kind == binNode && (n.text == "and") == truth && (n.text == "and" || n.text == "or"):
		return present(n.kids[1], truth, present(n.kids[0], truth, out))
	case n.kind == callNode && n.text == "has" && truth && len(n.kids) == 1:
		return prefixes(n.kids[0], out)
	case n.kind == binNode && (n.text == "==" || n.text == "!="):
		for i, kid := range n.kids {
			other := n.kids[1-i]
			if other.kind == litNode && kid.kind == pathNode && (other.value == nil) == ((n.text == "!=") == truth) {
				out = prefixes(kid, out)
			}
		}
	case n.kind == binNode && n.text == "in" && truth:
		return prefixes(n.kids[0], out)
	}
	return out
}

// prefixes are a path and all it hangs on: a, a.b, a.b.c.
func prefixes(n *node, out []string) []string {
	if n.kind == pathNode {
		for i := range n.parts {
			out = append(out, joinParts(n.parts[:i+1]))
		}
	}
	return out
}
