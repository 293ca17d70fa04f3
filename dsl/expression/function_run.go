package expression

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What the functions of the language do; functions.go says what they are.
// Arguments may be anything: published expressions run without types.

func textArg(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", needs("text", "texto", v)
}

func numberArg(v any) (float64, error) {
	if f, ok := number(v); ok {
		return f, nil
	}
	return 0, needs("a number", "um número", v)
}

func timeArg(v any) (time.Time, error) {
	if t, ok := v.(time.Time); ok {
		return t, nil
	}
	return time.Time{}, needs("a time", "um horário", v)
}

func runLen(r *run, args []any) (any, error) {
	if s, ok := args[0].(string); ok {
		return utf8.RuneCountInString(s), r.spend(len(s))
	}
	list, err := asList(args[0])
	return len(list), err
}

func runFirst(r *run, args []any) (any, error) { return edge(args[0], false) }
func runLast(r *run, args []any) (any, error)  { return edge(args[0], true) }

func edge(v any, last bool) (any, error) {
	list, err := asList(v)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if last {
		return plainValue(list[len(list)-1])
	}
	return plainValue(list[0])
}

func onText(f func(string) string) func(*run, []any) (any, error) {
	return func(r *run, args []any) (any, error) {
		s, err := textArg(args[0])
		if err != nil {
			return nil, err
		}
		if len(s) > 2*maxOutput {
			return r.text(s) // refused, in words
		}
		return r.text(f(s))
	}
}

var (
	runLower = onText(strings.ToLower)
	runUpper = onText(strings.ToUpper)
	runTrim  = onText(strings.TrimSpace)
)

// runReplace builds the text itself, so that the cap holds before the memory
// is used.
func runReplace(r *run, args []any) (any, error) {
	var s [3]string
	for i := range s {
		var err error
		if s[i], err = textArg(args[i]); err != nil {
			return nil, err
		}
	}
	if s[1] == "" {
		return r.text(s[0])
	}
	size := len(s[0]) + strings.Count(s[0], s[1])*(len(s[2])-len(s[1]))
	if err := r.spend(len(s[0])); err != nil {
		return nil, err
	}
	if size > maxOutput {
		return nil, failed(tooLongEn, tooLongPt, size, maxOutput)
	}
	return r.text(strings.ReplaceAll(s[0], s[1], s[2])) //nolint:gosec // three texts: the function has three parameters
}

func runJoin(r *run, args []any) (any, error) {
	list, err := asList(args[0])
	if err != nil {
		return nil, err
	}
	separator := ", "
	if len(args) > 1 {
		if separator, err = textArg(args[1]); err != nil {
			return nil, err
		}
	}
	if err := r.spend(16 * len(list)); err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(show1(r.scope, e))
		if b.Len() > maxOutput {
			break
		}
	}
	return r.text(b.String())
}

func runSplit(r *run, args []any) (any, error) {
	s, err := textArg(args[0])
	if err != nil {
		return nil, err
	}
	separator, err := textArg(args[1])
	if err != nil {
		return nil, err
	}
	if _, err := r.text(s); err != nil {
		return nil, err
	}
	pieces := strings.SplitN(s, separator, maxList+1)
	if err := tooLong(len(pieces)); err != nil {
		return nil, err
	}
	out := make([]any, len(pieces))
	for i, p := range pieces {
		out[i] = p
	}
	return out, r.spend(16 * len(pieces))
}

func runAbs(r *run, args []any) (any, error) {
	if i, ok := args[0].(int); ok {
		return max(i, -i), nil
	}
	f, err := numberArg(args[0])
	return math.Abs(f), err
}

func onNumber(f func(float64) float64) func(*run, []any) (any, error) {
	return func(r *run, args []any) (any, error) {
		x, err := numberArg(args[0])
		if err != nil {
			return nil, err
		}
		return toInt(f(x))
	}
}

func toInt(f float64) (any, error) {
	if math.IsNaN(f) || math.Abs(f) >= 1<<53 {
		return nil, failed("this number is too large for a whole number", "este número é grande demais para um inteiro")
	}
	return int(f), nil
}

var (
	runRound = onNumber(math.Round)
	runFloor = onNumber(math.Floor)
	runCeil  = onNumber(math.Ceil)
)

func runMin(r *run, args []any) (any, error) {
	return extreme(args, func(a, b float64) bool { return a < b })
}

func runMax(r *run, args []any) (any, error) {
	return extreme(args, func(a, b float64) bool { return a > b })
}

