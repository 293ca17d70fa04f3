package dsl

import (
	"slices"

	"jornada/dsl/diag"
)

// ruleUnreachable: every step can be reached (J0503), and a goto stays in its
// scope (J0523, from the step's own check).
func ruleUnreachable(c *checker) {
	r := &reachability{reachable: map[*Step]bool{}, targets: map[string]bool{}}
	for grown := true; grown; {
		before := len(r.targets)
		r.list(c.journey.Steps)
		for _, e := range c.journey.Exits {
			r.list(e.Steps)
		}
		grown = len(r.targets) > before
	}
	c.reportUnreachable(r, c.journey.Steps)
	for _, e := range c.journey.Exits {
		c.reportUnreachable(r, e.Steps)
	}
}

type reachability struct {
	reachable map[*Step]bool
	targets   map[string]bool // steps that a reachable goto jumps to
}

// list follows a list of steps and reports whether its end can be reached.
func (r *reachability) list(steps []*Step) bool {
	alive := true
	for _, s := range steps {
		if !alive && !r.targets[s.label()] {
			continue
		}
		r.reachable[s] = true
		alive = r.step(s)
	}
	return alive
}

// step reports whether flow can go on below a step.
func (r *reachability) step(s *Step) bool {
	below := s.If != nil
	switch body := s.Body.(type) {
	case *ExitStep:
		return below
	case *ParallelStep:
		for _, b := range s.Branches {
			r.list(b.Steps)
		}
		return true
	case *RepeatStep:
		r.list(body.Steps)
	case *GotoStep:
		r.targets[body.Step.String()] = true
	case nil:
		below = true
	}
	for _, b := range s.Branches {
		below = r.list(b.Steps) || below
	}
	if s.Body == nil {
		return true
	}
	// An outcome without a branch continues below.
	o := s.Body.outcomes(&Workspace{})
	for _, outcome := range o.all() {
		caught := s.branch(outcome) != nil || s.branch(otherwise) != nil && outcome != o.Normal
		below = below || !caught && outcome != "failed"
	}
	return below
}

func (c *checker) reportUnreachable(r *reachability, steps []*Step) {
	for i, s := range steps {
		if !r.reachable[s] {
			if i > 0 && r.reachable[steps[i-1]] {
				before := steps[i-1]
				c.step = s.ID.String()
				d := c.report("J0503", s.at(), diag.T("`%s` can never be reached", "`%s` nunca pode ser alcançado", s.label()))
				d.Note = diag.T("every path ends at `%s`, just before it", "todos os caminhos terminam em `%s`, logo antes", before.label())
				d.Hint = diag.T("remove it, or put it before `%s`", "remova-o, ou ponha-o antes de `%s`", before.label())
			}
			continue
		}
		for list := range s.lists() {
			c.reportUnreachable(r, list)
		}
	}
}

// gotoScope: a goto reaches its own list of steps and the enclosing ones, but
// never out of a lane.
func (c *checker) gotoScope(step *Step, at *Scalar, target *Step) {
	want := c.parents[target].list
	var scope []string
	for s := step; ; {
		here := c.parents[s]
		if here.list == want {
			return
		}
		for id, other := range c.steps {
			if c.parents[other].list == here.list {
				scope = append(scope, id)
			}
		}
		if here.lane {
			c.outOfScope(at, scope, diag.T("`%s` is outside this lane of `%s`", "`%s` está fora desta raia de `%s`", at.Value, here.owner.label()))
			return
		}
		if here.owner == nil {
			break
		}
		s = here.owner
	}
	inside := diag.T("`%s` is not in this list of steps or an enclosing one", "`%s` não está nesta lista de passos nem em uma que a contém", at.Value)
	if owner := c.parents[target].owner; owner != nil {
		inside = diag.T("`%s` is inside a branch of `%s`: a goto cannot jump into it", "`%s` está dentro de um ramo de `%s`: um goto não pode saltar para lá", at.Value, owner.label())
	}
	c.outOfScope(at, scope, inside)
}

func (c *checker) outOfScope(at *Scalar, scope []string, message diag.Text) {
	slices.Sort(scope)
	c.report("J0523", at.Span(), message).Hint = listHint(diag.Text{En: "steps in reach", Pt: "passos ao alcance"}, scope)
}
