package dsl

import (
	"reflect"
	"slices"
	"strings"

	"jornada/dsl/expression"
	"jornada/dsl/flow"
)

// Lack is a reading that an enrollment from another version cannot be proved to
// survive: on some way from where it goes on, Reader reads the result of Step,
// which it has not been through, or whose Field is not there.
type Lack struct {
	Reader string // a step; "" = a goal or exit
	Step   string
	Field  string // "" = the step has not run at all
}

// history tells what an enrollment has been through: whether a step of this
// version has run and, with a class (see resultClass), left those fields.
type history func(step, class string) bool

// Lacks lists what whoever waits at a step of an older version may lack in this
// one, as far as the older version alone tells: what has run on every way to that
// step. It is the same proof as that of the checker (J0504), begun at the step
// where they wait instead of at the first one.
func (p *Plan) Lacks(old *Plan, at string) []Lack {
	return p.lacks(p.Renamed(at), false, p.knownFrom(old, at))
}

// knownFrom is what has surely run when an enrollment waits at a step of the old
// version, under the names of this one.
func (p *Plan) knownFrom(old *Plan, at string) history {
	h := &hasRun{plan: old, g: old.graph(), numbers: map[string]int{}}
	for _, id := range sortedKeys(old.Nodes) {
		h.number(id)
		for _, class := range classesOf(old.Nodes[id]) {
			h.number(id + "#" + class)
		}
	}
	roots := map[int]flow.Set{}
	for _, root := range h.g.roots {
		roots[root] = flow.NewSet(len(h.numbers))
	}
	states, reached := h.solve(roots)
	point, ok := h.g.at[at]
	if again, isRepeat := h.g.again[at]; isRepeat {
		point = again
	}
	if !ok || !reached[point] {
		return func(string, string) bool { return false }
	}
	return p.remembered(old, func(name, class string) bool {
		if class != "" {
			name += "#" + class
		}
		i, known := h.numbers[name]
		return known && states[point].Has(i)
	})
}

// remembered reads an enrollment's past, which it knows under the names of the old
// version, as this one does. What a step of another kind left is of no use.
func (p *Plan) remembered(old *Plan, past history) history {
	return func(step, class string) bool {
		return slices.ContainsFunc(p.names(step), func(name string) bool {
			was, is := old.Nodes[name], p.Nodes[step]
			return was != nil && is != nil && was.Verb == is.Verb && past(name, class)
		})
	}
}

// lacks is the proof. fresh says that the step begins anew, as after `--move`; else
// the enrollment rests in it and goes on from there.
func (p *Plan) lacks(from string, fresh bool, known history) []Lack {
	h := &hasRun{plan: p, g: p.graph(), numbers: map[string]int{}}
	h.collect()
	if len(h.demands) == 0 {
		return nil
	}
	start := flow.NewSet(len(h.numbers))
	for _, fact := range sortedKeys(h.numbers) {
		step, class, _ := strings.Cut(fact, "#")
		if known(step, class) {
			start = start.With(h.numbers[fact])
		}
	}
	roots := map[int]flow.Set{}
	arrive := func(point int, s flow.Set) {
		if before, twice := roots[point]; twice {
			s = s.Both(before)
		}
		roots[point] = s
	}
	point, ok := h.g.at[from]
	switch {
	case !ok:
		arrive(h.g.roots[0], start)
	case fresh:
		arrive(point, start)
	default:
		rests := point
		if again, isRepeat := h.g.again[from]; isRepeat {
			rests = again
		}
		for _, i := range h.g.Out(rests) {
			if e := h.g.Edges[i]; e.Kind != flow.Skip {
				arrive(e.To, h.along(e, start))
			}
		}
	}
	if failure, has := h.g.at[p.OnFailure]; has {
		arrive(failure, start) // whatever comes next may fail
	}
	states, reached := h.solve(roots)
	var list []Lack
	for _, d := range h.demands {
		s := start // of goals and exits: they are looked at from now on
		if d.reader != "" {
			at := h.g.at[d.reader]
			if d.again {
				at = h.g.again[d.reader]
			}
			resting := d.reader == from && !fresh && !d.guard
			switch {
			case reached[at] && resting:
				s = start.Both(h.within(states[at], d))
			case reached[at]:
				s = h.within(states[at], d)
			case !resting:
				continue
			}
		}
		if s.Has(h.numbers[d.fact]) {
			continue
		}
		step, class, _ := strings.Cut(d.fact, "#")
		one := Lack{Reader: d.reader, Step: step}
		if class != "" {
			one.Field = d.field
		}
		if !slices.ContainsFunc(list, func(l Lack) bool { return l.Reader == one.Reader && l.Step == one.Step }) {
			list = append(list, one)
		}
	}
	return list
}

// hasRun is definite assignment of step results over a plan, whose sources are
// read again: a plan keeps no syntax trees.
type hasRun struct {
	plan    *Plan
	g       *planGraph
	numbers map[string]int // of facts: "rate", "rate#answer"
	demands []reading
}

// reading is a place that needs a fact.
type reading struct {
	reader string
	fact   string
	field  string
	guard  bool // it is the reader's own guard
	again  bool // it is looked at after a round
	cases  int  // of a switch: how many cases were looked at before
}

func (h *hasRun) number(fact string) {
	if _, known := h.numbers[fact]; !known {
		h.numbers[fact] = len(h.numbers)
	}
}

