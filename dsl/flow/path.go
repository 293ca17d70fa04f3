package flow

import (
	"cmp"
	"slices"
)

// Path is a shortest way from a root to a point at which a yes-or-no is no: its
// edges in order. At the roots it is no; along says what it is after an edge,
// and pass which edges may be taken. Of ways of the same length it is the one
// whose labels come first in the alphabet. nil means that there is no way, or
// that the point is a root.
func (g *Graph) Path(roots []int, to int, along func(e Edge, yes bool) bool, pass func(e Edge) bool) []int {
	// A place is a point with what is so there: 2*point, and 1 more for yes.
	came := make([]int, 2*g.Len()) // by which edge, plus 1; -1 for a root
	from := make([]int, 2*g.Len())
	var todo []int
	for _, root := range roots {
		came[2*root] = -1
		todo = append(todo, 2*root)
	}
	for len(todo) > 0 && came[2*to] == 0 {
		here := todo[0]
		todo = todo[1:]
		edges := g.out[here/2]
		if len(edges) > 1 {
			edges = slices.Clone(edges)
			slices.SortStableFunc(edges, func(a, b int) int { return cmp.Compare(g.rank(a), g.rank(b)) })
		}
		for _, i := range edges {
			e := g.Edges[i]
			if e.Kind >= over || !pass(e) {
				continue
			}
			next := 2 * e.To
			if along(e, here%2 == 1) {
				next++
			}
			if came[next] == 0 {
				came[next], from[next] = i+1, here
				todo = append(todo, next)
			}
		}
	}
	var path []int
	for here := 2 * to; came[here] != -1; here = from[here] {
		if came[here] == 0 {
			return nil
		}
		path = append(path, came[here]-1)
	}
	slices.Reverse(path)
	return path
}

// rank orders the ways out of a point: outcomes by name, then what has none.
func (g *Graph) rank(edge int) string {
	if label := g.Edges[edge].Label; label != "" {
		return label
	}
	return "~"
}
