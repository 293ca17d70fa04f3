package expression

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"jornada/dsl/diag"
)

// Limits of one evaluation. They bound what a published expression can cost
// on the data it meets; the fence bounds what it can be.
const (
	maxList    = 1_000   // items of a list that is read
	maxOutput  = 8 << 10 // bytes of a text made by an expression
	maxWork    = 4 << 20 // bytes touched by text functions and items walked
	compared   = 16      // bytes that are compared in the time in which one is touched otherwise
	maxPattern = 200     // bytes of a `matches` pattern
	maxStates  = 500     // instructions of a compiled pattern
)

// EvalError is why an expression has no value, for people: what went wrong and
// where in the source, in characters.
type EvalError struct {
	Text     diag.Text
	Source   string
	From, To int
}

// Error is the English sentence with its place.
func (e *EvalError) Error() string { return e.In(diag.English) }

// In is the sentence in one language, with the stretch of the source it blames.
func (e *EvalError) In(l diag.Language) string {
	chars := []rune(e.Source)
	text := e.Text.In(l)
	if e.From >= len(chars) || e.To <= e.From {
		return fmt.Sprintf("`%s`: %s", e.Source, text)
	}
	if l == diag.Portuguese {
		return fmt.Sprintf("`%s`, caractere %d (`%s`): %s", e.Source, e.From+1, string(chars[e.From:min(e.To, len(chars))]), text)
	}
	return fmt.Sprintf("`%s`, character %d (`%s`): %s", e.Source, e.From+1, string(chars[e.From:min(e.To, len(chars))]), text)
}

const (
	tooLongEn = "the text would have %d bytes; the limit is %d"
	tooLongPt = "o texto teria %d bytes; o limite é %d"
)

func failed(en, pt string, args ...any) error { return &EvalError{Text: diag.T(en, pt, args...)} }

// run is the state of one evaluation.
type run struct {
	scope *Scope
	work  int
}

// spend refuses an evaluation that touches too much.
func (r *run) spend(n int) error {
	if r.work += n + 1; r.work > maxWork {
		return failed("this expression does too much work on this data", "esta expressão trabalha demais com estes dados")
	}
	return nil
}

// text accepts the result of a text function.
func (r *run) text(s string) (any, error) {
	if len(s) > maxOutput {
		return nil, failed(tooLongEn, tooLongPt, len(s), maxOutput)
	}
	return s, r.spend(len(s))
}

// The machine's own functions, which authors cannot name: `$` is banned.
const (
	fnPath, fnField, fnIndex       = "$path", "$field", "$index"
	fnList, fnAdd, fnDivide        = "$list", "$add", "$divide"
	fnModulo, fnIn, fnMatches      = "$modulo", "$in", "$matches"
	fnContains, fnStarts, fnEndsIn = "$contains", "$startsWith", "$endsWith"
)

type machineFunc = func(args ...any) (any, error)

// machineFunctions are all functions a compiled program may call. The first
// argument is always the run.
func machineFunctions() map[string]machineFunc {
	ours := map[string]func(*run, []any) (any, error){
		fnPath: runPath, fnField: runField, fnIndex: runIndex, fnList: runList,
		fnAdd: runAdd, fnDivide: runDivide, fnModulo: runModulo, fnIn: runIn, fnMatches: runMatches,
		fnContains: pair(strings.Contains), fnStarts: pair(strings.HasPrefix), fnEndsIn: pair(strings.HasSuffix),
	}
	for _, f := range table() {
		if f.run != nil {
			ours[f.Name] = f.run
		}
	}
	out := make(map[string]machineFunc, len(ours))
	for name, f := range ours {
		out[name] = func(args ...any) (any, error) { return f(args[0].(*run), args[1:]) }
	}
	return out
}

// ---- reading ----

// runPath reads contact.opt_in.sms. Missing keys give nothing; reading a field
// of nothing is an error, unless the field was written after `?.`.
func runPath(r *run, args []any) (any, error) {
	n := args[0].(*node)
	root := n.parts[0].name
	if root == "now" {
		if len(n.parts) > 1 {
			return nil, blame(n, 1, failed("`now` has no fields", "`now` não tem campos"))
		}
		return r.scope.Now, nil
	}
	value, ok := r.scope.Roots[root]
	if !ok {
		return nil, blame(n, 0, failed("`%s` is not available here", "`%s` não está disponível aqui", root))
	}
	return r.walk(n, value, 1)
}

// runField reads a field of a value that is not a path: first(list).name.
func runField(r *run, args []any) (any, error) { return r.walk(args[1].(*node), args[0], 0) }

