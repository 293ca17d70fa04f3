package expression

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr/builtin"
)

// A version of expr that adds a function fails here: every builtin is either a
// list test of ours, replaced by our own function, or refused with and without
// types, called, piped and in the old closure form.
func TestEveryBuiltinIsDecided(t *testing.T) {
	const known = "all any none one filter map find findIndex findLast findLastIndex count sum groupBy sortBy reduce " +
		"len type abs ceil floor round int float string trim trimPrefix trimSuffix upper lower split splitAfter replace repeat join " +
		"indexOf lastIndexOf hasPrefix hasSuffix max min mean median toJSON fromJSON toBase64 fromBase64 now duration date timezone " +
		"first last get take keys values toPairs fromPairs reverse uniq concat flatten sort bitand bitor bitxor bitnand bitshl bitshr bitushr bitnot"
	names := strings.Fields(known)
	for _, b := range builtin.Builtins {
		if !slices.Contains(names, b.Name) {
			t.Errorf("expr has a new builtin %q: decide about it, then add it to this list", b.Name)
		}
		if eachBuiltins[b.Name] {
			continue
		}
		ours := functions[b.Name]
		for _, src := range []string{
			b.Name + "(contact.tags)", b.Name + "(contact.tags, # == 1)", b.Name + "(contact.tags, {# == 1})", b.Name + "(1, 2)", b.Name + `("a", "b", "c")`,
			b.Name + "()", "contact.tags | " + b.Name + "()", "contact.tags | " + b.Name + "(#)", "::" + b.Name + "(contact.tags)",
		} {
			p, err := Load(src)
			if err == nil && ours == nil {
				t.Errorf("%s loads", src)
			}
			if err == nil && p.root.kind == callNode && functions[p.root.text].run == nil {
				t.Errorf("%s reaches the machine's own builtin", src)
			}
			if _, problems := Compile(src, nil, clinic(), Type{}); len(problems) == 0 && ours == nil {
				t.Errorf("%s compiles", src)
			}
		}
	}
	for name := range eachBuiltins {
		if functions[name] == nil {
			t.Errorf("list test %s has no documentation", name)
		}
	}
}

// bombs end the process, take seconds or eat memory in expr itself.
func bombs() map[string]string {
	deep := strings.Repeat("(", 1_000_000)
	chained := "1"
	for range 60 {
		chained = "1<(" + chained + ")<1"
	}
	chain := "1"
	for len(chain) < 960 {
		chain = "1<(" + chain + ")<1"
	}
	var lets strings.Builder
	for i := range 20 {
		lets.WriteString(fmt.Sprintf("let a%d = a%d + a%d; ", i+1, i, i))
	}
	return map[string]string{
		"parentheses":        deep + "1" + strings.ReplaceAll(deep, "(", ")"),
		"open parentheses":   deep,
		"brackets":           strings.Repeat("[", 900),
		"braces":             strings.Repeat("{ ", 400),
		"unary not":          strings.Repeat("not ", 240) + "true",
		"unary bang":         strings.Repeat("!", 990) + "true",
		"unary minus":        strings.Repeat("-", 990) + "1",
		"mixed unary":        strings.Repeat("-!+", 330) + "1",
		"power":              "2" + strings.Repeat("**2", 320),
		"ternary":            strings.Repeat("true?", 190) + "1",
		"ternary both":       "1" + strings.Repeat("?1:1", 240),
		"members":            "contact" + strings.Repeat(".a", 490),
		"optional members":   "contact" + strings.Repeat("?.a", 320),
		"coalesce":           "contact.a" + strings.Repeat("??contact.a", 80),
		"chained comparison": chained,
		"nested comparison":  chain,
		"flat comparison":    "1" + strings.Repeat("<1", 490),
		"reduce":             `reduce(1..25, #acc + #acc, "aaaa")`,
		"range":              `len(1..1000000000)`,
		"let":                `let a0 = "aaaaaaaa"; ` + lets.String() + "len(a20)",
		"nested all":         `all(contact.tags, all(contact.tags, all(contact.tags, true)))`,
		"nested pipe":        `contact.tags | all(contact.tags | all(true))`,
		"nested in argument": `any(contact.tags, len(filter(contact.tags, true)) > 0)`,
		"repeat":             `repeat("a", 1000000000)`,
		"pattern":            `contact.id matches "((a{100}){100}){100}"`,
		"pattern of classes": `contact.id matches "(\\pL{100}|\\pN{100}){50}"`,
		"long pattern":       `contact.id matches "` + strings.Repeat("a?", 200) + `"`,
		"many pipes":         "contact.tags" + strings.Repeat(" | len()", 120),
		"group keys":         `keys(groupBy(contact.tags, #))`,
		"env":                `$env | toJSON()`,
		"env field":          `$env["contact"]`,
		"comment":            `1 /* ` + strings.Repeat("(", 900),
		"unclosed comment":   `/*`,
		"map literal":        strings.Repeat(`{"a":`, 190),
		"raw quotes":         strings.Repeat("`", 999),
		"zero bytes":         strings.Repeat("\x00", 1000),
		"not UTF-8":          "contact.\xff\xfe",
		"format bomb":        strings.Repeat(`format(`, 140),
	}
}

