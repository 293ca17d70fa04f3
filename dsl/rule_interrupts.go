package dsl

import "jornada/dsl/diag"

// ruleInterrupts: goals and exits have ids of their own (J0107), known events
// (J0401) and conditions; one exit at most is for failures.
func ruleInterrupts(c *checker) {
	var ids []*Scalar
	failure := 0
	for _, group := range [][]*InterruptDecl{c.journey.Goals, c.journey.Exits} {
		for _, i := range group {
			ids = append(ids, i.ID)
			c.expression(i.When, c.stepEnv, condition)
			if c.event(i.Event) {
				c.expression(i.Where, c.eventEnv(c.stepEnv, i.Event.Value), condition)
			}
			if i.Failure == nil {
				continue
			}
			if failure++; failure > 1 {
				c.report("J0107", i.Failure.At.Span(), diag.T("only one exit can be for failures", "só uma saída pode ser para falhas"))
			}
			if !i.Failure.Value {
				c.report("J0105", i.Failure.At.Span(), diag.T("`failure` is written `true` or not at all", "`failure` se escreve `true` ou não se escreve"))
			}
		}
	}
	c.unique(ids)
}
