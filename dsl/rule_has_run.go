package dsl

import (
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
	"jornada/dsl/flow"
)

// ruleHasRun: what a step's result is read for is there on every way to the
// reading (J0504): the step has run, and when it asked, somebody answered.
func ruleHasRun(c *checker) {
	c.definite("steps", func(p *proof, n expression.Need) {
		step := p.c.steps[n.Path[1]]
		if step == nil {
			return
		}
		p.demand(n, 2, step, "steps."+n.Path[1])
		if len(n.Path) > 2 {
			if class := resultClass(step.Body, n.Path[2]); class != "" {
				p.demand(n, 3, step, "steps."+n.Path[1]+"#"+class)
			}
		}
	})
}

// resultClass groups the fields of a result that are there after the same
// outcomes; "" are those that every result has.
func resultClass(b Body, field string) string {
	switch b.(type) {
	case *AskStep:
		switch field {
		case "text":
			return "text"
		case "score", "option", "value":
			return "answer"
		}
	case *WaitStep:
		if field == "event" {
			return "event"
		}
	case *CallStep:
		if field == "body" {
			return "body"
		}
	}
	return ""
}

// leaves reports whether an outcome leaves the fields of a class.
func leaves(class, outcome string) bool {
	switch class {
	case "text":
		return outcome != "timeout" && outcome != "undelivered"
	case "answer":
		return outcome != "timeout" && outcome != "undelivered" && outcome != "other"
	case "event":
		return outcome != "timeout"
	case "body":
		return outcome == "ok"
	}
	return true
}

// proof is one run of definite assignment: for every fact that some reading
// demands, the points where it surely holds.
type proof struct {
	c       *checker
	g       *planGraph
	root    string // steps or vars
	numbers map[string]int
	ofStep  map[string][]string // facts about a step, or a variable, by its id
	demands []demand
}

// demand is a reading that needs a fact.
type demand struct {
	need  expression.Need
	at    *Scalar
	names int // how much of the path the fact is about
	fact  string
	step  *Step // whose result is read; nil of a variable
	by    *Step // who reads; nil of a goal or exit
}

// definite collects the readings of a root, says what each demands, and reports
// those that are not proved.
func (c *checker) definite(root string, demands func(*proof, expression.Need)) {
	if len(c.uses) == 0 || c.flowGraph() == nil {
		return
	}
	p := &proof{c: c, g: c.graph, root: root, numbers: map[string]int{}, ofStep: map[string][]string{}}
	collect := func(by *Step) {
		for _, at := range c.uses[by] {
			for _, need := range c.reads[at].needs {
				if need.Path[0] != root || len(need.Path) < 2 {
					continue
				}
				before := len(p.demands)
				demands(p, need)
				for i := range p.demands[before:] {
					p.demands[before+i].at, p.demands[before+i].by = at, by
				}
			}
		}
	}
	collect(nil)
	c.journey.all(collect)
	if len(p.demands) > 0 {
		p.report()
	}
}

// demand asks for a fact about the first names of a reading, when it needs them.
func (p *proof) demand(n expression.Need, names int, step *Step, fact string) {
	if !n.Missing(names) {
		return
	}
	if _, known := p.numbers[fact]; !known {
		p.numbers[fact] = len(p.numbers)
		p.ofStep[n.Path[1]] = append(p.ofStep[n.Path[1]], fact)
	}
	p.demands = append(p.demands, demand{need: n, names: names, fact: fact, step: step})
}

// along is what holds at the end of an edge.
func (p *proof) along(e flow.Edge, s flow.Set) flow.Set {
	for _, look := range p.c.conditions(p.g, e) {
		s = p.assume(s, look)
	}
	from := p.g.steps[e.From]
	if e.Label == "" || e.Kind != flow.Flow || from.node == nil || from.role == laneOver {
		return s
	}
	if p.root == "vars" {
		for name := range from.node.Set {
			if i, ok := p.numbers["vars."+name]; ok {
				s = s.With(i)
			}
		}
		return s
	}
	for _, fact := range p.ofStep[from.node.ID] {
		_, class, _ := strings.Cut(fact, "#")
		if leaves(class, e.Label) {
			s = s.With(p.numbers[fact])
		} else {
			s = s.Without(p.numbers[fact])
		}
	}
	return s
}

// assume adds what a condition proves: that `steps.x.score` has a value proves
// that x has run, and was answered.
func (p *proof) assume(s flow.Set, look lookedAt) flow.Set {
	for _, path := range p.c.facts(look.at, look.holds) {
		names := strings.Split(path, ".")
		if names[0] != p.root || len(names) < 2 {
			continue
		}
		for _, fact := range p.ofStep[names[1]] {
			_, class, _ := strings.Cut(fact, "#")
			step := p.c.steps[names[1]]
			if class == "" || len(names) > 2 && step != nil && resultClass(step.Body, names[2]) == class {
				s = s.With(p.numbers[fact])
			}
		}
	}
	return s
}

