package simulator

import (
	"fmt"
	"slices"

	"jornada/dsl"
)

// Coverage counts which outcomes of a journey's steps scenarios have reached. An
// outcome counts when it is a decision of the author's: the normal one, those
// that must be handled, and the optional ones (undelivered, failed, unavailable,
// exhausted, a scale's other) that lead somewhere else than they would by
// themselves. Steps without an outcome (exit, goto) count as taken.
type Coverage struct {
	Journey string         `json:"journey"`
	Steps   []StepCoverage `json:"steps"` // in the order of the file
}

// StepCoverage are the outcomes of one step.
type StepCoverage struct {
	Step     string            `json:"step"`
	Outcomes []OutcomeCoverage `json:"outcomes"`
}

// OutcomeCoverage is one outcome and how often it was reached.
type OutcomeCoverage struct {
	Outcome string `json:"outcome"`
	Count   int    `json:"count"`
}

// taken is what counts of a step without outcomes of its own.
const taken = "taken"

// NewCoverage lists what there is to reach in a journey.
func NewCoverage(plan *dsl.Plan) *Coverage {
	c := &Coverage{Journey: plan.Journey}
	nodes := make([]*dsl.Node, 0, len(plan.Nodes))
	for _, id := range sortedKeys(plan.Nodes) {
		nodes = append(nodes, plan.Nodes[id])
	}
	slices.SortStableFunc(nodes, func(a, b *dsl.Node) int { return a.Line - b.Line })
	for _, n := range nodes {
		s := StepCoverage{Step: n.ID}
		for _, o := range outcomesOf(n) {
			s.Outcomes = append(s.Outcomes, OutcomeCoverage{Outcome: o})
		}
		c.Steps = append(c.Steps, s)
	}
	return c
}

// outcomesOf are the outcomes of a step that count, the likely ones first.
func outcomesOf(n *dsl.Node) []string {
	if n.Exit != "" || n.Verb == "exit" {
		return []string{taken}
	}
	var all []string
	add := func(o string) {
		if o != "" && !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	if n.Goto != nil {
		add(taken)
	}
	add(n.Normal)
	if n.Ask != nil {
		for _, o := range n.Ask.Options {
			add(o.ID)
		}
		if n.Ask.Scale != nil {
			for _, b := range n.Ask.Scale.Bands {
				add(b.Outcome)
			}
		}
	}
	for _, o := range sortedKeys(n.Edges) {
		if !optional(n, o) {
			add(o)
		}
	}
	return all
}

// optional reports whether an outcome goes where it would go by itself, so that
// its author decided nothing about it.
func optional(n *dsl.Node, outcome string) bool {
	byItself := n.Next
	switch outcome {
	case "undelivered":
		if n.Ask != nil {
			byItself = n.Edges["timeout"] // who was never asked is silent
		}
	case "failed", "unavailable", "exhausted":
	case "other":
		if n.Ask == nil || n.Ask.Scale == nil {
			return false
		}
	default:
		return false
	}
	return n.Edges[outcome] == byItself
}

// Add counts what one scenario reached.
func (c *Coverage) Add(t *Transcript) {
	for i := range c.Steps {
		s := &c.Steps[i]
		for j := range s.Outcomes {
			s.Outcomes[j].Count += t.Outcomes[s.Step][s.Outcomes[j].Outcome]
		}
	}
}

// Counts are how many outcomes were reached, of how many.
func (c *Coverage) Counts() (reached, all int) {
	for _, s := range c.Steps {
		for _, o := range s.Outcomes {
			all++
			if o.Count > 0 {
				reached++
			}
		}
	}
	return reached, all
}

// Untested are the steps with an outcome that was never reached, each with all
// its outcomes: "confirm: confirmed ✓ cancelled ✗ timeout ✗".
func (c *Coverage) Untested() []string {
	var lines []string
	for _, s := range c.Steps {
		line, missing := s.Step+":", false
		for _, o := range s.Outcomes {
			mark := "✓"
			if o.Count == 0 {
				mark, missing = "✗", true
			}
			line += fmt.Sprintf(" %s %s", o.Outcome, mark)
		}
		if missing {
			lines = append(lines, line)
		}
	}
	return lines
}

// Percent is a share in whole percent, rounded down: 100 means all.
func Percent(reached, all int) int {
	if all == 0 {
		return 100
	}
	return reached * 100 / all
}
