package expression

import (
	"errors"
	"fmt"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"jornada/dsl/diag"
)

// Scope is what an expression sees when it runs: plain data only. Values are
// nil, bool, string, int, float64, time.Time, time.Duration, []any and
// map[string]any; Fields.Coerce makes them from JSON. Times that are still
// text do not compare or calculate. A Scope is only read.
type Scope struct {
	Roots      map[string]any // contact, inputs, vars, steps, trigger, window, journey, event, loop, secrets
	Now        time.Time      // `now`, read once when a step starts
	Zone       *time.Location // of format() and weekday(); nil is UTC
	Locale     string         // BCP 47, of money(), format() and of times in texts; "" is pt-BR
	InSchedule func(t time.Time, name string) (bool, error)
}

// Program is a compiled expression. It is immutable and safe for concurrent
// use.
type Program struct {
	source string
	root   *node
	code   *code
	typ    Type
	refs   []Ref
	reads  []string
	paths  []string
}

// Ref is one reading of a name: `steps.rate.score`, and where it stands.
type Ref struct {
	Path     []string
	Spans    [][2]int // of every name in Path, in characters of the source, end exclusive
	From, To int      // of the whole path
	Guarded  bool     // may be missing: read with `?.`, in has() or left of `??`
	Type     Type     // of the value; zero when loaded without types
}

// Compile reads, fences and checks one expression and returns the program, or
// everything that is wrong with it. want is the type the field needs: zero
// takes anything, Bool makes it a condition, an Optional one may be missing.
// at says where the source stands; nil counts columns from 1. Codes: J0300 to
// J0314 and J0404.
func Compile(src string, at diag.Locator, env *Env, want Type) (*Program, diag.List) {
	p, problems := compile(src, env, want, wantValue)
	if len(problems) > 0 {
		return nil, locate(problems, at, 0)
	}
	return p, nil
}

// use says what becomes of the value.
type use uint8

const (
	wantValue use = iota // a value of the wanted type
	wantShown            // written into a text among other words
)

