package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// ruleOutcomes: branches are for outcomes that can happen (J0530), and the
// outcomes that are decisions have one (J0531).
func ruleOutcomes(c *checker) {
	c.journey.all(func(s *Step) {
		c.step = s.ID.String()
		if s.Body == nil || s.ID == nil || c.journey.broken[c.step] {
			return // its outcomes are not known before its mistakes of form are mended
		}
		if _, lanes := s.Body.(*ParallelStep); lanes {
			return
		}
		o := s.Body.outcomes(c.ws)
		possible := o.all()
		if e, ok := s.Body.(*EnrollStep); !ok || c.knows(e) {
			c.impossible(s, o, possible)
		}
		var missing []string
		for _, outcome := range o.Must {
			if s.branch(outcome) == nil && s.branch(otherwise) == nil && !slices.Contains(missing, outcome) {
				missing = append(missing, outcome)
			}
		}
		// A branch under a misspelled name is one mistake, not two.
		missing = slices.DeleteFunc(missing, func(outcome string) bool {
			return slices.ContainsFunc(s.Branches, func(b *Branch) bool {
				return !slices.Contains(possible, b.Outcome.Value) && diag.Near(b.Outcome.Value, []string{outcome}) != ""
			})
		})
		if len(missing) == 0 {
			return
		}
		c.report("J0531", s.at(), diag.T("`%s` does not say what happens on: %s", "`%s` não diz o que acontece em: %s", s.label(), strings.Join(missing, ", "))).
			Hint = diag.T("add these under `branches:` (an empty list `[]` means \"just continue\"), or add `otherwise:`",
			"acrescente estes em `branches:` (uma lista vazia `[]` significa \"apenas continue\"), ou acrescente `otherwise:`")
	})
}

// knows reports whether the endings of an enrolled journey are known.
func (c *checker) knows(e *EnrollStep) bool {
	_, ok := c.ws.Journeys[e.Journey.String()]
	return ok
}

func (c *checker) impossible(s *Step, o outcomes, possible []string) {
	for _, b := range s.Branches {
		name := b.Outcome.Value
		if slices.Contains(possible, name) || name == otherwise && len(o.Must)+len(o.May) > 0 {
			continue
		}
		d := c.report("J0530", b.Outcome.Span(), diag.T("`%s` never ends with `%s`", "`%s` nunca termina com `%s`", s.label(), name))
		d.Suggestion = didYouMean(name, possible)
		if len(possible) == 0 {
			d.Hint = diag.T("`%s` has no outcomes; put the steps below it", "`%s` não tem resultados; ponha os passos abaixo dele", s.Verb.Value)
			continue
		}
		d.Hint = diag.T("possible outcomes: %s", "resultados possíveis: %s", strings.Join(possible, ", "))
	}
}
