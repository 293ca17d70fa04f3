package dsl

import (
	"iter"
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// Step is one parsed step: an id, one verb, and the branches of its outcomes.
type Step struct {
	ID       *Scalar
	Name     *Scalar
	Was      []*Scalar // former ids
	If       *Scalar   // expression
	Verb     *Scalar   // the verb's key in the file
	Body     Body      // what the verb says
	Branches []*Branch
	InRepeat bool // inside the body of a repeat: `loop` exists

	node *node
}

// Branch is what happens after one outcome. Of a parallel it is a lane.
type Branch struct {
	Outcome *Scalar
	Steps   []*Step
}

// Body is the verb of a step. There is one type per verb, each in the file
// step_<verb>.go together with its key table, checks and lowering.
type Body interface {
	// outcomes are the ways the step can end.
	outcomes(ws *Workspace) outcomes
	// result is what steps.<id> offers afterwards, beside outcome and at.
	result() expression.Fields
	// check proves names, types and expressions.
	check(c *checker, s *Step)
	// lower writes the step into the plan's node.
	lower(l *lowering, s *Step, n *Node)
}

// outcomes are the ways a step can end. Normal needs no branch; Must has to be
// handled by a branch or `otherwise`; May continues below when it is not.
type outcomes struct {
	Normal    string
	Must, May []string
}

func (o outcomes) all() []string {
	var all []string
	seen := map[string]bool{"": o.Normal == ""} // of a split there may be many
	for _, name := range slices.Concat([]string{o.Normal}, o.Must, o.May) {
		if !seen[name] {
			seen[name] = true
			all = append(all, name)
		}
	}
	return all
}

// verb is one row of the table of verbs.
type verb struct {
	name  string
	doc   diag.Text
	shape shape
	keys  func() []keyDoc                        // nil when it has none of its own
	read  func(p *parser, n *node, s *Step) Body // nil when it could not be read
}

// The tables that contain themselves (steps in steps) are filled in by init.
var (
	verbTable  []verb
	stepFields []field[Step]
)

func init() {
	verbTable = []verb{
		sendVerb, askVerb, waitVerb, switchVerb, splitVerb, parallelVerb, repeatVerb, enrollVerb,
		callVerb, handoffVerb, setVerb, updateVerb, emitVerb, gotoVerb, exitVerb,
	}
	stepFields = []field[Step]{
		idField("id", doc("Unique and stable: statistics, tests and running journeys use it.", "Único e estável: estatísticas, testes e jornadas em andamento o usam."),
			func(s *Step) **Scalar { return &s.ID }).must(),
		labelField("name", doc("A label for people.", "Um rótulo para pessoas."), func(s *Step) **Scalar { return &s.Name }),
		idsField("was", doc("Former ids, after a rename.", "Ids antigos, depois de renomear."), func(s *Step) *[]*Scalar { return &s.Was }),
		exprField("if", doc("Guard: when false, the step is skipped.", "Guarda: se for falsa, o passo é pulado."), func(s *Step) **Scalar { return &s.If }),
		{key: "branches", doc: doc("What happens after each outcome.", "O que acontece depois de cada resultado."), shape: mapShape(stepsShape), read: readBranches},
	}
	for _, v := range verbTable {
		stepFields = append(stepFields, field[Step]{key: v.name, doc: v.doc, shape: v.shape, read: func(p *parser, n *node, s *Step) {
			key := p.key
			if s.Verb != nil {
				p.report("J0103", key.span(), diag.T("one step, one verb: this step already has `%s`", "um passo, um verbo: este passo já tem `%s`", s.Verb.Value)).
					Hint = diag.T("make `%s` a step of its own, below", "faça de `%s` um passo próprio, abaixo", v.name)
				return
			}
			s.Verb = &Scalar{v.name, key}
			s.Body = v.read(p, n, s)
		}})
	}
}

func verbNames() []string {
	names := make([]string, len(verbTable))
	for i, v := range verbTable {
		names[i] = v.name
	}
	return names
}

var aStep = diag.Text{En: "a step", Pt: "um passo"}

// readSteps reads a list of steps.
func (p *parser) readSteps(n *node, what diag.Text) []*Step {
	if !p.isList(n, what) {
		return nil
	}
	if p.depth >= maxStepDepth {
		tooDeep(p.reporter, n.span())
		return nil
	}
	p.depth++
	defer func() { p.depth-- }()
	var steps []*Step
	for _, item := range n.items {
		if p.steps++; p.steps > maxSteps {
			if p.steps == maxSteps+1 {
				p.report("J0001", item.headSpan(), diag.T("more than %d steps", "mais de %d passos", maxSteps)).
					Hint = diag.T("split the journey with `enroll`", "divida a jornada com `enroll`")
			}
			break
		}
		if s := p.readStep(item); s != nil {
			steps = append(steps, s)
		}
	}
	return steps
}

func (p *parser) readStep(n *node) *Step {
	if !p.isMapping(n, aStep) {
		return nil
	}
	outer := p.step
	defer func() { p.step = outer }()
	p.step = ""
	if id := n.get("id"); id != nil && id.kind == scalarNode {
		p.step = id.value
	}
	s := &Step{node: n, InRepeat: p.loops > 0}
	before := len(p.list)
	readFields(p, n, aStep, stepFields, s)
	if s.Verb == nil && !slices.ContainsFunc(p.list[before:], func(d *diag.Diagnostic) bool { return d.Code == "J0101" }) {
		p.report("J0103", n.headSpan(), diag.T("this step does nothing: it has no verb", "este passo não faz nada: falta o verbo")).
			Hint = diag.T("add one of: %s", "acrescente um de: %s", strings.Join(verbNames(), ", "))
	}
	return s
}

func readBranches(p *parser, n *node, s *Step) {
	if !p.isMapping(n, quoted("branches")) {
		return
	}
	for i, key := range n.keys {
		b := &Branch{Outcome: &Scalar{key.value, key}}
		b.Steps = p.readSteps(n.items[i], quoted(key.value))
		s.Branches = append(s.Branches, b)
	}
}

// label names a step in messages, also when it has no readable id.
func (s *Step) label() string {
	if s.ID != nil {
		return s.ID.Value
	}
	return "?"
}

// at is where messages about the step as a whole point.
func (s *Step) at() diag.Span {
	if s.ID != nil {
		return s.ID.Span()
	}
	return s.node.headSpan()
}

func (s *Step) branch(outcome string) *Branch {
	for _, b := range s.Branches {
		if b.Outcome.Value == outcome {
			return b
		}
	}
	return nil
}

// lists are the lists of steps directly inside a step.
func (s *Step) lists() iter.Seq[[]*Step] {
	return func(yield func([]*Step) bool) {
		if r, ok := s.Body.(*RepeatStep); ok && !yield(r.Steps) {
			return
		}
		for _, b := range s.Branches {
			if !yield(b.Steps) {
				return
			}
		}
	}
}

// walk visits every step, in the order of the file.
func walk(steps []*Step, visit func(*Step)) {
	for _, s := range steps {
		visit(s)
		for list := range s.lists() {
			walk(list, visit)
		}
	}
}

// exactlyOne reports when none (J0104) or several (J0102) of the keys are there.
func (p *parser) exactlyOne(n *node, what diag.Text, keys ...string) bool {
	var first *node
	for _, key := range n.keys {
		if !slices.Contains(keys, key.value) {
			continue
		}
		if first != nil {
			p.report("J0102", key.span(), diag.T("`%s` and `%s` exclude each other", "`%s` e `%s` não andam juntos", first.value, key.value)).
				Hint = diag.T("keep one of: %s", "deixe só um de: %s", strings.Join(keys, ", "))
			return false
		}
		first = key
	}
	if first == nil {
		if slices.ContainsFunc(keys, func(key string) bool { return n.misspells(keys, key) }) {
			return false
		}
		p.report("J0104", n.headSpan(), diag.Text{
			En: what.En + " needs one of: " + strings.Join(keys, ", "),
			Pt: what.Pt + " precisa de um de: " + strings.Join(keys, ", "),
		})
		return false
	}
	return true
}

// goesWith reports a key that makes no sense without another one.
func (p *parser) goesWith(n *node, key string, others ...string) {
	for _, k := range n.keys {
		if k.value != key {
			continue
		}
		if !slices.ContainsFunc(others, func(o string) bool { return n.get(o) != nil }) {
			p.report("J0102", k.span(), diag.T("`%s` only goes with `%s`", "`%s` só vale com `%s`", key, strings.Join(others, "`, `")))
		}
	}
}
