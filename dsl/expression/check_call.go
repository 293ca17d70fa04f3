package expression

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
)

func (c *checker) binary(n *node) Type {
	l, r := n.kids[0], n.kids[1]
	switch n.text {
	case "and", "or":
		c.condition(l)
		c.assuming(l, n.text == "and", func() Type { c.condition(r); return unknown })
		return Type{Kind: Bool}
	case "==", "!=":
		if c.notFirst(n) {
			return Type{Kind: Bool}
		}
		a, b := c.node(l), c.node(r)
		if alike(a, b) {
			return Type{Kind: Bool}
		}
		return c.mismatch(n, a, b)
	case "??":
		return c.otherwise(n)
	case "in":
		return c.in(n)
	}
	if c.notFirst(n) {
		return Type{Kind: Bool}
	}
	a, b := c.use(l), c.use(r)
	if a.Kind == "" || b.Kind == "" {
		return result(n.text)
	}
	if t, ok := arithmetic(n.text, a.Kind, b.Kind); ok {
		return t
	}
	return c.mismatch(n, a, b)
}

// notFirst catches `not x == y`, which reads as `(not x) == y`.
func (c *checker) notFirst(n *node) bool {
	l := n.kids[0]
	if l.kind != unaryNode || l.text != "not" {
		return false
	}
	silent := checker{env: c.env, chars: c.chars, elem: c.elem, known: c.known}
	if t := silent.node(l.kids[0]); t.Kind == "" || t.Kind == Bool || t.Kind == Any {
		return false
	}
	inside := c.source(l.kids[0].whole.join(n.kids[1].whole))
	c.fail(problem{code: "J0302", at: l.at,
		message: diag.T("`not` comes before `%s` and needs a condition", "`not` vem antes de `%s` e precisa de uma condição", n.text),
		hint:    diag.T("write `not (%s)`", "escreva `not (%s)`", inside)})
	c.node(n.kids[1])
	return true
}

// result is what an operator gives whatever stood at its sides, so that a
// comparison with a mistake in it still counts as a condition.
func result(op string) Type {
	switch op {
	case "<", ">", "<=", ">=", "contains", "startsWith", "endsWith", "matches":
		return Type{Kind: Bool}
	}
	return unknown
}

// arithmetic is the table of operators: what two kinds give.
func arithmetic(op string, a, b Kind) (Type, bool) {
	var pairs [][3]Kind
	const num = Number
	asNum := func(k Kind) Kind {
		if k == Int {
			return num
		}
		return k
	}
	ints := a == Int && b == Int
	switch op {
	case "<", ">", "<=", ">=":
		pairs = [][3]Kind{{num, num, Bool}, {String, String, Bool}, {Time, Time, Bool}, {Duration, Duration, Bool}}
	case "contains", "startsWith", "endsWith", "matches":
		pairs = [][3]Kind{{String, String, Bool}}
	case "+":
		pairs = [][3]Kind{{num, num, num}, {String, String, String}, {Time, Duration, Time}, {Duration, Time, Time}, {Duration, Duration, Duration}}
	case "-":
		pairs = [][3]Kind{{num, num, num}, {Time, Time, Duration}, {Time, Duration, Time}, {Duration, Duration, Duration}}
	case "*":
		pairs = [][3]Kind{{num, num, num}, {num, Duration, Duration}, {Duration, num, Duration}}
	case "/", "**":
		pairs, ints = [][3]Kind{{num, num, num}}, false
	case "%":
		if asNum(a) == num && a != Int || asNum(b) == num && b != Int {
			return unknown, false
		}
		pairs = [][3]Kind{{num, num, num}}
	}
	left, right := asNum(a), asNum(b)
	found := Type{}
	for _, p := range pairs {
		if (left == p[0] || a == Any) && (right == p[1] || b == Any) {
			switch {
			case found.Kind == "":
				found = Type{Kind: p[2]}
			case found.Kind != p[2]:
				found = Type{Kind: Any}
			}
		}
	}
	if found.Kind == num && (ints || op == "%") {
		found.Kind = Int
	}
	return found, found.Kind != ""
}

// alike reports kinds that `==` may compare.
func alike(a, b Type) bool {
	if a.Kind == "" || b.Kind == "" || a.Kind == Any || b.Kind == Any || a.Kind == kindNil || b.Kind == kindNil {
		return true
	}
	if isNumber(a) && isNumber(b) {
		return true
	}
	return a.Kind == b.Kind && a.Kind != List && a.Kind != Object
}

