package expression

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker/nature"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"jornada/dsl/diag"
)

// This file is the whole of what we know about expr-lang/expr. Its parser gives
// a tree, which becomes our own (node.go); its compiler and its virtual machine
// run a tree that `lower` writes from ours. Everything that reads data, grows a
// text, walks a list or can fail in an author's face is a call of our own
// functions (runtime.go): the machine keeps comparisons, logic, arithmetic and
// the loops of the list tests.
//
// Types are checked on our tree (check.go) and the machine's code does not
// depend on them, so a program compiled with types and one loaded without them
// are the same program. Its checker is not used: it stops at the first error,
// speaks of Go types, and converting an environment of 1,000 steps costs it a
// millisecond per expression.

// eachBuiltins are the only functions of expr that exist for us, because they
// take a test; every other name is one of ours or an error. A test walks
// expr's list, so a version that adds one cannot slip in.
var eachBuiltins = map[string]bool{
	"all": true, "any": true, "none": true, "one": true, "filter": true,
	"map": true, "count": true, "find": true, "sum": true,
}

var (
	parseConfig   = newParseConfig()
	compileConfig = newCompileConfig()
)

// newParseConfig deletes the disabled builtins as expr.Compile does: a name
// that is not in Builtins is parsed as an unknown function.
func newParseConfig() conf.Config {
	c := conf.CreateNew()
	c.MaxNodes = maxNodes
	for name := range c.Builtins {
		if !eachBuiltins[name] {
			c.Disabled[name] = true
			delete(c.Builtins, name)
		}
	}
	return *c
}

func newCompileConfig() conf.Config {
	c := conf.CreateNew()
	c.Optimize = false // its rewrites need types, and constant folding would run bombs at compile time
	for name := range c.Builtins {
		if !eachBuiltins[name] {
			c.Disabled[name] = true
			delete(c.Builtins, name)
		}
	}
	for name, fn := range machineFunctions() {
		c.Functions[name] = &builtin.Function{Name: name, Func: fn}
	}
	return *c
}

// foreignBuiltin reports a function of expr that the language leaves out.
func foreignBuiltin(name string) bool {
	_, ok := builtin.Index[name]
	return ok && !eachBuiltins[name]
}

// parse turns fenced source into our tree, with everything that is wrong with
// its shape.
func parse(s *scan, src string) (*node, []problem) {
	config := parseConfig
	tree, err := parser.ParseWithConfig(src, &config)
	if err != nil {
		return nil, []problem{syntaxProblem(s, err)}
	}
	c := &converter{scan: s, seen: make(map[ast.Node]bool, 16)}
	root := c.node(tree.Node, 0)
	return root, c.problems
}

// syntaxProblem rewords the parser's error.
func syntaxProblem(s *scan, err error) problem {
	var fe *file.Error
	if !errors.As(err, &fe) {
		return problem{code: codeSyntax, at: span{0, len(s.chars)}, message: diag.T("this expression cannot be read", "não dá para ler esta expressão")}
	}
	at := span{min(fe.From, len(s.chars)), min(max(fe.To, fe.From+1), len(s.chars))}
	m := fe.Message
	switch {
	case strings.Contains(m, "maximum allowed nodes"):
		return problem{code: "J0306", at: span{0, len(s.chars)},
			message: diag.T("this expression has too many parts; the limit is %d", "esta expressão tem partes demais; o limite é %d", maxNodes),
			hint: diag.T("split it over several steps or cases, or keep part of it in a variable with `set`",
				"divida em vários passos ou casos, ou guarde uma parte numa variável com `set`")}
	case strings.HasPrefix(m, "unexpected token EOF"), strings.HasPrefix(m, "unexpected end"), at.from >= len(s.chars):
		n := len(s.chars)
		for n > 1 && s.chars[n-1] == ' ' {
			n--
		}
		return problem{code: codeSyntax, at: span{max(0, n-1), n},
			message: diag.T("the expression ends too early", "a expressão acaba cedo demais"),
			hint:    diag.T("something is missing after this", "falta algo depois disto")}
	case strings.Contains(m, "cannot be mixed"):
		return problem{code: codeSyntax, at: at,
			message: diag.T("`??` and `%s` need parentheses", "`??` e `%s` precisam de parênteses", string(s.chars[at.from:at.to])),
			hint:    diag.T("write `(x ?? y) %s …`", "escreva `(x ?? y) %s …`", string(s.chars[at.from:at.to]))}
	case strings.Contains(m, "number") || strings.Contains(m, "literal"):
		return problem{code: codeSyntax, at: at, message: diag.T("this number cannot be read", "não dá para ler este número")}
	case strings.Contains(m, "escape") || strings.Contains(m, "unescape") || strings.Contains(m, "invalid syntax"):
		return problem{code: codeSyntax, at: at, message: diag.T("this text has a `\\` that means nothing", "este texto tem uma `\\` que não significa nada"),
			hint: diag.T("write `\\\\` for one backslash", "escreva `\\\\` para uma barra")}
	}
	found := string(s.chars[at.from:at.to])
	return problem{code: codeSyntax, at: at, message: diag.T("`%s` was not expected here", "`%s` não era esperado aqui", found)}
}