func (p *proof) report() {
	roots := map[int]flow.Set{}
	for _, root := range p.g.roots {
		roots[root] = flow.NewSet(len(p.numbers))
	}
	states, reached := flow.Solve(&p.g.Graph, flow.Problem[flow.Set]{
		Roots: roots, Along: p.along, Join: flow.Set.Both, Meet: flow.Set.Met, Equal: flow.Set.Equal, Widen: flow.Set.Both,
	})
	type mistake struct {
		by   *Step
		name string
	}
	told := map[mistake]bool{} // that a step may not have run says, too, that it left nothing
	for _, d := range p.demands {
		one := mistake{d.by, d.need.Path[1]}
		if p.c.full() {
			return
		}
		if told[one] {
			continue
		}
		if d.by == nil {
			told[one] = true
			p.c.unproved(p, d, nil, diag.T("goals and exits are looked at from the first step on", "metas e saídas são verificadas desde o primeiro passo"))
			continue
		}
		point, ok := p.g.at[d.by.ID.Value]
		if !ok {
			continue
		}
		if r, isRepeat := d.by.Body.(*RepeatStep); isRepeat && r.Until == d.at {
			point = p.g.again[d.by.ID.Value]
		}
		if !reached[point] {
			continue
		}
		holds := p.within(states[point], d)
		if holds.Has(p.numbers[d.fact]) {
			continue
		}
		told[one] = true
		p.c.unproved(p, d, p.way(point, d), diag.Text{})
	}
}

// within is what holds where in its step a reading stands: behind the guard, and
// in a switch behind the cases above it.
func (p *proof) within(s flow.Set, d demand) flow.Set {
	if d.at == d.by.If {
		return s
	}
	if r, isRepeat := d.by.Body.(*RepeatStep); d.by.If != nil && !(isRepeat && r.Until == d.at) {
		s = p.assume(s, lookedAt{d.by.If, true})
	}
	if body, ok := d.by.Body.(*SwitchStep); ok {
		for _, one := range body.Cases {
			if one.When == d.at {
				break
			}
			s = p.assume(s, lookedAt{one.When, false})
		}
	}
	return s
}

// way is a path to a point on which the fact does not hold.
func (p *proof) way(point int, d demand) []int {
	number := p.numbers[d.fact]
	empty := flow.NewSet(len(p.numbers))
	full := empty.With(number)
	about := -1
	for point, s := range p.g.steps { // the step that makes it so
		if s.node == nil || s.role != beforeStep {
			continue
		}
		_, sets := s.node.Set[d.need.Path[1]]
		if d.step != nil && d.step.ID.Value == s.node.ID || d.step == nil && sets {
			about = point
			break
		}
	}
	return p.g.Path(p.g.roots, point, func(e flow.Edge, yes bool) bool {
		s := empty
		if yes {
			s = full
		}
		return p.along(e, s).Has(number)
	}, p.g.lanesTo(point, about))
}

// unproved reports a reading of what may not be there.
func (c *checker) unproved(p *proof, d demand, way []int, why diag.Text) {
	name := d.need.Path[1]
	reader, readerPt := "a goal or exit", "uma meta ou saída"
	c.step = ""
	if d.by != nil {
		c.step = d.by.ID.Value
		reader, readerPt = "`"+d.by.ID.Value+"`", "`"+d.by.ID.Value+"`"
		path := p.g.example(way, d.by.ID.Value)
		why = diag.T("for example: %s", "por exemplo: %s", path.En)
		why.Pt = "por exemplo: " + path.Pt
		if path.En == d.by.ID.Value {
			why = diag.T("nothing on the way to `%s` decides this: it is always so", "nada no caminho até `%s` decide isso: é sempre assim", d.by.ID.Value)
		}
	}
	place := d.need.Spans[d.names-1]
	at := d.at.Locate(place[0], place[1])
	if d.step == nil {
		m := c.report("J0506", at, diag.Text{
			En: "variable `" + name + "` may have no value when " + reader + " reads it",
			Pt: "a variável `" + name + "` pode não ter valor quando " + readerPt + " a lê",
		})
		m.Note = why
		m.Hint = diag.T("give it a value under `vars:`, set it on every path, or read vars.%s ?? …", "dê um valor a ela em `vars:`, defina-a em todos os caminhos, ou leia vars.%s ?? …", name)
		return
	}
	field := d.need.Path[d.names-1]
	message := diag.Text{
		En: "step `" + name + "` may not have run when " + reader + " reads it",
		Pt: "o passo `" + name + "` pode não ter rodado quando " + readerPt + " o lê",
	}
	hint := diag.T("use steps.%s?.… with ??, or move this into a branch of `%s`", "use steps.%s?.… com ??, ou mova isto para um ramo de `%s`", name, name)
	if d.names > 2 {
		message = diag.Text{
			En: "step `" + name + "` may have no `" + field + "` when " + reader + " reads it",
			Pt: "o passo `" + name + "` pode não ter `" + field + "` quando " + readerPt + " o lê",
		}
		hint = diag.T("use steps.%s.%s ?? …, or move this into a branch of `%s` that has it", "use steps.%s.%s ?? …, ou mova isto para um ramo de `%s` que o tenha", name, field, name)
	}
	m := c.report("J0504", at, message)
	m.Note, m.Hint = why, hint
}
