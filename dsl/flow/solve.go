package flow

// Problem is one question about a graph. S is what is known at a point; Solve
// never changes one in place, so it may be shared.
type Problem[S any] struct {
	Roots map[int]S                 // where walks begin, with what is known there
	Along func(e Edge, s S) S       // what is known at the end of an edge
	Join  func(a, b S) S            // what is known where two ways meet
	Meet  func(fork S, lanes []S) S // what is known where all lanes have ended
	Equal func(a, b S) bool         // whether nothing new was learnt
	Widen func(old, s S) S          // what is left to say of a point that does not settle: less each time
}

// visits is how often a point may change before Widen ends it.
const visits = 30

// Solve finds what is known at every point, whichever way it was reached.
// reached tells the points that walks get to.
func Solve[S any](g *Graph, p Problem[S]) (states []S, reached []bool) {
	states, reached = make([]S, g.Len()), make([]bool, g.Len())
	changes := make([]int, g.Len())
	for again := true; again; {
		again = false
		for point := range g.Len() {
			s, ok := arrive(g, p, point, states, reached)
			if !ok || reached[point] && p.Equal(states[point], s) {
				continue
			}
			if changes[point]++; changes[point] > visits {
				if s = p.Widen(states[point], s); reached[point] && p.Equal(states[point], s) {
					continue
				}
			}
			states[point], reached[point], again = s, true, true
		}
	}
	return states, reached
}

// arrive is what is known on arrival at a point.
func arrive[S any](g *Graph, p Problem[S], point int, states []S, reached []bool) (s S, ok bool) {
	if i, isJoin := g.joins[point]; isJoin && g.regions[i].all {
		r := g.regions[i]
		lanes := make([]S, 0, len(r.ends))
		for _, end := range r.ends {
			if !reached[end] {
				return s, false
			}
			lanes = append(lanes, states[end])
		}
		if len(lanes) == 0 || !reached[r.fork] {
			return s, false
		}
		return p.Meet(states[r.fork], lanes), true
	}
	if root, isRoot := p.Roots[point]; isRoot {
		s, ok = root, true
	}
	for _, i := range g.in[point] {
		e := g.Edges[i]
		if e.Kind >= over || !reached[e.From] {
			continue
		}
		next := p.Along(e, states[e.From])
		if ok {
			next = p.Join(s, next)
		}
		s, ok = next, true
	}
	return s, ok
}