// converter builds our tree and collects the banned constructs.
type converter struct {
	scan     *scan
	problems []problem
	seen     map[ast.Node]bool
	inEach   bool
}

func (c *converter) fail(code string, at span, message, hint diag.Text) *node {
	c.problems = append(c.problems, problem{code: code, at: at, message: message, hint: hint})
	return &node{kind: litNode, whole: at, at: at, value: badValue{}}
}

// badValue stands where a problem was reported, so that it is reported once.
type badValue struct{}

// maxDepth bounds our own recursion; 150 nodes cannot go much deeper usefully.
const maxDepth = 64

func at(n ast.Node) span { l := n.Location(); return span{l.From, max(l.To, l.From)} }

func (c *converter) node(n ast.Node, depth int) *node {
	if n == nil {
		return c.fail(codeSyntax, span{0, len(c.scan.chars)}, diag.T("this expression cannot be read", "não dá para ler esta expressão"), diag.Text{})
	}
	if depth > maxDepth {
		return c.fail("J0306", at(n), diag.T("this expression is nested too deeply", "esta expressão é profunda demais"), diag.Text{})
	}
	// A chained comparison (a < b < c) puts one node under two parents; nested,
	// that doubles the work at every level.
	if c.seen[n] {
		return c.fail("J0310", at(n), diag.T("comparisons cannot be chained", "comparações não podem ser encadeadas"),
			diag.T("write `a < b and b < c`", "escreva `a < b and b < c`"))
	}
	c.seen[n] = true
	where := at(n)
	switch n := n.(type) {
	case *ast.NilNode:
		return &node{kind: litNode, whole: where, at: where}
	case *ast.BoolNode:
		return &node{kind: litNode, whole: where, at: where, value: n.Value}
	case *ast.IntegerNode:
		return &node{kind: litNode, whole: where, at: where, value: n.Value}
	case *ast.FloatNode:
		return &node{kind: litNode, whole: where, at: where, value: n.Value}
	case *ast.StringNode:
		return &node{kind: litNode, whole: where, at: where, value: n.Value}
	case *ast.IdentifierNode:
		return &node{kind: pathNode, whole: where, at: where, parts: []part{{n.Value, where, false}}}
	case *ast.ChainNode:
		return c.node(n.Node, depth)
	case *ast.MemberNode:
		return c.member(n, depth)
	case *ast.PointerNode:
		if n.Name != "" && n.Name != "index" {
			return c.fail("J0310", where, diag.T("`#%s` is not part of the language", "`#%s` não faz parte da linguagem", n.Name), diag.Text{})
		}
		return &node{kind: elemNode, text: n.Name, whole: where, at: where}
	case *ast.UnaryNode:
		op := n.Operator
		if op == "!" {
			op = "not"
		}
		kid := c.node(n.Node, depth+1)
		return &node{kind: unaryNode, text: op, kids: []*node{kid}, at: where, whole: where.join(kid.whole)}
	case *ast.BinaryNode:
		return c.binary(n, depth)
	case *ast.ConditionalNode:
		a, b, d := c.node(n.Cond, depth+1), c.node(n.Exp1, depth+1), c.node(n.Exp2, depth+1)
		whole := a.whole.join(b.whole).join(d.whole)
		return &node{kind: condNode, kids: []*node{a, b, d}, at: whole, whole: whole}
	case *ast.ArrayNode:
		out := &node{kind: listNode, at: where, whole: c.bracket(where)}
		for _, e := range n.Nodes {
			out.kids = append(out.kids, c.node(e, depth+1))
		}
		return out
	case *ast.CallNode:
		return c.call(n, depth)
	case *ast.BuiltinNode:
		return c.each(n, depth)
	case *ast.SliceNode:
		return c.fail("J0310", where, diag.T("slices (`x[1:3]`) are not part of the language", "fatias (`x[1:3]`) não fazem parte da linguagem"),
			diag.T("use first(…), last(…) or filter(…)", "use first(…), last(…) ou filter(…)"))
	case *ast.MapNode:
		return c.fail("J0310", c.bracket(where), diag.T("objects cannot be built in an expression", "não dá para montar objetos numa expressão"),
			diag.T("write the keys in YAML and one `{{ }}` per value", "escreva as chaves em YAML e um `{{ }}` por valor"))
	}
	return c.fail("J0310", where, diag.T("this construct is not part of the language", "esta construção não faz parte da linguagem"), diag.Text{})
}

