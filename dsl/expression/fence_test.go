package expression

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

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

// parses are the bombs that the fence lets through to the parser: short, flat
// texts in which it can do no more than walk as many bytes as a source may have.
var parses = []string{
	"power", "ternary", "ternary both", "members", "optional members", "coalesce", "flat comparison", "nested all", "nested pipe", "nested in argument",
	"repeat", "pattern", "pattern of classes", "long pattern", "many pipes", "group keys",
}

// What could hurt the parser never reaches it: it is refused by one walk over at
// most a thousand bytes. What does reach it is short and flat, and what comes out
// has few parts. So a refusal costs next to nothing (BenchmarkBombs), whatever
// the machine is busy with.
func TestBombsNeverReachTheParser(t *testing.T) {
	for name, src := range bombs() {
		s := fence(src)
		if reached := len(s.problems) == 0; reached != slices.Contains(parses, name) {
			t.Errorf("%s: it reaches the parser: %v", name, reached)
		} else if reached {
			if deep, _ := depthOf(src); len(src) > maxSource || deep > maxNesting {
				t.Errorf("%s: %d bytes, %d brackets open, reach the parser", name, len(src), deep)
			}
			if root, problems := parse(s, src); len(problems) == 0 && root.size() > maxNodes {
				t.Errorf("%s: it became %d parts", name, root.size())
			}
		}
		_, problems := Compile(src, nil, clinic(), Type{})
		_, err := Load(src)
		if name != "members" && name != "optional members" && name != "coalesce" && (len(problems) == 0 || err == nil) {
			t.Errorf("%s is accepted", name)
		}
		const most = 20 * maxSource // allocations; the bombs make millions where nobody counts
		if n := testing.AllocsPerRun(1, func() { _, _ = Compile(src, nil, clinic(), Type{}) }); n > most {
			t.Errorf("%s: %.0f allocations", name, n)
		}
	}
}

// depthOf is how many brackets are open at once, texts included.
func depthOf(src string) (deepest, left int) {
	for _, c := range src {
		switch c {
		case '(', '[', '{':
			left++
			deepest = max(deepest, left)
		case ')', ']', '}':
			left--
		}
	}
	return deepest, left
}

// size counts the parts of an expression.
func (n *node) size() int {
	total := 1
	for _, kid := range n.kids {
		total += kid.size()
	}
	return total
}

func BenchmarkBombs(b *testing.B) {
	all := bombs()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			env := clinic()
			for b.Loop() {
				_, _ = Compile(all[name], nil, env, Type{})
			}
		})
	}
}
