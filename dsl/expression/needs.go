package expression

import "slices"

// Need is a reading, and how much of it must be there. Of `steps.rate.score > 3`
// the whole path is needed: without a score there is nothing to compare. Of
// `steps.rate.score == 3` the first two names: a missing score is just another
// value. Of `steps.rate?.score ?? 0` none.
type Need struct {
	Ref
	Must  int // so many leading names of Path must have a value
	Known int // so many are proved to, by a condition of the same expression
}

// Missing reports whether the reading breaks, or leaves a hole, when the first n
// names of the path have no value.
func (n Need) Missing(names int) bool { return n.Must >= names && n.Known < names }

// Needs are all readings in source order, with what each needs.
func (p *Program) Needs() []Need {
	var w needFinder
	w.node(p.root, false, nil)
	for i := range w.list {
		w.list[i].Ref = p.refs[i]
	}
	return w.list
}

// Needs are all readings in source order; places are characters of the text.
func (t *Template) Needs() []Need {
	var out []Need
	refs := t.Refs()
	for _, part := range t.parts {
		if part.Program != nil {
			out = append(out, part.Program.Needs()...)
		}
	}
	for i := range out {
		out[i].Ref = refs[i]
	}
	return out
}

type needFinder struct{ list []Need }

// node visits in the order of Program.collect. tolerant says that a missing
// value does no harm here; known are the paths that have one.
func (w *needFinder) node(n *node, tolerant bool, known []string) {
	if n.kind == pathNode {
		w.list = append(w.list, needOf(n, tolerant, known))
	}
	for i, kid := range n.kids {
		tolerant, facts := false, known
		switch {
		case n.kind == binNode && (n.text == "==" || n.text == "!=") || n.kind == binNode && (n.text == "??" || n.text == "in") && i == 0:
			tolerant = true
		case n.kind == callNode && n.text == "has":
			tolerant = true
		case n.kind == binNode && (n.text == "and" || n.text == "or") && i == 1:
			facts = present(n.kids[0], n.text == "and", slices.Clone(known))
		case n.kind == condNode && i > 0:
			facts = present(n.kids[0], i == 1, slices.Clone(known))
		}
		w.node(kid, tolerant, facts)
	}
}

func needOf(n *node, tolerant bool, known []string) Need {
	need := Need{Must: len(n.parts)}
	if tolerant {
		need.Must--
	}
	for i, part := range n.parts {
		if part.safe {
			need.Must = min(need.Must, max(i-1, 0))
			break
		}
	}
	for i := len(n.parts); i > 0 && len(known) > 0; i-- {
		if slices.Contains(known, joinParts(n.parts[:i])) {
			need.Known = i
			break
		}
	}
	return need
}

// ProvesNot is Proves for when the condition does not hold: `not has(x)` that is
// false proves x.
func (p *Program) ProvesNot() []string {
	out := present(p.root, false, nil)
	slices.Sort(out)
	return slices.Compact(out)
}

// ImpliesNot is Implies for when the condition does not hold: `not
// window.whatsapp.open` that is false implies window.whatsapp.open.
func (p *Program) ImpliesNot() []string {
	out := impliedNot(p.root, nil)
	slices.Sort(out)
	return slices.Compact(out)
}

func impliedNot(n *node, out []string) []string {
	switch {
	case n.kind == unaryNode && n.text == "not":
		return implied(n.kids[0], out)
	case n.kind == binNode && n.text == "or":
		return impliedNot(n.kids[1], impliedNot(n.kids[0], out))
	case n.kind == binNode && n.text == "!=": // not `== false`: what is missing is not false either
		for i, kid := range n.kids {
			if kid.kind == litNode && kid.value == true && n.kids[1-i].kind == pathNode {
				return append(out, n.kids[1-i].path())
			}
		}
	}
	return out
}