func (c *checker) mismatch(n *node, a, b Type) Type {
	if n.text == "%" && isNumber(a) && isNumber(b) {
		return c.fail(problem{code: "J0302", at: n.at, hint: diag.T("convert with int(…)", "converta com int(…)"),
			message: diag.T("`%%` needs whole numbers", "`%%` precisa de números inteiros")})
	}
	wa, wb := a.Words(), b.Words()
	c.fail(problem{code: "J0302", at: n.at, hint: c.mend(n, a, b), message: diag.Text{
		En: fmt.Sprintf("`%s` cannot be used between %s and %s", n.text, wa.En, wb.En),
		Pt: fmt.Sprintf("`%s` não pode ser usado entre %s e %s", n.text, wa.Pt, wb.Pt),
	}})
	return result(n.text)
}

// mend finds the edit that most likely helps.
func (c *checker) mend(n *node, a, b Type) diag.Text {
	l, r := n.kids[0], n.kids[1]
	quoted := func(x *node) bool { _, ok := x.value.(string); return x.kind == litNode && ok }
	literal := func(x *node) bool { return x.kind == litNode }
	is := func(x, y Kind) bool {
		return kindGroup(a) == x && kindGroup(b) == y || kindGroup(a) == y && kindGroup(b) == x
	}
	switch {
	case n.text == "+" && is(String, Number):
		return diag.T("convert the number with string(…), or the text with int(…)", "converta o número com string(…), ou o texto com int(…)")
	case is(Number, String) && (quoted(l) || quoted(r)):
		return diag.T("remove the quotes to compare numbers, or convert with int(…)", "tire as aspas para comparar números, ou converta com int(…)")
	case is(Number, String) && (literal(l) || literal(r)):
		return diag.T("put the number in quotes to compare texts, or convert with int(…)", "ponha o número entre aspas para comparar textos, ou converta com int(…)")
	case is(Number, String):
		return diag.T("convert the text with int(…) or float(…)", "converta o texto com int(…) ou float(…)")
	case is(Time, Number), is(Duration, Number):
		return diag.T("write a length of time: `hours(4)`, `days(1)`, `minutes(30)`", "escreva um período: `hours(4)`, `days(1)`, `minutes(30)`")
	case is(Time, String):
		return diag.T("times are values, not text: compare with `now`, or write `format(…)` to compare what is shown", "horários são valores, não texto: compare com `now`, ou escreva `format(…)` para comparar o que se mostra")
	case is(Bool, String) && (quoted(l) || quoted(r)):
		return diag.T("write `true` or `false` without quotes", "escreva `true` ou `false` sem aspas")
	case n.text == "contains" && a.Kind == List:
		return diag.T("write `%s in %s`", "escreva `%s in %s`", c.source(r.whole), c.source(l.whole))
	case (n.text == "==" || n.text == "!=") && a.Kind == List:
		return diag.T("compare with `in`, `len(…)` or a list test", "compare com `in`, `len(…)` ou um teste de lista")
	case n.text == "+" && is(Time, Time):
		return diag.T("subtract times to get a length of time", "subtraia horários para obter um período")
	}
	return diag.Text{}
}

func kindGroup(t Type) Kind {
	if t.Kind == Int {
		return Number
	}
	return t.Kind
}

// otherwise is `x ?? y`.
func (c *checker) otherwise(n *node) Type {
	a, b := c.node(n.kids[0]), c.node(n.kids[1])
	first := a
	first.Optional = false
	t, ok := unify(first, b)
	if !ok {
		wa, wb := a.Words(), b.Words()
		return c.fail(problem{code: "J0302", at: n.at, message: diag.Text{
			En: fmt.Sprintf("both sides of `??` must be of the same kind, not %s and %s", wa.En, wb.En),
			Pt: fmt.Sprintf("os dois lados de `??` devem ser do mesmo tipo, e não %s e %s", wa.Pt, wb.Pt),
		}})
	}
	t.Optional = b.Optional
	return t
}

func (c *checker) in(n *node) Type {
	a, b := c.node(n.kids[0]), c.use(n.kids[1])
	yes := Type{Kind: Bool}
	switch b.Kind {
	case "", Any:
		return yes
	case List:
		if alike(a, element(b)) {
			return yes
		}
		wa, we := a.one(), element(b).one()
		c.fail(problem{code: "J0302", at: n.at, hint: c.mend(n, a, element(b)), message: diag.Text{
			En: fmt.Sprintf("`in` looks for %s among %s", wa.En, we.En),
			Pt: fmt.Sprintf("`in` procura %s entre %s", wa.Pt, we.Pt),
		}})
	case String:
		c.fail(problem{code: "J0302", at: n.at, message: diag.T("`in` looks into lists, not into text", "`in` procura em listas, não em texto"),
			hint: diag.T("write `%s contains %s`", "escreva `%s contains %s`", c.source(n.kids[1].whole), c.source(n.kids[0].whole))})
	case Object:
		owner := c.source(n.kids[1].whole)
		c.fail(problem{code: "J0302", at: n.at, message: diag.T("`in` looks into lists, not into objects", "`in` procura em listas, não em objetos"),
			hint: diag.T("ask for one field: `has(%s.name)`", "pergunte por um campo: `has(%s.name)`", owner)})
	default:
		return c.mismatch(n, a, b)
	}
	return yes
}

