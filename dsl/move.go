package dsl

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// MoveExit is where a step's people are moved to whose enrollments shall end.
const MoveExit = "exit"

// Passage is the wish of one enrollment of an older version to go on in a newer.
type Passage struct {
	// At is the step where it waits, by its id in the old version; "" = it is
	// before its first step.
	At string
	// Moves lets whoever waits at a step of the old version leave it: for a step of
	// the new one, which begins anew, or for MoveExit.
	Moves map[string]string
	// Ran tells how a step ended, by its old id, and whether it has. nil: it is not
	// known here.
	Ran func(step string) (outcome string, ran bool)
}

// Verdict is what becomes of a Passage.
type Verdict struct {
	OK bool // it may go on, as far as is known
	// Sure says that nothing is left to find out. Else what this enrollment has been
	// through decides, when it asks with a Passage that has Ran.
	Sure  bool
	Step  string    // where it goes on, in the new version
	Fresh bool      // that step begins anew
	Exit  bool      // it ends instead
	Why   diag.Text // why not, or what may yet be in the way
}

// Judge decides whether an enrollment of an older version may go on in this one,
// and where. What it cannot prove finishes on the version it began.
func (p *Plan) Judge(old *Plan, w Passage) Verdict {
	target := w.Moves[w.At]
	if w.At != "" && target == MoveExit {
		return Verdict{OK: true, Sure: true, Exit: true}
	}
	if why, ok := p.takes(old); !ok {
		return Verdict{Sure: true, Why: why}
	}
	if w.At == "" {
		return Verdict{OK: true, Sure: true, Step: p.Start, Fresh: true}
	}
	v := Verdict{Sure: true, Step: p.Renamed(w.At)}
	if target != "" {
		v.Step, v.Fresh = target, true
	}
	from, to := old.Nodes[w.At], p.Nodes[v.Step]
	switch {
	case from == nil || to == nil && target == "" && from.Rests():
		v.Why = diag.T("step `%s`, where it waits, was removed", "o passo `%s`, em que está, foi removido", w.At)
		return v
	case to == nil && target != "":
		v.Why = diag.T("the new version has no step `%s`", "a nova versão não tem o passo `%s`", target)
		return v
	case old.besideOthers(from):
		v.Why = diag.Text{En: "it is inside a `parallel`", Pt: "está dentro de um `parallel`"}
		return v
	case !from.Rests():
		v.OK, v.Sure = true, false
		v.Why = diag.T("decided at the next step where it waits: `%s` is not one", "decide-se no próximo passo em que esperar: `%s` não é um", w.At)
		return v
	}
	inside := make([]string, len(from.Inside))
	for i, owner := range from.Inside {
		inside[i] = p.Renamed(owner)
	}
	switch {
	case v.Fresh && (len(to.Inside) > len(inside) || !slices.Equal(to.Inside, inside[:len(to.Inside)])):
		v.Why = diag.T("step `%s` is inside a `repeat` or `parallel` that `%s` is not in", "o passo `%s` está dentro de um `repeat` ou `parallel` em que `%s` não está", target, w.At)
		return v
	case !v.Fresh && !slices.Equal(to.Inside, inside):
		v.Why = diag.T("step `%s`, where it waits, moved into or out of a `repeat` or `parallel`", "o passo `%s`, em que está, entrou ou saiu de um `repeat` ou `parallel`", w.At)
		return v
	}
	if !v.Fresh {
		if why, ok := sameWaiting(from, to, w.At); !ok {
			v.Why = why
			return v
		}
	}
	known := p.knownFrom(old, w.At)
	if w.Ran != nil {
		known = p.remembered(old, func(step, class string) bool {
			outcome, ran := w.Ran(step)
			return ran && (class == "" || leaves(class, outcome))
		})
	}
	for _, lack := range p.lacks(v.Step, v.Fresh, known) {
		v.OK, v.Sure = w.Ran == nil, w.Ran != nil
		v.Why = lack.why()
		return v
	}
	v.OK = true
	return v
}

