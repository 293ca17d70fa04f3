package dsl

import (
	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// ruleEntry: the audience is a condition, and the key is one plain value.
func ruleEntry(c *checker) {
	c.expression(c.journey.Audience, c.entryEnv, condition)
	if c.journey.Entry == nil {
		return
	}
	key := c.journey.Entry.Key
	program := c.expression(key, c.entryEnv, expression.Type{})
	if program == nil {
		return
	}
	switch t := program.Type(); t.Kind {
	case expression.List, expression.Object, expression.Bool:
		c.report("J0303", key.Span(), diag.T("the entry key must be one text or number, not %s", "a chave de entrada deve ser um texto ou número, não %s", t.String())).
			Hint = diag.T("use an id: contact.id, inputs.appointment_id", "use um id: contact.id, inputs.appointment_id")
	}
}
