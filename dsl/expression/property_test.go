package expression

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// generator writes random well-typed expressions over clinic.
type generator struct{ *rand.Rand }

func (g generator) pick(options ...string) string { return options[g.IntN(len(options))] }

// of writes an expression of a kind, at most depth operators deep.
func (g generator) of(k Kind, depth int) string {
	if depth <= 0 {
		return g.leaf(k)
	}
	d := depth - 1
	if g.IntN(6) == 0 {
		return fmt.Sprintf("(%s ? %s : %s)", g.of(Bool, d-1), g.of(k, d), g.of(k, d))
	}
	switch k {
	case Bool:
		n := g.pick(string(Number), string(String), string(Time), string(Duration), string(Int))
		switch g.IntN(7) {
		case 0:
			return fmt.Sprintf("(%s %s %s)", g.of(Bool, d), g.pick("and", "or", "&&", "||"), g.of(Bool, d))
		case 1:
			return "not (" + g.of(Bool, d) + ")"
		case 2:
			return fmt.Sprintf("(%s %s %s)", g.of(String, d), g.pick("contains", "startsWith", "endsWith", "not contains"), g.of(String, d))
		case 3:
			return fmt.Sprintf("(%s in %s)", g.of(String, d), g.of(List, d))
		case 4:
			return fmt.Sprintf("%s(%s, # != %q)", g.pick("any", "all", "none", "one"), g.of(List, d), g.pick("vip", "x"))
		case 5:
			return fmt.Sprintf("(has(contact.last_nps) and contact.last_nps > %d)", g.IntN(10))
		}
		return fmt.Sprintf("(%s %s %s)", g.of(Kind(n), d), g.pick("==", "!=", "<", ">", "<=", ">="), g.of(Kind(n), d))
	case String:
		switch g.IntN(6) {
		case 0:
			return fmt.Sprintf("(%s + %s)", g.of(String, d), g.of(String, d))
		case 1:
			return fmt.Sprintf("%s(%s)", g.pick("upper", "lower", "trim"), g.of(String, d))
		case 2:
			return fmt.Sprintf("format(%s, %q)", g.of(Time, d), g.pick("dd/MM HH:mm", "EEE", "yyyy"))
		case 3:
			return fmt.Sprintf("join(%s, %q)", g.of(List, d), g.pick("-", ", "))
		case 4:
			return fmt.Sprintf("string(%s)", g.of(Number, d))
		}
		return fmt.Sprintf("(contact.city ?? %s)", g.of(String, d))
	case Int:
		switch g.IntN(3) {
		case 0:
			return fmt.Sprintf("(%s %s %s)", g.of(Int, d), g.pick("+", "-", "*"), g.of(Int, d))
		case 1:
			return fmt.Sprintf("round(%s)", g.of(Number, d))
		}
		return fmt.Sprintf("len(%s)", g.of(Kind(g.pick(string(List), string(String))), d))
	case Number:
		if g.IntN(2) == 0 {
			return fmt.Sprintf("(%s %s %s)", g.of(Number, d), g.pick("+", "-", "*", "/", "**"), g.of(Int, d))
		}
		return fmt.Sprintf("%s(%s, %s)", g.pick("min", "max"), g.of(Number, d), g.of(Int, d))
	case Time:
		return fmt.Sprintf("(%s %s %s)", g.of(Time, d), g.pick("+", "-"), g.of(Duration, d))
	case Duration:
		if g.IntN(2) == 0 {
			return fmt.Sprintf("%s(%s)", g.pick("days", "hours", "minutes"), g.of(Int, d))
		}
		return fmt.Sprintf("(%s - %s)", g.of(Time, d), g.of(Time, d))
	}
	return fmt.Sprintf("filter(%s, %s)", g.of(List, d), g.pick(`# != "vip"`, `len(#) > 3`, `# startsWith "u"`))
}

func (g generator) leaf(k Kind) string {
	switch k {
	case Bool:
		return g.pick("true", "false", "contact.opt_in.sms", "contact.opt_in.whatsapp", "window.whatsapp.open", "has(contact.city)")
	case String:
		return g.pick(`"Ana"`, `''`, "contact.first_name", "contact.id", "steps.rate.outcome", "inputs.unit.name", `(contact.city ?? "SP")`)
	case Int:
		return g.pick("0", "1", "7", "contact.visits", "vars.attempts", "steps.rate.score", "(contact.last_nps ?? 5)")
	case Number:
		return g.pick("0.5", "3", "contact.score", "(inputs.total ?? 99.9)")
	case Time:
		return g.pick("now", "inputs.starts_at", "steps.rate.at")
	case Duration:
		return g.pick("hours(4)", "inputs.length", "days(1)")
	}
	return g.pick("contact.tags", "inputs.items", `["vip", "x"]`, `split("a,b", ",")`)
}

// scope is a random scope that fits clinic: optional values come and go.
func (g generator) scope() *Scope {
	s := ana()
	contact := s.Roots["contact"].(map[string]any)
	if g.IntN(2) == 0 {
		contact["city"], contact["last_nps"] = g.pick("SP", "Campinas", ""), g.IntN(11)
	}
	contact["visits"], contact["score"] = g.IntN(20), g.NormFloat64()*10
	tags := []any{}
	for range g.IntN(4) {
		tags = append(tags, g.pick("vip", "x", "unit_1"))
	}
	contact["tags"] = tags
	if g.IntN(2) == 0 {
		s.Roots["inputs"].(map[string]any)["total"] = g.Float64() * 1000
	}
	s.Now = s.Now.Add(time.Duration(g.IntN(1000)) * time.Hour)
	return s
}

