package dsl

import "jornada/dsl/expression"

// ruleHasValue: a variable that is declared by its type alone is set before it
// is read (J0506). One that may be missing (`slot: string?`) is the type
// checker's business.
func ruleHasValue(c *checker) {
	empty := map[string]bool{}
	for _, v := range c.journey.Vars {
		empty[v.Name.Value] = v.Default == nil && !v.Type.Optional && v.Type.Kind != expression.Any
	}
	c.definite("vars", func(p *proof, n expression.Need) {
		if empty[n.Path[1]] {
			p.demand(n, 2, nil, "vars."+n.Path[1])
		}
	})
}