func (r *run) walk(n *node, value any, i int) (any, error) {
	safe := false
	for ; i < len(n.parts); i++ {
		p := n.parts[i]
		safe = safe || p.safe
		switch v := value.(type) {
		case map[string]any:
			value = v[p.name]
		case nil:
			if safe {
				return nil, nil
			}
			return nil, blame(n, i, failed("there is no value before `.%s`", "não há valor antes de `.%s`", p.name))
		case map[string]string:
			s, ok := v[p.name]
			if value = any(s); !ok {
				value = nil
			}
		case map[string]bool:
			b, ok := v[p.name]
			if value = any(b); !ok {
				value = nil
			}
		default:
			return nil, blame(n, i, &EvalError{Text: diag.Text{
				En: fmt.Sprintf("%s has no field `%s`", nounEn(value), p.name),
				Pt: fmt.Sprintf("%s não tem o campo `%s`", nounPt(value), p.name),
			}})
		}
	}
	out, err := plainValue(value)
	if err != nil {
		return nil, err
	}
	// What is read may be compared, which nobody counts: a little of it counts here.
	switch v := out.(type) {
	case string:
		err = r.spend(len(v) / compared)
	case []any:
		err = r.spend(len(v))
	case map[string]any:
		err = r.spend(len(v))
	}
	return out, err
}

func blame(n *node, i int, err error) error {
	if e, ok := errors.AsType[*EvalError](err); ok {
		e.From, e.To = n.parts[i].at.from, n.parts[i].at.to
	}
	return err
}

// plainValue turns what Go callers keep (typed slices, their own strings and
// numbers) into the few shapes the language knows.
func plainValue(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, string, int, float64, time.Time, time.Duration, map[string]any:
		return v, nil
	case []any:
		return v, tooLong(len(v))
	case []string:
		if err := tooLong(len(v)); err != nil {
			return nil, err
		}
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out, nil
	case *time.Time:
		if v == nil {
			return nil, nil
		}
		return *v, nil
	}
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Bool:
		return rv.Bool(), nil
	case reflect.String:
		return rv.String(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return int(rv.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return float64(rv.Uint()), nil
	case reflect.Float32:
		return rv.Float(), nil
	case reflect.Pointer:
		if rv.IsNil() {
			return nil, nil
		}
		return plainValue(rv.Elem().Interface())
	case reflect.Slice, reflect.Array:
		if err := tooLong(rv.Len()); err != nil {
			return nil, err
		}
		out := make([]any, rv.Len())
		for i := range out {
			e, err := plainValue(rv.Index(i).Interface())
			if err != nil {
				return nil, err
			}
			out[i] = e
		}
		return out, nil
	case reflect.Map:
		if rv.Type().Key().Kind() == reflect.String {
			out := make(map[string]any, rv.Len())
			for it := rv.MapRange(); it.Next(); {
				out[it.Key().String()] = it.Value().Interface()
			}
			return out, nil
		}
	}
	return nil, failed("this value has a shape the language does not know", "este valor tem uma forma que a linguagem não conhece")
}

func tooLong(n int) error {
	if n > maxList {
		return failed("the list has %d items; the limit is %d", "a lista tem %d itens; o limite é %d", n, maxList)
	}
	return nil
}

// runIndex is list[i]; negative counts from the end.
func runIndex(_ *run, args []any) (any, error) {
	list, err := asList(args[0])
	if err != nil {
		return nil, err
	}
	i, ok := whole(args[1])
	if !ok {
		return nil, failed("a position in a list is a whole number", "a posição numa lista é um número inteiro")
	}
	if i < 0 {
		i += len(list)
	}
	if i < 0 || i >= len(list) {
		return nil, failed("the list has %d items, and none at this position", "a lista tem %d itens, e nenhum nesta posição", len(list))
	}
	return plainValue(list[i])
}

// runList guards the list of a list test.
func runList(r *run, args []any) (any, error) {
	list, err := asList(args[0])
	if err != nil {
		return nil, err
	}
	for i, e := range list { // elements stay plain: `#` is read by the machine itself
		switch e.(type) {
		case nil, bool, string, int, float64, time.Time, time.Duration, map[string]any, []any:
		default:
			if list, err = plainList(list, i); err != nil {
				return nil, err
			}
			return list, r.spend(len(list))
		}
	}
	return list, r.spend(len(list))
}

func plainList(list []any, from int) ([]any, error) {
	out := append([]any(nil), list...)
	for i := from; i < len(out); i++ {
		e, err := plainValue(out[i])
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func asList(v any) ([]any, error) {
	v, err := plainValue(v)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case []any:
		return v, nil
	case nil:
		return nil, failed("the list is missing", "a lista não existe")
	}
	return nil, &EvalError{Text: diag.Text{En: "a list is needed here, but this is " + nounEn(v), Pt: "aqui precisa de uma lista, mas isto é " + nounPt(v)}}
}

// ---- operators ----

func runAdd(r *run, args []any) (any, error) {
	a, b := args[0], args[1]
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			if n := len(x) + len(y); n > maxOutput { // before the memory is used
				return nil, failed(tooLongEn, tooLongPt, n, maxOutput)
			}
			return r.text(x + y)
		}
	case int:
		switch y := b.(type) {
		case int:
			return x + y, nil
		case float64:
			return float64(x) + y, nil
		}
	case float64:
		switch y := b.(type) {
		case int:
			return x + float64(y), nil
		case float64:
			return x + y, nil
		}
	case time.Time:
		if d, ok := b.(time.Duration); ok {
			return x.Add(d), nil
		}
	case time.Duration:
		switch y := b.(type) {
		case time.Time:
			return y.Add(x), nil
		case time.Duration:
			return x + y, nil
		}
	}
	return nil, mismatch("+", a, b)
}