// Well-typed expressions compile, give the type they promise, and give the
// same when they are loaded without types, twice.
func TestTypedAndLoadedAgree(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(1, 2))}
	env := clinic()
	kinds := []Kind{Bool, String, Int, Number, Time, Duration, List}
	ran := 0
	for i := range 4000 {
		kind := kinds[i%len(kinds)]
		src := g.of(kind, 1+g.IntN(3))
		want := Type{Kind: kind}
		if kind == List {
			want.Elem = &Type{Kind: String}
		}
		p, problems := Compile(src, nil, env, want)
		if len(problems) > 0 {
			if problems[0].Code == "J0306" {
				continue
			}
			t.Fatalf("%s (%s): %v", src, kind, problems)
		}
		loaded, err := Load(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		for range 3 {
			s := g.scope()
			a, errA := p.Eval(s)
			b, errB := loaded.Eval(s)
			if (errA == nil) != (errB == nil) || errA != nil && errA.Error() != errB.Error() || errA == nil && fmt.Sprint(a) != fmt.Sprint(b) {
				t.Fatalf("%s: typed %v (%v), loaded %v (%v)", src, a, errA, b, errB)
			}
			if errA != nil {
				var e *EvalError
				if !errors.As(errA, &e) || strings.Contains(e.Text.En, "cannot be used between") || strings.Contains(e.Text.En, "needed here") {
					t.Fatalf("%s: a checked expression failed on types: %v", src, errA)
				}
				continue
			}
			ran++
			if !kindFits(Type{Kind: kind}, a) {
				t.Fatalf("%s: promised %s, gave %#v", src, kind, a)
			}
		}
	}
	if ran < 8000 {
		t.Errorf("only %d evaluations had a value", ran)
	}
}

// Breaking an expression anywhere never panics, and every diagnostic stays
// inside the source.
func TestBrokenExpressionsNeverPanic(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(3, 4))}
	env := clinic()
	junk := []rune(`()[]{}.,?:#|&!<>=+-*/%"'$; é{{}}`)
	for range 4000 {
		src := []rune(g.of(Bool, 2))
		for range 1 + g.IntN(4) {
			i := g.IntN(len(src))
			switch g.IntN(3) {
			case 0:
				src[i] = junk[g.IntN(len(junk))]
			case 1:
				src = append(src[:i:i], src[i+1:]...)
			default:
				src = append(src[:i:i], append([]rune{junk[g.IntN(len(junk))]}, src[i:]...)...)
			}
			if len(src) == 0 {
				break
			}
		}
		checkCompile(t, env, string(src))
	}
}

// checkCompile is what must hold of any source at all.
func checkCompile(t *testing.T, env *Env, src string) {
	t.Helper()
	p, problems := Compile(src, nil, env, Type{})
	n := len([]rune(src))
	for _, d := range problems {
		if d.Span.Column < 1 || d.Span.EndColumn < d.Span.Column || d.Span.EndColumn > n+1 || d.Message.IsZero() {
			t.Fatalf("%q: %+v", src, d)
		}
	}
	loaded, err := Load(src)
	if p == nil {
		if len(problems) == 0 {
			t.Fatalf("%q: neither a program nor a diagnostic", src)
		}
		if loaded != nil {
			_, _ = loaded.Eval(ana())
		}
		return
	}
	if err != nil {
		t.Fatalf("%q compiles with types but does not load: %v", src, err)
	}
	a, errA := p.Eval(ana())
	b, errB := loaded.Eval(ana())
	if fmt.Sprint(a) != fmt.Sprint(b) || (errA == nil) != (errB == nil) {
		t.Fatalf("%q: typed %v (%v), loaded %v (%v)", src, a, errA, b, errB)
	}
}

func TestConcurrentUse(t *testing.T) {
	env, scope := clinic(), ana()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 200 {
				c := evals[(i+j)%len(evals)]
				p, err := Load(c.src)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := p.Eval(scope); err != nil || !equalValues(got, c.want) {
					t.Errorf("%s = %v, %v", c.src, got, err)
				}
				if _, problems := Compile(c.src, nil, env, Type{}); len(problems) > 0 {
					t.Error(problems)
				}
				text, err := LoadText(fmt.Sprintf("%d: {{ %s }}", j, c.src))
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := text.RenderText(scope); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

// A scope that came through JSON gives the same answers, once coerced.
func TestScopeThroughJSON(t *testing.T) {
	env, scope := clinic(), ana()
	raw, err := json.Marshal(scope.Roots)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	// A duration is a number of nanoseconds in JSON; authors have none in data.
	delete(back["inputs"].(map[string]any), "length")
	roots := Fields{}
	maps.Copy(roots, env.roots)
	inputs := Fields{}
	for name, f := range roots["inputs"].Fields {
		f.Optional = f.Optional || name == "length"
		inputs[name] = f
	}
	roots["inputs"] = Type{Kind: Object, Fields: inputs}
	typed, problems := roots.Coerce(back, saoPaulo)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	again := *scope
	again.Roots = typed
	for _, c := range evals {
		if strings.Contains(c.src, "inputs.length") {
			continue
		}
		p, err := Load(c.src)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Eval(&again); err != nil || !equalValues(got, c.want) {
			t.Errorf("%s = %#v, %v; want %#v", c.src, got, err, c.want)
		}
	}
}