func extreme(args []any, better func(a, b float64) bool) (any, error) {
	if len(args) == 1 {
		if _, single := number(args[0]); !single {
			list, err := asList(args[0])
			if err != nil {
				return nil, err
			}
			args = list
		}
	}
	var best any
	var value float64
	for _, a := range args {
		f, err := numberArg(a)
		if err != nil {
			return nil, err
		}
		if best == nil || better(f, value) {
			best, value = a, f
		}
	}
	if best == nil {
		return nil, failed("the list is empty", "a lista está vazia")
	}
	return best, nil
}

func runSum(r *run, args []any) (any, error) {
	list, err := asList(args[0])
	if err != nil {
		return nil, err
	}
	total, float, isFloat := 0, 0.0, false
	for _, e := range list {
		switch e := e.(type) {
		case int:
			total += e
			float += float64(e)
		default:
			f, err := numberArg(e)
			if err != nil {
				return nil, err
			}
			float, isFloat = float+f, true
		}
	}
	if isFloat {
		return float, nil
	}
	return total, nil
}

func runInt(r *run, args []any) (any, error) {
	f, err := parseNumber(args[0])
	if err != nil {
		return nil, err
	}
	return toInt(math.Trunc(f))
}

func runFloat(r *run, args []any) (any, error) { return parseNumber(args[0]) }

func parseNumber(v any) (float64, error) {
	s, ok := v.(string)
	if !ok {
		return numberArg(v)
	}
	s = strings.TrimSpace(s)
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || len(s) > 40 {
		return 0, failed("this text is not a number", "este texto não é um número")
	}
	return f, nil
}

func runString(r *run, args []any) (any, error) { return r.text(show1(r.scope, args[0])) }

func length(unit time.Duration) func(*run, []any) (any, error) {
	return func(r *run, args []any) (any, error) {
		f, err := numberArg(args[0])
		if err != nil {
			return nil, err
		}
		ns := f * float64(unit)
		if math.IsNaN(ns) || math.Abs(ns) > float64(100*365*24*time.Hour) {
			return nil, failed("this length of time is over 100 years", "este período passa de 100 anos")
		}
		return time.Duration(math.Round(ns)), nil
	}
}

var (
	runDays    = length(24 * time.Hour)
	runHours   = length(time.Hour)
	runMinutes = length(time.Minute)
)

func runFormat(r *run, args []any) (any, error) {
	t, err := timeArg(args[0])
	if err != nil {
		return nil, err
	}
	pattern, err := textArg(args[1])
	if err != nil {
		return nil, err
	}
	out, bad := formatTime(t.In(r.scope.zone()), pattern, r.scope.Locale)
	if bad != 0 {
		return nil, failed("the pattern letter `%s` means nothing; use d M y H m s E", "a letra `%s` do padrão não significa nada; use d M y H m s E", show(bad))
	}
	return r.text(out)
}

func runWeekday(r *run, args []any) (any, error) {
	t, err := timeArg(args[0])
	if err != nil {
		return nil, err
	}
	return strings.ToLower(t.In(r.scope.zone()).Weekday().String()[:3]), nil
}

func runInSchedule(r *run, args []any) (any, error) {
	t, err := timeArg(args[0])
	if err != nil {
		return nil, err
	}
	name, err := textArg(args[1])
	if err != nil {
		return nil, err
	}
	if r.scope.InSchedule == nil {
		return nil, failed("no schedules are available here", "não há agendas disponíveis aqui")
	}
	inside, err := r.scope.InSchedule(t, name)
	if err != nil {
		return nil, failed("the schedule `%s` cannot be used: %[2]v", "a agenda `%s` não pode ser usada: %[2]v", name, err)
	}
	return inside, nil
}

func runMoney(r *run, args []any) (any, error) {
	f, err := numberArg(args[0])
	if err != nil {
		return nil, err
	}
	if math.IsNaN(f) || math.Abs(f) >= 1e15 {
		return nil, failed("this amount is too large", "este valor é grande demais")
	}
	return formatMoney(f, r.scope.Locale), nil
}

func runHas(r *run, args []any) (any, error) { return args[0] != nil, nil }

// runBucket is the first 8 bytes of sha256(text), modulo n: stable across
// versions, machines and languages.
func runBucket(r *run, args []any) (any, error) {
	s, err := textArg(args[0])
	if err != nil {
		return nil, err
	}
	n, ok := whole(args[1])
	if !ok || n < 1 {
		return nil, failed("bucket needs a whole number above zero", "bucket precisa de um inteiro acima de zero")
	}
	if err := r.spend(len(s)); err != nil {
		return nil, err
	}
	h := sha256.Sum256([]byte(s))
	return int(binary.BigEndian.Uint64(h[:8]) % uint64(n)), nil //nolint:gosec // less than n, which is an int
}