// bracket widens a place that starts at an opening bracket to its end.
func (c *converter) bracket(at span) span {
	if end, ok := c.scan.closes[at.from]; ok {
		return span{at.from, end + 1}
	}
	return at
}

// member is `x.name`, `x?.name`, `x["name"]` or `x[i]`.
func (c *converter) member(n *ast.MemberNode, depth int) *node {
	base := c.node(n.Node, depth+1)
	where := at(n.Property)
	if name, ok := n.Property.(*ast.StringNode); ok {
		p := part{name.Value, where, n.Optional}
		whole := base.whole.join(where)
		if open := at(n); open != where { // ["name"]
			whole = base.whole.join(c.bracket(open))
		}
		if base.kind == pathNode || base.kind == fieldNode {
			base.parts = append(base.parts, p)
			base.whole = whole
			return base
		}
		return &node{kind: fieldNode, parts: []part{p}, kids: []*node{base}, at: where, whole: whole}
	}
	index := c.node(n.Property, depth+1)
	return &node{kind: indexNode, kids: []*node{base, index}, at: index.whole, whole: base.whole.join(c.bracket(at(n)))}
}

func (c *converter) binary(n *ast.BinaryNode, depth int) *node {
	where, op := at(n), n.Operator
	switch op {
	case "&&":
		op = "and"
	case "||":
		op = "or"
	case "^":
		op = "**"
	case "..":
		return c.fail("J0310", where, diag.T("ranges (`1..10`) are not part of the language", "intervalos (`1..10`) não fazem parte da linguagem"), diag.Text{})
	}
	l, r := c.node(n.Left, depth+1), c.node(n.Right, depth+1)
	out := &node{kind: binNode, text: op, kids: []*node{l, r}, at: where, whole: l.whole.join(where).join(r.whole)}
	switch op {
	case "matches":
		out.value = c.pattern(r)
	case "??":
		soften(l)
	}
	return out
}

// soften makes every step of a path able to be missing: what stands in has()
// or left of `??` asks just that.
func soften(n *node) {
	switch n.kind {
	case fieldNode:
		soften(n.kids[0])
		n.parts[0].safe = true
	case pathNode:
	default:
		return
	}
	for i := 1; i < len(n.parts); i++ {
		n.parts[i].safe = true
	}
}

// pattern compiles the literal on the right of `matches`. Go's patterns match
// in linear time; the limits keep the factor small.
func (c *converter) pattern(n *node) *pattern {
	text, ok := n.value.(string)
	if n.kind != litNode || !ok {
		if _, bad := n.value.(badValue); !bad {
			c.fail("J0310", n.whole, diag.T("the pattern of `matches` must be written out in quotes", "o padrão de `matches` deve estar escrito entre aspas"),
				diag.T("use `contains`, `startsWith` or `==` to compare with a value", "use `contains`, `startsWith` ou `==` para comparar com um valor"))
		}
		return nil
	}
	re, why := compilePattern(text)
	if re == nil {
		code := codeSyntax
		if why.En == tooBig.En {
			code = "J0306"
		}
		c.fail(code, n.whole, why, diag.Text{})
	}
	return re
}