// call checks a function by its signature.
func (c *checker) call(n *node) Type {
	f, ok := functions[n.text]
	if !ok {
		for _, kid := range n.kids {
			c.node(kid)
		}
		p := problem{code: "J0301", at: n.at, suggestion: diag.Suggest(n.text, functionNames()),
			message: diag.T("there is no function `%s`", "não existe a função `%s`", n.text),
		}
		if p.suggestion.IsZero() {
			p.hint = diag.T("functions: %s", "funções: %s", strings.Join(functionNames(), ", "))
		}
		if n.text == "now" {
			p = problem{code: "J0302", at: n.at, message: diag.T("`now` is a time, not a function", "`now` é um horário, não uma função"),
				hint: diag.T("write `now` without parentheses", "escreva `now` sem parênteses")}
		} else if _, root := c.env.root(n.text); root {
			p = problem{code: "J0302", at: n.at, message: diag.T("`%s` is not a function", "`%s` não é uma função", n.text),
				hint: diag.T("remove the parentheses", "tire os parênteses")}
		}
		return c.fail(p)
	}
	least, most := len(f.params)-f.optional, len(f.params)
	if f.run != nil && f.params[len(f.params)-1] == wantTest { // count, sum without a test
		most = 1
	}
	if len(n.kids) < least || len(n.kids) > most && !f.variadic {
		for _, kid := range n.kids {
			c.node(kid)
		}
		return c.fail(problem{code: "J0302", at: n.at, hint: diag.T("write `%s`", "escreva `%s`", f.usage()), message: diag.Text{
			En: fmt.Sprintf("`%s` takes %s, not %d", n.text, howMany(least, most, false), len(n.kids)),
			Pt: fmt.Sprintf("`%s` recebe %s, e não %d", n.text, howMany(least, most, true), len(n.kids)),
		}})
	}
	args, fine := make([]Type, len(n.kids)), true
	for i, kid := range n.kids {
		w := f.params[min(i, len(f.params)-1)]
		if w == wantMaybe {
			args[i] = c.node(kid)
			continue
		}
		args[i] = c.use(kid)
		if args[i].Kind == "" {
			fine = false
		} else if !c.fits(w, args[i]) {
			fine = false
			c.argument(f, kid, w, args[i])
		}
	}
	if !fine {
		if t := f.result([]Type{unknown, unknown, unknown}); t.Kind == Bool {
			return t
		}
		return unknown
	}
	if !c.special(n, f, args) {
		return unknown
	}
	t := f.result(args)
	if n.text != "has" && n.text != "len" && n.text != "bucket" {
		for _, a := range args {
			t.PII = t.PII || a.PII
		}
	}
	return t
}

func howMany(least, most int, pt bool) string {
	unit, or := "values", "or"
	if least == 1 && most == 1 {
		unit = "value"
	}
	if pt {
		or = "ou"
		unit = map[string]string{"values": "valores", "value": "valor"}[unit]
	}
	if least == most {
		return fmt.Sprintf("%d %s", least, unit)
	}
	return fmt.Sprintf("%d %s %d %s", least, or, most, unit)
}

var wantWords = map[want]diag.Text{
	wantText:         {En: "text", Pt: "texto"},
	wantNumber:       {En: "a number", Pt: "um número"},
	wantInt:          {En: "a whole number", Pt: "um número inteiro"},
	wantTime:         {En: "a time", Pt: "um horário"},
	wantList:         {En: "a list", Pt: "uma lista"},
	wantTextOrList:   {En: "text or a list", Pt: "texto ou uma lista"},
	wantTextOrNumber: {En: "text or a number", Pt: "texto ou um número"},
	wantNumberOrList: {En: "numbers, or a list of them", Pt: "números, ou uma lista deles"},
}

func (c *checker) fits(w want, t Type) bool {
	if t.Kind == Any {
		return true
	}
	switch w {
	case wantText:
		return t.Kind == String
	case wantNumber:
		return isNumber(t)
	case wantInt:
		return t.Kind == Int
	case wantTime:
		return t.Kind == Time
	case wantList:
		return t.Kind == List
	case wantTextOrList:
		return t.Kind == String || t.Kind == List
	case wantTextOrNumber:
		return t.Kind == String || isNumber(t)
	case wantNumberOrList:
		e := element(t)
		return isNumber(t) || t.Kind == List && (isNumber(e) || e.Kind == Any)
	}
	return true
}