// CheckMoves reports what is wrong with the wish to move people: a target that is
// no step of this version, or a step that none of the versions has.
func (p *Plan) CheckMoves(moves map[string]string, versions []*Plan) (wrong diag.Text, ok bool) {
	for _, step := range sortedKeys(moves) {
		target := moves[step]
		if target != MoveExit && p.Nodes[target] == nil {
			return diag.T("the new version has no step `%s` to move the people at `%s` to: name one of its steps, or `exit`",
				"a nova versão não tem o passo `%s` para onde mover quem está em `%s`: informe um dos passos dela, ou `exit`", target, step), false
		}
		if !slices.ContainsFunc(versions, func(v *Plan) bool { return v.Nodes[step] != nil }) {
			return diag.T("no version of the journey has a step `%s` to move people from", "nenhuma versão da jornada tem o passo `%s` de onde mover pessoas", step), false
		}
	}
	return diag.Text{}, true
}

// besideOthers reports whether a step stands in a lane.
func (p *Plan) besideOthers(n *Node) bool {
	return slices.ContainsFunc(n.Inside, func(owner string) bool { return p.Nodes[owner] != nil && p.Nodes[owner].Parallel != nil })
}

func (l Lack) why() diag.Text {
	en, pt := fmt.Sprintf("step `%s`", l.Reader), fmt.Sprintf("o passo `%s`", l.Reader)
	if l.Reader == "" {
		en, pt = "a goal or exit", "uma meta ou saída"
	}
	if l.Field != "" {
		return diag.Text{
			En: fmt.Sprintf("%s reads `%s` of step `%s`, which this enrollment may not have", en, l.Field, l.Step),
			Pt: fmt.Sprintf("%s lê `%s` do passo `%s`, que esta inscrição pode não ter", pt, l.Field, l.Step),
		}
	}
	return diag.Text{
		En: fmt.Sprintf("%s reads the result of `%s`, which this enrollment has not been through", en, l.Step),
		Pt: fmt.Sprintf("%s lê o resultado de `%s`, pelo qual esta inscrição não passou", pt, l.Step),
	}
}

// takes reports whether what every enrollment of an older version carries fits
// this one.
func (p *Plan) takes(old *Plan) (why diag.Text, ok bool) {
	no := func(en, pt string, args ...any) (diag.Text, bool) { return diag.T(en, pt, args...), false }
	switch {
	case p.Journey != old.Journey:
		return no("it is another journey", "é outra jornada")
	case p.Category != old.Category:
		return no("the category changed from %s to %s", "a categoria mudou de %s para %s", old.Category, p.Category)
	case sourceOf(p.Entry.Key) != sourceOf(old.Entry.Key):
		return no("`entry.key` changed", "`entry.key` mudou")
	}
	for _, name := range sortedKeys(p.Inputs) {
		t := p.Inputs[name]
		was, had := old.Inputs[name]
		if !had && !t.Optional {
			return no("the new input `%s` is required", "a nova entrada `%s` é obrigatória", name)
		}
		if had && (!sameType(was, t) || was.Optional && !t.Optional) {
			return no("the input `%s` changed its type", "a entrada `%s` mudou de tipo", name)
		}
	}
	for _, name := range sortedKeys(p.Vars) {
		if was, had := old.Vars[name]; had && !sameType(was.Type, p.Vars[name].Type) {
			return no("the variable `%s` changed its type", "a variável `%s` mudou de tipo", name)
		}
	}
	return diag.Text{}, true
}

// sameWaiting reports whether what somebody waits for at a step can still come in
// its new form.
func sameWaiting(from, to *Node, at string) (why diag.Text, ok bool) {
	switch {
	case to.Verb != from.Verb:
		return diag.T("step `%s`, where it waits, is a `%s` now and was a `%s`", "o passo `%s`, em que está, agora é `%s` e era `%s`", at, to.Verb, from.Verb), false
	case to.WaitsFor() != from.WaitsFor():
		return diag.T("step `%s`, where it waits, waits for something else now", "o passo `%s`, em que está, agora espera outra coisa", at), false
	}
	for _, outcome := range sortedKeys(from.Edges) {
		if _, still := to.Edges[outcome]; !still {
			return diag.T("step `%s`, where it waits, has no outcome `%s` any more", "o passo `%s`, em que está, não tem mais o resultado `%s`", at, outcome), false
		}
	}
	return diag.Text{}, true
}

