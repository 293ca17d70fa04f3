package dsl

import (
	"slices"

	"jornada/dsl/diag"
)

// ruleContact: a schedule without a segment has nobody to start for, so it may
// only start a journey that neither reads a contact nor writes to one (J0104).
func ruleContact(c *checker) {
	for _, t := range c.journey.Triggers {
		if t.Schedule == nil || t.Segment != nil || !c.needsContact() {
			continue
		}
		c.report("J0104", t.node.headSpan(), diag.T("this schedule does not say for whom: the journey needs a contact", "este horário não diz para quem: a jornada precisa de um contato")).
			Hint = diag.T("add `segment: …` beside `schedule`", "acrescente `segment: …` ao lado de `schedule`")
	}
}

// needsContact is Plan.NeedsContact before there is a plan.
func (c *checker) needsContact() bool {
	if c.journey.Entry == nil || c.journey.Entry.Key == nil {
		return true // the default key is contact.id
	}
	for _, r := range c.reads {
		if slices.Contains(r.roots, "contact") || slices.Contains(r.roots, "window") {
			return true
		}
	}
	needs := false
	c.journey.all(func(s *Step) {
		switch body := s.Body.(type) {
		case *SendStep, *AskStep, *HandoffStep, *UpdateStep, *SplitStep:
			needs = true
		case *EnrollStep:
			needs = needs || body.Contact == nil
		case *WaitStep:
			needs = needs || slices.ContainsFunc(body.Events, func(e *WaitEventDecl) bool { return e.Event == nil })
		}
	})
	return needs
}