func (c *checker) argument(f *signature, kid *node, w want, t Type) {
	need, got := wantWords[w], t.one()
	hint := diag.Text{En: "`" + f.usage() + "`: " + f.Summary.En, Pt: "`" + f.usage() + "`: " + f.Summary.Pt}
	if w == wantTime && t.Kind == String {
		hint = diag.T("a time is a value, not text: use `now` or an input of type `time`", "um horário é um valor, não texto: use `now` ou uma entrada do tipo `time`")
	}
	c.fail(problem{code: "J0302", at: kid.whole, hint: hint, message: diag.Text{
		En: fmt.Sprintf("`%s` needs %s here, but this is %s", f.Name, need.En, got.En),
		Pt: fmt.Sprintf("`%s` precisa de %s aqui, mas isto é %s", f.Name, need.Pt, got.Pt),
	}})
}

// special checks what a type cannot say: patterns and names written out.
func (c *checker) special(n *node, f *signature, args []Type) bool {
	literal := func(i int) (string, bool) {
		if i >= len(n.kids) || n.kids[i].kind != litNode {
			return "", false
		}
		s, ok := n.kids[i].value.(string)
		return s, ok
	}
	switch f.Name {
	case "format":
		pattern, ok := literal(1)
		if !ok {
			return true
		}
		if _, bad := formatTime(time.Time{}, pattern, ""); bad != 0 {
			p := problem{code: "J0302", at: n.kids[1].whole,
				message: diag.T("`%s` means nothing in a pattern", "`%s` não significa nada num padrão", show(bad)),
				hint: diag.T("d day, M month, y year, H hour, m minute, s second, E day of the week: \"EEE dd/MM HH:mm\"; other words in single quotes",
					"d dia, M mês, y ano, H hora, m minuto, s segundo, E dia da semana: \"EEE dd/MM HH:mm\"; outras palavras entre aspas simples")}
			if bad == '\'' {
				p.message = diag.T("a single quote in this pattern is never closed", "uma aspa simples deste padrão nunca é fechada")
			}
			c.fail(p)
			return false
		}
	case "in_schedule":
		name, ok := literal(1)
		if names := c.env.opts.Schedules; ok && names != nil && !slices.Contains(names, name) {
			hint := diag.T("schedules: %s", "agendas: %s", strings.Join(slices.Sorted(slices.Values(names)), ", "))
			if len(names) == 0 {
				hint = diag.T("the workspace has no schedules: add one under `schedules:`", "o workspace não tem agendas: acrescente uma em `schedules:`")
			}
			c.fail(problem{code: "J0404", at: n.kids[1].whole, suggestion: diag.Suggest(name, names),
				message: diag.T("there is no schedule `%s`", "não existe a agenda `%s`", name), hint: hint})
			return false
		}
	case "bucket":
		if v, ok := n.kids[1].value.(int); ok && n.kids[1].kind == litNode && v < 1 {
			c.fail(problem{code: "J0302", at: n.kids[1].whole, message: diag.T("`bucket` needs a number above zero", "`bucket` precisa de um número acima de zero")})
			return false
		}
	case "sum":
		if e := element(args[0]); !isNumber(e) && e.Kind != Any {
			c.argument(f, n.kids[0], wantNumberOrList, args[0])
			return false
		}
	}
	return true
}

// each checks a list test: the list, then the test with `#` as its element.
func (c *checker) each(n *node) Type {
	f := functions[n.text]
	listType := c.use(n.kids[0])
	elem := unknown
	switch listType.Kind {
	case List, Any:
		elem = element(listType)
	case "":
	default:
		c.argument(f, n.kids[0], wantList, listType)
	}
	outer := c.elem
	c.elem = &elem
	defer func() { c.elem = outer }()

	var t Type
	switch n.text {
	case "map":
		t = c.node(n.kids[1])
	case "sum":
		t = c.use(n.kids[1])
		if t.Kind != "" && t.Kind != Any && !isNumber(t) {
			c.argument(f, n.kids[1], wantNumber, t)
			t = unknown
		}
	default:
		c.condition(n.kids[1])
	}
	if listType.Kind == Any {
		listType = Type{Kind: List, Elem: &Type{Kind: Any}}
	}
	if listType.Kind != List || t.Kind == "" && (n.text == "map" || n.text == "sum") {
		if k := f.result([]Type{{Kind: List}, {Kind: Number}}).Kind; k == Bool || k == Int {
			return Type{Kind: k}
		}
		return unknown
	}
	return f.result([]Type{listType, t})
}