func compile(src string, env *Env, want Type, how use) (*Program, []problem) {
	s := fence(src)
	if len(s.problems) > 0 {
		return nil, s.problems
	}
	root, problems := parse(s, src)
	if len(problems) > 0 {
		return nil, problems
	}
	if env == nil {
		env = &Env{}
	}
	c := &checker{env: env, chars: s.chars, known: env.known}
	t := c.node(root)
	if len(c.problems) == 0 {
		c.result(root, t, want, how)
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	if t.Kind == kindNil {
		t.Kind = Any
	}
	p, err := newProgram(root, src, t)
	if err != nil {
		return nil, []problem{{code: codeSyntax, at: span{0, len(s.chars)}, message: diag.T("this expression cannot be compiled", "esta expressão não pode ser compilada")}}
	}
	p.typeRefs(env)
	return p, nil
}

// result compares what comes out with what the field needs.
func (c *checker) result(root *node, t, want Type, how use) {
	if t.Kind == "" {
		return
	}
	text := c.source(root.whole)
	if t.Kind == kindNil && (want.Kind != "" && !want.Optional && want.Kind != Any || how == wantShown) {
		c.fail(problem{code: "J0303", at: root.whole, message: diag.T("nothing (`nil`) does not fit here", "nada (`nil`) não cabe aqui")})
		return
	}
	if t.Optional && t.Kind != Any && t.Kind != kindNil && (how == wantShown || want.Kind != "" && want.Kind != Any && !want.Optional) {
		c.missing(root, t)
		return
	}
	if how == wantShown {
		if t.Kind == Object || t.Kind == List && element(t).Kind == Object {
			w := t.one()
			c.fail(problem{code: "J0303", at: root.whole, hint: diag.T("name one of its fields", "use um dos campos"), message: diag.Text{
				En: fmt.Sprintf("`%s` is %s and cannot be written in a text", text, w.En),
				Pt: fmt.Sprintf("`%s` é %s e não pode ser escrito num texto", text, w.Pt),
			}})
		}
		return
	}
	if want.Kind == "" || fitsType(t, want) {
		return
	}
	if want.Kind == Bool {
		c.fail(problem{code: "J0303", at: root.whole, message: notCondition(text, t), hint: asCondition(text, root, t)})
		return
	}
	need, got := expectedWords(want), t.one()
	hint := diag.Text{}
	switch {
	case want.Kind == Int && t.Kind == Number:
		got = diag.Text{En: "a number that may have decimals", Pt: "um número que pode ter decimais"}
		hint = diag.T("write round(…), floor(…) or int(…)", "escreva round(…), floor(…) ou int(…)")
	case want.Kind == String && (isNumber(t) || t.Kind == Bool):
		hint = diag.T("convert it with string(…)", "converta com string(…)")
	case want.Kind == String && t.Kind == Time:
		hint = diag.T("convert it with format(…)", "converta com format(…)")
	case isNumber(want) && t.Kind == String:
		hint = diag.T("convert it with int(…) or float(…)", "converta com int(…) ou float(…)")
	case want.Kind == Time && t.Kind == Duration:
		hint = diag.T("add it to a time: `now + …`", "some a um horário: `now + …`")
	case want.Kind == Duration && isNumber(t):
		hint = diag.T("write a length of time: `hours(4)`, `days(1)`, `minutes(30)`", "escreva um período: `hours(4)`, `days(1)`, `minutes(30)`")
	}
	c.fail(problem{code: "J0303", at: root.whole, hint: hint, message: diag.Text{
		En: fmt.Sprintf("%s is needed here, but `%s` is %s", need.En, text, got.En),
		Pt: fmt.Sprintf("aqui precisa de %s, mas `%s` é %s", need.Pt, text, got.Pt),
	}})
}

// expectedWords is a type with its article.
func expectedWords(t Type) diag.Text {
	switch t.Kind {
	case Time:
		return diag.Text{En: "a time", Pt: "um horário"}
	case Duration:
		return diag.Text{En: "a length of time", Pt: "um período"}
	case Object:
		return diag.Text{En: "an object", Pt: "um objeto"}
	}
	return expected(t)
}

// fitsType reports whether a value of type t may go where want is needed.
func fitsType(t, want Type) bool {
	switch {
	case t.Kind == Any || want.Kind == Any || t.Kind == kindNil:
		return true
	case want.Kind == Number:
		return isNumber(t)
	case t.Kind != want.Kind:
		return false
	case t.Kind == List:
		return fitsType(element(t), element(want))
	case t.Kind == Object:
		for name, w := range want.Fields {
			f, ok := t.Fields[name]
			if !ok && !w.Optional || ok && (!fitsType(f, w) || f.Optional && !w.Optional) {
				return false
			}
		}
	}
	return true
}

func newProgram(root *node, src string, t Type) (*Program, error) {
	code, err := assemble(root, src)
	if err != nil {
		return nil, err
	}
	p := &Program{source: src, root: root, code: code, typ: t}
	p.collect(root)
	for _, r := range p.refs {
		p.reads = append(p.reads, r.Path[0])
		p.paths = append(p.paths, dotted(r.Path))
	}
	slices.Sort(p.reads)
	slices.Sort(p.paths)
	p.reads, p.paths = slices.Compact(p.reads), slices.Compact(p.paths)
	return p, nil
}

// collect finds the paths in source order.
func (p *Program) collect(n *node) {
	if n.kind == pathNode {
		r := Ref{From: n.whole.from, To: n.whole.to}
		for _, part := range n.parts {
			r.Path = append(r.Path, part.name)
			r.Spans = append(r.Spans, [2]int{part.at.from, part.at.to})
			r.Guarded = r.Guarded || part.safe
		}
		p.refs = append(p.refs, r)
	}
	for _, kid := range n.kids {
		p.collect(kid)
	}
}

// typeRefs gives every reading its declared type.
func (p *Program) typeRefs(env *Env) {
	for i, r := range p.refs {
		t, ok := env.root(r.Path[0])
		for _, name := range r.Path[1:] {
			if !ok || t.Kind != Object {
				break
			}
			pii := t.PII
			t, ok = t.Fields[name]
			t.PII = t.PII || pii
		}
		if ok {
			p.refs[i].Type = t
		}
	}
}

// Load compiles an expression that was checked when its journey was published,
// without types, behind the same fence. Programs are cached by their source;
// the cache is bounded and safe for concurrent use. The error is for people.
func Load(src string) (*Program, error) {
	if p, ok := programs.Get(src); ok {
		return p, nil
	}
	s := fence(src)
	problems := s.problems
	var root *node
	if len(problems) == 0 {
		root, problems = parse(s, src)
	}
	if len(problems) == 0 {
		problems = undefined(root, nil)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("loading expression %q: %w", clip(src), locate(problems, nil, 0))
	}
	p, err := newProgram(root, src, Type{Kind: Any})
	if err != nil {
		return nil, fmt.Errorf("loading expression %q: %w", clip(src), err)
	}
	programs.Add(src, p)
	return p, nil
}

// undefined finds calls that nothing can answer; with types the checker does.
func undefined(n *node, out []problem) []problem {
	if n.kind == callNode {
		f, ok := functions[n.text]
		switch {
		case !ok || f.run == nil:
			out = append(out, problem{code: "J0301", at: n.at, message: diag.T("there is no function `%s`", "não existe a função `%s`", n.text)})
		case len(n.kids) == 0 || len(n.kids) < len(f.params)-f.optional || len(n.kids) > len(f.params) && !f.variadic:
			out = append(out, problem{code: "J0302", at: n.at, message: diag.T("write `%s`", "escreva `%s`", f.usage())})
		}
	}
	for _, kid := range n.kids {
		out = undefined(kid, out)
	}
	return out
}

func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// cacheSize is how many loaded programs stay compiled: about 4 KB each.
const cacheSize = 4096

var (
	programs  = newCache[*Program]()
	templates = newCache[*Template]()
)

func newCache[T any]() *lru.Cache[string, T] {
	c, err := lru.New[string, T](cacheSize)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return c
}

// Eval runs the program. An error is an *EvalError, a sentence for people with
// its place in the source; nothing in a scope can panic, hang or grow without
// bound. The result is plain data, as in a Scope.
func (p *Program) Eval(s *Scope) (any, error) {
	out, _, err := p.eval(s)
	return out, err
}

// eval is Eval, and tells how much work it was.
func (p *Program) eval(s *Scope) (out any, work int, err error) {
	r := run{scope: s}
	defer func() {
		work = r.work
		if caught := recover(); caught != nil {
			out, err = nil, &EvalError{Text: machineSentence(""), Source: p.source}
		}
	}()
	if s == nil {
		r.scope = &Scope{}
	}
	if p.root.kind == pathNode { // the commonest expression needs no machine
		out, err = runPath(&r, []any{p.root})
	} else {
		out, err = execute(p.code, &r)
	}
	if err == nil {
		out, err = plainValue(out)
	}
	if err != nil {
		e, ok := errors.AsType[*EvalError](err)
		if !ok {
			e = &EvalError{Text: machineSentence("")}
		}
		e.Source = p.source
		return nil, r.work, e
	}
	return out, r.work, nil
}

// Bool runs a condition. A value that is not true or false is an error, and so
// is a missing one.
func (p *Program) Bool(s *Scope) (bool, error) {
	out, err := p.Eval(s)
	if err != nil {
		return false, err
	}
	b, ok := out.(bool)
	if !ok {
		return false, &EvalError{Source: p.source, Text: diag.Text{
			En: "a condition must be true or false, but this is " + nounEn(out),
			Pt: "uma condição deve ser verdadeira ou falsa, mas isto é " + nounPt(out),
		}}
	}
	return b, nil
}

// Source is the text of the expression.
func (p *Program) Source() string { return p.source }

// Type is the type of the result; Any for a program from Load.
func (p *Program) Type() Type { return p.typ }

// Reads are the roots the expression reads, sorted: contact, now, window.
func (p *Program) Reads() []string { return slices.Clone(p.reads) }

// Paths are the dotted paths it reads, sorted: "steps.confirm.score".
func (p *Program) Paths() []string { return slices.Clone(p.paths) }

// Refs are all readings in source order, with their places.
func (p *Program) Refs() []Ref { return slices.Clone(p.refs) }

// Proves are the dotted paths that surely have a value when the condition
// holds, sorted; give them to Env.Assuming.
func (p *Program) Proves() []string {
	out := present(p.root, true, nil)
	slices.Sort(out)
	return slices.Compact(out)
}

// Implies are the dotted paths of true/false values that surely are true when
// the condition holds, sorted: `window.whatsapp.open and x` implies
// window.whatsapp.open.
func (p *Program) Implies() []string {
	out := implied(p.root, nil)
	slices.Sort(out)
	return slices.Compact(out)
}

func implied(n *node, out []string) []string {
	switch {
	case n.kind == pathNode:
		return append(out, n.path())
	case n.kind == unaryNode && n.text == "not":
		return impliedNot(n.kids[0], out)
	case n.kind == binNode && n.text == "and":
		return implied(n.kids[1], implied(n.kids[0], out))
	case n.kind == binNode && n.text == "==":
		for i, kid := range n.kids {
			if kid.kind == litNode && kid.value == true && n.kids[1-i].kind == pathNode {
				return append(out, n.kids[1-i].path())
			}
		}
	}
	return out
}

func dotted(path []string) string {
	parts := make([]part, len(path))
	for i, name := range path {
		parts[i].name = name
	}
	return joinParts(parts)
}