func (c *converter) call(n *ast.CallNode, depth int) *node {
	where := at(n)
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		hint := diag.Text{}
		if m, isMember := n.Callee.(*ast.MemberNode); isMember {
			if name, isName := m.Property.(*ast.StringNode); isName {
				if f, known := functions[name.Value]; known {
					hint = diag.T("write `%s`", "escreva `%s`", f.usage())
				}
			}
		}
		return c.fail("J0313", where, diag.T("values have no methods", "valores não têm métodos"), hint)
	}
	out := &node{kind: callNode, text: callee.Value, at: at(callee), whole: at(callee)}
	if end, ok := c.scan.closes[c.nextOpen(out.at.to)]; ok {
		out.whole.to = end + 1
	}
	for _, a := range n.Arguments {
		kid := c.node(a, depth+1)
		out.whole = out.whole.join(kid.whole)
		out.kids = append(out.kids, kid)
	}
	if callee.Value == "has" {
		for _, kid := range out.kids {
			soften(kid)
		}
	}
	if foreignBuiltin(callee.Value) && functions[callee.Value] == nil {
		return c.foreign(callee.Value, out.at)
	}
	return out
}

// nextOpen is the first character that is not blank.
func (c *converter) nextOpen(i int) int {
	for i < len(c.scan.chars) && c.scan.chars[i] == ' ' {
		i++
	}
	return i
}

func (c *converter) foreign(name string, at span) *node {
	if name == "now" {
		return c.fail("J0302", at, diag.T("`now` is a time, not a function", "`now` é um horário, não uma função"),
			diag.T("write `now` without parentheses", "escreva `now` sem parênteses"))
	}
	return c.fail("J0310", at, diag.T("`%s` is not part of the language", "`%s` não faz parte da linguagem", name),
		diag.T("functions: %s", "funções: %s", strings.Join(functionNames(), ", ")))
}

// each is a list test.
func (c *converter) each(n *ast.BuiltinNode, depth int) *node {
	where := at(n)
	if !eachBuiltins[n.Name] {
		return c.foreign(n.Name, where)
	}
	out := &node{kind: eachNode, text: n.Name, at: where, whole: where}
	if end, ok := c.scan.closes[c.nextOpen(where.to)]; ok {
		out.whole.to = end + 1
	}
	if len(n.Arguments) == 0 {
		return c.fail(codeSyntax, where, diag.T("`%s` needs a list", "`%s` precisa de uma lista", n.Name), diag.Text{})
	}
	list := c.node(n.Arguments[0], depth+1)
	out.whole, out.kids = out.whole.join(list.whole), []*node{list}
	if len(n.Arguments) < 2 { // count(list), sum(list)
		return &node{kind: callNode, text: n.Name, at: out.at, whole: out.whole, kids: out.kids}
	}
	test, ok := n.Arguments[1].(*ast.PredicateNode)
	if !ok || c.inEach {
		return c.fail("J0314", out.whole, diag.T("a list test cannot stand inside another list test", "um teste de lista não pode ficar dentro de outro"),
			diag.T("test one list per step, or prepare the answer in a `call`", "teste uma lista por passo, ou prepare a resposta num `call`"))
	}
	c.inEach = true
	kid := c.node(test.Node, depth+1)
	c.inEach = false
	out.kids = append(out.kids, kid)
	out.whole = out.whole.join(kid.whole)
	return out
}

// ---- lowering ----

// plain is a type that is neither a pointer nor an interface, so that the
// compiler adds no instruction to follow pointers: our values have none.
var plain = reflect.TypeFor[struct{}]()

type lowering struct{}

// assemble compiles our tree to the machine's code.
func assemble(root *node, src string) (*code, error) {
	config := compileConfig
	config.NtCache = nature.Cache{} // written while compiling, so each program has its own
	l := lowering{}
	tree := &parser.Tree{Node: l.node(root), Source: file.NewSource(src)}
	program, err := compiler.Compile(tree, &config)
	if err != nil {
		return nil, fmt.Errorf("compiling an expression: %w", err)
	}
	return program, nil
}

func place[N ast.Node](n N, at span) N {
	n.SetLocation(file.Location{From: at.from, To: at.to})
	n.SetType(plain)
	return n
}

func (l lowering) call(name string, at span, args ...ast.Node) ast.Node {
	all := append([]ast.Node{place(&ast.IdentifierNode{Value: "$env"}, at)}, args...)
	return place(&ast.CallNode{Callee: place(&ast.IdentifierNode{Value: name}, at), Arguments: all}, at)
}