// Accepts is how moves were judged before Judge: it knew no renamed and no other
// step to go on at, looked for what is read in the text, and for what has run in
// the steps ahead. Enrollments that were asked then replay what it said; nothing
// else calls it.
func (p *Plan) Accepts(old *Plan, at string, ran func(step string) bool) (why diag.Text, ok bool) {
	no := func(en, pt string, args ...any) (diag.Text, bool) { return diag.T(en, pt, args...), false }
	if why, ok := p.takes(old); !ok || at == "" {
		return why, ok
	}
	from, to := old.Nodes[at], p.Nodes[at]
	switch {
	case to == nil && p.Renamed(at) != at:
		return no("step `%s`, where it waits, is called `%s` now", "o passo `%s`, em que está, agora se chama `%s`", at, p.Renamed(at))
	case to == nil || from == nil:
		return no("step `%s`, where it waits, was removed", "o passo `%s`, em que está, foi removido", at)
	case to.Verb == from.Verb && !slices.Equal(to.Inside, from.Inside):
		return no("step `%s`, where it waits, moved into or out of a `repeat` or `parallel`", "o passo `%s`, em que está, entrou ou saiu de um `repeat` ou `parallel`", at)
	}
	if why, ok := sameWaiting(from, to, at); !ok {
		return why, false
	}
	ahead := p.reachable(at)
	for _, id := range ahead {
		for _, read := range p.Nodes[id].stepsRead() {
			if !slices.Contains(ahead, read) && !slices.ContainsFunc(p.names(read), ran) {
				return no("step `%s` reads the result of `%s`, which this enrollment has not been through",
					"o passo `%s` lê o resultado de `%s`, pelo qual esta inscrição não passou", id, read)
			}
		}
	}
	return diag.Text{}, true
}

// Renamed is what a step of an older version is called in this one: its own id,
// or the id of the step that names it under `was`.
func (p *Plan) Renamed(id string) string {
	if p.Nodes[id] != nil {
		return id
	}
	for _, now := range sortedKeys(p.Nodes) {
		if slices.Contains(p.Nodes[now].Was, id) {
			return now
		}
	}
	return id
}

// names are all that a step is or was called.
func (p *Plan) names(id string) []string {
	if n := p.Nodes[id]; n != nil {
		return append([]string{id}, n.Was...)
	}
	return []string{id}
}

// sameType compares types but for whether the value may be missing.
func sameType(a, b expression.Type) bool {
	a.Optional, b.Optional = false, false
	return reflect.DeepEqual(a, b)
}

func sourceOf(e *Expr) string {
	if e == nil {
		return ""
	}
	return e.Source
}

// Rests reports whether people wait at this step in a state in which another
// version may take over: for an answer, an event, a moment or a colleague. At a
// message that is held, or a call that is tried again, nobody is moved: they are
// asked at the next step that rests.
func (n *Node) Rests() bool {
	return n.Ask != nil || n.Wait != nil || n.Handoff != nil || n.Repeat != nil && n.Repeat.Every > 0
}

// WaitsFor is the kind of thing a step waits for; of one that does not wait for a
// choice of things, its verb.
func (n *Node) WaitsFor() string {
	switch {
	case n.Ask != nil && len(n.Ask.Options) > 0:
		return "options"
	case n.Ask != nil && n.Ask.Scale != nil:
		return "scale"
	case n.Ask != nil:
		return n.Ask.Accept
	case n.Wait == nil:
		return n.Verb
	case n.Wait.Until != nil:
		return "until"
	case n.Wait.Schedule != "":
		return "schedule"
	case len(n.Wait.Events) > 0:
		return "events"
	}
	return "for"
}

// reachable lists the steps that may still come after one, itself included.
func (p *Plan) reachable(from string) []string {
	seen := map[string]bool{}
	todo := []string{from, p.OnFailure}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		n := p.Nodes[id]
		if n == nil || seen[id] {
			continue
		}
		seen[id] = true
		todo = append(todo, n.Next)
		todo = append(todo, n.Inside...)
		for _, outcome := range sortedKeys(n.Edges) {
			todo = append(todo, n.Edges[outcome])
		}
		if n.Repeat != nil {
			todo = append(todo, n.Repeat.Body)
		}
		if n.Goto != nil {
			todo = append(todo, n.Goto.Step)
		}
		if n.Parallel != nil {
			for _, lane := range n.Parallel.Lanes {
				todo = append(todo, lane.Start)
			}
		}
	}
	return sortedKeys(seen)
}

var stepRead = regexp.MustCompile(`\bsteps\??\.([a-z][a-z0-9_]*)`)

// stepsRead lists the steps whose results a step reads anywhere. It looks at the
// step's text, so a sentence that mentions `steps.x` counts, too: too much, never
// too little.
func (n *Node) stepsRead() []string {
	var list []string
	for _, m := range stepRead.FindAllSubmatch(mustJSON(n), -1) {
		list = append(list, string(m[1]))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
