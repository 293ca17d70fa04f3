package expression

import (
	"maps"
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// Function documents one function of the language; the documentation and the
// editor's completion are made from Functions.
type Function struct {
	Name      string
	Signature string // "format(time, text) text"
	Summary   diag.Text
	Example   string // a whole expression
}

// want is what a parameter takes.
type want uint8

const (
	wantAny want = iota
	wantText
	wantNumber
	wantInt
	wantTime
	wantList
	wantTextOrList
	wantTextOrNumber
	wantNumberOrList
	wantMaybe // anything, and it may be missing
	wantTest  // the test of a list test; checked by its own rules
)

// signature is a function with what the checker needs.
type signature struct {
	Function
	params   []want
	optional int                            // how many of the last params may be left out
	variadic bool                           // the last param repeats
	result   func(args []Type) Type         // given arguments that fit
	run      func(*run, []any) (any, error) // nil for list tests: the machine runs them
}

// usage is how the function is called: "format(time, pattern)".
func (f Function) usage() string {
	call, _, _ := strings.Cut(f.Signature, ")")
	return call + ")"
}

func gives(k Kind) func([]Type) Type { return func([]Type) Type { return Type{Kind: k} } }

// element is the type of a list's elements.
func element(t Type) Type {
	if t.Kind == List && t.Elem != nil {
		e := *t.Elem
		return e
	}
	return Type{Kind: Any}
}

func sameAsFirst(args []Type) Type { return Type{Kind: args[0].Kind} }

func elementOfFirst(args []Type) Type { e := element(args[0]); e.Optional = false; return e }

// numberOf is int when every argument (or the elements of the only one) is.
func numberOf(args []Type) Type {
	if len(args) == 1 && args[0].Kind == List {
		args = []Type{element(args[0])}
	}
	for _, a := range args {
		if a.Kind != Int {
			return Type{Kind: Number}
		}
	}
	return Type{Kind: Int}
}

// functions is everything that can be called, by name. It is filled in init
// because the runtime functions mention the table in their messages.
var functions map[string]*signature

func init() {
	functions = make(map[string]*signature, 48)
	for _, f := range table() {
		functions[f.Name] = &f
	}
}

func table() []signature {
	def := func(name, shape, en, pt, example string, params []want, result func([]Type) Type, run func(*run, []any) (any, error)) signature {
		return signature{
			Function: Function{Name: name, Signature: name + shape, Summary: diag.Text{En: en, Pt: pt}, Example: example},
			params:   params, result: result, run: run,
		}
	}
	optional := func(s signature, n int) signature { s.optional = n; return s }
	variadic := func(s signature) signature { s.variadic = true; return s }
	test := []want{wantList, wantTest}
	one := func(w want) []want { return []want{w} }
	return []signature{
		// List tests: `#` is the element, `.name` its field.
		def("all", "(list, test) true/false", "whether every element passes", "se todos os elementos passam", `all(inputs.items, # != "")`, test, gives(Bool), nil),
		def("any", "(list, test) true/false", "whether some element passes", "se algum elemento passa", `any(contact.tags, # startsWith "vip")`, test, gives(Bool), nil),
		def("none", "(list, test) true/false", "whether no element passes", "se nenhum elemento passa", `none(contact.tags, # == "blocked")`, test, gives(Bool), nil),
		def("one", "(list, test) true/false", "whether exactly one element passes", "se exatamente um elemento passa", `one(inputs.items, # == "gift")`, test, gives(Bool), nil),
		def("filter", "(list, test) list", "the elements that pass", "os elementos que passam", `filter(inputs.items, # != "gift")`, test,
			func(a []Type) Type { return Type{Kind: List, Elem: a[0].Elem} }, nil),
		def("map", "(list, value) list", "a list with one value per element", "uma lista com um valor por elemento", `map(inputs.items, upper(#))`, test,
			func(a []Type) Type { e := a[1]; return Type{Kind: List, Elem: &e} }, nil),
		def("find", "(list, test) element?", "the first element that passes; may be missing", "o primeiro elemento que passa; pode não haver", `find(contact.tags, # startsWith "unit_") ?? "none"`, test,
			func(a []Type) Type { e := element(a[0]); e.Optional = true; return e }, nil),
		optional(def("count", "(list, test) number", "how many elements pass; without a test, how many there are", "quantos elementos passam; sem teste, quantos há", `count(contact.tags, # startsWith "vip") > 1`, test, gives(Int), runLen), 1),
		optional(def("sum", "(list, number) number", "the sum of a list of numbers, or of one number per element", "a soma de uma lista de números, ou de um número por elemento", `sum([1, 2, 3])`, test,
			func(a []Type) Type { return numberOf(a[len(a)-1:]) }, runSum), 1),

		def("len", "(text or list) number", "how many characters or elements", "quantos caracteres ou elementos", `len(inputs.items) > 0`, one(wantTextOrList), gives(Int), runLen),
		def("first", "(list) element", "the first element", "o primeiro elemento", `first(inputs.items)`, one(wantList), elementOfFirst, runFirst),
		def("last", "(list) element", "the last element", "o último elemento", `last(inputs.items)`, one(wantList), elementOfFirst, runLast),

		def("lower", "(text) text", "in small letters", "em minúsculas", `lower(contact.city ?? "")`, one(wantText), gives(String), runLower),
		def("upper", "(text) text", "in capital letters", "em maiúsculas", `upper(contact.first_name)`, one(wantText), gives(String), runUpper),
		def("trim", "(text) text", "without blanks at both ends", "sem espaços nas pontas", `trim(steps.reason.text)`, one(wantText), gives(String), runTrim),
		def("replace", "(text, old, new) text", "every `old` becomes `new`", "todo `old` vira `new`", `replace(contact.first_name, "_", " ")`, []want{wantText, wantText, wantText}, gives(String), runReplace),
		optional(def("join", "(list, separator) text", "the elements in one text; the separator is \", \" unless given", "os elementos num só texto; o separador é \", \" se não for dado", `join(inputs.items, " + ")`, []want{wantList, wantText}, gives(String), runJoin), 1),
		def("split", "(text, separator) list", "the pieces between separators", "os pedaços entre separadores", `split("a,b", ",")`, []want{wantText, wantText},
			func([]Type) Type { return Type{Kind: List, Elem: &Type{Kind: String}} }, runSplit),

		def("abs", "(number) number", "without the sign", "sem o sinal", `abs(contact.score) > 1`, one(wantNumber), sameAsFirst, runAbs),
		def("round", "(number) number", "the nearest whole number", "o inteiro mais próximo", `round(contact.score)`, one(wantNumber), gives(Int), runRound),
		def("floor", "(number) number", "the whole number below", "o inteiro de baixo", `floor(contact.score)`, one(wantNumber), gives(Int), runFloor),
		def("ceil", "(number) number", "the whole number above", "o inteiro de cima", `ceil(contact.score)`, one(wantNumber), gives(Int), runCeil),
		variadic(def("min", "(numbers or list) number", "the smallest", "o menor", `min(contact.visits, 10)`, one(wantNumberOrList), numberOf, runMin)),
		variadic(def("max", "(numbers or list) number", "the largest", "o maior", `max(contact.visits, 1)`, one(wantNumberOrList), numberOf, runMax)),
		def("int", "(text or number) number", "a whole number; what stands after the point is cut", "um número inteiro; corta o que vem depois da vírgula", `int("42")`, one(wantTextOrNumber), gives(Int), runInt),
		def("float", "(text or number) number", "a number", "um número", `float("4.5")`, one(wantTextOrNumber), gives(Number), runFloat),
		def("string", "(value) text", "the value as a message would show it", "o valor como uma mensagem mostraria", `string(contact.visits)`, one(wantAny), gives(String), runString),

		def("days", "(number) duration", "a length of time; a day is 24 hours", "um período; um dia tem 24 horas", `inputs.starts_at - days(1)`, one(wantNumber), gives(Duration), runDays),
		def("hours", "(number) duration", "a length of time", "um período", `inputs.starts_at - hours(4)`, one(wantNumber), gives(Duration), runHours),
		def("minutes", "(number) duration", "a length of time", "um período", `now + minutes(30)`, one(wantNumber), gives(Duration), runMinutes),
		def("format", "(time, pattern) text", "local date and time; the letters of the pattern are d M y H m s E", "data e hora locais; as letras do padrão são d M y H m s E", `format(inputs.starts_at, "dd/MM HH:mm")`, []want{wantTime, wantText}, gives(String), runFormat),
		def("weekday", "(time) text", "the local day: mon tue wed thu fri sat sun", "o dia local: mon tue wed thu fri sat sun", `weekday(now) in ["sat", "sun"]`, one(wantTime), gives(String), runWeekday),
		def("in_schedule", "(time, name) true/false", "whether the time is inside a schedule of the workspace", "se o horário está dentro de uma agenda do workspace", `in_schedule(now, "business_hours")`, []want{wantTime, wantText}, gives(Bool), runInSchedule),
		def("money", "(number) text", "an amount in the language of the journey", "um valor na língua da jornada", `money(inputs.total)`, one(wantNumber), gives(String), runMoney),

		def("has", "(value) true/false", "whether the value is there", "se o valor existe", `has(contact.city)`, one(wantMaybe), gives(Bool), runHas),
		def("bucket", "(text, n) number", "a stable number from 0 to n-1 for a text: the same text always gets the same one", "um número estável de 0 a n-1 para um texto: o mesmo texto recebe sempre o mesmo", `bucket(contact.id, 100) < 10`, []want{wantText, wantInt}, gives(Int), runBucket),
	}
}

// Functions lists what can be called, sorted by name.
func Functions() []Function {
	out := make([]Function, 0, len(functions))
	for _, name := range functionNames() {
		out = append(out, functions[name].Function)
	}
	return out
}

func functionNames() []string { return slices.Sorted(maps.Keys(functions)) }

// Codes are the diagnostics of this package, sorted.
func Codes() []string {
	return []string{
		codeSyntax, "J0301", "J0302", "J0303", "J0304", "J0305", "J0306",
		"J0310", "J0311", "J0312", "J0313", "J0314", "J0404", "J0460",
	}
}

// codeSyntax is an expression that cannot be read at all: a bracket or a quote
// without its end, a missing operand.
const codeSyntax = "J0300"