func constant(v any, at span) ast.Node { return place(&ast.ConstantNode{Value: v}, at) }

func (l lowering) all(kids []*node) []ast.Node {
	out := make([]ast.Node, len(kids))
	for i, k := range kids {
		out[i] = l.node(k)
	}
	return out
}

func (l lowering) node(n *node) ast.Node {
	switch n.kind {
	case litNode:
		return constant(n.value, n.whole)
	case pathNode:
		return l.call(fnPath, n.whole, constant(n, n.whole))
	case fieldNode:
		return l.call(fnField, n.whole, l.node(n.kids[0]), constant(n, n.whole))
	case indexNode:
		return l.call(fnIndex, n.whole, l.node(n.kids[0]), l.node(n.kids[1]))
	case elemNode:
		return place(&ast.PointerNode{Name: n.text}, n.whole)
	case unaryNode:
		return place(&ast.UnaryNode{Operator: n.text, Node: l.node(n.kids[0])}, n.at)
	case binNode:
		return l.binary(n)
	case condNode:
		return place(&ast.ConditionalNode{Ternary: true, Cond: l.node(n.kids[0]), Exp1: l.node(n.kids[1]), Exp2: l.node(n.kids[2])}, n.kids[0].whole)
	case listNode:
		return place(&ast.ArrayNode{Nodes: l.all(n.kids)}, n.whole)
	case callNode:
		return l.call(n.text, n.at, l.all(n.kids)...)
	case eachNode:
		list := l.call(fnList, n.kids[0].whole, l.node(n.kids[0]))
		test := place(&ast.PredicateNode{Node: l.node(n.kids[1])}, n.kids[1].whole)
		return place(&ast.BuiltinNode{Name: n.text, Arguments: []ast.Node{list, test}}, n.at)
	}
	panic(fmt.Sprintf("lowering node kind %d", n.kind))
}

// binary lets the machine compare and calculate, and calls ours where a text
// could grow, a list is walked, or Go would answer infinity.
func (l lowering) binary(n *node) ast.Node {
	left, right := l.node(n.kids[0]), l.node(n.kids[1])
	switch n.text {
	case "+":
		if numeric(n.kids[0]) || numeric(n.kids[1]) {
			break
		}
		return l.call(fnAdd, n.at, left, right)
	case "/":
		return l.call(fnDivide, n.at, left, right)
	case "%":
		return l.call(fnModulo, n.at, left, right)
	case "in":
		return l.call(fnIn, n.at, left, right)
	case "contains", "startsWith", "endsWith":
		return l.call("$"+n.text, n.at, left, right)
	case "matches":
		return l.call(fnMatches, n.at, left, constant(n.value, n.at))
	}
	return place(&ast.BinaryNode{Operator: n.text, Left: left, Right: right}, n.at)
}

// numeric reports a side that can only be a number or a length of time, so
// that `+` cannot join texts.
func numeric(n *node) bool {
	switch n.kind {
	case litNode:
		_, text := n.value.(string)
		return !text && n.value != nil
	case callNode:
		return n.text == "days" || n.text == "hours" || n.text == "minutes"
	}
	return false
}

// code is what the machine runs; it is immutable.
type code = vm.Program

// machine is one reusable virtual machine.
type machine struct{ vm vm.VM }

var machines = sync.Pool{New: func() any { return new(machine) }}

// execute runs a program. An error is an *EvalError.
func execute(p *code, r *run) (any, error) {
	m := machines.Get().(*machine)
	out, err := m.vm.Run(p, r)
	clear(m.vm.Stack[:cap(m.vm.Stack)]) // keep nobody's data in the pool
	machines.Put(m)
	if err == nil {
		return out, nil
	}
	var own *EvalError
	var fe *file.Error
	switch {
	case errors.As(err, &own):
		if own.From == 0 && own.To == 0 && errors.As(err, &fe) {
			own.From, own.To = fe.From, fe.To
		}
		return nil, own
	case errors.As(err, &fe):
		return nil, &EvalError{Text: machineSentence(fe.Message), From: fe.From, To: fe.To}
	}
	return nil, &EvalError{Text: machineSentence("")}
}
