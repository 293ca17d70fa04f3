package expression

import (
	"fmt"
	"math/rand"
	"testing"
)

// randomCondition writes a condition over few values, so that it often comes out
// the same whatever they are.
func randomCondition(rng *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[rng.Intn(len(list))] }
	if depth == 0 || rng.Intn(4) == 0 {
		op := pick("==", "!=", "<", "<=", ">", ">=")
		switch rng.Intn(9) {
		case 0:
			return fmt.Sprintf("contact.visits %s %d", op, rng.Intn(4))
		case 1:
			return fmt.Sprintf("contact.score %s %d.5", op, rng.Intn(3))
		case 2:
			return fmt.Sprintf("contact.name %s %q", pick("==", "!="), pick("a", "b"))
		case 3:
			return fmt.Sprintf("contact.city %s %s", pick("==", "!="), pick(`"a"`, `"b"`, "nil"))
		case 4:
			return fmt.Sprintf("(contact.nps ?? %d) %s %d", rng.Intn(3), op, rng.Intn(4))
		case 5:
			return pick("contact.vip", "contact.vip == true", "contact.vip == false", "has(contact.nps)", "has(contact.city)", "true", "false")
		case 6:
			return fmt.Sprintf("contact.name in [%q, %q]", pick("a", "b"), pick("b", "c"))
		case 7:
			return fmt.Sprintf("contact.visits %s contact.score", op)
		default:
			return fmt.Sprintf("steps.rate.score %s %d", op, rng.Intn(7))
		}
	}
	a, b := randomCondition(rng, depth-1), randomCondition(rng, depth-1)
	switch rng.Intn(4) {
	case 0:
		return "not (" + a + ")"
	case 1:
		return "((" + a + ") ? (" + b + ") : (" + randomCondition(rng, depth-1) + "))"
	case 2:
		return "(" + a + " and " + b + ")"
	}
	return "(" + a + " or " + b + ")"
}

// What is decided is so in every world: conditions that are said to be always
// true or always false, alone or after others, are run with random values.
func TestDecidedIsSo(t *testing.T) {
	rng := rand.New(rand.NewSource(7))
	decided, after := 0, 0
	for range 2_500 {
		src := randomCondition(rng, 3)
		p, _ := Compile(src, nil, decideEnv(), Type{Kind: Bool})
		first, _ := Compile(randomCondition(rng, 2), nil, decideEnv(), Type{Kind: Bool})
		if p == nil || first == nil {
			continue // too long, or a mistake in it
		}
		values := func(path string) []any { return decideValues[path] }
		always, alone := Decide(p, nil, values)
		later, shadowed := Decide(p, []*Program{first}, values)
		if !alone && !shadowed {
			continue
		}
		if alone {
			decided++
		}
		if shadowed {
			after++
		}
		for range 30 {
			s := randomWorld(rng)
			got, err := p.Bool(s)
			if err != nil {
				continue
			}
			if alone && got != always {
				t.Fatalf("%s is said to be always %v, and is %v for %v", src, always, got, s.Roots)
			}
			if taken, err := first.Bool(s); shadowed && err == nil && !taken && got != later {
				t.Fatalf("%s after %s is said to be always %v, and is %v for %v", src, first.Source(), later, got, s.Roots)
			}
		}
	}
	if decided < 100 || after < 100 {
		t.Errorf("only %d and %d are decided: this proves little", decided, after)
	}
}

func randomWorld(rng *rand.Rand) *Scope {
	contact := map[string]any{
		"visits": rng.Intn(6) - 1, "score": float64(rng.Intn(9)) / 2, "vip": rng.Intn(2) == 0, "name": string(rune('a' + rng.Intn(4))),
		"city": nil, "nps": nil,
	}
	if rng.Intn(3) > 0 {
		contact["city"], contact["nps"] = string(rune('a'+rng.Intn(3))), rng.Intn(6)-1
	}
	return &Scope{Roots: map[string]any{"contact": contact, "steps": map[string]any{"rate": map[string]any{"score": 1 + rng.Intn(5), "outcome": "low"}}}}
}
