package expression

import (
	"strings"
	"testing"
)

func seeds(f *testing.F) {
	for _, c := range evals {
		f.Add(c.src)
	}
	for _, m := range mistakes {
		f.Add(m.src)
	}
	for _, src := range bombs() {
		if len(src) < 2000 {
			f.Add(src)
		}
	}
}

// FuzzCompile holds any source to checkCompile: no panic, a program or a
// diagnostic inside the source, the same answer with and without types.
func FuzzCompile(f *testing.F) {
	seeds(f)
	env := clinic()
	f.Fuzz(func(t *testing.T, src string) { checkCompile(t, env, src) })
}

// FuzzFence holds what passes the fence to its promises.
func FuzzFence(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		s := fence(src)
		if len(s.problems) > 0 {
			return
		}
		if len(src) > maxSource || strings.TrimSpace(src) == "" {
			t.Fatalf("%q passed", src)
		}
		root, problems := parse(s, src)
		if len(problems) > 0 {
			return
		}
		count, each := 0, 0
		var walk func(n *node, depth int)
		walk = func(n *node, depth int) {
			if count++; depth > maxDepth+2 || count > 2*maxNodes {
				t.Fatalf("%q is too deep or large", src)
			}
			if n.whole.from < 0 || n.whole.to > len(s.chars) || n.whole.from > n.whole.to || n.at.from < n.whole.from || n.at.to > n.whole.to {
				t.Fatalf("%q: a node of kind %d stands at %v in %v", src, n.kind, n.at, n.whole)
			}
			if n.kind == eachNode {
				if each++; each > 1 {
					t.Fatalf("%q nests list tests", src)
				}
				walk(n.kids[1], depth+1)
				each--
				walk(n.kids[0], depth+1)
				return
			}
			for _, kid := range n.kids {
				walk(kid, depth+1)
			}
		}
		walk(root, 0)
	})
}

// FuzzCompileText holds content to the same, and to giving back its literals.
func FuzzCompileText(f *testing.F) {
	for _, c := range evals {
		f.Add("Oi {{ " + c.src + " }}!")
	}
	for _, src := range []string{"", "{{", "}}", "{{}}", "a { b } c }} d", `{{ "{{" }}`, `{{ "}}" }}x`, "{{ any(contact.tags, {# == 1}) }}", "é {{ contact.id }} é {{ contact.city }}"} {
		f.Add(src)
	}
	env := clinic()
	f.Fuzz(func(t *testing.T, src string) {
		p, problems := CompileText(src, nil, env, Type{Kind: String})
		n := len([]rune(src))
		for _, d := range problems {
			if d.Span.Column < 1 || d.Span.EndColumn < d.Span.Column || d.Span.EndColumn > n+1 {
				t.Fatalf("%q: %+v", src, d)
			}
		}
		loaded, err := LoadText(src)
		if p == nil {
			if len(problems) == 0 {
				t.Fatalf("%q: neither a text nor a diagnostic", src)
			}
			return
		}
		if err != nil {
			t.Fatalf("%q does not load: %v", src, err)
		}
		a, errA := p.RenderText(ana())
		b, errB := loaded.RenderText(ana())
		if a != b || (errA == nil) != (errB == nil) {
			t.Fatalf("%q: typed %q (%v), loaded %q (%v)", src, a, errA, b, errB)
		}
		if !strings.Contains(src, "{{") && a != src {
			t.Fatalf("%q became %q", src, a)
		}
	})
}
