package expression

import (
	"strings"
	"testing"
)

func decideEnv() *Env {
	object := func(f Fields) Type { return Type{Kind: Object, Fields: f} }
	return NewEnv(Fields{
		"contact": object(Fields{
			"visits": {Kind: Int}, "score": {Kind: Number}, "city": {Kind: String, Optional: true}, "vip": {Kind: Bool},
			"nps": {Kind: Int, Optional: true}, "born": {Kind: Time, Optional: true}, "name": {Kind: String},
		}),
		"steps": object(Fields{"rate": object(Fields{"score": {Kind: Int}, "outcome": {Kind: String}})}),
	}, EnvOptions{})
}

var decideValues = map[string][]any{"steps.rate.score": {1, 2, 3, 4, 5}, "steps.rate.outcome": {"low", "high"}}

// Only what is the same in every world is decided.
func TestDecide(t *testing.T) {
	for src, want := range map[string]string{
		`1 > 2`: "false", `2 > 1`: "true", `true`: "true", `not true`: "false", `"a" == "a"`: "true", `1 in [1, 2]`: "true",
		`contact.visits > 5`: "", `contact.visits > 5 and contact.visits < 3`: "false", `contact.visits > 5 or contact.visits <= 5`: "true",
		`contact.visits > 5 and contact.visits < 7`: "", `contact.visits > 5 and contact.visits < 6`: "false", // whole numbers
		`contact.score > 5 and contact.score < 6`: "", `contact.score >= 5 and contact.score <= 5`: "",
		`contact.name == "a" and contact.name == "b"`: "false", `contact.name != "a" or contact.name != "b"`: "true",
		`contact.name == "a" or contact.name == "b"`: "", `contact.name in ["a"] and contact.name != "a"`: "false",
		`contact.vip and not contact.vip`: "false", `contact.vip == true or contact.vip == false`: "true",
		`has(contact.city) and contact.city == nil`: "false", `has(contact.city) or not has(contact.city)`: "true", `contact.city == "x"`: "",
		`(contact.nps ?? 0) >= 9 and not has(contact.nps)`: "false", `(contact.nps ?? 10) >= 9 and not has(contact.nps)`: "",
		`has(contact.born) and contact.born == nil`: "false",
		`has(contact.name)`:                         "", `contact.name != nil`: "", `has(steps.rate.score)`: "", `has(steps.rate.score) and steps.rate.score > 5`: "false",
		`steps.rate.score > 5`: "false", `steps.rate.score >= 1`: "true", `steps.rate.score > 4`: "", `steps.rate?.score >= 1`: "",
		`steps.rate.outcome == "low" or steps.rate.outcome == "high"`: "true", `steps.rate.outcome == "middle"`: "false",
		`weekday(now) == "mon" and weekday(now) != "mon"`: "false", `weekday(now)=="mon" or contact.vip`: "",
		`weekday( now ) == "a b" and weekday(now) == "ab"`:                  "", // texts keep their blanks
		`contact.visits > contact.score or contact.visits <= contact.score`: "true", `contact.vip ? contact.visits > 1 : contact.visits > 1`: "",
		`contact.vip ? true : contact.vip`: "", `contact.vip ? true : not contact.vip`: "true", `(contact.city ?? "x") == "x"`: "",
		`contact.name < "a" and contact.name > "b"`: "", // the order of texts is not looked at
		`any([1, 2], # > 1)`:                        "", `contact.visits > -1 and contact.visits < -3`: "false",
	} {
		if src == `steps.rate?.score >= 1` { // may be missing: it must be given a value
			src = `(steps.rate?.score ?? 0) >= 1`
		}
		p, problems := Compile(src, nil, decideEnv(), Type{Kind: Bool})
		if p == nil {
			t.Errorf("%s: %v", src, problems)
			continue
		}
		got := ""
		if always, decided := Decide(p, nil, func(path string) []any { return decideValues[path] }); decided {
			got = map[bool]string{true: "true", false: "false"}[always]
		}
		if got != want {
			t.Errorf("%s is decided as %q, want %q", src, got, want)
		}
	}
}

// A case is shadowed when those above leave nothing to it.
func TestDecideAfterOthers(t *testing.T) {
	compile := func(src string) *Program {
		p, problems := Compile(src, nil, decideEnv(), Type{Kind: Bool})
		if p == nil {
			t.Fatalf("%s: %v", src, problems)
		}
		return p
	}
	for _, c := range []struct {
		src      string
		above    []string
		shadowed bool
	}{
		{`contact.visits > 10`, []string{`contact.visits > 5`}, true},
		{`contact.visits > 5`, []string{`contact.visits > 10`}, false},
		{`contact.visits < 3`, []string{`contact.visits >= 5`, `contact.visits < 5`}, true},
		{`contact.name == "a" and contact.vip`, []string{`contact.name == "a"`}, true},
		{`contact.name == "a"`, []string{`contact.name == "a" and contact.vip`}, false},
		{`contact.name == "a"`, []string{`contact.name == "a" and contact.vip`, `not contact.vip`}, true},
	} {
		var above []*Program
		for _, src := range c.above {
			above = append(above, compile(src))
		}
		applies, decided := Decide(compile(c.src), above, nil)
		if got := decided && !applies; got != c.shadowed {
			t.Errorf("%s after %v: shadowed=%v, want %v", c.src, c.above, got, c.shadowed)
		}
	}
}

// Many variables are more worlds than are tried: nothing is claimed.
func TestDecideGivesUp(t *testing.T) {
	var src strings.Builder
	src.WriteString("contact.vip")
	for c := 'a'; c < 'n'; c++ {
		src.WriteString(` or weekday(now) == "` + string(c) + `"`)
	}
	p, problems := Compile(src.String()+" or true", nil, decideEnv(), Type{Kind: Bool})
	if p == nil {
		t.Fatal(problems)
	}
	if _, decided := Decide(p, nil, nil); decided {
		t.Error("decided more than was tried")
	}
}