func TestBombsAreRefusedAtOnce(t *testing.T) {
	for name, src := range bombs() {
		for _, load := range []bool{false, true} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			var refused bool
			if load {
				_, err := Load(src)
				refused = err != nil
			} else {
				_, problems := Compile(src, nil, clinic(), Type{})
				refused = len(problems) > 0
			}
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if !refused && name != "members" && name != "optional members" && name != "coalesce" {
				t.Errorf("%s is accepted", name)
			}
			if took > 2*time.Second && !raceEnabled {
				t.Errorf("%s took %s", name, took)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
				t.Errorf("%s allocated %d KB", name, grown>>10)
			}
		}
	}
}

// What passes the fence is bounded on any data it meets: these are the worst
// expressions we could think of, on the largest data a scope may hold.
func TestWorstEvaluationsAreBounded(t *testing.T) {
	big := strings.Repeat("aá", 4000)
	list := make([]any, maxList)
	for i := range list {
		list[i] = big
	}
	numbers := make([]any, maxList)
	for i := range numbers {
		numbers[i] = float64(i)
	}
	huge := make([]any, maxList+1)
	scope := &Scope{Roots: map[string]any{"x": map[string]any{"big": big, "l": list, "n": numbers, "huge": huge, "text": strings.Repeat("a", 1<<20)}}}
	sources := []string{
		`len(` + strings.Repeat(`x.big + `, 30) + `x.big)`,
		`len(join(map(x.l, # + #)))`,
		`len(map(x.l, ` + strings.Repeat(`# + `, 60) + `#))`,
		`count(x.l, ` + strings.Repeat(`# in x.l or `, 12) + `false)`,
		`count(x.n, ` + strings.Repeat(`-1 in x.n or `, 12) + `false)`,
		`count(x.l, ` + strings.Repeat(`# matches "(a|á|aa)*b" or `, 12) + `false)`,
		`count(x.l, ` + strings.Repeat(`# contains "b" or `, 12) + `false)`,
		`len(replace(replace(replace(x.big, "", x.big), "a", x.big), "a", x.big))`,
		`len(replace(x.big, "a", x.big))`,
		`len(join(map(x.l, join(x.l))))`,
		`len(map(x.l, split(#, "")))`,
		`len(map(x.l, upper(lower(upper(lower(#))))))`,
		`x.text + x.text`,
		`upper(x.text)`,
		`split(x.text, "")`,
		`x.text matches "(a|b|ab)*c"`,
		`join(x.huge)`,
		`any(x.huge, true)`,
		`x.huge`,
		`1 in x.huge`,
		`x.huge[0]`,
		`count(x.n, # ** # ** # > 1)`,
		`map(x.n, x.n)`,
		`string(map(x.n, x.n))`,
		`format(now, "` + strings.Repeat("MMMM ", 150) + `")`,
		`format(now, "` + strings.Repeat("d", 800) + `")`,
	}
	for _, src := range sources {
		p, err := Load(src)
		if err != nil {
			t.Errorf("%s: %v", clip(src), err)
			continue
		}
		start := time.Now()
		out, err := p.Eval(scope)
		took := time.Since(start)
		// Tens of milliseconds on an idle machine; without the fence, minutes.
		if took > 3*time.Second && !raceEnabled {
			t.Errorf("%s took %s", clip(src), took)
		}
		if s, ok := out.(string); ok && len(s) > maxOutput {
			t.Errorf("%s gave %d bytes", clip(src), len(s))
		}
		if err != nil && strings.ContainsAny(err.Error(), "{}\n") {
			t.Errorf("%s: %v", clip(src), err)
		}
		t.Logf("%8s %s -> %v", took.Round(time.Microsecond), clip(src), err != nil)
	}
}