// collect finds what every expression and text of the plan needs of the steps.
func (h *hasRun) collect() {
	for _, i := range slices.Concat(h.plan.Goals, h.plan.Exits) {
		h.need(reading{}, needsOf(i.When))
		h.need(reading{}, needsOf(i.Where))
	}
	for _, id := range sortedKeys(h.plan.Nodes) {
		n := h.plan.Nodes[id]
		cases := map[*Expr]int{}
		for i, one := range n.Switch {
			cases[one.When] = i
		}
		visitSources(reflect.ValueOf(n), func(e *Expr) {
			h.need(reading{reader: id, guard: e == n.If, again: n.Repeat != nil && e == n.Repeat.Until, cases: cases[e]}, needsOf(e))
		}, func(t *Text) {
			h.need(reading{reader: id}, needsOfText(t.Source))
		})
		if n.Call != nil {
			for _, source := range bodySources(n.Call.Body) {
				h.need(reading{reader: id}, needsOfText(source))
			}
		}
	}
}

func (h *hasRun) need(at reading, needs []expression.Need) {
	for _, n := range needs {
		if n.Path[0] != "steps" || len(n.Path) < 2 || h.plan.Nodes[n.Path[1]] == nil {
			continue
		}
		if n.Missing(2) {
			at.fact, at.field = n.Path[1], ""
			h.number(at.fact)
			h.demands = append(h.demands, at)
		}
		if len(n.Path) > 2 && n.Missing(3) {
			if class := classOf(h.plan.Nodes[n.Path[1]], n.Path[2]); class != "" {
				at.fact, at.field = n.Path[1]+"#"+class, n.Path[2]
				h.number(at.fact)
				h.demands = append(h.demands, at)
			}
		}
	}
}

func (h *hasRun) solve(roots map[int]flow.Set) (states []flow.Set, reached []bool) {
	return flow.Solve(&h.g.Graph, flow.Problem[flow.Set]{
		Roots: roots, Along: h.along, Join: flow.Set.Both, Meet: flow.Set.Met, Equal: flow.Set.Equal,
	})
}

// along is what holds at the end of an edge.
func (h *hasRun) along(e flow.Edge, s flow.Set) flow.Set {
	from := h.g.steps[e.From]
	n := from.node
	if n == nil {
		return s
	}
	if from.role == beforeStep && n.If != nil {
		s = h.assume(s, n.If, e.Kind != flow.Skip)
	}
	if e.Kind == flow.Skip {
		return s
	}
	for _, one := range n.Switch {
		s = h.assume(s, one.When, one.ID == e.Label)
		if one.ID == e.Label {
			break
		}
	}
	if from.role == afterRound && n.Repeat.Until != nil {
		s = h.assume(s, n.Repeat.Until, e.Label == "done")
	}
	if e.Label == "" || e.Kind != flow.Flow || from.role == laneOver {
		return s
	}
	if i, known := h.numbers[n.ID]; known {
		s = s.With(i)
	}
	for _, class := range classesOf(n) {
		i, known := h.numbers[n.ID+"#"+class]
		switch {
		case !known:
		case leaves(class, e.Label):
			s = s.With(i)
		default:
			s = s.Without(i)
		}
	}
	return s
}

// assume adds what a condition proves.
func (h *hasRun) assume(s flow.Set, e *Expr, holds bool) flow.Set {
	if e == nil {
		return s
	}
	program, err := expression.Load(e.Source)
	if err != nil {
		return s
	}
	paths := program.Proves()
	if !holds {
		paths = program.ProvesNot()
	}
	for _, path := range paths {
		names := strings.Split(path, ".")
		if names[0] != "steps" || len(names) < 2 {
			continue
		}
		if i, known := h.numbers[names[1]]; known {
			s = s.With(i)
		}
		if n := h.plan.Nodes[names[1]]; n != nil && len(names) > 2 {
			if i, known := h.numbers[names[1]+"#"+classOf(n, names[2])]; known {
				s = s.With(i)
			}
		}
	}
	return s
}

// within is what holds where in its step a reading stands: behind the guard, and
// in a switch behind the cases above it.
func (h *hasRun) within(s flow.Set, d reading) flow.Set {
	n := h.plan.Nodes[d.reader]
	if d.guard {
		return s
	}
	if n.If != nil && !d.again {
		s = h.assume(s, n.If, true)
	}
	for _, one := range n.Switch[:min(d.cases, len(n.Switch))] {
		s = h.assume(s, one.When, false)
	}
	return s
}

func needsOf(e *Expr) []expression.Need {
	if e == nil {
		return nil
	}
	program, err := expression.Load(e.Source)
	if err != nil {
		return nil // it was published, so it loads
	}
	return program.Needs()
}

func needsOfText(source string) []expression.Need {
	if !strings.Contains(source, "{{") {
		return nil
	}
	text, err := expression.LoadText(source)
	if err != nil {
		return nil
	}
	return text.Needs()
}

// bodySources are the texts with expressions in a request body.
func bodySources(v any) []string {
	var list []string
	switch v := v.(type) {
	case map[string]any:
		if text, ok := v["$text"].(map[string]any); ok {
			source, _ := text["source"].(string)
			return []string{source}
		}
		for _, key := range sortedKeys(v) {
			list = append(list, bodySources(v[key])...)
		}
	case []any:
		for _, item := range v {
			list = append(list, bodySources(item)...)
		}
	}
	return list
}

// classesOf are the groups of fields that a step's result has only after some
// outcomes.
func classesOf(n *Node) []string {
	switch n.Verb {
	case "ask":
		return []string{"answer", "text"}
	case "wait":
		return []string{"event"}
	case "call":
		return []string{"body"}
	}
	return nil
}

// classOf is resultClass for a step of a plan.
func classOf(n *Node, field string) string {
	switch n.Verb {
	case "ask":
		return resultClass(&AskStep{}, field)
	case "wait":
		return resultClass(&WaitStep{}, field)
	case "call":
		return resultClass(&CallStep{}, field)
	}
	return ""
}
