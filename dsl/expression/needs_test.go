package expression

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What must be there for a reading not to break or leave a hole, and what a
// condition of the same expression proves.
func TestNeeds(t *testing.T) {
	for source, want := range map[string]string{
		`a.b.c`:                             "a.b.c 3/0",
		`a.b.c == 3`:                        "a.b.c 2/0",
		`3 != a.b.c`:                        "a.b.c 2/0",
		`a.b.c > 3`:                         "a.b.c 3/0",
		`a.b.c ?? 0`:                        "a.b.c 0/0",
		`has(a.b.c)`:                        "a.b.c 0/0",
		`a.b?.c`:                            "a.b.c 1/0",
		`a?.b.c`:                            "a.b.c 0/0",
		`a.b?.c ?? d.e`:                     "a.b.c 0/0 d.e 2/0",
		`a.b.c in [1]`:                      "a.b.c 2/0",
		`1 in a.b.c`:                        "a.b.c 3/0",
		`has(a.b) and a.b.c > 3`:            "a.b 0/0 a.b.c 3/2",
		`a.b?.c == "x" and a.b.d > 3`:       "a.b.c 1/0 a.b.d 3/2",
		`not has(a.b.c) or a.b.c > 3`:       "a.b.c 0/0 a.b.c 3/3",
		`has(a.b) ? a.b.c : a.b.d`:          "a.b 0/0 a.b.c 3/2 a.b.d 3/0",
		`any(l, # == a.b.c) and len(x) > 1`: "l 1/0 a.b.c 2/0 x 1/0",
	} {
		p, err := Load(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		var got []string
		for _, n := range p.Needs() {
			got = append(got, fmt.Sprintf("%s %d/%d", strings.Join(n.Path, "."), n.Must, n.Known))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s needs %s, want %s", source, strings.Join(got, " "), want)
		}
	}
	text, err := LoadText("Oi {{ a.b }}, {{ c.d ?? 'x' }}")
	if err != nil {
		t.Fatal(err)
	}
	needs := text.Needs()
	if len(needs) != 2 || needs[0].Must != 2 || needs[1].Must != 0 || needs[0].From != 6 || !needs[0].Missing(2) || needs[1].Missing(1) {
		t.Errorf("of a text: %+v", needs)
	}
}

// What a condition says when it holds, and when it does not.
func TestProvesAndImpliesNot(t *testing.T) {
	for source, want := range map[string]struct{ proves, provesNot, implies, impliesNot string }{
		`has(a.b)`:                    {"a a.b", "", "", ""},
		`not has(a.b)`:                {"", "a a.b", "", ""},
		`a.open`:                      {"", "", "a.open", ""},
		`not a.open`:                  {"", "", "", "a.open"},
		`a.open and b.open`:           {"", "", "a.open b.open", ""},
		`a.open or b.open`:            {"", "", "", ""},
		`not a.open or not b.open`:    {"", "", "", "a.open b.open"},
		`not (not a.open or b.open)`:  {"", "", "a.open", ""},
		`not (not a.open and b.open)`: {"", "", "", "b.open"},
		`a.open == true`:              {"a a.open", "", "a.open", ""},
		`a.open != true`:              {"", "a a.open", "", "a.open"},
		`a.open == false`:             {"a a.open", "", "", ""}, // what is missing is not false either
		`a.open != false`:             {"", "a a.open", "", ""},
	} {
		p, err := Load(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got := []string{strings.Join(p.Proves(), " "), strings.Join(p.ProvesNot(), " "), strings.Join(p.Implies(), " "), strings.Join(p.ImpliesNot(), " ")}
		if !slices.Equal(got, []string{want.proves, want.provesNot, want.implies, want.impliesNot}) {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}

// Who writes `?.` says that the value may be missing, and has to meet that.
func TestSafeReadingsAreOptional(t *testing.T) {
	env := NewEnv(Fields{"steps": {Kind: Object, Fields: Fields{"rate": {Kind: Object, Fields: Fields{"score": {Kind: Int}, "outcome": {Kind: String}}}}}}, EnvOptions{})
	for source, code := range map[string]string{
		`steps.rate.score > 3`:                                "",
		`steps.rate?.score > 3`:                               "J0311",
		`(steps.rate?.score ?? 0) > 3`:                        "",
		`steps.rate?.outcome == "x"`:                          "",
		`has(steps.rate) and steps.rate?.score > 3`:           "",
		`steps.rate?.outcome == "x" and steps.rate.score > 3`: "",
	} {
		_, list := Compile(source, nil, env, Type{Kind: Bool})
		got := ""
		if len(list) > 0 {
			got = list[0].Code
		}
		if got != code {
			t.Errorf("%s: %q, want %q", source, got, code)
		}
	}
}