func mismatch(op string, a, b any) error {
	return &EvalError{Text: diag.Text{
		En: fmt.Sprintf("`%s` cannot be used between %s and %s", op, nounEn(a), nounEn(b)),
		Pt: fmt.Sprintf("`%s` não pode ser usado entre %s e %s", op, nounPt(a), nounPt(b)),
	}}
}

func runDivide(_ *run, args []any) (any, error) {
	a, okA := number(args[0])
	b, okB := number(args[1])
	if !okA || !okB {
		return nil, mismatch("/", args[0], args[1])
	}
	if b == 0 {
		return nil, failed("division by zero", "divisão por zero")
	}
	return a / b, nil
}

func runModulo(_ *run, args []any) (any, error) {
	a, okA := whole(args[0])
	b, okB := whole(args[1])
	if !okA || !okB {
		return nil, mismatch("%", args[0], args[1])
	}
	if b == 0 {
		return nil, failed("division by zero", "divisão por zero")
	}
	return a % b, nil
}

func runIn(r *run, args []any) (any, error) {
	if args[1] == nil {
		return false, nil
	}
	list, err := asList(args[1])
	if err != nil {
		return nil, err
	}
	if err := r.spend(len(list)); err != nil {
		return nil, err
	}
	text, isText := args[0].(string)
	for _, e := range list {
		if s, ok := e.(string); ok && isText && len(s) == len(text) { // else a look at the lengths tells them apart
			if err := r.spend(len(s) / compared); err != nil {
				return nil, err
			}
		}
		if same(e, args[0]) {
			return true, nil
		}
	}
	return false, nil
}

// same is `==` for list elements.
func same(a, b any) bool {
	if x, ok := a.(string); ok {
		y, ok := b.(string)
		return ok && x == y
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	if x, ok := a.(time.Time); ok {
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	}
	switch a.(type) {
	case nil, bool, time.Duration:
		return a == b
	}
	return false
}

// pair is contains, startsWith, endsWith: a missing side never matches.
func pair(f func(a, b string) bool) func(*run, []any) (any, error) {
	return func(r *run, args []any) (any, error) {
		if args[0] == nil || args[1] == nil {
			return false, nil
		}
		a, okA := args[0].(string)
		b, okB := args[1].(string)
		if !okA || !okB {
			return nil, &EvalError{Text: diag.Text{
				En: fmt.Sprintf("two texts are needed here, but these are %s and %s", nounEn(args[0]), nounEn(args[1])),
				Pt: fmt.Sprintf("aqui precisa de dois textos, mas estes são %s e %s", nounPt(args[0]), nounPt(args[1])),
			}}
		}
		if err := r.spend(len(a)); err != nil {
			return nil, err
		}
		return f(a, b), nil
	}
}

func runMatches(r *run, args []any) (any, error) {
	if args[0] == nil {
		return false, nil
	}
	s, ok := args[0].(string)
	if !ok {
		return nil, needs("text", "texto", args[0])
	}
	p := args[1].(*pattern)
	if err := r.spend(p.states * len(s)); err != nil {
		return nil, err
	}
	return p.MatchString(s), nil
}

// pattern is a compiled pattern and how many states the machine may be in: Go's
// patterns match in time that grows with both text and states, never faster.
type pattern struct {
	*regexp.Regexp

	states int
}

var tooBig = diag.T("this pattern is too large", "este padrão é grande demais")

// compilePattern reads a pattern within the limits, or says why not.
func compilePattern(text string) (*pattern, diag.Text) {
	if len(text) > maxPattern {
		return nil, tooBig
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, diag.T("this pattern cannot be read", "não dá para ler este padrão")
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(prog.Inst) > maxStates {
		return nil, tooBig
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, diag.T("this pattern cannot be read", "não dá para ler este padrão")
	}
	return &pattern{re, len(prog.Inst)}, diag.Text{}
}

// ---- values ----

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// whole accepts 3 and 3.0.
func whole(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int(v), true
		}
	}
	return 0, false
}

func needs(en, pt string, got any) error {
	return &EvalError{Text: diag.Text{
		En: fmt.Sprintf("%s is needed here, but this is %s", en, nounEn(got)),
		Pt: fmt.Sprintf("aqui precisa de %s, mas isto é %s", pt, nounPt(got)),
	}}
}
